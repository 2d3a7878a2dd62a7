"""Changes of small contracts, with the answers that they must get: backward, forward, by the rows of the table."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from small_contracts import KIND, OPEN, TEXT, Schema, ref, view_of

from tier2.codegen.compatibility import Side
from tier2.codegen.model import Contracts, Location

FILE = "a.schema.json"


class Case(NamedTuple):
    """A change of the named types of one file, of which T is the document."""

    name: str
    old: Schema
    new: Schema
    backward: bool
    forward: bool


def shut(properties: Schema, required: Sequence[str] = (), **more: Any) -> Schema:
    """A closed object, which may have optional properties; `read_contracts` would refuse these."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    } | more


def whole(properties: Schema, **more: Any) -> Schema:
    """A closed object of which every property is required."""
    return shut(properties, list(properties), **more)


def side(defs: Schema) -> Side:
    """The named types as one side of a comparison. `read_contracts` would refuse some of them."""
    named = {name: (Location(FILE) / "$defs" / name, node) for name, node in defs.items()}
    return Side(Contracts("https://example.invalid/v1/", named), {"a": "T"})


def row(name: str, old: Schema, new: Schema, answers: str) -> Case:
    """A case whose document is an object with the member ``a`` of these two types; the answers as ``B F``."""
    return case(name, view_of({"a": old}), view_of({"a": new}), answers)


def case(name: str, old: Schema, new: Schema, answers: str) -> Case:
    return types(name, {"T": old}, {"T": new}, answers)


def types(name: str, old: Schema, new: Schema, answers: str) -> Case:
    backward, forward = (answer == "yes" for answer in answers.split())
    return Case(name, old, new, backward, forward)


INT: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
NULLABLE: Schema = {"type": ["string", "null"]}
NULL: Schema = {"type": "null"}
ANY: Schema = {"description": "Any value."}
BOOL: Schema = {"type": "boolean"}
UPPER: Schema = {"type": "string", "pattern": "^[A-Z]$"}
LOWER: Schema = {"type": "string", "pattern": "^[a-z]+$"}


def map_of(values: Schema = TEXT, **more: Any) -> Schema:
    return {"type": "object", "additionalProperties": values} | more


def or_null(name: str, **more: Any) -> Schema:
    return {"oneOf": [ref(name), NULL]} | more


def array(items: Schema = TEXT, **more: Any) -> Schema:
    return {"type": "array", "items": items} | more


def members(counted: str, most: int, least: int = 0) -> Schema:
    """An array of kinds of which those of one kind are counted."""
    return {
        "type": "array",
        "items": whole({"kind": KIND}),
        "contains": {"properties": {"kind": {"const": counted}}},
        "minContains": least,
        "maxContains": most,
    }


def condition(value: str, then: Schema) -> Schema:
    return {"if": {"properties": {"kind": {"const": value}}}, "then": {"properties": {"payload": then}}}


STEP: Schema = {"kind": KIND, "payload": OPEN}
NEEDS_OP: Schema = {"required": ["op"], "properties": {"op": {"type": "string"}}}
NEEDS_NAME: Schema = {"required": ["name"], "properties": {"name": {"type": "string"}}}


def union(*tags: str, field: str = "event", **extra: Schema) -> Schema:
    """The named types of a document that is one of several objects, each with its own tag."""
    made = {tag: whole({field: {"const": tag.lower()}, **extra}) for tag in tags}
    return {"T": {"oneOf": [ref(tag) for tag in tags]}, **made}


NAMED: Schema = {
    "P": whole({"x": TEXT}),
    "L": array(),
    "O": OPEN,
    "C": UPPER,
    "K": KIND,
    **union("A", "B"),
    "U": union("A", "B")["T"],
}


def with_types(name: str, old: Schema, new: Schema, answers: str) -> Case:
    """A row whose schemas may refer to an object P, an array L, an open object O, a pattern C, a kind K, a union U."""
    old, new = ({**NAMED, "T": view_of({"a": schema})} for schema in (old, new))
    return types(name, old, new, answers)


ROWS: list[Case] = [
    # Properties: added; removed, by turning the case round.
    case("optional added, closed", shut({"a": TEXT}, "a"), shut({"a": TEXT, "b": TEXT}, "a"), "yes no"),
    case("optional added, open", view_of({"a": TEXT}), view_of({"a": TEXT, "b": TEXT}), "no yes"),
    case("required added, closed", whole({"a": TEXT}), whole({"a": TEXT, "b": INT}), "no no"),
    case("required added, open", view_of({}), view_of({"b": TEXT}, required=["b"]), "no yes"),
    case("first property of a closed object", shut({}), shut({"a": TEXT}), "yes no"),
    case("optional to required, closed", shut({"a": TEXT}), whole({"a": TEXT}), "no yes"),
    case("optional to required, open", view_of({"a": TEXT}), view_of({"a": TEXT}, required=["a"]), "no yes"),
    case("renamed, closed", whole({"a": TEXT}), whole({"b": TEXT}), "no no"),
    case("renamed, open", view_of({"a": TEXT}), view_of({"b": TEXT}), "no no"),
    case("one added, one removed, closed", shut({"a": TEXT}), shut({"b": TEXT}), "no no"),
    case("closed to open", whole({"a": TEXT}), view_of({"a": TEXT}, required=["a"]), "yes no"),
    case("opened, optional added", shut({"a": TEXT}), view_of({"a": TEXT, "b": TEXT}), "yes no"),
    case("opened, required added", shut({"a": TEXT}), view_of({"a": TEXT, "b": TEXT}, required=["b"]), "no no"),
    case("closed, optional added", view_of({"a": TEXT}), shut({"a": TEXT, "b": TEXT}), "no yes"),
    # Types.
    row("integer to number", INT, NUMBER, "yes no"),
    row("bounded integer to number", INT | {"minimum": 0}, NUMBER, "yes no"),
    row("integer to a number of narrower bounds", INT, NUMBER | {"minimum": 0.5}, "no no"),
    row("enumeration to a string that is long enough", {"enum": ["aa", "bb"]}, TEXT | {"minLength": 2}, "yes no"),
    row("enumeration to a string that is too short", {"enum": ["aa", "b"]}, TEXT | {"minLength": 2}, "no no"),
    row("text to text or null", TEXT, NULLABLE, "yes no"),
    row("text of a pattern to text or null", UPPER, NULLABLE, "yes no"),
    row("constant to text", {"const": "a"}, TEXT, "yes no"),
    row("constant to text or null", {"const": "a"}, NULLABLE, "yes no"),
    row("constant to enumeration", {"const": "a"}, {"enum": ["a", "b"]}, "yes no"),
    row("constant to enumeration of others", {"const": "a"}, {"enum": ["b", "c"]}, "no no"),
    row("enumeration to text", KIND, TEXT, "yes no"),
    row("enumeration to text or null", KIND, NULLABLE, "yes no"),
    row("enumeration to a pattern that fits", KIND, LOWER, "yes no"),
    row("enumeration to a pattern that does not", KIND, UPPER, "no no"),
    row("closed object to open object", whole({"b": TEXT}), OPEN, "yes no"),
    row("view to open object", view_of({"b": TEXT}), OPEN, "yes no"),
    row("empty view to open object", view_of({}), OPEN, "yes yes"),
    row("empty view with a condition to open object", view_of({}, **condition("human", NEEDS_OP)), OPEN, "yes no"),
    row("empty closed object to open object", shut({}), OPEN, "yes no"),
    row("text to integer", TEXT, INT, "no no"),
    row("boolean to text", BOOL, TEXT, "no no"),
    row("boolean to integer", BOOL, INT, "no no"),
    row("array to text", array(), TEXT, "no no"),
    row("array to open object", array(), OPEN, "no no"),
    row("text or null to integer", NULLABLE, INT, "no no"),
    row("text to enumeration or null-like", NULLABLE, KIND, "no yes"),
    row("items widened", array(INT), array(NUMBER), "yes no"),
    row("items of another type", array(INT), array(TEXT), "no no"),
    row("one property wider, one narrower", array(whole({"x": INT, "y": NUMBER})),
        array(whole({"x": NUMBER, "y": INT})), "no no"),
    row("enumeration to a pattern that fits a part of it", {"enum": ["b", "B"]}, LOWER, "no no"),
    # Null beside something else.
    row("text of a pattern to that or null", UPPER, UPPER | NULLABLE, "yes no"),
    row("text to text of a pattern or null", TEXT, UPPER | NULLABLE, "no no"),
    row("pattern beside null added", NULLABLE, UPPER | NULLABLE, "no yes"),
    row("pattern beside null changed", UPPER | NULLABLE, LOWER | NULLABLE, "no no"),
    row("constant to text of a pattern or null", {"const": "a"}, LOWER | NULLABLE, "yes no"),
    row("constant to another pattern or null", {"const": "a"}, UPPER | NULLABLE, "no no"),
    with_types("object to object or null", ref("P"), or_null("P"), "yes no"),
    with_types("array to array or null", ref("L"), or_null("L"), "yes no"),
    with_types("open object to object or null", OPEN, or_null("P"), "no no"),
    with_types("object to open object or null", ref("P"), or_null("O"), "yes no"),
    with_types("object or null to open object or null", or_null("P"), or_null("O"), "yes no"),
    with_types("object or null to open object", or_null("P"), ref("O"), "no no"),
    with_types("object or null to a union or null", or_null("A"), or_null("U"), "yes no"),
    with_types("a named pattern or null to text or null", or_null("C"), NULLABLE, "yes no"),
    with_types("text or null to text by name or null", UPPER | NULLABLE, or_null("C"), "yes yes"),
    with_types("values or null to text or null", or_null("K"), NULLABLE, "yes no"),
    with_types("object or null to text or null", or_null("P"), NULLABLE, "no no"),
    with_types("items of an array or null", array(ref("P")), array(or_null("P")), "yes no"),
    # Maps, and any value.
    row("map to open object", map_of(), OPEN, "yes no"),
    row("map to any value", map_of(), ANY, "yes no"),
    row("values of a map widened", map_of(UPPER), map_of(), "yes no"),
    row("values of a map may be null", map_of(), map_of(NULLABLE), "yes no"),
    row("values of a map changed", map_of(INT), map_of(), "no no"),
    row("values of a map may be anything", map_of(), map_of(ANY), "yes no"),
    row("map of maps", map_of(map_of(INT)), map_of(map_of(NUMBER)), "yes no"),
    with_types("values of a map are named", map_of(), map_of(ref("C")), "no yes"),
    row("map to text", map_of(), TEXT, "no no"),
    row("array to map", array(), map_of(), "no no"),
    *(row(f"{name} to any value", schema, ANY, "yes no") for name, schema in {
        "text": TEXT, "text or null": NULLABLE, "number": NUMBER, "boolean": BOOL, "array": array(ANY),
        "open object": OPEN, "view": view_of({"b": TEXT}), "closed object": whole({"b": TEXT}), "kind": KIND,
        "constant": {"const": "a"}}.items()),
    with_types("union to any value", ref("U"), ANY, "yes no"),
    with_types("object or null to any value", or_null("P"), ANY, "yes no"),
    row("any value in other words", ANY, ANY | {"title": "A", "description": "B"}, "yes yes"),
    row("array of anything", array(), array(ANY), "yes no"),
    case("any value added, closed", whole({"a": TEXT}), whole({"a": TEXT, "b": ANY}), "no no"),
    # Values.
    row("enum value added", {"enum": ["a"]}, {"enum": ["a", "b"]}, "yes no"),
    row("enum value replaced", {"enum": ["a", "b"]}, {"enum": ["a", "c"]}, "no no"),
    row("enum values in another order", {"enum": ["a", "b"]}, {"enum": ["b", "a"]}, "yes yes"),
    row("const changed", {"const": "a"}, {"const": "b"}, "no no"),
    case("tag without a version changed", whole({"c": {"const": "a"}}), whole({"c": {"const": "b"}}), "no no"),
    row("pattern added", TEXT, UPPER, "no yes"),
    row("pattern changed", UPPER, LOWER, "no no"),
    # Bounds.
    row("maxItems tightened", array(maxItems=3), array(maxItems=2), "no yes"),
    row("maxItems added", array(), array(maxItems=2), "no yes"),
    row("minItems tightened", array(minItems=1), array(minItems=2), "no yes"),
    row("minItems added", array(), array(minItems=1), "no yes"),
    row("minItems of 0 added", array(), array(minItems=0), "yes yes"),
    row("both ends moved", array(minItems=0, maxItems=2), array(minItems=1, maxItems=3), "no no"),
    row("maximum tightened", INT | {"maximum": 9}, INT | {"maximum": 8}, "no yes"),
    row("maximum added", INT, INT | {"maximum": 8}, "no yes"),
    row("minimum tightened", INT | {"minimum": -1}, INT | {"minimum": 0}, "no yes"),
    row("minimum added", INT, INT | {"minimum": 0}, "no yes"),
    row("minimum of a number loosened", NUMBER | {"minimum": 0.5}, NUMBER | {"minimum": 0}, "yes no"),
    row("maximum of a number added", NUMBER, NUMBER | {"maximum": 0.5}, "no yes"),
    row("least length added", TEXT, TEXT | {"minLength": 1}, "no yes"),
    row("least length of nothing added", TEXT, TEXT | {"minLength": 0}, "yes yes"),
    row("most length loosened", TEXT | {"maxLength": 1}, TEXT | {"maxLength": 2}, "yes no"),
    row("most length removed beside null", NULLABLE | {"maxLength": 1}, NULLABLE, "yes no"),
    row("range shifted", INT | {"minimum": 0, "maximum": 2}, INT | {"minimum": 1, "maximum": 3}, "no no"),
    row("maxContains tightened", members("human", 2), members("human", 1), "no yes"),
    row("minContains tightened", members("human", 3), members("human", 3, 1), "no yes"),
    row("contains added", array(whole({"kind": KIND})), members("human", 1), "no yes"),
    row("contains counts others", members("human", 1), members("runtime", 1), "no no"),
    # Conditions.
    case("condition added", whole(STEP), whole(STEP, **condition("runtime", NEEDS_OP)), "no yes"),
    case("condition for another value", whole(STEP, **condition("human", NEEDS_OP)),
         whole(STEP, **condition("runtime", NEEDS_OP)), "no no"),
    case("condition demands another member", whole(STEP, **condition("human", NEEDS_NAME)),
         whole(STEP, **condition("human", NEEDS_OP)), "no no"),
    # Unions.
    types("member added", union("A", "B"), union("A", "B", "C"), "yes no"),
    types("member replaced", union("A", "B"), union("A", "C"), "no no"),
    types("members in another order", union("A", "B"), union("B", "A"), "yes yes"),
    types("object to a union that has it", {"T": union("A")["A"]}, union("A", "B"), "yes no"),
    types("object to a union without it", {"T": union("A")["A"]}, union("B", "C"), "no no"),
    types("members of another tag", union("A", "B"), union("A", "B", field="kind"), "no no"),
    types("members widened", union("A", "B", x=INT), union("A", "B", x=NUMBER), "yes no"),
    types("union to open object", {"T": view_of({"a": ref("U")}), "U": union("A", "B")["T"], **union("A", "B")}
          | {"T": view_of({"a": ref("U")})}, {"T": view_of({"a": OPEN})}, "yes no"),
    # What is no change to a document.
    row("default changed", INT | {"default": 1}, INT | {"default": 2}, "yes yes"),
    row("default added", INT, INT | {"default": 2}, "yes yes"),
    row("default null added", NULLABLE, NULLABLE | {"default": None}, "yes yes"),
    row("title and description", TEXT | {"title": "A", "description": "One."}, TEXT, "yes yes"),
    case("properties in another order", whole({"a": TEXT, "b": INT}), whole({"b": INT, "a": TEXT}), "yes yes"),
    types("type renamed", {"T": whole({"a": ref("A")}), "A": KIND}, {"T": whole({"a": ref("B")}), "B": KIND},
          "yes yes"),
    types("written out instead of named", {"T": whole({"a": ref("A")}), "A": KIND}, {"T": whole({"a": KIND})},
          "yes yes"),
    # Far below.
    types("behind two references", {"T": whole({"a": ref("A")}), "A": array(ref("B")), "B": whole({"x": INT})},
          {"T": whole({"a": ref("A")}), "A": array(ref("B")), "B": whole({"x": NUMBER})}, "yes no"),
    types("in a type that contains itself", {"T": view_of({"next": ref("T"), "x": INT})},
          {"T": view_of({"next": ref("T"), "x": NUMBER})}, "yes no"),
]  # fmt: skip

CAUTIOUS: dict[str, tuple[Case, str]] = {
    one.name: (one, why)
    for one, why in (
        (row("pattern of one text to that constant", {"type": "string", "pattern": "^a$"}, {"const": "a"}, "no yes"),
         "patterns are not enumerated"),
        (row("a limit that the length implies", array(whole({"kind": KIND}), maxItems=2),
             members("human", 2) | {"maxItems": 2}, "no yes"), "limits are compared one by one"),
        (case("condition in other words", whole(STEP, **condition("human", NEEDS_OP)),
              whole(STEP, **condition("human", NEEDS_OP | {"minProperties": 1})), "no no"),
         "conditions are compared whole"),
        (row("items of an array that is always empty", array(INT, maxItems=0), array(TEXT, maxItems=0), "no no"),
         "parts are compared each by itself"),
        (row("map of anything to open object", map_of(ANY), OPEN, "yes no"),
         "a map that allows everything is no open object"),
        (row("pattern in other words", {"type": "string", "pattern": "^[ab]$"},
             {"type": "string", "pattern": "^[a-b]$"}, "no no"), "patterns are compared as texts"),
    )
}  # fmt: skip
"""Changes that no document shows, and that are refused all the same, with the reason."""


def turned(one: Case) -> Case:
    """The change undone: what hurt new readers now hurts old ones."""
    return Case(f"{one.name}, undone", one.new, one.old, one.forward, one.backward)


CASES = [*ROWS, *map(turned, ROWS)]
