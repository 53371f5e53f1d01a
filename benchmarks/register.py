"""Times the register: published pages and status lists a second, pages drawn cold, search, certificates issued.

``python -m benchmarks.register [--certificates N] [--postgres URL] [--issue K] [--seconds S] [--keep FOLDER] [--json]
[--write]``. A platform of its own (SQLite in a folder that is thrown away, or a database of its own on a PostgreSQL
server; ``--keep`` keeps both for the next run) is filled with demonstration certificates in bulk; then ``tanbiao
serve`` runs on it with two workers, and everything is asked for over HTTP by a client on the same machine, whose share
of the processor is part of the figures. Issuing is the real saga: number, intent in the log, lint, signer process, log,
label and certificates drawn, proof, register.

Beside it: a bare Django view that answers one row as JSON, and the web server's own static files. Both run on the same
server (granian) with the same two workers.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from benchmarks import environment, register_fill, register_load, register_search

QUICK, LARGE, DISTINCT = 100_000, 1_000_000, register_search.DISTINCT
PAGES_PER_S, LISTS_PER_S, COLD_MS, SEARCH_MS, ISSUED_PER_MIN = 2_500, 3_000, 60, 150, 200
WORKERS = 2
FILLED = "benchmark-filled.json"
"""Says in a kept folder that its platform is filled, and with what."""


@contextmanager
def home(kept: Path | None) -> Iterator[Path]:
    """Give the platform a folder that is thrown away, or the one that is kept."""
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="tanbiao-bench-") as folder:
        yield Path(folder)


def database_name(kept: Path | None) -> str:
    """Return a name that no other run has, or that of the kept folder."""
    return f"tanbiao_bench_{os.getpid()}" if kept is None else f"tanbiao_bench_{kept.resolve().name}"


def port_of(folder: Path) -> int:
    """Return the port that the addresses in a filled platform name, or a free one."""
    note = folder / FILLED
    return int(json.loads(note.read_text())["port"]) if note.exists() else free_port()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def database(server: str, name: str, *, keep: bool) -> Iterator[str]:
    """Make a database on a PostgreSQL server (if there is none yet) and drop it afterwards, unless it is kept.

    An empty address is SQLite.
    """
    if not server:
        yield ""
        return
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield re.sub(r"/[^/]*$", f"/{name}", server)
    finally:
        if not keep:
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def prepared(n: int, folder: Path) -> dict[str, Any]:
    """Fill the platform of the surroundings, or take it as an earlier run has left it; return what later steps need."""
    from tanbiao.cli.site import serve

    serve.prepare_environment(demo=True)
    serve.start_django()
    serve.migrate()
    note = folder / FILLED
    if not note.exists():
        note.write_text(json.dumps(fill(n) | {"certificates": n, "port": int(os.environ["PORT"])}, default=str))
    known: dict[str, Any] = json.loads(note.read_text())
    if known["certificates"] != n:
        raise SystemExit(f"{folder} is filled with {known['certificates']} certificates, not {n}")
    return known


def fill(n: int) -> dict[str, Any]:
    """Fill the platform: one real certificate, ``n`` copied ones; return what later steps need."""
    from datetime import timedelta

    from django.db import connection

    from tanbiao.cli.site.demo_world import play
    from tanbiao.web import clock
    from tanbiao.web.factors import commands as factors
    from tanbiao.web.ledger import worker
    from tanbiao.web.register import entries
    from tanbiao.web.register.models import Issue

    worker.prepare()
    begun = time.perf_counter()
    product = play.CERTIFIED[0]
    today = clock.wall()
    with clock.at(today - timedelta(days=90)):
        play.people()
        factors.install_release(play.SYSTEM, name=play.RELEASE)
        play.settle()
    real = play.certified(product, today - timedelta(days=80))
    distinct = min(n, DISTINCT)
    rows = list(register_fill.records(distinct))
    for at in range(0, distinct, 2000):
        entries.put_many(rows[at : at + 2000])
    copies = max(1, n // distinct)
    register_fill.copy_entries(connection, copies)
    register_fill.copy_certificates(connection, str(real.number))
    print(f"filled with {n} in {time.perf_counter() - begun:.0f} s", file=sys.stderr)
    return {"real": real.number, "order": Issue.objects.get(number=real.number).order}


@contextmanager
def served(command: list[str], url: str, probe: str, surroundings: dict[str, str]) -> Iterator[None]:
    """Run a server until the block ends."""
    process = subprocess.Popen(command, env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 120
        while True:
            with suppress(urllib.error.URLError, OSError):
                urllib.request.urlopen(url + probe, timeout=10).read()
                break
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"the server did not start: {' '.join(command)}")
            time.sleep(0.3)
        yield
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def issue_many(order: dict[str, Any], n: int) -> float:
    """Ask for so many certificates and wait until the server's worker has issued them; return the seconds."""
    from django.db import connection, transaction

    from tanbiao.web.ledger import commands as ledger
    from tanbiao.web.register import issuing
    from tanbiao.web.register.models import Issue

    ids = []
    # Each certificate has a study of its own, as certificates have.
    studies = [register_fill.copy_study(order["study_id"]) for _ in range(n)]
    begun = time.perf_counter()
    for at, study in enumerate(studies):
        name = {lang: f"{text} {at}" for lang, text in order["product"].items()}
        with transaction.atomic():
            made = issuing.reserve(order | {"product": name, "study_id": study})
            ledger.enqueue("register.issue", key=f"issue/{made.id}", payload={"issue": str(made.id)})
        ids.append(made.id)
    while True:
        left = Issue.objects.filter(id__in=ids, state="running").count()
        if not left:
            break
        time.sleep(0.2)
    taken = time.perf_counter() - begun
    voided = Issue.objects.filter(id__in=ids, state="voided").count()
    connection.close()
    if voided:
        raise SystemExit(f"{voided} of {n} issues were voided")
    return taken


def cold_pages(url: str, numbers: Sequence[str]) -> list[float]:
    """Forget the kept pages of some certificates and return the seconds each takes to be drawn and kept again."""
    from django.db import connection

    from tanbiao.web.register.models import Snapshot

    for number in numbers:
        Snapshot.objects.filter(key__endswith=f"/{number}").delete()
    connection.close()
    times = []
    for number in numbers:
        begun = time.perf_counter()
        request = urllib.request.Request(f"{url}/p/{number}", headers={"Accept-Language": "zh-CN"})
        urllib.request.urlopen(request, timeout=30).read()
        times.append(time.perf_counter() - begun)
    return sorted(times)


def measure(n: int, seconds: float, issue: int, surroundings: dict[str, str]) -> dict[str, Any]:
    """Fill, serve and measure."""
    known = prepared(n, Path(surroundings["TANBIAO_DATA"]))
    from django.db import connection

    connection.close()
    rng = random.Random(7)
    numbers = [
        register_fill.number_of(rng.randrange(max(1, n // DISTINCT)), rng.randrange(min(n, DISTINCT)))
        for _ in range(20_000)
    ]
    port = int(surroundings["PORT"])
    url = f"http://127.0.0.1:{port}"
    serve = [sys.executable, "-m", "tanbiao", "serve", "--port", str(port), "--workers", str(WORKERS)]
    out: dict[str, Any] = {"certificates": n}
    with served(serve, url, "/verify", surroundings):
        urllib.request.urlopen(f"{url}/status/revocation").read()
        pages = [f"/p/{number}" for number in numbers]
        register_load.run(url, pages, seconds=2)
        kept = register_load.run(url, pages, seconds=seconds)
        lists = register_load.run(url, ["/status/revocation", "/status/suspension"], seconds=seconds)
        cold = cold_pages(url, numbers[:60])
        asked = register_search.mix(rng, 400)
        register_load.run(url, asked[:50], seconds=60, connections=1, limit=50)
        found = register_load.run(url, asked, seconds=180, connections=1, limit=400)
        together = register_load.run(url, asked, seconds=180, connections=WORKERS, limit=400)
        out |= {
            "pages_per_s": kept.per_second,
            "lists_per_s": lists.per_second,
            "cold_ms": 1000 * cold[len(cold) // 2],
            "cold_p95_ms": 1000 * cold[int(0.95 * len(cold))],
            "search_ms": 1000 * found.quantile(0.5),
            "search_p95_ms": 1000 * found.quantile(0.95),
            "search_together_p95_ms": 1000 * together.quantile(0.95),
            "search_together_per_s": together.per_second,
            "search_kinds": register_search.by_kind(url, rng),
            "refused": kept.refused + lists.refused + found.refused + together.refused,
        }
        if issue:
            out["issued_per_min"] = 60 * issue / issue_many(known["order"], issue)
    out |= peers(url, port, numbers, seconds, surroundings)
    return out


def peers(url: str, port: int, numbers: Sequence[str], seconds: float, surroundings: dict[str, str]) -> dict[str, Any]:
    """Return what the bare view and the server's static files reach."""
    granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--workers", str(WORKERS)]
    folder = Path(surroundings["TANBIAO_DATA"]) / "public" / "status"
    extra = ["--blocking-threads", "4", "--static-path-route", "/files", "--static-path-mount", str(folder)]
    bare = surroundings | {"TANBIAO_BENCH_PEER": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    with served([*granian, *extra, "benchmarks.register_peer:application"], url, f"/json/{numbers[0]}", bare):
        rows = register_load.run(url, [f"/json/{number}" for number in numbers], seconds=seconds)
        files = register_load.run(url, ["/files/revocation/0.jwt", "/files/suspension/0.jwt"], seconds=seconds)
    return {
        "peer_json_per_s": rows.per_second,
        "peer_static_per_s": files.per_second,
        "peer_refused": rows.refused + files.refused,
    }


def table(found: dict[str, Any], described: dict[str, Any]) -> list[str]:
    """Return the figures for people."""
    store = found["database"]
    lines = [f"# The register with {found['certificates']:,} certificates on {store}", ""]
    lines += environment.header(described)
    lines += ["| what | figure | aim | beside it |", "|---|---|---|---|"]
    pages, lists = found["pages_per_s"], found["lists_per_s"]
    json_view, static = found["peer_json_per_s"], found["peer_static_per_s"]
    cold, search = found["cold_ms"], found["search_p95_ms"]
    rows = (
        ("published page by number", f"{pages:,.0f}/s", f"≥ {PAGES_PER_S:,}/s",
         f"bare JSON view of a row {json_view:,.0f}/s, ratio {pages / json_view:.2f}"),
        ("status list as a static file", f"{lists:,.0f}/s", f"≥ {LISTS_PER_S:,}/s",
         f"the server's own static files {static:,.0f}/s, ratio {lists / static:.2f}"),
        ("page drawn cold, median (p95)", f"{cold:.0f} ms ({found['cold_p95_ms']:.0f})", f"≤ {COLD_MS} ms", ""),
        ("search page with facets, p95 (median)", f"{search:.0f} ms ({found['search_ms']:.0f})",
         f"< {SEARCH_MS} ms",
         f"{WORKERS} readers at once: p95 {found['search_together_p95_ms']:.0f} ms, "
         f"{found['search_together_per_s']:.0f}/s"),
    )  # fmt: skip
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    if "issued_per_min" in found:
        lines.append(f"| certificates issued | {found['issued_per_min']:,.0f}/min | ≥ {ISSUED_PER_MIN}/min | |")
    return lines + register_search.lines(found["search_kinds"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--certificates", type=int, default=0, help=f"{QUICK} on SQLite, {LARGE} on PostgreSQL")
    parser.add_argument(
        "--postgres", default="", help="a server's address, e.g. postgresql://postgres@127.0.0.1/postgres"
    )
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--issue", type=int, default=100, help="certificates to issue; 0 leaves that out")
    parser.add_argument("--keep", type=Path, help="a folder (and database) to fill once and use again; removed by you")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args(arguments)
    n = args.certificates or (LARGE if args.postgres else QUICK)
    described = environment.describe()
    with (
        home(args.keep) as folder,
        database(args.postgres, database_name(args.keep), keep=args.keep is not None) as address,
    ):
        port = port_of(folder)
        chosen = {
            "TANBIAO_DATA": str(folder),
            "TANBIAO_BASE_URL": f"http://127.0.0.1:{port}",
            "TANBIAO_DEMO": "1",
            "DATABASE_URL": address,
            "PORT": str(port),
        }
        os.environ.update(chosen)
        found = measure(n, args.seconds, args.issue, dict(os.environ)) | {
            "database": "PostgreSQL" if args.postgres else "SQLite"
        }
    if args.json:
        print(json.dumps(found | {"environment": described}))
        return 0
    lines = table(found, described)
    print("\n".join(lines))
    if args.write:
        environment.write(f"register-{found['database'].lower()}", lines)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
