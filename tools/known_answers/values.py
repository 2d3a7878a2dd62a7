r"""The hand-written values of the known answers: texts and structures, and the numbers of their own module.

Texts are raw: ``\u00e9`` stands for six characters of JSON text, not for one. Canonical texts are written by
hand where they fit a line; they are computed all the same, and nothing is written where the two disagree.
"""

from known_answers.number_values import NUMBERS
from known_answers.parts import arrays, objects

# id, flags, comment, text, canonical text; None where that is too long to be written by hand.
TEXTS = (
    ("empty-text", "PlainText", "The empty text.", '""', '""'),
    ("short-escapes", "Escapes", "Two-character escapes stay.", r'"\b\t\n\f\r\"\\"', r'"\b\t\n\f\r\"\\"'),
    (
        "long-to-short-escapes",
        "Escapes",
        "They are preferred.",
        r'"\u0008\u0009\u000A\u000c\u000D\u0022\u005C"',
        r'"\b\t\n\f\r\"\\"',
    ),
    (
        "controls",
        "Escapes",
        "Other controls: lower-case hexadecimal.",
        r'"\u0000\u001F\u000B"',
        r'"\u0000\u001f\u000b"',
    ),
    ("delete", "PlainText", "U+007F is no control here, nor U+0080.", r'"\u007f\u0080"', '"\x7f\x80"'),
    ("solidus", "Escapes", "A solidus is not escaped.", r'"<\/b>"', '"</b>"'),
    ("separators", "PlainText", "U+2028 and U+2029 stay.", r'"\u2028\u2029"', '"\u2028\u2029"'),
    ("euro", "PlainText", "Letters need no escape.", r'"\u20AC \u0041"', '"\u20ac A"'),
    ("beyond-bmp", "PlainText", "A pair of escapes is one character.", r'"\ud83d\ude00"', '"\U0001f600"'),
    ("largest-character", "PlainText", "U+10FFFF.", r'"\uDBFF\uDFFF"', '"\U0010ffff"'),
    ("noncharacters", "PlainText", "U+FFFE and U+FFFF are texts.", r'"\ufffe\uffff"', '"\ufffe\uffff"'),
    ("bom-inside", "PlainText", "U+FEFF inside a text stays.", r'"\ufeffa"', '"\ufeffa"'),
    (
        "normal-forms",
        "PlainText",
        "Normal forms are not merged.",
        r'["\u00e9", "e\u0301"]',
        '["\u00e9","e\u0301"]',
    ),
    ("escaped-backslash", "Escapes", "No surrogate: an escaped backslash.", r'"\\ud800"', r'"\\ud800"'),
)

STRUCTURES = (
    ("null", "WholeValue", "Null.", "null", "null"),
    ("true", "WholeValue", "True.", "true", "true"),
    ("false", "WholeValue WhiteSpace", "False, with white space around.", "\t\r\n false ", "false"),
    ("empty-array", "WholeValue", "An empty array.", "[ ]", "[]"),
    ("empty-object", "WholeValue", "An empty object.", "{ }", "{}"),
    (
        "mixed",
        "KeyOrder",
        "Objects in arrays in objects.",
        '{"b":[{"d":[],"c":{}}],"a":null}',
        '{"a":null,"b":[{"c":{},"d":[]}]}',
    ),
    (
        "order-plain",
        "KeyOrder",
        "Upper case before lower case.",
        '{"b":1,"a":2,"B":3,"A":4}',
        '{"A":4,"B":3,"a":2,"b":1}',
    ),
    (
        "order-numbers",
        "KeyOrder",
        "Digits are text, too.",
        '{"9":1,"10":2,"1":3,"":4}',
        '{"":4,"1":3,"10":2,"9":1}',
    ),
    (
        "order-prefix",
        "KeyOrder",
        "A shorter key comes first.",
        '{"ab":1,"a":2,"a!":3}',
        '{"a":2,"a!":3,"ab":1}',
    ),
    (
        "order-controls",
        "KeyOrder Escapes",
        "Sorted by character, not by escape.",
        r'{"\"":1,"\\":2,"\n":3,"!":4}',
        r'{"\n":3,"!":4,"\"":1,"\\":2}',
    ),
    (
        "order-accents",
        "KeyOrder",
        "Not by language.",
        r'{"z":1,"\u00e9":2,"e\u0301":3}',
        '{"e\u0301":3,"z":1,"\u00e9":2}',
    ),
    (
        "order-beyond-bmp",
        "Utf16Order",
        "UTF-16 order: U+1F600 stands before U+E000, U+FB33 and U+FFFF.",
        r'{"\uffff":1,"\ufb33":2,"\ue000":3,"\ud83d\ude00":4,"\ud7ff":5}',
        '{"\ud7ff":5,"\U0001f600":4,"\ue000":3,"\ufb33":2,"\uffff":1}',
    ),
    (
        "order-beyond-bmp-later",
        "Utf16Order",
        "The same after a common beginning, and nested.",
        r'[{"a":{"x\uf8ff":1,"x\udbff\udfff":2,"x\ud800\udc00":3}}]',
        '[{"a":{"x\U00010000":3,"x\U0010ffff":2,"x\uf8ff":1}}]',
    ),
    (
        "order-plane-1",
        "Utf16Order",
        "U+E000 alone.",
        r'{"\ue000":1,"\ud83d\ude00":2}',
        '{"\U0001f600":2,"\ue000":1}',
    ),
    (
        "order-plane-4",
        "Utf16Order",
        "Another plane.",
        r'{"\uffff":1,"\ud8c0\udc00":2}',
        '{"\U00040000":2,"\uffff":1}',
    ),
    (
        "order-plane-8",
        "Utf16Order",
        "Another plane.",
        r'{"\uff01":1,"\ud9c0\udc00":2}',
        '{"\U00080000":2,"\uff01":1}',
    ),
    (
        "order-plane-12",
        "Utf16Order",
        "Another plane.",
        r'{"\ufffd":1,"\udac0\udc00":2}',
        '{"\U000c0000":2,"\ufffd":1}',
    ),
    (
        "order-plane-16",
        "Utf16Order",
        "The last plane.",
        r'{"\uf000":1,"\udbff\udfff":2}',
        '{"\U0010ffff":2,"\uf000":1}',
    ),
    (
        "prototype",
        "PrototypeKey",
        "A key like any other.",
        '{"__proto__":{"b":1,"a":2},"Z":0}',
        '{"Z":0,"__proto__":{"a":2,"b":1}}',
    ),
    (
        "constructor",
        "PrototypeKey",
        "So are these.",
        '{"toString":1,"constructor":2}',
        '{"constructor":2,"toString":1}',
    ),
    (
        "contract-like",
        "WholeValue KeyOrder",
        "Outside documents, a tag is plain.",
        '{"event":"?","contract":1}',
        '{"contract":1,"event":"?"}',
    ),
    (
        "same-keys-apart",
        "WholeValue KeyOrder",
        "The same key in different objects.",
        '[{"a":1},{"a":{"a":1}}]',
        '[{"a":1},{"a":{"a":1}}]',
    ),
    ("arrays-64", "DeepValue", "64 arrays deep.", arrays(64), None),
    ("arrays-128", "DeepValue AtBound", "128 arrays deep, the limit of a document.", arrays(128), None),
    ("objects-64", "DeepValue", "64 objects deep, the limit of an open value.", objects(64), None),
    ("objects-128", "DeepValue AtBound", "128 objects deep.", objects(128), None),
)


_SHORT = {8: r"\b", 9: r"\t", 10: r"\n", 12: r"\f", 13: r"\r"}
CONTROLS = tuple(
    (
        f"control-{code:02x}",
        "Escapes",
        f"U+{code:04X}, with an escape in capitals, as a name and as a text.",
        f'{{"\\u{code:04X}":"\\u{code:04X}"}}',
        '{"' + _SHORT.get(code, f"\\u{code:04x}") + '":"' + _SHORT.get(code, f"\\u{code:04x}") + '"}',
    )
    for code in range(32)
)

NAMES = tuple(
    (
        f"name-{name}",
        "PrototypeKey KeyOrder",
        "A name like any other, beside one before it and one after.",
        f'{{"{name}":{{"{name}":null}},"~":[],"!":0}}',
        f'{{"!":0,"{name}":{{"{name}":null}},"~":[]}}',
    )
    for name in (
        "__proto__",
        "constructor",
        "toString",
        "valueOf",
        "hasOwnProperty",
        "length",
        "__class__",
        "keys",
        "0",
        "-1",
    )
)

VALUES = (*NUMBERS, *TEXTS, *CONTROLS, *STRUCTURES, *NAMES)
