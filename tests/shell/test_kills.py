"""Does a run that is killed at any instant go on to the same end as if nothing had happened?

The children of `killed_commands` are killed with SIGKILL, which no process can catch. What is compared is bytes: of the
run file, of the todo files, of what the host operation did.
"""

import os
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from killed_commands import Ended, Job, Server, server

from tier2.engine.execution import pending
from tier2.shell.errors import InputError
from tier2.shell.run_files.lines import RecordedRun
from tier2.shell.run_files.run_file import read_run

KILLS = int(os.environ.get("TIER2_KILLS") or 60)
"""How many instants are drawn."""

TODO = b"(A) 2026-11-20 Mend +roof k:v\r\n\nx 2026-11-23 Oil the gate  \nx 2026-11-24 Wash\nCall Ana"
DONE = b"x 2026-11-01 Old"
JOURNAL = b"# Mine\n"


class Story(NamedTuple):
    """A whole run: how it starts, and how it goes on, until it is over."""

    name: str
    start: tuple[str, ...]
    go_on: tuple[str, ...]


DAY = Story(
    "day",
    ("daily_loop", "--no-input", "--todo", "todo.txt", "--today", "2026-11-24"),
    ("--todo", "todo.txt", "--no-input"),
)
ERRAND = Story("errand", ("errand", "--no-input"), ("--allow", "bell.ring", "--no-input"))
IN_FLIGHT = ("inside the host operation", "before write event ring", "half of write event ring")
"""The instants at which the host operation has worked, and nobody knows yet."""

PHASES = {
    "before the run is begun": r"(before|after) (mkdir runs|open run)",
    "before a line is written": "before write .*",
    "in the middle of a line": "half of write .*",
    "after a line is written": "after write .*",
    "before a line is on the disk": "before fsync run",
    "after a line is on the disk": "after fsync run",
    "around the folder's fsync": "(before|after) fsync folder",
    "before the host operation works": "before the host operation works",
    "inside the host operation": "inside the host operation",
    "inside a pure operation": "inside a pure operation",
    "while a todo file is written anew": ".* a temporary file",
    "before a todo file is replaced": r"before replace (todo\.txt|done\.txt|journal\.md)",
    "after a todo file is replaced": r"after replace (todo\.txt|done\.txt|journal\.md)",
    "around a backup": r"(before|after) replace .*\.bak",
    "around the marker of a write-back": r"(before|after) (replace|unlink) \.todo\.txt\.tier2",
    "while a torn line is dropped": "(before|after) ftruncate run",
}
"""Every instant falls into one of these, and each of these is to be hit."""


@pytest.fixture(scope="module")
def children() -> Iterator[Server]:
    with server(sys.path) as running:
        yield running


def prepared(folder: Path, story: Story) -> Path:
    folder.mkdir(parents=True)
    if story is DAY:
        for name, data in (("todo.txt", TODO), ("done.txt", DONE), ("journal.md", JOURNAL)):
            (folder / name).write_bytes(data)
    return folder


def found(folder: Path) -> tuple[Path, RecordedRun] | None:
    """The run in a folder; a file that was cut off in its first two lines is none."""
    runs = []
    for path in sorted(folder.glob("runs/*.ndjson")):
        if path.read_bytes().count(b"\n") >= 2:
            runs.append((path, read_run(path)))
        else:
            with pytest.raises(InputError, match="holds no run"):
                read_run(path)
    assert len(runs) <= 1
    return runs[0] if runs else None


def next_command(folder: Path, story: Story) -> tuple[str, ...] | None:
    """The command that a person would call next; None when the run is finished."""
    there = found(folder)
    if there is None:
        return ("run", *story.start, "--runs", "runs")
    path, recorded = there
    if recorded.result is not None:
        return None
    step = pending(recorded.run)
    answer = ("--approve", step.id, "--by", "Ana") if step is not None and step.kind == "human" else ()
    return ("resume", path.stem, "--runs", "runs", *answer, *story.go_on)


def lived(
    children: Server, folder: Path, story: Story, kills: tuple[int, ...] = (), *, lock_step: bool = False
) -> list[Ended]:
    """Runs to the end. Each of ``kills`` counts the instants from the beginning, or from the kill before."""
    ended: list[Ended] = []
    left = list(kills)  # instants to go until the next kill, and until those after it
    while (command := next_command(folder, story)) is not None:
        assert len(ended) < 10 + len(kills), (folder / "output").read_text()
        at = left[0] if left else 0
        job = Job(
            folder=str(folder),
            arguments=command,
            die_at=0 if lock_step else at,
            lock_step=lock_step and at > 0,
        )
        ended.append(children.run(job, at))
        if ended[-1].code == -9:
            left.pop(0)
        else:
            assert ended[-1].code in (0, 3), (folder / "output").read_text()
            left[:1] = [at - len(ended[-1].instants)] if at > len(ended[-1].instants) else []
    return ended


def left_in(folder: Path) -> dict[str, bytes]:
    """Every file but those of the test, and a run file that was cut off before it held a run."""
    kept = {
        path.name: path.read_bytes()
        for path in folder.iterdir()
        if path.is_file() and path.name not in ("output", "bell")
    }
    there = found(folder)
    assert there is not None
    return {**kept, "run": there[0].read_bytes()}


def instants_of(ended: list[Ended]) -> list[str]:
    return [name for child in ended for name in child.instants]


def killed_at(ended: list[Ended]) -> list[str]:
    return [child.instants[-1] for child in ended if child.code == -9]


def rings(folder: Path) -> int:
    """How often the bell was rung: each time with the same key, of which the work may be known to be done."""
    bell = folder / "bell"
    dings = bell.read_text().splitlines() if bell.exists() else []
    assert all(re.fullmatch("ding [0-9a-f]{64}", ding) for ding in dings)
    assert len({*dings}) <= 1
    return len(dings)


class Whole(NamedTuple):
    """A story that nobody disturbed: its folder, and its instants."""

    story: Story
    folder: Path
    instants: list[str]


@pytest.fixture(scope="module", params=[DAY, ERRAND], ids=["day", "errand"])
def unkilled(
    request: pytest.FixtureRequest, children: Server, tmp_path_factory: pytest.TempPathFactory
) -> Whole:
    story: Story = request.param
    folder = prepared(tmp_path_factory.mktemp("unkilled") / "a", story)
    ended = lived(children, folder, story)
    return Whole(story, folder, instants_of(ended))


def check(folder: Path, whole: Whole, ended: list[Ended]) -> None:
    """The end is the same, byte for byte, and only what was in flight is done again."""
    killed = killed_at(ended)
    assert left_in(folder) == left_in(whole.folder), killed
    assert rings(folder) == rings(whole.folder) + sum(name in IN_FLIGHT for name in killed), killed
    output = (folder / "output").read_text()
    assert "Traceback" not in output, killed
    if len(killed) == 1:
        # Of a run that was not begun, nothing is left to go on with: no torn line, but a file that holds no run.
        torn = killed[0].startswith("half of write") and killed[0] != "half of write the run"
        assert output.count("a torn last line") == torn, killed


def test_the_undisturbed_stories_are_whole(unkilled: Whole) -> None:
    there = found(unkilled.folder)
    assert there is not None
    assert there[1].result is not None
    assert there[1].result.outcome == "completed"
    events = [event.step_id for event in there[1].run.events]
    assert events == [step.id for step in there[1].run.workflow.steps]
    if unkilled.story is DAY:
        files = {path.name: path.read_bytes() for path in unkilled.folder.glob("*.txt*")}
        assert files == {
            "todo.txt": b"(A) 2026-11-20 Mend +roof k:v\r\n\nCall Ana",
            "todo.txt.bak": TODO,
            "done.txt": b"x 2026-11-01 Old\r\nx 2026-11-23 Oil the gate  \r\nx 2026-11-24 Wash\r\n",
            "done.txt.bak": DONE,
        }
    else:
        assert rings(unkilled.folder) == 1


def test_a_kill_at_any_instant_changes_nothing(children: Server, unkilled: Whole, tmp_path: Path) -> None:
    for instant, name in enumerate(unkilled.instants, 1):
        folder = prepared(tmp_path / str(instant), unkilled.story)
        ended = lived(children, folder, unkilled.story, (instant,))
        assert killed_at(ended) == [name]
        check(folder, unkilled, ended)


def test_random_kills_in_every_phase_change_nothing(children: Server, tmp_path: Path) -> None:
    chance = random.Random(20261124)  # noqa: S311  # the same instants each time is the point
    whole = {}
    for story in (DAY, ERRAND):
        folder = prepared(tmp_path / story.name, story)
        whole[story] = Whole(story, folder, instants_of(lived(children, folder, story)))
    fell: Counter[str] = Counter()
    while fell.total() < KILLS or (fell.keys() != PHASES.keys() and fell.total() < 3 * KILLS):
        story = chance.choice((DAY, ERRAND))
        # Some are drawn from all instants, and some from a phase that was not hit yet: some have one instant only.
        phase = chance.choice([PHASES[name] for name in PHASES if name not in fell] or [*PHASES.values()])
        instants = [n for n, name in enumerate(whole[story].instants, 1) if re.fullmatch(phase, name)]
        first = chance.choice(instants or range(1, len(whole[story].instants) + 1))
        # While it goes on, it is killed again: at once, or some time later.
        others = (chance.randint(1, chance.choice((3, 30))) for _ in range(chance.randint(0, 2)))
        folder = prepared(tmp_path / str(fell.total()), story)
        ended = lived(children, folder, story, (first, *others), lock_step=True)
        check(folder, whole[story], ended)
        fell.update(phase_of(name) for name in killed_at(ended))
    sys.stdout.write("".join(f"{fell[phase]:4} kills {phase}\n" for phase in PHASES))  # shown by pytest -rP
    assert fell.keys() == PHASES.keys()


def phase_of(instant: str) -> str:
    """The one phase that an instant is in."""
    (phase,) = (phase for phase, pattern in PHASES.items() if re.fullmatch(pattern, instant))
    return phase
