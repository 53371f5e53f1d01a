"""A verdict and the steps that led to it, in words for people and codes for programs."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Literal

from tanbiao.core.findings import Finding, Lang, Severity, render
from tanbiao.evidence.certified import AnyClaims

VerdictWord = Literal["valid", "valid_but", "invalid", "unknown"]
StepId = Literal[
    "document", "issuer", "accreditation", "signature", "claims", "validity", "status", "value", "log", "witness",
    "label", "bundle", "twin",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One check: ``ok`` is True (passed), False (failed) or None (could not be made, or was not asked for)."""

    id: StepId
    ok: bool | None
    code: str
    params: Mapping[str, str | int | float] = field(default_factory=lambda: MappingProxyType({}))

    def message(self, lang: Lang) -> str:
        """Return the sentence for the reader."""
        return render(Finding(self.code, Severity.INFO, "", self.params), lang)["message"]

    def as_json(self, lang: Lang = "en") -> dict[str, Any]:
        """Return ``{id, ok, code, params, message}``."""
        return {
            "id": self.id,
            "ok": self.ok,
            "code": self.code,
            "params": dict(self.params),
            "message": self.message(lang),
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came out. ``claims`` are shown to people only together with the verdict; None if they could not be read."""

    verdict: VerdictWord
    steps: tuple[Step, ...]
    demo: bool = False
    status_as_of: str | None = None
    claims: AnyClaims | None = None

    @property
    def code(self) -> str:
        """The message code of the headline: a demonstration says so in the verdict itself."""
        shown = self.demo and self.verdict in ("valid", "valid_but")
        return f"verdict_{self.verdict}_demo" if shown else f"verdict_{self.verdict}"

    def headline(self, lang: Lang) -> str:
        """Return the verdict in words."""
        return render(Finding(self.code, Severity.INFO), lang)["message"]

    def step(self, id: StepId) -> Step:
        """Return a step by id.

        Raises
        ------
        KeyError
            The verdict has no such step.
        """
        for step in self.steps:
            if step.id == id:
                return step
        raise KeyError(id)

    def as_json(self, lang: Lang = "en") -> dict[str, Any]:
        """Return the JSON document that ``tanbiao verify --json`` prints."""
        return {
            "verdict": self.verdict,
            "headline": self.headline(lang),
            "demonstration": self.demo,
            "status_as_of": self.status_as_of,
            "number": None if self.claims is None else self.claims.number,
            "steps": [step.as_json(lang) for step in self.steps],
        }


def conclude(steps: Sequence[Step], *, demo: bool, status_as_of: str | None, claims: AnyClaims | None) -> Verdict:
    """Draw the verdict from the steps.

    A failed step makes it invalid. Then, a signature that nobody at hand can vouch for makes it unknown; a status that
    could not be seen fresh, or a log proof that fewer witnesses co-signed than are asked for, makes it "valid, but";
    and only otherwise it is valid.
    """
    by_id = {step.id: step.ok for step in steps}
    word: VerdictWord
    if any(step.ok is False for step in steps):
        word = "invalid"
    elif not by_id.get("signature") or not by_id.get("issuer") or not by_id.get("claims"):
        word = "unknown"
    elif not by_id.get("status") or not by_id.get("validity") or not by_id.get("witness", True):
        word = "valid_but"
    else:
        word = "valid"
    return Verdict(word, tuple(steps), demo, status_as_of, claims)


def figure_step(certified: Decimal, text: str, unit: str, typed: str | None) -> Step:
    """Compare the figure on the pack with the certified one, as numbers: 61.30 and ６１．３ are the figure 61.3."""
    if typed is None:
        return Step("value", None, "step_value_not_asked")
    try:
        number = Decimal(unicodedata.normalize("NFKC", typed).strip())
    except InvalidOperation:
        return Step("value", None, "step_value_unreadable", {"typed": typed[:40]})
    same = number.is_finite() and number == certified
    code = "step_value_ok" if same else "step_value_differs"
    return Step("value", same, code, {"typed": typed[:40], "certified": text, "unit": unit})
