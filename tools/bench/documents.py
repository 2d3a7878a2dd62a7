"""The documents that are measured: seeded, of given sizes and kinds, the same in every run."""

import functools
import json
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tier2 import ExecutionContext, MissionSpec, canonical

EXAMPLE_DAY = Path(__file__).parents[2] / "contracts" / "examples" / "day.json"

SIZES = {"1 KB": 1_000, "1 MB": 1_000_000}

ASCII = "renew certificate staging server answer auditor letter release notes review branch figures"
NOT_ASCII = "Zürich Übergabe größer naïve Čeština Ελλάδα привет 契約 実行 결과 café Ærø ночь"


@functools.cache
def document(size: str, kind: str) -> dict[str, Any]:
    """A plain JSON object of about the given size, of records in ASCII, not in ASCII, or with floats."""
    chance = random.Random(f"{size} {kind}")  # noqa: S311 - test data
    made: dict[str, Any] = {"about": kind, "records": []}
    left = SIZES[size] - len(canonical(made))
    while left > 0:
        record = _record(chance, kind)
        made["records"].append(record)
        left -= len(canonical(record)) + 1
    return made


def _record(chance: random.Random, kind: str) -> dict[str, Any]:
    words = (NOT_ASCII if kind == "not ASCII" else ASCII).split()

    def text(count: int) -> str:
        return " ".join(chance.choices(words, k=count))

    return {
        "title": text(5),
        "done": chance.random() < 0.5,
        "id": chance.randrange(10**9),
        "tags": [text(1) for _ in range(chance.randrange(4))],
        "owner": {"name": text(2), "team": None},
        text(1): text(2),
        "measured": [_number(chance) for _ in range(12 if kind == "floats" else 0)],
    }


def _number(chance: random.Random) -> float:
    """A reading, an integral one, or one so small that msgspec prints it unlike ECMAScript."""
    readings = [round(chance.uniform(-1000, 1000), digits) for digits in range(9)]
    return chance.choice([*readings, chance.uniform(1e-6, 9e-6)])


def _many(text: str, size: int = 1_000_000) -> str:
    return ",".join([text] * (size // (len(text) + 1)))


def _mission(params: str) -> str:
    return f'{{"contract":"tier2.mission/v1","type":"t","params":{{{params}}}}}'


def _workflow(steps: str) -> str:
    return f'{{"contract":"tier2.workflow/v1","id":"w","steps":[{steps}],"metadata":{{}}}}'


_TWICE = '{"k":1,"k":2}'

HOSTILE: Mapping[str, Callable[[], str]] = {
    "numbers too large": lambda: _mission(f'"a":[{_many("1e999")}]'),
    "lone surrogates": lambda: _mission(f'"a":[{_many(json.dumps(chr(0xD800)))}]'),
    "duplicates": lambda: _mission(f'"a":[{_many(_TWICE)}]'),
    "one duplicate, arrays 60 deep": lambda: _mission(f'"a":[{_many("[" * 60 + "]" * 60)}],"a":1'),
    "arrays 65 deep": lambda: _mission(f'"a":{"[" * 62}{_many("[[]]")}{"]" * 62}'),
    "200,000 steps": lambda: _workflow(_many("7", 400_000)),
    "steps without ids": lambda: _workflow(_many("{}")),
    "receipt entries": lambda: (
        f'{{"contract":"tier2.result/v1","executed_steps":[],"receipt":{{"entries":[{_many("{}")}]}}}}'
    ),
    "names from beyond the BMP": lambda: _mission(
        ",".join(f'"\U0001f600{number}":1' for number in range(70_000)) + ',"\ue000":1'
    ),
}
"""Texts of 1 MB that take the most work to diagnose, by what they are full of."""


def example_day() -> dict[str, Any]:
    """The state of the daily loop that the README shows."""
    return dict(json.loads(EXAMPLE_DAY.read_bytes()))


def write_batch(file: Path, count: int) -> None:
    """Writes lines for `tier2 batch`: daily loops, short and long, and some echoes."""
    chance = random.Random(count)  # noqa: S311 - test data
    day = example_day()
    with file.open("wb") as lines:
        for number in range(count):
            params = {"requested_steps": number % 5 + 1, "requested_human_steps": number % 2}
            mission = MissionSpec(type="echo" if chance.random() < 0.1 else "daily_loop", params=params)
            tasks = chance.sample(day["tasks"], chance.randrange(6))
            context = ExecutionContext(initial_state={"today": day["today"], "tasks": tasks, "line": number})
            lines.write(canonical({"mission": mission.to_dict(), "context": context.to_dict()}) + b"\n")
