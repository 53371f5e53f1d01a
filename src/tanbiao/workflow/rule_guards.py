"""Guards of a category rule. Who drafts a rule neither assesses nor approves it; a national rule stands above all."""

from __future__ import annotations

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.workflow.facts import RuleFacts
from tanbiao.workflow.registry import REGISTRY

PUBLIC_LAYERS = frozenset({"national", "industry", "local"})
"""Layers whose rules an authority approves; the others are approved by whoever makes them."""
NATIONAL_CLAUSE = "发改环资〔2023〕1529号 (十五)"
"""Local rules go ahead only for products without a national one, and end in time when there is one."""
ADOPTION_CLAUSE = "发改环资〔2023〕1529号 (四)"
FILING_CLAUSE = "国认监〔2024〕3号"
"""Notice by which bodies' rules for direct-carbon certification are filed or cancelled."""
NAMED = 40
"""Elements that a refusal names; the mutation report names all."""


def _no(code: str, where: str = "", **params: str | int | float) -> Finding:
    return finding(code, Severity.BLOCKING, where, **params)


# -- proposal and draft ---------------------------------------------------------------------------------------------


@REGISTRY.guard("rule")
def not_covered_nationally(facts: RuleFacts) -> Finding | None:
    """No national rule covers the category; a national rule itself, and a supplement to it, may stand beside."""
    if not facts.national_rule or facts.layer == "national" or facts.is_supplement:
        return None
    return _no("rule_covered_nationally", "categories", national=facts.national_rule, clause=NATIONAL_CLAUSE)


@REGISTRY.guard("rule")
def document_fits(facts: RuleFacts) -> Finding | None:
    """There is a readable document, and it says the same id, version, layer and categories as the proposal."""
    if facts.document_gaps is None:
        return _no("rule_document_unreadable", "document")
    if facts.document_differs:
        return _no("rule_document_differs", "document", fields=", ".join(facts.document_differs))
    return None


@REGISTRY.guard("rule")
def document_complete(facts: RuleFacts) -> Finding | None:
    """Nothing that a rule must say before it is issued is missing."""
    if not facts.document_gaps:
        return None
    return _no("rule_document_incomplete", "document", count=facts.document_gaps, clause=ADOPTION_CLAUSE)


# -- consultation -----------------------------------------------------------------------------------------------------


@REGISTRY.guard("rule")
def consulted_long_enough(facts: RuleFacts) -> Finding | None:
    """The public had its time."""
    needed = facts.terms.rule_consultation_days
    if facts.days_in_state >= needed:
        return None
    return _no("rule_consultation_running", "consultation", days=facts.days_in_state, needed=needed)


@REGISTRY.guard("rule")
def comments_answered(facts: RuleFacts) -> Finding | None:
    """Every comment has an answer."""
    return _no("rule_comments_open", "comments", count=facts.comments_open) if facts.comments_open else None


@REGISTRY.guard("rule")
def examples_pass(facts: RuleFacts) -> Finding | None:
    """The rule's own worked examples were tried on this document, and all of them hold."""
    if facts.examples_failed is None:
        return _no("rule_examples_not_tried", "examples")
    return _no("rule_examples_fail", "examples", count=facts.examples_failed) if facts.examples_failed else None


@REGISTRY.guard("rule")
def elements_tried(facts: RuleFacts) -> Finding | None:
    """There is a mutation report of this document, its example files and this program."""
    return _no("rule_mutations_not_run", "examples") if facts.elements_open is None else None


@REGISTRY.guard("rule")
def elements_held_or_reasoned(facts: RuleFacts) -> Finding | None:
    """Every element that can matter is held by an example, or a named person has said why none does."""
    if not facts.elements_open:
        return None
    named, more = facts.elements_open[:NAMED], len(facts.elements_open) - NAMED
    elements = ", ".join(named) + (f" … (+{more})" if more > 0 else "")
    return _no("rule_elements_unreasoned", "examples", count=len(facts.elements_open), elements=elements)


# -- assessment and approval ------------------------------------------------------------------------------------------


@REGISTRY.guard("rule")
def assessed_by_another(facts: RuleFacts) -> Finding | None:
    """Who assesses has drafted nothing of it."""
    return _no("rule_duties_not_separate") if facts.hand.person in facts.drafters else None


@REGISTRY.guard("rule")
def assesses_once(facts: RuleFacts) -> Finding | None:
    """An assessor states one assessment in a round."""
    return _no("rule_assessed_already") if facts.hand.person in facts.assessors else None


@REGISTRY.guard("rule")
def well_assessed(facts: RuleFacts) -> Finding | None:
    """Enough assessors have spoken, all recommend it, and the mean score is high enough."""
    needed = facts.terms.rule_assessors_min
    if len(facts.assessors) < needed:
        return _no("rule_assessments_few", "assessments", count=len(facts.assessors), needed=needed)
    if facts.assessments_against:
        return _no("rule_assessments_against", "assessments", count=facts.assessments_against)
    least = facts.terms.rule_assessment_score_min
    if facts.assessment_score is None or facts.assessment_score < least:
        score = round(100 * (facts.assessment_score or 0.0), 1)
        return _no("rule_assessment_low", "assessments", score=score, needed=round(100 * least, 1))
    return None


@REGISTRY.guard("rule")
def layer_is_approvers(facts: RuleFacts) -> Finding | None:
    """National, industry and local rules are an authority's to decide; the others their owner's."""
    if facts.layer in PUBLIC_LAYERS:
        is_theirs = "authority_officer" in facts.hand.roles and "platform" in facts.hand.parties
    else:
        is_theirs = "owner" in facts.hand.parties
    return None if is_theirs else _no("rule_layer_not_yours", "layer", layer=facts.layer)


@REGISTRY.guard("rule")
def approved_by_another(facts: RuleFacts) -> Finding | None:
    """Who approves has neither drafted nor assessed it."""
    return _no("rule_duties_not_separate") if facts.hand.person in facts.drafters | facts.assessors else None


@REGISTRY.guard("rule")
def reference_free(facts: RuleFacts) -> Finding | None:
    """No issued rule has this id and version."""
    return _no("rule_reference_taken", "version", reference=facts.reference) if facts.reference_taken else None


# -- filing and adoption ----------------------------------------------------------------------------------------------


@REGISTRY.guard("rule")
def filing_asked(facts: RuleFacts) -> Finding | None:
    """Only a certification body's certification rule is filed."""
    return None if facts.filing_asked else _no("rule_needs_no_filing", "kind")


@REGISTRY.guard("rule")
def filing_complete(facts: RuleFacts) -> Finding | None:
    """Every field of the filing was validated and none is wrong."""
    if facts.filing_errors is None:
        return _no("rule_filing_missing", "filing", clause=FILING_CLAUSE)
    return _no("rule_filing_wrong", "filing", count=facts.filing_errors) if facts.filing_errors else None


@REGISTRY.guard("rule")
def filing_numbered(facts: RuleFacts) -> Finding | None:
    """The number under which it was filed is known."""
    return None if facts.filing_number.strip() else _no("rule_filing_number_missing", "filing_number")


@REGISTRY.guard("rule")
def filing_stands(facts: RuleFacts) -> Finding | None:
    """There is a filing that can be cancelled."""
    return None if facts.filing_number.strip() else _no("rule_not_filed", "filing")


@REGISTRY.guard("rule")
def filed_where_asked(facts: RuleFacts) -> Finding | None:
    """A certification rule is adopted only when it is filed."""
    if not facts.filing_asked or facts.filing_number.strip():
        return None
    return _no("rule_not_filed", "filing", clause=FILING_CLAUSE)


@REGISTRY.guard("rule")
def batch_named(facts: RuleFacts) -> Finding | None:
    """The batch of the adoption list is named."""
    return None if facts.batch.strip() else _no("rule_batch_missing", "batch")


# -- ends -------------------------------------------------------------------------------------------------------------


@REGISTRY.guard("rule")
def transition_set(facts: RuleFacts) -> Finding | None:
    """The last day of the transition is set, and is not past."""
    if facts.transition_days is not None and facts.transition_days >= 0:
        return None
    return _no("rule_transition_missing", "transition_until")


@REGISTRY.guard("rule")
def transition_set_where_closing(facts: RuleFacts) -> Finding | None:
    """A national rule that closes others says until when what rests on them may be finished."""
    return transition_set(facts) if facts.closes else None


@REGISTRY.guard("rule")
def transition_over(facts: RuleFacts) -> Finding | None:
    """The last day of the transition has passed."""
    if facts.transition_days is not None and facts.transition_days < 0:
        return None
    return _no("rule_transition_running", "transition_until")


@REGISTRY.guard("rule")
def no_national_rule_itself(facts: RuleFacts) -> Finding | None:
    """A national rule is not closed by another one, nor a supplement by the rule it supplements."""
    if facts.layer != "national" and not facts.is_supplement:
        return None
    return _no("rule_not_closed_nationally", "layer", layer=facts.layer)


@REGISTRY.guard("rule")
def successor_in_force(facts: RuleFacts) -> Finding | None:
    """What takes its place is in force."""
    return None if facts.successor_in_force else _no("rule_without_successor")


@REGISTRY.guard("rule")
def was_issued(facts: RuleFacts) -> Finding | None:
    """It was issued before."""
    return _held_before(facts, "issued")


@REGISTRY.guard("rule")
def was_filed(facts: RuleFacts) -> Finding | None:
    """It was filed before."""
    return _held_before(facts, "filed")


@REGISTRY.guard("rule")
def was_adopted(facts: RuleFacts) -> Finding | None:
    """It was adopted before."""
    return _held_before(facts, "adopted")


def _held_before(facts: RuleFacts, state: str) -> Finding | None:
    return None if facts.before == state else _no("rule_was_otherwise", "state", before=facts.before or "—")
