"""The readers of an organisation's book. Each starts from what the actor may see."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Membership, Organisation, Person
from tanbiao.web.accounts.roles import Kind, Role
from tanbiao.web.bodies.functions import ROLE_OF, Function
from tanbiao.web.bodies.loads import Limit, Load, limit_of, loads
from tanbiao.web.bodies.models import (
    BookLine,
    Branch,
    Competence,
    Department,
    ExpiryNotice,
    ImpartialityDeclaration,
    ImpartialityRisk,
    ObligationAcceptance,
    ObligationText,
    Qualification,
    Responsibility,
    Staff,
)
from tanbiao.web.bodies.standing import standing_on, years_since
from tanbiao.web.bodies.writing import body_of
from tanbiao.web.commanding import NotFound, require
from tanbiao.web.ledger.blobs import get_blob


@dataclass(frozen=True, slots=True)
class Colleague:
    """A person who works on cases of a body, with everything that is on record."""

    person: Person
    roles: tuple[Role, ...]
    staff: Staff | None
    competences: tuple[Competence, ...]
    load: Load
    is_over: bool

    @property
    def years(self) -> float | None:
        """Years of work with footprints, today."""
        return years_since(self.staff.experience_since) if self.staff else None

    @property
    def standing(self) -> tuple[Competence, ...]:
        """The competences that stand today."""
        day = clock.today()
        return tuple(
            row for row in self.competences if row.withdrawn_at is None and row.valid_from <= day <= row.valid_until
        )


def people(actor: Actor) -> list[Colleague]:
    """Return who works on cases of the actor's body, by name."""
    body = body_of(actor, "bodies.people")
    roles: dict[UUID, list[Role]] = {}
    persons: dict[UUID, Person] = {}
    live = Membership.objects.filter(organisation=body, ended_at__isnull=True, role__in=ROLE_OF.values())
    for row in live.select_related("person"):
        persons[row.person_id] = row.person
        roles.setdefault(row.person_id, []).append(Role(row.role))
    staff = {row.person_id: row for row in Staff.objects.filter(body=body)}
    held: dict[UUID, list[Competence]] = {}
    for competence in Competence.objects.filter(body=body, person_id__in=persons).select_related("granted_by"):
        held.setdefault(competence.person_id, []).append(competence)
    limit, in_hand, order = limit_of(body), loads(body, persons), list(Role)
    found = [
        Colleague(
            person,
            tuple(sorted(roles[key], key=order.index)),
            staff.get(key),
            tuple(held.get(key, ())),
            in_hand[key],
            limit.is_over(in_hand[key]),
        )
        for key, person in persons.items()
    ]
    return sorted(found, key=lambda one: (one.person.name_zh, str(one.person.id)))


def load_limit(actor: Actor) -> Limit:
    """Return the limit of load of the actor's body."""
    return limit_of(body_of(actor, "bodies.people"))


def lines(actor: Actor) -> QuerySet[BookLine]:
    """Return the lines of the book of the actor's body, newest first."""
    body = body_of(actor, "bodies.people")
    return BookLine.objects.filter(book__organisation=body).select_related("person").order_by("-index")


def alarms(actor: Actor) -> QuerySet[ExpiryNotice]:
    """Return what the actor's organisation was told of what ends, newest first."""
    require(actor, "bodies.people")
    return ExpiryNotice.objects.filter(organisation=actor.organisation)


def qualifications(actor: Actor) -> QuerySet[Qualification]:
    """Return approvals and accreditations of the actor's body."""
    return Qualification.objects.filter(body=body_of(actor, "bodies.people"))


def to_confirm(actor: Actor) -> QuerySet[Qualification]:
    """Return what waits for the operator, oldest first."""
    require(actor, "bodies.confirm")
    return Qualification.objects.filter(state="brought").select_related("body").order_by("at", "id")


def all_qualifications(actor: Actor) -> QuerySet[Qualification]:
    """Return everything that bodies have brought, for the operator: what waits first."""
    require(actor, "bodies.confirm")
    return Qualification.objects.select_related("body").order_by("body__name_zh", "kind", "-valid_until", "id")


def paper(actor: Actor, qualification_id: UUID) -> tuple[Qualification, bytes]:
    """Return the document of an approval or accreditation: to the body itself and to the operator.

    Raises
    ------
    NotFound
        ``qualification_unknown``
    """
    found = Qualification.objects.filter(id=qualification_id).first()
    mine = found is not None and found.body_id == actor.organisation_id
    if found is None or not (mine or actor.has(Role.OPERATOR)):
        raise NotFound.of("qualification_unknown", str(qualification_id))
    return found, get_blob(found.paper)


def branches(actor: Actor) -> QuerySet[Branch]:
    """Return the branches of the actor's body."""
    return Branch.objects.filter(body=body_of(actor, "bodies.people"))


def declarations(actor: Actor) -> QuerySet[ImpartialityDeclaration]:
    """Return the declarations of impartiality of the actor's body, newest first."""
    return ImpartialityDeclaration.objects.filter(body=body_of(actor, "bodies.people")).select_related("by")


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the onboarding of a body: whether it is met."""

    key: str
    met: bool


def onboarding(body: Organisation) -> list[Point]:
    """Return what a body needs before it can take a case, and what of it is there today."""
    day = clock.today()
    met = {
        "identity": bool(body.uscc or body.foreign_id),
        "approval": _any(body, "approval"),
        "accreditation": _any(body, "accreditation"),
        "declaration": ImpartialityDeclaration.objects.filter(
            body=body, valid_from__lte=day, valid_until__gte=day
        ).exists(),
    }
    for function in Function:
        held = Competence.objects.filter(body=body, function=function.value, withdrawn_at__isnull=True)
        met[function.value] = standing_on(held, day).exists()
    return [Point(key, value) for key, value in met.items()]


def _any(body: Organisation, kind: str) -> bool:
    day = clock.today()
    rows = Qualification.objects.filter(body=body, kind=kind, state="confirmed")
    return rows.filter(valid_from__lte=day, valid_until__gte=day).exists()


def obligation_texts(actor: Actor) -> list[tuple[ObligationText, ObligationAcceptance | None]]:
    """Return the versions that bind the actor's organisation, newest first, each with its acceptance."""
    require(actor, "bodies.oblige")
    if actor.organisation is None:
        return []
    rows = ObligationText.objects.filter(kind=actor.organisation.kind)
    mine = ObligationAcceptance.objects.filter(organisation=actor.organisation).select_related("by", "document")
    known = {one.document_id: one for one in mine}
    return [(row, known.get(row.id)) for row in rows]


def published_obligations(actor: Actor) -> QuerySet[ObligationText]:
    """Return every version of every kind, for the operator."""
    require(actor, "bodies.publish")
    return ObligationText.objects.all()


def acceptance(actor: Actor, document_id: UUID) -> ObligationAcceptance:
    """Return the acceptance of a text by the actor's organisation.

    Raises
    ------
    NotFound
        ``obligation_unknown``: not accepted, or none of the actor's.
    """
    require(actor, "bodies.oblige")
    rows = ObligationAcceptance.objects.filter(organisation=actor.organisation, document_id=document_id)
    found = rows.select_related("document", "organisation").first()
    if found is None:
        raise NotFound.of("obligation_unknown", "document")
    return found


def risks(actor: Actor) -> QuerySet[ImpartialityRisk]:
    """Return the register of risks of the actor's body: open ones first."""
    rows = ImpartialityRisk.objects.filter(body=body_of(actor, "bodies.people")).select_related("applicant", "owner")
    return rows.order_by("-state", "number")


def applicants(actor: Actor) -> list[Organisation]:
    """Return the enterprises that a body's risk may name: those whose name a body can know, by name."""
    require(actor, "bodies.judge")
    found = Organisation.objects.filter(kind=Kind.ENTERPRISE, cases_applied__body=actor.organisation).distinct()
    return sorted(found, key=lambda one: (one.name_zh, str(one.id)))


def departments(actor: Actor) -> QuerySet[Department]:
    """Return the departments of the actor's organisation that are not closed."""
    require(actor, "bodies.oblige")
    rows = Department.objects.filter(organisation=actor.organisation, closed_at__isnull=True)
    return rows.prefetch_related("people")


def responsibilities(actor: Actor) -> QuerySet[Responsibility]:
    """Return the lines of the responsibility matrix of the actor's organisation."""
    require(actor, "bodies.oblige")
    return Responsibility.objects.filter(organisation=actor.organisation).prefetch_related("departments")


def members(actor: Actor) -> list[Person]:
    """Return everybody who has a role in the actor's organisation, by name."""
    require(actor, "bodies.oblige")
    live = Membership.objects.filter(organisation=actor.organisation, ended_at__isnull=True).select_related("person")
    people = {row.person_id: row.person for row in live}
    return sorted(people.values(), key=lambda one: (one.name_zh, str(one.id)))
