"""The writers of certification: one command per edge of the case's lifecycle, and the acts within a state."""

from tanbiao.web.certification.commands.application import (
    FOOTPRINT,
    accept,
    add_document,
    apply,
    refuse,
    sign,
    terminate,
    withdraw,
)
from tanbiao.web.certification.commands.deciding import (
    decide,
    lapse,
    mark_issued,
    return_to_team,
    review,
    void_issue,
)
from tanbiao.web.certification.commands.findings import (
    answer_finding,
    close_finding,
    raise_finding,
    reopen_finding,
)
from tanbiao.web.certification.commands.planning import plan, start
from tanbiao.web.certification.commands.verifying import (
    check_in,
    check_out,
    complete_site,
    pass_documents,
    require_rectification,
    resubmit,
    sample_row,
    skip_site,
    state_opinion,
)

__all__ = [
    "FOOTPRINT",
    "accept",
    "add_document",
    "answer_finding",
    "apply",
    "check_in",
    "check_out",
    "close_finding",
    "complete_site",
    "decide",
    "lapse",
    "mark_issued",
    "pass_documents",
    "plan",
    "raise_finding",
    "refuse",
    "reopen_finding",
    "require_rectification",
    "resubmit",
    "return_to_team",
    "review",
    "sample_row",
    "sign",
    "skip_site",
    "start",
    "state_opinion",
    "terminate",
    "void_issue",
    "withdraw",
]
