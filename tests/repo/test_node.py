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

import tier2
from tier2 import (
    ExecutionContext,
    MissionSpec,
    OrchestrationResult,
    Rehearsed,
    Tier2Error,
    build_workflow,
    canonical,
    decode,
    digest,
    finish,
    replay,
    verify,
)
from tier2.inspection.consistency import inconsistencies

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
    "names that stand twice": ('if (Object.hasOwn(object, name)) refuse("dup', 'if (false) refuse("dup'),
    "rounded integers": ("String(value) !== found", "false"),
    "numbers that no double holds": (
        "if (Math.abs(value) === Infinity) refuse",
        "if (false) refuse",
    ),
    "texts after the value": ("if (reader.at < reader.text.length)", "if (false)"),
    "byte order marks": ('if (reader.text.startsWith("\\ufeff"))', "if (false)"),
    "bytes of any encoding": (
        "{ fatal: true, ignoreBOM: true }).decode(bytes)",
        "{ ignoreBOM: true }).decode(bytes)",
    ),
    "lone surrogates in a text": ("u.test(read)) refuse", 'u.test("")) refuse'),
    "depth of a text": ("return depth < MAX_DOCUMENT_DEPTH ?", "return true ?"),
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


def answers_of(script: str, arguments: list[str]) -> Any:
    """What a script, which gets the texts as ``texts``, prints as JSON."""
    module = json.dumps((JAVASCRIPT / "tier2.mjs").as_uri())
    head = f"import {{ canonical, check, parse }} from {module};"
    head += "import { readFileSync } from 'node:fs'; const texts = JSON.parse(readFileSync(0, 'utf8'));"
    done = subprocess.run(
        ["node", "--input-type=module", "-e", head + script],
        input=json.dumps(arguments),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


@needs_node
def test_contradictions_of_a_result_are_those_that_python_finds() -> None:
    vectors = json.loads((VECTORS / "tampered.json").read_text("utf-8"))["vectors"]
    claims = [vector["claimed"] for vector in vectors]
    claims += [text for one in claims[:20] for text in changed_scalars(one)]
    readable = [(text, found) for text in claims if (found := contradictions(text)) is not None]
    assert len(readable) > 200
    assert sum(not found for _, found in readable) >= 10
    script = "console.log(JSON.stringify(texts.map((text) => check(parse(text)).map((one) => one.where))));"
    assert answers_of(script, [text for text, _ in readable]) == [found for _, found in readable]


def contradictions(text: str) -> list[str] | None:
    """Where Python says that a result contradicts itself; None if it is no result."""
    try:
        return [one.where for one in inconsistencies(decode(text, OrchestrationResult))]
    except Tier2Error:
        return None


def changed_scalars(text: str) -> Iterator[str]:
    """The texts of a result in which one member on top, or of its lineage or receipt, is another."""
    whole = json.loads(text)
    for owner in (whole, whole.get("lineage"), whole.get("receipt")):
        for name, value in [*owner.items()] if isinstance(owner, dict) else ():
            if isinstance(value, str | bool):
                owner[name] = "0" * 64 if name.endswith("sha256") else not value if value is True else "other"
                yield json.dumps(whole)
                owner[name] = value


@needs_node
def test_what_is_no_result_is_refused_by_node() -> None:
    run_ = replay(build_workflow(MissionSpec(type="echo")), ExecutionContext(), [Rehearsed(step_id="echo")])
    good = finish(run_).to_dict()
    wrong = [{**good, name: value} for name in good for value in ([1], 1)]
    wrong += [{other: value for other, value in good.items() if other != name} for name in good]
    wrong += [
        {**good, "more": 1},
        {**good, "receipt": {**good["receipt"], "head_sha256": "A" * 64}},
        run_.to_dict(),
    ]
    script = (
        "const code = (text) => { try { check(parse(text)); return 'none'; } catch (error) { return error.name; } };"
        "console.log(JSON.stringify(texts.map(code)));"
    )
    texts = [json.dumps(one) for one in [good, *wrong]]
    assert answers_of(script, texts) == ["none", *["Tier2Error"] * len(wrong)]


@needs_node
def test_a_member_may_have_any_name() -> None:
    text = '{"__proto__":1,"constructor":{"__proto__":[]},"toString":null}'
    assert answers_of("console.log(canonical(parse(texts[0])));", [text]) == json.loads(text)


def test_the_package_of_node_is_whole_and_of_this_version() -> None:
    package = json.loads((JAVASCRIPT / "package.json").read_text("utf-8"))
    assert package["version"] == tier2.__version__
    files = [package["types"], *package["exports"]["."].values()]
    assert {(JAVASCRIPT / file).name for file in files} == {"tier2.mjs", "tier2.d.mts"}
    assert all((JAVASCRIPT / file).is_file() for file in files)


@needs_node
def test_an_exported_package_is_imported_by_its_name(tmp_path: Path) -> None:
    package = tmp_path / "node_modules" / "tier2-workflows"
    shutil.copytree(JAVASCRIPT, package)
    program = tmp_path / "program.mjs"
    program.write_text("import { digest } from 'tier2-workflows'; console.log(digest({}));", "utf-8")
    assert run("node", str(program)).stdout == f"{digest({})}\n"


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
    names = ["parse", "canonical", "digest", "head", "verify", "check", "checkSignature"]
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
