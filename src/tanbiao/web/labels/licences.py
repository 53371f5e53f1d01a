"""The writers of licences: granted with the certificate or asked for, they follow its state to end and run-off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import Invalid, NotFound, command
from tanbiao.web.labels import artwork
from tanbiao.web.labels.models import LabelUse, Licence
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.register import commands as register
from tanbiao.web.register.models import Certificate
from tanbiao.web.surveillance import acting
from tanbiao.workflow.life_facts import LicenceFacts
from tanbiao.workflow.machine import load_lifecycle
from tanbiao.workflow.terms import terms_of

LIFECYCLE = load_lifecycle("label-licence")
LOG = "label_event"
BASES = ("dates", "batches")
LIVING = ("pending", "active", "suspended")
NO_RUN_OFF = ("certificate_withdrawn", "mark_misuse")
"""Reasons after which the label must be removed at once."""
END_OF = {
    "changed": "certificate_changed",
    "succeeded": "certificate_changed",
    "expired": "certificate_expired",
    "cancelled": "certificate_cancelled",
    "withdrawn": "certificate_withdrawn",
}


def facts_of(actor: Actor, row: Licence, certificate: Certificate, **more: Any) -> LicenceFacts:
    """Gather what the guards of a licence look at; the certificate is the version that it is for."""
    gaps, outside = [], []
    if row.basis == "dates":
        gaps += [name for name in ("first_day", "last_day") if getattr(row, name) is None]
        if not gaps and row.first_day is not None and row.last_day is not None:
            if row.first_day > row.last_day or row.first_day < certificate.valid_from:
                outside.append(row.first_day.isoformat())
            if row.last_day > certificate.valid_until:
                outside.append(row.last_day.isoformat())
    elif not row.batches:
        gaps.append("batches")
    outside += [model for model in row.covers if model not in certificate.claims["models"]]
    open_ones = LabelUse.objects.filter(number=row.number, state__in=("violation", "rectified")).count()
    return LicenceFacts(
        **acting.known(actor, row, certificate),
        scope_gaps=tuple(gaps),
        outside=tuple(outside),
        violations_open=open_ones,
        **more,
    )


def version_of(row: Licence) -> Certificate:
    """Return the version of the certificate that a licence is for."""
    rows = Certificate.objects.select_related("body", "owner", "issue")
    return rows.get(number=row.number, version=row.version)


def _new(certificate: Certificate, basis: str, **fields: Any) -> Licence:
    serial = Licence.objects.filter(number=certificate.number, version=certificate.version).count() + 1
    return Licence(
        number=certificate.number,
        version=certificate.version,
        licence=f"{certificate.number}-V{certificate.version}-L{serial}",
        body=certificate.body,
        owner=certificate.owner,
        basis=basis,
        state="",
        state_since=clock.now(),
        created_at=clock.now(),
        **fields,
    )


@command("labels.system")
def open_for(actor: Actor, *, certificate_id: UUID) -> Licence | None:
    """Grant the licence that comes with a certificate: all its models, every production day of its validity."""
    certificate = Certificate.objects.select_related("body", "owner", "issue").get(id=certificate_id)
    known = Licence.objects.filter(number=certificate.number, version=certificate.version)
    # Only a footprint has a label to license.
    if known.exists() or certificate.state != "valid" or certificate.study_id is None:
        return None
    row = _new(
        certificate,
        "dates",
        first_day=certificate.valid_from,
        last_day=certificate.valid_until,
        covers=list(certificate.claims["models"]),
    )
    acting.advance(actor, row, LIFECYCLE, "apply", facts_of(actor, row, certificate), LOG)
    _fire(actor, row, certificate, "grant", builds_on=row.head)
    return row


@command("labels.apply")
def apply(
    actor: Actor,
    *,
    number: str,
    basis: str,
    first_day: date | None = None,
    last_day: date | None = None,
    batches: Sequence[str] = (),
    models: Sequence[str] = (),
    quantity: int | None = None,
    text: str = "",
) -> Licence:
    """Ask as the holder for a licence of one's own scope; without models it is for all of the certificate's.

    ``quantity`` is how many products its days or batches hold: more labels than that are a finding.

    Raises
    ------
    NotFound
        ``certificate_unknown``
    Invalid
        ``licence_scope_missing``
    Conflict
        What the guards miss.
    """
    certificate = acting.newest(number)
    if not actor.owns(certificate):
        raise NotFound.of("certificate_unknown", number)
    if basis not in BASES:
        raise Invalid.of("licence_scope_missing", "basis")
    row = _new(
        certificate,
        basis,
        first_day=first_day if basis == "dates" else None,
        last_day=last_day if basis == "dates" else None,
        batches=[one.strip()[:80] for one in batches if one.strip()] if basis == "batches" else [],
        covers=[one.strip() for one in models if one.strip()] or list(certificate.claims["models"]),
        quantity=quantity,
        text=text.strip()[:4000],
    )
    acting.advance(actor, row, LIFECYCLE, "apply", facts_of(actor, row, certificate), LOG, **_scope(row))
    acting.tell(certificate.body, number, "licence_asked", str(row.id))
    return row


def _scope(row: Licence) -> dict[str, Any]:
    return {
        "licence": row.licence,
        "basis": row.basis,
        "first_day": row.first_day.isoformat() if row.first_day else "",
        "last_day": row.last_day.isoformat() if row.last_day else "",
        "batches": row.batches,
        "models": row.covers,
        "quantity": row.quantity or 0,
    }


def locked(actor: Actor, licence_id: UUID) -> Licence:
    """Return a licence of the actor's side, locked.

    Raises
    ------
    NotFound
        ``label_licence_unknown``
    """
    row = Licence.objects.select_for_update(of=("self",)).select_related("body", "owner").filter(id=licence_id).first()
    if row is None or actor.organisation_id not in (row.body_id, row.owner_id):
        raise NotFound.of("label_licence_unknown", str(licence_id))
    return row


def _act(actor: Actor, licence_id: UUID, event: str, builds_on: str, reason: str = "", text: str = "") -> Licence:
    row = locked(actor, licence_id)
    _fire(actor, row, version_of(row), event, builds_on=builds_on, reason=reason, text=text)
    return row


@command("labels.license")
def grant(actor: Actor, *, licence_id: UUID, builds_on: str) -> Licence:
    """Grant a licence that was asked for."""
    return _act(actor, licence_id, "grant", builds_on)


@command("labels.license")
def refuse(actor: Actor, *, licence_id: UUID, builds_on: str, reason: str, text: str = "") -> Licence:
    """Refuse a licence."""
    return _act(actor, licence_id, "refuse", builds_on, reason, text)


@command("labels.license")
def suspend(actor: Actor, *, licence_id: UUID, builds_on: str, reason: str, text: str = "") -> Licence:
    """Suspend a licence while the certificate stays valid: the label was misused."""
    return _act(actor, licence_id, "suspend", builds_on, reason, text)


@command("labels.license")
def restore(actor: Actor, *, licence_id: UUID, builds_on: str, text: str = "") -> Licence:
    """Restore a suspended licence."""
    return _act(actor, licence_id, "restore", builds_on, text=text)


@command("labels.end")
def end(actor: Actor, *, licence_id: UUID, builds_on: str, reason: str, text: str = "") -> Licence:
    """End a licence: the holder's wish, or misuse."""
    return _act(actor, licence_id, "end", builds_on, reason, text)


def _fire(
    actor: Actor,
    row: Licence,
    certificate: Certificate,
    event: str,
    *,
    builds_on: str,
    reason: str = "",
    text: str = "",
) -> None:
    facts = facts_of(actor, row, certificate, builds_on=builds_on, reason=reason, text=text)
    if event == "end" and row.state != "pending":
        row.ended_on = clock.today()
        days = terms_of(certificate.terms).label_run_off_days
        row.run_off_until = None if reason in NO_RUN_OFF else clock.today() + timedelta(days=days)
    step = acting.advance(actor, row, LIFECYCLE, event, facts, LOG, text=text.strip()[:4000], **_scope(row))
    for effect in step.effects:
        if effect == "draw_artwork":
            _draw(actor, row, certificate)
        elif effect == "end_uses":
            _end_uses(row)
        elif effect == "show_label_state" and Certificate.objects.filter(number=row.number, is_newest=True).exists():
            register.show_again(acting.SYSTEM, number=row.number)
    if event != "apply":
        kinds = {"grant": "granted", "refuse": "refused", "suspend": "suspended", "restore": "restored", "end": "ended"}
        until = row.run_off_until.isoformat() if row.run_off_until else ""
        acting.tell(
            row.owner, row.number, f"licence_{kinds[event]}", row.head, reason=reason, until=until, text=text[:400]
        )


def _draw(actor: Actor, row: Licence, certificate: Certificate) -> None:
    """Draw the licence's artwork, keep it, and say its hash in the public log."""
    drawn = artwork.svg(row, certificate)
    row.artwork = ledger.put_blob(drawn, "image/svg+xml")
    row.save(update_fields=["artwork"])
    public = {"certificate": row.number, "label": row.artwork}
    ledger.record(actor, type="label_published", subject=str(row.id), event={"licence": row.licence}, public=public)


def _end_uses(row: Licence) -> None:
    """Stop the uses of an ended licence that have no run-off; the others stop when it is over."""
    from tanbiao.web.labels import uses

    states = ("declared",) if row.run_off_until else ("declared", "registered", "compliant")
    for use in LabelUse.objects.select_for_update(of=("self",)).filter(licence=row, state__in=states):
        uses.stop_by_system(use)


@command("labels.system")
def follow_status(actor: Actor, *, certificate_id: UUID) -> None:
    """Let the licences of a certificate's version follow its state."""
    certificate = Certificate.objects.select_related("body", "owner", "issue").get(id=certificate_id)
    rows = Licence.objects.select_for_update(of=("self",)).select_related("body", "owner")
    for row in rows.filter(number=certificate.number, version=certificate.version, state__in=LIVING):
        given: dict[str, Any] = {"builds_on": row.head}
        if certificate.state == "suspended" and row.state == "active":
            _fire(actor, row, certificate, "suspend", reason="certificate_suspended", **given)
        elif certificate.state == "valid" and row.state == "suspended" and _by_certificate(row):
            _fire(actor, row, certificate, "restore", **given)
        elif certificate.state in END_OF:
            _fire(actor, row, certificate, "end", reason=END_OF[certificate.state], **given)


def _by_certificate(row: Licence) -> bool:
    """Whether a licence is suspended because its certificate was, and nothing violates it."""
    from tanbiao.web.surveillance.models import HistoryLine

    last = HistoryLine.objects.filter(subject=row.id, event="suspend").order_by("-index").first()
    clean = not LabelUse.objects.filter(number=row.number, state__in=("violation", "rectified")).exists()
    return last is not None and last.reason == "certificate_suspended" and clean


@command("labels.system")
def run_off(actor: Actor) -> int:  # noqa: ARG001 (checked by the decorator)
    """Stop the uses of ended licences whose run-off is over; return how many."""
    from tanbiao.web.labels import uses

    late = LabelUse.objects.select_for_update(of=("self",)).filter(
        licence__state="ended", licence__run_off_until__lt=clock.today(), state__in=("registered", "compliant")
    )
    found = list(late)
    for use in found:
        uses.stop_by_system(use)
    return len(found)
