"""Guards of a factor dataset's way to publication. Who judges is no kin of who provides; each stage is another's."""

from __future__ import annotations

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.workflow.facts import DatasetFacts
from tanbiao.workflow.registry import REGISTRY


def _no(code: str, where: str = "", **params: str | int | float) -> Finding:
    return finding(code, Severity.BLOCKING, where, **params)


# -- submission and screening -------------------------------------------------------------------------------------


@REGISTRY.guard("dataset")
def metadata_complete(facts: DatasetFacts) -> Finding | None:
    """Everything that a user needs to judge the dataset is said."""
    if not facts.metadata_missing:
        return None
    return _no("dataset_metadata_missing", "metadata", missing=", ".join(facts.metadata_missing))


@REGISTRY.guard("dataset")
def source_stated(facts: DatasetFacts) -> Finding | None:
    """Where the figures come from is said."""
    return None if facts.source_stated else _no("dataset_source_missing", "source_statement")


@REGISTRY.guard("dataset")
def licence_stated(facts: DatasetFacts) -> Finding | None:
    """Under what licence the dataset is given is said."""
    return None if facts.licence_stated else _no("dataset_licence_missing", "licence")


@REGISTRY.guard("dataset")
def legal_basis_stated(facts: DatasetFacts) -> Finding | None:
    """By what right the provider gives it is said."""
    return None if facts.legal_basis_stated else _no("dataset_legal_basis_missing", "legal_basis")


@REGISTRY.guard("dataset")
def checks_clean(facts: DatasetFacts) -> Finding | None:
    """Schema, units and balances were checked, and nothing is an error."""
    if facts.checks_blocking is None:
        return _no("dataset_not_checked", "checks")
    return _no("dataset_checks_fail", "checks", count=facts.checks_blocking) if facts.checks_blocking else None


@REGISTRY.guard("dataset")
def enough_candidates(facts: DatasetFacts) -> Finding | None:
    """There are enough reviewers without a conflict to draw from."""
    needed = facts.terms.dataset_reviewers_min
    if facts.candidates >= needed:
        return None
    return _no("reviewers_too_few", "reviewers", candidates=facts.candidates, needed=needed)


# -- review, comparison, trace --------------------------------------------------------------------------------------


@REGISTRY.guard("dataset")
def was_drawn(facts: DatasetFacts) -> Finding | None:
    """The actor was drawn for this dataset."""
    return None if facts.hand.person in facts.drawn else _no("reviewer_not_drawn")


@REGISTRY.guard("dataset")
def free_of_conflict(facts: DatasetFacts) -> Finding | None:
    """The actor has never belonged to the provider."""
    return _no("reviewer_in_conflict") if facts.hand.person in facts.provider_persons else None


@REGISTRY.guard("dataset")
def reviews_once(facts: DatasetFacts) -> Finding | None:
    """A drawn reviewer states one review in a round."""
    return _no("already_reviewed") if facts.hand.person in (*facts.positive, *facts.negative) else None


@REGISTRY.guard("dataset")
def enough_reviews(facts: DatasetFacts) -> Finding | None:
    """Every drawn reviewer has spoken, and enough of them in favour."""
    waiting = set(facts.drawn) - set(facts.positive) - set(facts.negative)
    if waiting:
        return _no("reviews_outstanding", "reviews", count=len(waiting))
    needed = facts.terms.dataset_reviewers_min
    count = len(set(facts.positive))
    return None if count >= needed else _no("reviews_not_positive", "reviews", count=count, needed=needed)


@REGISTRY.guard("dataset")
def no_open_major(facts: DatasetFacts) -> Finding | None:
    """No major point of a review is open."""
    return _no("dataset_majors_open", "reviews", count=facts.open_majors) if facts.open_majors else None


@REGISTRY.guard("dataset")
def compared_independently(facts: DatasetFacts) -> Finding | None:
    """At least one independent source or the statistics of its peers stand beside the figure."""
    return None if facts.comparisons else _no("comparison_missing", "comparisons")


@REGISTRY.guard("dataset")
def deviation_explained(facts: DatasetFacts) -> Finding | None:
    """Every deviation is within the limit, or explained."""
    limit = facts.terms.dataset_deviation_percent
    if facts.unexplained_percent is None or abs(facts.unexplained_percent) <= limit:
        return None
    return _no("deviation_unexplained", "comparisons", percent=round(facts.unexplained_percent, 2), limit=limit)


@REGISTRY.guard("dataset")
def evidence_traced(facts: DatasetFacts) -> Finding | None:
    """A sample of raw evidence was traced to its documents."""
    needed = facts.terms.dataset_evidence_min
    if facts.evidence_traced >= needed:
        return None
    return _no("evidence_sample_missing", "trace", count=facts.evidence_traced, needed=needed)


@REGISTRY.guard("dataset")
def traced_by_another(facts: DatasetFacts) -> Finding | None:
    """Who traces belongs neither to the provider nor to the drawn reviewers."""
    return _separate(facts, (*facts.provider_persons, *facts.drawn))


@REGISTRY.guard("dataset")
def decided_by_another(facts: DatasetFacts) -> Finding | None:
    """Who publishes has judged nothing of it before."""
    return _separate(facts, (*facts.provider_persons, *facts.drawn, *facts.traced_by))


def _separate(facts: DatasetFacts, others: tuple[str, ...]) -> Finding | None:
    return _no("dataset_duties_not_separate") if facts.hand.person in others else None


# -- publication and after -------------------------------------------------------------------------------------------


@REGISTRY.guard("dataset")
def embargo_over(facts: DatasetFacts) -> Finding | None:
    """No embargo is running."""
    return None if facts.embargo_days <= 0 else _no("embargo_running", "embargo_until", days=facts.embargo_days)


@REGISTRY.guard("dataset")
def licence_allows_publication(facts: DatasetFacts) -> Finding | None:
    """The licence lets the audience of the database read it."""
    return None if facts.licence_allows else _no("licence_forbids_publication", "licence")


@REGISTRY.guard("dataset")
def unclassified(facts: DatasetFacts) -> Finding | None:
    """It is classified as open by whoever classifies."""
    return None if facts.classification == "open" else _no("dataset_classified", "classification")


@REGISTRY.guard("dataset")
def successor_published(facts: DatasetFacts) -> Finding | None:
    """The version that takes its place is published."""
    return None if facts.successor_published else _no("no_published_successor")


@REGISTRY.guard("dataset")
def valid_to_reached(facts: DatasetFacts) -> Finding | None:
    """The last day of its validity has passed."""
    if facts.days_to_end is not None and facts.days_to_end < 0:
        return None
    return _no("dataset_still_valid", "valid_until")
