"""EcoSpold 2 (``http://www.EcoInvent.org/EcoSpold02``): activities, mostly one in a file.

An activity is known by its UUID. Allocated system models give one file for each product of an activity, all with the
activity's UUID: where that happens the process id is ``activity_product``, and what links to that activity for the
product links to it. A child dataset that states its exchanges is complete, as ecoinvent publishes them; only one
without a reference product takes what it lacks from its parent.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal
from xml.etree.ElementTree import Element  # a type; what parses is defusedxml

from tanbiao.core.dataset.inventory import (
    Citation,
    Exchange,
    Flow,
    FlowKind,
    FlowProperty,
    Inventory,
    ModuleResult,
    Parameter,
    Process,
    ProcessKind,
    Spread,
    UnitGroup,
)
from tanbiao.core.findings import TanbiaoError
from tanbiao.formats.ecospold2_spread import spread_element
from tanbiao.formats.formulas import Scope, evaluate
from tanbiao.formats.reading import UNKNOWN, Log, cas_number, documents, lenient_number, name_id
from tanbiao.formats.xml_stream import child_text, elements, place, text_of

FORMAT: Final = "ecospold2"
NAMESPACE: Final = "http://www.EcoInvent.org/EcoSpold02"
SUFFIXES: Final = (".spold", ".xml")

_DATASETS: Final = ("activityDataset", "childActivityDataset")
_KINDS: Final = {"1": ProcessKind.UNIT, "2": ProcessKind.SYSTEM, "3": ProcessKind.SYSTEM}
"""``activity/@type``: unit process, system terminated (LCI result), impact results."""
_SPECIAL: Final = {
    "0": "ordinary transforming activity",
    "1": "market activity",
    "2": "IO activity",
    "3": "residual activity",
    "4": "production mix",
    "5": "import activity",
    "6": "supply mix",
    "7": "export activity",
    "8": "re-export activity",
    "9": "correction activity",
    "10": "market group",
}
_ACCESS: Final = {"0": "public", "1": "licensees", "2": "results only", "3": "restricted"}
_TOLERANCE: Final = 1e-6
"""Relative difference between a stated amount and its formula that counts as the same; project default."""


def read(files: Mapping[str, bytes]) -> Inventory:
    """Read every EcoSpold 2 document among the files.

    Returns
    -------
    Inventory
        What could be read; everything wrong or doubtful is a finding with ``member:line``.
    """
    reader = _Reader()
    for name, data in documents(files, SUFFIXES, reader.log):
        reader.member(name, data)
    return reader.inventory()


@dataclass(slots=True)
class _Reader:
    log: Log = field(default_factory=Log)
    processes: list[Process] = field(default_factory=list)
    flows: dict[str, Flow] = field(default_factory=dict)
    properties: dict[str, FlowProperty] = field(default_factory=dict)
    units: dict[str, UnitGroup] = field(default_factory=dict)
    citations: dict[str, Citation] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    """Process id → activity id of its parent."""

    def member(self, name: str, data: bytes) -> None:
        for root, element in elements(data, self.log, name, {"property": self._is_known}):
            if element.tag in _DATASETS:
                if "EcoSpold02" not in (root.get("#tag") or ""):
                    tag = root.get("#tag") or ""
                    self.log.warn("xml_root_unexpected", name, found=tag, expected=f"{{{NAMESPACE}}}ecoSpold")
                self.processes.append(_Activity(self, element, name).process())
            else:
                self.log.warn("element_unexpected", place(name, element), element=str(element.tag))

    def _is_known(self, attributes: Mapping[str, str]) -> bool:
        """Whether a property with these attributes has been named before, with its unit."""
        known = (attributes.get("propertyId") or "").lower() in self.properties
        return known and (attributes.get("unitId") or "").lower() in self.units

    def inventory(self) -> Inventory:
        known = {one.id: one for one in reversed(self.processes)}
        processes = _distinct([self._inherited(one, known) for one in self.processes], self.log)
        return Inventory(
            format=FORMAT,
            processes=tuple(processes),
            flows=self.flows,
            flow_properties=self.properties,
            unit_groups=self.units,
            citations=self.citations,
            findings=self.log.close(),
        )

    def _inherited(self, process: Process, known: Mapping[str, Process]) -> Process:
        """Complete a child without reference product from its parent; say where a parent is not among the files."""
        parent_id = self.parents.get(process.where)
        if not parent_id:
            if not process.references:
                self.log.error("reference_missing", process.where, name=_any(process.name))
            return process
        parent = known.get(parent_id)
        if process.references:
            if parent is None:
                self.log.info("parent_absent", process.where, parent=parent_id)
            return process
        if parent is None:
            self.log.error("parent_needed", process.where, parent=parent_id)
            return process
        own = {(one.flow, one.is_input) for one in process.exchanges}
        taken = [one for one in parent.exchanges if (one.flow, one.is_input) not in own]
        stated = {one.name.lower() for one in process.parameters}
        parameters = [replace(one, process=process.id) for one in parent.parameters if one.name.lower() not in stated]
        self.log.info("parent_inherited", process.where, parent=parent_id, count=len(taken))
        return replace(
            process,
            exchanges=(*process.exchanges, *taken),
            parameters=(*process.parameters, *parameters),
            name=process.name or parent.name,
            location=process.location or parent.location,
        )

    def unit(self, element: Element) -> tuple[str, str]:
        """Return (unit's name, id of its unit group): the format knows units one by one, without conversion."""
        name, key = child_text(element, "unitName"), (element.get("unitId") or "").lower()
        if key and name and key not in self.units:
            self.units[key] = UnitGroup(key, name, name, {name: 1.0})
        return name, key


def _distinct(processes: list[Process], log: Log) -> list[Process]:
    """Give processes that share an activity's id the id ``activity_product``, and follow links to them."""
    counts = Counter(one.id for one in processes)
    shared = {key for key, count in counts.items() if count > 1}
    if not shared:
        return processes
    seen: set[str] = set()
    distinct = []
    for process in processes:
        key = process.id
        if key in shared:
            key = "_".join((process.id, *(one.flow for one in process.references[:1])))
            if key in seen:
                log.warn("process_twice", process.where, name=_any(process.name))
                key = name_id("ecospold2 process", key, process.where)
            seen.add(key)
        exchanges = tuple(
            replace(one, provider=f"{one.provider}_{one.flow}") if one.provider in shared else one
            for one in process.exchanges
        )
        parameters = tuple(replace(one, process=key) for one in process.parameters)
        distinct.append(replace(process, id=key, exchanges=exchanges, parameters=parameters))
    return distinct


def _any(words: Mapping[str, str]) -> str:
    return next(iter(words.values()), "")


def _words(element: Element, tag: str) -> dict[str, str]:
    """Return the texts of all children with this tag, by their language."""
    found: dict[str, str] = {}
    for child in element.findall(tag):
        text = text_of(child)
        if text:
            found.setdefault((child.get("lang") or "").lower(), text)
    return found


def _long_text(element: Element | None) -> str:
    """Return a text of indexed parts, in their order; pictures by their address."""
    if element is None:
        return ""
    parts: list[tuple[float, str]] = []
    for child in element:
        index = child.get("index") or "0"
        text = text_of(child)
        if text:
            parts.append((float(index) if index.isascii() and index.isdigit() else 0.0, text))
    return "\n".join(text for _, text in sorted(parts, key=lambda part: part[0])) or text_of(element)


class _Activity:
    """One dataset element."""

    def __init__(self, reader: _Reader, element: Element, member: str) -> None:
        self.reader, self.log = reader, reader.log
        self.element, self.member = element, member
        self.where = place(member, element)
        self.description = _part(element, "activityDescription")
        self.activity = _part(self.description, "activity")
        self.flow_data = _part(element, "flowData")
        self.scope = Scope()
        self.formulas: list[tuple[str, str, float | None, str]] = []
        """(variable name or "", formula, stated amount, where), to be compared once all variables are known."""

    def process(self) -> Process:
        activity_id = (self.activity.get("id") or "").strip().lower()
        name = _words(self.activity, "activityName")
        if not activity_id:
            activity_id = name_id("ecospold2 activity", self.member, _any(name))
            self.log.error("activity_without_id", self.where, name=_any(name))
        if parent := (self.activity.get("parentActivityId") or "").strip().lower():
            self.reader.parents[self.where] = parent
        exchanges = tuple(self._exchanges())
        parameters = tuple(self._parameters(activity_id))
        self._compare_formulas()
        period = _part(self.description, "timePeriod")
        kind = self.activity.get("type") or "1"
        if kind not in _KINDS:
            self.log.warn("process_type_unknown", self.where, value=kind)
        return Process(
            id=activity_id,
            name=name,
            kind=_KINDS.get(kind, ProcessKind.UNIT),
            exchanges=exchanges,
            version=self._version(),
            location=child_text(self.description, "geography/shortname"),
            valid_from=_day(period.get("startDate")),
            valid_until=_day(period.get("endDate")),
            technology=_long_text(self.description.find("technology/comment")),
            categories=self._categories(),
            parameters=parameters,
            results=tuple(self._results()),
            citations=self._citations(),
            licence=self._licence(),
            is_waste_treatment=any(one.is_reference and one.amount < 0 for one in exchanges),
            documentation=self._documentation(),
            where=self.where,
        )

    def _version(self) -> str:
        attributes = self.element.find("administrativeInformation/fileAttributes")
        if attributes is None:
            return ""
        names = ("majorRelease", "minorRelease", "majorRevision", "minorRevision")
        parts = [attributes.get(name) or "" for name in names]
        return ".".join(part for part in parts if part)

    def _categories(self) -> tuple[str, ...]:
        found = [
            f"{child_text(one, 'classificationSystem')}: {child_text(one, 'classificationValue')}"
            for one in self.description.findall("classification")
        ]
        return tuple(sorted(found, key=lambda text: not text.startswith("ISIC")))

    def _exchanges(self) -> Iterator[Exchange]:
        for element in self.flow_data:
            if element.tag in ("intermediateExchange", "elementaryExchange"):
                yield self._exchange(element)

    def _exchange(self, element: Element) -> Exchange:
        where = place(self.member, element)
        elementary = element.tag == "elementaryExchange"
        side, group = _group(element)
        unit, _ = self.reader.unit(element)
        title = child_text(element, "name")
        amount = self._amount(element, where, title)
        if not side:
            self.log.error("exchange_without_group", where, flow=title)
        if not unit:
            self.log.error("flow_unit_missing", where, flow=title)
        is_reference = not elementary and (side, group) == ("output", "0")
        if is_reference and amount == 0:
            self.log.error("reference_amount_zero", where, flow=title)
        self._volume_formula(element, where)
        return Exchange(
            flow=self._flow(element, elementary, unit, where),
            is_input=side == "input",
            amount=amount,
            unit=unit,
            id=(element.get("id") or "").lower(),
            formula=element.get("mathematicalRelation") or "",
            is_reference=is_reference,
            provider=(element.get("activityLinkId") or "").strip().lower(),
            spread=self._spread(element, where),
            comment=" ".join(text for one in element.findall("comment") if (text := text_of(one))),
            where=where,
            production_volume=lenient_number(
                element.get("productionVolumeAmount"), self.log, where, "productionVolumeAmount"
            ),
        )

    def _amount(self, element: Element, where: str, title: str) -> float:
        amount = lenient_number(element.get("amount"), self.log, where, "amount")
        self._variable(element, amount, where)
        if amount is None:
            self.log.error("amount_missing", where, flow=title)
            return UNKNOWN
        return amount

    def _volume_formula(self, element: Element, where: str) -> None:
        volume = element.get("productionVolumeAmount")
        if volume:
            names = ("productionVolumeVariableName", "productionVolumeMathematicalRelation")
            if any(map(element.get, names)):
                self._variable(element, lenient_number(volume, Log(), where), where, *names)
        for one in element.findall("property"):
            if one.get("variableName") or one.get("mathematicalRelation"):
                amount = lenient_number(one.get("amount"), Log(), where)
                self._variable(one, amount, place(self.member, one))

    def _variable(
        self,
        element: Element,
        amount: float | None,
        where: str,
        name_key: str = "variableName",
        formula_key: str = "mathematicalRelation",
    ) -> None:
        name, formula = (element.get(name_key) or "").strip(), (element.get(formula_key) or "").strip()
        if name:
            self.scope.define(name, amount, formula if amount is None else "")
        if formula:
            self.formulas.append((name, formula, amount, where))

    def _compare_formulas(self) -> None:
        """Compare each stated amount with its formula: the amount stands, another formula value is a finding."""
        self.scope.settle()
        for _, formula, stated, where in self.formulas:
            try:
                value = evaluate(formula, self.scope)
            except TanbiaoError as error:
                reason = error.code
                self.log.info("formula_not_evaluated", where, formula=formula, reason=reason)
                continue
            if stated is not None and abs(value - stated) > _TOLERANCE * max(abs(value), abs(stated)):
                self.log.warn("formula_disagrees", where, formula=formula, value=value, stated=stated)

    def _flow(self, element: Element, elementary: bool, unit: str, where: str) -> str:
        attribute = "elementaryExchangeId" if elementary else "intermediateExchangeId"
        name = _words(element, "name")
        key = (element.get(attribute) or "").strip().lower()
        known = self.reader.flows.get(key)
        categories = self._flow_categories(element, elementary) if known is None else ()
        if not name:
            self.log.error("flow_unnamed", where)
        if not key:
            self.log.warn("flow_without_id", where, flow=_any(name))
            key = name_id("ecospold2", element.tag, _any(name), unit, *(categories if elementary else ()))
            known = self.reader.flows.get(key)
        cas = cas_number(element.get("casNumber"), self.log, where)
        if known is None:
            self.reader.flows[key] = Flow(
                id=key,
                name=name,
                kind=_flow_kind(element, elementary),
                properties=self._properties(element),
                cas=cas,
                formula=element.get("formula") or "",
                categories=categories,
                synonyms=tuple(text for one in element.findall("synonym") if (text := text_of(one))),
                unit=unit,
            )
        else:
            self._merge(known, name, unit, cas, where)
        return key

    def _merge(self, known: Flow, name: Mapping[str, str], unit: str, cas: str, where: str) -> None:
        """Add what another place says of a flow already known; a contradiction is a finding."""
        for what, one, other in (("unit", known.unit, unit), ("casNumber", known.cas, cas)):
            if one and other and one != other:
                self.log.warn("flow_differs", where, name=_any(known.name), field=what, one=one, other=other)
        for language, text in name.items():
            if known.name.get(language, text) != text:
                one = known.name[language]
                self.log.warn("flow_differs", where, name=one, field=f"name {language}", one=one, other=text)
        if not name.keys() <= known.name.keys() or (cas and not known.cas):
            merged = {**name, **known.name}
            self.reader.flows[known.id] = replace(known, name=merged, cas=known.cas or cas)

    def _flow_categories(self, element: Element, elementary: bool) -> tuple[str, ...]:
        if elementary:
            outer = element.find("compartment")
            if outer is None:
                return ()
            parts = (child_text(outer, "compartment"), child_text(outer, "subcompartment"))
            return tuple(part for part in parts if part)
        return tuple(
            f"{system}: {child_text(one, 'classificationValue')}"
            for one in element.findall("classification")
            if (system := child_text(one, "classificationSystem")) != "By-product classification"
        )

    def _properties(self, element: Element) -> dict[str, float]:
        """Return how much of each property one unit of the flow has; each property becomes a flow property."""
        found: dict[str, float] = {}
        for one in element.findall("property"):
            key = (one.get("propertyId") or "").lower()
            amount = lenient_number(one.get("amount"), self.log, place(self.member, one), "property")
            if key and amount is not None:
                _, unit_id = self.reader.unit(one)
                name = child_text(one, "name")
                self.reader.properties.setdefault(key, FlowProperty(key, name, unit_id))
                found[key] = amount
        return found

    def _spread(self, element: Element, where: str) -> Spread | None:
        uncertainty = element.find("uncertainty")
        return spread_element(uncertainty, self.log, where) if uncertainty is not None else None

    def _parameters(self, process: str) -> Iterator[Parameter]:
        for element in self.flow_data.findall("parameter"):
            where = place(self.member, element)
            amount = lenient_number(element.get("amount"), self.log, where, "parameter")
            name = (element.get("variableName") or "").strip() or child_text(element, "name")
            self._variable(element, amount, where)
            if not name:
                self.log.warn("parameter_unnamed", where)
                continue
            comment = " ".join(
                text for text in (child_text(element, "name"), child_text(element, "comment")) if text and text != name
            )
            formula = element.get("mathematicalRelation") or ""
            yield Parameter(name, amount, formula, process, self._spread(element, where), comment)

    def _results(self) -> Iterator[ModuleResult]:
        for element in self.flow_data.findall("impactIndicator"):
            where = place(self.member, element)
            amount = lenient_number(element.get("amount"), self.log, where, "impactIndicator")
            tags = ("impactMethodName", "impactCategoryName", "name")
            indicator = " | ".join(text for tag in tags if (text := child_text(element, tag)))
            if amount is None:
                self.log.error("amount_missing", where, flow=indicator)
            else:
                yield ModuleResult(indicator, "", amount, child_text(element, "unitName"))

    def _citations(self) -> tuple[str, ...]:
        ids: list[str] = []
        for element in self.element.findall("modellingAndValidation/review"):
            details = _long_text(element.find("details"))
            ids.append(
                self._cite("review", element.get("reviewerName") or "", details, element.get("reviewDate") or "")
            )
        administrative = _part(self.element, "administrativeInformation")
        for tag in ("dataEntryBy", "dataGeneratorAndPublication"):
            for element in administrative.findall(tag):
                key, name = (element.get("personId") or "").lower(), element.get("personName") or ""
                if name:
                    ids.append(self._cite("actor", name, element.get("personEmail") or "", key=key))
                if title := element.get("publishedSourceTitle") or element.get("publishedSourceFirstAuthor"):
                    author = element.get("publishedSourceFirstAuthor") or ""
                    text = ", ".join(part for part in (author, element.get("publishedSourceYear") or "") if part)
                    key = (element.get("publishedSourceId") or "").lower()
                    ids.append(self._cite("source", title, text, key=key))
        return tuple(dict.fromkeys(ids))

    def _cite(
        self, kind: Literal["source", "actor", "review"], name: str, text: str, version: str = "", key: str = ""
    ) -> str:
        key = key or name_id("ecospold2", kind, name, text, version)
        self.reader.citations.setdefault(key, Citation(key, kind, name, text, version=version))
        return key

    def _licence(self) -> str:
        element = self.element.find("administrativeInformation/dataGeneratorAndPublication")
        if element is None:
            return ""
        parts = []
        if protected := element.get("isCopyrightProtected"):
            parts.append(f"isCopyrightProtected: {protected}")
        if access := element.get("accessRestrictedTo"):
            parts.append(f"accessRestrictedTo: {access} ({_ACCESS.get(access, 'unknown')})")
        return "; ".join(parts)

    def _documentation(self) -> dict[str, str]:
        modelling = _part(self.element, "modellingAndValidation")
        special = self.activity.get("specialActivityType") or ""
        parts = {
            "generalComment": _long_text(self.activity.find("generalComment")),
            "includedActivitiesStart": child_text(self.activity, "includedActivitiesStart"),
            "includedActivitiesEnd": child_text(self.activity, "includedActivitiesEnd"),
            "synonym": "; ".join(text for one in self.activity.findall("synonym") if (text := text_of(one))),
            "tag": "; ".join(text for one in self.activity.findall("tag") if (text := text_of(one))),
            "specialActivityType": f"{special} ({_SPECIAL[special]})" if special in _SPECIAL else special,
            "parentActivityId": self.activity.get("parentActivityId"),
            "inheritanceDepth": self.activity.get("inheritanceDepth"),
            "geography": _long_text(self.description.find("geography/comment")),
            "technologyLevel": _part(self.description, "technology").get("technologyLevel"),
            "timePeriod": _long_text(self.description.find("timePeriod/comment")),
            "macroEconomicScenario": child_text(self.description, "macroEconomicScenario/name"),
            "systemModelName": child_text(modelling, "representativeness/systemModelName"),
            "samplingProcedure": child_text(modelling, "representativeness/samplingProcedure"),
            "extrapolations": child_text(modelling, "representativeness/extrapolations"),
        }
        return {key: text for key, text in parts.items() if text}


def _day(text: str | None) -> str:
    """Return a date as it stands; one that some programs write with a time of day, without it."""
    return re.sub(r"(?<=^\d{4}-\d\d-\d\d)T.*", "", (text or "").strip())


def _part(element: Element, path: str) -> Element:
    """Return the element at ``path``, or an empty one."""
    found = element.find(path)
    return found if found is not None else Element(path.rpartition("/")[2])


def _group(exchange: Element) -> tuple[str, str]:
    for side in ("input", "output"):
        element = exchange.find(f"{side}Group")
        if element is not None:
            return side, text_of(element)
    return "", ""


def _flow_kind(element: Element, elementary: bool) -> FlowKind:
    """Return what a flow is; "Waste" by the by-product classification, as ecoinvent has it."""
    if elementary:
        return FlowKind.ELEMENTARY
    for one in element.findall("classification"):
        if child_text(one, "classificationSystem") == "By-product classification":
            return FlowKind.WASTE if child_text(one, "classificationValue").lower() == "waste" else FlowKind.PRODUCT
    return FlowKind.PRODUCT
