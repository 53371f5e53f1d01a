"""Chosen dataset versions as one file in a format of other programs; what a licence forbids stays in.

Who reads a version may take it out, unless its licence forbids passing it on: then only its own holder may, for own
use, and the file says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
        strange = [row for row in rows if is_held_back(row) and not queries.is_own(actor, row)]
        if strange:
            raise NotAllowed(
                *(finding("export_not_own", Severity.ERROR, row.dataset_id, name=row.name) for row in strange)
            )
    return file_of(rows, format_name, own=own)


def file_of(rows: Iterable[DatasetVersion], format_name: str, *, own: bool = False) -> Exported:
    """Return versions as a file; for callers that know that whoever asks may read them.

    Raises
    ------
    Invalid
        As :func:`exported`.
    """
    listed = list(rows)
    inventory = inventory_of(queries.document(row) for row in listed)
    said = {row.dataset_id: row for row in listed}
    processes = tuple(
        replace(one, licence=_licence(one.licence, said[one.id[:200]])) if one.id[:200] in said else one
        for one in inventory.processes
    )
    try:
        return export(replace(inventory, processes=processes), format_name, own=own)
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error


def is_held_back(row: DatasetVersion) -> bool:
    """Whether a version must not be passed on, by its own words or by what was said when its file was brought."""
    return redistribution(row.licence) == "forbidden" or redistribution(_brought_under(row)) == "forbidden"


def _brought_under(row: DatasetVersion) -> str:
    return queries.licence_words(row.source)


def _licence(own_words: str, row: DatasetVersion) -> str:
    """Return what a file says of a version's licence.

    Where the dataset says nothing, what was said when its file was brought holds; where that forbids passing it on, it
    holds beside the dataset's own words.
    """
    words, brought = own_words.strip(), _brought_under(row)
    if not words:
        return row.licence
    held = redistribution(brought) == "forbidden" and redistribution(words) != "forbidden"
    return f"{words}; {brought}" if held else words


def file_name(rows: Sequence[DatasetVersion], made: Exported) -> str:
    """Return the name under which the file is saved."""
    stem = rows[0].name[:60] if len(rows) == 1 else f"datasets-{len(rows)}"
    return f"{stem}-{made.target.name}{made.target.ending}"
