"""The US LCI as linked datasets: the package of 2017 read, its co-products allocated, its processes linked."""

from __future__ import annotations

import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from starter.tables import SOURCES, read_table
from tanbiao.core.dataset import Dataset
from tanbiao.core.dataset.exchanges import Emission, ExchangeUncertainty, Gap, Input, Spread
from tanbiao.core.dataset.inventory import AllocationFactor, Exchange, Flow, FlowKind, Process
from tanbiao.core.dataset.nomenclature_units import unit_named
from tanbiao.core.dataset.uncertainty import Unknown
from tanbiao.core.lca.linking_model import LinkOptions
from tanbiao.core.lca.release_inventory import Imported, Terms, release_datasets
from tanbiao.core.units import parse_unit
from tanbiao.formats import registry
from tanbiao.formats.archive import Members

PACKAGE: Final = "uslci_olca1_5_0.tar.xz"
KEY: Final = "uslci"
LICENCE: Final = "US LCI free public use (NREL/USDA LCA Commons); transcription MIT"
TERMS: Final = Terms(
    KEY,
    "US LCI database (NREL), openLCA package 1.5.0 of 2017, unit processes linked",
    version="2017 olca1.5",
    url="https://www.lcacommons.gov/",
    licence=LICENCE,
    redistribution="yes (attribution)",
)
Densities = Mapping[str, float]
MASS: Final = str(parse_unit("kg").dimension)


def linked() -> Imported:
    """Return the datasets of the package."""
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(SOURCES / PACKAGE) as package:
            package.extractall(folder, filter="data")
        with Members.open(Path(folder)) as members:
            inventory = registry.read(members)
    shared = tuple(allocated(item, inventory.flows, densities()) for item in inventory.processes)
    return release_datasets(replace(inventory, processes=shared), TERMS, LinkOptions(without_factors="reference"))


def densities() -> dict[str, float]:
    """Return product name → kg per litre, of the products that a refinery counts in litres."""
    return {row["name"]: float(row["kg_per_l"]) for row in read_table("uslci_densities.csv")}


def allocated(process: Process, flows: Mapping[str, Flow], density: Densities) -> Process:
    """Return the process with shares by mass (or by energy) where all its products have one.

    What nobody makes for its own sake (scrap, waste, recovered energy) and what is the sum of the other outputs is
    taken out: it takes no burden, and who uses it has a gap. Where the products share no measure the file's reference
    takes all.
    """
    outputs = [item for item in process.exchanges if not item.is_input and flows[item.flow].kind is FlowKind.PRODUCT]
    if len(outputs) < 2 or process.allocation:
        return process
    main = [item for item in outputs if not _is_residue(_name(flows[item.flow]))]
    if not main:
        return process
    dropped = {item.id for item in outputs} - {item.id for item in main}
    kept = [item for item in process.exchanges if item.id not in dropped or item.is_input]
    if not any(item.is_reference for item in kept):
        kept[kept.index(main[0])] = main[0] = replace(main[0], is_reference=True)
    process = replace(process, exchanges=tuple(kept))
    weights = _weights(main, flows, density) if len(main) > 1 else None
    if weights is None:
        return process
    total = sum(weights.values())
    factors = tuple(
        AllocationFactor(product=flow, value=value / total, method="physical") for flow, value in weights.items()
    )
    return replace(process, allocation=factors, default_allocation="physical")


def _weights(outputs: Iterable[Exchange], flows: Mapping[str, Flow], density: Densities) -> dict[str, float] | None:
    """Return flow → kg, or MJ, of every product; None where they have neither measure in common."""
    found: dict[str, float] = {}
    dimensions = set()
    for item in outputs:
        known, amount = unit_named(item.unit), item.amount
        if known is None or not amount:
            return None
        per_litre = density.get(_name(flows[item.flow]))
        if per_litre is not None and str(known.unit) in ("m3", "L"):
            dimensions.add(MASS)
            found[item.flow] = amount * float(known.factor) * 1000 * per_litre
            continue
        dimensions.add(str(known.unit.dimension))
        found[item.flow] = amount * float(known.factor)
    return found if len(dimensions) == 1 and sum(found.values()) > 0 else None


def _name(flow: Flow) -> str:
    return flow.name.get("en") or next(iter(flow.name.values()), "")


RESIDUES: Final = (
    "scrap",
    "recovered energy",
    "waste",
    "disposal",
    "non-allocated byproducts",
    "wood ash",
    "residuals",
    "secondary fuel",
    "packaging, from",  # what goods arrived in
    "petroleum refining, at refinery",  # the sum of the refinery's other outputs
)


def _is_residue(name: str) -> bool:
    return any(word in name.casefold() for word in RESIDUES)


def datasets(keywords: Mapping[str, str]) -> list[Dataset]:
    """Return the linked datasets under names of their own, each with its search words.

    Parameters
    ----------
    keywords
        Process and product, the first eight digits of their ids → Chinese words found by keyword.
    """
    found = linked().datasets
    short = {item.id: _short_id(item) for item in found}
    if len(set(short.values())) != len(short):
        raise ValueError("eight digits of process and product do not tell the processes apart")
    made = []
    for item in found:
        key = short[item.id].removeprefix(f"{KEY}:")
        changes: dict[str, Any] = {
            "id": short[item.id],
            "name": item.name.model_copy(update={"en": f"{item.name.best('en')} (linked)"}),
            "keywords_zh": keywords.get(key, ""),
        }
        made.append(_numbered(item, short).model_copy(update=changes))
    return _told_apart(made)


def _short_id(item: Dataset) -> str:
    """Return ``uslci:`` and eight digits of process and of product, as in the ids of the aggregated rows."""
    product = item.product.code if item.product is not None else ""
    return f"{KEY}:{item.source.row[:8]}:{product[:8]}"


def _numbered(item: Dataset, short: Mapping[str, str]) -> Dataset:
    """Return the dataset with its exchanges numbered in place of 36 digits each, and without spreads of zero.

    A geometric standard deviation of exactly 1 is what the form of the database starts with, not a statement.
    """
    numbers: dict[str, str] = {}

    def number(name: str) -> str:
        return numbers.setdefault(name, str(len(numbers) + 1))

    inputs = []
    for one in item.inputs:
        exchange = number(one.exchange or one.id)
        part = one.id.removeprefix(one.exchange) if one.exchange else ""
        changes = {"id": exchange + part, "exchange": exchange, "dataset": short[one.dataset]}
        inputs.append(one.model_copy(update={**changes, "uncertainty": _spread(one)}))
    emissions = [one.model_copy(update={"id": number(one.id), "uncertainty": _spread(one)}) for one in item.emissions]
    gaps = [
        one.model_copy(
            update={
                "id": number(one.id),
                "stand_in": short.get(one.stand_in, one.stand_in),
                "uncertainty": _spread(one),
            }
        )
        for one in item.gaps
    ]
    return item.model_copy(update={"inputs": tuple(inputs), "emissions": tuple(emissions), "gaps": tuple(gaps)})


def _spread(one: Input | Emission | Gap) -> ExchangeUncertainty:
    given = one.uncertainty
    return Unknown() if isinstance(given, Spread) and given.type == "lognormal" and given.sigma == 0 else given


def _told_apart(made: Iterable[Dataset]) -> list[Dataset]:
    """Give processes of one name their place and years, and where that is not enough the digits of their id."""
    listed = list(made)
    for suffix in (lambda one: f"{one.geography}, {one.time.text}", lambda one: one.id.removeprefix(f"{KEY}:")):
        times = Counter(one.name.en for one in listed)
        listed = [
            one
            if times[one.name.en] == 1
            else one.model_copy(update={"name": one.name.model_copy(update={"en": f"{one.name.en}, {suffix(one)}"})})
            for one in listed
        ]
    return listed
