"""The span of days that a study's data cover: twelve months, or what the rule says; a shorter one is provisional."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.core.study.method_defaults import default
from tanbiao.core.study.model import Study

if TYPE_CHECKING:
    from tanbiao.core.rules.model import Rule


def whole_months(first: str, last: str) -> int:
    """Return the whole months of a span of days, both included.

    >>> whole_months("2023-01-01", "2023-12-31"), whole_months("2023-01-15", "2023-02-13")
    (12, 0)
    """
    start, end = date.fromisoformat(first), date.fromisoformat(last) + timedelta(days=1)
    return (end.year - start.year) * 12 + end.month - start.month - (1 if end.day < start.day else 0)


def period_table(study: Study, rule: Rule | None) -> tuple[dict[str, Any], list[Finding]]:
    """Return the months that the data cover and those that are asked for; a shorter span makes a result provisional.

    Whether a provisional result may be submitted is the rule's choice (``quality.shorter``).
    """
    stated = None if rule is None else rule.quality.months
    required = int(default("months_of_data")) if stated is None else stated
    months = whole_months(study.period.from_, study.period.to)
    body = {
        "months": months,
        "required": required,
        "by": "default" if stated is None or rule is None else rule.reference,
        "provisional": months < required,
    }
    if months >= required:
        return body, []
    return body, [finding("period_provisional", Severity.WARNING, "period", months=months, required=required)]
