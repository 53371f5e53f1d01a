"""``tanbiao serve``: database, worker and web server in one go, until Ctrl-C."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from tanbiao.cli.console import Console
from tanbiao.core.findings import TanbiaoError

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
PATIENCE_SECONDS = 10
PR_SET_PDEATHSIG = 1
THREADS = 4
"""Threads of a web worker; each keeps its own database connection."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--host``, ``--port``, ``--data``, ``--base-url`` and ``--workers``."""
    parser.add_argument("--host", default=DEFAULT_HOST, help=f"{DEFAULT_HOST}")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help=f"{DEFAULT_PORT}")
    parser.add_argument("--data", type=Path, default=None, help="TANBIAO_DATA (./tanbiao-data)")
    parser.add_argument("--base-url", default=None, help="TANBIAO_BASE_URL")
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1), help="1–8")


def run(args: argparse.Namespace, out: Console) -> int:
    """Serve the platform without the demo world."""
    return run_server(out, host=args.host, port=args.port, data=args.data, base_url=args.base_url, workers=args.workers)


def run_server(
    out: Console,
    *,
    host: str = DEFAULT_HOST,
    port: int = DEFAULT_PORT,
    data: Path | None = None,
    base_url: str | None = None,
    workers: int = 1,
    demo: bool = False,
    ready: Callable[[str], None] | None = None,
) -> int:
    """Migrate, check, and serve until Ctrl-C or SIGTERM.

    Parameters
    ----------
    out
        Where to say what happens.
    host, port, data, base_url
        As in the environment; arguments win over it. ``base_url`` defaults to the address served.
    workers
        Web processes; the background worker runs beside them in this process.
    demo
        Everything says 演示 DEMO.
    ready
        Called with the address once it answers, instead of the plain line.

    Raises
    ------
    TanbiaoError
        ``port_taken``, ``database_unreachable``, ``append_only_missing``.
    """
    check_port(host, port)
    address = base_url or os.environ.get("TANBIAO_BASE_URL") or _address(host, port)
    prepare_environment(data=data, base_url=address, demo=demo)
    sign_apart()
    start_django()
    migrate()
    background = _background()
    server = _server(host, port, max(1, min(workers, 8)))

    def begin() -> None:
        background.start()
        if ready is not None:
            ready(address)
        else:
            out.text(f"碳标平台已启动：{address}（Ctrl-C 停止）", f"Tanbiao is served at {address} (Ctrl-C stops it)")

    server.on_startup(begin)
    try:
        server.serve()
    finally:
        background.terminate()
        background.join(PATIENCE_SECONDS)
    out.text("已停止。", "Stopped.")
    return 0


def prepare_environment(*, data: Path | None = None, base_url: str | None = None, demo: bool | None = None) -> None:
    """Put arguments where the settings, here and in the web processes, read them."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tanbiao.web.settings"
    if data is not None:
        os.environ["TANBIAO_DATA"] = str(data.absolute())
    if base_url:
        os.environ["TANBIAO_BASE_URL"] = base_url
    if demo is not None:
        os.environ["TANBIAO_DEMO"] = "1" if demo else os.environ.get("TANBIAO_DEMO", "")


def sign_apart() -> None:
    """Let certificates be signed by a process of its own, unless the operator has set who signs."""
    os.environ.setdefault("TANBIAO_SIGNER", "process")


def data_is_there() -> None:
    """Refuse a data folder without a database, where an empty platform made by the way would only mislead.

    Raises
    ------
    TanbiaoError
        ``data_not_there``.
    """
    from django.conf import settings
    from django.db import connection

    if connection.vendor == "sqlite" and not Path(str(settings.DATABASES["default"]["NAME"])).exists():
        raise TanbiaoError.of("data_not_there", data=str(settings.TANBIAO_DATA))


def start_django() -> None:
    """Load Django with the settings; the data folder is made if it is not there."""
    import django
    from django.conf import settings

    Path(settings.TANBIAO_DATA).mkdir(parents=True, exist_ok=True)
    django.setup()


def migrate() -> None:
    """Bring the database to the present schema and see that its append-only triggers stand.

    Raises
    ------
    TanbiaoError
        ``database_unreachable``, ``append_only_missing``.
    """
    from django.core.management import call_command
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    from tanbiao.web.ledger import triggers

    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", verbosity=0, interactive=False)
        triggers.create()
    except DatabaseError as error:
        raise TanbiaoError.of("database_unreachable", reason=str(error).strip().splitlines()[0]) from error
    if triggers.missing():
        raise TanbiaoError.of("append_only_missing", names=", ".join(triggers.missing()))


def _address(host: str, port: int) -> str:
    shown = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104 (compared, not bound)
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"


def check_port(host: str, port: int) -> None:
    """Refuse an address that another program serves (``port_taken``)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise TanbiaoError.of("port_taken", host=host, port=port) from error


def _background() -> BaseProcess:
    """Return the worker's process, not started, with everything loaded that it and the web processes share.

    This process itself starts no thread and keeps no connection open: it is copied for each of them, which takes no
    second import of Django. A copy of a process that has had threads hangs where it waits for them (typesetting keeps a
    pool), which is why a database is filled by a process of its own.
    """
    from django.db import connections

    from tanbiao.web import wsgi  # noqa: F401 (loaded here once for every process)
    from tanbiao.web.ledger import worker

    worker.prepare()
    connections.close_all()
    multiprocessing.set_start_method("fork" if sys.platform == "linux" else "spawn", force=True)
    if sys.platform == "linux":
        os.register_at_fork(after_in_child=_die_with_parent)
    context = multiprocessing.get_context()
    return context.Process(target=worker.run_process, args=(os.getpid(),), name="tanbiao-worker", daemon=True)


def _die_with_parent() -> None:
    """Ask Linux to end this process when the one that began it ends, however that happens (prctl(2), PR_SET_PDEATHSIG).

    Otherwise web processes outlive a killed server and keep its port.
    """
    import ctypes

    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _server(host: str, port: int, workers: int) -> Any:
    from granian import Granian
    from granian.constants import Interfaces

    return Granian(
        "tanbiao.web.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        blocking_threads_idle_timeout=600,
        log_enabled=False,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=5,
    )
