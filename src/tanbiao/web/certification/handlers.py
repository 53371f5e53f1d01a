"""What certification does by itself: every night clocks that are over have their event; released papers are sealed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tanbiao.web.certification import commands
from tanbiao.web.certification.acts import SYSTEM
from tanbiao.web.certification.clocks import LIFECYCLE
from tanbiao.web.certification.models import Case
from tanbiao.web.ledger.commands import task
from tanbiao.web.ledger.tasks import Progress, nightly


@task("certification.clocks")
def run_clocks(payload: Mapping[str, Any], progress: Progress) -> dict[str, int]:  # noqa: ARG001 (all works look alike)
    """Run the clocks of every case in a state that has one; each case by itself, so that one fault stops no other."""
    states = {state for item in LIFECYCLE.document.clocks for state in item.states}
    waiting = list(Case.objects.filter(state__in=states).order_by("state_since", "id").values_list("id", flat=True))
    done: Counter[str] = Counter()
    for number, case_id in enumerate(waiting, start=1):
        done[commands.run_clock(SYSTEM, case_id=case_id) or "running"] += 1
        progress.report(number / len(waiting))
    return dict(done)


nightly("certification.clocks")


@task("certification.seal")
def seal(payload: Mapping[str, Any], progress: Progress) -> dict[str, str]:
    """Set a released paper as PDF and keep it."""
    paper = commands.seal_paper(UUID(payload["paper"]))
    progress.report(1.0)
    return dict(paper.sealed)
