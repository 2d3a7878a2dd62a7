"""The TypeScript declarations of a folder of contract files: readonly types, and unions narrowed by their tag.

1. Closed objects have their members and no others; the tag is a literal type, so that a union narrows by it.
2. Views are known members of an open object, which keeps its other members: any JSON.
3. An array that is never empty says so, and its first item needs no check. Other bounds and patterns are no types.
4. Everything is a type alias, since an interface is not taken for a JSON object.
5. `tier2.codegen.model` has checked the form of the contracts, and `tier2.codegen.python` how the types go together.
"""

import json
import re
from collections.abc import Iterator, Mapping

from tier2.codegen.dialect import Node, Shape, is_closed, shape_of, type_name
from tier2.codegen.model import Contracts, Location

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
/** The first place where a result is not that of its run: a JSON path, and two canonical texts or `absent`. */
export type Difference = { readonly where: string; readonly expected: string; readonly found: string };

/** What the functions throw: `code` is stable, `where` a JSON path. */
export type InvalidValue = Error & { readonly name: "Tier2Error"; readonly code: string; readonly where: string };

/**
 * The value of a JSON text, a string or its UTF-8, read strictly: no name stands twice, and nothing is rounded. Throws
 * an InvalidValue. Say which document it is where you know: `parse(text) as MissionSpec`.
 */
export declare function parse(text: string | Uint8Array): JsonValue;

/** The canonical JSON text (RFC 8785) of a value. Throws an InvalidValue. */
export declare function canonical(value: JsonValue): string;

/** The SHA-256 of the canonical text's UTF-8 bytes, in lower-case hexadecimal. Throws an InvalidValue. */
export declare function digest(value: JsonValue): Sha256;

/** The digest that pins a run as it is now, unfinished or finished. Throws an InvalidValue for an illegal run. */
export declare function head(run: Run): Sha256;

/** Recomputes the result of a finished run: null, or the first difference. Throws an InvalidValue for any other run. */
export declare function verify(run: Run, result: JsonValue): Difference | null;

/**
 * What contradicts itself in a result, without its run: empty if nothing does. It finds damage, and no forgery. Throws
 * an InvalidValue for a value that is no result.
 */
export declare function check(result: JsonValue): readonly { readonly where: string; readonly message: string }[];

/**
 * The Ed25519 key that signed a decision, as OpenSSH writes it (`ssh-ed25519 AAAA...`); null if it is not signed.
 *
 * `signers` is the text of an allowed_signers file; the key has to be one of `by` in it. Without it, any key will do.
 * Rejects with an InvalidValue: code `signature` if the signature is wrong, `unsupported` if it cannot be judged here.
 */
export declare function checkSignature(event: Decided, signers?: string | null): Promise<string | null>;
"""
"""The exports of tier2.mjs, declared where the contracts have the documents that they take."""

NEEDED = frozenset({"Run", "OrchestrationResult", "Decided", "Sha256"})
SIMPLE: Mapping[Shape | None, str] = {
    "open object": "{ readonly [member: string]: JsonValue }",
    "any value": "JsonValue",
    "string": "string",
    "string or null": "string | null",
    "boolean": "boolean",
    "integer": "number",
    "number": "number",
}

OWN = frozenset({"JsonValue", "Document", "Difference", "InvalidValue", "Error"})
"""The names that the declarations use themselves."""


def declarations(contracts: Contracts, command: str) -> str:
    """The text of the declaration file. Raises ContractFileError for a type with a name that the file uses itself."""
    for name, (at, _) in contracts.named.items():
        if name in OWN:
            at.refuse(f"the declarations need the name {name} themselves")
    types = [_alias(name, node, at) for name, (at, node) in contracts.named.items()]
    header = f"/**\n * Generated, do not edit. To change it, change the contracts and run `{command}`.\n */\n"
    functions = [FUNCTIONS] if contracts.named.keys() >= NEEDED else []
    return "\n".join([header, JSON_VALUE, *types, *_documents(contracts), *functions])


def _documents(contracts: Contracts) -> Iterator[str]:
    """The union of all documents, narrowed by ``contract``."""
    if contracts.documents:
        members = "".join(f"\n  | {name}" for name in contracts.documents)
        yield f"/** Any document; `contract` says which. */\nexport type Document ={members};\n"


def _alias(name: str, node: Node, at: Location) -> str:
    note = _comment(node.get("description", name), "")
    return f"{note}export type {name} ={_named_type(node, at)};\n"


def _named_type(node: Node, at: Location) -> str:
    match shape_of(node):
        case "object":
            return " " + _object(node, at)
        case "union":
            return "".join(f"\n  | {_type(part, at)}" for part in node["oneOf"])
        case _:
            return " " + _type(node, at)


def _object(node: Node, at: Location) -> str:
    required = node.get("required", [])
    lines = "".join(
        f"{_comment(schema.get('description', ''), '  ')}"
        f"  readonly {_member(name)}{'' if name in required else '?'}: {_type(schema, at / 'properties' / name)};\n"
        for name, schema in node["properties"].items()
    )
    members = f"{{\n{lines}}}" if lines else "{}"
    if is_closed(node):
        return members
    return SIMPLE["open object"] + (f" & {members}" if lines else "")


def _type(node: Node, at: Location) -> str:
    shape = shape_of(node)
    if shape in SIMPLE:
        return SIMPLE[shape]
    match shape:
        case "reference":
            return type_name(node["$ref"])
        case "constant":
            return _literal(node["const"])
        case "enumeration":
            return " | ".join(_literal(value) for value in node["enum"])
        case "reference or null":
            return f"{_type(node['oneOf'][0], at)} | null"
        case "map":
            value = _type(node["additionalProperties"], at / "additionalProperties")
            return f"{{ readonly [member: string]: {value} }}"
        case "array":
            return _array(_type(node["items"], at / "items"), node.get("minItems", 0))
        case _:
            at.refuse(f"there is no TypeScript for this {shape} here")


def _array(item: str, least: int) -> str:
    one = f"({item})" if " " in item and not item.startswith("readonly") else item
    return f"readonly [{item}, ...{one}[]]" if least else f"readonly {one}[]"


def _literal(text: str) -> str:
    """A string as a literal type. JSON's escapes are those of ECMAScript, and ASCII is safe in every editor."""
    return json.dumps(text)


def _member(name: str) -> str:
    """The name of a member, in quotation marks where it needs them."""
    return name if re.fullmatch(r"[A-Za-z_$][A-Za-z0-9_$]*", name) else _literal(name)


def _comment(text: str, indent: str) -> str:
    """A description as a comment, which it must not be able to end."""
    lines = text.replace("*/", "* /").split("\n")
    if len(lines) > 1:
        inside = "".join(f"{indent} * {line}".rstrip() + "\n" for line in lines)
        return f"{indent}/**\n{inside}{indent} */\n"
    return f"{indent}/** {lines[0]} */\n" if text else ""
