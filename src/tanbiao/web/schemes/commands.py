"""The writers of label schemes: enter a body's approval and end it, unlock a template, lock it again.

What an operator brings is kept under its hash and said in the public log. A template opens only when everything that
its lock asks for is there; nothing here invents an artwork, a number or a region.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from tanbiao.core.catalogue.load import load_catalogue
from tanbiao.core.schemes.model import Scheme
from tanbiao.core.schemes.parts import NumberPattern, Region
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.accounts.roles import Kind
from tanbiao.web.commanding import Conflict, Invalid, NotFound, command
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.schemes import acts, queries
from tanbiao.web.schemes.models import BodyApproval, SchemeEntry
from tanbiao.web.uploads import Upload, checked_upload

PRINT_DPI = 300
"""Pixels per inch that artwork must have at its smallest width; project default, not official."""
PDF, PNG = "application/pdf", "image/png"
MAX_BATCHES = 50
"""Batches of the adoption list that a scheme names (project default)."""


@command("schemes.approve_body")
def approve_body(
    actor: Actor,
    *,
    scheme: str,
    body_id: UUID,
    number: str,
    valid_from: date,
    valid_until: date,
    paper: Upload | None,
    categories: Sequence[str] = (),
    regions: Sequence[str] = (),
) -> BodyApproval:
    """Enter an authority's approval of a body for a scheme, from its document.

    Raises
    ------
    NotFound
        ``scheme_unknown``
    Invalid
        ``scheme_body_unknown``, ``scheme_text_missing``, ``scheme_approval_term``, ``scheme_category_unknown``,
        ``scheme_setting_malformed`` (a region), ``scheme_document_not_pdf``
    """
    found = queries.standing(actor, scheme).scheme
    body = Organisation.objects.filter(id=body_id, kind=Kind.CERTIFICATION_BODY).first()
    if body is None:
        raise Invalid.of("scheme_body_unknown", "body_id")
    if valid_until < valid_from:
        raise Invalid.of("scheme_approval_term", "valid_until", begins=valid_from.isoformat(), ends=str(valid_until))
    for category in categories:
        if category not in load_catalogue().by_id:
            raise Invalid.of("scheme_category_unknown", "categories", category=category[:64])
    blob = _kept(paper, PDF, "paper", "scheme_document_not_pdf")
    assert paper is not None, "an empty upload was refused"
    row = BodyApproval.objects.create(
        scheme=found.id,
        body=body,
        number=_text(number, "number", 120),
        categories=list(categories),
        regions=list(_regions(regions)),
        valid_from=valid_from,
        valid_until=valid_until,
        paper=blob,
        filename=paper.filename[:200],
        by=actor.person,
        at=clock.now(),
    )
    acts.say(actor, found, row.id, "body_approved", {"body": str(body.id), "number": row.number, "paper": row.paper})
    return row


@command("schemes.approve_body")
def end_approval(actor: Actor, *, approval_id: UUID, reason: str) -> BodyApproval:
    """End an approval from today on; what was issued under it stays.

    Raises
    ------
    NotFound
        ``scheme_approval_unknown``
    Conflict
        ``scheme_approval_ended``
    """
    row = BodyApproval.objects.select_for_update().filter(id=approval_id).first()
    if row is None:
        raise NotFound.of("scheme_approval_unknown", str(approval_id))
    if row.ended_on is not None:
        raise Conflict.of("scheme_approval_ended", str(approval_id))
    row.ended_on, row.end_reason = clock.today(), _text(reason, "reason", 500)
    row.save(update_fields=["ended_on", "end_reason"])
    found = queries.standing(actor, row.scheme).scheme
    acts.say(actor, found, row.id, "body_approval_ended", {"body": str(row.body_id), "reason": row.end_reason})
    return row


@command("schemes.unlock")
def unlock(
    actor: Actor,
    *,
    scheme: str,
    builds_on: str,
    document: Upload | None = None,
    document_title: str = "",
    document_number: str = "",
    document_date: date | None = None,
    artwork: Upload | None = None,
    number_pattern: str = "",
    minimum_width_mm: float = 0.0,
    regions: Sequence[str] = (),
    adoption_required: bool = False,
    adoption_batches: Sequence[str] = (),
    adoption_authorities: Sequence[str] = (),
) -> SchemeEntry:
    """Open a template with the authority's document, artwork, numbering and regions; a body is approved already.

    Where the document says so, only rules on the adoption list are taken: every batch and authority, or those named.

    Raises
    ------
    NotFound
        ``scheme_unknown``
    Invalid
        A file or setting of another form: ``scheme_document_not_pdf``, ``scheme_artwork_not_png``,
        ``scheme_artwork_coarse``, ``scheme_setting_malformed``.
    Conflict
        What the lock asks for and is not there; ``scheme_pattern_taken``; ``stale_decision``; it is open already.
    """
    standing = queries.standing(actor, scheme)
    packaged = standing.template or standing.scheme
    entry = acts.locked(packaged)
    brought = {"body_approval"} if queries.approved_bodies(packaged.id) else set()
    if document is not None and document_date is not None:
        entry.document = _kept(document, PDF, "document", "scheme_document_not_pdf")
        entry.document_title = _text(document_title, "document_title", 300)
        entry.document_number = _text(document_number, "document_number", 120)
        entry.document_date = document_date
        brought.add("authority_document")
    if artwork is not None and minimum_width_mm > 0:
        entry.artwork = _kept(artwork, PNG, "artwork", "scheme_artwork_not_png")
        entry.minimum_width_mm = minimum_width_mm
        _fine_enough(artwork.data, minimum_width_mm)
        brought.add("artwork")
    if number_pattern.strip():
        entry.number_pattern = _pattern(number_pattern)
        brought.add("number_pattern")
    entry.regions = list(_regions(regions))
    if entry.regions:
        brought.add("regions")
    entry.adoption = _adoption(adoption_batches, adoption_authorities) if adoption_required else None
    taken = pattern_owner(packaged, entry.number_pattern) if entry.number_pattern else ""
    acts.advance(
        actor, entry, packaged, "unlock", builds_on=builds_on, brought=frozenset(brought), pattern_taken_by=taken
    )
    acts.supersede_older(packaged)
    return entry


@command("schemes.lock")
def lock(actor: Actor, *, scheme: str, builds_on: str, reason: str, text: str = "") -> SchemeEntry:
    """Lock an open template again: nothing new is applied for or issued; what was issued stays.

    Raises
    ------
    NotFound
        ``scheme_unknown``
    Conflict
        It is not open; no reason; ``stale_decision``.
    """
    standing = queries.standing(actor, scheme)
    packaged = standing.template or standing.scheme
    entry = acts.locked(packaged)
    acts.advance(actor, entry, packaged, "lock", builds_on=builds_on, reason=reason, text=text.strip()[:2000])
    return entry


def pattern_owner(packaged: Scheme, pattern: str) -> str:
    """Return another scheme of this platform that numbers by the same pattern, or nothing."""
    wanted = _without_width(pattern)
    for other in queries.standings(acts.SYSTEM, every_version=True):
        if other.scheme.id != packaged.id and _without_width(other.scheme.number_pattern or "") == wanted:
            return other.scheme.reference
    return ""


def _adoption(batches: Sequence[str], authorities: Sequence[str]) -> dict[str, list[str]]:
    named = [text for text in (one.strip()[:80] for one in batches[:MAX_BATCHES]) if text]
    return {"batches": list(dict.fromkeys(named)), "authorities": list(_regions(authorities))}


def _without_width(pattern: str) -> str:
    return re.sub(r"\{serial:0\d+d\}", "{serial}", pattern)


def _kept(upload: Upload | None, kind: str, where: str, refusal: str) -> str:
    if upload is None or checked_upload(upload.filename, upload.media_type, upload.data) != kind:
        raise Invalid.of(refusal, where)
    return ledger.put_blob(upload.data, kind)


def _fine_enough(png: bytes, width_mm: float) -> None:
    """Refuse artwork that would print coarser than ``PRINT_DPI`` at its smallest width."""
    if len(png) < 24 or png[12:16] != b"IHDR":
        raise Invalid.of("scheme_artwork_not_png", "artwork")
    found = struct.unpack(">I", png[16:20])[0]
    needed = int(width_mm / 25.4 * PRINT_DPI)
    if found < needed:
        raise Invalid.of("scheme_artwork_coarse", "artwork", found=found, width=width_mm, needed=needed)


def _text(value: str, where: str, most: int) -> str:
    if not value.strip():
        raise Invalid.of("scheme_text_missing", where)
    return value.strip()[:most]


def _pattern(value: str) -> str:
    try:
        return TypeAdapter(NumberPattern).validate_python(value.strip())
    except ValidationError as error:
        wanted = "ABC-{year}-{serial:06d}"
        raise Invalid.of(
            "scheme_setting_malformed", "number_pattern", field="number_pattern", value=value[:80], reason=wanted
        ) from error


def _regions(values: Sequence[str]) -> tuple[str, ...]:
    wanted = TypeAdapter(Region)
    found = []
    for value in values:
        try:
            found.append(wanted.validate_python(value.strip().upper()))
        except ValidationError as error:
            raise Invalid.of(
                "scheme_setting_malformed", "regions", field="regions", value=value[:40], reason="CN-GD, HK"
            ) from error
    return tuple(dict.fromkeys(found))
