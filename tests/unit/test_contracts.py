"""Are the contract files valid JSON Schema, complete, and the source of the package's types?"""

import json
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest
from contract_schemas import BASE, BUNDLE, FILES, FOLDER, SOURCES, registry, spelled_out
from jsonschema import Draft202012Validator
from mutations import at, places
from referencing import Registry, Resource
from small_documents import WHOLE

from tier2.contracts import v1

Schema = dict[str, Any]
DOCUMENTS = {
    "mission": "MissionSpec",
    "workflow": "WorkflowDefinition",
    "context": "ExecutionContext",
    "run": "Run",
    "result": "OrchestrationResult",
}


def schemas(contract: Schema) -> Iterator[tuple[str, Schema]]:
    """Every JSON object in a contract, with its JSON pointer."""
    for path in places(contract):
        if isinstance(node := at(contract, path), dict):
            yield "/" + "/".join(map(str, path)), node


def objects(closed: bool) -> Iterator[tuple[str, Schema]]:
    for file, contract in SOURCES.items():
        for pointer, node in schemas(contract):
            if node.get("additionalProperties") is (not closed):
                yield f"{file}#{pointer}", node


@pytest.mark.parametrize("file", FILES)
class TestEachFile:
    def test_it_is_valid_json_schema_2020_12(self, file: str) -> None:
        assert FILES[file]["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
        Draft202012Validator.check_schema(FILES[file])
        for node in FILES[file]["$defs"].values():
            Draft202012Validator.check_schema(node)

    def test_its_id_ends_with_its_name(self, file: str) -> None:
        assert FILES[file]["$id"] == BASE + file

    def test_every_reference_leads_to_a_schema(self, file: str) -> None:
        resolver = registry().resolver(BASE + file)
        references = [
            node["$ref"] for node in (FILES[file], *dict(schemas(FILES[file])).values()) if "$ref" in node
        ]
        assert all(isinstance(resolver.lookup(reference).contents, dict) for reference in references)

    def test_it_is_utf_8_indented_by_two_spaces(self, file: str) -> None:
        text = (FOLDER / file).read_bytes().decode()
        assert text == json.dumps(FILES[file], indent=2, ensure_ascii=False) + "\n"


def test_the_bundle_holds_all_types_and_stands_alone() -> None:
    bundle = FILES[BUNDLE]
    assert set(bundle["$defs"]) == {name for contract in SOURCES.values() for name in contract["$defs"]}
    alone: Registry[Any] = Registry[Any]().with_resource(bundle["$id"], Resource.from_contents(bundle))
    resolver = alone.resolver(bundle["$id"])
    references = {node["$ref"] for _, node in schemas(bundle) if "$ref" in node}
    assert references
    assert all(isinstance(resolver.lookup(reference).contents, dict) for reference in references)


def test_the_bundle_by_itself_takes_the_documents_alone() -> None:
    bundle = Draft202012Validator(FILES[BUNDLE])
    documents = [value for _, value in WHOLE if "contract" in value]
    assert {value["contract"] for value in documents} == {
        node["properties"]["contract"]["const"]
        for contract in SOURCES.values()
        for node in contract["$defs"].values()
        if "contract" in node.get("properties", {})
    }
    assert all(map(bundle.is_valid, documents))
    others: list[Any] = [[1, 2, 3], {}, None, "", *(value for _, value in WHOLE if "contract" not in value)]
    others += [{**value, "contract": "tier2.other/v1"} for value in documents]
    assert not any(map(bundle.is_valid, others))


def test_a_single_file_needs_no_network_once_all_are_known() -> None:
    known = Registry[Any]().with_resources(
        (contract["$id"], Resource.from_contents(contract)) for contract in SOURCES.values()
    )
    for kind, value in WHOLE:
        for file, contract in SOURCES.items():
            name = getattr(kind, "__name__", "Event")
            if name in contract["$defs"]:
                schema = {"$ref": f"{BASE}{file}#/$defs/{name}"}
                assert Draft202012Validator(schema, registry=known).is_valid(value)


def test_types_are_the_same_in_the_bundle_and_the_files() -> None:
    for file, contract in SOURCES.items():
        for name, node in contract["$defs"].items():
            bundled = FILES[BUNDLE]["$defs"][name]
            assert spelled_out(bundled, BASE + BUNDLE) == spelled_out(node, BASE + file), name


def test_every_file_type_and_property_is_described() -> None:
    for file, contract in SOURCES.items():
        assert {"title", "description"} <= contract.keys(), file
        resolver = registry().resolver(BASE + file)
        for name, node in contract["$defs"].items():
            assert node.get("description"), f"{file}: {name}"
            for field, schema in node.get("properties", {}).items():
                target = resolver.lookup(schema["$ref"]).contents if "$ref" in schema else schema
                assert schema.get("description") or target.get("description"), f"{file}: {name}.{field}"


def test_closed_objects_require_every_property() -> None:
    closed = dict(objects(closed=True))
    assert closed
    assert [place for place, node in closed.items() if node["required"] != list(node["properties"])] == []


def test_only_parts_of_open_objects_are_views() -> None:
    opened = [place for place, _ in objects(closed=False)]
    assert opened
    assert [
        place for place in opened if not place.startswith(("missions/", "human_payload.", "artifacts."))
    ] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_document_names_its_contract_first(document: str) -> None:
    contract = FILES[f"{document}.schema.json"]
    name = DOCUMENTS[document]
    assert contract["$ref"] == f"#/$defs/{name}"
    tag = {"contract": f"tier2.{document}/v1"}
    first, schema = next(iter(contract["$defs"][name]["properties"].items()))
    assert {first: schema["const"]} == tag
    config = getattr(v1, name).__struct_config__
    assert {config.tag_field: config.tag} == tag


def test_the_limits_are_those_of_the_workflow_contract() -> None:
    steps = FILES["workflow.schema.json"]["$defs"]["Steps"]
    assert (steps["minItems"], steps["maxItems"]) == (1, v1.MAX_TOTAL_STEPS) == (1, 5)
    assert (steps["minContains"], steps["maxContains"]) == (0, v1.MAX_HUMAN_STEPS) == (0, 2)
    assert steps["contains"] == {"properties": {"kind": {"const": "human"}}}


def test_arrays_of_one_item_a_step_have_the_same_limit() -> None:
    bounds = {
        name: node["maxItems"]
        for contract in SOURCES.values()
        for name, node in contract["$defs"].items()
        if "maxItems" in node
    }
    assert bounds == dict.fromkeys(["Events", "ReceiptEntries", "StepIds", "Steps"], v1.MAX_TOTAL_STEPS)


def test_the_package_lists_every_condition() -> None:
    found = {
        f"{file}#{urllib.parse.unquote(pointer)}/{key}"
        for file, contract in SOURCES.items()
        for pointer, node in schemas(contract)
        for key in ("if", "contains", "not", "anyOf", "allOf", "dependentRequired", "uniqueItems")
        if key in node and not pointer.endswith("/properties")
    }
    assert set(v1.CONDITIONS) == found
    assert len(set(v1.CONDITIONS)) == len(v1.CONDITIONS)


def test_every_named_type_is_in_the_package_by_its_name() -> None:
    assert [
        name for contract in SOURCES.values() for name in contract["$defs"] if not hasattr(v1, name)
    ] == []
