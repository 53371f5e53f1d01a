"""Chosen dataset versions as one file in a format of other programs; what a licence forbids stays in.

Who reads a version may take it out, unless its licence forbids passing it on: then only its own holder may, for own
use, and the file says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from tanbiao.core.dataset.inventory_document import inventory_of
from tanbiao.core.dataset.licences import redistribution
from tanbiao.core.findings import Severity, TanbiaoError, finding
from tanbiao.formats.export import Exported, export
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import Invalid, NotAllowed
from tanbiao.web.datasets import queries
from tanbiao.web.datasets.models import DatasetVersion

MOST: Final = 200
"""Versions in one file that is made while somebody waits: project default."""


def chosen(actor: Actor, version_ids: Sequence[UUID]) -> list[DatasetVersion]:
    """Return the versions, each once, in the order of their names.

    Raises
    ------
    Invalid
        ``export_empty``, ``export_too_many``
    NotFound
        ``dataset_version_unknown``
    """
    wanted = list(dict.fromkeys(version_ids))
    if not wanted:
        raise Invalid.of("export_empty")
    if len(wanted) > MOST:
        raise Invalid.of("export_too_many", count=len(wanted), limit=MOST)
    rows = [queries.version(actor, one) for one in wanted]
    return sorted(rows, key=lambda row: (row.name, row.dataset_id))


def exported(actor: Actor, rows: Sequence[DatasetVersion], format_name: str, *, own: bool = False) -> Exported:
    """Return the versions as a file.

    Raises
    ------
    NotAllowed
        ``export_not_own``: own use is asked for of what another organisation holds and may not pass on.
    Invalid
        What :func:`tanbiao.formats.export.export` refuses: ``export_licence_forbids`` for each dataset by name, …
    """
    if own:
        strange = [row for row in rows if redistribution(row.licence) == "forbidden" and not queries.is_own(actor, row)]
        if strange:
            raise NotAllowed(
                *(finding("export_not_own", Severity.ERROR, row.dataset_id, name=row.name) for row in strange)
            )
    inventory = inventory_of(queries.document(row) for row in rows)
    # What was said of the licence when the file was brought holds where the dataset itself says nothing.
    said = {row.dataset_id: row.licence for row in rows}
    processes = tuple(
        one if one.licence.strip() else replace(one, licence=said.get(one.id[:200], "")) for one in inventory.processes
    )
    try:
        return export(replace(inventory, processes=processes), format_name, own=own)
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error


def file_name(rows: Sequence[DatasetVersion], made: Exported) -> str:
    """Return the name under which the file is saved."""
    stem = rows[0].name[:60] if len(rows) == 1 else f"datasets-{len(rows)}"
    return f"{stem}-{made.target.name}{made.target.ending}"
