"""The types of the contracts as TypeScript declarations: readonly, with unions that their tag tells apart.

1. Closed objects have their members and no others; the tag is a literal type, so that a union narrows by it.
2. Views are known members of an open object, which keeps its other members: any JSON.
3. An array that is never empty says so, and its first item needs no check. Other bounds and patterns are no types.
4. Everything is a type alias, since an interface is not taken for a JSON object.
5. The form of the contracts has been checked (`contract_files`), and by `contract_types` how they go together.
"""

import json
from collections.abc import Iterator, Mapping

from contract_files import Contracts, Place
from contract_keywords import Node, Shape, is_closed, shape_of

JSON_VALUE = """\
/** Any JSON value, as JSON.parse gives it. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [member: string]: JsonValue };
"""

FUNCTIONS = """\
/** The first place where a result is not what its run comes to: a JSON path, and two canonical texts or `absent`. */
export type Difference = { readonly where: string; readonly expected: string; readonly found: string };

/** What the functions throw: `code` is stable, `where` a JSON path. */
export type InvalidValue = Error & { readonly name: "Tier2Error"; readonly code: string; readonly where: string };

/** The canonical JSON text (RFC 8785) of a value. Throws a InvalidValue. */
export declare function canonical(value: JsonValue): string;

/** The SHA-256 of the canonical text's UTF-8 bytes, in lower-case hexadecimal. Throws a InvalidValue. */
export declare function digest(value: JsonValue): Sha256;

/** Recomputes the result of a finished run: null, or the first difference. Throws a InvalidValue for any other run. */
export declare function verify(run: Run, result: JsonValue): Difference | null;
"""
"""What tier2.mjs exports; declared where the contracts have the documents that it is about."""

NEEDED = frozenset({"Run", "OrchestrationResult", "Sha256"})
SIMPLE: Mapping[Shape | None, str] = {
    "open object": "{ readonly [member: string]: JsonValue }",
    "string": "string",
    "string or null": "string | null",
    "boolean": "boolean",
    "integer": "number",
    "number": "number",
}

OWN = frozenset({"JsonValue", "Document", "Difference", "InvalidValue", "Error"})
"""The names that the declarations use themselves."""


def declarations(contracts: Contracts, command: str) -> str:
    """The text of the declaration file. Raises ContractFault for a type that has a name of the file's own."""
    for name, (place, _) in contracts.named.items():
        if name in OWN:
            place.refuse(f"the declarations need the name {name} themselves")
    types = [_alias(name, node, place) for name, (place, node) in contracts.named.items()]
    header = f"/**\n * Generated, do not edit. To change it, change the contracts and run `{command}`.\n */\n"
    functions = [FUNCTIONS] if contracts.named.keys() >= NEEDED else []
    return "\n".join([header, JSON_VALUE, *types, *_documents(contracts), *functions])


def _documents(contracts: Contracts) -> Iterator[str]:
    """The union of all documents, which ``contract`` tells apart."""
    tagged = {
        name: node.get("properties", {}).get("contract", {}) for name, (_, node) in contracts.named.items()
    }
    names = [name for name, tag in tagged.items() if "const" in tag]
    if names:
        members = "".join(f"\n  | {name}" for name in names)
        yield f"/** Any document; `contract` tells which. */\nexport type Document ={members};\n"


def _alias(name: str, node: Node, place: Place) -> str:
    note = _comment(node.get("description", name), "")
    return f"{note}export type {name} ={_named_type(node, place)};\n"


def _named_type(node: Node, place: Place) -> str:
    match shape_of(node):
        case "object":
            return " " + _object(node, place)
        case "union":
            return "".join(f"\n  | {_type(part, place)}" for part in node["oneOf"])
        case _:
            return " " + _type(node, place)


def _object(node: Node, place: Place) -> str:
    required = node.get("required", [])
    lines = "".join(
        f"{_comment(schema.get('description', ''), '  ')}"
        f"  readonly {name}{'' if name in required else '?'}: {_type(schema, place / 'properties' / name)};\n"
        for name, schema in node["properties"].items()
    )
    members = f"{{\n{lines}}}" if lines else "{}"
    if is_closed(node):
        return members
    return SIMPLE["open object"] + (f" & {members}" if lines else "")


def _type(node: Node, place: Place) -> str:
    shape = shape_of(node)
    if shape in SIMPLE:
        return SIMPLE[shape]
    match shape:
        case "reference":
            return str(node["$ref"]).rpartition("/")[2]
        case "constant":
            return _literal(node["const"])
        case "enumeration":
            return " | ".join(_literal(value) for value in node["enum"])
        case "array":
            return _array(_type(node["items"], place / "items"), node.get("minItems", 0))
        case _:
            place.refuse(f"there is no TypeScript for this {shape} here")


def _array(item: str, least: int) -> str:
    one = f"({item})" if " " in item and not item.startswith("readonly") else item
    return f"readonly [{item}, ...{one}[]]" if least else f"readonly {one}[]"


def _literal(text: str) -> str:
    """A text as a literal type. JSON's escapes are those of ECMAScript, and ASCII is safe in every editor."""
    return json.dumps(text)


def _comment(text: str, indent: str) -> str:
    """A description as a comment, which it must not be able to end."""
    escaped = text.replace("*/", "* /")
    return f"{indent}/** {escaped} */\n" if text else ""
