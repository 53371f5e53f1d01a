"""Build the generated tables of ``src/tanbiao/data/nomenclature``: countries, and ids of greenhouse gas flows.

Run it with ILCD and openLCA JSON-LD archives whose licences allow passing the ids on; countries come from the Unicode
CLDR as packaged by Babel. Both outputs are committed; nothing reads the archives at run time.

    python scripts/build_nomenclature.py countries
    python scripts/build_nomenclature.py ids ARCHIVE.zip NAME [ARCHIVE.zip NAME …]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "src" / "tanbiao" / "data" / "nomenclature"
NO_COUNTRY = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"}
"""Two-letter codes of CLDR that ISO 3166-1 has not assigned to a country."""


def countries() -> None:
    """Write ISO 3166-1 alpha-2 codes with English and Chinese names."""
    from babel import Locale

    english, chinese = Locale.parse("en").territories, Locale.parse("zh_Hans").territories
    rows = {
        code: [english[code], chinese[code]]
        for code in sorted(english)
        if len(code) == 2 and code.isalpha() and code not in NO_COUNTRY
    }
    rows["TW"] = ["Taiwan, Province of China", "中国台湾省"]  # the name in ISO 3166-1
    body = {
        "source": "ISO 3166-1 alpha-2 codes with the names of the Unicode CLDR",
        "licence": "Unicode-3.0",
        "countries": rows,
    }
    _write("countries.json", body)


def ids(archives: list[str]) -> None:
    """Write the ids of flows that are greenhouse gases by name, into the table of gases."""
    from tanbiao.core.dataset.nomenclature import gas_of
    from tanbiao.formats import registry
    from tanbiao.formats.archive import Members

    path = FOLDER / "gas_ids.json"
    rows: dict[str, list[str]] = {}
    for archive, name in zip(archives[::2], archives[1::2], strict=True):
        with Members.open(archive) as members:
            inventory = registry.read(members)
        for flow in inventory.flows.values():
            gas = gas_of(flow)
            if gas is not None and gas.sign == 1:
                direction = "uptake" if gas.taken_up else "emission"
                rows[flow.id] = [gas.gas, direction, name, *(["origin assumed"] if gas.origin_assumed else [])]
    body = {
        "source": "flows of the ILCD reference system as carried by TianGong, and of the US LCI database",
        "licence": "MIT (TianGong), public domain (US LCI)",
        "note": "flow id -> [gas, direction, list it is from, 'origin assumed' where the name does not tell it]",
        "ids": dict(sorted(rows.items())),
    }
    _write(path.name, body)


def _write(name: str, body: dict[str, object]) -> None:
    text = json.dumps(body, ensure_ascii=False, indent=1)
    (FOLDER / name).write_text(text + "\n", encoding="utf-8")
    print(f"{name}: {len(text)} characters")


if __name__ == "__main__":
    if sys.argv[1] == "countries":
        countries()
    else:
        ids(sys.argv[2:])
