"""`Environment`: what the command was started with beside its command line."""

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, final

import msgspec

from tier2.errors import Tier2Error
from tier2.escaping import escaped_line
from tier2.kinds import MissionType, Operation
from tier2.shell.errors import InputError, RunError, in_own_code
from tier2.shell.io.screen import Paste, message, standing

if TYPE_CHECKING:  # slow to import, and most commands need few of them
    from pathlib import Path

    from tier2.contracts.v1 import Question, Run
    from tier2.shell.runs.hosts import HostOperation
    from tier2.shell.worlds.world import World
    from tier2.values.structs import Value


@final
class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """What every command gets beside its options; the same for all commands of one call.

    prog: The name of the command itself, as people type it.
    worlds: The worlds of the mission types, by type; None for the built-in ones, which only some commands load.
    documents: The classes of documents beside those of tier2, by the contract that they name.
    """

    prog: str
    missions: Mapping[str, MissionType]
    operations: Mapping[str, Operation]
    hosts: "Mapping[str, HostOperation]"
    worlds: "Mapping[str, World] | None"
    documents: "Mapping[str, type[Value]]" = MappingProxyType({})

    def asked(self, run: "Run", path: "Path | None" = None) -> "Question | None":
        """The question of a run, as `tier2.question` gives it.

        path: Its run file, if there is one.

        Raises RunError ``raised`` if the mission type's own question raises or is malformed.
        """
        from tier2.engine.questions import question  # noqa: PLC0415 - few commands ask

        try:
            return question(run, self.missions)
        except Tier2Error as error:
            raise RunError("raised", path, f"{error} [{error.code}]") from None
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  # it is the user's own code, and may call sys.exit
            step_id = run.workflow.steps[len(run.events)].id
            text = f"the question of step {step_id!r} raised {in_own_code(error)}"
            raise RunError("raised", path, text, step_id=step_id) from None

    def in_words(self, error: InputError) -> tuple[str | Paste, ...]:
        """An error with what can be done about it at the command line, as the parts of a message."""
        if isinstance(error, RunError):
            from tier2.shell.cli.shell_words import shell_words  # noqa: PLC0415 - few errors need it

            operation = error.facts.get("operation")
            if error.code == "consent" and operation is not None:
                allow = f"if you trust this run, allow it with --allow {shell_words([operation])}"
                return (str(error), allow)
            if error.code == "unreadable":
                return (str(error), f"`{self.prog} runs` lists the runs there are")
        return (str(error),)

    def say(self, *parts: str | Paste) -> None:
        """Shows a person a message on stderr: one line, or on a terminal a line for each part."""
        if sys.stderr is None:  # print would take stdout instead
            return
        for line in tuple(standing):
            line.clear()
        shown = [
            Paste(escaped_line(part.lead), escaped_line(part.command))
            if isinstance(part, Paste)
            else escaped_line(part)
            for part in parts
        ]
        try:
            print(message(escaped_line(self.prog), shown, sys.stderr), end="", file=sys.stderr, flush=True)
        except OSError:
            # Python would flush stderr once more at exit, fail, and change the exit code.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())

    def say_interrupted(self, *how_to_go_on: str | Paste) -> None:
        """Shows a person that Ctrl-C has ended the command; where nothing more is said, only on a terminal.

        A terminal shows the keys that are pressed, so the line is ended first.
        """
        if sys.stderr is not None and sys.stderr.isatty():
            with suppress(OSError):  # `say` does what is to be done
                print(file=sys.stderr)
        elif not how_to_go_on:
            return
        self.say("interrupted", *how_to_go_on)


def program_name() -> str:
    """The name under which this program was started; ``tier2`` where it has none, as in ``python -c``."""
    name = os.path.basename(sys.argv[0]) if sys.argv else ""
    return "tier2" if name in ("", "-c", "-m", "__main__.py") else name
