"""The REST API of suppliers' own footprints in a study: check a file, take it, see how those taken fare."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Form
from ninja.files import UploadedFile
from pydantic import BaseModel, Field

from tanbiao.core.findings import render
from tanbiao.core.study.supplier_parts import SupplierInput
from tanbiao.core.study.suppliers import Offer
from tanbiao.formats.supplier_file import Beside
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import FindingOut, Router
from tanbiao.web.language import current
from tanbiao.web.studies import queries, suppliers

router = Router()

Boundary = Literal["cradle_to_gate", "cradle_to_grave", "gate_to_gate", "unstated"]
RecyclingMethod = Literal[
    "cut_off", "closed_loop", "circular_footprint_formula", "fifty_fifty", "upstream_system_expansion", "unstated"
]


class SupplierStatedIn(BaseModel):
    """What the supplier states beside its file, the row that shall take it, and the revision it is meant for."""

    boundary: Boundary = "unstated"
    recycling: RecyclingMethod = "unstated"
    offsets: Literal["none", "taken_off", "unstated"] = "unstated"
    power: Literal["none", "certificates", "unstated"] = "unstated"
    certificates: Annotated[str, Field(max_length=4000)] = ""
    """Ids, separated by commas or lines; with ``power`` = ``certificates``."""
    row: Annotated[str, Field(max_length=120)] = ""
    accept_unverified: Annotated[str, Field(max_length=300)] = ""
    """Why a footprint that nobody verified is taken all the same."""
    expected_parent: Annotated[str, Field(max_length=71)] = ""

    def offered(self, data: bytes) -> suppliers.Offered:
        """Return it with the file."""
        return offered_of(self.model_dump(), data)


class SupplierCheckOut(BaseModel):
    """One question, what the footprint says to it, what is wanted, and whether it passed."""

    check: str
    title: str
    passed: bool
    stated: str
    wanted: str
    findings: list[FindingOut]


class SupplierOfferOut(BaseModel):
    """How a supplier's file fares in a study."""

    accepted: bool
    key: str
    name: str
    company: str
    form: str
    total: float
    unit: str
    gwp_set: str
    primary_share: float | None
    checks: list[SupplierCheckOut]
    findings: list[FindingOut]


class SupplierStandingOut(SupplierOfferOut):
    """A footprint that the study carries, and the rows that take it."""

    rows: list[str]
    head: str


def offered_of(stated: dict[str, Any], data: bytes) -> suppliers.Offered:
    """Return what a form or call says beside a file."""
    named = stated["certificates"].replace("\n", ",").replace("，", ",").replace("、", ",").split(",")
    codes = tuple(item.strip() for item in named if item.strip())
    green_power: dict[str, tuple[str, ...] | None] = {"none": (), "certificates": codes, "unstated": None}
    offsets = {"none": False, "taken_off": True, "unstated": None}
    beside = Beside(stated["boundary"], stated["recycling"], offsets[stated["offsets"]], green_power[stated["power"]])
    return suppliers.Offered(data, beside, stated["row"], stated["accept_unverified"])


def _body(key: str, part: SupplierInput, checks: list[dict[str, Any]]) -> dict[str, Any]:
    statement = part.statement()
    return {
        "key": key,
        "name": statement.name,
        "company": part.company,
        "form": part.form or "",
        "total": statement.total,
        "unit": part.unit,
        "gwp_set": part.gwp,
        "primary_share": part.primary_share,
        "checks": checks,
    }


@router.get("/studies/{uuid:study_id}/suppliers", response=list[SupplierStandingOut])
@access("studies.view")
def list_suppliers(request: HttpRequest, study_id: UUID) -> list[dict[str, Any]]:
    """List the suppliers' footprints that a study carries, each with its checks by the study's terms."""
    actor = actor_of(request)
    head = queries.revision(actor, study_id).hash
    return [
        _body(item.key, item.part, suppliers.checks_json(item, current()))
        | {"accepted": item.holds, "findings": [], "rows": list(item.rows), "head": head}
        for item in suppliers.standing(actor, study_id)
    ]


@router.post("/studies/{uuid:study_id}/suppliers/check", response=SupplierOfferOut)
@access("studies.view")
def check_supplier_file(
    request: HttpRequest, study_id: UUID, file: File[UploadedFile], stated: Form[SupplierStatedIn]
) -> dict[str, Any]:
    """Check a supplier's footprint (PACT 3 or 2, Catena-X) by the study's terms; nothing is kept."""
    offer = suppliers.assess(actor_of(request), study_id, stated.offered(file.read()))
    return suppliers_out(offer)


@router.post("/studies/{uuid:study_id}/suppliers", response={201: SupplierStandingOut})
@access("studies.edit")
def take_supplier(
    request: HttpRequest, study_id: UUID, file: File[UploadedFile], stated: Form[SupplierStatedIn]
) -> tuple[int, dict[str, Any]]:
    """Take a supplier's footprint into the study; refused, with every failed check, nothing is kept."""
    actor = actor_of(request)
    offered = stated.offered(file.read())
    offer = suppliers.assess(actor, study_id, offered)
    revision = suppliers.take(
        actor,
        study_id=study_id,
        offered=offered,
        filename=file.name or "",
        expected_parent=stated.expected_parent,
    )
    rows = [offered.row] if offered.row else []
    return 201, suppliers_out(offer) | {"rows": rows, "head": revision.hash}


@router.delete("/studies/{uuid:study_id}/suppliers/{key}", response={204: None})
@access("studies.edit")
def drop_supplier(
    request: HttpRequest, study_id: UUID, key: Annotated[str, Field(max_length=64)], expected_parent: str
) -> tuple[int, None]:
    """Remove a footprint that no row takes any more."""
    suppliers.drop(actor_of(request), study_id=study_id, key=key, expected_parent=expected_parent[:71])
    return 204, None


def suppliers_out(offer: Offer) -> dict[str, Any]:
    """Return an offer as the answer of the API, in the reader's language."""
    lang = current()
    told = [render(item, lang) for item in offer.findings]
    body = _body(offer.key, offer.part, suppliers.checks_json(offer, lang))
    return body | {"accepted": offer.accepted, "findings": told}
