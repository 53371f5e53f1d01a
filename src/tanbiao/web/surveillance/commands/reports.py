"""Answers to what the public reports about labels: by the body that issued, of an unknown number by an authority."""

from __future__ import annotations

from uuid import UUID

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import Conflict, Invalid, NotFound, command
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.register.models import Certificate, ProblemReport
from tanbiao.web.surveillance.models import WorkItem

OUTCOMES = ("not_confirmed", "violation", "forged", "passed_on")


def may_answer(actor: Actor, report: ProblemReport) -> bool:
    """Whether a report is the actor's to answer: his body's certificate; a number nobody knows is the authority's."""
    certificate = Certificate.objects.filter(number=report.number, is_newest=True).first()
    if certificate is None:
        return actor.has(Role.AUTHORITY_OFFICER)
    return actor.organisation_id == certificate.body_id


@command("surveillance.answer_report")
def answer_report(actor: Actor, *, report_id: UUID, outcome: str, text: str) -> ProblemReport:
    """Answer a report: what it came to, and what whoever reported is told; its work item is closed.

    Raises
    ------
    Invalid
        ``label_report_outcome``, ``explanation_needed``
    NotFound
        ``label_report_unknown``: there is none, or it is not the actor's to answer.
    Conflict
        ``label_report_answered``
    """
    if outcome not in OUTCOMES:
        raise Invalid.of("label_report_outcome", "outcome", outcome=outcome)
    if not text.strip():
        raise Invalid.of("explanation_needed", "text")
    report = ProblemReport.objects.select_for_update(of=("self",)).filter(id=report_id).first()
    if report is None or not may_answer(actor, report):
        raise NotFound.of("label_report_unknown", str(report_id))
    if report.answered_at is not None:
        raise Conflict.of("label_report_answered", str(report_id))
    report.outcome, report.answer, report.answered_at = outcome, text.strip()[:4000], clock.now()
    report.answered_by, report.answered_for = person_of(actor), actor.organisation
    report.save()
    open_ones = WorkItem.objects.filter(cause=f"misuse_report/{report.id}", resolved_at__isnull=True)
    open_ones.update(
        resolution="sampled" if outcome == "violation" else "done",
        text=report.answer,
        resolved_at=report.answered_at,
        resolved_by=report.answered_by,
    )
    event = {"event": "label_report_answered", "outcome": outcome, "text": report.answer}
    ledger.record(actor, type="grievance_event", subject=str(report.id), event=event)
    return report
