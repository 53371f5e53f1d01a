"""Tasks on a sampled release: one study, and a portfolio. The release is the starter's datasets, sampled here.

No peer freezes sampled databases, so these figures stand beside their allowance, not beside a peer.
"""

from __future__ import annotations

import atexit
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from benchmarks import study
from benchmarks.exact import difference
from benchmarks.peers import Prepared

ALLOWED = {"study": 0.050, "portfolio": 10.0}
SAMPLES, STUDIES, ACTIVITIES = 1000, 100_000, 50
_DATASETS = 400
"""Different datasets that the studies of a portfolio use between them."""
_OWN_SPREAD = 0.1


def _sampled() -> Any:
    """Write the starter's datasets as a sampled release."""
    from tanbiao.core.lca.release_build import Samples, write_release
    from tanbiao.core.lca.release_find import find_release

    starter = find_release("starter-2026.1")
    datasets = [starter.get(identifier) for identifier in starter.ids()]
    documents = {name: starter.document(name) for name in ("fuels", "electricity", "aliases")}
    kept = ("format", "version", "date", "standing", "statement")
    header = {"name": "bench"} | {name: starter.header[name] for name in kept if name in starter.header}
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    return write_release(Path(folder.name) / "bench.tbr", datasets, header, documents, samples=Samples(SAMPLES))


def prepare(task: str) -> Prepared:
    """Return the call to time."""
    if task not in ALLOWED:
        raise SystemExit(f"no such task: {task}")
    release = _sampled()
    return _study(release) if task == "study" else _portfolio(release)


def _study(release: Any) -> Prepared:
    """Return the calculation of a study of 200 activities with 1,000 samples."""
    from tanbiao.core.study import calculate
    from tanbiao.formats import yaml_study

    loaded = yaml_study.load(study.document(study.activities(release)))
    if loaded.study is None:
        raise SystemExit(str(loaded.findings))
    source = loaded.study
    totals: list[float] = []

    def call() -> None:
        totals.append(float(calculate(source, release, samples=SAMPLES).document["total"]["value"]))

    def error() -> float:
        document = calculate(source, release, samples=0).document
        return abs(totals[-1] / study._bare_numpy(document, 0)() - 1.0)

    return Prepared(call, error=error)


def _portfolio(release: Any) -> Prepared:
    """Return the recalculation of many studies, each with uncertain amounts, on all processors."""
    from tanbiao.core.dataset.model import FOOTPRINT_KINDS
    from tanbiao.core.study.portfolio import Portfolio, recalculate
    from tanbiao.jobs import executor_from

    rng = np.random.default_rng(1)
    usable = [item for item in map(release.get, release.ids()) if item.kind in FOOTPRINT_KINDS and not item.screening]
    used = [item for item in usable if item.reference.unit == "kg"][:_DATASETS]
    columns = np.argsort(rng.random((STUDIES, len(used))), axis=1)[:, :ACTIVITIES].astype(np.int32).ravel()
    values = rng.lognormal(0.0, 1.0, STUDIES * ACTIVITIES)
    amounts = sp.csr_array((values, columns, np.arange(0, len(values) + 1, ACTIVITIES)), shape=(STUDIES, len(used)))
    own = sp.csr_array((_OWN_SPREAD * values, columns, np.arange(len(values) + 1)), shape=(len(values), len(used)))
    nominal = np.array([release.intensity(item.id, "AR6").total for item in used])
    portfolio = Portfolio(
        tuple(map(str, range(STUDIES))),
        "AR6",
        tuple(f"dataset/{item.id}" for item in used),
        tuple(item.use_key() for item in used),
        amounts,
        np.zeros(STUDIES),
        own,
        np.zeros(len(values)),
        np.repeat(np.arange(STUDIES), ACTIVITIES),
        0.9 * (amounts @ nominal),
    )
    limits = np.quantile(portfolio.value, [0.2, 0.4, 0.6, 0.8])
    executor = executor_from("processes")
    atexit.register(executor.close)
    found: list[Any] = []

    def call() -> None:
        found[:] = [recalculate(portfolio, release, samples=SAMPLES, limits=limits, executor=executor)]

    return Prepared(call, error=lambda: difference(np.asarray(found[0].new), amounts @ nominal))
