"""Acting on anything with a lifecycle: ask the machine, write state, one chained line of history and the log entry."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from tanbiao.core.canonical import content_hash
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, system_actor
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.commanding import NotFound, fired
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.register.models import Certificate
from tanbiao.web.studies import ageing
from tanbiao.web.surveillance.models import HistoryLine, LifeNotice, Living, WorkItem
from tanbiao.workflow.document import START
from tanbiao.workflow.facts import Facts, Hand
from tanbiao.workflow.machine import Lifecycle, Transition
from tanbiao.workflow.terms import terms_of

SYSTEM = system_actor("surveillance")


def newest(number: str) -> Certificate:
    """Return the newest version of a certificate.

    Raises
    ------
    NotFound
        ``certificate_unknown``
    """
    found = Certificate.objects.select_related("body", "owner", "issue").filter(number=number, is_newest=True).first()
    if found is None:
        raise NotFound.of("certificate_unknown", number)
    return found


def hand_of(actor: Actor, sides: dict[str, UUID | None]) -> Hand:
    """Return the actor as the machine sees him, by the sides of the thing; an authority stands on its own side."""
    if actor.is_system:
        return Hand("", frozenset(), frozenset({"system"}))
    parties = {side for side, organisation in sides.items() if organisation and organisation == actor.organisation_id}
    roles = {role.value for role in actor.roles}
    if "authority_officer" in roles:
        parties.add("authority")
    return Hand(str(actor.person_id or ""), frozenset(roles), frozenset(parties))


def known(actor: Actor, thing: Living, certificate: Certificate, **sides: UUID | None) -> dict[str, Any]:
    """Return the facts that every lifecycle here asks for."""
    return {
        "hand": hand_of(actor, {"body": thing.body_id, "holder": thing.owner_id, **sides}),
        "terms": terms_of(certificate.terms),
        "current": thing.head,
        "days_in_state": (clock.now() - thing.state_since) // timedelta(days=1) if thing.state else 0,
        "certificate_state": certificate.state,
        "days_to_expiry": (certificate.valid_until - clock.today()).days,
    }


def advance(
    actor: Actor, thing: Living, lifecycle: Lifecycle, event: str, facts: Facts, log: str, **details: Any
) -> Transition:
    """Fire an event on a locked thing: state, one line of history, one log entry. Effects are the caller's.

    Raises
    ------
    NotAllowed, Conflict
    """
    step = fired(lifecycle, thing.state or START, event, facts, since=thing.state_since)
    now = clock.now()
    thing.state, thing.state_since = step.to, now
    write(actor, thing, step, log, **details)
    return step


def write(actor: Actor, thing: Living, step: Transition, log: str, **details: Any) -> None:
    """Write one chained line of history and its log entry, and save the thing."""
    now = clock.now()
    index = HistoryLine.objects.filter(subject=thing.id).count()
    body = {
        "subject": str(thing.id),
        "certificate": thing.number,
        "index": index,
        "parent": thing.head,
        "event": step.event,
        "from": step.source,
        "to": step.to,
        "reason": step.reason,
        "details": details,
        "actor": actor.describe(),
        "at": clock.stamp(now),
    }
    thing.head = content_hash(body)
    thing.save()
    HistoryLine.objects.create(
        subject=thing.id,
        index=index,
        event=step.event,
        source=step.source,
        target=step.to,
        reason=step.reason,
        details=details,
        person=actor.person,
        organisation=actor.organisation,
        hash=thing.head,
        at=now,
    )
    ledger.record(actor, type=log, subject=str(thing.id), event=body)


def note(actor: Actor, thing: Living, event: str, log: str, **details: Any) -> None:
    """Write a line for an act that leaves the state as it is."""
    write(actor, thing, Transition(event, thing.state, thing.state, (), ""), log, **details)


def tell(organisation: Organisation | UUID, number: str, kind: str, cause: str, **params: Any) -> None:
    """Put a notice on an organisation's desk; the same cause is told once."""
    key = organisation.id if isinstance(organisation, Organisation) else organisation
    LifeNotice.objects.get_or_create(
        organisation_id=key,
        cause=f"{kind}/{cause}"[:160],
        defaults={"number": number, "kind": kind, "params": params, "at": clock.now()},
    )


def tell_both(certificate: Certificate, kind: str, cause: str, **params: Any) -> None:
    """Tell holder and body."""
    for organisation in (certificate.owner_id, certificate.body_id):
        tell(organisation, certificate.number, kind, cause, **params)


def open_item(certificate: Certificate, kind: str, cause: str, *, days: int | None = None, **details: Any) -> WorkItem:
    """Open a work item of the certificate's body; the same cause opens one."""
    term = terms_of(certificate.terms).work_item_days if days is None else days
    made, _ = WorkItem.objects.get_or_create(
        number=certificate.number,
        cause=f"{kind}/{cause}"[:160],
        defaults={
            "kind": kind,
            "body_id": certificate.body_id,
            "owner_id": certificate.owner_id,
            "details": details,
            "due": clock.today() + timedelta(days=term),
            "opened_at": clock.now(),
        },
    )
    return made


def recalculation_needed(certificate: Certificate, reason: str, percent: float, text: str) -> None:
    """Open the study of a certificate for a new calculation, where it is published and the change reaches the term."""
    terms, study = terms_of(certificate.terms), certificate.study
    if study is None or study.state != "published" or abs(percent) < terms.recalculation_percent:
        return
    ageing.require_recalculation(SYSTEM, study_id=study.id, reason=reason, percent=percent, text=text, terms=terms)
