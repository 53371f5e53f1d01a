"""Times the impact of a changed grid factor on 10,000 studies of 50 activities, beside calculating each of them again.

``python -m benchmarks.impact [--json] [--write] [--studies N]``. A platform of its own (SQLite, a folder that is thrown
away) is filled with studies in its own tables; 1,000 of them differ, and each stands there as often as is needed: the
run knows nothing of that and recalculates every one. Filling and the index, which is kept as studies are saved, are not
part of the time. The run is the real one: it finds the changed factors, recalculates in slices, stores every line with
its interval of 1,000 shared samples. Brute force is what one would do without it: a calculation per study.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import environment
from tanbiao.core.dataset.model import parse_dataset
from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_build import Samples, write_release
from tanbiao.core.study import Study, calculate

if TYPE_CHECKING:
    from tanbiao.web.accounts.actor import Actor

STUDIES, DISTINCT, ACTIVITIES, DATASETS, SAMPLES = 10_000, 1_000, 50, 2_000, 1_000
BRUTE = 200
LIMIT_S = 10.0
OLD, NEW = "bench-2024.1", "bench-2024.2"
GRID = {OLD: 0.6205, NEW: 0.5777}
"""kg CO2e/kWh; the size of the step between two published Chinese grid footprint factors (2023 and 2024)."""
BATCH = 400


def release_file(folder: Path, name: str, datasets: int = DATASETS, samples: int = SAMPLES) -> Release:
    """Write a release: seeded factors of 0.01 to 100 kg CO2e/kg, and the grid."""
    rng = np.random.default_rng(1)
    totals, percents = 10.0 ** rng.uniform(-2, 2, datasets), rng.uniform(5, 60, datasets)
    common = {
        "version": "1",
        "kind": "footprint_factor",
        "boundary": "cradle_to_gate",
        "geography": "CN",
        "time": {"year": 2023},
        "quality": {},
        "source": {"title": "benchmark"},
        "licence": "CC0",
        "redistribution": "yes",
    }

    def one(identifier: str, total: float, percent: float, unit: str) -> Any:
        return parse_dataset(
            common
            | {
                "id": identifier,
                "name": {"zh": identifier, "en": identifier},
                "reference": {"unit": unit},
                "co2e": {"AR6": total},
                "kinds": {"fossil": total},
                "uncertainty": {"type": "stated", "percent": percent},
            }
        )

    items = [one(f"d{n:05d}", float(totals[n]), float(percents[n]), "kg") for n in range(datasets)]
    items.append(one("grid", GRID[name], 10.0, "kWh|electricity"))
    header = {
        "format": "tanbiao-release/1",
        "name": name,
        "version": name.rpartition("-")[2],
        "date": "2026-11-21",
        "standing": "demonstration",
        "statement": {"zh": "测速用，非真实数据", "en": "for timing, not real data"},
    }
    power = {"names": {"CN": "CN"}, "grids": {"CN": {"2023": "grid"}}}
    return write_release(
        folder / f"{name}.tbr", items, header, {"electricity": power}, samples=Samples(samples) if samples else None
    )


def document(number: int, datasets: int = DATASETS, activities: int = ACTIVITIES) -> dict[str, Any]:
    """Return a seeded study: purchased materials, each of another dataset, and electricity of the grid."""
    rng = np.random.default_rng(number)
    chosen = rng.choice(datasets, activities - 1, replace=False)
    amounts = rng.lognormal(-1, 1, activities)
    spread = {"kind": "site_specific"}
    rows: list[dict[str, Any]] = [
        {"id": f"r{place}", "amount": f"{amounts[place]:.6g} kg", "from": f"dataset/d{item:05d}", "data": spread}
        for place, item in enumerate(chosen.tolist())
    ]
    power = {"supply": "grid", "region": "CN", "year": 2023}
    rows.append({"id": "power", "amount": f"{5 * amounts[-1]:.6g} kWh", "electricity": power, "data": spread})
    names = ("manufacturing", "distribution", "use", "end_of_life")
    return {
        "tanbiao": "study/1",
        "goal": {"application": "benchmark"},
        "product": {"name": {"zh": f"产品{number}", "en": f"product {number}"}},
        "release": OLD,
        "gwp": "AR6",
        "unit": {"declared": "1 kg"},
        "period": {"from": "2023-01-01", "to": "2023-12-31"},
        "boundary": "cradle_to_gate",
        "capital_goods": {"excluded": "benchmark"},
        "stages": {"raw_materials": rows} | {name: {"not_declared": "benchmark"} for name in names},
    }


def parsed(body: dict[str, Any]) -> Study:
    """Return a document as a study; one that is none ends the measurement."""
    found, findings = Study.parse(body)
    if found is None:
        raise SystemExit(str(findings))
    return found


def store(actor: Actor, bodies: Sequence[dict[str, Any]], release: Release) -> list[Any]:
    """Store calculated studies in the platform's own tables, many at a time; no event is written. Return them."""
    from tanbiao.core.canonical import decimal12
    from tanbiao.web import clock
    from tanbiao.web.studies import intake, moves
    from tanbiao.web.studies.models import Result, Revision
    from tanbiao.web.studies.models import Study as Row

    assert actor.organisation is not None
    assert actor.person is not None
    now = clock.now()
    rows, revisions, results = [], [], []
    for body in bodies:
        study = parsed(body)
        outcome = calculate(study, release, samples=0)
        told = intake.result_document(outcome)
        row = Row(
            owner=actor.organisation,
            title_zh=study.product.name.best("zh"),
            title_en=study.product.name.best("en"),
            state="collecting",
            lifecycle=moves.LIFECYCLE,
            created_by=actor.person,
            created_at=now,
            changed_at=now,
        )
        revision = Revision(
            study=row,
            number=1,
            hash=intake.put_json(study.canonical()),
            origin="page",
            release=study.release or "",
            rows=sum(1 for _ in study.rows()),
            author=actor.person,
            at=now,
        )
        result = Result(
            revision=revision,
            blob=intake.put_json(told),
            hash=outcome.hash,
            value=decimal12(outcome.value),
            unit=told["total"]["unit"],
            completeness=told["total"]["completeness"],
            blocking=outcome.blocks,
            samples=0,
            seed=1,
            at=now,
        )
        rows.append(row)
        revisions.append(revision)
        results.append(result)
    Row.objects.bulk_create(rows, batch_size=BATCH)
    Revision.objects.bulk_create(revisions, batch_size=BATCH)
    for row, revision in zip(rows, revisions, strict=True):
        row.head = revision
    Row.objects.bulk_update(rows, ["head"], batch_size=BATCH)
    Result.objects.bulk_create(results, batch_size=BATCH)
    return rows


def repeat(times: int) -> None:
    """Store every study with its revision, result and index so many times more, under ids of their own."""
    from tanbiao.web.ids import new_id
    from tanbiao.web.impact.models import Entry, FactorUse
    from tanbiao.web.studies.models import Result, Revision
    from tanbiao.web.studies.models import Study as Row

    first = {row.study_id: row for row in Entry.objects.select_related("study", "revision")}
    results = {row.revision_id: row for row in Result.objects.all()}
    uses: dict[int, list[FactorUse]] = {}
    for use in FactorUse.objects.all():
        uses.setdefault(use.entry_id, []).append(use)
    for _ in range(times):
        rows, revisions, copies, entries, factors = [], [], [], [], []
        for entry in first.values():
            study, revision, result = entry.study, entry.revision, results[entry.revision_id]
            old = entry.id
            head = study.head_id
            study.pk, study.head_id = new_id(), None
            rows.append(Row(**{f.attname: getattr(study, f.attname) for f in Row._meta.concrete_fields}))
            values = {f.attname: getattr(revision, f.attname) for f in Revision._meta.concrete_fields}
            revisions.append(Revision(**(values | {"id": new_id(), "study_id": study.pk})))
            values = {f.attname: getattr(result, f.attname) for f in Result._meta.concrete_fields}
            copies.append(Result(**(values | {"id": new_id(), "revision_id": revisions[-1].id})))
            values = {f.attname: getattr(entry, f.attname) for f in Entry._meta.concrete_fields}
            added = {"id": None, "study_id": study.pk, "revision_id": revisions[-1].id}
            entries.append(Entry(**(values | added)))
            factors += [
                FactorUse(entry=entries[-1], release=use.release, question=use.question, dataset_id=use.dataset_id)
                for use in uses[old]
            ]
            study.head_id = head
        Row.objects.bulk_create(rows, batch_size=BATCH)
        Revision.objects.bulk_create(revisions, batch_size=BATCH)
        for row, revision in zip(rows, revisions, strict=True):
            row.head = revision
        Row.objects.bulk_update(rows, ["head"], batch_size=BATCH)
        Result.objects.bulk_create(copies, batch_size=BATCH)
        Entry.objects.bulk_create(entries, batch_size=BATCH)
        FactorUse.objects.bulk_create(factors, batch_size=BATCH)


def _platform(folder: Path) -> Actor:
    """Make an empty platform in a folder and return the maker of its studies."""
    from tanbiao.cli.site import serve

    os.environ.pop("DATABASE_URL", None)
    serve.prepare_environment(data=folder)
    # The folder is thrown away: a power cut may take it.
    os.fsync = lambda _file: None
    serve.start_django()
    serve.migrate()
    from tanbiao.web.accounts import commands as accounts
    from tanbiao.web.accounts import uscc
    from tanbiao.web.accounts.actor import actor_for, system_actor
    from tanbiao.web.accounts.models import Person
    from tanbiao.web.accounts.roles import Kind, Role
    from tanbiao.web.ledger import worker

    worker.prepare()
    system = system_actor("benchmark")
    maker = accounts.register_organisation(
        system, kind=Kind.ENTERPRISE, name_zh="测速企业", uscc=uscc.build("BENCH001"), jurisdiction="CN-GD"
    )
    accounts.add_member(
        system,
        organisation_id=maker.id,
        role=Role.ENTERPRISE_EDITOR,
        username="bench",
        password="bench-only-2026",
        name_zh="测速",
    )
    return actor_for(Person.objects.get(name_zh="测速"), maker)


def measure(studies: int = STUDIES, distinct: int = DISTINCT, datasets: int = DATASETS) -> dict[str, Any]:
    """Return the figures: the run's time, brute force per study, the largest difference, lines stored."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "releases").mkdir()
        files = {key: release_file(folder / "releases", key, datasets) for key in (OLD, NEW)}
        actor = _platform(folder)
        from tanbiao.web.factors import commands as factors
        from tanbiao.web.impact import commands, running
        from tanbiao.web.impact.index import SYSTEM
        from tanbiao.web.impact.models import Line
        from tanbiao.web.studies.queries import read_json

        factors.install_release(SYSTEM, name=OLD)
        start = time.perf_counter()
        store(actor, [document(number, datasets) for number in range(min(studies, distinct))], files[OLD])
        rebuilt = commands.rebuild(SYSTEM)
        indexed = (time.perf_counter() - start) / rebuilt.studies
        repeat(studies // rebuilt.studies - 1)
        start, cpu = time.perf_counter(), time.process_time()
        run = running.carry_through(commands.ask(SYSTEM, release=NEW, enqueue=False).id)
        elapsed, used = time.perf_counter() - start, time.process_time() - cpu
        rows = list(Line.objects.filter(run=run).select_related("revision").order_by("subject")[:BRUTE])
        documents = [parsed(read_json(row.revision.hash)) for row in rows]
        calculate(documents[0], files[NEW], samples=SAMPLES)
        start, cpu = time.perf_counter(), time.process_time()
        totals = [calculate(item, files[NEW], samples=SAMPLES).document["total"] for item in documents]
        brute, brute_cpu = (time.perf_counter() - start) / len(rows), (time.process_time() - cpu) / len(rows)
        widths = [abs(t["p97_5"] - t["p2_5"]) for t in totals]
        return {
            "studies": run.looked_at,
            "distinct": rebuilt.studies,
            "activities": ACTIVITIES,
            "samples": run.samples,
            "state": run.state,
            "lines": Line.objects.filter(run=run).count(),
            "run_s": elapsed,
            "run_cpu_s": used,
            "brute_per_study_s": brute,
            "brute_per_study_cpu_s": brute_cpu,
            "brute_all_s": brute * run.looked_at,
            "stored_and_indexed_per_study_s": indexed,
            "max_rel_difference": max(abs((r.new or 0) / t["value"] - 1) for r, t in zip(rows, totals, strict=True)),
            "max_interval_difference": max(
                max(abs((r.p2_5 or 0) - t["p2_5"]), abs((r.p97_5 or 0) - t["p97_5"])) / width
                for r, t, width in zip(rows, totals, widths, strict=True)
            ),
            "peak_mb": environment.peak_mb(),
            "environment": environment.describe(),
        }


def table(result: dict[str, Any]) -> list[str]:
    """Return the result as Markdown lines."""
    seconds = environment.seconds
    return [
        "# Impact of a release",
        "",
        *environment.header(result["environment"]),
        f"One grid factor changes; {result['studies']} studies of {result['activities']} activities lean on it "
        f"({result['distinct']} differ). {result['samples']} shared samples. SQLite.",
        "",
        "| task | wall | processor | limit |",
        "|---|---|---|---|",
        f"| the run: changed factors, {result['lines']} figures with intervals, lines stored "
        f"| {seconds(result['run_s'])} | {seconds(result['run_cpu_s'])} | {LIMIT_S:g} s |",
        f"| brute force, per study | {seconds(result['brute_per_study_s'])} "
        f"| {seconds(result['brute_per_study_cpu_s'])} | – |",
        f"| brute force, all studies (from {BRUTE}) | {seconds(result['brute_all_s'])} | – | – |",
        "",
        f"Largest relative difference of the figures from brute force ({BRUTE} studies): "
        f"{result['max_rel_difference']:.1e}. Largest difference of an interval's end, as a share of its width (first "
        f"order against full sampling): {result['max_interval_difference']:.2g}. A study stored, calculated and "
        f"indexed: {seconds(result['stored_and_indexed_per_study_s'])}. Peak memory: {result['peak_mb']:.0f} MB.",
    ]


def main(arguments: list[str] | None = None) -> int:
    """Run the measurement; exit code 1 if the run takes longer than its limit or differs from brute force."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.impact", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--write", action="store_true", help="write results/impact.md")
    parser.add_argument("--studies", type=int, default=STUDIES)
    options = parser.parse_args(arguments)
    result = measure(options.studies)
    lines = table(result)
    if options.write:
        print(environment.write("impact", lines), file=sys.stderr)
    print(json.dumps(result, indent=1) if options.json else "\n".join(lines))
    return int(result["run_s"] > LIMIT_S or result["max_rel_difference"] > 1e-12)


if __name__ == "__main__":
    raise SystemExit(main())
