"""Who may do what in the register. A permission that is not declared here is denied."""

from __future__ import annotations

from typing import Any

import rules

from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.permissions import has_role, is_anybody, is_member, is_person, is_system
from tanbiao.web.accounts.roles import Role
from tanbiao.web.register.models import Certificate


@rules.predicate
def issued_it(actor: Actor, certificate: Any = None) -> bool:
    """The body that issued this certificate (any organisation, when none is named)."""
    if not isinstance(certificate, Certificate):
        return actor.organisation is not None
    return actor.organisation_id == certificate.body_id


@rules.predicate
def may_unseal(actor: Actor, certificate: Any = None) -> bool:
    """Holder or issuing body: who may have the sealed bundle."""
    if not isinstance(certificate, Certificate):
        return actor.organisation is not None
    return actor.organisation_id in (certificate.body_id, certificate.owner_id)


@rules.predicate
def holds_it(actor: Actor, certificate: Any = None) -> bool:
    """The holder of this certificate."""
    return not isinstance(certificate, Certificate) or actor.owns(certificate)


handles = has_role(Role.CASE_MANAGER, Role.DECIDER)
decides = has_role(Role.DECIDER)
reads_sealed = has_role(Role.ENTERPRISE_MANAGER, Role.CASE_MANAGER, Role.VERIFIER, Role.REVIEWER, Role.DECIDER)

rules.add_perm("register.change_state", handles & issued_it)
rules.add_perm("register.decide_state", decides & issued_it)
rules.add_perm("register.consent", has_role(Role.ENTERPRISE_MANAGER) & holds_it)
rules.add_perm("register.declare", has_role(Role.ENTERPRISE_MANAGER))
rules.add_perm("register.end_declaration", has_role(Role.ENTERPRISE_MANAGER, Role.DECIDER))
rules.add_perm("register.unseal", reads_sealed & may_unseal)
rules.add_perm("register.migrations", reads_sealed | has_role(Role.AUTHORITY_OFFICER, Role.OPERATOR))
rules.add_perm("register.subscribe", is_person & is_member)
rules.add_perm(
    "register.report_upward",
    has_role(Role.CASE_MANAGER, Role.DECIDER, Role.AUTHORITY_OFFICER, Role.OPERATOR),
)
rules.add_perm("register.report", is_anybody)
rules.add_perm("register.compare", is_anybody)
rules.add_perm("register.system", is_system)
