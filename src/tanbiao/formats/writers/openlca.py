"""openLCA JSON-LD, schema 2, out of an inventory: the same inventory gives the same bytes.

Format: https://github.com/GreenDelta/olca-schema. What openLCA has no place for (results of an EPD by module, names in
several languages, production volumes) is not written, and said so; nothing is converted. Ids that are no UUIDs (those
of EcoSpold 1 or SimaPro) get one made from them (RFC 9562 version 5), the same each time.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from tanbiao.core import zip_guard
from tanbiao.core.dataset.inventory import (
    AllocationFactor,
    Citation,
    Exchange,
    Flow,
    FlowKind,
    FlowProperty,
    Inventory,
    Parameter,
    Process,
    ProcessKind,
    Spread,
    UnitGroup,
    Words,
)
from tanbiao.core.findings import Severity, finding
from tanbiao.formats.writers import Written
from tanbiao.formats.writers.identity import numbers_of, uuid_of

__all__ = ["write"]

Document = dict[str, Any]
_FLOW_TYPES: Final = {
    FlowKind.PRODUCT: "PRODUCT_FLOW",
    FlowKind.WASTE: "WASTE_FLOW",
    FlowKind.ELEMENTARY: "ELEMENTARY_FLOW",
}
_ALLOCATION: Final = {
    "physical": "PHYSICAL_ALLOCATION",
    "economic": "ECONOMIC_ALLOCATION",
    "causal": "CAUSAL_ALLOCATION",
    "none": "NO_ALLOCATION",
    "default": "USE_DEFAULT_ALLOCATION",
}
_OBJECTS: Final = {
    "dataDocumentor": "Actor",
    "dataGenerator": "Actor",
    "dataSetOwner": "Actor",
    "publication": "Source",
}
"""Fields of the documentation that hold an object and not text."""
_REGENERATED: Final = frozenset(
    ("sources", "contributors", "reviews", "exchangeDqSystem", "dqSystem", "otherProperties")
)
"""Fields that are made from elsewhere in the inventory, or point to what is not written."""


def write(inventory: Inventory) -> Written:
    """Return a zip with the inventory as openLCA JSON-LD, schema 2, and findings for what it could not hold.

    Reading the bytes again gives the same processes, exchanges, flows, units, parameters, allocation and uncertainties.
    """
    writer = _Writer(inventory)
    files: dict[str, Document] = {"olca-schema.json": {"version": 2}}
    for folder, documents in writer.documents():
        for document in documents:
            files[f"{folder}/{document['@id']}.json"] = document
    lost = tuple(
        finding("openlca_cannot_hold", Severity.INFO, "", what=what, count=count)
        for what, count in sorted(writer.lost.items())
    )
    return Written(zip_guard.pack({name: _text(document) for name, document in files.items()}), lost)


def _text(document: Document) -> bytes:
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")


def _filled(document: Document) -> Document:
    """Return the document without empty fields."""
    return {key: value for key, value in document.items() if value not in ("", None, [], {})}


class _Writer:
    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self.lost: Counter[str] = Counter()
        self.made_groups: dict[str, UnitGroup] = {}
        """Unit name → a group of that unit alone, for flows of formats without flow properties."""
        self.locations: dict[str, Document] = {}

    def documents(self) -> Iterable[tuple[str, list[Document]]]:
        """Yield folder and documents; processes and flows first: they say which locations and units are used."""
        inventory = self.inventory
        yield "processes", [self._process(one) for one in inventory.processes]
        yield "flows", [self._flow(one) for one in inventory.flows.values()]
        own = [FlowProperty(f"unit/{unit}", f"Amount in {unit}", group.id) for unit, group in self.made_groups.items()]
        yield "flow_properties", [self._flow_property(one) for one in (*inventory.flow_properties.values(), *own)]
        groups = (*inventory.unit_groups.values(), *self.made_groups.values())
        yield "unit_groups", [self._unit_group(one) for one in groups]
        yield "locations", [self.locations[code] for code in sorted(self.locations)]
        for folder, kind in (("sources", "source"), ("actors", "actor")):
            yield folder, [self._citation(one) for one in inventory.citations.values() if one.kind == kind]
        yield "parameters", [self._parameter(one) for one in inventory.parameters]

    # --- small objects --------------------------------------------------------------------------------------------

    def _name(self, words: Words, identifier: str) -> str:
        texts = [text for text in words.values() if text]
        if len(set(texts)) > 1:
            self.lost["names in further languages"] += 1
        return next((words[key] for key in ("", "en", "zh") if words.get(key)), texts[0] if texts else identifier)

    def _category(self, one: Flow | Process) -> str:
        if one.classifications:
            self.lost["classifications (the words of the first are kept)"] += len(one.classifications)
        if any("/" in word for word in one.categories):
            self.lost["slashes in categories"] += 1
        return "/".join(word.replace("/", "|") for word in one.categories)

    def _location(self, code: str) -> Document | None:
        if not code:
            return None
        document = {"@type": "Location", "@id": uuid_of("location", code), "name": code, "code": code}
        self.locations.setdefault(code, document)
        return {"@type": "Location", "@id": document["@id"], "name": code}

    def _flow_reference(self, key: str) -> Document:
        flow = self.inventory.flows.get(key)
        document: Document = {"@type": "Flow", "@id": uuid_of("flow", key)}
        if flow is not None:
            document["name"] = next((text for text in flow.name.values() if text), key)
            document["flowType"] = _FLOW_TYPES.get(flow.kind, "")
        return _filled(document)

    def _own_property(self, unit: str) -> str:
        """Return the id of a flow property for a unit that has no unit group."""
        name = unit or "unit"
        if name not in self.made_groups:
            self.made_groups[name] = UnitGroup(f"units/{name}", f"Units like {name}", name, {name: 1.0})
        return f"unit/{name}"

    def _unit(self, name: str, flow_property: str) -> Document | None:
        if not name:
            return None
        held = self.inventory.flow_properties.get(flow_property)
        group = f"units/{name}" if held is None else held.unit_group
        return {"@type": "Unit", "@id": uuid_of("unit", f"{group}/{name}"), "name": name}

    def _flow_property(self, one: FlowProperty) -> Document:
        group = {"@type": "UnitGroup", "@id": uuid_of("unit_group", one.unit_group)} if one.unit_group else None
        return _filled(
            {
                "@type": "FlowProperty",
                "@id": uuid_of("flow_property", one.id),
                "name": one.name,
                "version": one.version,
                "unitGroup": group,
            }
        )

    def _unit_group(self, group: UnitGroup) -> Document:
        units = [
            {
                "@type": "Unit",
                "@id": uuid_of("unit", f"{group.id}/{name}"),
                "name": name,
                "conversionFactor": factor,
                "isRefUnit": name == group.reference_unit,
            }
            for name, factor in group.units.items()
        ]
        return _filled(
            {
                "@type": "UnitGroup",
                "@id": uuid_of("unit_group", group.id),
                "name": group.name,
                "version": group.version,
                "units": units,
            }
        )

    def _flow(self, flow: Flow) -> Document:
        if flow.properties or flow.reference_property:
            properties: Mapping[str, float] = flow.properties or {flow.reference_property: 1.0}
            reference = flow.reference_property
        else:
            reference = self._own_property(flow.unit)
            properties = {reference: 1.0}
        if flow.kind not in _FLOW_TYPES:
            self.lost["flows of another kind"] += 1
        factors = [
            {
                "@type": "FlowPropertyFactor",
                "flowProperty": {"@type": "FlowProperty", "@id": uuid_of("flow_property", key)},
                "conversionFactor": value,
                "isRefFlowProperty": key == reference,
            }
            for key, value in properties.items()
        ]
        return _filled(
            {
                "@type": "Flow",
                "@id": uuid_of("flow", flow.id),
                "name": self._name(flow.name, flow.id),
                "version": flow.version,
                "flowType": _FLOW_TYPES.get(flow.kind, ""),
                "category": self._category(flow),
                "cas": flow.cas,
                "formula": flow.formula,
                "location": self._location(flow.location),
                "synonyms": "; ".join(flow.synonyms),
                "flowProperties": factors,
            }
        )

    def _citation(self, one: Citation) -> Document:
        source = one.kind == "source"
        return _filled(
            {
                "@type": "Source" if source else "Actor",
                "@id": uuid_of(one.kind, one.id),
                "name": one.name,
                "version": one.version,
                "textReference" if source else "description": one.text,
                "url" if source else "website": one.url,
            }
        )

    def _parameter(self, one: Parameter) -> Document:
        return _filled(
            {
                "@type": "Parameter",
                "@id": uuid_of("parameter", f"{one.process}/{one.name}"),
                "name": one.name,
                "parameterScope": "PROCESS_SCOPE" if one.process else "GLOBAL_SCOPE",
                "isInputParameter": not one.formula,
                "value": one.value,
                "formula": one.formula,
                "uncertainty": _uncertainty(one.spread, one.value),
                "description": one.comment,
            }
        )

    # --- processes ------------------------------------------------------------------------------------------------

    def _process(self, process: Process) -> Document:
        if process.results:
            self.lost["results by module"] += len(process.results)
        numbers = numbers_of(process.exchanges)
        documentation = {key: text for key, text in process.documentation.items() if key not in _REGENERATED}
        about = {
            "validFrom": process.valid_from,
            "validUntil": process.valid_until,
            "technologyDescription": process.technology,
            "restrictionsDescription": process.licence,
            **{key: _documented(key, text) for key, text in documentation.items()},
            **self._cited(process.citations),
        }
        return _filled(
            {
                "@type": "Process",
                "@id": uuid_of("process", process.id),
                "name": self._name(process.name, process.id),
                "version": process.version,
                "category": self._category(process),
                "processType": "LCI_RESULT" if process.kind is ProcessKind.SYSTEM else "UNIT_PROCESS",
                "location": self._location(process.location),
                "defaultAllocationMethod": _ALLOCATION.get(process.default_allocation, ""),
                "processDocumentation": _filled(about),
                "parameters": [self._parameter(one) for one in process.parameters],
                "exchanges": [
                    self._exchange(one, number) for one, number in zip(process.exchanges, numbers, strict=True)
                ],
                "allocationFactors": self._allocation(process, numbers),
            }
        )

    def _cited(self, identifiers: tuple[str, ...]) -> Document:
        found: dict[str, list[Document]] = {"sources": [], "contributors": [], "reviews": []}
        for key in identifiers:
            one = self.inventory.citations.get(key)
            if one is None:
                continue
            if one.kind == "review":
                kind = "" if one.name == "review" else one.name
                found["reviews"].append(_filled({"@type": "Review", "reviewType": kind, "details": one.text}))
                continue
            source = one.kind == "source"
            reference = {"@type": "Source" if source else "Actor", "@id": uuid_of(one.kind, one.id), "name": one.name}
            found["sources" if source else "contributors"].append(reference)
        return dict(found)

    def _exchange(self, one: Exchange, number: int) -> Document:
        flow = self.inventory.flows.get(one.flow)
        measured = one.flow_property or ("" if flow is None else flow.reference_property)
        if not measured and flow is not None:
            measured = self._own_property(one.unit or flow.unit)
        if one.production_volume is not None:
            self.lost["production volumes"] += 1
        spread = one.spread
        base = None if spread is None or spread.base_sigma is None else math.exp(2.0 * spread.base_sigma)
        provider = {"@type": "Process", "@id": uuid_of("process", one.provider)} if one.provider else None
        prop = {"@type": "FlowProperty", "@id": uuid_of("flow_property", measured)} if measured else None
        return {
            **_filled(
                {
                    "@type": "Exchange",
                    "internalId": number,
                    "flow": self._flow_reference(one.flow),
                    "flowProperty": prop,
                    "unit": self._unit(one.unit, measured),
                    "amountFormula": one.formula,
                    "defaultProvider": provider,
                    "location": self._location(one.location),
                    "uncertainty": _uncertainty(spread, one.amount),
                    "baseUncertainty": base,
                    "dqEntry": _entry(spread) or one.quality,
                    "description": one.comment,
                }
            ),
            **({"amount": one.amount} if math.isfinite(one.amount) else {}),
            "isInput": one.is_input,
            "isQuantitativeReference": one.is_reference,
            "isAvoidedProduct": one.is_avoided,
        }

    def _allocation(self, process: Process, numbers: list[int]) -> list[Document]:
        by_id = {one.id: number for one, number in zip(process.exchanges, numbers, strict=True) if one.id}
        return [self._factor(one, by_id) for one in process.allocation]

    def _factor(self, one: AllocationFactor, by_id: Mapping[str, int]) -> Document:
        if one.method not in _ALLOCATION:
            self.lost["allocation by another method"] += 1
        exchange = {"@type": "Exchange", "internalId": by_id[one.exchange]} if one.exchange in by_id else None
        return {
            **_filled(
                {
                    "@type": "AllocationFactor",
                    "allocationType": _ALLOCATION.get(one.method, "PHYSICAL_ALLOCATION"),
                    "product": {"@type": "Flow", "@id": uuid_of("flow", one.product)} if one.product else None,
                    "formula": one.formula,
                    "exchange": exchange,
                }
            ),
            "value": one.value,
        }


def _documented(key: str, text: str) -> Any:
    if key in _OBJECTS:
        return {"@type": _OBJECTS[key], "name": text}
    return {"true": True, "false": False}.get(text, text)


def _entry(spread: Spread | None) -> str:
    if spread is None or not spread.pedigree:
        return ""
    return "(" + ";".join(str(score) if score else "n.a." for score in spread.pedigree) + ")"


def _uncertainty(spread: Spread | None, value: float | None) -> Document | None:
    """Return openLCA's uncertainty around a value: the geometric standard deviation, or the standard deviation."""
    if spread is None:
        return None
    if spread.kind == "lognormal" and spread.sigma is not None:
        middle = {"geomMean": value} if value is not None and math.isfinite(value) else {}
        return {"distributionType": "LOG_NORMAL_DISTRIBUTION", **middle, "geomSd": math.exp(spread.sigma)}
    if spread.kind == "normal" and spread.sigma is not None:
        middle = {"mean": value} if value is not None and math.isfinite(value) else {}
        return {"distributionType": "NORMAL_DISTRIBUTION", **middle, "sd": spread.sigma}
    bounds = {"minimum": spread.minimum, "mode": spread.mode, "maximum": spread.maximum}
    known = {key: value for key, value in bounds.items() if value is not None}
    if spread.kind in ("triangular", "uniform"):
        return {"distributionType": f"{spread.kind.upper()}_DISTRIBUTION".replace("TRIANGULAR", "TRIANGLE"), **known}
    return {"distributionType": "NO_DISTRIBUTION", **known} if known else None
