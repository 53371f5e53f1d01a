"""The value that is declared: which figure of a result a rule makes the headline, and how it is rounded.

The declared value is the nominal result. Limits and grades use the unrounded value; the rounded one only stands on
report, label, register and credential, the same string on each.

A partial footprint is declared without biogenic uptake: what was taken up leaves again in stages that are not there. A
rule says so in ``partial_headline``; both figures are always calculated. The packaged rules of version 1.0.0 were
published before that key and are read as they stand, with ``headline`` for both; a rule without the key, or with
``total``, is not complete (``tanbiao rules check``), so no new version is issued so.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Literal

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.core.rules.model import Rule


def round_half_even(value: str | float, digits: int) -> str:
    """Return significant digits as a plain decimal, round half to even (as GB/T 8170 describes).

    Works on the decimal digits that it is given; pass the canonical decimal string, not a float, where it matters.

    >>> round_half_even("0.6205", 3), round_half_even("1234.5", 3), round_half_even("9.996", 3)
    ('0.620', '1230', '10.0')
    """
    exact = Decimal(str(value))
    if exact == 0:
        return "0"
    place = Decimal(1).scaleb(exact.adjusted() - digits + 1)
    rounded = exact.quantize(place, rounding=ROUND_HALF_EVEN)
    if rounded.adjusted() > exact.adjusted():
        rounded = rounded.quantize(place.scaleb(1), rounding=ROUND_HALF_EVEN)
    return format(rounded, "f")


def rounded(rule: Rule, value: str | float, limits: Iterable[float] = ()) -> str:
    """Return a value as the rule prints it.

    Where the rule says ``at_limit: never_in_favour``, a value above one of the limits is never printed at or below it:
    the last digit goes up by one.
    """
    digits = rule.declared_value.digits
    text = round_half_even(value, digits)
    if rule.declared_value.at_limit is None:
        return text
    exact, shown = Decimal(str(value)), Decimal(text)
    if any(shown <= Decimal(str(limit)) < exact for limit in limits):
        step = Decimal(1).scaleb(exact.adjusted() - digits + 1)
        return format(shown + step, "f")
    return text


def headline_of(rule: Rule, boundary: str) -> Literal["total", "excluding_uptake"]:
    """Return which figure is the headline under a boundary."""
    declared = rule.declared_value
    if boundary != "cradle_to_grave" and declared.partial_headline is not None:
        return declared.partial_headline
    return declared.headline


def headline(rule: Rule, document: Any) -> float:
    """Return the headline of a result's document, unrounded, in kg CO2e per declared unit."""
    key = headline_of(rule, document["study"]["boundary"])
    total = document["total"]
    return float(total["value"] if key == "total" else total["excluding_uptake"])


def declared_table(rule: Rule, document: Any) -> tuple[dict[str, Any], list[Finding]]:
    """Return what a result declares under its rule, and what stands against it.

    ``of`` (``total`` or ``excluding_uptake``), ``value`` (unrounded, kg CO2e per declared unit), ``text`` (as printed
    everywhere; null where the result is incomplete), ``digits``, ``label``: whether it may stand on one.
    """
    value = headline(rule, document)
    whole = document["total"]["completeness"] != "incomplete"
    body = {
        "of": headline_of(rule, document["study"]["boundary"]),
        "value": value,
        "text": declared(rule, document) if whole else None,
        "digits": rule.declared_value.digits,
        "label": whole and value >= 0,
    }
    found = [finding("headline_negative", Severity.WARNING, "declared", value=f"{value:.4g}")] if value < 0 else []
    return body, found


def declared(rule: Rule, document: Any) -> str:
    """Return the declared value of a result's document as it is printed."""
    limits = () if rule.grade is None else rule.grade.limits
    return rounded(rule, f"{headline(rule, document):.12g}", limits)


def graded(rule: Rule, document: Any) -> float | None:
    """Return the unrounded figure that the rule's grade is of; None where the rule has no grade."""
    if rule.grade is None:
        return None
    if rule.grade.of == "headline":
        return headline(rule, document)
    return float(document["total"]["excluding_uptake" if rule.grade.of == "excluding_uptake" else "value"])


def class_of(rule: Rule, value: float) -> str | None:
    """Return the class of an unrounded figure; a figure at a limit is in the better class."""
    if rule.grade is None:
        return None
    return rule.grade.classes[sum(value > limit for limit in rule.grade.limits)]
