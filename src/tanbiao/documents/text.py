"""How figures, units, dates and absences are written for people.

Figures are rounded to significant digits, half to even, on their 12-digit decimal form, so that the last bit of a float
never decides: GB/T 8170-2008 (rules of rounding off), 3.2, "四舍六入五成双".
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from tanbiao.core.amounts import Absence, Amount
from tanbiao.core.canonical import decimal12
from tanbiao.core.findings import Lang
from tanbiao.documents.words import term, word

DIGITS = 3
_SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def round_significant(value: float, digits: int = DIGITS) -> Decimal:
    """Return ``value`` rounded to ``digits`` significant digits, half to even (GB/T 8170-2008, 3.2).

    >>> str(round_significant(0.1245, 3)), str(round_significant(0.1255, 3)), str(round_significant(99.96, 3))
    ('0.124', '0.126', '100')
    """
    exact = Decimal(decimal12(value))
    if exact == 0:
        return Decimal(0)
    rounded = exact.quantize(Decimal(1).scaleb(exact.adjusted() - digits + 1), rounding=ROUND_HALF_EVEN)
    if rounded.adjusted() > exact.adjusted():
        rounded = rounded.quantize(Decimal(1).scaleb(rounded.adjusted() - digits + 1))
    return rounded


def number(value: float, digits: int = DIGITS) -> str:
    """Return ``value`` with significant digits, plain where it is readable, else as a power of ten.

    Trailing zeros are kept: they are declared digits. The minus sign is U+2212.
    """
    rounded = round_significant(value, digits)
    if rounded == 0:
        return "0"
    sign = "−" if rounded < 0 else ""
    size = rounded.adjusted()
    if -5 <= size < 9:
        return sign + f"{abs(rounded):f}"
    mantissa = abs(rounded).scaleb(-size)
    return f"{sign}{mantissa:f}×10{str(size).translate(_SUPERSCRIPT)}"


def percent(share: float | None, digits: int = 1) -> str:
    """Return a share of 1 as percent with fixed decimals; "–" when there is none."""
    if share is None:
        return "–"
    step = Decimal(1).scaleb(-digits)
    shown = (Decimal(decimal12(share)) * 100).quantize(step, rounding=ROUND_HALF_EVEN)
    return f"{'−' if shown < 0 else ''}{abs(shown):f} %"


def unit(spelled: str) -> str:
    """Return a unit as it is printed: the 2 of CO2 as a subscript, and its basis in brackets.

    >>> unit("kg CO2e/kWh|LHV")
    'kg CO₂e/kWh (LHV)'
    """
    shown = spelled.replace("CO2", "CO₂").replace("m3", "m³").replace("m2", "m²")
    return re.sub(r"\|(\w+)", r" (\1)", shown)


def gas(key: str) -> str:
    """Return a gas as it is printed: ``CH4 fossil`` as CH₄ fossil, ``HFC-134a`` as it is."""
    formula, space, rest = key.partition(" ")
    return re.sub(r"(?<=[A-Za-z])\d+", lambda found: found.group().translate(_SUBSCRIPT), formula) + space + rest


def absence(absent: Absence, lang: Lang, *, reason: bool = True) -> str:
    """Return an absence in words, with its reason in brackets."""
    shown = term("absent", absent.kind.value, lang)
    if not reason or not absent.reason:
        return shown
    return f"{shown}（{absent.reason}）" if lang == "zh" else f"{shown} ({absent.reason})"


def amount(value: Amount, lang: Lang, digits: int = DIGITS) -> str:
    """Return a figure, or its absence in words."""
    return absence(value, lang) if isinstance(value, Absence) else number(value, digits)


def total(result: Mapping[str, Any], lang: Lang, digits: int = DIGITS) -> str:
    """Return the total of a Result document as it may be read: plain, "≥ known", or "known (known part only)".

    A total with something unknown never appears as a plain number.
    """
    figures = result["total"]
    shown = number(float(figures["value"]), digits)
    if figures.get("completeness") != "incomplete":
        return shown
    if figures.get("lower_bound", True):
        return f"≥ {shown}"
    return shown + word("known_part", lang)


def headline(result: Mapping[str, Any], lang: Lang) -> str:
    """Return the declared value of a Result document as its rule prints it, else the total as :func:`total`.

    The same string stands on label, certificate, register and credential; only the minus sign is the typographic one.
    """
    told = (result.get("declared") or {}).get("text")
    return str(told).replace("-", "−") if told else total(result, lang)


def without_uptake(result: Mapping[str, Any]) -> bool:
    """Whether the declared value leaves out biogenic uptake."""
    return bool((result.get("declared") or {}).get("of") == "excluding_uptake")


def date(value: str | datetime.date, lang: Lang) -> str:
    """Return a date in the reader's form; text that is no ISO date is returned as it is."""
    if isinstance(value, str):
        try:
            day = datetime.date.fromisoformat(value[:10])
        except ValueError:
            return value
    else:
        day = value
    if lang == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def period(start: str | datetime.date, end: str | datetime.date, lang: Lang) -> str:
    """Return a period from the first to the last day, both included."""
    joint = " 至 " if lang == "zh" else " – "
    return date(start, lang) + joint + date(end, lang)


def joined(parts: list[str], lang: Lang) -> str:
    """Return parts as one list in a sentence."""
    return ("、" if lang == "zh" else ", ").join(part for part in parts if part)
