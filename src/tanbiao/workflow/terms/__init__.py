"""The numbers of a scheme that guards and clocks use: days, months, man-days, shares. None of them stands in code.

``project-defaults.yaml`` holds a value, a unit and a source for each; a label scheme overrides any of them in its own
document. A scheme may change a number or leave out an optional stage; it can never remove a separation of duties, which
is why no term can say so (:attr:`Terms.review_and_decision` has no value "none").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import Any

import yaml

from tanbiao.core.findings import TanbiaoError

MODES = ("two_persons", "one_person", "committee")
CHOICES = {
    "appeal_suspends_effect": ("yes", "no"),
    "transfer_number": ("keep", "new"),
    "reduction_commitment": ("optional", "required"),
    "recalculation": ("required", "left_out"),
}
"""Terms that are one of a few words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The numbers of one scheme version (units in the names)."""

    documents: tuple[str, ...]
    management_system_months: int
    system_pieces: tuple[str, ...]
    reduction_commitment: str
    advice_interval_months: int
    man_days_min: float
    unit_site_spread_percent: float
    unit_model_spread_percent: float
    unit_average_gap_percent: float
    certifier_years_min: float
    on_site: str
    on_site_minutes_min: int
    audit_modes: tuple[str, ...]
    remote_share_max: float
    fence_radius_m: float
    position_fine_m: float
    device_clock_minutes: int
    rectification_days: int
    acceptance_days: int
    contract_days: int
    planning_days: int
    start_days: int
    document_review_days: int
    on_site_days: int
    verification_days: int
    review_days: int
    decision_days: int
    applicant_wait_days: int
    rotation_cases_max: int
    rotation_months_max: int
    rotation_break_months: int
    review_and_decision: str
    committee_size: int
    materiality_percent: float
    sampled_share_min: float
    own_rows_min: int
    own_difference_percent_max: float
    recalculation: str
    supplier_share: float
    second_opinion_share: float
    retention_months: int
    validity_months: int
    renewal_reminder_days: int
    suspension_days_max: int
    surveillance_months: int
    surveillance_items: tuple[str, ...]
    surveillance_notice_days: int
    work_item_days: int
    complaint_admission_days: int
    complaint_decision_days: int
    appeal_days: int
    appeal_suspends_effect: str
    transfer_number: str
    transfer_release_days: int
    label_run_off_days: int
    label_rectification_days: int
    recalculation_percent: float
    value_change_percent: float
    dataset_reviewers_min: int
    dataset_review_days: int
    dataset_deviation_percent: float
    dataset_evidence_min: int
    rule_consultation_days: int
    rule_assessors_min: int
    rule_assessment_score_min: float
    rule_filing_days: int
    rule_filing_reminder_days: int
    rule_transition_days: int

    def days(self, term: str) -> int:
        """Return a term in days (a name that ends in ``_months`` counts 30 days each).

        Raises
        ------
        TanbiaoError
            ``term_unknown``.
        """
        if term not in _NAMES:
            raise TanbiaoError.of("term_unknown", term)
        number = int(getattr(self, term))
        return number * 30 if term.endswith("_months") else number


_NAMES = frozenset(item.name for item in fields(Terms))


@cache
def defaults() -> Mapping[str, Mapping[str, Any]]:
    """Return name → {value, unit, source}: the project's defaults with where each comes from."""
    text = resources.files(__name__).joinpath("project-defaults.yaml").read_text(encoding="utf-8")
    loaded: Mapping[str, Mapping[str, Any]] = yaml.safe_load(text)["terms"]
    return loaded


def terms_of(scheme: Mapping[str, Any] | None = None) -> Terms:
    """Return the terms of a scheme: its ``terms`` section over the project's defaults.

    Raises
    ------
    TanbiaoError
        ``term_unknown``: the scheme sets a name that no guard or clock knows. ``term_value``: a wrong kind of value.
        ``separation_dropped``: a mode of review and decision that is not one of the three.
    """
    values = {name: entry["value"] for name, entry in defaults().items()}
    for name, value in (scheme or {}).items():
        if name not in _NAMES:
            raise TanbiaoError.of("term_unknown", name)
        values[name] = value["value"] if isinstance(value, Mapping) and "value" in value else value
    typed = {name: _typed(name, values[name]) for name in _NAMES}
    terms = Terms(**typed)
    if terms.review_and_decision not in MODES:
        raise TanbiaoError.of("separation_dropped", "review_and_decision", value=terms.review_and_decision)
    for name, words in CHOICES.items():
        if getattr(terms, name) not in words:
            raise TanbiaoError.of("term_value", name, value=str(getattr(terms, name)))
    if terms.review_and_decision == "committee" and terms.committee_size < 2:
        raise TanbiaoError.of("term_value", "committee_size", value=str(terms.committee_size))
    return terms


def _typed(name: str, value: Any) -> Any:
    sample = defaults()[name]["value"]
    try:
        if isinstance(sample, list):
            return tuple(str(item) for item in value)
        number = type(sample)(value)
    except (TypeError, ValueError) as error:
        raise TanbiaoError.of("term_value", name, value=str(value)) from error
    if isinstance(number, int | float) and number < 0:
        raise TanbiaoError.of("term_value", name, value=str(value))
    return number
