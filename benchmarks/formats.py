"""Times the reading of dataset files, beside bw2io's importer where an interpreter has it.

``python -m benchmarks.formats [--json] [--write] [--repeat N]``. Three tasks: the US LCI archive (openLCA JSON-LD, 766
processes) read, checked, made into documents and stored in a new SQLite database; 4,000 ILCD processes with more than
3,000 flows, made of the TianGong sample by new ids and slightly other amounts, the same way; 770 EcoSpold 2 files,
made of the samples by new ids, read by ours and by bw2io's importer turn by turn in one run (the importer parses and
applies its strategies, as its users run it; its parsing alone is told beside). Limits and ratios are of processor time,
so that a busy machine does not count; the time on the wall stands beside it. The samples are not part of the project:
``TANBIAO_SHARED`` names the folder that has them, and a task without its sample is left out by name.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import environment
from benchmarks.engine import peer_python
from tanbiao.formats import inspection, registry
from tanbiao.formats.archive import Members

SAMPLES = Path(os.environ.get("TANBIAO_SHARED") or environment.ROOT.parent / "shared") / "data" / "lca"
LIMITS = {"uslci": 4.0, "ilcd": 40.0}
"""Seconds that the project asks of itself."""
PROCESSES, COPIES_OF_FLOWS, FILES = 4_000, 6, 770
_UUID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_AMOUNT = re.compile(rb"(<(?:mean|resulting)Amount>)([^<]+)(<)")


def ilcd_archive(sample: Path, processes: int = PROCESSES, copies: int = COPIES_OF_FLOWS) -> bytes:
    """Return a zip of so many processes and of the sample's flows so many times, with new ids and other amounts."""
    with zipfile.ZipFile(sample) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if name.endswith(".xml")}
    originals = [name for name in sorted(files) if "/processes/" in name]
    flows = {Path(name).stem.encode(): name for name in files if "/flows/" in name}
    made: dict[str, bytes] = {name: data for name, data in files.items() if name not in originals}

    def renamed(data: bytes, copy: int) -> bytes:
        return _UUID.sub(lambda found: _copied(found[0], copy) if found[0] in flows else found[0], data)

    for copy in range(1, copies):
        for key, name in flows.items():
            new = _copied(key, copy)
            made[name.replace(key.decode(), new.decode())] = renamed(files[name], copy)
    for number in range(processes):
        round_, at = divmod(number, len(originals))
        name = originals[at]
        own = Path(name).stem.encode()
        data = renamed(files[name], round_ % copies).replace(own, _copied(own, round_))
        factor = 1.0 + round_ / 1000.0
        data = _AMOUNT.sub(lambda found, f=factor: found[1] + repr(float(found[2]) * f).encode() + found[3], data)
        made[name.replace(own.decode(), _copied(own, round_).decode())] = data
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in made.items():
            archive.writestr(name, data)
    return stream.getvalue()


def _copied(key: bytes, copy: int) -> bytes:
    return key if not copy else str(uuid.uuid5(uuid.NAMESPACE_URL, f"{key.decode()}/{copy}")).encode()


def ecospold_folder(samples: Path, folder: Path, files: int = FILES) -> int:
    """Write so many EcoSpold 2 files with new activity ids into a folder; return their bytes."""
    originals = [path.read_bytes() for path in sorted(samples.iterdir()) if path.suffix == ".spold"]
    size = 0
    for number in range(files):
        data = originals[number % len(originals)]
        found = re.search(rb'<activity id="([0-9a-f-]{36})"', data)
        assert found is not None
        new = _copied(found[1], number + 1)
        data = data.replace(found[1], new)
        (folder / f"{new.decode()}_{number:05d}.spold").write_bytes(data)
        size += len(data)
    return size


def clocked(call: Callable[[], Any], repeat: int) -> tuple[float, float]:
    """Return the medians of the processor's seconds and of those on the wall."""
    taken, walls = [], []
    for _ in range(repeat):
        started, wall = time.process_time(), time.perf_counter()
        call()
        taken.append(time.process_time() - started)
        walls.append(time.perf_counter() - wall)
    return statistics.median(taken), statistics.median(walls)


def _worker(python: str, module: str, *arguments: str) -> dict[str, Any]:
    """Run a module that prints one JSON document; ``{"error": …}`` where it fails."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (environment.ROOT / "src", environment.ROOT)))}
    done = subprocess.run(
        [python, "-m", module, *arguments], capture_output=True, text=True, check=False, cwd=environment.ROOT, env=env
    )
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        return {"error": (done.stderr.strip().splitlines() or ["no answer"])[-1][:200]}
    return dict(json.loads(lines[-1]))


def uslci(repeat: int) -> dict[str, Any]:
    """Time the US LCI archive: read and checked here, the whole way into a new database in a process of its own."""
    path = SAMPLES / "olca" / "uslci_olca1_5_0_schema1.zip"
    if not path.exists():
        return {"task": "uslci", "left_out": "the sample is not here"}

    def read() -> None:
        with Members.open(path) as members:
            inspection.inspect(members)

    stored = _stored(path, repeat)
    taken, wall = clocked(read, repeat)
    whole = {"read_and_checked_s": taken, "read_and_checked_wall_s": wall, **stored}
    return {"task": "uslci", **whole, "limit_s": LIMITS["uslci"]}


def _stored(path: Path, repeat: int) -> dict[str, Any]:
    """Return the medians of reading, checking and storing a file in a new database, in processes of their own."""
    runs = [_worker(sys.executable, "benchmarks.format_store", str(path)) for _ in range(repeat)]
    wrong = next((one["error"] for one in runs if "error" in one), None)
    return {
        "wall_s": None if wrong else statistics.median(one["wall_s"] for one in runs),
        "stored_s": None if wrong else statistics.median(one["cpu_s"] for one in runs),
        "stored": None if wrong else runs[0]["stored"],
        "peak_mb": None if wrong else max(one["peak_mb"] for one in runs),
        "error": wrong,
    }


def ilcd(repeat: int) -> dict[str, Any]:
    """Time 4,000 ILCD processes."""
    sample = SAMPLES / "ilcd" / "tiangong_ilcd_subset_120.zip"
    if not sample.exists():
        return {"task": "ilcd", "left_out": "the sample is not here"}
    data = ilcd_archive(sample)
    seen: dict[str, int] = {}

    def read() -> None:
        with Members.of_bytes(data, "ilcd.zip") as members:
            found = inspection.inspect(members)
        seen.update({key: value for key, value in found.counts().items() if isinstance(value, int)})

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ilcd.zip"
        path.write_bytes(data)
        stored = _stored(path, repeat)
    taken, wall = clocked(read, repeat)
    whole = {"read_and_checked_s": taken, "read_and_checked_wall_s": wall, **stored}
    return {"task": "ilcd", **whole, "limit_s": LIMITS["ilcd"], **seen}


def ecospold2(repeat: int) -> dict[str, Any]:
    """Time 770 EcoSpold 2 files beside bw2io, turn by turn."""
    samples = SAMPLES / "ecospold2"
    if not samples.is_dir():
        return {"task": "ecospold2", "left_out": "the samples are not here"}
    with tempfile.TemporaryDirectory() as name:
        size = ecospold_folder(samples, Path(name))
        mine, walls, theirs, wrong, processes = [], [], [], None, 0
        for _ in range(repeat):
            started, wall = time.process_time(), time.perf_counter()
            with Members.open(Path(name)) as members:
                processes = len(registry.read(members).processes)
            mine.append(time.process_time() - started)
            walls.append(time.perf_counter() - wall)
            answer = _worker(peer_python(), "benchmarks.format_peer", name)
            wrong = answer.get("error")
            if wrong:
                break
            theirs.append(answer)
    peer = statistics.median(one["cpu_s"] for one in theirs) if theirs else None
    ours = statistics.median(mine)
    return {
        "task": "ecospold2",
        "files": FILES,
        "bytes": size,
        "processes": processes,
        "read_s": ours,
        "wall_s": statistics.median(walls),
        "bw2io_s": peer,
        "bw2io_wall_s": statistics.median(one["wall_s"] for one in theirs) if theirs else None,
        "bw2io_parsing_alone_s": statistics.median(one["parsing_s"] for one in theirs) if theirs else None,
        "bw2io_processes": theirs[0]["processes"] if theirs else None,
        "ratio": None if peer is None else peer / ours,
        "error": wrong,
    }


TASKS = (uslci, ilcd, ecospold2)


def report(rows: list[dict[str, Any]]) -> list[str]:
    """Return the table for people."""
    lines = ["| task | ours, processor | ours, wall | limit or peer, processor | ratio |", "|---|---|---|---|---|"]
    for row in rows:
        if "left_out" in row:
            lines.append(f"| {row['task']} | left out: {row['left_out']} | | | |")
            continue
        ours = row.get("stored_s") or row.get("read_and_checked_s") or row.get("read_s")
        other = row.get("limit_s") or row.get("bw2io_s")
        name = "limit" if "limit_s" in row else "bw2io"
        ratio = "–" if not (other and ours) else f"{other / ours:.2f}"
        wall = environment.seconds(row.get("wall_s"))
        told = f"{environment.seconds(ours)} | {wall} | {name} {environment.seconds(other)} | {ratio}"
        lines.append(f"| {row['task']} | {told} |")
    lines.append("")
    for row in rows:
        lines.append("; ".join(f"{key} {value}" for key, value in row.items() if value is not None))
    return lines


def main(arguments: list[str] | None = None) -> int:
    """Run; exit code 1 where a limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.formats")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", action="store_true", help="write benchmarks/results/formats.md")
    parser.add_argument("--repeat", type=int, default=3)
    args = parser.parse_args(arguments)
    about = environment.describe()
    rows = [task(args.repeat) for task in TASKS]
    lines = ["# Dataset files read", "", *environment.header(about), *report(rows)]
    print(json.dumps({"tasks": rows, "environment": about}, indent=1) if args.json else "\n".join(lines))
    if args.write:
        environment.write("formats", lines)
    late = [
        row for row in rows if "limit_s" in row and (row.get("stored_s") or row["read_and_checked_s"]) > row["limit_s"]
    ]
    return 1 if late else 0


if __name__ == "__main__":
    raise SystemExit(main())
