"""The mission `run_tests`: find the tests of a target, run them, report."""

from tier2.contracts.v1 import RunTestsParams, StepSpec
from tier2.kinds import MissionType, runtime


def template(params: RunTestsParams) -> tuple[StepSpec, ...]:
    """Three steps, of which the first two touch the world (``run_tests.params.schema.json``)."""
    target = params.target
    return (
        runtime("tests-discover", f"Discover the tests of {target}.", "tests.discover"),
        runtime("tests-execute", f"Run the tests of {target}.", "tests.execute"),
        runtime("tests-report", f"Report the outcome of the tests of {target}.", "tests.report"),
    )


TYPE = MissionType(RunTestsParams, template)
