"""The China-adapted set: US unit processes with Chinese electricity and fuels, each by a recorded derivation.

A process is adapted only where one of its own exchanges is re-linked; its inputs from processes that are adapted too
come from their adapted versions. What else it uses stays American.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from starter.tables import Row, read_table
from starter.uslci import KEY, TERMS
from starter.uslci_corrections import DIGITS, measured_with_fuels
from tanbiao.core import units
from tanbiao.core.dataset import Dataset, derive
from tanbiao.core.findings import TanbiaoError

YEAR: Final = 2024
GRID: Final = f"CN-ELEC-CF:{YEAR}:China average"
SOURCE: Final = (
    f"US LCI exchanges; electricity: national footprint factor of {YEAR}; fuels: net calorific value, carbon and "
    "oxidation of the NDRC guideline with the upstream that the starter release pairs them with; choices: "
    "data-sources/uslci_adaptation.csv"
)
# Not materials: what supplies energy and transport is replaced where it is used, or stays.
_NOT_ADAPTED: Final = ("Electricity", "Transport")
_AGES: Final = ((3, 1), (6, 2), (10, 3), (15, 4))
"""Years between data and use, at most → score: pedigree matrix, indicator of temporal correlation."""
Document = dict[str, Any]


def documents(linked: Iterable[Dataset], fuels: Mapping[str, Any], known: Mapping[str, Dataset]) -> list[Document]:
    """Return the derivation of every process that can be adapted, in the order of their ids.

    Parameters
    ----------
    fuels
        The section ``fuels`` of the release: fuel id → its combustion and upstream datasets.
    known
        Id → dataset of the whole release.
    """
    table = {row["product"]: row for row in read_table("uslci_adaptation.csv")}
    measured = measured_with_fuels()
    direct = {
        item.id: found
        for item in linked
        if _is_material(item)
        and (found := _direct(item, table, fuels, known, burns=item.source.row[:DIGITS] not in measured))
    }
    return [_document(known[name], [*found, *_beside(known[name], found, direct)]) for name, found in direct.items()]


def _is_material(item: Dataset) -> bool:
    name = item.name.best("en")
    return item.kind.value == "unit_process" and not name.startswith(_NOT_ADAPTED) and "combusted in" not in name


def _direct(
    item: Dataset, table: Mapping[str, Row], fuels: Mapping[str, Any], known: Mapping[str, Dataset], burns: bool
) -> list[Document]:
    """Return the replacements of a process's own electricity and fuels.

    Without ``burns`` the process's own emissions hold those of its fuels, which then come without combustion.
    """
    used = {one.dataset: (_product(known[one.dataset]), one.unit) for one in item.inputs}
    used |= {one.product: (one.name, one.unit) for one in item.gaps}
    found: list[Document] = []
    for before, (product, unit) in used.items():
        row = table.get(product)
        if row is None:
            continue
        made = _supplied(before, row, fuels, burns)
        if all(_converts(unit, known[one["after"]], one.get("bridge", "")) for one in made):
            found += made
    return found


def _supplied(before: str, row: Row, fuels: Mapping[str, Any], burns: bool) -> list[Document]:
    if row["supplied_by"] == "electricity":
        return [{"before": before, "after": GRID}]
    pair = fuels[row["supplied_by"]]
    burned: Document = {"before": before, "after": pair["combustion"]}
    if row["combustion_bridge"]:
        burned["bridge"] = row["combustion_bridge"]
    supplied: Document = {"before": before, "after": pair["upstream"]}
    return [burned, supplied] if burns else [supplied]


def _converts(unit: str, supplier: Dataset, bridge: str) -> bool:
    """Whether the amount of an exchange can be counted in the units of its new supplier."""
    stated = {"property": units.parse_property("property", bridge)} if bridge else {}
    try:
        supplier.amount_in_reference(1.0, units.parse_unit(unit), stated)
    except TanbiaoError:
        return False
    return True


def _beside(item: Dataset, own: Iterable[Document], direct: Mapping[str, object]) -> list[Document]:
    """Return the replacements of suppliers that are adapted as well."""
    taken = {one["before"] for one in own}
    suppliers = dict.fromkeys(one.dataset for one in item.inputs if one.dataset in direct and one.dataset not in taken)
    return [{"before": name, "after": adapted_id(name), "alongside": True} for name in suppliers]


def adapted_id(identifier: str) -> str:
    """Return the id of the adapted version of a dataset."""
    return identifier.replace(f"{KEY}:", f"{KEY}-cn:", 1)


def _product(item: Dataset) -> str:
    return item.product.name.best("en") if item.product is not None else item.name.best("en")


def _document(base: Dataset, replaced: list[Document]) -> Document:
    name = base.name.best("en").removesuffix(" (linked)")
    age = YEAR - base.time.year if base.time.year is not None else None
    old = next((score for limit, score in _AGES if age is not None and age <= limit), 5)
    return {
        "id": adapted_id(base.id),
        "version": base.version,
        "name": {"en": f"{name} (adapted to China)", "zh": f"{name}（中国化改编）"},
        "name_machine_made": {"zh": True},
        "keywords_zh": base.keywords_zh,
        "geography": "CN",
        "time": {
            **({} if base.time.year is None else {"year": base.time.year}),
            "text": f"{base.time.text}; energy {YEAR}".removeprefix("; "),
        },
        "tags": ["adapted"],
        "notes": list(base.notes),
        "quality": {
            **base.quality.model_dump(exclude_none=True, exclude_defaults=True),
            "ger": 5,
            "tir": old,
            "note": "adapted: amounts of another country (geographical correlation 5) of another year, by the pedigree "
            "matrix; energy alone is Chinese",
        },
        "source": {
            "title": f"{TERMS.title}, adapted to China",
            "version": TERMS.version,
            "url": TERMS.url,
            "row": base.id,
        },
        "derivation": {
            "operation": "relink",
            "source": SOURCE,
            "input": {"dataset": base.id},
            "replaced": replaced,
        },
    }


def derived(items: Iterable[Document], known: Mapping[str, Dataset]) -> list[Dataset]:
    """Return the adapted datasets; their figures follow when the release is solved."""
    return [derive.derive(item, known) for item in items]
