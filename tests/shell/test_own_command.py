"""What can a larger system make of `main`: a command of its own, with missions and operations of its own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from shell_command import Answer, Command

from tier2.contracts.v1 import ExecutionContext, StepSpec
from tier2.kinds import Asking, Fail, Host, MissionType, Operation, Pure, runtime
from tier2.missions import MISSIONS, OPERATIONS
from tier2.shell import Option, World, main
from tier2.values.frozen import JsonValue

Json = Any


class Greeting(msgspec.Struct, forbid_unknown_fields=True):
    """The params of a mission of one's own."""

    name: str
    times: int = 1


def greet(payload: Mapping[str, JsonValue], state: Mapping[str, JsonValue]) -> Mapping[str, JsonValue] | Fail:
    name = payload["name"]
    return Fail("nobody is there") if name == "" else {"greeted": (*greeted(state), name)}


def greeted(state: Json) -> tuple[str, ...]:
    return tuple(state.get("greeted", ()))


def greeting(params: Greeting) -> list[StepSpec]:
    payload: Json = {"description": "Say hello.", "operation": "greet", "name": params.name}
    return [StepSpec(id=f"greet-{i}", kind="runtime", payload=payload) for i in range(params.times)]


def broken(_: object, __: object) -> Json:
    raise OSError("its own\n\x1b[2J")


BROKEN_AT = broken.__code__.co_firstlineno + 1
_NO_TEXT: Any = 5
ASK = StepSpec(id="ask", kind="human")


def leaving(_: object, __: object) -> Json:
    raise SystemExit(7)


LEAVES_AT = leaving.__code__.co_firstlineno + 1


OWN_MISSIONS: Mapping[str, MissionType] = {
    **MISSIONS,
    "say_hello": MissionType(Greeting, greeting),
    "deploy": MissionType(msgspec.defstruct("Nothing", []), lambda _: [runtime("go", "Deploy.", "deploy")]),
    "unknown": MissionType(msgspec.defstruct("Nothing", []), lambda _: [runtime("go", "Go.", "nowhere")]),
    "broken": MissionType(msgspec.defstruct("Nothing", []), lambda _: [runtime("go", "Go.", "broken")]),
    "odd": MissionType(msgspec.defstruct("Nothing", []), lambda _: [runtime("go", "Go.", "odd")]),
    "asks": MissionType(msgspec.defstruct("Nothing", []), lambda _: [ASK], {"ask": broken}),
    "leaves": MissionType(msgspec.defstruct("Nothing", []), lambda _: [ASK], {"ask": leaving}),
    "nonsense": MissionType(
        msgspec.defstruct("Nothing", []), lambda _: [ASK], {"ask": lambda *_: Asking(description=_NO_TEXT)}
    ),
    "100%": MissionType(msgspec.defstruct("Nothing", []), lambda _: [runtime("go", "Go.", "noop")]),
}
OWN_OPERATIONS: Mapping[str, Operation] = {
    **OPERATIONS,
    "greet": Pure(greet),
    "deploy": Host(),
    "broken": Pure(broken),
    "odd": Pure(lambda _, __: {"x": float("nan")}),
}


class Own:
    """The larger system's command."""

    def __init__(self, command: Command) -> None:
        self._command = command

    def __call__(self, *arguments: str, operations: Mapping[str, Operation] = OWN_OPERATIONS) -> Answer:
        return self._command(*arguments, missions=OWN_MISSIONS, operations=operations)


@pytest.fixture
def own(tier2: Command) -> Own:
    return Own(tier2)


def test_a_mission_of_ones_own_runs_like_ours(own: Own) -> None:
    answer = own("run", "say_hello", "--param", "name=Aoi", "--param", "times=2")
    assert (answer.code, answer.err) == (0, "")
    assert answer.json["id"] == "wf-say-hello"
    assert answer.json["final_state"] == {"greeted": ["Aoi", "Aoi"]}


def test_our_own_missions_are_still_there(own: Own, tier2: Command) -> None:
    assert own("run", "echo") == tier2("run", "echo")


def test_the_plain_command_does_not_know_them(own: Own, tier2: Command) -> None:
    assert own("plan", "say_hello", "--param", "name=x").code == 0
    assert tier2("plan", "say_hello", "--param", "name=x").refusal.endswith("[unknown-mission]")


def test_the_missions_are_listed_in_help_and_refusal(own: Own) -> None:
    assert b"say_hello" in own("plan", "--help").out
    assert b"100%," in own("run", "--help").out
    assert "say_hello" in own("plan", "nope").refusal


def test_a_failed_operation_is_a_failed_run(own: Own) -> None:
    answer = own("run", "say_hello", "--param", "name=")
    assert answer.code == 1
    assert answer.message.startswith("step 'greet-0' failed: nobody is there; the run is recorded in ")


def test_ones_own_params_are_refused_with_their_path(own: Own) -> None:
    assert own("plan", "say_hello").refusal.startswith("$.params.name: ")
    assert own("plan", "say_hello", "--param", "name=x", "--extra-param", "tims=2").refusal.startswith(
        "$.params.tims: "
    )
    assert "knows no such param; did you mean times?" in own("plan", "say_hello", "--param", "tims=2").refusal


def test_a_template_beyond_the_limits_is_refused(own: Own) -> None:
    refusal = own("plan", "say_hello", "--param", "name=x", "--param", "times=6").refusal
    assert "6 steps are more than 5" in refusal
    assert refusal.endswith("[limits]")


def test_an_operation_nobody_performs_is_refused(own: Own) -> None:
    refusal = own("run", "deploy").refusal
    assert refusal == "step 'go': nothing here performs deploy; rehearse it instead"
    assert own("runs").out == b""
    assert own("rehearse", "deploy").json["outcome"] == "rehearsed"


def test_a_mission_with_an_unknown_operation_is_refused(own: Own) -> None:
    refusal = own("run", "unknown").refusal
    assert refusal.startswith(
        "$.steps[0].payload.operation: the operation 'nowhere' of step 'go' is not known; "
    )


def test_what_an_operation_raises_leaves_a_run_that_goes_on(own: Own, tmp_path: Path) -> None:
    answer = own("run", "broken")
    assert (answer.code, answer.out) == (3, b"")
    path = tmp_path / "state" / "tier2" / "wf-broken-1.ndjson"
    assert answer.message == (
        f"{path}: the operation 'broken' of step 'go' raised OSError: its own\\u000a\\u001b[2J "
        f"({__file__}:{BROKEN_AT}); to go on: tier2 resume wf-broken-1"
    )
    before = path.read_bytes()
    assert own("resume", "wf-broken-1") == answer
    assert path.read_bytes() == before
    mended = {**OWN_OPERATIONS, "broken": Pure(lambda _, __: {"mended": True})}
    assert own("resume", "wf-broken-1", operations=mended).json["final_state"] == {"mended": True}


@pytest.mark.parametrize(
    ("mission", "message"),
    [
        (
            "asks",
            f"the question of step 'ask' raised OSError: its own\\u000a\\u001b[2J ({__file__}:{BROKEN_AT})",
        ),
        ("leaves", f"the question of step 'ask' raised SystemExit: 7 ({__file__}:{LEAVES_AT})"),
        ("nonsense", "$.description: Question holds str here, not int; pass str [type]"),
    ],
)
def test_what_a_question_raises_leaves_a_run_that_waits(
    own: Own, tmp_path: Path, mission: str, message: str
) -> None:
    name = f"wf-{mission}-1"
    path = tmp_path / "state" / "tier2" / f"{name}.ndjson"
    answer = own("run", mission)
    assert (answer.code, answer.out) == (3, b"")
    assert answer.message == f"{path}: {message}; to go on: tier2 resume {name}"
    before = path.read_bytes()
    assert own("resume", name) == answer
    for words in (("question", name), ("resume", name, "--approve", "ask", "--by", "Ann")):
        assert own(*words).refusal == f"{path}: {message}"
    shown = own("show", name)
    assert (shown.code, shown.message) == (2, message)
    assert path.read_bytes() == before


class Mute(Exception):
    def __str__(self) -> str:
        raise ValueError("no words")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Mute(), "Mute: its text cannot be shown"),
        (SystemExit(7), "SystemExit: 7"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_whatever_an_operation_raises_is_one_message(own: Own, error: BaseException, words: str) -> None:
    def raising(_: object, __: object) -> Json:
        raise error

    answer = own("run", "broken", operations={**OWN_OPERATIONS, "broken": Pure(raising)})
    assert (answer.code, answer.out) == (3, b"")
    assert f" raised {words} ({__file__}:" in answer.message
    assert answer.message.endswith("; to go on: tier2 resume wf-broken-1")


def test_what_an_operation_raises_leaves_a_rehearsal(own: Own) -> None:
    with pytest.raises(OSError, match="its own"):
        own("rehearse", "broken")


def test_a_wrong_output_is_reported_with_its_operation(own: Own) -> None:
    answer = own("run", "odd")
    assert answer.code == 3
    assert "the operation 'odd' of step 'go' gave a wrong output" in answer.message
    assert answer.message.endswith("[not-finite]; to go on: tier2 resume wf-odd-1")


SHARED = Option(name="place", help="50% of where it happens")
OWN_WORLDS = {
    "say_hello": World(options=(SHARED,), params=lambda given: {"name": given.get("place", "nobody")}),
    "100%": World(options=(SHARED,), context=lambda given: ExecutionContext(initial_state={**given})),
}


@pytest.mark.parametrize(
    ("arguments", "code", "found"),
    [
        (("run", "say_hello", "--place", "Oslo", "--pointer", "/final_state"), 0, '{"greeted":["Oslo"]}'),
        (
            ("run", "say_hello", "--place", "x", "--param", "name=y", "--pointer", "/final_state/greeted"),
            0,
            '["y"]',
        ),
        (("run", "100%", "--place", "Oslo", "--pointer", "/final_state"), 0, '{"place":"Oslo"}'),
        (("run", "echo", "--place", "Oslo"), 2, "--place is an option of say_hello and 100%; leave it out"),
        (("run", "daily_loop", "--todo", "x"), 2, "unrecognized arguments: --todo x"),
        (("run", "--help"), 0, "options of say_hello:\n  --place TEXT          50% of where it happens\n"),
    ],
)
def test_worlds_bring_options_that_may_be_shared(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, found: str
) -> None:
    assert main(arguments, OWN_MISSIONS, OWN_OPERATIONS, worlds=OWN_WORLDS) == code
    out, err = capsys.readouterr()
    assert found in out + err


@pytest.mark.parametrize("name", ["runs", "by", "state", "help"])
def test_an_option_of_the_command_itself_is_refused(name: str) -> None:
    worlds = {"say_hello": World(options=(Option(name=name, help="It hides the command's."),))}
    with pytest.raises(
        ValueError, match=f"--{name} of say_hello is one of the command itself; give it another name"
    ):
        main(["run", "echo"], OWN_MISSIONS, OWN_OPERATIONS, worlds=worlds)
