"""EcoSpold 1 (``http://www.EcoInvent.org/EcoSpold01``): processes of ecoinvent 1 and 2, US LCI and many tools' exports.

The format gives no ids: an exchange's ``number`` is the flow's in ecoinvent and a plain sequence elsewhere. Products
are therefore known by name, location and unit, elementary flows by name, category, sub-category and unit, and get
name-based UUIDs. A file may hold many datasets; they are read one at a time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal
from xml.etree.ElementTree import Element  # a type; what parses is defusedxml

from tanbiao.core.dataset.inventory import (
    AllocationFactor,
    Citation,
    Exchange,
    Flow,
    FlowKind,
    Inventory,
    ModuleResult,
    Process,
    ProcessKind,
    Spread,
)
from tanbiao.formats.reading import UNKNOWN, Log, cas_number, documents, lenient_number, name_id, pedigree_of, spread_of
from tanbiao.formats.xml_stream import child_text, elements, place, text_of

FORMAT: Final = "ecospold1"
NAMESPACE: Final = "http://www.EcoInvent.org/EcoSpold01"
SUFFIXES: Final = (".xml", ".spold")

_TYPES: Final = {
    "0": ProcessKind.PARTLY_TERMINATED,
    "1": ProcessKind.UNIT,
    "2": ProcessKind.SYSTEM,
    "5": ProcessKind.UNIT,
}
"""``dataSetInformation/@type``: system not terminated, unit process, system terminated, multi-output process."""
_MULTI_OUTPUT: Final = "5"
_SPREADS: Final = {"0": "undefined", "1": "lognormal", "2": "normal", "3": "triangular", "4": "uniform"}
_ALLOCATIONS: Final[Mapping[str, Literal["physical", "economic", "causal", "other"]]] = {
    "0": "physical",
    "1": "economic",
}
"""``allocation/@allocationMethod``: −1 undefined, 0 physical causality, 1 economic causality, 2 other."""
_ACCESS: Final = {"0": "public", "1": "ETH domain", "2": "ecoinvent 2000", "3": "institute"}


def read(files: Mapping[str, bytes]) -> Inventory:
    """Read every EcoSpold 1 document among the files.

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
    citations: dict[str, Citation] = field(default_factory=dict)
    numbers: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """(dataset number, flow of its reference) → ids of processes, to follow an exchange's number to its supplier."""
    ids: dict[str, int] = field(default_factory=dict)

    def member(self, name: str, data: bytes) -> None:
        found = False
        for root, dataset in elements(data, self.log, name):
            if not found:
                found = True
                self._check_root(root, name)
            if dataset.tag != "dataset":
                self.log.warn("element_unexpected", place(name, dataset), element=str(dataset.tag))
            elif "EcoSpold01Impact" in (root.get("#tag") or ""):
                count = len(dataset.findall("flowData/exchange"))
                self.log.warn("impact_method_left_out", place(name, dataset), name=_title(dataset), factors=count)
            else:
                self.processes.append(_Dataset(self, dataset, name).process())

    def _check_root(self, root: Element, name: str) -> None:
        tag = root.get("#tag") or ""
        if root.tag != "ecoSpold" or "EcoSpold01" not in tag:
            self.log.warn("xml_root_unexpected", name, found=tag, expected=f"{{{NAMESPACE}}}ecoSpold")

    def inventory(self) -> Inventory:
        processes = [self._with_providers(process) for process in self.processes]
        return Inventory(
            format=FORMAT,
            processes=tuple(processes),
            flows=self.flows,
            citations=self.citations,
            findings=self.log.close(),
        )

    def _with_providers(self, process: Process) -> Process:
        """Follow the numbers of inputs to datasets of the same files, where number and product both fit exactly one."""
        changed = False
        exchanges = []
        for one in process.exchanges:
            suppliers = self.numbers.get((one.id, one.flow), ()) if one.is_input else ()
            if len(suppliers) == 1 and suppliers[0] != process.id:
                one, changed = replace(one, provider=suppliers[0]), True
            exchanges.append(one)
        return replace(process, exchanges=tuple(exchanges)) if changed else process

    def flow(self, flow: Flow, where: str) -> str:
        known = self.flows.setdefault(flow.id, flow)
        if known is not flow and known.cas != flow.cas:
            if known.cas and flow.cas:
                self.log.warn(
                    "flow_differs", where, name=_any(flow.name), field="CASNumber", one=known.cas, other=flow.cas
                )
            elif flow.cas:
                self.flows[flow.id] = replace(known, cas=flow.cas)
        return flow.id


def _title(dataset: Element) -> str:
    reference = dataset.find("metaInformation/processInformation/referenceFunction")
    return (reference.get("name") or "") if reference is not None else ""


def _any(words: Mapping[str, str]) -> str:
    return next(iter(words.values()), "")


class _Dataset:
    """One ``dataset`` element."""

    def __init__(self, reader: _Reader, element: Element, member: str) -> None:
        self.reader, self.log = reader, reader.log
        self.element, self.member = element, member
        self.where = place(member, element)
        about = element.find("metaInformation/processInformation")
        self.about = about if about is not None else Element("processInformation")
        found = self.about.find("referenceFunction")
        self.function = found if found is not None else Element("referenceFunction")
        found = self.about.find("dataSetInformation")
        self.information = found if found is not None else Element("dataSetInformation")
        # the schema's own defaults
        self.language = (self.information.get("languageCode") or "en").lower()
        self.local_language = (self.information.get("localLanguageCode") or "de").lower()
        self.is_result = (self.information.get("impactAssessmentResult") or "").strip().lower() in ("true", "1")
        self.location = child_text_attribute(self.about, "geography", "location")
        self.widthless = 0

    def process(self) -> Process:
        if not self.function.get("name"):
            self.log.warn("process_unnamed", self.where)
        exchanges, results = self._exchanges()
        allocation = self._allocation(exchanges)
        reference = next((one for one in exchanges if one.is_reference), None)
        if reference is None and not self.is_result:
            self.log.error("reference_missing", self.where, name=_title(self.element))
        if self.widthless:
            self.log.info("spread_without_width", self.where, count=self.widthless)
        process_id = self._id()
        number = self.element.get("number") or ""
        if reference is not None and number:
            self.reader.numbers.setdefault((number, reference.flow), []).append(process_id)
        start, end = self._years()
        kind = self.information.get("type") or "1"
        if kind not in _TYPES:
            self.log.warn("process_type_unknown", self.where, value=kind)
        return Process(
            id=process_id,
            name=self._words(self.function, "name", "localName"),
            kind=_TYPES.get(kind, ProcessKind.UNIT),
            exchanges=tuple(exchanges),
            version=self.information.get("version") or "",
            location=self.location,
            valid_from=start,
            valid_until=end,
            technology=child_text_attribute(self.about, "technology", "text"),
            categories=_categories(self.function),
            allocation=tuple(allocation),
            results=tuple(results),
            citations=self._citations(),
            licence=self._licence(),
            documentation=self._documentation(),
            where=self.where,
        )

    def _id(self) -> str:
        function = self.function
        key = name_id(
            "ecospold1 process",
            self.element.get("number") or "",
            function.get("name") or "",
            self.location,
            function.get("unit") or "",
            *_categories(function),
        )
        seen = self.reader.ids[key] = self.reader.ids.get(key, 0) + 1
        if seen == 1:
            return key
        self.log.warn("process_twice", self.where, name=_title(self.element))
        return name_id("ecospold1 process", key, str(seen))

    def _words(self, element: Element, name: str, local: str) -> dict[str, str]:
        words = {self.local_language: element.get(local) or "", self.language: element.get(name) or ""}
        return {language: text for language, text in words.items() if text.strip()}

    def _years(self) -> tuple[str, str]:
        period = self.about.find("timePeriod")
        if period is None:
            return "", ""
        pairs = (("startYear", "startYearMonth", "startDate"), ("endYear", "endYearMonth", "endDate"))
        start, end = (next((text for tag in tags if (text := child_text(period, tag))), "") for tags in pairs)
        return start, end

    def _exchanges(self) -> tuple[list[Exchange], list[ModuleResult]]:
        found = self.element.findall("flowData/exchange")
        groups = [_group(one) for one in found]
        has_reference = ("output", "0") in groups
        # a multi-output process is there for all its co-products (group 2); group 0 is then often missing
        products = {("output", "0")} if has_reference else {("output", "2")}
        if not has_reference and ("output", "2") in groups and self.information.get("type") != _MULTI_OUTPUT:
            self.log.warn("reference_guessed", self.where, name=_title(self.element))
        exchanges: list[Exchange] = []
        results: list[ModuleResult] = []
        for element, group in zip(found, groups, strict=True):
            where = place(self.member, element)
            amount = self._amount(element, where)
            if self.is_result and group not in products and not math.isnan(amount):
                indicator = " | ".join((*_categories(element), element.get("name") or ""))
                results.append(ModuleResult(indicator, "", amount, element.get("unit") or ""))
                continue
            exchanges.append(self._exchange(element, group, amount, group in products, where))
        return exchanges, results

    def _amount(self, element: Element, where: str) -> float:
        amount = lenient_number(element.get("meanValue"), self.log, where, "meanValue")
        if amount is None:
            self.log.error("amount_missing", where, flow=element.get("name") or "")
            return UNKNOWN
        return amount

    def _exchange(
        self, element: Element, group: tuple[str, str], amount: float, is_reference: bool, where: str
    ) -> Exchange:
        side, code = group
        if not side:
            self.log.error("exchange_without_group", where, flow=element.get("name") or "")
        elementary = code == "4" or (not side and bool(element.get("category")) and not element.get("location"))
        comment = element.get("generalComment") or ""
        return Exchange(
            flow=self._flow(element, elementary, code == "3" and side == "output", where),
            is_input=side == "input",
            amount=amount,
            unit=element.get("unit") or self._unit_default(element, where),
            id=element.get("number") or "",
            is_reference=is_reference,
            is_avoided=group == ("output", "1"),
            location=element.get("location") or "",
            spread=self._spread(element, amount, comment, where),
            comment=comment,
            where=where,
        )

    def _unit_default(self, element: Element, where: str) -> str:
        self.log.error("flow_unit_missing", where, flow=element.get("name") or "")
        return ""

    def _flow(self, element: Element, elementary: bool, waste: bool, where: str) -> str:
        name, unit = element.get("name") or "", element.get("unit") or ""
        if not name.strip():
            self.log.error("flow_unnamed", where)
        categories = _categories(element)
        location = "" if elementary else (element.get("location") or "")
        if elementary:
            key = name_id("ecospold1 elementary", name, *categories, unit)
        else:
            key = name_id("ecospold1 product", name, location, unit)
        kind = FlowKind.ELEMENTARY if elementary else FlowKind.WASTE if waste else FlowKind.PRODUCT
        formula = element.get("formula") or ""
        flow = Flow(
            id=key,
            name=self._words(element, "name", "localName"),
            kind=kind,
            cas=cas_number(element.get("CASNumber"), self.log, where),
            formula="" if formula == "0" else formula,
            categories=categories,
            location=location,
            unit=unit,
        )
        return self.reader.flow(flow, where)

    def _spread(self, element: Element, mean: float, comment: str, where: str) -> Spread | None:
        kind = (element.get("uncertaintyType") or "").strip()
        deviation, low, mode, high = (
            lenient_number(element.get(name), self.log, where, name)
            for name in ("standardDeviation95", "minValue", "mostLikelyValue", "maxValue")
        )
        if not kind:  # the documentation of the format: "lognormal (default)"
            kind = "1" if deviation else "0"
        if kind not in _SPREADS:
            self.log.warn("spread_unknown", where, kind=kind)
            kind = "0"
        if kind in ("1", "2") and not deviation:
            self.widthless += 1
        if kind == "3" and mode is None and low is not None and high is not None:
            mode = 3 * mean - low - high  # the mean of a triangular distribution is (a + b + c)/3
        pedigree = pedigree_of(comment)
        return spread_of(
            _SPREADS[kind], self.log, where, deviation=deviation, low=low, mode=mode, high=high, pedigree=pedigree
        )

    def _allocation(self, exchanges: list[Exchange]) -> list[AllocationFactor]:
        """Return the factors of ``allocation`` elements; ``fraction`` is in per cent, but some write shares."""
        by_number: dict[str, Exchange] = {one.id: one for one in exchanges if one.id}
        stated: list[AllocationFactor] = []
        sums: dict[str, float] = {}
        for element in self.element.findall("flowData/allocation"):
            where = place(self.member, element)
            fraction = lenient_number(element.get("fraction"), self.log, where, "fraction")
            product = by_number.get(element.get("referenceToCoProduct") or "")
            if fraction is None or product is None:
                self.log.error("allocation_unreadable", where, product=element.get("referenceToCoProduct") or "")
                continue
            method = _ALLOCATIONS.get(element.get("allocationMethod") or "", "other")
            for target in element.findall("referenceToInputOutput"):
                number = text_of(target)
                if number not in by_number:
                    self.log.warn("allocation_target_unknown", where, number=number)
                    continue
                stated.append(AllocationFactor(product.flow, fraction, method, number))
                sums[number] = sums.get(number, 0.0) + fraction
        whole = 100.0
        if sums and all(abs(total - 1) <= 0.001 for total in sums.values()):
            whole = 1.0
            self.log.warn("allocation_in_shares", self.where, name=_title(self.element))
        references = [one for one in exchanges if one.is_reference]
        self._check_sums({number: 100 * total / whole for number, total in sums.items()}, references)
        return [replace(one, value=one.value / whole) for one in stated]

    def _check_sums(self, sums: Mapping[str, float], references: list[Exchange]) -> None:
        if len(references) > 1:
            off = sorted(number for number, total in sums.items() if abs(total - 100) > 0.1)
            if off:
                shown = ", ".join(off[:10])
                self.log.warn("coproduct_shares_sum", self.where, exchanges=shown, count=len(off), total=sums[off[0]])
            if not sums:
                self.log.error("coproduct_shares_missing", self.where, count=len(references))

    def _citations(self) -> tuple[str, ...]:
        ids = []
        for element in self.element.findall("metaInformation/modellingAndValidation/source"):
            author = element.get("firstAuthor") or ""
            text = ", ".join(
                part
                for name in (
                    "firstAuthor",
                    "additionalAuthors",
                    "year",
                    "title",
                    "titleOfAnthology",
                    "journal",
                    "publisher",
                )
                if (part := (element.get(name) or "").strip())
            )
            title = element.get("title") or author
            ids.append(self._cite("source", title, text, author, element.get("year") or ""))
        people = {
            person.get("number") or "": person
            for person in self.element.findall("metaInformation/administrativeInformation/person")
        }
        for person in people.values():
            name = person.get("name") or ""
            contact = ", ".join(part for key in ("address", "email", "companyCode") if (part := person.get(key) or ""))
            ids.append(self._cite("actor", name, contact))
        validation = self.element.find("metaInformation/modellingAndValidation/validation")
        if validation is not None:
            reviewer = people.get(validation.get("proofReadingValidator") or "")
            name = (reviewer.get("name") or "") if reviewer is not None else ""
            details = " ".join(
                part for key in ("proofReadingDetails", "otherDetails") if (part := validation.get(key) or "")
            )
            ids.append(self._cite("review", name or "validation", details))
        return tuple(dict.fromkeys(ids))

    def _cite(self, kind: Literal["source", "actor", "review"], name: str, text: str, *more: str) -> str:
        key = name_id("ecospold1", kind, name, text, *more)
        self.reader.citations.setdefault(key, Citation(key, kind, name, text))
        return key

    def _licence(self) -> str:
        element = self.element.find("metaInformation/administrativeInformation/dataGeneratorAndPublication")
        if element is None:
            return ""
        access = element.get("accessRestrictedTo") or ""
        parts = []
        if copyright_ := element.get("copyright"):
            parts.append(f"copyright: {copyright_}")
        if access:
            parts.append(f"accessRestrictedTo: {access} ({_ACCESS.get(access, 'unknown')})")
        return "; ".join(parts)

    def _documentation(self) -> dict[str, str]:
        representativeness = self.element.find("metaInformation/modellingAndValidation/representativeness")
        parts = {
            "number": self.element.get("number"),
            "generator": self.element.get("generator"),
            "timestamp": self.element.get("timestamp"),
            "internalVersion": self.information.get("internalVersion"),
            "type": self.information.get("type"),
            "infrastructureProcess": self.function.get("infrastructureProcess"),
            "includedProcesses": self.function.get("includedProcesses"),
            "generalComment": self.function.get("generalComment"),
            "geography": child_text_attribute(self.about, "geography", "text"),
            "timePeriod": child_text_attribute(self.about, "timePeriod", "text"),
            "synonym": "; ".join(
                text for one in self.function.findall("synonym") if (text := text_of(one)) not in ("", "0")
            ),
        }
        if representativeness is not None:
            for key in ("productionVolume", "samplingProcedure", "extrapolations", "uncertaintyAdjustments", "percent"):
                parts[key] = representativeness.get(key)
        return {key: text for key, text in parts.items() if text and text.strip()}


def child_text_attribute(element: Element, tag: str, attribute: str) -> str:
    """Return an attribute of the first child with this tag, or ""."""
    child = element.find(tag)
    return (child.get(attribute) or "") if child is not None else ""


def _categories(element: Element) -> tuple[str, ...]:
    return tuple(part for key in ("category", "subCategory") if (part := (element.get(key) or "").strip()))


def _group(exchange: Element) -> tuple[str, str]:
    """Return (``input`` or ``output`` or "", code) of an exchange."""
    for side in ("input", "output"):
        element = exchange.find(f"{side}Group")
        if element is not None:
            return side, text_of(element)
    return "", ""
