"""The readers of imports and dataset versions: an organisation sees its own, the operator also the platform's.

Files and findings are their owner's alone; a dataset version may be shared with the other bringers of the platform.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from tanbiao.core.canonical import hash_bytes
from tanbiao.core.dataset.inventory_document import differences
from tanbiao.core.dataset.version_diff import VersionDiff, compare_versions
from tanbiao.core.findings import Lang, TanbiaoError
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import Invalid, NotFound, require
from tanbiao.web.datasets.models import DatasetImport, DatasetVersion
from tanbiao.web.ledger import queries as ledger
from tanbiao.web.ledger.blobs import get_blob
from tanbiao.web.licences import licence

STORING_FROM = 0.8
"""Share of an import's work from which on its datasets are being stored."""


def own(actor: Actor) -> Q:
    """Return the filter of what belongs to whoever asks; the platform's own is the operator's and the system's."""
    if actor.is_system:
        return Q(owner=None)
    mine = Q(owner=actor.organisation) if actor.organisation is not None else Q(pk__in=[])
    return mine | Q(owner=None) if actor.has(Role.OPERATOR) else mine


def seen(actor: Actor) -> Q:
    """Return the filter of versions that whoever asks may read: their own, and what others share here."""
    return own(actor) | Q(is_shared=True)


def imports(actor: Actor) -> QuerySet[DatasetImport]:
    """Return the imports the actor may see, newest first."""
    require(actor, "datasets.view")
    return DatasetImport.objects.filter(own(actor)).defer("findings", "files")


def dataset_import(actor: Actor, import_id: UUID) -> DatasetImport:
    """Return one import.

    Raises
    ------
    NotFound
        ``import_unknown``
    """
    found = imports(actor).defer(None).filter(id=import_id).first()
    if found is None:
        raise NotFound.of("import_unknown", str(import_id))
    return found


def task_key(record: DatasetImport) -> str:
    """Return the key of the task that reads an import, this time."""
    return f"datasets.read/{record.id}/{record.attempt}"


@dataclass(frozen=True, slots=True)
class Reading:
    """How far the reading of an import is: the share (0 … 1), a word for the step, and whether it broke."""

    share: float
    step: str
    """``queued``, ``reading``, ``storing``, ``failed`` or ``finished``."""

    @property
    def has_failed(self) -> bool:
        """Whether the task was given up: nothing goes on by itself."""
        return self.step == "failed"

    @property
    def percent(self) -> int:
        """The share in whole percent."""
        return round(100 * self.share)


def progress(actor: Actor, record: DatasetImport) -> Reading:
    """Return how far the reading of an import is."""
    if record.state != "waiting":
        return Reading(1.0, "finished")
    task = ledger.task_of(actor, task_key(record))
    if task is None or task.state == "failed":
        return Reading(0.0, "failed")
    if task.state == "waiting":
        return Reading(0.0, "queued")
    return Reading(task.progress, "reading" if task.progress < STORING_FROM else "storing")


def licence_words(record: DatasetImport, lang: Lang = "en") -> str:
    """Return what was said of an import's licence in words; empty where nothing was."""
    known = licence(record.licence)
    words = record.licence_text or (known.name(lang) if known else "")
    return f"{words} ({record.rights_holder})" if words and record.rights_holder else words or record.rights_holder


def versions(actor: Actor, text: str = "", *, brought_by: UUID | None = None) -> QuerySet[DatasetVersion]:
    """Return the newest version of every dataset the actor may see, by name.

    Parameters
    ----------
    text
        Part of a name, or an id.
    brought_by
        An import: the versions that were kept of it, newest or not.
    """
    require(actor, "datasets.view")
    rows = DatasetVersion.objects.filter(seen(actor)).select_related("owner")
    rows = rows.filter(source=brought_by) if brought_by is not None else rows.filter(is_newest=True)
    wanted = text.strip()
    return rows.filter(Q(name__icontains=wanted) | Q(dataset_id__iexact=wanted)) if wanted else rows


def version(actor: Actor, version_id: UUID) -> DatasetVersion:
    """Return one version.

    Raises
    ------
    NotFound
        ``dataset_version_unknown``
    """
    require(actor, "datasets.view")
    rows = DatasetVersion.objects.filter(seen(actor), id=version_id)
    found = rows.select_related("source", "predecessor", "owner").first()
    if found is None:
        raise NotFound.of("dataset_version_unknown", str(version_id))
    return found


def is_own(actor: Actor, row: DatasetVersion) -> bool:
    """Whether a version is the actor's own, so that its file and findings may be seen as well."""
    return DatasetVersion.objects.filter(own(actor), id=row.id).exists()


def history(actor: Actor, row: DatasetVersion) -> QuerySet[DatasetVersion]:
    """Return all versions of a dataset, newest first."""
    require(actor, "datasets.view")
    return (
        DatasetVersion.objects.filter(seen(actor), owner=row.owner_id, dataset_id=row.dataset_id)
        .select_related("source")
        .order_by("-at", "-id")
    )


def document(row: DatasetVersion) -> dict[str, Any]:
    """Return the document of a version, checked against its hash.

    Raises
    ------
    TanbiaoError
        ``blob_damaged``: the stored pack does not hold what the version's hash says.
    """
    data = get_blob(row.source.pack)[row.offset : row.offset + row.length]
    if hash_bytes(data) != row.content_hash:
        raise TanbiaoError.of("blob_damaged", hash=row.content_hash)
    return dict(json.loads(data))


@dataclass(frozen=True, slots=True)
class Compared:
    """Two versions of one dataset, and what differs."""

    old: DatasetVersion
    new: DatasetVersion
    diff: VersionDiff


def comparison(actor: Actor, version_id: UUID, old_id: UUID | None = None) -> Compared | None:
    """Set a version beside another of the same dataset, by default the one before it.

    Returns
    -------
    Compared or None
        None where no other is named and there is none before.

    Raises
    ------
    NotFound
        ``dataset_version_unknown``
    Invalid
        ``dataset_versions_differ``: they are versions of two datasets.
    """
    new = version(actor, version_id)
    if old_id is not None:
        old: DatasetVersion | None = version(actor, old_id)
    else:
        old = history(actor, new).filter(id=new.predecessor_id).first() if new.predecessor_id else None
    if old is None:
        return None
    if (old.owner_id, old.dataset_id) != (new.owner_id, new.dataset_id):
        raise Invalid.of("dataset_versions_differ", str(old_id), first=old.dataset_id, second=new.dataset_id)
    return Compared(old, new, compare_versions(document(old), document(new)))


def changes(actor: Actor, row: DatasetVersion) -> list[dict[str, Any]]:
    """Return what changed since the predecessor; empty where there is none, or none that the actor may see."""
    if row.predecessor_id is None:
        return []
    before = DatasetVersion.objects.filter(seen(actor), id=row.predecessor_id).select_related("source").first()
    return differences(document(before), document(row)) if before is not None else []
