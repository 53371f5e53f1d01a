"""Asking for a waiver of a check that only a verification can give: what may be asked for, asking, taking it out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.rules.case_waivers import Item, items
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import Conflict, NotFound, command
from tanbiao.web.rulebook import queries as rulebook
from tanbiao.web.studies import commands, queries
from tanbiao.web.studies.models import Revision

Entry = dict[str, Any]


@command("studies.edit")
def ask_waiver(
    actor: Actor, *, study_id: UUID, check: str, process: str = "", reason: str, expected_parent: str
) -> Revision:
    """Ask for a waiver of a check, of one process where one is named, in the study's next revision.

    Whether the rule lets it be asked for is said by the next calculation, as of a document that came as a file.

    Raises
    ------
    Invalid
        The findings of a document that is no study: a check's id, a missing reason.
    Conflict
        ``waiver_request_twice``; ``study_locked``; ``stale_parent``.
    """
    document = queries.document(actor, study_id)
    asked: list[Entry] = document.setdefault("waiver_requests", [])
    if _find(asked, check, process) is not None:
        raise Conflict.of("waiver_request_twice", "check", check=check, process=process or "—")
    asked.append({"check": check, **({"process": process} if process else {}), "reason": reason.strip()})
    return commands.save(
        actor,
        study_id=study_id,
        document=document,
        expected_parent=expected_parent,
        note=f"+ waiver: {check} {process}",
    )


@command("studies.edit")
def take_back_request(actor: Actor, *, study_id: UUID, check: str, process: str = "", expected_parent: str) -> Revision:
    """Take a request out of the study's next revision.

    Raises
    ------
    NotFound
        ``waiver_request_missing``
    Conflict
        ``study_locked``; ``stale_parent``.
    """
    document = queries.document(actor, study_id)
    asked: list[Entry] = document.get("waiver_requests") or []
    found = _find(asked, check, process)
    if found is None:
        raise NotFound.of("waiver_request_missing", "check", check=check[:64], process=process[:64] or "—")
    asked.remove(found)
    if not asked:
        document.pop("waiver_requests")
    return commands.save(
        actor,
        study_id=study_id,
        document=document,
        expected_parent=expected_parent,
        note=f"− waiver: {check} {process}",
    )


def _find(asked: list[Entry], check: str, process: str) -> Entry | None:
    return next((one for one in asked if (one["check"], one.get("process", "")) == (check, process)), None)


def requests(actor: Actor, study_id: UUID) -> list[Entry]:
    """Return what the newest revision asks for: check, process (empty: wherever it fails), reason."""
    asked = queries.document(actor, study_id).get("waiver_requests") or []
    return [{"check": one["check"], "process": one.get("process", ""), "reason": one["reason"]} for one in asked]


def may_be_asked(actor: Actor, study_id: UUID) -> tuple[Item, ...]:
    """Return what of the newest result may still be asked for; nothing where there is no result, or no rule at hand."""
    try:
        body = queries.result_document(actor, study_id)
        rule = rulebook.rule(body["versions"]["rule"]) if body["versions"]["rule"] else None
    except TanbiaoError:
        return ()
    return () if rule is None else tuple(item for item in items(rule, body) if not item.asked and item.blocks)
