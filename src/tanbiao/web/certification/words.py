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
    "reduction_report": _("Report on the reduction"),
    "removal_records": _("Records of the removal"),
    "retirement_records": _("Confirmation of retired credits"),
    "system_manual": _("Manual of the management system"),
    "service_description": _("Description of the service"),
}
SEVERITY_WORDS = {
    "major": _("Major nonconformity"),
    "minor": _("Minor nonconformity"),
    "observation": _("Observation"),
}
PAPER_STATES = {
    "draft": _("not released yet"),
    "released": _("released by the signatory"),
    "superseded": _("superseded"),
}
PAPER_TONES = {"draft": "wait", "released": "good", "superseded": "off"}
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
RISK_WORDS = {"low": _("low"), "medium": _("medium"), "high": _("high")}
STRATUM_WORDS = {
    "high_risk": _("high risk: all rows tested"),
    "medium_risk": _("medium risk"),
    "low_risk": _("low risk"),
}
REASON_WORDS = {
    "risk": _("risk"),
    "supplier": _("supplier's site"),
    "share": _("share"),
    "stratum": _("stratum"),
    "chosen": _("chosen by the verifier"),
}
TEST_WORDS = {
    "trace": _("Traced to documents"),
    "recalculate": _("Recalculated by own means"),
    "confirm": _("Confirmed by others"),
    "analyse": _("Analysed"),
}
RESULT_WORDS = {"consistent": _("consistent"), "misstated": _("misstated"), "inconclusive": _("inconclusive")}
RESULT_TONES = {"consistent": "good", "misstated": "bad", "inconclusive": "wait"}
STANDING_WORDS = {
    "immaterial": _("below materiality"),
    "material": _("material"),
    "undetermined": _("can't be said yet"),
}
STANDING_TONES = {"immaterial": "good", "material": "bad", "undetermined": "wait"}
GROUP_WORDS = {
    "nameplate": _("Nameplate"),
    "parts": _("Parts"),
    "process": _("Process"),
    "site": _("Site"),
    "energy": _("Energy"),
}
MODE_WORDS = {
    "on_site": _("On site, announced"),
    "remote": _("Remote"),
    "unannounced": _("On site, unannounced"),
}
FENCE_WORDS = {"inside": _("inside the fence"), "outside": _("outside the fence")}
FENCE_TONES = {"inside": "good", "outside": "warn"}
ACCURACY_WORDS = {"fine": _("fine reading"), "coarse": _("coarse reading")}
MEASURE_WORDS = {
    "energy_efficiency": _("Energy efficiency"),
    "renewable_energy": _("Renewable energy of its own supply"),
    "material": _("Material"),
    "process": _("Process"),
    "transport": _("Transport"),
    "design": _("Design of the product"),
    "own_removal": _("Removal within its own system"),
    "offset": _("Offset (does not count)"),
    "credit": _("Bought credit (does not count)"),
    "removal_credit": _("Bought removal credit (does not count)"),
    "avoided_emission": _("Avoided emission of others (does not count)"),
}
ANSWER_WORDS = {"consistent": _("consistent"), "not": _("not consistent"), "not_seen": _("not seen")}
WAIVER_STATES = {
    "open": _("asked for, not answered"),
    "granted": _("waived"),
    "refused": _("not waived"),
    "withdrawn": _("answer taken back"),
    "idle": _("not asked for"),
}
WAIVER_TONES = {"open": "wait", "granted": "info", "refused": "bad", "withdrawn": "warn", "idle": "off"}
CHANGE_WORDS = {"added": _("added"), "removed": _("removed"), "changed": _("changed")}
FIELD_WORDS = {
    "amount": _("Amount"),
    "unit": _("Unit"),
    "dataset": _("Dataset"),
    "factor": _("Factor"),
    "source": _("Source"),
    "data_kind": _("Kind of data"),
    "value": _("kg CO₂e"),
}
TAB_WORDS = {
    "unassigned": _("Unassigned"),
    "mine": _("Mine"),
    "awaiting": _("Awaiting the applicant"),
    "decided": _("Decided"),
    "rejected": _("Ended without a certificate"),
}
PART_WORDS = {
    "applicant": _("you belonged to the applicant"),
    "risk": _("an open risk to impartiality names the applicant"),
    "team": _("you are in its team"),
    "reviewer": _("you reviewed it"),
    "decider": _("you decided on it"),
}
"""Why a case is not, or may not be, the reader's to judge."""
NOTE_WORDS = {
    "document": _("Document added"),
    "unit": _("Certification unit stated"),
    "attached": _("Certificate attached"),
    "asked": _("The applicant is asked"),
    "waiting_ended": _("Waiting for the applicant has ended"),
    "overdue": _("The term of the step is over"),
    "finding_raised": _("Finding raised"),
    "finding_answered": _("Finding answered"),
    "finding_closed": _("Finding closed"),
    "finding_reopened": _("Finding opened again"),
    "checked_in": _("Checked in on site"),
    "checked_out": _("Checked out of the site"),
    "audit_planned": _("Audit planned"),
    "interview_recorded": _("Interview recorded"),
    "photo_recorded": _("Photo recorded"),
    "commitment_recorded": _("Reduction commitment recorded"),
    "waiver_granted": _("Check waived"),
    "waiver_refused": _("Waiver refused"),
    "waiver_withdrawn": _("Answer to a waiver taken back"),
    "draw_committed": _("Draw for a second opinion committed to"),
    "second_opinion_drawn": _("Second opinion drawn"),
    "second_assigned": _("Second opinion assigned"),
    "second_stated": _("Second opinion stated"),
    "second_resolved": _("Difference of two opinions resolved"),
    "terms_agreed": _("Terms of the verification written"),
    "analysis_written": _("Strategic analysis written"),
    "risks_assessed": _("Risks assessed"),
    "evidence_planned": _("Evidence planned"),
    "carried_over": _("Tests of unchanged rows carried over"),
    "consistency_checked": _("Product consistency checked"),
    "row_tested": _("Row tested"),
    "misstatement_stated": _("Misstatement put on record"),
    "workbook_brought_back": _("Workbook brought back"),
    "fact_reported": _("Fact reported after the opinion"),
    "fact_settled": _("Reported fact settled"),
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
