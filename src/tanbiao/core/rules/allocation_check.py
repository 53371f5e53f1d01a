"""Whether a study allocates as its rule says: the methods allowed, and the one required of a co-product."""

from __future__ import annotations

from collections.abc import Iterator

from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.rules.model import Rule
from tanbiao.core.study.circular import FIXED_BY_RULE
from tanbiao.core.study.circular_price import a_of
from tanbiao.core.study.material_parts import Circular
from tanbiao.core.study.model import Process, Study
from tanbiao.core.units import parse_amount, parse_number

PHYSICAL = ("mass", "energy", "efficiency", "physical")
"""What a rule that allows a physical relation allows."""


def allowed(by: str, wanted: tuple[str, ...]) -> bool:
    """Whether a method is one of those that a rule names; ``physical`` names every physical relation."""
    return by in wanted or ("physical" in wanted and by in PHYSICAL)


def allocation_findings(rule: Rule, study: Study) -> Iterator[Finding]:
    """Yield where a process shares its burden otherwise than the rule allows, product by product."""
    single = {item.product: item for item in rule.allocation.per_co_product}
    for process_id, process in sorted(study.processes.items()):
        allocation = process.allocation
        if allocation is None or isinstance(process.gives, str) or len(process.gives) < 2:
            continue
        place = f"processes.{process_id}.allocation"
        methods = dict(_methods(process))
        free = sorted({by for product, by in methods.items() if product not in single})
        for by in free:
            if not allowed(by, rule.allocation.co_products):
                params = {"by": by, "allowed": ", ".join(rule.allocation.co_products)}
                yield finding("rule_allocation_differs", Severity.ERROR, place, **params)
        for product, by in methods.items():
            wanted = single.get(product)
            if wanted is not None and not allowed(by, (wanted.by,)):
                told = {"product": product, "by": by, "wanted": wanted.by, "basis": wanted.basis or "—"}
                yield finding("rule_co_product_differs", Severity.ERROR, place, **told)


def _methods(process: Process) -> Iterator[tuple[str, str]]:
    """Yield (product, method); the product that is left where all others are expanded needs none of its own."""
    allocation = process.allocation
    assert allocation is not None
    assert not isinstance(process.gives, str)
    for item in process.gives:
        if item.product in allocation.expanded:
            yield item.product, "system_expansion"
        else:
            yield item.product, allocation.by


def recycling_values(rule: Rule, study: Study) -> Iterator[Finding]:
    """Yield where a recycled material states another value than the rule fixes for the recycling method."""
    known = FIXED_BY_RULE
    fixed = {known[item.name]: item for item in rule.allocation.recycling_parameters if item.name in known}
    for where, row in study.rows():
        if row.circular is None:
            continue
        yield from _by_material(rule, row.circular, where)
        for name, item in fixed.items():
            stated = getattr(row.circular, name)
            if stated is None or stated.startswith("="):
                continue
            if abs(_number(stated) - _number(item.value)) > 1e-9:
                params = {"name": name, "stated": stated, "wanted": item.value}
                yield finding("rule_recycling_value_differs", Severity.ERROR, f"{where}.circular.{name}", **params)


def _by_material(rule: Rule, stated: Circular, where: str) -> Iterator[Finding]:
    """Yield where a row does not say which material of the rule's table it is, or states another A than the table."""
    table = rule.allocation.recycling_materials
    if not table or stated.method != "cff":
        return
    if stated.material is None:
        names = ", ".join(item.name for item in table)
        yield finding("rule_recycling_material_unsaid", Severity.ERROR, f"{where}.circular.material", known=names)
        return
    wanted = a_of(stated.material, ((item.name, item.value) for item in table))
    if wanted is None:
        params = {"material": stated.material, "known": ", ".join(item.name for item in table)}
        yield finding("rule_recycling_material_unknown", Severity.ERROR, f"{where}.circular.material", **params)
    elif stated.A is not None and not stated.A.startswith("=") and abs(_number(stated.A) - _number(wanted)) > 1e-9:
        params = {"name": f"A ({stated.material})", "stated": stated.A, "wanted": wanted}
        yield finding("rule_recycling_value_differs", Severity.ERROR, f"{where}.circular.A", **params)


def _number(text: str) -> float:
    try:
        value, unit = parse_amount(text)
    except TanbiaoError:
        return float(parse_number(text))
    return float(value) * float(unit.factor)
