"""Handing evidence on, over the API: rows with their proofs, and the sealed bundle encrypted for named readers."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from pydantic import BaseModel, Field

from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Router
from tanbiao.web.ledger.blobs import attachment
from tanbiao.web.register import handing_over
from tanbiao.web.register.handing_over import Reader

router = Router()
Number = Annotated[str, Field(max_length=64)]


class DisclosureIn(BaseModel):
    """Which rows to show, as JSON pointers, and to whom (for the private record)."""

    rows: list[Annotated[str, Field(max_length=300)]] = Field(max_length=handing_over.MAX_ROWS)
    shown_to: Annotated[str, Field(max_length=200)] = ""


class ReaderKeyIn(BaseModel):
    """A reader: an organisation that has a key here (name, credit code or id); or any name, and the public key (X25519,
    RFC 8037)."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    x: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")] | None = None


class SealIn(BaseModel):
    """The readers of an encrypted bundle."""

    readers: list[ReaderKeyIn] = Field(min_length=1, max_length=16)


@router.post("/certificates/{number}/disclosure")
@access("register.consent")
def disclose(request: HttpRequest, number: Number, body: DisclosureIn) -> HttpResponse:
    """Return a bundle (zip) that shows some rows of one's own certificate, proved to be of the certified set."""
    data = handing_over.disclose(actor_of(request), number=number, rows=body.rows, shown_to=body.shown_to)
    return attachment(data, "application/zip", f"{number}-rows.zip")


@router.post("/certificates/{number}/sealed")
@access("register.unseal")
def seal(request: HttpRequest, number: Number, body: SealIn) -> HttpResponse:
    """Return the sealed bundle as a JSON Web Encryption for the readers named."""
    actor = actor_of(request)
    readers = [
        Reader(item.name, {"crv": "X25519", "kty": "OKP", "x": item.x})
        if item.x
        else handing_over.named(actor, item.name)
        for item in body.readers
    ]
    data = handing_over.seal_for(actor, number=number, readers=readers)
    return attachment(data, "application/jose+json", f"{number}-sealed.json")
