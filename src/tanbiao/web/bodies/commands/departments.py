"""Departments of an organisation and its responsibility matrix."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Membership, Organisation, Person
from tanbiao.web.accounts.roles import ROLES_OF_KIND, Kind, Role
from tanbiao.web.bodies.matrix import Step
from tanbiao.web.bodies.models import Department, Responsibility
from tanbiao.web.bodies.writing import book_of, enter, line_of
from tanbiao.web.commanding import Conflict, Invalid, NotFound, command, require


def _organisation(actor: Actor) -> Organisation:
    if actor.organisation is None:
        raise NotFound.of("no_organisation")
    require(actor, "bodies.organise", actor.organisation)
    return actor.organisation


def _department(organisation: Organisation, department_id: UUID) -> Department:
    found = Department.objects.filter(id=department_id, organisation=organisation, closed_at__isnull=True).first()
    if found is None:
        raise NotFound.of("department_unknown", "department")
    return found


@command("bodies.organise")
def open_department(actor: Actor, *, name_zh: str, name_en: str = "") -> Department:
    """Open a department.

    Raises
    ------
    Invalid
        ``text_missing``
    Conflict
        ``department_known``
    """
    organisation = _organisation(actor)
    book = book_of(organisation)
    name = line_of("name_zh", name_zh, 120)
    if Department.objects.filter(organisation=organisation, name_zh=name, closed_at__isnull=True).exists():
        raise Conflict.of("department_known", "name_zh", name=name)
    made = Department.objects.create(organisation=organisation, name_zh=name, name_en=name_en.strip()[:120])
    enter(actor, book, "department_opened", "department", made.id, name=name)
    return made


@command("bodies.organise")
def close_department(actor: Actor, *, department_id: UUID) -> Department:
    """Close a department that no line of the matrix names.

    Raises
    ------
    NotFound
        ``department_unknown``
    Conflict
        ``department_responsible``: a line would stand without it, and so be open to nobody.
    """
    organisation = _organisation(actor)
    book = book_of(organisation)
    found = _department(organisation, department_id)
    if found.responsibilities.exists():
        raise Conflict.of("department_responsible", "department", name=found.name_zh)
    found.closed_at = clock.now()
    found.save(update_fields=["closed_at"])
    enter(actor, book, "department_closed", "department", found.id, name=found.name_zh)
    return found


@command("bodies.organise")
def staff_department(actor: Actor, *, department_id: UUID, people: Sequence[UUID]) -> Department:
    """Say who belongs to a department: all of them; a person may belong to several.

    Raises
    ------
    NotFound
        ``department_unknown``, ``person_unknown``
    """
    organisation = _organisation(actor)
    book = book_of(organisation)
    found = _department(organisation, department_id)
    wanted = set(people)
    live = Membership.objects.filter(organisation=organisation, ended_at__isnull=True, person_id__in=wanted)
    if wanted - set(live.values_list("person_id", flat=True)):
        raise NotFound.of("person_unknown", "people")
    found.people.set(Person.objects.filter(id__in=wanted))
    enter(actor, book, "department_staffed", "department", found.id, people=sorted(str(one) for one in wanted))
    return found


@command("bodies.organise")
def set_responsibility(
    actor: Actor,
    *,
    step: str = "",
    duty: str = "",
    departments: Sequence[UUID] = (),
    roles: Sequence[str] = (),
) -> Responsibility | None:
    """Set a line of the matrix: a step of a case (bodies only) or another duty; without department and role it goes.

    Raises
    ------
    Invalid
        ``matrix_step_unknown``, ``matrix_line_empty`` (neither step nor duty, or both), ``role_not_of_kind``.
    NotFound
        ``department_unknown``
    """
    organisation = _organisation(actor)
    book = book_of(organisation)
    said = duty.strip()[:200]
    if bool(step) == bool(said):
        raise Invalid.of("matrix_line_empty", "duty")
    if step and (step not in Step.values or organisation.kind != Kind.CERTIFICATION_BODY):
        raise Invalid.of("matrix_step_unknown", "step", known=", ".join(Step.values))
    kind = Kind(organisation.kind)
    for role in roles:
        if role not in Role.values or Role(role) not in ROLES_OF_KIND[kind]:
            raise Invalid.of("role_not_of_kind", "roles", role=role[:40], kind=str(kind.label))
    named = [_department(organisation, one) for one in dict.fromkeys(departments)]
    known = Responsibility.objects.filter(organisation=organisation, step=step, duty=said)
    told = {"step": step, "duty": said, "departments": [str(one.id) for one in named], "roles": list(roles)}
    if not named and not roles:
        row = known.first()
        if row is not None:
            subject = row.id
            row.delete()
            enter(actor, book, "responsibility_dropped", "matrix", subject, **told)
        return None
    row, _ = known.get_or_create(defaults={"organisation": organisation, "step": step, "duty": said})
    row.roles = list(roles)
    row.save(update_fields=["roles"])
    row.departments.set(named)
    enter(actor, book, "responsibility_set", "matrix", row.id, **told)
    return row
