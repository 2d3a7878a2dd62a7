"""The types of the contracts as Python text: Structs for objects, aliases for everything else.

`contract_files` has checked each schema's own form. What is checked here is how the named types go together:
references, tags of unions, cycles, names, and what a closed object may consist of.
"""

import json
import re
from collections.abc import Iterator

from contract_files import MAX_NESTING, Contracts, Place
from contract_keywords import Node, is_closed, shape_of

IMPORTS: tuple[tuple[tuple[str, tuple[str, ...]], ...], ...] = (
    (("collections.abc", ("Mapping",)), ("typing", ("Annotated", "Literal", "NewType", "TypeAlias"))),
    (("msgspec", ("UNSET", "Meta", "UnsetType")),),
    (
        (
            "tier2.contracts.base",
            ("OpenObject", "View", "coerce_array", "coerce_object", "coerce_string", "require"),
        ),
        ("tier2.values.canonical", ("Sha256",)),
        ("tier2.values.frozen", ("EMPTY", "MAX_VALUE_DEPTH", "FrozenObject", "JsonValue")),
        ("tier2.values.structs", ("Value",)),
    ),
)
"""What the types' text may need of other modules, in groups."""

SHARED = {"Sha256": "^[0-9a-f]{64}$"}
"""Named strings that are not defined anew: with this very pattern they are the types of `tier2.values.canonical`."""

TAKEN = frozenset(name for group in IMPORTS for _, names in group for name in names if name not in SHARED) | {
    *("CONDITIONS", "in_order", "to_dict"),
    *("bool", "float", "int", "str", "tuple"),
}
"""The names that the module uses itself. A type or a property of such a name would hide it."""


class Types:
    """The text of the types, built up name by name, each after the names that it needs."""

    def __init__(self, contracts: Contracts) -> None:
        self.contracts = contracts
        self.blocks: dict[str, str] = {}
        self.constants: dict[str, int] = {}
        self.conditions: list[str] = []
        self._under_way: list[str] = []

    def write(self, name: str) -> None:
        """Adds the block of a named type, unless it is there, after the blocks of all types that it needs."""
        place, node = self.contracts.named[name]
        if name in self._under_way:
            place.refuse(f"{name} contains itself, which cannot be expressed")
        if len(self._under_way) > MAX_NESTING:
            place.refuse("it nests too deep")
        if name not in self.blocks:
            self._under_way.append(name)
            self.blocks[name] = self._block(name, node, place)
            self._under_way.pop()

    def _target(self, node: Node, place: Place) -> tuple[str, Node]:
        """The named type that a ``$ref`` leads to; its block is written first."""
        name = self.contracts.target(node["$ref"], place)
        self.write(name)
        return name, self.contracts.named[name][1]

    def _block(self, name: str, node: Node, place: Place) -> str:
        if name in TAKEN:
            place.refuse(f"the module needs the name {name} itself")
        match shape_of(node):
            case "open object":
                return f"{name}: TypeAlias = OpenObject\n"
            case "object":
                return self._struct(name, node, place)
            case "string" if "pattern" in node:
                if SHARED.get(name) == node["pattern"]:
                    return ""
                return f'{name} = NewType("{name}", str)\n'
            case "union":
                return self._union(name, node, place)
            case "array":
                self._contains(name, node, place)
                return f"{name}: TypeAlias = {self._type(node, place, closed=True)}\n"
            case "enumeration":
                return f"{name}: TypeAlias = {self._type(node, place, closed=True)}\n"
            case shape:
                place.refuse(f"a named {shape} has no use: write it where it is needed")

    def _union(self, name: str, node: Node, place: Place) -> str:
        members = [self._target(part, place / "oneOf" / i) for i, part in enumerate(node["oneOf"])]
        tags = [tag_of(schema) for _, schema in members]
        if len({tag and tag[0] for tag in tags}) != 1 or None in tags or len(set(tags)) != len(tags):
            place.refuse(
                "the members of a union need one tag, a property with a `const`, and different values of it"
            )
        return f"{name}: TypeAlias = {' | '.join(member for member, _ in members)}\n"

    def _struct(self, name: str, node: Node, place: Place) -> str:
        lines: list[str] = []
        checks: list[str] = []
        notes: list[str] = []
        for field, schema in node["properties"].items():
            where = place / "properties" / field
            if field in TAKEN or field in self.contracts.named:
                where.refuse(f"the property {field} would hide what else has that name in the module")
            if shape_of(schema) == "constant":
                if tag_of(node) != (field, schema["const"]):
                    where.refuse("a constant is the first property, and in a closed object: the tag")
                continue
            if text := schema.get("description"):
                notes.append(f"{field}: {text}")
            lines.append(f"    {field}: {self._field(field, schema, node, where)}\n")
            if is_closed(node):
                checks.extend(f"        {line}\n" for line in self._check(field, schema, where))
        self._if_then(node, place)
        if is_closed(node) and self._in_order(node):
            lines.insert(0, "    in_order = True\n")
        text = f"class {name}({class_options(node)}):\n{docstring(node.get('description', name), notes)}"
        text += "\n" + "".join(lines) if lines else ""
        return text + ("\n    def __post_init__(self) -> None:\n" + "".join(checks) if checks else "")

    def _field(self, field: str, schema: Node, owner: Node, place: Place) -> str:
        """The annotation of a field, and its default."""
        annotation = self._type(schema, place, closed=is_closed(owner))
        if "default" in schema:
            return f"{annotation} = {self._default(schema, place)}"
        if field in owner.get("required", []):
            return annotation
        return f"{annotation} | UnsetType = UNSET"

    def _type(self, node: Node, place: Place, *, closed: bool) -> str:
        """The annotation of a field or of an array's items."""
        match shape_of(node):
            case "reference":
                name, target = self._target(node, place)
                # Nothing but msgspec checks a view.
                return (
                    "Mapping[str, JsonValue]"
                    if shape_of(target) == "open object" and not closed
                    else annotated(name, *pattern_of(target))
                )
            case "enumeration":
                return f"Literal[{', '.join(quoted(value) for value in node['enum'])}]"
            case "array":
                item = self._type(node["items"], place / "items", closed=closed)
                return annotated(
                    f"tuple[{item}, ...]", *bounds(node, minItems="min_length", maxItems="max_length")
                )
            case "string":
                return annotated("str", *pattern_of(node))
            case "string or null":
                return "str | None"
            case "boolean":
                return "bool"
            case "integer":
                if closed and not {"minimum", "maximum"} <= node.keys():
                    place.refuse("an integer in a closed object needs minimum and maximum")
                return annotated("int", *bounds(node, minimum="ge", maximum="le"))
            case "number":
                if closed:
                    place.refuse(
                        "a number in a closed object has no exact type: use a bounded integer or an open object"
                    )
                return "float"
            case shape:
                place.refuse(f"this {shape} must be a named type under $defs")

    def _default(self, schema: Node, place: Place) -> str:
        """The constructor's default as Python."""
        value, shape = schema["default"], shape_of(schema)
        target = self._target(schema, place)[1] if shape == "reference" else schema
        match value:
            case {} if value == {} and shape_of(target) == "open object":
                return "EMPTY"
            case [] if shape_of(target) == "array" and not target.get("minItems"):
                return "()"
            case None if shape == "string or null":
                return "None"
            case bool() if shape == "boolean":
                return repr(value)
            case int() if shape == "integer" and fits_integer(value, schema):
                return repr(value)
            case str() if shape in ("string", "string or null") and fits_text(value, schema):
                return quoted(value)
            case _:
                (place / "default").refuse(f"the default does not fit this {shape}")

    def _check(self, field: str, node: Node, place: Place) -> tuple[str, ...]:
        """The lines of ``__post_init__`` that make sure of one field when a program constructs the value.

        A value that is plainly right is seen to be so in place: a call would cost several times as much.
        """
        name, target = self._target(node, place) if "$ref" in node else ("", node)
        value = f"self.{field}"
        match shape_of(target):
            case "open object":
                doubt = f"type({value}) is not FrozenObject or {value}.depth_bound > MAX_VALUE_DEPTH"
                return f"if {doubt}:", f"    coerce_object(self, {quoted(field)}, {value})"
            case "object" | "union" as shape:
                is_odd = f"is not {self._class(name, target, place)}"
                if shape == "union":
                    names = [part["$ref"].rpartition("/")[2] for part in target["oneOf"]]
                    is_odd = f"not in ({', '.join(names)})"
                return f"if type({value}) {is_odd}:", f"    require(self, {quoted(field)}, {value}, {name})"
            case "array":
                return (f"coerce_array(self, {quoted(field)}, {value}, {self._item_class(target, place)})",)
            case "string or null":
                return f"if {value} is not None:", f"    coerce_string(self, {quoted(field)}, {value})"
            case (
                "enumeration"
            ):  # a type checker knows its class, and would call the rest of a test unreachable
                return (f"coerce_string(self, {quoted(field)}, {value})",)
            case "string":
                doubt = f"type({value}) is not str or not {value}.isascii()"
                return f"if {doubt}:", f"    coerce_string(self, {quoted(field)}, {value})"
            case "boolean":
                return (f"require(self, {quoted(field)}, {value}, bool)",)
            case "integer":
                return (f"require(self, {quoted(field)}, {value}, int)",)
            case shape:
                place.refuse(f"a {shape} cannot be a property of a closed object")

    def _in_order(self, node: Node) -> bool:
        """Whether a closed object, and each one in it, has its properties in canonical order; msgspec keeps it."""
        match shape_of(node):
            case "object":
                names = [*node["properties"]]
                return names == sorted(names) and all(map(self._in_order, node["properties"].values()))
            case "union":
                return all(map(self._in_order, node["oneOf"]))
            case "array":
                return self._in_order(node["items"])
            case "reference":
                return self._in_order(self.contracts.named[node["$ref"].rpartition("/")[2]][1])
            case _:
                return True

    def _class(self, name: str, target: Node, place: Place) -> str:
        if shape_of(target) == "object" and not is_closed(target):
            # A view reads only what it knows; as a part of a document it would lose the other members.
            place.refuse(f"{name} is a view, which cannot be part of a closed object")
        return name

    def _item_class(self, array: Node, place: Place) -> str:
        """The class of the items of an array in a closed object, for the check at construction."""
        item = array["items"]
        if shape_of(item) == "string":
            return "str"
        if shape_of(item) == "reference":
            # The array may be a named type of another file, so the name alone is looked up here.
            name = str(item["$ref"]).rpartition("/")[2]
            target = self.contracts.named[name][1]
            if shape_of(target) in ("object", "union"):
                return self._class(name, target, place)
        place.refuse("an array in a closed object holds texts or named objects")

    def _contains(self, name: str, node: Node, place: Place) -> None:
        """``Steps`` with ``maxItems`` and ``contains`` gives ``MAX_TOTAL_STEPS`` and ``MAX_HUMAN_STEPS``."""
        if "contains" not in node:
            return
        match constant_member(node["contains"]):
            case (member, value) if (
                node["minContains"] == 0 and "maxItems" in node and re.fullmatch("[a-z]+", value)
            ):
                most = {"total": node["maxItems"], value: node["maxContains"]}
            case _:
                (place / "contains").refuse(
                    'only {"properties": {NAME: {"const": WORD}}} with minContains 0, maxContains and maxItems is known'
                )
        self.conditions.append(f"{place}/contains")
        items: Node = self._target(node["items"], place / "items")[1] if "$ref" in node["items"] else {}
        if value == "total" or value not in self._enumerated(items, member):
            (place / "contains").refuse(f"no item can have the {member} {value!r}")
        plural = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()
        for word, number in most.items():
            constant = f"MAX_{word.upper()}_{plural}"
            if constant in self.constants:
                place.refuse(f"{constant} is already there: rename {name}")
            self.constants[constant] = number

    def _if_then(self, node: Node, place: Place) -> None:
        """Takes note of: a constant member demands an empty object, or one with a text member."""
        if "if" not in node:
            return
        member, value = constant_member(node["if"]) or ("", "")
        target, then = only_member(node["then"]) or ("", None)
        known = demands_nothing_inside(then) or demands_text_member(then)
        if not known or value not in self._enumerated(node, member) or not self._is_open(node, target, place):
            (place / "if").refuse(
                "only `a constant member demands an empty object, or one with a text member` is known"
            )
        self.conditions.append(f"{place}/if")

    def _enumerated(self, node: Node, member: str) -> list[str]:
        """The values that a member of an object may have, if it is an enumeration."""
        schema = node.get("properties", {}).get(member, {})
        # The reference has been followed before, from the place where it stands.
        target = self.contracts.named[schema["$ref"].rpartition("/")[2]][1] if "$ref" in schema else schema
        values: list[str] = target.get("enum", [])
        return values

    def _is_open(self, node: Node, member: str, place: Place) -> bool:
        schema = node["properties"].get(member, {})
        return "$ref" in schema and shape_of(self._target(schema, place)[1]) == "open object"


def tag_of(node: Node) -> tuple[str, str] | None:
    """The tag of a closed object: its first property, if that is a constant."""
    if shape_of(node) != "object" or not is_closed(node):
        return None
    for field, schema in node["properties"].items():
        return (field, schema["const"]) if "const" in schema else None
    return None


def class_options(node: Node) -> str:
    base, forbid = ("Value", ", forbid_unknown_fields=True") if is_closed(node) else ("View", "")
    tag = tag_of(node)
    naming = f", tag_field={quoted(tag[0])}, tag={quoted(tag[1])}" if tag else ""
    return f"{base}, frozen=True, kw_only=True{forbid}{naming}"


def constant_member(node: object) -> tuple[str, str] | None:
    """NAME and TEXT of a schema that is exactly ``{"properties": {NAME: {"const": TEXT}}}``."""
    match only_member(node):
        case name, {"const": str(value), **more} if not more:
            return name, value
    return None


def only_member(node: object) -> tuple[str, object] | None:
    """NAME and what it says of it, of a schema that is exactly ``{"properties": {NAME: ...}}``."""
    match node:
        case {"properties": dict(members), **rest} if not rest and len(members) == 1:
            [(name, schema)] = members.items()
            return str(name), schema
    return None


def demands_nothing_inside(node: object) -> bool:
    """Whether a schema is exactly ``{"maxProperties": 0}``."""
    match node:
        case {"maxProperties": int(most), **rest}:
            return not rest and most == 0 and most is not False
    return False


def demands_text_member(node: object) -> bool:
    """Whether a schema is exactly ``{"required": [NAME], "properties": {NAME: {"type": "string"}}}``."""
    match node:
        case {"required": [str(name)], "properties": properties, **rest}:
            return not rest and properties == {name: {"type": "string"}}
    return False


def annotated(base: str, *limits: str) -> str:
    return f"Annotated[{base}, Meta({', '.join(limits)})]" if limits else base


def bounds(node: Node, **names: str) -> Iterator[str]:
    """msgspec's names and the values of the bounds that a schema has."""
    return (f"{name}={node[key]}" for key, name in names.items() if key in node)


def pattern_of(node: Node) -> Iterator[str]:
    """The pattern of a text, for msgspec."""
    if "pattern" in node:
        yield f"pattern={quoted(python_pattern(node['pattern']))}"


def python_pattern(pattern: str) -> str:
    r"""The same pattern for Python, whose ``$`` also matches before a trailing newline, so that it becomes ``\Z``."""
    return pattern.removesuffix("$") + r"\Z"


def fits_text(value: str, node: Node) -> bool:
    fits = "pattern" not in node or re.search(python_pattern(node["pattern"]), value) is not None
    return fits and value.isprintable()


def fits_integer(value: int, node: Node) -> bool:
    return type(value) is int and node.get("minimum", value) <= value <= node.get("maximum", value)


def quoted(text: str) -> str:
    """A Python string literal in ASCII, with double quotes."""
    return json.dumps(text)


def docstring(text: str, notes: list[str]) -> str:
    if not notes:
        return f'    """{text}"""\n'
    return f'    """{text}\n\n' + "".join(f"    {note}\n" for note in notes) + '    """\n'
