"""Judging a dataset: screening, reviews, comparison, trace; each step another person's."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from uuid import UUID

from tanbiao.core.canonical import decimal12
from tanbiao.core.dataset.checks import check
from tanbiao.core.dataset.inventory_document import inventory_of
from tanbiao.core.dataset.rating import METHOD, rating
from tanbiao.core.findings import Severity, TanbiaoError, to_json
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, NotFound, command, fired
from tanbiao.web.datasets.queries import document
from tanbiao.web.governance.acts import LIFECYCLE, advance, locked, note
from tanbiao.web.governance.facts import facts_of, hand_of
from tanbiao.web.governance.models import Comparison, DatasetReview, GovernedDataset, TraceCheck

KEPT = 200
"""Findings of the checks that are kept with a dataset (project default)."""
_WRONG = (Severity.ERROR, Severity.BLOCKING)


@command("governance.judge")
def screen(actor: Actor, *, entry_id: UUID, builds_on: str) -> GovernedDataset:
    """Take a submitted dataset up: the checks of schema, units and balances run on it."""
    entry = locked(actor, entry_id)
    found = check(inventory_of([document(entry.version)]))
    entry.checks = {
        "errors": sum(one.severity in _WRONG for one in found),
        "warnings": sum(one.severity is Severity.WARNING for one in found),
        "findings": [to_json(one) for one in found[:KEPT]],
    }
    facts = facts_of(actor, entry, builds_on=builds_on)
    advance(actor, entry, "screen", facts, errors=entry.checks["errors"])
    return entry


@command("governance.judge")
def pass_screening(actor: Actor, *, entry_id: UUID, builds_on: str) -> GovernedDataset:
    """Pass the screening; reviewers without a conflict are drawn by lot."""
    entry = locked(actor, entry_id)
    advance(actor, entry, "pass_screening", facts_of(actor, entry, builds_on=builds_on))
    return entry


@command("governance.judge")
def review(
    actor: Actor, *, entry_id: UUID, builds_on: str, positive: bool, text: str, majors: int = 0
) -> GovernedDataset:
    """State the review of a drawn reviewer; it is not changed afterwards.

    Raises
    ------
    Invalid
        ``review_text_missing``, ``review_majors_wrong``
    """
    entry = locked(actor, entry_id)
    facts = facts_of(actor, entry, builds_on=builds_on)
    fired(LIFECYCLE, entry.state, "review", facts)
    if not text.strip():
        raise Invalid.of("review_text_missing", "text")
    if majors < 0:
        raise Invalid.of("review_majors_wrong", "majors")
    DatasetReview.objects.create(
        entry=entry,
        person=person_of(actor),
        round=entry.round,
        positive=positive,
        text=text.strip(),
        majors=majors,
        at=clock.now(),
    )
    advance(actor, entry, "review", facts, positive=positive, majors=majors)
    return entry


@command("governance.judge")
def close_majors(actor: Actor, *, entry_id: UUID, text: str) -> GovernedDataset:
    """Let the reviewer who raised them close the major points of this round.

    Raises
    ------
    Conflict
        ``dataset_act_out_of_place``
    NotFound
        ``no_open_majors``: this person has none.
    """
    entry = locked(actor, entry_id)
    if entry.state != "peer_review":
        raise Conflict.of("dataset_act_out_of_place", state=entry.state)
    rows = entry.reviews.filter(round=entry.round, person=actor.person, majors__gt=0, majors_closed=False)
    if not rows.update(majors_closed=True):
        raise NotFound.of("no_open_majors")
    note(actor, entry, "close_majors", text=text.strip())
    return entry


@command("governance.judge")
def close_reviews(actor: Actor, *, entry_id: UUID, builds_on: str) -> GovernedDataset:
    """Close the reviews when all drawn have spoken, enough in favour, and no major point is open."""
    entry = locked(actor, entry_id)
    advance(actor, entry, "close_reviews", facts_of(actor, entry, builds_on=builds_on))
    return entry


@command("governance.judge")
def compare(
    actor: Actor,
    *,
    entry_id: UUID,
    builds_on: str,
    source: str,
    own_value: float,
    other_value: float,
    unit: str,
    explanation: str = "",
) -> GovernedDataset:
    """Set the figure beside an independent source's or its peers' median; the deviation is in percent of the latter.

    Raises
    ------
    Invalid
        ``comparison_source_missing``, ``comparison_value_wrong``
    """
    entry = locked(actor, entry_id)
    facts = facts_of(actor, entry, builds_on=builds_on)
    fired(LIFECYCLE, entry.state, "compare", facts)
    if not source.strip() or not unit.strip():
        raise Invalid.of("comparison_source_missing", "source")
    if not math.isfinite(own_value) or not math.isfinite(other_value) or other_value == 0:
        raise Invalid.of("comparison_value_wrong", "other_value")
    percent = decimal12((own_value - other_value) / abs(other_value) * 100)
    Comparison.objects.create(
        entry=entry,
        person=actor.person,
        round=entry.round,
        source=source.strip()[:300],
        own_value=decimal12(own_value),
        other_value=decimal12(other_value),
        unit=unit.strip()[:60],
        deviation_percent=percent,
        explanation=explanation.strip(),
        at=clock.now(),
    )
    advance(actor, entry, "compare", facts, percent=percent)
    return entry


@command("governance.judge")
def pass_comparison(actor: Actor, *, entry_id: UUID, builds_on: str) -> GovernedDataset:
    """Pass the cross-validation: something independent stands beside, and no deviation is unexplained."""
    entry = locked(actor, entry_id)
    advance(actor, entry, "pass_comparison", facts_of(actor, entry, builds_on=builds_on))
    return entry


@command("governance.act")
def explain_deviation(actor: Actor, *, entry_id: UUID, comparison: int, explanation: str) -> GovernedDataset:
    """Explain why a comparison deviates; the provider or the secretariat does, once, while the cross-validation runs.

    Raises
    ------
    Conflict
        ``dataset_act_out_of_place``
    NotAllowed
        ``deviation_not_yours``
    NotFound
        ``comparison_unknown``: none of this round that is still unexplained.
    Invalid
        ``explanation_missing``
    """
    entry = locked(actor, entry_id)
    if entry.state != "cross_validation":
        raise Conflict.of("dataset_act_out_of_place", state=entry.state)
    hand = hand_of(actor, entry)
    if "provider" not in hand.parties and not actor.has(Role.OPERATOR):
        raise NotAllowed.of("deviation_not_yours")
    row = entry.comparisons.select_for_update().filter(round=entry.round, id=comparison, explanation="").first()
    if row is None:
        raise NotFound.of("comparison_unknown", str(comparison))
    if not explanation.strip():
        raise Invalid.of("explanation_missing", "explanation")
    row.explanation = explanation.strip()
    row.save(update_fields=["explanation"])
    note(actor, entry, "explain_deviation", source=row.source, percent=row.deviation_percent, text=row.explanation)
    return entry


@command("governance.judge")
def confirm_trace(
    actor: Actor,
    *,
    entry_id: UUID,
    builds_on: str,
    evidence: Sequence[str],
    quality: Mapping[str, int],
    text: str = "",
) -> GovernedDataset:
    """Confirm that a sample of raw evidence was traced to its documents, each named, and rate the data's quality.

    Parameters
    ----------
    quality
        Score 1 (best) to 5 of each of :data:`tanbiao.core.dataset.rating.CRITERIA`. The rating that follows stays with
        the version: no later step changes it.

    Raises
    ------
    Invalid
        ``dataset_quality_scores``
    """
    entry = locked(actor, entry_id)
    named = [one.strip() for one in evidence if one.strip()]
    before = facts_of(actor, entry, builds_on=builds_on)
    facts = facts_of(actor, entry, builds_on=builds_on, evidence_traced=before.evidence_traced + len(named))
    fired(LIFECYCLE, entry.state, "confirm_trace", facts)
    try:
        rated = rating(quality)
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error
    TraceCheck.objects.create(
        entry=entry, person=actor.person, round=entry.round, evidence=named, text=text.strip(), at=clock.now()
    )
    entry.quality = {
        "scores": dict(rated.scores),
        "rating": decimal12(rated.mean),
        "level": rated.level,
        "method": METHOD,
        "at": clock.stamp(clock.now()),
    }
    advance(actor, entry, "confirm_trace", facts, evidence=len(named), quality=entry.quality)
    return entry


@command("governance.judge")
def return_to_provider(actor: Actor, *, entry_id: UUID, builds_on: str, reason: str, text: str = "") -> GovernedDataset:
    """Return a dataset to its provider, with the reason."""
    entry = locked(actor, entry_id)
    facts = facts_of(actor, entry, builds_on=builds_on, reason=reason)
    advance(actor, entry, "return", facts, text=text.strip())
    return entry


@command("governance.judge")
def reject(actor: Actor, *, entry_id: UUID, builds_on: str, reason: str, text: str = "") -> GovernedDataset:
    """Reject a dataset for good, with the reason."""
    entry = locked(actor, entry_id)
    facts = facts_of(actor, entry, builds_on=builds_on, reason=reason)
    advance(actor, entry, "reject", facts, text=text.strip())
    return entry
