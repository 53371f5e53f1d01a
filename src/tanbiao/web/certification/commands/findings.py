"""Findings of the team: raised with a pin to a row, answered by the applicant, closed or opened again by the team."""

from __future__ import annotations

from uuid import UUID

from tanbiao.core.verification import SEVERITIES
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.certification.acts import locked, note, of_my_team, require_state
from tanbiao.web.certification.models import Finding, FindingEntry
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, NotFound, command, require
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.uploads import Upload, checked_upload

EVALUATING = ("doc_review", "on_site", "footprint_verification")
ANSWERING = (*EVALUATING, "rectification")


@command("certification.verify")
def raise_finding(actor: Actor, *, case_id: UUID, severity: str, text: str, row: str = "") -> Finding:
    """Raise a finding on a row of the study, or on the whole when no row is named.

    Raises
    ------
    Invalid
        ``finding_severity_unknown``, ``finding_without_text``
    Conflict
        ``act_out_of_place``
    """
    case = of_my_team(actor, case_id)
    require_state(case, "raise_finding", *EVALUATING)
    if severity not in SEVERITIES:
        raise Invalid.of("finding_severity_unknown", "severity", severity=severity)
    finding = Finding.objects.create(
        case=case,
        number=case.findings.count() + 1,
        round=case.round,
        severity=severity,
        row=row.strip()[:120],
        state="raised",
        package_hash=case.package_hash,
    )
    _say(actor, finding, "raised", text)
    note(actor, case, "finding_raised", finding=str(finding.id), severity=severity, row=finding.row)
    return finding


@command("certification.answer")
def answer_finding(actor: Actor, *, finding_id: UUID, text: str, upload: Upload | None = None) -> Finding:
    """Answer a finding, with a file where one helps.

    Raises
    ------
    Conflict
        ``act_out_of_place``, ``finding_state``: it is closed.
    """
    finding = _finding(actor, finding_id)
    case = finding.case
    if actor.organisation_id != case.owner_id:
        raise NotAllowed.of("not_allowed", permission="certification.answer")
    require(actor, "certification.answer", case)
    require_state(case, "answer_finding", *ANSWERING)
    _require_finding(finding, "raised", "answered")
    _say(actor, finding, "answered", text, upload)
    _set(finding, "answered")
    note(actor, case, "finding_answered", finding=str(finding.id))
    return finding


@command("certification.verify")
def close_finding(actor: Actor, *, finding_id: UUID, text: str) -> Finding:
    """Close an answered finding (an observation may be closed without an answer), with the ground for it."""
    finding = _finding(actor, finding_id)
    case = of_my_team(actor, finding.case_id)
    require_state(case, "close_finding", *EVALUATING)
    _require_finding(finding, *(("raised", "answered") if finding.severity == "observation" else ("answered",)))
    _say(actor, finding, "closed", text)
    _set(finding, "closed")
    note(actor, case, "finding_closed", finding=str(finding.id))
    return finding


@command("certification.verify")
def reopen_finding(actor: Actor, *, finding_id: UUID, text: str) -> Finding:
    """Open a finding again: its answer does not settle it, or what was closed turns out otherwise."""
    finding = _finding(actor, finding_id)
    case = of_my_team(actor, finding.case_id)
    require_state(case, "reopen_finding", *EVALUATING)
    _require_finding(finding, "answered", "closed")
    _say(actor, finding, "reopened", text)
    _set(finding, "raised")
    note(actor, case, "finding_reopened", finding=str(finding.id))
    return finding


def _finding(actor: Actor, finding_id: UUID) -> Finding:
    known = Finding.objects.filter(id=finding_id).first()
    if known is None:
        raise NotFound.of("finding_unknown", str(finding_id))
    case = locked(actor, known.case_id)
    finding = Finding.objects.get(id=finding_id)
    finding.case = case
    return finding


def _require_finding(finding: Finding, *states: str) -> None:
    if finding.state not in states:
        raise Conflict.of("finding_state", f"F{finding.number}", state=finding.state, expected=" / ".join(states))


def _set(finding: Finding, state: str) -> None:
    finding.state = state
    finding.save(update_fields=["state"])


def _say(actor: Actor, finding: Finding, kind: str, text: str, upload: Upload | None = None) -> None:
    if not text.strip():
        raise Invalid.of("finding_without_text", "text")
    blob, media_type = "", ""
    if upload is not None:
        media_type = checked_upload(upload.filename, upload.media_type, upload.data)
        blob = ledger.put_blob(upload.data, media_type)
    FindingEntry.objects.create(
        finding=finding,
        kind=kind,
        text=text.strip()[:8000],
        blob=blob,
        filename=upload.filename[:200] if upload else "",
        media_type=media_type,
        by=person_of(actor),
        at=clock.now(),
    )
