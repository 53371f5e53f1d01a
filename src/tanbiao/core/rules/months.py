"""Spans of days in whole months."""

from __future__ import annotations

from datetime import date, timedelta


def whole_months(first: str, last: str) -> int:
    """Return the whole months of a span of days, both included.

    >>> whole_months("2023-01-01", "2023-12-31"), whole_months("2023-01-15", "2023-02-13")
    (12, 0)
    """
    start, end = date.fromisoformat(first), date.fromisoformat(last) + timedelta(days=1)
    return (end.year - start.year) * 12 + end.month - start.month - (1 if end.day < start.day else 0)
