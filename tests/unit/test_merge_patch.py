"""Does `merge_patch` do what RFC 7396 says?"""

from typing import Any

import pytest

from tier2.values.frozen import EMPTY, FrozenObject, freeze, freeze_object, to_plain
from tier2.values.merge_patch import merge_objects, merge_patch

APPENDIX_A: list[tuple[Any, Any, Any]] = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]
"""RFC 7396, Appendix A: the original, the patch, and the result."""


@pytest.mark.parametrize(("target", "patch", "result"), APPENDIX_A)
def test_the_examples_of_appendix_a_hold(target: Any, patch: Any, result: Any) -> None:
    assert to_plain(merge_patch(freeze(target), freeze(patch))) == result


def test_appendix_a_has_fifteen_examples() -> None:
    assert len(APPENDIX_A) == 15


def test_an_empty_patch_returns_the_target_itself() -> None:
    target = freeze_object({"a": {"b": 1}})
    assert merge_patch(target, EMPTY) is target
    assert merge_objects(target, freeze_object({})) is target
    assert merge_patch(freeze([1]), EMPTY) == {}


def test_untouched_members_are_shared() -> None:
    target = freeze_object({"kept": {"deep": [1]}, "changed": {"inner": {"x": 1}, "y": 1}})
    merged = merge_objects(target, freeze_object({"changed": {"y": 2}}))
    assert merged["kept"] is target["kept"]
    assert to_plain(merged) == {"kept": {"deep": [1]}, "changed": {"inner": {"x": 1}, "y": 2}}


def test_nulls_inside_arrays_are_values() -> None:
    assert to_plain(merge_patch(freeze({"a": 1}), freeze({"a": [None, {"b": None}]}))) == {
        "a": [None, {"b": None}]
    }


def test_nulls_in_a_new_object_are_dropped() -> None:
    merged = merge_patch(freeze({"a": None}), freeze({"a": {"b": None, "c": {"d": None}}}))
    assert to_plain(merged) == {"a": {"c": {}}}


def test_the_result_is_frozen_at_every_depth() -> None:
    merged = merge_patch(freeze({"a": {"x": 1}}), freeze({"a": {"b": {"c": [1]}}, "d": {}}))
    assert isinstance(merged, FrozenObject)
    assert [type(merged["a"]), type(merged["d"])] == [FrozenObject, FrozenObject]
    assert merged["a"] == {"x": 1, "b": {"c": (1,)}}


def test_new_members_are_put_in_order() -> None:
    merged = merge_objects(
        freeze_object({"b": 1, "d": {"z": 1}}), freeze_object({"a": 1, "c": 1, "d": {"y": 1}})
    )
    assert list(merged) == ["a", "b", "c", "d"]
    assert repr(merged["d"]) == "{'y': 1, 'z': 1}"
    assert list(merge_objects(merged, freeze_object({"b": None, "e": 1}))) == ["a", "c", "d", "e"]
    assert list(merge_objects(merged, freeze_object({"b": None, "bb": 1}))) == ["a", "bb", "c", "d"]


def test_a_patch_on_nothing_is_the_result_itself() -> None:
    patch = freeze_object({"a": {"b": {"c": 1}}, "d": [None]})
    assert merge_objects(EMPTY, patch) is patch
    assert merge_objects(freeze_object({"x": 1}), patch)["a"] is patch["a"]
    assert merge_objects(EMPTY, freeze_object({"a": {"b": None}})) == {"a": {}}
