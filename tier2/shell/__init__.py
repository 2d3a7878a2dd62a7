"""The imperative shell: the only part of tier2 that reads and writes. POSIX only."""
