"""The EPD extensions of ILCD (2013, 2019, 2024): results by module of EN 15804, scenarios.

What is not declared is not zero: a module without a number has no entry, whatever else is written there (``MND``,
``ND``, a dash, nothing).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from xml.etree.ElementTree import Element

from tanbiao.core.dataset.inventory import ModuleResult
from tanbiao.formats.ilcd_tree import Reference, attribute, chosen, content, words
from tanbiao.formats.reading import Log, lenient_number

_UNDECLARED: Final = frozenset(("", "-", "--", "–", "—", "mnd", "nd", "mna", "mnr", "ina", "na", "n/a", "not declared"))
_MODULE: Final = re.compile(r"(?:A[0-5]|B[1-8]|C[1-4]|D[1-3]?|[ABC])(?:-(?:A[0-5]|B[1-8]|C[1-4]))?")
_SINGLES: Final = ("A0", "A1", "A2", "A3", "A4", "A5", "B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "C1", "C2")
_ORDER: Final = (*_SINGLES, "C3", "C4", "D", "D1", "D2", "D3")
"""Modules in the order of EN 15804+A2, figure 1, with those of ISO 21931 and prEN 17672 that files use."""


def module_results(element: Element, indicator: Reference, log: Log, where: str) -> tuple[ModuleResult, ...]:
    """Return the results by module that an exchange or an LCIA result carries, none where it carries no module."""
    other = element.find("other")
    if other is None:
        return ()
    unit = chosen(words(other.find("referenceToUnitGroupDataSet"), "shortDescription"))
    made = []
    for one in other.findall("amount"):
        module = re.sub(r"\s+", "", attribute(one, "module")).replace("–", "-").upper()
        if not module:
            log.warn("epd_module_missing", where, indicator=indicator.name)
            continue
        if not _MODULE.fullmatch(module):
            log.warn("epd_module_unknown", where, module=module)
        text = content(one)
        if text.lower() in _UNDECLARED:
            continue
        value = lenient_number(text, log, where, f"{indicator.name} {module}".strip())
        if value is not None:
            scenario = attribute(one, "scenario")
            made.append(ModuleResult(indicator.name, module, value, unit, scenario, indicator.id))
    if made and not unit:
        log.warn("epd_unit_missing", where, indicator=indicator.name)
    return tuple(made)


def _covered(module: str) -> tuple[str, ...]:
    """Return the single modules that ``A1-A3`` or ``C`` stands for."""
    start, _, end = module.partition("-")
    if end and start in _ORDER and end in _ORDER:
        return _ORDER[_ORDER.index(start) : _ORDER.index(end) + 1]
    if module in ("A", "B", "C"):
        return tuple(one for one in _ORDER if one.startswith(module))
    return (module,)


def declared(results: Iterable[ModuleResult], log: Log, where: str) -> tuple[str, ...]:
    """Return the declared modules in the order of EN 15804.

    A module declared by itself and within a sum (A1 beside A1-A3) would count twice: a finding. So is an indicator that
    leaves out modules which others give.
    """
    modules: dict[str, set[str]] = {}
    for one in results:
        modules.setdefault(one.module, set()).add(one.indicator_id or one.indicator)
    indicators = set().union(*modules.values()) if modules else set()
    for module, having in modules.items():
        if len(having) < len(indicators):
            log.info("epd_indicators_missing", where, module=module, count=len(indicators) - len(having))
        inside = [other for other in modules if other != module and set(_covered(other)) < set(_covered(module))]
        if inside:
            log.warn("epd_modules_overlap", where, module=module, others=", ".join(sorted(inside)))

    def rank(module: str) -> tuple[int, int, str]:
        covered = _covered(module)
        first = _ORDER.index(covered[0]) if covered and covered[0] in _ORDER else len(_ORDER)
        return first, -len(covered), module

    return tuple(sorted(modules, key=rank))


def scenarios(root: Element) -> dict[str, str]:
    """Return the scenarios that an EPD describes, as documentation: ``scenario NAME`` → group, default, description."""
    found = {}
    for one in root.findall("processInformation/dataSetInformation/other/scenarios/scenario"):
        parts = [f"group: {attribute(one, 'group')}" if attribute(one, "group") else ""]
        parts += ["default" if attribute(one, "default").lower() == "true" else ""]
        parts += words(one, "description").values()
        found[f"scenario {attribute(one, 'name')}"] = "; ".join(part for part in parts if part)
    return found
