"""The units Tanbiao knows by name: exact factors to SI base units, dimensions, and each one's name inside pint.

A unit that is written here costs no import; pint (0.6 s) resolves only compounds that are not in the table, always
through :data:`ATOMS`, so nothing from a file ever reaches pint by its own spelling. A test compares every entry with
pint. Definitions: SI brochure (BIPM 2019) and NIST SP 811 for non-SI units; tonne of coal equivalent 29 307.6 kJ/kg
(GB/T 2589-2020, net calorific value); tonne of oil equivalent 41.868 GJ (IEA); mu 2000/3 m² (15 mu = 1 ha).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final, NamedTuple

Dimension = tuple[tuple[str, int], ...]
"""Sorted (base quantity, exponent) pairs; energy is mass · length² · time⁻², as in pint."""

MASS: Final[Dimension] = (("mass", 1),)
LENGTH: Final[Dimension] = (("length", 1),)
AREA: Final[Dimension] = (("length", 2),)
VOLUME: Final[Dimension] = (("length", 3),)
TIME: Final[Dimension] = (("time", 1),)
ENERGY: Final[Dimension] = (("length", 2), ("mass", 1), ("time", -2))
POWER: Final[Dimension] = (("length", 2), ("mass", 1), ("time", -3))
COUNT: Final[Dimension] = (("piece", 1),)
NONE: Final[Dimension] = ()


class Atom(NamedTuple):
    """One unit name: dimension, exact factor to the SI base unit, pint's expression, basis that the name implies."""

    dimension: Dimension
    factor: Fraction
    pint: str
    basis: str = ""


def _atom(dimension: Dimension, factor: str | int | Fraction, pint: str, basis: str = "") -> Atom:
    return Atom(dimension, Fraction(factor), pint, basis)


NORMAL: Final = "normal conditions"
"""Gas volume at 0 °C and 101.325 kPa (标准状态)."""

ATOMS: Final[dict[str, Atom]] = {
    "1": _atom(NONE, 1, "dimensionless"),
    "%": _atom(NONE, "0.01", "percent"),
    "kg": _atom(MASS, 1, "kilogram"),
    "g": _atom(MASS, "0.001", "gram"),
    "mg": _atom(MASS, "1e-6", "milligram"),
    "ug": _atom(MASS, "1e-9", "microgram"),
    "t": _atom(MASS, 1000, "metric_ton"),
    "kt": _atom(MASS, "1e6", "kilometric_ton"),
    "lb": _atom(MASS, "0.45359237", "pound"),
    "jin": _atom(MASS, "0.5", "0.5*kilogram"),
    "m": _atom(LENGTH, 1, "meter"),
    "mm": _atom(LENGTH, "0.001", "millimeter"),
    "cm": _atom(LENGTH, "0.01", "centimeter"),
    "km": _atom(LENGTH, 1000, "kilometer"),
    "mi": _atom(LENGTH, "1609.344", "mile"),
    "nmi": _atom(LENGTH, 1852, "nautical_mile"),
    "m2": _atom(AREA, 1, "meter**2"),
    "cm2": _atom(AREA, "1e-4", "centimeter**2"),
    "km2": _atom(AREA, "1e6", "kilometer**2"),
    "ha": _atom(AREA, "1e4", "hectare"),
    "mu": _atom(AREA, "2000/3", "hectare/15"),
    "m3": _atom(VOLUME, 1, "meter**3"),
    "L": _atom(VOLUME, "0.001", "liter"),
    "mL": _atom(VOLUME, "1e-6", "milliliter"),
    "cm3": _atom(VOLUME, "1e-6", "centimeter**3"),
    "Nm3": _atom(VOLUME, 1, "meter**3", NORMAL),
    "gal": _atom(VOLUME, "0.003785411784", "gallon"),
    "bbl": _atom(VOLUME, "0.158987294928", "oil_barrel"),
    "s": _atom(TIME, 1, "second"),
    "min": _atom(TIME, 60, "minute"),
    "h": _atom(TIME, 3600, "hour"),
    "day": _atom(TIME, 86400, "day"),
    "J": _atom(ENERGY, 1, "joule"),
    "kJ": _atom(ENERGY, 1000, "kilojoule"),
    "MJ": _atom(ENERGY, "1e6", "megajoule"),
    "GJ": _atom(ENERGY, "1e9", "gigajoule"),
    "TJ": _atom(ENERGY, "1e12", "terajoule"),
    "Wh": _atom(ENERGY, 3600, "watt_hour"),
    "kWh": _atom(ENERGY, "3.6e6", "kilowatt_hour"),
    "MWh": _atom(ENERGY, "3.6e9", "megawatt_hour"),
    "GWh": _atom(ENERGY, "3.6e12", "gigawatt_hour"),
    "tce": _atom(ENERGY, "29.3076e9", "29.3076*gigajoule", "LHV"),
    "kgce": _atom(ENERGY, "29.3076e6", "29.3076*megajoule", "LHV"),
    "toe": _atom(ENERGY, "41.868e9", "41.868*gigajoule", "LHV"),
    "W": _atom(POWER, 1, "watt"),
    "kW": _atom(POWER, 1000, "kilowatt"),
    "MW": _atom(POWER, "1e6", "megawatt"),
    "piece": _atom(COUNT, 1, "piece"),
    "sheet": _atom((("sheet", 1),), 1, "sheet"),
    "person": _atom((("person", 1),), 1, "person"),
    "vehicle": _atom((("vehicle", 1),), 1, "vehicle"),
    "EUR": _atom((("EUR", 1),), 1, "EUR"),
    "USD": _atom((("USD", 1),), 1, "USD"),
    "CNY": _atom((("CNY", 1),), 1, "CNY"),
}

COMPOUNDS: Final[dict[str, Atom]] = {
    "t*km": _atom((("length", 1), ("mass", 1)), "1e6", "metric_ton*kilometer"),
    "kg*km": _atom((("length", 1), ("mass", 1)), 1000, "kilogram*kilometer"),
    "person*km": _atom((("length", 1), ("person", 1)), 1000, "person*kilometer"),
    "m3*km": _atom((("length", 4),), 1000, "meter**3*kilometer"),
    "vehicle*km": _atom((("length", 1), ("vehicle", 1)), 1000, "vehicle*kilometer"),
    "kg/t": _atom(NONE, "0.001", "kilogram/metric_ton"),
    "MJ/kg": _atom((("length", 2), ("time", -2)), "1e6", "megajoule/kilogram"),
    "GJ/t": _atom((("length", 2), ("time", -2)), "1e6", "gigajoule/metric_ton"),
    "kg/m3": _atom((("length", -3), ("mass", 1)), 1, "kilogram/meter**3"),
    "kWh/kWh": _atom(NONE, 1, "kilowatt_hour/kilowatt_hour"),
    "kg/kWh": _atom((("length", -2), ("time", 2)), Fraction(1, 3_600_000), "kilogram/kilowatt_hour"),
    "kWh/kg": _atom((("length", 2), ("time", -2)), 3_600_000, "kilowatt_hour/kilogram"),
    "kWh/t": _atom((("length", 2), ("time", -2)), 3600, "kilowatt_hour/metric_ton"),
    "kg/GJ": _atom((("length", -2), ("time", 2)), "1e-9", "kilogram/gigajoule"),
    "kg/L": _atom((("length", -3), ("mass", 1)), 1000, "kilogram/liter"),
    "kg/piece": _atom((("mass", 1), ("piece", -1)), 1, "kilogram/piece"),
    "kg/m2": _atom((("length", -2), ("mass", 1)), 1, "kilogram/meter**2"),
    "t/ha": _atom((("length", -2), ("mass", 1)), "0.1", "metric_ton/hectare"),
    "t/m3": _atom((("length", -3), ("mass", 1)), 1000, "metric_ton/meter**3"),
}

ALIASES: Final[dict[str, str]] = {
    **dict.fromkeys(("千克", "公斤", "Kg", "KG", "kgs", "kilogram"), "kg"),
    **dict.fromkeys(("克", "公克", "gram"), "g"),
    **dict.fromkeys(("毫克",), "mg"),
    **dict.fromkeys(("微克", "μg", "mcg"), "ug"),
    **dict.fromkeys(("吨", "公吨", "tonne", "tonnes", "ton_metric"), "t"),
    **dict.fromkeys(("千吨",), "kt"),
    **dict.fromkeys(("斤", "市斤"), "jin"),
    **dict.fromkeys(("米", "公尺"), "m"),
    **dict.fromkeys(("毫米",), "mm"),
    **dict.fromkeys(("厘米",), "cm"),
    **dict.fromkeys(("公里", "千米"), "km"),
    **dict.fromkeys(("海里",), "nmi"),
    **dict.fromkeys(("平方米", "平米", "sqm"), "m2"),
    **dict.fromkeys(("公顷",), "ha"),
    **dict.fromkeys(("亩",), "mu"),
    **dict.fromkeys(("立方米", "立方", "方", "cbm"), "m3"),
    **dict.fromkeys(("标准立方米", "标立方米", "标方", "Nm³", "m3n"), "Nm3"),
    **dict.fromkeys(("升", "公升", "l", "litre", "liter", "dm3"), "L"),
    **dict.fromkeys(("毫升", "ml"), "mL"),
    **dict.fromkeys(("秒",), "s"),
    **dict.fromkeys(("分钟",), "min"),
    **dict.fromkeys(("小时", "时"), "h"),
    **dict.fromkeys(("天", "日", "d"), "day"),
    **dict.fromkeys(("焦", "焦耳"), "J"),
    **dict.fromkeys(("千焦",), "kJ"),
    **dict.fromkeys(("兆焦",), "MJ"),
    **dict.fromkeys(("吉焦", "百万千焦"), "GJ"),
    **dict.fromkeys(("太焦",), "TJ"),
    **dict.fromkeys(("千瓦时", "kwh", "KWh", "KWH", "Kwh"), "kWh"),
    **dict.fromkeys(("兆瓦时", "mwh", "Mwh"), "MWh"),
    **dict.fromkeys(("吨标煤", "吨标准煤"), "tce"),
    **dict.fromkeys(("千克标煤", "千克标准煤", "公斤标煤", "公斤标准煤"), "kgce"),
    **dict.fromkeys(("吨油当量", "吨标油"), "toe"),
    **dict.fromkeys(("瓦",), "W"),
    **dict.fromkeys(("千瓦",), "kW"),
    **dict.fromkeys(("兆瓦",), "MW"),
    **dict.fromkeys(
        ("件", "个", "台", "辆", "块", "只", "套", "支", "瓶", "片", "pcs", "pc", "item", "Item", "unit", "p"), "piece"
    ),
    **dict.fromkeys(("张",), "sheet"),
    **dict.fromkeys(("人",), "person"),
    **dict.fromkeys(("车", "vkm_vehicle"), "vehicle"),
    **dict.fromkeys(("吨公里", "吨·公里", "吨千米", "tkm", "t.km", "tonne.km"), "t*km"),
    **dict.fromkeys(("千克公里", "kgkm"), "kg*km"),
    **dict.fromkeys(("人公里", "pkm", "p*km"), "person*km"),
    **dict.fromkeys(("车公里", "vkm"), "vehicle*km"),
    **dict.fromkeys(("元", "人民币", "RMB"), "CNY"),
    **dict.fromkeys(("欧元",), "EUR"),
    **dict.fromkeys(("美元",), "USD"),
}
"""Other spellings, by exact text after NFKC: a spelling that is not here is unknown, never guessed."""

WITH_BASIS: Final[dict[str, tuple[str, str]]] = {"度": ("kWh", "electricity"), "度电": ("kWh", "electricity")}
"""Names that carry a basis of their own."""

MULTIPLIERS: Final[dict[str, int]] = {"万亿": 10**12, "百万": 10**6, "万": 10**4, "亿": 10**8, "million": 10**6}
"""Chinese counting words in front of a unit (万立方米), and one English; longer words first, one at most."""

MEASURES: Final[frozenset[str]] = frozenset(
    {
        *("electricity", "LHV", "HHV", "heat", "N", "K2O", "P2O5", "C", "dry mass", "live mass", "net product mass"),
        *("retail mass", "active substance", NORMAL, "20 °C and 101.325 kPa"),
    }
)
"""Bases that change what the number means: they convert only by a stated property, also from a unit without basis."""

DESCRIPTIONS: Final[frozenset[str]] = frozenset(
    {
        *("waste", "appliance", "plant", "hydrogen", "treated leather", "linear metre", "net floor area", "A4", "book"),
        *("wall area", "floor area", "roof area", "road", "bio-CNG", "spend", "2022 purchaser price"),
    }
)
"""Bases that only say what is counted: an unqualified unit meets them, two different ones never meet."""

BASIS_ALIASES: Final[dict[str, str]] = {
    **dict.fromkeys(("电", "电力", "elec", "el"), "electricity"),
    **dict.fromkeys(("低位", "低位热值", "低位发热量", "NCV", "Net CV", "PCI", "lhv"), "LHV"),
    **dict.fromkeys(("高位", "高位热值", "高位发热量", "GCV", "Gross CV", "PCS", "hhv"), "HHV"),
    **dict.fromkeys(("热", "热力", "蒸汽"), "heat"),
    **dict.fromkeys(("mass of N", "氮", "折纯氮"), "N"),
    **dict.fromkeys(("mass of K2O", "折K2O"), "K2O"),
    **dict.fromkeys(("mass of P2O5", "折P2O5"), "P2O5"),
    **dict.fromkeys(("干重", "绝干"), "dry mass"),
    **dict.fromkeys(("活重",), "live mass"),
    **dict.fromkeys(("净重", "finished article"), "net product mass"),
    **dict.fromkeys(("标准状态", "标况", "normal", "normal conditions (0 °C, 101.325 kPa)"), NORMAL),
    **dict.fromkeys(("废物", "废弃物"), "waste"),
    **dict.fromkeys(("net floor area (SHON)",), "net floor area"),
}
