"""The nightly task of the desks: the digests by mail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tanbiao.web.desks import mailing
from tanbiao.web.ledger.commands import task
from tanbiao.web.ledger.tasks import Progress, nightly


@task("desks.digest")
def digests(payload: Mapping[str, Any], progress: Progress) -> dict[str, int]:  # noqa: ARG001 (what is due is due)
    """Send the digests that are due."""
    sent = mailing.send_due()
    progress.report(1.0)
    return {"sent": sent}


nightly("desks.digest")
