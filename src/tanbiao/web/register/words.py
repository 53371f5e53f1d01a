"""Words of the register for the public: states, reports, plain sentences about a boundary."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

STATE_TONES = {
    "valid": "good",
    "suspended": "warn",
    "withdrawn": "bad",
    "cancelled": "off",
    "expired": "off",
    "changed": "info",
    "succeeded": "info",
}
STATE_MEANINGS = {
    "valid": _("The certificate is in force."),
    "suspended": _("The label must not be used at present."),
    "withdrawn": _("The certificate was withdrawn for cause. The label must be removed."),
    "cancelled": _("The certificate has ended at its holder's wish or because its ground has ended."),
    "expired": _("The validity has ended."),
    "changed": _("A newer version has taken its place."),
    "succeeded": _("A renewed certificate has taken its place."),
}
BOUNDARY_WORDS = {
    "cradle_to_gate": _("from raw materials to the factory gate"),
    "cradle_to_grave": _("from raw materials to the end of life"),
    "gate_to_gate": _("within the factory only"),
}
ABSENCE_WORDS = {
    "unknown": _("unknown"),
    "not_declared": _("not declared"),
    "excluded": _("excluded"),
    "below_cut_off": _("below cut-off"),
}
SUPPLY_WORDS = {
    "grid": _("grid average (location-based)"),
    "direct_line": _("direct line"),
    "own_generation": _("own generation"),
    "contract": _("power contract"),
    "green_certificate": _("green certificates"),
    "dataset": _("named dataset"),
    "none stated": _("none stated"),
}
STEP_WORDS = {
    "apply": _("Application received"),
    "complete_site": _("Site visited"),
    "state_opinion": _("Verification opinion stated"),
    "review": _("Technical review done"),
    "grant": _("Certification decided"),
}
"""Steps of a case whose day its certificate's page names."""
BASIS_WORDS = {
    "rule": _("Rule"),
    "unit": _("Unit"),
    "declared_unit": _("Declared unit"),
    "boundary": _("Boundary"),
    "gwp_set": _("Gas set"),
    "electricity_basis": _("Electricity"),
}
REPORT_WORDS = {
    "wrong_figure": _("The figure on the pack is another one"),
    "wrong_product": _("The product is another one"),
    "expired_label": _("The label is no longer valid but still used"),
    "forged": _("The label looks forged"),
    "other": _("Something else"),
}
REPORT_OUTCOMES = {
    "not_confirmed": _("not confirmed"),
    "violation": _("a violation was found, with a term to put it right"),
    "forged": _("the label is forged"),
    "passed_on": _("passed on to whoever is competent"),
}
RECALCULATED = _("recalculated for comparison on release %(release)s, not certified")
CONSENT_WORDS = {
    "stages": _("Breakdown by stage"),
    "kinds": _("Fossil, biogenic and land use change apart"),
    "interval": _("95 % interval"),
    "quality": _("Data quality"),
    "primary_share": _("Share of primary data"),
    "sites": _("Production sites"),
    "pact": _("Product footprint for PACT"),
}
VERDICT_WORDS = {
    "valid": _("Valid"),
    "valid_but": _("Valid, but…"),
    "invalid": _("Not valid"),
    "unknown": _("Could not be checked"),
}
VERDICT_DEMO_WORDS = {
    "valid": _("Valid – demonstration, no certification"),
    "valid_but": _("Valid, but… – demonstration, no certification"),
    "invalid": _("Not valid – demonstration, no certification"),
    "unknown": _("Could not be checked – demonstration, no certification"),
}
EVENT_WORDS = {
    "suspend": _("Suspend"),
    "restore": _("Restore"),
    "withdraw": _("Withdraw"),
    "cancel": _("Cancel"),
    "propose": _("Propose a change"),
    "change": _("Decide for the proposed change"),
}
CHANGED_WORDS = {
    "holder_name_zh": _("New name of the holder (Chinese)"),
    "holder_name_en": _("New name of the holder (English)"),
    "models": _("Models that stay"),
    "sites": _("Sites that stay"),
}
CAUSE_WORDS = {
    "sunset": _("A national rule takes its place"),
    "abolish": _("The rule is abolished"),
    "cancel_filing": _("The filing of the rule is cancelled: withdraw or cancel the certificate"),
}
MIGRATION_WORDS = {
    "open": _("To be migrated"),
    "overdue": _("Overdue"),
    "migrated": _("Migrated"),
    "ended": _("Has ended"),
}
MIGRATION_TONES = {"open": "wait", "overdue": "bad", "migrated": "good", "ended": "off"}
KIND_WORDS = {
    "certified": _("Certified"),
    "verified": _("Verified (a statement of opinion)"),
    "self_calculated": _("Self-calculated"),
    "system": _("Management system"),
    "service": _("Service"),
    "reduction": _("Reduction"),
    "removal": _("Removal"),
    "neutral": _("Neutrality"),
    "all": _("All kinds"),
}
PUBLIC = _("Public")
WITHDRAWN_WORDS = {
    "holder_request": _("At the holder's wish"),
    "error_found": _("An error was found"),
    "opinion_withdrawn": _("The opinion was withdrawn"),
    "superseded": _("A newer figure has taken its place"),
}
FACET_WORDS = {
    "category": _("Category"),
    "region": _("Region"),
    "body": _("Certification body"),
    "scheme": _("Label scheme"),
    "grade": _("Grade"),
}
RECEIPT_STATES = {
    "superseded": _("Superseded"),
    "not_issued": _("Not yet issued"),
}
BATCH_REMARKS = {
    "ok": _("Nothing against it"),
    "unknown": _("Unknown number"),
    "not_in_force": _("Not in force"),
    "other_holder": _("Another holder"),
    "repeated": _("Nothing against it, repeated in the list"),
}
BATCH_HEADS = {
    "number": _("Number"),
    "found": _("In the register"),
    "state": _("State"),
    "valid_until": _("Valid until"),
    "value": _("Figure"),
    "unit": _("Unit"),
    "product": _("Product"),
    "holder": _("Holder"),
    "holder_match": _("Holder as given"),
    "remark": _("Finding"),
}
TOPIC_WORDS = {
    "number": _("one certificate"),
    "holder": _("a maker"),
    "category": _("a category"),
    "body": _("a certification body"),
}
TABLE_WORDS = {
    "state": _("By state"),
    "category": _("By category"),
    "region": _("By region"),
    "body": _("By certification body"),
    "month": _("By month of issue"),
    "scheme": _("By label scheme"),
    "grade": _("By grade"),
    "kind": _("By kind of figure"),
}
