"""What follows from events below: a certificate's state, a rule's end, a factor's move, a report; and work items."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.commanding import Conflict, Invalid, NotFound, command
from tanbiao.web.register import commands as register
from tanbiao.web.register.models import Certificate, ProblemReport, StatusChange
from tanbiao.web.register.states import LIVING
from tanbiao.web.surveillance import acting
from tanbiao.web.surveillance.commands import surveys, transfers
from tanbiao.web.surveillance.models import LifeNotice, Surveillance, WorkItem

RESOLUTIONS = ("no_effect", "change_opened", "sampled", "suspended", "withdrawn", "renewed", "done")
ENDED_BY = {"withdrawn": "withdrawn", "succeeded": "renewed"}
"""What a certificate's end makes of its open items."""
FLAGS = {"inspection_order": "under_inspection"}
"""Kinds of work item that a public flag on the certificate stands for.

A factor's move is none: nothing published changes before the certificate's own next event, so it is the body's work and
the holder's notice alone.
"""


def _close(items: list[WorkItem], resolution: str) -> None:
    for item in items:
        item.resolution, item.resolved_at = resolution, clock.now()
        item.save(update_fields=["resolution", "resolved_at"])
        _lower(item)


def _lower(item: WorkItem) -> None:
    flag = FLAGS.get(item.kind)
    others = WorkItem.objects.filter(number=item.number, kind=item.kind, resolved_at__isnull=True)
    if flag and not others.exists():
        register.lower_flag(acting.SYSTEM, number=item.number, name=flag)


def _open_items(number: str, *kinds: str) -> list[WorkItem]:
    rows = WorkItem.objects.filter(number=number, resolved_at__isnull=True)
    return list(rows.filter(kind__in=kinds) if kinds else rows)


@command("surveillance.system")
def follow_certificate(actor: Actor, *, certificate_id: UUID) -> None:  # noqa: ARG001 (checked by the decorator)
    """Follow an issue: plan surveillance, hand open duties to the body that now answers, close what is done."""
    certificate = Certificate.objects.select_related("body", "owner", "issue").get(id=certificate_id)
    if not certificate.is_newest:
        return
    order = certificate.issue.order
    Surveillance.objects.filter(number=certificate.number, state__in=("planned", "running")).update(
        body=certificate.body, owner=certificate.owner
    )
    WorkItem.objects.filter(number=certificate.number, resolved_at__isnull=True).update(body=certificate.body)
    if "transfer" in order:
        transfers.finish(certificate)
    if order.get("change", {}).get("reason") == "value":
        _close(_open_items(certificate.number, "value_change", "factor_change"), "done")
    if "succeeds" in order:
        _close(_open_items(order["succeeds"]["number"], "renewal"), "renewed")
    if certificate.state in LIVING:
        surveys.plan(certificate)
    acting.tell(certificate.owner, certificate.number, "certificate_issued", str(certificate.id))


@command("surveillance.system")
def follow_status(actor: Actor, *, certificate_id: UUID, head: str) -> None:  # noqa: ARG001
    """Follow a change of state: tell the holder with the reason, end what can't go on, open what must be done."""
    certificate = Certificate.objects.select_related("body", "owner", "issue").get(id=certificate_id)
    change = StatusChange.objects.filter(certificate=certificate, hash=head).first()
    if change is None:
        return
    until = certificate.suspended_until.isoformat() if certificate.suspended_until else ""
    said = {"reason": change.reason, "text": change.text[:400], "until": until}
    acting.tell(certificate.owner, certificate.number, f"certificate_{change.event}", head, **said)
    if change.person is None and change.event != "succeed":
        acting.tell(certificate.body, certificate.number, f"certificate_{change.event}", head, **said)
    if not certificate.is_newest:
        return
    transfers.lapse(certificate)
    if certificate.state == "suspended" and certificate.suspended_until is not None:
        days = (certificate.suspended_until - clock.today()).days
        acting.open_item(certificate, "suspension", head, days=days, reason=change.reason)
    if certificate.state == "valid":
        _close(_open_items(certificate.number, "suspension"), "done")
    if certificate.state not in LIVING:
        surveys.call_off(certificate)
        _close(_open_items(certificate.number), ENDED_BY.get(certificate.state, "done"))


@command("surveillance.system")
def follow_rule(actor: Actor, *, rule: str, cause: str, successor: str, until: date) -> int:  # noqa: ARG001
    """Open a work item for every living certificate under a rule that ends; return how many there are."""
    rule_id, _, version = rule.partition("@")
    rows = Certificate.objects.filter(
        is_newest=True, state__in=LIVING, claims__rule_id=rule_id, claims__rule_version=version
    )
    for certificate in rows.select_related("body", "owner").order_by("number"):
        days = max((min(until, certificate.valid_until) - clock.today()).days, 0)
        acting.open_item(certificate, "rule_change", rule, days=days, rule=rule, reason=cause, successor=successor)
    return rows.count()


@command("surveillance.system")
def follow_impact(actor: Actor, *, number: str, cause: str, release: str, percent: float | None) -> WorkItem | None:  # noqa: ARG001
    """Open a work item: a new factor would move the certificate's figure beyond the scheme's threshold."""
    certificate = acting.newest(number)
    if certificate.state not in LIVING:
        return None
    if percent is not None:
        acting.recalculation_needed(certificate, "factor_change", percent, cause)
    return acting.open_item(certificate, "factor_change", cause, release=release, percent=percent)


@command("surveillance.system")
def follow_report(actor: Actor, *, report_id: UUID) -> WorkItem | None:  # noqa: ARG001
    """Open a work item of the issuing body for a report of the public about one of its labels."""
    report = ProblemReport.objects.get(id=report_id)
    certificate = Certificate.objects.filter(number=report.number, is_newest=True).first()
    if certificate is None:
        return None
    return acting.open_item(certificate, "misuse_report", str(report.id), report=report.kind)


@command("surveillance.system")
def follow_fact(actor: Actor, *, case_id: UUID, fact: str) -> WorkItem | None:  # noqa: ARG001
    """Open a work item: a fact discovered after the issue may touch the certified figure."""
    certificate = Certificate.objects.filter(issue__case_id=case_id, is_newest=True).first()
    return None if certificate is None else acting.open_item(certificate, "later_fact", fact, case=str(case_id))


@command("surveillance.system")
def follow_settled_facts(actor: Actor, *, case_id: UUID) -> None:  # noqa: ARG001 (checked by the decorator)
    """Close the work items of a case's facts: the body has said what each came to."""
    rows = WorkItem.objects.filter(kind="later_fact", details__case=str(case_id), resolved_at__isnull=True)
    _close(list(rows), "done")


@command("surveillance.order")
def order_of_authority(actor: Actor, *, number: str, text: str, days: int) -> WorkItem:
    """Order the issuing body to act on a certificate by a day: it is flagged, body and holder are told.

    An authority changes no state itself: the body answers for what it issued.

    Raises
    ------
    Invalid
        ``explanation_needed``
    Conflict
        ``certificate_not_living``
    """
    certificate = acting.newest(number)
    if not text.strip():
        raise Invalid.of("explanation_needed", "text")
    if certificate.state not in LIVING:
        raise Conflict.of("certificate_not_living", number)
    cause = f"{clock.stamp(clock.now())}"
    details = {"text": text.strip()[:4000], "authority": str(actor.organisation_id)}
    item = acting.open_item(certificate, "inspection_order", cause, days=days, **details)
    register.raise_flag(acting.SYSTEM, number=number, name=FLAGS["inspection_order"])
    acting.tell_both(certificate, "inspection_order", str(item.id), text=text.strip()[:400], due=item.due.isoformat())
    return item


@command("surveillance.resolve")
def resolve(actor: Actor, *, item_id: UUID, resolution: str, text: str) -> WorkItem:
    """Say what came of a work item.

    Raises
    ------
    NotFound
        ``work_item_unknown``
    Conflict
        ``work_item_resolved``; ``work_item_by_report``: a report is answered, so that whoever reported reads it.
    Invalid
        ``work_item_resolution_unknown``, ``explanation_needed``
    """
    item = WorkItem.objects.select_for_update(of=("self",)).filter(id=item_id, body=actor.organisation).first()
    if item is None:
        raise NotFound.of("work_item_unknown", str(item_id))
    if item.resolved_at is not None:
        raise Conflict.of("work_item_resolved", str(item_id))
    if item.kind == "misuse_report":
        raise Conflict.of("work_item_by_report", str(item_id))
    if resolution not in RESOLUTIONS:
        raise Invalid.of("work_item_resolution_unknown", "resolution", resolution=resolution)
    if not text.strip():
        raise Invalid.of("explanation_needed", "text")
    item.resolution, item.text = resolution, text.strip()[:4000]
    item.resolved_at, item.resolved_by = clock.now(), person_of(actor)
    item.save()
    _lower(item)
    return item


@command("surveillance.view")
def read_notices(actor: Actor) -> int:
    """Mark what the actor's organisation was told as read; return how many lines were not read before."""
    return LifeNotice.objects.filter(organisation=actor.organisation, read_at__isnull=True).update(read_at=clock.now())
