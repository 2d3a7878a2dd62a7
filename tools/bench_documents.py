"""What is measured: seeded documents of given sizes and kinds, the same in every run of the benchmark."""

import random
from typing import Any

from tier2 import canonical

SIZES = {"1 KB": 1_000, "100 KB": 100_000, "1 MB": 1_000_000}

KINDS = ("ASCII", "not ASCII", "with floats")

ASCII = (
    "renew certificate staging server answer auditor letter release notes review branch figures login".split()
)
NOT_ASCII = "Zürich Übergabe größer naïve Čeština Ελλάδα привет 契約 実行 결과 café Ærø 検証 ночь".split()
EMOJI_AND_WIDE = "完了\uff0c次 承認。 結果\uff1a 😀 🚀 契約 実行 ok".split()
"""As people in East Asia write: wide commas and colons, beside emoji. Only keys like these need UTF-16 order."""

WORDS = {
    "ASCII": ASCII,
    "with floats": ASCII,
    "not ASCII": NOT_ASCII,
    "emoji beside wide marks": EMOJI_AND_WIDE,
}


def document(size: int, kind: str) -> dict[str, Any]:
    """A plain JSON object of records, about so many bytes large as canonical text."""
    chance = random.Random(f"{size} {kind}")  # noqa: S311 - test data
    made: dict[str, Any] = {"about": kind, "records": []}
    left = size - len(canonical(made))
    while left > 0:
        record = _record(chance, kind)
        made["records"].append(record)
        left -= len(canonical(record)) + 1
    return made


def _record(chance: random.Random, kind: str) -> dict[str, Any]:
    words = WORDS[kind]

    def text(count: int) -> str:
        return " ".join(chance.choice(words) for _ in range(count))

    record: dict[str, Any] = {
        "title": text(5),
        "done": chance.random() < 0.5,
        "id": chance.randrange(10**9),
        "tags": [text(1) for _ in range(chance.randrange(4))],
        "owner": {"name": text(2), "team": None},
        text(1): text(2),
    }
    if kind == "with floats":
        record["measured"] = [_number(chance) for _ in range(12)]
    return record


def _number(chance: random.Random) -> float:
    """Mostly readings; one in ten is integral, one in fifty so small that msgspec prints it unlike ECMAScript."""
    roll = chance.random()
    if roll < 0.1:
        return float(chance.randrange(1000))
    if roll < 0.12:
        return chance.uniform(1e-6, 9e-6)
    return round(chance.uniform(-1000, 1000), chance.randrange(1, 9))


def day(tasks: int) -> dict[str, Any]:
    """A state of the daily loop with so many tasks, one in three of them done the day before."""
    chance = random.Random(tasks)  # noqa: S311 - test data
    return {
        "today": "2026-11-24",
        "tasks": [
            {
                "text": " ".join(chance.choice(ASCII) for _ in range(4)),
                "done": True,
                "completed": "2026-11-23",
            }
            if number % 3 == 2
            else {
                "text": " ".join(chance.choice(ASCII) for _ in range(4)),
                "done": False,
                "priority": chance.choice("ABC"),
                "created": f"2026-11-{chance.randrange(10, 23)}",
            }
            for number in range(tasks)
        ],
    }
