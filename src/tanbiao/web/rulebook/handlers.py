"""The tasks of the rulebook: transitions that end, the alarm of a filing that is due, mutation reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tanbiao.web.ledger.commands import task
from tanbiao.web.ledger.tasks import Progress
from tanbiao.web.rulebook import commands
from tanbiao.web.rulebook.acts import FILING_ALARM, SYSTEM, TRANSITION
from tanbiao.web.rulebook.commands.mutating import TASK as MUTATION


@task(TRANSITION)
def end_transitions(payload: Mapping[str, Any], progress: Progress) -> dict[str, int]:  # noqa: ARG001 (all that are due)
    """End what is past the last day of its transition."""
    count = commands.end_transitions(SYSTEM)
    progress.report(1.0)
    return {"ended": count}


@task(FILING_ALARM)
def filing_alarm(payload: Mapping[str, Any], progress: Progress) -> dict[str, bool]:
    """Remind the owner of a filing that is not done."""
    told = commands.filing_alarm(SYSTEM, entry_id=UUID(payload["entry"]), what=payload["what"])
    progress.report(1.0)
    return {"told": told}


@task(MUTATION)
def mutate(payload: Mapping[str, Any], progress: Progress) -> dict[str, str]:
    """Change every element of a draft and try its worked examples on each variant."""
    run = commands.carry_mutations(UUID(payload["run"]), progress.report)
    return {"state": run.state}
