/**
 * The Node.js side of tools/round_trip.py: answers each document and run on its input, then makes as many of its own.
 *
 *     node round_trip.mjs SEED COUNT < lines > lines
 *
 * In, one JSON object a line: {"text"} or {"run", "result"}, many with "changed"; all JSON texts.
 * Out, first the answers: [canonical text, digest], or for a run: [canonical run, canonical result, the result's
 * digest, verification of the result, and of the changed one]. Then the documents and runs made here:
 * {"type", "text", "sha256"} or {"run", "result", "sha256"}. Each made run's result is what `verify` expects.
 */

import { createInterface } from "node:readline";

import { canonical, digest, head, verify } from "../../tier2/contracts/javascript/tier2.mjs";

const [seed, count] = process.argv.slice(2).map(Number);

/** Mulberry32: a small generator of 32 bits, so that a seed makes the same documents on every machine. */
let mixed = seed | 0;
function random32() {
  mixed = (mixed + 0x6d2b79f5) | 0;
  let word = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
  word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
  return (word ^ (word >>> 14)) >>> 0;
}
const below = (bound) => random32() % bound;
const pick = (items) => items[below(items.length)];
const several = (least, most, make) => Array.from({ length: least + below(most - least + 1) }, make);

const TEXTS = ["", "a", "10", "9", "__proto__", "constructor", "toJSON", "mission_type", 'q"\\/\n\u0000\u007f'];
const ODD_TEXTS = ["\u20ac", "\u2028", "\ud7ff", "\ue000", "\uffff", "\u{10000}", "\u{10ffff}", "e\u0301", "\u202e"];
const NUMBERS = [0, -0, 1, -1, 0.1, 1e-6, 5e-6, 1e-7, 1e16, 1e20, 1e21, 2 ** 53 - 1, 2 ** 53, 5e-324, 1.7e308];
const bits = new DataView(new ArrayBuffer(8));

function anyNumber() {
  if (below(2)) return pick(NUMBERS) * pick([1, -1]);
  bits.setUint32(0, random32());
  bits.setUint32(4, random32());
  const double = bits.getFloat64(0);
  return Number.isFinite(double) ? double : below(1000);
}

function anyCharacter(bound) {
  const point = below(bound);
  return point >= 0xd800 && point < 0xe000 ? "x" : String.fromCodePoint(point);
}

function anyText() {
  const chance = below(100);
  if (chance < 80) return pick(TEXTS);
  if (chance < 85) return pick(ODD_TEXTS);
  return several(0, 6, () => anyCharacter(chance < 87 ? 0x110000 : 0x300)).join("");
}
const scalar = () => pick([() => null, () => true, () => false, anyNumber, anyText])();

function anyValue(room) {
  if (room <= 0 || below(5) < 3) return scalar();
  return below(3) ? anyObject(room - 1) : several(0, 3, () => anyValue(room - 1));
}

function anyObject(room) {
  const object = Object.create(null); // so that `__proto__` is a name like any other
  for (const name of several(0, 3, anyText)) object[name] = anyValue(room - 1);
  return object;
}

/** Any object; one in four hundred is as deep as the limit allows. */
function open() {
  if (below(400)) return anyObject(3);
  let deep = {};
  for (let depth = 1; depth < 64; depth++) deep = below(2) && depth < 63 ? [deep] : { a: deep };
  return Array.isArray(deep) ? { a: 1 } : deep;
}

const mission = () => ({ contract: "tier2.mission/v1", type: anyText(), params: open() });
const context = () => ({ contract: "tier2.context/v1", initial_state: open(), metadata: open() });

function workflow() {
  let people = 0;
  const steps = several(1, 5, (_, position) => {
    const human = people < 2 && below(3) === 0;
    people += human;
    const payload = Object.assign(open(), human ? {} : { operation: anyText() });
    return { id: anyText() + position, kind: human ? "human" : "runtime", payload };
  });
  return { contract: "tier2.workflow/v1", id: anyText(), steps, metadata: open() };
}

const SIGNATURE = "-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----\n";

function anyEvent({ id, kind }, run, ending) {
  if (!ending && below(4) === 0) return { event: "rehearsed", step_id: id };
  if (kind === "runtime") {
    return ending
      ? { event: "failed", step_id: id, reason: anyText() }
      : { event: "completed", step_id: id, output: open() };
  }
  return {
    event: "decided",
    step_id: id,
    verdict: ending ? "vetoed" : "approved",
    by: anyText(),
    note: below(2) ? anyText() : null,
    output: ending ? {} : open(),
    at: pick([null, "2026-03-01T09:30:00Z"]),
    head_sha256: below(2) ? head(run) : null,
    signature: pick([null, SIGNATURE]),
  };
}

function finishedRun() {
  const operations = Object.create(null);
  for (const name of several(0, 2, anyText)) operations[name] = anyText();
  const run = { contract: "tier2.run/v1", workflow: workflow(), context: context(), operations, events: [] };
  for (const step of run.workflow.steps) {
    const ending = below(6) === 0;
    run.events.push(anyEvent(step, run, ending));
    if (ending) break;
  }
  return run;
}

function made(position) {
  if (position % 2) {
    const run = finishedRun();
    const { expected } = verify(run, null);
    return { run: canonical(run), result: expected, sha256: digest(JSON.parse(expected)) };
  }
  const [type, make] = pick([["MissionSpec", mission], ["ExecutionContext", context], ["WorkflowDefinition", workflow]]);
  const document = make();
  return { type, text: canonical(document), sha256: digest(document) };
}

function answer({ text, run, result, changed }) {
  if (text !== undefined) {
    const value = JSON.parse(text);
    return [canonical(value), digest(value)];
  }
  const [what, came] = [JSON.parse(run), JSON.parse(result)];
  const difference = changed === undefined ? null : verify(what, JSON.parse(changed));
  return [canonical(what), canonical(came), digest(came), verify(what, came), difference];
}

let waiting = [];
function say(value) {
  waiting.push(`${JSON.stringify(value)}\n`);
  if (waiting.length >= 100) flush();
}
function flush() {
  process.stdout.write(waiting.join(""));
  waiting = [];
}

for await (const line of createInterface({ input: process.stdin })) say(answer(JSON.parse(line)));
for (let position = 0; position < count; position++) say(made(position));
flush();
