"""The words of states, gates and kinds of lists."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

STATE_WORDS = {"planned": _("Planned"), "open": _("Opened"), "closed": _("Closed again")}
STATE_TONES = {"planned": "off", "open": "good", "closed": "bad"}
KIND_WORDS = {
    "certification_catalogue": _("Certification catalogue"),
    "pilot_products": _("Pilot products"),
    "policy_industries": _("Industries of a policy"),
    "research_priorities": _("Priorities of rule making"),
    "recommended_standards": _("Recommended standards"),
    "national_standards": _("National standards"),
    "two_high": _("Two-high projects"),
    "export": _("Export markets"),
}
READ_WORDS = {
    "text": _("the text itself"),
    "public_copy": _("a public copy"),
    "news": _("a report about it"),
}
BASIS_WORDS = {
    "inventory": _("model study with a cited inventory"),
    "arithmetic": _("rule and structure only; arithmetic examples, not a product"),
    "unsaid": _("its examples do not say what they rest on"),
}
