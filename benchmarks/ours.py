"""Our side of the measurement, task by task; None for a task that the engine in this checkout can't do."""

from __future__ import annotations

import atexit
import hashlib
import os
import tempfile
import time
from typing import Any

import numpy as np
import scipy.sparse as sp

from benchmarks import matrices
from benchmarks.exact import difference, refined
from benchmarks.matrices import SEEDED, System
from benchmarks.peers import Prepared

OURS = "tanbiao"
_EDITS = 20
"""Edits of a turn: what one takes depends on how much of the system uses the process."""
SAMPLES = int(os.environ.get("TANBIAO_BENCH_SAMPLES", "1000"))
"""Samples per timed call, kept as float32 like those of a release."""
CHECKED = int(os.environ.get("TANBIAO_BENCH_CHECKED", "100"))
"""Samples of which every product is compared with a direct solve: a hundred take two to four minutes."""
_TOGETHER = 10
"""Samples drawn at once for that: their values stay below 50 MB."""


def prepare(task: str, matrix: str, system: System) -> Prepared | None:
    """Return the call to time."""
    from tanbiao.core.lca import ProductSystem

    if task == "no plan":
        return Prepared(lambda: ProductSystem(*system.arrays).intensities()[0])
    if task == "plan on disk":
        return _planned(matrix, system)
    if task in ("edited", "edited again"):
        return _edited(ProductSystem(*system.arrays), again=task == "edited again")
    if task == "samples":
        return _samples(ProductSystem(*system.arrays), system)
    return None


def _planned(matrix: str, system: System) -> Prepared:
    """Return the call that finds the plan of an earlier run by the hash of the file."""
    from tanbiao.core.lca import ProductSystem
    from tanbiao.core.lca.plan_cache import PlanCache

    start = time.perf_counter()
    content = hashlib.sha256(matrices.path_of(matrix).read_bytes() if matrix not in SEEDED else matrix.encode())
    hashed = time.perf_counter() - start
    # The folder lives as long as the process.
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    plans, key = PlanCache(folder.name), content.hexdigest()

    def call() -> Any:
        return ProductSystem(*system.arrays, plans=plans, content=key).intensities()[0]

    call()
    return Prepared(call, apart={"hash_s": hashed})


def _edited(base: Any, again: bool) -> Prepared:
    """Return the call that changes what one process uses by up to 20 % and gives all footprints.

    Each call edits a process that was not edited before; ``again``: one whose amounts were moved once already, as by a
    slider.
    """
    from tanbiao.core.lca.updates import Edits

    draws = np.random.default_rng(1)
    state: dict[str, Any] = {}
    base.intensities()

    def before() -> None:
        edits = Edits(base)
        process = int(draws.integers(base.processes.count))
        amounts, _ = edits.column(process)
        own = base.references[process]
        changed = {key: value if key == own else 1.2 * value for key, value in amounts.items()}
        state.update(edits=edits, process=process, amounts=changed)
        if again:
            edits.edit(process, {key: value if key == own else 1.1 * value for key, value in amounts.items()})
            edits.intensities()

    def call() -> None:
        state["edits"].edit(state["process"], state["amounts"])
        state["result"] = state["edits"].intensities()[0]

    def error() -> float:
        matrix = sp.lil_array(base.technosphere)
        matrix[list(state["amounts"]), state["process"]] = list(state["amounts"].values())
        return difference(state["result"], refined(sp.csc_array(matrix.T), base.direct[0]))

    return Prepared(call, error=error, before=before, calls=_EDITS)


def _samples(nominal: Any, given: System) -> Prepared:
    """Return the call that samples every product."""
    from tanbiao.core.lca.montecarlo import Sampler, sample
    from tanbiao.core.lca.uncertain import UncertainSystem

    arrays, spread = given
    technosphere = sp.coo_array((spread.technosphere, arrays.technosphere.coords), shape=arrays.technosphere.shape)
    interventions = sp.coo_array((spread.interventions, arrays.interventions.coords), shape=arrays.interventions.shape)
    uncertain = UncertainSystem(nominal, technosphere, interventions)

    def error() -> float:
        """Draw some samples again and solve each directly with partial pivoting and refinement."""
        sampler = Sampler(uncertain, 1)
        pieces = (_worst(sampler, at, min(_TOGETHER, CHECKED - at)) for at in range(0, CHECKED, _TOGETHER))
        return max(pieces, default=0.0)

    return Prepared(lambda: sample(uncertain, SAMPLES, seed=1, storage=np.float32) and None, SAMPLES, error)


def _worst(sampler: Any, first: int, count: int) -> float:
    """Return the largest relative difference of some samples from their direct solutions."""
    values, right = sampler.values(first, count), sampler.plan.right(sampler.direct(first, count))
    found = sampler.drawn(first, count).values[0]
    shape = (sampler.plan.size, sampler.plan.size)
    worst = 0.0
    for at in range(count):
        matrix = sp.csr_array((values[:, at], sampler.plan.column, sampler.plan.start), shape=shape)
        exact = refined(sp.csc_array(matrix), right[:, 0, at])
        solution = np.empty_like(exact)
        solution[sampler.plan.product] = sampler.plan.turned * exact
        worst = max(worst, difference(found[:, at], solution))
    return worst
