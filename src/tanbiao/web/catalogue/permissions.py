"""Who may do what in the catalogue: everybody reads, authorities state gates, an operator names codes."""

from __future__ import annotations

import rules

from tanbiao.web.accounts.permissions import has_role, is_anybody, is_operator, is_person, is_system
from tanbiao.web.accounts.roles import Role

oversees = has_role(Role.AUTHORITY_OFFICER)

rules.add_perm("catalogue.view", is_anybody)
rules.add_perm("catalogue.state_gate", oversees | is_system)
rules.add_perm("catalogue.open_category", oversees | is_system)
rules.add_perm("catalogue.bring_codes", is_operator | is_system)
rules.add_perm("catalogue.read_proof", is_person)
rules.add_perm("catalogue.bring_list", is_operator | oversees | is_system)
