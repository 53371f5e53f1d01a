"""The whole register as open data: CSV, JSON lines and Parquet, their hashes in the log, and the archive to rebuild it.

Every dump has a manifest (files, sizes, hashes, licence, number of entries); the manifest's hash is published in the
log, so that nobody can later be given another register of that day.
"""

from __future__ import annotations

import csv
import gzip
import io
import tempfile
from collections.abc import Iterator, Mapping
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from tanbiao.core.canonical import canonical_bytes, content_hash
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, system_actor
from tanbiao.web.commanding import NotFound
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.ledger.blobs import path_of, put_file
from tanbiao.web.register.models import Entry, OpenDump
from tanbiao.web.table_files import inert

SYSTEM = system_actor("register")
COLUMNS = (
    "number", "kind", "demonstration", "version", "state", "reason", "state_since", "product_zh", "product_en",
    "models", "identifiers", "value", "unit", "declared_unit", "boundary", "period_from", "period_to", "gwp_set",
    "electricity_basis", "holder_zh", "holder_en", "holder_code", "producer_zh", "producer_code", "body_zh", "body_en",
    "body_code", "region", "category", "rule", "rule_hash", "rule_standing", "release", "scheme", "grade",
    "decided_on", "issued_at", "valid_from", "valid_until", "credential", "twin", "status_index",
    "package_hash", "public_bundle",
    "statement", "production", "snapshot",
)  # fmt: skip
FILES = {
    "register.csv.gz": "text/csv",
    "register.jsonl.gz": "application/jsonl",
    "register.parquet": "application/vnd.apache.parquet",
}
PARQUET_ROWS = 20_000


def row_of(record: Mapping[str, Any], snapshot: str) -> dict[str, str]:
    """Return a record as a flat row of texts: lists joined with a vertical line, what is not there empty."""
    holder, producer, body = record["holder"], record["producer"] or {}, record["body"] or {}
    flat = {
        **{name: record.get(name) for name in COLUMNS if name in record},
        "demonstration": "true" if record["demonstration"] else "false",
        "product_zh": record["product"]["zh"],
        "product_en": record["product"]["en"],
        "models": "|".join(record["models"]),
        "identifiers": "|".join(f"{one['scheme']}:{one['value']}" for one in record["identifiers"]),
        "period_from": record["period"]["from"],
        "period_to": record["period"]["to"],
        "holder_zh": holder["zh"],
        "holder_en": holder["en"],
        "holder_code": holder["code"],
        "producer_zh": producer.get("zh", ""),
        "producer_code": producer.get("code", ""),
        "body_zh": body.get("zh", ""),
        "body_en": body.get("en", ""),
        "body_code": body.get("code", ""),
        "region": holder["region"],
        "statement": (record.get("statement") or {}).get("paper", ""),
        "production": " ".join(str(part) for part in (record.get("production") or {}).values()),
        "snapshot": snapshot,
    }
    return {name: "" if flat.get(name) is None else str(flat[name]) for name in COLUMNS}


def _records() -> Iterator[tuple[dict[str, Any], str]]:
    rows = Entry.objects.order_by("number").values_list("record", "snapshot")
    yield from rows.iterator(chunk_size=2000)


def write_csv(path: Path) -> int:
    """Write the register as gzipped CSV (UTF-8 with a mark, cells that no spreadsheet runs); return how many rows."""
    n = 0
    with gzip.GzipFile(path, "wb", mtime=0) as packed, io.TextIOWrapper(packed, "utf-8-sig", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(COLUMNS)
        for record, snapshot in _records():
            writer.writerow([inert(cell) for cell in row_of(record, snapshot).values()])
            n += 1
    return n


def write_json(path: Path) -> int:
    """Write the register as gzipped JSON lines: each the published record, byte for byte as its hash names it."""
    n = 0
    with gzip.GzipFile(path, "wb", mtime=0) as packed:
        for record, _ in _records():
            packed.write(canonical_bytes(record) + b"\n")
            n += 1
    return n


def parquet_is_there() -> bool:
    """Whether the extra that writes Parquet is installed."""
    return find_spec("pyarrow") is not None


def write_parquet(path: Path) -> int:
    """Write the register as Parquet, all columns texts; needs the extra ``parquet``."""
    import pyarrow
    import pyarrow.parquet

    schema = pyarrow.schema([(name, pyarrow.string()) for name in COLUMNS])
    n, batch = 0, dict[str, list[str]]()
    with pyarrow.parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for record, snapshot in _records():
            for name, cell in row_of(record, snapshot).items():
                batch.setdefault(name, []).append(cell)
            n += 1
            if n % PARQUET_ROWS == 0:
                writer.write_table(pyarrow.table(batch, schema=schema))
                batch = {}
        if batch:
            writer.write_table(pyarrow.table(batch, schema=schema))
    return n


def build() -> OpenDump:
    """Write today's dump, unless it is there; its manifest's hash enters the log."""
    today = clock.today()
    known = OpenDump.objects.filter(day=today).first()
    if known is not None:
        return known
    writers = {"register.csv.gz": write_csv, "register.jsonl.gz": write_json}
    if parquet_is_there():
        writers["register.parquet"] = write_parquet
    files: dict[str, dict[str, Any]] = {}
    entries = 0
    with tempfile.TemporaryDirectory(prefix="tanbiao-open-", dir=settings.TANBIAO_DATA) as folder:
        for name, write in writers.items():
            path = Path(folder) / name
            entries = write(path)
            size = path.stat().st_size
            files[name] = {"hash": put_file(path, FILES[name]), "size": size, "media_type": FILES[name]}
    manifest = {
        "format": "tanbiao-open-data/1",
        "day": today.isoformat(),
        "entries": entries,
        "licence": settings.TANBIAO_OPEN_LICENCE,
        "demonstration": bool(settings.TANBIAO_DEMO),
        "columns": list(COLUMNS),
        "files": files,
    }
    hashed = content_hash(manifest)
    with transaction.atomic():
        entry = ledger.record(
            SYSTEM,
            type="open_data_published",
            subject=f"open-data-{today.isoformat()}",
            event={"manifest": hashed},
            public={"hash": hashed, "since": today.isoformat()},
        )
        return OpenDump.objects.create(
            day=today, at=clock.now(), entries=entries, manifest=manifest, hash=hashed, log_entry=str(entry.id)
        )


def dumps(actor: Actor, limit: int = 60) -> list[OpenDump]:  # noqa: ARG001 (open to everybody)
    """Return the newest dumps."""
    return list(OpenDump.objects.order_by("-day")[:limit])


def dump(actor: Actor, day: str) -> OpenDump:  # noqa: ARG001
    """Return the dump of a day.

    Raises
    ------
    NotFound
        ``open_data_unknown``
    """
    found = OpenDump.objects.filter(day=day).first() if _is_day(day) else None
    if found is None:
        raise NotFound.of("open_data_unknown", day[:20])
    return found


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def file_of(actor: Actor, day: str, name: str) -> tuple[Path, str, str]:
    """Return (path, media type, hash) of a file of a dump.

    Raises
    ------
    NotFound
        ``open_data_unknown``
    """
    known = dump(actor, day).manifest["files"].get(name)
    if known is None:
        raise NotFound.of("open_data_unknown", name[:40])
    return path_of(known["hash"]), known["media_type"], known["hash"]
