"""Who may do what in a certificate's life. A permission that is not declared here is denied."""

from __future__ import annotations

import rules

from tanbiao.web.accounts.permissions import has_role, is_anybody, is_system
from tanbiao.web.accounts.roles import Role

HOLDERS = (Role.ENTERPRISE_MANAGER, Role.ENTERPRISE_EDITOR)
BODY = (Role.CASE_MANAGER, Role.VERIFIER, Role.REVIEWER, Role.DECIDER)
OVERSEERS = (Role.AUTHORITY_OFFICER, Role.OPERATOR)

rules.add_perm("surveillance.view", has_role(*HOLDERS, *BODY, *OVERSEERS))
rules.add_perm("surveillance.plan", has_role(Role.CASE_MANAGER))
rules.add_perm("surveillance.survey", has_role(Role.VERIFIER))
rules.add_perm("surveillance.conclude", has_role(Role.DECIDER))
rules.add_perm("surveillance.resolve", has_role(Role.CASE_MANAGER, Role.DECIDER))
rules.add_perm("surveillance.reports", has_role(*BODY, *OVERSEERS))
rules.add_perm(
    "surveillance.answer_report", has_role(Role.CASE_MANAGER, Role.VERIFIER, Role.DECIDER, Role.AUTHORITY_OFFICER)
)
rules.add_perm("surveillance.complain", is_anybody)
rules.add_perm("surveillance.appeal", has_role(Role.ENTERPRISE_MANAGER))
rules.add_perm("surveillance.handle", has_role(Role.CASE_MANAGER, Role.REVIEWER))
rules.add_perm("surveillance.ask_transfer", has_role(Role.ENTERPRISE_MANAGER))
rules.add_perm("surveillance.release", has_role(Role.CASE_MANAGER) | is_system)
rules.add_perm("surveillance.receive", has_role(Role.REVIEWER, Role.DECIDER))
rules.add_perm("surveillance.order", has_role(Role.AUTHORITY_OFFICER))
rules.add_perm("surveillance.system", is_system)
