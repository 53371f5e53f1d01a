"""Comparing certified figures: only in force, on the very same basis, and with how sure the order is.

Two figures are set side by side where rule (major version), declared unit, unit, boundary, stages, GWP set and
electricity basis are the same. They are compared on one factor release: where they rest on two, one of the sealed
studies is calculated again on the other's, when somebody asks for it, and its figure is marked as recalculated, not
certified. Where each stands among all is shown from the number on that the rule names; a rule that names none shows
no position.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tanbiao.core import comparison
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.rules.model import Rule
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import Conflict, command
from tanbiao.web.register import queries, recalculating
from tanbiao.web.register.models import Certificate, Recalculation
from tanbiao.web.register.recalculating import Side
from tanbiao.web.rulebook import queries as rulebook

BASIS = ("unit", "declared_unit", "boundary", "gwp_set", "electricity_basis")
"""Claims that must be the same, beside the rule and its major version; the release is made the same."""
AT_ONCE = 200
"""Recalculations that one request for a position asks for; project default."""
LOOKED_AT = 5_000
"""Certificates of one basis that a position is worked out from, the newest first; project default."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two figures on one release, and the probability (0 to 1) that the first one is truly the lower."""

    one: Side
    other: Side
    release: str
    lower: float


@dataclass(frozen=True, slots=True)
class Position:
    """Where a figure stands among those of the same basis; ``others`` without it.

    ``refusals``: why no position is shown; then ``percentile`` is None.
    """

    comparable: int
    """Figures that stand on the certificate's release, its own among them."""
    minimum: int | None
    refusals: tuple[Finding, ...]
    percentile: float | None = None
    changes: tuple[float, ...] = ()
    """(figure - own) ÷ own of every comparable one, its own 0 among them."""
    elsewhere: Elsewhere = field(default_factory=lambda: Elsewhere())


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Figures on the same basis that rest on other releases: what became of their recalculation, by number."""

    done: int = 0
    waiting: int = 0
    refused: int = 0
    unasked: int = 0


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
    return _spread_of(certificate.shown.get("interval") or {})


def _spread_of(interval: Mapping[str, Any]) -> comparison.Spread | None:
    ends = [interval.get(name) for name in recalculating.ENDS]
    low, median, high = (None if end is None else float(end) for end in ends)
    return comparison.spread_of(low, median, high)


def own_reasons(certificate: Certificate) -> tuple[Finding, ...]:
    """Return what keeps a certificate's figure from standing beside any other; none: it may, if their basis is one."""
    found = []
    if certificate.state != "valid":
        found.append(finding("comparison_not_in_force", Severity.ERROR, certificate.number))
    if spread(certificate) is None:
        found.append(finding("comparison_interval", Severity.ERROR, certificate.number))
    return tuple(found)


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
    stages, theirs_too = (recalculating.counted(item.issue.order["stages"]) for item in (one, other))
    if stages != theirs_too:
        named = {"one": ", ".join(sorted(stages)), "other": ", ".join(sorted(theirs_too))}
        found.append(finding("comparison_stages", Severity.ERROR, other.number, **named))
    for certificate in (one, other):
        if spread(certificate) is None:
            found.append(finding("comparison_interval", Severity.ERROR, certificate.number))
    return tuple(found)


def compare(one: Certificate, other: Certificate) -> Pair:
    """Return two figures side by side on one release.

    Raises
    ------
    Conflict
        ``comparison_…``: every reason why they are not comparable; what :func:`recalculating.common` refuses.
    """
    against = reasons(one, other)
    if against:
        raise Conflict(*against)
    release = one.claims["release"]
    if release == other.claims["release"]:
        first, second = recalculating.as_certified(one), recalculating.as_certified(other)
    else:
        first, second, release = recalculating.common(one, other)
    mine, theirs = _spread_of(first.interval), _spread_of(second.interval)
    for side, found in ((first, mine), (second, theirs)):
        if found is None:
            raise Conflict.of("comparison_interval", side.certificate.number)
    assert mine is not None
    assert theirs is not None
    return Pair(first, second, release, comparison.probability_below(mine, theirs))


@command("register.compare")
def ask(actor: Actor, *, number: str, other: str) -> bool:
    """Ask for what two figures of different releases need to be compared; return whether anything was asked for.

    Raises
    ------
    Conflict
        ``comparison_…``: why they are not comparable whatever is calculated; ``comparison_release_closed``.
    NotFound
        ``certificate_unknown``
    """
    one, another = queries.footprint(actor, number), queries.footprint(actor, other)
    against = reasons(one, another)
    if against:
        raise Conflict(*against)
    if one.claims["release"] == another.claims["release"]:
        return False
    ways = recalculating.ways(one, another)
    if not ways:
        names = {"one": one.claims["release"], "other": another.claims["release"]}
        raise Conflict.of("comparison_release_closed", other, **names)
    asked = [recalculating.request(certificate, release) for certificate, release in ways]
    return any(row.state != "done" for row in asked)


@command("register.compare")
def ask_for_position(actor: Actor, *, number: str) -> int:
    """Ask for the figures of other releases that a position lacks; return how many were asked for.

    Raises
    ------
    Conflict
        ``comparison_release_closed``: the certificate's release is not open to everybody here.
    NotFound
        ``certificate_unknown``
    """
    found = queries.footprint(actor, number)
    release = recalculating.readable(found.claims["release"])
    if release is None:
        named = found.claims["release"]
        raise Conflict.of("comparison_release_closed", number, one=named, other=named)
    asked = 0
    for other in _on_basis(found):
        if other.claims["release"] != release.name and recalculating.known(other, release) is None:
            recalculating.request(other, release)
            asked += 1
            if asked == AT_ONCE:
                break
    return asked


def position(certificate: Certificate) -> Position:
    """Return where a certificate's figure stands among those of the same basis that are in force."""
    figures, elsewhere = _comparable(certificate)
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
        return Position(count, minimum, tuple(against), elsewhere=elsewhere)
    changes = tuple((value - own) / own for value in (own, *figures))
    return Position(count, minimum, (), comparison.percentile(own, figures), changes, elsewhere)


def _on_basis(certificate: Certificate) -> list[Certificate]:
    """Return every other certificate in force with the same basis, on whatever release."""
    claims, basis = certificate.claims, basis_of(certificate.claims)
    rows = Certificate.objects.filter(is_newest=True, category=certificate.category, state="valid")
    rows = rows.filter(**{f"claims__{name}": claims[name] for name in ("rule_id", *BASIS)})
    rows = rows.exclude(number=certificate.number).select_related("issue").order_by("-issued_at")[:LOOKED_AT]
    stages = recalculating.counted(certificate.issue.order["stages"])
    return [
        row
        for row in rows
        if basis_of(row.claims) == basis and recalculating.counted(row.issue.order["stages"]) == stages
    ]


def _comparable(certificate: Certificate) -> tuple[list[float], Elsewhere]:
    """Return the other figures on the certificate's basis and release, and what became of those of other releases."""
    release, name = recalculating.readable(certificate.claims["release"]), certificate.claims["release"]
    found, others = [], []
    for row in _on_basis(certificate):
        if row.claims["release"] == name:
            found.append(float(row.claims["value"]))
        else:
            others.append(row)
    keys = [recalculating.key_of(row, release) for row in others] if release is not None else []
    known = {row.key: row for row in Recalculation.objects.filter(key__in=keys)} if keys else {}
    states = Counter(known[key].state if key in known else "unasked" for key in keys)
    found += [float(known[key].value) for key in keys if key in known and known[key].state == "done"]
    return found, Elsewhere(**states) if release is not None else Elsewhere(refused=len(others))


def classes(certificate: Certificate) -> list[tuple[str, float]] | None:
    """Return class → probability by the rule's grade table; None without one, or without a published interval."""
    rule, known = rule_of(certificate), spread(certificate)
    if rule is None or rule.grade is None or known is None or rule.grade.of not in (None, "total"):
        return None
    found = comparison.class_probabilities(known, rule.grade.limits)
    return list(zip(rule.grade.classes, found, strict=True))
