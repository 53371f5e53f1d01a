"""The task that reads an imported file outside any request and any lock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tanbiao.core.findings import TanbiaoError
from tanbiao.formats import inspection
from tanbiao.formats.archive import Members
from tanbiao.web.accounts.actor import system_actor
from tanbiao.web.datasets import commands
from tanbiao.web.datasets.models import DatasetImport
from tanbiao.web.ledger.blobs import get_blob
from tanbiao.web.ledger.commands import task
from tanbiao.web.ledger.tasks import Progress

SYSTEM = system_actor("datasets")


@task("datasets.read")
def read(payload: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Carry an import through; one that is closed already stays as it is."""
    record = carry_through(UUID(payload["import"]))
    progress.report(1.0)
    return {"state": record.state, **record.counts}


def carry_through(import_id: UUID) -> DatasetImport:
    """Read the file of an import and store what it holds; a file that can't be read closes it with its reasons."""
    record = DatasetImport.objects.get(id=import_id)
    if record.state != "waiting":
        return record
    try:
        with Members.of_bytes(get_blob(record.blob), record.filename) as members:
            found = inspection.inspect(members, record.asked_format)
    except TanbiaoError as error:
        return commands.refuse(SYSTEM, import_id=record.id, findings=error.findings)
    return commands.store(SYSTEM, import_id=record.id, inventory=found.inventory, findings=found.findings)
