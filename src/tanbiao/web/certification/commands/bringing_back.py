"""Bringing the verification workbook back: its tick marks become tests, its remarks findings. All of them, or none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from tanbiao.core.canonical import content_hash
from tanbiao.core.findings import TanbiaoError
from tanbiao.formats.verification_workbook import Mark, Remark, read
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.certification import workbook
from tanbiao.web.certification.acts import note, of_my_team, require_state
from tanbiao.web.certification.commands.findings import raise_finding
from tanbiao.web.certification.commands.testing import record_test
from tanbiao.web.certification.commands.verifying import EVALUATING
from tanbiao.web.certification.models import Case
from tanbiao.web.commanding import Invalid, command
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.uploads import Upload, checked_upload


@dataclass(frozen=True, slots=True)
class BroughtBack:
    """How many tests and findings are new; what was there already is not counted."""

    tests: int
    findings: int


@command("certification.verify")
def bring_back(actor: Actor, *, case_id: UUID, upload: Upload) -> BroughtBack:
    """Record the marks of a workbook of this round's package as tests and findings; sent again it adds nothing.

    Raises
    ------
    Invalid
        The sealed cells were changed (each is named), another package, a mark or figure that can't be read, or what
        :func:`record_test` and :func:`raise_finding` refuse, with the cell it is about.
    """
    case = of_my_team(actor, case_id)
    require_state(case, "bring_back", *EVALUATING)
    media_type = checked_upload(upload.filename, upload.media_type, upload.data)
    try:
        returned = read(
            upload.data,
            workbook.package_of(case),
            lambda lang: workbook.identity(case, lang),
            workbook.evidence(actor, case),
        )
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error
    tests = sum(_test(actor, case, mark) for mark in returned.marks)
    findings = sum(_finding(actor, case, remark) for remark in returned.remarks)
    blob = ledger.put_blob(upload.data, media_type)
    note(actor, case, "workbook_brought_back", file=blob, tests=tests, findings=findings)
    return BroughtBack(tests, findings)


def _test(actor: Actor, case: Case, mark: Mark) -> int:
    body = {"kind": mark.kind, "result": mark.result, "figure": mark.figure, "text": mark.text}
    key = f"wb/{mark.kind}/{content_hash({'row': mark.row, **body})[7:39]}"
    if case.tests.filter(round=case.round, client_id=key).exists():
        return 0
    try:
        record_test(
            actor,
            case_id=case.id,
            row=mark.row,
            kind=mark.kind,
            result=mark.result,
            figure=mark.figure,
            text=mark.text,
            client_id=key,
        )
    except TanbiaoError as error:
        raise Invalid(*(replace(item, where=mark.cell) for item in error.findings)) from error
    return 1


def _finding(actor: Actor, case: Case, remark: Remark) -> int:
    said = case.findings.filter(round=case.round, row=remark.row, severity=remark.severity, entries__kind="raised")
    if said.filter(entries__text=remark.text).exists():
        return 0
    try:
        raise_finding(actor, case_id=case.id, severity=remark.severity, text=remark.text, row=remark.row)
    except TanbiaoError as error:
        raise Invalid(*(replace(item, where=remark.cell) for item in error.findings)) from error
    return 1
