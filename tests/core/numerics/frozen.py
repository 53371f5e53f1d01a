"""Prints the SHA-256 of a long sample vector: the same on every machine, or a certified figure can't be replayed."""

import hashlib

import numpy as np

from tanbiao.core.numerics.distributions import LogNormal, Normal, Triangular, Uniform
from tanbiao.core.numerics.draw_table import Kind, SystemTable
from tanbiao.core.numerics.elementary import log
from tanbiao.core.numerics.sampling import quantiles, sample
from tanbiao.core.numerics.sums import mean, sum_rows


def digest() -> str:
    """Hash 5 × 20,001 samples (odd, so that no vector width divides it), their logs, sums, means and quantiles."""
    rows = [
        sample(LogNormal(2.5, 0.3), 1, 1, 20_001),
        sample(LogNormal(-1e-6, 1.7), 2**63, 2, 20_001),
        sample(Normal(-3.0, 2.0), 3, 2**64 - 1, 20_001),
        sample(Triangular(200, 237.3, 300), 4, 4, 20_001),
        sample(Uniform(0.1, 0.7), 5, 5, 20_001),
    ]
    total = sum_rows(rows, 20_001)
    numbers = [mean(total), *quantiles(total, (0.025, 0.5, 0.975))]
    state = hashlib.sha256()
    for array in (*rows, log(rows[0]), total, np.array(numbers)):
        state.update(np.ascontiguousarray(array, dtype="<f8").tobytes())
    return state.hexdigest()


def system_digest() -> str:
    """Hash 101 samples of 1,001 rows of a whole system, every distribution and a log-normal beyond single precision."""
    number = np.arange(1_001)
    low = 0.37 * number - 100
    kind = (number % len(Kind)).astype(np.int8)
    spread = np.where(number % 10 == Kind.LOGNORMAL, 20.0, 0.3)
    second = np.choose(kind, [low, spread, np.abs(low), low + 1.7, low + 2.1])
    streams = number.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    table = SystemTable(kind, low, second, low + 2.9, streams, 1.0 - 2.0 * (number % 2))
    return hashlib.sha256(np.ascontiguousarray(table.draw(2**63 + 1, 3, 101), dtype="<f8").tobytes()).hexdigest()


if __name__ == "__main__":
    print(digest(), system_digest())  # noqa: T201
