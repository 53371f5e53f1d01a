"""Product consistency: what an auditor looks for at the product and on the site, drawn up from the sealed study."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

GROUPS: Final = ("nameplate", "parts", "process", "site", "energy")
ANSWERS: Final = ("consistent", "not", "not_seen")


@dataclass(frozen=True, slots=True)
class Item:
    """A thing to look for: its key, which group it is of, its name, and what the study says of it."""

    key: str
    group: str
    name: Mapping[str, str]
    stated: str
    row: str = ""


def items(study: Mapping[str, Any]) -> tuple[Item, ...]:
    """Return the list of a study: nameplate, parts, own processes, sites, energy; in the study's order.

    Parts are the rows of raw materials, energy the rows with electricity or fuel, wherever they stand.
    """
    product = study["product"]
    found = [Item("nameplate/name", "nameplate", _both("名称", "Name"), _text(product["name"]))]
    if product.get("model"):
        found.append(Item("nameplate/model", "nameplate", _both("型号", "Model"), str(product["model"])))
    for key, value in (product.get("properties") or {}).items():
        found.append(Item(f"nameplate/{key}", "nameplate", _both(key, key), str(value)))
    energy = {row["id"] for row in _rows(study) if row.get("electricity") or row.get("fuel")}
    for row in _stage_rows(study["stages"]["raw_materials"]):
        if row["id"] not in energy:
            found.append(_of_row("parts", row))
    for name, process in (study.get("processes") or {}).items():
        if process.get("control") in (None, "own"):
            found.append(Item(f"process/{name}", "process", _name(process, name), str(process.get("site") or "")))
    sites = [*(product.get("sites") or ())]
    sites += [process["site"] for process in (study.get("processes") or {}).values() if process.get("site")]
    for at, site in enumerate(dict.fromkeys(sites), 1):
        found.append(Item(f"site/{at}", "site", _both(site, site), str(site)))
    found += [_of_row("energy", row) for row in _rows(study) if row["id"] in energy]
    return tuple(dict((item.key, item) for item in found).values())


def _rows(study: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for stage in study["stages"].values():
        yield from _stage_rows(stage)
    for process in (study.get("processes") or {}).values():
        for part in ("takes", "emits", "losses", "avoids"):
            yield from process.get(part) or ()


def _stage_rows(stage: Any) -> Sequence[Mapping[str, Any]]:
    """Return the rows of a stage: a list of them, or none where the stage says why."""
    return stage if isinstance(stage, list) else (stage.get("rows") or ())


def _of_row(group: str, row: Mapping[str, Any]) -> Item:
    amount = row.get("amount")
    stated = amount if isinstance(amount, str) else ""
    return Item(f"{group}/{row['id']}", group, _name(row, str(row["id"])), stated, str(row["id"]))


def _name(thing: Mapping[str, Any], otherwise: str) -> dict[str, str]:
    given = thing.get("name") or {}
    return _both(given.get("zh") or given.get("en") or otherwise, given.get("en") or given.get("zh") or otherwise)


def _text(name: Mapping[str, str]) -> str:
    return name.get("zh") or name.get("en") or ""


def _both(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}
