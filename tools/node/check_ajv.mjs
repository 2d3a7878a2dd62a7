/**
 * Checks the documents of every vector against the contracts with ajv, prints counts, and exits with 1 on a difference.
 *
 *     node check_ajv.mjs [CONTRACTS]       the folder contracts by default
 *
 * The vector files have to fit their schema. ajv has to accept every valid document and refuse every invalid one, except
 * the ones with a flag for a rule that JSON Schema cannot express (contracts/README.md): it has to accept these, so that
 * the list below is exact. Texts that JSON.parse refuses never reach a validator.
 */

import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import Ajv2020 from "ajv/dist/2020.js";

const here = dirname(fileURLToPath(import.meta.url));
const folder = resolve(process.argv[2] ?? join(here, "../../contracts"));
const read = (name) => JSON.parse(readFileSync(join(folder, name), "utf8"));

/** Flags of faults that no keyword expresses: ids, events and decisions that do not belong together, depth, faults of the text. */
const INEXPRESSIBLE = "RepeatedStepId EventOfAnotherStep EventAfterTheEnd KindCannotHappen UnknownMission".split(" ");
INEXPRESSIBLE.push(..."StaleHead StrangerDecides MissingSignature MalformedArmor WrongAnswer".split(" "));
INEXPRESSIBLE.push(..."MalformedPayload MalformedQuestion MalformedScenario DeepValue NeedsRawText LoneSurrogate".split(" "));

const bundle = read("v1/bundle.schema.json");
const ajv = new Ajv2020({
  strict: true,
  // `if` and `contains` name members of objects whose type is declared one level above, which is strict enough.
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

const CODE_OF_TEXT = ["bom", "trailing", "syntax"];
const VIEWS = { daily_loop: "DailyLoopParams", run_tests: "RunTestsParams", echo: "EchoParams" };

const schema = read("vectors/v1/vectors.schema.json");
ajv.addSchema(schema);

function vectors(name) {
  const file = read(`vectors/v1/${name}.json`);
  const fits = ajv.compile({ $ref: `${schema.$id}#/$defs/${name}` });
  if (fits(file)) count("files that fit their schema");
  else differences.push(`${name}: does not fit its schema: ${ajv.errorsText(fits.errors)}`);
  return file.vectors ?? [];
}

function count(what) {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

/** An invalid document: refused, unless the flags say that JSON Schema cannot express why it should be. */
function expectRefusal(id, flags, type, value) {
  const why = !flags.includes("VetoWithOutput") && INEXPRESSIBLE.find((flag) => flags.includes(flag));
  if (why) expect(id, `left to decoders: ${why}`, true, type, value);
  else expect(id, "documents refused", false, type, value);
}

function checkDocument({ id, flags, type, text, result, code, canonical }) {
  if (CODE_OF_TEXT.includes(code)) return count("left to JSON.parse");
  if (result === "invalid") return expectRefusal(id, flags, type, JSON.parse(text));
  expect(id, "documents accepted", true, type, JSON.parse(text));
  expect(id, "canonical documents accepted", true, type, JSON.parse(canonical));
}

/** The contract of missions accepts any params; the view of the mission type checks them. */
function checkPlan({ id, flags, mission: text, result, canonical }) {
  const mission = JSON.parse(text);
  expect(id, "missions accepted", true, "MissionSpec", mission);
  if (!Object.hasOwn(VIEWS, mission.type)) return count(`left to Python: ${flags.join()}`);
  if (result === "invalid") return expectRefusal(id, flags, VIEWS[mission.type], mission.params);
  expect(id, "params accepted", true, VIEWS[mission.type], mission.params);
  expect(id, "plans accepted", true, "WorkflowDefinition", JSON.parse(canonical));
}

function checkMerge({ id, state, output, canonical }) {
  for (const text of [state, canonical]) {
    const context = { contract: "tier2.context/v1", initial_state: JSON.parse(text), metadata: {} };
    expect(id, "states accepted", true, "ExecutionContext", context);
  }
  const event = { event: "completed", step_id: "", output: JSON.parse(output) };
  expect(id, "outputs accepted", true, "Completed", event);
}

function checkRun({ id, mission, workflow, context, operations, events, canonical }) {
  const parsed = { events: events.map((one) => JSON.parse(one)) };
  for (const [name, text] of Object.entries({ workflow, context, operations })) parsed[name] = JSON.parse(text);
  if (mission !== null) expect(id, "missions accepted", true, "MissionSpec", JSON.parse(mission));
  expect(id, "runs accepted", true, "Run", { contract: "tier2.run/v1", ...parsed });
  expect(id, "results accepted", true, "OrchestrationResult", JSON.parse(canonical));
}

/** Both fit their contracts; only verification finds that they do not belong together. */
function checkTampered({ id, run, claimed }) {
  expect(id, "runs accepted", true, "Run", JSON.parse(run));
  expect(id, "results accepted", true, "OrchestrationResult", JSON.parse(claimed));
}

function checkDecision(vector) {
  const { id, ask, run, question, canonical } = vector;
  if (ask === "document") return checkDocument(vector);
  if (run) expect(id, "runs accepted", true, "Run", JSON.parse(run));
  if (question) expect(id, "questions accepted", true, "Question", JSON.parse(question));
  if (ask === "answer" && canonical) expect(id, "decisions accepted", true, "Decided", JSON.parse(canonical));
  if (ask === "question" && canonical !== "null") expect(id, "questions accepted", true, "Question", JSON.parse(canonical));
}

vectors("coverage");
for (const _ of vectors("values")) count("left to readers of texts: values");
vectors("documents").forEach(checkDocument);
vectors("events").forEach(checkDocument);
vectors("plans").forEach(checkPlan);
vectors("merges").forEach(checkMerge);
vectors("runs").forEach(checkRun);
vectors("tampered").forEach(checkTampered);
vectors("decisions").forEach(checkDecision);

for (const [what, times] of counts) console.log(`${String(times).padStart(6)}  ${what}`);
for (const difference of differences) console.error(difference);
process.exitCode = differences.length ? 1 : 0;
