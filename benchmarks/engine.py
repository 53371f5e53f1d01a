"""Times linked systems: ours beside SciPy, NumPy and Brightway, each call in a process of its own.

``python -m benchmarks.engine [--json] [--write] [--matrix NAME …] [--limit SECONDS]``. A ratio above 1 says how many
times faster ours is than the fastest peer. Ours includes all its refusals (productivity, condition, residual); SciPy
and NumPy check nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import environment, matrices
from benchmarks.tools import OURS, TASKS, TOOLS, missing

_ENOUGH = 1.0  # repeat a call until this many seconds are spent, at most _REPEATS times
_REPEATS = 5
_BY_PROCESSOR = "TANBIAO_BENCH_PROCESSOR_TIME"
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")


def measure(tool: str, task: str, matrix: str, answer: Path) -> dict[str, float] | None:
    """Time one tool on one task in this process; save its answer; None if the tool has no such task."""
    clock = time.process_time if os.environ.get(_BY_PROCESSOR) else time.perf_counter
    arrays = matrices.load(matrix)
    call = TOOLS[tool](task, arrays)
    if call is None:
        return None
    before = environment.peak_mb()
    best, spent, result = np.inf, 0.0, np.zeros(0)
    for _ in range(_REPEATS):
        start = clock()
        result = call()
        elapsed = clock() - start
        best, spent = min(best, elapsed), spent + elapsed
        if spent > _ENOUGH:
            break
    np.save(answer, result)
    return {"seconds": best, "peak_mb": round(environment.peak_mb() - before, 1)}


def _in_child(tool: str, task: str, matrix: str, answer: Path, limit: float) -> dict[str, Any]:
    """Run :func:`measure` in a fresh process; ``{"absent": reason}`` if it gives nothing."""
    command = [sys.executable, "-m", "benchmarks.engine", "--child", tool, task, matrix, str(answer)]
    try:
        run = subprocess.run(command, cwd=environment.ROOT, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return {"absent": f"not done within {limit:g} s"}
    if run.returncode != 0:
        return {"absent": (run.stderr.strip().splitlines() or ["failed"])[-1][:200]}
    found: dict[str, Any] | None = json.loads(run.stdout.splitlines()[-1])
    return found or {"absent": ""}


def compare(task: str, matrix: str, limit: float, folder: Path, given_up: dict[str, str]) -> dict[str, Any]:
    """Return one row of the result: ours, every peer's time, the largest relative difference of the answers.

    ``given_up`` collects the tools that ran out of time on this system; they are not tried on its other tasks.
    """
    ours = _in_child(OURS, task, matrix, folder / "ours.npy", limit)
    if "absent" in ours:
        raise SystemExit(f"{matrix}, {task}: {ours['absent']}")
    expected = np.load(folder / "ours.npy")
    peers: dict[str, float] = {}
    absent: dict[str, str] = {}
    found: dict[str, Any]
    error = 0.0
    for tool in TOOLS:
        if tool == OURS:
            continue
        reason = missing(tool) or given_up.get(tool)
        found = {"absent": reason} if reason else _in_child(tool, task, matrix, folder / "p.npy", limit)
        if "absent" in found:
            if found["absent"]:
                absent[tool] = str(found["absent"])
                given_up.update({tool: absent[tool]} if absent[tool].startswith("not done") else {})
            continue
        peers[tool] = float(found["seconds"])
        error = max(error, _difference(expected, np.load(folder / "p.npy")))
    fastest = min(peers, key=lambda name: peers[name]) if peers else None
    return {
        "task": task,
        "matrix": matrix,
        "ours_s": ours["seconds"],
        "peers": peers,
        "absent": absent,
        "fastest_peer": fastest,
        "ratio": peers[fastest] / ours["seconds"] if fastest else None,
        "max_rel_error": error if peers else None,
        "peak_mb": ours["peak_mb"],
    }


def _difference(ours: Any, theirs: Any) -> float:
    """Return the largest relative difference; answers below a 1e-12 of the largest are compared with that."""
    if ours.shape != theirs.shape:
        return float("inf")
    size = np.maximum(np.abs(ours), 1e-12 * np.abs(ours).max())
    return float((np.abs(ours - theirs) / size).max())


def table(result: dict[str, Any]) -> list[str]:
    """Return the result as Markdown lines."""
    lines = ["# Linked systems", "", *environment.header(result["environment"])]
    lines += [
        "`first product`: from arrays to the footprint of one product. `all products`: from arrays to the footprint of"
        " every product. `next product`: one more product of a system already solved."
        f" Best of up to five runs ({result['environment'].get('clock', 'wall time')}), each"
        " tool in a process of its own; × above 1: ours is faster. Ours includes every refusal test; SciPy and NumPy"
        " test nothing.",
        "",
        "| system | task | ours | fastest peer | × | largest relative difference | memory | others |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in result["tasks"]:
        fastest = row["fastest_peer"]
        others = [f"{name} {environment.seconds(value)}" for name, value in row["peers"].items() if name != fastest]
        others += [f"{name}: {reason}" for name, reason in row["absent"].items()]
        best = f"{fastest} {environment.seconds(row['peers'][fastest])}" if fastest else "none here"
        ratio = f"{row['ratio']:.2g}" if row["ratio"] else "–"
        error = f"{row['max_rel_error']:.1e}" if row["max_rel_error"] is not None else "–"
        lines.append(
            f"| {row['matrix']} | {row['task']} | {environment.seconds(row['ours_s'])} | {best} | {ratio} | {error} "
            f"| {row['peak_mb']} MB | {'; '.join(others)} |"
        )
    return lines


def main(arguments: list[str] | None = None) -> int:
    """Run the measurements that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--write", action="store_true", help="write results/engine.md")
    parser.add_argument("--matrix", nargs="+", default=matrices.names(), metavar="NAME", help="default: all at hand")
    parser.add_argument("--limit", type=float, default=20.0, help="seconds a tool may take (default 20)")
    parser.add_argument(
        "--processor", action="store_true", help="processor time of one thread, for a machine that others use"
    )
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.child:
        tool, task, matrix, answer = options.child
        print(json.dumps(measure(tool, task, matrix, Path(answer))))
        return 0
    if options.processor:
        os.environ.update({_BY_PROCESSOR: "1", **dict.fromkeys(_ONE_THREAD, "1")})
    described = {**environment.describe(), "clock": "processor time, one thread" if options.processor else "wall time"}
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for matrix in options.matrix:
            given_up: dict[str, str] = {}
            for task in TASKS:
                print(f"{matrix}: {task} …", file=sys.stderr)
                rows.append(compare(task, matrix, options.limit, Path(folder), given_up))
    result = {"tasks": rows, "environment": described}
    lines = table(result)
    if options.write:
        print(environment.write("engine", lines), file=sys.stderr)
    print(json.dumps(result, indent=1) if options.json else "\n".join(lines))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
