"""The REST API of the standards framework: tree, standards, clauses side by side, watch list of foreign rules."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from pydantic import BaseModel, Field

from tanbiao.core.catalogue.framework_model import Standard, status_on
from tanbiao.web import clock
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Router
from tanbiao.web.catalogue import queries

router = Router()
Ref = Annotated[str, Field(max_length=100)]


class StandardDateOut(BaseModel):
    """A date of a standard as one source has it."""

    what: str
    on: str
    source: str


class StandardRelationOut(BaseModel):
    """How a standard stems from another: ``from_id`` is the younger or the lower one."""

    from_id: str
    to_id: str
    kind: str
    source: str


class StandardOut(BaseModel):
    """What a standard is: facts, no text of it."""

    id: str
    number: str | None
    kind: str
    status: str
    title: dict[str, str]
    body: dict[str, str]
    branches: list[str]
    categories: list[str]
    dates: list[StandardDateOut]
    conflicts: list[str]
    relations: list[StandardRelationOut]
    sources: list[str]


class WatchedRuleOut(BaseModel):
    """A foreign rule that is watched."""

    id: str
    jurisdiction: str
    state: str
    title: dict[str, str]
    publisher: dict[str, str]
    document: str | None
    asks: dict[str, str]
    goods_list: str | None
    categories: list[str]
    dates: list[dict[str, Any]]
    next_date: date | None
    sources: list[dict[str, Any]]
    looked_up: date


def _standard(request: HttpRequest, item: Standard) -> StandardOut:
    framework = queries.framework(actor_of(request))
    sources = framework.standards.sources
    return StandardOut(
        id=item.id,
        number=item.number,
        kind=item.kind,
        status=status_on(item, clock.today().isoformat()),
        title=item.title.model_dump(),
        body=item.body.model_dump(),
        branches=list(item.branches),
        categories=list(item.categories),
        dates=[StandardDateOut(what=one.what, on=one.on, source=sources[one.source].title) for one in item.dates],
        conflicts=list(item.conflicts),
        relations=[
            StandardRelationOut(from_id=one.from_, to_id=one.to, kind=one.kind, source=sources[one.source].title)
            for one in framework.relations_of(item.id)
        ],
        sources=[f"{sources[key].title} ({sources[key].read})" for key in item.sources],
    )


@router.get("/standards", response=list[StandardOut])
@access(PUBLIC)
def list_standards(request: HttpRequest, branch: Ref = "", kind: Ref = "") -> list[StandardOut]:
    """List the standards of the framework, of a branch or kind."""
    found = queries.framework(actor_of(request)).standards.standards
    return [
        _standard(request, item)
        for item in found
        if (not branch or branch in item.branches) and (not kind or item.kind == kind)
    ]


@router.get("/standards/{str:standard_id}", response=StandardOut)
@access(PUBLIC)
def show_standard(request: HttpRequest, standard_id: str) -> StandardOut:
    """Show one standard by id or number."""
    return _standard(request, queries.standard(actor_of(request), standard_id))


@router.get("/standard-branches", response=list[dict[str, Any]])
@access(PUBLIC)
def list_branches(request: HttpRequest) -> list[dict[str, Any]]:
    """List the branches of the tree."""
    return [item.model_dump(mode="json") for item in queries.framework(actor_of(request)).standards.branches]


@router.get("/standard-alignment", response=dict[str, Any])
@access(PUBLIC)
def show_alignment(request: HttpRequest) -> dict[str, Any]:
    """Show the clauses of documents side by side, as the document; a topic without a cell was not looked up there."""
    return queries.framework(actor_of(request)).alignment.model_dump(mode="json")


@router.get("/watch-list", response=list[WatchedRuleOut])
@access(PUBLIC)
def list_watched(request: HttpRequest, on: date | None = None) -> list[WatchedRuleOut]:
    """List the foreign rules that are watched; ``on``: the next date is counted from that day."""
    day = (on or clock.today()).isoformat()
    return [
        WatchedRuleOut(
            **row.item.model_dump(mode="json", include={"id", "jurisdiction", "state", "title", "publisher", "asks"}),
            document=row.item.document,
            goods_list=row.item.list,
            categories=list(row.categories),
            dates=[event.model_dump(mode="json") for event in row.dates],
            next_date=date.fromisoformat(event.on) if (event := row.next_date(day)) else None,
            sources=[source.model_dump(mode="json") for source in row.sources],
            looked_up=date.fromisoformat(row.item.looked_up),
        )
        for row in queries.framework(actor_of(request)).watched()
    ]
