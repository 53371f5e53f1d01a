"""A release of an organisation's own datasets, for itself alone: who holds a licensed copy calculates with it here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import Conflict, Invalid, command
from tanbiao.web.datasets.models import DatasetImport, DatasetVersion
from tanbiao.web.factors import audiences
from tanbiao.web.governance.commands.desk import LEVELS
from tanbiao.web.governance.commands.releases import TASK, check_place, check_words
from tanbiao.web.governance.models import PlatformRelease
from tanbiao.web.ledger import commands as ledger

KEY: Final = "own-data"
"""Key under which one's own datasets stand in such a release: ``own-data:…``."""
STANDING: Final = "own"
"""Nobody has reviewed what it holds."""
MOST: Final = 30_000
"""Datasets of one release (project default)."""


def own_name(organisation_id: UUID, name: str) -> str:
    """Return the name of an organisation's own release: no two organisations meet in one, and none learns of another's.

    The last eight digits of the organisation's id come before what it calls the release.
    """
    return f"own-{organisation_id.hex[-8:]}-{name}"


@command("governance.own_release")
def ask_own_release(
    actor: Actor,
    *,
    name: str,
    version: str,
    imports: Sequence[UUID] = (),
    basis: str,
    level: str = "foreign",
    base: str = "",
    samples: int = 0,
    enqueue: bool = True,
) -> PlatformRelease:
    """Ask for a release of the newest versions of one's own datasets; only one's own organisation will read it.

    Parameters
    ----------
    name
        What the organisation calls it; on the platform it is :func:`own_name`.
    imports
        Files whose datasets go in; none: all of one's own.
    basis
        By what right the organisation uses the data: licence, contract, own measurement.
    level
        How they rank before the base, as a database's.
    base
        A public release that stands below them; its grids and fuels are taken along.

    Raises
    ------
    NotFound
        ``release_not_installed``
    Invalid
        ``no_organisation``, ``release_name_invalid``, ``release_samples_wrong``, ``database_level_unknown``,
        ``audience_basis_missing``, ``own_release_import_unknown``, ``own_release_too_large``
    Conflict
        ``release_base_closed``, ``release_name_taken``, ``own_release_empty``
    """
    if actor.organisation is None:
        raise Invalid.of("no_organisation")
    full = own_name(actor.organisation.id, name)
    check_words(full if name else "", version, samples)
    if level not in LEVELS:
        raise Invalid.of("database_level_unknown", "level", level=level[:40], known=", ".join(LEVELS))
    if len(basis.strip()) < audiences.SHORTEST:
        raise Invalid.of("audience_basis_missing", "basis", count=1)
    check_place(actor, full, base)
    made = PlatformRelease.objects.create(
        name=full,
        version=version.strip()[:40],
        standing=STANDING,
        databases=[],
        gap_filling=False,
        pins=_pins(actor, imports),
        report={"base": base, "samples": samples, "level": level},
        owner=actor.organisation,
        basis=basis.strip()[:500],
        by=actor.person,
        at=clock.now(),
    )
    made.readers.set([actor.organisation])
    event = {"type": "release.own", "name": full, "pins": [pin["hash"] for pin in made.pins], "basis": made.basis}
    ledger.record(actor, type="dataset_event", subject=str(made.id), event=event)
    if enqueue:
        ledger.enqueue(TASK, key=f"{TASK}/{made.id}", payload={"release": str(made.id)})
    return made


def _pins(actor: Actor, imports: Sequence[UUID]) -> list[dict[str, Any]]:
    wanted = set(imports)
    known = set(DatasetImport.objects.filter(owner=actor.organisation, id__in=wanted).values_list("id", flat=True))
    if wanted - known:
        raise Invalid.of("own_release_import_unknown", "imports", named=str(min(wanted - known, key=str)))
    rows = DatasetVersion.objects.filter(owner=actor.organisation, is_newest=True)
    rows = rows.filter(source__in=known) if wanted else rows
    count = rows.count()
    if not count:
        raise Conflict.of("own_release_empty", "imports")
    if count > MOST:
        raise Invalid.of("own_release_too_large", "imports", count=count, limit=MOST)
    return [
        {
            "entry": str(row.id),
            "identifier": row.name,
            "dataset": row.dataset_id,
            "version": row.version,
            "hash": row.content_hash,
            "database": KEY,
        }
        for row in rows.order_by("dataset_id", "id")
    ]
