"""What the impact listens to, and the tasks that keep its index and carry its runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tanbiao.web.governance.models import PlatformRelease
from tanbiao.web.impact import commands, dry_runs, running
from tanbiao.web.impact.index import SYSTEM
from tanbiao.web.ledger.commands import enqueue, subscribe, task
from tanbiao.web.ledger.tasks import Progress
from tanbiao.web.register.models import Certificate


@subscribe("study.saved")
def on_saved(payload: Mapping[str, Any]) -> None:
    """The newest revision is another: the index follows."""
    _ask(payload["study"], f"revision/{payload['revision']}")


@subscribe("study.calculated")
def on_calculated(payload: Mapping[str, Any]) -> None:
    """A revision has a result: it enters the index."""
    _ask(payload["study"], f"result/{payload['result']}")


@subscribe("certificate.issued")
def on_issued(payload: Mapping[str, Any]) -> None:
    """A certificate rests on a revision."""
    row = Certificate.objects.get(id=payload["certificate"])
    if row.study_id is not None:
        _ask(str(row.study_id), f"certificate/{row.id}")


@subscribe("certificate.status")
def on_status(payload: Mapping[str, Any]) -> None:
    """The right to a label is another."""
    row = Certificate.objects.get(id=payload["certificate"])
    if row.study_id is not None:
        _ask(str(row.study_id), f"status/{payload['head']}")


@subscribe("release.installed")
def on_installed(payload: Mapping[str, Any]) -> None:
    """A release came that may succeed another."""
    commands.follow_installation(SYSTEM, release=payload["release"])


@subscribe("dataset.changed")
def on_dataset_changed(payload: Mapping[str, Any]) -> None:
    """A published dataset was suspended, corrected, retired or restored: who leans on it is told."""
    uses: dict[str, list[str]] = {}
    for row in PlatformRelease.objects.filter(state="built", release__isnull=False).select_related("release"):
        assert row.release is not None
        ids = [one for pin in row.pins if pin["entry"] == payload["entry"] for one in pin.get("ids", ())]
        if ids:
            uses[row.release.name] = ids
    commands.alert(SYSTEM, identifier=payload["identifier"], state=payload["state"], uses=uses)


def _ask(study: str, reason: str) -> None:
    enqueue("impact.index", key=f"impact.index/{reason}", payload={"study": study})


@task("impact.index")
def keep(payload: Mapping[str, Any], progress: Progress) -> dict[str, str]:
    """Make the index of a study from the stores, outside any lock; what a finished run could not see yet joins it."""
    commands.sync(UUID(payload["study"]))
    running.catch_up(UUID(payload["study"]))
    progress.report(1.0)
    return {"study": payload["study"]}


@task(commands.TASK)
def carry(payload: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Do one piece of a run and ask for the next; other tasks come in between."""
    run = running.step(UUID(payload["run"]))
    if run.state in commands.GOING:
        commands.continue_later(SYSTEM, run_id=run.id)
    progress.report(1.0)
    return {"state": run.state, "done": run.done, "total": run.total}


@task(dry_runs.TASK)
def dry_run(payload: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Try a rule's draft on the studies of its categories."""
    run = dry_runs.carry(UUID(payload["run"]))
    progress.report(1.0)
    return {"state": run.state, "studies": run.summary.get("studies", 0)}
