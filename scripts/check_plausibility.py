"""Run every plausibility check over a package of unit processes and write which pass, and why each other does not.

    python scripts/check_plausibility.py PACKAGE OUT.csv

Written for the 120 TianGong processes (MIT, TianGong LCA data): ``docs/data/tiangong-plausibility.csv``. A process
passes when no check says more than "worth knowing" of it, it states a greenhouse gas and something it uses, its inputs
have suppliers, and its direct emission per kilogram stands within the range of the US LCI processes (robust z).
"""

from __future__ import annotations

import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tanbiao.core.dataset import Dataset
from tanbiao.core.dataset.checks import check
from tanbiao.core.dataset.inventory import Inventory, Process
from tanbiao.core.findings import Finding, Severity
from tanbiao.core.gases import GWP_SETS, gwp
from tanbiao.core.lca.linking_model import LinkOptions
from tanbiao.core.lca.peers import Peer, outliers
from tanbiao.core.lca.release_find import find_release
from tanbiao.core.lca.release_inventory import Terms, release_datasets
from tanbiao.formats import registry
from tanbiao.formats.archive import Members


def read(package: Path) -> Inventory:
    """Return the package's inventory."""
    with Members.open(package) as members:
        return registry.read(members)


def by_process(found: Iterable[Finding], processes: Iterable[Process]) -> dict[str, list[Finding]]:
    """Return process id → the findings whose place is the process or its file."""
    listed: dict[str, list[Finding]] = defaultdict(list)
    places = [(process.id, process.where or process.id) for process in processes]
    for item in found:
        for identifier, place in places:
            if item.where.startswith((place, identifier)):
                listed[identifier].append(item)
    return listed


def direct(item: Dataset) -> float:
    """Return kg CO2e (newest set) that a process emits itself per reference unit."""
    return sum(one.amount * gwp(GWP_SETS[-1], one.gas) for one in item.emissions)


def beside_peers(items: Iterable[Dataset]) -> dict[str, Finding]:
    """Return dataset id → what its direct emission per kilogram is said of beside those of the US LCI."""
    others = [item for item in find_release() if item.id.startswith("uslci:")]
    peers = [
        Peer(item.id, item.name.best("en"), "per kilogram", "kg", direct(item))
        for item in [*others, *items]
        if item.reference.unit == "kg"
    ]
    return {item.where: item for item in outliers(peers)}


def rows(inventory: Inventory) -> list[dict[str, Any]]:
    """Return a row for each process: name, verdict, and the codes that decided with how often each stood."""
    imported = release_datasets(inventory, Terms("tiangong", "TianGong LCA data"), LinkOptions())
    said = by_process([*check(inventory), *imported.readiness.findings], inventory.processes)
    outside = beside_peers(imported.datasets)
    of_process = {item.source.row.partition("#")[0]: item for item in imported.datasets}
    listed = []
    for process in inventory.processes:
        heavy = (Severity.WARNING, Severity.ERROR, Severity.BLOCKING)
        codes = Counter(item.code for item in said[process.id] if item.severity in heavy)
        made = of_process.get(process.id)
        if made is not None and not made.emissions:
            codes["greenhouse_gas_absent"] += 1
        if made is not None and made.emissions and not (made.inputs or made.gaps):
            codes["emission_without_input"] += 1  # nothing that could bring the carbon
        if made is not None and made.id in outside:
            codes[outside[made.id].code] += 1
        if made is not None and made.gaps:
            codes["unlinked_input"] = len(made.gaps)
        listed.append(
            {
                "process": process.id,
                "name": process.name.get("zh") or next(iter(process.name.values()), ""),
                "verdict": "left out" if codes or made is None else "plausible",
                "direct_kg_co2e": "" if made is None else f"{direct(made):.6g}",
                "per": "" if made is None else made.reference.unit,
                "because": "; ".join(f"{code} × {count}" for code, count in sorted(codes.items())),
            }
        )
    return listed


def main() -> int:
    """Write the table and print how often each code decided."""
    found = rows(read(Path(sys.argv[1])))
    with Path(sys.argv[2]).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(found[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)
    print(Counter(row["verdict"] for row in found))
    print(Counter(part.partition(" ×")[0] for row in found for part in str(row["because"]).split("; ")).most_common())
    return 0


if __name__ == "__main__":
    sys.exit(main())
