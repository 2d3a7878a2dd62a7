"""Asking a person: what a human step shows, what each answer will do, and the answer as an event.

Prompts go to stderr: stdout is for the answer of the command alone.
"""

import sys
from collections.abc import Mapping, Sequence

from tier2.contracts.v1 import DailyLoopState, Decided, Run, StepSpec
from tier2.contracts.views import view
from tier2.engine.execution import state
from tier2.errors import Tier2Error
from tier2.escaping import escaped
from tier2.missions.daily_loop.operations import TOP, ranking
from tier2.shell.errors import InputError
from tier2.values.frozen import JsonValue

SHOWN = 50
"""How many ranked tasks are listed."""

CONFIRM_PRIORITIES = "daily-confirm-priorities"
"""The human step of the daily loop, in which the person may choose the priorities."""


def question(run: Run, step: StepSpec) -> str:
    """What a person needs to know to decide a human step: escaped text of several lines."""
    description = step.payload.get("description")
    lines = [f"Step {step.id!r} asks: {description if isinstance(description, str) else 'approve or veto?'}"]
    ranked = ranked_texts(run, step)
    if ranked:
        lines.append("The open tasks, the most pressing first:")
        lines += [f"{place:4}. {text}" for place, text in enumerate(ranked[:SHOWN], 1)]
        if len(ranked) > SHOWN:
            lines.append(f"      and {len(ranked) - SHOWN} more")
    elif ranked is None:
        lines.append(f"The state has {', '.join(state(run)) or 'no members'}.")
    lines.append(f"approve: {_if_approved(run, step)}")
    lines.append("veto: the run ends here as vetoed, and nothing after this step is done.")
    return "\n".join(map(escaped, lines))


def _if_approved(run: Run, step: StepSpec) -> str:
    position = [other.id for other in run.workflow.steps].index(step.id)
    rest = ", ".join(repr(other.id) for other in run.workflow.steps[position + 1 :])
    text = f"the run goes on with {rest}." if rest else "the run is complete."
    if "todo_txt" in run.context.metadata:
        text += " At its end done.txt, journal.md and todo.txt are written."
    return text


def ranked_texts(run: Run, step: StepSpec) -> list[str] | None:
    """The texts of the open tasks as ranked; None for a step that has no ranking."""
    if step.id != CONFIRM_PRIORITIES:
        return None
    day = _day(run)
    return [] if day is None else [day.tasks[index].text for index in ranking(day)] if day.tasks else []


def chosen(run: Run, step: StepSpec, places: Sequence[int]) -> Mapping[str, JsonValue]:
    """The output of an approval: the tasks that the person puts first, by their places in the ranking from 1 on."""
    if not places:
        return {}
    day = _day(run) if step.id == CONFIRM_PRIORITIES else None
    order = [] if day is None else ranking(day)
    wrong = [place for place in places if not 1 <= place <= len(order)]
    if wrong or len(set(places)) < len(places):
        raise InputError(
            f"step {step.id!r} has {len(order)} tasks to choose from; give different numbers from 1 to {len(order)}"
        )
    return {"confirmed": [order[place - 1] for place in places]}


def _day(run: Run) -> DailyLoopState | None:
    try:
        return view(state(run), DailyLoopState)
    except Tier2Error:
        return None


def is_terminal() -> bool:
    """Whether a person can be asked here and now."""
    # Closed by whoever started the command, a stream is None.
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def is_looking_on() -> bool:
    """Whether a person reads the messages as they come."""
    return sys.stderr is not None and sys.stderr.isatty()


def ask(run: Run, step: StepSpec, by: str) -> Decided | None:
    """The person's decision, asked at the terminal; None if they leave it for later, or end the input anywhere."""
    try:
        _show(question(run, step))
        return _decision(run, step, by)
    except (EOFError, OSError):
        return None


def _decision(run: Run, step: StepSpec, by: str) -> Decided | None:
    while True:
        answer = _read("approve, veto, or later? ").lower()
        if answer in ("l", "later"):
            return None
        if answer in ("v", "veto"):
            return Decided(step_id=step.id, verdict="vetoed", by=by, note=_note())
        if answer in ("a", "approve"):
            output = _choice(run, step)
            return Decided(step_id=step.id, verdict="approved", by=by, note=_note(), output=output)
        _show("Please answer approve, veto or later.")


def _choice(run: Run, step: StepSpec) -> Mapping[str, JsonValue]:
    if not ranked_texts(run, step):
        return {}
    while True:
        answer = _read(f"Which come first? Numbers in your order, or Enter for the first {TOP} as they are: ")
        try:
            return chosen(run, step, numbers(answer))
        except InputError as fault:
            _show(str(fault))


def numbers(text: str) -> list[int]:
    """Whole numbers, parted by commas or spaces."""
    words = text.replace(",", " ").split()
    if not all(word.isascii() and word.isdigit() and len(word) < 9 for word in words):
        raise InputError(f"{escaped(text)!r}: give whole numbers, such as 3,1")
    return [int(word) for word in words]


def _note() -> str | None:
    return _read("A note for the record, or Enter for none: ") or None


def _read(prompt: str) -> str:
    """A line from the terminal without white space around it. Raises EOFError at the end of input."""
    print(prompt, end="", file=sys.stderr, flush=True)
    try:
        line = sys.stdin.readline()
    except UnicodeDecodeError:
        raise InputError("the answer is no text in the terminal's encoding; nothing was recorded") from None
    if not line:
        print(file=sys.stderr)
        raise EOFError
    return line.strip()


def _show(text: str) -> None:
    print(text, file=sys.stderr)
