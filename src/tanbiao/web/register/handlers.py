"""What the register does when a case is granted or its issue is voided, and the task that carries an issue through."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from tanbiao.web import clock
from tanbiao.web.ledger.commands import enqueue, subscribe, task
from tanbiao.web.ledger.signing import ask_for_keys
from tanbiao.web.ledger.tasks import Progress, nightly
from tanbiao.web.register import (
    commands,
    declaring,
    entries,
    issuing,
    open_data,
    recalculating,
    rechecking,
    status_lists,
    subscribing,
)
from tanbiao.web.register.models import Certificate, Issue
from tanbiao.web.register.states import LIVING, SYSTEM


@subscribe("case.granted")
def on_granted(payload: Mapping[str, Any]) -> None:
    """Open the issue and ask a worker to carry it through."""
    issue = issuing.open_issue(UUID(payload["case"]))
    if issue is not None:
        enqueue("register.issue", key=f"issue/{issue.id}", payload={"issue": str(issue.id)})


@subscribe("case.issue_voided")
def on_voided(payload: Mapping[str, Any]) -> None:
    """Void the running issue of a case that was withdrawn, terminated or sent back."""
    for issue in Issue.objects.select_for_update().filter(case_id=payload["case"], state="running"):
        issuing.mark_void(issue, payload.get("reason") or "technical_failure")


@subscribe("case.fact_after_issue")
def on_fact_after_issue(payload: Mapping[str, Any]) -> None:
    """Flag the certificate of a case about which a fact came to light: its body has a work item."""
    for number in _numbers_of(payload["case"]):
        commands.raise_flag(SYSTEM, number=number, name="fact_reported")


@subscribe("case.facts_settled")
def on_facts_settled(payload: Mapping[str, Any]) -> None:
    """Lower the flag when the body has settled all of them."""
    for number in _numbers_of(payload["case"]):
        commands.lower_flag(SYSTEM, number=number, name="fact_reported")


def _numbers_of(case: str) -> list[str]:
    rows = Certificate.objects.filter(issue__case_id=case, is_newest=True)
    return list(rows.values_list("number", flat=True))


@subscribe("rule.ending")
def on_rule_ending(payload: Mapping[str, Any]) -> None:
    """Put the certificates that rest on a rule which ends into the migration queue, and tell holders and bodies."""
    commands.queue_migrations(
        SYSTEM,
        rule=payload["rule"],
        cause=payload["cause"],
        successor=payload["successor"],
        until=date.fromisoformat(payload["until"]),
    )


@subscribe("register.published")
def on_published(payload: Mapping[str, Any]) -> None:
    """Make notices for those who subscribed to what has changed."""
    subscribing.tell(payload["number"], payload["snapshot"])


@task("register.notify")
def notify(payload: Mapping[str, Any], progress: Progress) -> dict[str, str]:
    """Deliver a notice to its subscriber."""
    outcome = subscribing.deliver(int(payload["notice"]))
    progress.report(1.0)
    return {"outcome": outcome}


@task("register.expire")
def expire(payload: Mapping[str, Any], progress: Progress) -> dict[str, str]:
    """Let a certificate expire whose last day has passed, unless its life has already ended otherwise."""
    row = Certificate.objects.filter(id=payload["certificate"], is_newest=True, state__in=LIVING).first()
    progress.report(1.0)
    if row is None:
        return {"state": "ended before"}
    if row.valid_until >= clock.today():
        # Only where the clock is set back (the demonstration world): expire_due comes for it in its own time.
        return {"state": "not due by the clock that is set"}
    commands.expire(SYSTEM, number=row.number)
    return {"state": "expired"}


@task("register.recheck")
def recheck(payload: Mapping[str, Any], progress: Progress) -> dict[str, int]:
    """Verify every certificate from storage; a signer's revoked key is known by then."""
    ask_for_keys()
    done = rechecking.run(date.fromisoformat(payload["day"]))
    progress.report(1.0)
    return {"checked": done.checked, "failed": done.failed}


nightly("register.recheck")


@task("register.keep")
def keep(payload: Mapping[str, Any], progress: Progress) -> dict[str, int]:  # noqa: ARG001 (a task's signature)
    """Publish what search does not know yet, fold the register's sums, sign status lists before they are called old."""
    published = commands.publish_again(SYSTEM, only_missing=True)
    declaring.expire_due(SYSTEM)
    cells, lists = entries.fold_tallies(), status_lists.sign_all()
    progress.report(1.0)
    return {"published": published, "cells": cells, "lists": lists}


nightly("register.keep")


@task("register.open_data")
def write_open_data(payload: Mapping[str, Any], progress: Progress) -> dict[str, Any]:  # noqa: ARG001
    """Write the day's dump of the whole register."""
    made = open_data.build()
    progress.report(1.0)
    return {"day": made.day.isoformat(), "entries": made.entries}


nightly("register.open_data")


@task("register.recalculate")
def recalculate(payload: Mapping[str, Any], progress: Progress) -> dict[str, str]:
    """Calculate a sealed study again on another release, for comparison."""
    row = recalculating.carry_out(payload["key"], payload["certificate"])
    progress.report(1.0)
    return {"state": row.state}


@task("register.issue")
def carry_through(payload: Mapping[str, Any], progress: Progress) -> dict[str, str]:
    """Carry an issue through its stages."""
    issue = issuing.run(UUID(payload["issue"]))
    progress.report(1.0)
    return {"state": issue.state, "number": issue.number}
