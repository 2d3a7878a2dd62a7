"""The documents of the contracts as frozen Structs.

Generated, do not edit. To change it, change the contracts and run

    tier2 contracts generate

Sources (sha256):

    3d70ef246c7d5b7ab7f8bba330ff8a6b0e3a9c61be0e6c13c96c12fb12db0c1c  artifacts.schema.json
    4efbb7367e966ec4aa2b9dc52f38d8dd208e87c5ae5c56b5652f60cf31341746  context.schema.json
    f23cd66e0995b825ed68ddb9d4507abdd70abd182bc60bda0ced4bd046f60210  definitions.schema.json
    7447fa4246d8bd0662542f8ebc10fdb2d0060c3c5b9b15d8389bb6af5d156f9e  events.schema.json
    e6a18e0e7562fd9cb91ac296f6522e6a715de48b4e7c7b7172504466ab1a6b0e  human_payload.schema.json
    a48005e57f3bf5515a9786e71ef09a970de2f2ee2413eb85a7944d6cdeeb0ff1  mission.schema.json
    5ea677b521f3bcfb1bab446cb989aad263af70c39c151268fd29d0a80936da2d  missions/daily_loop.params.schema.json
    32ec0a48e928b5944500f9f3c474ed0176ea95e653c878695d577a25fdd4609f  missions/daily_loop.state.schema.json
    58d4a9723f9322c4be9b580d481a63bf489fdda7061d248f08a647ec11efdc1f  missions/echo.params.schema.json
    d73a1d3d1c0a5444dbbfbbc99c1a639153bbaa695df29daf94e293bd6d503288  missions/run_tests.params.schema.json
    0d22287f52df22218f718d27ae6d8fed49666b3c29c5ad4c05f80f41d0c48411  missions/run_tests.state.schema.json
    81d19983380beb46721c729d8b20a42b20872eb25e81f83f51d4f8fc2db7a061  question.schema.json
    31cac42e7b5ce3d8780acebe85e3f5b2f8bc2a352788fa1ab8bd949af6bae14c  result.schema.json
    8a69def5edfeb35e7aa875d90c89b56e1fbedfd3c5c46b196d047680102a2e56  run.schema.json
    3d713f942ca9ba9f1b5ef63fd41cdfcebd1433950209a417014136769229ddc3  scenario.schema.json
    c86c9e22caf2cd8bae5ad1d63017bc6d89ad33d3a82ffc2ce9a1c56fe11bc233  workflow.schema.json
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, UnsetType

from tier2.contracts.base import (
    EMPTY_MAP,
    AnyValue,
    OpenObject,
    StringMap,
    View,
    coerce_array,
    coerce_map,
    coerce_object,
    coerce_string,
    coerce_value,
    require,
)
from tier2.values.canonical import Sha256
from tier2.values.frozen import EMPTY, MAX_VALUE_DEPTH, FrozenObject
from tier2.values.structs import Value

MAX_TOTAL_STEPS = 5
MAX_HUMAN_STEPS = 2

CONDITIONS: tuple[str, ...] = (
    "events.schema.json#/$defs/Decided/if",
    "workflow.schema.json#/$defs/Steps/contains",
    "workflow.schema.json#/$defs/StepSpec/if",
)
"""What the contracts say beyond types: whoever reads documents has to check it."""


class Artifact(View, frozen=True, kw_only=True):
    """The content of a file, by its size and digest.

    bytes: The size of the file in bytes.
    sha256: The SHA-256 digest of the file's bytes.
    """

    bytes: Annotated[int, Meta(ge=0, le=9007199254740991)]
    sha256: Annotated[Sha256, Meta(pattern="^[0-9a-f]{64}\\Z")]


class StateArtifacts(View, frozen=True, kw_only=True):
    """The files that a state names. They lie in the folder of the run.

    artifacts: The files, by their plain names.
    """

    artifacts: Mapping[str, Artifact] | UnsetType = UNSET


JsonObject: TypeAlias = OpenObject


class ExecutionContext(Value, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="contract", tag="tier2.context/v1"):
    """The state before the first step, and facts about the run that no step changes.

    initial_state: The state before the first step.
    metadata: Facts about the run; hashed with it, read by no step.
    """

    in_order = True
    initial_state: JsonObject = EMPTY
    metadata: JsonObject = EMPTY

    def __post_init__(self) -> None:
        if type(self.initial_state) is not FrozenObject or self.initial_state.depth_bound > MAX_VALUE_DEPTH:
            coerce_object(self, "initial_state", self.initial_state)
        if type(self.metadata) is not FrozenObject or self.metadata.depth_bound > MAX_VALUE_DEPTH:
            coerce_object(self, "metadata", self.metadata)


Revisions: TypeAlias = StringMap


StepIds: TypeAlias = Annotated[tuple[str, ...], Meta(min_length=1, max_length=5)]


class Completed(Value, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="event", tag="completed"):
    """A runtime step did its work.

    step_id: The step.
    output: A JSON Merge Patch (RFC 7396) onto the state.
    """

    step_id: str
    output: JsonObject = EMPTY

    def __post_init__(self) -> None:
        if type(self.step_id) is not str or not self.step_id.isascii():
            coerce_string(self, "step_id", self.step_id)
        if type(self.output) is not FrozenObject or self.output.depth_bound > MAX_VALUE_DEPTH:
            coerce_object(self, "output", self.output)


class Failed(Value, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="event", tag="failed"):
    """A runtime step could not do its work; the run ends with it.

    step_id: The step.
    reason: Why, in words that are the same on every machine.
    """

    step_id: str
    reason: str

    def __post_init__(self) -> None:
        if type(self.step_id) is not str or not self.step_id.isascii():
            coerce_string(self, "step_id", self.step_id)
        if type(self.reason) is not str or not self.reason.isascii():
            coerce_string(self, "reason", self.reason)


Verdict: TypeAlias = Literal["approved", "vetoed"]


class Decided(Value, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="event", tag="decided"):
    """A person approved or vetoed a human step; a veto ends the run.

    step_id: The step.
    by: Who decided, as the caller said; nothing proves it.
    note: The person's remark, if any.
    output: A JSON Merge Patch (RFC 7396) onto the state; empty on a veto.
    at: When, in UTC by RFC 3339, such as `2026-03-01T09:30:00Z`, as the caller said; null if it did not say.
    head_sha256: The head of the run that the person saw; null if it is not known.
    signature: The armored SSH signature of the canonical event in which `signature` is null; null if it is not signed.
    """

    step_id: str
    verdict: Verdict
    by: str
    note: str | None = None
    output: JsonObject = EMPTY
    at: Annotated[str, Meta(pattern="^[0-9]{4}-[0-1][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]Z\\Z")] | None = None
    head_sha256: Annotated[Sha256, Meta(pattern="^[0-9a-f]{64}\\Z")] | None = None
    signature: str | None = None

    def __post_init__(self) -> None:
        if type(self.step_id) is not str or not self.step_id.isascii():
            coerce_string(self, "step_id", self.step_id)
        coerce_string(self, "verdict", self.verdict)
        if type(self.by) is not str or not self.by.isascii():
            coerce_string(self, "by", self.by)
        if self.note is not None and (type(self.note) is not str or not self.note.isascii()):
            coerce_string(self, "note", self.note)
        if type(self.output) is not FrozenObject or self.output.depth_bound > MAX_VALUE_DEPTH:
            coerce_object(self, "output", self.output)
        if self.at is not None and (type(self.at) is not str or not self.at.isascii()):
            coerce_string(self, "at", self.at)
        if self.head_sha256 is not None and (type(self.head_sha256) is not str or not self.head_sha256.isascii()):
            coerce_string(self, "head_sha256", self.head_sha256)
        if self.signature is not None and (type(self.signature) is not str or not self.signature.isascii()):
            coerce_string(self, "signature", self.signature)


class Rehearsed(Value, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="event", tag="rehearsed"):
    """A step that needs the outside world was passed over in a rehearsal.

    step_id: The step.
    """

    in_order = True
    step_id: str

    def __post_init__(self) -> None:
        if type(self.step_id) is not str or not self.step_id.isascii():
            coerce_string(self, "step_id", self.step_id)


Event: TypeAlias = Completed | Failed | Decided | Rehearsed


FieldKind: TypeAlias = Literal["text", "integer", "boolean", "choice", "ranking"]


class Choice(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the values that a person can choose.

    label: The name that people see.
    value: The value in the decision's output.
    """

    in_order = True
    label: str
    value: AnyValue

    def __post_init__(self) -> None:
        if type(self.label) is not str or not self.label.isascii():
            coerce_string(self, "label", self.label)
        coerce_value(self, "value", self.value)


class PayloadField(View, frozen=True, kw_only=True):
    """A value that a person may fill in when they approve a step. If the payload has fields, the output of an approval has these values and no others.

    name: The member of the decision's output that gets the value; without `=`.
    label: The name that people see.
    kind: The type of the value.
    choices: The choices of a choice or a ranking.
    required: Whether an approval needs the value.
    """

    name: str
    label: str
    kind: FieldKind
    choices: tuple[Choice, ...] = ()
    required: bool = False


class HumanPayload(View, frozen=True, kw_only=True):
    """The members of a human step's payload that have a meaning. Each may be absent.

    show: The evidence: JSON Pointers (RFC 6901) into the state; without it, the whole state.
    fields: The values to fill in.
    approvers: The names of the people who may decide; without it, anybody may.
    signed: Whether the decision needs a signature and the head.
    """

    show: tuple[str, ...] | UnsetType = UNSET
    fields: tuple[PayloadField, ...] | UnsetType = UNSET
    approvers: Annotated[tuple[str, ...], Meta(min_length=1)] | UnsetType = UNSET
    signed: bool = False


class MissionSpec(Value, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="contract", tag="tier2.mission/v1"):
    """A mission: its type, and what is to be done differently from the type's defaults.

    type: The mission type, such as `daily_loop`.
    params: The parameters; the mission type's own contract says which it knows. Unknown members are kept.
    """

    type: str
    params: JsonObject = EMPTY

    def __post_init__(self) -> None:
        if type(self.type) is not str or not self.type.isascii():
            coerce_string(self, "type", self.type)
        if type(self.params) is not FrozenObject or self.params.depth_bound > MAX_VALUE_DEPTH:
            coerce_object(self, "params", self.params)


class DailyLoopParams(View, frozen=True, kw_only=True):
    """How much of the daily loop is wanted. Both are upper bounds: larger ones are truncated, negative ones count as 0.

    requested_steps: How many steps, at most.
    requested_human_steps: How many of them may ask a person.
    """

    requested_steps: Annotated[int, Meta(ge=-9007199254740991, le=9007199254740991)] = 4
    requested_human_steps: Annotated[int, Meta(ge=-9007199254740991, le=9007199254740991)] = 1


class Task(View, frozen=True, kw_only=True):
    """One thing to do. Unknown members are kept.

    text: The task in words.
    done: Whether it is done.
    priority: From A, the most urgent, to Z.
    created: The day on which it was written down.
    completed: The day on which it was done.
    due: The day by which it should be done.
    threshold: The day from which it counts: before it, the task is kept but not ranked.
    hidden: Whether it is kept but never ranked.
    projects: The projects that it belongs to.
    contexts: The places or tools that it needs.
    """

    text: str
    done: bool
    priority: Annotated[str, Meta(pattern="^[A-Z]\\Z")] | UnsetType = UNSET
    created: Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}\\Z")] | UnsetType = UNSET
    completed: Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}\\Z")] | UnsetType = UNSET
    due: Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}\\Z")] | UnsetType = UNSET
    threshold: Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}\\Z")] | UnsetType = UNSET
    hidden: bool | UnsetType = UNSET
    projects: tuple[str, ...] | UnsetType = UNSET
    contexts: tuple[str, ...] | UnsetType = UNSET


class JournalEntry(View, frozen=True, kw_only=True):
    """The journal's entry for one day. Unknown members are kept.

    date: The day.
    completed: The tasks completed the day before, or since the entry before.
    carried_over: The tasks still open that morning.
    priorities: The priorities of the day.
    """

    date: Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}\\Z")]
    completed: tuple[str, ...] | UnsetType = UNSET
    carried_over: tuple[str, ...] | UnsetType = UNSET
    priorities: tuple[str, ...] | UnsetType = UNSET


class Yesterday(View, frozen=True, kw_only=True):
    """The summary of the day before.

    date: The day before today.
    completed: The tasks completed on it, or since the day `since` and in no entry yet.
    carried_over: The open tasks from before today.
    """

    date: Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}\\Z")] | UnsetType = UNSET
    completed: tuple[str, ...] | UnsetType = UNSET
    carried_over: tuple[str, ...] | UnsetType = UNSET


class DailyLoopState(View, frozen=True, kw_only=True):
    """The day: every member may be absent, and then counts as empty.

    today: The day. It is given: nothing here reads a clock.
    since: The first day whose completed tasks may be in no entry yet; absent: the day before today.
    tasks: The tasks, open and done.
    confirmed: The tasks that the person put first, as indices into `tasks`, in their order.
    priorities: The texts of the day's top tasks.
    journal: One entry a day.
    archived: The tasks that were moved away because they are done.
    """

    today: Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}\\Z")] | UnsetType = UNSET
    since: Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}\\Z")] | UnsetType = UNSET
    tasks: tuple[Task, ...] | UnsetType = UNSET
    confirmed: tuple[Annotated[int, Meta(ge=0, le=9007199254740991)], ...] | UnsetType = UNSET
    yesterday: Yesterday | UnsetType = UNSET
    priorities: tuple[str, ...] | UnsetType = UNSET
    journal: tuple[JournalEntry, ...] | UnsetType = UNSET
    archived: tuple[Task, ...] | UnsetType = UNSET


class EchoParams(View, frozen=True, kw_only=True):
    """The smallest mission knows no parameter."""


class RunTestsParams(View, frozen=True, kw_only=True):
    """The tests to run.

    target: A file, a folder, or `all`.
    keyword: An expression that chooses tests by their names, as the option -k of pytest; null for all.
    markers: An expression that chooses tests by their markers, as the option -m of pytest; null for all.
    """

    target: str = "all"
    keyword: str | None = None
    markers: str | None = None


TestOutcome: TypeAlias = Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed", "not_run"]


class TestRecord(View, frozen=True, kw_only=True):
    """A test that did not pass.

    id: The test's id, free of machine paths.
    """

    id: str
    outcome: TestOutcome


class TestCounts(View, frozen=True, kw_only=True):
    """How many tests ended how.

    passed: Passed.
    skipped: Skipped.
    xfailed: Failed, as expected.
    xpassed: Passed, against expectation.
    failed: Failed.
    error: Could not be set up, torn down or collected.
    not_run: Found, but not run to an end.
    """

    passed: Annotated[int, Meta(ge=0, le=9007199254740991)]
    skipped: Annotated[int, Meta(ge=0, le=9007199254740991)]
    xfailed: Annotated[int, Meta(ge=0, le=9007199254740991)]
    xpassed: Annotated[int, Meta(ge=0, le=9007199254740991)]
    failed: Annotated[int, Meta(ge=0, le=9007199254740991)]
    error: Annotated[int, Meta(ge=0, le=9007199254740991)]
    not_run: Annotated[int, Meta(ge=0, le=9007199254740991)]


class RecordedTests(View, frozen=True, kw_only=True):
    """The tests of one run: how many were found, and how they ended. The whole list is an artifact.

    found: How many tests were found.
    outcomes: How many tests ended how.
    not_passed: The tests that did not pass, the most important first, as far as there is room.
    omitted: How many more tests did not pass than are listed.
    ended: Why the tests ended before all had run.
    """

    found: Annotated[int, Meta(ge=0, le=9007199254740991)] | UnsetType = UNSET
    outcomes: TestCounts | UnsetType = UNSET
    not_passed: tuple[TestRecord, ...] | UnsetType = UNSET
    omitted: Annotated[int, Meta(ge=0, le=9007199254740991)] | UnsetType = UNSET
    ended: str | UnsetType = UNSET


ReportStatus: TypeAlias = Literal["not run", "incomplete", "failed", "passed"]


class TestReport(View, frozen=True, kw_only=True):
    """The verdict, and the totals.

    total: All tests.
    passed: Passed.
    skipped: Skipped.
    xfailed: Failed, as expected.
    xpassed: Passed, against expectation.
    failed: Failed.
    error: Could not be set up, torn down or collected.
    not_run: Found, but not run to an end.
    """

    status: ReportStatus
    total: Annotated[int, Meta(ge=0, le=9007199254740991)] | UnsetType = UNSET
    passed: Annotated[int, Meta(ge=0, le=9007199254740991)] | UnsetType = UNSET
    skipped: Annotated[int, Meta(ge=0, le=9007199254740991)] | UnsetType = UNSET
    xfailed: Annotated[int, Meta(ge=0, le=9007199254740991)] | UnsetType = UNSET
    xpassed: Annotated[int, Meta(ge=0, le=9007199254740991)] | UnsetType = UNSET
    failed: Annotated[int, Meta(ge=0, le=9007199254740991)] | UnsetType = UNSET
    error: Annotated[int, Meta(ge=0, le=9007199254740991)] | UnsetType = UNSET
    not_run: Annotated[int, Meta(ge=0, le=9007199254740991)] | UnsetType = UNSET


class RunTestsState(View, frozen=True, kw_only=True):
    """Every member may be absent: then nothing was run."""

    tests: RecordedTests | UnsetType = UNSET
    report: TestReport | UnsetType = UNSET


class Field(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value that a person may fill in when they approve a step.

    name: The member of the decision's output that gets the value; without `=`.
    label: The name that people see.
    kind: The type of the value: text, an integer, a boolean, the value of one choice, or a ranking: an array of the values of different choices, the first one first.
    choices: The choices of a choice or a ranking; empty for every other kind.
    required: Whether an approval needs the value.
    """

    name: str
    label: str
    kind: FieldKind
    choices: tuple[Choice, ...] = ()
    required: bool = False

    def __post_init__(self) -> None:
        if type(self.name) is not str or not self.name.isascii():
            coerce_string(self, "name", self.name)
        if type(self.label) is not str or not self.label.isascii():
            coerce_string(self, "label", self.label)
        coerce_string(self, "kind", self.kind)
        coerce_array(self, "choices", self.choices, Choice)
        require(self, "required", self.required, bool)


class Evidence(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value of the state that the person should see.

    pointer: The path of the value in the state, as a JSON Pointer (RFC 6901); empty for the whole state.
    found: Whether the state has such a value; if not, `value` is null.
    value: The value.
    """

    pointer: str
    found: bool
    value: AnyValue

    def __post_init__(self) -> None:
        if type(self.pointer) is not str or not self.pointer.isascii():
            coerce_string(self, "pointer", self.pointer)
        require(self, "found", self.found, bool)
        coerce_value(self, "value", self.value)


class Question(Value, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="contract", tag="tier2.question/v1"):
    """The question of a pending human step.

    workflow_id: The workflow's id.
    step_id: The step that waits for the decision.
    description: The question, in words.
    evidence: The values of the state that the person should see, in this order.
    fields: The values that an approval may or must give.
    approvers: The names of the people who may decide; empty if anybody may.
    signed: Whether the decision needs a signature.
    head_sha256: The head of the run as it is now. The decision carries it.
    """

    workflow_id: str
    step_id: str
    description: str
    evidence: tuple[Evidence, ...]
    fields: tuple[Field, ...]
    approvers: tuple[str, ...]
    signed: bool
    head_sha256: Annotated[Sha256, Meta(pattern="^[0-9a-f]{64}\\Z")]

    def __post_init__(self) -> None:
        if type(self.workflow_id) is not str or not self.workflow_id.isascii():
            coerce_string(self, "workflow_id", self.workflow_id)
        if type(self.step_id) is not str or not self.step_id.isascii():
            coerce_string(self, "step_id", self.step_id)
        if type(self.description) is not str or not self.description.isascii():
            coerce_string(self, "description", self.description)
        coerce_array(self, "evidence", self.evidence, Evidence)
        coerce_array(self, "fields", self.fields, Field)
        coerce_array(self, "approvers", self.approvers, str)
        require(self, "signed", self.signed, bool)
        if type(self.head_sha256) is not str or not self.head_sha256.isascii():
            coerce_string(self, "head_sha256", self.head_sha256)


Outcome: TypeAlias = Literal["completed", "failed", "vetoed", "rehearsed"]


class Lineage(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The origin of a result: its workflow, its context, the steps that ran, and the revisions of the operations.

    workflow_id: The workflow's id.
    mission_type: The mission type in the workflow's metadata, if there is one.
    workflow_sha256: The digest of the workflow.
    context_sha256: The digest of the context.
    operations: The revisions of the run's operations.
    """

    workflow_id: str
    mission_type: str | None
    executed_step_ids: StepIds
    workflow_sha256: Annotated[Sha256, Meta(pattern="^[0-9a-f]{64}\\Z")]
    context_sha256: Annotated[Sha256, Meta(pattern="^[0-9a-f]{64}\\Z")]
    operations: Revisions = EMPTY_MAP

    def __post_init__(self) -> None:
        if type(self.workflow_id) is not str or not self.workflow_id.isascii():
            coerce_string(self, "workflow_id", self.workflow_id)
        if self.mission_type is not None and (type(self.mission_type) is not str or not self.mission_type.isascii()):
            coerce_string(self, "mission_type", self.mission_type)
        coerce_array(self, "executed_step_ids", self.executed_step_ids, str)
        if type(self.workflow_sha256) is not str or not self.workflow_sha256.isascii():
            coerce_string(self, "workflow_sha256", self.workflow_sha256)
        if type(self.context_sha256) is not str or not self.context_sha256.isascii():
            coerce_string(self, "context_sha256", self.context_sha256)
        coerce_map(self, "operations", self.operations, str)


class ReceiptEntry(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One link of the receipt's hash chain.

    state_sha256: The digest of the state after the event.
    previous_sha256: The digest of the entry before; for the first, of the object of `context_sha256`, `operations` and `workflow_sha256`.
    """

    event: Event
    state_sha256: Annotated[Sha256, Meta(pattern="^[0-9a-f]{64}\\Z")]
    previous_sha256: Annotated[Sha256, Meta(pattern="^[0-9a-f]{64}\\Z")]

    def __post_init__(self) -> None:
        require(self, "event", self.event, Completed, Failed, Decided, Rehearsed)
        if type(self.state_sha256) is not str or not self.state_sha256.isascii():
            coerce_string(self, "state_sha256", self.state_sha256)
        if type(self.previous_sha256) is not str or not self.previous_sha256.isascii():
            coerce_string(self, "previous_sha256", self.previous_sha256)


ReceiptEntries: TypeAlias = Annotated[tuple[ReceiptEntry, ...], Meta(min_length=1, max_length=5)]


class Receipt(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The hash chain over the events and states of a run.

    id: The workflow's id.
    head_sha256: The digest of the last entry. Kept elsewhere, it shows any later change to the run.
    """

    id: str
    steps: StepIds
    entries: ReceiptEntries
    head_sha256: Annotated[Sha256, Meta(pattern="^[0-9a-f]{64}\\Z")]

    def __post_init__(self) -> None:
        if type(self.id) is not str or not self.id.isascii():
            coerce_string(self, "id", self.id)
        coerce_array(self, "steps", self.steps, str)
        coerce_array(self, "entries", self.entries, ReceiptEntry)
        if type(self.head_sha256) is not str or not self.head_sha256.isascii():
            coerce_string(self, "head_sha256", self.head_sha256)


StepKind: TypeAlias = Literal["runtime", "human"]


class StepSpec(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step of a workflow. A runtime step names its operation in the payload.

    id: Unique within the workflow.
    payload: The input of the step: a `description` for people; for a runtime step the `operation` too.
    """

    in_order = True
    id: str
    kind: StepKind
    payload: JsonObject = EMPTY

    def __post_init__(self) -> None:
        if type(self.id) is not str or not self.id.isascii():
            coerce_string(self, "id", self.id)
        coerce_string(self, "kind", self.kind)
        if type(self.payload) is not FrozenObject or self.payload.depth_bound > MAX_VALUE_DEPTH:
            coerce_object(self, "payload", self.payload)


Steps: TypeAlias = Annotated[tuple[StepSpec, ...], Meta(min_length=1, max_length=5)]


class OrchestrationResult(Value, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="contract", tag="tier2.result/v1"):
    """A finished run: its outcome, its last state, and the proof of both.

    id: The workflow's id.
    success: True if nothing failed: the outcome is `completed` or `rehearsed`.
    executed_steps: The executed steps, whole and in order; a failing step is the last.
    final_state: The state after the last step.
    failed_step_id: The step that failed or was vetoed, if any.
    error_message: The failed step's reason, or who vetoed; null if nothing failed.
    """

    id: str
    outcome: Outcome
    success: bool
    executed_steps: Steps
    final_state: JsonObject
    failed_step_id: str | None
    error_message: str | None
    lineage: Lineage
    receipt: Receipt

    def __post_init__(self) -> None:
        if type(self.id) is not str or not self.id.isascii():
            coerce_string(self, "id", self.id)
        coerce_string(self, "outcome", self.outcome)
        require(self, "success", self.success, bool)
        coerce_array(self, "executed_steps", self.executed_steps, StepSpec)
        if type(self.final_state) is not FrozenObject or self.final_state.depth_bound > MAX_VALUE_DEPTH:
            coerce_object(self, "final_state", self.final_state)
        if self.failed_step_id is not None and (type(self.failed_step_id) is not str or not self.failed_step_id.isascii()):
            coerce_string(self, "failed_step_id", self.failed_step_id)
        if self.error_message is not None and (type(self.error_message) is not str or not self.error_message.isascii()):
            coerce_string(self, "error_message", self.error_message)
        require(self, "lineage", self.lineage, Lineage)
        require(self, "receipt", self.receipt, Receipt)


Events: TypeAlias = Annotated[tuple[Event, ...], Meta(max_length=5)]


class WorkflowDefinition(Value, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="contract", tag="tier2.workflow/v1"):
    """A bounded plan, ready to be run.

    id: The workflow's id, such as `wf-daily-loop`.
    metadata: The origin of the plan: `mission_type` and `params`, for a workflow that was planned.
    """

    id: str
    steps: Steps
    metadata: JsonObject = EMPTY

    def __post_init__(self) -> None:
        if type(self.id) is not str or not self.id.isascii():
            coerce_string(self, "id", self.id)
        coerce_array(self, "steps", self.steps, StepSpec)
        if type(self.metadata) is not FrozenObject or self.metadata.depth_bound > MAX_VALUE_DEPTH:
            coerce_object(self, "metadata", self.metadata)


class Run(Value, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="contract", tag="tier2.run/v1"):
    """A workflow, the context it started from, the revisions of its operations, and the events so far.

    operations: The revisions that the workflow's operations had when the run started.
    """

    workflow: WorkflowDefinition
    context: ExecutionContext
    operations: Revisions = EMPTY_MAP
    events: Events = ()

    def __post_init__(self) -> None:
        require(self, "workflow", self.workflow, WorkflowDefinition)
        require(self, "context", self.context, ExecutionContext)
        coerce_map(self, "operations", self.operations, str)
        coerce_array(self, "events", self.events, Completed, Failed, Decided, Rehearsed)


class Answer(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answer of a person to the question of a step.

    by: Who decides.
    note: The person's remark, if any.
    values: The values of an approval, by the names of the question's fields; empty for a veto.
    head_sha256: The head of the run that the person saw; null for the head that the run has at this step.
    """

    verdict: Verdict
    by: str
    note: str | None = None
    values: JsonObject = EMPTY
    head_sha256: Annotated[Sha256, Meta(pattern="^[0-9a-f]{64}\\Z")] | None = None

    def __post_init__(self) -> None:
        coerce_string(self, "verdict", self.verdict)
        if type(self.by) is not str or not self.by.isascii():
            coerce_string(self, "by", self.by)
        if self.note is not None and (type(self.note) is not str or not self.note.isascii()):
            coerce_string(self, "note", self.note)
        if type(self.values) is not FrozenObject or self.values.depth_bound > MAX_VALUE_DEPTH:
            coerce_object(self, "values", self.values)
        if self.head_sha256 is not None and (type(self.head_sha256) is not str or not self.head_sha256.isascii()):
            coerce_string(self, "head_sha256", self.head_sha256)


class HostAnswer(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answer of a host operation: an output, or the reason of a failure. Exactly one of them is null.

    output: A JSON Merge Patch (RFC 7396) onto the state; null if the step fails.
    reason: Why the step fails; null if it does not.
    """

    in_order = True
    output: JsonObject | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        if self.output is not None and (type(self.output) is not FrozenObject or self.output.depth_bound > MAX_VALUE_DEPTH):
            coerce_object(self, "output", self.output)
        if self.reason is not None and (type(self.reason) is not str or not self.reason.isascii()):
            coerce_string(self, "reason", self.reason)


class Expectation(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The expected result; a member that does not matter is null.

    outcome: How the run ends.
    failed_step_id: The step that fails or is vetoed.
    error_message: Why it fails.
    values: Values of the final state, by their JSON Pointers (RFC 6901); the empty pointer names the whole state.
    result_sha256: The digest of the whole result.
    error: The code of the error with which the mission, its plan or an answer is refused, such as `stale`; null if nothing is refused. A refused run has no result.
    """

    outcome: Outcome | None = None
    failed_step_id: str | None = None
    error_message: str | None = None
    values: JsonObject = EMPTY
    result_sha256: Annotated[Sha256, Meta(pattern="^[0-9a-f]{64}\\Z")] | None = None
    error: str | None = None

    def __post_init__(self) -> None:
        if self.outcome is not None:
            coerce_string(self, "outcome", self.outcome)
        if self.failed_step_id is not None and (type(self.failed_step_id) is not str or not self.failed_step_id.isascii()):
            coerce_string(self, "failed_step_id", self.failed_step_id)
        if self.error_message is not None and (type(self.error_message) is not str or not self.error_message.isascii()):
            coerce_string(self, "error_message", self.error_message)
        if type(self.values) is not FrozenObject or self.values.depth_bound > MAX_VALUE_DEPTH:
            coerce_object(self, "values", self.values)
        if self.result_sha256 is not None and (type(self.result_sha256) is not str or not self.result_sha256.isascii()):
            coerce_string(self, "result_sha256", self.result_sha256)
        if self.error is not None and (type(self.error) is not str or not self.error.isascii()):
            coerce_string(self, "error", self.error)


class Scenario(Value, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="contract", tag="tier2.scenario/v1"):
    """A mission, the answers of people and hosts, and the expected result.

    name: The situation, in words.
    mission: The mission.
    context: The start of the run.
    answers: The answers of people, by the ids of human steps. A step without an answer is rehearsed.
    hosts: The answers of host operations, by the ids of their steps. A step without an answer is rehearsed.
    expect: The expected result.
    """

    name: str
    mission: MissionSpec
    context: ExecutionContext
    answers: Mapping[str, Answer] = {}
    hosts: Mapping[str, HostAnswer] = {}
    expect: Expectation

    def __post_init__(self) -> None:
        if type(self.name) is not str or not self.name.isascii():
            coerce_string(self, "name", self.name)
        require(self, "mission", self.mission, MissionSpec)
        require(self, "context", self.context, ExecutionContext)
        coerce_map(self, "answers", self.answers, Answer)
        coerce_map(self, "hosts", self.hosts, HostAnswer)
        require(self, "expect", self.expect, Expectation)


DOCUMENTS: Mapping[str, type[Value]] = MappingProxyType({
    "tier2.context/v1": ExecutionContext,
    "tier2.mission/v1": MissionSpec,
    "tier2.question/v1": Question,
    "tier2.result/v1": OrchestrationResult,
    "tier2.run/v1": Run,
    "tier2.scenario/v1": Scenario,
    "tier2.workflow/v1": WorkflowDefinition,
})
"""The classes of the documents, by the contract that they name."""
