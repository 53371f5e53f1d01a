"""What labels listen to: a certificate is issued or changes its state; and the day's work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tanbiao.web.labels import licences
from tanbiao.web.ledger.commands import subscribe, task
from tanbiao.web.ledger.tasks import Progress, nightly
from tanbiao.web.surveillance.acting import SYSTEM


@subscribe("certificate.issued")
def on_issued(payload: Mapping[str, Any]) -> None:
    """Grant the licence that comes with it."""
    licences.open_for(SYSTEM, certificate_id=UUID(payload["certificate"]))


@subscribe("certificate.status")
def on_status(payload: Mapping[str, Any]) -> None:
    """The licences follow the certificate's state."""
    licences.follow_status(SYSTEM, certificate_id=UUID(payload["certificate"]))


@task("labels.day")
def day(payload: Mapping[str, Any], progress: Progress) -> dict[str, int]:  # noqa: ARG001 (what is over is over)
    """Stop the uses whose run-off is over."""
    stopped = licences.run_off(SYSTEM)
    progress.report(1.0)
    return {"stopped": stopped}


nightly("labels.day")
