"""Which TypeScript types are generated from a contract? (`tox -e interop` shows that tsc accepts them.)"""

import pytest
from small_contracts import KIND, OPEN, TEXT, Schema, closed, contract, real_sources, ref, view_of

from tier2.codegen.generation import V1, generate
from tier2.codegen.model import ContractFileError, read_contracts
from tier2.codegen.typescript import JSON_VALUE, declarations


def declared(defs: Schema) -> str:
    return generate({"a.schema.json": contract(defs)})[V1.declarations]


def test_members_of_a_closed_object_are_readonly() -> None:
    text = declared(
        {"Thing": closed({"name": {"type": "string", "description": "Its name."}, "on": {"type": "boolean"}})}
    )
    assert (
        "/** Thing */\nexport type Thing = {\n"
        "  /** Its name. */\n  readonly name: string;\n  readonly on: boolean;\n};\n"
    ) in text


def test_a_view_has_optional_members_and_keeps_the_others() -> None:
    text = declared({"Task": view_of({"text": TEXT, "due": TEXT}, required=["text"])})
    assert (
        "export type Task = { readonly [member: string]: JsonValue } & {\n"
        "  readonly text: string;\n  readonly due?: string;\n};\n"
    ) in text


def test_an_object_may_have_no_members() -> None:
    text = declared({"Nothing": closed({}), "Anything": view_of({})})
    assert "export type Nothing = {};\n" in text
    assert "export type Anything = { readonly [member: string]: JsonValue };\n" in text


def test_a_tag_is_a_literal_type_and_unions_list_members() -> None:
    one, two = (closed({"kind": {"const": kind}}) for kind in ("one", "two"))
    text = declared({"One": one, "Two": two, "Both": {"oneOf": [ref("One"), ref("Two")]}})
    assert '  readonly kind: "one";\n' in text
    assert "export type Both =\n  | One\n  | Two;\n" in text


def test_an_array_is_readonly_and_may_be_never_empty() -> None:
    text = declared(
        {
            "Kind": KIND,
            "Some": {"type": "array", "items": ref("Kind"), "minItems": 1},
            "Any": {"type": "array", "items": TEXT},
            "Both": {"type": "array", "items": {"enum": ["a", "b"]}, "minItems": 1},
            "Deep": {"type": "array", "items": {"type": "array", "items": TEXT}},
        }
    )
    assert 'export type Kind = "human" | "runtime";\n' in text
    assert "export type Some = readonly [Kind, ...Kind[]];\n" in text
    assert "export type Any = readonly string[];\n" in text
    assert 'export type Both = readonly ["a" | "b", ...("a" | "b")[]];\n' in text
    assert "export type Deep = readonly readonly string[][];\n" in text


def test_maps_any_values_and_null_have_types() -> None:
    code: Schema = {"type": "string", "pattern": "^a$"}
    names: Schema = {"type": "object", "additionalProperties": TEXT}
    null: Schema = {"type": "null"}
    text = declared(
        {
            "Code": code,
            "Names": names,
            "Wish": view_of(
                {
                    "names": names,
                    "codes": {"type": "object", "additionalProperties": ref("Code")},
                    "tables": {"type": "object", "additionalProperties": {"type": "array", "items": names}},
                    "value": {"description": "Any value."},
                    "text": {**code, "type": ["string", "null"]},
                    "code": {"oneOf": [ref("Code"), null]},
                    "many": {"type": "array", "items": {"oneOf": [ref("Names"), null]}, "minItems": 1},
                },
                required=["value"],
            ),
        }
    )
    assert "export type Names = { readonly [member: string]: string };\n" in text
    assert text.endswith(
        "  readonly names?: { readonly [member: string]: string };\n"
        "  readonly codes?: { readonly [member: string]: Code };\n"
        "  readonly tables?: { readonly [member: string]: readonly ({ readonly [member: string]: string })[] };\n"
        "  /** Any value. */\n"
        "  readonly value: JsonValue;\n"
        "  readonly text?: string | null;\n"
        "  readonly code?: Code | null;\n"
        "  readonly many?: readonly [Names | null, ...(Names | null)[]];\n"
        "};\n"
    )


def test_the_union_of_documents_has_tagged_types_only() -> None:
    document = closed({"contract": {"const": "a/v1"}, "more": ref("More")})
    text = declared({"Doc": document, "More": OPEN})
    assert "export type Document =\n  | Doc;\n" in text
    assert "export type Document" not in declared({"More": OPEN})


def test_a_description_cannot_end_its_comment() -> None:
    text = declared({"Thing": closed({"a": TEXT}, description="No */ export type Evil = 1; /* here.")})
    assert "/** No * / export type Evil = 1; /* here. */\n" in text


@pytest.mark.parametrize("name", ["JsonValue", "Document", "Difference", "InvalidValue", "Error"])
def test_names_that_the_declarations_use_are_refused(name: str) -> None:
    with pytest.raises(ContractFileError, match="need"):
        declared({name: KIND})
    assert declared({f"{name}Kind": KIND})


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        (closed({}), ""),
        ({"type": "array", "items": closed({})}, "/items"),
        ({"type": "object", "additionalProperties": closed({})}, "/additionalProperties"),
    ],
)
def test_an_object_written_in_place_has_no_type(schema: Schema, place: str) -> None:
    contracts = read_contracts({"a.schema.json": contract({"Wish": view_of({"a": schema})})})
    with pytest.raises(ContractFileError) as caught:
        declarations(contracts, "")
    where = f"a.schema.json#/$defs/Wish/properties/a{place}"
    assert str(caught.value) == f"{where}: there is no TypeScript for this object here"


def test_a_whole_file_is_as_written_here_by_hand() -> None:
    one, two = (closed({"contract": {"const": f"{name}/v1"}}) for name in ("one", "two"))
    made = declared({"One": one, "Two": {**two, "description": "The second."}})
    assert made.partition(JSON_VALUE)[2] == (
        '\n/** One */\nexport type One = {\n  readonly contract: "one/v1";\n};\n'
        '\n/** The second. */\nexport type Two = {\n  readonly contract: "two/v1";\n};\n'
        "\n/** Any document; `contract` says which. */\nexport type Document =\n  | One\n  | Two;\n"
    )


def test_functions_are_declared_only_with_their_documents() -> None:
    real = generate(real_sources())[V1.declarations]
    assert "export declare function verify(run: Run, result: JsonValue): Difference | null;" in real
    assert "declare function" not in declared({"Kind": KIND})


def test_every_member_of_the_real_contracts_is_readonly() -> None:
    real = generate(real_sources())[V1.declarations]
    members = [
        line for line in real.splitlines() if line.startswith("  ") and line.endswith(";") and ":" in line
    ]
    assert len(members) > 80
    assert [line for line in members if not line.startswith(("  readonly ", "  | { readonly "))] == []
    assert [line for line in real.splitlines() if "[]" in line and "readonly" not in line] == []
