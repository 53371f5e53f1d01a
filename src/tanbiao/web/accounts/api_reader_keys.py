"""Readers' keys over the API: register, prove, retire, list."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja.responses import Status
from pydantic import BaseModel, Field

from tanbiao.core.canonical import canonical_bytes
from tanbiao.web.access import access
from tanbiao.web.accounts import reader_keys
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.accounts.models import ReaderKey
from tanbiao.web.api_kit import Router
from tanbiao.web.clock import stamp

router = Router()


class ReaderKeyOut(BaseModel):
    """A reader's key; ``challenge`` is there while it waits for its proof."""

    id: UUID
    kid: str
    x: str
    note: str
    state: str
    challenge: str
    registered_at: str
    proved_at: str | None
    retired_at: str | None
    reason: str


class NewReaderKeyIn(BaseModel):
    """A key to register: its X25519 point (RFC 8037)."""

    x: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]
    note: Annotated[str, Field(max_length=120)] = ""


class ReaderProofIn(BaseModel):
    """What the opened challenge says."""

    answer: Annotated[str, Field(min_length=1, max_length=200)]


class ReaderRetireIn(BaseModel):
    """Why a key goes out of use: lost, disclosed or unused."""

    reason: Annotated[str, Field(max_length=10)]


def _out(key: ReaderKey) -> ReaderKeyOut:
    return ReaderKeyOut(
        id=key.id,
        kid=key.kid,
        x=key.x,
        note=key.note,
        state=key.state,
        challenge=key.challenge,
        registered_at=stamp(key.challenged_at),
        proved_at=stamp(key.proved_at) if key.proved_at else None,
        retired_at=stamp(key.retired_at) if key.retired_at else None,
        reason=key.reason,
    )


@router.get("/organisations/mine/reader-keys", response=list[ReaderKeyOut], operation_id="reader_keys")
@access("accounts.view_organisation")
def keys(request: HttpRequest) -> list[ReaderKeyOut]:
    """List the keys of one's own organisation, newest first."""
    return [_out(key) for key in reader_keys.my_keys(actor_of(request))]


@router.post("/organisations/mine/reader-keys", response={201: ReaderKeyOut}, operation_id="register_reader_key")
@access("accounts.reader_keys")
def register(request: HttpRequest, body: NewReaderKeyIn) -> Status[ReaderKeyOut]:
    """Register a key; the answer has the challenge that only its private half opens."""
    public = canonical_bytes({"kty": "OKP", "crv": "X25519", "x": body.x}).decode()
    return Status(201, _out(reader_keys.register_key(actor_of(request), public=public, note=body.note)))


@router.post(
    "/organisations/mine/reader-keys/{uuid:key_id}/proof", response=ReaderKeyOut, operation_id="prove_reader_key"
)
@access("accounts.reader_keys")
def prove(request: HttpRequest, key_id: UUID, body: ReaderProofIn) -> ReaderKeyOut:
    """Answer the challenge: the key becomes current, the one before is retired."""
    return _out(reader_keys.prove_key(actor_of(request), key_id=key_id, answer=body.answer))


@router.post(
    "/organisations/mine/reader-keys/{uuid:key_id}/retirement", response=ReaderKeyOut, operation_id="retire_reader_key"
)
@access("accounts.reader_keys")
def retire(request: HttpRequest, key_id: UUID, body: ReaderRetireIn) -> ReaderKeyOut:
    """Take a key out of use without another in its place."""
    return _out(reader_keys.retire_key(actor_of(request), key_id=key_id, reason=body.reason))
