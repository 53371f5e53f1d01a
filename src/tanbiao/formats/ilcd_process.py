"""Processes of ILCD, eILCD, ILCD+EPD and TIDAS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal
from xml.etree.ElementTree import Element

from tanbiao.core.dataset.inventory import (
    AllocationFactor,
    Citation,
    Exchange,
    Flow,
    FlowKind,
    FlowProperty,
    ModuleResult,
    Parameter,
    Process,
    ProcessKind,
    Spread,
    UnitGroup,
)
from tanbiao.core.dataset.nomenclature import gas_of_id
from tanbiao.core.findings import Severity, TanbiaoError
from tanbiao.formats.formulas import Scope, evaluate
from tanbiao.formats.ilcd_epd import declared, module_results, scenarios
from tanbiao.formats.ilcd_parts import classified, full_name, number_at, spread
from tanbiao.formats.ilcd_tree import (
    Reference,
    at,
    attribute,
    chosen,
    content,
    flattened,
    identity,
    is_empty,
    is_reference,
    spot,
    words,
)
from tanbiao.formats.reading import UNKNOWN, Log, name_id

AGREE: Final = 1e-6
"""Relative difference up to which a stated amount and its formula agree (project default, not official)."""
_KINDS: Final = {
    "unit process, single operation": ProcessKind.UNIT,
    "unit process, black box": ProcessKind.UNIT,
    "lci result": ProcessKind.SYSTEM,
    "partly terminated system": ProcessKind.PARTLY_TERMINATED,
    "avoided product system": ProcessKind.SYSTEM,
    "epd": ProcessKind.EPD,
}
_Method = Literal["physical", "economic", "causal", "other"]
_OTHER: Final[_Method] = "other"
_METHODS: Final[Mapping[str, _Method]] = {
    "market value": "economic",
    "mass": "physical",
    "volume": "physical",
    "gross calorific value": "physical",
    "net calorific value": "physical",
    "exergetic content": "physical",
    "element content": "physical",
    "ability to bear": "other",
    "physical causality": "causal",
    "marginal causality": "causal",
}
_SECTIONS: Final = ("processInformation", "modellingAndValidation", "administrativeInformation")
_TAKEN: Final = frozenset(
    ("UUID", "name", "classificationInformation", "mathematicalRelations", "scenarios", "review", "dataSetVersion")
)
_MAX_TEXT: Final = 100_000
_DATE: Final = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?(?=$|[T ])")


@dataclass(slots=True)
class Archive:
    """What processes refer to, and what reading them adds."""

    log: Log
    flows: dict[str, Flow] = field(default_factory=dict)
    properties: dict[str, FlowProperty] = field(default_factory=dict)
    unit_groups: dict[str, UnitGroup] = field(default_factory=dict)
    citations: dict[str, Citation] = field(default_factory=dict)
    reference_values: dict[str, float] = field(default_factory=dict)
    """Flows whose reference property has another value than 1: an exchange of 1 is that many reference units."""
    members: dict[tuple[str, str], str] = field(default_factory=dict)
    """Kind and id of a dataset → where it was read."""
    without_unit: set[str] = field(default_factory=set)

    def unit_of(self, flow: Flow, where: str) -> str:
        """Return the reference unit of a flow's reference property: the unit of every ILCD amount of that flow."""
        group = self.properties.get(flow.reference_property)
        units = self.unit_groups.get(group.unit_group) if group else None
        if units is not None:
            return units.reference_unit
        if flow.reference_property and flow.id not in self.without_unit:
            missing = flow.reference_property if group is None else group.unit_group
            self.log.warn("unit_group_not_included", where, flow=chosen(flow.name) or flow.id, missing=missing)
        self.without_unit.add(flow.id)
        return flow.unit


@dataclass(slots=True)
class _Row:
    """An exchange as it stands in the file, with what is needed after all are read."""

    element: Element
    exchange: Exchange
    results: tuple[ModuleResult, ...]


class ProcessReader:
    """Reads one process of an archive."""

    def __init__(self, archive: Archive, root: Element, where: str) -> None:
        self.archive, self.log, self.root, self.where = archive, archive.log, root, where
        self.id, self.version = identity(root, "processInformation", where, archive.log)
        self.scope = Scope()
        wanted = root.findall("processInformation/quantitativeReference/referenceToReferenceFlow")
        self.wanted = {content(one) for one in wanted if content(one)}
        self.citations: dict[str, None] = {}

    def read(self) -> Process:
        """Return the process; what is wrong with it is noted."""
        root, where = self.root, self.where
        information = root.find("processInformation/dataSetInformation")
        names = full_name(information)
        categories, classifications = classified(information)
        stated = at(root, "modellingAndValidation/LCIMethodAndAllocation/typeOfDataSet")
        parameters = self._parameters()
        rows = self._rows()
        results = [result for row in rows for result in row.results]
        results += [result for one in root.findall("LCIAResults/LCIAResult") for result in self._impact(one)]
        kind = _KINDS.get(stated.lower())
        if kind is None:
            self.log.warn("process_type_unknown", where, value=stated)
        if results:
            kind = ProcessKind.EPD
        exchanges = tuple(row.exchange for row in rows if not row.results)
        self._check_references(exchanges, chosen(names))
        start, end = self._validity()
        method = self._method()
        geography = root.find("processInformation/geography/locationOfOperationSupplyOrProduction")
        return Process(
            self.id,
            names,
            kind or ProcessKind.UNIT,
            exchanges,
            version=self.version,
            location=attribute(geography, "location"),
            valid_from=start,
            valid_until=end,
            technology=chosen(words(root, "processInformation/technology/technologyDescriptionAndIncludedProcesses")),
            categories=categories,
            parameters=parameters,
            allocation=self._allocation(rows, method),
            default_allocation=method if method != "other" else "",
            results=self._distinct(results),
            declared_modules=declared(results, self.log, where),
            citations=self._cited(),
            licence=self._licence(),
            is_waste_treatment=any(one.is_input for one in exchanges if one.is_reference),
            documentation=self._documentation(),
            where=where,
            classifications=classifications,
        )

    def _rows(self) -> list[_Row]:
        rows = []
        seen: set[str] = set()
        for count, element in enumerate(self.root.findall("exchanges/exchange")):
            place = spot(self.where, element)
            number = attribute(element, "dataSetInternalID") or f"#{count + 1}"
            reference = Reference.of(element.find("referenceToFlowDataSet"))
            if reference is None:
                self.log.error("exchange_without_flow", place)
                continue
            if number in seen:
                self.log.warn("exchange_number_twice", place, number=number)
            results = module_results(element, reference, self.log, place)
            is_reference = number in self.wanted and number not in seen
            seen.add(number)
            if results:
                rows.append(_Row(element, Exchange(reference.id, False, UNKNOWN, id=number), results))
                continue
            rows.append(_Row(element, self._exchange(element, reference, number, is_reference, place), ()))
        for number in sorted(self.wanted - seen):
            self.log.warn("reference_exchange_unknown", self.where, number=number)
        return rows

    def _exchange(
        self, element: Element, reference: Reference, number: str, is_reference: bool, place: str
    ) -> Exchange:
        flow = self.archive.flows.get(reference.id)
        if flow is None:
            if not reference.is_uuid:
                self.log.warn("reference_malformed", place, id=reference.id, name=reference.name)
            known = FlowKind.OTHER if gas_of_id(reference.id) is None else FlowKind.ELEMENTARY
            kind = FlowKind.PRODUCT if is_reference else known
            self.log.warn("flow_not_included", place, flow=reference.id, name=reference.name, kind=kind.value)
            flow = self.archive.flows[reference.id] = Flow(reference.id, reference.names, kind)
        direction = at(element, "exchangeDirection").lower()
        if direction not in ("input", "output") and not is_reference:
            self.log.warn("direction_missing", place, flow=chosen(flow.name) or flow.id)
        amount, formula = self._amount(element, chosen(flow.name) or flow.id, place)
        centre = None if amount != amount else amount  # NaN
        width = spread(element, centre, ("minimumAmount", "maximumAmount"), self.log, place)
        value = self.archive.reference_values.get(reference.id, 1.0)
        if value != 1.0:
            amount, width = amount * value, _times(width, value)
            formula = f"{value!r} * ({formula})" if formula else ""
        return Exchange(
            reference.id,
            direction == "input",
            amount,
            unit=self.archive.unit_of(flow, place),
            id=number,
            flow_property=flow.reference_property,
            formula=formula,
            is_reference=is_reference,
            location=at(element, "location"),
            spread=width,
            comment=" / ".join(dict.fromkeys(words(element, "generalComment").values())),
            where=_spot_in(place.removeprefix(f"{self.where}:")),
        )

    def _amount(self, element: Element, flow: str, place: str) -> tuple[float, str]:
        """Return the resulting amount and its formula: mean amount times variable."""
        resulting = number_at(element, "resultingAmount", self.log, place)
        mean = number_at(element, "meanAmount", self.log, place)
        variable = at(element, "referenceToVariable")
        if not variable:
            amount = mean if resulting is None else resulting
            if amount is None:
                self.log.error("amount_missing", place, flow=flow)
                return UNKNOWN, ""
            return amount, ""
        formula = variable if mean is None else f"{mean!r} * {variable}"
        try:
            computed = evaluate(formula, self.scope)
        except TanbiaoError as error:
            self.log.failed(error, place, Severity.WARNING)
        else:
            if resulting is None:
                return computed, formula
            if abs(computed - resulting) > AGREE * max(abs(computed), abs(resulting)):
                self.log.warn("formula_gives_other_amount", place, stated=resulting, computed=computed)
        if resulting is None:
            self.log.error("amount_missing", place, flow=flow)
            return UNKNOWN, formula
        return resulting, formula

    def _parameters(self) -> tuple[Parameter, ...]:
        rows: dict[str, tuple[Element, float | None, str]] = {}
        seen: set[str] = set()
        for element in self.root.findall("processInformation/mathematicalRelations/variableParameter"):
            if is_empty(element):
                continue
            name, place = attribute(element, "name"), spot(self.where, element)
            value, formula = number_at(element, "meanValue", self.log, place), at(element, "formula")
            if not name or name.lower() in seen:
                self.log.warn("parameter_twice" if name else "parameter_unnamed", place, name=name)
                continue
            seen.add(name.lower())
            rows[name] = (element, value, formula)
            self.scope.define(name, value, formula)
        values = self.scope.settle().values()
        for name, error in self.scope.failures.items():
            self.log.failed(error, spot(self.where, rows[name][0]), Severity.WARNING)
        made = []
        for name, (element, stated, formula) in rows.items():
            found, place = values.get(name.lower()), spot(self.where, element)
            if found is None:
                self.log.error("parameter_without_value", place, name=name)
            elif formula and stated is not None and abs(stated - found) > AGREE * max(abs(stated), abs(found)):
                self.log.warn("formula_gives_other_value", place, stated=stated, computed=found)
            width = spread(element, found, ("minimumValue", "maximumValue"), self.log, place)
            comment = " / ".join(dict.fromkeys(words(element, "comment").values()))
            made.append(Parameter(name, found, formula, self.id, width, comment))
        return tuple(made)

    def _impact(self, element: Element) -> tuple[ModuleResult, ...]:
        target = element.find("referenceToLCIAMethodDataSet")
        reference = Reference.of(target) or Reference("", "", words(target, "shortDescription"))
        return module_results(element, reference, self.log, spot(self.where, element))

    def _distinct(self, results: list[ModuleResult]) -> tuple[ModuleResult, ...]:
        """Return each result once; the same indicator, module and scenario with another value is a finding."""
        kept: dict[tuple[str, str, str, str], ModuleResult] = {}
        for one in results:
            key = (one.indicator_id, one.indicator, one.module, one.scenario)
            if key in kept and kept[key].value != one.value:
                self.log.error("epd_result_twice", self.where, indicator=one.indicator, module=one.module)
            kept.setdefault(key, one)
        return tuple(kept.values())

    def _check_references(self, exchanges: tuple[Exchange, ...], name: str) -> None:
        count = sum(one.is_reference for one in exchanges)
        if not count:
            self.log.error("reference_missing", self.where, name=name)
        elif count > 1:
            self.log.info("reference_several", self.where, count=count)

    def _method(self) -> _Method:
        """Return the allocation that the dataset says it follows."""
        for one in self.root.findall("modellingAndValidation/LCIMethodAndAllocation/LCIMethodApproaches"):
            approach, _, basis = content(one).lower().partition(" - ")
            if approach == "allocation" and basis in _METHODS:
                return _METHODS[basis]
        return _OTHER

    def _allocation(self, rows: list[_Row], method: _Method) -> tuple[AllocationFactor, ...]:
        products = {row.exchange.id: row.exchange.flow for row in reversed(rows)}
        read: list[tuple[str, str, float]] = []
        totals: dict[str, float] = {}
        for row in rows:
            for one in row.element.findall("allocations/allocation"):
                if is_empty(one):
                    continue
                place = spot(self.where, one)
                number = attribute(one, "internalReferenceToCoProduct")
                text = attribute(one, "allocatedFraction")
                share = number_at(_as_element(text), "value", self.log, place)
                if share is None:
                    self.log.error("allocation_without_value", place)
                elif number not in products:
                    self.log.error("allocation_target_unknown", place, number=number)
                else:
                    read.append((products[number], row.exchange.id, share))
                    totals[row.exchange.id] = totals.get(row.exchange.id, 0.0) + share
        shares = bool(totals) and all(abs(total - 1.0) <= 1e-3 for total in totals.values())
        if shares:
            self.log.warn("ilcd_allocation_in_fractions", self.where, count=len(read))
        scale = 1.0 if shares else 100.0
        return tuple(AllocationFactor(product, share / scale, method, number) for product, number, share in read)

    def _validity(self) -> tuple[str, str]:
        time = self.root.find("processInformation/time")
        if time is None:
            return "", ""
        start = self._date(at(time, "referenceYear"))
        end = self._date(at(time, "other/expirationDateOfEPD")) or self._date(at(time, "dataSetValidUntil"))
        if start and end and start > end:
            self.log.warn("validity_reversed", self.where, start=start, end=end)
        return start, end

    def _date(self, text: str) -> str:
        found = _DATE.match(text)
        if text and found is None:
            self.log.warn("date_unreadable", self.where, value=text)
        return found.group() if found else ""

    def _licence(self) -> str:
        ownership = self.root.find("administrativeInformation/publicationAndOwnership")
        if ownership is None:
            return ""
        copyright_ = at(ownership, "copyright")
        parts = [f"copyright: {copyright_}" if copyright_ else "", at(ownership, "licenseType")]
        parts += words(ownership, "accessRestrictions").values()
        return "; ".join(part for part in parts if part)

    def _cited(self) -> tuple[str, ...]:
        """Return the ids of sources, contacts and reviews; those not in the archive are kept by name."""
        for section in _SECTIONS:
            top = self.root.find(section)
            for element in top.iter() if top is not None else ():
                reference = Reference.of(element) if is_reference(element) else None
                if reference is None or reference.kind not in ("source", "contact"):
                    continue
                key = self._sound(reference, spot(self.where, element))
                if key not in self.archive.citations:
                    self.log.info("citation_not_included", spot(self.where, element), name=reference.name)
                    kind: Literal["source", "actor"] = "source" if reference.kind == "source" else "actor"
                    self.archive.citations[key] = Citation(key, kind, reference.name)
                self.citations[key] = None
        for count, review in enumerate(self.root.findall("modellingAndValidation/validation/review"), 1):
            if is_empty(review):
                continue
            people = [Reference.of(one) for one in review.findall("referenceToNameOfReviewerAndInstitution")]
            texts = [chosen(words(review, "reviewDetails")), *(one.name for one in people if one is not None)]
            key = f"{self.id}#review-{count}"
            text = "; ".join(text for text in texts if text)
            self.archive.citations[key] = Citation(key, "review", attribute(review, "type") or "review", text)
            self.citations[key] = None
        return tuple(self.citations)

    def _sound(self, reference: Reference, place: str) -> str:
        """Return the reference's id; one that is no UUID (``#REF!`` of a spreadsheet) gives way to one of the name."""
        if reference.is_uuid or reference.id in self.archive.citations:
            return reference.id
        self.log.warn("reference_malformed", place, id=reference.id, name=reference.name)
        return name_id(reference.kind, reference.name or reference.id)

    def _documentation(self) -> dict[str, str]:
        found: dict[str, list[str]] = {}
        for section in _SECTIONS:
            top = self.root.find(section)
            for path, text in flattened(top, _TAKEN) if top is not None else ():
                found.setdefault(path, []).append(text)
        found |= {path: [text] for path, text in scenarios(self.root).items()}
        return {path: "; ".join(texts)[:_MAX_TEXT] for path, texts in found.items()}


def _times(width: Spread | None, value: float) -> Spread | None:
    """Return a spread in another unit; σ of ln X stays as it is."""
    if width is None:
        return None
    low, mode, high = (None if one is None else one * value for one in (width.minimum, width.mode, width.maximum))
    sigma = width.sigma * value if width.sigma is not None and width.kind == "normal" else width.sigma
    return replace(width, sigma=sigma, minimum=low, mode=mode, maximum=high)


def _spot_in(spot_: str) -> str:
    return f"line {spot_}" if spot_.isdecimal() else spot_


def _as_element(text: str) -> Element:
    """Return an element with ``value``, so that an attribute is read as an element's number is."""
    top, inner = Element("allocation"), Element("value")
    inner.text = text
    top.append(inner)
    return top
