"""Does the checker of contract changes say yes only where no document objects, and no where one does?"""

import json
import subprocess
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import check_compat
import generate
import pytest
from compat_cases import CASES, CAUTIOUS, ROWS, Case, array, row, side, turned, union, whole
from compat_samples import disagreements
from contract_changes import COMPARED, Change
from contract_comparison import Verdict, compare, compare_sides
from contract_files import BUNDLE_FILE
from contract_keywords import KEYWORDS, shape_of
from small_contracts import KIND, OPEN, TEXT, Schema, closed, contract, ref, view_of

ROOT = Path(__file__).parents[2]
FILE = "a.schema.json"
INT: Schema = {"type": "integer", "minimum": 0, "maximum": 9}


def judged(one: Case) -> Verdict:
    (verdict,) = compare_sides(side(one.old), side(one.new))
    return verdict


def text(defs: Schema, file: str = FILE, root: str = "T") -> str:
    return contract(defs, file, **ref(root))


def verdicts(old: Schema, new: Schema) -> dict[str, Verdict]:
    found = compare({FILE: text(old)}, {FILE: text(new)})
    return {verdict.document: verdict for verdict in found}


def named(cases: list[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("one", cases, ids=lambda one: one.name)


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.schema.json").write_text(content, "utf-8")
    return folder


def test_the_table_has_enough_changes_and_no_two_of_one_name() -> None:
    assert len(ROWS) >= 60
    assert len({one.name for one in CASES}) == len(CASES)


@named(CASES)
def test_each_change_gets_the_answers_of_the_table(one: Case) -> None:
    verdict = judged(one)
    assert (verdict.backward, verdict.forward) == (one.backward, one.forward), verdict.changes


@pytest.mark.any_python
@named(ROWS)
def test_every_yes_withstands_the_samples_and_every_no_has_a_witness(one: Case) -> None:
    only_old, only_new, _ = disagreements(one.old, one.new)
    assert bool(only_old) != one.backward, only_old[:3]
    assert bool(only_new) != one.forward, only_new[:3]


def test_the_samples_hold_documents_that_both_contracts_take() -> None:
    alike = [one for one in ROWS if one.backward and one.forward]
    assert all(disagreements(one.old, one.new)[2] > 0 for one in alike)


@named([one for one, _ in CAUTIOUS.values()])
def test_what_is_refused_out_of_caution_is_refused_by_rule_and_has_no_witness(one: Case) -> None:
    verdict = judged(one)
    assert (verdict.backward, verdict.forward) == (one.backward, one.forward)
    only_old, only_new, _ = disagreements(one.old, one.new)
    assert only_old == only_new == []


@named(CASES)
def test_a_change_without_an_effect_is_not_listed_and_one_with_an_effect_is(one: Case) -> None:
    changes = judged(one).changes
    assert bool([change for change in changes if not (change.backward and change.forward)]) == (
        not (one.backward and one.forward)
    )


@named(ROWS)
def test_a_contract_is_compatible_with_itself(one: Case) -> None:
    for defs in (one.old, one.new):
        (verdict,) = compare_sides(side(defs), side(defs))
        assert verdict.changes == ()


def test_the_checker_has_a_rule_for_each_keyword_that_the_generator_knows() -> None:
    assert dict(COMPARED) == dict(KEYWORDS)


@pytest.mark.parametrize("schema", [TEXT, INT, array(), KIND, OPEN, closed({"x": TEXT})])
def test_a_keyword_without_a_rule_is_compatible_in_neither_direction(schema: Schema) -> None:
    assert shape_of(schema) is not None
    verdict = judged(row("strange", schema | {"format": "date"}, schema | {"format": "date"}, "no no"))
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
def test_what_cannot_be_compared_by_itself_is_compatible_in_neither_direction(schema: Schema) -> None:
    defs = {"T": schema, "A": closed({"event": {"const": "a"}}), "V": view_of({"event": TEXT})}
    verdict = judged(Case("elsewhere", defs, defs, backward=False, forward=False))
    assert (verdict.backward, verdict.forward) == (False, False)


def test_a_reference_that_leads_nowhere_is_refused_even_in_a_type_that_is_new() -> None:
    one = {"T": closed({"a": TEXT})}
    (verdict,) = verdicts(one, one | {"Alone": closed({"a": ref("Nowhere")})}).values()
    assert not verdict.backward
    assert "leads nowhere" in verdict.changes[0].what


def test_what_the_generator_refuses_is_compatible_in_neither_direction_and_says_where() -> None:
    strange = view_of({"a": TEXT | {"format": "date"}})
    for old, new in (({"T": strange}, {"T": strange}), ({"T": view_of({})}, {"T": strange})):
        (verdict,) = verdicts(old, new).values()
        assert (verdict.document, verdict.backward, verdict.forward) == ("a", False, False)
        assert verdict.changes[0].place == "a.schema.json#/$defs/T/properties/a"
        assert "the keyword 'format' is unknown" in verdict.changes[0].what


def test_a_change_is_named_with_its_file_and_pointer() -> None:
    old = {"T": closed({"a": ref("A")}), "A": array(closed({"x": TEXT}))}
    new = {"T": closed({"a": ref("A")}), "A": array(closed({"x": INT}))}
    (change,) = verdicts(old, new)["a"].changes
    assert change == Change(
        "a.schema.json#/$defs/A/items/properties/x", "the type changed from string to integer", False, False
    )


def test_a_new_number_in_the_contract_tag_is_reported_apart() -> None:
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
def test_only_the_number_of_a_contract_tag_is_set_aside(old: Schema, new: Schema) -> None:
    assert not verdicts({"T": old}, {"T": new})["a"].forward


def test_a_changed_default_is_reported_apart_and_tells_null_from_none_and_one_from_true() -> None:
    for before, after in (({}, {"default": ""}), ({"default": 1}, {"default": True})):
        (change,) = judged(row("default", TEXT | before, TEXT | after, "yes yes")).changes
        assert change.apart
        assert change.what.startswith("the default changed from ")


def test_a_pattern_is_meant_as_in_ecmascript() -> None:
    newline = row("newline", {"enum": ["a\n"]}, {"type": "string", "pattern": "^a$"}, "no no")
    assert not judged(newline).backward


def test_a_document_that_is_gone_is_refused_and_a_new_one_is_not() -> None:
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


def test_types_that_refer_to_each_other_in_circles_come_to_an_end() -> None:
    old: Schema = {"T": view_of({"p": view_of({"p": ref("T")})})}
    new: Schema = {"T": view_of({"p": ref("C")}), "C": view_of({"p": view_of({"p": ref("C")})})}
    assert verdicts(old, new)["a"].changes == ()


def test_a_reference_that_moves_to_another_file_is_no_change() -> None:
    there = contract({"A": closed({"x": TEXT})}, "b.schema.json")
    moved = {FILE: text({"T": closed({"a": ref("A", "b.schema.json")})}), "b.schema.json": there}
    one = {FILE: text({"T": closed({"a": ref("A")}), "A": closed({"x": TEXT})})}
    assert [verdict.changes for verdict in compare(one, moved)] == [()]


def test_the_contracts_of_the_project_are_compatible_with_themselves_and_each_needs_something() -> None:
    policy = check_compat.read_policy(check_compat.POLICY.read_text("utf-8"))
    sources = generate.read_sources(ROOT / "contracts" / "v1")
    found = compare(sources, sources)
    assert all(verdict.changes == () for verdict in found)
    needs = {verdict.document: list(policy.needed(verdict.document)) for verdict in found}
    assert [needs[name] for name in ("mission", "workflow", "context")] == [["backward"]] * 3
    assert [needs[name] for name in ("run", "result")] == [["forward"]] * 2
    assert all(needs.values())
    assert all(any(fnmatchcase(name, one) for name in needs) for one in policy.documents)


# The policy and the command.


def policy(**documents: list[str]) -> check_compat.Policy:
    return check_compat.Policy(documents, {})


def test_only_the_needed_direction_counts_and_what_has_no_policy_needs_both() -> None:
    added = Verdict("a", (Change("p", "added", backward=True, forward=False),))
    assert policy(a=["backward"]).broken(added) == []
    assert policy(a=["forward"]).broken(added) == ["forward"]
    assert policy(b=["backward"]).broken(added) == ["forward"]
    assert policy(a=[]).broken(added) == []


def test_an_accepted_change_counts_no_more_and_another_one_still_does() -> None:
    both = Verdict("a", (Change("p", "x", False, True), Change("q", "y", True, False)))
    accepting = check_compat.Policy({}, {"p": "nobody has it"})
    assert accepting.broken(both) == ["forward"]
    assert "accepted: nobody has it" in "\n".join(check_compat.report([both], accepting))


@pytest.mark.parametrize(
    "given",
    [
        "", "[]", "{}", '{"documents": {}}', '{"documents": {}, "accepted": {}, "more": 1}', "[" * 100_000,
        '{"documents": {"a": "backward"}, "accepted": {}}', '{"documents": {"a": ["both"]}, "accepted": {}}',
        '{"documents": {}, "accepted": {"p": ""}}', '{"documents": [], "accepted": {}}',
    ],
)  # fmt: skip
def test_a_policy_that_cannot_be_read_is_bad_input(given: str, tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    path.write_text(given, "utf-8")
    folder = write(tmp_path / "old", a=text({"T": closed({})}))
    assert check_compat.main([str(folder), str(folder), "--policy", str(path)]) == 2


def test_the_command_lists_the_changes_and_exits_by_the_policy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = write(tmp_path / "old", mission=text({"T": view_of({"a": TEXT})}, "mission.schema.json"))
    new = write(tmp_path / "new", mission=text({"T": view_of({"a": TEXT, "b": TEXT})}, "mission.schema.json"))
    assert check_compat.main([str(old), str(new)]) == 1
    printed = capsys.readouterr()
    assert printed.out == (
        "mission: backward no, forward yes; needs backward: BROKEN\n"
        "    mission.schema.json#/$defs/T/properties/b: the optional property was added to an open object "
        "(backward no, forward yes)\n"
    )
    assert "not compatible: mission" in printed.err
    assert check_compat.main([str(new), str(old)]) == 0
    assert capsys.readouterr().out.startswith("mission: backward yes, forward no; needs backward: ok\n")


@pytest.mark.parametrize("spoilt", ["{", "[" * 100_000, '{"a": 1e999999'])
def test_what_is_not_json_is_bad_input(
    spoilt: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(tmp_path / "old", a=spoilt)
    assert check_compat.main([str(folder), str(folder)]) == 2
    assert "a.schema.json#: not JSON" in capsys.readouterr().err


def test_a_folder_that_is_not_there_or_empty_is_bad_input(tmp_path: Path) -> None:
    for given in (tmp_path, tmp_path / "absent", "no-revision:contracts/v1", "--", "-x:y"):
        assert check_compat.main(["--", str(given), str(given)]) == 2


def test_a_file_that_is_not_utf_8_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"\xff")
    assert check_compat.main([str(tmp_path), str(tmp_path)]) == 2


def git(folder: Path, *arguments: str) -> None:
    names = ("-c", "user.name=A", "-c", "user.email=a@example.invalid", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *names, *arguments], cwd=folder, check=True, capture_output=True)


def test_a_folder_is_read_at_a_git_revision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here = tmp_path / "contracts" / "v1"
    write(here, run=text({"T": closed({"a": TEXT})}, "run.schema.json"))
    write(here / "parts", odd=text({"Odd": closed({"a": TEXT})}, "parts/odd.schema.json", "Odd"))
    (here / BUNDLE_FILE).write_text("not a contract", "utf-8")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "one")
    write(here, run=text({"T": closed({"a": TEXT, "b": TEXT})}, "run.schema.json"))
    monkeypatch.chdir(tmp_path)
    assert check_compat.main(["HEAD:contracts/v1", "HEAD:contracts/v1/"]) == 0
    assert "parts/odd: backward yes" in capsys.readouterr().out
    assert check_compat.main(["HEAD:contracts/v1", "contracts/v1"]) == 1
    assert "run: backward no, forward no; needs forward: BROKEN" in capsys.readouterr().out
    assert check_compat.main(["HEAD:nowhere", "contracts/v1"]) == 2


# A larger system with contracts of its own.


def orders(**more: Schema) -> str:
    line = closed({"article": TEXT, "count": INT})
    order = closed({"contract": {"const": "shop.order/v1"}, "lines": array(ref("Line")), **more})
    return text({"Line": line, "Order": order}, "order.schema.json", "Order")


def test_a_larger_system_generates_and_guards_contracts_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(tmp_path / "contracts" / "v1", order=orders())
    places = ["--module", "shop/documents.py", "--declarations", "web/shop.d.ts"]
    command = ["--root", str(tmp_path), *places]
    assert generate.main(command) == 0
    made: dict[str, Any] = {"__name__": "shop_contracts"}
    module = (tmp_path / "shop" / "documents.py").read_text("utf-8")
    exec(module, made)
    order = made["Order"](lines=(made["Line"](article="ink", count=2),))
    assert order.lines[0].count == 2
    assert f"python tools/generate.py --version v1 {' '.join(places)}" in module
    assert "export type Order" in (tmp_path / "web" / "shop.d.ts").read_text("utf-8")
    assert not (tmp_path / "tier2").exists()
    assert generate.main([*command, "--check"]) == 0

    rules = tmp_path / "policy.json"
    rules.write_text(json.dumps({"documents": {"order": ["forward"]}, "accepted": {}}), "utf-8")
    changed = write(tmp_path / "changed", order=orders(note=TEXT))
    assert check_compat.main([str(folder), str(changed), "--policy", str(rules)]) == 1
    place = "order.schema.json#/$defs/Order/properties/note"
    assert place in capsys.readouterr().out
    rules.write_text(json.dumps({"documents": {}, "accepted": {place: "no shop reads it yet"}}), "utf-8")
    assert check_compat.main([str(folder), str(changed), "--policy", str(rules)]) == 0


def test_the_members_of_unions_are_compared_by_their_tags_and_not_by_their_places() -> None:
    wide, narrow = union("A", "B", x=INT), union("B", "A", x=INT)
    narrow["B"] = whole({"event": {"const": "b"}, "x": INT | {"maximum": 5}})
    (change,) = judged(turned(Case("union", narrow, wide, True, False))).changes
    assert change.place == "a.schema.json#/$defs/B/properties/x"
