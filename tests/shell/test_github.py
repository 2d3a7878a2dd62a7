"""`check --format github`: annotations that GitHub shows, and the summary of the step."""

import json
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from shell_command import Command

Json = Any

MISSION: Json = {"contract": "tier2.mission/v1", "type": "echo", "params": {}}
BAD = json.dumps({**MISSION, "type": 1})


def bad(count: int) -> str:
    """A document with so many problems."""
    return json.dumps({**MISSION, **{f"more{number}": 1 for number in range(count)}})


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository in which a job works in a folder of its own."""
    folder = tmp_path / "workspace"
    (folder / "sub" / "documents").mkdir(parents=True)
    (folder / "sub" / "documents" / "bad.json").write_text(BAD, "utf-8")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(folder))
    monkeypatch.chdir(folder / "sub")
    return folder


@pytest.fixture
def summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file for the summary of the step, which a command before has begun."""
    file = tmp_path / "summary.md"
    file.write_text("# Before\n\n", "utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))
    return file


def cells(markdown: str) -> list[list[str]]:
    """The rows of the table in a Markdown text, as a reader sees them; its heads left out."""
    rows: list[list[str]] = []
    for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(markdown):
        if token.type == "tr_open":
            rows.append([])
        if token.type == "inline" and token.level == 4:
            assert {child.type for child in token.children or ()} <= {"text", "text_special"}
            rows[-1].append("".join(child.content for child in token.children or ()))
    return rows[1:]


@pytest.mark.parametrize("name", ["documents", "./documents", "../sub/documents", "{}/sub/documents"])
def test_annotations_name_files_from_the_repository(tier2: Command, workspace: Path, name: str) -> None:
    answer = tier2("check", "--format", "github", name.format(workspace))
    assert answer.out.startswith(
        b"::error file=sub/documents/bad.json,line=1,col=34,title=tier2 type::$.type: "
    )


def test_links_do_not_lead_out_of_the_repository(
    tier2: Command, workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(workspace)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path / "link"))
    answer = tier2("check", "--format", "github", "documents")
    assert answer.out.startswith(b"::error file=sub/documents/bad.json,")


def test_files_elsewhere_and_stdin_are_named_as_given(
    tier2: Command, workspace: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.json"
    other.write_text(BAD, "utf-8")
    answer = tier2("check", "--format", "github", other, "-", stdin=BAD.encode())
    first, second = answer.out.decode().splitlines()
    assert first.startswith(f"::error file={other},line=1,")
    assert second.startswith("::error title=tier2 type::stdin:1:34: $.type: ")
    assert workspace.exists()


@pytest.mark.parametrize(("count", "more"), [(9, 0), (10, 0), (11, 1), (1500, 991)])
def test_ten_problems_are_annotations_and_one_counts(
    tier2: Command, tmp_path: Path, count: int, more: int
) -> None:
    (tmp_path / "bad.json").write_text(bad(count), "utf-8")
    lines = tier2("check", "--format", "github", tmp_path / "bad.json").out.decode().splitlines()
    errors = [line for line in lines if line.startswith("::error file=")]
    assert len(errors) == min(count, 10)
    assert lines[: len(errors)] == errors
    assert all(line.startswith(f"{tmp_path}/bad.json:1:") for line in lines[10 : 10 + more])
    assert lines[10 + more :] == (
        [f"::warning title=tier2 check::{more} more problems are in the log of this step"] if more else []
    )


def test_the_annotations_are_counted_over_all_documents(tier2: Command, tmp_path: Path) -> None:
    for number in range(200):
        (tmp_path / f"{number:03}.json").write_text(BAD, "utf-8")
    one, two = (tier2("check", "--format", "github", "--jobs", jobs, tmp_path) for jobs in (1, 2))
    assert one == two
    assert one.out.count(b"::error ") == 10
    assert b"::warning title=tier2 check::190 more problems" in one.out


def test_the_summary_of_the_step_has_every_problem(tier2: Command, workspace: Path, summary: Path) -> None:
    (workspace / "sub" / "bad2.json").write_text(bad(12), "utf-8")
    tier2("check", "--format", "github", "documents", "bad2.json")
    text = summary.read_text("utf-8")
    assert text.startswith("# Before\n\n**tier2 check**: checked 2 documents\\: 13 problems in 2 of them\n")
    rows = cells(text)
    assert len(rows) == 13
    assert rows[0] == [
        "sub/documents/bad.json:1:34",
        "$.type: expected `str`, got `int`; give it the type that the contract says [type]",
    ]


def test_a_step_without_problems_has_a_summary_too(tier2: Command, summary: Path) -> None:
    tier2("check", "--format", "github", "-", stdin=json.dumps(MISSION).encode())
    assert summary.read_text("utf-8").endswith("**tier2 check**: checked 1 document\\: no problem\n\n")


MARKUP = [
    "a|b",
    "<script>x</script>",
    "[x](javascript:y)",
    "![x](//y)",
    "`*_~",
    "\\",
    "&lt;",
    "https://x.y",
    "a\n# b\\|c",
]


@pytest.mark.parametrize("name", MARKUP)
def test_nothing_is_markup_in_the_summary(tier2: Command, summary: Path, name: str) -> None:
    tier2("check", "--format", "github", "-", stdin=json.dumps({**MISSION, name: 1}).encode())
    ((place, text),) = cells(summary.read_text("utf-8"))
    assert place == "-:1:64"
    assert f"object contains unknown field `{name}`".replace("\n", "\\u000a") in text


@pytest.mark.parametrize(
    "before", [0, 1024 * 1024 - 90_000, 1024 * 1024 - 1100, 1024 * 1024 - 500, 2 * 1024 * 1024]
)
def test_the_summary_stays_below_the_limit(
    tier2: Command, tmp_path: Path, summary: Path, before: int
) -> None:
    summary.write_bytes(b" " * before)
    for number in range(10):
        (tmp_path / f"{number}.json").write_text(bad(900).replace("more", "\u20ac" * 50), "utf-8")
    tier2("check", "--format", "github", tmp_path)
    text = summary.read_text("utf-8")
    assert len(text.encode()) <= max(before, 1024 * 1024)
    added = text.lstrip()
    if before < 1024 * 1024 - 1024:
        rows = added.count(".json\\:1\\:")
        assert added.endswith(f"{9000 - rows:,} more problems are in the log of this step.\n\n")
    else:
        assert added == ""


def test_a_summary_that_cannot_be_written_is_told(
    tier2: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    answer = tier2("check", "--format", "github", "-", stdin=json.dumps(MISSION).encode())
    assert answer.code == 0
    assert (
        answer.out
        == b"::warning title=tier2 check::the summary of the step cannot be written: Is a directory\n"
    )
