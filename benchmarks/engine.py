"""Times the engine beside its peers on linked systems, in one run on the same data.

``python -m benchmarks.engine [--json] [--write] [--matrix FILE.npz …] [--task TASK …] [--rounds N] [--peers PYTHON]``.
Every tool runs in a process of its own, which is ready before the clock starts; then the tools take turns, and the
median of each counts. A ratio above 1 says how many times faster ours is than the fastest mode of any peer. Emissions
are the greenhouse gas rows only, for both sides. Peers that are not installed are named as absent; ``--peers`` (or
TANBIAO_BENCH_PEERS) names an interpreter that has them.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import environment, exact, fresh, matrices, on_release, report
from benchmarks.ours import OURS
from benchmarks.peers import BARE, TOOLS

# Our tasks that take turns with one task of the peers.
GROUPS = (("no plan", ("no plan", "plan on disk")), ("samples", ("samples",)), ("edited", ("edited", "edited again")))
_PEER_CANDIDATE = environment.ROOT / ".bench" / "bin" / "python"
_PAUSE = 0.25
"""Seconds between two calls: solver threads of the last one spin for a while before they sleep."""
_OWN_CALLS = 3
"""Calls of ours per turn: they are short, and a median wants some."""
_PATIENCE = 20.0
"""Limits that a check of the answer may take: it solves a hundred samples directly."""
_ENOUGH, _FEWEST = 12.0, 3
"""Seconds of calls after which a tool takes no more turns, and how many it takes in any case."""


def _import_path() -> str:
    """Return this checkout before whatever the caller imports from."""
    own = [str(environment.ROOT), str(environment.ROOT / "src")]
    return os.pathsep.join([*own, *filter(None, [os.environ.get("PYTHONPATH")])])


class Tool:
    """A tool in its own process, ready for one task."""

    def __init__(self, python: str, name: str, task: str, matrix: str, limit: float) -> None:
        self.name, self.task, self.limit = name, task, limit
        self.seconds: list[float] = []
        self.turns: list[float] = []
        self.peak_mb = 0.0
        self._calls = 0.0
        self._process = subprocess.Popen(
            [python, "-m", "benchmarks.worker"],
            cwd=environment.ROOT,
            env={**os.environ, "PYTHONPATH": _import_path()},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if name != OURS else None,
            text=True,
        )
        self.before = self.ask(do="prepare", tool=name, task=task, matrix=matrix) if task else {}
        self.absent: str | None = self.before.get("absent")

    def ask(self, patience: float = 1.0, **command: Any) -> dict[str, Any]:
        """Send a command and return the answer; ``{"absent": reason}`` where none comes within ``patience`` limits."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        late = threading.Event()

        def stop() -> None:
            late.set()  # before the end of the process is seen
            self._process.kill()

        timer = threading.Timer(patience * self.limit, stop)
        timer.start()
        try:
            self._process.stdin.write(json.dumps(command) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            timer.cancel()
        if line:
            answer: dict[str, Any] = json.loads(line)
            return answer
        return {"absent": f"not done within {self.limit:g} s" if late.is_set() else "failed"}

    @property
    def spent(self) -> bool:
        """Whether the tool has had its time: a few long calls are enough for a median."""
        return len(self.turns) >= _FEWEST and self._calls > _ENOUGH

    def run(self) -> None:
        """Take one turn."""
        start = time.perf_counter()
        answer = self.ask(do="run")
        if "absent" in answer:
            self.absent = str(answer["absent"])
            return
        self.seconds += answer["seconds"]
        self.turns.append(median(answer["seconds"]))
        self.peak_mb = float(answer["peak_mb"])
        self._calls += time.perf_counter() - start
        time.sleep(_PAUSE)

    def answer(self, path: Path) -> NDArray[np.float64] | None:
        """Return what the last call returned, if it is something to compare."""
        return np.load(path) if self.ask(do="answer", path=str(path)).get("saved") else None

    def error(self, path: Path, expected: NDArray[np.float64]) -> float | None:
        """Return the largest relative error of the last answer, or None where there is nothing to compare."""
        said = self.ask(_PATIENCE, do="answer", path=str(path))
        if said.get("saved"):
            return exact.difference(np.load(path), expected)
        return said.get("error")

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def compare(
    group: tuple[str, tuple[str, ...]], matrix: str, options: argparse.Namespace, expected: NDArray[np.float64]
) -> list[dict[str, Any]]:
    """Return one row per task of ours: both sides' medians, the errors against the direct solve, the peak memory."""
    peer_task, own_tasks = group
    own = [Tool(sys.executable, OURS, task, matrix, options.limit) for task in own_tasks]
    for tool in own:
        if tool.absent:
            raise SystemExit(f"{matrix}, {tool.task}: {tool.absent}")
    own = [tool for tool in own if tool.absent is None]
    if not own:
        return []
    others = [Tool(options.peers, name, peer_task, matrix, options.limit) for name in TOOLS]
    for _ in range(options.rounds):
        for tool in (*own * _OWN_CALLS, *others):
            if tool.absent is None and not tool.spent:
                tool.run()
    with tempfile.TemporaryDirectory() as folder:
        rows = [_row(tool, others, matrix, expected, Path(folder) / "answer.npy") for tool in own]
    for tool in (*own, *others):
        tool.close()
    return rows


def alone(task: str, options: argparse.Namespace) -> dict[str, Any]:
    """Return the row of a task on a release, which no peer has."""
    tool = Tool(sys.executable, OURS, task, "", options.limit)
    for _ in range(_OWN_CALLS * options.rounds):
        if tool.absent is None and not tool.spent:
            tool.run()
    with tempfile.TemporaryDirectory() as folder:
        row = _row(tool, [], "", np.zeros(0), Path(folder) / "answer.npy")
    tool.close()
    return row | {"matrix": "starter release", "allowed_s": on_release.ALLOWED[task]}


def _row(ours: Tool, others: list[Tool], matrix: str, expected: NDArray[np.float64], path: Path) -> dict[str, Any]:
    if ours.absent is not None:
        raise SystemExit(f"{matrix}, {ours.task}: {ours.absent}")
    times = {tool.name: median(tool.seconds) for tool in others if tool.absent is None and tool.seconds}
    peers = {name: value for name, value in times.items() if name not in BARE}
    asked = [tool for tool in (ours, *others) if tool.absent is None and (tool is ours or tool.task != "edited")]
    errors = {tool.name: error for tool in asked if (error := tool.error(path, expected)) is not None}
    fastest = min(peers, key=lambda name: peers[name]) if peers else None
    mine = median(ours.seconds)
    return {
        "task": ours.task,
        "matrix": matrices.short(matrix) if matrix else "",
        "ours_s": mine,
        "peers": peers,
        "fastest_peer": fastest,
        "ratio": peers[fastest] / mine if fastest else None,
        "max_rel_error": errors.get(OURS),
        "peak_mb": round(ours.peak_mb, 1),
        "calls": len(ours.seconds),
        "nine_of_ten_s": _nine_of_ten(ours.seconds) if len(ours.seconds) > len(ours.turns) else None,
        "best": {tool.name: min(tool.turns) for tool in (ours, *others) if tool.turns},
        "ratio_of_best": min(best) / min(ours.turns) if (best := _bests(others)) else None,
        "bare": {name: value for name, value in times.items() if name in BARE},
        "peer_errors": {name: error for name, error in errors.items() if name != OURS},
        "absent": {tool.name: tool.absent for tool in others if tool.absent},
        "apart": {tool.name: _apart(tool) for tool in (ours, *others) if tool.absent is None},
    }


def _nine_of_ten(seconds: list[float]) -> float:
    """Return what nine of ten calls took at most."""
    return sorted(seconds)[math.ceil(0.9 * len(seconds)) - 1]


def _bests(tools: list[Tool]) -> list[float]:
    """Return the shortest turn of each peer."""
    return [min(tool.turns) for tool in tools if tool.turns and tool.absent is None and tool.name not in BARE]


def _apart(tool: Tool) -> dict[str, float]:
    """Return what is not in the medians: import, reading, hashing, preparing, the first call; and the peak memory."""
    said = {key: value for key, value in tool.before.items() if key.endswith("_s")}
    return said | {"peak_mb": round(tool.peak_mb, 1)}


def said_of_bad_systems(options: argparse.Namespace) -> dict[str, list[str]]:
    """Return what each side answers to the small systems without an answer."""
    said = {}
    for name, python in ((OURS, sys.executable), ("bw2calc LCA", options.peers)):
        tool = Tool(python, name, "", "", options.limit)
        said[name] = tool.ask(do="refusals", tool=name).get("rows", [])
        tool.close()
    return said


def peer_python() -> str:
    """Return the interpreter that has the peers: the one named, our own if it has them, else that of ``make bench``."""
    named = os.environ.get("TANBIAO_BENCH_PEERS")
    if named:
        return named
    made = importlib.util.find_spec("bw2calc") is None and _PEER_CANDIDATE.exists()
    return str(_PEER_CANDIDATE) if made else sys.executable


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--write", action="store_true", help="write results/engine.md")
    parser.add_argument("--matrix", nargs="+", default=matrices.names(), metavar="FILE", help="default: all at hand")
    parser.add_argument("--task", nargs="+", choices=[name for name, _ in GROUPS], help="only these; default: all")
    parser.add_argument("--systems-only", action="store_true", help="leave out the tasks on a release")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each tool (default 5)")
    parser.add_argument("--limit", type=float, default=120.0, help="seconds a tool may take for one answer")
    parser.add_argument("--peers", default=peer_python(), metavar="PYTHON", help="interpreter that has the peers")
    options = parser.parse_args(arguments)
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    for name in options.matrix:
        if name not in matrices.SEEDED and not matrices.path_of(name).is_file():
            parser.error(f"no such file: {name} (seeded systems: {', '.join(matrices.SEEDED)})")
    options.matrix = [
        name if name in matrices.SEEDED else str(matrices.path_of(name).resolve()) for name in options.matrix
    ]
    return options


def main(arguments: list[str] | None = None) -> int:
    """Run the measurements that were asked for."""
    options = _arguments(arguments)
    described = environment.describe()
    rows = []
    for matrix in options.matrix:
        expected = exact.intensities(matrix)
        for group in (group for group in GROUPS if not options.task or group[0] in options.task):
            print(f"{matrices.short(matrix)}: {group[0]} …", file=sys.stderr)
            rows += compare(group, matrix, options, expected)
    if not options.systems_only and not options.task:
        for task in on_release.ALLOWED:
            print(f"on a release: {task} …", file=sys.stderr)
            rows.append(alone(task, options))
    print("on a fresh install …", file=sys.stderr)
    installed = fresh.measure(options.matrix)
    result = {
        "tasks": rows,
        "fresh": installed,
        "refusals": said_of_bad_systems(options),
        "environment": described,
    }
    lines = report.lines(result)
    if options.write:
        print(environment.write("engine", lines), file=sys.stderr)
    print(json.dumps(result, indent=1) if options.json else "\n".join(lines))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
