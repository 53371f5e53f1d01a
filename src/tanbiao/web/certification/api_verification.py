"""The REST API of a case's verification: terms, analysis, risks, evidence plan, tests, ledger, later facts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from pydantic import BaseModel, Field

from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Count, Router, UploadIn, upload_of
from tanbiao.web.certification import commands, queries
from tanbiao.web.certification.commands.engaging import Assessment
from tanbiao.web.certification.engagement import Engagement
from tanbiao.web.certification.models import LaterFact, Misstatement, RowTest
from tanbiao.web.certification.workbook import workbook_of
from tanbiao.web.language import current
from tanbiao.web.ledger.blobs import attachment
from tanbiao.web.table_files import XLSX

router = Router()
VERIFY = "certification.verify"

Long = Annotated[str, Field(max_length=8000)]
Code = Annotated[str, Field(max_length=60)]
RowKey = Annotated[str, Field(max_length=120)]


class VerificationTermsIn(BaseModel):
    """The terms of the verification."""

    assurance: Code
    criteria: Long
    scope: Long
    materiality_percent: Annotated[float, Field(ge=0, le=100)] | None = None


class AnalysisIn(BaseModel):
    """The strategic analysis."""

    activities: Long
    data_flow: Long
    controls: Long
    changes: Long = ""


class RowRiskIn(BaseModel):
    """The risks of one row."""

    row: RowKey
    inherent: Code
    control: Code
    reason: Annotated[str, Field(max_length=500)] = ""


class RisksIn(BaseModel):
    """Risks of rows; ``proposed`` takes the platform's proposal for all that have none."""

    rows: Annotated[list[RowRiskIn], Field(max_length=2000)] = []
    proposed: bool = False


class EvidencePlanIn(BaseModel):
    """Rows of the plan; none named: as proposed."""

    rows: Annotated[list[RowKey], Field(max_length=2000)] | None = None


class RowTestIn(BaseModel):
    """A test of a row."""

    row: RowKey
    kind: Code
    result: Code
    figure: float | None = None
    text: Long = ""
    file: UploadIn | None = None
    client_id: RowKey | None = None


class MisstatementIn(BaseModel):
    """An error in a row, or without a row something left out."""

    row: RowKey = ""
    correct: float
    text: Long
    isolated: bool = False
    intended: bool = False
    carried_by: RowKey = ""


class FactIn(BaseModel):
    """A fact discovered after the opinion."""

    text: Long
    row: RowKey = ""


class SettleIn(BaseModel):
    """What a fact came to."""

    text: Long


class RowTestOut(BaseModel):
    """A test of a row."""

    id: UUID
    kind: str
    result: str
    figure: str
    text: str
    filename: str
    evidence: str
    carried_from: Count | None
    at: datetime


class VerifiedRowOut(BaseModel):
    """A row with its risk, its place in the plan and its tests."""

    row: str
    stage: str
    value: float
    share: float
    supplier: str
    inherent: str
    control: str
    detection: str
    assessed: bool
    planned: bool
    tested: bool
    tests: list[RowTestOut]


class MisstatementOut(BaseModel):
    """A misstatement with what is left of it, kg CO2e per declared unit."""

    number: Count
    row: str
    declared: float
    correct: float
    found: float
    left: float
    isolated: bool
    intended: bool
    text: str


class StratumOut(BaseModel):
    """A stratum of the extrapolation."""

    name: str
    tested: float
    untested: float
    ratio: float | None
    pooled: bool
    extrapolated: float | None


class LedgerOut(BaseModel):
    """The misstatement ledger, kg CO2e per declared unit."""

    found: float
    corrected: float
    uncorrected: float
    extrapolated: float | None
    aggregated: float | None
    decisive: float | None
    percent: float | None
    limit: float
    standing: str
    misstatements: list[MisstatementOut]
    strata: list[StratumOut]


class VerificationOut(BaseModel):
    """The verification of a case's round."""

    round: Count
    package: str
    declared: float
    terms: VerificationTermsIn | None
    analysis: AnalysisIn | None
    suppliers: dict[str, float]
    suppliers_left_out: list[str]
    rows: list[VerifiedRowOut]
    ledger: LedgerOut | None


class LaterFactOut(BaseModel):
    """A reported fact."""

    id: UUID
    state: str
    row: str
    text: str
    at: datetime
    settled: str
    settled_at: datetime | None


def _test(row: RowTest) -> RowTestOut:
    return RowTestOut(
        id=row.id,
        kind=row.kind,
        result=row.result,
        figure=row.figure,
        text=row.text,
        filename=row.filename,
        evidence=row.blob,
        carried_from=row.carried_from,
        at=row.at,
    )


def _fact(row: LaterFact) -> LaterFactOut:
    return LaterFactOut(
        id=row.id,
        state=row.state,
        row=row.row,
        text=row.text,
        at=row.at,
        settled=row.settled_text,
        settled_at=row.settled_at,
    )


def _ledger(engagement: Engagement) -> LedgerOut | None:
    ledger = engagement.ledger
    if ledger is None:
        return None
    texts = {item.number: item.text for item in engagement.misstatements}
    return LedgerOut(
        found=ledger.found,
        corrected=ledger.corrected,
        uncorrected=ledger.uncorrected,
        extrapolated=ledger.extrapolated,
        aggregated=ledger.aggregated,
        decisive=ledger.decisive,
        percent=ledger.percent,
        limit=ledger.limit,
        standing=ledger.standing.value,
        misstatements=[
            MisstatementOut(
                number=item.number,
                row=item.row,
                declared=item.declared,
                correct=item.correct,
                found=item.found,
                left=item.left,
                isolated=item.isolated,
                intended=item.intended,
                text=texts[item.number],
            )
            for item in ledger.misstatements
        ],
        strata=[
            StratumOut(
                name=item.name,
                tested=item.tested,
                untested=item.untested,
                ratio=item.ratio,
                pooled=item.pooled,
                extrapolated=item.extrapolated,
            )
            for item in ledger.strata
        ],
    )


def _rows(engagement: Engagement) -> list[VerifiedRowOut]:
    rows = []
    for row in engagement.rows:
        risk = engagement.risk_of(row)
        rows.append(
            VerifiedRowOut(
                row=row.row,
                stage=row.stage,
                value=row.value,
                share=row.share,
                supplier=row.supplier,
                inherent=risk.inherent,
                control=risk.control,
                detection=risk.detection,
                assessed=row.row in engagement.risks,
                planned=row.row in engagement.plan,
                tested=engagement.is_tested(row.row),
                tests=[_test(test) for test in engagement.tests.get(row.row, ())],
            )
        )
    return rows


def _verification(request: HttpRequest, case_id: UUID) -> VerificationOut:
    engagement = queries.verification(actor_of(request), case_id)
    agreed, analysis = engagement.agreed, engagement.analysis
    return VerificationOut(
        round=engagement.case.round,
        package=engagement.case.package_hash,
        declared=engagement.declared,
        terms=agreed
        and VerificationTermsIn(
            assurance=agreed.assurance,
            criteria=agreed.criteria,
            scope=agreed.scope,
            materiality_percent=float(agreed.materiality_percent),
        ),
        analysis=analysis
        and AnalysisIn(
            activities=analysis.activities,
            data_flow=analysis.data_flow,
            controls=analysis.controls,
            changes=analysis.changes,
        ),
        suppliers=engagement.suppliers,
        suppliers_left_out=list(engagement.suppliers_left_out),
        rows=_rows(engagement),
        ledger=_ledger(engagement),
    )


@router.get("/cases/{uuid:case_id}/verification", response=VerificationOut)
@access("certification.view")
def read_verification(request: HttpRequest, case_id: UUID) -> Any:
    """Return the verification of a case to its body: risks, plan, tests, ledger."""
    return _verification(request, case_id)


@router.post("/cases/{uuid:case_id}/verification/terms", response=VerificationOut)
@access(VERIFY)
def agree_terms(request: HttpRequest, case_id: UUID, body: VerificationTermsIn) -> Any:
    """Write the terms of the verification."""
    commands.agree_terms(actor_of(request), case_id=case_id, **body.model_dump())
    return _verification(request, case_id)


@router.post("/cases/{uuid:case_id}/verification/analysis", response=VerificationOut)
@access(VERIFY)
def analyse(request: HttpRequest, case_id: UUID, body: AnalysisIn) -> Any:
    """Write the strategic analysis."""
    commands.analyse(actor_of(request), case_id=case_id, **body.model_dump())
    return _verification(request, case_id)


@router.post("/cases/{uuid:case_id}/verification/risks", response=VerificationOut)
@access(VERIFY)
def assess_risks(request: HttpRequest, case_id: UUID, body: RisksIn) -> Any:
    """Assess the risks of rows."""
    actor = actor_of(request)
    if body.rows or not body.proposed:
        given = [Assessment(**row.model_dump()) for row in body.rows]
        commands.assess_risks(actor, case_id=case_id, assessments=given)
    if body.proposed:
        commands.assess_as_proposed(actor, case_id=case_id)
    return _verification(request, case_id)


@router.post("/cases/{uuid:case_id}/verification/plan", response=VerificationOut)
@access(VERIFY)
def plan_evidence(request: HttpRequest, case_id: UUID, body: EvidencePlanIn) -> Any:
    """Set the evidence plan."""
    commands.plan_evidence(actor_of(request), case_id=case_id, rows=body.rows)
    return _verification(request, case_id)


@router.post("/cases/{uuid:case_id}/verification/carry_over", response=VerificationOut)
@access(VERIFY)
def carry_over(request: HttpRequest, case_id: UUID) -> Any:
    """Take over what was tested in the last round for rows that did not change."""
    commands.carry_over(actor_of(request), case_id=case_id)
    return _verification(request, case_id)


@router.post("/cases/{uuid:case_id}/verification/tests", response={201: RowTestOut})
@access(VERIFY)
def record_test(request: HttpRequest, case_id: UUID, body: RowTestIn) -> Any:
    """Record a test of a row."""
    given = body.model_dump(exclude={"file"})
    upload = upload_of(body.file) if body.file else None
    return 201, _test(commands.record_test(actor_of(request), case_id=case_id, upload=upload, **given))


@router.post("/cases/{uuid:case_id}/verification/misstatements", response={201: LedgerOut})
@access(VERIFY)
def state_misstatement(request: HttpRequest, case_id: UUID, body: MisstatementIn) -> Any:
    """Put an error on record, or restate the one of that row; return the ledger."""
    made: Misstatement = commands.state_misstatement(actor_of(request), case_id=case_id, **body.model_dump())
    return 201, _ledger(queries.verification(actor_of(request), made.case_id))


class BroughtBackOut(BaseModel):
    """How many tests and findings of a workbook are new."""

    tests: Count
    findings: Count


@router.get("/cases/{uuid:case_id}/verification/workbook", response=bytes)
@access("certification.view")
def download_workbook(request: HttpRequest, case_id: UUID) -> Any:
    """Return the verification workbook (Excel) in the reader's language."""
    actor = actor_of(request)
    data, name = workbook_of(actor, queries.verification(actor, case_id).case, current())
    return attachment(data, XLSX, name)


@router.post("/cases/{uuid:case_id}/verification/workbook", response=BroughtBackOut)
@access(VERIFY)
def bring_back_workbook(request: HttpRequest, case_id: UUID, body: UploadIn) -> Any:
    """Bring a workbook back: its marks become tests and findings; refused when sealed cells were changed."""
    done = commands.bring_back(actor_of(request), case_id=case_id, upload=upload_of(body))
    return BroughtBackOut(tests=done.tests, findings=done.findings)


@router.get("/cases/{uuid:case_id}/facts", response=list[LaterFactOut])
@access("certification.view")
def list_facts(request: HttpRequest, case_id: UUID) -> Any:
    """List what was reported after the opinion."""
    return [_fact(row) for row in queries.later_facts(actor_of(request), case_id)]


@router.post("/cases/{uuid:case_id}/facts", response={201: LaterFactOut})
@access("certification.view")
def report_fact(request: HttpRequest, case_id: UUID, body: FactIn) -> Any:
    """Report a fact that came to light after the opinion."""
    return 201, _fact(commands.report_fact(actor_of(request), case_id=case_id, **body.model_dump()))


@router.post("/cases/{uuid:case_id}/reopen_verification", response=LaterFactOut | None)
@access("certification.reopen")
def reopen_verification(request: HttpRequest, case_id: UUID) -> Any:
    """Lead the case back to verification because of a reported fact; return that fact."""
    commands.reopen_verification(actor_of(request), case_id=case_id)
    newest = queries.later_facts(actor_of(request), case_id).order_by("-at").first()
    return _fact(newest) if newest else None


@router.post("/facts/{uuid:fact_id}/settle", response=LaterFactOut)
@access("certification.reopen")
def settle_fact(request: HttpRequest, fact_id: UUID, body: SettleIn) -> Any:
    """Say what a fact came to."""
    return _fact(commands.settle_fact(actor_of(request), fact_id=fact_id, text=body.text))
