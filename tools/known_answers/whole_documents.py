"""Documents that are right, as texts: one change of each makes the refused ones."""

MISSION = '{"contract":"tier2.mission/v1","type":"echo","params":{}}'
DO = '{"id":"do","kind":"runtime","payload":{"operation":"noop"}}'
ASK = '{"id":"ask","kind":"human","payload":{}}'
TWO_MORE = ",".join(ASK.replace("ask", f"ask{number}") for number in (1, 2))
WORKFLOW = f'{{"contract":"tier2.workflow/v1","id":"wf","steps":[{DO},{ASK}],"metadata":{{}}}}'
CONTEXT = '{"contract":"tier2.context/v1","initial_state":{},"metadata":{}}'
RUN = f'{{"contract":"tier2.run/v1","workflow":{WORKFLOW},"context":{CONTEXT},"events":[]}}'
DID = '{"event":"completed","step_id":"do","output":{}}'
BROKE = '{"event":"failed","step_id":"do","reason":"no"}'
PASSED = '{"event":"rehearsed","step_id":"do"}'
AGREED = '{"event":"decided","step_id":"ask","verdict":"approved","by":"Ada","note":null,"output":{}}'
VETO = AGREED.replace("approved", "vetoed")
LOUD_VETO = VETO.replace("{}", '{"a":null}')
ENTRY = f'{{"event":{DID},"state_sha256":"{"0" * 64}","previous_sha256":"{"a" * 64}"}}'
RESULT = (
    '{"contract":"tier2.result/v1","id":"wf","outcome":"completed","success":true,'
    f'"executed_steps":[{DO},{ASK}],"final_state":{{}},"failed_step_id":null,"error_message":null,'
    '"lineage":{"workflow_id":"wf","mission_type":null,'
    f'"executed_step_ids":["do","ask"],"workflow_sha256":"{"1" * 64}","context_sha256":"{"2" * 64}"}},'
    f'"receipt":{{"id":"wf","steps":["do","ask"],"entries":[{ENTRY},{ENTRY}],"head_sha256":"{"b" * 64}"}}}}'
)
WHOLE = {
    "MissionSpec": MISSION,
    "StepSpec": DO,
    "WorkflowDefinition": WORKFLOW,
    "ExecutionContext": CONTEXT,
    "Run": RUN,
    "Completed": DID,
    "Failed": BROKE,
    "Decided": AGREED,
    "Rehearsed": PASSED,
    "ReceiptEntry": ENTRY,
    "OrchestrationResult": RESULT,
}


def six(step: str) -> str:
    return ",".join(step.replace("do", f"do{number}", 1) for number in range(6))
