"""The command as a process: its streams, its signals, its exit codes."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

COMMAND = (sys.executable, "-m", "tier2")
EMPTY = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
"""The SHA-256 of ``{}``."""


def tier2(
    *arguments: str, cwd: Path, redirected: str = "", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Runs the command, ``{}`` on its standard input, with the shell's redirections."""
    script = f'exec "$0" "$@" {redirected}'
    return subprocess.run(
        ["/bin/sh", "-c", script, *COMMAND, *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        input=b"{}",
        capture_output=True,
        timeout=30,
        check=False,
    )


V1 = str(Path(__file__).parents[2] / "contracts" / "v1")
UNBUFFERED = pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
"""Values of PYTHONUNBUFFERED: containers often set it, and then a write may take a part only."""


def one_line(text: bytes) -> str:
    """The one line of a message; so it is no traceback."""
    assert text.startswith(b"tier2: ")
    assert text.count(b"\n") == 1
    assert text.endswith(b"\n")
    return text.decode()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["hash"], 0),
        (["run", "echo"], 0),
        (["--help"], 0),
        (["check", "-"], 1),
        (["run", "nope"], 2),
        (["hash", "none.json"], 2),
        ([], 2),
        (["run", "daily_loop"], 3),
    ],
)
def test_the_exit_code_is_that_of_the_command(tmp_path: Path, arguments: list[str], code: int) -> None:
    done = tier2(*arguments, cwd=tmp_path)
    assert done.returncode == code
    assert b"Traceback" not in done.stderr


def test_the_command_reads_and_writes_pipes(tmp_path: Path) -> None:
    done = tier2("hash", cwd=tmp_path)
    assert (done.stdout, done.stderr) == (f"{EMPTY}  -\n".encode(), b"")


@UNBUFFERED
def test_a_vanished_reader_gets_no_traceback(tmp_path: Path, unbuffered: str) -> None:
    (tmp_path / "in.json").write_bytes(b'"' + b"x" * 1_000_000 + b'"')
    with subprocess.Popen(
        [*COMMAND, "canonical", "in.json"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert os.read(process.stdout.fileno(), 5) == b'"xxxx'
        process.stdout.close()
        message = process.stderr.read()
        assert process.wait(timeout=30) == 141
    assert message == b""


@UNBUFFERED
@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["check", "--help"],
        ["check", "-"],
        ["batch", "-"],
        ["batch", "--with-runs"],
        ["plan", "echo"],
        ["run", "echo"],
        ["rehearse", "echo", "--pretty"],
        ["runs"],
        ["runs", "--json"],
        ["hash", "-", "-"],
        ["contracts", "compat", V1, V1],
    ],
)
def test_every_command_into_a_closed_pipe_is_quiet(
    tmp_path: Path, unbuffered: str, arguments: list[str]
) -> None:
    (tmp_path / "state" / "tier2").mkdir(parents=True)
    (tmp_path / "state" / "tier2" / "wf-echo-1.ndjson").write_bytes(b"")
    reader, writer = os.pipe()
    os.close(reader)
    line = b'{"mission":{"contract":"tier2.mission/v1","type":"echo","params":{}},"context":%b}\n'
    line %= b'{"contract":"tier2.context/v1","initial_state":{},"metadata":{}}'
    with os.fdopen(writer, "wb", buffering=0) as closed:
        done = subprocess.run(
            [*COMMAND, *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered, "XDG_STATE_HOME": str(tmp_path / "state")},
            input=line * 3 if arguments[0] == "batch" else b"{}",
            stdout=closed,
            stderr=subprocess.PIPE,
            check=False,
        )
    # argparse itself drops the help that it cannot write.
    assert done.returncode in ({0, 141} if "--help" in arguments else {141})
    assert done.stderr == b""


@UNBUFFERED
def test_a_long_answer_is_written_whole(tmp_path: Path, unbuffered: str) -> None:
    text = b'"' + b"x" * 1_000_000 + b'"'
    (tmp_path / "in.json").write_bytes(text)
    done = tier2("canonical", "in.json", cwd=tmp_path, PYTHONUNBUFFERED=unbuffered)
    assert (done.returncode, done.stdout, done.stderr) == (0, text, b"")


@UNBUFFERED
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
def test_a_full_disk_is_reported_in_one_line(tmp_path: Path, unbuffered: str) -> None:
    done = tier2("hash", cwd=tmp_path, redirected=">/dev/full", PYTHONUNBUFFERED=unbuffered)
    assert done.returncode == 2
    assert one_line(done.stderr).startswith("tier2: the answer cannot be written: ")


@UNBUFFERED
def test_a_disk_that_fills_up_is_reported_in_one_line(tmp_path: Path, unbuffered: str) -> None:
    (tmp_path / "in.json").write_bytes(b'"' + b"x" * 1_000_000 + b'"')
    # A limit of the shell's, in blocks of 512 bytes, stands for the disk; the signal of that limit is ignored.
    script = 'trap "" XFSZ; ulimit -f 100; exec "$0" "$@" >out.json'
    done = subprocess.run(
        ["/bin/sh", "-c", script, *COMMAND, "canonical", "in.json"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert one_line(done.stderr).startswith("tier2: the answer cannot be written: ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
def test_a_lost_message_leaves_the_exit_code(tmp_path: Path) -> None:
    assert tier2("hash", "none.json", cwd=tmp_path, redirected="2>/dev/full").returncode == 2


@pytest.mark.parametrize(
    ("redirected", "message"),
    [
        ("<&-", "tier2: -: cannot be read: stdin is closed; give a readable file\n"),
        (">&-", "tier2: the answer cannot be written: stdout is closed\n"),
    ],
)
@pytest.mark.parametrize("command", [["hash"], ["rehearse", "echo", "--state", "-"]])
def test_closed_streams_are_reported_in_one_line(
    tmp_path: Path, redirected: str, message: str, command: list[str]
) -> None:
    done = tier2(*command, cwd=tmp_path, redirected=redirected)
    assert (done.returncode, done.stdout, done.stderr.decode()) == (2, b"", message)


def test_messages_go_nowhere_when_stderr_is_closed(tmp_path: Path) -> None:
    done = tier2("hash", "none.json", cwd=tmp_path, redirected="2>&-")
    assert (done.returncode, done.stdout) == (2, b"")


def test_ctrl_c_while_reading_exits_silently_with_130(tmp_path: Path) -> None:
    (tmp_path / "first.json").write_bytes(b"{}")
    # Where the tests run in the background, Ctrl-C is ignored, and Python would leave it so.
    script = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from tier2.shell.cli import entry; entry()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, "hash", "first.json", "-"],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        # Its first line says that it is past its start, and on its way to stdin.
        assert process.stdout.readline() == f"{EMPTY}  first.json\n".encode()
        # A signal just before Python begins to read is noticed only after the read. Then it is sent again.
        for _ in range(5):
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=2)
                break
        else:
            process.kill()
        assert process.wait() == 130
        assert (process.stdout.read(), process.stderr.read()) == (b"", b"")


ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}


def test_answers_are_utf_8_in_every_locale(tmp_path: Path) -> None:
    (tmp_path / "in.json").write_text('"Zürich"', "utf-8")
    done = tier2("canonical", "in.json", cwd=tmp_path, **ASCII)
    assert (done.returncode, done.stdout) == (0, '"Zürich"'.encode())


def test_messages_that_cannot_be_printed_are_escaped(tmp_path: Path) -> None:
    done = tier2("hash", "Zürich.json", cwd=tmp_path, **ASCII)
    assert done.returncode == 2
    assert "rich.json: cannot be read" in one_line(done.stderr)
