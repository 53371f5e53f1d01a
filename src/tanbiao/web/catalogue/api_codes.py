"""The REST API of code tables: what a code is called, the tables behind it, bringing one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Form, Schema, Status
from ninja.files import UploadedFile
from pydantic import BaseModel, Field

from tanbiao.core.findings import from_json, render
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Count, FindingOut, Limit, Offset, Page, Router, page_of
from tanbiao.web.catalogue import code_tables, queries_codes
from tanbiao.web.catalogue.models import CodeName, CodeTable
from tanbiao.web.language import current

router = Router()
Word = Annotated[str, Field(max_length=60)]
Sentence = Annotated[str, Field(max_length=500)]


class CodeTableOut(BaseModel):
    """A version of a classification's code names; ``changes`` beside the version before, empty for the first."""

    id: UUID
    scheme: str
    number: Count
    is_current: bool
    edition: str
    title_zh: str
    title_en: str
    source: str
    licence: str
    licence_text: str
    is_public: bool
    rows: Count
    content_hash: str
    changes: dict[str, int]
    findings: list[FindingOut]
    at: datetime


class CodeNameOut(BaseModel):
    """A code with its names; ``parent`` is the next wider code of the table."""

    scheme: str
    code: str
    name_zh: str
    name_en: str
    parent: str


class CodeTableIn(Schema):
    """What is said of a table; by default only people who are signed in see its names."""

    scheme: Word
    edition: Word
    title_zh: Annotated[str, Field(max_length=200)]
    source: Sentence
    licence: Annotated[str, Field(max_length=40)]
    title_en: Annotated[str, Field(max_length=200)] = ""
    licence_text: Annotated[str, Field(max_length=300)] = ""
    is_public: bool = False


def _table(row: CodeTable) -> CodeTableOut:
    fields = {name: getattr(row, name) for name in CodeTableOut.model_fields if name != "findings"}
    told = [FindingOut(**render(from_json(item), current())) for item in row.findings]
    return CodeTableOut(**fields, findings=told)


def _name(scheme: str, row: CodeName) -> CodeNameOut:
    return CodeNameOut(scheme=scheme, code=row.code, name_zh=row.name_zh, name_en=row.name_en, parent=row.parent)


@router.get("/code-tables", response=Page[CodeTableOut])
@access(PUBLIC)
def list_code_tables(
    request: HttpRequest, every_version: bool = False, limit: Limit = 20, offset: Offset = 0
) -> Page[CodeTableOut]:
    """List the tables of code names; older versions for who may bring new ones."""
    rows = queries_codes.tables(actor_of(request), every_version=every_version)
    return page_of(rows, limit, offset, _table)


@router.post("/code-tables", response={201: CodeTableOut})
@access("catalogue.bring_codes")
def bring_code_table(request: HttpRequest, file: File[UploadedFile], about: Form[CodeTableIn]) -> Any:
    """Bring a table of code names (CSV or Excel): the next version of its classification's, or every finding."""
    said = code_tables.About(**about.model_dump())
    made = code_tables.bring_codes(actor_of(request), about=said, filename=file.name or "", data=file.read())
    return Status(201, _table(made))


@router.get("/code-tables/{uuid:table_id}", response=CodeTableOut)
@access(PUBLIC)
def show_code_table(request: HttpRequest, table_id: UUID) -> CodeTableOut:
    """Show one table of code names."""
    return _table(queries_codes.table(actor_of(request), table_id))


@router.get("/code-tables/{uuid:table_id}/codes", response=Page[CodeNameOut])
@access(PUBLIC)
def list_code_names(
    request: HttpRequest,
    table_id: UUID,
    q: Annotated[str, Field(max_length=200)] = "",
    limit: Limit = 100,
    offset: Offset = 0,
) -> Page[CodeNameOut]:
    """List the codes of a table: all, those that begin with ``q``, or whose name has it."""
    table = queries_codes.table(actor_of(request), table_id)
    return page_of(queries_codes.rows(table, q), limit, offset, lambda row: _name(table.scheme, row))


@router.get("/code-name", response=CodeNameOut | None)
@access(PUBLIC)
def name_code(request: HttpRequest, scheme: Word, code: Word) -> CodeNameOut | None:
    """Say what a code is called in the table that stands; null where no table that you may see names it."""
    found = queries_codes.names(actor_of(request), [(scheme, code)])
    return next((_name(key[0], row) for key, row in found.items()), None)
