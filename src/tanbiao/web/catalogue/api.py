"""The REST API of the catalogue: categories with their gates, what stands behind the rules."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Status
from pydantic import BaseModel, Field

from tanbiao.core.findings import render
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import Actor, actor_of
from tanbiao.web.api_kit import Count, FindingOut, Router
from tanbiao.web.catalogue import api_codes, api_lists, api_standards, commands, queries, queries_codes
from tanbiao.web.language import current

router = Router()
router.add_router("", api_standards.router)
router.add_router("", api_codes.router)
router.add_router("", api_lists.router)
Ref = Annotated[str, Field(max_length=100)]
LongText = Annotated[str, Field(max_length=2000)]


class GateOut(BaseModel):
    """A gate of a category: green with its evidence, or red with what is missing."""

    gate: str
    green: bool
    evidence: str
    missing: list[FindingOut]


class CategoryMentionOut(BaseModel):
    """A line of a list that names the category."""

    list: str
    kind: str
    jurisdiction: str
    name: dict[str, str]


class CategoryOut(BaseModel):
    """A product category as it stands today."""

    id: str
    sector: str
    title: dict[str, str]
    codes: list[dict[str, str]]
    state: str
    is_demonstration: bool
    in_certification_catalogue: bool
    is_ready: bool
    rule: str | None
    gates: list[GateOut]
    mentions: list[CategoryMentionOut]
    head: str


class RulePackageOut(BaseModel):
    """What stands behind a packaged rule."""

    rule: str
    hash: str
    standing: str
    title: dict[str, str]
    categories: list[str]
    missing: list[str]
    examples: Count
    failed: list[str]
    failing: Count
    basis: str
    replaced_by: str | None
    models: list[dict[str, Any]]


class GateStatementIn(BaseModel):
    """What an authority states of a gate."""

    gate: Ref
    green: bool
    evidence: LongText
    bodies: Annotated[list[UUID], Field(max_length=500)] = []
    builds_on: Ref = ""


class CategoryStateIn(BaseModel):
    """A category is to be opened or closed, and why."""

    state: Literal["open", "closed"]
    reason: LongText
    builds_on: Ref = ""


class CategoryEventOut(BaseModel):
    """An opening or closing."""

    state: str
    is_demonstration: bool
    rule: str
    reason: str
    basis: dict[str, str]
    at: datetime


def _category(item: queries.Entry, actor: Actor, names: queries_codes.Names | None = None) -> CategoryOut:
    lang = current()
    return CategoryOut(
        id=item.category.id,
        sector=item.category.sector,
        title=item.category.title.model_dump(),
        codes=[one.document() for one in queries_codes.coded(actor, _pairs(item), names)],
        state=item.state,
        is_demonstration=item.is_demonstration,
        in_certification_catalogue=item.is_certifiable,
        is_ready=item.readiness.is_ready,
        rule=item.readiness.rule,
        gates=[
            GateOut(
                gate=gate.gate,
                green=gate.green,
                evidence=gate.evidence,
                missing=[FindingOut(**render(reason, lang)) for reason in gate.reasons],
            )
            for gate in item.readiness.gates
        ],
        mentions=[
            CategoryMentionOut(
                list=mention.list.reference,
                kind=mention.list.kind,
                jurisdiction=mention.list.jurisdiction,
                name=mention.entry.name.model_dump(),
            )
            for mention in item.mentions
        ],
        head=item.head,
    )


def _pairs(item: queries.Entry) -> list[tuple[str, str]]:
    return [(code.scheme, code.code) for code in item.category.codes]


@router.get("/categories", response=list[CategoryOut])
@access(PUBLIC)
def list_categories(request: HttpRequest) -> list[CategoryOut]:
    """List all product categories with gates and state."""
    actor = actor_of(request)
    found = queries.entries(actor)
    names = queries_codes.names(actor, (pair for item in found for pair in _pairs(item)))
    return [_category(item, actor, names) for item in found]


@router.get("/categories/{str:category_id}", response=CategoryOut)
@access(PUBLIC)
def show_category(request: HttpRequest, category_id: str) -> CategoryOut:
    """Show one category."""
    actor = actor_of(request)
    return _category(queries.entry(actor, category_id), actor)


@router.post("/categories/{str:category_id}/statements", response={201: CategoryOut})
@access("catalogue.state_gate")
def state_gate(request: HttpRequest, category_id: str, body: GateStatementIn) -> Any:
    """State a gate of a category."""
    actor = actor_of(request)
    commands.state_gate(actor, category=category_id, **body.model_dump())
    return Status(201, _category(queries.entry(actor, category_id), actor))


@router.post("/categories/{str:category_id}/state", response={201: CategoryEventOut})
@access("catalogue.open_category")
def set_state(request: HttpRequest, category_id: str, body: CategoryStateIn) -> Any:
    """Open a category whose gates are all green, or close it."""
    run = commands.open_category if body.state == "open" else commands.close_category
    made = run(actor_of(request), category=category_id, reason=body.reason, builds_on=body.builds_on)
    return Status(
        201,
        CategoryEventOut(
            state=made.state,
            is_demonstration=made.is_demonstration,
            rule=made.rule,
            reason=made.reason,
            basis=made.basis,
            at=made.at,
        ),
    )


@router.get("/rule-packages", response=list[RulePackageOut])
@access(PUBLIC)
def list_packages(request: HttpRequest, every_version: bool = False) -> list[RulePackageOut]:
    """List what stands behind the packaged rules: complete or not, examples, model study and its figure."""
    found = queries.packages(actor_of(request), every_version=every_version)
    return [RulePackageOut(**asdict(item)) for item in found]
