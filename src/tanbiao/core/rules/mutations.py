"""Changes of one element of a rule, to see whether its worked examples would notice.

An element is one thing that the machine obeys: a threshold, a required stage or process, whose data must be the
site's, what electricity counts, an allocation method, the rounding, a value of a scenario or of a default, an operator
or a constant of a check. Each has one or more variants; a text, a title or a source is no element.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, get_args

from tanbiao.core.rules.model import AllocationMethod, Rule
from tanbiao.core.rules.prescribed import default_key
from tanbiao.core.study.expression_parser import Node, parse

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule's document with one element changed."""

    element: str
    """Place of the element: ``cut_off.each``, ``processes.kiln.required``, ``checks.kiln-energy.expect[1]``."""
    before: str
    after: str
    document: Body


GONE: Final = "—"
_SWAP: Final[Mapping[str, tuple[str, ...]]] = {
    "gwp": ("AR6", "AR5"),
    "credits": ("apart", "in_total"),
    "capture": ("apart", "in_total"),
    "unknown_amounts": ("block_submission", "warn"),
    "quality.uncertainty": ("required", "optional"),
    "quality.shorter": ("refused", "provisional"),
    "quality.site_data": ("site_specific", "primary"),
    "electricity.proof": ("required", "none"),
    "electricity.headline": ("market", "location"),
    "allocation.recycling": ("cut_off", "fifty_fifty"),
    "allocation.book_and_claim": ("refused", "allowed"),
    "declared_value.headline": ("total", "excluding_uptake"),
    "declared_value.partial_headline": ("total", "excluding_uptake"),
    "gwp_mix.above": ("refuse", "error"),
    "grade.of": ("total", "excluding_uptake", "headline"),
}
"""Place → values; each of them that is not the rule's own is a variant."""
_STAGES: Final = ("raw_materials", "manufacturing", "distribution", "use", "end_of_life")
_SHARES: Final = (
    "cut_off.each", "cut_off.total", "gwp_mix.other_or_unknown", "gwp_mix.default_bound", "quality.assessed_at_least",
    "quality.primary_share_at_least", "quality.stand_ins_at_most",
)  # fmt: skip
_SCORES: Final = ("quality.result_at_most", "quality.site_specific_at_most")
_SUPPLIES: Final = ("direct_line", "own_generation", "green_certificate", "contract")
_BASES: Final = ("mass", "energy", "emissions")
_OPERATORS: Final[Mapping[str, tuple[str, ...]]] = {
    "at_most": ("at_least",), "at_least": ("at_most",), "below": ("above",), "above": ("below",),
    "equals": ("differs",), "differs": ("equals",), "add": ("subtract",), "subtract": ("add",),
    "multiply": ("divide",), "divide": ("multiply",), "both": ("either",), "either": ("both",),
}  # fmt: skip
"""Kind of a node → kinds that stand in its place."""
_NUMBER: Final = re.compile(r"(?<![\w.,-])\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?!\d|\.\d)")
"""A number of a text that is no part of a name: 9000 and 300 of *9000 km by sea and 300 km by lorry*, none of *CO2*."""


def mutants(rule: Rule) -> Iterator[Mutant]:
    """Yield every variant of every element, in the order of the document; those of one element stand together."""
    body = rule.canonical()
    yield from _values(body)
    for part in _PARTS:
        yield from part(rule, body)


def _set(body: Body, element: str, path: tuple[Any, ...], value: Any, *, before: str | None = None) -> Mutant:
    """Return the document with a value at a path; GONE removes what is there."""
    made = copy.deepcopy(body)
    here: Any = made
    for step in path[:-1]:
        here = here[step]
    old = here[path[-1]] if isinstance(here, list) else here.get(path[-1], GONE)
    if value is GONE:
        del here[path[-1]]
    else:
        here[path[-1]] = value
    return Mutant(element, str(old) if before is None else before, str(value), made)


def _less(body: Body, element: str, path: tuple[Any, ...], name: str, rest: Sequence[str]) -> Mutant:
    """Return the document with one name taken out of a list."""
    return replace(_set(body, element, path, list(rest)), before=name, after=GONE)


def _at(body: Body, place: str) -> Any:
    here: Any = body
    for step in place.split("."):
        here = here.get(step) if isinstance(here, dict) else None
    return here


def _values(body: Body) -> Iterator[Mutant]:
    for place, values in _SWAP.items():
        now = _at(body, place)
        if now is None:
            continue
        for value in values:
            if value != now:
                yield _set(body, place, tuple(place.split(".")), value)


def _numbers(rule: Rule, body: Body) -> Iterator[Mutant]:
    """Halve and double a limit, then loosen and tighten it as far as it goes."""
    for place in _SHARES:
        yield from _around(body, place, lambda now: (now / 2, min(2 * now, 1.0), 0.0, 1.0))
    for place in _SCORES:
        yield from _around(body, place, lambda now: (max(now / 2, 1.0), min(2 * now, 5.0), 1.0, 5.0))
    yield from _around(body, "quality.months", lambda now: (max(now // 2, 1), min(2 * now, 60), 1, 60))
    yield from _around(body, "electricity.window_months", lambda now: (now // 2, min(2 * now, 36), 0, 36))
    yield from _around(body, "declared_value.digits", lambda now: (now - 1, now + 1, 1, 6))
    if rule.declared_value.at_limit is not None:
        yield _set(body, "declared_value.at_limit", ("declared_value", "at_limit"), GONE)
    number, _, unit = rule.unit.declared.amount.partition(" ")
    path = ("unit", "declared", "amount")
    yield _set(body, "unit.declared.amount", path, f"{2 * float(number):g} {unit}")


def _around(body: Body, place: str, variants: Callable[[Any], tuple[Any, ...]]) -> Iterator[Mutant]:
    now = _at(body, place)
    if now is None:
        return
    for value in dict.fromkeys(variants(now)):
        if value != now:
            yield _set(body, place, tuple(place.split(".")), value)


def _boundary(rule: Rule, body: Body) -> Iterator[Mutant]:
    for stage in _STAGES:
        now = getattr(rule.boundary, stage)
        for value in ("required", "optional", "excluded"):
            if value != now:
                yield _set(body, f"boundary.{stage}", ("boundary", stage), value, before=now)
    for partial in rule.boundary.partial:
        rest = [item for item in rule.boundary.partial if item != partial]
        yield _less(body, f"boundary.partial.{partial}", ("boundary", "partial"), partial, rest)


def _processes(rule: Rule, body: Body) -> Iterator[Mutant]:
    for index, item in enumerate(rule.processes):
        place = f"processes.{item.id}"
        for stage in _STAGES:
            if stage != item.stage:
                # a process of another stage is only noticed where the boundary leaves that stage out
                yield _set(body, f"{place}.stage", ("processes", index, "stage"), stage, before=item.stage)
        yield _set(body, f"{place}.required", ("processes", index, "required"), not item.required)
        other = "any" if item.data in ("site_specific", "primary") else "site_specific"
        yield _set(body, f"{place}.data", ("processes", index, "data"), other, before=item.data)
        if item.quality_at_most is not None:
            for value in (1.0, 5.0):
                if value != item.quality_at_most:
                    yield _set(body, f"{place}.quality_at_most", ("processes", index, "quality_at_most"), value)
    for index, field in enumerate(rule.fields):
        yield _set(body, f"fields.{field.name}.required", ("fields", index, "required"), not field.required)
        yield _set(body, f"fields.{field.name}.unit", ("fields", index, "unit"), "m3" if field.unit == "kg" else "kg")


def _lists(rule: Rule, body: Body) -> Iterator[Mutant]:
    """Take one name out of a list, or put one that is not there into it."""
    yield from _members(body, "cut_off.of", rule.cut_off.of, _BASES, least=1)
    yield from _members(body, "electricity.counts", rule.electricity.counts, _SUPPLIES)
    methods = rule.allocation.co_products
    yield from _members(body, "allocation.co_products", methods, get_args(AllocationMethod), least=1)
    for name in rule.cut_off.never:
        rest = [item for item in rule.cut_off.never if item != name]
        yield _less(body, f"cut_off.never.{name}", ("cut_off", "never"), name, rest)
    for index, item in enumerate(rule.waivable):
        yield _set(body, f"waivable.{item.check}", ("waivable", index), GONE, before=", ".join(item.roles))
        for name in item.processes:
            # one name taken out of several leaves the others; out of one, the check could be waived of any
            rest = [other for other in item.processes if other != name] or ["another-process"]
            place = f"waivable.{item.check}.processes.{name}"
            yield _less(body, place, ("waivable", index, "processes"), name, rest)


def _members(body: Body, place: str, now: tuple[str, ...], known: tuple[str, ...], least: int = 0) -> Iterator[Mutant]:
    path = tuple(place.split("."))
    for name in now if len(now) > least else ():
        yield _less(body, f"{place}.{name}", path, name, [item for item in now if item != name])
    if not now:
        for name in known:
            yield _set(body, place, path, [name], before=GONE)


def _shared(rule: Rule, body: Body) -> Iterator[Mutant]:
    """Change how one co-product is shared out, what is fixed for recycling, and which credits count."""
    for index, item in enumerate(rule.allocation.per_co_product):
        other = "mass" if item.by != "mass" else "economic"
        path = ("allocation", "per_co_product", index, "by")
        yield _set(body, f"allocation.per_co_product.{item.product}.by", path, other, before=item.by)
    for index, value in enumerate(rule.allocation.recycling_parameters):
        other = "0.8" if value.value != "0.8" else "0.2"
        path = ("allocation", "recycling_parameters", index, "value")
        yield _set(body, f"allocation.recycling_parameters.{value.name}", path, other, before=value.value)
    for index, value in enumerate(rule.allocation.recycling_materials):
        other = "0.8" if value.value != "0.8" else "0.2"
        path = ("allocation", "recycling_materials", index, "value")
        yield _set(body, f"allocation.recycling_materials.{value.name}", path, other, before=value.value)
    for name in rule.credits_counted:
        rest = [item for item in rule.credits_counted if item != name]
        yield _less(body, f"credits_counted.{name}", ("credits_counted",), name, rest)


def _scenarios(rule: Rule, body: Body) -> Iterator[Mutant]:
    """Take a scenario out, ask it of another stage or of nobody, and change each of its values."""
    for index, item in enumerate(rule.scenarios):
        place, path = f"scenarios.{item.id}", ("scenarios", index)
        yield _set(body, place, path, GONE, before=item.id)
        yield _set(body, f"{place}.mandatory", (*path, "mandatory"), not item.mandatory, before=str(item.mandatory))
        for stage in _STAGES:
            if stage != item.stage:
                yield _set(body, f"{place}.stage", (*path, "stage"), stage)
        for number, one in enumerate(item.parameters):
            at = (*path, "parameters", number, "value")
            yield from _written(body, f"{place}.parameters.{one.name}", at, one.value)


def _defaults(rule: Rule, body: Body) -> Iterator[Mutant]:
    """Take a default out, and change its value."""
    for index, item in enumerate(rule.defaults):
        place = f"defaults.{default_key(rule, item)}"
        yield _set(body, place, ("defaults", index), GONE, before=default_key(rule, item))
        yield from _written(body, f"{place}.value", ("defaults", index, "value"), item.value)


def _written(body: Body, element: str, path: tuple[Any, ...], text: str) -> Iterator[Mutant]:
    """Change a value as people write it: each of its numbers, which are elements of their own, else its words."""
    numbers = list(_NUMBER.finditer(text))
    if not numbers:
        yield _set(body, element, path, "another value")
    for index, found in enumerate(numbers):
        name = f"{element}[{index}]" if len(numbers) > 1 else element
        before, after = text[: found.start()], text[found.end() :]
        for other in _other_numbers(found.group(), before.strip(), after.strip()):
            yield _set(body, name, path, f"{before}{other}{after}")


def _other_numbers(written: str, before: str, after: str) -> tuple[str, ...]:
    """Return what may stand in a number's place: one more or less of a count, half or twice of anything else.

    A share (``%``) stays within 100 %.
    """
    number = float(written)
    if after.startswith("%"):
        found = [number / 2, min(2 * number, 100.0)] if number else [50.0, 100.0]
    elif written.isdigit() and not before and not after:
        found = [number + 1, abs(number - 1)]
    else:
        found = [number / 2, 2 * number] if number else [1.0]
    return tuple(f"{value:.12g}" for value in dict.fromkeys(found) if value != number)


def _said(rule: Rule, body: Body) -> Iterator[Mutant]:
    """Change how heavy a failed built-in check is, and what a section of the report needs."""
    for name, level in rule.severities.items():
        other = "warning" if level != "warning" else "error"
        yield _set(body, f"severities.{name}", ("severities", name), other, before=level)
    for index, section in enumerate(rule.report_sections):
        for path in section.needs:
            rest = [item for item in section.needs if item != path]
            yield _less(body, f"report_sections.{section.id}.{path}", ("report_sections", index, "needs"), path, rest)


def _cover(rule: Rule, body: Body) -> Iterator[Mutant]:
    if rule.covers.categories:
        yield _set(body, "covers.categories", ("covers", "categories"), ["another-category"])
    if rule.covers.where is not None:
        yield from _expression(body, "covers.where", ("covers", "where"), rule.covers.where)


def _grades(rule: Rule, body: Body) -> Iterator[Mutant]:
    if rule.grade is None:
        return
    for index, limit in enumerate(rule.grade.limits):
        below = rule.grade.limits[index - 1] if index else 0.0
        above = rule.grade.limits[index + 1] if index + 1 < len(rule.grade.limits) else 2 * limit
        for value in ((below + limit) / 2, (limit + above) / 2):
            yield _set(body, f"grade.limits[{index}]", ("grade", "limits", index), value)


def _checks(rule: Rule, body: Body) -> Iterator[Mutant]:
    for index, item in enumerate(rule.checks):
        place = f"checks.{item.id}"
        yield from _expression(body, f"{place}.expect", ("checks", index, "expect"), item.expect)
        if item.when is not None:
            yield _set(body, f"{place}.when", ("checks", index, "when"), GONE)
            yield from _expression(body, f"{place}.when", ("checks", index, "when"), item.when)
        other = "warning" if item.otherwise.severity != "warning" else "error"
        path = ("checks", index, "otherwise", "severity")
        yield _set(body, f"{place}.severity", path, other, before=item.otherwise.severity)
        if item.each is not None:
            for key in sorted(set(item.each.model_dump()) - {"rows"}):
                yield _each_without(body, index, f"{place}.each.{key}", key)


def _each_without(body: Body, index: int, element: str, key: str) -> Mutant:
    """Return the document in which a check is made of more rows: without one condition on them, of all in the end."""
    now = body["checks"][index]["each"]
    wider = {name: value for name, value in now.items() if name != key} or {"rows": "all"}
    return _set(body, element, ("checks", index, "each"), wider, before=f"{key}: {now[key]}")


def _expression(body: Body, place: str, path: tuple[Any, ...], text: str) -> Iterator[Mutant]:
    """Change one operator, constant or word of an expression; an element is named by its position in the tree."""
    for position, before, after, tree in _variants(parse(text), ()):
        made = _set(body, f"{place}[{'.'.join(map(str, position)) or '0'}]", path, str(tree))
        yield replace(made, before=before, after=after)


Variant = tuple[tuple[int, ...], str, str, Node]
"""Position of the element in the tree, what was, what is, the tree with it."""


def _variants(node: Node, position: tuple[int, ...]) -> Iterator[Variant]:
    for before, after, made in _own_variants(node):
        yield position, before, after, made
    if node.kind == "in":
        return
    for index, part in enumerate(node.parts):
        if isinstance(part, Node):
            for place, before, after, made in _variants(part, (*position, index)):
                yield place, before, after, replace(node, parts=(*node.parts[:index], made, *node.parts[index + 1 :]))


def _own_variants(node: Node) -> Iterator[tuple[str, str, Node]]:
    """Yield (what was, what is, the node changed) of one node, its parts as they are."""
    for kind in _OPERATORS.get(node.kind, ()):
        yield node.kind, kind, replace(node, kind=kind)
    if node.kind == "not":
        yield "not", GONE, node.parts[0]
    if node.kind == "between":
        value, low, high = node.parts
        yield "between", "at_least", Node("at_least", (value, low))
        yield "between", "at_most", Node("at_most", (value, high))
    if node.kind == "number":
        for made in (_scaled(node, 0.5), _scaled(node, 2.0)) if node.parts[0] else (_one(node, 1.0), _one(node, -1.0)):
            yield str(node), str(made), made
    if node.kind == "text":
        yield str(node), '"another"', Node("text", ("another",))
    if node.kind == "in" and len(node.parts) > 2:
        for index in range(1, len(node.parts)):
            rest = (*node.parts[:index], *node.parts[index + 1 :])
            yield str(node.parts[index]), GONE, replace(node, parts=rest)
    if node.kind == "select":
        yield "where", GONE, Node("call", (node.parts[0], node.parts[1]))


def _one(node: Node, number: float) -> Node:
    """Return one unit of a quantity that is 0."""
    from tanbiao.core.units import parse_unit

    _, dimension, basis, _, unit = node.parts
    factor = parse_unit(str(unit)).factor if unit else 1.0
    return Node("number", (number * factor, dimension, basis, f"{number:g}", unit))


def _scaled(node: Node, factor: float) -> Node:
    si, dimension, basis, number, unit = node.parts
    return Node("number", (si * factor, dimension, basis, f"{float(number) * factor:.12g}", unit))


_PARTS: Final = (
    _numbers, _boundary, _processes, _lists, _shared, _scenarios, _defaults, _said, _cover, _grades, _checks,
)  # fmt: skip
