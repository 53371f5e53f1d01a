"""Who may do what in the rulebook; the lifecycle says which step is whose, these say who may come near it at all."""

from __future__ import annotations

import rules

from tanbiao.web.accounts.permissions import has_role, is_anybody, is_person, is_system
from tanbiao.web.accounts.roles import Role

JUDGES = (Role.OPERATOR, Role.AUTHORITY_OFFICER, Role.RULE_ASSESSOR)
APPROVERS = (Role.AUTHORITY_OFFICER, Role.CASE_MANAGER, Role.ENTERPRISE_MANAGER, Role.ORGANISATION_MANAGER)
MAKERS = (Role.RULE_DRAFTER, Role.CASE_MANAGER, Role.ENTERPRISE_MANAGER, Role.ORGANISATION_MANAGER)
"""The owner's people who work on its rules."""

rules.add_perm("rulebook.view", is_anybody)
rules.add_perm("rulebook.comment", is_anybody)
rules.add_perm("rulebook.read_notices", is_person)
rules.add_perm("rulebook.score", is_person)
rules.add_perm("rulebook.act", has_role(*MAKERS, *JUDGES) | is_system)
rules.add_perm("rulebook.draft", has_role(Role.RULE_DRAFTER) | is_system)
rules.add_perm("rulebook.align", has_role(Role.RULE_DRAFTER, Role.OPERATOR) | is_system)
rules.add_perm("rulebook.report_change", has_role(Role.OPERATOR, Role.AUTHORITY_OFFICER) | is_system)
rules.add_perm("rulebook.file", has_role(Role.RULE_DRAFTER, Role.CASE_MANAGER) | is_system)
rules.add_perm("rulebook.judge", has_role(*JUDGES) | is_system)
rules.add_perm("rulebook.decide", has_role(Role.OPERATOR, *APPROVERS) | is_system)
rules.add_perm("rulebook.adopt", has_role(Role.AUTHORITY_OFFICER) | is_system)
rules.add_perm("rulebook.system", is_system)
