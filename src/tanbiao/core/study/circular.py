"""The circular footprint formula: material, energy and disposal of a material between two product systems.

Per kg of material, with A and B the shares of the supplier of what is recycled and of the energy recovered::

    (1 − R1)·Ev + R1·Erec                                  production
    − (1 − A)·R1·(Erec − Ev·Qsin/Qp)                        secondary_input
    (1 − A)·R2·(ErecEoL − Ev*·Qsout/Qp)                     secondary_output
    (1 − B)·R3·(EER − LHV·Xheat·ESEheat − LHV·Xelec·ESEelec)  energy_recovery
    (1 − R2 − R3)·ED                                       disposal

Source: PEFCR Guidance v6.3, pages 112 to 116, equations 18 and 19 (modular form). ``cut_off`` is A = 1, ``fifty_fifty``
A = 0.5 with equal quality, ``closed_loop`` A = 0 with equal quality. What is avoided (Ev*, ESEheat, ESEelec) is a
credit: it stands apart and enters the total only where the category rule says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.study.material_parts import Circular
from tanbiao.core.study.model_base import CIRCULAR_MODULES

FIXED_A: Final[Mapping[str, float]] = {"cut_off": 1.0, "fifty_fifty": 0.5, "closed_loop": 0.0}
"""Methods that are the formula with a fixed A; the quality ratios are 1 there."""
FIXED_BY_RULE: Final[Mapping[str, str]] = {"a": "A", "b": "B", "qsin": "Qsin", "qsout": "Qsout"}
"""Name in a rule → in a study: values of the formula that a rule may fix for every material."""


@dataclass(frozen=True, slots=True)
class Term:
    """``share`` × a dataset's footprint, per kg of material or (``energy``) per MJ recovered of it."""

    module: str
    key: str
    """The field of the row that names the dataset: virgin, recycled, recycling, …"""
    share: Any
    """A number, or an array of samples whose first is nominal; its sign is the sign of the term."""
    credit: bool = False
    energy: bool = False


def terms(row: Circular, read: Callable[[str, str], Any], where: str, r1: Any) -> list[Term]:
    """Return the terms of a row that are not zero.

    Parameters
    ----------
    row
        What the study states.
    read
        Returns the number (or samples) of a field's text; None where the field is absent.
    where
        The place of the row's ``circular``, for errors.
    r1
        The recycled share of the material that counts: a number, or samples whose first is nominal.

    Raises
    ------
    TanbiaoError
        ``circular_missing`` (a share whose dataset or parameter is not stated), ``circular_share`` (not in 0 … 1, or
        R2 + R3 above 1), ``circular_fixed`` (a method that fixes A or the quality, and a row that states another).
    """
    stated = _Stated(row, read, where)
    a, q_in, q_out = stated.allocation()
    r2, r3, b = (stated.share(key, 0.0) for key in ("R2", "R3", "B"))
    if float(np.ravel(r2 + r3)[0]) > 1 + 1e-12:
        raise TanbiaoError.of("circular_share", f"{where}.R3", key="R2 + R3", value=f"{float(np.ravel(r2 + r3)[0]):g}")
    left = np.maximum(1.0 - r2 - r3, 0.0)
    body = [
        Term("production", "virgin", 1.0 - r1),
        Term("production", "recycled", r1),
        Term("secondary_input", "recycled", -(1.0 - a) * r1),
        Term("secondary_input", "virgin", (1.0 - a) * r1 * q_in),
        Term("secondary_output", "recycling", (1.0 - a) * r2),
        Term("secondary_output", "substituted", -(1.0 - a) * r2 * q_out, credit=True),
        Term("energy_recovery", "incineration", (1.0 - b) * r3),
        Term("energy_recovery", "heat", -(1.0 - b) * r3 * stated.recovered("Xheat", r3), credit=True, energy=True),
        Term("energy_recovery", "power", -(1.0 - b) * r3 * stated.recovered("Xelec", r3), credit=True, energy=True),
        Term("disposal", "disposal", left),
    ]
    wanted = row.modules or CIRCULAR_MODULES
    kept = [term for term in body if term.module in wanted and np.any(np.asarray(term.share) != 0.0)]
    for term in kept:
        if row.dataset(term.key) is None:
            raise TanbiaoError.of("circular_missing", where, key=term.key)
    return kept


def share_of(value: Any, where: str, key: str) -> Any:
    """Return a share whose nominal value lies between 0 and 1; its samples are held inside.

    Raises
    ------
    TanbiaoError
        ``circular_share``.
    """
    nominal = float(np.ravel(value)[0])
    if not 0.0 <= nominal <= 1.0 + 1e-12:
        raise TanbiaoError.of("circular_share", where, key=key, value=f"{nominal:g}")
    return np.clip(value, 0.0, 1.0) if isinstance(value, np.ndarray) else min(float(value), 1.0)


class _Stated:
    """The numbers of a row, checked."""

    def __init__(self, row: Circular, read: Callable[[str, str], Any], where: str) -> None:
        self.row, self.read, self.where = row, read, where

    def number(self, key: str) -> Any:
        text = getattr(self.row, key)
        return None if text is None else self.read(text, f"{self.where}.{key}")

    def share(self, key: str, default: float) -> Any:
        """Return a share between 0 and 1; samples are held inside."""
        value = self.number(key)
        return default if value is None else share_of(value, f"{self.where}.{key}", key)

    def allocation(self) -> tuple[Any, Any, Any]:
        """Return (A, Qsin/Qp, Qsout/Qp)."""
        fixed = FIXED_A.get(self.row.method)
        if fixed is None:
            if self.row.A is None:
                raise TanbiaoError.of("circular_missing", self.where, key="A")
            return self.share("A", 0.0), self.share("Qsin", 1.0), self.share("Qsout", 1.0)
        for key, value in (("A", fixed), ("Qsin", 1.0), ("Qsout", 1.0)):
            told = self.number(key)
            if told is not None and float(np.ravel(told)[0]) != value:
                raise TanbiaoError.of(
                    "circular_fixed", f"{self.where}.{key}", method=self.row.method, key=key, value=f"{value:g}"
                )
        return fixed, 1.0, 1.0

    def recovered(self, key: str, burnt: Any) -> Any:
        """Return MJ of heat or power per kg that goes to energy recovery: LHV × efficiency; 0 where none is stated."""
        if getattr(self.row, key) is None or not np.any(np.asarray(burnt) != 0.0):
            return 0.0
        if self.row.LHV is None:
            raise TanbiaoError.of("circular_missing", self.where, key="LHV")
        return self.share(key, 0.0) * self.number("LHV")
