"""The readers of imports and dataset versions: an organisation sees its own, the operator also the platform's."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from tanbiao.core.canonical import hash_bytes
from tanbiao.core.dataset.inventory_document import differences
from tanbiao.core.findings import Finding, Lang, Severity, TanbiaoError, from_json, render
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import NotFound, require
from tanbiao.web.datasets.models import DatasetImport, DatasetVersion
from tanbiao.web.ledger.blobs import get_blob


def _own(actor: Actor) -> Q:
    """Return the filter of what belongs to whoever asks; the platform's own is the operator's and the system's."""
    if actor.is_system:
        return Q(owner=None)
    mine = Q(owner=actor.organisation) if actor.organisation is not None else Q(pk__in=[])
    return mine | Q(owner=None) if actor.has(Role.OPERATOR) else mine


def imports(actor: Actor) -> QuerySet[DatasetImport]:
    """Return the imports the actor may see, newest first."""
    require(actor, "datasets.view")
    return DatasetImport.objects.filter(_own(actor))


def dataset_import(actor: Actor, import_id: UUID) -> DatasetImport:
    """Return one import.

    Raises
    ------
    NotFound
        ``import_unknown``
    """
    found = imports(actor).filter(id=import_id).first()
    if found is None:
        raise NotFound.of("import_unknown", str(import_id))
    return found


def findings(record: DatasetImport, *, code: str = "") -> list[Finding]:
    """Return the findings of an import, the heaviest first, those of a code where one is asked for."""
    found = [from_json(item) for item in record.findings if not code or item["code"] == code]
    weights = list(Severity)
    return sorted(found, key=lambda item: -weights.index(item.severity))


def told(record: DatasetImport, lang: Lang, *, code: str = "") -> list[dict[str, str]]:
    """Return the same in words."""
    return [render(item, lang) for item in findings(record, code=code)]


@dataclass(frozen=True, slots=True)
class Group:
    """How often a code was found."""

    code: str
    severity: str
    count: int


def groups(record: DatasetImport) -> list[Group]:
    """Return the codes of an import's findings, the heaviest first, then the most frequent."""
    weights = {severity.value: weight for weight, severity in enumerate(Severity)}
    counted = Counter((item["code"], item["severity"]) for item in record.findings)
    ordered = sorted(counted.items(), key=lambda pair: (-weights[pair[0][1]], -pair[1], pair[0][0]))
    return [Group(code, severity, count) for (code, severity), count in ordered]


def versions(actor: Actor, text: str = "") -> QuerySet[DatasetVersion]:
    """Return the newest version of every dataset the actor may see, by name; ``text`` is part of a name or an id."""
    require(actor, "datasets.view")
    rows = DatasetVersion.objects.filter(_own(actor), is_newest=True)
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
    found = DatasetVersion.objects.filter(_own(actor), id=version_id).select_related("source", "predecessor").first()
    if found is None:
        raise NotFound.of("dataset_version_unknown", str(version_id))
    return found


def history(actor: Actor, row: DatasetVersion) -> QuerySet[DatasetVersion]:
    """Return all versions of a dataset, newest first."""
    require(actor, "datasets.view")
    return DatasetVersion.objects.filter(_own(actor), owner=row.owner_id, dataset_id=row.dataset_id).order_by(
        "-at", "-id"
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


def changes(row: DatasetVersion) -> list[dict[str, Any]]:
    """Return what changed since the predecessor; empty where there is none."""
    return differences(document(row.predecessor), document(row)) if row.predecessor is not None else []
