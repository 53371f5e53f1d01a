"""The US LCI as linked datasets: the package of 2017 read, its co-products allocated, its processes linked."""

from __future__ import annotations

import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from starter.tables import SOURCES, read_table
from starter.uslci_corrections import DIGITS, Corrected, corrected
from tanbiao.core.dataset import Dataset
from tanbiao.core.dataset.exchanges import Emission, ExchangeUncertainty, Gap, Input, Spread
from tanbiao.core.dataset.uncertainty import Unknown
from tanbiao.core.lca.linking_model import LinkOptions
from tanbiao.core.lca.release_inventory import Imported, Terms, release_datasets
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


def linked() -> tuple[Imported, Corrected]:
    """Return the datasets of the package, and what was corrected."""
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(SOURCES / PACKAGE) as package:
            package.extractall(folder, filter="data")
        with Members.open(Path(folder)) as members:
            inventory = registry.read(members)
    found = corrected(inventory, densities())
    return release_datasets(found.inventory, TERMS, LinkOptions(without_factors="reference")), found


def densities() -> dict[str, float]:
    """Return product name → kg per litre, of the products that a refinery counts in litres."""
    return {row["name"]: float(row["kg_per_l"]) for row in read_table("uslci_densities.csv")}


def datasets(keywords: Mapping[str, str], left_out: list[tuple[str, str, str]]) -> list[Dataset]:
    """Return the linked datasets under names of their own, each with its search words.

    Parameters
    ----------
    keywords
        Process and product, the first eight digits of their ids → Chinese words found by keyword.
    left_out
        Gets (table, process, reason) of the processes that the corrections leave out.
    """
    imported, fixed = linked()
    found = imported.datasets
    left_out += [("uslci", f"{key} {name}", why) for key, name, why in fixed.left_out]
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
            "notes": fixed.notes.get(item.source.row.partition("#")[0], ()),
        }
        made.append(_numbered(item, short).model_copy(update=changes))
    return _told_apart(made)


def _short_id(item: Dataset) -> str:
    """Return ``uslci:`` and eight digits of process and of product, as in the ids of the aggregated rows."""
    product = item.product.code if item.product is not None else ""
    return f"{KEY}:{item.source.row[:DIGITS]}:{product[:DIGITS]}"


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
