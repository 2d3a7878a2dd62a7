"""Does the check of contract changes say yes only where no document objects, and no where one does?"""

from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from compat_cases import CASES, CAUTIOUS, ROWS, Case, array, row, side, turned, union, whole
from compat_samples import disagreements
from small_contracts import KIND, OPEN, TEXT, Schema, closed, contract, real_sources, ref, text_of, view_of

from tier2.codegen.changes import COMPARED, Change
from tier2.codegen.compatibility import Verdict, compare, compare_sides
from tier2.codegen.dialect import KEYWORDS, shape_of
from tier2.codegen.policy import read_policy

ROOT = Path(__file__).parents[2]
FILE = "a.schema.json"
INT: Schema = {"type": "integer", "minimum": 0, "maximum": 9}


def verdict_on(one: Case) -> Verdict:
    (verdict,) = compare_sides(side(one.old), side(one.new))
    return verdict


def text(defs: Schema, file: str = FILE, root: str = "T") -> str:
    return contract(defs, file, **ref(root))


def verdicts(old: Schema, new: Schema) -> dict[str, Verdict]:
    found = compare({FILE: text(old)}, {FILE: text(new)})
    return {verdict.document: verdict for verdict in found}


def named(cases: list[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("one", cases, ids=lambda one: one.name)


def test_the_table_has_enough_changes_of_different_names() -> None:
    assert len(ROWS) >= 60
    assert len({one.name for one in CASES}) == len(CASES)


@named(CASES)
def test_each_change_gets_the_answers_of_the_table(one: Case) -> None:
    verdict = verdict_on(one)
    assert (verdict.backward, verdict.forward) == (one.backward, one.forward), verdict.changes


@named(ROWS)
def test_samples_confirm_every_yes_and_every_no(one: Case) -> None:
    only_old, only_new, _ = disagreements(one.old, one.new)
    assert bool(only_old) != one.backward, only_old[:3]
    assert bool(only_new) != one.forward, only_new[:3]


def test_some_samples_fit_both_contracts() -> None:
    alike = [one for one in ROWS if one.backward and one.forward]
    assert all(disagreements(one.old, one.new)[2] > 0 for one in alike)


@named([one for one, _ in CAUTIOUS.values()])
def test_no_sample_shows_a_change_refused_by_caution(one: Case) -> None:
    verdict = verdict_on(one)
    assert (verdict.backward, verdict.forward) == (one.backward, one.forward)
    only_old, only_new, _ = disagreements(one.old, one.new)
    assert only_old == only_new == []


@named(CASES)
def test_only_changes_with_an_effect_are_listed(one: Case) -> None:
    changes = verdict_on(one).changes
    assert bool([change for change in changes if not (change.backward and change.forward)]) == (
        not (one.backward and one.forward)
    )


@named(ROWS)
def test_a_contract_is_compatible_with_itself(one: Case) -> None:
    for defs in (one.old, one.new):
        (verdict,) = compare_sides(side(defs), side(defs))
        assert verdict.changes == ()


def test_a_schema_without_a_type_is_never_compatible() -> None:
    (change,) = set(verdict_on(row("no type", {"title": "A"}, {"title": "A"}, "no no")).changes)
    assert (change.what, change.backward, change.forward) == ("the schema has no type", False, False)


def test_there_is_a_rule_for_each_keyword_of_the_dialect() -> None:
    assert dict(COMPARED) == dict(KEYWORDS)


@pytest.mark.parametrize("schema", [TEXT, INT, array(), KIND, OPEN, closed({"x": TEXT})])
def test_a_keyword_without_a_rule_is_never_compatible(schema: Schema) -> None:
    assert shape_of(schema) is not None
    verdict = verdict_on(row("strange", schema | {"format": "date"}, schema | {"format": "date"}, "no no"))
    assert not verdict.backward
    assert not verdict.forward
    assert {change.what for change in verdict.changes} == {"the keyword 'format' cannot be compared"}


@pytest.mark.parametrize(
    "schema",
    [
        array() | {"contains": ref("A"), "minContains": 0, "maxContains": 1},
        view_of({"a": TEXT}, **{"if": ref("A"), "then": {}}),
        {"oneOf": [ref("A"), ref("A")]},
        {"oneOf": [ref("A"), ref("V")]},
    ],
    ids=["counts what is elsewhere", "depends on what is elsewhere", "one tag twice", "no tag"],
)
def test_conditions_on_other_types_are_never_compatible(schema: Schema) -> None:
    defs = {"T": schema, "A": closed({"event": {"const": "a"}}), "V": view_of({"event": TEXT})}
    verdict = verdict_on(Case("elsewhere", defs, defs, backward=False, forward=False))
    assert (verdict.backward, verdict.forward) == (False, False)


def test_a_reference_to_nothing_is_refused_in_new_types() -> None:
    one = {"T": closed({"a": TEXT})}
    (verdict,) = verdicts(one, one | {"Alone": closed({"a": ref("Nowhere")})}).values()
    assert not verdict.backward
    assert "leads nowhere" in verdict.changes[0].what


def test_a_folder_that_is_refused_is_never_compatible() -> None:
    strange = view_of({"a": TEXT | {"format": "date"}})
    for old, new in (({"T": strange}, {"T": strange}), ({"T": view_of({})}, {"T": strange})):
        (verdict,) = verdicts(old, new).values()
        assert (verdict.document, verdict.backward, verdict.forward) == ("a", False, False)
        assert verdict.changes[0].where == "a.schema.json#/$defs/T/properties/a"
        assert "the keyword 'format' is unknown" in verdict.changes[0].what


def test_a_change_is_named_with_its_file_and_pointer() -> None:
    old = {"T": closed({"a": ref("A")}), "A": array(closed({"x": TEXT}))}
    new = {"T": closed({"a": ref("A")}), "A": array(closed({"x": INT}))}
    (change,) = verdicts(old, new)["a"].changes
    assert change == Change(
        "a.schema.json#/$defs/A/items/properties/x", "the type changed from string to integer", False, False
    )


def test_a_new_version_in_the_tag_is_reported_apart() -> None:
    old, new = (
        {"T": closed({"contract": {"const": f"x/v{version}"}, "a": value})}
        for version, value in ((1, INT), (2, INT))
    )
    verdict = verdicts(old, new)["a"]
    assert (verdict.backward, verdict.forward) == (True, True)
    assert verdict.changes == (
        Change(
            "a.schema.json#/$defs/T/properties/contract",
            "the contract tag changed from 'x/v1' to 'x/v2'",
            True,
            True,
            apart=True,
        ),
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (closed({"contract": {"const": "x/v1"}}), closed({"contract": {"const": "y/v1"}})),
        (closed({"contract": {"const": "x/v1"}}), closed({"contract": {"const": "x/v1.1"}})),
        (closed({"a": TEXT, "b": {"const": "x/v1"}}), closed({"a": TEXT, "b": {"const": "x/v2"}})),
        (closed({"contract": {"const": "x/v1"}}), closed({"contract": TEXT})),
        (view_of({"contract": {"const": "x/v1"}}), view_of({"contract": {"const": "x/v2"}})),
    ],
    ids=["another name", "no number", "not the first property", "no constant", "not in a closed object"],
)
def test_no_other_change_of_a_tag_is_reported_apart(old: Schema, new: Schema) -> None:
    assert not verdicts({"T": old}, {"T": new})["a"].forward


def test_a_changed_default_is_reported_apart() -> None:
    for before, after in (({}, {"default": ""}), ({"default": 1}, {"default": True})):
        (change,) = verdict_on(row("default", TEXT | before, TEXT | after, "yes yes")).changes
        assert change.apart
        assert change.what.startswith("the default changed from ")


def test_a_pattern_is_meant_as_in_ecmascript() -> None:
    newline = row("newline", {"enum": ["a\n"]}, {"type": "string", "pattern": "^a$"}, "no no")
    assert not verdict_on(newline).backward


def test_documents_may_be_added_but_not_removed() -> None:
    one, two = text({"T": closed({"a": TEXT})}), text({"U": closed({"a": TEXT})}, "b.schema.json", "U")
    more = {FILE: one, "b.schema.json": two}
    (_, added), (_, removed) = compare({FILE: one}, more), compare(more, {FILE: one})
    assert (added.document, added.backward, added.forward) == ("b", True, True)
    assert (removed.document, removed.backward, removed.forward) == ("b", False, False)


def test_a_type_that_no_document_uses_is_compared_too() -> None:
    old, new = (
        {"T": view_of({}), "Alone": closed({"a": TEXT})},
        {"T": view_of({}), "Alone": closed({"a": INT})},
    )
    found = verdicts(old, new)
    assert found["a"].changes == ()
    assert not found["a.schema.json#/$defs/Alone"].backward


def test_types_in_unions_or_beside_null_are_reached() -> None:
    event = {"oneOf": [ref("A"), ref("B")]}
    defs = {
        "T": view_of({"a": ref("U"), "b": {"oneOf": [ref("C"), {"type": "null"}]}}),
        "U": event,
        "A": closed({"event": {"const": "a"}}),
        "B": closed({"event": {"const": "b"}}),
        "C": closed({"d": {"type": "object", "additionalProperties": ref("D")}}),
        "D": closed({"a": TEXT}),
    }
    assert verdicts(defs, defs).keys() == {"a"}


def test_circular_references_come_to_an_end() -> None:
    old: Schema = {"T": view_of({"p": view_of({"p": ref("T")})})}
    new: Schema = {"T": view_of({"p": ref("C")}), "C": view_of({"p": view_of({"p": ref("C")})})}
    assert verdicts(old, new)["a"].changes == ()


def test_a_type_may_move_to_another_file() -> None:
    there = contract({"A": closed({"x": TEXT})}, "b.schema.json")
    moved = {FILE: text({"T": closed({"a": ref("A", "b.schema.json")})}), "b.schema.json": there}
    one = {FILE: text({"T": closed({"a": ref("A")}), "A": closed({"x": TEXT})})}
    assert [verdict.changes for verdict in compare(one, moved)] == [()]


def test_the_policy_of_the_project_fits_its_documents() -> None:
    policy = read_policy((ROOT / "contracts" / "policy.json").read_text("utf-8"))
    sources = real_sources()
    found = compare(sources, sources)
    assert all(verdict.changes == () for verdict in found)
    needs = {verdict.document: list(policy.needed(verdict.document)) for verdict in found}
    assert [needs[name] for name in ("mission", "workflow", "context")] == [["backward"]] * 3
    assert [needs[name] for name in ("run", "result")] == [["forward"]] * 2
    assert all(needs.values())
    assert all(any(fnmatchcase(name, one) for name in needs) for one in policy.documents)


def test_members_of_unions_are_paired_by_their_tags() -> None:
    wide, narrow = union("A", "B", x=INT), union("B", "A", x=INT)
    narrow["B"] = whole({"event": {"const": "b"}, "x": INT | {"maximum": 5}})
    (change,) = verdict_on(turned(Case("union", narrow, wide, True, False))).changes
    assert change.where == "a.schema.json#/$defs/B/properties/x"


@pytest.mark.parametrize("spoilt", ["{", "[" * 100_000, '{"a": 1e999999'])
def test_text_that_is_not_json_is_refused(spoilt: str) -> None:
    with pytest.raises(ValueError, match=f"^{FILE}#: not JSON"):
        compare({FILE: spoilt}, {FILE: spoilt})


def test_an_empty_folder_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^there is no contract file$"):
        compare({}, {})


@pytest.mark.parametrize(
    "name",
    [
        *(
            "optional added, open",
            "required added, closed",
            "required added, open",
            "optional to required, open",
        ),
        *(
            "integer to number",
            "text to text or null",
            "items widened",
            "values of a map widened",
            "map of maps",
        ),
        *("text to any value", "object to object or null", "map to text", "enum value added", "member added"),
        *("maxItems tightened", "minimum added", "least length added", "pattern added", "closed to open"),
        *("default changed", "title and description", "properties in another order", "type renamed"),
    ],
)
def test_the_table_is_about_contracts_that_can_be_generated(name: str) -> None:
    (one,) = (one for one in CASES if one.name == name)
    for defs in (one.old, one.new):
        assert text_of(defs)
