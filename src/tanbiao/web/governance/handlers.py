"""The tasks that build a platform release and derived datasets outside any request and any lock, and who asks them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tanbiao.core.findings import TanbiaoError
from tanbiao.web import clock
from tanbiao.web.governance import commands
from tanbiao.web.governance.acts import EXPIRY, SYSTEM
from tanbiao.web.governance.building import build
from tanbiao.web.governance.commands.derived import TASK as DERIVING
from tanbiao.web.governance.commands.derived import ask_calculation
from tanbiao.web.governance.commands.releases import TASK
from tanbiao.web.governance.deriving import calculate
from tanbiao.web.governance.models import Derivation, DerivationInput, GovernedDataset, PlatformRelease
from tanbiao.web.ledger.commands import subscribe, task
from tanbiao.web.ledger.tasks import Progress


@task(TASK)
def make(payload: Mapping[str, Any], progress: Progress) -> dict[str, str]:
    """Carry a release through; one that is closed already stays as it is."""
    row = carry_through(UUID(payload["release"]))
    progress.report(1.0)
    return {"state": row.state, "name": row.name}


@task(DERIVING)
def derive(payload: Mapping[str, Any], progress: Progress) -> dict[str, str]:
    """Calculate a derived dataset from its inputs as they are published now."""
    entry = calculate_derived(UUID(payload["derivation"]))
    progress.report(1.0)
    return {"draft": str(entry.id) if entry is not None else ""}


def calculate_derived(derivation_id: UUID) -> GovernedDataset | None:
    """Calculate a definition's dataset and keep a new version as a draft; where it has no figure, keep why."""
    row = Derivation.objects.select_related("database__owner", "version__source").get(id=derivation_id)
    if not row.is_current:
        return None
    try:
        found = calculate(row)
    except TanbiaoError as error:
        commands.fail_calculation(SYSTEM, derivation_id=row.id, findings=error.findings)
        return None
    return commands.keep_calculated(SYSTEM, derivation_id=row.id, calculated=found)


@subscribe("dataset.published")
def on_published(payload: Mapping[str, Any]) -> None:
    """A new version stands: what follows from the dataset is calculated again."""
    _ask_followers(payload)


@subscribe("dataset.changed")
def on_changed(payload: Mapping[str, Any]) -> None:
    """A version was suspended, retired, restored or replaced: what follows from it has a figure again, or none."""
    _ask_followers(payload)


def _ask_followers(payload: Mapping[str, Any]) -> None:
    inputs = DerivationInput.objects.filter(
        database__key=payload["database"], dataset_id=payload["dataset"], derivation__is_current=True
    )
    for row in Derivation.objects.filter(id__in=inputs.values("derivation")).order_by("id"):
        ask_calculation(row, f"{payload['entry']}/{payload['state']}/{clock.stamp(clock.now())}")


@task(EXPIRY)
def expire(payload: Mapping[str, Any], progress: Progress) -> dict[str, int]:  # noqa: ARG001 (all that are due)
    """Retire what is past its last day."""
    count = commands.expire_due(SYSTEM)
    progress.report(1.0)
    return {"retired": count}


def carry_through(release_id: UUID) -> PlatformRelease:
    """Build the release that was asked for and install it; one that can't be built is closed with its reasons."""
    row = PlatformRelease.objects.get(id=release_id)
    if row.state != "waiting":
        return row
    try:
        _release, report, ids = build(row)
        return commands.install_built(SYSTEM, release_id=row.id, report=report, ids=ids)
    except TanbiaoError as error:
        return commands.fail_release(SYSTEM, release_id=row.id, findings=error.findings)
