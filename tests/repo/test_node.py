"""Do the checks by Node find what is wrong, and does the module keep to its three functions?

That the vectors, the contracts and the documents pass is for `tox -e interop` to show. Here something is broken on
purpose, in a copy, and the checks must say so. ajv and TypeScript are not needed.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import interop
import pytest

ROOT = Path(__file__).parents[2]
NODE = ROOT / "tools" / "node"
VECTORS = ROOT / "contracts" / "vectors" / "v1"

needs_node = pytest.mark.skipif(
    shutil.which("node") is None and not os.environ.get("CI"), reason="Node.js is not on the PATH"
)

BREAKS = {
    "keys in another order": ("Object.keys(object).sort();", "Object.keys(object).sort().reverse();"),
    "surrogates let through": (r"if (/\p{Surrogate}/u.test(text))", "if (false)"),
    "infinities let through": ("if (!Number.isFinite(value))", "if (Number.isNaN(value))"),
    "depth not counted": ("const MAX_DOCUMENT_DEPTH = 128;", "const MAX_DOCUMENT_DEPTH = 1e9;"),
    "open depth not counted": ("const MAX_OPEN_DEPTH = 64;", "const MAX_OPEN_DEPTH = 65;"),
    "a wrong round of SHA-256": ("0xc67178f2", "0xc67178f3"),
    "a padding too short": ("(message.length + 9) / 64", "(message.length + 1) / 64"),
    "null does not delete": ("if (patch[name] === null) delete result[name];", "if (false);"),
    "inherited names": ("Object.assign(Object.create(null), ", "Object.assign({}, "),
    "vetoed outputs merged": ('["completed", "approved"]', '["completed", "approved", "vetoed", "failed"]'),
    "rehearsals called completed": ('? "rehearsed" : "completed"', '? "completed" : "completed"'),
    "notes forgotten": ('last.note === null ? "" : `: ${last.note}`', '""'),
    "a chain that stands on nothing": ("head = sha256(whole);", ""),
    "three people": ("const MAX_HUMAN_STEPS = 2;", "const MAX_HUMAN_STEPS = 3;"),
    "six steps": ("const MAX_STEPS = 5;", "const MAX_STEPS = 6;"),
    "events of other steps": ("if (event.step_id !== step.id)", "if (false)"),
    "a person who is a machine": ("if (!HAPPENINGS[step.kind].includes(happening(event)))", "if (false)"),
    "unknown members": ("if (!names.includes(name))", "if (false)"),
    "effects before causes": ('const CAUSES = ["lineage", "receipt"];', 'const CAUSES = ["final_state"];'),
}
"""What to replace in tier2.mjs; the vectors must notice each."""


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **environment},
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with the module and the check of the vectors."""
    for name in ("tier2.mjs", "check_vectors.mjs"):
        shutil.copy(NODE / name, tmp_path)
    return tmp_path


@needs_node
@pytest.mark.any_python
@pytest.mark.parametrize("name", BREAKS)
def test_the_vectors_notice_a_module_that_is(name: str, copy: Path) -> None:
    right, wrong = BREAKS[name]
    module = copy / "tier2.mjs"
    text = module.read_text("utf-8")
    assert text.count(right) == 1
    module.write_text(text.replace(right, wrong), "utf-8")
    assert run("node", str(copy / "check_vectors.mjs"), str(VECTORS)).returncode == 1


@needs_node
def test_a_vector_with_another_answer_is_told_with_its_id(tmp_path: Path) -> None:
    shutil.copytree(VECTORS, tmp_path / "v1")
    changed = tmp_path / "v1" / "values.json"
    vectors = json.loads(changed.read_text("utf-8"))
    vectors["vectors"][0]["sha256"] = "0" * 64
    changed.write_text(json.dumps(vectors), "utf-8")
    done = run("node", str(NODE / "check_vectors.mjs"), str(tmp_path / "v1"))
    assert done.returncode == 1
    assert f"{vectors['vectors'][0]['id']}: digests of values: expected 0000" in done.stderr


@needs_node
@pytest.mark.parametrize(("vector_id", "wanted"), [("value-twice", "true"), ("value-nan", "false")])
def test_the_flag_needs_raw_text_is_exactly_for_what_json_parse_cannot_see(
    vector_id: str, wanted: str, tmp_path: Path
) -> None:
    shutil.copytree(VECTORS, tmp_path / "v1")
    changed = tmp_path / "v1" / "values.json"
    vectors = json.loads(changed.read_text("utf-8"))
    (flags,) = (vector["flags"] for vector in vectors["vectors"] if vector["id"] == vector_id)
    flags[:] = {"NeedsRawText", "DuplicateKey", "NotJson"}.symmetric_difference(flags)
    changed.write_text(json.dumps(vectors), "utf-8")
    done = run("node", str(NODE / "check_vectors.mjs"), str(tmp_path / "v1"))
    assert done.returncode == 1
    found = "true" if wanted == "false" else "false"
    assert f"{vector_id}: flags NeedsRawText: expected {found}, found {wanted}" in done.stderr


@needs_node
def test_a_vector_that_was_lost_is_noticed(tmp_path: Path) -> None:
    shutil.copytree(VECTORS, tmp_path / "v1")
    changed = tmp_path / "v1" / "tampered.json"
    vectors = json.loads(changed.read_text("utf-8"))
    del vectors["vectors"][-1]
    changed.write_text(json.dumps(vectors), "utf-8")
    assert run("node", str(NODE / "check_vectors.mjs"), str(tmp_path / "v1")).returncode == 1


def test_the_module_exports_three_functions_and_the_declarations_say_the_same() -> None:
    module = (NODE / "tier2.mjs").read_text("utf-8")
    declared = (NODE / "tier2.d.mts").read_text("utf-8")
    assert re.findall(r"^export (.*)\(", module, re.MULTILINE) == [
        *("function canonical", "function digest", "function verify"),
    ]
    assert re.findall(r"^export declare (.*?)\(", declared, re.MULTILINE) == [
        *("function canonical", "function digest", "function verify"),
    ]
    assert module.count("\nexport ") == 3


def test_the_module_needs_nothing_that_a_browser_does_not_have() -> None:
    module = (NODE / "tier2.mjs").read_text("utf-8")
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", module, flags=re.DOTALL)
    assert re.search(r"\b(import|require|process|Buffer|globalThis|crypto|eval|Function)\b", code) is None


def test_without_node_the_checks_are_skipped_with_a_message_and_in_ci_they_fail(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)
    assert interop.main() == 0
    assert "interop: skipped: node and npm not found on the PATH" in capsys.readouterr().err
    monkeypatch.setenv("CI", "true")
    assert interop.main() == 1
    assert "interop: failed: node and npm not found on the PATH" in capsys.readouterr().err


def test_an_old_node_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, says in (("node", "18.20.4"), ("npm", "")):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho {says}\n", "utf-8")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert interop.missing() == "node is 18.20.4, not 20 or later"


def test_the_packages_of_the_checks_are_locked_by_their_digests() -> None:
    wanted = json.loads((NODE / "package.json").read_text("utf-8"))
    locked = json.loads((NODE / "package-lock.json").read_text("utf-8"))["packages"]
    assert wanted.keys().isdisjoint({"dependencies", "scripts"})
    assert locked[""]["devDependencies"] == wanted["devDependencies"]
    assert set(wanted["devDependencies"]) == {"ajv", "typescript"}
    assert all(package["integrity"].startswith("sha512-") for name, package in locked.items() if name)
