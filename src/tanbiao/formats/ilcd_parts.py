"""Flows, flow properties, unit groups, sources, contacts and uncertainties of ILCD datasets."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Final
from xml.etree.ElementTree import Element

from tanbiao.core.dataset.inventory import Citation, Classified, Flow, FlowKind, FlowProperty, Level, Spread, UnitGroup
from tanbiao.formats.ilcd_tree import Reference, at, attribute, chosen, content, identity, spot, words
from tanbiao.formats.reading import Log, cas_number, in_order, lenient_number, spread_of

_FLOW_KINDS: Final = {
    "product flow": FlowKind.PRODUCT,
    "waste flow": FlowKind.WASTE,
    "elementary flow": FlowKind.ELEMENTARY,
    "other flow": FlowKind.OTHER,
}
_CLASSES: Final = (
    ("elementaryFlowCategorization", "category", "catId", "categories"),
    ("classification", "class", "classId", "classes"),
)
"""Tags of a classification and of its classes; attributes with a class's code and with the list's address."""
_AGREE: Final = 1e-3
"""Relative difference up to which bounds and a rounded percentage say the same: project default, not official."""
_SHAPES: Final = {
    "log-normal": "lognormal",
    "lognormal": "lognormal",
    "normal": "normal",
    "triangular": "triangular",
    "uniform": "uniform",
    "undefined": "undefined",
    "": "undefined",
}


def number_at(element: Element, path: str, log: Log, where: str) -> float | None:
    """Return the number at a path; None where there is none, with a finding where it is unreadable."""
    return lenient_number(at(element, path), log, where, path)


def full_name(information: Element | None) -> dict[str, str]:
    """Return the name of a flow or process by language: base name and its three qualifiers, as ILCD joins them."""
    name = information.find("name") if information is not None else None
    base = words(name, "baseName")
    parts = [words(name, tag) for tag in ("treatmentStandardsRoutes", "mixAndLocationTypes")]
    parts += [words(name, tag) for tag in ("functionalUnitFlowProperties", "flowProperties")]
    if not base:
        return words(information, "name")
    return {
        language: "; ".join([text, *(part[language] for part in parts if language in part)])
        for language, text in base.items()
    }


def classified(information: Element | None) -> tuple[tuple[str, ...], tuple[Classified, ...]]:
    """Return the words of the first classification (of an elementary flow: of its compartment), and what all say.

    Compartments come before classes, each in the file's order. Nothing but the words is returned where one
    classification without name, address and codes counts its levels from 0: they are all that it says.
    """
    found = list(_classifications(information)) if information is not None else []
    words_of = next((told for one in found if (told := tuple(each.name for each in one.levels if each.name))), ())
    if found == [Classified(tuple(Level(level, name) for level, name in enumerate(words_of)))]:
        return words_of, ()
    return words_of, tuple(found)


def _classifications(information: Element) -> Iterator[Classified]:
    for path, tag, code, uri in _CLASSES:
        for scheme in information.findall(f"classificationInformation/{path}"):
            rows = [(attribute(one, "level"), content(one), attribute(one, code)) for one in scheme.findall(tag)]
            rows = [row for row in rows if row[1] or row[2]]
            if not rows:
                continue
            if all(level.isdecimal() and len(level) < 5 for level, _, _ in rows):
                levels = [Level(int(level), *rest) for level, *rest in sorted(rows, key=lambda row: int(row[0]))]
            else:
                levels = [Level(place, *rest) for place, (_, *rest) in enumerate(rows)]
            yield Classified(tuple(levels), attribute(scheme, "name"), attribute(scheme, uri))


def rescaled(factors: Mapping[str, float], scale: float) -> dict[str, float]:
    """Return the factors divided by the reference's own; what leaves the range of a float64 is left out."""
    divided = {name: factor / scale for name, factor in factors.items()}
    return {name: factor for name, factor in divided.items() if 0.0 < factor < math.inf}


def unit_group(root: Element, where: str, log: Log) -> UnitGroup:
    """Return a unit group; factors are to the reference unit."""
    key, version = identity(root, "unitGroupInformation", where, log)
    wanted = at(root, "unitGroupInformation/quantitativeReference/referenceToReferenceUnit")
    factors: dict[str, float] = {}
    reference = ""
    for one in root.findall("units/unit"):
        name, place = at(one, "name"), spot(where, one)
        factor = number_at(one, "meanValue", log, place)
        if not name or factor is None or factor <= 0.0:
            log.error("unit_factor_unusable", place, unit=name, value=at(one, "meanValue"))
            continue
        if factors.setdefault(name, factor) != factor:
            log.warn("unit_named_twice", place, unit=name)
        if attribute(one, "dataSetInternalID") == wanted:
            reference = name
    if not reference:
        reference = next((name for name, factor in factors.items() if factor == 1.0), next(iter(factors), ""))
        log.warn("unit_group_without_reference", where, taken=reference)
    scale = factors.get(reference, 1.0)
    if scale != 1.0:
        log.warn("unit_reference_not_one", where, unit=reference, value=scale)
        factors = rescaled(factors, scale)
    name = chosen(words(root, "unitGroupInformation/dataSetInformation/name"))
    return UnitGroup(key, name, reference, factors, version)


def flow_property(root: Element, where: str, log: Log) -> FlowProperty:
    """Return a flow property."""
    information = "flowPropertiesInformation"
    if root.find("flowPropertyInformation") is not None:
        information = "flowPropertyInformation"
    key, version = identity(root, information, where, log)
    group = Reference.of(root.find(f"{information}/quantitativeReference/referenceToReferenceUnitGroup"))
    if group is None:
        log.warn("flow_property_without_units", where)
    name = chosen(words(root, f"{information}/dataSetInformation/name"))
    return FlowProperty(key, name, group.id if group else "", version)


def flow(root: Element, where: str, log: Log) -> tuple[Flow, float]:
    """Return a flow, and the value of its reference property, which is 1 in all but odd datasets.

    Where it is not, an exchange of 1 is that many reference units: a radiator of 18.3 kg.
    """
    key, version = identity(root, "flowInformation", where, log)
    information = root.find("flowInformation/dataSetInformation")
    stated = content(root.find("modellingAndValidation//typeOfDataSet"))
    kind = _FLOW_KINDS.get(stated.lower())
    if kind is None:
        log.warn("flow_kind_unknown", where, kind=stated)
    properties, reference, value = _properties(root, where, log)
    categories, classifications = classified(information)
    synonyms = words(information, "synonyms")
    made = Flow(
        key,
        full_name(information),
        kind or FlowKind.OTHER,
        version=version,
        reference_property=reference,
        properties=properties,
        cas=cas_number(at(information, "CASNumber"), log, where) if information is not None else "",
        formula=at(information, "sumFormula") if information is not None else "",
        categories=categories,
        location=chosen(words(root, "flowInformation/geography/locationOfSupply")),
        synonyms=tuple(part.strip() for text in synonyms.values() for part in text.split(";") if part.strip()),
        classifications=classifications,
    )
    return made, value


def _properties(root: Element, where: str, log: Log) -> tuple[dict[str, float], str, float]:
    """Return how much of each property one reference unit holds, which one is the reference, and its own value."""
    wanted = at(root, "flowInformation/quantitativeReference/referenceToReferenceFlowProperty")
    properties: dict[str, float] = {}
    reference = ""
    for one in root.findall("flowProperties/flowProperty"):
        target = Reference.of(one.find("referenceToFlowPropertyDataSet"))
        place = spot(where, one)
        factor = number_at(one, "meanValue", log, place)
        if target is None or factor is None or factor <= 0.0:
            log.warn("flow_property_factor_unusable", place)
            continue
        properties[target.id] = factor
        if attribute(one, "dataSetInternalID") == wanted:
            reference = target.id
    if not reference:
        reference = next(iter(properties), "")
        log.warn("flow_without_reference_property", where, taken=reference)
    scale = properties.get(reference, 1.0)
    if scale != 1.0:
        log.warn("ilcd_reference_value_not_one", where, value=scale)
        properties = rescaled(properties, scale)
    return properties, reference, scale


def source(root: Element, where: str, log: Log) -> Citation:
    """Return a source."""
    key, version = identity(root, "sourceInformation", where, log)
    information = root.find("sourceInformation/dataSetInformation")
    name = chosen(words(information, "shortName"))
    file = information.find("referenceToDigitalFile") if information is not None else None
    text = chosen(words(information, "sourceCitation"))
    return Citation(key, "source", name, text, attribute(file, "uri"), version)


def contact(root: Element, where: str, log: Log) -> Citation:
    """Return a contact; only what identifies an institution, no telephone or e-mail."""
    key, version = identity(root, "contactInformation", where, log)
    information = root.find("contactInformation/dataSetInformation")
    name = chosen(words(information, "name")) or chosen(words(information, "shortName"))
    text = chosen(words(information, "contactAddress"))
    url = at(information, "WWWAddress") if information is not None else ""
    return Citation(key, "actor", name, text, url, version)


def spread(element: Element, centre: float | None, names: tuple[str, str], log: Log, where: str) -> Spread | None:
    """Return the spread of an exchange or a parameter.

    ILCD gives log-normal values' SDg² and normal values' 2·SD in ``relativeStandardDeviation95In`` (ILCD format 1.1,
    process dataset), declared as a percentage of the mean; programs write per cent and factors alike. What the stated
    bounds bear out is taken; without bounds a log-normal value of 5 or more is per cent, SDg² = 1 + p/100, and one
    between 1 and 5 is SDg² itself, with a finding (project default, not official). The mode of a triangle is the mean
    amount, as openLCA reads it. An undefined distribution with a percentage is a range of that width.

    Parameters
    ----------
    centre
        The mean amount, in the exchange's unit.
    names
        Tags of minimum and maximum.
    """
    stated = at(element, "uncertaintyDistributionType")
    kind = _SHAPES.get(stated.lower())
    if kind is None:
        log.warn("spread_unknown", where, kind=stated)
        return None
    percent = number_at(element, "relativeStandardDeviation95In", log, where)
    low, high = in_order(number_at(element, names[0], log, where), number_at(element, names[1], log, where), log, where)
    deviation = None
    if kind == "normal" and centre is not None:
        deviation = _doubled(percent, centre, low, high)
    elif kind == "lognormal":
        far = low if centre is not None and centre < 0.0 else high
        deviation = _squared(percent, centre, far, log, where)
    elif kind == "undefined" and percent and 0.0 < percent < 100.0 and low is None and high is None and centre:
        width = abs(centre) * percent / 100.0
        low, high = centre - width, centre + width
    return spread_of(kind, log, where, deviation=deviation, low=low, mode=centre, high=high)


def _doubled(percent: float | None, centre: float, low: float | None, high: float | None) -> float | None:
    """Return 2·SD of a normal value: of bounds that lie evenly around it and don't contradict the percentage."""
    stated = None if percent is None else abs(centre) * percent / 100.0
    if low is None or high is None or not high > low:
        return stated
    bound = (high - low) / 2.0
    even = abs((high + low) / 2.0 - centre) <= _AGREE * bound
    return bound if even and (stated is None or abs(stated - bound) <= _AGREE * bound) else stated


def _squared(percent: float | None, centre: float | None, high: float | None, log: Log, where: str) -> float | None:
    """Return SDg² of a log-normal value: its 97.5 % value (of a negative one the 2.5 % value) over its centre."""
    bound = high / centre if high is not None and centre and high / centre > 1.0 else None
    if not percent:
        return bound
    if percent < 0.0:
        return percent
    if bound is not None:
        if any(abs(reading - bound) <= _AGREE * bound for reading in (percent, 1.0 + percent / 100.0)):
            return bound  # the same, with more digits
        for reading in (percent, 1.0 + percent / 100.0):
            if abs(reading - bound) <= 0.05 * bound:
                return reading
    if 1.0 < percent < 5.0:
        log.warn("ilcd_spread_ambiguous", where, value=percent)
        return percent
    return 1.0 + percent / 100.0
