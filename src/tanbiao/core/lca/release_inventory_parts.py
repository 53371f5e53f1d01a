"""What an imported process says of itself, in the words of a dataset: ids, names, years, spreads, quality, bases."""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from statistics import fmean
from typing import Final

from tanbiao.core.dataset.exchanges import ExchangeUncertainty, Spread
from tanbiao.core.dataset.inventory import Exchange, Flow, FlowKind, Inventory, Process, Words
from tanbiao.core.dataset.model import Quality, Text
from tanbiao.core.dataset.quality import INDICATORS, pedigree_sigma
from tanbiao.core.dataset.uncertainty import Scored, Unknown
from tanbiao.core.units import Unit

LONGEST_ID: Final = 200
_HAN: Final = re.compile(r"[\u4e00-\u9fff]")
_NOT_IN_IDS: Final = re.compile(r"[\s\x00-\x1f]+")
# What an energy unit measures when the file's own quantity does not say: by the product's name. Project default.
_BASES: Final = (
    ("electricity", re.compile(r"\belectric(?:al energy|ity| power)\b|电力|(?:火|水|风|核|光伏发|用)电\b|^电$")),
    ("heat", re.compile(r"\b(?:heat|steam)\b|热力|蒸汽|供热")),
)
_QUANTITIES: Final = (
    ("LHV", re.compile(r"net calorific|lower heating|低位")),
    ("HHV", re.compile(r"gross calorific|higher heating|upper heating|高位")),
)


def dataset_id(key: str, activity: str, taken: Container[str]) -> str:
    """Return ``key:activity`` as an id of a release: no blanks, at most 200 characters, not taken yet."""
    plain = _NOT_IN_IDS.sub("_", f"{key}:{activity}")
    if len(plain) <= LONGEST_ID and plain not in taken:
        return plain
    digest = hashlib.sha256(activity.encode()).hexdigest()[:16]
    return f"{plain[: LONGEST_ID - 17]}~{digest}"


def names_of(words: Words, otherwise: str) -> Text:
    """Return a name in Chinese and English; a name of no stated language is Chinese where it has Chinese characters."""
    found: dict[str, str] = {}
    for lang, text in words.items():
        plain = text.strip()
        short = lang.split("-")[0].lower()
        slot = short if short in ("zh", "en") else "" if short else "zh" if _HAN.search(plain) else "en"
        if plain and slot:
            found.setdefault(slot, plain)
    if not found:
        first = next((text.strip() for text in words.values() if text.strip()), otherwise)
        found["zh" if _HAN.search(first) else "en"] = first
    return Text(zh=found.get("zh", ""), en=found.get("en", ""))


def years_of(process: Process) -> tuple[int | None, str]:
    """Return the year that a process stands for, and its period in the file's words.

    That is the first year of its period, where ILCD's reference year stands: the end is how long it may be used.
    """
    stated = [text for text in (process.valid_from, process.valid_until) if text]
    years = [int(match.group()) for text in stated if (match := re.search(r"\b(?:19|20)\d\d\b", text))]
    return (years[0] if years else None), "/".join(dict.fromkeys(stated))


def exchange_names(process: Process) -> list[str]:
    """Return a name for each exchange that no other of the process has: the file's own number, else its place."""
    own = [_NOT_IN_IDS.sub("_", one.id)[:80] for one in process.exchanges]
    times = Counter(own)
    return [name if name and times[name] == 1 else f"{name or 'exchange'}#{number}" for number, name in enumerate(own)]


def exchange_uncertainty(exchange: Exchange, amount: float) -> ExchangeUncertainty | None:
    """Return how an amount made of an exchange's own is spread; None where the file's numbers describe no spread.

    Parameters
    ----------
    amount
        Per unit of the dataset. Standard deviations and bounds are scaled as the amount was.
    """
    spread = exchange.spread
    if spread is None:
        return Unknown()
    if spread.kind == "lognormal" or (spread.kind == "undefined" and spread.pedigree):
        return _lognormal(spread.sigma, spread.base_sigma, spread.pedigree)
    if spread.kind == "undefined":
        return Unknown()
    scale = amount / exchange.amount if exchange.amount else math.nan
    if spread.kind == "normal":
        if spread.sigma is None or not 0 <= spread.sigma * abs(scale) < math.inf:
            return None
        return Spread(type="normal", sd=spread.sigma * abs(scale))
    bounds = [spread.minimum, spread.maximum]
    if any(one is None or not math.isfinite(one * scale) for one in bounds):
        return None
    low, high = sorted(one * scale for one in bounds if one is not None)
    if not low <= amount <= high:
        return None
    return Spread(type=spread.kind, low=low, high=high)


def _lognormal(sigma: float | None, base: float | None, pedigree: Sequence[int]) -> ExchangeUncertainty | None:
    if sigma is not None:
        return Spread(type="lognormal", sigma=sigma) if 0 <= sigma < math.inf else None
    scores = dict(zip(INDICATORS, map(float, pedigree), strict=False))
    if len(scores) < len(INDICATORS) or not all(1 <= score <= 5 for score in scores.values()):
        return Unknown()
    if base is None:
        return Scored(**scores)
    return Spread(type="lognormal", sigma=pedigree_sigma(scores, base * base)) if 0 <= base < math.inf else None


def quality_of(exchanges: Sequence[Exchange]) -> Quality:
    """Return the mean pedigree scores of a process's exchanges, each counted once (project default)."""
    scores: dict[str, list[int]] = {name: [] for name in INDICATORS}
    for exchange in exchanges:
        if exchange.spread is not None:
            for name, score in zip(INDICATORS, exchange.spread.pedigree, strict=False):
                if 1 <= score <= 5:
                    scores[name].append(score)
    if not any(scores.values()):
        return Quality()
    mean = {name: fmean(values) if values else None for name, values in scores.items()}
    count = max(map(len, scores.values()))
    return Quality(
        ter=mean["technological"],
        ger=mean["geographical"],
        tir=mean["temporal"],
        c=mean["completeness"],
        p=mean["reliability"],
        note=f"mean of the pedigree scores of {count} exchanges",
    )


def basis_of(flow: Flow, inventory: Inventory, unit: Unit) -> str:
    """Return what a unit of a flow measures, empty where nothing tells.

    Energy: by the flow's own quantity (net or gross calorific value), else by the product's name. A waste is waste.
    """
    if flow.kind is FlowKind.WASTE:
        return "waste"
    if not unit.is_energy:
        return ""
    quantity = inventory.flow_properties.get(flow.reference_property)
    return _first(_BASES, flow.name) or (_first(_QUANTITIES, {"": quantity.name}) if quantity else "")


def _first(table: Sequence[tuple[str, re.Pattern[str]]], words: Mapping[str, str]) -> str:
    texts = [text.casefold() for text in words.values()]
    return next((basis for basis, pattern in table if any(pattern.search(text) for text in texts)), "")
