"""Sends random documents and runs to Node.js, and verifies here the ones that Node.js makes, byte for byte.

    python tools/round_trip.py                     the fixed seed, and then a fresh one
    python tools/round_trip.py --seed 7            this seed only
    python tools/round_trip.py --count 1000        so many in each direction; 20,000 by default

1. The public functions of the package make documents and runs; Node.js reads them with `tier2.mjs`, and has to give the
   same canonical text, digest and verification. Half the documents are spelled in another way: other order of members,
   white space, escapes, and other forms of numbers.
2. Many results are sent once more with a change; both sides must name the same first difference.
3. The documents that Node.js makes are decoded strictly here: text canonical, digest right, result verified.
4. There is one process on each side; a seed makes the same documents again. The first disagreement is shown, and the
   exit code is 1. It is 2 without Node.js.
"""

import argparse
import json
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from random import Random
from typing import Any

from random_documents import changed, document, finished_run, spelled

from tier2 import (
    Difference,
    ExecutionContext,
    MissionSpec,
    OrchestrationResult,
    Run,
    WorkflowDefinition,
    canonical,
    decode,
    digest,
    finish,
    verify,
)

SCRIPT = Path(__file__).resolve().parent / "node" / "round_trip.mjs"
FIXED_SEED = 20261124
COUNT = 20_000
TYPES: dict[str, type[MissionSpec] | type[ExecutionContext] | type[WorkflowDefinition]] = {
    kind.__name__: kind for kind in (MissionSpec, ExecutionContext, WorkflowDefinition)
}


class Disagreement(Exception):
    """The two languages give different answers, or Node.js gives none."""


def cases(seed: int, count: int) -> Iterator[tuple[dict[str, str], list[object]]]:
    """The messages to Node.js, each with the answer that it has to give."""
    random = Random(seed)  # noqa: S311 - chance for tests, not for secrets
    for position in range(count):
        if position % 2:
            yield _run_case(random)
        else:
            made = document(random)
            text = canonical(made).decode()
            sent = text if random.random() < 0.5 else spelled(random, made.to_dict())
            yield {"text": sent}, [text, digest(made)]


def _run_case(random: Random) -> tuple[dict[str, str], list[object]]:
    run = finished_run(random)
    result = finish(run)
    texts = {"run": canonical(run).decode(), "result": canonical(result).decode()}
    answer = [texts["run"], texts["result"], digest(result), None]
    if random.random() < 0.6:
        return texts, [*answer, None]
    other = changed(random, result)
    difference = verify(run, other)
    return {**texts, "changed": canonical(other).decode()}, [
        *answer,
        difference and as_javascript(difference),
    ]


def as_javascript(difference: Difference) -> dict[str, str]:
    """A difference as `tier2.mjs` gives it: its paths escape everything but printable ASCII."""
    return {
        "expected": difference.expected,
        "found": difference.found,
        "where": json.dumps(difference.where)[1:-1].replace('\\"', '"').replace("\\\\", "\\"),
    }


def check_made(line: str) -> None:
    """Raises Disagreement for a line of Node.js that the package would write differently."""
    made: dict[str, str] = json.loads(line)
    if "type" in made:
        document = decode(made["text"], TYPES[made["type"]])
        _same(line, [made["text"], made["sha256"]], [canonical(document).decode(), digest(document)])
        return
    run, result = decode(made["run"], Run), decode(made["result"], OrchestrationResult)
    ours = [canonical(run).decode(), canonical(result).decode(), digest(result), verify(run, result)]
    _same(line, [made["run"], made["result"], made["sha256"], None], ours)


def _same(line: str, node: object, ours: object) -> None:
    if node != ours:
        raise Disagreement(f"Node: {node!a}\nPython: {ours!a}\nof: {line!a}")


def round_trip(node: str, seed: int, count: int) -> None:
    """Both directions for one seed. Raises Disagreement, and the error of decoding if it refuses a text."""
    command = [node, str(SCRIPT), str(seed), str(count)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        expected: SimpleQueue[tuple[str, list[object]]] = SimpleQueue()
        sender = threading.Thread(target=_send, args=(process.stdin, expected, seed, count), daemon=True)
        sender.start()
        try:
            answers = 0
            for answers, data in enumerate(process.stdout, 1):
                line = data.decode()
                if answers > count:
                    check_made(line)
                else:
                    sent, wanted = expected.get()
                    _same(sent, json.loads(line), wanted)
        except BaseException:
            process.kill()
            raise
        finally:
            sender.join()
    if process.returncode != 0 or answers != 2 * count:
        raise Disagreement(f"Node stopped with {process.returncode} after {answers} of {2 * count} lines")


def _send(stdin: Any, expected: "SimpleQueue[tuple[str, list[object]]]", seed: int, count: int) -> None:
    try:
        for case, answer in cases(seed, count):
            line = json.dumps(case)  # ASCII: some readers of lines end one at U+2028
            expected.put((line, answer))
            stdin.write(line.encode() + b"\n")
        stdin.close()
    except BrokenPipeError:  # Node.js has stopped; the reading side reports it
        with suppress(BrokenPipeError):
            stdin.close()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Verify random documents and runs across Python and Node.")
    parser.add_argument("--seed", type=int, help="one seed; without it the fixed one and a fresh one")
    parser.add_argument("--count", type=int, default=COUNT, help="how many in each direction")
    options = parser.parse_args(arguments)
    node = shutil.which("node")
    if node is None:
        print("round trip: node is not on the PATH", file=sys.stderr)
        return 2
    seeds = [FIXED_SEED, secrets.randbelow(2**31)] if options.seed is None else [options.seed]
    for seed in seeds:
        began = time.monotonic()
        print(f"seed {seed}: {options.count} to Node and {options.count} from Node ...", flush=True)
        try:
            round_trip(node, seed, options.count)
        except Exception as error:  # noqa: BLE001 - the seed belongs to every error
            print(f"round trip: seed {seed}: {type(error).__name__}: {error}", file=sys.stderr)
            return 1
        print(f"seed {seed}: all agree, {time.monotonic() - began:.1f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
