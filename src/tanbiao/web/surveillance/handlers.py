"""What a certificate's life listens to, and its daily task."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from tanbiao.web.ledger.commands import subscribe, task
from tanbiao.web.ledger.tasks import Progress, nightly
from tanbiao.web.surveillance import commands
from tanbiao.web.surveillance.acting import SYSTEM
from tanbiao.web.surveillance.commands import transfers


@subscribe("certificate.issued")
def on_issued(payload: Mapping[str, Any]) -> None:
    """Plan its surveillance; finish what it was issued for."""
    commands.follow_certificate(SYSTEM, certificate_id=UUID(payload["certificate"]))


@subscribe("certificate.voided")
def on_voided(payload: Mapping[str, Any]) -> None:
    """A transfer whose issue was voided goes back to its review."""
    transfers.give_back(UUID(payload["issue"]))


@subscribe("certificate.status")
def on_status(payload: Mapping[str, Any]) -> None:
    """Tell the holder; end or open what follows from the state."""
    commands.follow_status(SYSTEM, certificate_id=UUID(payload["certificate"]), head=payload["head"])


@subscribe("rule.ending")
def on_rule_ending(payload: Mapping[str, Any]) -> None:
    """Open work items for the certificates under a rule that ends."""
    until = date.fromisoformat(payload["until"])
    commands.follow_rule(
        SYSTEM, rule=payload["rule"], cause=payload["cause"], successor=payload["successor"], until=until
    )


@subscribe("impact.certificate")
def on_impact(payload: Mapping[str, Any]) -> None:
    """Open a work item: a new or changed factor would move a certificate's figure."""
    commands.follow_impact(
        SYSTEM,
        number=payload["number"],
        cause=payload["cause"],
        release=payload["release"],
        percent=payload["percent"],
    )


@subscribe("register.problem_reported")
def on_report(payload: Mapping[str, Any]) -> None:
    """Open a work item for a report of the public."""
    commands.follow_report(SYSTEM, report_id=UUID(payload["report"]))


@subscribe("case.fact_after_issue")
def on_fact_after_issue(payload: Mapping[str, Any]) -> None:
    """Open a work item of the body: a fact came to light after the issue."""
    commands.follow_fact(SYSTEM, case_id=UUID(payload["case"]), fact=payload["fact"])


@subscribe("case.facts_settled")
def on_facts_settled(payload: Mapping[str, Any]) -> None:
    """Close the work items of facts that the body has settled."""
    commands.follow_settled_facts(SYSTEM, case_id=UUID(payload["case"]))


@task("surveillance.day")
def day(payload: Mapping[str, Any], progress: Progress) -> dict[str, int]:  # noqa: ARG001 (what is due is due)
    """Do the day's work: overdue, announcements, lapsed suspensions, reminders, late matters, files kept back."""
    done = commands.run_day(SYSTEM)
    progress.report(1.0)
    return {name: getattr(done, name) for name in done.__slots__}


nightly("surveillance.day")
