"""Who may read schemes (everybody), unlock and approve (operators), lock again (authorities too)."""

from __future__ import annotations

import rules

from tanbiao.web.accounts.permissions import has_role, is_anybody, is_system
from tanbiao.web.accounts.roles import Role

KEEPERS = (Role.OPERATOR, Role.AUTHORITY_OFFICER)

rules.add_perm("schemes.view", is_anybody)
rules.add_perm("schemes.unlock", has_role(Role.OPERATOR))
rules.add_perm("schemes.approve_body", has_role(Role.OPERATOR))
rules.add_perm("schemes.lock", has_role(*KEEPERS))
rules.add_perm("schemes.system", is_system)
