"""``python -m tier2``: the command."""

from tier2.shell.cli import entry

entry()
