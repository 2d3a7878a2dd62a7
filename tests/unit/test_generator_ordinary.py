"""Which Python and TypeScript is generated for numbers, lengths, and descriptions in any language?"""

import ast
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_contracts import TEXT, Schema, closed, contract, module_of, read, text_of, view_of

from tier2 import CanonicalError, ContractError, canonical, decode, parse
from tier2.codegen.generation import V1, generate
from tier2.contracts.views import view

PRICE: Schema = {"type": "number", "minimum": 0.5, "maximum": 1000}
MADE = module_of(
    {
        "Order": closed(
            {
                "price": PRICE,
                "weight": {"type": "number", "default": 1.5},
                "count": {"type": "integer"},
                "code": {"type": "string", "minLength": 2, "maxLength": 3},
                "note": {"type": ["string", "null"], "maxLength": 1},
            }
        )
    }
)
ORDER: dict[str, Any] = {"price": 2, "weight": 1, "count": 3, "code": "ab", "note": None}


def order(**changed: Any) -> Any:
    return read(json.dumps({**ORDER, **changed}), MADE.Order)


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53) + 1, 2**53 - 1))
def test_a_number_is_canonical_however_it_is_given(number: float) -> None:
    made, text = MADE.Order(**{**ORDER, "weight": number}), canonical(number)
    assert canonical({"weight": number}) == b'{"weight":%s}' % text
    assert canonical(made).endswith(b',"weight":%s}' % text)
    assert canonical(order(weight=number)) == canonical(made)
    assert canonical(parse(canonical(made))) == canonical(made)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 2**53, -(2**53)])
def test_a_number_that_no_document_can_have_is_refused(number: float) -> None:
    with pytest.raises(CanonicalError):
        MADE.Order(**{**ORDER, "weight": number})


@pytest.mark.parametrize("value", ["1", True, None, [1], {"a": 1}, b"1"])
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(ContractError) as error:
        MADE.Order(**{**ORDER, "weight": value})
    assert error.value.where == "$.weight"


def test_a_default_of_a_number_is_a_convenience_of_the_constructor() -> None:
    assert MADE.Order(price=1, count=1, code="ab", note=None).weight == 1.5


@pytest.mark.parametrize(
    ("member", "good", "bad"),
    [
        ("price", [0.5, 1, 999.75, 1000], [0.25, 1000.5, -1]),
        ("count", [0, 2**53 - 1, -(2**53) + 1], [2**53, -(2**53), 1.5]),
        ("code", ["ab", "\U0001f600\U0001f600\U0001f600"], ["", "a", "abcd", "\U0001f600"]),
        ("note", [None, "", "\U0001f600"], ["ab"]),
    ],
)
def test_bounds_are_checked_when_a_document_is_read(member: str, good: list[Any], bad: list[Any]) -> None:
    for value in good:
        assert getattr(order(**{member: value}), member) == value
    for value in bad:
        with pytest.raises(msgspec.ValidationError, match=member):
            order(**{member: value})


DESCRIPTIONS = [
    "Grün, 緑, أخضر.",
    "Two lines.\nThe second one.",
    'It says """so""".',
    'It ends with "quotes"',
    "A path: C:\\new\\u0041",
    "Ends with a backslash\\",
    "A line\n\nand a gap.",
    "It ends a comment: */ and goes on.",
]


@pytest.mark.parametrize("text", DESCRIPTIONS)
def test_a_description_is_the_docstring_as_it_is(text: str) -> None:
    made = text_of({"Thing": closed({"name": {**TEXT, "description": text}}, description=text)})
    assert made == text_of({"Thing": closed({"name": {**TEXT, "description": text}}, description=text)})
    thing = next(node for node in ast.walk(ast.parse(made)) if isinstance(node, ast.ClassDef))
    found = ast.get_docstring(thing)
    assert found is not None
    assert found.startswith(text.rstrip())
    assert " ".join(f"name: {text}".split()) in " ".join(found.split())
    assert not any(line.endswith(" ") for line in made.splitlines())


@pytest.mark.parametrize("text", DESCRIPTIONS)
def test_a_description_is_a_comment_that_it_cannot_end(text: str) -> None:
    files = {"a.schema.json": contract({"Thing": closed({"name": {**TEXT, "description": text}})})}
    made = generate(files)[V1.declarations]
    inside = made[made.index("readonly name") - 200 :].partition("readonly name")[0]
    assert inside.count("*/") == inside.count("/**")
    for line in text.replace("*/", "* /").splitlines():
        assert line in inside


NAMES = {
    "from": "from_",
    "my-name": "my_name",
    "größe": "größe",
    "2nd": "x2nd",
    "_id": "x_id",
    "$ref": "x_ref",
    "str": "str_",
    "Part": "Part_",
    "to_dict": "to_dict_",
    "ﬁle": "file",
    "a/b~c": "a_b_c",
}
"""Names in JSON, and what they are in Python."""


def test_a_name_that_is_no_python_name_is_another_one_in_python() -> None:
    part = closed({"id": TEXT})
    made = module_of({"Part": part, "Odd": closed(dict.fromkeys(NAMES, TEXT))})
    plain = {name: str(number) for number, name in enumerate(NAMES)}
    odd = made.Odd(**{NAMES[name]: text for name, text in plain.items()})
    assert odd.to_dict() == json.loads(canonical(odd)) == plain
    assert read(json.dumps(plain), made.Odd) == decode(canonical(plain), made.Odd) == odd
    assert canonical(odd) == canonical(plain)
    for name, field in NAMES.items():
        with pytest.raises(ContractError) as error:
            made.Odd(**{**{NAMES[one]: text for one, text in plain.items()}, field: 1})
        assert error.value.path == (name,)
        with pytest.raises(ContractError) as error:
            decode(canonical({**plain, name: 1}), made.Odd)
        assert error.value.path == (name,)


def test_every_check_of_a_renamed_member_names_it_as_json_has_it() -> None:
    named: Schema = {"JsonObject": {"type": "object"}, "Part": closed({"id": TEXT})}
    kinds: dict[str, tuple[Schema, Any, Any]] = {
        "a-text": (TEXT, "", 1),
        "a-number": ({"type": "number"}, 1, "1"),
        "an-integer": ({"type": "integer"}, 1, "1"),
        "a-list": ({"type": "array", "items": TEXT}, (), 1),
        "a-map": ({"type": "object", "additionalProperties": TEXT}, {}, {"b": 1}),
        "an-object": ({"$ref": "#/$defs/JsonObject"}, {}, 1),
        "a-value": ({"description": "Any value."}, 1, object()),
        "a-part": ({"$ref": "#/$defs/Part"}, None, 1),
    }
    made = module_of({**named, "Odd": closed({name: schema for name, (schema, _, _) in kinds.items()})})
    good = {name.replace("-", "_"): value for name, (_, value, _) in kinds.items()}
    good["a_part"] = made.Part(id="")
    assert made.Odd(**good).to_dict().keys() == kinds.keys()
    for name, (_, _, bad) in kinds.items():
        with pytest.raises((ContractError, CanonicalError)) as error:
            made.Odd(**{**good, name.replace("-", "_"): bad})
        assert error.value.path[0] == name


def test_a_renamed_member_of_a_view_is_read_by_its_name() -> None:
    made = module_of({"Params": view_of({"my-name": TEXT, "class": {**TEXT, "default": "a"}})})
    found = view({"my-name": "x", "other": 1}, made.Params)
    assert (found.my_name, found.class_) == ("x", "a")


def test_typescript_has_the_names_of_json() -> None:
    files = {"a.schema.json": contract({"Odd": closed({"my-name": TEXT, "from": TEXT, "größe": TEXT})})}
    made = generate(files)[V1.declarations]
    for line in (
        'readonly "my-name": string;',
        "readonly from: string;",
        r'readonly "gr\u00f6\u00dfe": string;',
    ):
        assert line in made
