"""Times 100 checks of a rule on a calculated study of 500 activities.

``python -m benchmarks.checks [--json] [--write]``. A third of the checks is made of every row, a third adds up rows
that fit, a third is of stages, results and their kin. The peer is the same 100 checks as bare Python over dictionaries
that are in memory already: it knows no unit, no unknown amount and no reason why a check can't be made.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks import environment
from benchmarks.portfolio import release_file
from tanbiao.core.rules import Rule, parse_rule
from tanbiao.core.rules.check import outcomes
from tanbiao.core.study import Study, calculate
from tanbiao.core.study.calculation import accounted

ACTIVITIES, CHECKS, DATASETS = 500, 100, 500
LIMIT_S = 0.100
STAGES = ("raw_materials", "manufacturing")


def rule(checks: int = CHECKS) -> Rule:
    """Return a rule of so many checks."""
    said = {"severity": "warning", "clause": "6", "zh": "测速", "en": "timing"}
    body = [{"id": f"c{index}", "otherwise": said, **_check(index)} for index in range(checks)]
    return parse_rule(
        {
            "tanbiao": "rule/1",
            "id": "bench",
            "version": "1.0.0",
            "standing": "demonstration",
            "title": {"zh": "测速", "en": "timing"},
            "covers": {"categories": ["bench"]},
            "unit": {"declared": {"amount": "1 kg"}},
            "boundary": {"partial": ["cradle_to_gate"], "distribution": "optional", "end_of_life": "optional"},
            "cut_off": {"each": "1 %", "total": "5 %"},
            "electricity": {},
            "allocation": {},
            "gwp": "AR6",
            "quality": {"uncertainty": "optional"},
            "declared_value": {"digits": 3},
            "checks": body,
        }
    )


def _check(index: int) -> dict[str, Any]:
    stage = STAGES[index % 2]
    if index % 3 == 0:
        return {"each": {"rows": "all"}, "expect": f"row.mass at most {index % 20} kg or row.share below 1 %"}
    if index % 3 == 1:
        return {"expect": f'sum(row.mass where row.stage == "{stage}" and row.emission > {index} kg) at least 1 g'}
    return {"expect": f"emission({stage}) / unit between 0 kg/kg and {10**9 + index} kg/kg and total at least 1 kg"}


def study(activities: int = ACTIVITIES) -> Study:
    """Return a study of so many inputs by mass."""
    rows: dict[str, list[dict[str, Any]]] = {stage: [] for stage in STAGES}
    for index in range(activities):
        row = {"id": f"r{index}", "amount": f"{1 + index % 17}.25 kg", "from": f"dataset/d{index % DATASETS:05d}"}
        rows[STAGES[index % 2]].append(row)
    parsed, findings = Study.parse(
        {
            "tanbiao": "study/1",
            "goal": {"application": "timing"},
            "product": {"name": "bench", "category": "bench"},
            "gwp": "AR6",
            "unit": {"declared": "1 kg"},
            "period": {"from": "2024-01-01", "to": "2024-12-31"},
            "boundary": "cradle_to_gate",
            "capital_goods": {"excluded": "timing"},
            "stages": {**rows, **{name: {"not_declared": "x"} for name in ("distribution", "use", "end_of_life")}},
        }
    )
    if parsed is None:
        raise SystemExit(str(findings))
    return parsed


def bare(rows: Sequence[dict[str, Any]], checks: int) -> Callable[[], int]:
    """Return the same checks as loops over dictionaries; they count what fails."""
    total = sum(row["emission"] for row in rows)

    def run() -> int:
        failed = 0
        for index in range(checks):
            stage = STAGES[index % 2]
            if index % 3 == 0:
                failed += any(not (row["mass"] <= index % 20 or row["emission"] / total < 0.01) for row in rows)
            elif index % 3 == 1:
                failed += sum(r["mass"] for r in rows if r["stage"] == stage and r["emission"] > index) < 1e-3
            else:
                emission = sum(row["emission"] for row in rows if row["stage"] == stage)
                failed += not (0 <= emission <= 1e9 + index and total >= 1)
        return int(failed)

    return run


def measure(folder: Path, activities: int = ACTIVITIES, checks: int = CHECKS, repeats: int = 7) -> dict[str, Any]:
    """Time reading the rule, the first and a later run of its checks, and the bare loops; both must say the same."""
    release = release_file(folder / "bench.tanbiao-release", DATASETS, 16)
    one = study(activities)
    started = time.perf_counter()
    asked = rule(checks)
    read_s = time.perf_counter() - started
    result = calculate(one, release, samples=0)
    ledger = accounted(one, release, asked)[1]
    seconds, busy = [], []
    for _ in range(repeats):
        start, start_busy = time.perf_counter(), time.process_time()
        found = outcomes(asked, one, result, ledger)
        seconds.append(time.perf_counter() - start)
        busy.append(time.process_time() - start_busy)
    own = [item for item in found if item.check.startswith("c") and item.check[1:].isdigit()]
    unread = [item.check for item in own if item.state == "not_run"]
    rows = [
        {"stage": entry.stage, "emission": entry.value, "mass": float(entry.flow.amount[0])} for entry in ledger.entries
    ]
    loops = bare(rows, checks)
    peer = min(_timed(loops) for _ in range(repeats))
    return {
        "task": "checks",
        "activities": activities,
        "checks": checks,
        "ours_s": min(seconds),
        "processor_s": min(busy),
        "first_call_s": seconds[0],
        "read_rule_s": read_s,
        "budget_s": LIMIT_S,
        "peers": {"bare Python loops": peer},
        "failed": sum(item.state == "failed" for item in own),
        "failed_bare": loops(),
        "not_run": unread,
    }


def _timed(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def table(result: dict[str, Any], described: dict[str, Any]) -> list[str]:
    """Return the result as Markdown lines."""
    lines = [
        f"# {result['checks']} checks of a study of {result['activities']} activities",
        "",
        *environment.header(described),
    ]
    lines += [" ".join((__doc__ or "").split("\n\n", 1)[1].split(". ", 1)[1].split()), ""]
    lines += ["| ours | of it processor | first call | reading the rule | allowed | bare Python loops |"]
    lines += ["|---|---|---|---|---|---|"]
    times = [result[key] for key in ("ours_s", "processor_s", "first_call_s", "read_rule_s", "budget_s")]
    times.append(result["peers"]["bare Python loops"])
    return [*lines, f"| {' | '.join(map(environment.seconds, times))} |"]


def main(arguments: list[str] | None = None) -> int:
    """Run the measurement; exit code 1 if it takes more processor time than is allowed, or answers differ."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.checks", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--write", action="store_true", help="write results/checks.md")
    options = parser.parse_args(arguments)
    described = environment.describe()
    with tempfile.TemporaryDirectory() as folder:
        result = measure(Path(folder))
    lines = table(result, described)
    if options.write:
        print(environment.write("checks", lines), file=sys.stderr)
    body = {"tasks": [result], "environment": described}
    print(json.dumps(body, indent=1) if options.json else "\n".join(lines))
    wrong = result["failed"] != result["failed_bare"] or bool(result["not_run"])
    return int(wrong or result["processor_s"] > result["budget_s"])


if __name__ == "__main__":
    raise SystemExit(main())
