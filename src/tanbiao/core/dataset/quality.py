"""From quality scores and stated percentages to the spread of a log-normal.

Scores run from 1 (best) to 5, as in the pedigree matrix; a source that counts the other way is turned round when it is
read. The tables stand in ``data/methods/pedigree.json`` with their sources.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from tanbiao.core.findings import TanbiaoError

INDICATORS: Final = ("reliability", "completeness", "temporal", "geographical", "technological")


@lru_cache(maxsize=512)
def _log(value: float) -> float:
    """Return ln of a number with our own logarithm (the same bits everywhere); NumPy loads only when it is needed."""
    from tanbiao.core.numerics.elementary import log_scalar

    return log_scalar(value)


@lru_cache(maxsize=2)
def method_table(name: str) -> Mapping[str, Any]:
    """Return the JSON document ``data/methods/{name}.json``."""
    text = resources.files("tanbiao.data.methods").joinpath(f"{name}.json").read_text(encoding="utf-8")
    table: Mapping[str, Any] = json.loads(text)
    return table


def _between(values: list[float], score: float, indicator: str) -> float:
    """Return the table's value at a score, linear between whole scores (a mean score such as 2.9 is one)."""
    if not 1.0 <= score <= 5.0:
        raise TanbiaoError.of("quality_score_out_of_range", indicator=indicator, score=score)
    low = min(int(score), 4)
    return values[low - 1] + (score - low) * (values[low] - values[low - 1])


def pedigree_sigma(scores: Mapping[str, float], basic_variance: float | None = None) -> float:
    """Return σ of ln X from pedigree scores by additional variances (ecoinvent v3 guideline 2013, table 10.5).

    Parameters
    ----------
    scores
        All five indicators, 1 to 5.
    basic_variance
        Variance of the underlying normal before any score; by default the table's 0.0006.

    Raises
    ------
    TanbiaoError
        ``quality_score_missing`` or ``quality_score_out_of_range``.
    """
    table = method_table("pedigree")["pedigree_variances"]
    variance = float(table["basic_variance_default"] if basic_variance is None else basic_variance)
    for indicator in INDICATORS:
        if indicator not in scores:
            raise TanbiaoError.of("quality_score_missing", indicator=indicator)
        variance += _between(table["additional_variance"][indicator], scores[indicator], indicator)
    return math.sqrt(variance)


def pedigree_sigma_v2(scores: Mapping[str, float], basic_gsd2: float = 1.05) -> float:
    """Return σ of ln X by the older uncertainty factors: ln(SDg95)/2, SDg95 = exp √(Σ ln² Uᵢ + ln² U_b).

    Kept for comparison with openLCA and older datasets; releases use :func:`pedigree_sigma`.
    """
    factors = method_table("pedigree")["pedigree_factors"]["factors"]
    squares = _log(basic_gsd2) ** 2
    for indicator in INDICATORS:
        if indicator not in scores:
            raise TanbiaoError.of("quality_score_missing", indicator=indicator)
        squares += _log(_between(factors[indicator], scores[indicator], indicator)) ** 2
    return math.sqrt(squares) / 2.0


def stated_sigma(percent: float) -> float:
    """Return σ of ln X for a stated uncertainty of ± u %, read as a 95 % half-width: ln(1 + u/100) / 1.96.

    Raises
    ------
    TanbiaoError
        ``uncertainty_out_of_range``: u is negative or not finite.
    """
    if not (math.isfinite(percent) and percent >= 0):
        raise TanbiaoError.of("uncertainty_out_of_range", value=percent)
    return _log(1.0 + percent / 100.0) / 1.96


def assumed_sigma(profile: str) -> float:
    """Return σ of ln X of the assumed profile (project default): ln(GSD²) / 2; an unlisted profile is ``default``."""
    gsd2 = method_table("assumed_uncertainty")["gsd2"]
    return _log(float(gsd2.get(profile, gsd2["default"]))) / 2.0
