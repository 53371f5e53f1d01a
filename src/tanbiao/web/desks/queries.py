"""The readers of the desks: the queue with its filters, the calendar, the feeds, an authority's overview."""

from __future__ import annotations

import calendar as months
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise

from tanbiao.web import clock, waiting
from tanbiao.web.accounts.actor import Actor, actor_for, hash_token
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.accounts.roles import Kind
from tanbiao.web.commanding import NotFound, require
from tanbiao.web.desks.models import CalendarFeed, MailChoice
from tanbiao.web.register.models import Certificate
from tanbiao.web.register.states import LIVING
from tanbiao.web.surveillance.commands.grievances import OPEN
from tanbiao.web.surveillance.models import Grievance, Surveillance, WorkItem

BANDS = ("overdue", "today", "soon", "later", "open")
FEED_BACK = timedelta(days=90)
FEED_AHEAD = timedelta(days=750)
"""What a feed covers, two years ahead; project default, not official."""
EXPIRING = timedelta(days=90)
"""A certificate that ends within these days is counted as ending soon; project default, not official."""


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for an actor under a filter, and how many lines each choice of the filter has."""

    lines: tuple[waiting.Waiting, ...]
    total: int
    kinds: tuple[tuple[str, Promise | str, int], ...]
    bands: dict[str, int]


def queue(actor: Actor, *, kind: str = "", band: str = "", text: str = "") -> Queue:
    """Return what waits for the actor, the most urgent first, of one kind, band or with a text where it is named."""
    require(actor, "desks.view")
    found = waiting.queue(actor)
    words = {line.kind: line.kind_words for line in found}
    kinds = tuple((one, words[one], sum(line.kind == one for line in found)) for one in words)
    bands = {one: sum(line.band == one for line in found) for one in BANDS}
    wanted = text.strip().casefold()
    lines = tuple(
        line
        for line in found
        if (not kind or line.kind == kind)
        and (not band or line.band == band)
        and (not wanted or wanted in f"{line.name} {line.about} {line.why}".casefold())
    )
    return Queue(lines, len(found), kinds, bands)


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a month's sheet."""

    day: date
    inside: bool
    """Whether it belongs to the month shown."""
    today: bool
    terms: tuple[waiting.Term, ...]


def month(actor: Actor, first: date) -> list[list[Day]]:
    """Return the weeks, Monday first, that hold the month of ``first``, with the terms of each day."""
    require(actor, "desks.view")
    weeks = months.Calendar().monthdatescalendar(first.year, first.month)
    found: dict[date, list[waiting.Term]] = {}
    for term in waiting.calendar(actor, weeks[0][0], weeks[-1][-1]):
        found.setdefault(term.day, []).append(term)
    today = clock.today()
    return [
        [Day(day, day.month == first.month, day == today, tuple(found.get(day, ()))) for day in week] for week in weeks
    ]


def terms(actor: Actor, first: date, last: date) -> list[waiting.Term]:
    """Return the terms that the actor may see between two days, both included."""
    require(actor, "desks.view")
    return waiting.calendar(actor, first, last)


def feeds(actor: Actor) -> QuerySet[CalendarFeed]:
    """Return the actor's own feeds that can still be read, newest first."""
    require(actor, "desks.subscribe")
    return CalendarFeed.objects.filter(person=actor.person, organisation=actor.organisation, ended_at__isnull=True)


def feed_of(secret: str) -> tuple[CalendarFeed, Actor]:
    """Return the feed of a secret with the actor it shows the calendar of, by the roles that he has now.

    Raises
    ------
    NotFound
        ``feed_unknown``: no such secret, it was ended, or its owner has left the organisation.
    """
    rows = CalendarFeed.objects.filter(ended_at__isnull=True).select_related("person", "organisation")
    found = rows.filter(secret_hash=hash_token(secret)).first()
    actor = actor_for(found.person, found.organisation) if found else None
    if found is None or actor is None or actor.organisation is None:
        raise NotFound.of("feed_unknown")
    return found, actor


def feed_terms(actor: Actor) -> list[waiting.Term]:
    """Return what a feed shows of an actor's calendar."""
    today = clock.today()
    return terms(actor, today - FEED_BACK, today + FEED_AHEAD)


def mail_choice(actor: Actor) -> MailChoice | None:
    """Return what the person chose about the digest, or None."""
    require(actor, "desks.mail")
    return MailChoice.objects.filter(person=actor.person).first()


# -- an authority's desk --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Overseen:
    """An organisation of the jurisdiction in numbers: of a body what it issued, of an enterprise what it holds."""

    organisation: Organisation
    valid: int
    suspended: int
    expiring: int
    late_surveillances: int
    work_open: int
    work_late: int
    matters_late: int

    @property
    def trouble(self) -> int:
        """What is late, added up."""
        return self.late_surveillances + self.work_late + self.matters_late


@dataclass(frozen=True, slots=True)
class Oversight:
    """An authority's overview: bodies and holders of its jurisdiction, most trouble first."""

    jurisdiction: str
    bodies: tuple[Overseen, ...]
    holders: tuple[Overseen, ...]


def within(jurisdiction: str) -> Q:
    """Return the filter of organisations in a jurisdiction: a country's holds its provinces'."""
    return Q(jurisdiction=jurisdiction) | Q(jurisdiction__startswith=f"{jurisdiction}-")


def oversight(actor: Actor) -> Oversight:
    """Return what an authority reads of the bodies and holders in its jurisdiction; it can change nothing here."""
    require(actor, "desks.oversee")
    assert actor.organisation is not None
    place = actor.organisation.jurisdiction
    here = Organisation.objects.filter(within(place))
    return Oversight(
        place,
        _overseen(here.filter(kind=Kind.CERTIFICATION_BODY), "body"),
        _overseen(here.filter(id__in=Certificate.objects.values("owner")), "owner"),
    )


def _overseen(organisations: Iterable[Organisation], side: str) -> tuple[Overseen, ...]:
    today = clock.today()
    listed = {one.id: one for one in organisations}
    ours = {f"{side}__in": listed}

    def counted(
        rows: QuerySet[Certificate] | QuerySet[Surveillance] | QuerySet[WorkItem] | QuerySet[Grievance],
    ) -> dict[object, int]:
        found = rows.filter(**ours).order_by().values_list(side).annotate(n=Count("pk"))
        return {key: number for key, number in found}

    standing = Certificate.objects.filter(is_newest=True, state__in=LIVING)
    open_items = WorkItem.objects.filter(resolved_at__isnull=True)
    numbers = {
        "valid": counted(standing.filter(state="valid")),
        "suspended": counted(standing.filter(state="suspended")),
        "expiring": counted(standing.filter(valid_until__lte=today + EXPIRING)),
        "late_surveillances": counted(Surveillance.objects.filter(state__in=("planned", "running"), due__lt=today)),
        "work_open": counted(open_items),
        "work_late": counted(open_items.filter(due__lt=today)),
        "matters_late": counted(Grievance.objects.filter(state__in=OPEN, due__lt=today)),
    }
    found = [Overseen(one, **{name: of.get(key, 0) for name, of in numbers.items()}) for key, one in listed.items()]
    return tuple(sorted(found, key=lambda one: (-one.trouble, one.organisation.name_zh)))
