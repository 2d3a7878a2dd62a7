"""The exit codes of the command."""

DONE = 0
FAILED = 1
"""The run failed or was vetoed, or a check found something."""
BAD_INPUT = 2
PAUSED = 3
"""The run waits for a person, or cannot go on now."""
OUTPUT_CLOSED = 141
"""The reader of stdout is gone; 128 and the number of SIGPIPE, as shells have it."""
INTERRUPTED = 130
"""By Ctrl-C; 128 and the number of the signal, as shells have it."""
