"""`batch` as a process: streaming, signals, bounded memory, progress on a terminal."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from real_runs import read_all

Json = Any

pytestmark = pytest.mark.usefixtures("no_hang")

STARTED = """
import os, signal, sys
from tier2.missions import MISSIONS
from tier2.kinds import MissionType
from tier2.kinds import runtime
from tier2.missions import OPERATIONS
from tier2.kinds import Pure
from tier2.shell import cli
import msgspec

class Nothing(msgspec.Struct): pass

def die(payload, state):
    os.kill(os.getpid(), signal.SIGKILL)

def wait_for_ever(payload, state):
    os.write(1, b"at work\\n")  # as no operation should, but its output is all that the test can see of it
    while True:
        signal.pause()

def one_step(name):
    return MissionType(Nothing, lambda _: [runtime("go", "Go.", name)])

operations = {"die": die, "wait": wait_for_ever}
cli.MISSIONS = {**MISSIONS, **{name: one_step(name) for name in operations}}
cli.OPERATIONS = {**OPERATIONS, **{name: Pure(function) for name, function in operations.items()}}
main = cli.main
cli.main = lambda: main(None, cli.MISSIONS, cli.OPERATIONS)
# Where the tests run in the background or under nohup, these are ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGTERM, signal.SIG_DFL)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
"""
"""A command of a larger system, with operations that do what none should."""

COMMAND = [sys.executable, "-c", f"{STARTED}\ncli.entry()", "batch"]


def line(type: str = "echo", **state: Json) -> bytes:
    mission = {"contract": "tier2.mission/v1", "type": type, "params": {}}
    context = {"contract": "tier2.context/v1", "initial_state": state, "metadata": {}}
    return json.dumps({"mission": mission, "context": context}).encode() + b"\n"


def n_of(result: bytes) -> int:
    found: int = json.loads(result)["final_state"]["n"]
    return found


@contextmanager
def batch(*arguments: str, stdin: int | None = subprocess.PIPE) -> Iterator[subprocess.Popen[bytes]]:
    """The command in a process group of its own, as a shell starts it; nothing of it is left afterwards."""
    with subprocess.Popen(
        [*COMMAND, *arguments],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def alone(group: int) -> bool:
    """Whether no process of a group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A file of 6,000 lines: many blocks."""
    path = tmp_path / "missions.ndjson"
    path.write_bytes(b"".join(line(n=n) for n in range(6_000)))
    return path


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_results_appear_while_the_input_goes_on(jobs: str) -> None:
    with batch("--jobs", jobs) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(line(n=0) + line(n=1) + line(n=2)[:30])
        process.stdin.flush()
        assert [n_of(process.stdout.readline()) for _ in range(2)] == [0, 1]
        process.stdin.write(line(n=2)[30:])
        process.stdin.flush()
        assert n_of(process.stdout.readline()) == 2
        out, err = process.communicate()
        assert (process.returncode, out, err) == (0, b"", b"")
        assert alone(process.pid)


def ended(process: subprocess.Popen[bytes], number: signal.Signals, to_all: bool) -> None:
    """Sends a signal until the command ends: one that comes just before Python begins to wait is noticed late."""
    for _ in range(5):
        (os.killpg if to_all else os.kill)(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=2)
            return
    process.kill()


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize(
    ("number", "to_all"),
    [(signal.SIGINT, True), (signal.SIGTERM, False), (signal.SIGTERM, True), (signal.SIGHUP, True)],
)
def test_signals_end_the_command_and_its_workers_silently(
    jobs: str, number: signal.Signals, to_all: bool
) -> None:
    with batch("--jobs", jobs) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(line(n=0))
        process.stdin.flush()
        assert n_of(process.stdout.readline()) == 0
        ended(process, number, to_all)
        out, err = process.communicate()
        assert (process.returncode, out, err) == (130, b"", b"")
        assert alone(process.pid)


def test_ctrl_c_ends_workers_that_never_finish() -> None:
    with batch("--jobs", "2") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(2):
            process.stdin.write(line("wait"))
            process.stdin.flush()
            assert process.stdout.readline() == b"at work\n"
        ended(process, signal.SIGINT, to_all=True)
        assert process.wait() == 130
        assert alone(process.pid)


def test_workers_end_when_the_command_is_killed() -> None:
    with batch("--jobs", "2") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for n in range(10):
            process.stdin.write(line(n=n))
            process.stdin.flush()
            assert n_of(process.stdout.readline()) == n
        process.kill()
        assert process.wait() == -signal.SIGKILL
        # A worker has its copy of stdout until it ends: the end of the file says that none is left.
        assert process.stdout.read() == b""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_reader_may_stop_after_the_first_results(many: Path, jobs: str) -> None:
    with batch(str(many), "--jobs", jobs) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert [n_of(process.stdout.readline()) for _ in range(3)] == [0, 1, 2]
        process.stdout.close()
        assert process.wait() == 141
        assert process.stderr.read() == b""
        assert alone(process.pid)


@pytest.mark.parametrize(
    ("closed", "message"),
    [
        (">&-", "the answer cannot be written: stdout is closed"),
        ("<&-", "-: cannot be read: stdin is closed; give a readable file"),
    ],
)
def test_closed_streams_are_reported_in_one_line(closed: str, message: str) -> None:
    done = with_redirection(closed, line())
    assert (done.returncode, done.stdout, done.stderr.decode()) == (2, b"", f"tier2: {message}\n")


def test_bad_lines_count_when_stderr_is_closed() -> None:
    done = with_redirection("2>&-", b"bad\n" + line(n=1))
    assert (done.returncode, n_of(done.stdout)) == (1, 1)


def with_redirection(redirection: str, stdin: bytes) -> subprocess.CompletedProcess[bytes]:
    """The outcome of the command, started by a shell with this redirection."""
    script = ["/bin/sh", "-c", f'exec "$0" "$@" {redirection}', *COMMAND]
    return subprocess.run(script, input=stdin, capture_output=True, check=False, timeout=30)


def test_a_killed_worker_is_reported_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "missions.ndjson"
    path.write_bytes(b"".join(line("die" if n == 4_000 else "echo", n=n) for n in range(6_000)))
    with batch(str(path), "--jobs", "2") as process:
        out, err = process.communicate()
        assert process.returncode == 2
        assert alone(process.pid)
    numbers = [n_of(result) for result in out.splitlines()]
    assert numbers == list(range(len(numbers)))
    assert 3_000 < len(numbers) <= 4_000
    assert err.decode() == (
        f"tier2: {path}: a worker process was killed by SIGKILL; the outputs of the lines up to {len(numbers)} "
        "are written, and none after them; go on with the lines that are left, with fewer --jobs if memory is short\n"
    )


MEASURED = f"""
{STARTED}
code = cli.main()
import resource
own = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")][0]
print(code, own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
"""
"""Prints how much memory the process and its workers have had at most, in KiB."""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_memory_does_not_grow_with_the_input(tmp_path: Path, jobs: str) -> None:
    peaks = []
    for count in (2_000, 14_000):
        path = tmp_path / f"{count}.ndjson"
        path.write_bytes(b"".join(line(n=n, text="x" * 1_000) for n in range(count)))
        done = subprocess.run(
            [sys.executable, "-c", MEASURED, "batch", str(path), "--jobs", jobs],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )
        code, *memory = map(int, done.stderr.split())
        assert code == 0
        peaks.append(memory)
    # The larger input has 14 MB more, and its results more than that.
    for few, many in zip(*peaks, strict=True):
        assert many - few < 6_000


def shown(arguments: list[str], stdout: int = subprocess.DEVNULL) -> str:
    """The stderr of the command, as a terminal gets it."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, *arguments], stdin=subprocess.DEVNULL, stdout=stdout or theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        text = b""
        with suppress(OSError):  # how a terminal ends
            while data := os.read(ours, 4096):
                text += data
        process.wait()
    os.close(ours)
    return text.decode()


def screen(text: str) -> list[str]:
    """The lines as a terminal shows them in the end: what follows a carriage return is written over."""
    lines = []
    for written in text.replace("\r\n", "\n").split("\n"):
        cells: list[str] = []
        for part in written.split("\r"):
            cells[: len(part)] = part
        lines.append("".join(cells).rstrip())
    return lines


def test_progress_is_shown_on_a_terminal_and_removed(many: Path) -> None:
    text = shown([str(many)])
    assert re.search(r"\r[1-9][0-9,]* lines, [0-9]+ %", text)
    assert screen(text) == [""]
    assert re.fullmatch(r"[\r 0-9,%lines]*", text)


def test_messages_do_not_mix_with_the_line_of_progress(many: Path) -> None:
    lines = many.read_bytes().splitlines(keepends=True)
    for number in (1, 500, 3_000, 6_000):
        lines[number - 1] = b"bad\n"
    many.write_bytes(b"".join(lines))
    text = shown([str(many)])
    assert " lines, " in text
    problem = "$: not JSON: invalid character (byte 0); send valid JSON (RFC 8259) [syntax]"
    assert screen(text) == [f"tier2: {many}:{number}: {problem}" for number in (1, 500, 3_000, 6_000)] + [""]


@pytest.mark.parametrize("name", ["-", "lines it's.ndjson"])
def test_ctrl_c_at_a_terminal_says_where_to_go_on(tmp_path: Path, name: str) -> None:
    """The input is a pipe in both cases, so that it ends only when the test says so."""
    pipe = tmp_path / "lines it's.ndjson"
    os.mkfifo(pipe)
    ours, theirs = pty.openpty()
    open_end = os.open(pipe, os.O_RDWR)
    with subprocess.Popen(
        [*COMMAND, name, "--with-runs"],
        stdin=open_end,
        stdout=subprocess.PIPE,
        stderr=theirs,
        cwd=tmp_path,
    ) as process:
        os.close(theirs)
        with pipe.open("wb") as lines:
            lines.write(line(n=0) + b"\n" + line(n=1))
            lines.flush()
            seen = ""
            while "3 lines" not in seen:
                seen += os.read(ours, 100).decode()
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate()
    shown = screen(read_all(ours))
    os.close(open_end)
    assert out.count(b"\n") == 2
    os.close(ours)
    assert process.returncode == 130
    place = shown.index("tier2: interrupted")
    assert shown[place + 1] == "  the results of the lines up to 3 are written"
    rest = ["  go on with line 4 of the input"]
    if name != "-":
        rest = ["  for the rest:", "    tail -n +4 'lines it'\"'\"'s.ndjson' | tier2 batch --with-runs"]
    assert shown[place + 2 :] == [*rest, ""]


def test_no_progress_is_shown_without_a_terminal(many: Path) -> None:
    with batch(str(many)) as process:
        _, err = process.communicate()
    assert err == b""


def test_other_commands_do_not_load_the_worker_pool() -> None:
    program = (
        "import sys; from tier2.shell.cli import main; main(['plan', 'echo']); "
        "print(*{'multiprocessing', 'tier2.shell.io.worker_pool', 'tier2.shell.cli.commands.batch'}"
        " & {*sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stderr == b"\n"
