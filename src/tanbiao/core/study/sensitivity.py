"""What the result would be under the other choices that a reader may contest: electricity, allocation, end of life, GWP
set, what was cut off, uptake.

Every alternative is the same study calculated again with one choice changed, without samples. A choice that the study
does not make (no co-products, no electricity) is listed as such, so that nothing is left out silently.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from tanbiao.core.amounts import add
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding, to_json
from tanbiao.core.gases import GWP_SETS
from tanbiao.core.rules.model import Rule
from tanbiao.core.study.background import Background
from tanbiao.core.study.calculation import Settings, account
from tanbiao.core.study.circular import FIXED_A
from tanbiao.core.study.credits import ALL, apart
from tanbiao.core.study.material_parts import CreditKind
from tanbiao.core.study.model import Study
from tanbiao.core.study.parameter_sets import parameter_sets
from tanbiao.core.study.recycling_choice import with_recycling, without_a

CHOICES: Final = ("electricity", "allocation", "end_of_life", "credits", "gwp", "cut_off", "biogenic")
SAME: Final = 1e-12
"""Relative difference below which two sums of the same parts in another order are one figure."""
RECYCLING: Final = ("cff", "cut_off", "fifty_fifty", "closed_loop")
SET_OF_A: Final = "eu_battery"
"""The parameter set whose A stands in for one that neither the study nor its rule states."""

_BY_RULE: Final = ("circular_a_of_rule", "circular_value_of_rule")
"""What a row takes from its rule because it states none itself."""
Alternative = dict[str, Any]


def sensitivity(
    study: Study, release: Background, rule: Rule | None, result: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the choices in a fixed order, each with its alternatives.

    Parameters
    ----------
    result
        The result document of the study under the release and rule.

    Returns
    -------
    list
        ``choice``, ``used`` (what the study or its rule chose), ``alternatives``: ``id``, ``of`` (process, where the
        choice is one process's), ``value`` and ``change`` in kg CO2e per declared unit, ``relative`` to the known total
        (null where that is 0), ``lower_bound`` (something has no bound), ``notes`` (findings as JSON: what was
        assumed for it), ``why`` (a finding as JSON) where no number comes out; then ``value`` is null. Where recycling
        has credits beside the total, its alternatives and the choice itself have ``credits``: ``apart`` (their sum),
        ``with`` (value and credits together), its ``change`` and ``relative``, and ``complete`` (none of them is
        unknown); null elsewhere.
    """
    table = _Table(study, release, rule, result)
    makers: Mapping[str, Callable[[], tuple[str | None, list[Alternative]]]] = {
        "electricity": table.electricity,
        "allocation": table.allocation,
        "end_of_life": table.end_of_life,
        "credits": table.credits,
        "gwp": table.gwp,
        "cut_off": table.cut_off,
        "biogenic": table.biogenic,
    }
    body = []
    for choice in CHOICES:
        used, found = makers[choice]()
        told = table.beside(found) if choice == "end_of_life" and used else None
        body.append({"choice": choice, "used": used, "credits": told, "alternatives": found})
    return body


def largest(table: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the choice whose alternatives move the total most, with that alternative; None where none moves it."""
    moved = [
        (abs(item["change"]), row["choice"], item)
        for row in table
        for item in row["alternatives"]
        if item["value"] is not None and item["change"]
    ]
    if not moved:
        return None
    _, choice, item = max(moved, key=lambda entry: entry[0])
    return {"choice": choice, **item}


class _Table:
    """The study, and what is needed to calculate it again."""

    def __init__(self, study: Study, release: Background, rule: Rule | None, result: Mapping[str, Any]) -> None:
        self.study, self.release, self.rule = study, release, rule
        self.settings = Settings.of(rule)
        self.result, self.known = result, float(result["total"]["value"])

    def _line(self, key: str, value: float, *, of: str | None = None, lower_bound: bool = False) -> Alternative:
        change = add(value, -self.known)
        if abs(change) <= SAME * abs(self.known):
            value, change = self.known, 0.0
        relative = change / self.known if self.known else None
        return {
            "id": key,
            "of": of,
            "value": value,
            "change": change,
            "relative": relative,
            "lower_bound": lower_bound,
            "credits": None,
            "notes": [],
            "why": None,
        }

    def _again(self, key: str, study: Study, settings: Settings | None = None, *, beside: bool = False) -> Alternative:
        """Return the alternative calculated again, with the credits beside it where they are asked for.

        Where no number comes out, ``why`` says so.
        """
        used = settings or self.settings
        try:
            resolver, ledger, counted = account(study, self.release, used)
        except TanbiaoError as error:
            nothing = {"value": None, "change": None, "relative": None, "lower_bound": False, "credits": None}
            return {"id": key, "of": None, **nothing, "notes": [], "why": to_json(error.findings[0])}
        line = self._line(key, add(0.0, *(item.value for item in counted)))
        if beside:
            saved = apart(ledger, used.credits_counted)
            line["credits"] = self._with(line["value"], saved, not ledger.credit_absences)
        line["notes"] = [to_json(item) for item in resolver.findings if item.code in _BY_RULE]
        return line

    def _with(self, value: float, beside: float, complete: bool) -> dict[str, Any]:
        """Return a total together with the credits that stand beside it, and how far that is from the study's own."""
        own = add(self.known, self._own_apart())
        whole = add(value, beside)
        change = add(whole, -own)
        if abs(change) <= SAME * abs(own):
            whole, change = own, 0.0
        relative = change / own if own else None
        return {"apart": beside, "with": whole, "change": change, "relative": relative, "complete": complete}

    def _own_apart(self) -> float:
        told = self.result.get("credits") or {"value": 0.0, "in_total": 0.0}
        return add(float(told["value"]), -float(told["in_total"]))

    def electricity(self) -> tuple[str | None, list[Alternative]]:
        """All claims that are shown, and the grid's average for all of it."""
        told = self.result.get("electricity")
        if not told:
            return None, []
        return told["headline"], [self._line(key, float(told[f"{key}_based"])) for key in ("market", "location")]

    def allocation(self) -> tuple[str | None, list[Alternative]]:
        """Each process with several products under every other method that the study's own figures allow."""
        told = self.result.get("allocations") or ()
        used = ", ".join(f"{row['process']}: {row['by']}" for row in told) or None
        lines = [
            self._line(item["by"], float(item["total"]), of=row["process"])
            for row in told
            for item in row["alternatives"]
        ]
        return used, lines

    def end_of_life(self) -> tuple[str | None, list[Alternative]]:
        """All recycled materials by each other method of sharing between the lives."""
        used = list(dict.fromkeys(row.circular.method for _, row in self.study.rows() if row.circular is not None))
        if not used:
            return None, []
        return ", ".join(used), [self._recycled(method) for method in RECYCLING if used != [method]]

    def _recycled(self, method: str) -> Alternative:
        """Return the study with all recycled materials under one method; for the formula an A that none states."""
        if method in FIXED_A:
            return self._again(method, with_recycling(self.study, method), beside=True)
        table = self.settings.terms.recycling_a
        fixed = "A" in dict(self.settings.terms.recycling_values)
        lacking = () if fixed else without_a(self.study, table)
        a, said = self._assumed_a(lacking) if lacking else (None, None)
        line = self._again(method, with_recycling(self.study, method, a, table=table), beside=True)
        return line if said is None else {**line, "notes": [*line["notes"], to_json(said)]}

    def _assumed_a(self, rows: tuple[str, ...]) -> tuple[str, Finding]:
        """Return A for rows that state none and whose rule fixes none, and what says whose it is."""
        named = parameter_sets()[SET_OF_A]
        value = str(named.steps["recycling"]["A"])
        why = named.why["recycling"]
        words = {"set_zh": named.name["zh"], "set_en": named.name["en"], "why_zh": why["zh"], "why_en": why["en"]}
        return value, self._said("choice_a_of_set", rows, value=value, source=named.source, **words)

    @staticmethod
    def _said(code: str, rows: tuple[str, ...], **params: str) -> Finding:
        """Return the note that A is assumed, at the first of the rows."""
        return finding(code, Severity.INFO, rows[0], count=len(rows), **params)

    def beside(self, found: list[Alternative]) -> dict[str, Any] | None:
        """Return the study's own total with its credits; takes them off the alternatives where none stands apart."""
        told = [item["credits"] for item in found if item["credits"] is not None]
        if not self._own_apart() and not any(item["apart"] for item in told):
            for item in found:
                item["credits"] = None
            return None
        absences = (self.result.get("credits") or {}).get("absences")
        return self._with(self.known, self._own_apart(), not absences)

    def credits(self) -> tuple[str | None, list[Alternative]]:
        """What is avoided elsewhere, in the total or apart from it."""
        if not (self.result.get("credits") or {}).get("rows"):
            return None, []
        inside = self.settings.credits_counted
        ways = {"apart": frozenset[CreditKind](), "in_total": ALL}
        used = next((key for key, kinds in ways.items() if kinds == inside), ", ".join(sorted(inside)))
        others = [(key, replace(self.settings, credits_counted=ways[key])) for key in ways if key != used]
        return used, [self._again(key, self.study, changed) for key, changed in others]

    def gwp(self) -> tuple[str | None, list[Alternative]]:
        """The other GWP sets; a factor whose gases are not known keeps its published figure."""
        others = [name for name in GWP_SETS if name != self.study.gwp]
        lines = [self._again(name, self.study.model_copy(update={"gwp": name})) for name in others]
        return self.study.gwp, lines

    def cut_off(self) -> tuple[str | None, list[Alternative]]:
        """Everything cut off at its bound: by emission where that is known, else by mass at the product's average."""
        rows = [row for row in (self.result.get("exclusions") or {}).get("rows", ()) if row["counted"]]
        if not rows:
            return None, []
        shares = [
            row["shares"]["emissions"] if row["shares"]["emissions"] is not None else row["shares"]["mass"]
            for row in rows
        ]
        hidden = add(0.0, *(share * abs(self.known) for share in shares if share is not None))
        line = self._line("at_bounds", add(self.known, hidden), lower_bound=any(share is None for share in shares))
        return "left_out", [line]

    def biogenic(self) -> tuple[str | None, list[Alternative]]:
        """Biogenic uptake not counted."""
        without = float(self.result["total"]["excluding_uptake"])
        return ("counted", [self._line("without_uptake", without)]) if without != self.known else (None, [])
