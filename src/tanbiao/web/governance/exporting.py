"""The published datasets of a database as one file; what its access tier or a licence keeps back stays in."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tanbiao.core.dataset.inventory_document import inventory_of
from tanbiao.core.dataset.licences import redistribution
from tanbiao.core.findings import Severity, TanbiaoError, finding
from tanbiao.formats.export import Exported, export
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import Invalid
from tanbiao.web.datasets.exporting import is_held_back
from tanbiao.web.governance import queries
from tanbiao.web.governance.models import Database, GovernedDataset
from tanbiao.web.licences import licence

MOST: Final = 500
"""Datasets in one file that is made while somebody waits: project default."""


def exported(actor: Actor, key: str, format_name: str) -> Exported:
    """Return the datasets of a database that are published now, as far as the actor may read and pass them on.

    A dataset whose licence forbids passing it on is not in the file, whoever asks; a finding names it.

    Raises
    ------
    NotFound
        ``database_unknown``
    Invalid
        ``export_empty``, ``export_too_many``, and what :func:`tanbiao.formats.export.export` refuses.
    """
    database = queries.database(actor, key)
    rows = queries.published(actor, database.key).filter(state="published").select_related("version__source")
    if rows.count() > MOST:
        raise Invalid.of("export_too_many", count=rows.count(), limit=MOST)
    kept, held = [], []
    for row in rows.order_by("identifier", "id"):
        body = None if _is_held(row) else queries.document(actor, row)
        if body is None:
            held.append(finding("export_held_back", Severity.WARNING, row.identifier, name=row.version.name))
        else:
            kept.append((row, body))
    try:
        inventory = inventory_of(body for _, body in kept)
        said = {row.version.dataset_id: row for row, _ in kept}
        processes = tuple(
            replace(one, licence=_licence(one.licence, said.get(one.id[:200]), database)) for one in inventory.processes
        )
        made = export(replace(inventory, processes=processes), format_name)
    except TanbiaoError as error:
        raise Invalid(*held, *error.findings) from error
    return replace(made, findings=(*held, *made.findings))


def file_name(key: str, made: Exported) -> str:
    """Return the name under which the file is saved."""
    return f"{key}-{made.target.name}{made.target.ending}"


def _is_held(row: GovernedDataset) -> bool:
    known = licence(row.licence)
    forbids = known is not None and redistribution(known.en) == "forbidden"
    return forbids or is_held_back(row.version)


def _licence(own_words: str, row: GovernedDataset | None, database: Database) -> str:
    """Return the dataset's own words, else the licence under which it was published, else the database's."""
    if own_words.strip():
        return own_words
    known = licence((row.licence if row is not None else "") or database.licence)
    return known.en if known is not None else database.licence
