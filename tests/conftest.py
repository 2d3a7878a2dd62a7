"""Settings of the whole suite: the Hypothesis profiles, what pressing Ctrl-C does, and no colours.

`default` searches anew on each run, for people who work on the code. `ci` is chosen where ``CI`` is set and by tox: the
same examples each time, and no deadline, so that a slow machine fails no test. `few` is for coverage, which asks for
branches and not for values. `mutants` is for mutation testing, which runs the laws thousands of times, and does not
look for a simpler example of one that fails.
"""

import os
import signal

from hypothesis import Phase, settings

settings.register_profile(
    "ci", derandomize=True, deadline=None, database=None, print_blob=True, max_examples=50
)
settings.register_profile("default", deadline=None)
settings.register_profile("few", settings.get_profile("ci"), max_examples=20)
settings.register_profile("mutants", settings.get_profile("few"), phases=[Phase.explicit, Phase.generate])
settings.load_profile("ci" if os.environ.get("CI") else "default")


def pytest_configure() -> None:
    """Makes the tests the same however and wherever pytest was started.

    The tests and their children print no colours to pipes, whatever ``FORCE_COLOR`` says.
    SIGINT and SIGHUP reach them: a script starts a background command (``pytest &``) with SIGINT ignored, and ``nohup``
    with SIGHUP ignored. Each child would inherit that. A signal with a handler has its default action again in a child.
    """
    os.environ.pop("FORCE_COLOR", None)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        # pytest itself goes on when the terminal closes: that is why somebody typed nohup.
        signal.signal(signal.SIGHUP, lambda *_: None)
