"""The parts of a JSON value, plain or frozen: each inner value, the depth, the order of members, the exact types."""

from typing import Any


def parts(value: Any) -> list[Any]:
    """A value and every value in it."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [value, *(part for item in inner for part in parts(item))]


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects in a value, itself included."""
    return [part for part in parts(value) if isinstance(part, dict)]


def depth(value: Any) -> int:
    """How deep a value nests: a scalar is 0 deep, `{}` is 1 deep."""
    if not isinstance(value, dict | list | tuple):
        return 0
    return 1 + max(
        (depth(item) for item in (value.values() if isinstance(value, dict) else value)), default=0
    )


def backwards(value: Any) -> Any:
    """The same JSON value in plain dicts and lists, with the members of each object in the opposite order."""
    if isinstance(value, dict):
        return {key: backwards(member) for key, member in reversed(value.items())}
    return [backwards(item) for item in value] if isinstance(value, list | tuple) else value


def exact(value: Any) -> str:
    """A string that differs where values differ: in a type, in the sign of zero, in the order of members."""
    kind = type(value).__name__
    if isinstance(value, dict):
        return f"{kind}{{{','.join(f'{key!r}:{exact(item)}' for key, item in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"{kind}[{','.join(map(exact, value))}]"
    return f"{kind}:{value!r}"
