"""Whether a category may be opened: five gates, each green or red with what is missing; open when all are green.

Three gates are computed from the rules of the package, two are stated by an authority with their evidence
(``data/catalogue/readiness.yaml``). What nobody stated is red: an unknown is never taken as met.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Literal

from pydantic import Field

from tanbiao.core.catalogue.facts import PackageFacts
from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.core.rules.load import read_model
from tanbiao.core.rules.parts import Id, Line, Part, Share, Title, Version
from tanbiao.core.strict_text import parse_text

GateName = Literal["rule", "factors", "model", "bodies", "demand"]
STATED: tuple[GateName, ...] = ("bodies", "demand")


class Gate(Part):
    """One gate: what it asks, who answers, and its numbers (project defaults)."""

    id: GateName
    title: Title
    asks: Title
    by: Literal["computed", "stated"]
    stand_ins_at_most: Share | None = None
    at_least: int | None = Field(default=None, ge=1)
    months: int | None = Field(default=None, ge=1, le=120)
    """How long a statement counts."""


class Criteria(Part):
    """The gates, as a versioned document."""

    tanbiao: Literal["readiness/1"]
    version: Version
    thresholds: Line
    gates: tuple[Gate, ...] = Field(min_length=5, max_length=5)

    def gate(self, name: GateName) -> Gate:
        """Return a gate."""
        return next(item for item in self.gates if item.id == name)


@lru_cache(maxsize=1)
def load_criteria() -> Criteria:
    """Return the packaged criteria. Raises ``catalogue_malformed``."""
    data = resources.files("tanbiao.data").joinpath("catalogue", "readiness.yaml").read_bytes()
    return read_model(Criteria, parse_text(data)[0], "catalogue_malformed")


@dataclass(frozen=True, slots=True)
class Statement:
    """What an authority stated of a gate, on which day."""

    gate: GateName
    green: bool
    evidence: str
    on: str
    """ISO date."""
    names: tuple[Id, ...] = ()
    """Of the bodies, for the gate that counts them."""


@dataclass(frozen=True, slots=True)
class GateState:
    """One gate of a category: green, or red with the reasons."""

    gate: GateName
    green: bool
    reasons: tuple[Finding, ...] = ()
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Readiness:
    """All gates of a category, and what its green gates rest on."""

    category: str
    gates: tuple[GateState, ...]
    rule: str | None
    standing: str | None

    @property
    def is_ready(self) -> bool:
        """Whether every gate is green."""
        return all(item.green for item in self.gates)

    @property
    def is_demonstration(self) -> bool:
        """Whether the rule behind the gates claims no official basis: then it opens for demonstration only."""
        return self.standing == "demonstration"

    @property
    def missing(self) -> tuple[Finding, ...]:
        """What is missing, gate by gate."""
        return tuple(reason for item in self.gates for reason in item.reasons)


def readiness(
    category: str, packages: Iterable[PackageFacts], statements: Sequence[Statement], day: str, criteria: Criteria
) -> Readiness:
    """Return the gates of a category on a day (ISO date).

    Parameters
    ----------
    packages
        Facts of all rules; the newest version that covers the category counts, a complete one first.
    statements
        In the order in which they were made: the last one of a gate counts.
    """
    best = best_package(category, packages)
    latest = {item.gate: item for item in statements}
    states = (
        _rule(best, category),
        _factors(best, criteria),
        _model(best),
        *(_stated(criteria.gate(name), latest.get(name), day) for name in STATED),
    )
    if best is None:
        return Readiness(category, states, None, None)
    return Readiness(category, states, best.rule, best.standing)


def best_package(category: str, packages: Iterable[PackageFacts]) -> PackageFacts | None:
    """Return the package of a category: not replaced, complete, with an inventory; the best that there is."""
    fitting = [item for item in packages if category in item.categories and item.replaced_by is None]
    return max(fitting, key=lambda item: (item.is_complete, item.basis == "inventory", item.rule), default=None)


def _red(gate: GateName, code: str, /, **params: str | int | float) -> GateState:
    return GateState(gate, green=False, reasons=(finding(code, Severity.ERROR, f"readiness.{gate}", **params),))


def _rule(package: PackageFacts | None, category: str) -> GateState:
    if package is None:
        return _red("rule", "readiness_no_rule", category=category)
    if package.failed:
        return _red("rule", "readiness_examples_fail", rule=package.rule, examples=", ".join(package.failed))
    if not package.is_complete:
        shown = "; ".join(package.missing[:3]) or f"{package.failing}"
        return _red("rule", "readiness_rule_incomplete", rule=package.rule, count=len(package.missing), first=shown)
    return GateState("rule", green=True, evidence=f"{package.rule} {package.hash}")


def _model(package: PackageFacts | None) -> GateState:
    if package is None or not package.models:
        return _red("model", "readiness_no_model", rule=package.rule if package else "—")
    whole = [item for item in package.models if item.unknown == 0]
    if not whole:
        return _red("model", "readiness_model_unknown", study=package.models[0].study, count=package.models[0].unknown)
    return GateState("model", green=True, evidence=f"{whole[0].study}: {whole[0].value:g} {whole[0].unit}")


def _factors(package: PackageFacts | None, criteria: Criteria) -> GateState:
    if package is None or not package.models:
        return _red("factors", "readiness_factors_unknown", rule=package.rule if package else "—")
    limit = criteria.gate("factors").stand_ins_at_most
    whole = [(item.stand_in_share, item) for item in package.models if item.stand_in_share is not None]
    if not whole:
        first = package.models[0]
        return _red("factors", "readiness_factors_missing", study=first.study, count=first.unknown)
    share, best = min(whole, key=lambda pair: pair[0])
    if limit is not None and share > limit:
        shown = {"share": f"{100 * share:.3g}", "limit": f"{100 * limit:.3g}"}
        return _red("factors", "readiness_stand_ins", study=best.study, **shown)
    return GateState("factors", green=True, evidence=f"{best.release}: {100 * (1 - share):.3g} %")


def _stated(gate: Gate, statement: Statement | None, day: str) -> GateState:
    if statement is None:
        return _red(gate.id, "readiness_not_stated", gate=gate.id)
    if not statement.green:
        return _red(gate.id, "readiness_stated_red", gate=gate.id, reason=statement.evidence)
    if gate.months is not None and _later(statement.on, gate.months) < day:
        return _red(gate.id, "readiness_statement_old", gate=gate.id, on=statement.on, months=gate.months)
    if gate.at_least is not None and len(statement.names) < gate.at_least:
        return _red(gate.id, "readiness_too_few", gate=gate.id, count=len(statement.names), least=gate.at_least)
    return GateState(gate.id, green=True, evidence=statement.evidence)


def _later(day: str, months: int) -> str:
    """Return the ISO date ``months`` later; the 31st of a short month compares as that month's end."""
    year, month, rest = int(day[:4]), int(day[5:7]) - 1 + months, day[8:]
    return f"{year + month // 12:04d}-{month % 12 + 1:02d}-{rest}"
