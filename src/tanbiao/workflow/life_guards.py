"""Guards of a certificate's life: surveillance, complaints and appeals, transfer to another body."""

from __future__ import annotations

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.workflow.life_facts import GrievanceFacts, LifeFacts, SurveillanceFacts, TransferFacts, UseFacts
from tanbiao.workflow.registry import REGISTRY

LIVING = ("valid", "suspended")


def _no(code: str, where: str = "", **params: str | int | float) -> Finding:
    return finding(code, Severity.BLOCKING, where, **params)


@REGISTRY.guard("surveillance")
def certificate_living(facts: LifeFacts) -> Finding | None:
    """The certificate is valid or suspended."""
    return None if facts.certificate_state in LIVING else _no("certificate_not_living")


@REGISTRY.guard("transfer", "licence")
def certificate_valid(facts: LifeFacts) -> Finding | None:
    """The certificate is valid and not past its last day."""
    in_term = facts.days_to_expiry is not None and facts.days_to_expiry >= 0
    return None if facts.certificate_state == "valid" and in_term else _no("certificate_not_valid")


@REGISTRY.guard("surveillance")
def certificate_ended(facts: LifeFacts) -> Finding | None:
    """The certificate has ended or a newer one has taken its place."""
    return _no("certificate_still_stands") if facts.certificate_state in LIVING else None


@REGISTRY.guard("transfer")
def no_longer_valid(facts: LifeFacts) -> Finding | None:
    """The certificate is suspended or has ended: only a valid one is transferred."""
    return _no("certificate_still_stands") if facts.certificate_state == "valid" else None


@REGISTRY.guard("grievance", "transfer", "label_use")
def outcome_explained(facts: LifeFacts) -> Finding | None:
    """The actor says in words what was found."""
    return None if facts.text.strip() else _no("explanation_needed", "text")


@REGISTRY.guard("surveillance", "grievance", "transfer")
def by_the_bodys_book(facts: LifeFacts) -> tuple[Finding, ...]:
    """The acting person is competent for the category on this day, and the responsibility matrix lets him."""
    return (_no("standing_unknown"),) if facts.hand_refusals is None else facts.hand_refusals


# -- surveillance -------------------------------------------------------------------------------------------------


@REGISTRY.guard("surveillance")
def items_complete(facts: SurveillanceFacts) -> Finding | None:
    """Everything that the scheme wants looked at is recorded."""
    if not facts.items_missing:
        return None
    return _no("surveillance_incomplete", "items", items=", ".join(facts.items_missing))


@REGISTRY.guard("surveillance")
def no_item_failed(facts: SurveillanceFacts) -> Finding | None:
    """Nothing was found not in order."""
    if not facts.items_failed:
        return None
    return _no("surveillance_items_failed", "items", items=", ".join(facts.items_failed))


@REGISTRY.guard("surveillance")
def change_under_threshold(facts: SurveillanceFacts) -> Finding | None:
    """The recalculated footprint lies within the scheme's threshold of the certified one."""
    limit = facts.terms.value_change_percent
    if facts.change_percent is not None and abs(facts.change_percent) <= limit:
        return None
    percent = "—" if facts.change_percent is None else f"{facts.change_percent:+.2f}"
    return _no("surveillance_change_over", "footprint_change", percent=percent, limit=limit)


@REGISTRY.guard("surveillance")
def change_over_threshold(facts: SurveillanceFacts) -> Finding | None:
    """The recalculated footprint lies beyond the scheme's threshold."""
    limit = facts.terms.value_change_percent
    if facts.change_percent is not None and abs(facts.change_percent) > limit:
        return None
    return _no("surveillance_change_within", "footprint_change", limit=limit)


@REGISTRY.guard("surveillance")
def ground_for_failure(facts: SurveillanceFacts) -> Finding | None:
    """Something was found not in order, or a change beyond the threshold was not reported."""
    over = facts.change_percent is not None and abs(facts.change_percent) > facts.terms.value_change_percent
    if facts.items_failed or (over and facts.reason == "change_not_reported"):
        return None
    return _no("surveillance_nothing_failed", "items")


@REGISTRY.guard("surveillance")
def not_the_surveyor(facts: SurveillanceFacts) -> Finding | None:
    """Who concludes took no part in the surveillance."""
    return _no("surveyor_concludes") if facts.hand.person in facts.surveyors else None


# -- complaints and appeals ---------------------------------------------------------------------------------------


@REGISTRY.guard("grievance")
def ground_stated(facts: GrievanceFacts) -> Finding | None:
    """The complaint says what it is about."""
    return None if facts.ground.strip() else _no("grievance_empty", "text")


@REGISTRY.guard("grievance")
def decision_open_to_appeal(facts: GrievanceFacts) -> Finding | None:
    """What is appealed against is the body's own, newest decision about the certificate."""
    return None if facts.appealable else _no("decision_not_appealable", "against")


@REGISTRY.guard("grievance")
def within_appeal_term(facts: GrievanceFacts) -> Finding | None:
    """The decision is not older than the scheme's term of appeal."""
    limit = facts.terms.appeal_days
    if facts.days_since_decision is not None and facts.days_since_decision <= limit:
        return None
    return _no("appeal_out_of_time", "against", limit=limit)


@REGISTRY.guard("grievance")
def not_involved(facts: GrievanceFacts) -> Finding | None:
    """The actor had no duty in the case and no part in what is complained of."""
    return _no("involved_in_the_case") if facts.hand.person in facts.involved else None


@REGISTRY.guard("grievance")
def is_the_handler(facts: GrievanceFacts) -> Finding | None:
    """The findings come from who took the matter in hand."""
    return None if facts.hand.person == facts.handler else _no("not_the_handler_of_it")


@REGISTRY.guard("grievance")
def not_the_handler(facts: GrievanceFacts) -> Finding | None:
    """Who decides did not investigate."""
    return _no("handler_decides") if facts.hand.person == facts.handler else None


# -- transfer -----------------------------------------------------------------------------------------------------

OPEN_WORDS = {
    "surveillance": ("监督进行中", "a surveillance is under way"),
    "surveillance_overdue": ("监督逾期", "surveillance is overdue"),
    "grievance": ("投诉或申诉未结", "a complaint or appeal is open"),
    "change": ("变更正在签发", "a change is being issued"),
    "case": ("变更或再认证案件进行中", "a case of change or renewal is running"),
    "violation": ("标识违规未结", "a violation of the label is open"),
}


@REGISTRY.guard("transfer")
def to_another_body(facts: TransferFacts) -> Finding | None:
    """The receiving body is another one."""
    return _no("transfer_to_same_body", "body") if facts.same_body else None


@REGISTRY.guard("transfer")
def nothing_in_the_way(facts: TransferFacts) -> Finding | None:
    """Nothing is open with the present body."""
    if not facts.in_the_way:
        return None
    words = [OPEN_WORDS[name] for name in facts.in_the_way]
    zh, en = "、".join(word[0] for word in words), "; ".join(word[1] for word in words)
    return _no("transfer_in_the_way", open_zh=zh, open_en=en)


@REGISTRY.guard("transfer")
def release_due_or_by_hand(facts: TransferFacts) -> Finding | None:
    """The body hands the file over; when it has not in its term, the platform does."""
    limit = facts.terms.transfer_release_days
    if "system" not in facts.hand.parties or facts.days_in_state > limit:
        return None
    return _no("transfer_release_running", limit=limit)


@REGISTRY.guard("transfer")
def file_read(facts: TransferFacts) -> Finding | None:
    """Who reviews has opened the file."""
    return None if facts.hand.person in facts.file_read_by else _no("transfer_file_unread")


@REGISTRY.guard("transfer")
def receiver_qualified(facts: TransferFacts) -> tuple[Finding, ...]:
    """The receiving body declares that category and scheme are within its qualification, and its book says so too."""
    if not facts.receiver_qualified or facts.receiver_refusals is None:
        return (_no("receiver_not_qualified", "qualified"),)
    return facts.receiver_refusals


@REGISTRY.guard("transfer")
def not_the_reviewer(facts: TransferFacts) -> Finding | None:
    """Who decides did not review the file."""
    return _no("reviewer_decides_transfer") if facts.hand.person == facts.reviewer else None


# -- shared with uses ---------------------------------------------------------------------------------------------


@REGISTRY.guard("label_use")
def is_the_sampler(facts: UseFacts) -> Finding | None:
    """The finding comes from who took the sample."""
    return None if facts.hand.person == facts.sampler else _no("not_the_sampler_of_it")


@REGISTRY.guard("label_use")
def not_the_sampler(facts: UseFacts) -> Finding | None:
    """Who closes a violation did not find it."""
    return _no("sampler_closes") if facts.hand.person == facts.sampler else None
