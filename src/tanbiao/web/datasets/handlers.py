"""The task that reads an imported file outside any request and any lock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from tanbiao.core.findings import TanbiaoError
from tanbiao.formats import inspection
from tanbiao.formats.archive import LIMITS, Members
from tanbiao.web import clock
from tanbiao.web.accounts.actor import system_actor
from tanbiao.web.datasets import commands, queries
from tanbiao.web.datasets.models import DatasetImport
from tanbiao.web.ledger.blobs import get_blob
from tanbiao.web.ledger.commands import task
from tanbiao.web.ledger.tasks import Progress

SYSTEM = system_actor("datasets")
READ_SHARE = 0.7
"""How far an import is when all its files were looked into; the rest is checking and storing (drawing only)."""
PACKED = replace(LIMITS, ratio=2_000)
"""For archives that were packed here of files whose sizes were seen: deflate packs to 1/1032 at most (RFC 1951)."""
_BETWEEN_REPORTS = timedelta(seconds=0.5)
"""A report is a write to the database."""


@task("datasets.read")
def read(payload: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Carry an import through; one that is closed already stays as it is."""
    record = carry_through(UUID(payload["import"]), progress.report)
    return {"state": record.state, **record.counts}


def carry_through(import_id: UUID, report: Callable[[float], None] = lambda _: None) -> DatasetImport:
    """Read the file of an import and store what it holds; a file that can't be read closes it with its reasons.

    Parameters
    ----------
    report
        Called now and then with the share of the work that is done, 0 … 1.
    """
    record = DatasetImport.objects.get(id=import_id)
    if record.state != "waiting":
        return record
    try:
        limits = PACKED if record.files else LIMITS
        with Members.of_bytes(get_blob(record.blob), record.filename, limits) as members:
            members.are_loose = bool(record.files)
            found = inspection.inspect(members, record.asked_format, _watch(report))
    except TanbiaoError as error:
        return commands.refuse(SYSTEM, import_id=record.id, findings=error.findings)
    if not found.inventory.processes:
        return commands.refuse(SYSTEM, import_id=record.id, findings=found.findings)
    report(queries.STORING_FROM)
    return commands.store(SYSTEM, import_id=record.id, inventory=found.inventory, findings=found.findings)


def _watch(report: Callable[[float], None]) -> inspection.Watch:
    """Return what tells the share of files that were looked into, not more often than is worth a write."""
    last = clock.wall()

    def watch(_label: str, done: int, of: int) -> None:
        nonlocal last
        now = clock.wall()
        if now - last >= _BETWEEN_REPORTS:
            last = now
            report(READ_SHARE * done / max(of, 1))

    return watch
