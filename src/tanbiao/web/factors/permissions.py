"""Who may do what with factors: everybody reads what is open; the platform's operator installs releases."""

from __future__ import annotations

import rules

from tanbiao.web.accounts.permissions import is_anybody, is_operator, is_system

rules.add_perm("factors.view", is_anybody)
rules.add_perm("factors.index_codes", is_system)
rules.add_perm("factors.install_release", is_operator | is_system)
