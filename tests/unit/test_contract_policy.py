"""Which changes does a policy allow, and how is that reported?"""

import pytest

from tier2.codegen.changes import Change
from tier2.codegen.compatibility import Verdict
from tier2.codegen.policy import Policy, read_policy, report

ADDED = Change("a#/p", "p was added", backward=True, forward=False)
REMOVED = Change("a#/q", "q was removed", backward=False, forward=True)
RETAGGED = Change("a#/t", "the tag changed", backward=True, forward=True, apart=True)


@pytest.mark.parametrize(
    ("documents", "broken"),
    [
        ({"a": ["backward"]}, []),
        ({"a": ["forward"]}, ["forward"]),
        ({"a": ["backward", "forward"]}, ["forward"]),
        ({"a": []}, []),
        ({"b": ["backward"]}, ["forward"]),
        ({}, ["forward"]),
        ({"*": ["backward"], "a": ["forward"]}, []),
    ],
)
def test_only_the_directions_that_are_needed_count(
    documents: dict[str, list[str]], broken: list[str]
) -> None:
    assert Policy(documents, {}).broken(Verdict("a", (ADDED,))) == broken


def test_an_accepted_change_counts_no_more() -> None:
    both = Verdict("a", (ADDED, REMOVED))
    assert Policy({}, {}).broken(both) == ["backward", "forward"]
    assert Policy({}, {ADDED.where: "nobody has it"}).broken(both) == ["backward"]


def test_the_report_has_answers_needs_and_changes() -> None:
    verdicts = [
        Verdict("a", (ADDED, REMOVED, RETAGGED)),
        Verdict("b", (ADDED,)),
        Verdict("c", (RETAGGED,)),
        Verdict("d", ()),
    ]
    policy = Policy({"b": ["forward"], "c": []}, {REMOVED.where: "nobody has it"})
    assert list(report(verdicts, policy)) == [
        "a: backward no, forward no; needs backward and forward: BROKEN",
        "    a#/p: p was added (backward yes, forward no)",
        "    a#/q: q was removed (backward no, forward yes; accepted: nobody has it)",
        "    a#/t: the tag changed (reported apart)",
        "b: backward yes, forward no; needs forward: BROKEN",
        "    a#/p: p was added (backward yes, forward no)",
        "c: backward yes, forward yes; needs neither: ok",
        "    a#/t: the tag changed (reported apart)",
        "d: backward yes, forward yes; needs backward and forward: unchanged",
    ]


def test_a_policy_is_read_from_json() -> None:
    text = '{"documents": {"a": ["backward", "forward"], "b": []}, "accepted": {"p": "why"}}'
    assert read_policy(text) == Policy({"a": ["backward", "forward"], "b": []}, {"p": "why"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON: "),
        ("[" * 100_000, "not JSON: "),
        *((text, "a policy is an object of `documents` and `accepted`$")
          for text in ("[]", "{}", '{"documents": {}}', '{"documents": {}, "accepted": {}, "more": 1}')),
        *((f'{{"documents": {documents}, "accepted": {{}}}}',
           "`documents` maps each document to a list of backward and forward$")
          for documents in ("[]", '{"a": "backward"}', '{"a": ["both"]}')),
        *((f'{{"documents": {{}}, "accepted": {accepted}}}', "`accepted` maps the location of a change to a reason$")
          for accepted in ("[]", '{"p": ""}', '{"p": 1}')),
    ],
)  # fmt: skip
def test_a_malformed_policy_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        read_policy(text)
