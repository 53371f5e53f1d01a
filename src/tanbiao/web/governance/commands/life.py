"""Publication and what comes after: error reports, suspension, retirement, expiry."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, NotFound, command
from tanbiao.web.governance import queries
from tanbiao.web.governance.acts import SYSTEM, advance, locked, note
from tanbiao.web.governance.facts import facts_of
from tanbiao.web.governance.models import ErrorReport, GovernedDataset

CLASSES: Final = ("open", "internal", "secret")
OUTCOMES: Final = ("suspended", "to_correct", "refused")


@command("governance.judge")
def publish(actor: Actor, *, entry_id: UUID, builds_on: str, classification: str) -> GovernedDataset:
    """Classify a dataset and publish it into its database; the version before is superseded or corrected by it.

    Raises
    ------
    Invalid
        ``classification_unknown``
    """
    entry = locked(actor, entry_id)
    if classification not in CLASSES:
        raise Invalid.of("classification_unknown", "classification", known=", ".join(CLASSES))
    facts = facts_of(actor, entry, builds_on=builds_on, classification=classification)
    entry.classification = classification
    advance(actor, entry, "publish", facts, classification=classification)
    return entry


def _with_reason(actor: Actor, entry_id: UUID, event: str, builds_on: str, reason: str, text: str) -> GovernedDataset:
    entry = locked(actor, entry_id)
    facts = facts_of(actor, entry, builds_on=builds_on, reason=reason)
    advance(actor, entry, event, facts, text=text.strip())
    return entry


@command("governance.judge")
def suspend(actor: Actor, *, entry_id: UUID, builds_on: str, reason: str, text: str = "") -> GovernedDataset:
    """Suspend a published dataset: no new release and no new study takes it."""
    return _with_reason(actor, entry_id, "suspend", builds_on, reason, text)


@command("governance.judge")
def restore(actor: Actor, *, entry_id: UUID, builds_on: str, reason: str, text: str = "") -> GovernedDataset:
    """Lift a suspension."""
    return _with_reason(actor, entry_id, "restore", builds_on, reason, text)


@command("governance.judge")
def retire(actor: Actor, *, entry_id: UUID, builds_on: str, reason: str, text: str = "") -> GovernedDataset:
    """Retire a dataset; it still resolves for what rests on it."""
    return _with_reason(actor, entry_id, "retire", builds_on, reason, text)


@command("governance.install_built")
def expire_due(actor: Actor) -> int:  # noqa: ARG001 (the system, by permission)
    """Retire every published dataset whose last day has passed, and return how many there were."""
    due = GovernedDataset.objects.filter(state__in=("published", "suspended"), valid_until__lt=clock.today())
    ids = list(due.values_list("id", flat=True))
    for entry_id in ids:
        entry = locked(SYSTEM, entry_id)
        advance(SYSTEM, entry, "expire", facts_of(SYSTEM, entry))
    return len(ids)


@command("governance.report")
def report_error(actor: Actor, *, entry_id: UUID, text: str) -> ErrorReport:
    """Say what is wrong with a published dataset; anybody who is signed in may.

    Raises
    ------
    NotFound
        ``governed_dataset_unknown``
    Conflict
        ``dataset_act_out_of_place``: it is not in use.
    Invalid
        ``report_text_missing``
    """
    entry = locked(actor, entry_id)
    if entry.state not in ("published", "suspended"):
        raise Conflict.of("dataset_act_out_of_place", state=entry.state)
    if not text.strip():
        raise Invalid.of("report_text_missing", "text")
    made = ErrorReport.objects.create(entry=entry, person=person_of(actor), text=text.strip(), at=clock.now())
    note(actor, entry, "report_error", report=str(made.id))
    return made


@command("governance.judge")
def answer_report(actor: Actor, *, report_id: UUID, outcome: str, text: str) -> ErrorReport:
    """Answer an error report: suspend the dataset, await a correction by its provider, or refuse it.

    Raises
    ------
    NotFound
        ``error_report_unknown``
    NotAllowed
        ``not_allowed``: reports are the authority's to answer.
    Conflict
        ``report_answered``
    Invalid
        ``report_outcome_unknown``, ``report_text_missing``
    """
    if not actor.has(Role.AUTHORITY_OFFICER):
        raise NotAllowed.of("not_allowed", permission="governance.judge")
    report = ErrorReport.objects.select_for_update(of=("self",)).filter(id=report_id).first()
    if report is None or not queries.published(actor).filter(id=report.entry_id).exists():
        raise NotFound.of("error_report_unknown", str(report_id))
    if report.state != "open":
        raise Conflict.of("report_answered", str(report_id), state=report.state)
    if outcome not in OUTCOMES:
        raise Invalid.of("report_outcome_unknown", "outcome", known=", ".join(OUTCOMES))
    if not text.strip():
        raise Invalid.of("report_text_missing", "text")
    entry = locked(actor, report.entry_id)
    report.state, report.answer, report.answered_at = outcome, text.strip(), clock.now()
    report.save()
    if outcome == "suspended" and entry.state == "published":
        facts = facts_of(actor, entry, builds_on=entry.head, reason="error_reported")
        advance(actor, entry, "suspend", facts, report=str(report.id))
    else:
        note(actor, entry, f"report_{outcome}", report=str(report.id))
    return report
