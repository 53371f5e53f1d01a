"""Times a study of 200 activities, without uncertainty and with 1,000 samples, and the start of the command.

``python -m benchmarks.study [--json] [--write]``. The peer is the same arithmetic done bare in NumPy: amounts times
factors and, for the interval, log-normal draws of each amount and each factor from ``numpy.random``. It reads no unit,
checks no factor and gives a total and an interval, no contributions, kinds, gases, data quality or findings; and its
bits change with the processor. A ratio below 1 is what all of that costs.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from benchmarks import environment

ACTIVITIES = 200
SAMPLES = 1000
BUDGET = {"without uncertainty": 0.050, f"with {SAMPLES:,} samples": 0.050, "tanbiao --help": 0.3}
_PEDIGREES = ([1, 1, 2, 1, 1], [2, 3, 2, 1, 3], [3, 4, 4, 3, 3], [4, 5, 5, 3, 4])


def activities(release: Any) -> list[dict[str, Any]]:
    """Return 200 rows over the release's datasets: 80 materials, 40 transport legs, 40 of power, 40 of fuel."""
    materials = _datasets(release, "kg", 80)
    freight = _datasets(release, "t*km", 5)
    rows = [_material(index, identifier) for index, identifier in enumerate(materials)]
    rows += [_transport(index, freight[index % len(freight)]) for index in range(40)]
    rows += [_power(index) for index in range(40)]
    rows += [_fuel(index) for index in range(ACTIVITIES - len(rows))]
    return rows


def _datasets(release: Any, unit: str, count: int) -> list[str]:
    """Return the first datasets per unit that may stand for an input by themselves."""
    from tanbiao.core.dataset.model import FOOTPRINT_KINDS

    found: list[str] = []
    for identifier in release.ids():
        dataset = release.get(identifier)
        usable = dataset.kind in FOOTPRINT_KINDS and not dataset.screening and not dataset.stand_in_only
        if usable and dataset.reference.unit == unit:
            found.append(identifier)
        if len(found) == count:
            return found
    raise SystemExit(f"the release has only {len(found)} factors per {unit}")


def _row(index: int, prefix: str, name: str, amount: str) -> dict[str, Any]:
    return {
        "id": f"{prefix}{index}",
        "name": {"zh": f"{name} {index}", "en": f"{name} {index}"},
        "amount": amount,
        "source": "bench",
        "data": {"kind": "secondary", "pedigree": list(_PEDIGREES[index % len(_PEDIGREES)])},
    }


def _material(index: int, identifier: str) -> dict[str, Any]:
    return _row(index, "r", "material", f"{1 + index % 17}.25 kg") | {"from": f"dataset/{identifier}"}


def _transport(index: int, identifier: str) -> dict[str, Any]:
    leg = {"distance": f"{50 + 7 * index} km", "by": f"dataset/{identifier}", "source": "bench"}
    return _row(index, "rt", "transport", f"{index + 1} kg") | {"transport": [leg]}


def _power(index: int) -> dict[str, Any]:
    supply = {"supply": "grid", "region": "CN", "year": 2023}
    return _row(index, "e", "electricity", f"{index + 1} kWh") | {"electricity": supply}


def _fuel(index: int) -> dict[str, Any]:
    name, amount = (("diesel", "1.5 kg"), ("natural-gas", "2.5 m3"), ("bituminous-coal", "3.5 kg"))[index % 3]
    return _row(index, "f", name, amount) | {"fuel": name}


def document(rows: list[dict[str, Any]]) -> bytes:
    """Return the study as a YAML file, as a user would hand it in."""
    stages = {
        "raw_materials": [row for row in rows if row["id"].startswith("r")],
        "manufacturing": [row for row in rows if not row["id"].startswith("r")],
        **{stage: {"not_declared": "cradle to gate"} for stage in ("distribution", "use", "end_of_life")},
    }
    study = {
        "tanbiao": "study/1",
        "goal": {"application": "timing", "reason": "timing", "audience": ["developers"], "public_comparison": False},
        "product": {"name": {"zh": "测速产品", "en": "benchmark product"}, "model": "BENCH-200", "country": "CN"},
        "release": "starter-2026.1",
        "gwp": "AR6",
        "unit": {"declared": "1 kg", "of": {"zh": "产品", "en": "product"}},
        "period": {"from": "2023-01-01", "to": "2023-12-31"},
        "boundary": "cradle_to_gate",
        "capital_goods": {"excluded": "timing only"},
        "sources": {"bench": {"title": "invented amounts, for timing only", "licence": "Apache-2.0"}},
        "stages": stages,
    }
    return yaml.safe_dump(study, allow_unicode=True, sort_keys=False).encode("utf-8")


def _best(call: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    """Return the shortest time of several calls, and the last answer."""
    best, _, answer = _best_with_processor(call, repeats)
    return best, answer


def _best_with_processor(call: Callable[[], Any], repeats: int) -> tuple[float, float, Any]:
    """Return the shortest time and processor time of several calls, and the last answer.

    On a machine that others use, the processor time says what the call would take alone.
    """
    best, busy, answer = np.inf, np.inf, None
    for _ in range(repeats):
        start, start_busy = time.perf_counter(), time.process_time()
        answer = call()
        best, busy = min(best, time.perf_counter() - start), min(busy, time.process_time() - start_busy)
    return float(best), float(busy), answer


def _bare_numpy(result: Any, samples: int) -> Callable[[], Any]:
    """Return the same sum (and interval) from arrays of amounts and factors, as one would write it in a notebook."""
    rows = [row for row in result["contributions"] if row["factor"] is not None]
    amounts = np.array([row["value"] / row["factor"] if row["factor"] else 0.0 for row in rows])
    factors = np.array([row["factor"] for row in rows])
    if samples == 0:
        return lambda: float(amounts @ factors)

    def drawn() -> Any:
        rng = np.random.default_rng(1)
        totals = (
            (amounts * factors)[:, None]
            * rng.lognormal(0.0, 0.1, (len(rows), samples))
            * rng.lognormal(0.0, 0.2, (len(rows), samples))
        ).sum(axis=0)
        return np.quantile(totals, (0.025, 0.5, 0.975))

    return drawn


def _task(name: str, ours: float, peer: float | None, peer_name: str, error: float | None) -> dict[str, Any]:
    return {
        "task": name,
        "matrix": f"study of {ACTIVITIES} activities",
        "ours_s": ours,
        "budget_s": BUDGET.get(name),
        "peers": {} if peer is None else {peer_name: peer},
        "fastest_peer": None if peer is None else peer_name,
        "ratio": None if peer is None else peer / ours,
        "max_rel_error": error,
        "peak_mb": round(environment.peak_mb(), 1),
    }


def measure(repeats: int) -> list[dict[str, Any]]:
    """Time reading, calculating and starting up."""
    from tanbiao.core.lca.release_find import find_release
    from tanbiao.core.study import calculate
    from tanbiao.formats import yaml_study

    release = find_release("starter-2026.1")
    source = document(activities(release))
    read_s, loaded = _best(lambda: yaml_study.load(source), 3)
    if loaded.study is None:
        raise SystemExit("\n".join(f"{item.code} {item.where} {dict(item.params)}" for item in loaded.findings))
    tasks = [_task("read the YAML file", read_s, *_bare_yaml(source), None)]
    for samples in (0, SAMPLES):
        start = time.perf_counter()
        calculate(loaded.study, release, samples=samples)
        first = time.perf_counter() - start
        name = f"with {SAMPLES:,} samples" if samples else "without uncertainty"
        ours, busy, result = _best_with_processor(partial(calculate, loaded.study, release, samples=samples), repeats)
        bare = _bare_numpy(result.document, samples)
        peer, answer = _best(bare, repeats)
        total = result.document["total"]["value"]
        error = None if samples else abs(answer / total - 1)
        tasks.append(_task(name, ours, peer, "bare NumPy", error) | {"first_call_s": first, "processor_s": busy})
    tasks.append(_task("tanbiao --help", *_start_up(repeats), None))
    return tasks


def _bare_yaml(source: bytes) -> tuple[float, str]:
    """Time PyYAML alone, which is what any reader of the file pays at least."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return _best(lambda: yaml.load(source, Loader=loader), 3)[0], "PyYAML alone"


def _start_up(repeats: int) -> tuple[float, float, str]:
    """Time ``tanbiao --help`` and, beside it, an empty Python."""
    folder = Path(sys.executable).parent

    def run(command: list[str]) -> None:
        subprocess.run(command, capture_output=True, check=True, cwd=environment.ROOT)

    ours, _ = _best(lambda: run([sys.executable, "-m", "tanbiao.cli.main", "--help"]), repeats)
    if (folder / "tanbiao").exists():
        ours, _ = _best(lambda: run([str(folder / "tanbiao"), "--help"]), repeats)
    empty, _ = _best(lambda: run([sys.executable, "-c", "pass"]), repeats)
    return ours, empty, "python -c pass"


def table(result: dict[str, Any]) -> list[str]:
    """Return the result as Markdown lines."""
    lines = [f"# A study of {ACTIVITIES} activities", "", *environment.header(result["environment"])]
    lines += [" ".join((__doc__ or "").split("\n\n", 1)[1].split(". ", 1)[1].split()), ""]
    lines += ["| task | ours | of it processor | first call | allowed | peer | × |", "|---|---|---|---|---|---|---|"]
    for row in result["tasks"]:
        peer = row["fastest_peer"]
        beside = f"{peer} {environment.seconds(row['peers'][peer])}" if peer else "–"
        ratio = f"{row['ratio']:.2g}" if row["ratio"] else "–"
        times = [row.get(key) for key in ("ours_s", "processor_s", "first_call_s", "budget_s")]
        lines.append(f"| {row['task']} | {' | '.join(map(environment.seconds, times))} | {beside} | {ratio} |")
    return lines


def main(arguments: list[str] | None = None) -> int:
    """Run the measurements; exit code 1 if a calculation takes more processor time than it is allowed time."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.study", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--write", action="store_true", help="write results/study.md")
    parser.add_argument("--repeats", type=int, default=7, help="calls of which the fastest counts (default 7)")
    options = parser.parse_args(arguments)
    described = environment.describe()
    result: dict[str, Any] = {"tasks": measure(options.repeats), "environment": described}
    lines = table(result)
    if options.write:
        print(environment.write("study", lines), file=sys.stderr)
    print(json.dumps(result, indent=1) if options.json else "\n".join(lines))
    return int(any(row["processor_s"] > row["budget_s"] for row in result["tasks"] if "processor_s" in row))


if __name__ == "__main__":
    raise SystemExit(main())
