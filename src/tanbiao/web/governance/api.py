"""The REST API of governance: databases, datasets on their way and after, error reports, platform releases."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Status
from pydantic import BaseModel, Field

from tanbiao.core.findings import Lang, from_json, render
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Count, FindingOut, Limit, Offset, Page, Router, page_of
from tanbiao.web.factors.readiness import ReleaseReadinessOut
from tanbiao.web.governance import acting, api_suppliers, commands, exporting, queries, show
from tanbiao.web.governance.models import (
    Database,
    DatasetNotice,
    Derivation,
    ErrorReport,
    GovernanceEvent,
    GovernedDataset,
    PlatformRelease,
)
from tanbiao.web.language import current
from tanbiao.web.ledger.blobs import attachment

router = Router()
router.add_router("", api_suppliers.router)
Words = Annotated[str, Field(max_length=200)]
LongText = Annotated[str, Field(max_length=8000)]
Amount = Annotated[float, Field(ge=-1e30, le=1e30)]
Event = Literal[
    "describe", "submit", "revise", "withdraw", "screen", "pass_screening", "review", "close_majors", "close_reviews",
    "compare", "explain_deviation", "pass_comparison", "confirm_trace", "publish", "return", "reject", "suspend",
    "restore", "retire",
]  # fmt: skip


class DatabaseIn(BaseModel):
    """A database to be founded."""

    key: Words
    name_zh: Words
    name_en: Words
    level: Words
    access: Words
    licence: Words


class DatabaseOut(BaseModel):
    """A background database: whose, at what level, who may read it, under what licence."""

    key: str
    name_zh: str
    name_en: str
    owner: str
    level: str
    access: str
    licence: str


class FollowIn(BaseModel):
    """Whether to be told of what happens in a database."""

    wanted: bool = True


class GovernedIn(BaseModel):
    """The version that shall go into a database."""

    database: Words
    version_id: UUID


class GovernedOut(BaseModel):
    """A dataset version in governance."""

    id: UUID
    database: str
    dataset_id: str
    name: str
    version: str
    content_hash: str
    state: str
    round: Count
    head: str
    identifier: str
    number: Count
    licence: str
    valid_until: date | None
    predecessor: UUID | None
    published_at: datetime | None
    changed_at: datetime
    quality: dict[str, Any]
    """What the trace check rated: scores 1 to 5, their mean and the level; empty before it."""


class GovernanceActIn(BaseModel):
    """What an act says; each event takes the fields that are its own. ``builds_on`` is the head that was seen."""

    builds_on: Words = ""
    reason: Words = ""
    text: LongText = ""
    source_statement: LongText = ""
    legal_basis: LongText = ""
    licence: Words = ""
    embargo_until: date | None = None
    valid_until: date | None = None
    is_correction: bool = False
    version_id: UUID | None = None
    positive: bool = False
    majors: Annotated[int, Field(ge=0, le=1000)] = 0
    source: Words = ""
    own_value: Amount = 0.0
    other_value: Amount = 0.0
    unit: Words = ""
    explanation: LongText = ""
    comparison: Annotated[int, Field(ge=0, le=2**62)] = 0
    quality: Annotated[dict[Words, Annotated[int, Field(ge=0, le=5)]], Field(max_length=10)] = {}
    evidence: Annotated[list[Words], Field(max_length=100)] = []
    classification: Words = ""


class GovernanceEventOut(BaseModel):
    """A line of history."""

    index: Count
    event: str
    source: str
    target: str
    reason: str
    hash: str
    at: datetime


class GovernanceNoticeOut(BaseModel):
    """What the caller was told of a dataset."""

    id: int
    dataset: UUID
    name: str
    event: str
    state: str
    at: datetime
    read_at: datetime | None


class NoticesReadIn(BaseModel):
    """Which notices were read; all where none is named."""

    ids: Annotated[list[Annotated[int, Field(ge=0, le=2**62)]], Field(max_length=1000)] | None = None


class NoticesReadOut(BaseModel):
    """How many were not read before."""

    read: Count


class ErrorReportIn(BaseModel):
    """What is wrong."""

    text: LongText


class ErrorReportAnswerIn(BaseModel):
    """What becomes of a report: suspended, to_correct or refused."""

    outcome: Words
    text: LongText


class ErrorReportOut(BaseModel):
    """An error report and its answer."""

    id: UUID
    dataset: UUID
    text: str
    state: str
    answer: str
    at: datetime


class PlatformReleaseIn(BaseModel):
    """A release of published versions."""

    name: Words
    version: Words
    databases: Annotated[list[Words], Field(max_length=50)]
    gap_filling: bool = False
    base: Words = ""
    standing: Words = "demonstration"
    samples: Annotated[int, Field(ge=0, le=10_000)] = 0
    only_for: Annotated[list[Words], Field(max_length=500)] = []
    """Organisations by id or unified social credit code that alone may read it; none: everybody."""
    basis: Annotated[str, Field(max_length=500)] = ""


class OwnReleaseIn(BaseModel):
    """A release of one's own datasets, for one's own organisation alone; ``imports``: files, none: all."""

    name: Words
    version: Words
    imports: Annotated[list[UUID], Field(max_length=500)] = []
    basis: Annotated[str, Field(max_length=500)]
    level: Words = "foreign"
    base: Words = ""
    samples: Annotated[int, Field(ge=0, le=10_000)] = 0


class PlatformReleaseOut(BaseModel):
    """A release that was asked for: waiting, built or failed; ``report`` holds readiness and precedence."""

    id: UUID
    name: str
    version: str
    standing: str
    databases: list[str]
    gap_filling: bool
    readers: list[UUID]
    """Organisations that alone it is for; none: everybody."""
    pins: list[dict[str, Any]]
    state: str
    report: dict[str, Any]
    findings: list[FindingOut]
    at: datetime


class DerivationIn(BaseModel):
    """A dataset that follows from published ones; ``derivation`` as in a release's folder."""

    database: Words
    key: Words
    name_zh: Words
    name_en: Words
    geography: Words
    valid_from: Words
    technology: LongText
    derivation: Annotated[dict[str, Any], Field(max_length=20)]
    legal_basis: LongText
    licence: Words
    unit: Words = ""


class DerivationOut(BaseModel):
    """A definition, the newest version that followed from it, or why none does now."""

    id: UUID
    database: str
    key: str
    number: Count
    is_current: bool
    about: dict[str, Any]
    version: str
    content_hash: str
    formula: str
    inputs: list[dict[str, Any]]
    """Of the newest version: id, version and hash of each input, its amount per unit, kg CO2e that it brings."""
    figure: str
    findings: list[FindingOut]
    calculated_at: datetime | None


def _derivation(row: Derivation) -> DerivationOut:
    told = show.derived(row.version) or {"formula": "", "inputs": [], "figure": ""}
    lang: Lang = current()
    return DerivationOut(
        id=row.id,
        database=row.database.key,
        key=row.key,
        number=row.number,
        is_current=row.is_current,
        about=row.about,
        version=row.version.version if row.version else "",
        content_hash=row.version.content_hash if row.version else "",
        formula=told["formula"],
        inputs=[{key: value for key, value in one.items() if key != "entry"} for one in told["inputs"]],
        figure=told["figure"],
        findings=[FindingOut(**render(from_json(item), lang)) for item in row.findings],
        calculated_at=row.calculated_at,
    )


def _database(row: Database) -> DatabaseOut:
    return DatabaseOut(
        key=row.key,
        name_zh=row.name_zh,
        name_en=row.name_en,
        owner=row.owner.name(current()),
        level=row.level,
        access=row.access,
        licence=row.licence,
    )


def _governed(row: GovernedDataset) -> GovernedOut:
    return GovernedOut(
        id=row.id,
        database=row.database.key,
        dataset_id=row.version.dataset_id,
        name=row.version.name,
        version=row.version.version,
        content_hash=row.content_hash,
        state=row.state,
        round=row.round,
        head=row.head,
        identifier=row.identifier,
        number=row.number,
        licence=row.licence,
        valid_until=row.valid_until,
        predecessor=row.predecessor_id,
        published_at=row.published_at,
        changed_at=row.changed_at,
        quality=row.quality,
    )


def _event(row: GovernanceEvent) -> GovernanceEventOut:
    return GovernanceEventOut(
        index=row.index,
        event=row.event,
        source=row.source,
        target=row.target,
        reason=row.reason,
        hash=row.hash,
        at=row.at,
    )


def _report(row: ErrorReport) -> ErrorReportOut:
    return ErrorReportOut(id=row.id, dataset=row.entry_id, text=row.text, state=row.state, answer=row.answer, at=row.at)


def _release(row: PlatformRelease) -> PlatformReleaseOut:
    lang: Lang = current()
    return PlatformReleaseOut(
        id=row.id,
        name=row.name,
        version=row.version,
        standing=row.standing,
        databases=row.databases,
        gap_filling=row.gap_filling,
        readers=[one.id for one in row.readers.order_by("id")],
        pins=row.pins,
        state=row.state,
        report=row.report,
        findings=[FindingOut(**render(from_json(item), lang)) for item in row.findings],
        at=row.at,
    )


@router.get("/databases", response=Page[DatabaseOut])
@access(PUBLIC)
def list_databases(request: HttpRequest, limit: Limit = 20, offset: Offset = 0) -> Page[DatabaseOut]:
    """List the background databases the caller may know."""
    return page_of(queries.databases(actor_of(request)).select_related("owner"), limit, offset, _database)


@router.post("/databases", response={201: DatabaseOut})
@access("governance.found_database")
def found_database(request: HttpRequest, body: DatabaseIn) -> Any:
    """Found a database of the caller's organisation."""
    return Status(201, _database(commands.found_database(actor_of(request), **body.model_dump())))


@router.post("/databases/{str:key}/followers", response=DatabaseOut)
@access("governance.report")
def follow_database(request: HttpRequest, key: str, body: FollowIn) -> DatabaseOut:
    """Follow a database, or stop."""
    return _database(commands.follow(actor_of(request), database=key, wanted=body.wanted))


@router.get("/databases/{str:key}/file")
@access(PUBLIC)
def download_database(request: HttpRequest, key: str, format: Words) -> HttpResponse:
    """Return the published datasets in a format (openlca, ilcd, excel, csv, brightway); what is held back stays in."""
    made = exporting.exported(actor_of(request), key, format)
    return attachment(made.data, made.target.media_type, exporting.file_name(key, made))


@router.get("/published-datasets", response=Page[GovernedOut])
@access(PUBLIC)
def list_published(
    request: HttpRequest, database: Words = "", limit: Limit = 20, offset: Offset = 0
) -> Page[GovernedOut]:
    """List what is or was published; suspended and replaced versions still resolve."""
    return page_of(queries.published(actor_of(request), database), limit, offset, _governed)


@router.get("/governed-datasets", response=Page[GovernedOut])
@access("governance.provide")
def list_governed(request: HttpRequest, limit: Limit = 20, offset: Offset = 0) -> Page[GovernedOut]:
    """List what the caller's organisation provides."""
    return page_of(queries.mine(actor_of(request)), limit, offset, _governed)


@router.get("/governance-desk", response=Page[GovernedOut])
@access("governance.judge")
def list_desk(request: HttpRequest, limit: Limit = 20, offset: Offset = 0) -> Page[GovernedOut]:
    """List what waits for one of the caller's roles."""
    return page_of(queries.desk(actor_of(request)), limit, offset, _governed)


@router.post("/governed-datasets", response={201: GovernedOut})
@access("governance.provide")
def open_dataset(request: HttpRequest, body: GovernedIn) -> Any:
    """Begin the way of a dataset version into a database."""
    made = commands.open_dataset(actor_of(request), database=body.database, version_id=body.version_id)
    return Status(201, _governed(made))


@router.get("/governed-datasets/{uuid:entry_id}", response=GovernedOut)
@access(PUBLIC)
def get_governed(request: HttpRequest, entry_id: UUID) -> GovernedOut:
    """Return one dataset that the caller may see."""
    return _governed(queries.entry(actor_of(request), entry_id))


@router.get("/governed-datasets/{uuid:entry_id}/history", response=list[GovernanceEventOut])
@access("governance.view")
def list_governance_history(request: HttpRequest, entry_id: UUID) -> list[GovernanceEventOut]:
    """Return the history of a dataset: to those who provide or judge it."""
    actor = actor_of(request)
    row = queries.entry(actor, entry_id)
    return [_event(one) for one in row.history.all()] if queries.is_judge_or_owner(actor, row) else []


@router.post("/governed-datasets/{uuid:entry_id}/acts/{event}", response=GovernedOut)
@access("governance.act")
def act_on_dataset(request: HttpRequest, entry_id: UUID, event: Event, body: GovernanceActIn) -> GovernedOut:
    """Carry out an act of the lifecycle."""
    return _governed(acting.run(actor_of(request), entry_id, event, body.model_dump()))


@router.post("/governed-datasets/{uuid:entry_id}/error-reports", response={201: ErrorReportOut})
@access("governance.report")
def report_error(request: HttpRequest, entry_id: UUID, body: ErrorReportIn) -> Any:
    """Say what is wrong with a published dataset."""
    return Status(201, _report(commands.report_error(actor_of(request), entry_id=entry_id, text=body.text)))


@router.post("/error-reports/{uuid:report_id}/answer", response=ErrorReportOut)
@access("governance.judge")
def answer_report(request: HttpRequest, report_id: UUID, body: ErrorReportAnswerIn) -> ErrorReportOut:
    """Answer an error report: suspend the dataset, await a correction, or refuse it."""
    return _report(commands.answer_report(actor_of(request), report_id=report_id, outcome=body.outcome, text=body.text))


def _notice(row: DatasetNotice) -> GovernanceNoticeOut:
    return GovernanceNoticeOut(
        id=row.id,
        dataset=row.entry_id,
        name=row.entry.version.name,
        event=row.event,
        state=row.entry.state,
        at=row.at,
        read_at=row.read_at,
    )


@router.get("/governance-notices", response=Page[GovernanceNoticeOut])
@access("governance.report")
def list_notices(request: HttpRequest, limit: Limit = 20, offset: Offset = 0) -> Page[GovernanceNoticeOut]:
    """List what the caller was told of datasets he provides, judges or follows, newest first."""
    return page_of(queries.notices(actor_of(request)), limit, offset, _notice)


@router.post("/governance-notices/read", response=NoticesReadOut)
@access("governance.report")
def read_notices(request: HttpRequest, body: NoticesReadIn) -> NoticesReadOut:
    """Mark notices as read: those named, or all."""
    return NoticesReadOut(read=commands.read_notices(actor_of(request), notice_ids=body.ids))


@router.get("/platform-releases", response=Page[PlatformReleaseOut])
@access("governance.view")
def list_platform_releases(request: HttpRequest, limit: Limit = 20, offset: Offset = 0) -> Page[PlatformReleaseOut]:
    """List the releases built from published versions."""
    return page_of(queries.releases(actor_of(request)), limit, offset, _release)


@router.post("/platform-releases", response={202: PlatformReleaseOut})
@access("governance.build_release")
def ask_release(request: HttpRequest, body: PlatformReleaseIn) -> Any:
    """Ask for a release of all published datasets of some databases."""
    return Status(202, _release(commands.ask_release(actor_of(request), **body.model_dump())))


@router.get("/platform-releases/{uuid:release_id}/readiness", response=ReleaseReadinessOut)
@access("governance.view")
def get_platform_release_readiness(request: HttpRequest, release_id: UUID) -> ReleaseReadinessOut:
    """Return how ready a release is that was asked for, in the shape of ``/releases/{name}/readiness``."""
    return show.release_readiness(queries.release(actor_of(request), release_id), current())


@router.get("/platform-releases/{uuid:release_id}", response=PlatformReleaseOut)
@access("governance.view")
def get_platform_release(request: HttpRequest, release_id: UUID) -> PlatformReleaseOut:
    """Return a release that was asked for, with its readiness report."""
    return _release(queries.release(actor_of(request), release_id))


@router.get("/own-releases", response=Page[PlatformReleaseOut])
@access("governance.own_release")
def list_own_releases(request: HttpRequest, limit: Limit = 20, offset: Offset = 0) -> Page[PlatformReleaseOut]:
    """List the releases of the own organisation's datasets."""
    return page_of(queries.own_releases(actor_of(request)), limit, offset, _release)


@router.post("/own-releases", response={202: PlatformReleaseOut})
@access("governance.own_release")
def ask_own_release(request: HttpRequest, body: OwnReleaseIn) -> Any:
    """Ask for a release of the own organisation's datasets, which it alone will read."""
    return Status(202, _release(commands.ask_own_release(actor_of(request), **body.model_dump())))


@router.get("/own-releases/{uuid:release_id}", response=PlatformReleaseOut)
@access("governance.own_release")
def get_own_release(request: HttpRequest, release_id: UUID) -> PlatformReleaseOut:
    """Return a release of the own organisation's datasets, with its readiness report."""
    return _release(queries.own_release(actor_of(request), release_id))


@router.get("/derivations", response=Page[DerivationOut])
@access("governance.derive")
def list_derivations(request: HttpRequest, limit: Limit = 20, offset: Offset = 0) -> Page[DerivationOut]:
    """List the definitions of derived datasets that the caller looks after."""
    return page_of(queries.derivations(actor_of(request)), limit, offset, _derivation)


@router.post("/derivations", response={202: DerivationOut})
@access("governance.derive")
def define_derivation(request: HttpRequest, body: DerivationIn) -> Any:
    """Define a dataset by how it follows from published ones; a worker calculates it, now and whenever one changes."""
    return Status(202, _derivation(commands.define_derivation(actor_of(request), **body.model_dump())))


@router.get("/derivations/{uuid:derivation_id}", response=DerivationOut)
@access("governance.derive")
def get_derivation(request: HttpRequest, derivation_id: UUID) -> DerivationOut:
    """Return one definition with inputs, versions, weights and figure."""
    return _derivation(queries.derivation(actor_of(request), derivation_id))


@router.post("/derivations/{uuid:derivation_id}/recalculate", response={202: DerivationOut})
@access("governance.derive")
def recalculate_derivation(request: HttpRequest, derivation_id: UUID) -> Any:
    """Ask for a calculation now."""
    return Status(202, _derivation(commands.recalculate_derivation(actor_of(request), derivation_id=derivation_id)))


@router.post("/derivations/{uuid:derivation_id}/end", response=DerivationOut)
@access("governance.derive")
def end_derivation(request: HttpRequest, derivation_id: UUID) -> DerivationOut:
    """End a definition; versions that stand remain."""
    return _derivation(commands.end_derivation(actor_of(request), derivation_id=derivation_id))
