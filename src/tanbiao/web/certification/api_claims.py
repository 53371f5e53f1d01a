"""The REST API of cases that rest on a claim: management system, service, reduction, removal, neutrality."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from pydantic import BaseModel, Field

from tanbiao.core.kinds.model import ClaimDocument
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Router, UploadIn, upload_of
from tanbiao.web.certification import commands, queries
from tanbiao.web.certification.models import CaseClaim
from tanbiao.web.studies.queries import read_json

router = Router()
Code = Annotated[str, Field(max_length=40)]


class ClaimApplyIn(BaseModel):
    """An application that rests on a claim."""

    body: UUID
    scheme: Annotated[str, Field(max_length=120)]
    certification: Annotated[str, Field(max_length=64)]
    """Kind of certification, by the scheme's id of it."""
    claim: ClaimDocument
    kind: Code = "initial"
    replaces: Annotated[str, Field(max_length=80)] = ""
    documents: Annotated[dict[Code, UploadIn], Field(max_length=20)] = {}


class ClaimIn(BaseModel):
    """A claim that is stated anew, on the case as it was seen."""

    builds_on: Annotated[str, Field(max_length=71)]
    claim: ClaimDocument


class CaseClaimOut(BaseModel):
    """A version of a case's claim as it was frozen, with what follows from it."""

    case: UUID
    version: Annotated[int, Field(ge=1)]
    package: str
    certification: str
    claim: dict[str, Any]
    cited: dict[str, Any]
    computed: dict[str, str]
    at: datetime


def _out(row: CaseClaim) -> CaseClaimOut:
    package = read_json(row.package_hash)
    said = {name: package[name] for name in ("certification", "claim", "cited", "computed")}
    return CaseClaimOut(case=row.case_id, version=row.version, package=row.package_hash, at=row.at, **said)


@router.post("/cases/claims", response={201: CaseClaimOut})
@access("certification.apply")
def apply_with_claim(request: HttpRequest, body: ClaimApplyIn) -> Any:
    """Apply for a certification of another kind than a footprint."""
    case = commands.apply_with_claim(
        actor_of(request),
        body_id=body.body,
        scheme=body.scheme,
        certification=body.certification,
        claim=body.claim.model_dump(mode="json"),
        kind=body.kind,
        replaces=body.replaces,
        documents={kind: upload_of(sent) for kind, sent in body.documents.items()},
    )
    return 201, _out(case.claims.get())


@router.get("/cases/{uuid:case_id}/claims", response=list[CaseClaimOut])
@access("certification.view")
def read_claims(request: HttpRequest, case_id: UUID) -> Any:
    """Return the versions of a case's claim; empty where it rests on a study."""
    return [_out(row) for row in queries.case(actor_of(request), case_id).claims.order_by("version")]


@router.post("/cases/{uuid:case_id}/claims", response={201: CaseClaimOut})
@access("certification.apply")
def state_claim(request: HttpRequest, case_id: UUID, body: ClaimIn) -> Any:
    """State the claim anew in rectification."""
    claim = body.claim.model_dump(mode="json")
    return 201, _out(commands.state_claim(actor_of(request), case_id=case_id, builds_on=body.builds_on, claim=claim))
