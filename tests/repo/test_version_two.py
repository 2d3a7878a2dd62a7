"""Does a second version go through every tool? It is a copy of the first with a member renamed and one added.

The steps are those of contracts/README.md, "To add a version".
"""

import copy
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest
from contract_schemas import EcmaValidator
from referencing import Registry, Resource

from tier2.codegen.compatibility import compare
from tier2.codegen.generation import V1
from tier2.shell.cli import main
from tier2.shell.io.contract_folders import read_folder

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "contracts" / "vectors" / "v1"
POLICY = ROOT / "contracts" / "policy.json"
DOCUMENTS = ("mission", "workflow", "context", "run", "result")
TYPES = dict(
    zip(
        DOCUMENTS,
        ("MissionSpec", "WorkflowDefinition", "ExecutionContext", "Run", "OrchestrationResult"),
        strict=True,
    )
)
Document = dict[str, Any]


def contracts(action: str, root: Path, *options: str) -> int:
    """The exit code of one of the contract tools."""
    return main(["contracts", action, "--root", str(root), *options])


def upgrade(document: Document) -> Document:
    """A document of version 1 as one of version 2. Pure: what was given stays as it was."""
    name = document["contract"].removeprefix("tier2.").removesuffix("/v1")
    found = document | {"contract": f"tier2.{name}/v2"}
    if name == "mission":
        found["mission_type"] = found.pop("type")
        found["note"] = None
    elif name == "run":
        found |= {part: upgrade(document[part]) for part in ("workflow", "context")}
    return found


def second_version(text: str, file: str) -> str:
    """The text of a contract file of version 1 as that of version 2."""
    text = text.replace("/contracts/v1/", "/contracts/v2/")
    for name in DOCUMENTS:
        text = text.replace(f'"tier2.{name}/v1"', f'"tier2.{name}/v2"')
    return json.dumps(changed(json.loads(text)), indent=2) + "\n" if file == "mission.schema.json" else text


def changed(contract: Document) -> Document:
    mission = contract["$defs"]["MissionSpec"]
    renamed = {"type": "mission_type"}
    mission["properties"] = {renamed.get(name, name): node for name, node in mission["properties"].items()}
    mission["properties"]["note"] = {"description": "Why it is wanted, if said.", "type": ["string", "null"]}
    mission["required"] = list(mission["properties"])
    return contract


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with version 1, as it is, and version 2 beside it."""
    root = tmp_path_factory.mktemp("root")
    shutil.copytree(ROOT / "contracts" / "v1", root / "contracts" / "v1")
    for file, text in read_folder(str(root / "contracts" / "v1")).items():
        path = root / "contracts" / "v2" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(second_version(text, file), "utf-8")
    return root


@pytest.fixture(scope="module")
def second(root: Path) -> ModuleType:
    """The module that the generator makes of version 2."""
    made = ModuleType("second_version")
    sys.modules[made.__name__] = made  # where msgspec looks for a class's annotations
    assert contracts("generate", root, "--check") == 1  # nothing is generated yet
    assert contracts("generate", root) == 0
    assert contracts("generate", root, "--check") == 0
    path = root / "tier2" / "contracts" / "v2.py"
    exec(compile(path.read_text("utf-8"), path, "exec"), made.__dict__)
    return made


@pytest.fixture(scope="module")
def schemas(root: Path) -> Registry[Any]:
    sources = read_folder(str(root / "contracts" / "v2")).values()
    contents = [json.loads(text) for text in sources]
    return Registry[Any]().with_resources([(one["$id"], Resource.from_contents(one)) for one in contents])


def stored() -> Iterator[Document]:
    """Every document of version 1 in the known answers."""
    for vector in json.loads((VECTORS / "runs.json").read_bytes())["vectors"]:
        workflow, context = read(vector["workflow"]), read(vector["context"])
        yield from (read(vector[name]) for name in ("mission", "canonical") if vector[name])
        yield from (workflow, context)
        events = [read(event) for event in vector["events"]]
        operations = read(vector["operations"])
        yield {
            "contract": "tier2.run/v1",
            "workflow": workflow,
            "context": context,
            "operations": operations,
            "events": events,
        }


def read(text: str) -> Document:
    document: Document = json.loads(text, parse_int=number)
    return document


def number(text: str) -> int | float:
    """A number without a fraction. Canonical text writes doubles up to 1e21 so, and no integer is as big as that."""
    return int(text) if abs(int(text)) < 2**53 else float(text)


def kind(document: Document) -> str:
    name: str = document["contract"].partition(".")[2].partition("/")[0]
    return name


def test_the_second_version_has_types_of_its_own(second: ModuleType) -> None:
    mission = second.MissionSpec(mission_type="echo", note=None)
    assert json.loads(msgspec.json.encode(mission)) == {
        "contract": "tier2.mission/v2",
        "mission_type": "echo",
        "params": {},
        "note": None,
    }


def test_the_files_of_the_first_version_stay_the_same(root: Path, second: ModuleType) -> None:
    assert second.MAX_TOTAL_STEPS == 5
    first = V1
    for path in (first.module, first.bundle, first.declarations):
        assert (root / path).read_bytes() == (ROOT / path).read_bytes()
    assert (root / "tier2" / "contracts" / "javascript" / "tier2.v2.d.mts").exists()


def test_the_second_version_refuses_old_documents(second: ModuleType) -> None:
    for document in stored():
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(document, second.__dict__[TYPES[kind(document)]])


def test_every_stored_document_can_be_upgraded(second: ModuleType, schemas: Registry[Any]) -> None:
    seen = set()
    for document in stored():
        before, name = copy.deepcopy(document), kind(document)
        after = upgrade(document)
        assert document == before
        made = msgspec.convert(after, second.__dict__[TYPES[name]])
        assert made.to_dict() == after
        where = f"https://tier2.invalid/contracts/v2/{name}.schema.json"
        assert EcmaValidator({"$ref": where}, registry=schemas).is_valid(after)
        assert not EcmaValidator({"$ref": where}, registry=schemas).is_valid(before)
        seen.add(name)
    assert seen == set(DOCUMENTS)


def test_compat_names_the_changed_document_and_what_holds_it(
    root: Path,
) -> None:
    old, new = (read_folder(str(root / "contracts" / version)) for version in ("v1", "v2"))
    verdicts = {verdict.document: verdict for verdict in compare(old, new)}
    assert [name for name, verdict in verdicts.items() if not (verdict.backward and verdict.forward)] == [
        "mission",
        "scenario",
    ]
    place = "mission.schema.json#/$defs/MissionSpec/properties/"
    hurting = [change.where for change in verdicts["mission"].changes if not change.apart]
    assert hurting == [place + "type", place + "mission_type", place + "note"]
    tagged = {
        name: {change.what.rpartition("to ")[2] for change in verdicts[name].changes if change.apart}
        for name in DOCUMENTS
    }
    assert tagged["run"] == {"'tier2.run/v2'", "'tier2.workflow/v2'", "'tier2.context/v2'"}
    assert all(f"'tier2.{name}/v2'" in tags for name, tags in tagged.items())


def test_compat_wants_a_reason_for_each_change(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [str(root / "contracts" / version) for version in ("v1", "v2")]
    command = ["contracts", "compat", *folders, "--policy"]
    assert main([*command, str(POLICY)]) == 1
    assert "not compatible: mission, scenario;" in capsys.readouterr().err
    policy = json.loads(POLICY.read_bytes())
    place = "mission.schema.json#/$defs/MissionSpec/properties/"
    policy["accepted"] = {
        place + name: "upgrade() renames and adds it" for name in ("type", "mission_type", "note")
    }
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(policy), "utf-8")
    assert main([*command, str(path)]) == 0


def test_the_lock_holds_each_version_by_itself(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert contracts("lock", root, "--check") == 1  # the second one is not locked yet
    assert "v1/" not in capsys.readouterr().err
    assert contracts("lock", root, "--version", "v2") == 0
    assert contracts("lock", root, "--check") == 0
    path = root / "contracts" / "v2" / "run.schema.json"
    kept = path.read_text("utf-8")
    path.write_text(kept.replace('"maxItems": 5', '"maxItems": 6'), "utf-8")
    found = contracts("lock", root, "--check")
    path.write_text(kept, "utf-8")
    assert found == 1
    assert "contracts/v2/run.schema.json: a released file changed" in capsys.readouterr().err
