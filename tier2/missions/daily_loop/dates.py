"""Dates of the daily loop, in its state and in todo.txt."""

from datetime import date


def is_date(text: str) -> bool:
    """Whether a string is a day of the calendar in the form YYYY-MM-DD, and no other form of ISO 8601."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
