/**
 * Judges every vector's document by the contracts, with ajv, prints what was counted, and exits with 1 on a difference.
 *
 *     node check_ajv.mjs [CONTRACTS]       the folder contracts by default
 *
 * Each valid document, and each document of a run, is accepted. Of the refusals, those by shape are refused here too,
 * and those that JSON Schema cannot express are accepted: both ways, so that this list of what it cannot express
 * (contracts/README.md) is exact.
 */

import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import Ajv2020 from "ajv/dist/2020.js";

const here = dirname(fileURLToPath(import.meta.url));
const folder = resolve(process.argv[2] ?? join(here, "../../contracts"));
const read = (name) => JSON.parse(readFileSync(join(folder, name), "utf8"));

/** Faults of the text: a validator sees what JSON.parse made of it, or nothing. */
const TEXT_CODES = new Set("number-range surrogate duplicate-key bom trailing syntax utf8".split(" "));

/** Faults that no keyword expresses: which ids and events go together, and how deep an open object nests. */
const INEXPRESSIBLE = new Set([
  ...["same-ids", "same-ids-in-run", "same-ids-escaped", "same-ids-done"],
  ...["wrong-step", "unknown-step", "same-step-again", "decided-by-machine", "completed-person", "failed-person"],
  ...["after-failure", "after-veto", "after-the-end"],
  ...["deep-params", "deep-array-in-state", "deep-output-in-run"],
]);

const bundle = read("v1/bundle.schema.json");
const ajv = new Ajv2020({
  strict: true,
  // `if` and `contains` name members of objects whose type is said one level above: fine, and no lack of strictness.
  strictTypes: false,
});
ajv.addSchema(bundle);

const validators = new Map();
function valid(type, value) {
  if (!validators.has(type)) validators.set(type, ajv.compile({ $ref: `${bundle.$id}#/$defs/${type}` }));
  return validators.get(type)(value);
}

const counts = new Map();
const differences = [];

function expect(id, what, wanted, type, value) {
  if (valid(type, value) === wanted) counts.set(what, (counts.get(what) ?? 0) + 1);
  else differences.push(`${id}: ${what}: ajv says ${!wanted}: ${ajv.errorsText(validators.get(type).errors)}`);
}

for (const { id, type, text, canonical } of read("vectors/v1/documents.json").vectors) {
  expect(id, "documents accepted", true, type, JSON.parse(text));
  expect(id, "canonical documents accepted", true, type, JSON.parse(canonical));
}
for (const { id, mission, workflow, context, events, result } of read("vectors/v1/runs.json").vectors) {
  const run = { contract: "tier2.run/v1", workflow, context, events };
  if (mission !== null) expect(id, "missions of runs accepted", true, "MissionSpec", mission);
  expect(id, "runs accepted", true, "Run", run);
  expect(id, "results accepted", true, "OrchestrationResult", result);
}
for (const { id, type, code, text } of read("vectors/v1/refusals.json").vectors) {
  if (type === "value" || TEXT_CODES.has(code)) counts.set("texts only", (counts.get("texts only") ?? 0) + 1);
  else if (INEXPRESSIBLE.has(id)) expect(id, "inexpressible, and so accepted", true, type, JSON.parse(text));
  else expect(id, "refused", false, type, JSON.parse(text));
}

for (const [what, times] of counts) console.log(`${String(times).padStart(6)}  ${what}`);
for (const difference of differences) console.error(difference);
process.exitCode = differences.length ? 1 : 0;
