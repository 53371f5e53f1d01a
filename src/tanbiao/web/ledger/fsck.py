"""Checks the whole evidence store: files, leaves and their events, indexes, tree, batches, checkpoints, triggers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.merkle import leaf_hash, node_hash
from tanbiao.evidence import cosignatures, leaf, merkle
from tanbiao.evidence.cosignatures import WitnessKey
from tanbiao.web.ledger import signing, triggers
from tanbiao.web.ledger.blobs import path_of
from tanbiao.web.ledger.models import Blob, Checkpoint, IndexedEntry, LogEntry, TreeNode

Watch = Callable[[Iterable[Any], str], Iterable[Any]]
CHUNK = 1 << 20


@dataclass
class Report:
    """What was checked, and what is wrong."""

    entries: int = 0
    checkpoints: int = 0
    blobs: int = 0
    errors: list[Finding] = field(default_factory=list)

    def add(self, code: str, **params: str | int | float) -> None:
        """Note an error."""
        self.errors.append(finding(code, Severity.ERROR, "", **params))


def _silent(rows: Iterable[Any], _label: str) -> Iterable[Any]:
    return rows


def check(watch: Watch = _silent) -> Report:
    """Check everything and return the report; ``watch`` may draw progress over the rows of each part."""
    report = Report()
    _triggers(report)
    _blobs(report, watch)
    _entries(report, watch)
    _batches(report)
    roots = _tree(report, watch)
    _checkpoints(report, roots, watch)
    return report


def _triggers(report: Report) -> None:
    for name in triggers.missing():
        report.add("fsck_trigger", name=name)


def _file_hash(content_hash: str) -> str:
    digest = hashlib.sha256()
    with path_of(content_hash).open("rb") as file:
        while piece := file.read(CHUNK):
            digest.update(piece)
    return f"sha256:{digest.hexdigest()}"


def _blobs(report: Report, watch: Watch) -> None:
    for content_hash in watch(Blob.objects.order_by("hash").values_list("hash", flat=True).iterator(), "blobs"):
        report.blobs += 1
        try:
            if _file_hash(content_hash) != content_hash:
                report.add("fsck_blob_differs", hash=content_hash)
        except OSError:
            report.add("fsck_blob_missing", hash=content_hash)


def _entries(report: Report, watch: Watch) -> None:
    rows = LogEntry.objects.select_related("private", "queued", "indexed", "batch_place").order_by("id")
    for entry in watch(rows.iterator(chunk_size=1000), "entries"):
        report.entries += 1
        _one_entry(report, entry)


def _one_entry(report: Report, entry: LogEntry) -> None:
    name = str(entry.id)
    data = bytes(entry.leaf)
    if leaf_hash(data).hex() != entry.leaf_hash:
        report.add("fsck_leaf_hash", entry=name)
    private = getattr(entry, "private", None)
    if private is None:
        report.add("fsck_no_private", entry=name)
    elif private.salt is not None:
        record = leaf.PrivateRecord(json.loads(private.event), bytes(private.salt))
        try:
            opened = leaf.reveals(data, record)
        except TanbiaoError:
            opened = False
        if not opened:
            report.add("fsck_commitment", entry=name)
    placed = hasattr(entry, "batch_place") if entry.batched else hasattr(entry, "indexed")
    if not placed and not hasattr(entry, "queued"):
        report.add("fsck_orphan", entry=name)


def _batches(report: Report) -> None:
    for batch in LogEntry.objects.filter(type="batch").order_by("id"):
        members = batch.batch_members.order_by("position").values_list("entry__leaf", flat=True)
        shown = json.loads(bytes(batch.leaf))["public"].get("root")
        if shown != "sha256:" + merkle.root([bytes(data) for data in members]).hex():
            report.add("fsck_batch", entry=str(batch.id))


def _tree(report: Report, watch: Watch) -> Callable[[int], bytes]:
    """Rebuild the tree from the leaves, compare every stored node, and return how to ask for the root of a size."""
    levels: list[list[bytes]] = [[]]
    stored = {(level, index): digest for level, index, digest in TreeNode.objects.values_list("level", "index", "hash")}

    def put(level: int, digest: bytes) -> None:
        while len(levels) <= level:
            levels.append([])
        index = len(levels[level])
        levels[level].append(digest)
        if stored.pop((level, index), None) != digest.hex():
            report.add("fsck_node", level=level, index=index)
        if index & 1:
            put(level + 1, node_hash(levels[level][index - 1], digest))

    for expected, (index, data) in enumerate(_leaves(watch)):
        if index != expected:
            report.add("fsck_gap", expected=expected, found=index)
            break
        put(0, leaf_hash(data))
    for level, index in sorted(stored)[:20]:
        report.add("fsck_node", level=level, index=index)
    return lambda size: merkle.root_from(lambda level, index: levels[level][index], size)


def _leaves(watch: Watch) -> Iterator[tuple[int, bytes]]:
    rows = IndexedEntry.objects.order_by("index").values_list("index", "entry__leaf")
    for index, data in watch(rows.iterator(chunk_size=1000), "log"):
        yield index, bytes(data)


def _witnessed(one: Checkpoint) -> bool:
    """Whether every line that is kept for a checkpoint is that witness's."""
    rows = one.cosignatures.all()
    try:
        return all(cosignatures.cosignatures(one.note + row.line, [WitnessKey.parse(row.vkey)]) for row in rows)
    except TanbiaoError:
        return False


def _checkpoints(report: Report, root_of: Callable[[int], bytes], watch: Watch) -> None:
    rows = Checkpoint.objects.order_by("size").prefetch_related("cosignatures")
    for one in watch(rows.iterator(chunk_size=1000), "checkpoints"):
        report.checkpoints += 1
        try:
            root = root_of(one.size)
        except IndexError:
            root = b""
        if root.hex() != one.root:
            report.add("fsck_checkpoint_root", size=one.size)
        if not _witnessed(one):
            report.add("fsck_cosignature", size=one.size)
        if not signing.checkpoint_stands(one.note, one.size, bytes.fromhex(one.root)):
            report.add("fsck_checkpoint_signature", size=one.size)
