/**
 * Answers each line of its input with a line of JSON, for tests/repo/test_node_signatures.py.
 *
 *     node check_signatures.mjs < lines > lines
 *
 * {"event", "signers"}: the key that signed the event, null if it is not signed, or the code of the refusal.
 * {"run"}: the head of the run in this text, or the code of the refusal.
 */

import { createInterface } from "node:readline";

import { checkSignature, head } from "../../tier2/contracts/javascript/tier2.mjs";

async function answer({ event, signers, run }) {
  try {
    return run === undefined ? await checkSignature(event, signers) : head(JSON.parse(run));
  } catch (error) {
    if (error instanceof SyntaxError) return "syntax";
    if (error.name !== "Tier2Error") throw error;
    return error.code;
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
