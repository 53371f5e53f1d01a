"""What waits for whom, and what ends when: every feature says it of its own things, the desks above gather it.

A feature's ``waiting.py`` registers a :class:`Source` for each kind of work (whose it is, which rows wait, what a line
of the queue says) and functions of terms for the calendar. The menu counts the same rows, so a number there is always
the length of a list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.language import current
from tanbiao.workflow.document import START, Document
from tanbiao.workflow.machine import Lifecycle

SOON_DAYS = 3
"""A term with fewer days left is drawn as near; project default, not official."""
MOST_ROWS = 500
"""Rows of one source that a queue reads; what is due first comes first."""
_ANYTIME = frozenset(
    {
        *("withdraw", "terminate", "reopen_verification", "void_issue", "stop", "end", "lapse", "suspend", "abolish"),
        *("begin_revision", "cancel_filing"),
    }
)
"""Acts that somebody may do at any time and nobody waits for."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A line of a queue: something that waits for the actor.

    Parameters
    ----------
    name
        Its number, as it is called everywhere.
    why
        What is to be done.
    due
        Last day of its term; None where it has none.
    about
        Product and parties. Only for whoever signs in: a mail never says it.
    """

    name: str
    why: str
    href: str
    due: date | None = None
    about: str = ""
    kind: str = ""
    kind_words: Promise | str = ""

    @property
    def days_left(self) -> int | None:
        """Whole days to the end of the term, negative after it."""
        return None if self.due is None else (self.due - clock.today()).days

    @property
    def urgency(self) -> tuple[bool, date, str]:
        """What a queue is sorted by: the earliest term first, what has none last."""
        return (self.due is None, self.due or date.max, self.name)

    @property
    def band(self) -> str:
        """``overdue``, ``today``, ``soon``, ``later`` or ``open`` (no term)."""
        left = self.days_left
        if left is None:
            return "open"
        return "overdue" if left < 0 else "today" if left == 0 else "soon" if left <= SOON_DAYS else "later"


@dataclass(frozen=True, slots=True)
class Term:
    """A day of the calendar: what ends or is due on it."""

    kind: str
    kind_words: Promise | str
    name: str
    day: date
    href: str
    what: str
    """What ends, in words: ``Certificate expires``."""
    about: str = ""

    @property
    def uid(self) -> str:
        """The same for the same term of the same thing, whatever day it comes to."""
        return f"{self.kind}/{self.name}/{self.href.strip('/').replace('/', '-')}"


Rows = Callable[[Actor], QuerySet[Any]]
Lines = Callable[[Actor, Iterable[Any]], Iterator[Waiting]]
Terms = Callable[[Actor, date, date], Iterator[Term]]


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of work: its words, whom it waits for, the page of its desk, its rows and what a line says of each."""

    kind: str
    words: Promise
    roles: frozenset[Role]
    page: str
    rows: Rows
    lines: Lines

    def is_for(self, actor: Actor) -> bool:
        """Whether this kind of work can wait for the actor."""
        return actor.organisation is not None and bool(self.roles & actor.roles)


@dataclass(slots=True)
class _Registry:
    sources: dict[str, Source] = field(default_factory=dict)
    terms: dict[str, Terms] = field(default_factory=dict)


_known = _Registry()


def source(kind: str, words: Promise, *, roles: Iterable[Role], page: str, rows: Rows, lines: Lines) -> None:
    """Register a kind of work; ``kind`` is its code, unique over all features."""
    _known.sources[kind] = Source(kind, words, frozenset(roles), page, rows, lines)


def terms(function: Terms) -> Terms:
    """Register a function that yields the terms an actor may see between two days, both included."""
    _known.terms[f"{function.__module__}.{function.__qualname__}"] = function
    return function


def sources(actor: Actor) -> list[Source]:
    """Return the kinds of work that can wait for an actor."""
    return [one for one in _known.sources.values() if one.is_for(actor)]


def queue(actor: Actor) -> list[Waiting]:
    """Return what waits for an actor, the most urgent first."""
    found = [
        Waiting(line.name, line.why, line.href, line.due, line.about, one.kind, one.words)
        for one in sources(actor)
        for line in one.lines(actor, one.rows(actor)[:MOST_ROWS])
    ]
    return sorted(found, key=lambda line: line.urgency)


def counts(actor: Actor) -> dict[str, int]:
    """Return how much waits for an actor under each page of the menu."""
    found: dict[str, int] = {}
    for one in sources(actor):
        found[one.page] = found.get(one.page, 0) + one.rows(actor).count()
    return found


def calendar(actor: Actor, first: date, last: date) -> list[Term]:
    """Return the terms that an actor may see between two days, both included, in order."""
    found = [term for function in _known.terms.values() for term in function(actor, first, last)]
    return sorted(found, key=lambda term: (term.day, term.kind, term.name))


def steps(document: Document, role: Role, party: str) -> dict[str, tuple[str, ...]]:
    """Return state → the events by which a role on a side of a thing takes it on; what may always be done is left out.

    Parameters
    ----------
    document
        The lifecycle of the thing.
    party
        The side on which the role stands: ``body``, ``holder``, ``applicant``, ``receiver``, ``owner``.
    """
    found: dict[str, list[str]] = {}
    for edge in document.edges:
        mine = any((rule.party, rule.role) == (party, role.value) for rule in edge.actors)
        if mine and edge.event not in _ANYTIME and edge.source != START:
            found.setdefault(edge.source, []).append(edge.event)
    return {state: tuple(events) for state, events in found.items()}


def why(lifecycle: Lifecycle, state: str, events: Iterable[str]) -> str:
    """Return where a thing stands and what can be done about it, in the reader's language."""
    said = [getattr(lifecycle.document.events[event], current()) for event in events]
    return f"{getattr(lifecycle.state_name(state), current())} → {' / '.join(said)}"
