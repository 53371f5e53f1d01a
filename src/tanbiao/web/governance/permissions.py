"""Who may do what in governance; the lifecycle says which step is whose, these say who may come near it at all."""

from __future__ import annotations

import rules

from tanbiao.web.accounts.permissions import has_role, is_anybody, is_person, is_system
from tanbiao.web.accounts.roles import Role
from tanbiao.web.datasets.permissions import BRINGERS

JUDGES = (Role.OPERATOR, Role.FACTOR_REVIEWER, Role.METROLOGIST, Role.AUTHORITY_OFFICER)

rules.add_perm("governance.view_published", is_anybody)
rules.add_perm("governance.report", is_person)
rules.add_perm("governance.view", has_role(Role.DATA_PROVIDER, *JUDGES) | is_system)
rules.add_perm("governance.act", has_role(Role.DATA_PROVIDER, *JUDGES) | is_system)
rules.add_perm("governance.provide", has_role(Role.DATA_PROVIDER) | is_system)
rules.add_perm("governance.derive", has_role(Role.DATA_PROVIDER, Role.OPERATOR) | is_system)
rules.add_perm("governance.judge", has_role(*JUDGES) | is_system)
rules.add_perm("governance.found_database", has_role(Role.OPERATOR, Role.AUTHORITY_OFFICER) | is_system)
rules.add_perm(
    "governance.choose_supplier", has_role(Role.DATA_PROVIDER, Role.OPERATOR, Role.AUTHORITY_OFFICER) | is_system
)
rules.add_perm("governance.build_release", has_role(Role.OPERATOR) | is_system)
rules.add_perm("governance.own_release", has_role(*BRINGERS) | is_system)
rules.add_perm("governance.install_built", is_system)
