"""Who may do what with labels. A permission that is not declared here is denied."""

from __future__ import annotations

import rules

from tanbiao.web.accounts.permissions import has_role, is_anybody, is_system
from tanbiao.web.accounts.roles import Role
from tanbiao.web.surveillance.permissions import BODY, HOLDERS, OVERSEERS

rules.add_perm("labels.view", has_role(*HOLDERS, *BODY, *OVERSEERS))
rules.add_perm("labels.shop", is_anybody)
rules.add_perm("labels.apply", has_role(Role.ENTERPRISE_MANAGER))
rules.add_perm("labels.license", has_role(Role.CASE_MANAGER, Role.DECIDER))
rules.add_perm("labels.end", has_role(Role.DECIDER, Role.ENTERPRISE_MANAGER))
rules.add_perm("labels.declare", has_role(*HOLDERS))
rules.add_perm("labels.register", has_role(Role.CASE_MANAGER))
rules.add_perm("labels.sample", has_role(Role.VERIFIER, Role.CASE_MANAGER, Role.AUTHORITY_OFFICER))
rules.add_perm("labels.find", has_role(Role.VERIFIER, Role.CASE_MANAGER, Role.AUTHORITY_OFFICER))
rules.add_perm("labels.system", is_system)
