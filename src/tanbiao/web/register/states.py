"""How a certificate's state changes: the one place that fires its lifecycle, writes history and log, and publishes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, system_actor
from tanbiao.web.commanding import NotFound, fired
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.ledger.history import write_line
from tanbiao.web.register import publishing, records
from tanbiao.web.register.models import Certificate
from tanbiao.workflow.facts import CertificateFacts, Hand
from tanbiao.workflow.machine import load_lifecycle
from tanbiao.workflow.terms import terms_of

SYSTEM = system_actor("register")
LIFECYCLE = load_lifecycle("certificate")
LIVING = ("valid", "suspended")


def _hand(actor: Actor, certificate: Certificate) -> Hand:
    if actor.is_system:
        return Hand("", frozenset(), frozenset({"system"}))
    sides = (("body", certificate.body_id), ("holder", certificate.owner_id))
    parties = {side for side, organisation in sides if organisation == actor.organisation_id}
    return Hand(str(actor.person_id), frozenset(role.value for role in actor.roles), frozenset(parties))


def _suspension_days(certificate: Certificate) -> int | None:
    if certificate.suspended_until is None:
        return None
    return (certificate.suspended_until - clock.day_of(certificate.state_since)).days


def facts_of(actor: Actor, certificate: Certificate, **more: Any) -> CertificateFacts:
    """Gather the facts of a certificate as it stands, with what the act itself adds (``more``)."""
    known: dict[str, Any] = {
        "hand": _hand(actor, certificate),
        "terms": terms_of(certificate.terms),
        "current": certificate.head,
        "days_in_state": (clock.now() - certificate.state_since) // timedelta(days=1),
        "suspension_days": _suspension_days(certificate),
        "days_to_expiry": (certificate.valid_until - clock.today()).days,
        "flags": frozenset(certificate.flags.filter(lowered_at__isnull=True).values_list("name", flat=True)),
    }
    return CertificateFacts(**{**known, **more})


def locked(number: str) -> Certificate:
    """Return the newest version of a certificate, locked until the transaction ends.

    Raises
    ------
    NotFound
        ``certificate_unknown``
    """
    rows = Certificate.objects.select_for_update(of=("self",)).select_related("body", "owner", "issue")
    found = rows.filter(number=number, is_newest=True).first()
    if found is None:
        raise NotFound.of("certificate_unknown", number)
    return found


def advance(actor: Actor, certificate: Certificate, event: str, facts: CertificateFacts, text: str = "") -> None:
    """Fire an event on a locked certificate: state, history, log, status lists and public pages.

    Raises
    ------
    NotAllowed, Conflict
    """
    step = fired(LIFECYCLE, certificate.state, event, facts, since=certificate.state_since)
    certificate.state, certificate.reason = step.to, step.reason
    certificate.suspended_until = _suspended_until(certificate, facts) if step.to == "suspended" else None
    public = {
        "certificate": certificate.number,
        "status": records.PUBLIC_STATUS.get(step.to, step.to),
        "since": clock.today().isoformat(),
    }
    if step.reason:
        public["reason"] = step.reason
    write_line(
        actor,
        certificate,
        event,
        about={"certificate": certificate.number, "version": certificate.version},
        source=step.source,
        reason=step.reason,
        details={"text": text} if text else {},
        leaf="certificate_status",
        said="certificate_status",
        public=public,
    )
    ledger.emit("certificate.status", {"certificate": str(certificate.id), "head": certificate.head})
    for effect in step.effects:
        EFFECTS[effect](certificate)


def _suspended_until(certificate: Certificate, facts: CertificateFacts) -> date:
    longest = terms_of(certificate.terms).suspension_days_max
    days = longest if facts.suspension_days is None else min(facts.suspension_days, longest)
    return min(clock.today() + timedelta(days=days), certificate.valid_until)


def _publish(certificate: Certificate) -> None:
    publishing.publish(certificate)


def _nothing(certificate: Certificate) -> None:
    """The next version was signed before the edge was fired; there is nothing left to do."""


EFFECTS: dict[str, Callable[[Certificate], None]] = {
    "publish": _publish,
    "revoke": _publish,
    "suspend": _publish,
    "restore": _publish,
    "new_version": _nothing,
}
"""The status lists are derived from the states as they stand, so that every effect on a bit is one publication."""
