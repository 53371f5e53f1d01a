"""What drives a result: each row's part of the value, and of the variance of the sampled total.

The total is the sum of its rows in every sample, T = Σ X_r, so its variance splits exactly into covariances:
``Var T = Σ Cov(X_r, T)`` (Euler's theorem; as risk contributions in Tasche 1999, "Risk contributions and performance
measurement", eq. 3.4). The shares add up to 1 whatever rows have in common (a factor, a parameter, a loop), and a
row that balances others has a negative one. It shows where better data narrow the interval most.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tanbiao.core.amounts import add
from tanbiao.core.numerics.sums import halving_sum
from tanbiao.core.study.ledger import Entry, Ledger
from tanbiao.core.study.tables import row_name

Floats = NDArray[np.float64]

_TOGETHER = 64
"""Entries whose samples are summed in one call."""


def drivers(
    entries: Sequence[Entry], sampled: Callable[[Entry], Floats], total: Floats | None, ledger: Ledger
) -> list[dict[str, Any]]:
    """Return the rows with their value and their share of the variance, the largest share first.

    Parameters
    ----------
    entries
        What the total counts.
    sampled
        Gives an entry's kg CO2e per declared unit: nominal, then samples.
    total
        The same of the total; None without samples: the shares are null and the rows stand by |value|.
    """
    rows: dict[str, list[Entry]] = {}
    for item in entries:
        rows.setdefault(item.flow.row.id, []).append(item)
    shares = _variance_shares(rows, sampled, total)
    body: list[dict[str, Any]] = [
        {
            "row": row,
            "name": row_name(ledger.study, items[0].flow),
            "value": add(*(item.value for item in items)),
            "variance_share": shares.get(row),
        }
        for row, items in rows.items()
    ]
    return sorted(body, key=lambda item: (-abs(item["variance_share"] or 0.0), -abs(item["value"]), item["row"]))


def _variance_shares(
    rows: dict[str, list[Entry]], sampled: Callable[[Entry], Floats], total: Floats | None
) -> dict[str, float]:
    """Return Cov(X_r, T) / Var T of each row; nothing where there are no samples or no spread."""
    if total is None:
        return {}
    drawn = total[1:]
    centred = drawn - float(halving_sum(drawn)) / len(drawn)
    variance = float(halving_sum(centred * centred))
    if not variance > 0:
        return {}
    entries = [item for items in rows.values() for item in items]
    shared: list[float] = []
    for at in range(0, len(entries), _TOGETHER):
        several = np.stack([sampled(item)[1:] for item in entries[at : at + _TOGETHER]])
        shared += halving_sum(several * centred).tolist()
    parts = iter(shared)
    return {row: add(*(next(parts) for _ in items)) / variance for row, items in rows.items()}
