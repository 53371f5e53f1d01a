"""Calls of checks: a certificate's status on a day with its signed receipt, and up to 10,000 numbers at once."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from pydantic import BaseModel, Field

from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Count, Router
from tanbiao.web.register import batch, receipting

router = Router()

Number = Annotated[str, Field(max_length=64)]


class LogPartOut(BaseModel):
    """A leaf of the transparency log and its offline proof (C2SP tlog-proof)."""

    leaf: str
    proof: str


class ReceiptOut(BaseModel):
    """A status receipt: keep it as it is; ``tanbiao verify FILE`` checks it without this platform.

    ``receipt`` is a compact JWS whose payload says number, day, state, value and versions as they were then.
    """

    format: str
    receipt: str
    log: list[LogPartOut]


class StatusOut(BaseModel):
    """What the receipt says, readable."""

    number: str
    at: str
    state: str
    reason: str
    since: str | None
    version: int | None
    value: str | None = None
    unit: str | None = None
    declared_unit: str | None = None
    boundary: str | None = None
    rule: str | None = None
    release: str | None = None
    engine: str | None = None
    gwp_set: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    credential: str | None = None
    demonstration: bool
    entity: dict[str, str] | None = None
    signed: ReceiptOut


@router.get("/certificates/{number}/status", response=StatusOut)
@access(PUBLIC)
def status_at(
    request: HttpRequest,
    number: Number,
    at: Annotated[str, Field(max_length=40)] = "",
    entity: Annotated[str, Field(max_length=200)] = "",
) -> Any:
    """Return state, value and versions of a certificate as they stood at ``at``, with a signed receipt.

    ``at`` is a day (its end, in China) or a time with its zone; nothing means now. ``entity`` is a name or credit code
    that is compared with the holder's.
    """
    actor = actor_of(request)
    told = receipting.status_at(actor, number=number, at=at, entity=entity)
    signed = json.loads(receipting.receipt(actor, number=number, at=told["at"], entity=entity))
    return {name: told[name] for name in StatusOut.model_fields if name in told} | {"signed": signed}


class AskedIn(BaseModel):
    """A number to check, and the holder it should belong to (name or credit code), if that is to be compared."""

    number: Annotated[str, Field(min_length=1, max_length=batch.MAX_LENGTH)]
    holder: Annotated[str, Field(max_length=batch.MAX_LENGTH)] = ""


class BatchIn(BaseModel):
    """The list."""

    numbers: Annotated[list[AskedIn], Field(min_length=1, max_length=batch.LIMIT)]


class BatchLineOut(BaseModel):
    """What a number stands for today; ``remark`` is empty when nothing is to be said against it."""

    number: str
    found: bool
    state: str
    valid_until: date | None
    value: str
    unit: str
    holder_match: Literal["yes", "no", "not_asked"]
    remark: Literal["", "unknown", "not_in_force", "other_holder", "repeated"]


class BatchOut(BaseModel):
    """The answers in the order of the list, and how many there are of each remark."""

    total: Count
    summary: dict[str, Count]
    lines: list[BatchLineOut]


@router.post("/certificate-checks", response=BatchOut)
@access(PUBLIC)
def check_many(request: HttpRequest, body: BatchIn) -> Any:
    """Check up to 10,000 numbers at once."""
    lines = batch.check(actor_of(request), [batch.Asked(one.number.strip(), one.holder) for one in body.numbers])
    return {"total": len(lines), "summary": batch.summary(lines), "lines": [_line(line) for line in lines]}


def _line(line: batch.Line) -> dict[str, Any]:
    record = line.entry.record if line.entry else {}
    return {
        "number": line.number,
        "found": line.entry is not None,
        "state": record.get("state", ""),
        "valid_until": record.get("valid_until"),
        "value": record.get("value", ""),
        "unit": record.get("unit", ""),
        "holder_match": line.holder_match,
        "remark": line.remark,
    }
