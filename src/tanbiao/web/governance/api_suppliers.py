"""The REST API of suppliers in a database: which products wait for a decision, what was decided, deciding."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Status
from pydantic import BaseModel, Field

from tanbiao.core.lca.linking_choices import Undecided
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Count, Limit, Offset, Page, Router, page_of
from tanbiao.web.governance import commands, suppliers
from tanbiao.web.governance.models import SupplierChoice

router = Router()
Id = Annotated[str, Field(max_length=300)]
Reason = Annotated[str, Field(max_length=400)]


class SupplierCandidateOut(BaseModel):
    """A process that could supply; ``share`` is its part of the mix that stands now."""

    id: str
    label: str
    share: float


class UndecidedSupplierOut(BaseModel):
    """A product that several published processes could supply, and which processes use it."""

    product: str
    name: str
    weighting: str
    candidates: list[SupplierCandidateOut]
    users: list[str]


class SupplierChoiceIn(BaseModel):
    """Who supplies a product; without ``process``: every use of which the data name no supplier."""

    product: Id
    provider: Id
    reason: Reason
    process: Id = ""


class SupplierWithdrawalIn(BaseModel):
    """The decision that is taken back."""

    product: Id
    reason: Reason
    process: Id = ""


class SupplierChoiceOut(BaseModel):
    """A decision; one with an empty ``provider`` took an earlier one back."""

    id: UUID
    process: str
    product: str
    provider: str
    role: str
    reason: str
    at: datetime


def _undecided(one: Undecided) -> UndecidedSupplierOut:
    return UndecidedSupplierOut(
        product=one.product,
        name=one.name,
        weighting=one.weighting,
        candidates=[SupplierCandidateOut(id=item.id, label=item.label, share=item.share) for item in one.candidates],
        users=list(one.users),
    )


def _choice(row: SupplierChoice) -> SupplierChoiceOut:
    return SupplierChoiceOut.model_validate(row, from_attributes=True)


class UndecidedSuppliersOut(BaseModel):
    """A page of the products that wait for a decision."""

    count: Count
    items: list[UndecidedSupplierOut]


@router.get("/databases/{str:key}/undecided-suppliers", response=UndecidedSuppliersOut)
@access("governance.choose_supplier")
def list_undecided_suppliers(
    request: HttpRequest, key: str, limit: Limit = 20, offset: Offset = 0
) -> UndecidedSuppliersOut:
    """Return the products of a database of the caller that several could supply, with their candidates."""
    found = suppliers.waiting(suppliers.decidable(actor_of(request), key))
    return UndecidedSuppliersOut(count=len(found), items=[_undecided(one) for one in found[offset : offset + limit]])


@router.get("/databases/{str:key}/supplier-choices", response=Page[SupplierChoiceOut])
@access("governance.choose_supplier")
def list_supplier_choices(
    request: HttpRequest, key: str, limit: Limit = 20, offset: Offset = 0
) -> Page[SupplierChoiceOut]:
    """Return every decision on suppliers in a database of the caller and every withdrawal, the newest first."""
    return page_of(suppliers.history(suppliers.decidable(actor_of(request), key)), limit, offset, _choice)


@router.post("/databases/{str:key}/supplier-choices", response={201: SupplierChoiceOut})
@access("governance.choose_supplier")
def choose_supplier(request: HttpRequest, key: str, body: SupplierChoiceIn) -> Any:
    """Decide who supplies a product, for the releases that are asked for from now on."""
    return Status(201, _choice(commands.choose_supplier(actor_of(request), database=key, **body.model_dump())))


@router.post("/databases/{str:key}/supplier-withdrawals", response={201: SupplierChoiceOut})
@access("governance.choose_supplier")
def withdraw_supplier(request: HttpRequest, key: str, body: SupplierWithdrawalIn) -> Any:
    """Take a decision on a supplier back."""
    return Status(201, _choice(commands.withdraw_supplier(actor_of(request), database=key, **body.model_dump())))
