"""The readers of foreign dataset formats, found by name and imported only when used."""

from __future__ import annotations

import gc
import importlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from tanbiao.core.dataset.inventory import Inventory
from tanbiao.core.findings import TanbiaoError
from tanbiao.formats.archive import Members
from tanbiao.formats.detect import detect

__all__ = ["FORMATS", "Format", "find", "known", "read", "reader"]

Reader = Callable[[Members], Inventory]


@dataclass(frozen=True, slots=True)
class Format:
    """A format: the name in ``Inventory.format``, the module of ``formats`` with ``read``, its names for people."""

    name: str
    module: str
    zh: str
    en: str


FORMATS: Final = (
    Format("openlca-jsonld-2", "openlca", "openLCA JSON-LD（模式 2）", "openLCA JSON-LD, schema 2"),
    Format("openlca-jsonld-1", "openlca", "openLCA JSON-LD（模式 1）", "openLCA JSON-LD, schema 1"),
    Format("ilcd", "ilcd", "ILCD", "ILCD"),
    Format("eilcd", "ilcd", "eILCD（生命周期模型）", "eILCD with life cycle models"),
    Format("ilcd-epd", "epd", "ILCD+EPD", "ILCD+EPD"),
    Format("tidas", "tidas", "TIDAS", "TIDAS"),
    Format("ecospold1", "ecospold1", "EcoSpold 1", "EcoSpold 1"),
    Format("ecospold2", "ecospold2", "EcoSpold 2", "EcoSpold 2"),
    Format("simapro-csv", "simapro_csv", "SimaPro CSV", "SimaPro CSV"),
    Format("mapped-csv", "mapped_csv", "CSV（带列映射）", "CSV with a column mapping"),
    Format("tanbiao-workbook", "dataset_workbook", "碳标数据集模板（Excel）", "Tanbiao template of datasets (Excel)"),
    Format("tanbiao-tables", "dataset_csv", "碳标数据集表（CSV）", "Tanbiao tables of datasets (CSV)"),
)
_SHORT: Final = {
    "openlca": "openlca-jsonld-2",
    "epd": "ilcd-epd",
    "simapro": "simapro-csv",
    "csv": "mapped-csv",
    "excel": "tanbiao-workbook",
    "tables": "tanbiao-tables",
}


def known() -> str:
    """Return the names of all formats in one line."""
    return ", ".join(one.name for one in FORMATS)


def find(name: str) -> Format:
    """Return a format by its name or its short name; raises ``format_unknown``."""
    wanted = _SHORT.get(name.lower(), name.lower())
    found = next((one for one in FORMATS if one.name == wanted), None)
    if found is None:
        raise TanbiaoError.of("format_unknown", format=name[:80], known=known())
    return found


def reader(form: Format) -> Reader:
    """Return the function that reads a format; its module is imported only now."""
    function: Reader = importlib.import_module(f"tanbiao.formats.{form.module}").read
    return function


def read(members: Members, format_name: str = "") -> Inventory:
    """Read files in the format named, or in the one their content shows.

    Raises
    ------
    TanbiaoError
        What :func:`find` and :func:`tanbiao.formats.detect.detect` raise; a reader itself answers with findings.
    """
    if format_name:
        return _read(find(format_name), members)
    detected = detect(members)
    inventory = _read(find(detected.format), members)
    return replace(inventory, findings=(*detected.findings, *inventory.findings)) if detected.findings else inventory


def _read(form: Format, members: Members) -> Inventory:
    """Read with the search for reference cycles put off: readers make none, and it would walk all that is kept."""
    read_members, is_on = reader(form), gc.isenabled()
    members.start_over()
    gc.disable()
    try:
        return read_members(members)
    finally:
        if is_on:
            gc.enable()
