"""Run files: their lines, the files on the disk, their locks, and the folder in which they lie."""
