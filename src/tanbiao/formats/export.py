"""Datasets out again: the formats that are written, and what keeps a dataset from going out."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from tanbiao.core.dataset.inventory import Inventory, Process
from tanbiao.core.dataset.licences import redistribution
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.formats.writers import Written

__all__ = ["TARGETS", "Exported", "Target", "export", "known", "target"]

OWN_USE: Final = "OWN USE ONLY, NOT TO BE PASSED ON 仅供许可持有者自用，不得转发"
"""Stands before the licence of every dataset that went out by way of ``own``, in whatever format."""
NAMED: Final = 200
"""Datasets that are named one by one: project default."""


@dataclass(frozen=True, slots=True)
class Target:
    """A format that is written: its name, the module of ``formats.writers`` with ``write``, what the file is."""

    name: str
    module: str
    ending: str
    media_type: str
    zh: str
    en: str


TARGETS: Final = (
    Target("openlca", "openlca", ".zip", "application/zip", "openLCA JSON-LD（模式 2）", "openLCA JSON-LD, schema 2"),
    Target("ilcd", "ilcd", ".zip", "application/zip", "ILCD", "ILCD"),
    Target(
        "excel",
        "workbook",
        ".xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "Excel 数据集模板",
        "Excel template of datasets",
    ),
    Target("csv", "tables_csv", ".zip", "application/zip", "CSV 数据集表", "CSV tables of datasets"),
    Target("brightway", "brightway", ".zip", "application/zip", "Brightway 数据包", "Brightway data package"),
)


@dataclass(frozen=True, slots=True)
class Exported:
    """A file to hand over and what is to be told with it."""

    data: bytes
    target: Target
    processes: int
    findings: tuple[Finding, ...]


def known() -> str:
    """Return the names of the formats in one line."""
    return ", ".join(one.name for one in TARGETS)


def target(name: str) -> Target:
    """Return a format by its name; raises ``export_format_unknown``."""
    found = next((one for one in TARGETS if one.name == name.strip().lower()), None)
    if found is None:
        raise TanbiaoError.of("export_format_unknown", format=name[:80], known=known())
    return found


def export(inventory: Inventory, format_name: str, *, own: bool = False) -> Exported:
    """Return the inventory as a file.

    Parameters
    ----------
    format_name
        One of :data:`TARGETS`.
    own
        The holder of the licences takes the file for own use: datasets whose licence forbids passing them on are
        written too, and their licence says so in the file.

    Raises
    ------
    TanbiaoError
        ``export_format_unknown``, ``export_empty``, ``export_two_versions`` and ``export_licence_forbids`` with the
        dataset's name (each dataset is a finding of its own).
    """
    wanted = target(format_name)
    if not inventory.processes:
        raise TanbiaoError.of("export_empty")
    inventory = _once(inventory)
    forbidden = [one for one in inventory.processes if redistribution(one.licence) == "forbidden"]
    if forbidden and not own:
        raise TanbiaoError(*_named("export_licence_forbids", Severity.ERROR, forbidden))
    told: list[Finding] = []
    if forbidden:
        told += _named("export_own_use", Severity.WARNING, forbidden)
        held = {one.id for one in forbidden}
        marked = (_marked(one) if one.id in held else one for one in inventory.processes)
        inventory = replace(inventory, processes=tuple(marked))
    unknown = sum(redistribution(one.licence) == "unknown" for one in inventory.processes)
    if unknown:
        told.append(finding("export_licence_unknown", Severity.WARNING, "", count=unknown))
    write: Callable[[Inventory], Written] = importlib.import_module(f"tanbiao.formats.writers.{wanted.module}").write
    written = write(inventory)
    return Exported(written.data, wanted, len(inventory.processes), (*told, *written.findings))


def _marked(process: Process) -> Process:
    return process if process.licence.startswith(OWN_USE) else replace(process, licence=f"{OWN_USE}; {process.licence}")


def _named(code: str, severity: Severity, processes: list[Process]) -> list[Finding]:
    """Return a finding for each process, and for those above the limit one that counts them."""
    found = [
        finding(code, severity, one.where, name=_name(one), id=one.id, licence=one.licence[:200])
        for one in processes[:NAMED]
    ]
    if len(processes) > NAMED:
        found.append(finding("findings_left_out", Severity.INFO, "", repeated=code, more=len(processes) - NAMED))
    return found


def _name(process: Process) -> str:
    words = process.name
    return words.get("zh") or words.get("en") or next(iter(words.values()), process.id)


def _once(inventory: Inventory) -> Inventory:
    """Return the inventory with each process once; raises ``export_two_versions`` where one id has two contents."""
    kept: dict[str, Process] = {}
    for one in inventory.processes:
        first = kept.setdefault(one.id, one)
        if first is not one and replace(first, where="") != replace(one, where=""):
            raise TanbiaoError.of("export_two_versions", one.where, name=_name(one), id=one.id)
    return inventory if len(kept) == len(inventory.processes) else replace(inventory, processes=tuple(kept.values()))
