"""JSON Merge Patch (RFC 7396) of frozen values: how an event's output changes the state."""

from tier2.values.frozen import EMPTY, FrozenObject, JsonValue, in_order, trusted_object


def merge_patch(target: JsonValue, patch: JsonValue) -> JsonValue:
    """``target`` with a JSON Merge Patch applied (RFC 7396 section 2); both are frozen, and so is the result.

    The cost grows with the objects along the patch's paths; everything else is shared with the target. Merging never
    builds a value deeper than the deeper of the two.

    >>> from tier2.values.frozen import freeze
    >>> merge_patch(freeze({"a": 1, "b": {"c": 2}}), freeze({"a": None, "b": {"d": 3}}))
    {'b': {'c': 2, 'd': 3}}
    """
    if type(patch) is not FrozenObject:
        return patch
    return merge_objects(target if type(target) is FrozenObject else EMPTY, patch)


def merge_objects(target: FrozenObject, patch: FrozenObject) -> FrozenObject:
    """`merge_patch` of two objects.

    An empty patch returns the target itself, so that nobody hashes it twice. If the target is empty and the patch
    deletes nothing, it returns the patch itself.
    """
    if not patch:
        return target
    if not target:
        return _without_nulls(patch)
    members = dict(target)
    has_grown = False
    for key, member in patch.items():
        if member is None:
            members.pop(key, None)
            continue
        old = members.get(key)
        # A frozen object may have null members, too.
        has_grown = has_grown or (old is None and key not in members)
        members[key] = (
            merge_objects(old if type(old) is FrozenObject else EMPTY, member)
            if type(member) is FrozenObject
            else member
        )
    return trusted_object(
        in_order(members) if has_grown else members, max(target.depth_bound, patch.depth_bound)
    )


def _without_nulls(patch: FrozenObject) -> FrozenObject:
    """The result of a patch on an empty object: the patch without its nulls."""
    members: dict[str, JsonValue] | None = None
    for key, member in patch.items():
        kept = _without_nulls(member) if type(member) is FrozenObject else member
        if kept is None or kept is not member:
            members = dict(patch) if members is None else members
            members[key] = kept
    if members is None:
        return patch
    return trusted_object(
        {key: member for key, member in members.items() if member is not None}, patch.depth_bound
    )
