"""The API of rights and obligations."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja.responses import Status
from pydantic import BaseModel, Field

from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.accounts.roles import Kind
from tanbiao.web.api_kit import Router
from tanbiao.web.bodies import commands, obligations, queries
from tanbiao.web.bodies.models import ObligationText
from tanbiao.web.clock import stamp

router = Router()
Heading = Annotated[str, Field(min_length=1, max_length=200)]
Whole = Annotated[str, Field(min_length=1, max_length=100_000)]


class ObligationIn(BaseModel):
    """A new version of the rights and obligations of a kind of participant."""

    kind: Kind
    title_zh: Heading
    title_en: Heading
    text_zh: Whole
    text_en: Whole


class ObligationOut(ObligationIn):
    """A version: its hash is what an acceptance names."""

    id: UUID
    version: int
    hash: str
    published_at: str
    accepted_at: str | None


class ObligationSeenIn(BaseModel):
    """The hash of the text that was read."""

    seen: Annotated[str, Field(max_length=71)]


class ObligationProofOut(BaseModel):
    """What proves an acceptance; ``log`` is null until the hour's batch is closed."""

    kind: str
    version: int
    document: str
    accepted_by: str
    organisation: str
    accepted_at: str
    line: dict[str, Any]
    leaf: str
    log: dict[str, Any] | None


def _text(row: ObligationText, accepted_at: str | None) -> ObligationOut:
    told = {
        name: getattr(row, name) for name in ("title_zh", "title_en", "text_zh", "text_en", "id", "version", "hash")
    }
    return ObligationOut(kind=Kind(row.kind), published_at=stamp(row.at), accepted_at=accepted_at, **told)


@router.get("/organisation/obligations", response=list[ObligationOut])
@access("bodies.oblige")
def obligations_of_mine(request: HttpRequest) -> list[ObligationOut]:
    """List the versions that bind one's own organisation, newest first: the first is in force."""
    found = queries.obligation_texts(actor_of(request))
    return [_text(row, stamp(accepted.at) if accepted else None) for row, accepted in found]


@router.post("/organisation/obligations/{uuid:document_id}/accept", response={201: ObligationProofOut})
@access("bodies.accept")
def accept_obligations(request: HttpRequest, document_id: UUID, body: ObligationSeenIn) -> Status[ObligationProofOut]:
    """Accept the version in force for one's own organisation."""
    made = commands.accept_obligations(actor_of(request), document_id=document_id, seen=body.seen)
    return Status(201, ObligationProofOut(**obligations.proof_of(made)))


@router.get("/organisation/obligations/{uuid:document_id}/proof", response=ObligationProofOut)
@access("bodies.oblige")
def obligation_proof(request: HttpRequest, document_id: UUID) -> ObligationProofOut:
    """Return the proof of one's own organisation's acceptance."""
    return ObligationProofOut(**obligations.proof_of(queries.acceptance(actor_of(request), document_id)))


@router.post("/obligations", response={201: ObligationOut})
@access("bodies.publish")
def publish_obligations(request: HttpRequest, body: ObligationIn) -> Status[ObligationOut]:
    """Publish a new version (operator); everybody of that kind is asked again."""
    return Status(201, _text(commands.publish_obligations(actor_of(request), **body.model_dump()), None))
