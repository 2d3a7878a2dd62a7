"""Worlds: what each mission type brings to the shell. `WORLDS` has those of the built-in missions.

A larger system passes a bigger mapping to `tier2.shell.main`: ``{**WORLDS, "deploy": World(...)}``.
"""

from collections.abc import Mapping
from types import MappingProxyType

from tier2.shell.worlds import daily_loop, run_tests
from tier2.shell.worlds.world import World

WORLDS: Mapping[str, World] = MappingProxyType({"daily_loop": daily_loop.WORLD, "run_tests": run_tests.WORLD})
"""The worlds of the built-in missions, by mission type."""
