"""The REST API of the claim ledger: one's claims, and whether an instrument is free."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from pydantic import BaseModel, Field

from tanbiao.core.study.instruments import UNITS
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Limit, Offset, Page, Router, page_of
from tanbiao.web.claims import queries
from tanbiao.web.claims.models import Claim

router = Router()
Kind = Literal[
    "green_power", "recycled_content", "co2_storage", "co2_pass", "co2_received", "own_generation", "direct_line"
]
Code = Annotated[str, Field(min_length=1, max_length=200)]


class ClaimOut(BaseModel):
    """A claim that the reader may see."""

    reference: str
    kind: str
    code: str
    amount: str
    whole: str | None
    unit: str
    study: UUID
    row: str
    revision: str
    registered_at: datetime
    released_at: datetime | None
    reason: str


class ClaimCheckOut(BaseModel):
    """Whether an instrument is free; of another's claim only reference and time are told."""

    kind: str
    code: str
    standing: Literal["free", "yours", "taken"]
    reference: str | None
    since: datetime | None


def _claim(item: Claim) -> ClaimOut:
    return ClaimOut(
        reference=item.reference,
        kind=item.instrument.kind,
        code=item.code,
        amount=item.uses,
        whole=item.holds or None,
        unit=UNITS[item.instrument.kind],
        study=item.study,
        row=item.row,
        revision=item.revision,
        registered_at=item.registered_at,
        released_at=item.released_at,
        reason=item.reason,
    )


@router.get("/claims", response=Page[ClaimOut])
@access("claims.view")
def list_claims(
    request: HttpRequest, held: bool | None = None, limit: Limit = 50, offset: Offset = 0
) -> Page[ClaimOut]:
    """List the claims of the own organisation (of all, for those who oversee); ``held``: only held or released ones."""
    found = queries.claims(actor_of(request))
    if held is not None:
        found = found.filter(released_at__isnull=held)
    return page_of(found, limit, offset, _claim)


@router.get("/claims/check", response=ClaimCheckOut)
@access("claims.view")
def check_claim(request: HttpRequest, kind: Kind, code: Code) -> ClaimCheckOut:
    """Tell whether an instrument is free, yours, or taken by another organisation."""
    found = queries.check(actor_of(request), kind, code)
    first = found.claims[0] if found.claims else None
    return ClaimCheckOut(
        kind=found.kind,
        code=found.code,
        standing=found.standing,
        reference=None if first is None else first.reference,
        since=None if first is None else first.registered_at,
    )
