"""Entering something into an organisation's book: under its lock, as one chained line and one pending log entry."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.accounts.roles import Kind
from tanbiao.web.bodies.models import Book
from tanbiao.web.commanding import Invalid, NotFound, require
from tanbiao.web.ledger.history import write_line

LONG = 4000


def book_of(organisation: Organisation) -> Book:
    """Return an organisation's book, locked until the transaction ends."""
    Book.objects.get_or_create(organisation=organisation, defaults={"changed_at": clock.now()})
    return Book.objects.select_for_update().get(organisation=organisation)


def enter(actor: Actor, book: Book, event: str, kind: str, subject: UUID, /, **details: Any) -> None:
    """Write a line of a locked book."""
    write_line(
        actor,
        book,
        event,
        about={"organisation": str(book.organisation_id), "kind": kind, "subject": str(subject)},
        source=book.state,
        details=details,
        leaf="organisation_event",
        said=f"book.{event}",
        kind=kind,
        subject=subject,
    )


def body_of(actor: Actor, permission: str, body_id: UUID | None = None) -> Organisation:
    """Return the body that is acted for: the actor's own, or the one that the system names.

    Raises
    ------
    NotFound
        ``body_unknown``: no certification body, or not the actor's.
    """
    wanted = body_id or actor.organisation_id
    bodies = Organisation.objects.filter(kind=Kind.CERTIFICATION_BODY)
    body = bodies.filter(id=wanted).first() if wanted else None
    if body is None or not (actor.is_system or body.id == actor.organisation_id):
        raise NotFound.of("body_unknown", "body")
    require(actor, permission, body)
    return body


def text_of(where: str, text: str) -> str:
    """Return a text that must be there; see :func:`line_of`."""
    return line_of(where, text, LONG)


def line_of(where: str, text: str, limit: int) -> str:
    """Return a text that must be there, without blanks around.

    Raises
    ------
    Invalid
        ``text_missing``, ``book_text_too_long``
    """
    stripped = text.strip()
    if not stripped:
        raise Invalid.of("text_missing", where)
    if len(stripped) > limit:
        raise Invalid.of("book_text_too_long", where, limit=limit)
    return stripped
