"""The API of certificates of other kinds that are attached to a case."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from pydantic import BaseModel, Field

from tanbiao.core.schemes.attached import Attached
from tanbiao.web import clock
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Router, UploadIn, upload_of
from tanbiao.web.certification import commands, queries
from tanbiao.web.certification.models import AttachedCertificate

router = Router()
Short = Annotated[str, Field(max_length=120)]


class AttachedIn(BaseModel):
    """A certificate of another kind, with its file."""

    kind: Annotated[str, Field(max_length=64)]
    standard: Short
    number: Short
    body_name: Annotated[str, Field(max_length=200)]
    holder_id: Annotated[str, Field(max_length=60)]
    valid_from: date
    valid_until: date
    file: UploadIn


class AttachedOut(BaseModel):
    """An attached certificate and whether it is valid today."""

    id: UUID
    kind: str
    standard: str
    number: str
    body_name: str
    valid_from: date
    valid_until: date
    valid_today: bool


def _out(row: AttachedCertificate) -> AttachedOut:
    return AttachedOut(
        id=row.id,
        kind=row.kind,
        standard=row.standard,
        number=row.number,
        body_name=row.body_name,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        valid_today=row.valid_from <= clock.today() <= row.valid_until,
    )


@router.get("/cases/{uuid:case_id}/attached", response=list[AttachedOut])
@access("certification.view")
def list_attached(request: HttpRequest, case_id: UUID) -> Any:
    """List the certificates attached to a case."""
    return [_out(row) for row in queries.case(actor_of(request), case_id).attached.all()]


@router.post("/cases/{uuid:case_id}/attached", response={201: AttachedOut})
@access("certification.apply")
def attach_certificate(request: HttpRequest, case_id: UUID, body: AttachedIn) -> Any:
    """Attach a certificate of a kind that the scheme names as indirect."""
    said = Attached(
        kind=body.kind,
        standard=body.standard,
        number=body.number,
        body_name=body.body_name,
        holder_id=body.holder_id,
        valid_from=body.valid_from.isoformat(),
        valid_until=body.valid_until.isoformat(),
    )
    upload = upload_of(body.file)
    return 201, _out(commands.attach_certificate(actor_of(request), case_id=case_id, certificate=said, upload=upload))
