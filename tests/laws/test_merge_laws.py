"""What holds for every JSON Merge Patch?"""

from typing import Any

from hypothesis import example, given
from strategies import Json, json_objects, patches, utf16

from tier2.values.canonical import encode
from tier2.values.frozen import FrozenObject, depth_bound, freeze, freeze_object, to_plain
from tier2.values.merge_patch import merge_objects, merge_patch


def slow_merge(target: Json, patch: Json) -> Json:
    """RFC 7396 section 2, word for word, on plain values."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            if name in result:
                del result[name]
        else:
            result[name] = slow_merge(result.get(name), value)
    return result


def depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value
    return 1 + max(map(depth, inner), default=0) if isinstance(value, dict | tuple | list) else 0


def objects(value: Any) -> list[dict[str, Any]]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    found = [value] if isinstance(value, dict) else []
    return [*found, *(one for item in inner for one in objects(item))]


@given(patches(), patches())
def test_merging_gives_what_the_rfc_says_word_for_word(target: Json, patch: Json) -> None:
    assert to_plain(merge_patch(freeze(target), freeze(patch))) == slow_merge(target, patch)


@given(json_objects(), json_objects())
def test_merging_any_values_gives_what_the_rfc_says_word_for_word(target: Json, patch: Json) -> None:
    assert to_plain(merge_patch(freeze(target), freeze(patch))) == slow_merge(target, patch)


@given(patches(), patches())
def test_the_bytes_of_a_merged_value_are_those_of_the_value_frozen_anew(target: Json, patch: Json) -> None:
    merged = merge_patch(freeze(target), freeze(patch))
    assert repr(merged) == repr(freeze(to_plain(merged)))
    assert encode(merged) == encode(freeze(slow_merge(target, patch)))


@given(patches(), patches())
def test_merging_changes_neither_of_the_two(target: Json, patch: Json) -> None:
    old, change = freeze(target), freeze(patch)
    merge_patch(old, change)
    assert (repr(old), repr(change)) == (repr(freeze(target)), repr(freeze(patch)))


@given(patches(), patches())
def test_a_merged_value_is_frozen_and_in_canonical_order(target: Json, patch: Json) -> None:
    found = objects(merge_patch(freeze(target), freeze(patch)))
    assert {type(it) for it in found} <= {FrozenObject}
    assert [list(it) for it in found] == [sorted(it, key=utf16) for it in found]


@given(patches(), patches())
def test_merging_twice_is_merging_once(target: Json, patch: Json) -> None:
    once = merge_patch(freeze(target), freeze(patch))
    assert repr(merge_patch(once, freeze(patch))) == repr(once)


@given(json_objects())
def test_the_empty_patch_changes_nothing(target: dict[str, Json]) -> None:
    it = freeze_object(target)
    assert merge_objects(it, freeze_object({})) is it


@given(patches(), patches())
@example({"a": {"b": [1]}}, {"a": {"c": [[1]]}})
@example({"a": [[[1]]], "b": 1}, {"a": None})
def test_a_merged_value_is_no_deeper_than_the_deeper_of_the_two_and_knows_a_bound(
    target: Json, patch: Json
) -> None:
    old, change = freeze(target), freeze(patch)
    merged = merge_patch(old, change)
    assert depth(merged) <= max(depth(old), depth(change))
    assert depth(merged) <= depth_bound(merged) <= max(depth(old), depth(change), 1)
    assert all(depth(it) <= depth_bound(it) for it in objects(merged))
