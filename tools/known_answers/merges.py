"""States, outputs, and the states after them: JSON Merge Patch (RFC 7396), with answers written by hand."""

from collections.abc import Iterator

from known_answers.parts import arrays, deep
from known_answers.reference import Object, encode, merge
from known_answers.vectors import Case, Vector, read

# number, state, output, state after; where the Appendix has no object on a side, its document stands in "x".
APPENDIX_A = (
    (1, '{"a":"b"}', '{"a":"c"}', '{"a":"c"}'),
    (2, '{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'),
    (3, '{"a":"b"}', '{"a":null}', "{}"),
    (4, '{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'),
    (5, '{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'),
    (6, '{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'),
    (7, '{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'),
    (8, '{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'),
    (9, '{"x":["a","b"]}', '{"x":["c","d"]}', '{"x":["c","d"]}'),
    (10, '{"x":{"a":"b"}}', '{"x":["c"]}', '{"x":["c"]}'),
    (11, '{"x":{"a":"foo"}}', '{"x":null}', "{}"),
    (12, '{"x":{"a":"foo"}}', '{"x":"bar"}', '{"x":"bar"}'),
    (13, '{"e":null}', '{"a":1}', '{"a":1,"e":null}'),
    (14, '{"x":[1,2]}', '{"x":{"a":"b","c":null}}', '{"x":{"a":"b"}}'),
    (15, "{}", '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'),
)

# name, flags, state, output, state after
MERGES: tuple[tuple[str, str, str, str, str | None], ...] = (
    ("nothing", "MergePatch", '{"a":1}', "{}", '{"a":1}'),
    ("into-nothing", "MergePatch", "{}", '{"a":{"b":1}}', '{"a":{"b":1}}'),
    ("nothing-into-nothing", "MergePatch", "{}", "{}", "{}"),
    ("empty-object-kept", "MergePatch", '{"a":{}}', '{"a":{}}', '{"a":{}}'),
    ("empty-object-merges", "MergePatch", '{"a":{"b":1}}', '{"a":{}}', '{"a":{"b":1}}'),
    ("nested", "MergePatch", '{"a":{"b":{"c":1,"d":2}}}', '{"a":{"b":{"c":3}}}', '{"a":{"b":{"c":3,"d":2}}}'),
    (
        "false-and-zero",
        "MergePatch",
        '{"a":1,"b":true,"c":"x"}',
        '{"a":0,"b":false,"c":""}',
        '{"a":0,"b":false,"c":""}',
    ),
    ("null-in-state-kept", "MergePatch", '{"a":{"b":null}}', '{"a":{"c":1}}', '{"a":{"b":null,"c":1}}'),
    ("delete-absent", "DeletedByNull", '{"a":1}', '{"b":null}', '{"a":1}'),
    ("delete-null", "DeletedByNull", '{"a":null,"b":1}', '{"a":null}', '{"b":1}'),
    ("delete-all", "DeletedByNull", '{"a":1,"b":[]}', '{"b":null,"a":null}', "{}"),
    (
        "delete-deep",
        "DeletedByNull",
        '{"a":{"b":{"c":{"d":1,"e":2}}}}',
        '{"a":{"b":{"c":{"d":null}}}}',
        '{"a":{"b":{"c":{"e":2}}}}',
    ),
    ("delete-leaves-empty", "DeletedByNull", '{"a":{"b":1}}', '{"a":{"b":null}}', '{"a":{}}'),
    ("delete-inside-new", "DeletedByNull", "{}", '{"a":{"b":null,"c":{"d":null}}}', '{"a":{"c":{}}}'),
    ("delete-inside-scalar", "DeletedByNull ReplacedWhole", '{"a":5}', '{"a":{"b":null}}', '{"a":{}}'),
    ("delete-empty-name", "DeletedByNull", '{"":1,"a":2}', '{"":null}', '{"a":2}'),
    ("array-replaced", "ReplacedWhole", '{"a":[1,2,3]}', '{"a":[4]}', '{"a":[4]}'),
    ("array-emptied", "ReplacedWhole", '{"a":[1]}', '{"a":[]}', '{"a":[]}'),
    ("array-of-objects", "ReplacedWhole", '{"a":[{"b":1}]}', '{"a":[{"c":2}]}', '{"a":[{"c":2}]}'),
    (
        "null-in-array",
        "ReplacedWhole NullKept",
        '{"a":[1]}',
        '{"a":[null,{"b":null}]}',
        '{"a":[null,{"b":null}]}',
    ),
    ("object-for-array", "ReplacedWhole", '{"a":[1,2]}', '{"a":{"0":3}}', '{"a":{"0":3}}'),
    ("array-for-object", "ReplacedWhole", '{"a":{"0":1}}', '{"a":[2]}', '{"a":[2]}'),
    ("scalar-for-object", "ReplacedWhole", '{"a":{"b":1}}', '{"a":false}', '{"a":false}'),
    ("object-for-null", "ReplacedWhole", '{"a":null}', '{"a":{"b":1}}', '{"a":{"b":1}}'),
    (
        "numbers",
        "IntegralFloat EcmaScriptNumber",
        '{"a":4.0,"b":1e-7}',
        '{"b":1E21,"c":-0.0}',
        '{"a":4,"b":1e+21,"c":0}',
    ),
    ("utf-16", "Utf16Order", r'{"\ufb33":1,"a":2}', r'{"\ud83d\ude00":{"\uffff":1,"\ud83d\ude00":2}}', None),
    ("same-name-escaped", "EscapedName", '{"a":1}', r'{"\u0061":2}', '{"a":2}'),
    ("normal-forms", "PlainText", r'{"\u00e9":1}', r'{"e\u0301":2}', None),
    ("proto-into-nothing", "PrototypeKey", "{}", '{"__proto__":{"a":1}}', '{"__proto__":{"a":1}}'),
    (
        "proto-into-proto",
        "PrototypeKey",
        '{"__proto__":{"a":1}}',
        '{"__proto__":{"b":2}}',
        '{"__proto__":{"a":1,"b":2}}',
    ),
    (
        "proto-scalar",
        "PrototypeKey ReplacedWhole",
        '{"__proto__":{"a":1}}',
        '{"__proto__":5}',
        '{"__proto__":5}',
    ),
    ("proto-deleted", "PrototypeKey DeletedByNull", '{"__proto__":1,"a":2}', '{"__proto__":null}', '{"a":2}'),
    ("proto-delete-absent", "PrototypeKey DeletedByNull", '{"a":2}', '{"__proto__":null}', '{"a":2}'),
    (
        "proto-deep",
        "PrototypeKey DeletedByNull",
        "{}",
        '{"a":{"__proto__":{"b":null,"c":1}}}',
        '{"a":{"__proto__":{"c":1}}}',
    ),
    (
        "proto-in-array",
        "PrototypeKey ReplacedWhole",
        '{"a":[]}',
        '{"a":[{"__proto__":null}]}',
        '{"a":[{"__proto__":null}]}',
    ),
    (
        "proto-twice",
        "PrototypeKey",
        '{"__proto__":{"__proto__":{"a":1}}}',
        '{"__proto__":{"__proto__":{"b":2}}}',
        '{"__proto__":{"__proto__":{"a":1,"b":2}}}',
    ),
    (
        "constructor",
        "PrototypeKey",
        "{}",
        '{"constructor":{"prototype":{"a":1}}}',
        '{"constructor":{"prototype":{"a":1}}}',
    ),
    ("constructor-deleted", "PrototypeKey DeletedByNull", '{"constructor":1}', '{"constructor":null}', "{}"),
    ("to-string", "PrototypeKey DeletedByNull", "{}", '{"toString":{"a":null}}', '{"toString":{}}'),
    (
        "value-of",
        "PrototypeKey",
        '{"valueOf":{"a":1}}',
        '{"valueOf":{"b":2},"hasOwnProperty":1}',
        '{"hasOwnProperty":1,"valueOf":{"a":1,"b":2}}',
    ),
    (
        "length",
        "PrototypeKey ReplacedWhole",
        '{"a":[1],"length":1}',
        '{"a":{"0":2}}',
        '{"a":{"0":2},"length":1}',
    ),
    (
        "items",
        "PrototypeKey",
        '{"items":1,"__class__":2}',
        '{"keys":3,"__class__":null}',
        '{"items":1,"keys":3}',
    ),
    (
        "event-like",
        "OpenObject",
        '{"contract":"x"}',
        '{"event":"completed","contract":null}',
        '{"event":"completed"}',
    ),
    ("deep-state", "DeepValue AtBound", encode(deep(64)), '{"n":{"n":{"a":1}}}', None),
    ("deep-output", "DeepValue AtBound", '{"n":1}', encode(deep(64)), None),
    ("deep-both", "DeepValue AtBound", encode(deep(64)), f'{{"n":{{"a":{arrays(62)}}}}}', None),
)


def merge_vectors() -> Iterator[Vector]:
    for number, state, output, after in APPENDIX_A:
        case = (f"rfc7396-{number}", "Rfc7396AppendixA", state, output, after)
        yield _vector(case, f"Case {number}.", f"RFC 7396 Appendix A case {number}")
    for one in MERGES:
        yield _vector(one, f"{one[0].replace('-', ' ').capitalize()}.", one[0])


def _vector(case: tuple[str, str, str, str, str | None], comment: str, item: str) -> Vector:
    name, flags, state, output, after = case
    if "MergePatch" not in flags:
        flags = f"MergePatch {flags}"
    inputs: Object = {"state": state, "output": output}
    told = Case("merges", f"merge-{name}", flags, comment, inputs, [("merge patch", item)])
    return told.answered(merge(read(state), read(output)), by_hand=after)
