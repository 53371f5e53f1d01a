"""The writers of the desks: calendar feeds, and who wants the digest by mail."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, hash_token, person_of
from tanbiao.web.commanding import Conflict, Invalid, NotFound, TooMany, command
from tanbiao.web.desks import mail_tokens
from tanbiao.web.desks.models import CalendarFeed, MailChoice
from tanbiao.web.ids import new_secret
from tanbiao.web.language import current

FEED_PREFIX = "tbc"
MOST_FEEDS = 10
"""Feeds of a person in one organisation; project default, not official."""
EVERY = ("daily", "weekly")
ASK_AGAIN = timedelta(minutes=10)
"""So long after a question to an address no further one is sent; project default, not official."""


@command("desks.subscribe")
def make_feed(actor: Actor) -> tuple[CalendarFeed, str]:
    """Make a private address of the actor's calendar in the reader's language; the secret is returned this once.

    Raises
    ------
    Conflict
        ``feeds_too_many``
    """
    mine = CalendarFeed.objects.filter(person=person_of(actor), organisation=actor.organisation, ended_at__isnull=True)
    if mine.count() >= MOST_FEEDS:
        raise Conflict.of("feeds_too_many", most=MOST_FEEDS)
    secret = new_secret(FEED_PREFIX)
    assert actor.organisation is not None
    feed = CalendarFeed.objects.create(
        person=person_of(actor),
        organisation=actor.organisation,
        secret_hash=hash_token(secret),
        lang=current(),
        created_at=clock.now(),
    )
    return feed, secret


@command("desks.subscribe")
def end_feed(actor: Actor, *, feed_id: UUID) -> CalendarFeed:
    """End one of the actor's own feeds.

    Raises
    ------
    NotFound
        ``feed_unknown``
    """
    feed = CalendarFeed.objects.filter(id=feed_id, person=actor.person, organisation=actor.organisation).first()
    if feed is None:
        raise NotFound.of("feed_unknown")
    if feed.ended_at is None:
        feed.ended_at = clock.now()
        feed.save(update_fields=["ended_at"])
    return feed


@command("desks.mail")
def choose_mail(actor: Actor, *, address: str, every: str = "weekly") -> tuple[MailChoice, str]:
    """Ask for the digest at an address, or change how often it comes.

    Returns the choice and the token that the owner of a new address confirms it with; empty where nothing is to be
    confirmed.

    Raises
    ------
    Invalid
        ``mail_address_malformed``, ``mail_every_unknown``
    TooMany
        ``mail_asked_lately``: letter boxes are not filled with questions.
    """
    address = address.strip()
    try:
        validate_email(address)
    except ValidationError as error:
        raise Invalid.of("mail_address_malformed", "address") from error
    if every not in EVERY:
        raise Invalid.of("mail_every_unknown", "every", every=every)
    known = MailChoice.objects.select_for_update().filter(person=person_of(actor)).first()
    choice = known or MailChoice(person=person_of(actor))
    if choice.address != address or choice.confirmed_at is None or choice.stopped_at is not None:
        if known is not None and clock.now() - known.asked_at < ASK_AGAIN:
            raise TooMany.of("mail_asked_lately")
        choice.confirmed_at, choice.stopped_at, choice.asked_at = None, None, clock.now()
    choice.address, choice.lang, choice.every = address, current(), every
    choice.save()
    return choice, "" if choice.confirmed_at else mail_tokens.sign(choice, "confirm")


@command("desks.mail")
def stop_mail(actor: Actor) -> MailChoice:
    """Stop the actor's digest.

    Raises
    ------
    NotFound
        ``mail_choice_unknown``
    """
    choice = MailChoice.objects.select_for_update().filter(person=person_of(actor)).first()
    if choice is None:
        raise NotFound.of("mail_choice_unknown")
    return _stop(choice)


@command("desks.answer_mail")
def answer_mail(actor: Actor, *, token: str) -> MailChoice:  # noqa: ARG001 (whoever has the token reads that mail)
    """Do what a link in a mail is for: confirm its address, or stop the digest.

    Raises
    ------
    NotFound
        ``mail_token_unknown``: forged, or for an address that is no longer the one chosen.
    """
    choice_id, act, address = mail_tokens.read(token)
    choice = MailChoice.objects.select_for_update().filter(id=choice_id, address=address).first()
    if choice is None:
        raise NotFound.of("mail_token_unknown")
    if act == "stop":
        return _stop(choice)
    if choice.stopped_at is None and choice.confirmed_at is None:
        choice.confirmed_at = clock.now()
        choice.save(update_fields=["confirmed_at"])
    return choice


def _stop(choice: MailChoice) -> MailChoice:
    if choice.stopped_at is None:
        choice.stopped_at = clock.now()
        choice.save(update_fields=["stopped_at"])
    return choice


@command("desks.system")
def note_sent(actor: Actor, *, choice_id: UUID) -> None:  # noqa: ARG001 (checked by the decorator)
    """Remember that the digest of today went out."""
    MailChoice.objects.filter(id=choice_id).update(sent_on=clock.today())


def note_read(feed: CalendarFeed) -> None:
    """Remember the day on which a feed was last read."""
    if feed.read_on != clock.today():
        CalendarFeed.objects.filter(id=feed.id).update(read_on=clock.today())
