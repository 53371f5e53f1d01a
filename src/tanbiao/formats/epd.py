"""ILCD+EPD (extensions of 2013, 2019 and 2024): results of environmental product declarations by module A1 … D.

The structure is ILCD's; what the extensions add is read by :mod:`tanbiao.formats.ilcd_epd`. Formats:
https://www.oekobaudat.de (2013), https://www.indata.network (2019, 2024).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tanbiao.core.dataset.inventory import Inventory
from tanbiao.core.findings import Severity, finding
from tanbiao.formats.ilcd import assemble
from tanbiao.formats.ilcd_tree import from_xml
from tanbiao.formats.json_values import named


def read(files: Mapping[str, bytes]) -> Inventory:
    """Read ILCD+EPD datasets. Never raises for bad content: everything wrong is a finding."""
    inventory = assemble(files, named(files, ".xml", ".ilcd"), from_xml, "ilcd-epd")
    bare = [one for one in inventory.processes if not one.results]
    findings = tuple(finding("epd_without_results", Severity.WARNING, one.where) for one in bare)
    return replace(inventory, findings=inventory.findings + findings)
