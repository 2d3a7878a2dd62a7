"""JSON Merge Patch (RFC 7396) of frozen values: how an event's output changes the state."""

from tier2.frozen import EMPTY, FrozenObject, JsonValue, in_order, sealed


def merge_patch(target: JsonValue, patch: JsonValue) -> JsonValue:
    """``target`` with a JSON Merge Patch applied (RFC 7396 section 2); both are frozen, and so is the result.

    The cost grows with the objects along the patch's paths; everything else is shared with the target. Merging never
    builds a value deeper than the deeper of the two.

    >>> from tier2.frozen import freeze
    >>> merge_patch(freeze({"a": 1, "b": {"c": 2}}), freeze({"a": None, "b": {"d": 3}}))
    {'b': {'c': 2, 'd': 3}}
    """
    if type(patch) is not FrozenObject:
        return patch
    return merge_objects(target if type(target) is FrozenObject else EMPTY, patch)


def merge_objects(target: FrozenObject, patch: FrozenObject) -> FrozenObject:
    """`merge_patch` of two objects.

    An empty patch gives the very target, so that nobody hashes it twice; and a patch of nothing that deletes nothing
    gives the very patch.
    """
    if not patch:
        return target
    members = dict(target)
    is_patch, has_grown = not target, False
    for key, member in patch.items():
        if member is None:
            is_patch = False
            members.pop(key, None)
            continue
        merged = member
        old = members.get(key)
        if type(member) is FrozenObject:
            merged = merge_objects(old if type(old) is FrozenObject else EMPTY, member)
            is_patch = is_patch and merged is member
        # A frozen object has members that are null, too.
        has_grown = has_grown or (old is None and key not in members)
        members[key] = merged
    if is_patch:
        return patch
    if has_grown:
        members = in_order(members)
    return sealed(members, max(target.depth_bound, patch.depth_bound))
