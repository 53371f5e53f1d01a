"""The API of an organisation's departments and responsibility matrix."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja.responses import Status
from pydantic import BaseModel, Field

from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import Router
from tanbiao.web.bodies import commands, queries
from tanbiao.web.bodies.models import Department, Responsibility

router = Router()


class DepartmentIn(BaseModel):
    """A department to open."""

    name_zh: Annotated[str, Field(min_length=1, max_length=120)]
    name_en: Annotated[str, Field(max_length=120)] = ""


class DepartmentOut(DepartmentIn):
    """A department and its people."""

    id: UUID
    people: list[UUID]


class DepartmentPeopleIn(BaseModel):
    """Everybody who belongs to the department."""

    people: Annotated[list[UUID], Field(max_length=1000)]


class ResponsibilityIn(BaseModel):
    """A line: a step of a case (bodies) or another duty; without department and role the line goes."""

    step: Annotated[str, Field(max_length=16)] = ""
    duty: Annotated[str, Field(max_length=200)] = ""
    departments: Annotated[list[UUID], Field(max_length=100)] = []
    roles: Annotated[list[Annotated[str, Field(max_length=24)]], Field(max_length=20)] = []


class ResponsibilityOut(ResponsibilityIn):
    """A line of the matrix."""

    id: UUID


def _department(row: Department) -> DepartmentOut:
    return DepartmentOut(
        id=row.id, name_zh=row.name_zh, name_en=row.name_en, people=[one.id for one in row.people.all()]
    )


def _line(row: Responsibility) -> ResponsibilityOut:
    return ResponsibilityOut(
        id=row.id,
        step=row.step,
        duty=row.duty,
        departments=[one.id for one in row.departments.all()],
        roles=list(row.roles),
    )


@router.get("/organisation/departments", response=list[DepartmentOut])
@access("bodies.oblige")
def departments(request: HttpRequest) -> list[DepartmentOut]:
    """List the departments of one's own organisation."""
    return [_department(row) for row in queries.departments(actor_of(request))]


@router.post("/organisation/departments", response={201: DepartmentOut})
@access("bodies.organise")
def open_department(request: HttpRequest, body: DepartmentIn) -> Status[DepartmentOut]:
    """Open a department."""
    return Status(201, _department(commands.open_department(actor_of(request), **body.model_dump())))


@router.put("/organisation/departments/{uuid:department_id}/people", response=DepartmentOut)
@access("bodies.organise")
def staff_department(request: HttpRequest, department_id: UUID, body: DepartmentPeopleIn) -> DepartmentOut:
    """Say who belongs to a department."""
    made = commands.staff_department(actor_of(request), department_id=department_id, people=body.people)
    return _department(made)


@router.delete("/organisation/departments/{uuid:department_id}", response={204: None})
@access("bodies.organise")
def close_department(request: HttpRequest, department_id: UUID) -> Status[None]:
    """Close a department that no line of the matrix names."""
    commands.close_department(actor_of(request), department_id=department_id)
    return Status(204, None)


@router.get("/organisation/matrix", response=list[ResponsibilityOut])
@access("bodies.oblige")
def matrix(request: HttpRequest) -> list[ResponsibilityOut]:
    """List the lines of the responsibility matrix of one's own organisation."""
    return [_line(row) for row in queries.responsibilities(actor_of(request))]


@router.put("/organisation/matrix", response=list[ResponsibilityOut])
@access("bodies.organise")
def set_responsibility(request: HttpRequest, body: ResponsibilityIn) -> list[ResponsibilityOut]:
    """Set or drop a line of the matrix, and return all of them."""
    commands.set_responsibility(actor_of(request), **body.model_dump())
    return matrix(request)
