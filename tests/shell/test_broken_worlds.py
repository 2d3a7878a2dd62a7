"""Whatever a function of a larger system's world raises is one message: no traceback, and no run that is lost."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import pytest
from real_runs import RealRuns
from shell_command import Answer

from tier2 import MISSIONS, Fail, MissionType
from tier2.kinds import runtime
from tier2.shell import HostOperation, InputError, Option, World, WriteBack, read_run

Json = Any

MISSION = {
    "ring": MissionType(
        msgspec.defstruct("Nothing", []),
        lambda _: [runtime("ring", "Ring.", "bell.ring"), runtime("last", "Stop.", "noop")],
    )
}


FAILING = {"bell.ring": HostOperation(lambda _: Fail("no"))}


def broken(*_: object) -> NoReturn:
    raise OSError("its own\n\x1b[2J")


AT = f"raised OSError: its own\\u000a\\u001b[2J ({__file__}:{broken.__code__.co_firstlineno + 1})"


def refusing(*_: object) -> NoReturn:
    raise InputError("not now")


def lazily(*_: object) -> Iterator[NoReturn]:
    yield broken()


class Own:
    """A command with one mission, whose world is as each test wants it."""

    def __init__(self, real: RealRuns) -> None:
        self.real = real

    def __call__(self, *arguments: object, world: Mapping[str, Json], **more: Json) -> Answer:
        option = Option(name="room", help="the room")
        worlds = {"ring": World(options=(option,), **world)}
        return self.real(*arguments, missions={**MISSIONS, **MISSION}, worlds=worlds, **more)


@pytest.fixture
def own(real: RealRuns) -> Own:
    return Own(real)


def said(name: str) -> str:
    return f"the function {name!r} of the world of ring {AT}"


@pytest.mark.parametrize("name", ["params", "context", "surroundings", "write_back", "hosts"])
def test_a_run_that_cannot_begin_is_one_message(own: Own, name: str) -> None:
    assert own("run", "ring", world={name: broken}).refusal == said(name)
    assert not own.real.runs.exists() or [*own.real.runs.iterdir()] == []


@pytest.mark.parametrize("name", ["params", "surroundings", "write_back", "hosts"])
def test_a_value_of_another_type_is_one_message(own: Own, name: str) -> None:
    refusal = own("run", "ring", world={name: lambda *_: 5}).refusal
    assert refusal.startswith(f"the function {name!r} of the world of ring raised ")


@pytest.mark.parametrize("name", ["check", "write_back", "hosts"])
def test_a_run_that_cannot_go_on_stays_as_it_is(own: Own, name: str) -> None:
    own("run", "ring", world={})
    path = own.real.path("wf-ring-1")
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))
    before = path.read_bytes()
    answer = own("resume", "wf-ring-1", world={name: broken})
    assert (answer.code, answer.out) == (3, b"")
    assert answer.message == f"{path}: {said(name)}; to go on: tier2 resume wf-ring-1"
    assert path.read_bytes() == before
    assert own("resume", "wf-ring-1", world={}).code == 0


def test_new_files_that_raise_leave_a_run_that_goes_on(own: Own, tmp_path: Path) -> None:
    def write_back(new: Json, *_: object) -> WriteBack:
        return WriteBack(files={"list": tmp_path / "list"}, began={"list": None}, new=new)

    answer = own("run", "ring", world={"write_back": partial(write_back, broken)})
    path = own.real.path("wf-ring-1")
    assert (answer.code, answer.message) == (3, f"{path}: {said('new')}; to go on: tier2 resume wf-ring-1")
    dry = own("run", "ring", "--dry-run", world={"write_back": partial(write_back, broken)})
    assert dry.refusal == said("new")
    assert read_run(path).result is None
    mended = {"write_back": partial(write_back, lambda *_: {"list": b"done"})}
    assert own("resume", "wf-ring-1", world=mended).code == 0
    assert (tmp_path / "list").read_bytes() == b"done"


def test_options_that_raise_leave_the_hint_without_them(own: Own) -> None:
    world = {"go_on": broken, "write_back": lambda given, _: None if "room" in given else broken()}
    own("run", "ring", "--room", "1", world={})
    path = own.real.path("wf-ring-1")
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))
    answer = own("resume", "wf-ring-1", world=world)
    assert answer.code == 3
    assert answer.err.splitlines() == [
        f"tier2: {said('go_on')}",
        f"tier2: {path}: {said('write_back')}; to go on: tier2 resume wf-ring-1",
    ]


@pytest.mark.parametrize("summary", [broken, lazily])
def test_a_summary_that_raises_leaves_the_result(own: Own, summary: Json) -> None:
    shown = own("run", "ring", world={"summary": summary}, typed="", screen=True)
    path = own.real.path("wf-ring-1")
    assert shown.code == 0
    assert f"tier2: {path}: {said('summary')}\n{{\n" in shown.err
    assert shown.err.endswith("}\n")


@pytest.mark.parametrize("files", [broken, lazily])
def test_files_that_raise_leave_the_reason(own: Own, files: Json) -> None:
    answer = own("run", "ring", world={"files": files}, hosts=FAILING)
    path = own.real.path("wf-ring-1")
    assert answer.code == 1
    assert answer.message == (
        f"step 'ring' failed: no; the run is recorded in {path}; {said('files')}; "
        "to try the step again: tier2 retry wf-ring-1"
    )


def test_a_refusal_at_the_end_leaves_the_reason(own: Own) -> None:
    world = dict.fromkeys(("files", "go_on", "summary"), refusing)
    answer = own("run", "ring", world=world, hosts=FAILING, typed="", screen=True)
    assert answer.code == 1
    assert "tier2: step 'ring' failed: no\n" in answer.err
    assert "  not now\n  to try the step again:\n    tier2 retry wf-ring-1\n" in answer.err


def test_the_files_to_read_on_in_are_named(own: Own, tmp_path: Path) -> None:
    def files(beside: Path) -> list[Path]:
        return [beside.with_name(f"{beside.name}.{name}") for name in ("log", "xml", "gone")]

    for name in ("log", "xml"):
        (tmp_path / "r").mkdir(exist_ok=True)
        (tmp_path / "r" / f"wf-ring-1.{name}").touch()
    answer = own("run", "ring", "--runs", tmp_path / "r", world={"files": files}, hosts=FAILING)
    beside = tmp_path / "r" / "wf-ring-1"
    assert f"; read on in {beside}.log and {beside}.xml; to try the step again: tier2 " in answer.message
    assert answer.message.endswith(f"tier2 retry {beside}.ndjson --allow bell.ring")
