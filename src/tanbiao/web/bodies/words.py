"""Words of an organisation's book."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

EVENT_WORDS = {
    "competence_granted": _("Competence granted"),
    "competence_withdrawn": _("Competence withdrawn"),
    "staff_stated": _("Full-time and experience put on record"),
    "load_limit_set": _("Limit of load set"),
    "qualification_brought": _("Approval or accreditation brought"),
    "qualification_confirmed": _("Approval or accreditation confirmed"),
    "qualification_refused": _("Approval or accreditation refused"),
    "qualification_ended": _("Approval or accreditation ended"),
    "qualification_suspended": _("Approval or accreditation suspended"),
    "qualification_restored": _("Suspension of an approval or accreditation lifted"),
    "branch_opened": _("Branch opened"),
    "branch_closed": _("Branch closed"),
    "impartiality_declared": _("Impartiality declared"),
    "obligations_accepted": _("Rights and obligations accepted"),
    "risk_entered": _("Risk entered"),
    "risk_mitigated": _("Risk mitigated"),
    "risk_reopened": _("Risk opened again"),
    "risk_closed": _("Risk closed"),
    "department_opened": _("Department opened"),
    "department_closed": _("Department closed"),
    "department_staffed": _("People of a department set"),
    "responsibility_set": _("Line of the responsibility matrix set"),
    "responsibility_dropped": _("Line of the responsibility matrix dropped"),
}
KIND_WORDS = {"approval": _("Approval of an authority"), "accreditation": _("Accreditation")}
STATE_WORDS = {
    "brought": _("waits for the operator"),
    "confirmed": _("confirmed"),
    "refused": _("refused"),
    "suspended": _("suspended by its issuer"),
    "ended": _("ended"),
}
TONES = {"brought": "wait", "confirmed": "good", "refused": "bad", "suspended": "bad", "ended": "off"}
POINT_WORDS = {
    "identity": _("Registered with a checked code or a register entry"),
    "approval": _("Approval of an authority in force, confirmed"),
    "accreditation": _("Accreditation in force, confirmed"),
    "declaration": _("Declaration of impartiality in force"),
    "planner": _("Somebody competent for application review and planning"),
    "verifier": _("Somebody competent for audit and verification"),
    "reviewer": _("Somebody competent for technical review"),
    "decider": _("Somebody competent for the certification decision"),
}
SOURCE_WORDS = {
    "ownership": _("Who owns the body"),
    "governance": _("Who directs it"),
    "staff": _("Its people and their ties"),
    "finance": _("Money: fees, investments, dependence"),
    "consulting": _("Advice, by the body or by whom it is tied to"),
    "self_review": _("Judging one's own work"),
    "familiarity": _("Knowing each other too well or too long"),
    "pressure": _("Threats and pressure"),
    "shared_resources": _("People or premises shared with others"),
    "referral": _("Marketing, commissions for bringing clients"),
}
"""After the themes of ISO/IEC 17065, 4.2, in our own words."""
RISK_WORDS = {"open": _("open risk"), "mitigated": _("mitigated"), "closed": _("closed risk")}
RISK_TONES = {"open": "warn", "mitigated": "good", "closed": "off"}
