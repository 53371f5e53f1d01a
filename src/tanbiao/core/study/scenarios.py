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
    cited = None if study.scenarios is None else study.scenarios.use
    if cited is None:
        return dict(study.parameters)
    place = "scenarios.use"
    quantities = scenario(cited.scenario, f"{place}.scenario")["quantities"]
    for name in cited.override:
        if name not in quantities:
            known = ", ".join(quantities)
            raise TanbiaoError.of("scenario_quantity_unknown", f"{place}.override.{name}", name=name, known=known)
    found = {}
    for name, item in quantities.items():
        if name in study.parameters:
            raise TanbiaoError.of("scenario_parameter_twice", f"parameters.{name}", name=name, scenario=cited.scenario)
        own = cited.override.get(name)
        found[name] = Parameter(amount=item["amount"] if own is None else own.amount)
    return {**found, **study.parameters}


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
