/**
 * Canonical text, digests and verification of tier2's documents, for Node 20 and browsers; it needs nothing else.
 *
 *     parse(text)                      the value of a JSON text, read strictly
 *     canonical(value)                 the canonical JSON text (RFC 8785)
 *     digest(value)                    the SHA-256 of its UTF-8 bytes, in lower-case hexadecimal
 *     head(run)                        the digest that pins a run as it is now, unfinished or finished
 *     verify(run, result)              null, or the first difference between the result and the result of the run
 *     check(result)                    what contradicts itself in a result, without its run; empty if nothing does
 *     checkSignature(event, signers)   a promise of the SSH key that signed a decision, or of null if it is not signed
 *
 * Rules:
 *
 * 1. Values are plain JSON, as `JSON.parse` returns it. A value without a canonical form is refused with an Error that has
 *    `code` and `where` (a JSON path): NaN, infinities, lone surrogates, undefined, dates, big integers, cycles, and
 *    values that nest more than 128 deep.
 * 2. All functions but `checkSignature` are synchronous. The cryptography of browsers is not, and pages without TLS do
 *    not have it: so the SHA-256 is computed here, and only signatures need `crypto.subtle`.
 * 3. `JSON.parse` keeps the last of two members with one name, and rounds an integer to its double. Both are lost
 *    afterwards. `parse` refuses such a text. It gives plain values as `JSON.parse` does, and takes a string or its bytes.
 * 4. A member may have any name, even `__proto__`: only an object's own members are read, and the objects made here
 *    inherit nothing.
 * 5. `head` and `verify` throw for a run with an event that cannot have happened; `verify` for an unfinished one too, as
 *    it has no result. Decisions are checked as in Python: head, approvers, the form of the signature, and the answer.
 * 6. `verify` does not look at who signed. `checkSignature` checks Ed25519 keys; it throws the code `unsupported` for what
 *    it cannot judge, such as another type of key, and `signature` for a signature that is wrong.
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

// Strict reading (RFC 8259, within RFC 7493)

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"/y;
const WORDS = new Map([
  ["t", ["true", true]],
  ["f", ["false", false]],
  ["n", ["null", null]],
]);

/**
 * The value of a JSON text, a string or the bytes of its UTF-8. Refuses names that stand twice in one object, lone
 * surrogates, numbers that no double holds, integers beyond +-(2^53 - 1) that are not the ECMAScript text of their double,
 * and what nests more than 128 deep.
 */
export function parse(text) {
  const reader = new Reader(typeof text === "string" ? text : decoded(text));
  if (reader.text.startsWith("\ufeff")) refuse("bom", [], "a byte order mark is no part of JSON");
  const value = reader.value([], 0);
  reader.take(SPACE);
  if (reader.at < reader.text.length) refuse("trailing", [], `something follows the value at position ${reader.at}`);
  return value;
}

function decoded(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuse("utf8", [], "the bytes are not UTF-8");
  }
}

function deeper(depth, path) {
  return depth < MAX_DOCUMENT_DEPTH ? depth + 1 : refuse("depth", path, `it nests more than ${MAX_DOCUMENT_DEPTH} deep`);
}

/** A text, and how far it is read. */
class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  /** What matches a sticky pattern here, after which reading goes on; undefined if nothing does. */
  take(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }

  /** Whether the next character, after white space, is this one; then it is read. */
  next(character) {
    this.take(SPACE);
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  expect(character) {
    if (!this.next(character)) refuse("syntax", [], `${character} is expected at position ${this.at}`);
  }

  value(path, depth) {
    if (this.next("{")) return this.members(path, deeper(depth, path));
    if (this.next("[")) return this.items(path, deeper(depth, path));
    if (this.text[this.at] === '"') return this.string(path);
    const [word, value] = WORDS.get(this.text[this.at]) ?? [];
    if (word === undefined) return this.number(path);
    if (!this.text.startsWith(word, this.at)) refuse("syntax", [], `no value begins at position ${this.at}`);
    this.at += word.length;
    return value;
  }

  members(path, depth) {
    const object = {};
    if (this.next("}")) return object;
    do {
      this.take(SPACE);
      const name = this.string(path);
      if (Object.hasOwn(object, name)) refuse("duplicate-key", [...path, name], "the name stands twice in one object");
      this.expect(":");
      const value = this.value([...path, name], depth);
      // An assignment to `__proto__` would make no member.
      Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
    } while (this.next(","));
    this.expect("}");
    return object;
  }

  items(path, depth) {
    const array = [];
    if (this.next("]")) return array;
    do array.push(this.value([...path, array.length], depth));
    while (this.next(","));
    this.expect("]");
    return array;
  }

  string(path) {
    const found = this.take(STRING);
    if (found === undefined) refuse("syntax", [], `a string is expected at position ${this.at}`);
    const read = JSON.parse(found);
    if (/\p{Surrogate}/u.test(read)) refuse("surrogate", path, "a lone surrogate is no character");
    return read;
  }

  number(path) {
    const found = this.take(NUMBER);
    const wrong = found === undefined || /[0-9.eE+-]/.test(this.text[this.at] ?? "");
    if (wrong) refuse("syntax", [], `no value begins or ends at position ${this.at}`);
    const value = Number(found);
    const isInteger = /^-?[0-9]+$/.test(found);
    if (Math.abs(value) === Infinity) refuse("number-range", path, `no double holds ${found.slice(0, 40)}`);
    if (isInteger && !Number.isSafeInteger(value) && String(value) !== found) {
      refuse("number-range", path, `an integer beyond +-(2^53 - 1) is written as ECMAScript writes its double: ${value}`);
    }
    return value;
  }
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

/** The digest that pins a run as it is now: the one on which its next receipt entry will stand. */
export function head(run) {
  return follow(checkedRun(run)).head;
}

/**
 * Recomputes the whole result of a run and gives the first difference of `result` from it, causes before effects:
 * `{where, expected, found}`, a JSON path and two canonical texts (or `absent`). Gives null if there is none.
 *
 * Relative to a head digest kept elsewhere, any change to workflow, context, events or result is found; without one,
 * only damage, not forgery.
 */
export function verify(run, result) {
  const expected = finish(checkedRun(run));
  const found = JSON.parse(canonical(result));
  return canonical(expected) === canonical(found) ? null : firstDifference(expected, found, [], false);
}

/**
 * Every part of a result that another part contradicts: `{where, message}`, in the order of steps and events, links, states.
 * Without the run, its states cannot be proven: use `verify` where the run is at hand. Throws for a value that is no result.
 */
export function check(result) {
  const { id, outcome, success, executed_steps: steps, final_state, ...rest } = checkedResult(result);
  const { failed_step_id, error_message, lineage, receipt } = rest;
  const { entries } = receipt;
  const events = entries.map((entry) => entry.event);
  const found = [];
  const say = (path, message) => found.push({ where: jsonPath(path), message });
  if (steps.length !== entries.length) {
    say(["receipt", "entries"], `${steps.length} executed steps have ${entries.length} entries`);
  } else {
    const illegal = firstIllegal(steps, entries);
    const [wanted, message] = illegal ? [] : ending(events);
    const ids = steps.map((step) => step.id);
    const failed = message === null ? null : ids.at(-1);
    const follows = [
      [["outcome"], wanted, outcome],
      [["success"], message === null, success],
      [["failed_step_id"], failed, failed_step_id],
      [["error_message"], message, error_message],
      [["lineage", "workflow_id"], id, lineage.workflow_id],
      [["lineage", "executed_step_ids"], ids, lineage.executed_step_ids],
      [["receipt", "id"], id, receipt.id],
      [["receipt", "steps"], ids, receipt.steps],
    ];
    if (illegal) say(illegal.path, illegal.message);
    for (const [path, ours, theirs] of illegal ? [] : follows) {
      if (canonical(ours) !== canonical(theirs)) say(path, `the steps and events give ${canonical(ours)}, not ${canonical(theirs)}`);
    }
  }
  sayLinks(lineage, receipt, say);
  sayStates(entries, final_state, say);
  return found;
}

function firstIllegal(steps, entries) {
  const run = { workflow: { steps }, events: entries.map((entry) => entry.event) };
  for (const [at, entry] of entries.entries()) {
    try {
      checkTransition(run, entry.event, at, entry.previous_sha256);
    } catch (error) {
      if (error.name !== "Tier2Error") throw error;
      return { path: ["receipt", "entries", at, "event"], message: error.message };
    }
  }
  if (pendingStep(run)) return { path: ["receipt", "entries"], message: "the run is not over" };
  return null;
}

function sayLinks({ context_sha256, workflow_sha256, operations }, { entries, head_sha256 }, say) {
  let link = digest({ context_sha256, operations, workflow_sha256 });
  let before = "the workflow, the context and the revisions";
  for (const [at, entry] of entries.entries()) {
    if (entry.previous_sha256 !== link) say(["receipt", "entries", at, "previous_sha256"], `it is not the digest of ${before}`);
    [link, before] = [digest(entry), `entry ${at}`];
  }
  if (head_sha256 !== link) say(["receipt", "head_sha256"], "it is not the digest of the last entry");
}

function sayStates(entries, final, say) {
  const outputs = entries.map(({ event }) => (["completed", "decided"].includes(event.event) ? event.output : {}));
  for (const [at, entry] of entries.entries()) {
    const same = at > 0 && !Object.keys(outputs[at]).length;
    if (same && entry.state_sha256 !== entries[at - 1].state_sha256) {
      say(["receipt", "entries", at, "state_sha256"], "the event changes nothing, and yet the state is another");
    }
  }
  const again = outputs.reduce(merged, final);
  if (digest(again) !== digest(final)) say(["final_state"], "the outputs give another state");
  else if (entries.at(-1).state_sha256 !== digest(final)) {
    say(["final_state"], "its digest is not that of the state after the last entry");
  }
}

const RESULT = [
  ...["contract", "id", "outcome", "success", "executed_steps", "final_state", "failed_step_id", "error_message"],
  ...["lineage", "receipt"],
];
const LINEAGE = ["workflow_id", "mission_type", "executed_step_ids", "workflow_sha256", "context_sha256", "operations"];

/** A copy of a result in which each member has its type. */
function checkedResult(value) {
  const result = members(JSON.parse(canonical(value)), RESULT, [], "tier2.result/v1");
  text(result.id, ["id"]);
  oneOf(result.outcome, ["completed", "failed", "vetoed", "rehearsed"], ["outcome"]);
  if (typeof result.success !== "boolean") refuse("type", ["success"], "true or false is expected");
  array(result.executed_steps, 1, ["executed_steps"]).forEach((step, at) => checkedStep(step, ["executed_steps", at]));
  checkEnvelope(result.executed_steps, ["executed_steps"]);
  open(result.final_state, ["final_state"]);
  for (const name of ["failed_step_id", "error_message"]) orNull(text)(result[name], [name]);
  const lineage = members(result.lineage, LINEAGE, ["lineage"]);
  const digests = matching(/^[0-9a-f]{64}$/);
  text(lineage.workflow_id, ["lineage", "workflow_id"]);
  orNull(text)(lineage.mission_type, ["lineage", "mission_type"]);
  for (const name of ["workflow_sha256", "context_sha256"]) digests(lineage[name], ["lineage", name]);
  checkedRevisions(lineage.operations, ["lineage", "operations"]);
  const receipt = members(result.receipt, ["id", "steps", "entries", "head_sha256"], ["receipt"]);
  text(receipt.id, ["receipt", "id"]);
  digests(receipt.head_sha256, ["receipt", "head_sha256"]);
  for (const [list, path] of [[lineage.executed_step_ids, ["lineage", "executed_step_ids"]], [receipt.steps, ["receipt", "steps"]]]) {
    array(list, 1, path).forEach((name, at) => text(name, [...path, at]));
  }
  for (const [at, entry] of array(receipt.entries, 1, ["receipt", "entries"]).entries()) {
    const path = ["receipt", "entries", at];
    const { event, state_sha256, previous_sha256 } = members(entry, ["event", "state_sha256", "previous_sha256"], path);
    checkedEvent(event, [...path, "event"]);
    digests(state_sha256, [...path, "state_sha256"]);
    digests(previous_sha256, [...path, "previous_sha256"]);
  }
  return result;
}

/** A copy of the run with its members in the contract's order, in which all but the transitions is checked. */
function checkedRun(run) {
  // The copy is plain data: nothing can change it or answer differently when it is read again.
  const copy = JSON.parse(canonical(run));
  const { workflow, context, operations, events } = members(copy, RUN, []);
  const checked = {
    workflow: checkedWorkflow(workflow, ["workflow"]),
    context: checkedContext(context, ["context"]),
    operations: checkedRevisions(operations, ["operations"]),
    events: array(events, 0, ["events"]).map((event, position) => checkedEvent(event, ["events", position])),
  };
  checkEnvelope(checked.workflow.steps);
  return checked;
}

const RUN = ["contract", "workflow", "context", "operations", "events"];
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

function checkedRevisions(value, path) {
  if (!isObject(value)) refuse("type", path, "an object is expected");
  for (const name of Object.keys(value)) text(value[name], [...path, name]);
  return value;
}

const EVENTS = new Map([
  ["completed", ["event", "step_id", "output"]],
  ["failed", ["event", "step_id", "reason"]],
  ["decided", ["event", "step_id", "verdict", "by", "note", "output", "at", "head_sha256", "signature"]],
  ["rehearsed", ["event", "step_id"]],
]);

const FIELDS = {
  event: text,
  step_id: text,
  reason: text,
  by: text,
  note: orNull(text),
  verdict: (value, path) => oneOf(value, ["approved", "vetoed"], path),
  output: open,
  at: orNull(matching(/^[0-9]{4}-[0-1][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]Z$/)),
  head_sha256: orNull(matching(/^[0-9a-f]{64}$/)),
  signature: orNull(text),
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
function members(value, names, path, wanted = CONTRACTS[["", "workflow", "context"].indexOf(path[0] ?? "")]) {
  if (!isObject(value)) refuse("type", path, "an object is expected");
  if (names[0] === "contract") {
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

function orNull(check) {
  return (value, path) => (value === null ? null : check(value, path));
}

function matching(pattern) {
  return (value, path) =>
    pattern.test(text(value, path)) ? value : refuse("pattern", path, `a string that matches ${pattern.source} is expected`);
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

function checkEnvelope(steps, path = ["workflow", "steps"]) {
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
    if (step.kind === "human") checkPayload(step.payload, [...path, position, "payload"]);
  });
}

// Human steps: what their payload asks for, and whether a decision fits it

const KINDS_WITH_CHOICES = ["choice", "ranking"];
const FIELD_KINDS = ["text", "integer", "boolean", ...KINDS_WITH_CHOICES];
const POINTER = /^(?:\/(?:[^~/]|~[01])*)*$/; // RFC 6901, 3

/** Refuses a human step in whose payload `show`, `fields`, `approvers` or `signed` is malformed. */
function checkPayload(payload, path) {
  const need = (fits, parts, message) => fits || refuse("envelope", [...path, ...parts], message);
  const items = (name) => {
    const value = Object.hasOwn(payload, name) ? payload[name] : [];
    need(Array.isArray(value), [name], "an array is expected");
    return value.entries();
  };
  for (const [at, pointer] of items("show")) {
    need(typeof pointer === "string" && POINTER.test(pointer), ["show", at], "a JSON Pointer is expected");
  }
  const names = new Set();
  for (const [at, field] of items("fields")) {
    checkField(field, ["fields", at], need);
    need(!names.has(field.name), ["fields", at, "name"], "an earlier field has this name");
    names.add(field.name);
  }
  for (const [at, name] of items("approvers")) {
    need(typeof name === "string", ["approvers", at], "a name is expected");
  }
  need(own(payload, "approvers")?.length !== 0, ["approvers"], "nobody may decide");
  need(["boolean", "undefined"].includes(typeof own(payload, "signed")), ["signed"], "true or false is expected");
}

function checkField(field, path, need) {
  need(isObject(field), path, "an object is expected");
  const name = own(field, "name");
  need(typeof name === "string" && name !== "" && !name.includes("="), [...path, "name"], "a name without = is expected");
  need(typeof own(field, "label") === "string", [...path, "label"], "a string is expected");
  need(FIELD_KINDS.includes(own(field, "kind")), [...path, "kind"], `use ${FIELD_KINDS.join(" or ")}`);
  need(["boolean", "undefined"].includes(typeof own(field, "required")), [...path, "required"], "true or false is expected");
  const choices = choicesOf(field);
  const under = [...path, "choices"];
  need(Array.isArray(choices), under, "an array is expected");
  need(!choices.length || KINDS_WITH_CHOICES.includes(field.kind), under, "a field of this kind has no choices");
  need(choices.length || field.kind !== "choice", under, "there is nothing to choose from");
  choices.forEach((choice, at) => {
    const closed = isObject(choice) && Object.keys(choice).sort().join() === "label,value";
    need(closed && typeof choice.label === "string", [...under, at], "an object of label and value is expected");
  });
  const values = choices.map((choice) => canonical(choice.value));
  values.forEach((value, at) => need(values.indexOf(value) === at, [...under, at, "value"], "an earlier choice has this value"));
}

function choicesOf(field) {
  return Object.hasOwn(field, "choices") ? field.choices : [];
}

/** Refuses a decision that its step's payload does not allow, or that was made on another head; `path` is the event's. */
function checkDecision({ payload }, event, head, path) {
  const signed = own(payload, "signed") === true;
  if (event.head_sha256 === null ? signed : event.head_sha256 !== head) {
    refuse("stale", [...path, "head_sha256"], `the head of the run is ${head}`);
  }
  if (own(payload, "approvers")?.includes(event.by) === false) {
    refuse("approver", [...path, "by"], "somebody else has to decide");
  }
  if (event.signature === null ? signed : armored(event.signature) === null) {
    refuse("signature", [...path, "signature"], "an armored SSH signature is expected");
  }
  const approved = event.verdict === "approved";
  if (!approved && Object.keys(event.output).length) refuse("event", [...path, "output"], "a veto has no output");
  if (approved && Object.hasOwn(payload, "fields")) checkAnswer(payload.fields, event.output, [...path, "output"]);
}

/** Refuses an output whose values do not fit the fields, or that lacks a required one. */
function checkAnswer(fields, output, path) {
  for (const name of Object.keys(output).sort()) {
    const field = fields.find((one) => one.name === name);
    if (!field || !fitsField(output[name], field)) refuse("answer", [...path, name], "no field allows this value");
  }
  const missing = fields.find((field) => own(field, "required") === true && !Object.hasOwn(output, field.name));
  if (missing) refuse("answer", [...path, missing.name], "a required value is missing");
}

function fitsField(value, field) {
  const choices = choicesOf(field).map((choice) => canonical(choice.value));
  switch (field.kind) {
    case "text":
      return typeof value === "string";
    case "integer":
      return Number.isSafeInteger(value);
    case "boolean":
      return typeof value === "boolean";
    case "choice":
      return choices.includes(canonical(value));
    default: {
      if (!Array.isArray(value)) return false;
      const ranked = value.map(canonical);
      return ranked.every((item, at) => choices.includes(item) && ranked.indexOf(item) === at);
    }
  }
}

// Transitions

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

/** Refuses an event that cannot have happened; `head` is that of the run before it. */
function checkTransition({ workflow, events }, event, position, head) {
  const path = ["events", position];
  const step = workflow.steps[position];
  if (!step || (position > 0 && endsRun(events[position - 1]))) refuse("event", path, "the run is over");
  if (event.step_id !== step.id) refuse("event", path, "another step is pending");
  if (!EVENT_KINDS[step.kind].includes(eventKind(event))) refuse("event", path, `no event of a ${step.kind} step`);
  if (event.event === "decided") checkDecision(step, event, head, path);
}

function pendingStep({ workflow, events }) {
  return !events.some(endsRun) && events.length < workflow.steps.length;
}

/** The end of a run: its last state, the entries of its receipt, and its head. Checks each event before it is hashed. */
function follow(run) {
  const { workflow, context, operations, events } = run;
  let state = context.initial_state;
  let state_sha256 = null;
  let head = digest({ context_sha256: digest(context), operations, workflow_sha256: digest(workflow) });
  const entries = events.map((event, position) => {
    checkTransition(run, event, position, head);
    if (["completed", "approved"].includes(eventKind(event))) {
      state = merged(state, event.output);
      state_sha256 = null;
    }
    state_sha256 ??= digest(state); // the same state is hashed once
    const entry = { event, state_sha256, previous_sha256: head };
    const whole = canonical(entry);
    // A UTF-16 unit is at most 3 bytes of UTF-8, so that short texts need not be counted.
    if (whole.length * 3 > MAX_ENTRY_BYTES && new TextEncoder().encode(whole).length > MAX_ENTRY_BYTES) {
      refuse("size", ["events", position], "the event's receipt entry has more than 16 MiB");
    }
    head = sha256(whole);
    return entry;
  });
  return { state, entries, head };
}

/** The result of a finished run, its members in the contract's order. */
function finish(run) {
  const { workflow, events } = run;
  const { state, entries, head } = follow(run);
  if (pendingStep(run)) refuse("event", ["events", events.length], "the run is not over: a step is pending");
  const executed = workflow.steps.slice(0, events.length);
  const ids = executed.map((step) => step.id);
  const [outcome, message] = ending(events);
  return {
    contract: "tier2.result/v1",
    id: workflow.id,
    outcome,
    success: message === null,
    executed_steps: executed,
    final_state: state,
    failed_step_id: message === null ? null : ids.at(-1),
    error_message: message,
    lineage: lineageOf(run, ids),
    receipt: { id: workflow.id, steps: ids, entries, head_sha256: head },
  };
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

function lineageOf({ workflow, context, operations }, ids) {
  const type = own(workflow.metadata, "mission_type");
  return {
    workflow_id: workflow.id,
    mission_type: typeof type === "string" ? type : null,
    executed_step_ids: ids,
    workflow_sha256: digest(workflow),
    context_sha256: digest(context),
    operations,
  };
}

const CAUSES = ["lineage", "receipt"];
const OPEN = ["payload", "output", "final_state", "operations"];

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
  theirs.sort(); // by UTF-16 code units, as canonical text has them
  if (inOpen) ours.sort();
  if (path.length === 0) ours.sort((one, other) => CAUSES.includes(other) - CAUSES.includes(one));
  return [...ours, ...theirs];
}

function shown(value) {
  return value === undefined ? "absent" : canonical(value);
}

// Signatures (OpenSSH's PROTOCOL.sshsig)

const BEGIN = "-----BEGIN SSH SIGNATURE-----\n";
const END = "-----END SSH SIGNATURE-----\n";

/** The Base64 of an armored SSH signature, without its line breaks; null for a text of another form. */
function armored(text) {
  if (!text.startsWith(BEGIN) || !text.endsWith(`\n${END}`)) return null;
  const lines = text.slice(BEGIN.length, -END.length - 1).split("\n");
  const body = lines.join("");
  const framed = lines.every((line, at) => line && line.length <= 76 && (at === lines.length - 1 || !line.includes("=")));
  return framed && body.length % 4 === 0 && /^U1NIU0lH[A-Za-z0-9+/]*={0,2}$/.test(body) ? body : null;
}

const NAMESPACE = "tier2-decision";
const KEY_TYPE = "ssh-ed25519";
const HASHES = new Map([
  ["sha256", "SHA-256"],
  ["sha512", "SHA-512"],
]);

/**
 * A promise of the public key that signed a decision, as OpenSSH writes it (`ssh-ed25519 AAAA...`), or of null for a
 * decision without signature. `signers`, the text of an allowed_signers file, says which keys are whose: the key has to
 * be one of `by`. Without it, any key is accepted.
 */
export async function checkSignature(event, signers = null) {
  const decision = checkedEvent(JSON.parse(canonical(event)), []);
  if (decision.event !== "decided") refuse("event", ["event"], "only a decision can be signed");
  if (decision.signature === null) return null;
  if (decision.head_sha256 === null) wrong("the decision names no head, and could be of another run");
  const { key, hash, signature } = openSignature(decision.signature);
  const message = utf8(canonical({ ...decision, signature: null }));
  const hashed = new Uint8Array(await subtle().digest(HASHES.get(hash), message));
  const signed = joined([utf8("SSHSIG"), ...[utf8(NAMESPACE), utf8(""), utf8(hash), hashed].map(sshString)]);
  if (!(await subtle().verify("Ed25519", await imported(key), signature, signed))) {
    wrong("it is the signature of another decision, or damaged");
  }
  const publicKey = btoa(String.fromCharCode(...joined([utf8(KEY_TYPE), key].map(sshString))));
  if (signers !== null) checkSigner(decision.by, publicKey, signers);
  return `${KEY_TYPE} ${publicKey}`;
}

function wrong(message) {
  refuse("signature", ["signature"], message);
}

function unsupported(message) {
  refuse("unsupported", ["signature"], message);
}

/** The parts of an armored signature: the bytes of the Ed25519 key and its signature, and the name of the hash. */
function openSignature(armor) {
  const base64 = armored(armor) ?? wrong("it is no SSH signature in armor");
  const decoded = atob(base64);
  if (btoa(decoded) !== base64) wrong("its Base64 has bits beyond the last byte");
  const bytes = Uint8Array.from(decoded, (character) => character.charCodeAt(0));
  if (bytes.length < 10 || new DataView(bytes.buffer).getUint32(6) !== 1) wrong("its version is not 1");
  const [publicKey, namespace, reserved, hashName, made] = sshStrings(bytes.subarray(10), 5);
  if (ascii(namespace) !== NAMESPACE) wrong(`its namespace is not ${NAMESPACE}`);
  if (reserved.length) unsupported("its reserved member is not empty");
  const hash = ascii(hashName);
  if (!HASHES.has(hash)) unsupported("its hash is neither sha256 nor sha512");
  return { key: ofKeyType(publicKey, 32), hash, signature: ofKeyType(made, 64) };
}

/** The bytes of an Ed25519 key or signature, after the name of the type (RFC 8709). */
function ofKeyType(bytes, length) {
  const parts = sshStrings(bytes);
  if (parts.length === 0 || ascii(parts[0]) !== KEY_TYPE) unsupported(`only keys of ${KEY_TYPE} can be checked here`);
  if (parts.length !== 2 || parts[1].length !== length) wrong("its key or its signature has another length");
  return parts[1];
}

/** The strings of SSH's binary form, each after its length in four bytes (RFC 4251, 5). */
function sshStrings(bytes, count = null) {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const strings = [];
  for (let at = 0; at < bytes.length; ) {
    const start = at + 4;
    const end = start <= bytes.length ? start + data.getUint32(at) : Infinity;
    if (end > bytes.length) wrong("it ends too early");
    strings.push(bytes.subarray(start, end));
    at = end;
  }
  if (count !== null && strings.length !== count) wrong("it has too few or too many parts");
  return strings;
}

function sshString(bytes) {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length);
  return joined([length, bytes]);
}

function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  return whole;
}

function utf8(text) {
  return new TextEncoder().encode(text);
}

/** The text of bytes, to be compared with a text of ASCII: bytes of any other text give another one. */
function ascii(bytes) {
  return new TextDecoder("latin1").decode(bytes);
}

function subtle() {
  return globalThis.crypto?.subtle ?? unsupported("crypto.subtle is missing: open the page by https, or from localhost");
}

async function imported(key) {
  try {
    return await subtle().importKey("raw", key, "Ed25519", false, ["verify"]);
  } catch (error) {
    return unsupported(`crypto.subtle does not take the Ed25519 key: ${error.name}`);
  }
}

/** Refuses a key that no line of the allowed_signers text gives to the name. A line that says more is not judged. */
function checkSigner(name, publicKey, signers) {
  let unclear = false;
  for (const line of signers.split(/\r?\n/).map((one) => one.replace(/^[ \t]+/, ""))) {
    if (line === "" || line.startsWith("#")) continue;
    const [names, type, key] = line.split(/[ \t]+/);
    const plain = type === KEY_TYPE && !/["*?!]/.test(names);
    if (plain && key === publicKey && names.split(",").includes(name) && name !== "") return;
    unclear ||= !plain && line.includes(publicKey);
  }
  if (unclear) unsupported("a line with this key has patterns, quotes or options: only plain names are compared here");
  wrong("no line of the signers gives this key to the person who decided");
}
