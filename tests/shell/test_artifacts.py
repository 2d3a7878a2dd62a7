"""Is a file beside a run what the state of the run says, and does nothing lead out of the run's folder?"""

import hashlib
import itertools
import os
import socket
import stat
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tier2.contracts.v1 import Artifact
from tier2.errors import ContractError
from tier2.shell.errors import InputError
from tier2.shell.run_files.artifacts import artifact, checked
from tier2.values.frozen import JsonValue, freeze_object

LINES = (b'"a"\n', b'"b"\n')
CONTENT = b"".join(LINES)
NAME = "found.ndjson"


def named(content: bytes = CONTENT) -> dict[str, Any]:
    """An artifact as a state has it, by other means than those under test."""
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def standing(folder: Path, name: str = NAME, content: bytes = CONTENT) -> str:
    ((found, standing),) = checked(freeze_object({"artifacts": {name: named(content)}}), folder)
    assert found == name
    return standing


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a run that is not there yet."""
    return tmp_path / "runs" / "wf-1"


# Writing


def test_an_artifact_is_its_size_and_its_digest(folder: Path) -> None:
    made = artifact(folder, NAME, LINES)
    assert made == Artifact(**named())
    assert (folder / NAME).read_bytes() == CONTENT
    assert artifact(None, NAME, LINES) == made
    assert [path.name for path in folder.iterdir()] == [NAME]


@given(lines=st.lists(st.binary()))
def test_how_the_content_is_cut_does_not_matter(lines: list[bytes]) -> None:
    assert artifact(None, "a", lines) == Artifact(**named(b"".join(lines)))


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o177])
def test_a_written_artifact_is_private(folder: Path, umask: int) -> None:
    folder.parent.mkdir()
    if umask == 0o177:
        folder.mkdir()  # with this umask, nobody could enter a new folder
    before = os.umask(umask)
    try:
        artifact(folder, NAME, LINES)
    finally:
        os.umask(before)
    assert stat.S_IMODE((folder / NAME).stat().st_mode) == 0o600
    if umask != 0o177:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("kind", ["file", "link", "dangling link", "pipe"])
def test_whatever_had_the_name_is_replaced_unread(folder: Path, tmp_path: Path, kind: str) -> None:
    folder.mkdir(parents=True)
    elsewhere, path = tmp_path / "elsewhere", folder / NAME
    if kind == "file":
        path.write_bytes(b"older")
        path.chmod(0o666)
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(elsewhere)
    if kind == "link":
        elsewhere.write_bytes(b"mine")
    artifact(folder, NAME, LINES)
    assert not path.is_symlink()
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (CONTENT, 0o600)
    assert not elsewhere.exists() or elsewhere.read_bytes() == b"mine"


def test_nothing_is_written_through_a_linked_folder(folder: Path, tmp_path: Path) -> None:
    folder.parent.mkdir()
    (tmp_path / "elsewhere").mkdir()
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links") as error:
        artifact(folder, NAME, LINES)
    assert error.value.filename == str(folder)
    assert list((tmp_path / "elsewhere").iterdir()) == []


class Stopped(BaseException):
    """The content comes to no end."""


def test_an_artifact_is_written_whole_or_not_at_all(folder: Path) -> None:
    artifact(folder, NAME, [b"older"])

    def stopped() -> Iterator[bytes]:
        yield b"half"
        raise Stopped

    with pytest.raises(Stopped):
        artifact(folder, NAME, stopped())
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {NAME: b"older"}


def test_what_a_killed_process_left_is_removed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        patch.setattr(os, "unlink", lambda _: None)
        with pytest.raises(Stopped):
            artifact(folder, NAME, LINES)
    (left,) = folder.iterdir()
    assert left.name != NAME
    artifact(folder, NAME, LINES)
    assert [path.name for path in folder.iterdir()] == [NAME]


def test_a_large_artifact_needs_little_memory(folder: Path) -> None:
    line, count = b"x" * 1023 + b"\n", 1 << 16
    tracemalloc.start()
    try:
        made = artifact(folder, NAME, itertools.repeat(line, count))
        found = checked(
            freeze_object({"artifacts": {NAME: {"bytes": made.bytes, "sha256": made.sha256}}}), folder
        )
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (made.bytes, found) == (1 << 26, ((NAME, "matching"),))
    assert most < 1 << 23


LONGEST = "\u00fc" * 127 + "x"

NO_NAMES = ["", ".", "..", "../a", "/etc/passwd", "a/b", "a/", "a\0b", "a\nb", "\x1b[2J", "a\x7f", "a\x9b"]


@pytest.mark.parametrize("name", NO_NAMES)
def test_a_name_that_is_no_plain_file_name_is_refused(folder: Path, name: str) -> None:
    for place in (folder, None):
        with pytest.raises(ValueError, match="is no plain file name"):
            artifact(place, name, LINES)
    assert not folder.exists()


@pytest.mark.parametrize(
    "name", ["a", ".a", "...", "a b", "-x", "a\\b", "\u00fc", "\U0001f600", "~", LONGEST]
)
def test_any_plain_file_name_will_do(folder: Path, name: str) -> None:
    artifact(folder, name, LINES)
    assert standing(folder, name) == "matching"
    assert [os.fsencode(path.name) for path in folder.iterdir()] == [name.encode()]


# Checking


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (CONTENT, "matching"),
        (CONTENT[:-1], "different"),
        (CONTENT + b"\n", "different"),
        (CONTENT.upper(), "different"),
        (b"", "different"),
        (None, "absent"),
    ],
)
def test_a_file_is_matching_different_or_absent(folder: Path, content: bytes | None, found: str) -> None:
    folder.mkdir(parents=True)
    if content is not None:
        (folder / NAME).write_bytes(content)
    assert standing(folder) == found


def test_an_empty_artifact_can_match(folder: Path) -> None:
    artifact(folder, NAME, ())
    assert standing(folder, content=b"") == "matching"


def a_link(path: Path, target: Path) -> None:
    path.symlink_to(target)


def a_dangling_link(path: Path, target: Path) -> None:
    path.symlink_to(target.with_name("none"))


def a_loop(path: Path, _: Path) -> None:
    path.symlink_to(path)


def a_pipe(path: Path, _: Path) -> None:
    os.mkfifo(path)


def a_folder(path: Path, _: Path) -> None:
    path.mkdir()


def a_socket(path: Path, _: Path) -> None:
    os.chdir(path.parent)  # the path of a socket must be short
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(path.name)


@pytest.mark.parametrize("make", [a_link, a_dangling_link, a_loop, a_pipe, a_folder, a_socket])
def test_what_is_no_regular_file_is_different(
    folder: Path, tmp_path: Path, make: Callable[[Path, Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder.mkdir(parents=True)
    target = tmp_path / "target"
    target.write_bytes(CONTENT)
    make(folder / NAME, target)
    assert standing(folder) == "different"


@pytest.mark.parametrize("name", [*NO_NAMES, "x" * 256])
def test_no_name_of_a_state_leads_out_of_the_folder(folder: Path, name: str) -> None:
    folder.mkdir(parents=True)
    (folder.parent / "a").write_bytes(CONTENT)
    (folder / "a").mkdir()
    (folder / "a" / "b").write_bytes(CONTENT)
    assert standing(folder, name) == "different"


def test_a_linked_folder_is_not_followed(folder: Path, tmp_path: Path) -> None:
    artifact(tmp_path / "elsewhere", NAME, LINES)
    folder.parent.mkdir()
    folder.symlink_to(tmp_path / "elsewhere")
    assert standing(folder) == "different"


def test_without_a_folder_everything_is_absent(folder: Path) -> None:
    assert standing(folder) == "absent"
    folder.parent.mkdir()
    folder.write_bytes(b"a file")
    assert standing(folder) == "absent"


def test_artifacts_are_checked_in_the_order_of_names(folder: Path) -> None:
    artifact(folder, "b", LINES)
    state = freeze_object({"artifacts": {"c": named(), "a": named(), "b": named()}, "other": [1]})
    assert checked(state, folder) == (("a", "absent"), ("b", "matching"), ("c", "absent"))
    assert checked(freeze_object({}), folder) == checked(freeze_object({"artifacts": {}}), folder) == ()


def test_members_that_later_versions_add_are_no_fault(folder: Path) -> None:
    artifact(folder, NAME, LINES)
    state = freeze_object({"artifacts": {NAME: {**named(), "media_type": "x"}}})
    assert checked(state, folder) == ((NAME, "matching"),)


def test_a_file_that_may_not_be_read_is_bad_input(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    artifact(folder, NAME, LINES)
    real = os.open

    def refused(path: os.PathLike[str] | str | bytes, *arguments: int, dir_fd: int | None = None) -> int:
        if dir_fd is not None:
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments)

    monkeypatch.setattr(os, "open", refused)  # to root, each file can be read
    with pytest.raises(InputError) as error:
        standing(folder)
    assert str(error.value) == f"{folder / NAME}: cannot be read: Permission denied; make it readable"


@pytest.mark.parametrize(
    ("artifacts", "where"),
    [
        (5, "$.artifacts"),
        (["a"], "$.artifacts"),
        (None, "$.artifacts"),
        ({"a": 1}, "$.artifacts.a"),
        ({"a": {"bytes": 1}}, "$.artifacts.a.sha256"),
        ({"a": {**named(), "bytes": -1}}, "$.artifacts.a.bytes"),
        ({"a": {**named(), "bytes": "8"}}, "$.artifacts.a.bytes"),
        ({"a": {**named(), "sha256": "F" * 64}}, "$.artifacts.a.sha256"),
    ],
)
def test_malformed_artifacts_are_refused_with_a_path(folder: Path, artifacts: JsonValue, where: str) -> None:
    with pytest.raises(ContractError) as error:
        checked(freeze_object({"artifacts": artifacts}), folder)
    assert error.value.where == where
