"""Settings of the whole suite: the Hypothesis profiles.

`default` searches anew on each run, for whoever works on the code. `ci` is chosen where ``CI`` is set, as tox does for
everybody: the same examples each time, and no deadline, so that a slow machine fails no test. `few` is for mutation
testing, which runs the suite a thousand times over, for coverage, which asks for branches and not for values, and for
all Pythons but one.
"""

import os

from hypothesis import settings

settings.register_profile(
    "ci", derandomize=True, deadline=None, database=None, print_blob=True, max_examples=50
)
settings.register_profile("default", deadline=None)
settings.register_profile("few", settings.get_profile("ci"), max_examples=20)
settings.load_profile("ci" if os.environ.get("CI") else "default")
