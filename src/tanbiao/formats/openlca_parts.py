"""Small objects of openLCA JSON-LD: references, dates, uncertainties, data quality, categories, units, flows."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from tanbiao.core.dataset.inventory import Citation, Flow, FlowKind, FlowProperty, Spread, UnitGroup
from tanbiao.formats import reading
from tanbiao.formats.json_values import number_of, text_of, truth_of
from tanbiao.formats.reading import Log, in_order, log_sigma

Document = dict[str, Any]

OLD_KEYS: Final = {
    "avoidedProduct": "isAvoidedProduct",
    "input": "isInput",
    "quantitativeReference": "isQuantitativeReference",
    "pedigreeUncertainty": "dqEntry",
    "inputParameter": "isInputParameter",
    "referenceFlowProperty": "isRefFlowProperty",
    "referenceUnit": "isRefUnit",
    "infrastructureProcess": "isInfrastructureProcess",
    "infrastructureFlow": "isInfrastructureFlow",
    "copyright": "isCopyrightProtected",
    "defaultAllocation": "defaultAllocationMethod",
}
"""Schema 1 → schema 2. A reader that does not translate loses every quantitative reference without a word."""
_DATE: Final = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?(?=$|[T ])")
_PEDIGREE: Final = (
    ("reliab",),
    ("complet", "data collection"),
    ("tempor", "time"),
    ("geograph",),
    ("technolog",),
)
"""Words in an indicator's name → our place; "data collection methods" is what the US EPA matrix has for completeness
(Edelen & Ingwersen 2016, EPA/600/R-16/096)."""


def translated(document: Document) -> bool:
    """Rename schema-1 keys in place where the new key is not there yet; return whether any was found."""
    old = OLD_KEYS.keys() & document.keys()
    for key in old:
        value = document.pop(key)
        document.setdefault(OLD_KEYS[key], value)
    return bool(old)


def items_of(value: Any) -> list[Document]:
    """Return the mappings of a list; anything else is left out."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def id_of(reference: Any) -> str:
    """Return the id that a reference names, in lower case, else ''."""
    return text_of(reference.get("@id")).lower() if isinstance(reference, dict) else ""


def name_of(reference: Any) -> str:
    """Return the name that a reference tells, else ''."""
    return text_of(reference.get("name")) if isinstance(reference, dict) else ""


def date_of(value: Any, log: Log, where: str) -> str:
    """Return the ISO date or year at the beginning of a time stamp, else '' with a finding."""
    text = text_of(value)
    found = _DATE.match(text)
    if found is None:
        if text:
            log.warn("date_unreadable", where, value=text)
        return ""
    return found.group()


def words_of(value: Any) -> str:
    """Return what a documentation field says: text, the name of a referenced object, or several of them."""
    if isinstance(value, list):
        return "; ".join(part for part in map(words_of, value[:1000]) if part)
    return name_of(value) if isinstance(value, dict) else text_of(value)


_SHAPES: Final = {"LOG": "lognormal", "NORMAL": "normal", "TRIANG": "triangular", "UNIFORM": "uniform"}


def spread_of(raw: Any, pedigree: tuple[int, ...], base: float | None, log: Log, where: str) -> Spread | None:
    """Return the spread of an ``Uncertainty`` object with pedigree scores and a base uncertainty factor.

    openLCA gives the geometric standard deviation itself, σ = ln GSD, and of the base factor U_b (``baseUncertainty``)
    the square, σ_b = ln(U_b)/2 (ecoinvent report no. 1, 2007, chapter 7.1).
    """
    document: Document = raw if isinstance(raw, dict) else {}
    stated = text_of(document.get("distributionType")).upper()
    kind = next((shape for start, shape in _SHAPES.items() if stated.startswith(start)), "undefined")
    if kind == "undefined" and stated not in ("", "NONE", "NO_DISTRIBUTION"):
        log.warn("spread_unknown", where, kind=stated)
    if any(key.endswith("Formula") and text_of(document[key]) for key in document):
        log.info("spread_formula_not_used", where)
    deviation = None
    if kind == "lognormal":
        factor = number_of(document.get("geomSd"), log, where, "geomSd")
        deviation = None if factor is None else factor * abs(factor)
    elif kind == "normal":
        single = number_of(document.get("sd"), log, where, "sd")
        deviation = None if single is None else 2.0 * single
    low, mode, high = (number_of(document.get(key), log, where, key) for key in ("minimum", "mode", "maximum"))
    low, high = in_order(low, high, log, where)
    spread = reading.spread_of(kind, log, where, deviation=deviation, low=low, mode=mode, high=high, pedigree=pedigree)
    sigma = None if base is None else log_sigma(base)
    return spread if sigma is None else replace(spread or Spread("undefined"), base_sigma=sigma)


def scores_of(entry: str) -> tuple[int, ...]:
    """Return the scores of a data quality entry ``(2;n.a.;1)``; 0 where it gives none."""
    inner = entry.strip().removeprefix("(").removesuffix(")")
    scores = [part.strip() for part in re.split(r"[;,]", inner)] if inner else []
    return tuple(int(part) if part in ("1", "2", "3", "4", "5") else 0 for part in scores[:50])


@dataclass(frozen=True, slots=True)
class QualitySystem:
    """A data quality matrix: which of its positions is which of our five indicators (empty: it is another matrix)."""

    order: tuple[int, ...]

    @classmethod
    def of(cls, document: Document) -> QualitySystem:
        """Return the matrix that a ``DQSystem`` describes; it is ours when each indicator stands in it once."""
        places: dict[int, int] = {}
        indicators = items_of(document.get("indicators"))
        for count, one in enumerate(indicators):
            name = name_of(one).lower()
            position = one.get("position")
            place = position - 1 if isinstance(position, int) and 1 <= position <= 50 else count
            for ours, words in enumerate(_PEDIGREE):
                if any(word in name for word in words) and len(items_of(one.get("scores"))) in (0, 5):
                    places.setdefault(ours, place)
        fits = len(indicators) == 5 and len(set(places.values())) == 5
        return cls(tuple(places[ours] for ours in range(5)) if fits else ())

    def pedigree(self, scores: tuple[int, ...]) -> tuple[int, ...]:
        """Return five scores in our order, or nothing when the entry or the matrix is another."""
        if len(scores) != 5 or not self.order or not any(scores):
            return ()
        return tuple(scores[place] for place in self.order)


ECOINVENT: Final = QualitySystem((0, 1, 2, 3, 4))
"""Without a matrix of its own an entry follows the pedigree matrix of ecoinvent, as openLCA 1 has it."""


class Categories:
    """Category paths: objects that name their parent (schema 1) or text with slashes (schema 2)."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._parents = {id_of(one): (name_of(one), one.get("category")) for one in documents}

    def path(self, category: Any) -> tuple[str, ...]:
        """Return the words from the widest to the narrowest."""
        if isinstance(category, str):
            return tuple(part.strip() for part in category.split("/") if part.strip())
        found: list[str] = []
        seen: set[str] = set()
        while isinstance(category, dict):
            key = id_of(category)
            stored = self._parents.get(key)
            found.append((stored[0] if stored else "") or name_of(category))
            if stored is None:
                listed = category.get("categoryPath")
                found += [text_of(part) for part in reversed(listed)] if isinstance(listed, list) else []
                break
            if key in seen:
                break
            seen.add(key)
            category = stored[1]
        return tuple(part for part in reversed(found) if part)


def rescaled(factors: Mapping[str, float], scale: float) -> dict[str, float]:
    """Return the factors divided by the reference's own; what leaves the range of a float64 is left out."""
    divided = {name: factor / scale for name, factor in factors.items()}
    return {name: factor for name, factor in divided.items() if 0.0 < factor < math.inf}


def unit_group(document: Document, log: Log, where: str) -> tuple[UnitGroup, dict[str, str]]:
    """Return a unit group and the ids of its units (→ name)."""
    factors: dict[str, float] = {}
    ids: dict[str, str] = {}
    reference = ""
    for count, one in enumerate(items_of(document.get("units"))):
        translated(one)
        place = f"{where}#units[{count}]"
        name, factor = name_of(one), number_of(one.get("conversionFactor"), log, place, "conversionFactor")
        if truth_of(one.get("isRefUnit")):
            reference, factor = name, 1.0 if factor is None else factor
        if not name or factor is None or factor <= 0.0:
            log.error("unit_factor_unusable", place, unit=name, value=text_of(one.get("conversionFactor")))
            continue
        if factors.setdefault(name, factor) != factor:
            log.warn("unit_named_twice", place, unit=name)
        ids[id_of(one)] = name
    key = id_of(document)
    if not reference:
        reference = next((name for name, factor in factors.items() if factor == 1.0), "")
        log.warn("unit_group_without_reference", where, taken=reference)
    scale = factors.get(reference, 1.0)
    if scale != 1.0:
        log.warn("unit_reference_not_one", where, unit=reference, value=scale)
        factors = rescaled(factors, scale)
    return UnitGroup(key, name_of(document), reference, factors, text_of(document.get("version"))), ids


def flow_property(document: Document, log: Log, where: str) -> FlowProperty:
    """Return a flow property."""
    group = id_of(document.get("unitGroup"))
    if not group:
        log.warn("flow_property_without_units", where)
    return FlowProperty(id_of(document), name_of(document), group, text_of(document.get("version")))


_KINDS: Final = {
    "PRODUCT_FLOW": FlowKind.PRODUCT,
    "WASTE_FLOW": FlowKind.WASTE,
    "ELEMENTARY_FLOW": FlowKind.ELEMENTARY,
}


def kind_of(document: Mapping[str, Any]) -> FlowKind | None:
    """Return the kind of flow that a flow or a reference to one states, else None."""
    return _KINDS.get(text_of(document.get("flowType")).upper())


def flow(document: Document, categories: Categories, place: str, log: Log, where: str) -> Flow:
    """Return a flow; ``place`` is the code of its location."""
    properties: dict[str, float] = {}
    reference = ""
    for count, one in enumerate(items_of(document.get("flowProperties"))):
        translated(one)
        key = id_of(one.get("flowProperty"))
        factor = number_of(one.get("conversionFactor"), log, f"{where}#flowProperties[{count}]", "conversionFactor")
        if truth_of(one.get("isRefFlowProperty")):
            reference, factor = key, 1.0 if factor is None else factor
        if not key or factor is None or factor <= 0.0:
            log.warn("flow_property_factor_unusable", f"{where}#flowProperties[{count}]")
            continue
        properties[key] = factor
    if reference not in properties:
        reference = next(iter(properties), "")
        log.warn("flow_without_reference_property", where, taken=reference)
    scale = properties.get(reference, 1.0)
    if scale != 1.0:
        log.warn("flow_reference_not_one", where, value=scale)
        properties = rescaled(properties, scale)
    kind = kind_of(document)
    if kind is None:
        log.warn("flow_kind_unknown", where, kind=text_of(document.get("flowType")))
    synonyms = tuple(part.strip() for part in text_of(document.get("synonyms")).split(";") if part.strip())
    return Flow(
        id_of(document),
        {"": name_of(document)},
        kind or FlowKind.OTHER,
        version=text_of(document.get("version")),
        reference_property=reference,
        properties=properties,
        cas=text_of(document.get("cas")),
        formula=text_of(document.get("formula")),
        categories=categories.path(document.get("category")),
        location=place,
        synonyms=synonyms,
    )


def citation(document: Document, kind: str) -> Citation:
    """Return a source or an actor; of an actor only what identifies an institution, no telephone or e-mail."""
    if kind == "Actor":
        fields: tuple[str, ...] = ("description", "address", "city", "country")
    else:
        fields = ("textReference", "description", "year")
    text = "; ".join(part for part in (text_of(document.get(field)) for field in fields) if part)
    url = text_of(document.get("url")) or text_of(document.get("website"))
    version = text_of(document.get("version"))
    return Citation(id_of(document), "actor" if kind == "Actor" else "source", name_of(document), text, url, version)
