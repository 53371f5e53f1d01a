"""Who may do what with the evidence store itself."""

from __future__ import annotations

import rules

from tanbiao.web.accounts.permissions import is_operator, is_system

rules.add_perm("ledger.erase_salt", is_operator | is_system)
rules.add_perm("ledger.view_health", is_operator)
