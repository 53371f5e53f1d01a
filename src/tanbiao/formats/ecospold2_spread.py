"""The uncertainty element of EcoSpold 2: log-normal by variances of ln X, normal by variances, ranges, pedigree."""

from __future__ import annotations

import math
from typing import Final
from xml.etree.ElementTree import Element  # a type; what parses is defusedxml

from tanbiao.core.dataset.inventory import Spread
from tanbiao.formats.reading import Log, lenient_number, spread_of
from tanbiao.formats.xml_stream import text_of

_SCORES: Final = (
    "reliability",
    "completeness",
    "temporalCorrelation",
    "geographicalCorrelation",
    "furtherTechnologyCorrelation",
)
_SHAPES: Final = ("lognormal", "normal", "triangular", "uniform", "undefined", "beta", "gamma", "binomial")


def spread_element(element: Element, log: Log, where: str) -> Spread | None:
    """Return the spread of an ``uncertainty`` element, or None where it says nothing usable.

    ``lognormal``: ``variance`` is that of ln X, ``varianceWithPedigreeUncertainty`` the same with the pedigree's share;
    σ is the root of the latter where it is stated. ``normal``: the same with the variance of X.
    """
    pedigree = _pedigree(element.find("pedigreeMatrix"), log, where)
    shape = next((child for child in element if child.tag in _SHAPES), None)
    if shape is None:
        return Spread("undefined", pedigree=pedigree) if pedigree else None
    kind = str(shape.tag)
    if kind in ("lognormal", "normal"):
        return _by_variance(kind, shape, pedigree, log, where)
    if kind in ("beta", "gamma", "binomial"):
        log.warn("spread_unknown", where, kind=kind)
        kind = "undefined"
    low, mode, high = (
        lenient_number(shape.get(name), log, where, name) for name in ("minValue", "mostLikelyValue", "maxValue")
    )
    return spread_of(kind, log, where, low=low, mode=mode, high=high, pedigree=pedigree)


def _by_variance(kind: str, shape: Element, pedigree: tuple[int, ...], log: Log, where: str) -> Spread | None:
    base = lenient_number(shape.get("variance"), log, where, "variance")
    whole = lenient_number(shape.get("varianceWithPedigreeUncertainty"), log, where, "varianceWithPedigreeUncertainty")
    variance = base if whole is None else whole
    if variance is None or variance < 0:
        if variance is not None:
            log.warn("spread_invalid", where, kind=kind, values=f"{variance:g}")
        return Spread("undefined", pedigree=pedigree) if pedigree else None
    if base is not None and whole is not None and whole < base:
        log.warn("spread_pedigree_narrows", where, base=base, whole=whole)
    if variance == 0 and kind == "normal":
        return Spread("undefined", pedigree=pedigree) if pedigree else None
    if kind == "normal":
        return Spread("normal", sigma=math.sqrt(variance), pedigree=pedigree)
    apart = math.sqrt(base) if whole is not None and base is not None and base >= 0 else None
    return Spread("lognormal", sigma=math.sqrt(variance), pedigree=pedigree, base_sigma=apart)


def _pedigree(element: Element | None, log: Log, where: str) -> tuple[int, ...]:
    """Return the five scores; 0 where one is not assessed."""
    if element is None:
        return ()
    digits = "".join([element.get(name) or "?" for name in _SCORES])
    if len(digits) == len(_SCORES) and digits.isascii() and digits.isdigit() and max(digits) <= "5":
        plain = tuple(map(int, digits))  # as nearly all stand
        return plain if any(plain) else ()
    scores = []
    for name in _SCORES:
        text = (element.get(name) or text_of(element.find(name)) or "0").strip()
        valid = len(text) == 1 and text in "012345"
        if not valid:
            log.warn("pedigree_invalid", where, field=name, value=text)
        scores.append(int(text) if valid else 0)
    return tuple(scores) if any(scores) else ()
