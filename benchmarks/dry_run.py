"""Times the dry run of a draft rule over 10,000 past studies of 50 activities, beside calculating each of them again.

``python -m benchmarks.dry_run [--json] [--write] [--studies N] [--workers N]``. The studies are files with their stored
results, read and checked by hash as the platform keeps them; 200 differ and each is read as often as is needed: the run
knows nothing of that and judges every one. The draft has stricter limits and ten checks over rows. The same on one
process must say the same of the first 400. Brute force is what one would do without it: two calculations per study,
timed on a few.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from benchmarks import checks, environment
from benchmarks.portfolio import release_file
from tanbiao.core.canonical import hash_bytes
from tanbiao.core.findings import to_json
from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_find import find_release
from tanbiao.core.rules.dry_run import dry_run, summary
from tanbiao.core.rules.load import parse_rule
from tanbiao.core.rules.model import Rule
from tanbiao.core.study import Study, calculate
from tanbiao.jobs import Processes, Serial
from tanbiao.web.impact.past_files import PastFiles, Stored, read

STUDIES, DISTINCT, ACTIVITIES, BRUTE, COMPARED = 10_000, 200, 50, 40, 400
LIMIT_S = 30.0


def rules() -> tuple[Rule, Rule]:
    """Return the rule in force and the draft."""
    force = checks.rule(10)
    body = {**force.canonical(), "version": "1.1.0", "cut_off": {"each": 0.005, "total": 0.02}}
    body["checks"] = [{**item, "expect": item["expect"].replace("below 1 %", "below 2 %")} for item in body["checks"]]
    return force, parse_rule(body)


def open_release(_name: str, path: str) -> Release:
    """Return the one release of the benchmark, whatever its name; a process opens it once."""
    return find_release(path)


def find_rule(_reference: str) -> Rule:
    """Return the rule in force for any reference."""
    return rules()[0]


def stored(folder: Path, body: Any) -> Stored:
    """Write a document to the folder; return where it is, and its hash."""
    data = json.dumps(body, ensure_ascii=False).encode()
    path = folder / hash_bytes(data).removeprefix("sha256:")
    path.write_bytes(data)
    return Stored(str(path), hash_bytes(data))


def studies(folder: Path, release: Release, distinct: int, activities: int = ACTIVITIES) -> list[PastFiles]:
    """Return studies with their stored results, as files: each has other amounts."""
    force = rules()[0]
    made = []
    for number in range(distinct):
        body = checks.study(activities).canonical()
        body["rule"] = force.reference
        for rows in body["stages"].values():
            for index, row in enumerate(rows if isinstance(rows, list) else ()):
                row["amount"] = f"{1 + (index * 7 + number) % 23}.5 kg"
        parsed, findings = Study.parse(body)
        if parsed is None:
            raise SystemExit(str(findings))
        result = calculate(parsed, release, force, samples=16)
        kept = {**result.document, "findings": [to_json(item) for item in result.findings]}
        made.append(PastFiles(str(number), stored(folder, parsed.canonical()), stored(folder, kept)))
    return made


def measure(folder: Path, count: int = STUDIES, distinct: int = DISTINCT, workers: int = 2) -> dict[str, Any]:
    """Time the dry run and, on a few studies, two calculations of each."""
    path = folder / "bench.tbr"
    release = release_file(path, checks.DATASETS, 16)
    past = studies(folder, release, distinct)
    many = list(islice(cycle(past), count))
    force, draft = rules()
    executor = Serial() if workers == 1 else Processes(workers)
    find = partial(open_release, path=str(path))
    with executor:
        start = time.perf_counter()
        found = list(dry_run(draft, many, find, find_rule, executor=executor, read=read))
        told = summary(draft, found)
        ours = time.perf_counter() - start
    start, start_busy = time.perf_counter(), time.process_time()
    alone = list(dry_run(draft, many[:COMPARED], find, find_rule, read=read))
    each, each_busy = ((now - then) / len(alone) for now, then in (
        (time.perf_counter(), start), (time.process_time(), start_busy)))  # fmt: skip
    start = time.perf_counter()
    for item in past[:BRUTE]:
        parsed, _ = Study.parse(read(item).study)
        assert parsed is not None
        for rule in (force, draft):
            calculate(parsed, release, rule, samples=16)
    brute = (time.perf_counter() - start) / min(BRUTE, distinct) * count
    return {
        "task": "dry run",
        "studies": count,
        "activities": ACTIVITIES,
        "workers": workers,
        "ours_s": ours,
        "each_s": each,
        "each_processor_s": each_busy,
        "same_as_alone": alone == found[: len(alone)],
        "budget_s": LIMIT_S,
        "peers": {"two calculations each, one process": brute},
        "summary": {key: told[key] for key in ("studies", "same", "newly_blocked", "unread")},
    }


def table(result: dict[str, Any], described: dict[str, Any]) -> list[str]:
    """Return the result as Markdown lines."""
    lines = [f"# A draft rule over {result['studies']:,} past studies", "", *environment.header(described)]
    lines += [" ".join((__doc__ or "").split("\n\n", 1)[1].split(". ", 1)[1].split()), ""]
    lines += [
        f"| dry run, {result['workers']} processes | allowed | one study, one process | of it processor "
        "| two calculations each, one process |"
    ]
    lines += ["|---|---|---|---|---|"]
    times = (result["ours_s"], result["budget_s"], result["each_s"], result["each_processor_s"])
    lines += [f"| {' | '.join(map(environment.seconds, (*times, *result['peers'].values())))} |", ""]
    return [*lines, f"The same as on one process: {'yes' if result['same_as_alone'] else 'NO'}."]


def main(arguments: list[str] | None = None) -> int:
    """Run the measurement; exit code 1 if it takes longer than is allowed or a study can't be read."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dry_run", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--write", action="store_true", help="write results/dry_run.md")
    parser.add_argument("--studies", type=int, default=STUDIES, help=f"how many (default {STUDIES})")
    parser.add_argument("--workers", type=int, default=2, help="processes (default 2)")
    options = parser.parse_args(arguments)
    described = environment.describe()
    with tempfile.TemporaryDirectory() as folder:
        result = measure(Path(folder), options.studies, workers=options.workers)
    lines = table(result, described)
    if options.write:
        print(environment.write("dry_run", lines), file=sys.stderr)
    body = {"tasks": [result], "environment": described}
    print(json.dumps(body, indent=1) if options.json else "\n".join(lines))
    wrong = result["summary"]["unread"] > 0 or not result["same_as_alone"]
    return int(wrong or result["ours_s"] > result["budget_s"])


if __name__ == "__main__":
    raise SystemExit(main())
