"""The writers of uses: declared against the licence, registered, sampled, found compliant or not, put right, closed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.accounts.roles import Role
from tanbiao.web.certification import schemes
from tanbiao.web.commanding import Invalid, NotFound, command
from tanbiao.web.labels import licences
from tanbiao.web.labels.models import LabelUse, Licence
from tanbiao.web.register import commands as register
from tanbiao.web.register.models import Certificate
from tanbiao.web.surveillance import acting
from tanbiao.web.surveillance import commands as surveillance
from tanbiao.web.surveillance.models import WorkItem
from tanbiao.workflow.life_facts import UseFacts
from tanbiao.workflow.machine import Transition, load_lifecycle
from tanbiao.workflow.terms import terms_of

LIFECYCLE = load_lifecycle("label-use")
LOG = "label_event"


def positions(certificate: Certificate) -> tuple[Any, ...]:
    """Return where the certificate's scheme lets the label stand."""
    label = schemes.load(certificate.scheme).label
    return label.positions if label else ()


def facts_of(actor: Actor, row: LabelUse, certificate: Certificate, **more: Any) -> UseFacts:
    """Gather what the guards of a use look at."""
    licence = row.licence
    position = next((one for one in positions(certificate) if one.id == row.position), None)
    scheme = schemes.load(certificate.scheme)
    least = position.minimum_width_mm if position else None
    if least is None and position is not None and position.counts and scheme.artwork is not None:
        least = scheme.artwork.minimum_width_mm
    return UseFacts(
        **acting.known(actor, row, certificate),
        licence_state=licence.state,
        position_known=position is not None,
        width_mm=row.width_mm,
        minimum_width_mm=least,
        quantity=row.quantity,
        quantity_needed=bool(position and position.counts),
        outside_production=_outside(row, licence),
        model_covered=not row.model or row.model in licence.covers,
        sampler=str(row.sampler_id or ""),
        figure_certified=str(certificate.claims["value"]),
        **more,
    )


def _outside(row: LabelUse, licence: Licence) -> bool:
    """Whether the products were made on another day or in another batch than the licence is for."""
    if licence.basis == "batches":
        return row.batch not in licence.batches
    if row.production_day is None:
        return False
    first, last = licence.first_day, licence.last_day
    return first is None or last is None or not first <= row.production_day <= last


@command("labels.declare")
def declare(
    actor: Actor,
    *,
    licence_id: UUID,
    position: str,
    place: str,
    width_mm: float | None = None,
    quantity: int | None = None,
    model: str = "",
    production_day: date | None = None,
    batch: str = "",
) -> LabelUse:
    """Declare a use as the holder; it is checked against the licence and the scheme's positions and widths.

    Raises
    ------
    NotFound
        ``label_licence_unknown``
    Conflict
        Each thing that does not fit, at its own place.
    """
    licence = licences.locked(actor, licence_id)
    if not actor.owns(licence):
        raise NotFound.of("label_licence_unknown", str(licence_id))
    certificate = licences.version_of(licence)
    row = LabelUse(
        number=licence.number,
        body=licence.body,
        owner=licence.owner,
        licence=licence,
        position=position[:60],
        place=place.strip()[:300],
        width_mm=width_mm,
        quantity=quantity,
        model=model.strip()[:200],
        production_day=production_day,
        batch=batch.strip()[:80],
        state="",
        state_since=clock.now(),
        created_at=clock.now(),
    )
    details = {"position": row.position, "place": row.place, "width_mm": str(width_mm or ""), "quantity": quantity or 0}
    facts = facts_of(actor, row, certificate)
    acting.advance(actor, row, LIFECYCLE, "declare", facts, LOG, licence=licence.licence, **details)
    acting.tell(licence.body, licence.number, "use_declared", str(row.id), use=row.place)
    return row


def locked(actor: Actor, use_id: UUID) -> LabelUse:
    """Return a use of the actor's side (an authority: any), locked.

    Raises
    ------
    NotFound
        ``use_unknown``
    """
    rows = LabelUse.objects.select_for_update(of=("self",)).select_related("body", "owner", "licence")
    row = rows.filter(id=use_id).first()
    mine = row is not None and actor.organisation_id in (row.body_id, row.owner_id)
    if row is None or not (mine or actor.has(Role.AUTHORITY_OFFICER)):
        raise NotFound.of("use_unknown", str(use_id))
    return row


def _act(
    actor: Actor, row: LabelUse, event: str, *, builds_on: str, reason: str = "", text: str = "", figure: str = ""
) -> LabelUse:
    certificate = licences.version_of(row.licence)
    facts = facts_of(actor, row, certificate, builds_on=builds_on, reason=reason, text=text, figure_seen=figure.strip())
    if event == "sample":
        row.sampler = person_of(actor)
    if figure.strip():
        row.figure_seen = figure.strip()[:40]
    details = {"text": text.strip()[:4000], "figure": row.figure_seen}
    step = acting.advance(actor, row, LIFECYCLE, event, facts, LOG, **details)
    _follow(row, certificate, step, text)
    if step.to == "closed":
        cause = f"mark_violation/{row.id}"
        WorkItem.objects.filter(number=row.number, cause__startswith=cause, resolved_at__isnull=True).update(
            resolution="done", resolved_at=clock.now(), resolved_by=actor.person
        )
    return row


def _follow(row: LabelUse, certificate: Certificate, step: Transition, text: str) -> None:
    """Let a step have its effects."""
    for effect in step.effects:
        if effect == "open_violation":
            _violation(row, certificate, step.reason, text)
        elif effect == "show_label_state":
            register.show_again(acting.SYSTEM, number=row.number)


def _violation(row: LabelUse, certificate: Certificate, reason: str, text: str) -> None:
    """Open the work item of a violation at the body, with its term, and tell the holder."""
    days = terms_of(certificate.terms).label_rectification_days
    row.due = clock.today() + timedelta(days=days)
    row.save(update_fields=["due"])
    said = LIFECYCLE.document.reasons.get(reason)
    named = said.zh if said else ""
    acting.open_item(certificate, "mark_violation", f"{row.id}/{row.head[-16:]}", days=days, use=row.place, text=named)
    acting.tell(row.owner, row.number, "use_violation", row.head, text=text.strip()[:400], due=row.due.isoformat())


@command("labels.register")
def register_use(actor: Actor, *, use_id: UUID, builds_on: str) -> LabelUse:
    """Put a declared use on record."""
    return _act(actor, locked(actor, use_id), "register", builds_on=builds_on)


@command("labels.register")
def return_use(actor: Actor, *, use_id: UUID, builds_on: str, reason: str, text: str = "") -> LabelUse:
    """Return a declared use that can't be put on record."""
    return _act(actor, locked(actor, use_id), "return", builds_on=builds_on, reason=reason, text=text)


@command("labels.sample")
def sample(actor: Actor, *, use_id: UUID, builds_on: str) -> LabelUse:
    """Take a use as a sample."""
    return _act(actor, locked(actor, use_id), "sample", builds_on=builds_on)


@command("labels.find")
def find(
    actor: Actor,
    *,
    number: str,
    place: str,
    reason: str,
    text: str,
    figure: str = "",
    model: str = "",
    position: str = "",
    report_id: UUID | None = None,
    answer: str = "",
) -> LabelUse:
    """Record a use found in the market that violates the licence and that nobody declared: its term begins at once.

    Parameters
    ----------
    place
        Where it was seen: a shop, an address on the web, a packaging.
    report_id, answer
        The report of the public that led there; it is answered with ``answer``, or with ``text``.

    Raises
    ------
    NotFound
        ``certificate_unknown``: there is none, or it is another body's; ``label_report_unknown``.
    Invalid
        ``use_place_missing``, ``use_never_licensed``: no licence was ever granted; ``label_report_of_another``.
    Conflict
        What the guards miss; ``label_report_answered``.
    """
    certificate = acting.newest(number.strip()[:64])
    if not (actor.organisation_id == certificate.body_id or actor.has(Role.AUTHORITY_OFFICER)):
        raise NotFound.of("certificate_unknown", number[:64])
    if not place.strip():
        raise Invalid.of("use_place_missing", "place")
    licence = Licence.objects.filter(number=certificate.number).order_by("-version", "-created_at").first()
    if licence is None:
        raise Invalid.of("use_never_licensed", "number", number=certificate.number)
    row = LabelUse(
        number=certificate.number,
        body=certificate.body,
        owner=certificate.owner,
        licence=licence,
        position=position[:60],
        place=place.strip()[:300],
        model=model.strip()[:200],
        figure_seen=figure.strip()[:40],
        sampler=person_of(actor),
        state="",
        state_since=clock.now(),
        created_at=clock.now(),
    )
    facts = facts_of(actor, row, certificate, reason=reason, text=text, figure_seen=row.figure_seen)
    details = {"text": text.strip()[:4000], "figure": row.figure_seen, "place": row.place}
    step = acting.advance(actor, row, LIFECYCLE, "find", facts, LOG, report=str(report_id or ""), **details)
    _follow(row, certificate, step, text)
    if report_id is not None:
        made = surveillance.answer_report(actor, report_id=report_id, outcome="violation", text=answer or text)
        if made.number != certificate.number:
            raise Invalid.of("label_report_of_another", "report", number=made.number)
    return row


@command("labels.sample")
def find_compliant(actor: Actor, *, use_id: UUID, builds_on: str, figure: str, text: str = "") -> LabelUse:
    """State that a sampled use is in order: the figure that was seen is the certified one."""
    return _act(actor, locked(actor, use_id), "find_compliant", builds_on=builds_on, figure=figure, text=text)


@command("labels.sample")
def find_violation(actor: Actor, *, use_id: UUID, builds_on: str, reason: str, text: str, figure: str = "") -> LabelUse:
    """State that a sampled use violates the licence: false figure, misuse, forged."""
    row = locked(actor, use_id)
    return _act(actor, row, "find_violation", builds_on=builds_on, reason=reason, text=text, figure=figure)


@command("labels.apply")
def rectify(actor: Actor, *, use_id: UUID, builds_on: str, text: str) -> LabelUse:
    """Report as the holder that the label was taken down or put right."""
    row = _act(actor, locked(actor, use_id), "rectify", builds_on=builds_on, text=text)
    acting.tell(row.body, row.number, "use_rectified", row.head, text=text.strip()[:400])
    return row


@command("labels.license")
def reopen(actor: Actor, *, use_id: UUID, builds_on: str, text: str) -> LabelUse:
    """Say that a violation is not put right; its term begins again."""
    return _act(actor, locked(actor, use_id), "reopen", builds_on=builds_on, text=text)


@command("labels.license")
def close(actor: Actor, *, use_id: UUID, builds_on: str, text: str) -> LabelUse:
    """Close a violation that is put right."""
    return _act(actor, locked(actor, use_id), "close", builds_on=builds_on, text=text)


@command("labels.apply")
def stop(actor: Actor, *, use_id: UUID, builds_on: str) -> LabelUse:
    """Say as the holder that a use has ended."""
    return _act(actor, locked(actor, use_id), "stop", builds_on=builds_on)


def stop_by_system(row: LabelUse) -> None:
    """Stop a use whose licence has ended."""
    _act(acting.SYSTEM, row, "stop", builds_on=row.head)
