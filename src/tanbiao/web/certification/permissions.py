"""Who may do what in certification. A permission that is not declared here is denied.

These are the coarse rights: a role, and a side of the case. Which act is possible in which state, and that duties lie
with different persons, is the lifecycle's matter (:mod:`tanbiao.workflow`).
"""

from __future__ import annotations

from typing import Any

import rules

from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.permissions import has_role, is_system
from tanbiao.web.accounts.roles import Role
from tanbiao.web.certification.models import Case


@rules.predicate
def takes_part(actor: Actor, case: Any = None) -> bool:
    """Applicant or body of this case (any organisation, when none is named)."""
    if not isinstance(case, Case):
        return actor.organisation is not None
    return actor.organisation_id in (case.owner_id, case.body_id)


applies = has_role(Role.ENTERPRISE_MANAGER)
answers = has_role(Role.ENTERPRISE_MANAGER, Role.ENTERPRISE_EDITOR)
handles = has_role(Role.CASE_MANAGER)
verifies = has_role(Role.VERIFIER)
reviews = has_role(Role.REVIEWER)
decides = has_role(Role.DECIDER)

rules.add_perm("certification.view", takes_part | is_system)
rules.add_perm("certification.apply", applies & takes_part)
rules.add_perm("certification.answer", answers & takes_part)
rules.add_perm("certification.handle", handles & takes_part)
rules.add_perm("certification.sign", (applies | handles) & takes_part)
rules.add_perm("certification.papers", (handles | verifies | reviews | decides) & takes_part)
rules.add_perm("certification.ask", (handles | verifies) & takes_part)
rules.add_perm("certification.verify", verifies & takes_part)
rules.add_perm("certification.waive", (verifies | reviews) & takes_part)
rules.add_perm("certification.reopen", (handles | verifies | reviews | decides) & takes_part)
rules.add_perm("certification.review", reviews & takes_part)
rules.add_perm("certification.second", verifies | reviews)
rules.add_perm("certification.resolve_second", (reviews | decides) & takes_part)
rules.add_perm("certification.decide", decides & takes_part)
rules.add_perm("certification.void_issue", (decides & takes_part) | is_system)
rules.add_perm("certification.system", is_system)
