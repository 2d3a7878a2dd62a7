"""Mission types: what a mission's params mean, and which steps it takes.

`MISSIONS` is an immutable mapping. A larger system passes a bigger one to `tier2.build_workflow`:
``{**MISSIONS, "deploy": MissionType(DeployParams, deploy_steps)}``; nothing is registered or discovered.
"""

from collections.abc import Mapping
from types import MappingProxyType

from tier2.missions import daily_loop, echo, run_tests
from tier2.missions.kind import MissionType

MISSIONS: Mapping[str, MissionType] = MappingProxyType(
    {"daily_loop": daily_loop.TYPE, "echo": echo.TYPE, "run_tests": run_tests.TYPE}
)
"""The built-in mission types by name."""
