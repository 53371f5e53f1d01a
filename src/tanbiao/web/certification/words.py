"""Words of certification for the reader: kinds, weights, opinions, tabs, acts within a state."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

KIND_WORDS = {
    "initial": _("First certification"),
    "change": _("Change"),
    "extension": _("Extension"),
    "recertification": _("Re-certification"),
    "transfer": _("Transfer from another body"),
}
DOCUMENT_WORDS = {
    "application": _("Application"),
    "business_licence": _("Business licence"),
    "process_flow_chart": _("Process flow chart"),
    "material_list": _("Material list"),
    "pcf_data_list": _("Footprint data list"),
    "reduction_plan": _("Reduction plan"),
}
SEVERITY_WORDS = {
    "major": _("Major nonconformity"),
    "minor": _("Minor nonconformity"),
    "observation": _("Observation"),
}
FINDING_STATES = {"raised": _("open"), "answered": _("answered"), "closed": _("closed")}
FINDING_TONES = {"raised": "bad", "answered": "wait", "closed": "good"}
ENTRY_WORDS = {
    "raised": _("Raised"),
    "answered": _("Answer"),
    "closed": _("Closed"),
    "reopened": _("Opened again"),
}
OPINION_WORDS = {
    "unmodified": _("Unmodified: the statement is fair"),
    "modified": _("Modified: fair, with remarks"),
    "adverse": _("Adverse: not fair"),
    "disclaimed": _("Disclaimed: no opinion is possible"),
}
ASSURANCE_WORDS = {"limited": _("Limited assurance"), "reasonable": _("Reasonable assurance")}
TAB_WORDS = {
    "unassigned": _("Unassigned"),
    "mine": _("Mine"),
    "awaiting": _("Awaiting the applicant"),
    "decided": _("Decided"),
}
NOTE_WORDS = {
    "document": _("Document added"),
    "finding_raised": _("Finding raised"),
    "finding_answered": _("Finding answered"),
    "finding_closed": _("Finding closed"),
    "finding_reopened": _("Finding opened again"),
    "checked_in": _("Checked in on site"),
    "checked_out": _("Checked out of the site"),
    "row_sampled": _("Row taken into the evidence plan"),
}
STATE_TONES = {
    "applied": "wait",
    "accepted": "info",
    "contracted": "info",
    "planned": "info",
    "doc_review": "info",
    "on_site": "info",
    "footprint_verification": "info",
    "rectification": "warn",
    "technical_review": "info",
    "decision": "info",
    "granted": "wait",
    "issued": "good",
    "refused": "off",
    "not_granted": "bad",
    "withdrawn": "off",
    "terminated": "bad",
}
STAGE_WORDS = {
    "raw_materials": _("Raw materials"),
    "manufacturing": _("Manufacturing"),
    "distribution": _("Distribution"),
    "use": _("Use"),
    "end_of_life": _("End of life"),
}
