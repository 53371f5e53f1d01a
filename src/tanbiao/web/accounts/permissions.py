"""Who may do what with accounts. A permission that is not declared here is denied."""

from __future__ import annotations

from typing import Any

import rules

from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.accounts.roles import MANAGING_ROLES, Role


@rules.predicate
def is_anybody(actor: Actor) -> bool:  # noqa: ARG001 (the predicate's signature)
    """Everybody, signed in or not."""
    return True


@rules.predicate
def is_person(actor: Actor) -> bool:
    """A signed-in natural person."""
    return actor.person is not None


@rules.predicate
def is_system(actor: Actor) -> bool:
    """A part of the system itself (demo world, worker)."""
    return actor.is_system


@rules.predicate
def is_operator(actor: Actor) -> bool:
    """Someone who runs the platform."""
    return actor.has(Role.OPERATOR)


@rules.predicate
def manages(actor: Actor, organisation: Any = None) -> bool:
    """The managing role in this organisation (in any, when none is named)."""
    if not actor.has(*MANAGING_ROLES):
        return False
    return not isinstance(organisation, Organisation) or organisation.id == actor.organisation_id


@rules.predicate
def is_member(actor: Actor, organisation: Any = None) -> bool:
    """Any role in this organisation (in any, when none is named)."""
    if actor.organisation is None:
        return False
    return not isinstance(organisation, Organisation) or organisation.id == actor.organisation_id


def has_role(*roles: Role) -> Any:
    """Return the predicate "has one of these roles in the organisation acted for", for the features above."""

    @rules.predicate(f"has_role:{','.join(roles)}")
    def predicate(actor: Actor) -> bool:
        return actor.has(*roles)

    return predicate


rules.add_perm("accounts.join", is_anybody)
rules.add_perm("accounts.register_organisation", is_operator | is_system)
rules.add_perm("accounts.create_account", is_operator | is_system)
rules.add_perm("accounts.view_organisation", is_member)
rules.add_perm("accounts.manage_members", manages | is_system)
rules.add_perm("accounts.reader_keys", manages)
rules.add_perm("accounts.make_token", is_member)
rules.add_perm("accounts.profile", is_person)
