"""Changes of a worked example that hold what a rule prescribes: scenarios are followed or left out, defaults are taken.

A value of a scenario is held by a study that follows it to the letter: under another value it would need a reason. A
value of a default is held by a row that takes it, because the result states it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tanbiao.core.rules.parts import Scenario
from tanbiao.core.rules.prescribed import defaults_by_key
from tanbiao.core.rules.probe_ground import KIND, Ground, Probe, filled, whole
from tanbiao.core.study.scenarios import is_quantity, parameter_name

SECONDARY = {**KIND, "kind": "secondary"}


def scenarios(ground: Ground, element: str) -> Iterator[Probe]:
    """Yield studies that follow the rule's scenarios to the letter, all, then this one, and that leave this one out."""
    name = element.split(".")[1]
    item = next(one for one in ground.rule.scenarios if one.id == name)
    if element not in (f"scenarios.{name}.mandatory", f"scenarios.{name}.stage"):
        for followed in (ground.rule.scenarios, (item,)):
            yield _following(ground, followed)
    for base in (filled(ground, item.stage), whole(ground)):
        yield base + _without(ground, item)


def _cited(ground: Ground) -> list[dict[str, Any]]:
    return list((ground.document.get("scenarios") or {}).get("rule", ()))


def _scenarios(ground: Ground, rule: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {**(ground.document.get("scenarios") or {}), "rule": list(rule)}


def _following(ground: Ground, items: Sequence[Scenario]) -> Probe:
    """Follow scenarios with the rule's own values; a parameter of the study that has the name of one gives way."""
    names = {item.id for item in items}
    made = [one for one in _cited(ground) if one["scenario"] not in names]
    made += [{"scenario": item.id, "parameters": {one.name: one.value for one in item.parameters}} for item in items]
    taken = {parameter_name(item.id, one.name) for item in items for one in item.parameters}
    own = taken & set(ground.document.get("parameters") or {})
    return Probe(tuple(f"parameters.{name}" for name in sorted(own)), {"scenarios": _scenarios(ground, made)})


def _without(ground: Ground, item: Scenario) -> Probe:
    """Follow all but one; its values are parameters of the study's own, so that formulas still find them."""
    cited = _cited(ground)
    left = [one for one in cited if one["scenario"] != item.id]
    if len(left) == len(cited):
        return Probe()
    stated = next(one["parameters"] for one in cited if one["scenario"] == item.id)
    own = {parameter_name(item.id, name): {"amount": value} for name, value in stated.items() if is_quantity(value)}
    parameters = {**(ground.document.get("parameters") or {}), **own}
    return Probe(set={"scenarios": _scenarios(ground, left), "parameters": parameters})


def defaults(ground: Ground, _element: str) -> Iterator[Probe]:
    """Yield a study of which one row each takes a default of the rule."""
    rows = [
        {"id": f"probe-{number}", "amount": "1 g", "gas": "CO2 fossil", "data": SECONDARY, "default": key}
        for number, key in enumerate(defaults_by_key(ground.rule), 1)
    ]
    yield Probe(add={f"stages.{ground.home()}": rows})
