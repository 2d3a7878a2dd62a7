"""Do the README's commands and programs do what it shows? Setting up is tested by .ci/run."""

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with what the commands read."""
    shutil.copytree(ROOT / "contracts", tmp_path / "contracts")
    return tmp_path


def run(command: str, folder: Path) -> str:
    """The output of a shell command: stdout and stderr, in the order of a terminal."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "XDG_STATE_HOME": str(folder / "state")}
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.stdout.decode()


def block_after(comment: str) -> int:
    start = README.index(f"<!-- {comment} -->")
    return len(re.findall(r"^```\w+\n.*?^```$", README[:start], re.MULTILINE | re.DOTALL))


def test_the_first_command_prints_what_is_shown(clone: Path) -> None:
    position = block_after("first command")
    setup, _, command = BLOCKS[position][1].partition(".venv/bin/tier2 ")
    assert setup == "python3 -m venv .venv && .venv/bin/pip install -q . && "
    assert run(f"tier2 {command}", clone) == BLOCKS[position + 1][1]


def test_the_first_output_fits_on_a_screen() -> None:
    assert BLOCKS[1][0] == "json"
    assert len(BLOCKS[1][1].splitlines()) <= 30


def test_the_workflow_passes_with_our_scenarios(clone: Path) -> None:
    kind, text = BLOCKS[block_after("workflow")]
    commands = [
        line for line in re.findall(r"^      - run: (.*)$", text, re.MULTILINE) if line.startswith("tier2 ")
    ]
    assert (kind, [command.split()[1] for command in commands]) == ("yaml", ["check", "test"])
    shutil.copytree(clone / "contracts/examples/scenarios", clone / "scenarios")
    count = len([*(clone / "scenarios").iterdir()])
    assert [run(command, clone) for command in commands] == [
        f"tier2: checked {count} documents: no problem\n",
        f"tier2: played {count} scenarios: no difference\n",
    ]


def test_the_hooks_of_the_readme_are_there() -> None:
    offered = re.findall(r"^- id: (.*)$", (ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"), re.MULTILINE)
    _, text = BLOCKS[block_after("hooks")]
    assert re.findall(r"^ +- id: (.*)$", text, re.MULTILINE) == offered == ["tier2-check", "tier2-test"]


def test_the_commands_print_what_is_shown(clone: Path) -> None:
    consoles = [text for kind, text in BLOCKS if kind == "console"]
    assert consoles
    for text in consoles:
        commands = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE)
        assert "".join(f"$ {command}\n{shown}" for command, shown in commands) == text
        for command, shown in commands:
            assert run(command, clone) == shown, command


def test_the_programs_print_what_is_shown() -> None:
    programs = [i for i, (kind, _) in enumerate(BLOCKS) if kind == "python"]
    assert programs
    for position in programs:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(BLOCKS[position][1], "README.md", "exec"), {"__name__": "readme"})
        assert BLOCKS[position + 1] == ("text", printed.getvalue())


def test_links_work_outside_the_repository() -> None:
    links = re.findall(r"\]\(([^)]+)\)", README)
    assert links
    assert [link for link in links if not link.startswith(("https://", "http://"))] == []


def test_files_that_the_readme_names_exist() -> None:
    prose = re.sub(r"^```.*?^```$", "", README, flags=re.MULTILINE | re.DOTALL)
    named = re.findall(r"`((?:contracts|tests|tools)/[^` ]*|[A-Z]+(?:\.md)?)`", prose)
    files = [name for name in named if name not in ("RUN", "NAME", "FILE")]
    assert {"contracts/README.md", "tests/README.md", "CHANGELOG.md", "LICENSE", "SECURITY.md"} <= set(files)
    assert [name for name in files if not (ROOT / name).exists()] == []


def test_the_readme_names_every_command() -> None:
    from tier2.shell.cli import main

    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        assert main(["--help"]) == 0
    commands = re.findall(r"^    ([a-z]+)\b", printed.getvalue(), re.MULTILINE)
    assert {"plan", "run", "verify"} <= set(commands)
    for command in commands:
        assert f"`tier2 {command}" in README
