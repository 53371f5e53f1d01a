"""The register of risks to a body's impartiality."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Max

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Membership, Organisation, Person
from tanbiao.web.bodies.impartiality import LEVELS, SOURCES
from tanbiao.web.bodies.models import Book, ImpartialityRisk
from tanbiao.web.bodies.writing import body_of, book_of, enter, text_of
from tanbiao.web.commanding import Conflict, Invalid, NotFound, command


@command("bodies.judge")
def enter_risk(
    actor: Actor,
    *,
    source: str,
    text: str,
    likelihood: int,
    consequence: int,
    owner_id: UUID,
    review_on: date,
    applicant_id: UUID | None = None,
    measures: str = "",
) -> ImpartialityRisk:
    """Enter a risk; while it is open and high, nothing is accepted from or planned for the applicant it names.

    Raises
    ------
    Invalid
        ``risk_source_unknown``, ``risk_level_wrong``, ``risk_review_past``, ``organisation_unknown``, ``text_missing``.
    NotFound
        ``person_unknown``: the owner is no person of the body.
    """
    body = body_of(actor, "bodies.judge")
    book = book_of(body)
    if source not in SOURCES:
        raise Invalid.of("risk_source_unknown", "source", known=", ".join(SOURCES))
    _check_levels(likelihood, consequence)
    _check_review(review_on)
    applicant = Organisation.objects.filter(id=applicant_id).exclude(id=body.id).first() if applicant_id else None
    if applicant_id and applicant is None:
        raise Invalid.of("organisation_unknown", "applicant_id")
    last = ImpartialityRisk.objects.filter(body=body).aggregate(last=Max("number"))["last"] or 0
    made = ImpartialityRisk.objects.create(
        body=body,
        number=last + 1,
        source=source,
        text=text_of("text", text),
        applicant=applicant,
        likelihood=likelihood,
        consequence=consequence,
        measures=measures.strip()[:4000],
        owner=_owner(body, owner_id),
        review_on=review_on,
        state="open",
        at=clock.now(),
    )
    _write(actor, book, made, "risk_entered", made.text)
    return made


@command("bodies.judge")
def mitigate_risk(
    actor: Actor, *, risk_id: UUID, measures: str, likelihood: int, consequence: int, review_on: date
) -> ImpartialityRisk:
    """Say which measures are in place and how large the risk is with them, not larger than before.

    Raises
    ------
    NotFound
        ``risk_unknown``
    Invalid
        ``risk_level_wrong``, ``risk_review_past``, ``text_missing``
    Conflict
        ``risk_closed``, ``risk_grew``: measures make no risk larger; enter another one.
    """
    book, row = _risk(actor, risk_id)
    _check_levels(likelihood, consequence)
    _check_review(review_on)
    if likelihood * consequence > row.score:
        raise Conflict.of("risk_grew", "likelihood", before=row.score)
    row.measures = text_of("measures", measures)
    row.likelihood, row.consequence, row.review_on, row.state = likelihood, consequence, review_on, "mitigated"
    row.save()
    _write(actor, book, row, "risk_mitigated", row.measures)
    return row


@command("bodies.judge")
def reopen_risk(
    actor: Actor, *, risk_id: UUID, text: str, likelihood: int, consequence: int, review_on: date
) -> ImpartialityRisk:
    """Open a risk again whose measures don't hold, at the level that it has now."""
    book, row = _risk(actor, risk_id, also_closed=True)
    _check_levels(likelihood, consequence)
    _check_review(review_on)
    said = text_of("text", text)
    row.likelihood, row.consequence, row.review_on, row.state = likelihood, consequence, review_on, "open"
    row.save()
    _write(actor, book, row, "risk_reopened", said)
    return row


@command("bodies.judge")
def close_risk(actor: Actor, *, risk_id: UUID, text: str) -> ImpartialityRisk:
    """Close a risk whose source is gone.

    Raises
    ------
    NotFound
        ``risk_unknown``
    Conflict
        ``risk_closed``
    """
    book, row = _risk(actor, risk_id)
    said = text_of("text", text)
    row.state = "closed"
    row.save(update_fields=["state"])
    _write(actor, book, row, "risk_closed", said)
    return row


def _risk(actor: Actor, risk_id: UUID, *, also_closed: bool = False) -> tuple[Book, ImpartialityRisk]:
    body = body_of(actor, "bodies.judge")
    book = book_of(body)
    row = ImpartialityRisk.objects.filter(id=risk_id, body=body).first()
    if row is None:
        raise NotFound.of("risk_unknown", "risk")
    if row.state == "closed" and not also_closed:
        raise Conflict.of("risk_closed", "risk", number=row.number)
    return book, row


def _owner(body: Organisation, person_id: UUID) -> Person:
    rows = Membership.objects.filter(organisation=body, person_id=person_id, ended_at__isnull=True)
    found = rows.select_related("person").first()
    if found is None:
        raise NotFound.of("person_unknown", "owner_id")
    return found.person


def _check_levels(likelihood: int, consequence: int) -> None:
    if likelihood not in LEVELS or consequence not in LEVELS:
        raise Invalid.of("risk_level_wrong", "likelihood")


def _check_review(day: date) -> None:
    if day < clock.today():
        raise Invalid.of("risk_review_past", "review_on")


def _write(actor: Actor, book: Book, row: ImpartialityRisk, event: str, text: str) -> None:
    told: dict[str, Any] = {
        "number": row.number,
        "source": row.source,
        "applicant": str(row.applicant_id or ""),
        "likelihood": row.likelihood,
        "consequence": row.consequence,
        "owner": str(row.owner_id),
        "review_on": row.review_on.isoformat(),
        "measures": row.measures,
    }
    enter(actor, book, event, "risk", row.id, text=text, **told)
