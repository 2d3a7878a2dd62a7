"""Which Python module is generated from a contract? (`test_generator_refusals` has what is refused.)

The contracts here are small and belong to the tests, so that a change of the real ones cannot hide a fault. The
generated text is run as Python, and its types are used.
"""

import ast
import copy
import hashlib
import inspect
import json
import os
import subprocess
import sys
from pathlib import Path
from types import MappingProxyType

import msgspec
import pytest
from small_contracts import (
    KIND,
    LIMITED,
    OPEN,
    TEXT,
    Schema,
    closed,
    contract,
    module_of,
    read,
    ref,
    run,
    text_of,
    view_of,
)

from tier2.codegen.generation import COMMAND, V1, Target, drift, generate, target_of
from tier2.errors import ContractError


class TestClosedObjects:
    def test_a_closed_object_is_a_strict_frozen_struct(self) -> None:
        made = module_of({"Thing": closed({"name": TEXT, "note": {"type": ["string", "null"]}})})
        thing = read('{"name": "a", "note": null}', made.Thing)
        assert (thing.name, thing.note) == ("a", None)
        with pytest.raises(AttributeError):
            thing.name = "b"
        with pytest.raises(TypeError):
            made.Thing("a", None)
        for text in ('{"name": "a", "note": null, "more": 1}', '{"name": "a"}', '{"name": 1, "note": null}'):
            with pytest.raises(msgspec.ValidationError):
                read(text, made.Thing)

    def test_every_class_has_the_options_of_a_strict_struct(self) -> None:
        tree = ast.parse(text_of({"One": closed({"a": TEXT}), "Two": closed({"b": TEXT})}))
        classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
        assert [{word.arg for word in node.keywords} for node in classes] == [
            {"frozen", "kw_only", "forbid_unknown_fields"}
        ] * 2

    def test_a_constant_first_property_is_the_tag(self) -> None:
        made = module_of({"Thing": closed({"contract": {"const": "thing/v1"}, "name": TEXT})})
        assert made.Thing(name="a").to_dict() == {"contract": "thing/v1", "name": "a"}
        with pytest.raises(msgspec.ValidationError):
            read('{"contract": "thing/v2", "name": "a"}', made.Thing)

    def test_a_closed_object_may_have_no_properties(self) -> None:
        made = module_of({"Nothing": closed({})})
        assert read("{}", made.Nothing).to_dict() == {}

    def test_descriptions_become_docstrings(self) -> None:
        made = module_of(
            {"Thing": closed({"name": {**TEXT, "description": "Its name."}}, description="A thing.")}
        )
        assert inspect.getdoc(made.Thing) == "A thing.\n\nname: Its name."

    def test_an_open_object_does_not_follow_the_callers_dict(self) -> None:
        made = module_of(
            {"JsonObject": OPEN, "Thing": closed({"data": {**ref("JsonObject"), "default": {}}})}
        )
        data = {"list": [1]}
        thing = made.Thing(data=data)
        data["list"].append(2)
        assert thing.to_dict() == {"data": {"list": [1]}}
        assert made.Thing().to_dict() == {"data": {}}
        with pytest.raises(TypeError):
            thing.data["new"] = 1

    def test_arrays_become_tuples_even_if_a_list_is_passed(self) -> None:
        made = module_of(
            {
                "Thing": closed({"names": {"type": "array", "items": TEXT, "minItems": 1, "maxItems": 2}}),
                "Things": {"type": "array", "items": ref("Thing")},
                "All": closed({"things": {**ref("Things"), "default": []}}),
            }
        )
        assert made.Thing(names=["a"]).names == ("a",)
        assert made.All(things=[made.Thing(names=["a"])]).things == (made.Thing(names=("a",)),)
        assert made.All().things == ()
        for text in ('{"names": []}', '{"names": ["a", "b", "c"]}', '{"names": [1]}'):
            with pytest.raises(msgspec.ValidationError):
                read(text, made.Thing)

    def test_the_constructor_checks_each_field(self) -> None:
        made = module_of(
            {
                "JsonObject": OPEN,
                "Kind": KIND,
                "Part": closed({"id": TEXT}),
                "Thing": closed(
                    {
                        "text": TEXT,
                        "kind": ref("Kind"),
                        "flag": {"type": "boolean"},
                        "count": {"type": "integer", "minimum": 0, "maximum": 9},
                        "part": ref("Part"),
                        "parts": {"type": "array", "items": ref("Part")},
                        "note": {"type": ["string", "null"]},
                        "data": ref("JsonObject"),
                    }
                ),
            }
        )
        part = made.Part(id="p")
        good = {
            "text": "a",
            "kind": "human",
            "flag": True,
            "count": 1,
            "part": part,
            "parts": [part],
            "note": None,
            "data": {},
        }
        assert made.Thing(**good).to_dict()["parts"] == [{"id": "p"}]
        wrong: dict[str, object] = {
            "text": 1,
            "kind": None,
            "flag": 1,
            "count": True,
            "part": {"id": "p"},
            "parts": [{}],
            "note": 1,
            "data": [],
        }
        for field, value in wrong.items():
            with pytest.raises(ValueError, match=field):
                made.Thing(**{**good, field: value})

    def test_decoding_checks_bounds_values_and_types(self) -> None:
        made = module_of(
            {
                "Thing": closed(
                    {
                        "kind": {"enum": ["a", "b"]},
                        "count": {"type": "integer", "minimum": -1, "maximum": 9, "default": 3},
                        "flag": {"type": "boolean", "default": True},
                    }
                )
            }
        )
        thing = made.Thing(kind="a")
        assert (thing.count, thing.flag) == (3, True)
        assert read('{"kind": "b", "count": 9, "flag": false}', made.Thing).count == 9
        for kind, count, flag in (
            ("c", 1, True),
            ("a", 10, True),
            ("a", -2, True),
            ("a", True, True),
            ("a", 1, 1),
        ):
            with pytest.raises(msgspec.ValidationError):
                read(json.dumps({"kind": kind, "count": count, "flag": flag}), made.Thing)

    @pytest.mark.parametrize(
        ("bounds", "default"),
        [
            ({"minimum": -1, "maximum": 9}, -1),
            ({"minimum": -1, "maximum": 9}, 0),
            ({"minimum": -1, "maximum": 9}, 9),
            ({"minimum": 3}, 3),
            ({"maximum": 3}, 3),
            ({}, 5),
        ],
    )
    def test_a_default_may_be_any_integer_within_its_bounds(self, bounds: Schema, default: int) -> None:
        count = {"type": "integer", "default": default, **bounds}
        assert module_of({"Wish": view_of({"count": count})}).Wish().count == default

    @pytest.mark.parametrize("default", [None, "", "a"])
    def test_a_default_of_string_or_null_may_be_either(self, default: str | None) -> None:
        made = module_of({"Thing": closed({"note": {"type": ["string", "null"], "default": default}})})
        assert made.Thing().note == default


class TestPatterns:
    @pytest.mark.parametrize("named", [False, True])
    def test_a_pattern_ends_at_the_very_end_of_the_string(self, named: bool) -> None:
        code = {"type": "string", "pattern": "^[0-9]{2}$"}
        made = module_of({"Code": code, "Thing": closed({"code": ref("Code") if named else code})})
        assert read('{"code": "12"}', made.Thing).code == "12"
        for wrong in ("12\\n", "123", "x12", "\u0661\u0662"):
            with pytest.raises(msgspec.ValidationError):
                read(f'{{"code": "{wrong}"}}', made.Thing)

    def test_a_digest_has_the_type_of_the_package(self) -> None:
        ours, other = (
            text_of(
                {
                    "Sha256": {"type": "string", "pattern": f"^[0-9a-f]{{{size}}}$"},
                    "A": closed({"a": ref("Sha256")}),
                }
            )
            for size in (64, 32)
        )
        assert "from tier2.values.canonical import Sha256\n" in ours
        assert "NewType" not in ours
        assert 'Sha256 = NewType("Sha256", str)\n' in other

    @pytest.mark.parametrize(
        "pattern",
        ["^a{2}[0-9a-f]+$", "^[A-Z]$", "^$", "^[a-z_][0-9]{1,3}-$", "^[a-z-]*:/$"],
    )
    def test_patterns_may_have_one_variable_part(self, pattern: str) -> None:
        assert "pattern=" in text_of({"Thing": closed({"code": {"type": "string", "pattern": pattern}})})


class TestViews:
    def test_a_view_types_the_known_members_and_no_others(self) -> None:
        made = module_of(
            {
                "Wish": view_of(
                    {
                        "name": TEXT,
                        "count": {"type": "integer", "minimum": 0, "maximum": 9, "default": 4},
                        "weight": {"type": "number"},
                        "label": {**TEXT, "default": "all"},
                        "tags": {"type": "array", "items": {"type": "array", "items": TEXT}},
                    },
                    required=["name"],
                )
            }
        )
        wish = read('{"name": "a", "else": 1}', made.Wish)
        assert (wish.name, wish.count, wish.label) == ("a", 4, "all")
        assert wish.weight is msgspec.UNSET
        assert read('{"name": "a", "weight": 0.5, "tags": [["x"]]}', made.Wish).tags == (("x",),)
        for text in (
            "{}",
            '{"name": "a", "count": 10}',
            '{"name": "a", "count": null}',
            '{"name": "a", "tags": ["x"]}',
        ):
            with pytest.raises(msgspec.ValidationError):
                read(text, made.Wish)

    def test_an_open_object_in_a_view_may_be_any_object(self) -> None:
        made = module_of({"JsonObject": OPEN, "Wish": view_of({"more": ref("JsonObject")})})
        assert read('{"more": {"a": [1]}}', made.Wish).more == {"a": [1]}
        with pytest.raises(msgspec.ValidationError):
            read('{"more": []}', made.Wish)

    def test_a_view_without_members_accepts_any_object(self) -> None:
        assert read('{"a": 1}', module_of({"Any": view_of({})}).Any) is not None


SHOTS: Schema = {
    "Hit": closed({"event": {"const": "hit"}, "by": TEXT}),
    "Miss": closed({"event": {"const": "miss"}}),
    "Shot": {"oneOf": [ref("Hit"), ref("Miss")]},
    "Round": closed({"shot": ref("Shot"), "more": {"type": "array", "items": ref("Shot")}}),
}


class TestUnions:
    def test_the_tag_selects_the_member_of_a_union(self) -> None:
        made = module_of(SHOTS)
        both = read('{"shot": {"event": "hit", "by": "a"}, "more": [{"event": "miss"}]}', made.Round)
        assert (type(both.shot), type(both.more[0])) == (made.Hit, made.Miss)
        for text in ('{"by": "a"}', '{"event": "other"}', '{"event": "miss", "by": "a"}'):
            with pytest.raises(msgspec.ValidationError):
                read(text, made.Shot)

    def test_the_constructor_takes_members_of_the_union_only(self) -> None:
        made = module_of(SHOTS)
        assert made.Round(shot=made.Miss(), more=[]).to_dict() == {"shot": {"event": "miss"}, "more": []}
        with pytest.raises(ContractError):
            made.Round(shot=made.Round(shot=made.Miss(), more=[]), more=[])


class TestOrder:
    @pytest.mark.parametrize(
        ("properties", "in_order"),
        [
            ({"a": TEXT, "b": TEXT}, True),
            ({"b": TEXT, "a": TEXT}, False),
            ({"a": ref("Shot"), "b": {"type": "array", "items": ref("Miss")}}, True),
            ({"a": ref("Hit")}, False),
            ({"a": {"type": "array", "items": ref("Shots")}}, False),
            ({"a": {"type": "object", "additionalProperties": ref("Miss")}}, True),
            ({"a": {"type": "object", "additionalProperties": ref("Hit")}}, False),
        ],
    )
    def test_types_in_canonical_order_are_marked(self, properties: Schema, in_order: bool) -> None:
        hit = closed({"event": {"const": "hit"}, "by": TEXT})
        types: Schema = {"Hit": hit, "Miss": SHOTS["Miss"], "Shot": {"oneOf": [ref("Miss")]}}
        types["Shots"] = {"oneOf": [ref("Hit"), ref("Miss")]}
        assert module_of({**types, "Thing": closed(properties)}).Thing.in_order is in_order


class TestConditions:
    def test_contains_gives_constants_and_a_condition(self) -> None:
        made = module_of(LIMITED)
        assert (made.MAX_TOTAL_DONE_STEPS, made.MAX_HUMAN_DONE_STEPS) == (7, 3)
        assert sorted(made.CONDITIONS) == [
            "a.schema.json#/$defs/DoneSteps/contains",
            "a.schema.json#/$defs/Step/if",
        ]

    def test_without_conditions_the_list_is_empty(self) -> None:
        assert module_of({"Kind": KIND}).CONDITIONS == ()


WHOLE = '''"""The documents of the contracts as frozen Structs.

Generated, do not edit. To change it, change the contracts and run

    {command}

Sources (sha256):

    {first}  a.schema.json
    {second}  b.schema.json
"""

from typing import Literal, TypeAlias

from tier2.contracts.base import OpenObject, coerce_string
from tier2.values.structs import Value

CONDITIONS: tuple[str, ...] = ()
"""What the contracts say beyond types: whoever reads documents has to check it."""


Kind: TypeAlias = Literal["human", "runtime"]


class Thing(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A thing.

    name: Its name.
    """

    in_order = True
    kind: Kind
    name: str

    def __post_init__(self) -> None:
        coerce_string(self, "kind", self.kind)
        if type(self.name) is not str or not self.name.isascii():
            coerce_string(self, "name", self.name)


JsonObject: TypeAlias = OpenObject
'''


class TestOutput:
    def test_references_lead_to_other_files_and_folders(self) -> None:
        files = {
            "sub/a.schema.json": contract(
                {"A": closed({"b": ref("B", "../b.schema.json"), "c": ref("C", "./c.schema.json")})},
                "sub/a.schema.json",
            ),
            "b.schema.json": contract({"B": closed({"c": ref("C", "sub/c.schema.json")})}, "b.schema.json"),
            "sub/c.schema.json": contract({"C": {"enum": ["c"]}}, "sub/c.schema.json"),
        }
        made = run(generate(files)[V1.module])
        assert read('{"b": {"c": "c"}, "c": "c"}', made.A).b.c == "c"

    def test_the_bundle_has_every_type_and_needs_no_other_file(self) -> None:
        files = {
            "a.schema.json": contract({"A": closed({"b": ref("B", "b.schema.json")})}),
            "b.schema.json": contract({"B": {"enum": ["x"]}}, "b.schema.json"),
        }
        bundle = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": "https://example.invalid/v1/bundle.schema.json",
            "title": "All contracts",
            "description": "Generated by `tier2 contracts generate` from the files beside it; do not edit.",
            "$defs": {"A": closed({"b": ref("B")}), "B": {"enum": ["x"]}},
        }
        assert generate(files)[V1.bundle] == json.dumps(bundle, indent=2) + "\n"

    def test_the_root_of_the_bundle_takes_the_documents(self) -> None:
        order = closed({"contract": {"const": "shop.order/v1"}, "id": TEXT})
        files = {"a.schema.json": contract({"Order": order, "Kind": KIND, "Part": closed({"id": TEXT})})}
        assert json.loads(generate(files)[V1.bundle])["oneOf"] == [{"$ref": "#/$defs/Order"}]

    def test_a_whole_module_is_as_written_here_by_hand(self) -> None:
        name = {**TEXT, "description": "Its name."}
        types = {"Kind": KIND, "Thing": closed({"kind": ref("Kind"), "name": name}, description="A thing.")}
        files = {
            "b.schema.json": contract({"JsonObject": OPEN}, "b.schema.json"),
            "a.schema.json": contract(types, title="Cafe").replace("Cafe", "Caf\u00e9"),
        }
        first, second = (
            hashlib.sha256(files[file].encode()).hexdigest() for file in ("a.schema.json", "b.schema.json")
        )
        assert generate(files)[V1.module] == WHOLE.format(command=COMMAND, first=first, second=second)

    def test_the_usual_places_are_those_of_this_package(self) -> None:
        javascript = "tier2/contracts/javascript"
        assert target_of("v1") == Target("contracts/v1", "tier2/contracts/v1.py", f"{javascript}/tier2.d.mts")
        assert target_of("v1", declarations="own.d.mts") == Target(
            "contracts/v1",
            "tier2/contracts/v1.py",
            "own.d.mts",
            f"{COMMAND} --version v1 --declarations own.d.mts",
        )

    def test_a_place_of_ones_own_is_part_of_the_command(self) -> None:
        target = target_of("v2", module="lib/own.py")
        assert target == Target(
            "contracts/v2",
            "lib/own.py",
            "tier2/contracts/javascript/tier2.v2.d.mts",
            f"{COMMAND} --version v2 --module lib/own.py",
        )
        files = generate({"a.schema.json": contract({"Kind": KIND})}, target)
        assert files.keys() == {"lib/own.py", "contracts/v2/bundle.schema.json", target.declarations}
        assert all(target.command in text for text in files.values())

    def test_the_drift_is_a_diff_of_each_file(self) -> None:
        wanted = {"same": "a\n", "new": "a\n", "other": "a\nb\n"}
        assert list(drift(wanted, {"same": "a\n", "other": "a\nb"})) == [
            *("--- new", "+++ new (generated)", "@@ -0,0 +1 @@", "+a"),
            *("--- other", "+++ other (generated)", "@@ -1,3 +1,2 @@", " a", " b"),
            "-\\ No newline at end of file",
        ]

    def test_only_the_names_that_are_used_are_imported(self) -> None:
        defs = {
            "Thing": closed(
                {"name": TEXT}, description="Neither Literal, Mapping, EMPTY nor coerce_array is used."
            )
        }
        tree = ast.parse(text_of(defs))
        imported = [
            alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
        ]
        assert imported == ["coerce_string", "Value"]

    def test_the_order_of_the_files_does_not_matter(self) -> None:
        files = {
            f"{name}.schema.json": contract({name.upper(): KIND}, f"{name}.schema.json") for name in "abc"
        }
        before = copy.deepcopy(files)
        turned = MappingProxyType(dict(reversed(files.items())))
        assert generate(MappingProxyType(files)) == generate(turned)
        assert files == before

    def test_the_output_is_the_same_for_every_hash_seed(self) -> None:
        script = (
            "from small_contracts import real_sources; from tier2.codegen.generation import generate; "
            "print(generate(real_sources()))"
        )
        outputs = {
            subprocess.run(
                [sys.executable, "-c", script],
                env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[1])},
                capture_output=True,
                check=True,
            ).stdout
            for seed in ("0", "1")
        }
        assert len(outputs) == 1
