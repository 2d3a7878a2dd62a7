/**
 * Generated, do not edit. To change it, change the contracts and run `tier2 contracts generate`.
 */

/** Any JSON value, as JSON.parse gives it. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [member: string]: JsonValue };

/** The content of a file, by its size and digest. */
export type Artifact = { readonly [member: string]: JsonValue } & {
  /** The size of the file in bytes. */
  readonly bytes: number;
  /** The SHA-256 digest of the file's bytes. */
  readonly sha256: Sha256;
};

/** The files that a state names. They lie in the folder of the run. */
export type StateArtifacts = { readonly [member: string]: JsonValue } & {
  /** The files, by their plain names. */
  readonly artifacts?: { readonly [member: string]: Artifact };
};

/** The state before the first step, and facts about the run that no step changes. */
export type ExecutionContext = {
  /** Names this contract. */
  readonly contract: "tier2.context/v1";
  /** The state before the first step. */
  readonly initial_state: JsonObject;
  /** Facts about the run; hashed with it, read by no step. */
  readonly metadata: JsonObject;
};

/** An open JSON object: any members, kept as they are. */
export type JsonObject = { readonly [member: string]: JsonValue };

/** The revisions of the operations of a run, by the operation's name; only those that have one. */
export type Revisions = { readonly [member: string]: string };

/** A SHA-256 digest of canonical bytes, in lower-case hexadecimal. */
export type Sha256 = string;

/** The ids of executed steps, in the order of execution. */
export type StepIds = readonly [string, ...string[]];

/** A runtime step did its work. */
export type Completed = {
  /** The kind of event. */
  readonly event: "completed";
  /** The step. */
  readonly step_id: string;
  /** A JSON Merge Patch (RFC 7396) onto the state. */
  readonly output: JsonObject;
};

/** A runtime step could not do its work; the run ends with it. */
export type Failed = {
  /** The kind of event. */
  readonly event: "failed";
  /** The step. */
  readonly step_id: string;
  /** Why, in words that are the same on every machine. */
  readonly reason: string;
};

/** The person's decision. */
export type Verdict = "approved" | "vetoed";

/** A person approved or vetoed a human step; a veto ends the run. */
export type Decided = {
  /** The kind of event. */
  readonly event: "decided";
  /** The step. */
  readonly step_id: string;
  readonly verdict: Verdict;
  /** Who decided, as the caller said; nothing proves it. */
  readonly by: string;
  /** The person's remark, if any. */
  readonly note: string | null;
  /** A JSON Merge Patch (RFC 7396) onto the state; empty on a veto. */
  readonly output: JsonObject;
  /** When, in UTC by RFC 3339, such as `2026-03-01T09:30:00Z`, as the caller said; null if it did not say. */
  readonly at: string | null;
  /** The head of the run that the person saw; null if it is not known. */
  readonly head_sha256: Sha256 | null;
  /** The armored SSH signature of the canonical event in which `signature` is null; null if it is not signed. */
  readonly signature: string | null;
};

/** A step that needs the outside world was passed over in a rehearsal. */
export type Rehearsed = {
  /** The kind of event. */
  readonly event: "rehearsed";
  /** The step. */
  readonly step_id: string;
};

/** The event of one step. */
export type Event =
  | Completed
  | Failed
  | Decided
  | Rehearsed;

/** A value that a person may fill in when they approve a step. If the payload has fields, the output of an approval has these values and no others. */
export type PayloadField = { readonly [member: string]: JsonValue } & {
  /** The member of the decision's output that gets the value; without `=`. */
  readonly name: string;
  /** The name that people see. */
  readonly label: string;
  /** The type of the value. */
  readonly kind: FieldKind;
  /** The choices of a choice or a ranking. */
  readonly choices?: readonly Choice[];
  /** Whether an approval needs the value. */
  readonly required?: boolean;
};

/** The members of a human step's payload that have a meaning. Each may be absent. */
export type HumanPayload = { readonly [member: string]: JsonValue } & {
  /** The evidence: JSON Pointers (RFC 6901) into the state; without it, the whole state. */
  readonly show?: readonly string[];
  /** The values to fill in. */
  readonly fields?: readonly PayloadField[];
  /** The names of the people who may decide; without it, anybody may. */
  readonly approvers?: readonly [string, ...string[]];
  /** Whether the decision needs a signature and the head. */
  readonly signed?: boolean;
};

/** A mission: its type, and what is to be done differently from the type's defaults. */
export type MissionSpec = {
  /** Names this contract. */
  readonly contract: "tier2.mission/v1";
  /** The mission type, such as `daily_loop`. */
  readonly type: string;
  /** The parameters; the mission type's own contract says which it knows. Unknown members are kept. */
  readonly params: JsonObject;
};

/** How much of the daily loop is wanted. Both are upper bounds: larger ones are truncated, negative ones count as 0. */
export type DailyLoopParams = { readonly [member: string]: JsonValue } & {
  /** How many steps, at most. */
  readonly requested_steps?: number;
  /** How many of them may ask a person. */
  readonly requested_human_steps?: number;
};

/** One thing to do. Unknown members are kept. */
export type Task = { readonly [member: string]: JsonValue } & {
  /** The task in words. */
  readonly text: string;
  /** Whether it is done. */
  readonly done: boolean;
  /** From A, the most urgent, to Z. */
  readonly priority?: string;
  /** The day on which it was written down. */
  readonly created?: string;
  /** The day on which it was done. */
  readonly completed?: string;
  /** The day by which it should be done. */
  readonly due?: string;
  /** The day from which it counts: before it, the task is kept but not ranked. */
  readonly threshold?: string;
  /** Whether it is kept but never ranked. */
  readonly hidden?: boolean;
  /** The projects that it belongs to. */
  readonly projects?: readonly string[];
  /** The places or tools that it needs. */
  readonly contexts?: readonly string[];
};

/** The journal's entry for one day. Unknown members are kept. */
export type JournalEntry = { readonly [member: string]: JsonValue } & {
  /** The day. */
  readonly date: string;
  /** The tasks completed the day before, or since the entry before. */
  readonly completed?: readonly string[];
  /** The tasks still open that morning. */
  readonly carried_over?: readonly string[];
  /** The priorities of the day. */
  readonly priorities?: readonly string[];
};

/** The summary of the day before. */
export type Yesterday = { readonly [member: string]: JsonValue } & {
  /** The day before today. */
  readonly date?: string;
  /** The tasks completed on it, or since the day `since` and in no entry yet. */
  readonly completed?: readonly string[];
  /** The open tasks from before today. */
  readonly carried_over?: readonly string[];
};

/** The day: every member may be absent, and then counts as empty. */
export type DailyLoopState = { readonly [member: string]: JsonValue } & {
  /** The day. It is given: nothing here reads a clock. */
  readonly today?: string;
  /** The first day whose completed tasks may be in no entry yet; absent: the day before today. */
  readonly since?: string;
  /** The tasks, open and done. */
  readonly tasks?: readonly Task[];
  /** The tasks that the person put first, as indices into `tasks`, in their order. */
  readonly confirmed?: readonly number[];
  readonly yesterday?: Yesterday;
  /** The texts of the day's top tasks. */
  readonly priorities?: readonly string[];
  /** One entry a day. */
  readonly journal?: readonly JournalEntry[];
  /** The tasks that were moved away because they are done. */
  readonly archived?: readonly Task[];
};

/** The smallest mission knows no parameter. */
export type EchoParams = { readonly [member: string]: JsonValue };

/** The tests to run. */
export type RunTestsParams = { readonly [member: string]: JsonValue } & {
  /** A file, a folder, or `all`. */
  readonly target?: string;
  /** An expression that chooses tests by their names, as the option -k of pytest; null for all. */
  readonly keyword?: string | null;
  /** An expression that chooses tests by their markers, as the option -m of pytest; null for all. */
  readonly markers?: string | null;
};

/** How a test ended; `not_run` if it did not. */
export type TestOutcome = "passed" | "failed" | "error" | "skipped" | "xfailed" | "xpassed" | "not_run";

/** A test that did not pass. */
export type TestRecord = { readonly [member: string]: JsonValue } & {
  /** The test's id, free of machine paths. */
  readonly id: string;
  readonly outcome: TestOutcome;
};

/** How many tests ended how. */
export type TestCounts = { readonly [member: string]: JsonValue } & {
  /** Passed. */
  readonly passed: number;
  /** Skipped. */
  readonly skipped: number;
  /** Failed, as expected. */
  readonly xfailed: number;
  /** Passed, against expectation. */
  readonly xpassed: number;
  /** Failed. */
  readonly failed: number;
  /** Could not be set up, torn down or collected. */
  readonly error: number;
  /** Found, but not run to an end. */
  readonly not_run: number;
};

/** The tests of one run: how many were found, and how they ended. The whole list is an artifact. */
export type RecordedTests = { readonly [member: string]: JsonValue } & {
  /** How many tests were found. */
  readonly found?: number;
  /** How many tests ended how. */
  readonly outcomes?: TestCounts;
  /** The tests that did not pass, the most important first, as far as there is room. */
  readonly not_passed?: readonly TestRecord[];
  /** How many more tests did not pass than are listed. */
  readonly omitted?: number;
  /** Why the tests ended before all had run. */
  readonly ended?: string;
};

/** How the test run ended: `incomplete` if the tests were found and no verdict on them is recorded. */
export type ReportStatus = "not run" | "incomplete" | "failed" | "passed";

/** The verdict, and the totals. */
export type TestReport = { readonly [member: string]: JsonValue } & {
  readonly status: ReportStatus;
  /** All tests. */
  readonly total?: number;
  /** Passed. */
  readonly passed?: number;
  /** Skipped. */
  readonly skipped?: number;
  /** Failed, as expected. */
  readonly xfailed?: number;
  /** Passed, against expectation. */
  readonly xpassed?: number;
  /** Failed. */
  readonly failed?: number;
  /** Could not be set up, torn down or collected. */
  readonly error?: number;
  /** Found, but not run to an end. */
  readonly not_run?: number;
};

/** Every member may be absent: then nothing was run. */
export type RunTestsState = { readonly [member: string]: JsonValue } & {
  readonly tests?: RecordedTests;
  readonly report?: TestReport;
};

/** The type of a field's value. */
export type FieldKind = "text" | "integer" | "boolean" | "choice" | "ranking";

/** One of the values that a person can choose. */
export type Choice = {
  /** The name that people see. */
  readonly label: string;
  /** The value in the decision's output. */
  readonly value: JsonValue;
};

/** A value that a person may fill in when they approve a step. */
export type Field = {
  /** The member of the decision's output that gets the value; without `=`. */
  readonly name: string;
  /** The name that people see. */
  readonly label: string;
  /** The type of the value: text, an integer, a boolean, the value of one choice, or a ranking: an array of the values of different choices, the first one first. */
  readonly kind: FieldKind;
  /** The choices of a choice or a ranking; empty for every other kind. */
  readonly choices: readonly Choice[];
  /** Whether an approval needs the value. */
  readonly required: boolean;
};

/** A value of the state that the person should see. */
export type Evidence = {
  /** The path of the value in the state, as a JSON Pointer (RFC 6901); empty for the whole state. */
  readonly pointer: string;
  /** Whether the state has such a value; if not, `value` is null. */
  readonly found: boolean;
  /** The value. */
  readonly value: JsonValue;
};

/** The question of a pending human step. */
export type Question = {
  /** Names this contract. */
  readonly contract: "tier2.question/v1";
  /** The workflow's id. */
  readonly workflow_id: string;
  /** The step that waits for the decision. */
  readonly step_id: string;
  /** The question, in words. */
  readonly description: string;
  /** The values of the state that the person should see, in this order. */
  readonly evidence: readonly Evidence[];
  /** The values that an approval may or must give. */
  readonly fields: readonly Field[];
  /** The names of the people who may decide; empty if anybody may. */
  readonly approvers: readonly string[];
  /** Whether the decision needs a signature. */
  readonly signed: boolean;
  /** The head of the run as it is now. The decision carries it. */
  readonly head_sha256: Sha256;
};

/** How the run ended; `rehearsed` if nothing failed and any step was passed over. */
export type Outcome = "completed" | "failed" | "vetoed" | "rehearsed";

/** The origin of a result: its workflow, its context, the steps that ran, and the revisions of the operations. */
export type Lineage = {
  /** The workflow's id. */
  readonly workflow_id: string;
  /** The mission type in the workflow's metadata, if there is one. */
  readonly mission_type: string | null;
  readonly executed_step_ids: StepIds;
  /** The digest of the workflow. */
  readonly workflow_sha256: Sha256;
  /** The digest of the context. */
  readonly context_sha256: Sha256;
  /** The revisions of the run's operations. */
  readonly operations: Revisions;
};

/** One link of the receipt's hash chain. */
export type ReceiptEntry = {
  readonly event: Event;
  /** The digest of the state after the event. */
  readonly state_sha256: Sha256;
  /** The digest of the entry before; for the first, of the object of `context_sha256`, `operations` and `workflow_sha256`. */
  readonly previous_sha256: Sha256;
};

/** The links, in the order of execution. */
export type ReceiptEntries = readonly [ReceiptEntry, ...ReceiptEntry[]];

/** The hash chain over the events and states of a run. */
export type Receipt = {
  /** The workflow's id. */
  readonly id: string;
  readonly steps: StepIds;
  readonly entries: ReceiptEntries;
  /** The digest of the last entry. Kept elsewhere, it shows any later change to the run. */
  readonly head_sha256: Sha256;
};

/** A finished run: its outcome, its last state, and the proof of both. */
export type OrchestrationResult = {
  /** Names this contract. */
  readonly contract: "tier2.result/v1";
  /** The workflow's id. */
  readonly id: string;
  readonly outcome: Outcome;
  /** True if nothing failed: the outcome is `completed` or `rehearsed`. */
  readonly success: boolean;
  /** The executed steps, whole and in order; a failing step is the last. */
  readonly executed_steps: Steps;
  /** The state after the last step. */
  readonly final_state: JsonObject;
  /** The step that failed or was vetoed, if any. */
  readonly failed_step_id: string | null;
  /** The failed step's reason, or who vetoed; null if nothing failed. */
  readonly error_message: string | null;
  readonly lineage: Lineage;
  readonly receipt: Receipt;
};

/** The events so far: one for each step, in the order of the steps. */
export type Events = readonly Event[];

/** A workflow, the context it started from, the revisions of its operations, and the events so far. */
export type Run = {
  /** Names this contract. */
  readonly contract: "tier2.run/v1";
  readonly workflow: WorkflowDefinition;
  readonly context: ExecutionContext;
  /** The revisions that the workflow's operations had when the run started. */
  readonly operations: Revisions;
  readonly events: Events;
};

/** The answer of a person to the question of a step. */
export type Answer = {
  readonly verdict: Verdict;
  /** Who decides. */
  readonly by: string;
  /** The person's remark, if any. */
  readonly note: string | null;
  /** The values of an approval, by the names of the question's fields; empty for a veto. */
  readonly values: JsonObject;
  /** The head of the run that the person saw; null for the head that the run has at this step. */
  readonly head_sha256: Sha256 | null;
};

/** The answer of a host operation: an output, or the reason of a failure. Exactly one of them is null. */
export type HostAnswer = {
  /** A JSON Merge Patch (RFC 7396) onto the state; null if the step fails. */
  readonly output: JsonObject | null;
  /** Why the step fails; null if it does not. */
  readonly reason: string | null;
};

/** The expected result; a member that does not matter is null. */
export type Expectation = {
  /** How the run ends. */
  readonly outcome: Outcome | null;
  /** The step that fails or is vetoed. */
  readonly failed_step_id: string | null;
  /** Why it fails. */
  readonly error_message: string | null;
  /** Values of the final state, by their JSON Pointers (RFC 6901); the empty pointer names the whole state. */
  readonly values: JsonObject;
  /** The digest of the whole result. */
  readonly result_sha256: Sha256 | null;
  /** The code of the error with which the mission, its plan or an answer is refused, such as `stale`; null if nothing is refused. A refused run has no result. */
  readonly error: string | null;
};

/** A mission, the answers of people and hosts, and the expected result. */
export type Scenario = {
  /** Names this contract. */
  readonly contract: "tier2.scenario/v1";
  /** The situation, in words. */
  readonly name: string;
  /** The mission. */
  readonly mission: MissionSpec;
  /** The start of the run. */
  readonly context: ExecutionContext;
  /** The answers of people, by the ids of human steps. A step without an answer is rehearsed. */
  readonly answers: { readonly [member: string]: Answer };
  /** The answers of host operations, by the ids of their steps. A step without an answer is rehearsed. */
  readonly hosts: { readonly [member: string]: HostAnswer };
  /** The expected result. */
  readonly expect: Expectation;
};

/** Who acts: the machine (`runtime`) or a person (`human`). There is no third kind. */
export type StepKind = "runtime" | "human";

/** One step of a workflow. A runtime step names its operation in the payload. */
export type StepSpec = {
  /** Unique within the workflow. */
  readonly id: string;
  readonly kind: StepKind;
  /** The input of the step: a `description` for people; for a runtime step the `operation` too. */
  readonly payload: JsonObject;
};

/** The steps, in the order of execution, within the Anti-Failure limits. */
export type Steps = readonly [StepSpec, ...StepSpec[]];

/** A bounded plan, ready to be run. */
export type WorkflowDefinition = {
  /** Names this contract. */
  readonly contract: "tier2.workflow/v1";
  /** The workflow's id, such as `wf-daily-loop`. */
  readonly id: string;
  readonly steps: Steps;
  /** The origin of the plan: `mission_type` and `params`, for a workflow that was planned. */
  readonly metadata: JsonObject;
};

/** Any document; `contract` says which. */
export type Document =
  | ExecutionContext
  | MissionSpec
  | Question
  | OrchestrationResult
  | Run
  | Scenario
  | WorkflowDefinition;

/** The first place where a result is not that of its run: a JSON path, and two canonical texts or `absent`. */
export type Difference = { readonly where: string; readonly expected: string; readonly found: string };

/** What the functions throw: `code` is stable, `where` a JSON path. */
export type InvalidValue = Error & { readonly name: "Tier2Error"; readonly code: string; readonly where: string };

/**
 * The value of a JSON text, a string or its UTF-8, read strictly: no name stands twice, and nothing is rounded. Throws
 * an InvalidValue. Say which document it is where you know: `parse(text) as MissionSpec`.
 */
export declare function parse(text: string | Uint8Array): JsonValue;

/** The canonical JSON text (RFC 8785) of a value. Throws an InvalidValue. */
export declare function canonical(value: JsonValue): string;

/** The SHA-256 of the canonical text's UTF-8 bytes, in lower-case hexadecimal. Throws an InvalidValue. */
export declare function digest(value: JsonValue): Sha256;

/** The digest that pins a run as it is now, unfinished or finished. Throws an InvalidValue for an illegal run. */
export declare function head(run: Run): Sha256;

/** Recomputes the result of a finished run: null, or the first difference. Throws an InvalidValue for any other run. */
export declare function verify(run: Run, result: JsonValue): Difference | null;

/**
 * What contradicts itself in a result, without its run: empty if nothing does. It finds damage, and no forgery. Throws
 * an InvalidValue for a value that is no result.
 */
export declare function check(result: JsonValue): readonly { readonly where: string; readonly message: string }[];

/**
 * The Ed25519 key that signed a decision, as OpenSSH writes it (`ssh-ed25519 AAAA...`); null if it is not signed.
 *
 * `signers` is the text of an allowed_signers file; the key has to be one of `by` in it. Without it, any key will do.
 * Rejects with an InvalidValue: code `signature` if the signature is wrong, `unsupported` if it cannot be judged here.
 */
export declare function checkSignature(event: Decided, signers?: string | null): Promise<string | null>;
