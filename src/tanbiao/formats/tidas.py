"""TIDAS: the JSON form of ILCD that TianGong uses (``@attribute``, ``#text``, ``common:`` before names).

Official samples do not validate against the official schemas, so nothing here asks a schema; what is absent may also
stand as ``{}``. Format: https://tidas.tiangong.earth.
"""

from __future__ import annotations

from collections.abc import Mapping

from tanbiao.core.dataset.inventory import Inventory
from tanbiao.formats.ilcd import assemble
from tanbiao.formats.ilcd_tree import from_json
from tanbiao.formats.json_values import named


def read(files: Mapping[str, bytes]) -> Inventory:
    """Read TIDAS datasets. Never raises for bad content: everything wrong is a finding."""
    return assemble(files, named(files, ".json"), from_json, "tidas")
