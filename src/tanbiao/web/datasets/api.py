"""The REST API of imports: bring a dataset file, ask what became of it, read the versions kept."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Form, Query, Schema, Status
from ninja.files import UploadedFile
from pydantic import BaseModel, Field

from tanbiao.web import finding_table
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import Actor, actor_of
from tanbiao.web.api_kit import Count, FindingOut, Limit, Offset, Page, Router, page_of
from tanbiao.web.commanding import Invalid, NotFound
from tanbiao.web.datasets import api_export, commands, queries, told
from tanbiao.web.datasets.models import DatasetImport, DatasetVersion
from tanbiao.web.datasets.sent import sent
from tanbiao.web.language import current

router = Router()
router.add_router("", api_export.router)


class ImportedFileOut(BaseModel):
    """One of several files that were brought together; ``findings``: how many are about it."""

    name: str
    size: Count
    findings: Count


class DatasetImportOut(BaseModel):
    """A file that was brought: ``waiting``, ``done`` or ``refused``; ``counts`` as of ``tanbiao inspect``.

    ``step`` is ``queued``, ``reading``, ``storing``, ``failed`` (ask for a retry) or ``finished``; ``progress`` 0 … 1.
    """

    id: UUID
    filename: str
    size: Count
    state: str
    step: str
    progress: float
    rights_holder: str
    licence: str
    licence_text: str
    is_shared: bool
    format: str
    counts: dict[str, int]
    findings: Count
    severities: dict[str, int]
    at: datetime
    finished_at: datetime | None


class ImportFindingOut(FindingOut):
    """A finding of an import; ``process`` is the name of the dataset that its place speaks of, where it was kept."""

    process: str


class DatasetVersionOut(BaseModel):
    """An immutable version of a dataset."""

    id: UUID
    dataset_id: str
    version: str
    content_hash: str
    predecessor: UUID | None
    name: str
    kind: str
    location: str
    exchanges: Count
    licence: str
    is_shared: bool
    at: datetime


def _import(actor: Actor, row: DatasetImport) -> DatasetImportOut:
    reading = queries.progress(actor, row)
    return DatasetImportOut(
        id=row.id,
        filename=row.filename,
        size=row.size,
        state=row.state,
        step=reading.step,
        progress=reading.share,
        rights_holder=row.rights_holder,
        licence=row.licence,
        licence_text=row.licence_text,
        is_shared=row.is_shared,
        format=row.format,
        counts=row.counts,
        findings=sum(row.severities.values()),
        severities=row.severities,
        at=row.at,
        finished_at=row.finished_at,
    )


def _version(row: DatasetVersion) -> DatasetVersionOut:
    return DatasetVersionOut(
        id=row.id,
        dataset_id=row.dataset_id,
        version=row.version,
        content_hash=row.content_hash,
        predecessor=row.predecessor_id,
        name=row.name,
        kind=row.kind,
        location=row.location,
        exchanges=row.exchanges,
        licence=row.licence,
        is_shared=row.is_shared,
        at=row.at,
    )


class TermsIn(Schema):
    """Under what terms a file is brought; by default nobody but the owner reads it.

    ``path``: one per file, in their order, where their folders matter (``steel/processes/a.xml``).
    """

    path: Annotated[list[Annotated[str, Field(max_length=1_000)]], Field(max_length=5_000)] = []

    format: Annotated[str, Field(max_length=40)] = ""
    rights_holder: Annotated[str, Field(max_length=200)] = ""
    licence: Annotated[str, Field(max_length=40)] = ""
    licence_text: Annotated[str, Field(max_length=300)] = ""
    is_shared: bool = False


class RetryIn(BaseModel):
    """As which format to read the file now; empty: find it."""

    format: Annotated[str, Field(max_length=40)] = ""


class FindingQuery(Schema):
    """Which findings, in which order (``weight``, ``code``, ``place``)."""

    severity: Annotated[str, Field(pattern="^(info|warning|error|blocking)?$")] = ""
    code: Annotated[str, Field(max_length=80)] = ""
    q: Annotated[str, Field(max_length=200)] = ""
    sort: Annotated[str, Field(pattern="^(weight|code|place)$")] = "weight"


@router.post("/imports", response={202: DatasetImportOut})
@access("datasets.import")
def bring_file(request: HttpRequest, file: File[list[UploadedFile]], terms: Form[TermsIn]) -> Any:
    """Bring a dataset file, or several that belong together as one import; it is read in the background."""
    actor = actor_of(request)
    groups = sent(file, terms.path, terms.format)
    if len(groups) != 1:
        named = "; ".join(one.label for one in groups) or "—"
        raise Invalid.of("import_groups_several", "file", groups=named[:400])
    made = commands.bring(
        actor,
        filename=groups[0].label,
        data=groups[0].data,
        files=groups[0].files,
        asked_format=terms.format,
        terms=commands.Terms(terms.rights_holder, terms.licence, terms.licence_text, terms.is_shared),
    )
    return Status(202, _import(actor, made))


@router.get("/imports", response=Page[DatasetImportOut])
@access("datasets.view")
def list_imports(request: HttpRequest, limit: Limit = 20, offset: Offset = 0) -> Page[DatasetImportOut]:
    """List what the caller's organisation brought, newest first."""
    actor = actor_of(request)
    return page_of(queries.imports(actor), limit, offset, lambda row: _import(actor, row))


@router.get("/imports/{uuid:import_id}", response=DatasetImportOut)
@access("datasets.view")
def get_import(request: HttpRequest, import_id: UUID) -> DatasetImportOut:
    """Return what became of a file, or how far its reading is."""
    actor = actor_of(request)
    return _import(actor, queries.dataset_import(actor, import_id))


@router.post("/imports/{uuid:import_id}/retry", response={202: DatasetImportOut})
@access("datasets.import")
def retry_import(request: HttpRequest, import_id: UUID, body: RetryIn) -> Any:
    """Read a file once more that could not be read."""
    actor = actor_of(request)
    return Status(202, _import(actor, commands.retry(actor, import_id=import_id, asked_format=body.format)))


@router.get("/imports/{uuid:import_id}/findings", response=list[ImportFindingOut])
@access("datasets.view")
def list_import_findings(request: HttpRequest, import_id: UUID, query: Query[FindingQuery]) -> list[ImportFindingOut]:
    """Return the findings of an import in the caller's language."""
    record = queries.dataset_import(actor_of(request), import_id)
    wanted = finding_table.Wanted(query.severity, query.code, query.q, query.sort)
    return [ImportFindingOut(**item.document()) for item in told.told(record, current(), wanted)]


@router.get("/imports/{uuid:import_id}/files", response=list[ImportedFileOut])
@access("datasets.view")
def list_import_files(
    request: HttpRequest, import_id: UUID, limit: Limit = 100, offset: Offset = 0
) -> list[ImportedFileOut]:
    """Return the files that were brought together, those with most findings first; none where it was one file."""
    found = told.files(queries.dataset_import(actor_of(request), import_id))
    return [
        ImportedFileOut(name=one.name, size=one.size, findings=one.findings) for one in found[offset : offset + limit]
    ]


@router.get("/dataset-versions", response=Page[DatasetVersionOut])
@access("datasets.view")
def list_versions(
    request: HttpRequest,
    q: Annotated[str, Field(max_length=200)] = "",
    limit: Limit = 20,
    offset: Offset = 0,
) -> Page[DatasetVersionOut]:
    """List the newest versions of the caller's own datasets."""
    return page_of(queries.versions(actor_of(request), q), limit, offset, _version)


@router.get("/dataset-versions/{uuid:version_id}", response=dict[str, Any])
@access("datasets.view")
def get_version(request: HttpRequest, version_id: UUID) -> dict[str, Any]:
    """Return the document of a version."""
    return queries.document(queries.version(actor_of(request), version_id))


@router.get("/dataset-versions/{uuid:version_id}/changes", response=list[dict[str, Any]])
@access("datasets.view")
def list_changes(request: HttpRequest, version_id: UUID) -> list[dict[str, Any]]:
    """Return what changed since the version before."""
    actor = actor_of(request)
    return queries.changes(actor, queries.version(actor, version_id))


class VersionDiffOut(BaseModel):
    """Two versions side by side: exchanges matched by id, flow and supplier; ``relative`` is (new − old)/|old|."""

    old: DatasetVersionOut
    new: DatasetVersionOut
    counts: dict[str, dict[str, int]]
    exchanges: list[dict[str, Any]]
    fields: list[dict[str, Any]]


@router.get("/dataset-versions/{uuid:version_id}/compare", response=VersionDiffOut)
@access("datasets.view")
def compare_dataset_versions(request: HttpRequest, version_id: UUID, old: UUID | None = None) -> VersionDiffOut:
    """Set a version beside another of the same dataset, by default the one before it."""
    found = queries.comparison(actor_of(request), version_id, old)
    if found is None:
        raise NotFound.of("dataset_version_alone", str(version_id))
    return VersionDiffOut(old=_version(found.old), new=_version(found.new), **found.diff.document())
