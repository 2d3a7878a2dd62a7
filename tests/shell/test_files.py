"""The files that the command reads and writes."""

import errno
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock

import pytest
from shell_command import Command

from tier2.values.canonical import MAX_BYTES

NO_SUCH = os.strerror(errno.ENOENT)


@pytest.fixture
def umask() -> Iterator[int]:
    before = os.umask(0o027)
    yield 0o027
    os.umask(before)


# Reading


def test_a_missing_file_is_refused_with_a_remedy(tier2: Command, tmp_path: Path) -> None:
    path = tmp_path / "none.json"
    expected = f"{path}: cannot be read: {NO_SUCH}; give a readable file, or - for stdin"
    commands = [
        ["hash", path],
        ["canonical", path],
        ["verify", path, path],
        ["plan", "--mission", path],
        ["run", "--workflow", path],
        ["run", "echo", "--state", path],
        ["rehearse", "echo", "--context", path],
    ]
    assert [tier2(*command).refusal for command in commands] == [expected] * len(commands)


@pytest.mark.parametrize(("path", "error"), [("", errno.EISDIR), ("file/in.json", errno.ENOTDIR)])
def test_paths_that_lead_to_no_file_are_refused(
    tier2: Command, tmp_path: Path, path: str, error: int
) -> None:
    (tmp_path / "file").touch()
    refusal = tier2("hash", tmp_path / path).refusal
    assert refusal.startswith(f"{tmp_path / path}: cannot be read: {os.strerror(error)}")


def test_a_file_that_may_not_be_read_is_refused(tier2: Command, tmp_path: Path) -> None:
    path = tmp_path / "secret.json"
    path.touch(mode=0o000)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    assert tier2("hash", path).refusal.startswith(f"{path}: cannot be read: {os.strerror(errno.EACCES)}")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "syntax"),
        (b"\xef\xbb\xbf{}", "bom"),
        (b'{"\xff":1}', "utf8"),
        (b'{"a":1,"a":1}', "duplicate-key"),
    ],
)
def test_files_outside_strict_json_are_always_refused(
    tier2: Command, tmp_path: Path, data: bytes, code: str
) -> None:
    path = tmp_path / "in.json"
    path.write_bytes(data)
    commands = [
        ["hash", path],
        ["verify", path, path],
        ["plan", "--mission", path],
        ["run", "--workflow", path],
        ["run", "echo", "--state", path],
        ["run", "echo", "--context", path],
    ]
    refusals = [tier2(*command).refusal for command in commands]
    assert all(refusal.startswith(f"{path}: $") for refusal in refusals)
    assert all(refusal.endswith(f"[{code}]") for refusal in refusals)


def test_files_beyond_16_mib_are_refused_unread(tier2: Command, tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(2 * MAX_BYTES)
    # One byte too many is enough, so only that much is read, and the message names that size.
    fault = f"$: the text has more than {MAX_BYTES} bytes"
    by_file, by_stdin = tier2("hash", path).refusal, tier2("hash", stdin=path.read_bytes()).refusal
    assert by_file.startswith(f"{path}: {fault}; ")
    assert by_stdin.startswith(f"-: {fault}; ")
    assert by_file.endswith("[size]")


def test_a_file_of_exactly_16_mib_is_accepted(tier2: Command, tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    path.write_bytes(b"1".ljust(MAX_BYTES))
    assert tier2("canonical", path).out == b"1"


def test_a_pointer_works_on_an_answer_of_any_size(tier2: Command, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(b'{"x":"' + b"x" * (MAX_BYTES - 8) + b'"}')
    assert tier2("rehearse", "echo", "--state", path, "--pointer", "/id").json == "wf-echo"


# Writing


def test_the_run_is_written_as_a_canonical_line(tier2: Command, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    answer = tier2("rehearse", "echo", "--run-out", path)
    assert answer == tier2("run", "echo")
    assert path.read_bytes() == tier2("canonical", path).out + b"\n"
    assert tier2("check", path).out.split()[1] == b"tier2.run/v1"


def test_a_written_rehearsal_has_its_rehearsed_events(tier2: Command, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    result = tier2("rehearse", "daily_loop", "--run-out", path).json
    assert json.loads(path.read_bytes())["events"] == [
        entry["event"] for entry in result["receipt"]["entries"]
    ]


def test_an_older_file_is_replaced_as_a_whole(tier2: Command, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(b"x" * 100_000)
    tier2("rehearse", "echo", "--run-out", path)
    assert tier2("check", path).code == 0
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_has_the_permissions_of_the_umask(tier2: Command, tmp_path: Path, umask: int) -> None:
    path = tmp_path / "run.json"
    tier2("rehearse", "echo", "--run-out", path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666])
def test_a_replaced_file_keeps_its_permissions_and_owner(tier2: Command, tmp_path: Path, mode: int) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(b"old")
    path.chmod(mode)
    owner = (4711, 4712) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    os.chown(path, *owner)
    tier2("rehearse", "echo", "--run-out", path)
    found = path.stat()
    assert (stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid) == (mode, *owner)


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("old", [{}, {"run.json": b"the old file"}], ids=["none before", "one before"])
class TestFailedWrite:
    """A failed write leaves the old file, if there was one, and nothing else."""

    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path, old: dict[str, bytes]) -> Path:
        for name, data in old.items():
            (tmp_path / name).write_bytes(data)
        return tmp_path

    def test_a_full_disk_leaves_the_old_file(
        self, tier2: Command, folder: Path, monkeypatch: pytest.MonkeyPatch, call: str, old: dict[str, bytes]
    ) -> None:
        error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        monkeypatch.setattr(os, call, Mock(side_effect=error))
        refusal = tier2("rehearse", "echo", "--run-out", folder / "run.json").refusal
        assert refusal.startswith(f"{folder}/run.json: cannot be written: {error.strerror}; ")
        assert {file.name: file.read_bytes() for file in folder.iterdir()} == old

    def test_ctrl_c_leaves_the_old_file_and_no_other(
        self, tier2: Command, folder: Path, monkeypatch: pytest.MonkeyPatch, call: str, old: dict[str, bytes]
    ) -> None:
        monkeypatch.setattr(os, call, Mock(side_effect=KeyboardInterrupt))
        assert tier2("rehearse", "echo", "--run-out", folder / "run.json") == (130, b"", "")
        assert {file.name: file.read_bytes() for file in folder.iterdir()} == old


def test_writing_into_a_missing_folder_is_refused(tier2: Command, tmp_path: Path) -> None:
    path = tmp_path / "none" / "run.json"
    refusal = tier2("rehearse", "echo", "--run-out", path).refusal
    assert refusal == f"{path}: cannot be written: {NO_SUCH}; choose another place"


def test_a_folder_is_not_replaced_by_a_file(tier2: Command, tmp_path: Path) -> None:
    assert tier2("rehearse", "echo", "--run-out", tmp_path).refusal.startswith(
        f"{tmp_path}: cannot be written: "
    )
    assert list(tmp_path.iterdir()) == []


def test_a_link_stays_a_link_to_the_new_file(tier2: Command, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    target, link = tmp_path / "elsewhere" / "run.json", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    tier2("rehearse", "echo", "--run-out", link)
    assert link.is_symlink()
    assert tier2("check", target).code == 0


def test_a_pipe_is_written_to_and_stays_a_pipe(tier2: Command, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    answer = tier2("rehearse", "echo", "--run-out", pipe)
    data = os.read(reader, 65536)
    os.close(reader)
    assert (answer.code, pipe.is_fifo()) == (0, True)
    assert tier2("check", "-", stdin=data).out.startswith(b"-: tier2.run/v1 ")
