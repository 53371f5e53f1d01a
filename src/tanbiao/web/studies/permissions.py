"""Who may do what with studies. A permission that is not declared here is denied."""

from __future__ import annotations

from typing import Any

import rules

from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.permissions import has_role, is_system
from tanbiao.web.accounts.roles import Role
from tanbiao.web.studies.models import Study, StudyGrant


@rules.predicate
def owns(actor: Actor, study: Any = None) -> bool:
    """The study belongs to the organisation acted for (any study, when none is named)."""
    return not isinstance(study, Study) or actor.owns(study)


@rules.predicate
def may_see(actor: Actor, study: Any = None) -> bool:
    """The owner, or an organisation that was given sight of this study in a case."""
    if not isinstance(study, Study):
        return actor.organisation is not None
    if actor.owns(study):
        return True
    mine = StudyGrant.objects.filter(study=study, organisation=actor.organisation, ended_at__isnull=True)
    return actor.organisation is not None and mine.exists()


makes = has_role(Role.ENTERPRISE_MANAGER, Role.ENTERPRISE_EDITOR)
manages = has_role(Role.ENTERPRISE_MANAGER)
advises = has_role(Role.ADVISER)

rules.add_perm("studies.view", may_see | is_system)
rules.add_perm("studies.edit", (makes | advises) & owns)
rules.add_perm("studies.create", makes)
rules.add_perm("studies.calculate", makes & owns)
rules.add_perm("studies.manage", manages & owns)
rules.add_perm("studies.verify_states", is_system)
rules.add_perm("studies.review", may_see & ~is_system)
rules.add_perm("studies.publish", (manages & owns) | is_system)
rules.add_perm("studies.recalculate", (manages & owns) | is_system)
