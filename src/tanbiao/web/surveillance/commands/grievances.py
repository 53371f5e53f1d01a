"""Complaints of anybody and appeals of holders to the body, handled and decided by people who had no part in it."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.bodies.matrix import Step
from tanbiao.web.certification.models import HeldDuty
from tanbiao.web.commanding import Invalid, NotFound, command
from tanbiao.web.register import commands as register
from tanbiao.web.register import photos
from tanbiao.web.register.models import Certificate, Issue, StatusChange
from tanbiao.web.surveillance import acting, competence
from tanbiao.web.surveillance.models import Grievance, HistoryLine, Surveillance
from tanbiao.workflow.facts import Hand
from tanbiao.workflow.life_facts import GrievanceFacts
from tanbiao.workflow.machine import load_lifecycle
from tanbiao.workflow.terms import terms_of

LIFECYCLE = load_lifecycle("grievance")
LOG = "grievance_event"
OPEN = ("received", "in_hand", "investigated")
APPEALABLE = ("suspend", "withdraw", "cancel", "end_stay")
DECISIONS = ("uphold", "uphold_partly", "reject")
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH = 12
PUBLIC = Hand("", frozenset({"anybody"}), frozenset({"public"}))


def involved(number: str) -> frozenset[str]:
    """Return everybody who had a duty in a case of the certificate, changed its state, or surveyed it."""
    cases = Issue.objects.filter(number=number, case__isnull=False).values("case")
    found = set(HeldDuty.objects.filter(case__in=cases).values_list("person_id", flat=True))
    found |= set(StatusChange.objects.filter(certificate__number=number).values_list("person_id", flat=True))
    surveys = Surveillance.objects.filter(number=number).values("id")
    found |= set(HistoryLine.objects.filter(subject__in=surveys).values_list("person_id", flat=True))
    return frozenset(str(one) for one in found if one is not None)


def facts_of(actor: Actor, row: Grievance, certificate: Certificate, **more: Any) -> GrievanceFacts:
    """Gather what the guards of a complaint or appeal look at."""
    known: dict[str, Any] = {
        **acting.known(actor, row, certificate),
        "ground": row.text,
        "involved": involved(row.number),
        "handler": str(row.handler_id or ""),
        "hand_refusals": competence.hand_refusals(
            actor, row, certificate, Step.GRIEVANCE, competence.GRIEVANCE.get(row.state, ())
        ),
    }
    return GrievanceFacts(**{**known, **more})


def _new(certificate: Certificate, kind: str, text: str, **fields: Any) -> Grievance:
    days = terms_of(certificate.terms).complaint_admission_days
    return Grievance(
        number=certificate.number,
        body=certificate.body,
        owner=certificate.owner,
        kind=kind,
        code="".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH)),
        text=text.strip()[:4000],
        state="",
        state_since=clock.now(),
        created_at=clock.now(),
        due=clock.today() + timedelta(days=days),
        **fields,
    )


@command("surveillance.complain")
def complain(
    actor: Actor, *, number: str, text: str, contact: str = "", photo: tuple[str, bytes] | None = None
) -> Grievance:
    """Complain to the body that issued a certificate; anybody may, and follows the matter by its code.

    Raises
    ------
    NotFound
        ``certificate_unknown``
    Invalid
        A photo that is none.
    Conflict
        ``grievance_empty``
    """
    certificate = acting.newest(number.strip()[:64])
    blob, media_type = photos.kept(photo) if photo is not None else ("", "")
    row = _new(certificate, "complaint", text, contact=contact.strip()[:200], photo=blob, photo_type=media_type)
    acting.advance(actor, row, LIFECYCLE, "complain", facts_of(actor, row, certificate, hand=PUBLIC), LOG)
    acting.tell(certificate.body, certificate.number, "complaint_received", str(row.id), due=row.due.isoformat())
    return row


@command("surveillance.appeal")
def appeal(actor: Actor, *, number: str, against: str, text: str) -> Grievance:
    """Appeal as the holder against the newest decision about one's certificate.

    ``against`` is the hash of that change of state. Whether the appeal stays a suspension is the scheme's field.
    """
    certificate = acting.newest(number)
    if not actor.owns(certificate):
        raise NotFound.of("certificate_unknown", number)
    change = StatusChange.objects.filter(certificate=certificate).order_by("-index").first()
    fits = change is not None and change.hash == against and change.event in APPEALABLE
    row = _new(certificate, "appeal", text, against=against if fits else "")
    if change is not None and fits:
        row.against_event, row.against_reason = change.event, change.reason
    days = (clock.now() - change.at) // timedelta(days=1) if change is not None else None
    open_already = Grievance.objects.filter(against=against, state__in=OPEN).exists()
    facts = facts_of(actor, row, certificate, appealable=fits and not open_already, days_since_decision=days)
    acting.advance(actor, row, LIFECYCLE, "appeal", facts, LOG, against=against)
    acting.tell(certificate.body, certificate.number, "appeal_received", str(row.id), due=row.due.isoformat())
    return row


def locked(actor: Actor, grievance_id: UUID) -> Grievance:
    """Return a matter that the actor's organisation has a part in, locked.

    Raises
    ------
    NotFound
        ``grievance_unknown``
    """
    rows = Grievance.objects.select_for_update(of=("self",)).select_related("body", "owner")
    row = rows.filter(id=grievance_id).first()
    sides = () if row is None else (row.body_id, row.owner_id if row.kind == "appeal" else None)
    if row is None or actor.organisation_id is None or actor.organisation_id not in sides:
        raise NotFound.of("grievance_unknown", str(grievance_id))
    return row


@command("surveillance.handle")
def admit(actor: Actor, *, grievance_id: UUID, builds_on: str) -> Grievance:
    """Take a matter in hand; its term of decision begins, and an appeal stays the effect where the scheme says so."""
    row = locked(actor, grievance_id)
    certificate = acting.newest(row.number)
    terms = terms_of(certificate.terms)
    facts = facts_of(actor, row, certificate, builds_on=builds_on)
    row.handler = actor.person
    row.due = clock.today() + timedelta(days=terms.complaint_decision_days)
    suspended = certificate.state == "suspended" and certificate.head == row.against
    row.stays = row.kind == "appeal" and terms.appeal_suspends_effect == "yes" and suspended
    acting.advance(actor, row, LIFECYCLE, "admit", facts, LOG, due=row.due.isoformat(), stays=row.stays)
    if row.stays:
        register.follow_appeal(acting.SYSTEM, number=row.number, appeal="stays")
        register.raise_flag(acting.SYSTEM, number=row.number, name="under_appeal")
    _tell_holder(row, "appeal_admitted", due=row.due.isoformat())
    return row


def _tell_holder(row: Grievance, kind: str, **params: Any) -> None:
    if row.kind == "appeal":
        acting.tell(row.owner, row.number, kind, str(row.id), **params)


@command("surveillance.handle")
def refuse(actor: Actor, *, grievance_id: UUID, builds_on: str, reason: str, text: str) -> Grievance:
    """Refuse to admit a matter, with a reason and an answer."""
    row = locked(actor, grievance_id)
    certificate = acting.newest(row.number)
    facts = facts_of(actor, row, certificate, builds_on=builds_on, reason=reason, text=text)
    row.answer = text.strip()[:4000]
    acting.advance(actor, row, LIFECYCLE, "refuse", facts, LOG, text=row.answer)
    _tell_holder(row, "appeal_refused", text=row.answer[:400])
    return row


@command("surveillance.handle")
def investigate(actor: Actor, *, grievance_id: UUID, builds_on: str, text: str) -> Grievance:
    """Hand in what the investigation found; somebody else decides."""
    row = locked(actor, grievance_id)
    facts = facts_of(actor, row, acting.newest(row.number), builds_on=builds_on, text=text)
    acting.advance(actor, row, LIFECYCLE, "investigate", facts, LOG, text=text.strip()[:4000])
    return row


@command("surveillance.conclude")
def decide(actor: Actor, *, grievance_id: UUID, builds_on: str, outcome: str, text: str) -> Grievance:
    """Decide a matter: ``uphold``, ``uphold_partly`` or ``reject``; what follows is carried out at once.

    Raises
    ------
    Invalid
        ``grievance_outcome_unknown``
    """
    if outcome not in DECISIONS:
        raise Invalid.of("grievance_outcome_unknown", "outcome", outcome=outcome)
    row = locked(actor, grievance_id)
    certificate = acting.newest(row.number)
    facts = facts_of(actor, row, certificate, builds_on=builds_on, text=text)
    row.answer = text.strip()[:4000]
    acting.advance(actor, row, LIFECYCLE, outcome, facts, LOG, text=row.answer)
    _carry_out(row, certificate)
    _tell_holder(row, f"appeal_{row.state}", text=row.answer[:400])
    return row


@command("surveillance.appeal")
def withdraw_appeal(actor: Actor, *, grievance_id: UUID, builds_on: str) -> Grievance:
    """Withdraw one's own appeal; a suspension that it stayed goes on."""
    row = locked(actor, grievance_id)
    certificate = acting.newest(row.number)
    acting.advance(actor, row, LIFECYCLE, "withdraw", facts_of(actor, row, certificate, builds_on=builds_on), LOG)
    _carry_out(row, certificate)
    return row


def _carry_out(row: Grievance, certificate: Certificate) -> None:
    """Let the outcome have its effect on the certificate."""
    upheld = row.state in ("upheld", "upheld_partly")
    if row.kind == "complaint":
        if upheld:
            acting.open_item(certificate, "complaint_upheld", str(row.id), code=row.code)
        return
    if row.stays:
        register.lower_flag(acting.SYSTEM, number=row.number, name="under_appeal")
        if not upheld and certificate.state == "valid":
            register.follow_appeal(acting.SYSTEM, number=row.number, appeal="rejected", reason=row.against_reason)
    elif upheld and certificate.state == "suspended" and certificate.head == row.against:
        register.follow_appeal(acting.SYSTEM, number=row.number, appeal="upheld")
    elif upheld and certificate.state in ("withdrawn", "cancelled"):
        # There is no way back from an end: the body decides anew and issues another certificate.
        acting.open_item(certificate, "reissue", str(row.id), code=row.code)
