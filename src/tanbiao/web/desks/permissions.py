"""Who may do what at the desks. A permission that is not declared here is denied."""

from __future__ import annotations

import rules

from tanbiao.web.accounts.permissions import has_role, is_anybody, is_member, is_person, is_system
from tanbiao.web.accounts.roles import Role

rules.add_perm("desks.view", is_member)
rules.add_perm("desks.oversee", has_role(Role.AUTHORITY_OFFICER))
rules.add_perm("desks.subscribe", is_person & is_member)
rules.add_perm("desks.mail", is_person)
rules.add_perm("desks.answer_mail", is_anybody)
rules.add_perm("desks.system", is_system)
