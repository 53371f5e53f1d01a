"""Kinds of organisations and the roles a person may have in them."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    """What an organisation is on this platform."""

    ENTERPRISE = "enterprise", _("Enterprise")
    CERTIFICATION_BODY = "certification_body", _("Certification body")
    AUTHORITY = "authority", _("Authority")
    ASSOCIATION = "association", _("Industry association")
    UNIVERSITY = "university", _("University")
    INSTITUTE = "institute", _("Research institute")
    OPERATOR = "operator", _("Platform operator")


class Role(TextChoices):
    """What a person does for an organisation; a person may have several."""

    ENTERPRISE_MANAGER = "enterprise_manager", _("Enterprise manager")
    ENTERPRISE_EDITOR = "enterprise_editor", _("Study editor")
    ADVISER = "adviser", _("Adviser")
    CASE_MANAGER = "case_manager", _("Case manager")
    VERIFIER = "verifier", _("Verifier")
    REVIEWER = "reviewer", _("Reviewer")
    DECIDER = "decider", _("Decider")
    AUTHORITY_OFFICER = "authority_officer", _("Authority officer")
    DATA_PROVIDER = "data_provider", _("Data provider")
    FACTOR_REVIEWER = "factor_reviewer", _("Factor reviewer")
    METROLOGIST = "metrologist", _("Metrologist")
    RULE_DRAFTER = "rule_drafter", _("Rule drafter")
    RULE_ASSESSOR = "rule_assessor", _("Rule assessor")
    ORGANISATION_MANAGER = "organisation_manager", _("Organisation manager")
    OPERATOR = "operator", _("Operator")


_EXPERTS = frozenset(
    {
        Role.ORGANISATION_MANAGER,
        Role.DATA_PROVIDER,
        Role.FACTOR_REVIEWER,
        Role.RULE_DRAFTER,
        Role.RULE_ASSESSOR,
    }
)
"""Who knows a field without selling in it or certifying: proposes and assesses rules, provides and reviews data."""
ROLES_OF_KIND: dict[Kind, frozenset[Role]] = {
    Kind.ENTERPRISE: frozenset(
        {Role.ENTERPRISE_MANAGER, Role.ENTERPRISE_EDITOR, Role.ADVISER, Role.DATA_PROVIDER, Role.RULE_DRAFTER}
    ),
    Kind.CERTIFICATION_BODY: frozenset(
        {
            Role.CASE_MANAGER,
            Role.VERIFIER,
            Role.REVIEWER,
            Role.DECIDER,
            Role.FACTOR_REVIEWER,
            Role.METROLOGIST,
            Role.DATA_PROVIDER,
            Role.RULE_DRAFTER,
            Role.RULE_ASSESSOR,
        }
    ),
    Kind.AUTHORITY: frozenset(
        {Role.AUTHORITY_OFFICER, Role.FACTOR_REVIEWER, Role.METROLOGIST, Role.RULE_DRAFTER, Role.RULE_ASSESSOR}
    ),
    Kind.ASSOCIATION: _EXPERTS,
    Kind.UNIVERSITY: _EXPERTS,
    Kind.INSTITUTE: _EXPERTS,
    Kind.OPERATOR: frozenset(
        {Role.OPERATOR, Role.DATA_PROVIDER, Role.FACTOR_REVIEWER, Role.RULE_DRAFTER, Role.RULE_ASSESSOR}
    ),
}
"""A factory has no verifier and a certification body no adviser: the first separation of duties."""

MANAGING_ROLE: dict[Kind, Role] = {
    Kind.ENTERPRISE: Role.ENTERPRISE_MANAGER,
    Kind.CERTIFICATION_BODY: Role.CASE_MANAGER,
    Kind.AUTHORITY: Role.AUTHORITY_OFFICER,
    Kind.ASSOCIATION: Role.ORGANISATION_MANAGER,
    Kind.UNIVERSITY: Role.ORGANISATION_MANAGER,
    Kind.INSTITUTE: Role.ORGANISATION_MANAGER,
    Kind.OPERATOR: Role.OPERATOR,
}
"""The role that admits members to an organisation of a kind."""

MANAGING_ROLES = frozenset(MANAGING_ROLE.values())

JOINING = (Kind.ENTERPRISE, Kind.ASSOCIATION, Kind.UNIVERSITY, Kind.INSTITUTE)
"""Kinds that register themselves; bodies and authorities are entered by the operator, who sees their papers."""
