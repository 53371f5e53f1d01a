"""Words of the rulebook for pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

LAYER_WORDS = {
    "national": _("National standard"),
    "industry": _("Industry standard"),
    "local": _("Local standard"),
    "group": _("Group standard"),
    "enterprise": _("Enterprise standard"),
    "project": _("Comes with the product"),
}
KIND_WORDS = {"standard": _("Standard"), "certification_rule": _("Certification rule")}
OUTCOME_WORDS = {
    "accepted": _("Accepted"),
    "partly": _("Accepted in part"),
    "declined": _("Declined"),
}
GROUP_WORDS = {
    "in_force": _("Rules in force"),
    "open": _("Consultation and review"),
    "ending": _("In transition"),
    "ended": _("Ended"),
}
NOTE_WORDS = {
    "comment": _("Comment received"),
    "answer": _("Comment answered"),
    "add_study": _("Example file added"),
    "fill_filing": _("Filing filled in"),
    "run_examples": _("Try the worked examples"),
    "resume": _("Lift the suspension"),
    "align": _("Alignment record brought"),
    "foreign_change": _("A foreign rule has changed"),
    "answer_change": _("Foreign change answered"),
    "filing_due": _("The filing is due soon"),
    "filing_overdue": _("The filing is overdue"),
}
"""Acts within a state and alarms, which the lifecycle does not name."""
TONES = {
    "issued": "good",
    "filed": "good",
    "adopted": "good",
    "under_revision": "good",
    "consultation": "info",
    "drafting": "info",
    "suspended": "bad",
    "superseding": "warn",
    "abolishing": "warn",
    "superseded": "off",
    "abolished": "off",
    "filing_cancelled": "bad",
    "refused": "bad",
    "withdrawn": "off",
}
DEGREE_OF_ALIGNMENT_WORDS = {"equal": _("equal"), "modified": _("modified"), "none": _("none")}
DEGREE_OF_ALIGNMENT_TONES = {"equal": "good", "modified": "wait", "none": "off"}
CHAIN_DATA_WORDS = {
    "site_specific": _("Its own site"),
    "primary": _("Its own or a supplier's site"),
    "supplier_or_secondary": _("Supplier or secondary data"),
    "any": _("Any"),
}
CHANGE_KIND_WORDS = {
    "proposed": _("Proposed"),
    "adopted": _("Adopted"),
    "amended": _("Amended"),
    "dates": _("Other dates"),
    "ended": _("Ended"),
    "effect": _("Effect in practice"),
}
CHANGE_ANSWER_WORDS = {
    "unaffected": _("The rule stays as it is"),
    "realigned": _("The alignment record is brought up to date"),
    "revised": _("The rule is revised"),
}
SECTION_WORDS = {
    "scope": _("Scope"),
    "terms": _("Terms"),
    "unit": _("Unit"),
    "boundary": _("System boundary"),
    "method": _("Method"),
    "allocation": _("Allocation"),
    "electricity": _("Electricity"),
    "scenarios": _("Scenarios"),
    "data_quality": _("Data quality"),
    "traceability": _("Traceability"),
    "calculation": _("Calculation"),
    "verification": _("Verification"),
    "report": _("Report"),
    "communication": _("Communication"),
    "grade": _("Grade"),
}
NEED_WORDS = {"required": _("required"), "optional": _("optional"), "excluded": _("left out")}
DATA_WORDS = {
    "site_specific": _("of the own site"),
    "primary": _("primary"),
    "supplier_or_secondary": _("supplier's or secondary"),
    "any": _("any"),
}
METHOD_WORDS = {
    "gwp": _("Global warming potentials"),
    "allocation": _("Allocation of co-products"),
    "recycling": _("Recycling"),
    "electricity": _("Electricity counted as what it is"),
    "credits": _("Credits"),
}
DEGREE_WORDS = {"high": _("high"), "medium": _("medium"), "low": _("low"), "none": _("none")}
DECISION_WORDS = {
    "included": _("inside"),
    "optional": _("optional"),
    "excluded": _("left out"),
    "default_allowed": _("default allowed"),
    "stand_in_allowed": _("stand-in allowed"),
}
DIRECTION_WORDS = {"stricter": _("stricter"), "looser": _("looser")}
