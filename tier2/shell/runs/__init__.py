"""Runs on disk: the driver, run files, locks and host operations. Nothing here knows a mission by name."""
