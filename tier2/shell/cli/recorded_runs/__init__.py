"""The parts that `run`, `resume` and `retry` share.

`worlds` has the options and functions of the mission types, `hints` the commands that go on with a run, and
`carrying_out` the options of the three commands, the driver, and what is printed at the end.
"""

from tier2.shell.cli.recorded_runs.carrying_out import add_run, carried_out, signed
from tier2.shell.cli.recorded_runs.hints import allowed_in, finished, interrupted
from tier2.shell.cli.recorded_runs.worlds import given_of, world_of, world_of_run

__all__ = [
    "add_run",
    "allowed_in",
    "carried_out",
    "finished",
    "given_of",
    "interrupted",
    "signed",
    "world_of",
    "world_of_run",
]
