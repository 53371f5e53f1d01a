"""Units of emission factors as tables write them: ``kgCO2e / 千瓦时``, ``吨二氧化碳当量/吨（t CO2-eq/t）``.

A factor's unit has a mass of gas above the line and the unit of what is supplied below it. Whether the gas is CO2 alone
or carbon dioxide equivalent decides what the factor may be used for, so the two are never read as one another.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from tanbiao.core.dataset.nomenclature_units import unit_named

Gas = Literal["CO2e", "CO2"]

_MASSES: Final = {
    "g": "0.001", "克": "0.001", "kg": "1", "千克": "1", "公斤": "1", "mg": "0.000001", "t": "1000", "吨": "1000",
    "公吨": "1000", "万吨": "10000000", "kt": "1000000", "lb": "0.45359237",
}  # fmt: skip
_EQUIVALENT: Final = ("co2eq", "co2e", "co2当量", "二氧化碳当量", "co2equivalent", "二氧化碳eq")
_CARBON_DIOXIDE: Final = ("co2", "二氧化碳")
_GASES: Final[tuple[tuple[str, Gas], ...]] = tuple((word, "CO2e") for word in _EQUIVALENT) + tuple(
    (word, "CO2") for word in _CARBON_DIOXIDE
)
_BELOW: Final[dict[str, tuple[str, str]]] = {
    "吨": ("t", "1"), "公吨": ("t", "1"), "t": ("t", "1"), "万吨": ("t", "10000"),
    "千克": ("kg", "1"), "公斤": ("kg", "1"), "kg": ("kg", "1"), "克": ("g", "1"), "g": ("g", "1"), "斤": ("jin", "1"),
    "千瓦时": ("kWh", "1"), "千瓦小时": ("kWh", "1"), "度": ("kWh", "1"), "kwh": ("kWh", "1"), "kw·h": ("kWh", "1"),
    "万千瓦时": ("kWh", "10000"), "万kwh": ("kWh", "10000"), "兆瓦时": ("MWh", "1"), "mwh": ("MWh", "1"),
    "千焦": ("kJ", "1"), "kj": ("kJ", "1"), "兆焦": ("MJ", "1"), "mj": ("MJ", "1"), "吉焦": ("GJ", "1"),
    "gj": ("GJ", "1"), "百万千焦": ("GJ", "1"), "太焦": ("TJ", "1"), "tj": ("TJ", "1"), "tce": ("tce", "1"),
    "吨标准煤": ("tce", "1"), "吨标煤": ("tce", "1"),
    "立方米": ("m3", "1"), "m3": ("m3", "1"), "万立方米": ("m3", "10000"), "万m3": ("m3", "10000"),
    "标准立方米": ("Nm3", "1"), "标立方米": ("Nm3", "1"), "nm3": ("Nm3", "1"), "万nm3": ("Nm3", "10000"),
    "万标准立方米": ("Nm3", "10000"), "升": ("L", "1"), "l": ("L", "1"), "毫升": ("mL", "1"), "ml": ("mL", "1"),
    "平方米": ("m2", "1"), "m2": ("m2", "1"), "公顷": ("ha", "1"), "ha": ("ha", "1"), "亩": ("mu", "1"),
    "米": ("m", "1"), "m": ("m", "1"), "千米": ("km", "1"), "公里": ("km", "1"), "km": ("km", "1"),
    "吨公里": ("t*km", "1"), "吨千米": ("t*km", "1"), "公吨公里": ("t*km", "1"), "公吨千米": ("t*km", "1"),
    "tkm": ("t*km", "1"), "人公里": ("person*km", "1"), "人千米": ("person*km", "1"), "pkm": ("person*km", "1"),
    "personkm": ("person*km", "1"), "车公里": ("vehicle*km", "1"), "车千米": ("vehicle*km", "1"),
    "千瓦": ("kW", "1"), "kw": ("kW", "1"), "元": ("CNY", "1"), "cny": ("CNY", "1"), "人民币": ("CNY", "1"),
    "万元": ("CNY", "10000"), "万元人民币": ("CNY", "10000"), "亿元": ("CNY", "100000000"), "usd": ("USD", "1"),
    "美元": ("USD", "1"), "eur": ("EUR", "1"), "欧元": ("EUR", "1"),
    "台": ("piece", "1"), "件": ("piece", "1"), "个": ("piece", "1"), "只": ("piece", "1"), "套": ("piece", "1"),
    "块": ("piece", "1"), "片": ("piece", "1"), "条": ("piece", "1"), "支": ("piece", "1"), "根": ("piece", "1"),
    "piece": ("piece", "1"), "pcs": ("piece", "1"), "pc": ("piece", "1"), "unit": ("piece", "1"), "辆": ("piece", "1"),
}  # fmt: skip
_PLAIN: Final = str.maketrans({"₂": "2", "₃": "3", "²": "2", "³": "3", "·": "", "∙": "", "•": "", "*": "", "-": ""})
_AMOUNT: Final = re.compile(r"([+-]?\d[\d,]*\.?\d*(?:e[+-]?\d+)?)(.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class FactorUnit:
    """kg of ``gas`` per one ``reference`` = the written number × ``factor``; ``written`` is the unit below the line."""

    gas: Gas
    reference: str
    factor: Decimal
    written: str


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).translate(_PLAIN)
    return "".join(plain.split()).casefold()


def factor_unit(text: str) -> FactorUnit | None:
    """Return the unit of a factor, or None where it is none that is known.

    A unit in two languages, the second in brackets, is read in the language that is known.

    >>> factor_unit("吨二氧化碳当量/万元").reference
    'CNY'
    >>> str(factor_unit("tCO2e/万元").factor)
    '0.1'
    """
    plain = _folded(text)
    for candidate in dict.fromkeys((plain, re.sub(r"\([^()]*\)", "", plain), *re.findall(r"\(([^()]*)\)", plain))):
        above, line, below = candidate.partition("/")
        found = _mass_of_gas(above) if line else None
        if found is None:
            continue
        written = _written(text)
        name, count = _BELOW.get(below) or _BELOW.get(_folded(written)) or (written if unit_named(written) else "", "1")
        if name:
            gas, mass = found
            return FactorUnit(gas, name, mass / Decimal(count), written)
    return None


def _written(text: str) -> str:
    below = unicodedata.normalize("NFKC", text).partition("/")[2]
    return re.sub(r"\(.*", "", below, flags=re.DOTALL).strip(" )")


def _mass_of_gas(above: str) -> tuple[Gas, Decimal] | None:
    for word, gas in _GASES:
        if above.endswith(word) and (mass := _MASSES.get(above.removesuffix(word))):
            return gas, Decimal(mass)
    return None


def amount_and_unit(text: str) -> tuple[str, str]:
    """Return (number, unit) of a cell that holds both, ``0.8kgCO2e / 千瓦时``; (text, "") of a number alone."""
    found = _AMOUNT.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        return text.strip(), ""
    return found[1], found[2].strip()
