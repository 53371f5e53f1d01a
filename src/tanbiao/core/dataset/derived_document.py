"""A derived dataset as a process document: what a platform stores, hashes, reviews and compares between versions.

The document is that of any process (:mod:`inventory_document`), so that checks, reviewers, exports and the comparison
of versions take it as one; beside it stands ``derivation``: the definition, the version of every input that the figures
were calculated from, what each brings, and the figures. A release calculates the dataset again from the definition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tanbiao.core.dataset.derivation import Derivation
from tanbiao.core.dataset.inventory import (
    Exchange,
    Flow,
    FlowKind,
    FlowProperty,
    Inventory,
    Process,
    ProcessKind,
    UnitGroup,
)
from tanbiao.core.dataset.inventory_document import document_of, inventory_of
from tanbiao.core.dataset.model import Dataset
from tanbiao.core.dataset.nomenclature_units import unit_named
from tanbiao.core.findings import Lang

FORMAT: Final = "tanbiao-derived"
_RELEASE_OWN: Final = frozenset({"closed", "inherited"})
"""Parts of a definition that calculating it fills in."""


@dataclass(frozen=True, slots=True)
class InputVersion:
    """The version of an input that was used: its id in a release, where it is published, and its stored document."""

    id: str
    database: str
    dataset: str
    version: str
    hash: str
    document: Mapping[str, Any]


def definition_of(derivation: Derivation) -> dict[str, Any]:
    """Return a derivation as whoever defines it states it: without hashes and what calculating fills in."""
    body = derivation.model_dump(mode="json")
    for key in _RELEASE_OWN:
        body.pop(key, None)
    body.pop("share" if body["operation"] == "relink" else "", None)
    for part in ("inputs", "replaced"):
        for item in body.get(part, ()):
            item.pop("hash", None)
    if "input" in body:
        body["input"].pop("hash", None)
    return body


def derived_document(
    about: Mapping[str, Any],
    version: str,
    dataset: Dataset,
    suppliers: Mapping[str, tuple[Dataset, InputVersion]],
    used: Sequence[str],
) -> dict[str, Any]:
    """Return the document of one version of a derived dataset.

    Parameters
    ----------
    about
        ``id``, ``name`` {zh, en}, ``geography``, ``valid_from``, ``technology``, ``licence``, ``derivation``.
    dataset
        As a release calculated it; figures in kg CO2e per its reference unit under its own GWP set.
    suppliers
        Release id → the dataset that supplies it, and the version that this one is.
    used
        Release ids of the inputs that the derivation names, in its order.
    """
    maker = _Maker(about["id"], about["name"], dataset, suppliers)
    process = Process(
        about["id"],
        about["name"],
        ProcessKind.UNIT,
        maker.exchanges(),
        version=version,
        location=about["geography"],
        valid_from=about["valid_from"],
        technology=about["technology"],
        licence=about["licence"],
    )
    inventory = Inventory(FORMAT, (process,), maker.flows, maker.quantities, maker.groups)
    body = document_of(process, inventory)
    body["derivation"] = {
        "definition": about["derivation"],
        "inputs": [_told(name, dataset, *suppliers[name]) for name in used],
        "figures": {
            "gwp_set": dataset.gwp_set,
            "co2e": _short(dataset.total),
            "unit": dataset.reference.unit,
            "kinds": {key: _short(value) for key, value in dataset.kinds.model_dump().items() if value},
            "spread": dataset.uncertainty_basis,
        },
    }
    return body


def formula_of(derivation: Mapping[str, Any], lang: Lang = "zh") -> str:
    """Return the stored derivation as an equation: one unit of the dataset is so much of each input, by its name."""
    name = "name_en" if lang == "en" else "name"
    parts = [
        f"{item['amount']:.6g} {item['unit']} × {item[name]}"
        for item in derivation["inputs"]
        if item["amount"] is not None
    ]
    return f"1 {derivation['figures']['unit']} = {' + '.join(parts)}" if parts else ""


def _short(value: float) -> float:
    """Twelve digits: what a sum gives beyond them is the order in which a machine adds."""
    return float(f"{value:.12g}")


def _told(name: str, dataset: Dataset, supplier: Dataset, version: InputVersion) -> dict[str, Any]:
    amounts = [item.amount * supplier.per_input(item, dataset.id) for item in dataset.inputs if item.dataset == name]
    amount = sum(amounts) if amounts else None
    return {
        "id": version.id,
        "database": version.database,
        "dataset": version.dataset,
        "version": version.version,
        "hash": version.hash,
        "name": supplier.name.best("zh"),
        "name_en": supplier.name.best("en"),
        "unit": supplier.reference.unit,
        "amount": None if amount is None else _short(amount),
        "figure": _short(supplier.total),
        "co2e": None if amount is None else _short(amount * supplier.total),
    }


class _Maker:
    """Makes the exchanges of the process, and gathers the flows, quantities and units they are counted in."""

    def __init__(
        self,
        key: str,
        name: Mapping[str, str],
        dataset: Dataset,
        suppliers: Mapping[str, tuple[Dataset, InputVersion]],
    ) -> None:
        self._key, self._name, self._dataset, self._suppliers = key, name, dataset, suppliers
        self.flows: dict[str, Flow] = {}
        self.quantities: dict[str, FlowProperty] = {}
        self.groups: dict[str, UnitGroup] = {}

    def exchanges(self) -> tuple[Exchange, ...]:
        inputs = [self._input(number) for number in range(len(self._dataset.inputs))]
        emissions = [self._emission(item.gas, item.amount) for item in self._dataset.emissions]
        gaps = [self._gap(item.product, item.name, item.amount, item.unit) for item in self._dataset.gaps]
        return (self._reference(), *inputs, *emissions, *gaps)

    def _reference(self) -> Exchange:
        """One reference unit, counted as the first input of the same unit counts its own."""
        unit, flow = self._dataset.reference.unit, f"{self._key}:product"
        for used in self._dataset.inputs:
            supplier, version = self._suppliers[used.dataset]
            if supplier.reference.unit == unit:
                alike, file_unit = self._product(version)
                self.flows[flow] = Flow(
                    flow,
                    self._name,
                    FlowKind.PRODUCT,
                    reference_property=alike.reference_property,
                    properties=alike.properties,
                    unit=alike.unit,
                )
                return Exchange(flow, False, 1.0 / _count(file_unit), file_unit, is_reference=True)
        plain = unit.partition("|")[0]
        self.flows[flow] = Flow(flow, self._name, FlowKind.PRODUCT, unit=plain)
        return Exchange(flow, False, 1.0, plain, is_reference=True)

    def _product(self, version: InputVersion) -> tuple[Flow, str]:
        """Return the flow that an input makes and the unit in which its file counts it."""
        inventory = inventory_of([version.document])
        wanted = version.id.partition("#")[2]
        references = inventory.processes[0].references
        made = next((one for one in references if one.flow == wanted), references[0])
        self.quantities |= inventory.flow_properties
        self.groups |= inventory.unit_groups
        return inventory.flows[made.flow], made.unit

    def _input(self, number: int) -> Exchange:
        used = self._dataset.inputs[number]
        supplier, version = self._suppliers[used.dataset]
        flow, unit = self._product(version)
        self.flows[flow.id] = flow
        amount = used.amount * supplier.per_input(used, self._dataset.id) / _count(unit)
        return Exchange(flow.id, True, _short(amount), unit, provider=version.dataset)

    def _emission(self, gas: str, amount: float) -> Exchange:
        flow = f"gas:{gas}"
        self.flows[flow] = Flow(flow, {"en": gas}, FlowKind.ELEMENTARY, categories=("air",), unit="kg")
        return Exchange(flow, False, _short(amount), "kg")

    def _gap(self, product: str, name: str, amount: float, unit: str) -> Exchange:
        self.flows[product] = Flow(product, {"": name}, FlowKind.PRODUCT, unit=unit.partition("|")[0])
        return Exchange(product, True, _short(amount), unit.partition("|")[0])


def _count(unit: str) -> float:
    known = unit_named(unit)
    return float(known.count) if known else 1.0
