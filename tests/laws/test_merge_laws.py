"""What holds for every JSON Merge Patch (RFC 7396)?"""

from hypothesis import example, given
from hypothesis import strategies as st
from json_parts import depth, exact, objects
from slow_fold import patched
from strategies import Json, json_objects, patches

from tier2.values.canonical import encode
from tier2.values.frozen import depth_bound, freeze, freeze_object, to_plain
from tier2.values.merge_patch import merge_objects, merge_patch

pairs = st.tuples(patches(), patches()) | st.tuples(json_objects(), json_objects())
"""A target, and a patch for it."""


@given(pairs)
def test_merging_gives_what_the_rfc_says(pair: tuple[Json, Json]) -> None:
    target, patch = map(freeze, pair)
    merged = merge_patch(target, patch)
    assert to_plain(merged) == patched(*pair)
    assert exact(merged) == exact(freeze(to_plain(merged)))
    assert encode(merged) == encode(freeze(patched(*pair)))


@given(pairs)
def test_merging_changes_neither_target_nor_patch(pair: tuple[Json, Json]) -> None:
    target, patch = map(freeze, pair)
    merge_patch(target, patch)
    assert (exact(target), exact(patch)) == tuple(exact(freeze(value)) for value in pair)


@given(pairs)
def test_merging_twice_is_the_same_as_once(pair: tuple[Json, Json]) -> None:
    target, patch = map(freeze, pair)
    once = merge_patch(target, patch)
    assert exact(merge_patch(once, patch)) == exact(once)


@given(json_objects())
def test_the_empty_patch_returns_the_target_itself(target: dict[str, Json]) -> None:
    it = freeze_object(target)
    assert merge_objects(it, freeze_object({})) is it


@given(pairs)
@example(({"a": {"b": [1]}}, {"a": {"c": [[1]]}}))
@example(({"a": [[[1]]], "b": 1}, {"a": None}))
def test_a_merged_value_is_no_deeper_than_the_two(pair: tuple[Json, Json]) -> None:
    target, patch = map(freeze, pair)
    merged = merge_patch(target, patch)
    assert depth(merged) <= max(depth(target), depth(patch))
    assert depth(merged) <= depth_bound(merged) <= max(depth(target), depth(patch), 1)
    assert all(depth(it) <= depth_bound(it) for it in objects(merged))
