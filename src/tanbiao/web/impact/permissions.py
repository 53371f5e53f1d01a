"""Who may ask what a release changes: operators and authorities for all, everybody else sees what is their own."""

from __future__ import annotations

import rules

from tanbiao.web.accounts.permissions import has_role, is_anybody, is_member, is_system
from tanbiao.web.accounts.roles import Role

OVERSEERS = (Role.OPERATOR, Role.AUTHORITY_OFFICER)

oversees = has_role(*OVERSEERS)

rules.add_perm("impact.view", is_member | is_system)
rules.add_perm("impact.wanted", is_anybody)
rules.add_perm("impact.run", oversees | is_system)
rules.add_perm("impact.acknowledge", is_member)
rules.add_perm("impact.dry_run", has_role(Role.RULE_DRAFTER, Role.RULE_ASSESSOR, *OVERSEERS) | is_system)
rules.add_perm("impact.system", is_system)
