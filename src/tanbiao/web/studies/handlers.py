"""What studies do by themselves: every night those expire whose data have stayed valid for their term."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tanbiao.web.accounts.actor import system_actor
from tanbiao.web.ledger.commands import task
from tanbiao.web.ledger.tasks import Progress, nightly
from tanbiao.web.studies import ageing

SYSTEM = system_actor("studies")


@task("studies.expire")
def expire(payload: Mapping[str, Any], progress: Progress) -> dict[str, int]:  # noqa: ARG001 (what is due is due)
    """Let published studies expire."""
    done = ageing.expire_due(SYSTEM)
    progress.report(1.0)
    return {"expired": done}


nightly("studies.expire")
