"""A result: one JSON document with the version of record of everything it rests on, and its findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from tanbiao.core.amounts import Absence, Tally, amount_from_json
from tanbiao.core.canonical import content_hash, decimal12
from tanbiao.core.findings import Finding, Lang, blocking, render, to_json

FORMAT = "result/1"


def _decimals(value: Any) -> Any:
    if isinstance(value, float):
        return decimal12(value)
    if isinstance(value, Mapping):
        return {key: _decimals(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_decimals(item) for item in value]
    return value


@dataclass(frozen=True)
class Result:
    """What a calculation gave.

    ``document`` holds every key of the result document but ``findings``; its numbers are float64 in kg CO2e per
    declared unit where nothing else is said. ``findings`` are kept as codes and parameters, so that the same result is
    shown in either language.
    """

    document: Mapping[str, Any]
    findings: tuple[Finding, ...]

    def as_json(self, lang: Lang = "zh") -> dict[str, Any]:
        """Return the result document with its findings in the reader's language."""
        return {**self.document, "findings": [render(item, lang) for item in self.findings]}

    def canonical(self) -> dict[str, Any]:
        """Return the canonical result: numbers as decimal strings of 12 significant digits, findings as codes."""
        findings = [to_json(item) for item in self.findings]
        body: dict[str, Any] = _decimals({**self.document, "findings": findings})
        return body

    @cached_property
    def hash(self) -> str:
        """Return the content hash of the canonical result."""
        return content_hash(self.canonical())

    @property
    def value(self) -> float:
        """The known total, kg CO2e per declared unit; the nominal figure, not a mean or median."""
        return float(self.document["total"]["value"])

    @property
    def total(self) -> Tally:
        """The total with its absences."""
        absences = [amount_from_json(item) for item in self.document["total"]["absences"]]
        return Tally(self.value, tuple(item for item in absences if isinstance(item, Absence)))

    @property
    def blocks(self) -> bool:
        """Whether a finding is an error or blocking."""
        return blocking(self.findings)

    def with_findings(self, *more: Finding) -> Result:
        """Return the result with further findings."""
        return replace(self, findings=(*self.findings, *more))
