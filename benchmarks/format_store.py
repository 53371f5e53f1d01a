"""Run as ``python -m benchmarks.format_store FILE``: brings a file into a new SQLite database and says what it took."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import environment


def main(path: Path) -> int:
    """Read, check and store; the start of Django and the making of the tables are not timed."""
    from tanbiao.cli.site import serve

    with tempfile.TemporaryDirectory() as folder:
        serve.prepare_environment(data=Path(folder))
        serve.start_django()
        serve.migrate()
        from tanbiao.web.datasets import commands, handlers
        from tanbiao.web.ledger.worker import prepare

        prepare()
        data = path.read_bytes()
        wall, cpu = time.perf_counter(), time.process_time()
        made = commands.bring(handlers.SYSTEM, filename=path.name, data=data)
        record = handlers.carry_through(made.id)
        taken = {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}
        print(json.dumps({**taken, "peak_mb": environment.peak_mb(), "stored": record.counts.get("stored")}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
