"""A mission of your own at the command: a person picks invoices, the bank pays them, and two files change.

    python invoices.py run approve_invoices --invoices open.csv
    python invoices.py resume RUN --invoices open.csv --approve pick --set pay=2,1 --by NAME --allow bank.pay

`open.csv` has the columns number, supplier and cents. Paid invoices move from it to `paid.csv` beside it. The bank is
`bank.log` there: whatever pays twice under one number would be seen in it.
"""

import csv
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

import tier2
from tier2 import Asking, ExecutionContext, JsonValue, MissionType, Run, StepSpec, shell
from tier2.contracts.v1 import Choice, Field
from tier2.shell import HostCall, HostOperation, InputError, Option, World, WriteBack

State = Mapping[str, JsonValue]


# Pure: what the mission does, and what it asks. A typed view of the state keeps mypy on our side.


class Invoice(msgspec.Struct):
    number: str
    supplier: str
    cents: int


class Invoices(msgspec.Struct):
    invoices: list[Invoice] = []
    pay: list[str] = []  # the numbers of the invoices that the person has picked
    total: int = 0

    @classmethod
    def of(cls, state: State) -> "Invoices":
        return msgspec.json.decode(tier2.canonical(state), type=cls)


class NoParams(msgspec.Struct, forbid_unknown_fields=True):
    pass


def steps(_: NoParams) -> Iterable[StepSpec]:
    yield StepSpec(id="pick", kind="human", payload={"description": "Which of the open invoices are paid?"})
    for name, operation in (("pay", "bank.pay"), ("total", "invoices.total")):
        yield StepSpec(id=name, kind="runtime", payload={"operation": operation})


def which(step: StepSpec, state: State) -> Asking:
    choices = [
        Choice(label=f"{i.number} {i.supplier}: {i.cents / 100:.2f}", value=i.number)
        for i in Invoices.of(state).invoices
    ]
    field = Field(
        name="pay", label="Pay these first to last", kind="ranking", choices=tuple(choices), required=True
    )
    return Asking(description=str(step.payload["description"]), show=("/limit",), fields=(field,))


def total(_: State, state: State) -> State:
    found = Invoices.of(state)
    return {"total": sum(invoice.cents for invoice in found.invoices if invoice.number in found.pay)}


# The world: what the mission brings to the command.


def files_of(given: Mapping[str, str]) -> dict[str, Path]:
    if "invoices" not in given:
        raise InputError("this mission needs the open invoices; name them with --invoices FILE")
    path = Path(given["invoices"])
    return {"paid": path.with_name("paid.csv"), "open": path}  # in the order of writing


def context(given: Mapping[str, str]) -> ExecutionContext:
    held = shell.read_files(files_of(given))
    try:
        rows = [*csv.DictReader((held["open"] or b"").decode().splitlines())]
        invoices = msgspec.convert(rows, list[Invoice], strict=False)
    except (ValueError, csv.Error) as error:  # not UTF-8, no CSV, or a wrong row
        raise InputError(f"{given['invoices']}: {error}; correct the file") from None
    if not invoices:
        raise InputError(f"{given['invoices']}: has no open invoice, so there is nothing to decide")
    digests = {name: shell.digest_of(data) for name, data in held.items()}
    state = {"invoices": msgspec.to_builtins(invoices), "limit": given.get("limit", "none")}
    return ExecutionContext(initial_state=state, metadata=digests)


def hosts(given: Mapping[str, str], _: Run, __: Path) -> Mapping[str, HostOperation]:
    log = files_of(given)["open"].with_name("bank.log")

    def pay(call: HostCall) -> Mapping[str, JsonValue]:
        # It is called again if the process dies before the step is recorded, so it looks at what is done already.
        done = log.read_text().split() if log.exists() else []
        with log.open("a") as file:
            file.writelines(f"{number}\n" for number in Invoices.of(call.state).pay if number not in done)
        return {}

    return {"bank.pay": HostOperation(pay, time_limit=60)}


def new_files(held: Mapping[str, bytes | None], final_state: State) -> Mapping[str, bytes]:
    head, *lines = (held["open"] or b"").decode().splitlines(keepends=True)
    pay = Invoices.of(final_state).pay
    paid = [line for line in lines if line.split(",")[0] in pay]
    left = [line for line in lines if line not in paid]
    return {
        "paid": (held["paid"] or head.encode()) + "".join(paid).encode(),
        "open": "".join([head, *left]).encode(),
    }


def write_back(given: Mapping[str, str], run: Run) -> WriteBack:
    files, digests = files_of(given), run.context.metadata
    began = {name: None if digests[name] is None else str(digests[name]) for name in files}
    return WriteBack(files=files, began=began, new=new_files)


def summary(result: tier2.OrchestrationResult) -> Iterable[str]:
    found = Invoices.of(result.final_state)
    yield f"{len(found.pay)} of {len(found.invoices)} invoices paid, {found.total / 100:.2f} in all"


OPTIONS = (
    Option(name="invoices", metavar="FILE", help="the open invoices: a CSV file of number,supplier,cents"),
    Option(name="limit", metavar="AMOUNT", help="shown to the person who picks", resumable=False),
)
WORLD = World(options=OPTIONS, context=context, hosts=hosts, write_back=write_back, summary=summary)
MISSION = MissionType(NoParams, steps, questions={"pick": which})

if __name__ == "__main__":
    sys.exit(
        shell.main(
            missions={**tier2.MISSIONS, "approve_invoices": MISSION},
            operations={**tier2.OPERATIONS, "bank.pay": tier2.Host(), "invoices.total": tier2.Pure(total)},
            worlds={**shell.WORLDS, "approve_invoices": WORLD},
        )
    )
