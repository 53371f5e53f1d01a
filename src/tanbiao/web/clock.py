"""The one clock of the web service.

:func:`now` is the time that records carry; a test or the demo world sets it with :func:`at`. :func:`wall` is the
machine's time, for what is about the machine itself (how long an entry has waited, when the worker last breathed).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta

_set_to: ContextVar[datetime | None] = ContextVar("tanbiao_clock", default=None)

SKEW = timedelta(minutes=5)
"""How far the computer's clock may be behind what was written last (project default, the signer's as well): what is
set back further would date a decision before the one that it rests on."""
PLATFORM_ZONE = "Asia/Shanghai"


def wall() -> datetime:
    """Return the machine's time in UTC, whatever the clock is set to."""
    return datetime.now(UTC)


def now() -> datetime:
    """Return the time that records carry, in UTC with microseconds."""
    return _set_to.get() or wall()


def is_set() -> bool:
    """Whether the clock is set, and so stands still."""
    return _set_to.get() is not None


def today() -> date:
    """Return the date on the platform's wall (China Standard Time, no summer time since 1991)."""
    return day_of(now())


def day_of(moment: datetime) -> date:
    """Return the date of a time on the platform's wall."""
    return (moment.astimezone(UTC) + timedelta(hours=8)).date()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Set the clock of this thread to ``moment`` (with a time zone) inside the block; it stands still."""
    if moment.tzinfo is None:
        raise ValueError("the clock takes only times with a zone")
    token = _set_to.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _set_to.reset(token)


def stamp(moment: datetime) -> str:
    """Return a time as ``2026-11-21T02:43:22.000000Z``: the one spelling that is hashed."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
