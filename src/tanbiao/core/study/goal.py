"""Goal and scope: why and for whom a study is made, and what a public comparison asks of it."""

from __future__ import annotations

from typing import Any

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.core.study.model import Study


def goal_and_scope(study: Study) -> dict[str, Any]:
    """Return what the study says of its goal and scope, and which of it is missing."""
    goods = study.capital_goods
    capital = next(
        ({key: text} for key in ("included", "excluded", "not_declared") if (text := getattr(goods, key)) is not None),
        {},
    )
    flow, function = study.unit.reference_flow, study.product.function
    body: dict[str, Any] = {
        "application": study.goal.application,
        "reason": study.goal.reason,
        "audience": list(study.goal.audience),
        "public_comparison": study.goal.public_comparison,
        "function": None if function is None else function.both(),
        "declared_unit": study.unit.declared,
        "functional_unit": None if study.unit.functional is None else study.unit.functional.both(),
        "reference_flow": None if flow is None else flow.amount,
        "boundary": study.boundary,
        "capital_goods": capital,
        "period": {"from": study.period.from_, "to": study.period.to},
        "assumptions": [item.both() for item in study.assumptions],
        "limitations": [item.both() for item in study.limitations],
    }
    wanted = ("reason", "audience", "function", "reference_flow")
    return {**body, "missing": [key for key in wanted if not body[key]]}


def goal_findings(study: Study) -> list[Finding]:
    """Return what stands against a study's goal.

    A footprint that is published for comparison covers the whole life and is critically reviewed (ISO 14067:2018, 8;
    ISO/TS 14071).
    """
    if not study.goal.public_comparison:
        return []
    if study.boundary != "cradle_to_grave":
        return [finding("public_comparison_of_partial", Severity.ERROR, "goal.public_comparison")]
    return [finding("public_comparison_needs_review", Severity.WARNING, "goal.public_comparison")]
