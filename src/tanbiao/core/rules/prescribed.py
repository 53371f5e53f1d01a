"""What a rule prescribes beside its checks: scenarios that a study must follow, defaults that it may use.

A study follows a scenario by naming it with its quantities (``scenarios.rule``) for its formulas; a quantity
that is not the rule's own has a reason. A row that takes a default of the rule says which (``default``), and counts as
no primary data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tanbiao.core.amounts import add
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.rules.model import Rule
from tanbiao.core.rules.parts import Default, Scenario
from tanbiao.core.study.method_parts import RuleScenario
from tanbiao.core.study.model import Study
from tanbiao.core.study.shares import PRIMARY
from tanbiao.core.units import compatible, convert, parse_value

NEAR = 1e-9
"""Relative difference up to which two quantities are one (rounding of a conversion)."""


def clause_of(rule: Rule, section: str = "scenarios") -> str:
    """Return the rule with the clause of a section, as a finding names it."""
    found = rule.sections.get(section)  # type: ignore[call-overload]
    clause = None if found is None else found.clause
    return f"{rule.reference} {clause}" if clause else rule.reference


def default_key(rule: Rule, item: Default) -> str:
    """Return by which key a row names a default: its id, else its place in the list."""
    return item.id or f"default-{rule.defaults.index(item) + 1}"


def defaults_by_key(rule: Rule) -> dict[str, Default]:
    """Return the rule's defaults by the key that rows name."""
    return {default_key(rule, item): item for item in rule.defaults}


def cited(study: Study) -> dict[str, RuleScenario]:
    """Return the scenarios of its rule that a study follows, by id."""
    return {item.scenario: item for item in (() if study.scenarios is None else study.scenarios.rule)}


def scenario_findings(rule: Rule, study: Study) -> Iterator[Finding]:
    """Yield what keeps a study from following its rule's scenarios.

    Codes: ``rule_scenario_missing`` (a mandatory one, where the study has the stage), ``rule_scenario_unknown``,
    ``rule_scenario_quantity`` (one that the scenario does not have, or lacks), ``rule_scenario_changed`` (another value
    without a reason), ``rule_scenario_unit``.
    """
    followed, known = cited(study), {item.id: item for item in rule.scenarios}
    clause = clause_of(rule)
    for item in rule.scenarios:
        if item.mandatory and item.id not in followed and getattr(study.stages, item.stage).rows:
            params = {"scenario": item.id, "zh": item.title.zh, "en": item.title.en, "clause": clause}
            quantities = "; ".join(f"{one.name} = {one.value}" for one in item.parameters)
            where = f"stages.{item.stage}"
            yield finding("rule_scenario_missing", Severity.ERROR, where, **params, quantities=quantities)
    for index, (name, own) in enumerate(followed.items()):
        where = f"scenarios.rule[{index}]"
        if name not in known:
            params = {"scenario": name, "known": ", ".join(known) or "—", "clause": clause}
            yield finding("rule_scenario_unknown", Severity.ERROR, where, **params)
        else:
            yield from _quantities(known[name], own, where, clause)


def _quantities(item: Scenario, own: RuleScenario, where: str, clause: str) -> Iterator[Finding]:
    wanted = {one.name: one.value for one in item.parameters}
    for name in sorted(set(own.parameters) ^ set(wanted)):
        params = {"scenario": item.id, "name": name, "known": ", ".join(wanted), "clause": clause}
        yield finding("rule_scenario_quantity", Severity.ERROR, f"{where}.parameters.{name}", **params)
    for name, stated in own.parameters.items():
        if name not in wanted:
            continue
        place = f"{where}.parameters.{name}"
        params = {"scenario": item.id, "name": name, "wanted": wanted[name], "stated": stated, "clause": clause}
        same = _same(wanted[name], stated, place)
        if same is None:
            yield finding("rule_scenario_unit", Severity.ERROR, place, **params)
        elif not same and own.reason is None:
            yield finding("rule_scenario_changed", Severity.ERROR, place, **params)


def _same(wanted: str, stated: str, where: str) -> bool | None:
    """Whether two quantities are one; None where the study's can't be compared with the rule's.

    Words of the rule that are no quantity (``2 % a year``) are compared as they stand.
    """
    if wanted == stated:
        return True
    try:
        first, unit = parse_value(wanted, where)
    except TanbiaoError:
        return False
    try:
        second, other = parse_value(stated, where)
    except TanbiaoError:
        return None
    if not compatible(unit, other):
        return None
    return abs(convert(second, other, unit) - first) <= NEAR * abs(first)


def under_rule(rule: Rule, study: Study) -> Study | None:
    """Return the study with the rule's own values in every scenario that it changes; None where it changes none."""
    if study.scenarios is None:
        return None
    own = {item.id: {one.name: one.value for one in item.parameters} for item in rule.scenarios}
    made = []
    for item in study.scenarios.rule:
        values = {name: own.get(item.scenario, {}).get(name, stated) for name, stated in item.parameters.items()}
        made.append(item.model_copy(update={"parameters": values}))
    if tuple(made) == study.scenarios.rule:
        return None
    return study.model_copy(update={"scenarios": study.scenarios.model_copy(update={"rule": tuple(made)})})


def scenario_table(rule: Rule, study: Study, total: float, priced: Callable[[Study], float]) -> dict[str, Any] | None:
    """Return the rule's scenarios with what the study takes, and the total under the rule's own values.

    Parameters
    ----------
    total
        The study's own total, kg CO2e per declared unit.
    priced
        Gives the total of a study; asked only where the study changes a quantity of the rule.

    Returns
    -------
    None where the rule has no scenario.
    """
    if not rule.scenarios:
        return None
    followed, other = cited(study), under_rule(rule, study)
    return {
        "clause": clause_of(rule),
        "items": [_line(item, followed.get(item.id), study) for item in rule.scenarios],
        "as_stated": total,
        "under_rule": total if other is None else priced(other),
    }


def _line(item: Scenario, own: RuleScenario | None, study: Study) -> dict[str, Any]:
    stated: Mapping[str, str] = {} if own is None else own.parameters
    return {
        "scenario": item.id,
        "stage": item.stage,
        "title": item.title.model_dump(),
        "mandatory": item.mandatory,
        "applies": bool(getattr(study.stages, item.stage).rows),
        "followed": own is not None,
        "reason": None if own is None else own.reason,
        "parameters": [
            {
                "name": one.name,
                "title": None if one.title is None else one.title.model_dump(),
                "rule": one.value,
                "used": stated.get(one.name),
                "source": one.source,
            }
            for one in item.parameters
        ],
    }


def default_findings(rule: Rule, study: Study) -> Iterator[Finding]:
    """Yield what is wrong with the defaults that rows take.

    Codes: ``rule_default_unknown``; ``rule_default_primary``: a default is told as primary data.
    """
    known, clause = defaults_by_key(rule), clause_of(rule)
    for where, row in study.rows():
        if row.default is None:
            continue
        if row.default not in known:
            params = {"default": row.default, "known": ", ".join(known) or "—", "clause": clause}
            yield finding("rule_default_unknown", Severity.ERROR, f"{where}.default", **params)
        elif row.data is not None and row.data.kind in PRIMARY:
            params = {"default": row.default, "kind": row.data.kind, "clause": clause}
            yield finding("rule_default_primary", Severity.ERROR, f"{where}.data.kind", **params)


def defaults_used(rule: Rule, study: Study, quality: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rule's defaults that rows take: value, source, rows, and their share of |emission| (0 to 1)."""
    weights = {line["row"]: float(line["weight"]) for line in quality["rows"]}
    rows: dict[str, list[str]] = {}
    for _, row in study.rows():
        if row.default is not None:
            rows.setdefault(row.default, []).append(row.id)
    return [
        {
            "default": key,
            "title": item.title.model_dump() if item.title else {"zh": item.for_, "en": item.for_},
            "value": item.value,
            "source": item.source,
            "rows": rows[key],
            "share": add(0.0, *(weights.get(one, 0.0) for one in rows[key])),
        }
        for key, item in defaults_by_key(rule).items()
        if key in rows
    ]
