"""Reading and writing: files, atomic writes, NDJSON, the worker pool, progress."""
