"""Facts for the tests of lifecycles: by default everything that a guard asks for holds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tanbiao.workflow.facts import (
    CaseFacts,
    CertificateFacts,
    DatasetFacts,
    FindingFact,
    Hand,
    OpinionFact,
    RuleFacts,
    SchemeFacts,
    StudyFacts,
    TeamMember,
    VerificationFact,
    Visit,
)
from tanbiao.workflow.terms import terms_of

TERMS = terms_of()
SEEN = "sha256:" + "0" * 64


def hand(person: str, *stands: str) -> Hand:
    """A hand from words like ``body.decider``."""
    parties = frozenset(word.split(".")[0] for word in stands)
    return Hand(person, frozenset(word.split(".")[1] for word in stands if "." in word), parties)


SYSTEM_HAND = Hand("", frozenset(), frozenset({"system"}))
APPLICANT = hand("anna", "applicant.enterprise_manager")
MANAGER = hand("mike", "body.case_manager")
VERIFIER = hand("vera", "body.verifier")
REVIEWER = hand("rita", "body.reviewer")
DECIDER = hand("dora", "body.decider")

GOOD_OPINION = OpinionFact("unmodified", "limited", 5.0, "The figure is fair.", True, 3, 0.2, 0.85)
GOOD_VERIFICATION = VerificationFact(
    assurance="limited", materiality_percent=5.0, analysed=True, planned=3, standing="immaterial", percent=0.4
)


def case_facts(who: Hand, **changes: Any) -> CaseFacts:
    """Facts of a case in which nothing is missing."""
    base = CaseFacts(
        hand=who,
        terms=TERMS,
        builds_on=SEEN,
        current=SEEN,
        legal_person=True,
        documents=frozenset(TERMS.documents),
        system_months=6,
        study_submitted=True,
        scheme_refusals=(),
        unit_refusals=(),
        body_active=True,
        body_qualified=True,
        body_competent=True,
        advice_declared=True,
        team=(TeamMember("vera", True, True, 5.0, True, lead=True),),
        man_days=3.0,
        visits=(Visit(300, "演示工厂", 2, 4),),
        opinion=GOOD_OPINION,
        verification=GOOD_VERIFICATION,
        consistency_open=0,
        waivers=(),
        hand_refusals=(),
        standing_refusals=(),
        review_positive=True,
    )
    return replace(base, **changes)


def study_facts(who: Hand, **changes: Any) -> StudyFacts:
    """Facts of a study that may be submitted."""
    base = StudyFacts(
        hand=who,
        terms=TERMS,
        builds_on=SEEN,
        current=SEEN,
        rule_pinned=True,
        calculated=True,
        stages_settled=True,
        cut_off_within_limit=True,
        electricity_proven=True,
        uncertainty_run=True,
        package_hash=SEEN,
        opinion_in_case=True,
        change_percent=8.0,
    )
    return replace(base, **changes)


def certificate_facts(who: Hand, **changes: Any) -> CertificateFacts:
    """Facts of a valid certificate with a year to go."""
    base = CertificateFacts(
        hand=who,
        terms=TERMS,
        builds_on=SEEN,
        current=SEEN,
        days_to_expiry=365,
        corrected=True,
        new_version_signed=True,
        value_change_percent=0.0,
        proposed_by="mike",
        standing_refusals=(),
        successor_valid=True,
    )
    return replace(base, **changes)


def scheme_facts(who: Hand, **changes: Any) -> SchemeFacts:
    """Facts of a template for which everything was brought."""
    needs = ("authority_document", "regions", "number_pattern", "artwork", "body_approval")
    base = SchemeFacts(
        hand=who,
        terms=TERMS,
        builds_on=SEEN,
        current=SEEN,
        reference="somewhere@1.0.0",
        needs=needs,
        brought=frozenset(needs),
    )
    return replace(base, **changes)


def dataset_facts(who: Hand, **changes: Any) -> DatasetFacts:
    """Facts of a dataset to which nothing stands in the way."""
    base = DatasetFacts(
        hand=who,
        terms=TERMS,
        builds_on=SEEN,
        current=SEEN,
        source_stated=True,
        licence_stated=True,
        legal_basis_stated=True,
        checks_blocking=0,
        candidates=3,
        provider_persons=frozenset({"paul"}),
        drawn=frozenset({"rita", "rolf"}),
        positive=frozenset({"rita", "rolf"}),
        comparisons=1,
        unexplained_percent=5.0,
        evidence_traced=1,
        licence_allows=True,
        classification="open",
        successor_published=True,
        days_to_end=-1,
    )
    return replace(base, **changes)


def rule_facts(who: Hand, **changes: Any) -> RuleFacts:
    """Facts of a local rule to which nothing stands in the way; its transition runs for 90 days more."""
    base = RuleFacts(
        hand=who,
        terms=TERMS,
        builds_on=SEEN,
        current=SEEN,
        days_in_state=31,
        reference="demo-brick@1.0.0",
        layer="local",
        document_gaps=0,
        examples_failed=0,
        elements_open=(),
        drafters=frozenset({"dora"}),
        assessors=frozenset({"rita", "rolf"}),
        assessment_score=0.8,
        filing_asked=True,
        filing_errors=0,
        filing_number="DEMO-1",
        batch="2026-1",
        transition_days=90,
        successor_in_force=True,
        before="adopted",
    )
    return replace(base, **changes)


def finding(state: str, severity: str = "minor") -> FindingFact:
    """A finding in this state."""
    return FindingFact("f1", severity, state)
