"""The built-in mission types and operations: one folder for each mission type, with its pure part.

`MISSIONS` holds the params, steps and questions of each mission type. `OPERATIONS` holds what a runtime step may do, as
part of the execution envelope. Both are immutable mappings. A larger system passes bigger ones:
``{**MISSIONS, "deploy": MissionType(DeployParams, deploy_steps)}`` to `tier2.build_workflow`, and
``{**OPERATIONS, "deploy": Host()}`` to `tier2.start` or `tier2.run_workflow`.
"""

from collections.abc import Mapping
from types import MappingProxyType

from tier2.kinds import Host, MissionType, Operation, Pure
from tier2.missions import basic, daily_loop, run_tests
from tier2.missions.daily_loop import operations as daily
from tier2.missions.run_tests import operations as tests

MISSIONS: Mapping[str, MissionType] = MappingProxyType(
    {"daily_loop": daily_loop.TYPE, "echo": basic.ECHO, "run_tests": run_tests.TYPE}
)
"""The built-in mission types by name."""

OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        "daily.archive": Pure(daily.archive, "1"),
        "daily.generate_priorities": Pure(daily.generate_priorities, "1"),
        "daily.log_summary": Pure(daily.log_summary, "1"),
        "daily.summarise_yesterday": Pure(daily.summarise_yesterday, "1"),
        "fail": Pure(basic.fail, "1"),
        "noop": Pure(basic.noop, "1"),
        "state.merge": Pure(basic.merge, "1"),
        "tests.discover": Host("1"),
        "tests.execute": Host("1"),
        "tests.report": Pure(tests.report, "1"),
    }
)
"""The built-in operations by name."""
