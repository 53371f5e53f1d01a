"""Who acts: a natural person in an organisation with roles there, a visitor, or a part of the system."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from tanbiao.web import clock
from tanbiao.web.accounts.models import ApiToken, Membership, Organisation, Person
from tanbiao.web.accounts.roles import Kind, Role
from tanbiao.web.commanding import NotAllowed

SESSION_KEY = "organisation"
TOKEN_PREFIX = "tbk"  # noqa: S105 (a public prefix, no secret)
_CACHE = "_tanbiao_actor"


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever calls a command or query.

    Parameters
    ----------
    person
        The natural person; None for visitors and the system.
    organisation
        The organisation acted for; None for visitors, the system, and persons who belong to none.
    roles
        The roles of that person in that organisation.
    is_anonymous
        A visitor.
    system
        The name of the part of the system that acts (``sequencer``, ``demo``); empty for people.
    """

    person: Person | None = None
    organisation: Organisation | None = None
    roles: frozenset[Role] = field(default_factory=frozenset)
    is_anonymous: bool = False
    system: str = ""

    @property
    def is_system(self) -> bool:
        """Whether a part of the system acts."""
        return bool(self.system)

    @property
    def person_id(self) -> UUID | None:
        """The person's id; separation of duties compares these."""
        return self.person.id if self.person else None

    @property
    def organisation_id(self) -> UUID | None:
        """The organisation's id; tables owned by an organisation are compared with it."""
        return self.organisation.id if self.organisation else None

    @property
    def kind(self) -> Kind | None:
        """The kind of the organisation acted for."""
        return Kind(self.organisation.kind) if self.organisation else None

    def has(self, *roles: Role) -> bool:
        """Whether the actor has one of the roles."""
        return bool(self.roles.intersection(roles))

    def owns(self, thing: Any) -> bool:
        """Whether ``thing.owner_id`` is the organisation acted for."""
        return self.organisation is not None and getattr(thing, "owner_id", None) == self.organisation.id

    def describe(self) -> dict[str, str]:
        """Return the actor for a private event: ids only."""
        if self.system:
            return {"system": self.system}
        if self.person is None:
            return {"visitor": "anonymous"}
        return {"person": str(self.person_id), "organisation": str(self.organisation_id or "")}


ANONYMOUS = Actor(is_anonymous=True)


def person_of(actor: Actor) -> Person:
    """Return the natural person who acts.

    Raises
    ------
    NotAllowed
        ``person_needed``: the platform itself or a visitor acts; this act is a person's.
    """
    if actor.person is None:
        raise NotAllowed.of("person_needed")
    return actor.person


def system_actor(name: str) -> Actor:
    """Return the actor of a part of the system; it may do what only the system does, and it is named in the event."""
    return Actor(system=name)


def actor_for(person: Person, organisation: Organisation | None = None) -> Actor:
    """Return the actor of a person in an organisation (the first one they joined when none is given)."""
    return _member(person, _memberships(person.id), organisation)


def _memberships(person_id: UUID) -> list[Membership]:
    live = Membership.objects.filter(person_id=person_id, ended_at__isnull=True).select_related("organisation")
    return sorted(live, key=lambda one: (one.granted_at, one.id))


def _member(person: Person, memberships: list[Membership], organisation: Organisation | None) -> Actor:
    chosen = organisation or (memberships[0].organisation if memberships else None)
    roles = frozenset(Role(one.role) for one in memberships if chosen and one.organisation_id == chosen.id)
    return Actor(person=person, organisation=chosen if roles else None, roles=roles)


def actor_of(request: HttpRequest) -> Actor:
    """Return who sent a request: the bearer of a token (API only), the signed-in person, or a visitor."""
    known = getattr(request, _CACHE, None)
    if isinstance(known, Actor):
        return known
    actor = _from_token(request) or _from_session(request)
    setattr(request, _CACHE, actor)
    return actor


def _from_session(request: HttpRequest) -> Actor:
    account = getattr(request, "user", None)
    if account is None or not account.is_authenticated or not account.is_active:
        return ANONYMOUS
    memberships = _memberships(account.person_id)
    wanted = request.session.get(SESSION_KEY)
    entered = (one.organisation for one in memberships if str(one.organisation_id) == wanted)
    return _member(account.person, memberships, next(entered, None))


def _from_token(request: HttpRequest) -> Actor | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not request.path.startswith("/api/"):
        return None
    return actor_of_token(request, token.strip()) or ANONYMOUS


def hash_token(secret: str) -> str:
    """Return what is stored of a token; a random 256-bit secret needs no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def actor_of_token(request: HttpRequest, secret: str) -> Actor | None:
    """Return the actor of a live token, and note the day of its use; None when there is no such token."""
    found = (
        ApiToken.objects.filter(secret_hash=hash_token(secret), revoked_at__isnull=True)
        .select_related("person", "organisation")
        .first()
    )
    if found is None:
        return None
    today = clock.today()
    if found.last_used_on != today:
        ApiToken.objects.filter(id=found.id).update(last_used_on=today)
    actor = actor_for(found.person, found.organisation)
    setattr(request, _CACHE, actor)
    return actor
