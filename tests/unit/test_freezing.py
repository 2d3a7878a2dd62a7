"""Which values does `freeze` accept, what does it return, and what does it refuse?"""

import itertools
import sys
import threading
from collections import ChainMap, Counter, OrderedDict, UserDict, UserList, UserString, defaultdict, deque
from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Any
from unittest.mock import Mock

import msgspec
import pytest
from outcomes import frozen, refusal

from tier2.contracts.v1 import MissionSpec, StepSpec
from tier2.errors import CanonicalError
from tier2.values.canonical import canonical
from tier2.values.frozen import EMPTY, FrozenObject, JsonValue, freeze, freeze_object, freeze_string
from tier2.values.numbers import EcmaFloat


class Colour(StrEnum):
    RED = "red"


class Mixed(str, Enum):  # noqa: UP042 - the older way, and behaves otherwise when shown
    RED = "red"


class Level(IntEnum):
    HIGH = 3


class Text(str):
    """A subclass of str."""


class Apart(str):
    """A str that equals only itself."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


class Unordered(str):
    """A str that cannot be compared."""

    __slots__ = ()

    def __lt__(self, other: str) -> bool:
        raise ZeroDivisionError


class Half(float):
    """A float of a class of its own."""


class Repeating(Mapping[str, int]):
    """A mapping that holds two values under one key, as HTTP headers do."""

    def __getitem__(self, key: str) -> int:
        return 1

    def __iter__(self) -> Iterator[str]:
        return iter(["a", "a"])

    def __len__(self) -> int:
        return 2


# Values that are JSON in spirit


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        (Colour.RED, "red"),
        (Mixed.RED, "red"),
        (Text("red"), "red"),
        (Level.HIGH, 3),
        (Half(0.5), 0.5),
        (Half(4.0), 4),
        (True, True),
        (None, None),
    ],
)
def test_subclasses_of_plain_scalars_become_plain(given: Any, plain: Any) -> None:
    assert frozen(given) == plain
    assert type(frozen(given)) is type(plain)
    assert frozen({"a": [given]}) == {"a": (plain,)}


@pytest.mark.parametrize("key", [Colour.RED, Mixed.RED, Text("red"), Apart("red")])
def test_keys_of_str_subclasses_become_plain(key: str) -> None:
    it = frozen({"z": 1, key: 2})
    assert list(it.items()) == [("red", 2), ("z", 1)]
    assert [type(name) for name in it] == [str, str]


@pytest.mark.parametrize(
    "given",
    [
        OrderedDict(b=1, a=2),
        MappingProxyType({"b": 1, "a": 2}),
        defaultdict(int, {"b": 1, "a": 2}),
        Counter(b=1, a=2),
        UserDict({"b": 1, "a": 2}),
        ChainMap({"b": 1}, {"a": 2, "b": 3}),
    ],
)
def test_any_mapping_becomes_a_frozen_object(given: Mapping[str, int]) -> None:
    it = frozen(given)
    assert type(it) is FrozenObject
    assert list(it.items()) == [("a", 2), ("b", 1)]
    assert canonical(given) == b'{"a":2,"b":1}'


@pytest.mark.parametrize("given", [deque([1, 2]), UserList([1, 2]), range(1, 3), (1, 2)])
def test_any_sequence_becomes_a_tuple(given: Any) -> None:
    assert type(frozen(given)) is tuple
    assert frozen(given) == (1, 2)


@pytest.mark.parametrize(
    "given",
    [
        b"bytes",
        bytearray(b"bytes"),
        memoryview(b"bytes"),
        {1, 2},
        frozenset([1]),
        object(),
        Decimal("1.5"),
        Fraction(1, 2),
        1j,
        UserString("text"),
        UserString(""),
        iter([1]),
        int,
        StepSpec(id="a", kind="human"),
        msgspec.UNSET,
    ],
    ids=lambda given: type(given).__name__,
)
def test_other_types_are_refused_with_their_path(given: Any) -> None:
    error = refusal(lambda: freeze({"a": [1, given]}))
    assert (error.code, error.where) == ("type", "$.a[1]")
    assert f"type {type(given).__name__} " in error.message
    assert error.remedy == "convert it to plain JSON first"
    assert refusal(lambda: freeze(given)).where == "$"


def test_only_mappings_become_objects() -> None:
    error = refusal(lambda: freeze_object([("a", 1)], "params"))  # type: ignore[arg-type]  # on purpose
    assert (error.code, error.where) == ("type", "$.params")
    assert error.message == "a JSON object is expected here, not list"
    assert refusal(lambda: FrozenObject([("a", 1)])).where == "$"  # type: ignore[arg-type]  # on purpose
    assert refusal(lambda: MissionSpec(type="t", params=None)).where == "$.params"  # type: ignore[arg-type]  # on purpose


def test_the_constructor_defaults_to_an_empty_object() -> None:
    assert FrozenObject() == EMPTY == {}
    assert type(EMPTY) is FrozenObject


# Numbers


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (4.0, 4),
        (-4.0, -4),
        (0.0, 0),
        (-0.0, 0),
        (9007199254740991.0, 2**53 - 1),
        (-9007199254740991.0, -(2**53 - 1)),
        (2**53 - 1, 2**53 - 1),
        (-(2**53 - 1), -(2**53 - 1)),
    ],
)
def test_an_integral_float_becomes_an_integer(given: float, kept: int) -> None:
    assert type(frozen(given)) is int
    assert frozen(given) == kept
    assert str(frozen(given)) == str(kept)


@pytest.mark.parametrize(
    "given", [9007199254740992.0, -9007199254740992.0, 1e21, 1e300, 1e-6, 5e-6, -5e-6, -1e-6]
)
def test_floats_with_own_text_stay_equal(given: float) -> None:
    assert type(frozen(given)) is EcmaFloat
    assert frozen(given) == given


@pytest.mark.parametrize(
    "given", [0.5, -0.5, 1e-5, -1e-5, 9.999999999999997e-7, -9.999999999999997e-7, 1e-300, 1.1]
)
def test_other_floats_stay_plain(given: float) -> None:
    assert type(frozen(given)) is float
    assert frozen(given) == given


@pytest.mark.parametrize("given", [float("nan"), float("inf"), float("-inf"), Half("nan")])
def test_nan_and_infinities_are_refused(given: float) -> None:
    error = refusal(lambda: freeze({"a": [0, given]}))
    assert (error.code, error.where) == ("not-finite", "$.a[1]")
    assert error.remedy == "use null or a string instead"
    assert refusal(lambda: canonical(given)).where == "$"


@pytest.mark.parametrize("given", [2**53, -(2**53), 2**53 + 1, 2**64, 10**400, -(10**400)])
def test_integers_beyond_2_to_the_53_are_refused(
    given: int,
) -> None:
    error = refusal(lambda: freeze([{"n": given}]))
    assert (error.code, error.where) == ("number-range", "$[0].n")
    assert "2**53 - 1" in error.message
    assert error.remedy == "send it as a string, or as a float"
    assert refusal(lambda: canonical(given)).code == "number-range"


# Texts and keys


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\udc00\ud800"])
def test_lone_surrogates_are_refused_in_values_and_keys(text: str) -> None:
    in_value = refusal(lambda: freeze({"a": ["ok", text]}))
    assert (in_value.code, in_value.where) == ("surrogate", "$.a[1]")
    in_key = refusal(lambda: freeze({"a": {text: 1}}))
    assert in_key.code == "surrogate"
    assert in_key.where.startswith("$.a[")
    assert in_key.remedy == "replace it by a Unicode character"
    assert refusal(lambda: freeze(Text(text))).code == "surrogate"
    assert refusal(lambda: freeze_string(text, "type")).where == "$.type"


@pytest.mark.parametrize("key", [1, 1.5, None, True, b"a", ("a",)])
def test_keys_other_than_strings_are_refused(key: object) -> None:
    error = refusal(lambda: freeze({"outer": [{"a": 1, key: 2}]}))  # type: ignore[dict-item]  # on purpose
    assert (error.code, error.where) == ("key-type", "$.outer[0]")
    assert type(key).__name__ in error.message
    assert error.remedy == "use strings as keys"


def test_freezing_survives_changes_by_a_thread() -> None:
    shared: dict[str, Any] = {"a": 0, "b": [[0]] * 50, "c": 0}
    over = threading.Event()

    def count() -> None:
        for number in itertools.takewhile(lambda _: not over.is_set(), itertools.count()):
            shared.update({"a": number, "c": number})

    writer = threading.Thread(target=count)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    writer.start()
    try:
        seen = [frozen(shared) for _ in range(4000)]
    finally:
        over.set()
        writer.join()
        sys.setswitchinterval(interval)
    assert [one for one in seen if one["a"] != one["c"]] == []


def test_keys_own_comparison_does_not_matter() -> None:
    assert list(freeze_object({Unordered("b"): 1, Unordered("a"): 2})) == ["a", "b"]
    # Not even an order of texts and numbers is asked of what is no text: Decimal's NaN raises an error of its own.
    error = refusal(lambda: freeze({"a": {Decimal("NaN"): 1, Decimal(1): 2}}))  # type: ignore[dict-item]  # on purpose
    assert (error.code, error.where) == ("key-type", "$.a")


def test_a_mapping_with_duplicate_keys_is_refused() -> None:
    error = refusal(lambda: freeze({"headers": Repeating()}))
    assert (error.code, error.where) == ("duplicate-key", "$.headers")
    assert refusal(lambda: freeze({Apart("a"): 1, Apart("a"): 2})).code == "duplicate-key"


def test_an_overridden_method_hides_no_surrogate() -> None:
    class Liar(str):
        __slots__ = ()

        def isascii(self) -> bool:
            return True

    values: list[JsonValue] = [Liar("\ud800"), [Liar("\ud800")], {Liar("\ud800"): 1}]
    for value in values:
        with pytest.raises(CanonicalError) as caught:
            freeze(value)
        assert caught.value.code == "surrogate"


def test_a_proxy_with_a_false_class_is_refused() -> None:
    for kind in (str, int, float):
        with pytest.raises(CanonicalError) as caught:
            freeze(Mock(spec=kind))
        assert caught.value.code == "type"
