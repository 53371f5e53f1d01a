"""The REST API of the register: public reading with ETags, state changes by the issuing body, reports by anybody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Status
from pydantic import BaseModel, Field

from tanbiao.core.canonical import content_hash
from tanbiao.core.standing import rule_notice
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Count, Limit, Offset, Page, Router, Text, UploadIn, page_of, upload_of
from tanbiao.web.commanding import NotFound
from tanbiao.web.language import current
from tanbiao.web.register import (
    api_checks,
    api_comparing,
    api_declaring,
    api_handing_over,
    api_open,
    commands,
    finding,
    migrating,
    pact,
    queries,
    show,
    verifying,
)
from tanbiao.web.register.models import Certificate, ChangeProposal, Migration
from tanbiao.web.register.records import record_of

router = Router()
router.add_router("", api_checks.router)
router.add_router("", api_comparing.router)
router.add_router("", api_open.router)

Number = Annotated[str, Field(max_length=64)]
Code = Annotated[str, Field(max_length=60)]
Hash = Annotated[str, Field(max_length=71)]
Long = Annotated[str, Field(max_length=4000)]
Name = Annotated[str, Field(max_length=200)]
Lines = Annotated[list[Name], Field(max_length=200)]


class PartyOut(BaseModel):
    """An organisation as the certificate names it."""

    zh: str
    en: str
    code: str


class IssueOut(BaseModel):
    """An issue that is under way: the certificate version it will make, and ``running``, ``done`` or ``voided``."""

    number: str
    version: int
    state: str


class CertificateOut(BaseModel):
    """What is public of a certificate; a field that is not published reads null and stands in ``not_published``."""

    number: str
    version: Count
    kind: str
    demonstration: bool
    state: str
    state_name: str
    reason: str
    state_since: datetime
    suspended_until: date | None = None
    succeeded_by: str = ""
    product: dict[str, str]
    models: list[str]
    value: str
    unit: str
    declared_unit: str
    boundary: str
    period: dict[str, str]
    gwp_set: str
    electricity_basis: str
    holder: PartyOut
    producer: PartyOut | None
    body: PartyOut
    rule: str
    rule_hash: str
    rule_standing: str = ""
    rule_notice: dict[str, str] | None
    """What must be said of the rule, in both languages: that it is a demonstration, not official."""
    release: str
    scheme: str
    category: str
    decided_on: date
    valid_from: date
    valid_until: date
    credential: str
    package_hash: str
    identifiers: list[dict[str, str]]
    grade: str
    stages: dict[str, Any] | None
    sites: list[str] | None
    certification: dict[str, Any] | None = None
    """Kind of certification by the scheme's id and in words, where it is no footprint."""
    claim: dict[str, Any] | None = None
    """What such a certificate states (form, claim, cited certificates, numbers); the figure's fields are empty."""
    pact: dict[str, Any] | None = None
    """The footprint in PACT's data model, where the holder publishes it."""
    not_published: list[str]
    head: str


class ProofOut(BaseModel):
    """Where the issue stands in the transparency log; null while it is being given its place."""

    number: str
    credential: str
    proof: dict[str, Any] | None


class StepOut(BaseModel):
    """A step of a check."""

    id: str
    ok: bool | None
    code: str
    message: str


class VerdictOut(BaseModel):
    """What this server found when it checked a certificate with its own keys and lists."""

    verdict: str
    headline: str
    demonstration: bool
    status_as_of: str | None
    number: str | None
    steps: list[StepOut]


class VersionOut(BaseModel):
    """One version of a certificate."""

    version: Count
    state: str
    valid_from: date
    valid_until: date
    credential: str
    twin: Annotated[str, Field(description="Hash of the same credential with a Data Integrity proof; empty: none")] = ""


class StateIn(BaseModel):
    """A change of state: the head that was seen, a reason code, a text."""

    builds_on: Hash
    reason: Code = ""
    text: Long = ""


class SuspendIn(StateIn):
    """A suspension; without days it may be corrected as long as the scheme allows."""

    term_days: Annotated[int, Field(ge=1, le=3660)] | None = None


class RestoreIn(BaseModel):
    """A restoration, with what was corrected."""

    builds_on: Hash
    text: Long


class ChangeIn(StateIn):
    """A proposed change of name, or of models or sites that are left out."""

    holder_name_zh: Name = ""
    holder_name_en: Name = ""
    models: Lines = []
    sites: Lines = []


class ChangeOut(BaseModel):
    """A change that waits for another person of the body: what is to be another, and who proposed it."""

    id: UUID
    number: str
    reason: str
    content: dict[str, str | list[str]]
    text: str
    proposer: str
    at: datetime
    state: str


class ChangeDecisionIn(BaseModel):
    """A second person's decision for a proposed change."""

    builds_on: Annotated[str, Field(max_length=71)] = ""
    text: Annotated[str, Field(max_length=4000)] = ""


class ChangeDropIn(BaseModel):
    """Why a proposed change is not to be."""

    text: Annotated[str, Field(max_length=4000)] = ""


class ConsentIn(BaseModel):
    """Which further fields the public sees."""

    fields: Annotated[list[Code], Field(max_length=20)]


class ReportIn(BaseModel):
    """A report of the public."""

    number: Number = ""
    kind: Code
    text: Long
    contact: Name = ""
    photo: UploadIn | None = None


class ReportOut(BaseModel):
    """The report was kept under this id; whoever has the code follows it."""

    id: str
    code: str


class ReportStatusOut(BaseModel):
    """What came of a report; outcome and answer are empty while nobody has answered."""

    code: str
    number: str
    kind: str
    at: datetime
    outcome: str
    answer: str
    answered_at: datetime | None
    answered_by: str


def out(row: Certificate) -> CertificateOut:
    """Return what is public of a certificate."""
    return of_record(record_of(row))


def of_record(record: Mapping[str, Any]) -> CertificateOut:
    """Return a public record as the API shows it."""
    demo = record["demonstration"]
    return CertificateOut(
        **{name: value for name, value in record.items() if name in CertificateOut.model_fields and name != "kind"},
        kind="demonstration" if demo else record["kind"],
        state_name=show.state_name(record["state"]),
        rule_notice=rule_notice(record["rule"], record.get("rule_standing")) if record["rule"] else None,
    )


def _tagged(request: HttpRequest, response: HttpResponse, body: BaseModel) -> Any:
    """Answer with an ETag over the canonical content; 304 when the caller has it."""
    etag = f'"{content_hash(body.model_dump(mode="json"))}"'
    response["ETag"] = etag
    response["Cache-Control"] = "no-cache"
    response["Access-Control-Allow-Origin"] = "*"
    asked = [item.strip().removeprefix("W/") for item in request.headers.get("If-None-Match", "").split(",")]
    if etag in asked:
        unchanged = HttpResponse(status=304)
        unchanged["ETag"] = etag
        return unchanged
    return body


@router.get("/certificates", response=Page[CertificateOut])
@access(PUBLIC)
def search_certificates(
    request: HttpRequest,
    response: HttpResponse,
    q: Text = "",
    state: Code = "",
    category: Name = "",
    limit: Limit = 20,
    offset: Offset = 0,
) -> Any:
    """Search certificates by words (Chinese or Latin), number, state and category. Certified entries only.

    ``total`` is exact up to 5,000. ``/register/entries`` has all facets and sorts, and pages by key.
    """
    actor = actor_of(request)
    query = finding.query_of(text=q, state=state, category=category)
    items = [of_record(row.record) for row in finding.window(actor, query, offset=offset, limit=limit)]
    total = max(finding.count(actor, query).n, offset + len(items) if items else 0)
    return _tagged(request, response, Page[CertificateOut](total=total, offset=offset, items=items))


@router.get("/certificates/{number}", response=CertificateOut)
@access(PUBLIC)
def read_certificate(
    request: HttpRequest,
    response: HttpResponse,
    number: Number,
    version: Annotated[int, Field(ge=1, le=100_000)] | None = None,
) -> Any:
    """Return a certificate, its newest version unless one is named."""
    return _tagged(request, response, out(queries.certificate(actor_of(request), number, version)))


@router.get("/certificates/{number}/versions", response=list[VersionOut])
@access(PUBLIC)
def list_versions(request: HttpRequest, number: Number) -> Any:
    """Return all versions of a certificate, newest first."""
    rows = list(queries.versions(actor_of(request), number))
    if not rows:
        raise NotFound.of("certificate_unknown", number)
    return [
        VersionOut(
            version=row.version,
            state=row.state,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            credential=row.credential_hash,
            twin=row.artefacts.get("twin", ""),
        )
        for row in rows
    ]


@router.get("/certificates/{number}/proof", response=ProofOut)
@access(PUBLIC)
def read_proof(request: HttpRequest, response: HttpResponse, number: Number) -> Any:
    """Return the inclusion proof of a certificate's issue in the transparency log."""
    found = queries.certificate(actor_of(request), number)
    body = ProofOut(number=number, credential=found.credential_hash, proof=queries.log_place(found).proof)
    return _tagged(request, response, body)


@router.get("/certificates/{number}/verdict", response=VerdictOut)
@access(PUBLIC)
def read_verdict(request: HttpRequest, number: Number, value: Annotated[str, Field(max_length=40)] = "") -> Any:
    """Check a certificate with this server's own keys and lists, and with the figure on the pack if one is given."""
    actor, lang = actor_of(request), current()
    found = queries.certificate(actor, number)
    verdict = verifying.check_certificate(found, queries.credential(actor, number), value)
    return VerdictOut(**verdict.as_json(lang))


@router.post("/certificates/{number}/suspend", response=CertificateOut)
@access("register.change_state")
def suspend(request: HttpRequest, number: Number, body: SuspendIn) -> Any:
    """Suspend a certificate."""
    return out(commands.suspend(actor_of(request), number=number, **body.model_dump()))


@router.post("/certificates/{number}/restore", response=CertificateOut)
@access("register.decide_state")
def restore(request: HttpRequest, number: Number, body: RestoreIn) -> Any:
    """Restore a suspended certificate."""
    return out(commands.restore(actor_of(request), number=number, **body.model_dump()))


@router.post("/certificates/{number}/withdraw", response=CertificateOut)
@access("register.decide_state")
def withdraw(request: HttpRequest, number: Number, body: StateIn) -> Any:
    """Withdraw a certificate for cause."""
    return out(commands.withdraw(actor_of(request), number=number, **body.model_dump()))


@router.post("/certificates/{number}/cancel", response=CertificateOut)
@access("register.change_state")
def cancel(request: HttpRequest, number: Number, body: StateIn) -> Any:
    """Cancel a certificate."""
    return out(commands.cancel(actor_of(request), number=number, **body.model_dump()))


def _change_out(row: ChangeProposal) -> ChangeOut:
    named = {name: getattr(row, name) for name in ("id", "reason", "content", "text", "at", "state")}
    return ChangeOut(number=row.certificate.number, proposer=row.person.name(current()), **named)


@router.get("/certificates/{number}/changes", response=list[ChangeOut])
@access("register.change_state")
def list_changes(request: HttpRequest, number: Number) -> Any:
    """Return the changes that people of the issuing body proposed, newest first."""
    return [_change_out(row) for row in queries.proposals(actor_of(request), number)]


@router.post("/certificates/{number}/changes", response={201: ChangeOut})
@access("register.change_state")
def propose_change(request: HttpRequest, number: Number, body: ChangeIn) -> Any:
    """Propose a change of name, or of models or sites that are left out; another person of the body decides on it."""
    given = body.model_dump()
    given["models"], given["sites"] = tuple(given["models"]), tuple(given["sites"])
    return Status(201, _change_out(commands.propose_change(actor_of(request), number=number, **given)))


@router.post("/certificates/{number}/changes/{change_id}/decide", response={202: IssueOut})
@access("register.decide_state")
def decide_change(request: HttpRequest, number: Number, change_id: UUID, body: ChangeDecisionIn) -> Any:
    """Decide for a proposed change: a new version is issued; the present one holds until that one is in the log."""
    issue = commands.change(actor_of(request), number=number, proposal_id=change_id, **body.model_dump())
    return Status(202, IssueOut(number=issue.number, version=issue.version, state=issue.state))


@router.post("/certificates/{number}/changes/{change_id}/drop", response=ChangeOut)
@access("register.change_state")
def drop_change(request: HttpRequest, number: Number, change_id: UUID, body: ChangeDropIn) -> Any:
    """Drop a proposed change."""
    return _change_out(
        commands.drop_change(actor_of(request), number=number, proposal_id=change_id, **body.model_dump())
    )


@router.get("/certificates/{number}/pact", response=dict[str, Any])
@access(PUBLIC)
def read_pact(request: HttpRequest, response: HttpResponse, number: Number) -> Any:
    """Return the product's footprint in PACT's data model 3, as far as its holder publishes it; 409 says why not."""
    response["Access-Control-Allow-Origin"] = "*"
    return pact.published(queries.certificate(actor_of(request), number))


@router.put("/certificates/{number}/consent", response=CertificateOut)
@access("register.consent")
def consent(request: HttpRequest, number: Number, body: ConsentIn) -> Any:
    """Set which further fields the public sees of one's own certificate."""
    return out(commands.consent(actor_of(request), number=number, fields=tuple(body.fields)))


router.add_router("", api_declaring.router)
router.add_router("", api_handing_over.router)


class MigrationOut(BaseModel):
    """A certificate whose rule ends: why, what takes its place, by when, and where it stands."""

    number: str
    product_zh: str
    product_en: str
    holder: str
    body: str
    rule: str
    cause: str
    successor: str
    until: date
    outcome: str
    at: datetime


class MigrationsReadOut(BaseModel):
    """How many lines were not read before."""

    read: Count


def _migration(row: Migration) -> MigrationOut:
    (known,) = migrating.with_outcome([row])
    claims = row.certificate.claims
    return MigrationOut(
        number=row.certificate.number,
        product_zh=claims["product_zh"],
        product_en=claims["product_en"],
        holder=row.certificate.owner.name(current()),
        body=row.certificate.body.name(current()),
        rule=row.rule,
        cause=row.cause,
        successor=row.successor,
        until=row.until,
        outcome=known.outcome,
        at=row.at,
    )


@router.get("/certificate-migrations", response=Page[MigrationOut])
@access("register.migrations")
def list_migrations(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> Page[MigrationOut]:
    """List the caller's certificates whose rule ends, what is due first."""
    return page_of(migrating.migrations(actor_of(request)), limit, offset, _migration)


@router.post("/certificate-migrations/read", response=MigrationsReadOut)
@access("register.migrations")
def read_migrations(request: HttpRequest) -> MigrationsReadOut:
    """Mark what the caller's organisation was told of migrations as read."""
    return MigrationsReadOut(read=commands.read_migrations(actor_of(request)))


@router.post("/reports", response={201: ReportOut})
@access(PUBLIC)
def report(request: HttpRequest, body: ReportIn) -> Any:
    """Report a problem with a label."""
    sent = upload_of(body.photo) if body.photo else None
    given = {**body.model_dump(exclude={"photo"}), "photo": (sent.filename, sent.data) if sent else None}
    made = commands.report_problem(actor_of(request), **given)
    return 201, ReportOut(id=str(made.id), code=made.code)


@router.get("/reports/{code}", response=ReportStatusOut)
@access(PUBLIC)
def report_status(request: HttpRequest, code: Annotated[str, Field(max_length=16)]) -> Any:
    """Return what came of a report, for whoever has its code."""
    row = queries.report_by_code(actor_of(request), code)
    return ReportStatusOut(
        code=row.code,
        number=row.number,
        kind=row.kind,
        at=row.at,
        outcome=row.outcome,
        answer=row.answer,
        answered_at=row.answered_at,
        answered_by=row.answered_for.name(current()) if row.answered_for else "",
    )
