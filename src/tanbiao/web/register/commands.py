"""The writers of the register: changes of a certificate's state by the body that issued it, consent, reports."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, NotFound, command
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.register import issuing, orders, pact, photos, publishing, records
from tanbiao.web.register.changing import change, drop_change, propose_change
from tanbiao.web.register.models import Certificate, Flag, Issue, Migration, MigrationNotice, ProblemReport
from tanbiao.web.register.models_public import Entry
from tanbiao.web.register.states import LIFECYCLE, LIVING, SYSTEM, advance, facts_of, locked
from tanbiao.workflow.terms import terms_of

__all__ = ["LIFECYCLE", "SYSTEM", "advance", "change", "drop_change", "facts_of", "locked", "propose_change"]

REPORT_KINDS = ("wrong_figure", "wrong_product", "expired_label", "forged", "other")
REPORT_CODE, REPORT_CODE_LENGTH = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ", 12


@command("register.change_state")
def suspend(
    actor: Actor, *, number: str, builds_on: str, reason: str, text: str = "", term_days: int | None = None
) -> Certificate:
    """Suspend a certificate: no new use of the label from now on.

    ``term_days`` is how long it may be corrected; None: as long as the scheme allows. After it the certificate is
    withdrawn by the clock (:func:`lapse`).
    """
    return _change_state(actor, number, "suspend", builds_on, reason, text, suspension_days=term_days)


@command("register.decide_state")
def restore(actor: Actor, *, number: str, builds_on: str, text: str) -> Certificate:
    """Restore a suspended certificate; ``text`` says what was corrected."""
    return _change_state(actor, number, "restore", builds_on, "", text, corrected=bool(text.strip()))


@command("register.decide_state")
def withdraw(actor: Actor, *, number: str, builds_on: str, reason: str, text: str = "") -> Certificate:
    """Withdraw a certificate for cause; there is no way back."""
    return _change_state(actor, number, "withdraw", builds_on, reason, text)


@command("register.change_state")
def cancel(actor: Actor, *, number: str, builds_on: str, reason: str, text: str = "") -> Certificate:
    """Cancel a certificate on the holder's wish or because its ground has ended."""
    return _change_state(actor, number, "cancel", builds_on, reason, text)


def _change_state(
    actor: Actor, number: str, event: str, builds_on: str, reason: str, text: str, **more: Any
) -> Certificate:
    certificate = locked(number)
    facts = facts_of(actor, certificate, builds_on=builds_on, reason=reason, **more)
    if not actor.is_system and actor.organisation_id != certificate.body_id:
        raise NotAllowed.of("not_the_issuing_body", number)
    advance(actor, certificate, event, facts, text.strip()[:4000])
    return certificate


@command("register.system")
def expire(actor: Actor, *, number: str) -> Certificate:
    """Let a certificate expire after its last day (by the clock)."""
    certificate = locked(number)
    advance(actor, certificate, "expire", facts_of(actor, certificate))
    return certificate


@command("register.system")
def lapse(actor: Actor, *, number: str) -> Certificate:
    """Withdraw a suspended certificate whose term of correction is over."""
    certificate = locked(number)
    facts = facts_of(actor, certificate, builds_on=certificate.head, reason="not_corrected_in_term")
    advance(actor, certificate, "withdraw", facts)
    return certificate


@command("register.system")
def lapse_due(actor: Actor) -> list[str]:
    """Withdraw every certificate whose suspension has outlasted its term; return their numbers."""
    due = Certificate.objects.filter(is_newest=True, state="suspended", suspended_until__lt=clock.today())
    return [lapse(actor, number=number).number for number in due.order_by("number").values_list("number", flat=True)]


@command("register.system")
def follow_appeal(actor: Actor, *, number: str, appeal: str, reason: str = "") -> Certificate:
    """Let an appeal against a suspension have its effect on the certificate.

    Parameters
    ----------
    appeal
        ``stays``: admitted, and the scheme lets it stay the suspension; ``rejected``: the suspension it stayed goes on;
        ``upheld``: the suspension is overturned.
    reason
        Why it had been suspended, where the suspension goes on.
    """
    certificate = locked(number)
    event = {"stays": "stay", "rejected": "end_stay", "upheld": "overturn"}[appeal]
    advance(actor, certificate, event, facts_of(actor, certificate, appeal=appeal, reason=reason))
    return certificate


@command("register.system")
def transfer(actor: Actor, *, number: str, body_id: UUID, accepted: Mapping[str, str]) -> Issue:  # noqa: ARG001
    """Issue a certificate again under the body that has accepted it; the present version holds until that one is out.

    Parameters
    ----------
    accepted
        ``id`` and ``decision`` (hash) of the transfer, and the ``head`` of the certificate that it builds on.

    Raises
    ------
    Conflict
        ``change_running``, or the certificate has changed since.
    """
    old = locked(number)
    if old.head != accepted["head"]:
        raise Conflict.of("stale_decision", "builds_on", seen=accepted["head"], current=old.head)
    if Issue.objects.filter(number=number, state="running").exists():
        raise Conflict.of("change_running", number)
    order = orders.transferred(old, Organisation.objects.get(id=body_id), accepted)
    keeps = terms_of(old.terms).transfer_number == "keep"
    issue = issuing.reserve(order, number=old.number if keeps else "")
    ledger.enqueue("register.issue", key=f"issue/{issue.id}", payload={"issue": str(issue.id)})
    return issue


@command("register.system")
def show_again(actor: Actor, *, number: str) -> None:  # noqa: ARG001 (checked by the decorator)
    """Render a certificate's public pages again: what a higher feature shows on them has changed."""
    publishing.render_pages(locked(number))


@command("register.system")
def expire_due(actor: Actor) -> list[str]:
    """Let every certificate expire whose last day has passed; return their numbers."""
    due = Certificate.objects.filter(
        is_newest=True, state__in=("valid", "suspended"), valid_until__lt=clock.today()
    ).values_list("number", flat=True)
    return [expire(actor, number=number).number for number in sorted(due)]


@command("register.system")
def publish_again(actor: Actor, *, only_missing: bool = False) -> int:  # noqa: ARG001 (checked by the decorator)
    """Publish every certificate again, after a change of what a record holds; return how many.

    With ``only_missing`` those that search does not know: what was issued before the register kept entries.
    """
    newest = Certificate.objects.filter(is_newest=True)
    if only_missing:
        newest = newest.exclude(number__in=Entry.objects.values("number"))
    numbers = newest.order_by("number").values_list("number", flat=True)
    done = 0
    for number in numbers.iterator(chunk_size=1000):
        publishing.publish(locked(number))
        done += 1
    return done


@command("register.system")
def raise_flag(actor: Actor, *, number: str, name: str) -> Flag:  # noqa: ARG001 (checked by the decorator)
    """Raise a flag on a certificate; raised twice it is one flag.

    Raises
    ------
    Invalid
        ``flag_unknown``
    """
    if name not in LIFECYCLE.document.flags:
        raise Invalid.of("flag_unknown", "name", name=name)
    certificate = locked(number)
    flag = certificate.flags.filter(name=name, lowered_at__isnull=True).first()
    if flag is None:
        flag = Flag.objects.create(certificate=certificate, name=name, raised_at=clock.now())
        publishing.publish(certificate)
    return flag


@command("register.system")
def lower_flag(actor: Actor, *, number: str, name: str) -> None:  # noqa: ARG001 (checked by the decorator)
    """Lower a flag that stands; without one nothing happens."""
    certificate = locked(number)
    if certificate.flags.filter(name=name, lowered_at__isnull=True).update(lowered_at=clock.now()):
        publishing.publish(certificate)


@command("register.consent")
def consent(actor: Actor, *, number: str, fields: tuple[str, ...]) -> Certificate:
    """Let the public see further fields of one's own certificate, or hide again what the scheme does not publish.

    Raises
    ------
    Invalid
        ``consent_field_unknown``; what :func:`tanbiao.web.register.pact.made` refuses.
    """
    certificate = locked(number)
    if not actor.owns(certificate):
        raise NotFound.of("certificate_unknown", number)
    unknown = sorted(set(fields) - set(records.KNOWN_FIELDS))
    if unknown:
        raise Invalid.of("consent_field_unknown", "fields", fields=", ".join(unknown))
    shown = orders.shown(certificate.issue.order, consented=fields)
    if records.PACT in fields:
        shown[records.PACT] = pact.made(certificate, shown["fields"])
    certificate.shown = shown
    certificate.save(update_fields=["shown"])
    event = {"event": "consent", "number": number, "fields": sorted(fields)}
    ledger.record(actor, type="evidence_event", subject=str(certificate.id), event=event)
    publishing.publish(certificate)
    return certificate


MIGRATES = ("sunset", "abolish", "cancel_filing")
"""Causes of a rule's end after which its certificates can't simply finish their term."""


@command("register.system")
def queue_migrations(actor: Actor, *, rule: str, cause: str, successor: str, until: date) -> list[Migration]:
    """Queue every living certificate under a rule that ends, tell holder and body, and flag it; asked twice, once.

    A rule that a later version of its own replaces lets its certificates finish their term: nothing is queued.

    Parameters
    ----------
    until
        Last day on which such a certificate may stand.
    """
    if cause not in MIGRATES:
        return []
    rule_id, _, version = rule.partition("@")
    rows = Certificate.objects.filter(
        is_newest=True, state__in=LIVING, claims__rule_id=rule_id, claims__rule_version=version
    )
    made = []
    for certificate in rows.order_by("number"):
        migration, is_new = Migration.objects.get_or_create(
            certificate=certificate,
            rule=rule,
            defaults={"cause": cause, "successor": successor, "until": until, "at": clock.now()},
        )
        if not is_new:
            continue
        for organisation in (certificate.owner_id, certificate.body_id):
            MigrationNotice.objects.get_or_create(
                migration=migration, organisation_id=organisation, defaults={"at": clock.now()}
            )
        raise_flag(actor, number=certificate.number, name="rule_ending")
        made.append(migration)
    return made


@command("register.migrations")
def read_migrations(actor: Actor) -> int:
    """Mark what the actor's organisation was told of migrations as read; return how many lines were not read before."""
    rows = MigrationNotice.objects.filter(organisation=actor.organisation, read_at__isnull=True)
    return rows.update(read_at=clock.now())


@command("register.report")
def report_problem(
    actor: Actor,
    *,
    number: str,
    kind: str,
    text: str,
    contact: str = "",
    photo: tuple[str, bytes] | None = None,
) -> ProblemReport:
    """Keep what somebody of the public reports about a label; it is followed by its code.

    The body that issued the certificate answers it, of a number that the register does not know the authority. What the
    camera wrote into the photo (place, time, maker) is not kept.

    Raises
    ------
    Invalid
        ``report_empty``, ``report_kind_unknown``, a photo that is none.
    """
    if kind not in REPORT_KINDS:
        raise Invalid.of("report_kind_unknown", "kind", kind=kind)
    if not text.strip():
        raise Invalid.of("report_empty", "text")
    blob, media_type = photos.kept(photo) if photo is not None else ("", "")
    report = ProblemReport.objects.create(
        number=number.strip()[:64],
        kind=kind,
        text=text.strip()[:4000],
        contact=contact.strip()[:200],
        photo=blob,
        photo_type=media_type,
        at=clock.now(),
        code="".join(secrets.choice(REPORT_CODE) for _ in range(REPORT_CODE_LENGTH)),
    )
    event = {"event": "problem_reported", "kind": kind, "number": report.number, "photo": blob}
    ledger.record(actor, type="grievance_event", subject=str(report.id), event=event)
    ledger.emit("register.problem_reported", {"report": str(report.id)})
    return report
