"""The REST API of imports: bring a dataset file, ask what became of it, read the versions kept."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Form, Status
from ninja.files import UploadedFile
from pydantic import BaseModel, Field

from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Count, FindingOut, Limit, Offset, Page, Router, page_of
from tanbiao.web.datasets import commands, queries
from tanbiao.web.datasets.models import DatasetImport, DatasetVersion
from tanbiao.web.language import current

router = Router()


class DatasetImportOut(BaseModel):
    """A file that was brought: ``waiting``, ``done`` or ``refused``; ``counts`` as of ``tanbiao inspect``."""

    id: UUID
    filename: str
    size: Count
    state: str
    format: str
    counts: dict[str, int]
    findings: Count
    at: datetime
    finished_at: datetime | None


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
    at: datetime


def _import(row: DatasetImport) -> DatasetImportOut:
    return DatasetImportOut(
        id=row.id,
        filename=row.filename,
        size=row.size,
        state=row.state,
        format=row.format,
        counts=row.counts,
        findings=len(row.findings),
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
        at=row.at,
    )


@router.post("/imports", response={202: DatasetImportOut})
@access("datasets.import")
def bring_file(request: HttpRequest, file: File[UploadedFile], format: Annotated[str, Form(max_length=40)] = "") -> Any:
    """Bring a dataset file; it is read in the background."""
    made = commands.bring(actor_of(request), filename=file.name or "", data=file.read(), asked_format=format)
    return Status(202, _import(made))


@router.get("/imports", response=Page[DatasetImportOut])
@access("datasets.view")
def list_imports(request: HttpRequest, limit: Limit = 20, offset: Offset = 0) -> Page[DatasetImportOut]:
    """List what the caller's organisation brought, newest first."""
    return page_of(queries.imports(actor_of(request)), limit, offset, _import)


@router.get("/imports/{uuid:import_id}", response=DatasetImportOut)
@access("datasets.view")
def get_import(request: HttpRequest, import_id: UUID) -> DatasetImportOut:
    """Return what became of a file."""
    return _import(queries.dataset_import(actor_of(request), import_id))


@router.get("/imports/{uuid:import_id}/findings", response=list[FindingOut])
@access("datasets.view")
def list_import_findings(request: HttpRequest, import_id: UUID) -> list[FindingOut]:
    """Return the findings of an import in the caller's language."""
    record = queries.dataset_import(actor_of(request), import_id)
    return [FindingOut(**item) for item in queries.told(record, current())]


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
    return queries.changes(queries.version(actor_of(request), version_id))
