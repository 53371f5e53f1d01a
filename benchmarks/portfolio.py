"""Times 100,000 studies of 50 activities on a new release, and a study of 200 activities on a sampled release.

``python -m benchmarks.portfolio [--json] [--write] [--studies N] [--workers N]``. The release is written by the
project's own code first (seeded, 24,000 finished factors, 1,000 samples), which is not part of the times. Ours reads
the release file, checks the hash of every row it uses, gives nominal totals, intervals with the studies' own
first-order variance, and which classes may change. The peer is the bare arithmetic in SciPy and NumPy on arrays that
are in memory already: it checks nothing, and knows of no own amounts and no classes.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from benchmarks import environment
from tanbiao.core.dataset.model import parse_dataset
from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_build import Samples, write_release
from tanbiao.core.study import Study, calculate
from tanbiao.core.study.portfolio import Portfolio, recalculate
from tanbiao.jobs import Processes, Serial

STUDIES, ACTIVITIES, DATASETS, SAMPLES = 100_000, 50, 24_000, 1_000
LIMIT_S, STUDY_LIMIT_S = 10.0, 0.050
_HEADER = {
    "format": "tanbiao-release/1",
    "name": "bench",
    "version": "1",
    "date": "2026-11-21",
    "standing": "demonstration",
    "statement": {"zh": "测速用，非真实数据", "en": "for timing, not real data"},
}


def release_file(path: Path, datasets: int = DATASETS, samples: int = SAMPLES, seed: int = 1) -> Release:
    """Write the release: seeded factors of 0.01 to 100 kg CO2e/kg, stated uncertainties of 5 to 60 %."""
    rng = np.random.default_rng(seed)
    totals, percents = 10.0 ** rng.uniform(-2, 2, datasets), rng.uniform(5, 60, datasets)
    common = {
        "version": "1",
        "kind": "footprint_factor",
        "reference": {"unit": "kg"},
        "boundary": "cradle_to_gate",
        "geography": "CN",
        "time": {"year": 2024},
        "quality": {},
        "source": {"title": "benchmark"},
        "licence": "CC0",
        "redistribution": "yes",
    }
    items = (
        parse_dataset(
            common
            | {
                "id": f"d{number:05d}",
                "name": {"zh": f"数据集{number}", "en": f"dataset {number}"},
                "co2e": {"AR6": float(totals[number])},
                "kinds": {"fossil": float(totals[number])},
                "uncertainty": {"type": "stated", "percent": float(percents[number])},
            }
        )
        for number in range(datasets)
    )
    return write_release(path, items, _HEADER, samples=Samples(samples))


def portfolio(release: Release, studies: int = STUDIES, activities: int = ACTIVITIES, seed: int = 2) -> Portfolio:
    """Return seeded compiled studies: each activity uses one dataset, with an own spread of 10 %."""
    rng = np.random.default_rng(seed)
    columns = rng.integers(0, len(release), (studies, activities))
    columns.sort(axis=1)
    amounts = rng.lognormal(-1, 1, studies * activities)
    start = np.arange(0, studies * activities + 1, activities)
    matrix = sp.csr_array((amounts, columns.ravel(), start), shape=(studies, len(release)))
    own = sp.csr_array(
        (0.1 * amounts, columns.ravel(), np.arange(amounts.size + 1)), shape=(amounts.size, len(release))
    )
    value = matrix @ release.intensities("AR6").sum(axis=1)
    questions = tuple(f"dataset/{identifier}" for identifier in release.ids())
    return Portfolio(
        tuple(str(number) for number in range(studies)),
        "AR6",
        questions,
        (release.get(release.ids()[0]).use_key(),) * len(questions),
        matrix,
        np.zeros(studies),
        own,
        np.zeros(amounts.size),
        np.repeat(np.arange(studies), activities),
        value,
    )


def ours(made: Portfolio, path: Path, workers: int) -> Callable[[], Any]:
    """Return the whole task: open the release, check it, recalculate, on so many processes."""

    def run() -> Any:
        executor = Serial() if workers == 1 else Processes(workers)
        try:
            return recalculate(made, Release.open(path), samples=SAMPLES, executor=executor)
        finally:
            executor.close()

    return run


def bare(made: Portfolio, draws: Any) -> Callable[[], Any]:
    """Return the peer: sparse times dense in float32 by pieces, and NumPy's quantiles."""
    single = sp.csr_array(made.amounts.astype(np.float32))

    def run() -> Any:
        step = 2000
        pieces = [
            np.quantile(single[at : at + step] @ draws, (0.025, 0.5, 0.975), axis=1)
            for at in range(0, single.shape[0], step)
        ]
        return np.concatenate(pieces, axis=1).T

    return run


def study_of(release: Release, activities: int = 200) -> Study:
    """Return a study of so many purchased materials."""
    names = ("manufacturing", "distribution", "use", "end_of_life")
    rows = [
        {"id": f"r{number}", "amount": f"{1 + number / 100} kg", "from": f"dataset/{release.ids()[number * 100]}"}
        for number in range(activities)
    ]
    body = {
        "tanbiao": "study/1",
        "goal": {"application": "benchmark"},
        "product": {"name": {"zh": "产品", "en": "product"}},
        "release": "bench",
        "gwp": "AR6",
        "unit": {"declared": "1 kg"},
        "period": {"from": "2024-01-01", "to": "2024-12-31"},
        "boundary": "cradle_to_gate",
        "capital_goods": {"excluded": "benchmark"},
        "stages": {"raw_materials": rows} | {name: {"not_declared": "benchmark"} for name in names},
    }
    parsed, findings = Study.parse(body)
    if parsed is None:
        raise SystemExit(str(findings))
    return parsed


def _timed(call: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    times, result = [], None
    for _ in range(repeats):
        start = time.perf_counter()
        result = call()
        times.append(time.perf_counter() - start)
    return statistics.median(times), result


def measure(studies: int = STUDIES, datasets: int = DATASETS, workers: int = 2, repeats: int = 3) -> dict[str, Any]:
    """Return the figures of both tasks, ours and the peer's, with the largest difference of the medians."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.tbr"
        start = time.perf_counter()
        release = release_file(path, datasets)
        built = time.perf_counter() - start
        made = portfolio(release, studies)
        seconds, found = _timed(ours(made, path, workers), repeats)
        rows = release.samples("AR6")
        assert rows is not None
        peer, expected = _timed(bare(made, rows.totals(range(len(release)))), 1)
        one = study_of(release, min(200, datasets // 100))
        calculate(one, release, samples=SAMPLES)
        single, _ = _timed(lambda: calculate(one, release, samples=SAMPLES), 9)
        size = path.stat().st_size
    return {
        "studies": studies,
        "activities": ACTIVITIES,
        "datasets": datasets,
        "samples": SAMPLES,
        "workers": workers,
        "portfolio_s": seconds,
        "peer_s": peer,
        "max_rel_difference_p50": float(np.abs(found.interval[:, 1] / expected[:, 1] - 1).max()),
        "study_200_s": single,
        "release_built_s": built,
        "release_mb": size / 1e6,
        "peak_mb": environment.peak_mb(),
        "environment": environment.describe(),
    }


def table(result: dict[str, Any]) -> list[str]:
    """Return the result as Markdown lines."""
    lines = ["# Portfolio", "", *environment.header(result["environment"])]
    return [
        *lines,
        f"Release: {result['datasets']} datasets, {result['samples']} samples, {result['release_mb']:.0f} MB, written "
        f"in {environment.seconds(result['release_built_s'])} (not part of the times below).",
        "",
        "| task | ours | bare SciPy and NumPy, in memory, one thread | limit |",
        "|---|---|---|---|",
        f"| {result['studies']} studies of {result['activities']} activities, release file opened and checked, "
        f"{result['workers']} processes started | {environment.seconds(result['portfolio_s'])} "
        f"| {environment.seconds(result['peer_s'])} | {LIMIT_S:g} s |",
        f"| one study of 200 activities, {result['samples']} samples, on the release "
        f"| {environment.seconds(result['study_200_s'])} | – | {STUDY_LIMIT_S * 1000:g} ms |",
        "",
        f"Largest relative difference of the medians: {result['max_rel_difference_p50']:.1e}. Peak memory of the main "
        f"process, with the peer's arrays: {result['peak_mb']:.0f} MB.",
    ]


def main(arguments: list[str] | None = None) -> int:
    """Run the measurement; exit code 1 if a task takes longer than its limit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.portfolio", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--write", action="store_true", help="write results/portfolio.md")
    parser.add_argument("--studies", type=int, default=STUDIES)
    parser.add_argument("--datasets", type=int, default=DATASETS)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args(arguments)
    result = measure(options.studies, options.datasets, options.workers)
    lines = table(result)
    if options.write:
        print(environment.write("portfolio", lines), file=sys.stderr)
    print(json.dumps(result, indent=1) if options.json else "\n".join(lines))
    return int(result["portfolio_s"] > LIMIT_S or result["study_200_s"] > STUDY_LIMIT_S)


if __name__ == "__main__":
    raise SystemExit(main())
