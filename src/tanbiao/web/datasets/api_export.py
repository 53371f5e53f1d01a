"""The REST API of exports: what a file of chosen versions would hold, and the file."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import BaseModel, Field

from tanbiao.core.findings import render
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Count, FindingOut, Router
from tanbiao.web.datasets import exporting
from tanbiao.web.language import current
from tanbiao.web.ledger.blobs import attachment

router = Router()

Versions = Annotated[list[UUID], Query(min_length=1, max_length=exporting.MOST)]
FormatName = Annotated[str, Field(max_length=40)]


class DatasetExportOut(BaseModel):
    """What a file of the chosen versions would hold: datasets, bytes, and what it leaves out or says otherwise."""

    format: str
    media_type: str
    filename: str
    processes: Count
    bytes: Count
    findings: list[FindingOut]


@router.get("/dataset-exports", response=DatasetExportOut)
@access("datasets.view")
def preview_export(request: HttpRequest, version: Versions, format: FormatName, own: bool = False) -> DatasetExportOut:
    """Tell what a file of the versions in a format (openlca, ilcd, excel, csv, brightway) would hold."""
    actor = actor_of(request)
    rows = exporting.chosen(actor, version)
    made = exporting.exported(actor, rows, format, own=own)
    return DatasetExportOut(
        format=made.target.name,
        media_type=made.target.media_type,
        filename=exporting.file_name(rows, made),
        processes=made.processes,
        bytes=len(made.data),
        findings=[FindingOut(**render(item, current())) for item in made.findings],
    )


@router.get("/dataset-exports/file")
@access("datasets.view")
def download_export(request: HttpRequest, version: Versions, format: FormatName, own: bool = False) -> HttpResponse:
    """Return the file; ``own``: for the holder's own use of what must not be passed on, and the file says so."""
    actor = actor_of(request)
    rows = exporting.chosen(actor, version)
    made = exporting.exported(actor, rows, format, own=own)
    return attachment(made.data, made.target.media_type, exporting.file_name(rows, made))
