"""Settings of the whole suite: the Hypothesis profiles.

`default` searches anew on each run, for whoever works on the code. `ci` is chosen where ``CI`` is set, as tox does for
everybody: the same examples each time, and no deadline, so that a slow machine fails no test. `few` is for coverage,
which asks for branches and not for values, and for all Pythons but one. `mutants` is for mutation testing, which runs
the laws thousands of times over, and of one that fails asks for no simpler example.
"""

import os

from hypothesis import Phase, settings

settings.register_profile(
    "ci", derandomize=True, deadline=None, database=None, print_blob=True, max_examples=50
)
settings.register_profile("default", deadline=None)
settings.register_profile("few", settings.get_profile("ci"), max_examples=20)
settings.register_profile("mutants", settings.get_profile("few"), phases=[Phase.explicit, Phase.generate])
settings.load_profile("ci" if os.environ.get("CI") else "default")
