"""Use-stage scenarios as data: a study cites one, and its quantities become parameters of the study.

A scenario (``data/study/use_scenarios.json``) states lifetime, duty cycle and energy with a source. Its quantities
carry the prefix ``use_`` and stand in formulas like any parameter; a study may put its own value in a quantity's place
and says why. Both values are shown in the result.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.study.model import Parameter, Study
from tanbiao.core.units import parse_value


@lru_cache(maxsize=1)
def use_scenarios() -> Mapping[str, Any]:
    """Return the scenarios by ``id@version``."""
    text = resources.files("tanbiao.data.study").joinpath("use_scenarios.json").read_text(encoding="utf-8")
    loaded: Mapping[str, Any] = json.loads(text)["scenarios"]
    return loaded


def scenario(reference: str, where: str = "") -> Mapping[str, Any]:
    """Return a scenario.

    Raises
    ------
    TanbiaoError
        ``scenario_unknown``
    """
    known = use_scenarios()
    if reference not in known:
        raise TanbiaoError.of("scenario_unknown", where, scenario=reference, known=", ".join(known))
    found: Mapping[str, Any] = known[reference]
    return found


def parameters(study: Study) -> dict[str, Parameter]:
    """Return the study's parameters with those of the scenario that it cites.

    Raises
    ------
    TanbiaoError
        ``scenario_unknown``; ``scenario_quantity_unknown`` for an override of nothing; ``scenario_parameter_twice``
        where the study has a parameter of the same name.
    """
    own = {**_of_rule(study), **study.parameters}
    cited = None if study.scenarios is None else study.scenarios.use
    if cited is None:
        return own
    place = "scenarios.use"
    quantities = scenario(cited.scenario, f"{place}.scenario")["quantities"]
    for name in cited.override:
        if name not in quantities:
            known = ", ".join(quantities)
            raise TanbiaoError.of("scenario_quantity_unknown", f"{place}.override.{name}", name=name, known=known)
    found = {}
    for name, item in quantities.items():
        if name in own:
            raise TanbiaoError.of("scenario_parameter_twice", f"parameters.{name}", name=name, scenario=cited.scenario)
        stated = cited.override.get(name)
        found[name] = Parameter(amount=item["amount"] if stated is None else stated.amount)
    return {**found, **own}


def parameter_name(scenario_id: str, quantity: str) -> str:
    """Return under which name formulas have a quantity of a rule's scenario: ``running_hours``."""
    name = f"{scenario_id}_{quantity}".replace("-", "_")[:64]
    return name if name[0].isalpha() else f"s_{name}"[:64]


def _of_rule(study: Study) -> dict[str, Parameter]:
    """Return the quantities of the rule's scenarios that a study follows, as parameters; words are none of them."""
    found: dict[str, Parameter] = {}
    for cited in () if study.scenarios is None else study.scenarios.rule:
        for quantity, amount in cited.parameters.items():
            if not is_quantity(amount):
                continue
            name = parameter_name(cited.scenario, quantity)
            if name in study.parameters or name in found:
                raise TanbiaoError.of(
                    "scenario_parameter_twice", f"parameters.{name}", name=name, scenario=cited.scenario
                )
            found[name] = Parameter(amount=amount)
    return found


def is_quantity(amount: str) -> bool:
    """Whether the value of a scenario is one that formulas can have; words (``2 % a year``) are none."""
    try:
        parse_value(amount, "")
    except TanbiaoError:
        return False
    return True


def scenario_table(study: Study) -> list[dict[str, Any]]:
    """Return the quantities of the scenario that a study cites: the published value, the study's own, its reason."""
    cited = None if study.scenarios is None else study.scenarios.use
    if cited is None:
        return []
    item = scenario(cited.scenario)
    body = []
    for name, quantity in item["quantities"].items():
        own = cited.override.get(name)
        body.append(
            {
                "stage": "use",
                "scenario": cited.scenario,
                "standing": item["standing"],
                "source": item["source"] if own is None or own.source is None else own.source,
                "name": name,
                "what": {"zh": quantity["zh"], "en": quantity["en"]},
                "published": quantity["amount"],
                "used": quantity["amount"] if own is None else own.amount,
                "reason": None if own is None else own.reason,
            }
        )
    return body
