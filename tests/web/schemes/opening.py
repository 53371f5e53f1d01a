"""Brings what opens a template: a document, an artwork and an approval that are plainly no authority's."""

from __future__ import annotations

import struct
import zlib
from datetime import date, timedelta
from typing import Any

from factories import World
from tanbiao.core.schemes import load_scheme
from tanbiao.web import clock
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.schemes import commands, queries
from tanbiao.web.schemes.models import BodyApproval, SchemeEntry
from tanbiao.web.uploads import Upload

DOCUMENT = Upload("fictional.pdf", "application/pdf", b"%PDF-1.7 fictional, no authority's document")
APPROVAL = Upload("approval.pdf", "application/pdf", b"%PDF-1.7 fictional, no authority's approval")


def png(width: int, height: int = 4) -> bytes:
    """Return a grey PNG of a size (IHDR, one IDAT, IEND)."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = (b"\x00" + b"\x80" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def approve(
    world: World, scheme: str = "cn-national", body: Organisation | None = None, **changes: Any
) -> BodyApproval:
    """Enter an approval that stands for two years."""
    today = clock.today()
    given: dict[str, Any] = {
        "scheme": scheme,
        "body_id": (body or world.body).id,
        "number": "FICTIONAL-1",
        "valid_from": today - timedelta(days=1),
        "valid_until": today + timedelta(days=730),
        "paper": APPROVAL,
    }
    return commands.approve_body(world.actor(world.operator), **(given | changes))


def papers(**changes: Any) -> dict[str, Any]:
    """Return what unlocks a template, without scheme and head."""
    given: dict[str, Any] = {
        "document": DOCUMENT,
        "document_title": "虚构文件，仅供测试",
        "document_number": "TEST-1",
        "document_date": date(2026, 1, 1),
        "artwork": Upload("mark.png", "image/png", png(400)),
        "minimum_width_mm": 30.0,
        "number_pattern": "TEST-{year}-{serial:05d}",
        "regions": ["CN-GD"],
    }
    return given | changes


def unlock(world: World, scheme: str = "cn-national", **changes: Any) -> SchemeEntry:
    """Unlock a template with everything that it needs."""
    actor = world.actor(world.operator)
    head = queries.standing(actor, scheme).head
    return commands.unlock(actor, scheme=scheme, **({"builds_on": head} | papers(**changes)))


def needs(scheme: str) -> list[str]:
    """Return what a packaged template needs."""
    lock = load_scheme(scheme).lock
    return list(lock.needs) if lock else []
