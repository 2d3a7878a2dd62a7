"""Runs every check that needs Node.js: vectors, contracts by ajv, TypeScript types, and the round trip of documents.

    python tools/interop.py

1. Without Node.js or npm the checks are skipped with a message; if ``CI`` is set, that is a failure.
2. ajv and TypeScript are installed from the lock file, without running their scripts. Only the checks need them:
   tier2.mjs needs nothing.
3. Each check runs, even after one that failed.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "node"
OLDEST_NODE = 20
SECONDS = 600
"""The longest that one check may take."""


def missing() -> str | None:
    """The reason why the checks cannot run here, or None."""
    absent = [name for name in ("node", "npm") if shutil.which(name) is None]
    if absent:
        return f"{' and '.join(absent)} not found on the PATH"
    ask = ["node", "--print", "process.versions.node"]
    said = subprocess.run(ask, capture_output=True, text=True, timeout=SECONDS, check=False).stdout.strip()
    major = said.partition(".")[0]
    return (
        None
        if major.isdecimal() and int(major) >= OLDEST_NODE
        else f"node is {said}, not {OLDEST_NODE} or later"
    )


def succeeds(name: str, command: list[str]) -> bool:
    """Runs one check and reports how it ended; its output passes through."""
    print(f"\n{name}: {' '.join(command)}", flush=True)
    began = time.monotonic()
    done = subprocess.run(command, cwd=FOLDER, timeout=SECONDS, check=False)
    ending = "passed" if done.returncode == 0 else f"failed with exit code {done.returncode}"
    print(f"{name}: {ending}, {time.monotonic() - began:.1f} s", flush=True)
    return done.returncode == 0


def main() -> int:
    reason = missing()
    if reason is not None:
        needed = bool(os.environ.get("CI"))
        print(f"interop: {'failed' if needed else 'skipped'}: {reason}", file=sys.stderr)
        return 1 if needed else 0
    install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if not succeeds("install", install):
        return 1
    checks = {
        "vectors": ["node", "check_vectors.mjs"],
        "contracts": ["node", "check_ajv.mjs"],
        "types": ["node", "node_modules/typescript/bin/tsc", "--project", "tsconfig.json"],
        "round trip": [sys.executable, "../round_trip.py"],
    }
    failed = [name for name, command in checks.items() if not succeeds(name, command)]
    print(f"\ninterop: {', '.join(failed)} failed" if failed else "\ninterop: all passed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
