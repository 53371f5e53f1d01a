"""Who may read the catalogue (everybody), state a gate or open a category (authorities), name codes (operator)."""

from __future__ import annotations

import rules

from tanbiao.web.accounts.permissions import has_role, is_anybody, is_operator, is_system
from tanbiao.web.accounts.roles import Role

oversees = has_role(Role.AUTHORITY_OFFICER)

rules.add_perm("catalogue.view", is_anybody)
rules.add_perm("catalogue.state_gate", oversees | is_system)
rules.add_perm("catalogue.open_category", oversees | is_system)
rules.add_perm("catalogue.bring_codes", is_operator | is_system)
