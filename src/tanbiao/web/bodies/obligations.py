"""Which rights and obligations are in force for whom, whether they are accepted, and the proof of it."""

from __future__ import annotations

import json
from typing import Any

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.web import clock
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.bodies.models import BookLine, ObligationAcceptance, ObligationText
from tanbiao.web.commanding import Conflict
from tanbiao.web.ledger import queries as ledger
from tanbiao.web.ledger.models import LogEntry


def in_force(kind: str) -> ObligationText | None:
    """Return the newest version for a kind of organisation."""
    return ObligationText.objects.filter(kind=kind).order_by("-version").first()


def acceptance_refusal(organisation: Organisation) -> Finding | None:
    """Return the finding that an organisation has not accepted the version in force, or None.

    ``obligations_not_accepted``: which text and version, and what to do. Where none is published nothing is asked.
    """
    newest = in_force(organisation.kind)
    if newest is None or ObligationAcceptance.objects.filter(document=newest, organisation=organisation).exists():
        return None
    return finding(
        "obligations_not_accepted",
        Severity.BLOCKING,
        "obligations",
        who=organisation.name_zh,
        who_en=organisation.name("en"),
        title_zh=newest.title_zh,
        title_en=newest.title_en,
        version=newest.version,
    )


def proof_of(acceptance: ObligationAcceptance) -> dict[str, Any]:
    """Return what proves an acceptance: the text's hash, who and when, the book's line, its place in the log.

    ``log`` is None while the hour's batch is not closed; the line's hash stands from the act on.
    """
    line = BookLine.objects.get(book__organisation=acceptance.organisation, hash=acceptance.line)
    entries = LogEntry.objects.filter(type="organisation_event", subject=str(line.book_id), at__gte=line.at)
    parent = _parent(line)
    entry = next((one for one in entries.order_by("at") if json.loads(one.private.event).get("parent") == parent), None)
    inclusion = None
    if entry is not None:
        try:
            inclusion = ledger.inclusion(entry).as_json()
        except Conflict:
            inclusion = None
    return {
        "kind": acceptance.document.kind,
        "version": acceptance.document.version,
        "document": acceptance.document.hash,
        "accepted_by": str(acceptance.by_id),
        "organisation": str(acceptance.organisation_id),
        "accepted_at": clock.stamp(acceptance.at),
        "line": {"index": line.index, "hash": line.hash, "parent": parent, "at": clock.stamp(line.at)},
        "leaf": entry.leaf_hash if entry else "",
        "log": inclusion,
    }


def _parent(line: BookLine) -> str:
    if line.index == 0:
        return ""
    return BookLine.objects.get(book_id=line.book_id, index=line.index - 1).hash
