"""Does a real run keep its manners as a process: closed streams, odd environments, others at once?"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tier2.shell.run_files.run_file import read_run

PLAIN = {"PYTHONPATH": os.pathsep.join(sys.path), "PATH": os.environ["PATH"]}
"""An environment without HOME, TMPDIR and LANG."""


def tier2(
    *arguments: str | bytes, cwd: Path, redirected: str = "</dev/null", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    loader = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return subprocess.run(
        ["/bin/sh", "-c", f'exec "$0" -m tier2 "$@" {redirected}', sys.executable, *arguments],
        cwd=cwd,
        env={**PLAIN, **loader, **environment},
        capture_output=True,
        timeout=60,
        check=False,
    )


def one_message(err: bytes) -> str:
    *before, last = err.decode().splitlines()
    assert all(line.startswith("tier2: the run is recorded in ") for line in before)
    assert last.startswith("tier2: ")
    assert last.isprintable()
    return last


@pytest.mark.parametrize(
    ("redirected", "code"), [("<&-", 3), ("2>&-", 3), ("<&- 2>&-", 3), ("<&- >&- 2>&-", 3), (">&-", 3)]
)
def test_with_closed_streams_a_run_pauses(tmp_path: Path, redirected: str, code: int) -> None:
    done = tier2("run", "daily_loop", "--runs", "r", cwd=tmp_path, redirected=redirected)
    assert done.returncode == code
    assert b"Traceback" not in done.stderr
    assert read_run(tmp_path / "r" / "wf-daily-loop-1.ndjson").run.events == ()


def test_with_stdout_closed_the_run_is_recorded_whole(tmp_path: Path) -> None:
    done = tier2("run", "echo", "--runs", "r", cwd=tmp_path, redirected=">&-")
    assert done.returncode == 1
    message = one_message(done.stderr)
    assert "the answer cannot be written: stdout is closed; the run is finished, and recorded in " in message
    assert read_run(tmp_path / "r" / "wf-echo-1.ndjson").result is not None


@pytest.mark.parametrize("locale", ["C", "POSIX", "xx_XX.nonsense"])
def test_in_any_locale_text_and_names_survive(tmp_path: Path, locale: str) -> None:
    (tmp_path / "todo.txt").write_text("x 2026-11-23 Zürich 東京\n", encoding="utf-8")
    arguments = ("run", "daily_loop", "--todo", "todo.txt", "--today", "2026-11-24", "--runs", "läufe")
    alone = ("--param", "requested_human_steps=0")
    done = tier2(*arguments, *alone, cwd=tmp_path, LANG=locale, LC_ALL=locale, PYTHONUTF8="0")
    assert done.returncode == 0
    assert "Zürich 東京".encode() in done.stdout
    assert (tmp_path / "done.txt").read_text(encoding="utf-8") == "x 2026-11-23 Zürich 東京\n"
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "echo", "--param", b"a=\xff"),
        ("run", b"\xff"),
        ("run", "daily_loop", "--todo", b"\xff/todo.txt"),
        ("resume", b"\xff", "--runs", "r"),
        ("show", b"\xff"),
        ("verify", b"\xff", "--runs", b"\xfe"),
    ],
)
def test_words_that_are_not_utf_8_are_shown_escaped(
    tmp_path: Path, arguments: tuple[str | bytes, ...]
) -> None:
    done = tier2(*arguments, cwd=tmp_path, XDG_STATE_HOME=str(tmp_path))
    assert (done.returncode, done.stdout) == (2, b"")
    one_message(done.stderr)


def test_tests_run_without_home_and_temporary_folder(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_it(): pass\n", encoding="utf-8")
    done = tier2("run", "run_tests", "--runs", "r", cwd=tmp_path, TMPDIR="/nowhere/at/all")
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)


HOMELESS = """
import os, pwd, sys
from tier2.shell.cli import main
def unknown(*_): raise KeyError
pwd.getpwuid = unknown
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("plan", "echo"), 0), (("run", "echo", "--runs", "r"), 0), (("run", "daily_loop", "--runs", "r"), 3)]
    + [
        (arguments, 2)
        for arguments in (("run", "echo"), ("runs",), ("resume", "x"), ("show", "x"), ("verify", "x"))
    ],
)
def test_without_a_home_a_folder_must_be_named(tmp_path: Path, arguments: tuple[str, ...], code: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HOMELESS, *arguments],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name not in ("HOME", "XDG_STATE_HOME")}
        | PLAIN,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert done.returncode == code
    if code == 2:
        assert one_message(done.stderr).endswith("no home folder is known for the runs; name their folder")


def test_runs_begun_at_once_get_files_of_their_own(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: tier2("run", "echo", "--runs", "r", cwd=tmp_path), range(8)))
    assert [process.returncode for process in done] == [0] * 8
    assert {path.name for path in (tmp_path / "r").iterdir()} == {f"wf-echo-{n}.ndjson" for n in range(1, 9)}
    assert all(read_run(path).result is not None for path in (tmp_path / "r").iterdir())


def test_one_of_several_processes_resumes_a_run(
    tmp_path: Path,
) -> None:
    tier2("run", "daily_loop", "--runs", "r", cwd=tmp_path)
    answer = ("resume", "r/wf-daily-loop-1.ndjson", "--approve", "daily-confirm-priorities", "--by", "Ana")
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: tier2(*answer, cwd=tmp_path), range(8)))
    codes = sorted(process.returncode for process in done)
    assert codes == [0, *[2] * 7]
    messages = [one_message(process.stderr) for process in done if process.returncode == 2]
    refusals = ("another process is at work", "the run is finished", "was approved by 'Ana' at ")
    assert all(any(refusal in text for refusal in refusals) for text in messages)
    assert len(read_run(tmp_path / "r" / "wf-daily-loop-1.ndjson").run.events) == 4
