"""Times the building of a release of 5,000 linked datasets with 1,000 samples, from read processes to the file.

``python -m benchmarks.release_build [--json] [--write] [--datasets N] [--samples N] [--workers N]``. The processes are
the project's own seeded ones: each makes a product, uses six others (mostly made before it, one in a hundred after it,
so that there are loops) and emits four gases, every amount with a log-normal spread. Timed is what ``tanbiao release
build`` does once its files are read: linking, solving, readiness, sampling of the linked system, and writing the file
with its Merkle root. No peer freezes sampled databases, so the time stands beside its allowance.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import environment
from tanbiao.core.dataset.inventory import Exchange, Flow, FlowKind, Inventory, Process, ProcessKind, Spread
from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_build import Samples, write_release
from tanbiao.core.lca.release_inventory import Terms, release_datasets
from tanbiao.jobs import Executor, Processes, Serial
from tanbiao.jobs.compiling import Ahead

DATASETS, SAMPLES, INPUTS = 5_000, 1_000, 6
LIMIT_S = 60.0
_LATER = 0.01
"""Share of inputs that are made by a later process."""
_GASES = {
    "co2": "Carbon dioxide, fossil",
    "ch4": "Methane, fossil",
    "n2o": "Dinitrogen monoxide",
    "co2b": "Carbon dioxide, biogenic",
}
_HEADER = {
    "format": "tanbiao-release/1",
    "name": "bench-linked",
    "version": "1",
    "date": "2026-11-22",
    "standing": "demonstration",
    "statement": {"zh": "测速用，非真实数据", "en": "for timing, not real data"},
}


def inventory(datasets: int = DATASETS, seed: int = 1) -> Inventory:
    """Return seeded unit processes in kg; the inputs of each weigh 0.9 kg together, so that every loop makes sense."""
    rng = np.random.default_rng(seed)
    flows = {f"p{at}": Flow(f"p{at}", {"en": f"product {at}"}, FlowKind.PRODUCT, unit="kg") for at in range(datasets)}
    for key, name in _GASES.items():
        flows[key] = Flow(key, {"en": name}, FlowKind.ELEMENTARY, categories=("air",), unit="kg")
    return Inventory("openlca-jsonld-2", tuple(_process(at, datasets, rng) for at in range(datasets)), flows)


def _process(at: int, datasets: int, rng: np.random.Generator) -> Process:
    """Return one process: its product, its inputs with their spreads, its gases."""
    before = rng.choice(at, min(INPUTS, at), replace=False) if at else np.zeros(0, dtype=np.int64)
    later = rng.random(len(before)) < _LATER
    used = dict.fromkeys(
        int(rng.integers(at, datasets)) if swap else int(one) for one, swap in zip(before, later, strict=True)
    )
    used.pop(at, None)
    shares = rng.dirichlet(np.ones(max(len(used), 1))) * 0.9
    rows = [Exchange(f"p{at}", False, 1.0, "kg", id="1", is_reference=True)]
    rows += [
        Exchange(f"p{one}", True, float(share), "kg", id=str(number), spread=_spread(rng), provider=f"a{one}")
        for number, (one, share) in enumerate(zip(used, shares, strict=False), start=2)
    ]
    rows += [
        Exchange(gas, False, float(10.0 ** rng.uniform(-5, 0)), "kg", id=gas, spread=_spread(rng)) for gas in _GASES
    ]
    name = {"zh": f"过程{at}", "en": f"process {at}"}
    return Process(f"a{at}", name, ProcessKind.UNIT, tuple(rows), version="1", location="CN")


def _spread(rng: np.random.Generator) -> Spread:
    return Spread("lognormal", sigma=float(rng.uniform(0.02, 0.3)))


def build(read: Inventory, path: Path, samples: int, executor: Executor) -> tuple[Release, dict[str, float]]:
    """Link, solve and write; return the release and the seconds of its two halves."""
    terms = Terms(key="bench", title="benchmark", licence="CC0", redistribution="yes")
    started = time.perf_counter()
    with Ahead() as ahead:
        ahead.sized(read.count_exchanges())
        made = release_datasets(read, terms)
        linked = time.perf_counter()
        frozen = Samples(samples)
        release = write_release(path, made.datasets, _HEADER, samples=frozen, executor=executor, ready=ahead.wait)
    return release, {"linked_and_solved_s": linked - started, "sampled_and_written_s": time.perf_counter() - linked}


def measure(datasets: int = DATASETS, samples: int = SAMPLES, workers: int = 2) -> dict[str, Any]:
    """Build once, as a user does (the compiler's first use included), and look at what was built."""
    read = inventory(datasets)
    with tempfile.TemporaryDirectory() as folder:
        cpu, wall = time.process_time(), time.perf_counter()
        executor: Executor = Processes(workers) if workers > 1 else Serial()
        release, halves = build(read, Path(folder) / "bench.tbr", samples, executor)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        size = Path(release.path).stat().st_size
    return {
        "task": "release",
        "datasets": len(release),
        "exchanges": read.count_exchanges(),
        "samples": samples,
        "workers": workers,
        "wall_s": wall,
        "cpu_of_this_process_s": cpu,
        **halves,
        "file_mb": size / 2**20,
        "peak_mb": environment.peak_mb(),
        "limit_s": LIMIT_S,
        "hash": release.hash,
    }


def table(row: dict[str, Any]) -> list[str]:
    """Return the answer for people."""
    return [
        "| release | wall | limit | peak of the building process | file |",
        "|---|---|---|---|---|",
        f"| {row['datasets']} datasets, {row['exchanges']} exchanges, {row['samples']} samples, "
        f"{row['workers']} workers "
        f"| {environment.seconds(row['wall_s'])} | {environment.seconds(row['limit_s'])} "
        f"| {row['peak_mb']:.0f} MB | {row['file_mb']:.0f} MB |",
        "",
        "; ".join(f"{key} {value}" for key, value in row.items()),
    ]


def main(arguments: list[str] | None = None) -> int:
    """Run; exit code 1 where the limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.release_build")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", action="store_true", help="write benchmarks/results/release.md")
    parser.add_argument("--datasets", type=int, default=DATASETS)
    parser.add_argument("--samples", type=int, default=SAMPLES)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args(arguments)
    about = environment.describe()
    row = measure(args.datasets, args.samples, args.workers)
    lines = ["# A release built", "", *environment.header(about), *table(row)]
    print(json.dumps({"release": row, "environment": about}, indent=1) if args.json else "\n".join(lines))
    if args.write:
        environment.write("release", lines)
    return 1 if row["wall_s"] > LIMIT_S else 0


if __name__ == "__main__":
    sys.exit(main())
