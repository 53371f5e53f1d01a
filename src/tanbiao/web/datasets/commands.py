"""The writers of imports: take a file, and (a worker) store what it holds, all of it or nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tanbiao.core.canonical import canonical_bytes, hash_bytes
from tanbiao.core.dataset.inventory import Inventory, Process
from tanbiao.core.dataset.inventory_document import document_of, inventory_of
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding, to_json
from tanbiao.formats import registry
from tanbiao.formats.inspection import Inspection
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Organisation, Person
from tanbiao.web.commanding import Conflict, Invalid, NotFound, command
from tanbiao.web.datasets import queries
from tanbiao.web.datasets.models import DatasetImport, DatasetVersion
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.licences import is_open_text, licence

MEDIA_TYPE = "application/octet-stream"
MAX_FINDINGS = 20_000
"""Findings that are kept of one import; how many more there were is said (project default)."""
_BATCH = 400


@dataclass(frozen=True, slots=True)
class Terms:
    """Under what terms a file is brought: whose data, which licence, and who may read them besides the owner."""

    rights_holder: str = ""
    licence: str = ""
    licence_text: str = ""
    is_shared: bool = False

    def check(self) -> None:
        """Refuse terms that mean nothing or that the licence does not allow.

        Raises
        ------
        Invalid
            ``licence_unknown``, ``licence_not_named``, ``licence_forbids_sharing``
        """
        known = licence(self.licence)
        if self.licence and known is None:
            raise Invalid.of("licence_unknown", "licence", licence=self.licence[:40])
        if self.licence == "other" and not self.licence_text.strip():
            raise Invalid.of("licence_not_named", "licence_text")
        if self.is_shared and (known is None or not known.may_be_shared):
            raise Invalid.of("licence_forbids_sharing", "is_shared")


PRIVATE = Terms()
"""Nothing said: the owner alone reads what is brought."""


@command("datasets.import")
def bring(
    actor: Actor,
    *,
    filename: str,
    data: bytes,
    files: Sequence[tuple[str, int]] = (),
    asked_format: str = "",
    terms: Terms = PRIVATE,
) -> DatasetImport:
    """Take a file and ask a worker to read it; the file is kept whatever it holds.

    Parameters
    ----------
    files
        Where ``data`` is several files packed (:mod:`tanbiao.formats.together`): name and bytes of each.

    Raises
    ------
    Invalid
        ``file_empty``, ``format_unknown``; those of :meth:`Terms.check`
    """
    if not data:
        raise Invalid.of("file_empty", filename)
    terms.check()
    asked_format = _format(asked_format)
    record = DatasetImport.objects.create(
        owner=actor.organisation,
        by=actor.person,
        filename=filename[:200] or "file",
        blob=ledger.put_blob(data, MEDIA_TYPE),
        size=len(data),
        files=[list(one) for one in files],
        asked_format=asked_format,
        rights_holder=terms.rights_holder.strip()[:200],
        licence=terms.licence,
        licence_text=terms.licence_text.strip()[:300],
        is_shared=terms.is_shared,
        at=clock.now(),
    )
    _ask_for_reading(record)
    return record


@command("datasets.import")
def retry(actor: Actor, *, import_id: UUID, asked_format: str = "") -> DatasetImport:
    """Read a file once more, as another format where one is named: one that could not be read, or whose reading broke.

    Raises
    ------
    NotFound
        ``import_unknown``
    Conflict
        ``import_closed``: it was read; ``import_being_read``: a worker has it.
    Invalid
        ``format_unknown``
    """
    asked_format = _format(asked_format)
    record = DatasetImport.objects.select_for_update().filter(queries.own(actor), id=import_id).first()
    if record is None:
        raise NotFound.of("import_unknown", str(import_id))
    if record.state == "done":
        raise Conflict.of("import_closed", str(import_id), state=record.state)
    if record.state == "waiting" and not queries.progress(actor, record).has_failed:
        raise Conflict.of("import_being_read", str(import_id))
    record.attempt += 1
    record.state, record.asked_format, record.finished_at = "waiting", asked_format, None
    record.findings, record.severities = [], {}
    record.save()
    _ask_for_reading(record)
    return record


def _format(asked: str) -> str:
    if not asked:
        return ""
    try:
        return registry.find(asked).name
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error


def _ask_for_reading(record: DatasetImport) -> None:
    ledger.enqueue("datasets.read", key=queries.task_key(record), payload={"import": str(record.id)})


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
    licence: str
    """What was said of the whole file; a dataset that names its own licence keeps that."""
    parts: list[bytes] = field(default_factory=list)
    rows: list[DatasetVersion] = field(default_factory=list)
    size: int = 0

    def add(self, process: Process, data: bytes, digest: str, before: DatasetVersion | None) -> None:
        names = process.name
        own = process.licence.strip()
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
                licence=(own or self.licence)[:300],
                is_shared=self.record.is_shared and (not own or is_open_text(own)),
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
    pack, told, unchanged, clashes = _Pack(record, queries.licence_words(record)), list(findings), 0, 0
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
    closed = sum(not row.is_shared for row in pack.rows) if record.is_shared else 0
    if closed:
        told.append(finding("datasets_kept_private", Severity.WARNING, count=closed))
    record.format = inventory.format
    counts = Inspection(record.filename, inventory, findings).counts()
    del counts["format"]
    record.counts = counts | {"stored": len(pack.rows), "unchanged": unchanged, "quarantined": clashes}
    return _close(record, "done", tuple(told))


@command("datasets.store")
def keep_derived(
    actor: Actor,  # noqa: ARG001 (the system, by permission)
    *,
    owner: Organisation | None,
    by: Person | None,
    document: Mapping[str, Any],
    code: str,
) -> DatasetVersion:
    """Keep what was calculated from other datasets as an immutable version, with the newest as its predecessor.

    Parameters
    ----------
    document
        As :func:`tanbiao.core.dataset.derived_document.derived_document` makes it.
    code
        The licence's, of :data:`tanbiao.web.licences.LICENCES`.

    Notes
    -----
    Content that is here already is not kept twice: its version is returned.
    """
    data = canonical_bytes(document)
    digest, key = hash_bytes(data), str(document["process"]["id"])[:200]
    rows = DatasetVersion.objects.filter(owner=owner, dataset_id=key).order_by("at", "id")
    present = rows.filter(content_hash=digest).first()
    if present is not None:
        return present
    blob = ledger.put_blob(data, MEDIA_TYPE)
    inventory = inventory_of([document])
    record = DatasetImport.objects.create(
        owner=owner,
        by=by,
        filename=f"{key}.json"[:200],
        blob=blob,
        size=len(data),
        licence=code,
        state="done",
        format=str(document["format"]),
        pack="",
        at=clock.now(),
        finished_at=clock.now(),
    )
    pack = _Pack(record, queries.licence_words(record))
    pack.add(inventory.processes[0], data, digest, rows.last())
    _keep(pack)
    counts = Inspection(record.filename, inventory, ()).counts()
    del counts["format"]
    record.counts = counts | {"stored": 1, "unchanged": 0, "quarantined": 0}
    record.save()
    return pack.rows[0]


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
    record.severities = dict(Counter(item.severity.value for item in kept))
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
