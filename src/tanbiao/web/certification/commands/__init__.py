"""The writers of certification: one command per edge of the case's lifecycle, and the acts within a state."""

from tanbiao.web.certification.commands.application import (
    FOOTPRINT,
    accept,
    add_document,
    apply,
    refuse,
    sign,
    state_unit,
    terminate,
    withdraw,
)
from tanbiao.web.certification.commands.attaching import attach_certificate
from tanbiao.web.certification.commands.audit_planning import plan_audit
from tanbiao.web.certification.commands.auditing import check_consistency
from tanbiao.web.certification.commands.bringing_back import bring_back
from tanbiao.web.certification.commands.claiming import apply_with_claim, state_claim
from tanbiao.web.certification.commands.committing import record_commitment
from tanbiao.web.certification.commands.deciding import (
    decide,
    lapse,
    mark_issued,
    return_to_team,
    review,
    void_issue,
)
from tanbiao.web.certification.commands.discovering import reopen_verification, report_fact, settle_fact
from tanbiao.web.certification.commands.engaging import (
    agree_terms,
    analyse,
    assess_as_proposed,
    assess_risks,
    carry_over,
    plan_evidence,
)
from tanbiao.web.certification.commands.findings import (
    answer_finding,
    close_finding,
    raise_finding,
    reopen_finding,
)
from tanbiao.web.certification.commands.papering import (
    delete_document,
    delete_paper,
    draft_paper,
    end_signatory,
    file_word,
    name_signatory,
    release_paper,
    seal_paper,
    sign_paper,
)
from tanbiao.web.certification.commands.planning import plan, start
from tanbiao.web.certification.commands.seconding import assign_second, resolve_second, state_second
from tanbiao.web.certification.commands.stepping import ask_applicant, end_waiting, run_clock
from tanbiao.web.certification.commands.syncing import sync_audit
from tanbiao.web.certification.commands.testing import record_test, sample_row, state_misstatement
from tanbiao.web.certification.commands.verifying import (
    complete_site,
    pass_documents,
    require_rectification,
    resubmit,
    skip_site,
    state_opinion,
)
from tanbiao.web.certification.commands.visiting import check_in, check_out, record_interview, record_photo
from tanbiao.web.certification.commands.waiving import answer_waiver, withdraw_waiver

__all__ = [
    "FOOTPRINT",
    "accept",
    "add_document",
    "agree_terms",
    "analyse",
    "answer_finding",
    "answer_waiver",
    "apply",
    "apply_with_claim",
    "ask_applicant",
    "assess_as_proposed",
    "assess_risks",
    "assign_second",
    "attach_certificate",
    "bring_back",
    "carry_over",
    "check_consistency",
    "check_in",
    "check_out",
    "close_finding",
    "complete_site",
    "decide",
    "delete_document",
    "delete_paper",
    "draft_paper",
    "end_signatory",
    "end_waiting",
    "file_word",
    "lapse",
    "mark_issued",
    "name_signatory",
    "pass_documents",
    "plan",
    "plan_audit",
    "plan_evidence",
    "raise_finding",
    "record_commitment",
    "record_interview",
    "record_photo",
    "record_test",
    "refuse",
    "release_paper",
    "reopen_finding",
    "reopen_verification",
    "report_fact",
    "require_rectification",
    "resolve_second",
    "resubmit",
    "return_to_team",
    "review",
    "run_clock",
    "sample_row",
    "seal_paper",
    "settle_fact",
    "sign",
    "sign_paper",
    "skip_site",
    "start",
    "state_claim",
    "state_misstatement",
    "state_opinion",
    "state_second",
    "state_unit",
    "sync_audit",
    "terminate",
    "void_issue",
    "withdraw",
    "withdraw_waiver",
]
