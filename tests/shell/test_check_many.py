"""`check` finds the documents in folders, NDJSON and run files, and reports them in each format."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from shell_command import Command

from tier2.values.canonical import MAX_BYTES

Json = Any

MISSION: Json = {"contract": "tier2.mission/v1", "type": "echo", "params": {}}
GOOD = json.dumps(MISSION)
BAD = json.dumps({**MISSION, "type": 1})


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def lines(answer: bytes, folder: Path) -> list[str]:
    """The lines of a report, each cut to its place and first word, without the folder."""
    shown = answer.decode().replace(f"{folder}/", "").splitlines()
    return [" ".join(line.split()[:2]) for line in shown]


def test_folders_are_searched_in_the_order_of_names(tier2: Command, tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "b.json": BAD,
            "a/z.json": GOOD,
            "a/b/c.ndjson": f"{GOOD}\n{BAD}\n",
            "a/notes.txt": "no",
            "c.jsonl": GOOD,
            ".hidden.json": "no",
            ".git/x.json": "no",
        },
    )
    answer = tier2("check", tmp_path)
    assert answer.code == 1
    assert lines(answer.out, tmp_path) == [
        "b.json:1:34: $.type:",
        "c.jsonl:1: tier2.mission/v1",
        "a/z.json: tier2.mission/v1",
        "a/b/c.ndjson:1: tier2.mission/v1",
        "a/b/c.ndjson:2:34: $.type:",
    ]
    assert answer.message == "checked 5 documents: 2 problems in 2 of them"


def test_a_folder_without_documents_is_bad_input(tier2: Command, tmp_path: Path) -> None:
    write(tmp_path, {"notes.txt": GOOD})
    answer = tier2("check", tmp_path)
    assert (answer.code, answer.out) == (2, b"")
    assert "holds no file that ends in .json, .ndjson, .jsonl" in answer.err


def test_links_to_folders_are_not_followed(tier2: Command, tmp_path: Path) -> None:
    write(tmp_path, {"a/b.json": GOOD})
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    answer = tier2("check", tmp_path)
    assert (answer.code, answer.message) == (0, "checked 1 document: no problem")


def test_unreadable_files_do_not_stop_the_check(tier2: Command, tmp_path: Path) -> None:
    write(tmp_path, {"a.json": BAD})
    answer = tier2("check", tmp_path / "none.json", tmp_path / "a.json")
    assert answer.code == 2
    assert lines(answer.out, tmp_path) == ["a.json:1:34: $.type:"]
    first, second = answer.err.splitlines()
    assert first == (
        f"tier2: {tmp_path}/none.json: cannot be read: No such file or directory; "
        "give a readable file or folder, or - for stdin"
    )
    assert second == "tier2: checked 1 document: 1 problem in 1 of them; could not read 1"


# NDJSON


@pytest.mark.parametrize("name", ["a.ndjson", "a.jsonl", "a.json", "-"])
def test_ndjson_is_reported_with_line_numbers(tier2: Command, tmp_path: Path, name: str) -> None:
    text = f"{GOOD}\n\n  \n{BAD}\n{{\n{GOOD}"
    write(tmp_path, {"unused" if name == "-" else name: text})
    answer = tier2("check", name if name == "-" else tmp_path / name, stdin=text.encode())
    assert answer.code == 1
    assert lines(answer.out, tmp_path) == [
        f"{name}:1: tier2.mission/v1",
        f"{name}:4:34: $.type:",
        f"{name}:5:2: $:",
        f"{name}:6: tier2.mission/v1",
    ]


@pytest.mark.parametrize("text", [GOOD, f"{GOOD}\n", f"{GOOD}\n\n", json.dumps(MISSION, indent=1)])
def test_a_single_document_is_not_taken_for_ndjson(tier2: Command, text: str) -> None:
    answer = tier2("check", "-", stdin=text.encode())
    assert (answer.code, answer.out.split()[:2]) == (0, [b"-:", b"tier2.mission/v1"])


def test_two_documents_on_one_line_are_a_problem(tier2: Command) -> None:
    answer = tier2("check", "-", stdin=(GOOD + GOOD).encode())
    assert answer.code == 1
    assert answer.out.endswith(b" [trailing]\n")


def test_an_empty_ndjson_file_has_no_documents(tier2: Command, tmp_path: Path) -> None:
    write(tmp_path, {"a.ndjson": ""})
    answer = tier2("check", tmp_path / "a.ndjson")
    assert (answer.code, answer.message) == (0, "checked 0 documents: no problem")


def test_lines_after_a_too_long_line_are_checked(tier2: Command) -> None:
    long = b'"' + b"x" * (2 * MAX_BYTES) + b'"'
    answer = tier2("check", "-", stdin=b"\n".join([GOOD.encode(), long, BAD.encode()]))
    assert [line.rpartition(b" ")[2] for line in answer.out.splitlines()[1:]] == [b"[size]", b"[type]"]
    assert answer.out.splitlines()[2].startswith(b"-:3:34: ")


# Run files


@pytest.fixture
def run_file(tier2: Command, tmp_path: Path) -> Path:
    assert (
        tier2("run", "daily_loop", "--param", "requested_human_steps=0", "--runs", tmp_path / "runs").code
        == 0
    )
    return tmp_path / "runs" / "wf-daily-loop-1.ndjson"


def test_a_run_file_is_checked_as_one_with_its_head(tier2: Command, run_file: Path) -> None:
    answer = tier2("check", run_file.parent)
    head = json.loads(run_file.read_bytes().splitlines()[-1])["receipt"]["head_sha256"]
    assert (answer.code, answer.out.decode()) == (0, f"{run_file}: run file {head}\n")


def test_damage_in_a_run_file_is_reported_by_line(tier2: Command, run_file: Path) -> None:
    changed = run_file.read_bytes().splitlines(keepends=True)
    changed[2] = changed[2].replace(b'"sha256":"', b'"sha256":"0', 1)
    run_file.write_bytes(b"".join(changed))
    answer = tier2("check", run_file)
    assert answer.code == 1
    assert answer.out.startswith(f"{run_file}:3:1: $: ".encode())
    assert answer.out.endswith(b" [damage]\n")


def test_a_torn_line_of_a_run_file_is_reported(tier2: Command, run_file: Path) -> None:
    whole = run_file.read_bytes()
    run_file.write_bytes(whole[:-5])
    answer = tier2("check", run_file)
    assert answer.code == 1
    line = whole.count(b"\n")
    assert answer.out.startswith(f"{run_file}:{line}:1: $: the last line is cut off".encode())
    assert answer.out.endswith(b" [torn]\n")


BOM = b"\xef\xbb\xbf"


def with_crlf(text: bytes) -> bytes:
    return text.replace(b"\n", b"\r\n")


def cut(text: bytes, line: int, rest: int) -> bytes:
    """The text cut off in a line, of which the beginning or, if negative, all but the end is left."""
    lines = text.split(b"\n")
    return b"\n".join([*lines[: line - 1], lines[line - 1][:rest]])


CHANGES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "byte order mark": (lambda whole: BOM + whole, "1:1: $: the file begins with a byte order mark"),
    "CRLF": (with_crlf, "1:1: $: its lines end with CR LF"),
    "all at once": (
        lambda whole: BOM + with_crlf(whole)[:-9],
        "1:1: $: the file begins with a byte order mark",
    ),
    "cut off in line 1": (lambda whole: cut(whole, 1, -9), "1:1: $: the run file is cut off in line 1"),
    "at the start of line 2": (lambda whole: cut(whole, 2, 9), "2:1: $: the run file is cut off in line 2"),
    "in line 2": (lambda whole: cut(whole, 2, 70), "2:1: $: the run file is cut off in line 2"),
    "before the second newline": (
        lambda whole: cut(whole, 2, 9999),
        "2:1: $: the run file is cut off in line 2",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("options", [[], ["--skip-others"]])
def test_what_was_done_to_a_run_file_is_one_problem(
    tier2: Command, run_file: Path, name: str, options: list[str]
) -> None:
    change, report = CHANGES[name]
    run_file.write_bytes(change(run_file.read_bytes()))
    answer = tier2("check", *options, run_file)
    assert (answer.code, answer.message) == (1, "checked 1 document: 1 problem in 1 of them")
    assert answer.out.decode().startswith(f"{run_file}:{report}")


@pytest.mark.parametrize("command", ["verify", "show", "resume"])
def test_other_commands_say_what_was_done_to_a_run_file(tier2: Command, run_file: Path, command: str) -> None:
    whole = run_file.read_bytes()
    for changed, words in (
        (b"\xef\xbb\xbf" + whole, "byte order mark"),
        (whole.replace(b"\n", b"\r\n"), "CR LF"),
    ):
        run_file.write_bytes(changed)
        answer = tier2(command, run_file)
        assert answer.code in (1, 2)
        assert f"{run_file}: line 1: " in answer.message
        assert words in answer.message
    assert run_file.read_bytes() == whole.replace(b"\n", b"\r\n")


def test_bytes_after_the_result_advise_no_resume(tier2: Command, run_file: Path) -> None:
    whole = run_file.read_bytes()
    run_file.write_bytes(whole + b"\0 {")
    answer = tier2("check", run_file)
    line = whole.count(b"\n") + 1
    assert answer.code == 1
    assert answer.out.decode() == (
        f"{run_file}:{line}:1: $: 3 bytes follow the result, which is the last line; "
        "cut them off, or restore the file [trailing]\n"
    )


# Other files


OTHERS = {
    "package.json": '{"name": "x", "contract": 3}',
    "tsconfig.json": '{\n  // comment\n  "strict": true\n}',
    "list.json": f"[{GOOD}]",
    "other.json": '{"contract": "acme.order/v1"}',
}


def test_other_files_are_problems_unless_skipped(tier2: Command, tmp_path: Path) -> None:
    write(tmp_path, {**OTHERS, "mission.json": GOOD})
    assert tier2("check", tmp_path).message == "checked 5 documents: 4 problems in 4 of them"
    answer = tier2("check", "--skip-others", tmp_path)
    assert (answer.code, answer.message) == (0, "checked 1 document: no problem; skipped 4 other files")


@pytest.mark.parametrize(
    "text",
    [
        GOOD[:-1],
        json.dumps({**MISSION, "contract": "tier2.mission/v9"}),
        BAD,
        '{"contract" : "tier2.mission/v1", "type": "\\ud800"}',
    ],
)
def test_broken_tier2_documents_are_never_skipped(tier2: Command, text: str) -> None:
    answer = tier2("check", "--skip-others", "-", stdin=text.encode())
    assert answer.code == 1
    assert answer.message.startswith("checked 1 document: ")


FORGED = {
    "a record before the others": lambda lines: [lines[0], "{}", *lines[1:]],
    "a blank line": lambda lines: [lines[0], "", *lines[1:]],
    "another document first": lambda lines: [GOOD, *lines],
    "one member more": lambda lines: [lines[0], lines[1].replace("{", '{"more":1,', 1), *lines[2:]],
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_run_files_are_never_skipped(tier2: Command, run_file: Path, name: str) -> None:
    lines = run_file.read_text("utf-8").splitlines()
    run_file.write_text("\n".join(FORGED[name](lines)) + "\n", "utf-8")
    assert tier2("check", run_file).code == 1
    assert tier2("check", "--skip-others", run_file).code == 1


@pytest.mark.parametrize(
    "data",
    [
        GOOD.encode("utf-16"),
        GOOD.encode("utf-16-be"),
        GOOD.replace("contract", "c\\u006fntract").replace("}", ",}").encode(),
        GOOD.replace("tier2.", "tier2\\u002e").replace("}", ",}").encode(),
        GOOD.replace("/v1", "\\/v1")[:-1].encode(),
        (GOOD[:-1] + ',"contract":"other"}').encode(),
        GOOD[:-1].encode() + b',"a":"' + b"x" * MAX_BYTES + b'"}',
    ],
    ids=["utf-16", "utf-16-be", "escaped name", "escaped contract", "escaped solidus", "hidden", "too long"],
)
def test_disguised_tier2_documents_are_never_skipped(tier2: Command, data: bytes) -> None:
    assert tier2("check", "--skip-others", "-", stdin=data).code == 1


@pytest.mark.parametrize("begin", [b'{"a":"', b'"', b"[1,\n2,", b"x"])
def test_large_files_of_others_are_skipped(tier2: Command, tmp_path: Path, begin: bytes) -> None:
    file = tmp_path / "large.json"
    with file.open("wb") as large:
        large.write(begin)
        large.truncate(200 * MAX_BYTES)  # no room is taken on the disk
    answer = tier2("check", "--skip-others", file)
    assert (answer.code, answer.message) == (0, "checked 0 documents: no problem; skipped 1 other file")


def test_the_hook_takes_files_that_look_like_options(
    tier2: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = (Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text("utf-8")
    arguments = ["check", "--quiet", "--skip-others", "--"]
    assert "  entry: tier2 check --quiet\n  args: [--skip-others, --]\n" in hooks
    monkeypatch.chdir(write(tmp_path, {"-x.json": BAD, "--help": BAD}))
    answer = tier2(*arguments, "-x.json", "--help")
    assert answer.message == "checked 2 documents: 2 problems in 2 of them"


def test_the_advice_for_a_large_file_names_no_option(tier2: Command) -> None:
    answer = tier2("check", "-", stdin=GOOD[:-1].encode() + b" " * MAX_BYTES + b"}")
    assert answer.out.decode() == (
        "-:1:1: $: the text has more than 16777216 bytes; split it (in Python, max_bytes allows more) [size]\n"
    )


def test_pipes_and_devices_in_a_folder_are_not_read(tier2: Command, tmp_path: Path) -> None:
    write(tmp_path, {"b.json": GOOD})
    os.mkfifo(tmp_path / "a.json")
    (tmp_path / "c.ndjson").symlink_to("/dev/zero")
    (tmp_path / "d.json").symlink_to("nowhere")
    answer = tier2("check", tmp_path)
    assert answer.code == 2
    assert lines(answer.out, tmp_path) == ["b.json: tier2.mission/v1"]
    assert answer.err.count("is no file, or leads to none") == 3


# Formats


ORDERS = {**MISSION, "##[stop-commands]x": 1, "\u009b31m\u202e": 2}


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_documents_cannot_command_terminals_or_runners(tier2: Command, form: str) -> None:
    answer = tier2("check", "--format", form, "-", stdin=json.dumps(ORDERS).encode())
    shown = answer.out.decode()
    assert all(line.isprintable() for line in shown.splitlines())
    assert "##[" not in shown


@pytest.mark.parametrize("blank", ["", " ", "   "])
def test_file_names_cannot_command_a_runner(
    tier2: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blank: str
) -> None:
    name = f"{blank}::add-mask::x.json"
    monkeypatch.chdir(write(tmp_path, {name: BAD}))
    answer = tier2("check", name, "##[group]none.json", "##vso[task.complete]none.json")
    assert answer.out.startswith(f"{blank}\\u003a:add-mask::x.json:1:34: ".encode())
    assert answer.err.splitlines()[0].startswith("tier2: #\\u0023[group]none.json: ")
    assert answer.err.splitlines()[1].startswith("tier2: #\\u0023vso[task.complete]none.json: ")


def test_json_has_a_line_for_each_document(tier2: Command, tmp_path: Path) -> None:
    text = f"{GOOD}\n{json.dumps({**MISSION, 'type': 1, 'more': 2})}\n"
    write(tmp_path, {"a.ndjson": text})
    answer = tier2("check", "--format", "json", tmp_path / "a.ndjson")
    first, second = map(json.loads, answer.out.splitlines())
    assert first == {
        "file": f"{tmp_path}/a.ndjson",
        "kind": "tier2.mission/v1",
        "line": 1,
        "problems": [],
        "sha256": tier2("hash", "-", stdin=GOOD.encode()).out.split()[0].decode(),
    }
    assert (second["line"], second["sha256"], second["kind"]) == (2, None, "tier2.mission/v1")
    assert second["problems"][0] == {
        "code": "type",
        "column": 34,
        "line": 2,
        "message": "expected `str`, got `int`",
        "remedy": "give it the type that the contract says",
        "where": "$.type",
    }
    assert [problem["code"] for problem in second["problems"]] == ["type", "unknown-field"]


@pytest.mark.parametrize("name", ["a\n\x1b[2J\u202e.json", "::error::x.json", "\U0001f600\\u0041##[x.json"])
def test_file_names_in_json_are_exact(tier2: Command, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(BAD, "utf-8")
    answer = tier2("check", "--format", "json", tmp_path)
    assert answer.out[:-1].decode().isprintable()
    assert b"##[" not in answer.out
    (found,) = (answer.json["file"],)
    assert Path(found).read_text("utf-8") == BAD
    assert "file_base64" not in answer.json


def test_file_names_that_are_no_utf_8_are_in_base64(tier2: Command, tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"a\xff\n.json")).write_text(BAD, "utf-8")
    answer = tier2("check", "--format", "json", tmp_path)
    assert answer.json["file"] == f"{tmp_path}/a\ufffd\n.json"
    name = base64.b64decode(answer.json["file_base64"], validate=True)
    assert Path(os.fsdecode(name)).read_text("utf-8") == BAD
    for form in ("text", "github"):
        shown = tier2("check", "--format", form, tmp_path).out
        assert shown.count(b"\n") == 1
        assert b"a\\udcff\\u000a.json" in shown


# Many


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """More than one parcel of documents, some of them bad, in files and in lines."""
    texts = [GOOD, BAD, "{", json.dumps({"contract": "other"}), GOOD]
    for number in range(150):
        write(tmp_path / "many", {f"d{number % 7}/{number:03}.json": texts[number % 5]})
    write(tmp_path / "many", {"z.ndjson": "\n".join(texts * 60)})
    return tmp_path / "many"


@pytest.mark.parametrize("form", ["text", "json", "github"])
@pytest.mark.parametrize("others", [[], ["--skip-others"]])
def test_the_report_does_not_depend_on_the_number_of_jobs(
    tier2: Command, many: Path, form: str, others: list[str]
) -> None:
    missing = many / "missing.json"
    command = ["check", "--format", form, *others, many, missing, many / "z.ndjson"]
    first, *rest = [tier2(*command, "--jobs", str(jobs)) for jobs in (1, 2, 3)]
    assert first.code == 2
    assert first.err.count("\n") == 2
    assert all(answer == first for answer in rest)


def test_the_check_ends_when_its_reader_is_gone(many: Path) -> None:
    command = f"{sys.executable} -m tier2 check --jobs 2 {many} | head -n 1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.count("\n") == 1
    assert "Traceback" not in done.stderr
