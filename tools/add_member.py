"""Adds a member to every object of one type in the inputs of the known answers.

    python tools/add_member.py Decided at null
    python tools/add_member.py Lineage operations '{}'

Use it when a contract gets a new member; then run ``tools/known_answers.py``, which renews the answers. It inserts text
and changes nothing else: white space, escapes and repeated names of an input are often what its vector is about. An
object that has the member keeps it. Vectors about the member itself (absent, of a wrong type) are written by hand.
"""

import argparse
import json
import re
import sys
from pathlib import Path

from known_answers import FOLDER, NAMES, ROOT, Vector, file_text, read_file
from vector_schema import Malformed

TYPES = {
    "mission": "MissionSpec",
    "workflow": "WorkflowDefinition",
    "context": "ExecutionContext",
    "events": "Event",
    "run": "Run",
    "claimed": "OrchestrationResult",
    "question": "Question",
}
"""The inputs that are documents, and their types; a ``text`` has its type beside it."""

PARTS = {
    "Run": {"workflow": "WorkflowDefinition", "context": "ExecutionContext", "events": "Event"},
    "WorkflowDefinition": {"steps": "StepSpec"},
    "OrchestrationResult": {"executed_steps": "StepSpec", "lineage": "Lineage", "receipt": "Receipt"},
    "Receipt": {"entries": "ReceiptEntry"},
    "ReceiptEntry": {"event": "Event"},
    "Question": {"evidence": "Evidence", "fields": "Field"},
    "Field": {"choices": "Choice"},
    "Scenario": {"mission": "MissionSpec", "context": "ExecutionContext", "expect": "Expectation"},
}
"""The members of documents that hold parts of a type of their own, one or an array of them."""

EVENTS = {"completed": "Completed", "failed": "Failed", "decided": "Decided", "rehearsed": "Rehearsed"}

TOKEN = re.compile(r'\s*([{}\[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}\[\],:"]+)')


class Open:
    """An object or array that is not closed yet: its type, the name of the current member, and the members so far."""

    def __init__(self, kind: str, is_object: bool) -> None:
        self.kind, self.is_object = kind, is_object
        self.name: str | None = None
        self.members: dict[str, str] = {}

    def kind_inside(self) -> str:
        """Return the type of the value that comes next."""
        return PARTS.get(self.kind, {}).get(self.name or "", "") if self.is_object else self.kind

    def kind_when_closed(self) -> str:
        """Return the type, which is in the tag of an event."""
        return (
            EVENTS.get(json.loads(self.members.get("event") or '""'), "")
            if self.kind == "Event"
            else self.kind
        )


def add_to_text(text: str, kind: str, wanted: str, name: str, value: str) -> str:
    """Return a document's text with the member at the end of each object of the type; other text stays as it is."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return text
    places: list[tuple[int, str]] = []
    stack: list[Open] = []
    before, end = "", 0
    for token in TOKEN.finditer(text):
        match token[1]:
            case "{" | "[" as bracket:
                stack.append(Open(stack[-1].kind_inside() if stack else kind, bracket == "{"))
            case "}" | "]":
                closed = stack.pop()
                if closed.is_object and closed.kind_when_closed() == wanted and name not in closed.members:
                    places.append((end, "," if closed.members else ""))
            case ":":
                stack[-1].name = json.loads(before)
                stack[-1].members[json.loads(before)] = ""
            case ",":
                stack[-1].name = None
            case scalar if stack and stack[-1].name is not None:
                stack[-1].members[stack[-1].name] = scalar
        before, end = token[1], token.end()
    for at, comma in reversed(places):
        text = f'{text[:at]}{comma}"{name}":{value}{text[at:]}'
    return text


def add_to_vector(vector: Vector, wanted: str, name: str, value: str) -> Vector:
    """Return a vector whose inputs have the member."""

    def added(member: str, text: str) -> str:
        kind = vector.get("type", "") if member == "text" else TYPES.get(member, "")
        return add_to_text(text, kind, wanted, name, value) if kind else text

    texts = {member: text for member, text in vector.items() if isinstance(text, str)}
    lists = {member: vector[member] for member in vector.keys() & {"events"}}
    return (
        vector
        | {member: added(member, text) for member, text in texts.items()}
        | {member: [added(member, text) for text in some] for member, some in lists.items()}
    )


def main(arguments: list[str] | None = None) -> int:
    """Run the tool and return its exit code: 0, or 2 for a malformed file or value."""
    parser = argparse.ArgumentParser(description="Add a member to a type in the inputs of the known answers.")
    parser.add_argument("type", help="such as Decided or Lineage")
    parser.add_argument("name", help="of the new member")
    parser.add_argument("value", help="of the new member, as JSON")
    parser.add_argument("--root", type=Path, default=ROOT, help="the folder that holds contracts/")
    options = parser.parse_args(arguments)
    try:
        json.loads(options.value)
        files = {name: read_file(options.root / FOLDER / f"{name}.json") for name in NAMES}
    except (Malformed, ValueError) as fault:
        print(f"add_member: {fault}", file=sys.stderr)
        return 2
    for name, file in files.items():
        vectors = [
            add_to_vector(vector, options.type, options.name, options.value) for vector in file["vectors"]
        ]
        (options.root / FOLDER / f"{name}.json").write_text(file_text(file | {"vectors": vectors}), "ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main())
