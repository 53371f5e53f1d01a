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
from tanbiao.web.register import commands, issuing, rechecking
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


@task("register.issue")
def carry_through(payload: Mapping[str, Any], progress: Progress) -> dict[str, str]:
    """Carry an issue through its stages."""
    issue = issuing.run(UUID(payload["issue"]))
    progress.report(1.0)
    return {"state": issue.state, "number": issue.number}
