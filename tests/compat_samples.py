"""Small documents that two versions of a contract may disagree on, found by trying values near what the schemas say.

Deliberately dumb: it knows no rule of the checker, and whether a value is valid is for a JSON Schema validator to say.
"""

from collections.abc import Iterator
from itertools import islice, product
from typing import Any

from contract_schemas import EcmaValidator
from small_contracts import Schema

JUNK: list[Any] = [None, True, 0, 0.5, "a", "A", [], {}]
DEPTH = 5
MOST = 400


def samples(node: Any, defs: Schema, extra: list[str], depth: int = DEPTH) -> list[Any]:
    """Values near a schema; the names in ``extra`` are tried as members of every object."""
    if depth == 0:
        return [*JUNK]
    if node == {"type": "object"}:
        return [*JUNK, *({name: value} for name in extra for value in ("a", 0))]
    if isinstance(node.get("additionalProperties"), dict):
        values = samples(node["additionalProperties"], defs, extra, depth - 1)
        return [*JUNK, *({name: value} for name in ["a", *extra] for value in values)]
    if "$ref" in node:
        return samples(defs[node["$ref"].rpartition("/")[2]], defs, extra, depth)
    if "oneOf" in node:
        return [value for part in node["oneOf"] for value in samples(part, defs, extra, depth)]
    if "properties" in node:
        return list(islice(_objects(node, defs, extra, depth), MOST))
    if node.get("type") == "array":
        return list(_arrays(samples(node["items"], defs, extra, depth - 1)))
    bounds = [node[key] + step for key in ("minimum", "maximum") if key in node for step in (-1, 0, 1)]
    lengths = [node[key] + step for key in ("minLength", "maxLength") if key in node for step in (-1, 0, 1)]
    texts = ["a" * length for length in lengths]
    return [*node.get("enum", []), *([node["const"]] if "const" in node else []), *bounds, *texts, *JUNK]


def _objects(node: Schema, defs: Schema, extra: list[str], depth: int) -> Iterator[dict[str, Any]]:
    """Objects with each choice of a property's values at a time, then with a name more or less."""
    names = list(node["properties"])
    inner = {name: samples(node["properties"][name], defs, extra, depth - 1) for name in names}
    fitting = {name: _fitting(node["properties"][name], defs, inner[name]) for name in names}
    bases = [dict(zip(names, values, strict=True)) for values in islice(product(*fitting.values()), 20)]
    for base in bases:
        yield base
        for name in [*names, *extra]:
            yield {key: value for key, value in base.items() if key != name}
    for base in bases:
        for name in extra:
            yield from (base | {name: value} for value in JUNK)
        for name in names:
            yield from (base | {name: value} for value in inner[name])


def _fitting(node: Any, defs: Schema, values: list[Any]) -> list[Any]:
    fits = EcmaValidator({"$defs": defs, "allOf": [node]})
    return [value for value in values if fits.is_valid(value)][:6]


def _arrays(items: list[Any]) -> Iterator[list[Any]]:
    few = [*items[:12], *items[-8:]]
    for length in range(5):
        for one in few:
            yield [one] * length
    for one, other in product(few[:8], few[:8]):
        yield [one, other]
        yield [one, other, other]


def disagreements(old: Schema, new: Schema) -> tuple[list[Any], list[Any], int]:
    """Documents that only the old contract takes, those that only the new one takes, and how many both take."""
    extra = sorted(_names(old) | _names(new) | {"unknown"})
    root = {"$ref": "#/$defs/T"}
    values = [value for defs in (old, new) for value in samples(root, defs, extra)]
    before, after = (EcmaValidator({"$defs": defs, **root}) for defs in (old, new))
    answers = [(value, before.is_valid(value), after.is_valid(value)) for value in values]
    only_old = [value for value, was, now in answers if was and not now]
    only_new = [value for value, was, now in answers if now and not was]
    return only_old, only_new, sum(was and now for _, was, now in answers)


def _names(node: Any) -> set[str]:
    """The names of all properties in a schema."""
    if isinstance(node, list):
        return set().union(*map(_names, node))
    if not isinstance(node, dict):
        return set()
    found = set(node["properties"]) if isinstance(node.get("properties"), dict) else set()
    return found.union(*map(_names, node.values()))
