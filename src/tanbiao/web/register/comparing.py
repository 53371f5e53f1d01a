"""Comparing certified figures: only in force, on the very same basis, and with how sure the order is.

Two figures are set side by side where rule (major version), declared unit, unit, boundary, GWP set, electricity basis
and factor release are the same: then nothing has to be calculated again for them to rest on one release. Where each
stands among all is shown from the number on that the rule names; a rule that names none shows no position.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tanbiao.core import comparison
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.rules.model import Rule
from tanbiao.web.commanding import Conflict
from tanbiao.web.register.models import Certificate
from tanbiao.web.rulebook import queries as rulebook

BASIS = ("unit", "declared_unit", "boundary", "gwp_set", "electricity_basis", "release")
"""Claims that must be the same, beside the rule and its major version."""
LOOKED_AT = 5_000
"""Certificates of one basis that a position is worked out from, the newest first; project default."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two comparable figures, and the probability (0 to 1) that the first one is truly the lower."""

    one: Certificate
    other: Certificate
    lower: float


@dataclass(frozen=True, slots=True)
class Position:
    """Where a figure stands among those of the same basis; ``others`` without it.

    ``refusals``: why no position is shown; then ``percentile`` is None.
    """

    comparable: int
    minimum: int | None
    refusals: tuple[Finding, ...]
    percentile: float | None = None
    changes: tuple[float, ...] = ()
    """(figure - own) ÷ own of every comparable one, its own 0 among them."""


def basis_of(claims: Mapping[str, Any]) -> dict[str, str]:
    """Return what the claims of two figures must share: the rule with its major version, and all of :data:`BASIS`."""
    major = str(claims["rule_version"]).partition(".")[0]
    return {"rule": f"{claims['rule_id']} {major}.x", **{name: str(claims[name]) for name in BASIS}}


def rule_of(certificate: Certificate) -> Rule | None:
    """Return the rule that a certificate rests on, None where this platform has it no more."""
    try:
        return rulebook.rule(f"{certificate.claims['rule_id']}@{certificate.claims['rule_version']}")
    except TanbiaoError:
        return None


def spread(certificate: Certificate) -> comparison.Spread | None:
    """Return the spread of a certificate's published interval, None where it is not published."""
    shown: Mapping[str, Any] = certificate.shown.get("interval") or {}
    ends = [shown.get(name) for name in ("p2_5", "p50", "p97_5")]
    low, median, high = (None if end is None else float(end) for end in ends)
    return comparison.spread_of(low, median, high)


def reasons(one: Certificate, other: Certificate) -> tuple[Finding, ...]:
    """Return why two certificates' figures are not to be compared; none: they are."""
    found = []
    if one.number == other.number:
        found.append(finding("comparison_itself", Severity.ERROR, one.number))
    for certificate in (one, other):
        if certificate.state != "valid":
            found.append(finding("comparison_not_in_force", Severity.ERROR, certificate.number))
    mine, theirs = basis_of(one.claims), basis_of(other.claims)
    for name, value in mine.items():
        if theirs[name] != value:
            found.append(finding(f"comparison_{name}", Severity.ERROR, other.number, one=value, other=theirs[name]))
    for certificate in (one, other):
        if spread(certificate) is None:
            found.append(finding("comparison_interval", Severity.ERROR, certificate.number))
    return tuple(found)


def compare(one: Certificate, other: Certificate) -> Pair:
    """Return two figures side by side.

    Raises
    ------
    Conflict
        ``comparison_…``: every reason why they are not comparable.
    """
    against, mine, theirs = reasons(one, other), spread(one), spread(other)
    if against or mine is None or theirs is None:
        raise Conflict(*against)
    return Pair(one, other, comparison.probability_below(mine, theirs))


def position(certificate: Certificate) -> Position:
    """Return where a certificate's figure stands among those of the same basis that are in force."""
    figures = _comparable(certificate)
    rule = rule_of(certificate)
    minimum = rule.comparison.minimum if rule is not None and rule.comparison is not None else None
    count, number = len(figures) + 1, certificate.number
    own = float(certificate.claims["value"])
    against = []
    if certificate.state != "valid":
        against.append(finding("comparison_not_in_force", Severity.ERROR, number))
    if minimum is None:
        against.append(finding("comparison_no_minimum", Severity.INFO, number, count=count))
    elif count < minimum:
        against.append(finding("comparison_too_few", Severity.INFO, number, count=count, minimum=minimum))
    if own <= 0:
        against.append(finding("comparison_not_positive", Severity.ERROR, number))
    if against:
        return Position(count, minimum, tuple(against))
    changes = tuple((value - own) / own for value in (own, *figures))
    return Position(count, minimum, (), comparison.percentile(own, figures), changes)


def _comparable(certificate: Certificate) -> list[float]:
    """Return the figures of every other certificate in force with the same basis."""
    claims, basis = certificate.claims, basis_of(certificate.claims)
    rows = Certificate.objects.filter(is_newest=True, category=certificate.category, state="valid")
    rows = rows.filter(**{f"claims__{name}": claims[name] for name in ("rule_id", *BASIS)})
    rows = rows.exclude(number=certificate.number).order_by("-issued_at")
    found = rows.values_list("claims", flat=True)[:LOOKED_AT]
    return [float(theirs["value"]) for theirs in found if basis_of(theirs) == basis]


def classes(certificate: Certificate) -> list[tuple[str, float]] | None:
    """Return class → probability by the rule's grade table; None without one, or without a published interval."""
    rule, known = rule_of(certificate), spread(certificate)
    if rule is None or rule.grade is None or known is None or rule.grade.of not in (None, "total"):
        return None
    found = comparison.class_probabilities(known, rule.grade.limits)
    return list(zip(rule.grade.classes, found, strict=True))
