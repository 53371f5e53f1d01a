"""Which elements of a rule its worked examples hold in place: each is changed, and an example must break.

An element whose every variant leaves all examples as they were *survives*: the kit would not notice if somebody got it
wrong. A variant that is no rule any more (units that no longer agree) was caught before any example.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.rules.kit import FindRelease, Prepared, Tried, prepare, try_one
from tanbiao.core.rules.load import parse_rule
from tanbiao.core.rules.model import Rule
from tanbiao.core.rules.mutations import Mutant, mutants
from tanbiao.core.study.background import Background


@dataclass(frozen=True, slots=True)
class Trial:
    """One variant, tried; ``broke`` names the example that noticed, ``refused`` that it is no rule."""

    element: str
    before: str
    after: str
    broke: str = ""
    refused: bool = False

    @property
    def caught(self) -> bool:
        """Whether an example noticed, or the variant could not even be read."""
        return bool(self.broke) or self.refused


@dataclass(frozen=True, slots=True)
class Report:
    """What became of every variant of a rule."""

    rule: str
    trials: tuple[Trial, ...]

    @property
    def elements(self) -> tuple[str, ...]:
        """Every element that was changed, in the order of the document."""
        return tuple(dict.fromkeys(item.element for item in self.trials))

    @property
    def survivors(self) -> tuple[str, ...]:
        """Elements of which no variant broke an example."""
        held = {item.element for item in self.trials if item.caught}
        return tuple(name for name in self.elements if name not in held)

    def findings(self) -> list[Finding]:
        """Return one warning that counts and names the elements that survive; none where every element is held."""
        if not self.survivors:
            return []
        count, of = len(self.survivors), len(self.elements)
        names = ", ".join(self.survivors)
        return [finding("rule_elements_unheld", Severity.WARNING, "examples", count=count, of=of, elements=names)]

    def variants(self, element: str) -> str:
        """Return the variants of an element in words: ``0.01 → 0.005; 0.01 → 0.02``."""
        return "; ".join(f"{item.before} → {item.after}" for item in self.trials if item.element == element)

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "rule": self.rule,
            "elements": len(self.elements),
            "held": len(self.elements) - len(self.survivors),
            "survivors": list(self.survivors),
            "variants": [
                {
                    "element": item.element,
                    "before": item.before,
                    "after": item.after,
                    "broke": item.broke or None,
                    "refused": item.refused,
                }
                for item in self.trials
            ],
        }


def mutation_report(rule: Rule, find_release: FindRelease, folder: Path | None = None) -> Report:
    """Change every element of a rule and try its examples on each variant.

    Raises
    ------
    TanbiaoError
        ``rule_example_failed``: an example fails on the rule as it is, so that nothing could be told.
    """
    opened: dict[str, Background] = {}

    def find(name: str) -> Background:
        if name not in opened:
            opened[name] = find_release(name)
        return opened[name]

    prepared = prepare(rule, folder)
    failed = [item for item in (try_one(rule, one, find) for one in prepared) if not item.passed]
    if failed:
        raise TanbiaoError(*(item.finding() for item in failed))
    return Report(rule.reference, tuple(_try(item, prepared, find) for item in mutants(rule)))


def _try(mutant: Mutant, prepared: Sequence[Prepared], find_release: FindRelease) -> Trial:
    before, after = mutant.before, mutant.after
    try:
        changed = parse_rule(mutant.document)
    except TanbiaoError:
        return Trial(mutant.element, before, after, refused=True)
    noticed = next((item for item in _tries(changed, prepared, find_release) if not item.passed), None)
    return Trial(mutant.element, before, after, "" if noticed is None else noticed.example)


def _tries(rule: Rule, prepared: Sequence[Prepared], find_release: FindRelease) -> Iterable[Tried]:
    """Try the examples one by one, so that the first that breaks ends it."""
    for item in prepared:
        yield try_one(rule, item, find_release)
