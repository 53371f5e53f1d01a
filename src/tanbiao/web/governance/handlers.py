"""The task that builds a platform release outside any request and any lock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tanbiao.core.findings import TanbiaoError
from tanbiao.web.governance import commands
from tanbiao.web.governance.acts import EXPIRY, SYSTEM
from tanbiao.web.governance.building import build
from tanbiao.web.governance.commands.releases import TASK
from tanbiao.web.governance.models import PlatformRelease
from tanbiao.web.ledger.commands import task
from tanbiao.web.ledger.tasks import Progress


@task(TASK)
def make(payload: Mapping[str, Any], progress: Progress) -> dict[str, str]:
    """Carry a release through; one that is closed already stays as it is."""
    row = carry_through(UUID(payload["release"]))
    progress.report(1.0)
    return {"state": row.state, "name": row.name}


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
