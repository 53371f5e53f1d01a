"""One input at a time, and first-order previews of a spread: what those of datasets and of studies share."""

from __future__ import annotations

from typing import Final

from tanbiao.core.findings import TanbiaoError

METHOD: Final = "first_order"
"""How a preview was made: by derivatives, at once, not sampled."""
VARIED: Final = 0.1
"""By how much one input is made smaller and larger at a time; project default."""
SHOWN: Final = 10
"""Inputs that a preview names; the others stand as one share."""


def require_variation(varied: float) -> float:
    """Return the share by which inputs are varied.

    Raises
    ------
    TanbiaoError
        ``variation_out_of_range``: not above 0 and below 1.
    """
    if not 0.0 < varied < 1.0:
        raise TanbiaoError.of("variation_out_of_range", "vary", value=f"{varied:g}")
    return varied
