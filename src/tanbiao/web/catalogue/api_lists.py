"""The REST API of lists of authorities: all, one, which of its lines are two-high, bringing one."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import File, Form, Schema, Status
from ninja.files import UploadedFile
from pydantic import BaseModel, Field

from tanbiao.core.catalogue.model import CatalogueList
from tanbiao.core.findings import from_json, render
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Count, FindingOut, Router
from tanbiao.web.catalogue import brought_lists, queries
from tanbiao.web.language import current
from tanbiao.web.uploads import Upload

router = Router()
Word = Annotated[str, Field(max_length=200)]


class CatalogueListOut(BaseModel):
    """A list of an authority: who published it and when; its entries by its own address."""

    reference: str
    kind: str
    jurisdiction: str
    title: dict[str, str]
    publisher: dict[str, str]
    document: str | None
    issued: str
    begins: str
    until: date | None
    draft: bool
    complete: bool
    in_force: bool
    entries: Count


class TwoHighOut(BaseModel):
    """Whether a category is two-high in the list's place: yes, no or not_known, and the lines that name it."""

    category: str
    state: str
    lines: list[str]
    looked_into: list[str]


class LinkedLineOut(BaseModel):
    """A line of a priority list beside the two-high lists of its place."""

    id: str
    name: dict[str, str]
    state: str | None
    categories: list[TwoHighOut]


class BroughtListIn(Schema):
    """What is said of a list that is brought."""

    list_id: Annotated[str, Field(max_length=64)]
    kind: Word
    jurisdiction: Annotated[str, Field(max_length=6)]
    title_zh: Word
    title_en: Word
    publisher_zh: Word
    publisher_en: Word
    document: Word
    issued: Annotated[str, Field(max_length=10)]
    effective: Annotated[str, Field(max_length=10)] = ""
    complete: bool = False
    read: Word = "public_copy"
    source_note: Annotated[str, Field(max_length=500)] = ""


class BroughtListOut(BaseModel):
    """A list that was brought: its reference, its hash, the document it is of, and doubts about its lines."""

    reference: str
    content_hash: str
    lines: Count
    proof_name: str
    proof_hash: str
    findings: list[FindingOut]


def _list(item: CatalogueList, *, in_force: bool) -> CatalogueListOut:
    return CatalogueListOut(
        reference=item.reference,
        kind=item.kind,
        jurisdiction=item.jurisdiction,
        title=item.title.model_dump(),
        publisher=item.publisher.model_dump(),
        document=item.document,
        issued=item.issued,
        begins=item.begins,
        until=date.fromisoformat(item.until) if item.until else None,
        draft=item.draft,
        complete=item.complete,
        in_force=in_force,
        entries=len(item.entries),
    )


@router.get("/catalogue-lists", response=list[CatalogueListOut])
@access(PUBLIC)
def list_lists(request: HttpRequest, on: date | None = None) -> list[CatalogueListOut]:
    """List the lists of authorities; ``on``: which of them stand on that day."""
    return [_list(item, in_force=stands) for item, stands in queries.lists(actor_of(request), on)]


@router.post("/catalogue-lists", response={201: BroughtListOut})
@access("catalogue.bring_list")
def bring_list(
    request: HttpRequest, file: File[UploadedFile], proof: File[UploadedFile], about: Form[BroughtListIn]
) -> Any:
    """Bring a two-high or priority list (CSV or Excel) with the document that it is of, or every finding of it."""
    made = brought_lists.bring_list(
        actor_of(request),
        about=brought_lists.AboutList(**about.model_dump()),
        filename=file.name or "",
        data=file.read(),
        proof=Upload(proof.name or "", proof.content_type or "", proof.read()),
    )
    return Status(
        201,
        BroughtListOut(
            reference=made.reference,
            content_hash=made.content_hash,
            lines=len(made.document["entries"]),
            proof_name=made.proof_name,
            proof_hash=made.proof_blob,
            findings=[FindingOut(**render(from_json(item), current())) for item in made.findings],
        ),
    )


@router.get("/catalogue-lists/{str:reference}", response=dict[str, Any])
@access(PUBLIC)
def show_list(request: HttpRequest, reference: str) -> dict[str, Any]:
    """Show one list with its entries and sources, as its document."""
    return queries.list_of(actor_of(request), reference).model_dump(mode="json")


@router.get("/catalogue-lists/{str:reference}/two-high", response=list[LinkedLineOut])
@access(PUBLIC)
def link_lines(request: HttpRequest, reference: str) -> list[LinkedLineOut]:
    """Show which lines of a priority list the two-high lists of its place name today; empty for other kinds."""
    actor = actor_of(request)
    return [
        LinkedLineOut(
            id=line.entry.id,
            name=line.entry.name.model_dump(),
            state=line.state,
            categories=[
                TwoHighOut(
                    category=one.category,
                    state=one.state,
                    lines=[f"{mention.list.reference}#{mention.entry.id}" for mention in one.mentions],
                    looked_into=[item.reference for item in one.looked_into],
                )
                for one in line.categories
            ],
        )
        for line in queries.linked_lines(actor, queries.list_of(actor, reference))
    ]
