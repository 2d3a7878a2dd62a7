"""Do the checks by Node.js find faults, and does the module agree where they look rarely?

`tox -e interop` proves that vectors, contracts and documents pass. These tests break a copy on purpose, and the checks
must notice it. They need neither ajv nor TypeScript.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import interop
import pytest
from msgspec import structs

from tier2 import ExecutionContext, MissionSpec, Rehearsed, build_workflow, canonical, finish, replay, verify

ROOT = Path(__file__).parents[2]
NODE = ROOT / "tools" / "node"
JAVASCRIPT = ROOT / "tier2" / "contracts" / "javascript"
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
    "a person who is a machine": ("if (!EVENT_KINDS[step.kind].includes(eventKind(event)))", "if (false)"),
    "unknown members": ("if (!names.includes(name))", "if (false)"),
    "decisions on another head": ("event.head_sha256 !== head)", "false)"),
    "strangers decide": ("?.includes(event.by) === false", "?.includes(event.by) === null"),
    "signatures of any form": ("signed : armored(event.signature) === null)", "signed : false)"),
    "signatures that are missing": (
        "event.signature === null ? signed :",
        "event.signature === null ? false :",
    ),
    "answers of any type": ("!field || !fitsField(output[name], field)", "!field"),
    "answers that are missing": ("if (missing) refuse(", "if (false) refuse("),
    "payloads of any form": ("const need = (fits, parts, message) => fits ||", "const need = () => true ||"),
    "revisions outside the first link": ("operations, workflow_sha256: digest", "workflow_sha256: digest"),
    "effects before causes": ('const CAUSES = ["lineage", "receipt"];', 'const CAUSES = ["final_state"];'),
}
"""Replacements in tier2.mjs; the vectors must notice each of them."""


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def check_vectors(folder: Path, vectors: Path = VECTORS) -> subprocess.CompletedProcess[str]:
    return run("node", str(folder / "tools" / "node" / "check_vectors.mjs"), str(vectors))


@needs_node
@pytest.mark.parametrize("name", BREAKS)
def test_the_vectors_notice_a_broken_module(name: str, tmp_path: Path) -> None:
    right, wrong = BREAKS[name]
    for path in (NODE / "check_vectors.mjs", JAVASCRIPT / "tier2.mjs"):
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True)
        shutil.copy(path, copy)
    text = copy.read_text("utf-8")
    assert text.count(right) == 1
    copy.write_text(text.replace(right, wrong), "utf-8")
    assert check_vectors(tmp_path).returncode == 1


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    """A copy of the vectors."""
    return shutil.copytree(VECTORS, tmp_path / "v1")


@contextmanager
def edited(file: Path) -> Iterator[list[dict[str, Any]]]:
    """The vectors of a file, to be changed in place."""
    document = json.loads(file.read_text("utf-8"))
    yield document["vectors"]
    file.write_text(json.dumps(document), "utf-8")


@needs_node
def test_a_wrong_answer_is_reported_with_its_id(vectors: Path) -> None:
    with edited(vectors / "values.json") as values:
        values[0]["sha256"] = "0" * 64
    done = check_vectors(ROOT, vectors)
    assert done.returncode == 1
    assert f"{values[0]['id']}: digests of values: expected 0000" in done.stderr


@needs_node
@pytest.mark.parametrize(("vector_id", "wanted"), [("value-twice", "true"), ("value-nan", "false")])
def test_only_what_json_parse_cannot_see_needs_raw_text(vector_id: str, wanted: str, vectors: Path) -> None:
    with edited(vectors / "values.json") as values:
        (flags,) = (vector["flags"] for vector in values if vector["id"] == vector_id)
        flags[:] = {"NeedsRawText", "DuplicateKey", "NotJson"}.symmetric_difference(flags)
    done = check_vectors(ROOT, vectors)
    assert done.returncode == 1
    found = "true" if wanted == "false" else "false"
    assert f"{vector_id}: flags NeedsRawText: expected {found}, found {wanted}" in done.stderr


@needs_node
def test_a_lost_vector_is_noticed(vectors: Path) -> None:
    with edited(vectors / "tampered.json") as tampered:
        del tampered[-1]
    assert check_vectors(ROOT, vectors).returncode == 1


@needs_node
def test_unknown_members_differ_in_canonical_order() -> None:
    """A name beyond the BMP comes before one from U+E000 on in UTF-16, and after it in UTF-8."""
    run_ = replay(build_workflow(MissionSpec(type="echo")), ExecutionContext(), [Rehearsed(step_id="echo")])
    result = structs.replace(finish(run_), final_state={"\ue000": 1, "\U0010ffff": 2})
    script = (
        f"import {{ verify }} from {json.dumps((JAVASCRIPT / 'tier2.mjs').as_uri())};"
        "const [run, result] = process.argv.slice(1).map((text) => JSON.parse(text));"
        "process.stdout.write(verify(run, result).where);"
    )
    texts = [canonical(document).decode() for document in (run_, result)]
    done = run("node", "--input-type=module", "--eval", script, "--", *texts)
    difference = verify(run_, result)
    assert difference is not None
    assert done.stdout == difference.where == '$.final_state["\\udbff\\udfff"]'


def test_the_declarations_declare_what_the_module_exports() -> None:
    module = (JAVASCRIPT / "tier2.mjs").read_text("utf-8")
    declared = (JAVASCRIPT / "tier2.d.mts").read_text("utf-8")
    names = ["canonical", "digest", "head", "verify", "checkSignature"]
    assert re.findall(r"^export (?:async )?function (\w+)\(", module, re.MULTILINE) == names
    assert re.findall(r"^export declare function (\w+)\(", declared, re.MULTILINE) == names
    assert module.count("\nexport ") == len(names)


def test_the_module_uses_only_what_browsers_have() -> None:
    module = (JAVASCRIPT / "tier2.mjs").read_text("utf-8")
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", module, flags=re.DOTALL)
    own = re.sub(r'globalThis\.crypto\?\.subtle|"crypto\.subtle|`crypto\.subtle', "", code)
    assert re.search(r"\b(import|require|process|Buffer|globalThis|crypto|eval|Function)\b", own) is None


def test_checks_without_node_are_skipped_but_fail_in_ci(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)
    assert interop.main() == 0
    assert "interop: skipped: node and npm not found on the PATH" in capsys.readouterr().err
    monkeypatch.setenv("CI", "true")
    assert interop.main() == 1
    assert "interop: failed: node and npm not found on the PATH" in capsys.readouterr().err


def test_an_old_node_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, says in (("node", "18.20.4"), ("npm", "")):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho {says}\n", "utf-8")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert interop.missing() == "node is 18.20.4, not 20 or later"


def test_the_packages_of_the_checks_are_locked() -> None:
    wanted = json.loads((NODE / "package.json").read_text("utf-8"))
    locked = json.loads((NODE / "package-lock.json").read_text("utf-8"))["packages"]
    assert wanted.keys().isdisjoint({"dependencies", "scripts"})
    assert locked[""]["devDependencies"] == wanted["devDependencies"]
    assert set(wanted["devDependencies"]) == {"ajv", "typescript"}
    assert all(package["integrity"].startswith("sha512-") for name, package in locked.items() if name)
