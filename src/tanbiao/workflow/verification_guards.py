"""Guards of the verification in a certification case, after the steps of ISO 14064-3: terms, risks, evidence, opinion.

A disclaimer needs a lack of evidence, an adverse opinion a reason in ledger, findings or replay, a favourable one
evidence and a ledger below materiality: an opinion that contradicts what was found is not accepted.
"""

from __future__ import annotations

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.workflow.facts import CaseFacts, VerificationFact
from tanbiao.workflow.registry import REGISTRY
from tanbiao.workflow.waiver_guards import lacking

NOTHING = VerificationFact()
SHOWN_ROWS = 8


def _no(code: str, where: str = "", **params: str | int | float) -> Finding:
    return finding(code, Severity.BLOCKING, where, **params)


def _known(facts: CaseFacts) -> VerificationFact:
    return facts.verification or NOTHING


def _disclaims(facts: CaseFacts) -> bool:
    return facts.opinion is not None and facts.opinion.kind == "disclaimed"


@REGISTRY.guard("case")
def terms_agreed(facts: CaseFacts) -> Finding | None:
    """The terms of the verification are written: level, criteria, scope, materiality."""
    known = _known(facts)
    return None if known.assurance and known.materiality_percent else _no("verification_terms_missing", "terms")


@REGISTRY.guard("case")
def risks_assessed(facts: CaseFacts) -> Finding | None:
    """The strategic analysis is written and every row's risk assessed; a disclaimer may stop before."""
    if _disclaims(facts):
        return None
    known = _known(facts)
    if not known.analysed:
        return _no("strategic_analysis_missing", "analysis")
    return _no("risks_not_assessed", "risks", count=known.unassessed) if known.unassessed else None


@REGISTRY.guard("case")
def plan_carried_out(facts: CaseFacts) -> Finding | None:
    """With a favourable opinion every planned row has a conclusive test, and so have the large suppliers' sites."""
    if facts.opinion is None or not facts.opinion.favourable:
        return None
    known = _known(facts)
    if not known.planned:
        return _no("evidence_plan_missing", "plan")
    if known.untested:
        rows = ", ".join(known.untested[:SHOWN_ROWS])
        return _no("evidence_plan_open", "plan", count=len(known.untested), rows=rows)
    if known.suppliers_left_out:
        share = round(100 * facts.terms.supplier_share, 1)
        return _no("suppliers_left_out", "plan", sites=", ".join(known.suppliers_left_out), share=share)
    return None


@REGISTRY.guard("case")
def opinion_as_agreed(facts: CaseFacts) -> Finding | None:
    """Level of assurance and materiality of the opinion are those of the terms."""
    opinion, known = facts.opinion, _known(facts)
    if opinion is None or not known.assurance:
        return None
    if opinion.assurance == known.assurance and opinion.materiality_percent == known.materiality_percent:
        return None
    return _no(
        "opinion_not_as_agreed", "opinion", assurance=known.assurance, materiality=known.materiality_percent or 0.0
    )


@REGISTRY.guard("case")
def ledger_agrees(facts: CaseFacts) -> Finding | None:
    """The opinion does not contradict the misstatement ledger."""
    opinion, known = facts.opinion, _known(facts)
    if opinion is None:
        return None
    if opinion.favourable and known.standing != "immaterial":
        percent = "—" if known.percent is None else f"{known.percent:.3g}"
        return _no("opinion_against_ledger", "ledger", percent=percent, limit=known.materiality_percent or 0.0)
    doubt = known.standing == "material" or bool(_open(facts) or lacking(facts)) or not opinion.replay_identical
    if opinion.kind == "adverse" and not doubt:
        return _no("adverse_without_ground", "ledger")
    if opinion.kind == "disclaimed" and known.complete and not _open(facts):
        return _no("disclaimed_without_ground", "ledger")
    return None


def _open(facts: CaseFacts) -> int:
    return sum(item.state in ("raised", "answered") for item in facts.findings)


@REGISTRY.guard("case")
def fact_reported(facts: CaseFacts) -> Finding | None:
    """A fact discovered after the opinion is on record and not settled."""
    return None if facts.facts_open else _no("no_fact_reported", "facts")


@REGISTRY.guard("case")
def facts_settled(facts: CaseFacts) -> Finding | None:
    """What was discovered after the last opinion has been looked into."""
    return _no("facts_not_settled", "facts", count=facts.facts_open) if facts.facts_open else None


@REGISTRY.guard("case")
def consistency_checked(facts: CaseFacts) -> Finding | None:
    """Every item of the product consistency list is answered."""
    if facts.consistency_open == 0:
        return None
    return _no("consistency_not_checked", "consistency", count=facts.consistency_open or 0)


@REGISTRY.guard("case")
def audit_as_planned(facts: CaseFacts) -> Finding | None:
    """An audit planned on site, announced or not, was on site: somebody was at every site of the plan.

    From afar alone only where a remote audit is planned, or the scheme asks for no visit.
    """
    planned = facts.audit
    if planned is not None and planned.mode == "remote":
        return None
    there = [visit for visit in facts.visits if not visit.remote]
    if planned is None:
        return None if there or facts.terms.on_site == "optional" else _no("audit_only_remote", "visits")
    if not there:
        return _no("audit_not_on_site", "visits", mode=planned.mode)
    left = sorted(set(planned.sites) - {visit.site for visit in there})
    return _no("audit_site_left_out", "visits", sites=", ".join(left)) if left else None


@REGISTRY.guard("case")
def site_as_planned(facts: CaseFacts) -> Finding | None:
    """A favourable opinion, of whatever round, rests on the planned visits and on the answered consistency list.

    A case that left the site inspection for rectification has not completed it; what a later round changed in the
    study is asked again.
    """
    if facts.opinion is None or not facts.opinion.favourable:
        return None
    if facts.terms.on_site == "optional" and not facts.visits:
        return None
    return audit_as_planned(facts) or consistency_checked(facts)


@REGISTRY.guard("case")
def second_opinion_settled(facts: CaseFacts) -> Finding | None:
    """A drawn case has its second opinion, and a difference is resolved by a third person."""
    second = facts.second_opinion
    if second is None:
        return None
    if not second.stated:
        return _no("second_opinion_missing", "second_opinion")
    return _no("second_opinion_differs", "second_opinion") if second.differs and not second.stands else None


@REGISTRY.guard("case")
def first_opinion_stands(facts: CaseFacts) -> Finding | None:
    """Nothing is granted on an opinion in whose place a third person has put the second one."""
    second = facts.second_opinion
    return _no("second_opinion_stands", "second_opinion") if second is not None and second.stands == "second" else None
