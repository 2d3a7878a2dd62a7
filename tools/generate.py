"""Does what ``tier2 contracts generate`` does for this repository, even where tier2 itself cannot be imported.

    python tools/generate.py

The command cannot start where ``tier2/contracts/v1.py`` is missing or broken: ``tier2/__init__.py`` imports that
generated module. `tier2.codegen` does not need it. So this script puts an empty module in the place of ``tier2``; then
Python finds the folder ``tier2/codegen`` without running ``tier2/__init__.py``.
"""

import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent

if not TYPE_CHECKING:
    sys.modules["tier2"] = package = ModuleType("tier2")
    package.__path__ = [str(ROOT / "tier2")]

from tier2.codegen.generation import generate, target_of  # noqa: E402 - the lines above let Python find it
from tier2.codegen.model import BUNDLE_FILE, SUFFIX, ContractFileError  # noqa: E402


def main() -> None:
    """Writes the generated files of each version."""
    for folder in sorted(ROOT.glob("contracts/v[0-9]*")):
        files = sorted(folder.rglob(f"*{SUFFIX}"))
        sources = {file.relative_to(folder).as_posix(): file.read_text("utf-8") for file in files}
        sources.pop(BUNDLE_FILE, None)
        try:
            made = generate(sources, target_of(folder.name))
        except ContractFileError as error:
            sys.exit(f"contracts/{folder.name}/{error}")
        for path, text in made.items():
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / path).write_bytes(text.encode())


if __name__ == "__main__":
    main()
