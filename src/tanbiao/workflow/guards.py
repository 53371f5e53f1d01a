"""Guards that every lifecycle may name, and those of studies and certificates. Pure functions over facts."""

from __future__ import annotations

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.workflow import case_guards as _case_guards
from tanbiao.workflow import dataset_guards as _dataset_guards
from tanbiao.workflow import label_guards as _label_guards
from tanbiao.workflow import life_guards as _life_guards
from tanbiao.workflow import rule_guards as _rule_guards
from tanbiao.workflow import scheme_guards as _scheme_guards
from tanbiao.workflow import verification_guards as _verification_guards
from tanbiao.workflow import waiver_guards as _waiver_guards
from tanbiao.workflow.facts import CertificateFacts, Facts, StudyFacts
from tanbiao.workflow.registry import REGISTRY

_REGISTERED = (
    _case_guards,
    _dataset_guards,
    _label_guards,
    _life_guards,
    _rule_guards,
    _scheme_guards,
    _verification_guards,
    _waiver_guards,
)  # importing them fills REGISTRY


def _no(code: str, where: str = "", **params: str | int | float) -> Finding:
    return finding(code, Severity.BLOCKING, where, **params)


@REGISTRY.guard(
    *("case", "study", "certificate", "dataset", "rule", "scheme"),
    *("surveillance", "grievance", "transfer", "licence", "label_use"),
)
def builds_on_current(facts: Facts) -> Finding | None:
    """The actor has seen what stands now: his decision names its hash."""
    if facts.builds_on is not None and facts.builds_on == facts.current:
        return None
    return _no("stale_decision", "builds_on", seen=facts.builds_on or "—", current=facts.current or "—")


# -- study --------------------------------------------------------------------------------------------------------


@REGISTRY.guard("study")
def rule_pinned(facts: StudyFacts) -> Finding | None:
    """The study names a version of a category rule."""
    return None if facts.rule_pinned else _no("rule_not_pinned", "rule")


@REGISTRY.guard("study")
def has_result(facts: StudyFacts) -> Finding | None:
    """The current revision has been calculated and a number came out."""
    return None if facts.calculated else _no("not_calculated")


@REGISTRY.guard("study")
def stages_settled(facts: StudyFacts) -> Finding | None:
    """Every stage is present, or excluded with a reason."""
    return None if facts.stages_settled else _no("stages_not_settled", "stages")


@REGISTRY.guard("study")
def cut_off_within_limit(facts: StudyFacts) -> Finding | None:
    """What was cut off stays within the rule's limit."""
    return None if facts.cut_off_within_limit else _no("cut_off_over_limit", "cut_off")


@REGISTRY.guard("study")
def electricity_proven(facts: StudyFacts) -> Finding | None:
    """Electricity that is not counted as grid has its proof."""
    return None if facts.electricity_proven else _no("electricity_unproven", "electricity")


@REGISTRY.guard("study")
def uncertainty_run(facts: StudyFacts) -> Finding | None:
    """The interval was calculated."""
    return None if facts.uncertainty_run else _no("uncertainty_not_run")


@REGISTRY.guard("study")
def nothing_blocks(facts: StudyFacts) -> Finding | None:
    """No finding of the rule or the engine is an error or blocking."""
    return None if not facts.blocking_findings else _no("findings_block", count=facts.blocking_findings)


@REGISTRY.guard("study")
def required_rows_known(facts: StudyFacts) -> Finding | None:
    """No row that the rule requires is unknown."""
    return None if not facts.required_unknown else _no("required_rows_unknown", count=facts.required_unknown)


@REGISTRY.guard("study")
def not_a_screening(facts: StudyFacts) -> Finding | None:
    """No row counts a factor that only screens: per amount of money, or of electricity generation alone."""
    return None if not facts.screening_rows else _no("screening_not_submitted", "stages", rows=facts.screening_rows)


@REGISTRY.guard("study")
def package_frozen(facts: StudyFacts) -> Finding | None:
    """The calculation package is sealed under a hash."""
    return None if facts.package_hash else _no("package_not_frozen")


@REGISTRY.guard("study")
def opinion_in_case(facts: StudyFacts) -> Finding | None:
    """A favourable opinion on this package stands in a certification case, and no finding is open."""
    if not facts.opinion_in_case:
        return _no("no_opinion_in_case")
    return None if not facts.findings_open else _no("case_findings_open", count=facts.findings_open)


@REGISTRY.guard("study")
def change_is_material(facts: StudyFacts) -> Finding | None:
    """The figure would move by at least the scheme's threshold."""
    limit = facts.terms.recalculation_percent
    if facts.change_percent is not None and abs(facts.change_percent) >= limit:
        return None
    return _no("change_not_material", limit=limit)


# -- certificate --------------------------------------------------------------------------------------------------


@REGISTRY.guard("certificate")
def expiry_reached(facts: CertificateFacts) -> Finding | None:
    """The last day of validity has passed."""
    if facts.days_to_expiry is not None and facts.days_to_expiry < 0:
        return None
    return _no("not_expired_yet")


@REGISTRY.guard("certificate")
def not_expired(facts: CertificateFacts) -> Finding | None:
    """The last day of validity has not passed."""
    if facts.days_to_expiry is not None and facts.days_to_expiry >= 0:
        return None
    return _no("already_expired")


@REGISTRY.guard("certificate")
def cause_corrected(facts: CertificateFacts) -> Finding | None:
    """The body has stated that the cause of the suspension is corrected."""
    return None if facts.corrected else _no("cause_not_corrected")


@REGISTRY.guard("certificate")
def within_suspension_term(facts: CertificateFacts) -> Finding | None:
    """The suspension has not outlasted its term."""
    limit = _suspension_term(facts)
    return None if facts.days_in_state <= limit else _no("suspension_term_over", limit=limit)


@REGISTRY.guard("certificate")
def uncorrected_or_serious(facts: CertificateFacts) -> Finding | None:
    """A withdrawal for "not corrected" waits for the term; serious causes need no term, but a person who decides."""
    if facts.reason != "not_corrected_in_term" and "system" in facts.hand.parties:
        return _no("serious_cause_needs_person")
    limit = _suspension_term(facts)
    if facts.reason != "not_corrected_in_term" or facts.days_in_state > limit:
        return None
    return _no("suspension_term_running", limit=limit, days=facts.days_in_state)


def _suspension_term(facts: CertificateFacts) -> int:
    longest = facts.terms.suspension_days_max
    return longest if facts.suspension_days is None else min(facts.suspension_days, longest)


@REGISTRY.guard("certificate")
def suspension_term_allowed(facts: CertificateFacts) -> Finding | None:
    """The term that the body sets is at least a day and no longer than the scheme allows."""
    longest = facts.terms.suspension_days_max
    if facts.suspension_days is None or 1 <= facts.suspension_days <= longest:
        return None
    return _no("suspension_term_not_allowed", "term_days", days=facts.suspension_days, limit=longest)


@REGISTRY.guard("certificate")
def transfer_accepted(facts: CertificateFacts) -> Finding | None:
    """The receiving body has reviewed the file and accepted the certificate."""
    return None if facts.transfer_accepted else _no("transfer_not_accepted")


@REGISTRY.guard("certificate")
def appeal_stays_effect(facts: CertificateFacts) -> Finding | None:
    """An admitted appeal against the suspension is open, and the scheme lets it stay the effect."""
    allowed = facts.terms.appeal_suspends_effect == "yes"
    return None if allowed and facts.appeal == "stays" else _no("no_staying_appeal")


@REGISTRY.guard("certificate")
def appeal_rejected(facts: CertificateFacts) -> Finding | None:
    """The appeal that stayed the suspension has ended without success."""
    return None if facts.appeal == "rejected" else _no("appeal_not_rejected")


@REGISTRY.guard("certificate")
def appeal_upheld(facts: CertificateFacts) -> Finding | None:
    """The appeal against the suspension was upheld."""
    return None if facts.appeal == "upheld" else _no("appeal_not_upheld")


@REGISTRY.guard("certificate")
def version_signed(facts: CertificateFacts) -> Finding | None:
    """The next version exists and is signed, so that there is never a gap."""
    return None if facts.new_version_signed else _no("new_version_not_signed")


@REGISTRY.guard("certificate")
def value_needs_case(facts: CertificateFacts) -> Finding | None:
    """A change of the figure beyond the threshold goes through a case with an opinion and a decision."""
    if facts.reason != "value" or facts.case_decided:
        return None
    limit = facts.terms.value_change_percent
    if facts.value_change_percent is not None and abs(facts.value_change_percent) <= limit:
        return None
    return _no("value_change_needs_case", limit=limit)


@REGISTRY.guard("certificate")
def unit_needs_case(facts: CertificateFacts) -> Finding | None:
    """What comes into the certification unit is evaluated in a case; only leaving out is administrative."""
    if facts.case_decided or not facts.unit_added:
        return None
    return _no("unit_change_needs_case", added=", ".join(facts.unit_added)[:200])


@REGISTRY.guard("certificate")
def proposed_by_another(facts: CertificateFacts) -> Finding | None:
    """An administrative change is proposed by one person of the body and decided by another."""
    if facts.case_decided:
        return None
    if not facts.proposed_by:
        return _no("change_not_proposed")
    return _no("proposer_decides") if facts.proposed_by == facts.hand.person else None


@REGISTRY.guard("certificate")
def change_standing(facts: CertificateFacts) -> tuple[Finding, ...]:
    """Body and decider are entitled on the day of an administrative change; a case has asked it at its decision."""
    if facts.case_decided:
        return ()
    return (_no("standing_unknown"),) if facts.standing_refusals is None else facts.standing_refusals


@REGISTRY.guard("certificate")
def successor_valid(facts: CertificateFacts) -> Finding | None:
    """The certificate of the renewal case is valid."""
    return None if facts.successor_valid else _no("no_valid_successor")
