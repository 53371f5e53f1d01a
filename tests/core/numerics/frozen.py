"""Prints the SHA-256 of a long sample vector: the same on every machine, or a certified figure can't be replayed."""

import hashlib

import numpy as np

from tanbiao.core.numerics.distributions import LogNormal, Normal, Triangular, Uniform
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


if __name__ == "__main__":
    print(digest())  # noqa: T201
