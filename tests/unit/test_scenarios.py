"""What does `play` do with the answers of a scenario, and which differences does it report?"""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from tier2 import (
    MISSIONS,
    OPERATIONS,
    Asking,
    ContractError,
    ExecutionContext,
    Host,
    JsonValue,
    MissionSpec,
    MissionType,
    Played,
    Pure,
    Scenario,
    StepSpec,
    canonical,
    decode,
    digest,
    freeze,
    play,
)
from tier2.contracts.v1 import Answer, Choice, Expectation, Field, HostAnswer
from tier2.engine.scenarios import updated
from tier2.inspection.diagnostics import diagnose

ASKS: dict[str, JsonValue] = {
    "show": ["/n"],
    "fields": [{"name": "how", "label": "How", "kind": "integer"}],
    "approvers": ["Ada", "Ben"],
    "signed": True,
}
STEPS = (
    StepSpec(id="ask", kind="human", payload=ASKS),
    StepSpec(id="send", kind="runtime", payload={"operation": "send"}),
    StepSpec(id="count", kind="runtime", payload={"operation": "count"}),
)


class NoParams(msgspec.Struct, forbid_unknown_fields=True):
    pass


def count(_: Mapping[str, JsonValue], state: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    return {"members": len(state)}


def broken(_: object, __: object) -> Mapping[str, JsonValue]:
    raise ZeroDivisionError


OWN = {**MISSIONS, "own": MissionType(NoParams, lambda _: STEPS)}
OUR_OPERATIONS = {**OPERATIONS, "send": Host(), "count": Pure(count)}

YES = Answer(verdict="approved", by="Ada", values={"how": 2})
SENT = HostAnswer(output={"sent": True})


def scenario(
    answers: Mapping[str, Answer] = {"ask": YES},
    hosts: Mapping[str, HostAnswer] = {"send": SENT},
    params: Mapping[str, JsonValue] = {},
    **expect: Any,
) -> Scenario:
    return Scenario(
        name="s",
        mission=MissionSpec(type="own", params=params),
        context=ExecutionContext(initial_state={"n": 1.0}),
        answers=answers,
        hosts=hosts,
        expect=Expectation(**expect),
    )


def played(given: Scenario) -> Played:
    return play(given, OWN, OUR_OPERATIONS)


def differences(given: Scenario) -> list[tuple[str, str, str]]:
    return [(one.where, one.expected, one.found) for one in played(given).differences]


WHOLE = {"n": 1, "how": 2, "sent": True, "members": 3}


def test_people_and_hosts_answer_and_pure_steps_run() -> None:
    given = scenario(outcome="completed", values={"": WHOLE, "/members": 3.0})
    done = played(given)
    assert done.differences == ()
    assert done.result is not None
    events = [entry.event.to_dict() for entry in done.result.receipt.entries]
    assert [event["event"] for event in events] == ["decided", "completed", "completed"]
    assert (events[0]["at"], events[0]["head_sha256"]) == (
        None,
        done.result.receipt.entries[0].previous_sha256,
    )
    assert events[0]["signature"].startswith("-----BEGIN SSH SIGNATURE-----\n")


@pytest.mark.parametrize(
    ("answers", "hosts", "expect"),
    [
        ({}, {}, {"outcome": "rehearsed", "values": {"": {"n": 1, "members": 1}}}),
        ({"ask": YES}, {}, {"outcome": "rehearsed", "values": {"/how": 2}}),
        (
            {"ask": Answer(verdict="vetoed", by="Ben", note="no")},
            {},
            {"outcome": "vetoed", "failed_step_id": "ask", "error_message": "vetoed by Ben: no"},
        ),
        (
            {"ask": YES},
            {"send": HostAnswer(reason="no line")},
            {"outcome": "failed", "failed_step_id": "send", "error_message": "no line", "values": {"/n": 1}},
        ),
        ({"ask": Answer(verdict="approved", by="Eve")}, {}, {"error": "approver"}),
        ({"ask": Answer(verdict="approved", by="Ada", values={"how": True})}, {}, {"error": "answer"}),
        ({"ask": Answer(verdict="vetoed", by="Ada", values={"how": 1})}, {}, {"error": "answer"}),
        ({"ask": Answer(verdict="approved", by="Ada", head_sha256="0" * 64)}, {}, {"error": "stale"}),  # type: ignore[arg-type]  # a digest of nothing
        ({"ask": YES}, {"send": HostAnswer(output={"deep": [[[[]]]]})}, {"values": {"/deep/0/0/0": []}}),
    ],
    ids=[
        "nobody",
        "no host",
        "veto",
        "failed host",
        "stranger",
        "wrong value",
        "veto with a value",
        "stale",
        "deep",
    ],
)
def test_a_scenario_that_expects_what_happens_passes(
    answers: Mapping[str, Answer], hosts: Mapping[str, HostAnswer], expect: dict[str, Any]
) -> None:
    assert differences(scenario(answers, hosts, **expect)) == []


@pytest.mark.parametrize(
    ("expect", "found"),
    [
        ({"outcome": "vetoed"}, [("$.expect.outcome", '"vetoed"', '"completed"')]),
        ({"failed_step_id": "ask"}, [("$.expect.failed_step_id", '"ask"', "null")]),
        ({"error_message": ""}, [("$.expect.error_message", '""', "null")]),
        ({"error": "stale"}, [("$.expect.error", '"stale"', "null")]),
        ({"values": {"/sent": 1}}, [('$.expect.values["/sent"]', "1", "true")]),
        ({"values": {"/n": True}}, [('$.expect.values["/n"]', "true", "1")]),
        ({"values": {"/n": "1"}}, [('$.expect.values["/n"]', '"1"', "1")]),
        ({"values": {"/no": None}}, [('$.expect.values["/no"]', "null", "absent")]),
        ({"values": {"/n/0": 1}}, [('$.expect.values["/n/0"]', "1", "absent")]),
        (
            {"values": {"": {**WHOLE, "sent": 1, "more": []}}},
            [('$.expect.values[""].more', "[]", "absent"), ('$.expect.values[""].sent', "1", "true")],
        ),
        (
            {"values": {"": {}}},
            [
                (f'$.expect.values[""].{name}', "absent", canonical(freeze(value)).decode())
                for name, value in sorted(WHOLE.items())
            ],
        ),
    ],
)
def test_each_difference_has_its_path_and_both_values(
    expect: dict[str, Any], found: list[tuple[str, str, str]]
) -> None:
    assert differences(scenario(**expect)) == found


def test_arrays_differ_inside_only_if_they_are_as_long() -> None:
    hosts = {"send": HostAnswer(output={"list": [1, {"a": 2}, 3]})}
    assert differences(scenario(hosts=hosts, values={"/list": [1, {"a": 3}, 4]})) == [
        ('$.expect.values["/list"][1].a', "3", "2"),
        ('$.expect.values["/list"][2]', "4", "3"),
    ]
    assert differences(scenario(hosts=hosts, values={"/list": [1]})) == [
        ('$.expect.values["/list"]', "[1]", '[1,{"a":2},3]')
    ]


def test_another_digest_of_the_result_is_a_difference() -> None:
    result = played(scenario()).result
    assert result is not None
    assert differences(scenario(result_sha256=digest(result))) == []
    ((where, _, found),) = differences(scenario(result_sha256="0" * 64))
    assert (where, found) == ("$.expect.result_sha256", f'"{digest(result)}"')


def test_an_answer_that_no_step_uses_is_a_difference() -> None:
    answers = {"ask": YES, "send": YES, "nobody": YES}
    hosts = {"ask": SENT, "count": SENT, "send": SENT}
    assert differences(scenario(answers, hosts)) == [
        ("$.answers.nobody", "used", "unused"),
        ("$.answers.send", "used", "unused"),
        ("$.hosts.ask", "used", "unused"),
        ("$.hosts.count", "used", "unused"),
    ]
    veto = {"ask": Answer(verdict="vetoed", by="Ada")}
    assert differences(scenario(veto)) == [("$.hosts.send", "used", "unused")]


def test_a_mission_types_own_question_is_answered() -> None:
    def asked(_: StepSpec, state: Mapping[str, JsonValue]) -> Asking:
        return Asking(
            fields=(
                Field(name="n", label="N", kind="choice", choices=(Choice(label="n", value=state["n"]),)),
            )
        )

    step = StepSpec(id="ask", kind="human")
    missions = {"own": MissionType(NoParams, lambda _: [step], questions={"ask": asked})}
    for value, code in ((1, None), (True, "answer"), (2, "answer")):
        given = scenario({"ask": Answer(verdict="approved", by="Eve", values={"n": value})}, {}, error=code)
        assert play(given, missions, OUR_OPERATIONS).differences == ()


def test_a_refusal_is_a_difference_unless_it_is_expected() -> None:
    stranger = {"ask": Answer(verdict="approved", by="Eve")}
    done = played(scenario(stranger, {}, outcome="completed", values={"/n": 1}, result_sha256="0" * 64))
    assert done.result is None
    assert done.refusal is not None
    assert (done.refusal.code, done.refusal.where) == ("approver", "$.by")
    assert [(one.where, one.found) for one in done.differences] == [
        ("$.expect.error", '"approver"'),
        ("$.expect.outcome", "absent"),
        ('$.expect.values["/n"]', "absent"),
        ("$.expect.result_sha256", "absent"),
    ]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"mission": MissionSpec(type="owm")}, "unknown-mission"),
        ({"mission": MissionSpec(type="own", params={"x": 1})}, "unknown-field"),
        ({"mission": MissionSpec(type="strange")}, "envelope"),
    ],
)
def test_a_mission_that_cannot_start_is_a_refusal(changes: dict[str, Any], code: str) -> None:
    step = StepSpec(id="x", kind="runtime", payload={"operation": "unknown"})
    missions = {**OWN, "strange": MissionType(NoParams, lambda _: [step])}
    given = msgspec.structs.replace(scenario({}, {}, error=code), **changes)
    assert play(given, missions, OUR_OPERATIONS).differences == ()


def test_what_an_operation_raises_passes_through() -> None:
    with pytest.raises(ZeroDivisionError):
        play(scenario(), OWN, {**OUR_OPERATIONS, "count": Pure(broken)})


POINTER = "write / before each name, and ~0 for ~ and ~1 for / inside of one"
MALFORMED: list[tuple[dict[str, Any], str, str]] = [
    ({"hosts": {"a": SENT, "b": HostAnswer()}}, "$.hosts.b", "neither an output nor a reason"),
    ({"hosts": {"b": HostAnswer(output={}, reason="")}}, "$.hosts.b", "an output and a reason"),
    ({"values": {"/n": 1, "n": 1}}, "$.expect.values.n", "'n' is no JSON Pointer"),
    ({"values": {"/~2": 1}}, '$.expect.values["/~2"]', "'/~2' is no JSON Pointer"),
]


@pytest.mark.parametrize(("given", "where", "message"), MALFORMED)
def test_a_malformed_scenario_is_refused_everywhere(given: dict[str, Any], where: str, message: str) -> None:
    wrong = scenario(**given)
    for read in (lambda: played(wrong), lambda: decode(canonical(wrong), Scenario)):
        with pytest.raises(ContractError) as caught:
            read()
        assert (caught.value.code, caught.value.where) == ("scenario", where)
        assert caught.value.message.endswith(message)
        assert caught.value.remedy in ("make exactly one of them null", POINTER)
    (found,) = diagnose(canonical(wrong)).diagnostics
    assert (found.problem.code, found.problem.where) == ("scenario", where)


def test_every_malformed_part_of_a_scenario_is_reported() -> None:
    plain = scenario(hosts={"b": HostAnswer()}, values={"n": 1}).to_dict()
    found = diagnose(canonical({**plain, "name": 1})).diagnostics
    assert [one.problem.where for one in found] == ["$.expect.values.n", "$.hosts.b", "$.name"]
    plain["expect"]["outcome"] = "done"
    assert [one.problem.where for one in diagnose(canonical(plain)).diagnostics] == [
        "$.expect.outcome",
        "$.hosts.b",
    ]


@pytest.mark.parametrize(
    ("given", "expect"),
    [
        (
            scenario(outcome="failed", values={"/n": 2, "/no": 1}),
            {"outcome": "completed", "values": {"/n": 1}},
        ),
        (scenario(error_message="x", failed_step_id="y"), {}),
        (scenario(error="stale"), {"outcome": "completed"}),
        (
            scenario(hosts={"send": HostAnswer(reason="no line")}, outcome="completed", values={"/how": 1}),
            {"outcome": "failed", "values": {"/how": 2}},
        ),
        (
            scenario({"ask": Answer(verdict="approved", by="Eve")}, {}, outcome="failed"),
            {"error": "approver"},
        ),
        (scenario({"ask": YES, "no": YES}, outcome="completed"), {"outcome": "completed"}),
    ],
)
def test_an_update_expects_what_came_out(given: Scenario, expect: dict[str, Any]) -> None:
    assert updated(given, played(given)) == msgspec.structs.replace(given, expect=Expectation(**expect))
