"""Run by the interpreter that has bw2io: the seconds its importer takes for a folder of EcoSpold 2 files."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import tempfile
import time
import warnings


def main(folder: str) -> int:
    """Import on one core into a project of its own; what it prints itself goes nowhere."""
    os.environ["BRIGHTWAY2_DIR"] = tempfile.mkdtemp()
    warnings.simplefilter("ignore")
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        import bw2data
        from bw2io import SingleOutputEcospold2Importer

        bw2data.projects.set_current("bench")
        flow = {"name": "a", "unit": "kg", "categories": ("air",), "type": "emission", "exchanges": []}
        bw2data.Database("bio").write({("bio", "a"): flow})
        started, wall = time.process_time(), time.perf_counter()
        made = SingleOutputEcospold2Importer(folder, "bench", biosphere_database_name="bio", use_mp=False)
        parsed = time.process_time() - started
        made.apply_strategies()
        taken, waited = time.process_time() - started, time.perf_counter() - wall
    print(json.dumps({"cpu_s": taken, "wall_s": waited, "parsing_s": parsed, "processes": len(made.data)}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
