"""Compiled loops and NumPy draw and solve the same bits, whatever the threads, groups and distributions."""

import hashlib
import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from tanbiao.core.lca import ProductSystem, Unsolvable
from tanbiao.core.lca.montecarlo import Sampler, sample
from tanbiao.core.lca.uncertain import Spreads, UncertainSystem
from tanbiao.core.numerics.distributions import LogNormal, Normal, Triangular, Uniform
from tanbiao.core.numerics.draw_table import DrawTable, Kind, SystemTable
from tanbiao.core.numerics.sampling import sample as draw

pytest.importorskip("numba", reason="the extra `fast` is not installed")


def every_kind(rows, seed=1):
    """A table of all distributions with large and small spreads, in mixed order."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, len(Kind), rows).astype(np.int8)
    low = rng.normal(size=rows) * 10.0 ** rng.integers(-6, 6, rows)
    width = rng.random(rows) * np.abs(low)
    second = np.where(kind == Kind.LOGNORMAL, rng.choice([0.01, 0.3, 2.0, 60.0], rows), low + width)
    second = np.where(kind == Kind.NORMAL, width, second)
    third = low + width * (1 + rng.random(rows))
    streams = rng.integers(0, 2**64, rows, dtype=np.uint64)
    return SystemTable(kind, low, second, third, streams, rng.choice([-1.0, 1.0], rows))


@pytest.mark.parametrize("first", [0, 8, 2**33])
def test_compiled_draws_have_the_bits_of_numpy(first):
    table = every_kind(3001)
    assert table.safe
    out = np.empty((3001, 8))
    table.fill(2**63 + 5, first, out)
    assert (out == table.draw(2**63 + 5, first, 8)).all()


def test_rows_have_the_bits_of_a_distribution_drawn_alone():
    mixed = every_kind(60)
    table = DrawTable(mixed.kind, mixed.first, mixed.second, mixed.third, mixed.stream, mixed.sign)
    makers = {
        Kind.LOGNORMAL: lambda a, b, c: LogNormal(a, b),
        Kind.NORMAL: lambda a, b, c: Normal(a, b),
        Kind.TRIANGULAR: lambda a, b, c: Triangular(a, b, c),
        Kind.UNIFORM: lambda a, b, c: Uniform(a, b),
    }
    drawn = table.draw(9, 0, 11)
    for row in np.flatnonzero(table.kind != Kind.FIXED):
        distribution = makers[Kind(table.kind[row])](table.first[row], table.second[row], table.third[row])
        alone = table.sign[row] * draw(distribution, 9, int(table.stream[row]), 11)
        assert (drawn[row] == alone).all()


def test_a_spread_that_could_overflow_is_left_to_the_path_that_looks():
    one = np.ones(1)
    kind = np.array([Kind.LOGNORMAL], dtype=np.int8)
    stream = np.zeros(1, dtype=np.uint64)
    assert not SystemTable(kind, 1e20 * one, 105 * one, one, stream, one).safe
    assert SystemTable(kind, 1e20 * one, 40 * one, one, stream, one).safe


def linked(size=400, seed=3):
    """A sparse system with a large loop, credits, all distributions and market shares."""
    rng = np.random.default_rng(seed)
    column = np.repeat(np.arange(size), 6)
    row = (size * rng.random(column.size) ** 2).astype(int)
    keep = row != column
    inputs = sp.coo_array((rng.lognormal(-3, 1, keep.sum()), (row[keep], column[keep])), shape=(size, size))
    inputs.sum_duplicates()
    used = np.bincount(inputs.col, weights=inputs.data, minlength=size)
    inputs.data *= (0.8 * rng.random(size) / np.maximum(used, 1e-9))[inputs.col]
    inputs.data[::40] *= -0.1
    gases = sp.random_array((5, size), density=0.4, rng=rng)
    system = ProductSystem(sp.eye_array(size) - inputs, gases, rng.random((2, 5)))
    sigma = np.where(system.technosphere.data < 0, 0.3 * rng.random(system.technosphere.nnz), 0)
    spreads = Spreads.lognormal(system.technosphere, sigma)
    chosen = np.flatnonzero(sigma)[::7]
    spreads.kind[chosen] = Kind.TRIANGULAR
    spreads.first[chosen], spreads.third[chosen] = 1.2 * spreads.first[chosen], 0.7 * spreads.first[chosen]
    spreads.second[chosen] = system.technosphere.data[chosen]
    pairs = [(int(k), 7) for k in system.technosphere[:, [7]].nonzero()[0] if system.technosphere[k, 7] < 0]
    emitted = 0.2 * np.ones(system.interventions.nnz)
    return UncertainSystem(system, spreads, emitted, 0.1 * np.ones(10), shares=[pairs])


def test_samples_have_the_same_bits_compiled_and_not_with_any_threads_and_any_start():
    model = linked()
    plain = sample(model, samples=43, seed=4, compiled=False).values
    for threads in (1, 2, 5):
        assert (sample(model, samples=43, seed=4, compiled=True, threads=threads).values == plain).all()
    part = np.empty((*plain.shape[:2], 21), dtype=np.float32)
    Sampler(model, 4, compiled=True).fill(part, first=13, threads=2)
    assert (part == plain[:, :, 13:34].astype(np.float32)).all()


@pytest.mark.soak
@pytest.mark.skipif(platform.machine() not in {"x86_64", "AMD64"}, reason="names of x86 processors")
@pytest.mark.parametrize("processor", ["haswell", "x86-64"], ids=["AVX2", "SSE2"])
def test_samples_have_the_same_bits_compiled_for_another_processor(processor, tmp_path):
    """The compiler is told of a processor with shorter vector registers; it compiles all anew, for minutes."""
    script = (
        "import hashlib; from core.lca.test_montecarlo_compiled import linked\n"
        "from tanbiao.core.lca.montecarlo import sample\n"
        "print(hashlib.sha256(sample(linked(), samples=16, seed=4, compiled=True).values.tobytes()).hexdigest())\n"
    )
    paths = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    told = {"NUMBA_CPU_NAME": processor, "NUMBA_CPU_FEATURES": "", "NUMBA_CACHE_DIR": str(tmp_path)}
    environment = os.environ | told | {"PYTHONPATH": paths}
    run = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    plain = sample(linked(), samples=16, seed=4, compiled=False).values
    assert run.stdout.strip() == hashlib.sha256(np.ascontiguousarray(plain).tobytes()).hexdigest()


def test_stopping_a_threaded_run_gives_up_what_is_left():
    seen = []

    def stop(done, wanted):
        seen.append(done)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sample(linked(), samples=400, compiled=True, threads=2, progress=stop)
    # Two groups of eight are stored at once.
    assert seen == [16]


def test_a_small_system_starts_no_compiler():
    script = (
        "import sys; from tanbiao.core.lca import ProductSystem\n"
        "from tanbiao.core.lca.montecarlo import sample\n"
        "from tanbiao.core.lca.uncertain import UncertainSystem\n"
        "system = ProductSystem([[1, -.1], [-.2, 1]], [[1, 3]], [1])\n"
        "sample(UncertainSystem(system, [[0, .1], [.1, 0]]), samples=1000)\n"
        "print('numba' in sys.modules)\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_the_compiled_pass_refuses_an_unproductive_sample_too():
    arrays = np.eye(30)
    for k in range(30):
        arrays[(k + 1) % 30, k] = -1.0
    arrays[0, 29] = -0.9
    system = ProductSystem(arrays, np.ones((1, 30)), [1])
    sigma = np.where(system.technosphere.data == -0.9, 0.5, 0.0)
    with pytest.raises(Unsolvable) as caught:
        sample(UncertainSystem(system, sigma), samples=64, compiled=True)
    assert caught.value.code == "unproductive"
