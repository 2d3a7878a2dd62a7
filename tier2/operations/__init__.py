"""The operations that a runtime step may name: part of the execution envelope.

`OPERATIONS` is an immutable mapping. A larger system passes a bigger one to `tier2.start` or `tier2.run_workflow`:
``{**OPERATIONS, "greet": Pure(greet), "deploy": Host()}``; nothing is registered or discovered.
"""

from collections.abc import Mapping
from types import MappingProxyType

from tier2.operations import basic, daily, tests
from tier2.operations.kinds import Host, Operation, Pure

OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        "daily.archive": Pure(daily.archive),
        "daily.generate_priorities": Pure(daily.generate_priorities),
        "daily.log_summary": Pure(daily.log_summary),
        "daily.summarise_yesterday": Pure(daily.summarise_yesterday),
        "fail": Pure(basic.fail),
        "noop": Pure(basic.noop),
        "state.merge": Pure(basic.merge),
        "tests.discover": Host(),
        "tests.execute": Host(),
        "tests.report": Pure(tests.report),
    }
)
"""The built-in operations by name."""
