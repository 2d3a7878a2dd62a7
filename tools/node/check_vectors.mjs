/**
 * Runs the known answers through tier2.mjs, prints what was counted, and exits with 1 on any difference.
 *
 *     node check_vectors.mjs [FOLDER]      FOLDER is contracts/vectors/v1 by default
 *
 * Refusals are tried as far as a program can that has only `JSON.parse`:
 *
 * - A text is refused by being read: as UTF-8, by JSON.parse, by `canonical`, or for not being its own canonical text.
 *   The last is all that JavaScript can say of duplicate keys and rounded numbers (RAW below): such a vector needs the
 *   raw text, and holds for stored canonical documents only.
 * - A run, and a part of one put into a run that is right otherwise, is refused by `verify`, with the vector's code.
 * - Missions, results and receipt entries are judged by the contracts: check_ajv.mjs does that.
 */

import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { canonical, digest, verify } from "./tier2.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const folder = resolve(process.argv[2] ?? join(here, "../../contracts/vectors/v1"));

const TEXT_CODES = "number-range surrogate duplicate-key depth bom trailing syntax utf8".split(" ");
const RAW = ["duplicate-key", "number-range"];

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
  const file = JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));
  same(name, "files with the number of vectors that they say", file.count, file.vectors.length);
  return file.vectors;
}

/** The code of what a function throws; `foreign` for what is not ours, and `none` if it throws nothing. */
function refusal(action) {
  try {
    action();
  } catch (error) {
    return error.name === "Tier2Error" ? error.code : "foreign";
  }
  return "none";
}

function checkText({ id, text, canonical: wanted, sha256 }, kind) {
  const value = JSON.parse(text);
  same(id, `canonical texts of ${kind}`, wanted, canonical(value));
  same(id, `digests of ${kind}`, sha256, digest(value));
  same(id, `canonical texts of ${kind} read back`, wanted, canonical(JSON.parse(wanted)));
}

function checkRun({ id, workflow, context, events, result, result_sha256, head_sha256 }) {
  const run = { contract: "tier2.run/v1", workflow, context, events };
  same(id, "results verified", "null", canonical(verify(run, result)));
  same(id, "digests of results", result_sha256, digest(result));
  // Against null the whole expected result is the difference: it is recomputed from nothing of the vector's.
  const { expected } = verify(run, null);
  same(id, "results recomputed", result_sha256, digest(JSON.parse(expected)));
  same(id, "heads recomputed", head_sha256, JSON.parse(expected).receipt.head_sha256);
  const both = { ...result, success: null, receipt: { ...result.receipt, head_sha256: "" } };
  same(id, "causes told before effects", "$.receipt.head_sha256", verify(run, both)?.where);
}

function checkChanges({ id, workflow, context, events, result }) {
  const run = { contract: "tier2.run/v1", workflow, context, events };
  for (const [path, changed] of changes(result, [])) {
    same(id, "changed results found out", path, verify(run, changed)?.where);
  }
}

/** The value with one scalar changed, for each scalar in it, with the path. */
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

/** How far a text gets as stored canonical JSON. */
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
const RUN = { contract: "tier2.run/v1", workflow: WORKFLOW, context: CONTEXT, events: [EVENT] };
const ASKING = { ...WORKFLOW, steps: [{ id: "ask", kind: "human", payload: {} }] };

const IN_A_RUN = {
  Run: (value) => value,
  WorkflowDefinition: (value) => ({ ...RUN, workflow: value }),
  StepSpec: (value) => ({ ...RUN, workflow: { ...WORKFLOW, steps: [value] } }),
  ExecutionContext: (value) => ({ ...RUN, context: value }),
  Completed: (value) => ({ ...RUN, events: [value] }),
  Failed: (value) => ({ ...RUN, events: [value] }),
  Rehearsed: (value) => ({ ...RUN, events: [value] }),
  Decided: (value) => ({ ...RUN, workflow: ASKING, events: [value] }),
};

/** Where a reader of Completed finds the wrong tag, a run finds an event of another kind with a member too many. */
const OTHER_CODE = new Map([["other-event", "unknown-field"]]);

function checkRefusal(vector) {
  const { id, type, code } = vector;
  if (TEXT_CODES.includes(code)) {
    if (code === "depth" && type in IN_A_RUN) return checkRefusedRun(vector);
    // `canonical` allows a document's depth; that an open object in it may be less deep is for decoders to know.
    if (code === "depth" && type !== "value") return count(`refusals left to decoders: depth inside ${type}`);
    const how = readAsStored(vector);
    const onlyRaw = how === "for not being canonical text";
    if (how === "not refused" || (onlyRaw && !RAW.includes(code))) differences.push(`${id}: ${code}: ${how}`);
    else count(`refusals of texts ${how}${onlyRaw ? " (needs the raw text)" : ""}`);
  } else if (type in IN_A_RUN) {
    checkRefusedRun(vector);
  } else {
    count(`refusals left to check_ajv.mjs: ${type}`);
  }
}

function checkRefusedRun({ id, type, code, text }) {
  const run = IN_A_RUN[type](JSON.parse(text));
  same(id, "refusals by verify, with the code", OTHER_CODE.get(id) ?? code, refusal(() => verify(run, {})));
}

same("itself", "right runs for the parts of refusals", "null", canonical(verify(RUN, JSON.parse(verify(RUN, null).expected))));
for (const vector of vectors("values")) checkText(vector, "values");
for (const vector of vectors("documents")) checkText(vector, "documents");
for (const vector of vectors("runs")) checkRun(vector);
for (const vector of vectors("refusals")) checkRefusal(vector);

/** What no text can hold, but a program can pass. */
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

/** Merges that JavaScript is prone to get wrong: [state, output, state after], as texts. */
const MERGES = [
  ['{"__proto__":{"a":1}}', '{"__proto__":{"b":2}}', '{"__proto__":{"a":1,"b":2}}'],
  ["{}", '{"__proto__":{"a":1}}', '{"__proto__":{"a":1}}'],
  ["{}", '{"a":{"__proto__":{"b":null,"c":1}}}', '{"a":{"__proto__":{"c":1}}}'],
  ['{"__proto__":1,"a":2}', '{"__proto__":null}', '{"a":2}'],
  ["{}", '{"constructor":{"prototype":{"a":1}}}', '{"constructor":{"prototype":{"a":1}}}'],
  ["{}", '{"toString":{"a":null}}', '{"toString":{}}'],
  ['{"length":1,"a":[1]}', '{"a":{"0":2}}', '{"a":{"0":2},"length":1}'],
];
for (const [state, output, after] of MERGES) {
  const context = { ...CONTEXT, initial_state: JSON.parse(state) };
  const { expected } = verify({ ...RUN, context, events: [{ ...EVENT, output: JSON.parse(output) }] }, null);
  same(output, "merges of names that JavaScript has itself", after, canonical(JSON.parse(expected).final_state));
}

/** Runs that miss a rule by one, and nothing else: [what, run, code]. */
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

// The many: where something is wrong already, they would only say it again.
if (differences.length === 0) for (const vector of vectors("runs")) checkChanges(vector);

for (const [what, times] of counts) console.log(`${String(times).padStart(6)}  ${what}`);
for (const difference of differences) console.error(difference);
if (differences.length) console.error(`${differences.length} differences`);
process.exitCode = differences.length ? 1 : 0;
