"""What each mission type brings to the shell: its options, what it reads and writes, its host operations."""
