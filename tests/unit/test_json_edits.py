"""Does an edit of a JSON text change only the values that differ, and does it look like the rest of the text?"""

import json
from typing import Any

import pytest

from tier2.inspection.json_edits import edited

Json = Any

PRETTY = """{
    "a" : [1, 2.50, {"b":"\\u00e9"}],
    "c": {
        "d": null, "e": [
            1
        ]
    },
    "f": ""
}
"""


@pytest.mark.parametrize(
    ("path", "new", "old_text", "new_text"),
    [
        (("a", 1), True, "2.50", "true"),
        (("a", 2, "b"), "\u20ac", '"\\u00e9"', '"\\u20ac"'),
        (("a",), [], '[1, 2.50, {"b":"\\u00e9"}]', "[]"),
        (("a", 2), {"x": [0, {}], "b": ""}, '{"b":"\\u00e9"}', '{"b": "", "x": [0, {}]}'),
        (("c", "d"), "x", "null", '"x"'),
        (("c", "d"), [1], "null", "[\n            1\n        ]"),
        (("f",), {"g": {"h": 1}}, '"f": ""', '"f": {\n        "g": {\n            "h": 1\n        }\n    }'),
        (("c", "e"), [1, 2], "            1\n", "            1,\n            2\n"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_an_edit_leaves_the_rest_of_a_text_alone(
    path: tuple[str | int, ...], new: Json, old_text: str, new_text: str, newline: str
) -> None:
    old, changed = json.loads(PRETTY), json.loads(PRETTY)
    owner = changed
    for part in path[:-1]:
        owner = owner[part]
    owner[path[-1]] = new
    assert PRETTY.count(old_text) == 1
    after = PRETTY.replace(old_text, new_text)
    assert edited(PRETTY.replace("\n", newline), old, changed) == after.replace("\n", newline)


@pytest.mark.parametrize(
    ("text", "new", "after"),
    [
        (
            '{"a":1,"b":[{"c":2}]}',
            {"a": {"x": [1, 2], "y": 1}, "b": [{"c": 3}]},
            '{"a":{"x":[1,2],"y":1},"b":[{"c":3}]}',
        ),
        ('{"a": 1,"b": 2}', {"a": {"x": [1, 2], "y": 1}, "b": 2}, '{"a": {"x": [1, 2], "y": 1},"b": 2}'),
        ('{"a": "\u00e9", "b": 1}', {"a": "\u00e9", "b": "\u20ac"}, '{"a": "\u00e9", "b": "\u20ac"}'),
        ('{"\\u00e9\\"": "\\u00e9" }', {'\u00e9"': "\u20ac"}, '{"\\u00e9\\"": "\\u20ac" }'),
        ('\n{\n\t"a":\n\t\t1\n}', {"a": ["\u20ac"]}, '\n{\n\t"a":\n\t\t[\n\t\t\t"\\u20ac"\n\t\t]\n}'),
        ('{\n  "\u00e9": 1\n}', {"\u00e9": ["\u20ac"]}, '{\n  "\u00e9": [\n    "\u20ac"\n  ]\n}'),
        ("[1, true]", [True, 1], "[true, 1]"),
        ("[]", {}, "{}"),
        ("{}", {"b": 1, "a": 2}, '{"b":1,"a":2}'),
        ('{"b":{"x":1},"a":2}', {"a": 2, "b": {"y": 2, "x": 1}, "c": 3}, '{"b":{"x":1,"y":2},"a":2,"c":3}'),
        (" 1\n", 2, " 2\n"),
        ('{"a": 1, "b": 1}', {"a": 2, "b": 22}, '{"a": 2, "b": 22}'),
    ],
)
def test_an_edit_looks_like_the_rest_of_a_text(text: str, new: Json, after: str) -> None:
    assert edited(text, json.loads(text), new) == after
