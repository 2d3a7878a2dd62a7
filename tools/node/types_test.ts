/**
 * The lines that a program in TypeScript can write with the declarations, and the ones that it cannot.
 *
 *     npx tsc --project tsconfig.json
 *
 * A line below `@ts-expect-error` must fail to compile: tsc reports it if it compiles. Nothing here is run.
 */

import {
  canonical,
  check,
  checkSignature,
  digest,
  head,
  parse,
  verify,
  type Completed,
  type DailyLoopState,
  type Decided,
  type Difference,
  type Document,
  type Event,
  type MissionSpec,
  type OrchestrationResult,
  type Receipt,
  type Run,
  type StepSpec,
  type Steps,
  type WorkflowDefinition,
} from "../../tier2/contracts/javascript/tier2.mjs";

// Missions, and JSON in general.

const mission: MissionSpec = {
  contract: "tier2.mission/v1",
  type: "daily_loop",
  params: { requested_steps: 3, unknown: ["kept", null, { deep: true }] },
};
const text: string = canonical(mission);
const again = parse(text) as MissionSpec;
const contradictions: readonly { readonly where: string }[] = check(parse(new Uint8Array()));
const hash: string = digest({ mission, list: [1, null, text] });

// @ts-expect-error: `params` is required, as every member of a document is
const withoutParams: MissionSpec = { contract: "tier2.mission/v1", type: "echo" };
// @ts-expect-error: the contract is another document's
const otherTag: MissionSpec = { contract: "tier2.run/v1", type: "echo", params: {} };
// @ts-expect-error: documents are closed
const unknownMember: MissionSpec = { contract: "tier2.mission/v1", type: "echo", params: {}, more: 1 };
// @ts-expect-error: a date is not JSON
const dated: MissionSpec = { contract: "tier2.mission/v1", type: "echo", params: { today: new Date() } };
// @ts-expect-error: nor is undefined
canonical({ a: undefined });
// @ts-expect-error: nor is a big integer
canonical(1n);
// @ts-expect-error: a mission is immutable
mission.type = "echo";
// @ts-expect-error: so are the objects in it
mission.params["requested_steps"] = 5;

// Steps: at least one, of two kinds.

const step: StepSpec = { id: "do", kind: "runtime", payload: { operation: "noop" } };
const workflow: WorkflowDefinition = { contract: "tier2.workflow/v1", id: "wf", steps: [step], metadata: {} };
const firstId: string = workflow.steps[0].id;
// @ts-expect-error: there is no third kind
const robot: StepSpec = { id: "do", kind: "robot", payload: {} };
// @ts-expect-error: no workflow is empty
const none: Steps = [];
// @ts-expect-error: no step can be added to a workflow
workflow.steps.push(step);

// The name of an event selects its type.

function summary(event: Event): string {
  switch (event.event) {
    case "completed":
      return canonical(event.output);
    case "failed":
      return event.reason;
    case "decided":
      return event.note ?? `${event.verdict} by ${event.by}`;
    case "rehearsed":
      // @ts-expect-error: a rehearsed step has no output
      event.output;
      return event.step_id;
    default:
      return impossible(event);
  }
}

function impossible(value: never): never {
  throw new Error(`${value}`);
}

function forgetsOne(event: Event): string {
  // @ts-expect-error: `decided` is a case too
  if (event.event !== "decided") return event.step_id; else return impossible(event);
}

const decided: Decided = {
  event: "decided",
  step_id: "ask",
  verdict: "approved",
  by: "Ada",
  note: null,
  output: {},
  at: "2026-03-01T09:30:00Z",
  head_sha256: null,
  signature: null,
};
// @ts-expect-error: nobody can be undecided
const maybe: Decided = { ...decided, verdict: "maybe" };
// @ts-expect-error: a completed step has an output
const empty: Completed = { event: "completed", step_id: "do" };

// The contract of a document selects its type.

function about(document: Document): string {
  switch (document.contract) {
    case "tier2.mission/v1":
      return document.type;
    case "tier2.workflow/v1":
      return document.steps[0].kind;
    case "tier2.context/v1":
      return Object.keys(document.initial_state).join();
    case "tier2.run/v1":
      return document.events.map(summary).join();
    case "tier2.result/v1":
      // @ts-expect-error: a result has its steps as executed_steps
      document.steps;
      return document.receipt.entries[0].previous_sha256;
    case "tier2.question/v1":
      return document.fields.map((field) => `${field.label}: ${field.choices.map((choice) => choice.label)}`).join();
    case "tier2.scenario/v1":
      return Object.values(document.answers)
        .map((answer) => answer.by)
        .join();
    default:
      return impossible(document);
  }
}

// @ts-expect-error: before its contract is known, a document has no steps
const early = (document: Document) => document.steps;

// Views: known members are typed, and unknown ones are kept.

function openTexts(state: DailyLoopState): readonly string[] {
  // @ts-expect-error: the tasks may be absent
  state.tasks.length;
  const unknown: unknown = state["mine"];
  return (state.tasks ?? []).filter((task) => !task.done && unknown !== null).map((task) => task.text);
}
const state: DailyLoopState = { today: "2026-03-02", tasks: [{ text: "Call Ada", done: false, mine: [1] }], mine: 1 };
const run: Run = {
  contract: "tier2.run/v1",
  workflow,
  context: { contract: "tier2.context/v1", initial_state: state, metadata: {} },
  operations: { noop: "1" },
  events: [{ event: "completed", step_id: "do", output: {} }],
};
// @ts-expect-error: `done` is not a string
const wrongTask: DailyLoopState = { tasks: [{ text: "Call Ada", done: "no" }] };

// `verify` takes typed documents, and returns a difference or null.

function checked(run: Run, result: OrchestrationResult): string {
  const difference: Difference | null = verify(run, result);
  // @ts-expect-error: there may be none
  difference.where;
  return difference === null ? "verified" : `${difference.where}: ${difference.expected}, not ${difference.found}`;
}
// @ts-expect-error: a workflow is not a run
verify(workflow, null);
// @ts-expect-error: the run comes before the result
verify(null, run);

// `head` takes an unfinished run too; `checkSignature` a decision, and answers later.

const pinned: string = head({ ...run, events: [] });
const signer: Promise<string | null> = checkSignature(decided, "Ada ssh-ed25519 AAAA");
// @ts-expect-error: a revision is a string
head({ ...run, operations: { noop: 1 } });
// @ts-expect-error: only a decision is signed
checkSignature(run.events[0]);
// @ts-expect-error: the answer comes later
const now: string | null = checkSignature(decided);

const receipt = (result: OrchestrationResult): Receipt => result.receipt;
// @ts-expect-error: a head is never missing
const headless: Receipt = { id: "wf", steps: ["do"], entries: receipt({} as OrchestrationResult).entries };

export { about, checked, dated, early, empty, firstId, forgetsOne, hash, headless, maybe, none, openTexts, otherTag };
export { now, pinned, robot, signer, unknownMember, withoutParams, wrongTask };
