"""Makes the known answers under ``contracts/vectors/v1``, their schema and their coverage table.

    python tools/make_vectors.py            writes the files
    python tools/make_vectors.py --check    writes nothing; shows the drift and exits with 1

How they are made, and that it is done without the package, is told in `known_answers`. Nobody edits the files.
"""

import argparse
import difflib
import sys
from pathlib import Path

from known_answers.files import FOLDER, files
from known_answers.reference import CaseFault

ROOT = Path(__file__).resolve().parent.parent
COMMAND = "python tools/make_vectors.py"


def drift(wanted: dict[str, str], root: Path) -> str:
    """The unified diff from the files as they are to the files as they should be; a file too many is all removed."""
    folder = root / FOLDER
    there = {path.relative_to(root).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    differences: list[str] = []
    for path in [*wanted, *(there.keys() - wanted.keys())]:
        found = there[path].read_bytes().decode("utf-8", "backslashreplace") if path in there else ""
        if path in there and found == wanted.get(path):
            continue
        lines = found.split("\n"), wanted.get(path, "").split("\n")
        differences += difflib.unified_diff(*lines, path, f"{path} (made)", n=1, lineterm="")
    return "\n".join(differences)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Make the known answers, independently of the package.")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 if a file is out of date"
    )
    parser.add_argument("--root", type=Path, default=ROOT, help="the folder that holds contracts/")
    options = parser.parse_args(arguments)
    try:
        wanted = files()
    except CaseFault as fault:
        print(f"make_vectors: {fault}", file=sys.stderr)
        return 2
    if options.check:
        difference = drift(wanted, options.root)
        if difference:
            print(f"{difference}\nmake_vectors: out of date; run: {COMMAND}", file=sys.stderr)
        return 1 if difference else 0
    for path, text in wanted.items():
        (options.root / path).parent.mkdir(parents=True, exist_ok=True)
        (options.root / path).write_bytes(text.encode("ascii"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
