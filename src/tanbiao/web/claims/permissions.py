"""Who may do what with claims: enterprises register and see their own, operator and authority see all."""

from __future__ import annotations

import rules

from tanbiao.web.accounts.permissions import has_role, is_system
from tanbiao.web.accounts.roles import Role

holds = has_role(Role.ENTERPRISE_MANAGER, Role.ENTERPRISE_EDITOR)
oversees = has_role(Role.OPERATOR, Role.AUTHORITY_OFFICER)

rules.add_perm("claims.view", holds | oversees | is_system)
rules.add_perm("claims.oversee", oversees | is_system)
rules.add_perm("claims.register", has_role(Role.ENTERPRISE_MANAGER) | is_system)
