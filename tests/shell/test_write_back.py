"""Is each file of a write-back changed as planned, once, and never over somebody else's change?

That it survives a kill at any instant is shown by `test_kills`, with real processes.
"""

import errno
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from todo_days import failing, held, refusal, sha256

from tier2.kinds import JsonObject
from tier2.shell.run_files.lines import FileChange
from tier2.shell.runs import write_back as write_backs
from tier2.shell.runs.unified_diff import unified_diff
from tier2.shell.runs.write_back import (
    Held,
    Plan,
    WriteBack,
    apply,
    differences,
    digest_of,
    plan,
    plan_of_rest,
    read_files,
)

BEFORE = {"archive": b"x 0\n", "list": b"a\nx 1\nb\n"}
AFTER = {"archive": b"x 0\nx 1\n", "log": b"moved x 1\n", "list": b"a\nb\n"}
COPIES = {"archive.bak": b"x 0\n", "list.bak": b"a\nx 1\nb\n"}
NAMES = ("archive", "log", "list")


def moved(held: Held, state: JsonObject) -> Mapping[str, bytes]:
    """Done lines go from the list to the archive, and the log names them."""
    lines = (held["list"] or b"").splitlines(keepends=True)
    done = [line for line in lines if line.startswith(b"x ")]
    if not done:
        return {}
    said = str(state["word"]).encode()
    return {
        "list": b"".join(line for line in lines if line not in done),
        "log": (held["log"] or b"") + b"".join(b"%b %b" % (said, line) for line in done),
        "archive": (held["archive"] or b"") + b"".join(done),
    }


STATE: JsonObject = {"word": "moved"}


def in_folder(folder: Path, before: Mapping[str, bytes] = BEFORE) -> WriteBack:
    for name, data in before.items():
        (folder / name).write_bytes(data)
    files = {name: folder / name for name in NAMES}
    return WriteBack(files=files, began={name: digest_of(before.get(name)) for name in NAMES}, new=moved)


def resume(write_back: WriteBack, planned: Plan) -> None:
    """Writes what is left of a recorded plan, as a later process does."""
    apply(write_back, plan_of_rest(write_back, planned.changes, STATE))


# The plan


def test_the_plan_has_both_digests_of_each_file(tmp_path: Path) -> None:
    planned = plan(in_folder(tmp_path), STATE)
    assert planned.changes == tuple(
        FileChange(name=name, old_sha256=digest_of(BEFORE.get(name)), new_sha256=sha256(AFTER[name]))
        for name in NAMES
    )
    assert held(tmp_path) == BEFORE
    plain = msgspec.to_builtins(planned.changes)
    assert msgspec.convert(plain, tuple[FileChange, ...]) == planned.changes


def test_files_that_stay_as_they_are_are_not_planned(tmp_path: Path) -> None:
    write_back = in_folder(tmp_path, {"list": b"a\n"})
    assert plan(write_back, STATE).changes == ()
    same = msgspec.structs.replace(write_back, new=lambda *_: {"list": b"a\n"})
    assert plan(same, STATE).changes == ()
    apply(same, plan(same, STATE))
    assert held(tmp_path) == {"list": b"a\n"}


def test_a_write_back_has_a_digest_for_each_file(tmp_path: Path) -> None:
    for files, began in (({}, {}), ({"a": tmp_path}, {}), ({"a": tmp_path}, {"b": None})):
        with pytest.raises(ValueError, match="at least one file, and the same ones"):
            WriteBack(files=files, began=began, new=moved)


def test_a_new_file_without_a_path_is_refused(tmp_path: Path) -> None:
    write_back = msgspec.structs.replace(in_folder(tmp_path), new=lambda *_: {"other": b""})
    with pytest.raises(ValueError, match="the write-back has no file 'other'"):
        plan(write_back, STATE)


# Writing


def test_all_files_are_written_and_copies_are_kept(tmp_path: Path) -> None:
    write_back = in_folder(tmp_path)
    apply(write_back, plan(write_back, STATE))
    assert held(tmp_path) == {**AFTER, **COPIES}


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o666])
def test_permissions_are_kept_and_new_files_get_the_last(tmp_path: Path, mode: int) -> None:
    write_back = in_folder(tmp_path)
    (tmp_path / "list").chmod(mode)
    (tmp_path / "archive").chmod(0o604)
    apply(write_back, plan(write_back, STATE))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {
        "archive": 0o604,
        "archive.bak": 0o604,
        "log": mode,
        "list": mode,
        "list.bak": mode,
    }


def test_a_file_is_never_open_to_more_people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_back = in_folder(tmp_path)
    for name in BEFORE:
        (tmp_path / name).chmod(0o600)
    modes: set[int] = set()
    change, replace = os.fchmod, os.replace

    def changed(descriptor: int, mode: int) -> None:
        modes.add(stat.S_IMODE(os.fstat(descriptor).st_mode))
        change(descriptor, mode)

    def replaced(source: Path, target: Path) -> None:
        modes.add(stat.S_IMODE(Path(source).stat().st_mode))
        replace(source, target)

    monkeypatch.setattr(os, "fchmod", changed)
    monkeypatch.setattr(os, "replace", replaced)
    apply(write_back, plan(write_back, STATE))
    assert modes == {0o600}


def test_a_link_stays_and_its_target_is_written(tmp_path: Path) -> None:
    mine, shared = tmp_path / "mine", tmp_path / "shared"
    for folder in (mine, shared):
        folder.mkdir()
    write_back = in_folder(mine)
    (mine / "list").rename(shared / "the list")
    (mine / "list").symlink_to(Path("..") / "shared" / "the list")
    (mine / "log").symlink_to(shared / "the log")
    apply(write_back, plan(write_back, STATE))
    copy = {"the list.bak": BEFORE["list"]}
    assert held(shared) == {"the list": AFTER["list"], "the log": AFTER["log"], **copy}
    assert (mine / "list").is_symlink()
    assert (mine / "log").is_symlink()
    assert held(mine).keys() == {"archive", "archive.bak", "list", "log"}


def test_an_interrupted_write_through_a_link_goes_on_by_another(tmp_path: Path) -> None:
    """The copies of what was there lie beside the files, where each link to them leads."""
    write_back = in_folder(tmp_path)
    planned = plan(write_back, STATE)
    apply(write_back, planned._replace(changes=planned.changes[:1], left=1))
    others = tmp_path / "links"
    others.mkdir()
    for name in NAMES:
        (others / name).symlink_to(tmp_path / name)
    links = {name: others / name for name in NAMES}
    resume(msgspec.structs.replace(write_back, files=links), planned)
    assert {name: (tmp_path / name).read_bytes() for name in NAMES} == AFTER


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give files away")
def test_root_keeps_the_owner_of_each_file(tmp_path: Path) -> None:
    write_back = in_folder(tmp_path)
    os.chown(tmp_path / "list", 4321, 1234)
    apply(write_back, plan(write_back, STATE))
    owners = {path.name: (path.stat().st_uid, path.stat().st_gid) for path in tmp_path.iterdir()}
    theirs = (4321, 1234)
    assert owners == {
        "archive": (0, 0),
        "archive.bak": (0, 0),
        "log": theirs,
        "list": theirs,
        "list.bak": theirs,
    }


def test_a_file_that_cannot_be_given_away_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To its group at least, if the user is in it; else it belongs to the user who writes it."""
    write_back = in_folder(tmp_path)
    planned = plan(write_back, STATE)
    found, asked = os.fstat, list[tuple[int, int]]()

    def refused(_: int, user: int, group: int) -> NoReturn:
        asked.append((user, group))
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    def other(descriptor: int) -> os.stat_result:
        return os.stat_result([*found(descriptor)[:4], 77, 88, *found(descriptor)[6:]])

    monkeypatch.setattr(os, "fstat", other)
    monkeypatch.setattr(os, "fchown", refused)
    apply(write_back, planned)
    mine = (tmp_path / "list").stat()
    assert set(asked) == {(mine.st_uid, mine.st_gid), (-1, mine.st_gid)}
    assert held(tmp_path) == {**AFTER, **COPIES}


def test_an_error_about_a_copy_names_the_copy(tmp_path: Path) -> None:
    write_back = in_folder(tmp_path)
    (tmp_path / "list.bak").mkdir()
    planned = plan(write_back, STATE)
    text = refusal(lambda: apply(write_back, planned))
    assert text.startswith(f"{tmp_path / 'list.bak'}: cannot be written: ")
    assert (tmp_path / "list").read_bytes() == BEFORE["list"]


# Interrupted


WRITING = ["open", "fchmod", "fsync", "replace"]
"""The system calls of writing a file, each a boundary."""


def test_the_rest_is_made_from_the_files_as_they_were(tmp_path: Path) -> None:
    seen: list[Held] = []

    def new(held: Held, state: JsonObject) -> Mapping[str, bytes]:
        seen.append(held)
        return moved(held, state)

    write_back = msgspec.structs.replace(in_folder(tmp_path), new=new)
    planned = plan(write_back, STATE)
    for name in ("archive", "log"):
        (tmp_path / name).write_bytes(AFTER[name])
    (tmp_path / "archive.bak").write_bytes(BEFORE["archive"])
    resume(write_back, planned)
    assert seen[-1] == seen[0] == {**BEFORE, "log": None}
    assert held(tmp_path) == {**AFTER, **COPIES}


@pytest.mark.parametrize("copy", [None, b"of somebody else\n"])
def test_a_lost_copy_does_not_stop_the_rest(tmp_path: Path, copy: bytes | None) -> None:
    write_back = in_folder(tmp_path)
    planned = plan(write_back, STATE)
    (tmp_path / "archive").write_bytes(AFTER["archive"])
    if copy is not None:
        (tmp_path / "archive.bak").write_bytes(copy)
    resume(write_back, planned)
    assert {name: (tmp_path / name).read_bytes() for name in NAMES} == AFTER


@pytest.mark.parametrize("call", WRITING)
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO])
def test_a_full_or_read_only_disk_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    write_back = in_folder(tmp_path)
    planned = plan(write_back, STATE)
    with monkeypatch.context() as patch:
        patch.setattr(os, call, failing(number))
        text = refusal(lambda: apply(write_back, planned))
    assert text == (
        f"{tmp_path / 'archive.bak'}: cannot be written: {os.strerror(number)}; "
        "put that right, then resume the run: it goes on where it was"
    )
    assert held(tmp_path) == BEFORE
    resume(write_back, planned)
    assert held(tmp_path) == {**AFTER, **COPIES}


def test_a_disk_full_at_the_last_file_keeps_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_back = in_folder(tmp_path)
    planned = plan(write_back, STATE)
    real = os.replace

    def full(source: Path, target: Path) -> None:
        if Path(target).name == "list":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        assert refusal(lambda: apply(write_back, planned)).startswith(
            f"{tmp_path / 'list'}: cannot be written: No"
        )
    assert held(tmp_path) == {**AFTER, **COPIES, "list": BEFORE["list"]}
    resume(write_back, planned)
    assert held(tmp_path) == {**AFTER, **COPIES}


def test_ctrl_c_while_writing_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_back = in_folder(tmp_path)
    planned = plan(write_back, STATE)

    def interrupted(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        apply(write_back, planned)
    assert held(tmp_path) == BEFORE


# Changed by somebody else


def put(path: Path, data: bytes | None) -> None:
    path.unlink(missing_ok=True)
    if data is not None:
        path.write_bytes(data)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("before", [b"x was\n", None])
@pytest.mark.parametrize("now", [b"x other\n", None])
def test_a_change_during_the_run_stops_the_write_back(
    tmp_path: Path, name: str, before: bytes | None, now: bytes | None
) -> None:
    files = {**BEFORE, name: before}
    write_back = in_folder(tmp_path, {name: data for name, data in files.items() if data is not None})
    put(tmp_path / name, now)
    kept = held(tmp_path)
    if before is None and now is None:
        plan(write_back, STATE)
    else:
        assert refusal(lambda: plan(write_back, STATE)) == (
            f"{tmp_path / name}: changed since the run began; nothing was written; "
            "put it back as it was, or start a new run instead"
        )
    assert held(tmp_path) == kept


@pytest.mark.parametrize("name", NAMES)
def test_a_change_after_the_plan_stops_every_write(tmp_path: Path, name: str) -> None:
    write_back = in_folder(tmp_path)
    planned = plan(write_back, STATE)
    (tmp_path / name).write_bytes(b"of somebody else\n")
    kept = held(tmp_path)
    assert refusal(lambda: resume(write_back, planned)) == (
        f"{tmp_path / name}: changed since the write-back was planned; nothing was written; start a new run"
    )
    assert held(tmp_path) == kept


@pytest.mark.parametrize("name", NAMES)
def test_a_change_just_before_a_write_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    write_back = in_folder(tmp_path)
    planned = plan(write_back, STATE)
    real = write_backs.read_file

    def saved(path: Path) -> bytes | None:
        if path.name == name:
            path.write_bytes(b"of somebody else\n")
        return real(path)

    monkeypatch.setattr(write_backs, "read_file", saved)
    text = refusal(lambda: apply(write_back, planned))
    written = NAMES[: NAMES.index(name)]
    rest = "nothing was written;"
    if written:
        paths = {other: tmp_path / other for other in written}
        ways = {other: f"put {path}.bak back in the place of {path}" for other, path in paths.items()}
        if "log" in ways:  # it was not there before
            ways["log"] = f"remove {paths['log']}"
        undo = "; ".join(ways.values())
        marker = tmp_path / f".{NAMES[-1]}.tier2"
        unless = f"or, if the files are as they should be, remove {marker}"
        rest = f"written already, so undo it: {undo}; {unless}; then"
    assert text == f"{tmp_path / name}: changed since the write-back was planned; {rest} start a new run"
    assert (tmp_path / name).read_bytes() == b"of somebody else\n"


def test_after_the_last_write_the_files_are_free(tmp_path: Path) -> None:
    write_back = in_folder(tmp_path)
    planned = plan(write_back, STATE)
    apply(write_back, planned)
    (tmp_path / "log").write_bytes(b"all my own\n")
    (tmp_path / "archive").write_bytes(b"")
    kept = held(tmp_path)
    resume(write_back, planned)
    assert held(tmp_path) == kept


def test_a_file_put_back_from_its_copy_is_noticed(tmp_path: Path) -> None:
    write_back = in_folder(tmp_path)
    planned = plan(write_back, STATE)
    apply(write_back, planned)
    (tmp_path / "archive").write_bytes(BEFORE["archive"])
    kept = held(tmp_path)
    assert "written already" in refusal(lambda: resume(write_back, planned))
    assert held(tmp_path) == kept


def test_a_plan_that_was_tampered_with_is_refused(tmp_path: Path) -> None:
    write_back = in_folder(tmp_path)
    archive, log, last = plan(write_back, STATE).changes
    other = msgspec.structs.replace(last, new_sha256=sha256(b""))
    unknown = msgspec.structs.replace(last, name="unknown")
    for changes in [
        (last,),
        (archive, log),
        (last, archive),
        (archive, archive, log, last),
        (archive, log, other),
        (archive, log, last, unknown),
    ]:
        text = refusal(lambda changes=changes: plan_of_rest(write_back, changes, STATE))  # type: ignore[misc]  # a default argument
        assert text.endswith("start a new run")
    assert held(tmp_path) == BEFORE


# Files that cannot be written back


def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path):
        text = refusal(lambda path=path: read_files({"a": path}))  # type: ignore[misc]  # a default argument
        assert text == f"{path}: is no regular file, and could not be written back"


def test_a_file_that_may_not_be_read_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_back = in_folder(tmp_path)
    monkeypatch.setattr(Path, "read_bytes", failing(errno.EACCES))
    assert refusal(lambda: read_files(write_back.files)).endswith(
        "archive: cannot be read: Permission denied; make it readable"
    )


@pytest.mark.parametrize("name", ["archive", "list"])
@pytest.mark.parametrize("mode", [0o444, 0o400])
def test_a_read_only_file_is_refused(tmp_path: Path, name: str, mode: int) -> None:
    write_back = in_folder(tmp_path)
    (tmp_path / name).chmod(mode)
    text = f"{tmp_path / name}: is read-only, and could not be written back; make it writable"
    assert refusal(lambda: read_files(write_back.files)) == text
    assert refusal(lambda: plan(write_back, STATE)) == text


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_two_names_of_one_file_are_refused(tmp_path: Path, link: Callable[[Path, Path], None]) -> None:
    write_back = in_folder(tmp_path)
    link(tmp_path / "list", tmp_path / "log")
    assert refusal(lambda: read_files(write_back.files)).endswith("are one file; give each its own")


# The difference that a dry run shows


def test_a_difference_is_shown_as_by_diff_u(tmp_path: Path) -> None:
    lines = b"a\nb\nc\nd\ne\nx \x1b[2J\xe2\x80\xae\xff gone\nf\ng\nh\ni\nj\nk\nl\nx 2\n"
    write_back = in_folder(tmp_path, {"archive": b"x Old\n", "list": lines})
    before = held(tmp_path)
    archive, log, last = (str(path) for path in write_back.files.values())
    shown = "".join(f"{line}\n" for line in differences(write_back, plan(write_back, STATE)))
    assert shown == (
        f"--- {archive}\n+++ {archive}\n@@ -1,1 +1,3 @@\n x Old\n+x \x1b[2J\u202e\\xff gone\n+x 2\n"
        f"--- /dev/null\n+++ {log}\n@@ -0,0 +1,2 @@\n+moved x \x1b[2J\u202e\\xff gone\n+moved x 2\n"
        f"--- {last}\n+++ {last}\n@@ -3,7 +3,6 @@\n c\n d\n e\n-x \x1b[2J\u202e\\xff gone\n f\n g\n h\n"
        "@@ -11,4 +10,3 @@\n j\n k\n l\n-x 2\n"
    )
    assert held(tmp_path) == before


small_files = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\r\n", b"d\r", b"\n"]), max_size=14).map(b"".join)


@example(b"b\na\n", b"b\na\na\n")
@given(small_files, small_files)
def test_a_difference_leads_from_old_to_new(old: bytes, new: bytes) -> None:
    patched: list[str] = []
    before = [line.decode() for line in old.splitlines()]
    read = 0
    for line in unified_diff("name", old, new)[2:]:
        if line.startswith("@@"):
            start, length = (int(number) for number in line.split()[1][1:].split(","))
            skipped = start - 1 if length else start
            patched += before[read:skipped]
            read = skipped
        if line.startswith((" ", "-")):
            assert before[read] == line[1:]
            read += 1
        if line.startswith((" ", "+")):
            patched.append(line[1:])
    assert [*patched, *before[read:]] == [line.decode() for line in new.splitlines()]
