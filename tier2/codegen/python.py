"""The Python module of a folder of contract files: Structs for objects, aliases for everything else.

1. Closed objects become frozen, keyword-only Structs in which every property is required on the wire; ``default`` is
   for the Python constructor only. Objects that say ``additionalProperties: true`` become views: Structs that read the
   known members of an open object.
2. ``if``/``then`` and ``contains`` say more than a type can. The module lists them in ``CONDITIONS``, and the strict
   decoder must know every one of them.
3. `tier2.codegen.model` has checked the form of each schema. This module checks how the named types go together:
   references, tags of unions, cycles, names, and the parts of a closed object.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from tier2.codegen.dialect import (
    MAX_EXACT,
    Node,
    constant_member,
    demands_emptiness,
    demands_string_member,
    fits_bounds,
    fits_string,
    is_closed,
    only_member,
    python_pattern,
    shape_of,
    tag_of,
    type_name,
)
from tier2.codegen.model import MAX_NESTING, Contracts, Location, Refusals, python_name

IMPORTS: tuple[tuple[tuple[str, tuple[str, ...]], ...], ...] = (
    (
        ("collections.abc", ("Mapping",)),
        ("types", ("MappingProxyType",)),
        ("typing", ("Annotated", "Literal", "NewType", "TypeAlias")),
    ),
    (("msgspec", ("UNSET", "Meta", "UnsetType")),),
    (
        (
            "tier2.contracts.base",
            (
                *("EMPTY_MAP", "AnyValue", "OpenObject", "StringMap", "View", "coerce_array", "coerce_map"),
                *("coerce_number", "coerce_object", "coerce_string", "coerce_value", "require"),
            ),
        ),
        ("tier2.values.canonical", ("Sha256",)),
        ("tier2.values.frozen", ("EMPTY", "MAX_VALUE_DEPTH", "FrozenObject", "JsonValue")),
        ("tier2.values.structs", ("Value",)),
    ),
)
"""The names that the module may import, in groups."""

SHARED = {"Sha256": "^[0-9a-f]{64}$"}
"""Named strings that are imported: with this very pattern they are the types of `tier2.values.canonical`."""

TAKEN = frozenset(name for group in IMPORTS for _, names in group for name in names if name not in SHARED) | {
    *("CONDITIONS", "DOCUMENTS", "in_order", "to_dict"),
    *("bool", "float", "int", "str", "tuple"),
}
"""The names that the module uses itself. A type or a property of such a name would hide it."""

_COERCE: Mapping[str, str] = {
    "enumeration": "coerce_string",
    "any value": "coerce_value",
    "number": "coerce_number",
}
"""The functions that make the value of a field immutable, by the shape of its schema."""


def module(contracts: Contracts, header: str) -> str:
    """The text of the module. Raises ContractFileError.

    header: its docstring.
    """
    types, refusals = _Types(contracts), Refusals()
    for name in contracts.named:
        with refusals:
            types.write(name)
    refusals.check()
    body = "\n\n".join(filter(None, [*types.blocks.values(), _documents(contracts)]))
    constants = "".join(f"{name} = {value}\n" for name, value in types.constants.items())
    return "\n".join([
        header,
        *_imports(body),
        *([constants] if constants else []),
        _conditions(types.conditions),
        "\n" + body,
    ])  # fmt: skip


def _imports(body: str) -> Iterator[str]:
    """The import lines that the body needs, one text a group."""
    code = re.sub(r'"""(?:.|\n)*?"""|"(?:[^"\\]|\\.)*"', "", body)

    def is_used(name: str) -> bool:
        return re.search(rf"\b{name}\b", code) is not None and f"\n{name} = " not in code

    for group in IMPORTS:
        used = [(origin, [name for name in names if is_used(name)]) for origin, names in group]
        lines = [_import(origin, names) for origin, names in used if names]
        if lines:
            yield "".join(lines)


def _import(origin: str, names: Sequence[str]) -> str:
    """An import of names, a line for each of them if one line would have more than 120 characters."""
    line = f"from {origin} import {', '.join(names)}\n"
    if len(line) <= 121:
        return line
    return f"from {origin} import (\n{_indented([f'{name},' for name in names], 4)})\n"


def _documents(contracts: Contracts) -> str:
    """The mapping of the documents; empty if there is none."""
    tags = {contracts.named[name][1]["properties"]["contract"]["const"]: name for name in contracts.documents}
    lines = _indented([f"{_quoted(tag)}: {tags[tag]}," for tag in sorted(tags)], 4)
    return (
        f"DOCUMENTS: Mapping[str, type[Value]] = MappingProxyType({{\n{lines}}})\n"
        '"""The classes of the documents, by the contract that they name."""\n'
        if tags
        else ""
    )


def _conditions(locations: Sequence[str]) -> str:
    listed = "\n" + "".join(f'    "{location}",\n' for location in locations) if locations else ""
    return (
        f"CONDITIONS: tuple[str, ...] = ({listed})\n"
        '"""What the contracts say beyond types: whoever reads documents has to check it."""\n'
    )


class _Types:
    """The text of the types, built up name by name, each after the names that it needs."""

    def __init__(self, contracts: Contracts) -> None:
        self.contracts = contracts
        self.blocks: dict[str, str] = {}
        self.constants: dict[str, int] = {}
        self.conditions: list[str] = []
        self._unfinished: list[str] = []

    def write(self, name: str) -> None:
        """Adds the block of a named type, unless it is there, after the blocks of all types that it needs."""
        at, node = self.contracts.named[name]
        if name in self._unfinished:
            at.refuse(f"{name} contains itself, which cannot be expressed")
        if len(self._unfinished) > MAX_NESTING:
            at.refuse("it nests too deep")
        if name not in self.blocks:
            self._unfinished.append(name)
            try:
                self.blocks[name] = self._block(name, node, at)
            finally:
                self._unfinished.pop()

    def _target(self, node: Node, at: Location) -> tuple[str, Node]:
        """The named type that a ``$ref`` leads to; its block is written first."""
        name = self.contracts.target(node["$ref"], at)
        self.write(name)
        return name, self.contracts.named[name][1]

    def _followed(self, node: Node) -> Node:
        """The schema that a reference leads to, where the reference has been checked before; else the node itself."""
        return self.contracts.named[type_name(node["$ref"])][1] if "$ref" in node else node

    # Named types.

    def _block(self, name: str, node: Node, at: Location) -> str:
        if name in TAKEN:
            at.refuse(f"the module needs the name {name} itself")
        match shape_of(node):
            case "open object":
                return f"{name}: TypeAlias = OpenObject\n"
            case "object":
                return self._struct(name, node, at)
            case "string" if "pattern" in node:
                return "" if SHARED.get(name) == node["pattern"] else f'{name} = NewType("{name}", str)\n'
            case "union":
                return self._union(name, node, at)
            case "array":
                self._limits(name, node, at)
                return f"{name}: TypeAlias = {self._type(node, at, closed=True)}\n"
            case "enumeration" | "map":
                return f"{name}: TypeAlias = {self._type(node, at, closed=True)}\n"
            case shape:
                at.refuse(f"a named {shape} has no use: write it where it is needed")

    def _union(self, name: str, node: Node, at: Location) -> str:
        members = [self._target(part, at / "oneOf" / i) for i, part in enumerate(node["oneOf"])]
        tags = [tag_of(schema) for _, schema in members]
        if len({tag and tag[0] for tag in tags}) != 1 or None in tags or len(set(tags)) != len(tags):
            at.refuse(
                "the members of a union need one tag, a property with a `const`, and different values of it"
            )
        return f"{name}: TypeAlias = {' | '.join(member for member, _ in members)}\n"

    def _struct(self, name: str, node: Node, at: Location) -> str:
        fields: list[str] = []
        checks: list[str] = []
        notes: list[str] = []
        names: dict[str, str] = {}
        refusals = Refusals()
        for member, schema in node["properties"].items():
            with refusals:
                here = at / "properties" / member
                if shape_of(schema) == "constant":
                    if tag_of(node) != (member, schema["const"]):
                        here.refuse("a constant is the first property, and in a closed object: the tag")
                    continue
                field = python_name(member, TAKEN | self.contracts.named.keys())
                if field in names:
                    here.refuse(
                        f"{names[field]!r} and {member!r} would have one name in Python, {field}: rename one"
                    )
                names[field] = member
                if text := schema.get("description"):
                    notes.append(f"{field}: {text}")
                fields.append(f"{field}: {self._field(member, schema, node, here)}")
                if is_closed(node):
                    checks += self._check(field, member, schema, here)
        refusals.check()
        self._if_then(node, at)
        if is_closed(node) and self._is_in_order(node):
            fields.insert(0, "in_order = True")
        return (
            f"class {name}({_class_options(node, names)}):\n"
            + _docstring(node.get("description", name), notes)
            + ("\n" + _indented(fields, 4) if fields else "")
            + ("\n    def __post_init__(self) -> None:\n" + _indented(checks, 8) if checks else "")
        )

    def _field(self, member: str, schema: Node, owner: Node, at: Location) -> str:
        """The annotation of a field, and its default."""
        annotation = self._type(schema, at, closed=is_closed(owner))
        if "default" in schema:
            return f"{annotation} = {self._default(schema, at)}"
        if member in owner.get("required", []):
            return annotation
        return f"{annotation} | UnsetType = UNSET"

    def _type(self, node: Node, at: Location, *, closed: bool) -> str:
        """The annotation of a field or of an array's items.

        closed: whether it stands in a closed object; nothing but msgspec checks the fields of a view.
        """
        match shape_of(node):
            case "reference":
                name, target = self._target(node, at)
                if shape_of(target) == "open object" and not closed:
                    return "Mapping[str, JsonValue]"
                return _annotated(name, *_pattern(target))
            case "enumeration":
                return f"Literal[{', '.join(map(_quoted, node['enum']))}]"
            case "string" | "string or null" as shape:
                limits = (*_bounds(node, minLength="min_length", maxLength="max_length"), *_pattern(node))
                return _annotated("str", *limits) + (" | None" if shape == "string or null" else "")
            case "array" | "map" | "reference or null":
                return self._compound(node, at, closed=closed)
            case "boolean" | "any value" as shape:
                return "bool" if shape == "boolean" else "AnyValue" if closed else "JsonValue"
            case "integer":
                bounded = {"minimum": -MAX_EXACT, "maximum": MAX_EXACT} | node if closed else node
                return _annotated("int", *_bounds(bounded, minimum="ge", maximum="le"))
            case "number":
                return _annotated("float", *_bounds(node, minimum="ge", maximum="le"))
            case shape:
                at.refuse(f"this {shape} must be a named type under $defs")

    def _compound(self, node: Node, at: Location, *, closed: bool) -> str:
        """The annotation of an array, a map, or a reference beside null."""
        match shape_of(node):
            case "array":
                item = self._type(node["items"], at / "items", closed=closed)
                limits = _bounds(node, minItems="min_length", maxItems="max_length")
                return _annotated(f"tuple[{item}, ...]", *limits)
            case "map" if closed:
                value = self._value_class(node, at)
                return "StringMap" if value == "str" else f"Mapping[str, {value}]"
            case "map":
                value = self._type(node["additionalProperties"], at / "additionalProperties", closed=False)
                return f"Mapping[str, {value}]"
            case _:
                return f"{self._type(node['oneOf'][0], at / 'oneOf' / 0, closed=closed)} | None"

    def _default(self, schema: Node, at: Location) -> str:
        """The constructor's default as Python."""
        value, shape = schema["default"], shape_of(schema)
        target = self._target(schema, at)[1] if shape == "reference" else schema
        match value:
            case {} if value == {} and shape_of(target) in ("open object", "map"):
                if shape_of(target) == "open object":
                    return "EMPTY"
                return "EMPTY_MAP" if target["additionalProperties"] == {"type": "string"} else "{}"
            case [] if shape_of(target) == "array" and not target.get("minItems"):
                return "()"
            case None if shape in ("string or null", "reference or null"):
                return "None"
            case bool() if shape == "boolean":
                return repr(value)
            case int() | float() if shape == "number" and fits_bounds(value, schema):
                return repr(value)
            case int() if shape == "integer" and fits_bounds(value, schema):
                return repr(value)
            case str() if shape in ("string", "string or null") and fits_string(value, schema):
                return _quoted(value)
            case _:
                (at / "default").refuse(f"the default does not fit this {shape}")

    # The checks of a closed object.

    def _check(self, field: str, member: str, node: Node, at: Location) -> tuple[str, ...]:
        """The lines of ``__post_init__`` that check one field when a program constructs the value."""
        guard, call = self._guarded(field, node, at)
        if member != field:
            call = f"{call.removesuffix(')')}, member={_quoted(member)})"
        return (f"if {guard}:", f"    {call}") if guard else (call,)

    def _guarded(self, field: str, node: Node, at: Location) -> tuple[str, str]:
        """The call that checks a field, and the condition on which it is needed; an empty one for always.

        Most fields are strings and open objects, and most of these are plain already. A test in place finds that out
        without a call: `run_workflow` would take 8 to 15 % more instructions if each of them were a call.
        """
        name, target = self._target(node, at) if "$ref" in node else ("", node)
        value = f"self.{field}"
        arguments = f"self, {_quoted(field)}, {value}"
        match shape_of(target):
            case "string or null":
                return _unless_null(value, self._guarded(field, {"type": "string"}, at))
            case "reference or null":
                return _unless_null(value, self._guarded(field, target["oneOf"][0], at / "oneOf" / 0))
            case "open object":
                guard = f"type({value}) is not FrozenObject or {value}.depth_bound > MAX_VALUE_DEPTH"
                return guard, f"coerce_object({arguments})"
            case "string":
                return f"type({value}) is not str or not {value}.isascii()", f"coerce_string({arguments})"
            case "enumeration" | "any value" | "number" as shape:
                return "", f"{_COERCE[shape]}({arguments})"
            case "array" | "map" as shape:
                inside = self._item_classes if shape == "array" else self._value_class
                return "", f"coerce_{shape}({arguments}, {inside(target, at)})"
            case "object" | "union":
                return "", f"require({arguments}, {self._classes(name, target, at)})"
            case shape:  # a boolean or an integer: `_type` has refused all else
                return "", f"require({arguments}, {'bool' if shape == 'boolean' else 'int'})"

    def _classes(self, name: str, target: Node, at: Location) -> str:
        """The classes that a part of a closed object may have. A view would lose the members that it does not know."""
        if shape_of(target) == "union":
            return ", ".join(type_name(part["$ref"]) for part in target["oneOf"])
        if not is_closed(target):
            at.refuse(f"{name} is a view, which cannot be part of a closed object")
        return name

    def _item_classes(self, array: Node, at: Location) -> str:
        """The classes that the items of an array in a closed object may have."""
        item, target = array["items"], self._followed(array["items"])
        if shape_of(item) == "string":
            return "str"
        if shape_of(item) == "reference" and shape_of(target) in ("object", "union"):
            return self._classes(type_name(item["$ref"]), target, at)
        at.refuse("an array in a closed object holds strings or named objects")

    def _value_class(self, node: Node, at: Location) -> str:
        """The class that the values of a map in a closed object have."""
        here, value = at / "additionalProperties", node["additionalProperties"]
        if value == {"type": "string"}:
            return "str"
        if shape_of(value) == "reference":
            name, target = self._target(value, here)
            if shape_of(target) == "object":
                return self._classes(name, target, here)
        here.refuse("a map in a closed object holds plain strings or named objects")

    def _is_in_order(self, node: Node) -> bool:
        """Whether a closed object, and each one in it, has its properties in canonical order; msgspec keeps it."""
        match shape_of(node):
            case "object":
                names = [name.encode("utf-16-be") for name in node["properties"]]
                return names == sorted(names) and all(map(self._is_in_order, node["properties"].values()))
            case "union" | "reference or null":
                return all(map(self._is_in_order, node["oneOf"]))
            case "array":
                return self._is_in_order(node["items"])
            case "map":
                return self._is_in_order(node["additionalProperties"])
            case "reference":
                return self._is_in_order(self._followed(node))
            case _:
                return True

    # Conditions.

    def _limits(self, name: str, node: Node, at: Location) -> None:
        """Adds the constants of ``contains``: ``Steps`` gives ``MAX_TOTAL_STEPS`` and ``MAX_HUMAN_STEPS``."""
        if "contains" not in node:
            return
        match constant_member(node["contains"]):
            case (member, value) if (
                node["minContains"] == 0 and "maxItems" in node and re.fullmatch("[a-z]+", value)
            ):
                limits = {"total": node["maxItems"], value: node["maxContains"]}
            case _:
                (at / "contains").refuse(
                    'only {"properties": {NAME: {"const": WORD}}} with minContains 0, maxContains and maxItems is known'
                )
        self.conditions.append(f"{at}/contains")
        items: Node = self._target(node["items"], at / "items")[1] if "$ref" in node["items"] else {}
        if value == "total" or value not in self._allowed(items, member):
            (at / "contains").refuse(f"no item can have the {member} {value!r}")
        plural = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()
        for word, limit in limits.items():
            constant = f"MAX_{word.upper()}_{plural}"
            if constant in self.constants:
                at.refuse(f"{constant} is already there: rename {name}")
            self.constants[constant] = limit

    def _if_then(self, node: Node, at: Location) -> None:
        """Adds the condition of an object: a constant member demands an empty object, or one with a string member."""
        if "if" not in node:
            return
        member, value = constant_member(node["if"]) or ("", "")
        target, then = only_member(node["then"]) or ("", None)
        known = demands_emptiness(then) or demands_string_member(then)
        if not known or value not in self._allowed(node, member) or not self._is_open(node, target, at):
            (at / "if").refuse(
                "only `a constant member demands an empty object, or one with a string member` is known"
            )
        self.conditions.append(f"{at}/if")

    def _allowed(self, node: Node, member: str) -> list[str]:
        """The values that a member of an object may have, if it is an enumeration."""
        values: list[str] = self._followed(node.get("properties", {}).get(member, {})).get("enum", [])
        return values

    def _is_open(self, node: Node, member: str, at: Location) -> bool:
        schema = node["properties"].get(member, {})
        return "$ref" in schema and shape_of(self._target(schema, at)[1]) == "open object"


def _class_options(node: Node, names: Mapping[str, str]) -> str:
    base, forbid = ("Value", ", forbid_unknown_fields=True") if is_closed(node) else ("View", "")
    tag = tag_of(node)
    naming = f", tag_field={_quoted(tag[0])}, tag={_quoted(tag[1])}" if tag else ""
    renamed = [f"{_quoted(field)}: {_quoted(member)}" for field, member in names.items() if field != member]
    renaming = f", rename={{{', '.join(renamed)}}}" if renamed else ""
    return f"{base}, frozen=True, kw_only=True{forbid}{naming}{renaming}"


def _unless_null(value: str, check: tuple[str, str]) -> tuple[str, str]:
    """The check of a field that may be null, made of the check of its other values."""
    guard, call = check
    return f"{value} is not None" + (f" and ({guard})" if guard else ""), call


def _docstring(text: str, notes: Sequence[str]) -> str:
    lines = _escaped(text, 4)
    if not notes:
        return f'    """{lines}"""\n'
    members = [_escaped(note, 8) for note in notes]
    return f'    """{lines}\n\n{_indented(members, 4)}    """\n'


def _escaped(text: str, width: int) -> str:
    """A text as it stands in a docstring, its lines but for the first one indented."""
    text = re.sub(r"\n(?=.)", "\n" + " " * width, text)
    escaped = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'{escaped[:-1]}\\"' if escaped.endswith('"') else escaped


def _indented(lines: Sequence[str], width: int) -> str:
    return "".join(f"{' ' * width}{line}\n" for line in lines)


def _annotated(base: str, *limits: str) -> str:
    return f"Annotated[{base}, Meta({', '.join(limits)})]" if limits else base


def _bounds(node: Node, **names: str) -> Iterator[str]:
    """The bounds that a schema has, under msgspec's names for them."""
    return (f"{name}={node[key]}" for key, name in names.items() if key in node)


def _pattern(node: Node) -> Iterator[str]:
    """The pattern of a string, for msgspec."""
    if "pattern" in node:
        yield f"pattern={_quoted(python_pattern(node['pattern']))}"


def _quoted(text: str) -> str:
    """A Python string literal in ASCII, with double quotes."""
    return json.dumps(text)
