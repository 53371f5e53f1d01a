"""Build the starter release and the data files beside it from the project's own copies of the source tables.

    python scripts/build_starter.py [--check]

Writes ``src/tanbiao/data/releases/starter-2026.1.tbr`` (the factor tables) and ``starter-2026.2.tbr`` (beside them the
US LCI linked, and adapted to China), their pins, the GWP and anode-effect tables, ``sources.json``, published values
beside the datasets, ``docs/data/starter-left-out.csv``, ``starter-published.csv`` and the tables of
``docs/data/starter-release.md``; prints what is left out. The same sources give the same bytes. ``--check`` writes
nothing and fails when a release in the tree has another hash, or a table or a published value is another one.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from starter import adapted, china, documents, elsewhere, gases, merge, names, pairs, published, report, rows, uslci
from starter.sources import enter_keys, with_key, write_sources
from starter.tables import DATA, ROOT, write_json

from tanbiao.core.dataset import Dataset
from tanbiao.core.dataset.model import parse_dataset
from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_build import build_release

STATEMENT = {
    "zh": "演示用起始数据：由公开来源汇编，未经评审，不得用于认证。",
    "en": "Demonstration data compiled from public sources, not reviewed: not for certification.",
}
FIRST, SECOND = "starter-2026.1", "starter-2026.2"
LeftOut = list[tuple[str, str, str]]


def header(name: str) -> dict[str, Any]:
    """Return the header of a starter release."""
    return {
        "format": "tanbiao-release/1",
        "name": name,
        "version": name.removeprefix("starter-"),
        "date": "2026-11-21",
        "standing": "demonstration",
        "statement": STATEMENT,
    }


@dataclass
class Tables:
    """What the tables give: datasets, what the header and the further sections say, what was left out."""

    datasets: list[Dataset]
    unpaired: int
    sections: dict[str, Any]
    left_out: LeftOut
    documents: dict[str, Any]


def from_tables() -> Tables:
    """Return the datasets of the factor tables: the whole of the first release."""
    left_out: LeftOut = []
    made = rows.starter_documents(left_out)
    made, aliases = merge.merge_fuels(made)
    alone = pairs.pair_uk(made)
    made += china.electricity_documents(left_out)
    made += china.fuel_documents(left_out)
    made += china.process_documents(left_out)
    made += elsewhere.country_electricity(left_out)
    made += elsewhere.spend_based(left_out)
    names.disambiguate(made)
    enter_keys(made)
    by_id = {item["id"]: item for item in made}
    sections = {
        "aliases": aliases,
        "fuels": documents.fuels(by_id),
        "electricity": documents.electricity(by_id),
    }
    return Tables([parse_dataset(item) for item in by_id.values()], len(alone), sections, left_out, by_id)


def with_inventories(tables: Tables) -> list[Dataset]:
    """Return the datasets of the second release: the tables, the US LCI linked, and what is adapted from it."""
    words = {
        identifier.removeprefix("USLCI2017:"): item.get("keywords_zh", "")
        for identifier, item in tables.documents.items()
        if identifier.startswith("USLCI2017:")
    }
    linked = uslci.datasets(words, tables.left_out)
    known = {item.id: item for item in [*tables.datasets, *linked]}
    adapted_set = adapted.derived(adapted.documents(linked, tables.sections["fuels"], known), known)
    return [*tables.datasets, *(with_key(item) for item in [*linked, *adapted_set])]


def assemble() -> tuple[dict[str, bytes], Tables, list[Dataset]]:
    """Return the releases' bytes by name, what the tables gave, and the datasets of the second one."""
    tables = from_tables()
    said = {"unpaired": tables.unpaired}
    everything = with_inventories(tables)
    return (
        {
            FIRST: build_release(tables.datasets, {**header(FIRST), **said}, tables.sections),
            SECOND: build_release(everything, {**header(SECOND), **said}, tables.sections),
        },
        tables,
        everything,
    )


def is_linked(item: Dataset) -> bool:
    """Whether a dataset comes from an inventory and not from a table."""
    return item.is_linked or item.id.startswith(f"{uslci.KEY}:")


def _place(name: str) -> Path:
    return DATA / "releases" / f"{name}.tbr"


def _left_out_csv(left_out: LeftOut) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["table", "id", "reason"])
    writer.writerows(sorted(left_out))
    return text.getvalue()


def main() -> int:
    """Build, and write or check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the hash in the tree differs")
    arguments = parser.parse_args()
    gas_rows = gases.write_gases() if not arguments.check else []
    if not arguments.check:
        gases.write_anode_effects()
    made, tables, everything = assemble()
    releases = {name: Release(memoryview(data), name) for name, data in made.items()}
    known = {item.id: item for item in releases[SECOND]}
    derived = published.texts(known) | report.texts(releases[SECOND], known)
    if arguments.check:
        wrong = [name for name, release in releases.items() if Release.open(_place(name)).hash != release.hash]
        wrong += [
            path.name for path, text in derived.items() if not path.exists() or path.read_text(encoding="utf-8") != text
        ]
        print("same hash" if not wrong else f"differs: {', '.join(wrong)}")
        return 1 if wrong else 0
    left_out = tables.left_out + [tuple(line.split(",", 2)) for line in gas_rows]  # type: ignore[misc]
    for name, data in made.items():
        _place(name).write_bytes(data)
    write_json(DATA / "releases" / "pins.json", {name: release.hash for name, release in releases.items()})
    write_sources([*tables.documents.values(), *(item.document() for item in everything if is_linked(item))], SECOND)
    (ROOT / "docs" / "data" / "starter-left-out.csv").write_text(_left_out_csv(left_out), encoding="utf-8")
    for path, text in derived.items():
        path.write_text(text, encoding="utf-8")
    for reason, count in sorted(Counter(reason for _, _, reason in left_out).items()):
        print(f"left out {count:5d}  {reason}")
    for name, release in releases.items():
        print(f"{name}  {release.hash}  {len(release)} datasets, {len(made[name]) / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
