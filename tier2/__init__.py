"""tier2 plans missions into bounded workflows, runs them as pure functions, and proves what happened with digests.

    mission -> build_workflow -> workflow -> start, advance -> run -> finish -> result

The names below are the public ones. Each folder of the package imports only from those above it:

    escaping, errors    text that is safe to show; errors with a code, a path and a remedy
    values              JSON values: numbers, immutable objects, merge patch, canonical bytes, strict reading
    contracts           the document classes, generated from the JSON Schemas
    kinds               the extension points: mission types, operations, questions
    missions            one folder for each mission type: its steps, operations and question
    engine              limits, planning, the state machine, decisions, receipts, decoding, verification, scenarios
    inspection          problems with line and column, differences, diagrams
    codegen             contract files as data: generated code, compatibility, lock
    shell               all that touches the world, and the command; ``import tier2`` does not load it
"""

from tier2.contracts.v1 import (
    MAX_HUMAN_STEPS,
    MAX_TOTAL_STEPS,
    Completed,
    Decided,
    Event,
    ExecutionContext,
    Failed,
    Lineage,
    MissionSpec,
    OrchestrationResult,
    Question,
    Receipt,
    ReceiptEntry,
    Rehearsed,
    Run,
    Scenario,
    StepSpec,
    WorkflowDefinition,
)
from tier2.engine.decoding import decode
from tier2.engine.execution import (
    Orchestrator,
    advance,
    check_operations,
    finish,
    head,
    pending,
    perform,
    replay,
    run_workflow,
    start,
    state,
)
from tier2.engine.planning import build_workflow
from tier2.engine.questions import answer, question
from tier2.engine.scenarios import Played, play
from tier2.engine.verification import Difference, verify
from tier2.errors import (
    AntiFailurePlanningError,
    AntiFailureViolation,
    CanonicalError,
    ContractError,
    EnvelopeViolation,
    IllegalEvent,
    InvalidParamsError,
    Tier2Error,
    UnknownMissionError,
)
from tier2.kinds import Asking, Fail, Host, MissionType, Operation, Pure
from tier2.missions import MISSIONS, OPERATIONS
from tier2.values.canonical import canonical, digest
from tier2.values.frozen import JsonValue, freeze
from tier2.values.reading import parse

__version__ = "0.1.0"

__all__ = [
    "MAX_HUMAN_STEPS",
    "MAX_TOTAL_STEPS",
    "MISSIONS",
    "OPERATIONS",
    "AntiFailurePlanningError",
    "AntiFailureViolation",
    "Asking",
    "CanonicalError",
    "Completed",
    "ContractError",
    "Decided",
    "Difference",
    "EnvelopeViolation",
    "Event",
    "ExecutionContext",
    "Fail",
    "Failed",
    "Host",
    "IllegalEvent",
    "InvalidParamsError",
    "JsonValue",
    "Lineage",
    "MissionSpec",
    "MissionType",
    "Operation",
    "OrchestrationResult",
    "Orchestrator",
    "Played",
    "Pure",
    "Question",
    "Receipt",
    "ReceiptEntry",
    "Rehearsed",
    "Run",
    "Scenario",
    "StepSpec",
    "Tier2Error",
    "UnknownMissionError",
    "WorkflowDefinition",
    "advance",
    "answer",
    "build_workflow",
    "canonical",
    "check_operations",
    "decode",
    "digest",
    "finish",
    "freeze",
    "head",
    "parse",
    "pending",
    "perform",
    "play",
    "question",
    "replay",
    "run_workflow",
    "start",
    "state",
    "verify",
]
