"""A certificate goes to another body: asked for by the holder, handed over, reviewed, accepted, issued anew."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.accounts.models import Organisation, Person
from tanbiao.web.accounts.roles import Kind
from tanbiao.web.bodies import obligations, standing
from tanbiao.web.bodies.functions import Function
from tanbiao.web.bodies.impartiality import risk_refusals
from tanbiao.web.certification import schemes
from tanbiao.web.certification.commands.application import ENDED
from tanbiao.web.certification.competence import months_since_service
from tanbiao.web.certification.models import Case
from tanbiao.web.commanding import Conflict, Invalid, NotFound, command
from tanbiao.web.register import bundles
from tanbiao.web.register import commands as register
from tanbiao.web.register.models import Certificate, Issue
from tanbiao.web.schemes import queries as scheme_queries
from tanbiao.web.studies import commands as studies
from tanbiao.web.surveillance import acting, competence
from tanbiao.web.surveillance.commands.grievances import OPEN as GRIEVANCE_OPEN
from tanbiao.web.surveillance.models import FileReading, Grievance, Surveillance, Transfer, WorkItem
from tanbiao.workflow.life_facts import TransferFacts
from tanbiao.workflow.machine import load_lifecycle
from tanbiao.workflow.terms import terms_of

LIFECYCLE = load_lifecycle("transfer")
LOG = "transfer_event"
RUNNING = ("requested", "released", "reviewed", "accepted")
FILE_OPEN = ("released", "reviewed", "accepted")


def in_the_way(certificate: Certificate) -> tuple[str, ...]:
    """Return what is open with the present body and keeps a certificate from being transferred."""
    number = certificate.number
    checks = {
        "surveillance": Surveillance.objects.filter(number=number, state="running"),
        "surveillance_overdue": Surveillance.objects.filter(number=number, state="planned", due__lt=clock.today()),
        "grievance": Grievance.objects.filter(number=number, state__in=GRIEVANCE_OPEN),
        "change": Issue.objects.filter(number=number, state="running"),
        "case": Case.objects.filter(replaces__startswith=number).exclude(state__in=ENDED),
        "violation": WorkItem.objects.filter(number=number, kind="mark_violation", resolved_at__isnull=True),
    }
    return tuple(name for name, rows in checks.items() if rows.exists())


def facts_of(actor: Actor, row: Transfer, certificate: Certificate, **more: Any) -> TransferFacts:
    """Gather what the guards of a transfer look at."""
    readers = (
        frozenset(str(one) for one in row.readings.values_list("person_id", flat=True)) if row.state else frozenset()
    )
    reviewer = actor.person if row.state == "released" and actor.organisation_id == row.receiver_id else None
    return TransferFacts(
        **acting.known(actor, row, certificate, receiver=row.receiver_id),
        hand_refusals=_hand_refusals(row, certificate, reviewer, Function.REVIEWER) if reviewer else (),
        same_body=row.receiver_id == row.body_id,
        in_the_way=in_the_way(certificate),
        file_read_by=readers,
        reviewer=str(row.reviewer_id or ""),
        **more,
    )


def locked(actor: Actor, transfer_id: UUID) -> Transfer:
    """Return a transfer in which the actor's organisation has a part, locked.

    Raises
    ------
    NotFound
        ``transfer_unknown``
    """
    rows = Transfer.objects.select_for_update(of=("self",)).select_related("body", "owner", "receiver")
    row = rows.filter(id=transfer_id).first()
    if row is None or actor.organisation_id not in _sides(row):
        raise NotFound.of("transfer_unknown", str(transfer_id))
    return row


def _sides(row: Transfer) -> tuple[UUID, ...]:
    """Return whom a transfer concerns; the receiving body sees it from the start, the file only once handed over."""
    return (row.owner_id, row.body_id, row.receiver_id)


@command("surveillance.ask_transfer")
def request_transfer(actor: Actor, *, number: str, body_id: UUID, text: str = "") -> Transfer:
    """Ask as the holder that a valid certificate goes to another body.

    Raises
    ------
    Invalid
        ``body_unknown``
    Conflict
        ``transfer_running``, and what the guards miss.
    """
    certificate = acting.newest(number)
    if not actor.owns(certificate):
        raise NotFound.of("certificate_unknown", number)
    receiver = Organisation.objects.filter(id=body_id, kind=Kind.CERTIFICATION_BODY).first()
    if receiver is None:
        raise Invalid.of("body_unknown", "body_id")
    if Transfer.objects.filter(number=number, state__in=RUNNING).exists():
        raise Conflict.of("transfer_running", number)
    row = Transfer(
        number=number,
        body=certificate.body,
        owner=certificate.owner,
        receiver=receiver,
        text=text.strip()[:4000],
        certificate_head=certificate.head,
        state="",
        state_since=clock.now(),
        created_at=clock.now(),
    )
    acting.advance(actor, row, LIFECYCLE, "request", facts_of(actor, row, certificate), LOG, receiver=str(body_id))
    for organisation in (row.body, row.receiver):
        acting.tell(organisation, number, "transfer_requested", str(row.id))
    return row


@command("surveillance.release")
def release(actor: Actor, *, transfer_id: UUID, builds_on: str, open_points: str = "") -> Transfer:
    """Hand the file over, with what is open."""
    return _release(actor, locked(actor, transfer_id), builds_on, open_points)


def _release(actor: Actor, row: Transfer, builds_on: str, open_points: str) -> Transfer:
    row.open_points = open_points.strip()[:4000]
    certificate = acting.newest(row.number)
    facts = facts_of(actor, row, certificate, builds_on=builds_on)
    acting.advance(actor, row, LIFECYCLE, "release", facts, LOG, open_points=row.open_points)
    if certificate.study_id is not None:
        studies.grant_sight(
            acting.SYSTEM, study_id=certificate.study_id, organisation=row.receiver, purpose=f"transfer/{row.id}"
        )
    for organisation in (row.owner, row.receiver):
        acting.tell(organisation, row.number, "transfer_released", str(row.id))
    return row


def _close_file(row: Transfer, certificate: Certificate) -> None:
    if certificate.study_id is not None:
        studies.end_sight(acting.SYSTEM, study_id=certificate.study_id, purpose=f"transfer/{row.id}")


def release_due() -> int:
    """Hand over the files that a body keeps longer than the scheme's term; return how many."""
    count = 0
    for row in Transfer.objects.select_for_update(of=("self",)).filter(state="requested"):
        certificate = acting.newest(row.number)
        facts = facts_of(acting.SYSTEM, row, certificate, builds_on=row.head)
        if facts.days_in_state > facts.terms.transfer_release_days and certificate.state == "valid":
            _release(acting.SYSTEM, row, row.head, "")
            count += 1
    return count


@command("surveillance.receive")
def read_file(actor: Actor, *, transfer_id: UUID) -> tuple[Transfer, bytes]:
    """Return the certificate's sealed bundle to the receiving body, once the file is handed over; who reads is kept.

    Raises
    ------
    Conflict
        ``transfer_file_closed``
    """
    row = locked(actor, transfer_id)
    if actor.organisation_id != row.receiver_id:
        raise NotFound.of("transfer_unknown", str(transfer_id))
    if row.state not in FILE_OPEN:
        raise Conflict.of("transfer_file_closed", row.number)
    certificate = acting.newest(row.number)
    _, is_new = FileReading.objects.get_or_create(transfer=row, person=person_of(actor), defaults={"at": clock.now()})
    if is_new:
        acting.note(actor, row, "read_file", LOG, package=certificate.package_hash)
    return row, bundles.sealed(certificate)


@command("surveillance.receive")
def review(actor: Actor, *, transfer_id: UUID, builds_on: str, text: str) -> Transfer:
    """State as the receiving body's reviewer what the file shows."""
    row = locked(actor, transfer_id)
    facts = facts_of(actor, row, acting.newest(row.number), builds_on=builds_on, text=text)
    row.reviewer = actor.person
    acting.advance(actor, row, LIFECYCLE, "review", facts, LOG, text=text.strip()[:4000])
    return row


@command("surveillance.receive")
def accept(actor: Actor, *, transfer_id: UUID, builds_on: str, qualified: bool, text: str = "") -> Transfer:
    """Accept a certificate as the receiving body: a version under its name is issued, and the old body's duties end."""
    row = locked(actor, transfer_id)
    certificate = acting.newest(row.number)
    able = qualified and _approved(certificate, row.receiver)
    against = _refusals(actor, row, certificate)
    facts = facts_of(actor, row, certificate, builds_on=builds_on, receiver_qualified=able, receiver_refusals=against)
    row.certificate_head = certificate.head
    acting.advance(actor, row, LIFECYCLE, "accept", facts, LOG, text=text.strip()[:4000])
    accepted = {"id": str(row.id), "decision": row.head, "head": certificate.head}
    issue = register.transfer(acting.SYSTEM, number=row.number, body_id=row.receiver_id, accepted=accepted)
    row.issue_id, row.new_number = issue.id, issue.number
    row.save(update_fields=["issue_id", "new_number"])
    return row


def _refusals(actor: Actor, row: Transfer, certificate: Certificate) -> tuple[Finding, ...]:
    """Return what stands against the receiving body and its two people today, as for a case that it would take on."""
    body, category = row.receiver, certificate.category
    hands = ((row.reviewer, Function.REVIEWER), (actor.person, Function.DECIDER))
    found = (
        obligations.acceptance_refusal(body),
        *standing.body_refusals(body, category),
        *risk_refusals(body, certificate.owner),
        _served(body, certificate),
        *(item for person, function in hands if person for item in _hand_refusals(row, certificate, person, function)),
    )
    return tuple(item for item in found if item is not None)


def _hand_refusals(row: Transfer, certificate: Certificate, person: Person, function: Function) -> tuple[Finding, ...]:
    """Return what stands against a person of the receiving body today: its book, and a part on another side before."""
    found = (
        standing.competence_refusal(row.receiver, person, function, certificate.category),
        competence.belonged_refusal(person, certificate.owner),
        competence.dealt_refusal(person, certificate.number),
    )
    return tuple(item for item in found if item is not None)


def _served(body: Organisation, certificate: Certificate) -> Finding | None:
    """Return why the receiving body is not impartial: by the platform's records its people served the holder."""
    needed = terms_of(certificate.terms).advice_interval_months
    months = months_since_service(body, certificate.owner)
    if months is None or months >= needed:
        return None
    return finding("service_on_record", Severity.BLOCKING, "advice", months=months, needed=needed)


def _approved(certificate: Certificate, receiver: Organisation) -> bool:
    """Whether the scheme is open to the receiving body for this product and place."""
    scheme = schemes.load(certificate.scheme)
    if not scheme.openings or any(opening.bodies == "any" for opening in scheme.openings):
        return True
    region = certificate.owner.jurisdiction
    return bool(scheme_queries.is_approved(scheme.id, receiver, certificate.category, region))


@command("surveillance.receive")
def refuse_transfer(actor: Actor, *, transfer_id: UUID, builds_on: str, reason: str, text: str = "") -> Transfer:
    """Refuse a certificate as the receiving body; it stays where it is."""
    row = locked(actor, transfer_id)
    certificate = acting.newest(row.number)
    facts = facts_of(actor, row, certificate, builds_on=builds_on, reason=reason)
    acting.advance(actor, row, LIFECYCLE, "refuse", facts, LOG, text=text.strip()[:4000])
    _close_file(row, certificate)
    for organisation in (row.owner, row.body):
        acting.tell(organisation, row.number, "transfer_refused", str(row.id), text=text.strip()[:400])
    return row


@command("surveillance.ask_transfer")
def withdraw_transfer(actor: Actor, *, transfer_id: UUID, builds_on: str) -> Transfer:
    """Withdraw one's wish before the receiving body has accepted."""
    row = locked(actor, transfer_id)
    certificate = acting.newest(row.number)
    facts = facts_of(actor, row, certificate, builds_on=builds_on)
    acting.advance(actor, row, LIFECYCLE, "withdraw", facts, LOG)
    _close_file(row, certificate)
    return row


def finish(certificate: Certificate) -> None:
    """Close the transfer that a certificate was issued for, and tell all sides."""
    row = (
        Transfer.objects.select_for_update(of=("self",)).filter(issue_id=certificate.issue_id, state="accepted").first()
    )
    if row is None:
        return
    acting.advance(acting.SYSTEM, row, LIFECYCLE, "finish", facts_of(acting.SYSTEM, row, certificate), LOG)
    _close_file(row, certificate)
    for organisation in (row.owner, row.body, row.receiver):
        acting.tell(organisation, certificate.number, "transfer_done", str(row.id))


def give_back(issue_id: UUID) -> None:
    """Put a transfer back to its review whose issue was voided."""
    row = Transfer.objects.select_for_update(of=("self",)).filter(issue_id=issue_id, state="accepted").first()
    if row is not None:
        facts = facts_of(acting.SYSTEM, row, acting.newest(row.number))
        acting.advance(acting.SYSTEM, row, LIFECYCLE, "return", facts, LOG)


def lapse(certificate: Certificate) -> None:
    """End a transfer whose certificate is no longer valid."""
    if certificate.state == "valid":
        return
    rows = Transfer.objects.select_for_update(of=("self",))
    for row in rows.filter(number=certificate.number, state__in=("requested", "released", "reviewed")):
        acting.advance(acting.SYSTEM, row, LIFECYCLE, "lapse", facts_of(acting.SYSTEM, row, certificate), LOG)
        _close_file(row, certificate)
        acting.tell(row.owner, row.number, "transfer_lapsed", str(row.id))
