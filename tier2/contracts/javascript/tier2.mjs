/**
 * Canonical text, digests and verification of tier2's documents, for Node 20 and browsers; it needs nothing else.
 *
 *     canonical(value)     the canonical JSON text (RFC 8785)
 *     digest(value)        the SHA-256 of its UTF-8 bytes, in lower-case hexadecimal
 *     verify(run, result)  null, or the first difference between the result and the result of the run
 *
 * Rules:
 *
 * 1. Values are plain JSON, as `JSON.parse` returns it. A value without a canonical form is refused with an Error that has
 *    `code` and `where` (a JSON path): NaN, infinities, lone surrogates, undefined, dates, big integers, cycles, and
 *    values that nest more than 128 deep.
 * 2. All three functions are synchronous. The SHA-256 of browsers is not, and pages without TLS do not have it.
 * 3. `JSON.parse` keeps the last of two members with one name, and rounds numbers that no double can hold. Both are lost
 *    afterwards. So check stored canonical text: `canonical(value = JSON.parse(text)) === text` proves that it had
 *    neither. Text that is not canonical needs another reader.
 * 4. A member may have any name, even `__proto__`: only an object's own members are read, and the objects made here
 *    inherit nothing.
 * 5. `verify` throws for a run that is not a legal, finished one: such a run has no result.
 */

const MAX_DOCUMENT_DEPTH = 128;
const MAX_OPEN_DEPTH = 64;
const MAX_ENTRY_BYTES = 16 * 1024 * 1024;
const MAX_STEPS = 5;
const MAX_HUMAN_STEPS = 2;

/** Throws an error with a stable code, a path and a reason. */
function refuse(code, path, message) {
  const where = jsonPath(path);
  throw Object.assign(new Error(`${where}: ${message}`), { name: "Tier2Error", code, where });
}

/** `$.name` for plain names, `$["a name"]` for others with all but printable ASCII as escapes, `$[0]` for positions. */
function jsonPath(path) {
  let text = "$";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(part)) text += `.${part}`;
    else text += `["${part.replace(/["\\]|[^ -~]/g, escaped)}"]`;
  }
  return text;
}

function escaped(character) {
  if (character === '"' || character === "\\") return `\\${character}`;
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

// Canonical text (RFC 8785)

/** The canonical JSON text of a value; its UTF-8 bytes are the canonical bytes. */
export function canonical(value) {
  return write(value, []);
}

function write(value, path) {
  switch (typeof value) {
    case "string":
      return writeText(value, path);
    case "number":
      if (!Number.isFinite(value)) refuse("not-finite", path, `${value} is no JSON number`);
      return JSON.stringify(value); // ECMAScript's own number text is the one that 3.2.2.3 asks for; -0 becomes 0
    case "boolean":
      return String(value);
    case "object":
      if (value === null) return "null";
      if (path.length >= MAX_DOCUMENT_DEPTH) refuse("depth", [], "the value nests too deep, or contains itself");
      return Array.isArray(value) ? writeArray(value, path) : writeObject(value, path);
    default:
      return refuse("type", path, `a ${typeof value} is no JSON value`);
  }
}

function writeText(text, path) {
  if (/\p{Surrogate}/u.test(text)) refuse("surrogate", path, "the text has a lone surrogate");
  return JSON.stringify(text);
}

function writeArray(array, path) {
  if (Reflect.ownKeys(array).length !== array.length + 1) {
    refuse("type", path, "the array has a hole, or a member beside its items");
  }
  return `[${Array.from(array, (item, position) => writeInside(item, path, position)).join(",")}]`;
}

function writeObject(object, path) {
  if (!isPlain(object)) refuse("type", path, "only plain objects and arrays are JSON");
  const names = Object.keys(object).sort(); // by UTF-16 code units, as 3.2.3 asks
  if (Reflect.ownKeys(object).length !== names.length) {
    refuse("type", path, "the object has a member that is a symbol, or hidden");
  }
  return `{${names.map((name) => `${writeText(name, path)}:${writeInside(object[name], path, name)}`).join(",")}}`;
}

/** One path serves the whole value, since copies of it would cost more than the text. */
function writeInside(value, path, part) {
  path.push(part);
  const written = write(value, path);
  path.pop();
  return written;
}

/** Whether an object is neither a class's nor built in; one of another frame's or realm's is plain too. */
function isPlain(object) {
  const prototype = Object.getPrototypeOf(object);
  if (prototype === null) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "isPrototypeOf");
}

// Digests (FIPS 180-4)

/** The SHA-256 of the canonical bytes, in lower-case hexadecimal. */
export function digest(value) {
  return sha256(canonical(value));
}

// prettier-ignore
const ROUNDS = new Int32Array([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);

const rotated = (word, bits) => (word >>> bits) | (word << (32 - bits));

function sha256(text) {
  const data = padded(new TextEncoder().encode(text));
  // prettier-ignore
  const hash = new Int32Array([
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  ]);
  const words = new Int32Array(64);
  for (let start = 0; start < data.byteLength; start += 64) addBlock(hash, words, data, start);
  return Array.from(hash, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

/** The message, a one bit, zeros up to whole blocks of 64 bytes, and the message's length in bits (5.1.1). */
function padded(message) {
  const whole = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64);
  whole.set(message);
  whole[message.length] = 0x80;
  const data = new DataView(whole.buffer);
  data.setBigUint64(whole.length - 8, BigInt(message.length) * 8n);
  return data;
}

/** One block's part of the hash (6.2.2); `words` is room to work in. */
function addBlock(hash, words, data, start) {
  for (let t = 0; t < 16; t++) words[t] = data.getInt32(start + 4 * t);
  for (let t = 16; t < 64; t++) {
    const x = words[t - 15];
    const y = words[t - 2];
    const small0 = rotated(x, 7) ^ rotated(x, 18) ^ (x >>> 3);
    const small1 = rotated(y, 17) ^ rotated(y, 19) ^ (y >>> 10);
    words[t] = words[t - 16] + small0 + words[t - 7] + small1;
  }
  let [a, b, c, d, e, f, g, h] = hash;
  for (let t = 0; t < 64; t++) {
    const big1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
    const first = (h + big1 + ((e & f) ^ (~e & g)) + ROUNDS[t] + words[t]) | 0;
    const big0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
    const second = (big0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, position) => (hash[position] += word));
}

// Verification

/**
 * Recomputes the whole result of a run and gives the first difference of `result` from it, causes before effects:
 * `{where, expected, found}`, a JSON path and two canonical texts (or `absent`). Gives null if there is none.
 *
 * Relative to a head digest kept elsewhere, any change to workflow, context, events or result is found; without one,
 * only damage, not forgery.
 */
export function verify(run, result) {
  // The copies are plain data: nothing can change them or answer differently when it is read again.
  const expected = finish(checkedRun(JSON.parse(canonical(run))));
  const found = JSON.parse(canonical(result));
  return canonical(expected) === canonical(found) ? null : firstDifference(expected, found, [], false);
}

/** The run with its members in the contract's order, checked against the contract as far as a result depends on it. */
function checkedRun(run) {
  const { workflow, context, events } = members(run, ["contract", "workflow", "context", "events"], []);
  const checked = {
    workflow: checkedWorkflow(workflow, ["workflow"]),
    context: checkedContext(context, ["context"]),
    events: array(events, 0, ["events"]).map((event, position) => checkedEvent(event, ["events", position])),
  };
  checkEnvelope(checked.workflow.steps);
  checked.events.forEach((event, position) => checkTransition(checked, event, position));
  if (pendingStep(checked)) refuse("event", ["events", events.length], "the run is not over: a step is pending");
  return checked;
}

const CONTRACTS = ["tier2.run/v1", "tier2.workflow/v1", "tier2.context/v1"];

function checkedWorkflow(value, path) {
  const { contract, id, steps, metadata } = members(value, ["contract", "id", "steps", "metadata"], path);
  return {
    contract,
    id: text(id, [...path, "id"]),
    steps: array(steps, 1, [...path, "steps"]).map((step, at) => checkedStep(step, [...path, "steps", at])),
    metadata: open(metadata, [...path, "metadata"]),
  };
}

function checkedStep(value, path) {
  const { id, kind, payload } = members(value, ["id", "kind", "payload"], path);
  return {
    id: text(id, [...path, "id"]),
    kind: oneOf(kind, ["runtime", "human"], [...path, "kind"]),
    payload: open(payload, [...path, "payload"]),
  };
}

function checkedContext(value, path) {
  const context = members(value, ["contract", "initial_state", "metadata"], path);
  open(context.initial_state, [...path, "initial_state"]);
  open(context.metadata, [...path, "metadata"]);
  return context;
}

const EVENTS = new Map([
  ["completed", ["event", "step_id", "output"]],
  ["failed", ["event", "step_id", "reason"]],
  ["decided", ["event", "step_id", "verdict", "by", "note", "output"]],
  ["rehearsed", ["event", "step_id"]],
]);

const FIELDS = {
  event: text,
  step_id: text,
  reason: text,
  by: text,
  note: (value, path) => (value === null ? null : text(value, path)),
  verdict: (value, path) => oneOf(value, ["approved", "vetoed"], path),
  output: open,
};

function checkedEvent(value, path) {
  if (!isObject(value)) refuse("type", path, "an event is an object");
  if (!Object.hasOwn(value, "event")) refuse("missing-field", [...path, "event"], "the event's name is missing");
  const names = EVENTS.get(value.event) ?? refuse("tag", [...path, "event"], "there is no such event");
  const event = members(value, names, path);
  for (const name of names) FIELDS[name](event[name], [...path, name]);
  return event;
}

/** The members of a closed object, in the order of `names`; a contract's name must be the one for its place. */
function members(value, names, path) {
  if (!isObject(value)) refuse("type", path, "an object is expected");
  if (names[0] === "contract") {
    const wanted = CONTRACTS[["", "workflow", "context"].indexOf(path[0] ?? "")];
    if (!Object.hasOwn(value, "contract") || value.contract !== wanted) {
      refuse("tag", [...path, "contract"], `a document of ${wanted} is expected`);
    }
  }
  for (const name of Object.keys(value)) {
    if (!names.includes(name)) refuse("unknown-field", [...path, name], "the contract knows no such member");
  }
  const found = {};
  for (const name of names) {
    if (!Object.hasOwn(value, name)) refuse("missing-field", [...path, name], "the member is missing");
    found[name] = value[name];
  }
  return found;
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value, path) {
  return typeof value === "string" ? value : refuse("type", path, "a string is expected");
}

function oneOf(value, allowed, path) {
  return allowed.includes(text(value, path)) ? value : refuse("enum", path, `use ${allowed.join(" or ")}`);
}

function array(value, least, path) {
  if (!Array.isArray(value)) refuse("type", path, "an array is expected");
  if (value.length < least || value.length > MAX_STEPS) refuse("bound", path, `use ${least} to ${MAX_STEPS} items`);
  return value;
}

function open(value, path) {
  if (!isObject(value)) refuse("type", path, "an object is expected");
  if (depth(value) > MAX_OPEN_DEPTH) refuse("depth", path, `it nests more than ${MAX_OPEN_DEPTH} deep`);
  return value;
}

function depth(value) {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Object.values(value).reduce((most, member) => Math.max(most, depth(member)), 0);
}

function checkEnvelope(steps) {
  const path = ["workflow", "steps"];
  if (steps.filter((step) => step.kind === "human").length > MAX_HUMAN_STEPS) {
    refuse("limits", path, `more than ${MAX_HUMAN_STEPS} human steps`);
  }
  steps.forEach((step, position) => {
    if (steps.findIndex((other) => other.id === step.id) !== position) {
      refuse("envelope", [...path, position, "id"], "an earlier step has the same id");
    }
    if (step.kind === "runtime" && typeof own(step.payload, "operation") !== "string") {
      refuse("envelope", [...path, position, "payload", "operation"], "a runtime step names its operation");
    }
  });
}

/** A member of an object by any name, `__proto__` too; undefined where there is none. */
function own(object, name) {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

const eventKind = (event) => (event.event === "decided" ? event.verdict : event.event);
const endsRun = (event) => event.event === "failed" || eventKind(event) === "vetoed";
const EVENT_KINDS = {
  runtime: ["completed", "failed", "rehearsed"],
  human: ["approved", "vetoed", "rehearsed"],
};

function checkTransition({ workflow, events }, event, position) {
  const path = ["events", position];
  const step = workflow.steps[position];
  if (!step || (position > 0 && endsRun(events[position - 1]))) refuse("event", path, "the run is over");
  if (event.step_id !== step.id) refuse("event", path, "another step is pending");
  if (!EVENT_KINDS[step.kind].includes(eventKind(event))) refuse("event", path, `no event of a ${step.kind} step`);
  if (eventKind(event) === "vetoed" && Object.keys(event.output).length) refuse("event", path, "a veto has no output");
}

function pendingStep({ workflow, events }) {
  return !events.some(endsRun) && events.length < workflow.steps.length;
}

/** The result of a legal, finished run, its members in the contract's order. */
function finish({ workflow, context, events }) {
  const executed = workflow.steps.slice(0, events.length);
  const ids = executed.map((step) => step.id);
  const states = statesAfter(context.initial_state, events);
  const [outcome, message] = ending(events);
  const lineage = lineageOf(workflow, context, ids);
  return {
    contract: "tier2.result/v1",
    id: workflow.id,
    outcome,
    success: message === null,
    executed_steps: executed,
    final_state: states.at(-1),
    failed_step_id: message === null ? null : ids.at(-1),
    error_message: message,
    lineage,
    receipt: { id: workflow.id, steps: ids, ...chain(lineage, events, states) },
  };
}

/** The state after each event: only what was completed or approved changes it. */
function statesAfter(initial, events) {
  let state = initial;
  return events.map((event) => {
    if (["completed", "approved"].includes(eventKind(event))) state = merged(state, event.output);
    return state;
  });
}

/** RFC 7396 section 2. */
function merged(target, patch) {
  if (!isObject(patch)) return patch;
  const result = Object.assign(Object.create(null), isObject(target) ? target : {});
  for (const name of Object.keys(patch)) {
    if (patch[name] === null) delete result[name];
    else result[name] = merged(result[name], patch[name]);
  }
  return result;
}

function ending(events) {
  const last = events.at(-1);
  if (last.event === "failed") return ["failed", last.reason];
  if (eventKind(last) === "vetoed") {
    return ["vetoed", `vetoed by ${last.by}${last.note === null ? "" : `: ${last.note}`}`];
  }
  return [events.some((event) => event.event === "rehearsed") ? "rehearsed" : "completed", null];
}

function lineageOf(workflow, context, ids) {
  const type = own(workflow.metadata, "mission_type");
  return {
    workflow_id: workflow.id,
    mission_type: typeof type === "string" ? type : null,
    executed_step_ids: ids,
    workflow_sha256: digest(workflow),
    context_sha256: digest(context),
  };
}

/** The receipt's entries and head: each entry stands on the digest of the one before, the first on the inputs'. */
function chain({ workflow_sha256, context_sha256 }, events, states) {
  let head = digest({ context_sha256, workflow_sha256 });
  const entries = events.map((event, position) => {
    const entry = { event, state_sha256: digest(states[position]), previous_sha256: head };
    const whole = canonical(entry);
    // A UTF-16 unit is at most 3 bytes of UTF-8, so that short texts need not be counted.
    if (whole.length * 3 > MAX_ENTRY_BYTES && new TextEncoder().encode(whole).length > MAX_ENTRY_BYTES) {
      refuse("size", ["events", position], "the event's receipt entry has more than 16 MiB");
    }
    head = sha256(whole);
    return entry;
  });
  return { entries, head_sha256: head };
}

const CAUSES = ["lineage", "receipt"];
const OPEN = ["payload", "output", "final_state"];

/** The first difference inside two values whose texts differ; `inOpen` says that they stand in an open object. */
function firstDifference(expected, found, path, inOpen) {
  const comparable = Array.isArray(expected) ? Array.isArray(found) : isObject(expected) && isObject(found);
  if (!comparable) return { where: jsonPath(path), expected: shown(expected), found: shown(found) };
  const names = inOrder(expected, found, path, inOpen);
  const name = names.find((part) => shown(own(expected, part)) !== shown(own(found, part)));
  const part = Array.isArray(expected) ? Number(name) : name;
  const inside = inOpen || OPEN.includes(part);
  return firstDifference(own(expected, name), own(found, name), [...path, part], inside);
}

/** The names of both: those of the expected value first, in the order of the contract or, in an open object, sorted. */
function inOrder(expected, found, path, inOpen) {
  const ours = Object.keys(expected);
  const theirs = Object.keys(found).filter((name) => !Object.hasOwn(expected, name));
  if (Array.isArray(expected)) return [...ours, ...theirs];
  theirs.sort(byCodePoint);
  if (inOpen) ours.sort(byCodePoint);
  if (path.length === 0) ours.sort((one, other) => CAUSES.includes(other) - CAUSES.includes(one));
  return [...ours, ...theirs];
}

function byCodePoint(one, other) {
  const [left, right] = [Array.from(one), Array.from(other)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = left[i].codePointAt(0) - right[i].codePointAt(0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function shown(value) {
  return value === undefined ? "absent" : canonical(value);
}
