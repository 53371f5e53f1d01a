"""The words of states, gates, kinds of lists, standards and watched rules."""

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
TWO_HIGH_WORDS = {"yes": _("two-high"), "no": _("not named"), "not_known": _("not known")}
TWO_HIGH_TONES = {"yes": "warn", "no": "off", "not_known": "wait"}
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
STANDARD_KIND_WORDS = {
    "international": _("International standard"),
    "national": _("National standard"),
    "industry": _("Industry standard"),
    "local": _("Local standard"),
    "group": _("Group standard"),
    "enterprise": _("Enterprise standard"),
    "certification_rule": _("Certification rule"),
    "foreign": _("Foreign rule"),
    "consortium": _("Rule of a consortium"),
}
STATUS_WORDS = {
    "in_force": _("in force"),
    "not_yet": _("issued, not yet in force"),
    "draft": _("draft"),
    "in_preparation": _("being drafted"),
    "replaced": _("replaced"),
    "not_known": _("status not known"),
}
STATUS_TONES = {
    "in_force": "good",
    "not_yet": "wait",
    "draft": "wait",
    "in_preparation": "wait",
    "replaced": "off",
    "not_known": "off",
}
DATE_WORDS = {"issued": _("Issued"), "effective": _("In force from"), "ended": _("Until")}
RELATION_WORDS = {
    "identical": _("identical with"),
    "draws_on": _("draws on"),
    "cites": _("cites"),
    "replaces": _("takes the place of"),
    "upgraded_to": _("raised to"),
}
RELATION_BACK_WORDS = {
    "identical": _("adopted as identical by"),
    "draws_on": _("drawn on by"),
    "cites": _("cited by"),
    "replaces": _("place taken by"),
    "upgraded_to": _("raised from"),
}
FRAMEWORK_READ_WORDS = READ_WORDS | {
    "contents": _("title page and contents"),
    "registry": _("a registry page"),
    "cited": _("as others cite it"),
    "number": _("the number itself"),
}
WATCH_STATE_WORDS = {
    "in_force": _("in force"),
    "adopted": _("adopted, acts to come"),
    "proposed": _("proposed"),
    "uncertain": _("sources differ"),
}
WATCH_STATE_TONES = {"in_force": "good", "adopted": "wait", "proposed": "wait", "uncertain": "off"}
