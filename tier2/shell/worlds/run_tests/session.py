"""One pytest, from its start to its end: it finds the tests, waits for the word to run them, and runs them.

1. It is started with the recorder (``record/tier2_record.py``), whose record is read while it grows.
2. While it waits, nobody needs to attend to it. A session that is dropped is ended, and so is one whose process ends or
   is killed (see `tier2.shell.worlds.run_tests.processes`).
3. A session is no part of an event loop: it may be started in one thread, and be gone on with in another.
"""

import asyncio
import os
import shutil
import tempfile
import weakref
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from tier2.shell.io.atomic_write import put
from tier2.shell.worlds.run_tests.command_line import TestOptions, environment, files_of, fresh
from tier2.shell.worlds.run_tests.processes import WatchedProgram
from tier2.shell.worlds.run_tests.record_file import Record

RECORDER = Path(__file__).parent / "record" / "tier2_record.py"

PAUSE = 0.02
"""Seconds between two looks at the record."""

LEAVING = 5.0
"""How many seconds a pytest that is not to run its tests has to print what it has to say."""


class Session:
    """A pytest that has been started. `end` has to be called, and may be called again.

    Raises NotStartedError if the interpreter cannot be started, and OSError if a file cannot be made.
    """

    def __init__(self, options: TestOptions, arguments: Sequence[str]) -> None:
        """arguments: what chooses the tests."""
        with ExitStack() as stack:
            folder = Path(tempfile.mkdtemp(prefix="tier2-"))
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            record = folder / "record"
            os.mkfifo(f"{record}.go", 0o600)
            # It is read, too, so that it can be opened before anybody else reads.
            go = os.open(f"{record}.go", os.O_RDWR | os.O_CLOEXEC)
            self._go = stack.enter_context(open(go, "wb", buffering=0))
            # A cache of its own: the last run must not choose the tests, and the project's folder is not written to.
            own = ["--color=no", f"--override-ini=cache_dir={folder}/cache"]
            output, self._kept = folder / "output.txt", None
            if options.files is not None:
                output, self._kept = files_of(options.files)
                own.append(f"--junit-xml={folder}/junit.xml")
            with fresh(output) as file:
                self._program = WatchedProgram(
                    [options.python, str(RECORDER), str(record), *own, *arguments],
                    directory=options.directory,
                    environment=environment(),
                    output=file,
                )
            stack.callback(self._program.end)
            self.end = weakref.finalize(self, _end, os.getpid(), stack.pop_all())
        self.record = Record(record, options.directory)
        self._junit, self._progress = folder / "junit.xml", options.progress

    async def found(self) -> int | None:
        """Returns when all tests are found and pytest waits; or with its exit code, if it ended before."""
        while True:
            code = self._look()
            if code is not None or self.record.collected:
                return code
            await asyncio.sleep(PAUSE)

    def run(self) -> None:
        """Lets pytest run the tests that it has found."""
        self._go.write(b"g")

    async def leave(self) -> None:
        """Lets pytest end without running a test. What it has to say about the tests is in its output."""
        self._go.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVING):
                await self.ended()

    async def ended(self) -> int:
        """Returns with the exit code of pytest when it has ended."""
        try:
            while True:
                code = self._look()
                if code is not None:
                    break
                await asyncio.sleep(PAUSE)
        finally:
            self._progress("", ())
        if self._kept is not None and self.record.ended and self._junit.is_file():
            put(self._kept, self._junit.read_bytes(), 0o600)
        return code

    def _look(self) -> int | None:
        """Reads what is new in the record, and gives the exit code of pytest if it has ended."""
        code = self._program.exit_code()  # first, so that the record is whole if there is one
        record = self.record
        failed = record.read_on()
        if record.collected:
            text = f"{len(record.worst):,} of {len(record.found):,} tests"
            self._progress(text, [f"{record.worst[name]}: {name}" for name in failed])
        return code


def _end(owner: int, stack: ExitStack) -> None:
    """Ends the program and removes what it needed; not in a process that this one has forked."""
    if os.getpid() == owner:
        stack.close()
