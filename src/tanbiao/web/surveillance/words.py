"""The words of a certificate's life: things looked at, work items, notices."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ITEM_WORDS = {
    "consistency": _("Consistency of the product"),
    "data_update": _("Update of the data"),
    "footprint_change": _("Change of the footprint, recalculated"),
    "reduction": _("Progress of the reduction"),
    "mark_use": _("Use of the mark"),
    "complaints": _("Complaints"),
}
OUTCOME_WORDS = {"ok": _("In order"), "observation": _("Observation"), "not_ok": _("Not in order")}
OUTCOME_TONES = {"ok": "good", "observation": "warn", "not_ok": "bad"}
STATE_TONES = {
    "planned": "wait",
    "running": "info",
    "passed": "good",
    "change_required": "warn",
    "failed": "bad",
    "called_off": "off",
    "received": "wait",
    "in_hand": "info",
    "investigated": "info",
    "upheld": "good",
    "upheld_partly": "good",
    "rejected": "off",
    "refused": "off",
    "withdrawn": "off",
    "requested": "wait",
    "released": "info",
    "reviewed": "info",
    "accepted": "info",
    "done": "good",
    "lapsed": "off",
}
CAUSE_WORDS = {"planned": _("by the scheme's interval"), "extra": _("ordered by the body")}
KIND_WORDS = {"complaint": _("Complaint"), "appeal": _("Appeal")}
WORK_WORDS = {
    "rule_change": _("Its rule ends: migrate, renew or end the certificate"),
    "factor_change": _("A factor moved: assess the figure"),
    "inspection_order": _("Order of the authority"),
    "renewal": _("Renewal is due before the certificate expires"),
    "surveillance_overdue": _("Surveillance is overdue: carry it out or suspend"),
    "value_change": _("The figure has to be changed by a case"),
    "suspension": _("Suspended: see to the correction before the term ends"),
    "complaint_upheld": _("A complaint was upheld: put right what it found"),
    "reissue": _("An appeal against an end was upheld: decide anew"),
    "grievance_late": _("A complaint or appeal has outlasted its term"),
    "later_fact": _("A fact came to light after the issue: settle it in the case"),
    "misuse_report": _("The public reported a problem with the label"),
    "mark_violation": _("A use of the label violates the licence"),
}
RESOLUTION_WORDS = {
    "no_effect": _("No effect on the certificate"),
    "change_opened": _("A change was opened"),
    "sampled": _("The label was sampled"),
    "suspended": _("The certificate was suspended"),
    "withdrawn": _("The certificate was withdrawn"),
    "renewed": _("The certificate was renewed"),
    "done": _("Done"),
}
NOTICE_WORDS = {
    "certificate_issued": _("The certificate was issued"),
    "certificate_suspend": _("The certificate was suspended"),
    "certificate_restore": _("The certificate was restored"),
    "certificate_withdraw": _("The certificate was withdrawn"),
    "certificate_cancel": _("The certificate was cancelled"),
    "certificate_expire": _("The certificate expired"),
    "certificate_change": _("A new version has taken the certificate's place"),
    "certificate_transfer": _("The certificate went to another body"),
    "certificate_succeed": _("A renewed certificate has taken its place"),
    "certificate_stay": _("The suspension is stayed while the appeal is open"),
    "certificate_end_stay": _("The suspension goes on"),
    "certificate_overturn": _("The suspension was overturned on appeal"),
    "surveillance_coming": _("A surveillance comes"),
    "surveillance_overdue": _("A surveillance is overdue"),
    "surveillance_passed": _("The surveillance was passed"),
    "surveillance_change_required": _("The surveillance asks for a change of the figure"),
    "surveillance_failed": _("The surveillance was failed"),
    "value_change_needed": _("The recalculated footprint is beyond the threshold: apply for a change"),
    "renewal_coming": _("The certificate expires soon: apply for renewal"),
    "inspection_order": _("An authority gave an order about the certificate"),
    "complaint_received": _("A complaint came in"),
    "appeal_received": _("An appeal came in"),
    "appeal_admitted": _("The appeal was admitted"),
    "appeal_refused": _("The appeal was not admitted"),
    "appeal_upheld": _("The appeal was upheld"),
    "appeal_upheld_partly": _("The appeal was upheld in part"),
    "appeal_rejected": _("The appeal was rejected"),
    "transfer_requested": _("A transfer was asked for"),
    "transfer_released": _("The file of a transfer was handed over"),
    "transfer_refused": _("The receiving body refused the certificate"),
    "transfer_done": _("The certificate stands under the receiving body"),
    "transfer_lapsed": _("The transfer ended with the certificate's state"),
    "licence_granted": _("A label licence was granted"),
    "licence_refused": _("A label licence was refused"),
    "licence_suspended": _("A label licence was suspended: no new use"),
    "licence_restored": _("A label licence was restored"),
    "licence_ended": _("A label licence has ended"),
    "licence_asked": _("A label licence was asked for"),
    "use_declared": _("A use of the label was declared"),
    "use_violation": _("A use of the label violates the licence"),
    "use_rectified": _("A violation was reported as put right"),
}
NOTES = {
    "record": _("Recorded"),
    "hand_in": _("Study handed in"),
    "read_file": _("File opened"),
    "draw_artwork": _("Artwork drawn"),
}
TAB_WORDS = {
    "surveillances": _("Surveillance"),
    "work": _("Work items"),
    "grievances": _("Complaints and appeals"),
    "transfers": _("Transfers"),
    "reports": _("Reports of the public"),
    "notices": _("Notices"),
}
