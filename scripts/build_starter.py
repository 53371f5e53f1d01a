"""Build the starter release and the data files beside it from the project's own copies of the source tables.

    python scripts/build_starter.py [--check]

Writes ``src/tanbiao/data/releases/starter-2026.1.tbr``, its pin, the GWP and anode-effect tables, ``sources.json`` and
``docs/data/starter-left-out.csv``; prints what is left out. The same sources give the same bytes. ``--check`` writes
nothing and fails when the release in the tree has another hash.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from starter import china, documents, elsewhere, gases, merge, names, pairs, rows
from starter.sources import enter_keys, write_sources
from starter.tables import DATA, ROOT, write_json

from tanbiao.core.dataset.model import parse_dataset
from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_build import build_release

NAME = "starter-2026.1"
HEADER = {
    "format": "tanbiao-release/1",
    "name": NAME,
    "version": "2026.1",
    "date": "2026-11-21",
    "standing": "demonstration",
    "statement": {
        "zh": "演示用起始数据：由公开来源汇编，未经评审，不得用于认证。",
        "en": "Demonstration data compiled from public sources, not reviewed: not for certification.",
    },
}
LeftOut = list[tuple[str, str, str]]


def assemble() -> tuple[bytes, LeftOut, dict[str, Any]]:
    """Return the release's bytes, what was left out, and the dataset documents by id."""
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
    datasets = [parse_dataset(item) for item in by_id.values()]
    data = build_release(datasets, {**HEADER, "unpaired": len(alone)}, sections)
    return data, left_out, by_id


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
    data, left_out, by_id = assemble()
    place = DATA / "releases" / f"{NAME}.tbr"
    release = Release(memoryview(data), NAME)
    if arguments.check:
        same = Release.open(place).hash == release.hash
        print("same hash" if same else f"differs: {release.hash}")
        return 0 if same else 1
    left_out += [tuple(line.split(",", 2)) for line in gas_rows]  # type: ignore[misc]
    place.write_bytes(data)
    write_json(DATA / "releases" / "pins.json", {NAME: release.hash})
    write_sources(by_id.values())
    report = ROOT / "docs" / "data" / "starter-left-out.csv"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(_left_out_csv(left_out), encoding="utf-8")
    for reason, count in sorted(Counter(reason for _, _, reason in left_out).items()):
        print(f"left out {count:5d}  {reason}")
    print(f"{NAME}  {release.hash}  {len(release)} datasets, {len(data) / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
