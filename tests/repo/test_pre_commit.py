"""Does the hook keep an invalid document out of another repository, in real commits with the real pre-commit?

pre-commit makes an environment of its own, which takes a while and needs the package index: so `tox -e hook` runs this.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif("TIER2_HOOK" not in os.environ, reason="`tox -e hook` runs it")

GOOD = {"contract": "tier2.mission/v1", "type": "echo", "params": {}}
BAD = {**GOOD, "type": 1, "more": 2}
CONFIG = """\
repos:
  - repo: {repo}
    rev: {rev}
    hooks:
      - id: tier2-check
{more}"""


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    identity = {
        f"GIT_{who}_{what}": "t@t.invalid" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    environment = {**os.environ, **identity, "PRE_COMMIT_HOME": str(folder.parent / "cache")}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def done(folder: Path, *command: str) -> str:
    ended = run(folder, *command)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout.strip()


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A copy of this repository with one commit; its path and the commit."""
    folder = tmp_path_factory.mktemp("published") / "repo"
    names = done(ROOT, "git", "ls-files", "--cached", "--others", "--exclude-standard").splitlines()
    for name in names:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    done(folder, "git", "init", "--quiet")
    done(folder, "git", "add", "--all")
    done(folder, "git", "commit", "--quiet", "--message", "all")
    return folder, done(folder, "git", "rev-parse", "HEAD")


@pytest.fixture
def other(published: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another repository that uses the hook, with a JSON file that is no document of tier2."""
    folder = published[0].parent / tmp_path_factory.mktemp("other").name
    folder.mkdir()
    done(folder, "git", "init", "--quiet")
    config(folder, published, "")
    (folder / "package.json").write_text('{"name": "x"}', "utf-8")
    done(folder, sys.executable, "-m", "pre_commit", "install")
    return folder


def config(folder: Path, published: tuple[Path, str], more: str) -> None:
    text = CONFIG.format(repo=published[0], rev=published[1], more=more)
    (folder / ".pre-commit-config.yaml").write_text(text, "utf-8")


def commit(folder: Path, **documents: object) -> subprocess.CompletedProcess[str]:
    for name, document in documents.items():
        (folder / f"{name}.json").write_text(json.dumps(document, indent=1), "utf-8")
    done(folder, "git", "add", "--all")
    return run(folder, "git", "commit", "--message", "documents")


def test_only_valid_documents_are_committed(other: Path) -> None:
    first = commit(other, mission=GOOD)
    assert first.returncode == 0, first.stdout + first.stderr
    second = commit(other, another=BAD)
    assert second.returncode == 1
    assert "another.json:3:2: $.type: expected `str`, got `int`" in second.stderr + second.stdout
    assert "another.json:5:2: $.more: " in second.stderr + second.stdout
    assert done(other, "git", "log", "--oneline").count("\n") == 0
    third = commit(other, **{"-x": BAD})
    assert third.returncode == 1
    assert "-x.json:3:2: $.type: expected `str`, got `int`" in third.stderr + third.stdout


def test_without_arguments_every_file_is_checked(other: Path, published: tuple[Path, str]) -> None:
    config(other, published, "        files: ^strict\\.json$\n        args: [--]\n")
    refused = commit(other, strict={"kind": "untagged"})
    assert refused.returncode == 1
    assert "strict.json:1:1: $.contract: " in refused.stderr + refused.stdout
    assert commit(other, strict=GOOD).returncode == 0


def test_a_commit_with_a_difference_is_refused(other: Path, published: tuple[Path, str]) -> None:
    config(other, published, "      - id: tier2-test\n")
    (other / "scenarios").mkdir()
    shutil.copy(ROOT / "contracts/examples/scenarios/echo.json", other / "scenarios")
    first = commit(other, mission=GOOD)
    assert first.returncode == 0, first.stdout + first.stderr
    echo = other / "scenarios/echo.json"
    echo.write_text(echo.read_text("utf-8").replace('"completed"', '"failed"'), "utf-8")
    second = commit(other, mission={**GOOD, "params": {"n": 1}})
    assert second.returncode == 1
    assert 'scenarios/echo.json:19:5: $.expect.outcome: echo: nothing changes: expected "failed"' in (
        second.stderr + second.stdout
    )
