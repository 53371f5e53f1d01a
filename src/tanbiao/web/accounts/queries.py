"""The readers of accounts. Each starts from what the actor may see."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Account, ApiToken, Membership, Organisation, Person
from tanbiao.web.accounts.roles import Kind, Role
from tanbiao.web.commanding import NotFound, require


@dataclass(frozen=True, slots=True)
class Member:
    """A person of an organisation with the roles held there and the user names they sign in with."""

    person: Person
    roles: tuple[Role, ...]
    usernames: tuple[str, ...]


def my_organisation(actor: Actor) -> Organisation:
    """Return the organisation the actor acts for.

    Raises
    ------
    NotFound
        ``no_organisation``
    """
    if actor.organisation is None:
        raise NotFound.of("no_organisation")
    return actor.organisation


def my_organisations(actor: Actor) -> list[Organisation]:
    """Return the organisations the person belongs to, by name."""
    if actor.person is None:
        return []
    ids = Membership.objects.filter(person=actor.person, ended_at__isnull=True).values("organisation_id")
    return sorted(Organisation.objects.filter(id__in=ids), key=lambda one: one.name_zh)


def members(actor: Actor) -> list[Member]:
    """Return the members of the actor's organisation, by name."""
    organisation = my_organisation(actor)
    require(actor, "accounts.view_organisation", organisation)
    live = Membership.objects.filter(organisation=organisation, ended_at__isnull=True).select_related("person")
    roles: dict[UUID, list[Role]] = {}
    people: dict[UUID, Person] = {}
    for one in live:
        people[one.person_id] = one.person
        roles.setdefault(one.person_id, []).append(Role(one.role))
    names: dict[UUID, list[str]] = {}
    for person_id, username in Account.objects.filter(person_id__in=people).values_list("person_id", "username"):
        names.setdefault(person_id, []).append(username)
    order = list(Role)
    found = [
        Member(person, tuple(sorted(roles[key], key=order.index)), tuple(sorted(names.get(key, ()))))
        for key, person in people.items()
    ]
    return sorted(found, key=lambda one: (one.person.name_zh, str(one.person.id)))


def my_tokens(actor: Actor) -> QuerySet[ApiToken]:
    """Return the actor's own tokens in this organisation, newest first."""
    return ApiToken.objects.filter(person=actor.person, organisation=actor.organisation).order_by("-created_at", "id")


def public_organisations(actor: Actor, kind: Kind | None = None) -> list[Organisation]:  # noqa: ARG001 (public)
    """Return the organisations that are public by office (bodies, authorities, associations …); never enterprises."""
    kinds = [kind] if kind else [one for one in Kind if one is not Kind.ENTERPRISE]
    found = Organisation.objects.filter(kind__in=[one for one in kinds if one is not Kind.ENTERPRISE])
    return sorted(found, key=lambda one: (one.kind, one.name_zh))


def organisation_by_id(actor: Actor, organisation_id: UUID) -> Organisation:
    """Return an organisation the actor may know: their own, or one that is public by office.

    Raises
    ------
    NotFound
        ``organisation_unknown``
    """
    found = Organisation.objects.filter(id=organisation_id).first()
    mine = found is not None and (found.id == actor.organisation_id or actor.is_system)
    if found is None or not (mine or found.kind != Kind.ENTERPRISE or actor.has(Role.OPERATOR)):
        raise NotFound.of("organisation_unknown", "organisation_id")
    return found
