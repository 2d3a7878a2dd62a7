/**
 * Checks tier2.mjs with the known answers, prints counts, and exits with 1 on any difference.
 *
 *     node check_vectors.mjs [FOLDER]      FOLDER is contracts/vectors/v1 by default
 *
 * Every vector is counted, as checked here or as left to another checker:
 *
 * - values: all. `parse` refuses an invalid text with the code of the vector. With JSON.parse instead, only a comparison
 *   with the canonical text would find duplicate keys and rounded numbers; exactly those vectors have the flag NeedsRawText.
 * - documents, events: canonical text and digest of the valid ones. `head` has to refuse the invalid runs and parts of runs
 *   with the code of the vector; check_ajv.mjs checks the other documents.
 * - plans: canonical text and digest of the workflow only; planning is left to Python.
 * - merges, runs, tampered: all; merges by way of a run.
 * - decisions: heads, and documents as above. Answers by way of a run whose step asks the question; for questions, the
 *   canonical text and digest only. The comparison of revisions is left to Python.
 */

import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { canonical, digest, head, parse, verify } from "../../tier2/contracts/javascript/tier2.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const folder = resolve(process.argv[2] ?? join(here, "../../contracts/vectors/v1"));

const TEXT_CODES = "number-range surrogate duplicate-key bom trailing syntax utf8".split(" ");

const counts = new Map();
const differences = [];

function count(what) {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

function same(id, what, expected, found) {
  if (expected === found) count(what);
  else differences.push(`${id}: ${what}: expected ${expected}, found ${found}`);
}

function vectors(name) {
  const { schema, flags, counts: said, vectors: all } = JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));
  const valid = all.filter((vector) => vector.result === "valid").length;
  const found = { valid, invalid: all.length - valid, total: all.length };
  same(name, "files with the numbers of vectors that they say", canonical(said), canonical(found));
  same(name, "files that name their schema", `vectors.schema.json#/$defs/${name}`, schema);
  const used = Object.keys(flags).filter((flag) => all.some((vector) => vector.flags.includes(flag)));
  const unknown = all.flatMap((vector) => vector.flags).filter((flag) => !Object.hasOwn(flags, flag));
  same(name, "files whose notes are those of their flags", Object.keys(flags).join(), used.concat(unknown).join());
  return all;
}

/** The code of the error that a function throws; `foreign` if the error is not ours, `none` if there is none. */
function refusal(action) {
  try {
    action();
  } catch (error) {
    return error.name === "Tier2Error" ? error.code : "foreign";
  }
  return "none";
}

function checkText({ id, canonical: wanted, sha256 }, text, kind) {
  const value = JSON.parse(text);
  same(id, `canonical texts of ${kind}`, wanted, canonical(value));
  same(id, `canonical texts of ${kind} read strictly`, wanted, canonical(parse(new TextEncoder().encode(text))));
  same(id, `digests of ${kind}`, sha256, digest(value));
  same(id, `canonical texts of ${kind} read back`, wanted, canonical(JSON.parse(wanted)));
}

function checkValue(vector) {
  if (vector.result === "valid") checkText(vector, vector.text, "values");
  else checkRefusedText(vector);
}

function checkDocument(vector) {
  if (vector.result === "invalid") return checkRefusal(vector);
  checkText(vector, vector.text, "documents");
  // A run with a valid part must not be refused for that part; but a lone decision may be one of another run.
  if (!(vector.type in IN_A_RUN)) return;
  const said = refusal(() => head(IN_A_RUN[vector.type](JSON.parse(vector.text))));
  const right = said === "none" || (vector.type === "Decided" && said === "stale");
  same(vector.id, "valid runs and parts of runs not refused", true, right || said);
}

function checkPlan(vector) {
  if (vector.result === "invalid") return count("left to Python: missions refused");
  checkText(vector, vector.canonical, "plans");
  count("left to Python: missions planned");
}

const parsedRun = ({ workflow, context, operations, events }) => ({
  contract: "tier2.run/v1",
  workflow: JSON.parse(workflow),
  context: JSON.parse(context),
  operations: JSON.parse(operations),
  events: events.map((event) => JSON.parse(event)),
});

function checkRun(vector) {
  const { id, sha256, head_sha256 } = vector;
  const [run, result] = [parsedRun(vector), JSON.parse(vector.canonical)];
  same(id, "results verified", "null", canonical(verify(run, result)));
  checkText(vector, vector.canonical, "results");
  // The difference to null is the whole expected result, which `verify` has computed from the run alone.
  const { expected } = verify(run, null);
  same(id, "results recomputed", vector.canonical, expected);
  same(id, "digests recomputed", sha256, digest(JSON.parse(expected)));
  same(id, "heads recomputed", head_sha256, JSON.parse(expected).receipt.head_sha256);
  run.events.forEach((_, at) => {
    const before = head({ ...run, events: run.events.slice(0, at) });
    same(id, "heads of unfinished runs", result.receipt.entries[at].previous_sha256, before);
  });
  const both = { ...result, success: null, receipt: { ...result.receipt, head_sha256: "" } };
  same(id, "causes reported before effects", "$.receipt.head_sha256", verify(run, both)?.where);
}

function checkMerge(vector) {
  const context = { ...CONTEXT, initial_state: JSON.parse(vector.state) };
  const { expected } = verify({ ...RUN, context, events: [{ ...EVENT, output: JSON.parse(vector.output) }] }, null);
  const after = JSON.parse(expected).final_state;
  same(vector.id, "states after a merge", vector.canonical, canonical(after));
  same(vector.id, "digests of states after a merge", vector.sha256, digest(after));
}

function checkTampered(vector) {
  const claimed = JSON.parse(vector.claimed);
  const difference = verify(JSON.parse(vector.run), claimed);
  same(vector.id, "tampered results found, and genuine ones accepted", vector.where ?? null, difference?.where ?? null);
  if (vector.result === "valid") checkText(vector, vector.claimed, "genuine results");
}

function checkDecision(vector) {
  const { id, ask, result } = vector;
  if (ask === "head") return same(id, "heads of runs", vector.head_sha256, head(JSON.parse(vector.run)));
  if (ask === "document") return checkDocument(vector);
  if (ask === "answer") checkAnswer(vector);
  if (ask === "operations") count("left to Python: revisions compared");
  else if (result === "valid") checkText(vector, vector.canonical, `${ask}s`);
}

/** A run whose step asks the question refuses the same answers; there, a veto has an output instead of values. */
function checkAnswer({ id, question, answer, code = "none" }) {
  const { step_id, fields, approvers } = JSON.parse(question);
  const { values, ...said } = JSON.parse(answer);
  const payload = approvers.length ? { fields, approvers } : { fields };
  const event = { event: "decided", step_id, ...said, output: values, head_sha256: null, signature: null };
  const run = { ...RUN, workflow: { ...WORKFLOW, steps: [{ id: step_id, kind: "human", payload }] }, events: [event] };
  const wanted = code === "answer" && said.verdict === "vetoed" ? "event" : code;
  same(id, "answers accepted or refused, with the code", wanted, refusal(() => head(run)));
}

function checkChanges(vector) {
  const run = parsedRun(vector);
  for (const [path, changed] of changes(JSON.parse(vector.canonical), [])) {
    same(vector.id, "changed results found", path, verify(run, changed)?.where);
  }
}

/** A copy of the value for each scalar in it, with that scalar changed, and its path. */
function* changes(value, path) {
  if (typeof value !== "object" || value === null) {
    yield [jsonPath(path), value === "changed" ? null : "changed"];
    return;
  }
  for (const name of Object.keys(value)) {
    const part = Array.isArray(value) ? Number(name) : name;
    for (const [where, changed] of changes(value[name], [...path, part])) {
      const copy = structuredClone(value);
      Object.defineProperty(copy, name, { value: changed, enumerable: true, writable: true, configurable: true });
      yield [where, copy];
    }
  }
}

function jsonPath(path) {
  const plain = (part) => (/^[A-Za-z_]\w*$/.test(part) ? `.${part}` : `["${part.replace(/["\\]|[^ -~]/g, escape16)}"]`);
  return `$${path.map((part) => (typeof part === "number" ? `[${part}]` : plain(part))).join("")}`;
}

function escape16(unit) {
  return '"\\'.includes(unit) ? `\\${unit}` : `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** The stage at which a text is refused as stored canonical JSON. */
function readAsStored({ text, base64 }) {
  let read = text;
  if (base64 !== undefined) {
    try {
      read = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(base64, "base64"));
    } catch {
      return "by the UTF-8 decoder";
    }
  }
  let value;
  try {
    value = JSON.parse(read);
  } catch {
    return "by JSON.parse";
  }
  if (refusal(() => canonical(value)) !== "none") return "by canonical";
  return canonical(value) === read ? "not refused" : "for not being canonical text";
}

const STEP = { id: "do", kind: "runtime", payload: { operation: "noop" } };
const EVENT = { event: "completed", step_id: "do", output: {} };
const CONTEXT = { contract: "tier2.context/v1", initial_state: {}, metadata: {} };
const WORKFLOW = { contract: "tier2.workflow/v1", id: "wf", steps: [STEP], metadata: {} };
const RUN = { contract: "tier2.run/v1", workflow: WORKFLOW, context: CONTEXT, operations: {}, events: [EVENT] };

/** A run with one event, of a step of this kind that it can belong to. */
const happened = (kind) => (event) => {
  const step = { id: event?.step_id ?? "do", kind, payload: kind === "human" ? {} : STEP.payload };
  return { ...RUN, workflow: { ...WORKFLOW, steps: [step] }, events: [event] };
};

const IN_A_RUN = {
  Run: (value) => value,
  WorkflowDefinition: (value) => ({ ...RUN, workflow: value, events: [] }),
  StepSpec: (value) => ({ ...RUN, workflow: { ...WORKFLOW, steps: [value] }, events: [] }),
  ExecutionContext: (value) => ({ ...RUN, context: value }),
  Completed: happened("runtime"),
  Failed: happened("runtime"),
  Rehearsed: happened("runtime"),
  Decided: happened("human"),
};

const EVENT_TYPES = ["Completed", "Failed", "Decided", "Rehearsed"];

/** A run reads an event with a wrong tag as another kind of event, or none: so the codes of these flags differ. */
const OTHER_CODE = new Map([
  ["WrongTag", ["tag", "unknown-field", "missing-field"]],
  ["WrongType", ["type", "tag"]],
  ["NullNotAllowed", ["type", "tag"]],
]);

function checkRefusedText(vector) {
  const how = readAsStored(vector);
  const onlyRaw = how === "for not being canonical text";
  same(vector.id, "flags NeedsRawText", vector.flags.includes("NeedsRawText"), onlyRaw);
  const text = vector.base64 === undefined ? vector.text : Buffer.from(vector.base64, "base64");
  same(vector.id, "refusals by parse, with the code", vector.code, refusal(() => parse(text)));
  if (how === "not refused") differences.push(`${vector.id}: ${vector.code}: ${how}`);
  else count(`refusals of texts ${how}${onlyRaw ? " (needs the raw text)" : ""}`);
}

function checkRefusal(vector) {
  const { id, type, code, text, flags } = vector;
  if (TEXT_CODES.includes(code)) return checkRefusedText(vector);
  if (flags.includes("NeedsRawText")) differences.push(`${id}: NeedsRawText on a ${code}`);
  if (!(type in IN_A_RUN)) return count(`left to check_ajv.mjs: refusals of ${type}`);
  const allowed = EVENT_TYPES.includes(type) ? (flags.map((flag) => OTHER_CODE.get(flag)).find(Boolean) ?? [code]) : [code];
  const said = refusal(() => head(IN_A_RUN[type](JSON.parse(text))));
  same(id, "refusals by head, with the code", true, allowed.includes(said) || `${said} for ${code}`);
}

same("itself", "right runs for the parts of refusals", "null", canonical(verify(RUN, JSON.parse(verify(RUN, null).expected))));
const CHECKS = {
  values: checkValue,
  documents: checkDocument,
  plans: checkPlan,
  merges: checkMerge,
  runs: checkRun,
  events: checkDocument,
  tampered: checkTampered,
  decisions: checkDecision,
};
const files = new Map(Object.keys(CHECKS).map((name) => [name, vectors(name)]));
for (const [name, all] of files) all.forEach((vector) => CHECKS[name](vector));

/** Values that a program can pass, but no JSON text can hold. */
const cycle = [];
cycle.push(cycle);
const OUTSIDE = [
  [NaN, "not-finite"],
  [-Infinity, "not-finite"],
  [1n, "type"],
  [undefined, "type"],
  [[undefined], "type"],
  [[, 1], "type"],
  [Symbol("s"), "type"],
  [() => 1, "type"],
  [new Date(0), "type"],
  [new Map(), "type"],
  [new (class Point {})(), "type"],
  [new Number(1), "type"],
  [{ [Symbol("s")]: 1 }, "type"],
  [Object.assign([1], { more: 1 }), "type"],
  [Object.defineProperty({}, "hidden", { value: 1 }), "type"],
  ["\ud800", "surrogate"],
  [{ "\udfff": 1 }, "surrogate"],
  [cycle, "depth"],
];
OUTSIDE.forEach(([value, code], at) =>
  same(`outside ${at}`, "values outside the domain refused, with the code", code, refusal(() => canonical(value))),
);

/** Runs that break one rule by one, or just keep it: [what, run, code]. */
const people = (count) => Array.from({ length: count }, (_, at) => ({ id: `ask${at}`, kind: "human", payload: {} }));
const passed = (steps) => steps.map(({ id }) => ({ event: "rehearsed", step_id: id }));
const peopled = (count) => ({
  ...RUN,
  workflow: { ...WORKFLOW, steps: people(count) },
  events: passed(people(count)),
});
const BY_ONE = [
  ["two people", peopled(2), "none"],
  ["three people", peopled(3), "limits"],
  ["an event of another step", { ...RUN, events: [{ ...EVENT, step_id: "don't" }] }, "event"],
  ["an unfinished run", { ...RUN, events: [] }, "event"],
];
for (const [what, run, code] of BY_ONE) same(what, "runs at the rules' edges", code, refusal(() => verify(run, {})));

// These are many: they would only repeat what is wrong already.
if (differences.length === 0) files.get("runs").forEach(checkChanges);

for (const [what, times] of counts) console.log(`${String(times).padStart(6)}  ${what}`);
for (const difference of differences) console.error(difference);
if (differences.length) console.error(`${differences.length} differences`);
process.exitCode = differences.length ? 1 : 0;
