"""Who may do what with an organisation's book."""

from __future__ import annotations

from typing import Any

import rules

from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.accounts.permissions import has_role, is_member, is_operator, is_system, manages
from tanbiao.web.accounts.roles import Kind, Role


@rules.predicate
def of_body(actor: Actor, body: Any = None) -> bool:
    """A person of a certification body (of this one, where one is named)."""
    if actor.kind is not Kind.CERTIFICATION_BODY:
        return False
    return not isinstance(body, Organisation) or body.id == actor.organisation_id


rules.add_perm("bodies.people", (of_body & has_role(Role.CASE_MANAGER, Role.VERIFIER, Role.REVIEWER, Role.DECIDER)))
rules.add_perm("bodies.judge", (of_body & has_role(Role.CASE_MANAGER, Role.DECIDER)) | is_system)
rules.add_perm("bodies.keep", (of_body & has_role(Role.CASE_MANAGER)) | is_system)
rules.add_perm("bodies.confirm", is_operator | is_system)
rules.add_perm("bodies.publish", is_operator | is_system)
rules.add_perm("bodies.organise", manages)
rules.add_perm("bodies.oblige", is_member)
rules.add_perm("bodies.accept", manages)
rules.add_perm("bodies.alarm", is_system)
