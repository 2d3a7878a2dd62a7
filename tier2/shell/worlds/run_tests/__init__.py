"""The world of `run_tests`: pytest in a process of its own."""
