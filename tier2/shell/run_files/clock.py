"""The clock of the shell: the time at which a run begins or a person decides."""

from datetime import UTC, datetime


def now() -> str:
    """The time in UTC in whole seconds (RFC 3339), such as ``2026-03-01T09:30:00Z``."""
    return written(datetime.now(UTC).timestamp())


def written(seconds: float) -> str:
    """A time in seconds since 1970 in the same form."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
