"""Processes as ILCD datasets: exchanges in reference units, parameters, allocation in per cent, sources and reviews."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Final
from xml.sax.saxutils import quoteattr

from tanbiao.core.dataset.inventory import (
    AllocationFactor,
    Citation,
    Exchange,
    Inventory,
    Parameter,
    Process,
    ProcessKind,
    Spread,
)
from tanbiao.core.lca.linking_units import Measures
from tanbiao.formats.writers.identity import numbers_of, uuid_of
from tanbiao.formats.writers.ilcd_xml import STRING, Text, dataset, languages, per_cent, wrapped

_TYPES: Final = {
    ProcessKind.UNIT: "Unit process, single operation",
    ProcessKind.SYSTEM: "LCI result",
    ProcessKind.PARTLY_TERMINATED: "Partly terminated system",
    ProcessKind.EPD: "LCI result",
}
_METHODS: Final = {
    "physical": "Allocation - mass",
    "economic": "Allocation - market value",
    "causal": "Allocation - physical causality",
}
_REVIEWS: Final = frozenset(
    (
        "Dependent internal review",
        "Independent internal review",
        "Independent external review",
        "Accredited third party review",
        "Independent review panel",
        "Not reviewed",
    )
)
_SHAPES: Final = {"lognormal": "log-normal"}
_COMMENT: Final = re.compile(r"dataSetInformation/generalComment(?:@(\w+))?")
_NAME: Final = re.compile(r"[A-Za-z_]\w*")
_LARGEST: Final = 999_999


class ProcessWriter:
    """Writes the processes of an inventory whose flows all have a reference property."""

    def __init__(self, inventory: Inventory, text: Text) -> None:
        self.inventory, self.text, self.lost = inventory, text, text.lost
        self.measures = Measures(inventory)
        if inventory.parameters:
            unused = not any(_computes(one) for one in inventory.processes)
            what = "unused parameters of the whole archive" if unused else "parameters of the whole archive (copied)"
            self.lost[what] += len(inventory.parameters)

    def write(self, process: Process) -> bytes:
        """Return a process dataset."""
        text = self.text
        self._count(process)
        numbers = numbers_of(process.exchanges)
        if max(numbers, default=0) > _LARGEST or len(set(numbers)) < len(numbers):
            numbers = list(range(len(numbers)))
        known: dict[str, Parameter] = {}
        for one in (*process.parameters, *(self.inventory.parameters if _computes(process) else ())):
            if known.setdefault(one.name.lower(), one).value != one.value:
                self.lost["parameters hidden by another of their name"] += 1
        parameters = list(known.values())
        formulas: dict[int, str] = {}
        for number, exchange in zip(numbers, process.exchanges, strict=True):
            if exchange.formula:
                formulas[number] = _variable(exchange.formula, number, parameters, process)
        references = "".join(
            f"<referenceToReferenceFlow>{number}</referenceToReferenceFlow>"
            for number, one in zip(numbers, process.exchanges, strict=True)
            if one.is_reference
        )
        shares = self._shares(process, numbers)
        exchanges = "".join(
            self._exchange(one, number, formulas.get(number, ""), shares.get(number, ""))
            for number, one in zip(numbers, process.exchanges, strict=True)
        )
        place = f"<locationOfOperationSupplyOrProduction location={quoteattr(process.location)}/>"
        reference = f'<quantitativeReference type="Reference flow(s)">{references}</quantitativeReference>'
        described = text.one("technologyDescriptionAndIncludedProcesses", process.technology)
        information = (
            self._about(process)
            + (reference if references else "")
            + self._time(process)
            + (wrapped("geography", place) if process.location else "")
            + wrapped("technology", described)
            + wrapped("mathematicalRelations", "".join(self._parameter(one) for one in parameters))
        )
        return dataset(
            "processDataSet",
            "Process",
            (
                wrapped("processInformation", information),
                wrapped("modellingAndValidation", self._modelling(process)),
                wrapped("administrativeInformation", self._administration(process)),
                wrapped("exchanges", exchanges),
            ),
        )

    def _count(self, process: Process) -> None:
        """Count what has no place."""
        exchanges = process.exchanges
        counts = {
            "default providers": sum(bool(one.provider) for one in exchanges),
            "avoided products (written as inputs or outputs)": sum(one.is_avoided for one in exchanges),
            "production volumes": sum(one.production_volume is not None for one in exchanges),
            "pedigree scores and data quality entries": sum(
                bool(one.quality or (one.spread and (one.spread.pedigree or one.spread.base_sigma)))
                for one in exchanges
            ),
            "results by module": len(process.results),
            "EPD results (written as LCI results)": process.kind is ProcessKind.EPD,
            "default allocation methods that ILCD does not name": process.default_allocation not in ("", *_METHODS),
        }
        for what, count in counts.items():
            if count:
                self.lost[what] += int(count)

    def _about(self, process: Process) -> str:
        text = self.text
        comments: dict[str, list[str]] = {}
        has_english = any((found := _COMMENT.fullmatch(key)) and found[1] == "en" for key in process.documentation)
        unnamed = "en" if has_english else ""
        for key, said in process.documentation.items():
            found = _COMMENT.fullmatch(key)
            if found is None:
                self.lost["fields of documentation (kept in the general comment)"] += 1
            comments.setdefault((found[1] if found else "") or unnamed, []).append(said if found else f"{key}: {said}")
        return wrapped(
            "dataSetInformation",
            f"<common:UUID>{uuid_of('process', process.id)}</common:UUID>"
            + wrapped("name", text.many("baseName", process.name, STRING) or text.one("baseName", process.id))
            + text.classes(process)
            + text.many("common:generalComment", {key: "\n".join(parts) for key, parts in comments.items()}),
        )

    def _time(self, process: Process) -> str:
        if any(len(one) > 4 for one in (process.valid_from, process.valid_until)):
            self.lost["days of validity (years are kept)"] += 1
        tags = (("common:referenceYear", process.valid_from), ("common:dataSetValidUntil", process.valid_until))
        return wrapped("time", "".join(self.text.one(tag, date[:4]) for tag, date in tags))

    def _parameter(self, one: Parameter) -> str:
        value = "" if one.value is None else f"<meanValue>{one.value!r}</meanValue>"
        inner = self.text.one("formula", one.formula) + value
        inner += self._spread(one.spread, one.value, 1.0, ("minimumValue", "maximumValue"))
        inner += self.text.one("comment", one.comment, STRING)
        return f"<variableParameter name={quoteattr(one.name)}>{inner}</variableParameter>"

    def _exchange(self, one: Exchange, number: int, variable: str, shares: str) -> str:
        text, flow = self.text, self.inventory.flows.get(one.flow)
        factor = self.measures.factor(flow, one.unit, one.flow_property) if flow is not None else 1.0
        if factor is None:
            self.lost["units that the flow is not measured in (amounts left as they are)"] += 1
            factor = 1.0
        amount = one.amount * factor
        known = math.isfinite(amount)
        mean = repr(factor) if variable else repr(amount) if known else "NaN"
        inner = text.reference(
            "referenceToFlowDataSet", "flow", uuid_of("flow", one.flow), languages(flow.name) if flow else None
        )
        inner += text.one("location", one.location)
        inner += f"<exchangeDirection>{'Input' if one.is_input else 'Output'}</exchangeDirection>"
        inner += text.one("referenceToVariable", variable)
        inner += f"<meanAmount>{mean}</meanAmount>"
        inner += f"<resultingAmount>{amount!r}</resultingAmount>" if known else ""
        inner += self._spread(one.spread, amount if known else None, factor, ("minimumAmount", "maximumAmount"))
        inner += wrapped("allocations", shares)
        inner += text.one("generalComment", one.comment, STRING)
        return f'<exchange dataSetInternalID="{number}">{inner}</exchange>'

    def _spread(self, spread: Spread | None, centre: float | None, factor: float, tags: tuple[str, str]) -> str:
        """Return the uncertainty around a value: its bounds, and the percentage that the format asks for."""
        if spread is None:
            return ""
        low, high = (None if one is None else one * factor for one in (spread.minimum, spread.maximum))
        kind, percent = spread.kind, ""
        if kind in ("lognormal", "normal"):
            if spread.sigma is None or not centre:
                self.lost["spreads without width or around no known value"] += 1
                return ""
            width = spread.sigma
            if kind == "lognormal":
                squared = math.exp(min(2.0 * width, 700.0))
                percent = _rounded(100.0 * (squared - 1.0))
                low, high = centre / squared, centre * squared
            else:
                half = 2.0 * width * abs(factor)
                percent = _rounded(100.0 * half / abs(centre))
                low, high = centre - half, centre + half
        elif kind == "triangular" and (low is None or high is None or centre is None or not low <= centre <= high):
            self.lost["triangles whose mode is not the amount"] += 1
            kind = "undefined"
        elif kind == "triangular" and spread.mode is not None and spread.mode * factor != centre:
            self.lost["triangles whose mode is not the amount"] += 1
        bounds = sorted(one for one in (low, high) if one is not None and math.isfinite(one))
        if len(bounds) < 2 and not percent:
            return ""
        told = "".join(f"<{tag}>{one!r}</{tag}>" for tag, one in zip(tags, bounds, strict=False))
        told += f"<uncertaintyDistributionType>{_SHAPES.get(kind, kind)}</uncertaintyDistributionType>"
        return told + self.text.one("relativeStandardDeviation95In", percent)

    def _shares(self, process: Process, numbers: list[int]) -> Mapping[int, str]:
        """Return the allocations of each exchange, of one method: the default's, else the first that there is."""
        methods = list(dict.fromkeys(one.method for one in process.allocation))
        if not methods:
            return {}
        method = process.default_allocation if process.default_allocation in methods else methods[0]
        if len(methods) > 1:
            self.lost["allocation by a second method"] += sum(one.method != method for one in process.allocation)
        made = {one.id: number for one, number in zip(process.exchanges, numbers, strict=True)}
        products = {
            one.flow: number for one, number in zip(reversed(process.exchanges), reversed(numbers), strict=True)
        }
        shares: dict[int, str] = {}
        for one in process.allocation:
            if one.method != method:
                continue
            product = products.get(one.product)
            wanted = numbers if not one.exchange else [made[one.exchange]] if one.exchange in made else []
            if product is None or not wanted or not math.isfinite(one.value):
                self.lost["allocation factors without their exchange or product"] += 1
                continue
            share = self._share(one)
            for number in wanted:
                row = f'<allocation internalReferenceToCoProduct="{product}" allocatedFraction="{share}"/>'
                shares[number] = shares.get(number, "") + row
        return shares

    def _share(self, one: AllocationFactor) -> str:
        if not one.exchange:
            self.lost["allocation of whole processes (written for each exchange)"] += 1
        if one.formula:
            self.lost["formulas of allocation factors"] += 1
        share = per_cent(100.0 * one.value)
        if not math.isclose(float(share), 100.0 * one.value, rel_tol=1e-12):
            self.lost["digits of allocation factors beyond the format's five"] += 1
        return share

    def _modelling(self, process: Process) -> str:
        text = self.text
        method = next((one.method for one in process.allocation), process.default_allocation)
        named = process.default_allocation if process.default_allocation in _METHODS else method
        kinds = text.one("typeOfDataSet", _TYPES[process.kind]) + text.one(
            "LCIMethodApproaches", _METHODS.get(named, "")
        )
        cited = [self.inventory.citations[key] for key in process.citations if key in self.inventory.citations]
        if len(cited) < len(process.citations):
            self.lost["citations that are not there"] += len(process.citations) - len(cited)
        sources = "".join(
            text.reference("referenceToDataSource", "source", uuid_of("source", one.id), {"en": one.name})
            for one in cited
            if one.kind == "source"
        )
        reviews = "".join(self._review(one) for one in cited if one.kind == "review")
        return (
            wrapped("LCIMethodAndAllocation", kinds)
            + wrapped("dataSourcesTreatmentAndRepresentativeness", sources)
            + wrapped("validation", reviews)
        )

    def _review(self, one: Citation) -> str:
        kind = one.name if one.name in _REVIEWS else ""
        if not kind and one.name not in ("", "review"):
            self.lost["kinds of review that ILCD does not name"] += 1
        details = self.text.one("common:reviewDetails", one.text)
        return f"<review{f' type={quoteattr(kind)}' if kind else ''}>{details}</review>"

    def _administration(self, process: Process) -> str:
        text = self.text
        actors = "".join(
            text.reference(
                "common:referenceToPersonOrEntityGeneratingTheDataSet",
                "contact",
                uuid_of("actor", key),
                {"en": one.name},
            )
            for key in process.citations
            if (one := self.inventory.citations.get(key)) is not None and one.kind == "actor"
        )
        published = text.one("common:accessRestrictions", process.licence)
        if process.version or published:
            published = text.version(process.version) + published
        return wrapped("dataGenerator", actors) + wrapped("publicationAndOwnership", published)


def _rounded(percent: float) -> str:
    """Return a percentage of five digits where these say the same; nothing where the bounds alone do."""
    if not 0.0 < percent < 99_999.0:
        return ""
    text = per_cent(percent)
    return text if math.isclose(float(text), percent, rel_tol=2e-4) else ""


def _computes(process: Process) -> bool:
    return any(one.formula for one in process.exchanges) or any(one.formula for one in process.parameters)


def _variable(formula: str, number: int, parameters: list[Parameter], process: Process) -> str:
    """Return the variable that an exchange refers to: a parameter of its formula's, made where there is none."""
    if _NAME.fullmatch(formula.strip()):
        return formula.strip()
    taken = {one.name.lower() for one in parameters}
    name = f"formula_{number}"
    while name in taken:
        name += "_"
    parameters.append(Parameter(name, None, formula, process.id))
    return name
