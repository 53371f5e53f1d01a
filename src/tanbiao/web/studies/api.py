"""The REST API of studies: thin operations over commands and queries."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import File, Query
from ninja.files import UploadedFile
from pydantic import BaseModel, Field

from tanbiao.core.findings import Finding, render
from tanbiao.core.study import (
    cbam_bridge,
    distances,
    emission_methods,
    fates,
    parameter_sets,
    scenarios,
    scheme_fields,
    years,
)
from tanbiao.core.study.views import explain_result
from tanbiao.formats import forms
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Count, FindingOut, Limit, Offset, Page, Router, Text, page_of
from tanbiao.web.commanding import Invalid
from tanbiao.web.explaining import CutOffQuery
from tanbiao.web.language import current
from tanbiao.web.studies import (
    api_market,
    api_pairs,
    api_scope,
    api_suppliers,
    commands,
    files,
    queries,
    reviewing,
    show,
)
from tanbiao.web.studies.models import CriticalReview, Evidence, Revision, Study, Upload

router = Router()
router.add_router("", api_pairs.router)
router.add_router("", api_scope.router)
router.add_router("", api_market.router)
router.add_router("", api_suppliers.router)

Hash = Annotated[str, Field(max_length=71)]
Number = Annotated[int, Field(ge=1, le=1_000_000)]
Name = Annotated[str, Field(max_length=80)]
Share = Annotated[float, Field(gt=0, lt=1)]


class StudyOut(BaseModel):
    """A study as its readers see it."""

    id: UUID
    title_zh: str
    title_en: str
    owner_id: UUID
    state: str
    revision: int | None
    head: str | None
    package_hash: str
    changed_at: datetime


class SubmittedStudyOut(StudyOut):
    """A study that was submitted, and what a label scheme will hold against it."""

    notices: list[FindingOut]


class StudyFormOut(BaseModel):
    """A form of a scheme, and whether the study can fill it in."""

    id: str
    name_zh: str
    name_en: str
    ready: bool
    findings: list[FindingOut]


class RevisionOut(BaseModel):
    """A saved state of the document."""

    number: Count
    hash: str
    parent: str | None
    origin: str
    rule: str
    release: str
    rows: Count
    at: datetime
    note: str


class PlacedFindingOut(FindingOut):
    """A finding on an uploaded file, with its cell or line and column there."""

    place: str


class UploadOut(BaseModel):
    """A file that came in, whether it became a revision, and what was found in it."""

    id: UUID
    filename: str
    accepted: bool
    findings: list[PlacedFindingOut]
    head: str | None


class EvidenceOut(BaseModel):
    """A file behind a row."""

    id: UUID
    row: str
    filename: str
    media_type: str
    size: Count
    hash: str


class CreateIn(BaseModel):
    """A new study."""

    title_zh: Annotated[str, Field(max_length=200)] = ""
    title_en: Annotated[str, Field(max_length=200)] = ""


class SaveIn(BaseModel):
    """A document to save as the next revision, and the hash of the revision it was made from."""

    document: dict[str, Any]
    expected_parent: Hash
    note: Text = ""


class RowIn(BaseModel):
    """Fields of one row to change; null removes a field."""

    changes: dict[str, Any]
    expected_parent: Hash


class RepinIn(BaseModel):
    """An installed factor release to pin, and the hash of the revision it is meant for."""

    release: Annotated[str, Field(min_length=1, max_length=80)]
    expected_parent: Hash


class CalculateIn(BaseModel):
    """How to sample the uncertainty."""

    samples: Annotated[int, Field(ge=0, le=commands.MAX_SAMPLES)] = 1000
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 1


class BuildsOnIn(BaseModel):
    """The hash of the revision that the decision was made on."""

    builds_on: Hash


class ReasonIn(BaseModel):
    """A reason code of the study's lifecycle."""

    reason: Annotated[str, Field(max_length=60)]


class ReviewOut(BaseModel):
    """A critical review of one result."""

    id: UUID
    kind: str
    conclusion: str
    revision: Count
    result: str
    organisation_id: UUID
    at: datetime


class CriticalReviewIn(BaseModel):
    """The record of a critical review, ``tanbiao: review/1``."""

    record: dict[str, Any]


class ReviewerIn(BaseModel):
    """An organisation that is asked to review."""

    organisation_id: UUID


class ListQuery(BaseModel):
    """Which studies, and which page of them."""

    state: Annotated[str, Field(max_length=40)] = ""
    limit: Limit = 20
    offset: Offset = 0


def _study(study: Study) -> StudyOut:
    head = study.head
    return StudyOut(
        id=study.id,
        title_zh=study.title_zh,
        title_en=study.title_en,
        owner_id=study.owner_id,
        state=study.state,
        revision=head.number if head else None,
        head=head.hash if head else None,
        package_hash=study.package_hash,
        changed_at=study.changed_at,
    )


def _revision(revision: Revision) -> RevisionOut:
    return RevisionOut(
        number=revision.number,
        hash=revision.hash,
        parent=revision.parent.hash if revision.parent else None,
        origin=revision.origin,
        rule=revision.rule,
        release=revision.release,
        rows=revision.rows,
        at=revision.at,
        note=revision.note,
    )


def _upload(upload: Upload) -> UploadOut:
    head = upload.study.head
    return UploadOut(
        id=upload.id,
        filename=upload.filename,
        accepted=upload.accepted,
        findings=[PlacedFindingOut(**item) for item in queries.told_of(upload, current())],
        head=head.hash if head else None,
    )


def _form(request: HttpRequest, study_id: UUID, form: forms.Form, number: int | None) -> StudyFormOut:
    findings: tuple[Finding, ...] = ()
    try:
        findings = queries.filled_form(actor_of(request), study_id, form, current(), number).findings
        ready = True
    except Invalid as error:
        findings, ready = tuple(error.findings), False
    told = [FindingOut(**render(item, current())) for item in findings]
    return StudyFormOut(id=form.id, name_zh=form.zh, name_en=form.en, ready=ready, findings=told)


def _evidence(item: Evidence) -> EvidenceOut:
    return EvidenceOut(
        id=item.id, row=item.row, filename=item.filename, media_type=item.media_type, size=item.size, hash=item.blob
    )


def _review(item: CriticalReview) -> ReviewOut:
    return ReviewOut(
        id=item.id,
        kind=item.kind,
        conclusion=item.conclusion,
        revision=item.result.revision.number,
        result=item.result.hash,
        organisation_id=item.organisation_id,
        at=item.at,
    )


@router.get("/emission-methods", response=dict[str, Any])
@access(PUBLIC)
def list_emission_methods(request: HttpRequest) -> dict[str, Any]:
    """Return the methods for direct emissions by id: amount, inputs, formulas, choices with values and sources."""
    return {key: asdict(item) for key, item in emission_methods.methods().items()}


@router.get("/default-distances", response=dict[str, Any])
@access(PUBLIC)
def list_default_distances(request: HttpRequest) -> dict[str, Any]:
    """Return the default distances: their table and, in km, every pair of provinces by road and of ports by sea."""
    return {"table": distances.table(), "road_km": distances.pairs("road"), "sea_km": distances.pairs("sea")}


@router.get("/use-scenarios", response=dict[str, Any])
@access(PUBLIC)
def list_use_scenarios(request: HttpRequest) -> dict[str, Any]:
    """Return the use-stage scenarios by ``id@version``: standing, source, and each quantity that formulas may use."""
    return dict(scenarios.use_scenarios())


@router.get("/end-of-life-shares", response=dict[str, Any])
@access(PUBLIC)
def list_end_of_life_shares(request: HttpRequest) -> dict[str, Any]:
    """Return the tables of end-of-life shares by ``id@version``: standing, source, shares by material and region."""
    return dict(fates.tables())


@router.get("/studies", response=Page[StudyOut])
@access("studies.view")
def list_studies(request: HttpRequest, query: Query[ListQuery]) -> Page[StudyOut]:
    """List the studies the caller may see, newest change first."""
    return page_of(queries.listing(actor_of(request), state=query.state), query.limit, query.offset, _study)


@router.post("/studies", response={201: StudyOut})
@access("studies.create")
def create_study(request: HttpRequest, body: CreateIn) -> tuple[int, StudyOut]:
    """Begin a study."""
    return 201, _study(commands.create(actor_of(request), title_zh=body.title_zh, title_en=body.title_en))


@router.get("/studies/{uuid:study_id}", response=StudyOut)
@access("studies.view")
def get_study(request: HttpRequest, study_id: UUID) -> StudyOut:
    """Return one study."""
    return _study(queries.study(actor_of(request), study_id))


@router.get("/studies/{uuid:study_id}/revisions", response=Page[RevisionOut])
@access("studies.view")
def list_revisions(request: HttpRequest, study_id: UUID, limit: Limit = 20, offset: Offset = 0) -> Page[RevisionOut]:
    """List the revisions of a study, newest first."""
    return page_of(queries.revisions(actor_of(request), study_id), limit, offset, _revision)


@router.get("/studies/{uuid:study_id}/document", response=dict[str, Any])
@access("studies.view")
def get_document(request: HttpRequest, study_id: UUID, revision: Number | None = None) -> dict[str, Any]:
    """Return the document of a revision (the newest when none is named) as canonical JSON values."""
    return queries.document(actor_of(request), study_id, revision)


@router.post("/studies/{uuid:study_id}/document", response={201: RevisionOut})
@access("studies.edit")
def save_document(request: HttpRequest, study_id: UUID, body: SaveIn) -> tuple[int, RevisionOut]:
    """Save a document as the next revision."""
    saved = commands.save(
        actor_of(request),
        study_id=study_id,
        document=body.document,
        expected_parent=body.expected_parent,
        origin="json",
        note=body.note,
    )
    return 201, _revision(saved)


@router.patch("/studies/{uuid:study_id}/rows/{row_id}", response=RevisionOut)
@access("studies.edit")
def patch_row(request: HttpRequest, study_id: UUID, row_id: str, body: RowIn) -> RevisionOut:
    """Change fields of one row."""
    saved = commands.edit_row(
        actor_of(request),
        study_id=study_id,
        row_id=row_id,
        changes=body.changes,
        expected_parent=body.expected_parent,
    )
    return _revision(saved)


@router.post("/studies/{uuid:study_id}/file", response={201: UploadOut, 422: UploadOut})
@access("studies.edit")
def upload_file(
    request: HttpRequest, study_id: UUID, file: File[UploadedFile], expected_parent: Hash = ""
) -> tuple[int, UploadOut]:
    """Take an Excel, YAML or JSON study file; 422 with its findings when it could not become a revision."""
    kept = commands.bring_in(
        actor_of(request),
        study_id=study_id,
        filename=file.name or "",
        data=file.read(),
        expected_parent=expected_parent,
    )
    return (201 if kept.accepted else 422), _upload(kept)


@router.get("/studies/{uuid:study_id}/file.{suffix}")
@access("studies.view")
def download_file(request: HttpRequest, study_id: UUID, suffix: str) -> HttpResponse:
    """Return the newest revision as ``xlsx``, ``yaml`` or ``json``."""
    return files.document_file(actor_of(request), study_id, suffix, current())


@router.get("/studies/{uuid:study_id}/datasets")
@access("studies.view")
def download_datasets(
    request: HttpRequest, study_id: UUID, format: Annotated[str, Field(max_length=40)]
) -> HttpResponse:
    """Return the newest revision as datasets: openlca, ilcd, excel, csv or brightway; what is held back stays in."""
    return files.datasets_file(actor_of(request), study_id, format)


@router.post("/studies/{uuid:study_id}/calculate", response=dict[str, Any])
@access("studies.calculate")
def calculate_study(request: HttpRequest, study_id: UUID, body: CalculateIn) -> dict[str, Any]:
    """Calculate the newest revision and return the result document."""
    actor = actor_of(request)
    commands.calculate(actor, study_id=study_id, samples=body.samples, seed=body.seed)
    return show.result(queries.result_document(actor, study_id), current())


@router.get("/studies/{uuid:study_id}/result", response=dict[str, Any])
@access("studies.view")
def get_result(request: HttpRequest, study_id: UUID, revision: Number | None = None) -> dict[str, Any]:
    """Return the newest result of a revision."""
    return show.result(queries.result_document(actor_of(request), study_id, revision), current())


@router.get("/studies/{uuid:study_id}/views", response=dict[str, Any])
@access("studies.view")
def list_study_views(request: HttpRequest, study_id: UUID, revision: Number | None = None) -> dict[str, Any]:
    """Return the study under each scheme's parameters: the steps from one figure to the other, and its fields.

    ``cbam`` is the way to the embedded emissions of the exported good; null where the study names none. ``kinds`` says
    in which fields of each scheme a kind of emission stands.
    """
    actor = actor_of(request)
    shown = [scheme_fields.as_json(item, current()) for item in queries.views(actor, study_id, revision)]
    goods = queries.embedded(actor, study_id, revision)
    way = None if goods is None or goods[1] is None else cbam_bridge.as_json(goods[1])
    return {"statement": parameter_sets.statement(), "views": shown, "cbam": way, "kinds": scheme_fields.kinds()}


@router.get("/studies/{uuid:study_id}/interpretation", response=dict[str, Any])
@access("studies.view")
def interpret_study(
    request: HttpRequest, study_id: UUID, revision: Number | None = None, vary: Share = 0.1
) -> dict[str, Any]:
    """Return what a result means, also under other choices; ``preview``: first order, instant, not sampled."""
    return queries.interpretation(actor_of(request), study_id, revision, vary)


@router.get("/studies/{uuid:study_id}/forms", response=list[StudyFormOut])
@access("studies.view")
def list_study_forms(request: HttpRequest, study_id: UUID, revision: Number | None = None) -> list[StudyFormOut]:
    """List the forms of schemes: which the study can fill in, and what each of the others misses."""
    return [_form(request, study_id, item, revision) for item in forms.FORMS]


@router.get("/studies/{uuid:study_id}/forms/{form}", response=dict[str, Any])
@access("studies.view")
def get_study_form(request: HttpRequest, study_id: UUID, form: Name, revision: Number | None = None) -> HttpResponse:
    """Return the study in a scheme's form as JSON; 422 with what is missing where it can't be filled in."""
    return files.form_file(actor_of(request), study_id, form, current(), revision)


@router.get("/studies/{uuid:study_id}/years/{uuid:base_id}", response=dict[str, Any])
@access("studies.view")
def compare_study_years(request: HttpRequest, study_id: UUID, base_id: UUID) -> dict[str, Any]:
    """Return the change from an earlier study of the product to this one, split by cause; the steps sum exactly."""
    return years.as_json(queries.years(actor_of(request), study_id, base_id), current())


@router.get("/studies/{uuid:study_id}/reviews", response=list[ReviewOut])
@access("studies.view")
def list_critical_reviews(request: HttpRequest, study_id: UUID) -> list[ReviewOut]:
    """Return the critical reviews of a study, newest first."""
    return [_review(item) for item in reviewing.reviews(actor_of(request), study_id)[:200]]


@router.post("/studies/{uuid:study_id}/reviews", response={201: ReviewOut})
@access("studies.review")
def record_critical_review(request: HttpRequest, study_id: UUID, body: CriticalReviewIn) -> tuple[int, ReviewOut]:
    """Record a critical review of the newest result."""
    return 201, _review(reviewing.record(actor_of(request), study_id=study_id, document=body.record))


@router.get("/studies/{uuid:study_id}/reviews/{uuid:review_id}/record.{suffix}")
@access("studies.view")
def get_critical_review(request: HttpRequest, study_id: UUID, review_id: UUID, suffix: str) -> HttpResponse:
    """Return the record of a review as ``html``, ``pdf`` or ``docx``."""
    return reviewing.document_file(actor_of(request), study_id, review_id, suffix, current())


@router.post("/studies/{uuid:study_id}/reviewers", response={201: None})
@access("studies.manage")
def invite_reviewer(request: HttpRequest, study_id: UUID, body: ReviewerIn) -> tuple[int, None]:
    """Let an organisation see the study in order to review it."""
    reviewing.invite(actor_of(request), study_id=study_id, organisation_id=body.organisation_id)
    return 201, None


@router.delete("/studies/{uuid:study_id}/reviewers/{uuid:organisation_id}", response={204: None})
@access("studies.manage")
def end_reviewer(request: HttpRequest, study_id: UUID, organisation_id: UUID) -> tuple[int, None]:
    """End the sight that was given for a review."""
    reviewing.end_invitation(actor_of(request), study_id=study_id, organisation_id=organisation_id)
    return 204, None


@router.get("/studies/{uuid:study_id}/explain", response=dict[str, Any])
@access("studies.view")
def explain_study(
    request: HttpRequest, study_id: UUID, cut: Query[CutOffQuery], revision: Number | None = None
) -> dict[str, Any]:
    """Return where a result comes from: views that add up to the total, a tree, the flow graph."""
    return explain_result(queries.result_document(actor_of(request), study_id, revision), cut.cut_off(), cut.opened())


@router.get("/studies/{uuid:study_id}/report.{suffix}")
@access("studies.view")
def get_report(request: HttpRequest, study_id: UUID, suffix: str) -> HttpResponse:
    """Return the calculation report as ``html``, ``pdf``, ``xlsx`` or ``docx``."""
    return files.report_file(actor_of(request), study_id, suffix, current())


@router.get("/studies/{uuid:study_id}/declaration.{suffix}")
@access("studies.view")
def get_declaration(request: HttpRequest, study_id: UUID, suffix: str, stages: bool = True) -> HttpResponse:
    """Return the short public declaration of the footprint as ``html``, ``pdf`` or ``docx``."""
    return files.declaration_file(actor_of(request), study_id, suffix, current(), stages=stages)


@router.post("/studies/{uuid:study_id}/repin", response=RevisionOut)
@access("studies.edit")
def repin_study(request: HttpRequest, study_id: UUID, body: RepinIn) -> RevisionOut:
    """Pin another factor release as a new revision; the older one keeps its own."""
    made = commands.repin(
        actor_of(request), study_id=study_id, release=body.release, expected_parent=body.expected_parent
    )
    return _revision(made)


@router.post("/studies/{uuid:study_id}/settle", response=StudyOut)
@access("studies.calculate")
def settle_study(request: HttpRequest, study_id: UUID) -> StudyOut:
    """Take the newest result as the study's calculation."""
    return _study(commands.settle(actor_of(request), study_id=study_id))


@router.post("/studies/{uuid:study_id}/self-check", response=StudyOut)
@access("studies.manage")
def self_check_study(request: HttpRequest, study_id: UUID, body: BuildsOnIn) -> StudyOut:
    """Pass the company's own check."""
    return _study(commands.self_check(actor_of(request), study_id=study_id, builds_on=body.builds_on))


@router.post("/studies/{uuid:study_id}/submit", response=SubmittedStudyOut)
@access("studies.manage")
def submit_study(request: HttpRequest, study_id: UUID, body: BuildsOnIn) -> SubmittedStudyOut:
    """Freeze the calculation package and lock the study; ``notices`` say what a certification may stop at."""
    actor = actor_of(request)
    done = _study(commands.submit(actor, study_id=study_id, builds_on=body.builds_on))
    told = [FindingOut(**render(item, current())) for item in queries.notices(actor, study_id)]
    return SubmittedStudyOut(**done.model_dump(), notices=told)


@router.post("/studies/{uuid:study_id}/withdraw", response=StudyOut)
@access("studies.manage")
def withdraw_study(request: HttpRequest, study_id: UUID, body: ReasonIn) -> StudyOut:
    """Withdraw a study that is in no case."""
    return _study(commands.withdraw(actor_of(request), study_id=study_id, reason=body.reason))


@router.post("/studies/{uuid:study_id}/publish", response=StudyOut)
@access("studies.publish")
def publish_study(request: HttpRequest, study_id: UUID) -> StudyOut:
    """Publish a verified study."""
    return _study(commands.publish(actor_of(request), study_id=study_id))


@router.get("/studies/{uuid:study_id}/package", response=dict[str, Any])
@access("studies.view")
def get_package(request: HttpRequest, study_id: UUID) -> dict[str, Any]:
    """Return the frozen calculation package of a submitted study."""
    return queries.package(actor_of(request), study_id)


@router.get("/studies/{uuid:study_id}/evidence", response=Page[EvidenceOut])
@access("studies.view")
def list_evidence(request: HttpRequest, study_id: UUID, limit: Limit = 50, offset: Offset = 0) -> Page[EvidenceOut]:
    """List the evidence of a study, by row."""
    return page_of(queries.evidence(actor_of(request), study_id), limit, offset, _evidence)


@router.post("/studies/{uuid:study_id}/evidence", response={201: EvidenceOut})
@access("studies.edit")
def attach_evidence(
    request: HttpRequest, study_id: UUID, file: File[UploadedFile], row: Annotated[str, Field(max_length=120)] = ""
) -> tuple[int, EvidenceOut]:
    """Attach a file to a row."""
    kept = commands.attach(
        actor_of(request),
        study_id=study_id,
        row_id=row,
        filename=file.name or "",
        media_type=file.content_type or "",
        data=file.read(),
    )
    return 201, _evidence(kept)
