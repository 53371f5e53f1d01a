"""The REST API of the desks."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from ninja.responses import Status
from pydantic import BaseModel, Field

from tanbiao.web import clock
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Limit, Offset, Page, Router
from tanbiao.web.commanding import Invalid, NotFound
from tanbiao.web.desks import commands, mailing, queries
from tanbiao.web.desks.models import CalendarFeed, MailChoice
from tanbiao.web.desks.queries import Overseen
from tanbiao.web.waiting import Term, Waiting

router = Router()
MOST_DAYS = 800
AHEAD = timedelta(days=31)

Short = Annotated[str, Field(max_length=40)]


class WaitingOut(BaseModel):
    """A line of the queue; ``band`` is overdue, today, soon, later or open (no term)."""

    kind: str
    kind_words: str
    name: str
    why: str
    about: str
    address: str
    due: date | None
    days_left: int | None
    band: str


class TermOut(BaseModel):
    """A day of the calendar: what ends or is due on it."""

    kind: str
    kind_words: str
    name: str
    day: date
    what: str
    about: str
    address: str


class FeedOut(BaseModel):
    """A calendar feed, without its address."""

    id: UUID
    created_at: datetime
    read_on: date | None


class FeedMadeOut(FeedOut):
    """A feed just made: the only answer that ever has its private address."""

    address: str


class MailOut(BaseModel):
    """Where the digest goes; ``state`` is asked (not yet confirmed), on or stopped."""

    address: str
    every: str
    state: str


class MailIn(BaseModel):
    """Where the digest is to go: ``every`` is daily or weekly."""

    address: Annotated[str, Field(max_length=254)]
    every: Short = "weekly"


class OverseenOut(BaseModel):
    """An organisation of an authority's jurisdiction in numbers."""

    name_zh: str
    name_en: str
    valid: int
    suspended: int
    expiring: int
    late_surveillances: int
    work_open: int
    work_late: int
    matters_late: int


class OversightOut(BaseModel):
    """An authority's overview: bodies by what they issued, holders by what they hold."""

    jurisdiction: str
    bodies: list[OverseenOut]
    holders: list[OverseenOut]


def _address(href: str) -> str:
    return f"{settings.TANBIAO_BASE_URL}{href}"


def _waiting(line: Waiting) -> WaitingOut:
    return WaitingOut(
        kind=line.kind,
        kind_words=str(line.kind_words),
        name=line.name,
        why=line.why,
        about=line.about,
        address=_address(line.href),
        due=line.due,
        days_left=line.days_left,
        band=line.band,
    )


def _term(term: Term) -> TermOut:
    return TermOut(
        kind=term.kind,
        kind_words=str(term.kind_words),
        name=term.name,
        day=term.day,
        what=term.what,
        about=term.about,
        address=_address(term.href),
    )


def _feed(feed: CalendarFeed) -> FeedOut:
    return FeedOut(id=feed.id, created_at=feed.created_at, read_on=feed.read_on)


def _mail(choice: MailChoice) -> MailOut:
    return MailOut(address=choice.address, every=choice.every, state=choice.state)


def _overseen(row: Overseen) -> OverseenOut:
    numbers = {name: getattr(row, name) for name in OverseenOut.model_fields if not name.startswith("name_")}
    return OverseenOut(name_zh=row.organisation.name_zh, name_en=row.organisation.name_en, **numbers)


@router.get("/desk/queue", response=Page[WaitingOut], operation_id="queue")
@access("desks.view")
def queue(
    request: HttpRequest,
    kind: Short = "",
    band: Short = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> Page[WaitingOut]:
    """List what waits for the caller, the most urgent first."""
    lines = queries.queue(actor_of(request), kind=kind, band=band).lines
    shown = [_waiting(line) for line in lines[offset : offset + limit]]
    return Page[WaitingOut](total=len(lines), offset=offset, items=shown)


@router.get("/desk/calendar", response=list[TermOut], operation_id="calendar")
@access("desks.view")
def calendar(
    request: HttpRequest,
    first: date | None = None,
    last: date | None = None,
) -> list[TermOut]:
    """List the terms between two days, both included; a month from today where none is named."""
    begin = first or clock.today()
    end = last or begin + AHEAD if begin < date.max - AHEAD else date.max
    if end < begin or end - begin > timedelta(days=MOST_DAYS):
        raise Invalid.of("calendar_span", "last", days=MOST_DAYS)
    return [_term(one) for one in queries.terms(actor_of(request), begin, end)]


@router.get("/desk/oversight", response=OversightOut, operation_id="oversight")
@access("desks.oversee")
def oversight(request: HttpRequest) -> OversightOut:
    """Return the bodies and holders of the caller's jurisdiction in numbers (authorities)."""
    found = queries.oversight(actor_of(request))
    return OversightOut(
        jurisdiction=found.jurisdiction,
        bodies=[_overseen(row) for row in found.bodies],
        holders=[_overseen(row) for row in found.holders],
    )


@router.get("/desk/feeds", response=list[FeedOut], operation_id="calendar_feeds")
@access("desks.subscribe")
def feeds(request: HttpRequest) -> list[FeedOut]:
    """List one's own calendar feeds."""
    return [_feed(one) for one in queries.feeds(actor_of(request))]


@router.post("/desk/feeds", response={201: FeedMadeOut}, operation_id="make_calendar_feed")
@access("desks.subscribe")
def make_feed(request: HttpRequest) -> Status[FeedMadeOut]:
    """Make a private address of one's calendar (RFC 5545); it is in this answer only."""
    feed, secret = commands.make_feed(actor_of(request))
    address = _address(reverse("desks:feed", args=(secret,)))
    return Status(201, FeedMadeOut(**_feed(feed).model_dump(), address=address))


@router.delete("/desk/feeds/{uuid:feed_id}", response={204: None}, operation_id="end_calendar_feed")
@access("desks.subscribe")
def end_feed(request: HttpRequest, feed_id: UUID) -> Status[None]:
    """End one of one's own feeds."""
    commands.end_feed(actor_of(request), feed_id=feed_id)
    return Status(204, None)


@router.get("/desk/mail", response=MailOut, operation_id="mail_choice")
@access("desks.mail")
def mail_choice(request: HttpRequest) -> MailOut:
    """Return where one's digest goes."""
    choice = queries.mail_choice(actor_of(request))
    if choice is None:
        raise NotFound.of("mail_choice_unknown")
    return _mail(choice)


@router.put("/desk/mail", response=MailOut, operation_id="choose_mail")
@access("desks.mail")
def choose_mail(request: HttpRequest, body: MailIn) -> MailOut:
    """Ask for the digest at an address; a new address is asked first."""
    return _mail(mailing.ask(actor_of(request), address=body.address, every=body.every))


@router.delete("/desk/mail", response={204: None}, operation_id="stop_mail")
@access("desks.mail")
def stop_mail(request: HttpRequest) -> Status[None]:
    """Stop one's digest."""
    commands.stop_mail(actor_of(request))
    return Status(204, None)
