"""The REST API of certification: reading cases, and one operation per act, by the same commands as the pages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from pydantic import BaseModel, Field

from tanbiao.core.findings import render
from tanbiao.core.schemes.unit import UnitDocument
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Count, FindingOut, Limit, Offset, Page, Router, UploadIn, page_of, upload_of
from tanbiao.web.certification import (
    api_attached,
    api_audit,
    api_claims,
    api_clocks,
    api_papers,
    api_reduction,
    api_rounds,
    api_second,
    api_unit,
    api_verification,
    api_waivers,
    commands,
    queries,
    recalculation,
)
from tanbiao.web.certification.acts import LIFECYCLE
from tanbiao.web.certification.audit_items import CheckInIn
from tanbiao.web.certification.commands.planning import Assignment
from tanbiao.web.certification.models import Case, CaseEvent, Finding
from tanbiao.web.language import current

router = Router()
router.add_router("", api_audit.router)
router.add_router("", api_clocks.router)
router.add_router("", api_attached.router)
router.add_router("", api_papers.router)
router.add_router("", api_unit.router)
router.add_router("", api_reduction.router)
router.add_router("", api_claims.router)
router.add_router("", api_waivers.router)
router.add_router("", api_rounds.router)
router.add_router("", api_second.router)
router.add_router("", api_verification.router)
VIEW = "certification.view"

Long = Annotated[str, Field(max_length=8000)]
Hash = Annotated[str, Field(max_length=71)]
Code = Annotated[str, Field(max_length=60)]


class CasePartyOut(BaseModel):
    """An organisation in both languages."""

    id: UUID
    zh: str
    en: str


class CaseOut(BaseModel):
    """A case in a list."""

    id: UUID
    number: str
    kind: str
    state: str
    state_name: str
    state_since: datetime
    applicant: CasePartyOut
    body: CasePartyOut
    study: UUID | None
    """None where the case rests on a claim."""
    scheme: str
    round: Count
    package: str
    head: str


class OptionOut(BaseModel):
    """What the caller's part in the case is now: the act, whether it may be done, and if not why."""

    event: str
    name: str
    to: str
    reasons: list[str]
    allowed: bool
    refusals: list[FindingOut]


class HistoryOut(BaseModel):
    """A line of the history."""

    index: Count
    event: str
    source: str
    target: str
    reason: str
    round: Count
    hash: str
    at: datetime


class FindingEntryOut(BaseModel):
    """What was said on a finding."""

    kind: str
    text: str
    filename: str
    at: datetime


class FindingRowOut(BaseModel):
    """A finding of the team."""

    id: UUID
    number: Count
    severity: str
    row: str
    state: str
    round: Count
    entries: list[FindingEntryOut]


class CaseDetailOut(CaseOut):
    """A case with what may be done and what was done."""

    options: list[OptionOut]
    history: list[HistoryOut]
    findings: list[FindingRowOut]
    team: list[UUID]


class IdOut(BaseModel):
    """The id of what was made, and the case's head after the act."""

    id: UUID
    head: str = ""


class ApplyIn(BaseModel):
    """An application."""

    study: UUID
    body: UUID
    scheme: Annotated[str, Field(max_length=120)]
    kind: Code = "initial"
    certification: Annotated[str, Field(max_length=64)] = commands.FOOTPRINT
    """Kind of certification, by the scheme's id of it."""
    replaces: Annotated[str, Field(max_length=80)] = ""
    system_months: Annotated[int, Field(ge=0, le=1200)] | None = None
    documents: Annotated[dict[Code, UploadIn], Field(max_length=20)] = {}
    system_kit: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=50)] = []
    """Pieces of the management system that are there, by the scheme's ids."""
    unit: UnitDocument | None = None
    """The certification unit; without it the study's own model and sites."""


class DocumentIn(UploadIn):
    """A further document of the application."""

    kind: Code


class BuildsOn(BaseModel):
    """An act that builds on the newest line of the case."""

    builds_on: Hash


class Reasoned(BaseModel):
    """An act that needs a reason code."""

    reason: Code = ""
    text: Long = ""


class AcceptIn(BuildsOn):
    """What the body states on acceptance."""

    body_qualified: bool | None = None
    body_competent: bool | None = None
    advice_declared: bool = False
    months_since_advice: Annotated[int, Field(ge=0, le=1200)] | None = None
    text: Long = ""


class TeamMemberIn(BaseModel):
    """A member of the team; competence, full-time and years stand in the body's book."""

    person: UUID
    lead: bool = False
    no_conflict_declared: bool = False


class PlanIn(BuildsOn):
    """The plan of the evaluation."""

    team: Annotated[list[TeamMemberIn], Field(max_length=30)]
    man_days: Annotated[float, Field(ge=0, le=1000)] | None = None


class CheckOutIn(BaseModel):
    """What the visit held."""

    interviews: Annotated[int, Field(ge=0, le=10_000)]
    samples: Annotated[int, Field(ge=0, le=10_000)]
    text: Long = ""


class SampleIn(BaseModel):
    """A row of the evidence plan."""

    row: Annotated[str, Field(max_length=120)]
    traced_to: Annotated[str, Field(max_length=300)] = ""
    own: float | None = None


class FindingIn(BaseModel):
    """A new finding."""

    severity: Code
    text: Long
    row: Annotated[str, Field(max_length=120)] = ""


class SayIn(BaseModel):
    """A text on a finding, with a file if there is one."""

    text: Long
    file: UploadIn | None = None


class OpinionIn(BuildsOn):
    """The opinion."""

    kind: Code
    assurance: Code
    materiality_percent: Annotated[float, Field(ge=0, le=100)] | None = None
    scope: Long = ""
    statement: Long = ""


class ReviewIn(BuildsOn):
    """The conclusion of the review."""

    positive: bool
    text: Long


class ReturnIn(BuildsOn, Reasoned):
    """The case goes back to the team."""


class DecisionIn(BuildsOn, Reasoned):
    """Grant or deny."""

    grant: bool


class ReplayOut(BaseModel):
    """What the replay of the package gave."""

    declared: str
    recomputed: str
    identical: bool


def _case(row: Case, lang: Literal["zh", "en"]) -> CaseOut:
    name = LIFECYCLE.state_name(row.state)
    return CaseOut(
        id=row.id,
        number=row.number,
        kind=row.kind,
        state=row.state,
        state_name=name.zh if lang == "zh" else name.en,
        state_since=row.state_since,
        applicant=CasePartyOut(id=row.owner_id, zh=row.owner.name("zh"), en=row.owner.name("en")),
        body=CasePartyOut(id=row.body_id, zh=row.body.name("zh"), en=row.body.name("en")),
        study=row.study_id,
        scheme=row.scheme,
        round=row.round,
        package=row.package_hash,
        head=row.head,
    )


def _event(row: CaseEvent) -> HistoryOut:
    return HistoryOut(
        index=row.index,
        event=row.event,
        source=row.source,
        target=row.target,
        reason=row.reason,
        round=row.round,
        hash=row.hash,
        at=row.at,
    )


def _finding(row: Finding) -> FindingRowOut:
    return FindingRowOut(
        id=row.id,
        number=row.number,
        severity=row.severity,
        row=row.row,
        state=row.state,
        round=row.round,
        entries=[
            FindingEntryOut(kind=entry.kind, text=entry.text, filename=entry.filename, at=entry.at)
            for entry in row.entries.all()
        ],
    )


def _detail(request: HttpRequest, case_id: UUID) -> CaseDetailOut:
    actor, lang = actor_of(request), current()
    row = queries.case(actor, case_id)
    return CaseDetailOut(
        **_case(row, lang).model_dump(),
        options=[
            OptionOut(
                event=option.event,
                name=option.name.zh if lang == "zh" else option.name.en,
                to=option.to,
                reasons=list(option.reasons),
                allowed=option.allowed,
                refusals=[FindingOut(**render(item, lang)) for item in option.refusals],
            )
            for option in queries.options(actor, row)
        ],
        history=[_event(event) for event in queries.history(actor, case_id)],
        findings=[_finding(item) for item in queries.findings(actor, case_id)],
        team=[member.person_id for member in row.team.all()],
    )


@router.get("/cases", response=Page[CaseOut])
@access(VIEW)
def list_cases(request: HttpRequest, state: Code = "", limit: Limit = 20, offset: Offset = 0) -> Any:
    """List the cases the caller may see, newest change first."""
    lang = current()
    return page_of(queries.listing(actor_of(request), state=state), limit, offset, lambda row: _case(row, lang))


@router.get("/cases/{uuid:case_id}", response=CaseDetailOut)
@access(VIEW)
def read_case(request: HttpRequest, case_id: UUID) -> Any:
    """Return a case with its history, its findings, and what the caller may do next."""
    return _detail(request, case_id)


@router.get("/cases/{uuid:case_id}/replay", response=ReplayOut)
@access("certification.verify")
def replay_case(request: HttpRequest, case_id: UUID) -> Any:
    """Recalculate the frozen package and compare."""
    outcome = recalculation.replay_of(queries.case(actor_of(request), case_id))
    return ReplayOut(declared=outcome.declared, recomputed=outcome.recomputed, identical=outcome.identical)


@router.post("/cases", response={201: CaseDetailOut})
@access("certification.apply")
def apply(request: HttpRequest, body: ApplyIn) -> Any:
    """Apply for certification of a submitted study."""
    made = commands.apply(
        actor_of(request),
        study_id=body.study,
        body_id=body.body,
        scheme=body.scheme,
        kind=body.kind,
        certification=body.certification,
        replaces=body.replaces,
        system_months=body.system_months,
        documents={kind: upload_of(sent) for kind, sent in body.documents.items()},
        system_kit=body.system_kit,
        unit=body.unit.model_dump(mode="json") if body.unit else None,
    )
    return 201, _detail(request, made.id)


@router.post("/cases/{uuid:case_id}/documents", response={201: IdOut})
@access("certification.apply")
def add_document(request: HttpRequest, case_id: UUID, body: DocumentIn) -> Any:
    """Add a document."""
    made = commands.add_document(actor_of(request), case_id=case_id, kind=body.kind, upload=upload_of(body))
    return 201, IdOut(id=made.id, head=made.case.head)


@router.post("/cases/{uuid:case_id}/accept", response=CaseDetailOut)
@access("certification.handle")
def accept(request: HttpRequest, case_id: UUID, body: AcceptIn) -> Any:
    """Accept the application."""
    commands.accept(actor_of(request), case_id=case_id, **body.model_dump())
    return _detail(request, case_id)


@router.post("/cases/{uuid:case_id}/refuse", response=CaseDetailOut)
@access("certification.handle")
def refuse(request: HttpRequest, case_id: UUID, body: Reasoned) -> Any:
    """Refuse the application."""
    commands.refuse(actor_of(request), case_id=case_id, **body.model_dump())
    return _detail(request, case_id)


@router.post("/cases/{uuid:case_id}/sign", response=CaseDetailOut)
@access("certification.sign")
def sign(request: HttpRequest, case_id: UUID, body: BuildsOn) -> Any:
    """Sign the contract for one's own side."""
    commands.sign(actor_of(request), case_id=case_id, builds_on=body.builds_on)
    return _detail(request, case_id)


@router.post("/cases/{uuid:case_id}/plan", response=CaseDetailOut)
@access("certification.handle")
def plan(request: HttpRequest, case_id: UUID, body: PlanIn) -> Any:
    """Plan the evaluation."""
    team = [
        Assignment(
            person_id=member.person,
            lead=member.lead,
            no_conflict_declared=member.no_conflict_declared,
        )
        for member in body.team
    ]
    commands.plan(actor_of(request), case_id=case_id, builds_on=body.builds_on, team=team, man_days=body.man_days)
    return _detail(request, case_id)


@router.post("/cases/{uuid:case_id}/start", response=CaseDetailOut)
@access("certification.verify")
def start(request: HttpRequest, case_id: UUID) -> Any:
    """Start the document review."""
    commands.start(actor_of(request), case_id=case_id)
    return _detail(request, case_id)


@router.post("/cases/{uuid:case_id}/pass_documents", response=CaseDetailOut)
@access("certification.verify")
def pass_documents(request: HttpRequest, case_id: UUID, body: BuildsOn) -> Any:
    """Pass the document review."""
    commands.pass_documents(actor_of(request), case_id=case_id, builds_on=body.builds_on)
    return _detail(request, case_id)


@router.post("/cases/{uuid:case_id}/skip_site", response=CaseDetailOut)
@access("certification.verify")
def skip_site(request: HttpRequest, case_id: UUID, body: BuildsOn) -> Any:
    """Pass the document review and leave the site visit out, where the scheme does."""
    commands.skip_site(actor_of(request), case_id=case_id, builds_on=body.builds_on)
    return _detail(request, case_id)


@router.post("/cases/{uuid:case_id}/visits", response={201: IdOut})
@access("certification.verify")
def check_in(request: HttpRequest, case_id: UUID, body: CheckInIn) -> Any:
    """Check in at the site."""
    made = commands.check_in(actor_of(request), case_id=case_id, **body.values())
    return 201, IdOut(id=made.id, head=made.case.head)


@router.post("/visits/{uuid:visit_id}/check_out", response=IdOut)
@access("certification.verify")
def check_out(request: HttpRequest, visit_id: UUID, body: CheckOutIn) -> Any:
    """Check out of the site."""
    made = commands.check_out(actor_of(request), visit_id=visit_id, **body.model_dump())
    return IdOut(id=made.id)


@router.post("/cases/{uuid:case_id}/complete_site", response=CaseDetailOut)
@access("certification.verify")
def complete_site(request: HttpRequest, case_id: UUID) -> Any:
    """Complete the site inspection."""
    commands.complete_site(actor_of(request), case_id=case_id)
    return _detail(request, case_id)


@router.post("/cases/{uuid:case_id}/sample", response=CaseDetailOut)
@access("certification.verify")
def sample_row(request: HttpRequest, case_id: UUID, body: SampleIn) -> Any:
    """Take a row into the evidence plan, trace it, and enter one's own figure for it."""
    commands.sample_row(actor_of(request), case_id=case_id, **body.model_dump())
    return _detail(request, case_id)


@router.post("/cases/{uuid:case_id}/findings", response={201: IdOut})
@access("certification.verify")
def raise_finding(request: HttpRequest, case_id: UUID, body: FindingIn) -> Any:
    """Raise a finding."""
    made = commands.raise_finding(actor_of(request), case_id=case_id, **body.model_dump())
    return 201, IdOut(id=made.id, head=made.case.head)


@router.post("/findings/{uuid:finding_id}/answer", response=FindingRowOut)
@access("certification.answer")
def answer_finding(request: HttpRequest, finding_id: UUID, body: SayIn) -> Any:
    """Answer a finding."""
    upload = upload_of(body.file) if body.file else None
    return _finding(commands.answer_finding(actor_of(request), finding_id=finding_id, text=body.text, upload=upload))


@router.post("/findings/{uuid:finding_id}/close", response=FindingRowOut)
@access("certification.verify")
def close_finding(request: HttpRequest, finding_id: UUID, body: SayIn) -> Any:
    """Close a finding."""
    return _finding(commands.close_finding(actor_of(request), finding_id=finding_id, text=body.text))


@router.post("/findings/{uuid:finding_id}/reopen", response=FindingRowOut)
@access("certification.verify")
def reopen_finding(request: HttpRequest, finding_id: UUID, body: SayIn) -> Any:
    """Open a finding again."""
    return _finding(commands.reopen_finding(actor_of(request), finding_id=finding_id, text=body.text))


@router.post("/cases/{uuid:case_id}/require_rectification", response=CaseDetailOut)
@access("certification.verify")
def require_rectification(request: HttpRequest, case_id: UUID) -> Any:
    """Hand the open findings to the applicant."""
    commands.require_rectification(actor_of(request), case_id=case_id)
    return _detail(request, case_id)


@router.post("/cases/{uuid:case_id}/resubmit", response=CaseDetailOut)
@access("certification.apply")
def resubmit(request: HttpRequest, case_id: UUID) -> Any:
    """Hand in the rectification."""
    commands.resubmit(actor_of(request), case_id=case_id)
    return _detail(request, case_id)


@router.post("/cases/{uuid:case_id}/state_opinion", response=CaseDetailOut)
@access("certification.verify")
def state_opinion(request: HttpRequest, case_id: UUID, body: OpinionIn) -> Any:
    """State the opinion; the package is replayed here and now."""
    commands.state_opinion(actor_of(request), case_id=case_id, **body.model_dump())
    return _detail(request, case_id)


@router.post("/cases/{uuid:case_id}/review", response=CaseDetailOut)
@access("certification.review")
def review(request: HttpRequest, case_id: UUID, body: ReviewIn) -> Any:
    """Conclude the technical review."""
    commands.review(actor_of(request), case_id=case_id, **body.model_dump())
    return _detail(request, case_id)


@router.post("/cases/{uuid:case_id}/return_to_team", response=CaseDetailOut)
@access("certification.review")
def return_to_team(request: HttpRequest, case_id: UUID, body: ReturnIn) -> Any:
    """Return the case to the team."""
    commands.return_to_team(actor_of(request), case_id=case_id, **body.model_dump())
    return _detail(request, case_id)


@router.post("/cases/{uuid:case_id}/decide", response=CaseDetailOut)
@access("certification.decide")
def decide(request: HttpRequest, case_id: UUID, body: DecisionIn) -> Any:
    """Grant or deny the certification, or vote where a committee decides."""
    commands.decide(actor_of(request), case_id=case_id, **body.model_dump())
    return _detail(request, case_id)


@router.post("/cases/{uuid:case_id}/lapse", response=CaseDetailOut)
@access("certification.decide")
def lapse(request: HttpRequest, case_id: UUID, body: Reasoned) -> Any:
    """Deny because the term for rectification has run out."""
    commands.lapse(actor_of(request), case_id=case_id, **body.model_dump())
    return _detail(request, case_id)


@router.post("/cases/{uuid:case_id}/void_issue", response=CaseDetailOut)
@access("certification.void_issue")
def void_issue(request: HttpRequest, case_id: UUID, body: Reasoned) -> Any:
    """Void an issue that can't be completed."""
    commands.void_issue(actor_of(request), case_id=case_id, **body.model_dump())
    return _detail(request, case_id)


@router.post("/cases/{uuid:case_id}/withdraw", response=CaseDetailOut)
@access("certification.apply")
def withdraw(request: HttpRequest, case_id: UUID, body: Reasoned) -> Any:
    """Withdraw the application."""
    commands.withdraw(actor_of(request), case_id=case_id, **body.model_dump())
    return _detail(request, case_id)


@router.post("/cases/{uuid:case_id}/terminate", response=CaseDetailOut)
@access("certification.decide")
def terminate(request: HttpRequest, case_id: UUID, body: ReturnIn) -> Any:
    """End the case for a cause."""
    commands.terminate(actor_of(request), case_id=case_id, **body.model_dump())
    return _detail(request, case_id)
