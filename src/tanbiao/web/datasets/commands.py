"""The writers of imports: take a file, and (a worker) store what it holds, all of it or nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tanbiao.core.canonical import canonical_bytes, hash_bytes
from tanbiao.core.dataset.inventory import Inventory, Process
from tanbiao.core.dataset.inventory_document import document_of
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding, to_json
from tanbiao.formats import registry
from tanbiao.formats.inspection import Inspection
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import Conflict, Invalid, command
from tanbiao.web.datasets.models import DatasetImport, DatasetVersion
from tanbiao.web.ledger import commands as ledger

MEDIA_TYPE = "application/octet-stream"
MAX_FINDINGS = 20_000
"""Findings that are kept of one import; how many more there were is said (project default)."""
_BATCH = 400


@command("datasets.import")
def bring(actor: Actor, *, filename: str, data: bytes, asked_format: str = "") -> DatasetImport:
    """Take a file and ask a worker to read it; the file is kept whatever it holds.

    Raises
    ------
    Invalid
        ``file_empty``, ``format_unknown``
    """
    if not data:
        raise Invalid.of("file_empty", filename)
    if asked_format:
        try:
            asked_format = registry.find(asked_format).name
        except TanbiaoError as error:
            raise Invalid(*error.findings) from error
    record = DatasetImport.objects.create(
        owner=actor.organisation,
        by=actor.person,
        filename=filename[:200] or "file",
        blob=ledger.put_blob(data, MEDIA_TYPE),
        size=len(data),
        asked_format=asked_format,
        at=clock.now(),
    )
    ledger.enqueue("datasets.read", key=f"datasets.read/{record.id}", payload={"import": str(record.id)})
    return record


@command("datasets.store")
def refuse(actor: Actor, *, import_id: UUID, findings: tuple[Finding, ...]) -> DatasetImport:  # noqa: ARG001
    """Close an import of which nothing can be read; its findings say why.

    Raises
    ------
    Conflict
        ``import_closed``
    """
    record = _open(import_id)
    return _close(record, "refused", findings)


@dataclass
class _Pack:
    """Documents one after the other, and the rows that find them again."""

    record: DatasetImport
    parts: list[bytes] = field(default_factory=list)
    rows: list[DatasetVersion] = field(default_factory=list)
    size: int = 0

    def add(self, process: Process, data: bytes, digest: str, before: DatasetVersion | None) -> None:
        names = process.name
        self.rows.append(
            DatasetVersion(
                owner=self.record.owner,
                source=self.record,
                dataset_id=process.id[:200],
                version=process.version[:60],
                content_hash=digest,
                predecessor=before,
                name=(names.get("zh") or names.get("en") or next(iter(names.values()), process.id))[:400],
                kind=process.kind.value,
                location=process.location[:60],
                exchanges=len(process.exchanges),
                licence=process.licence[:300],
                offset=self.size,
                length=len(data),
                at=self.record.at,
            )
        )
        self.parts.append(data)
        self.size += len(data)


@command("datasets.store")
def store(
    actor: Actor,  # noqa: ARG001 (the system, by permission)
    *,
    import_id: UUID,
    inventory: Inventory,
    findings: tuple[Finding, ...],
) -> DatasetImport:
    """Keep every process of an inventory as an immutable version of its dataset.

    The same content is not stored twice. A process whose id and version are here with other content is quarantined with
    the finding ``dataset_id_clash``: a version never changes. Another version names the newest as its predecessor.

    Raises
    ------
    Conflict
        ``import_closed``
    """
    record = _open(import_id)
    ids = {process.id[:200] for process in inventory.processes}
    known: dict[str, list[DatasetVersion]] = {}
    for row in DatasetVersion.objects.filter(owner=record.owner).order_by("at", "id"):
        if row.dataset_id in ids:
            known.setdefault(row.dataset_id, []).append(row)
    pack, told, unchanged, clashes = _Pack(record), list(findings), 0, 0
    seen: dict[str, str] = {}
    for process in inventory.processes:
        data = canonical_bytes(document_of(process, inventory))
        digest, key = hash_bytes(data), process.id[:200]
        present = known.get(key, [])
        if seen.get(key, digest) != digest or (
            digest not in {row.content_hash for row in present} and process.version in {row.version for row in present}
        ):
            clashes += 1
            told.append(
                finding("dataset_id_clash", Severity.ERROR, process.where, dataset=key, version=process.version or "—")
            )
        elif key in seen or digest in {row.content_hash for row in present}:
            unchanged += 1
        else:
            seen[key] = digest
            pack.add(process, data, digest, present[-1] if present else None)
    _keep(pack)
    record.format = inventory.format
    counts = Inspection(record.filename, inventory, findings).counts()
    del counts["format"]
    record.counts = counts | {"stored": len(pack.rows), "unchanged": unchanged, "quarantined": clashes}
    return _close(record, "done", tuple(told))


def _keep(pack: _Pack) -> None:
    if not pack.rows:
        return
    pack.record.pack = ledger.put_blob(b"".join(pack.parts), MEDIA_TYPE)
    older = [row.predecessor_id for row in pack.rows if row.predecessor_id is not None]
    for start in range(0, len(older), _BATCH):
        DatasetVersion.objects.filter(id__in=older[start : start + _BATCH]).update(is_newest=False)
    DatasetVersion.objects.bulk_create(pack.rows, batch_size=_BATCH)


def _open(import_id: UUID) -> DatasetImport:
    record = DatasetImport.objects.select_for_update().get(id=import_id)
    if record.state != "waiting":
        raise Conflict.of("import_closed", str(import_id), state=record.state)
    return record


def _close(record: DatasetImport, state: str, findings: tuple[Finding, ...]) -> DatasetImport:
    kept = findings[:MAX_FINDINGS]
    if len(findings) > MAX_FINDINGS:
        kept += (finding("import_findings_cut", Severity.INFO, more=len(findings) - MAX_FINDINGS),)
    record.state = state
    record.findings = [_json(item) for item in kept]
    record.finished_at = clock.now()
    record.save()
    return record


def _json(item: Finding) -> dict[str, Any]:
    # A finding's parameters are text and numbers by type; what is not finite has no JSON and is kept as text.
    body = to_json(item)
    return body | {"params": {key: value if _is_json(value) else str(value) for key, value in item.params.items()}}


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True
