"""Who may bring dataset files: providers, makers of studies, the operator; all of it is their organisation's own."""

from __future__ import annotations

import rules

from tanbiao.web.accounts.permissions import has_role, is_system
from tanbiao.web.accounts.roles import Role

BRINGERS = (Role.DATA_PROVIDER, Role.ENTERPRISE_MANAGER, Role.ENTERPRISE_EDITOR, Role.OPERATOR)

rules.add_perm("datasets.view", has_role(*BRINGERS) | is_system)
rules.add_perm("datasets.import", has_role(*BRINGERS) | is_system)
rules.add_perm("datasets.store", is_system)
