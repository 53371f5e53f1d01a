"""The night's work of the bodies' books: alarms of what ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tanbiao.web.accounts.actor import system_actor
from tanbiao.web.bodies import commands
from tanbiao.web.ledger.commands import task
from tanbiao.web.ledger.tasks import Progress, nightly

SYSTEM = system_actor("bodies")


@task("bodies.alarms")
def run_alarms(payload: Mapping[str, Any], progress: Progress) -> dict[str, int]:  # noqa: ARG001 (all works look alike)
    """Raise the alarms that are due."""
    made = commands.raise_alarms(SYSTEM)
    progress.report(1.0)
    return {"raised": made}


nightly("bodies.alarms")
