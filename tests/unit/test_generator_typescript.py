"""What does the generator make of a contract in TypeScript? (That tsc accepts it is for `tox -e interop` to show.)"""

import generate
import pytest
from contract_files import ContractFault
from small_contracts import KIND, OPEN, TEXT, Schema, closed, contract, ref, view_of


def declared(defs: Schema) -> str:
    return generate.generate({"a.schema.json": contract(defs)})[generate.V1.declarations]


def test_a_closed_object_has_its_members_readonly_and_required_with_their_descriptions() -> None:
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


def test_a_tag_is_a_literal_and_a_union_names_its_members() -> None:
    one, two = (closed({"kind": {"const": kind}}) for kind in ("one", "two"))
    text = declared({"One": one, "Two": two, "Both": {"oneOf": [ref("One"), ref("Two")]}})
    assert '  readonly kind: "one";\n' in text
    assert "export type Both =\n  | One\n  | Two;\n" in text


def test_an_array_is_readonly_and_says_when_it_is_never_empty() -> None:
    text = declared(
        {
            "Kind": KIND,
            "Some": {"type": "array", "items": ref("Kind"), "minItems": 1},
            "Any": {"type": "array", "items": TEXT},
        }
    )
    assert 'export type Kind = "human" | "runtime";\n' in text
    assert "export type Some = readonly [Kind, ...Kind[]];\n" in text
    assert "export type Any = readonly string[];\n" in text


def test_the_documents_are_a_union_and_only_they() -> None:
    document = closed({"contract": {"const": "a/v1"}, "more": ref("More")})
    text = declared({"Doc": document, "More": OPEN})
    assert "export type Document =\n  | Doc;\n" in text
    assert "export type Document" not in declared({"More": OPEN})


def test_a_description_cannot_end_its_comment() -> None:
    text = declared({"Thing": closed({"a": TEXT}, description="No */ export type Evil = 1; /* here.")})
    assert "/** No * / export type Evil = 1; /* here. */\n" in text


@pytest.mark.parametrize("name", ["JsonValue", "Document", "Difference", "InvalidValue", "Error"])
def test_a_type_with_a_name_of_the_declarations_own_is_refused(name: str) -> None:
    with pytest.raises(ContractFault, match="need"):
        declared({name: KIND})
    assert declared({f"{name}Kind": KIND})


def test_the_functions_are_declared_only_beside_the_documents_that_they_take() -> None:
    real = generate.generate(generate.read_sources(generate.ROOT / generate.V1.contracts))[
        generate.V1.declarations
    ]
    assert "export declare function verify(run: Run, result: JsonValue): Difference | null;" in real
    assert "declare function" not in declared({"Kind": KIND})


def test_every_member_of_every_real_contract_is_readonly() -> None:
    real = generate.generate(generate.read_sources(generate.ROOT / generate.V1.contracts))[
        generate.V1.declarations
    ]
    members = [
        line for line in real.splitlines() if line.startswith("  ") and line.endswith(";") and ":" in line
    ]
    assert len(members) > 80
    assert [line for line in members if not line.startswith(("  readonly ", "  | { readonly "))] == []
    assert [line for line in real.splitlines() if "[]" in line and "readonly" not in line] == []
