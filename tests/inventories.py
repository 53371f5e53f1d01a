"""Generated inventories for the writers' tests: allocation, parameters, uncertainty of each kind, waste, languages."""

import math
import uuid
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from tanbiao.core.dataset.inventory import (
    AllocationFactor,
    Citation,
    Classified,
    Exchange,
    Flow,
    FlowKind,
    FlowProperty,
    Inventory,
    Level,
    ModuleResult,
    Parameter,
    Process,
    ProcessKind,
    Spread,
    UnitGroup,
)


def identifier(kind: str, number: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{kind}/{number}"))


TEXT = st.text(st.characters(categories=("L", "N"), include_characters="-, ()"), min_size=1, max_size=12).map(str.strip)
WORD = TEXT.filter(bool)
FREE = st.text(
    st.characters(categories=("L", "N", "P", "S", "Zs"), include_characters="\n"), min_size=1, max_size=20
).filter(lambda text: bool(text.strip()))
"""Text with the signs that mean something in a table: quotes, commas, bars, =, line ends."""
NUMBER = st.floats(-1e9, 1e9, allow_nan=False, allow_subnormal=False)
POSITIVE = st.floats(1e-6, 1e6)
PEDIGREE = st.one_of(st.just(()), st.tuples(*[st.integers(1, 5)] * 5))


@dataclass(frozen=True)
class Holds:
    """What a format is expected to hold beyond what all do."""

    languages: bool = False
    """Names in Chinese, English and German, else in one unnamed language."""
    absent: bool = False
    """Amounts and parameters that are unknown."""
    classified: bool = False
    """Several classifications with names, codes and addresses, not only the words of one."""
    everything: bool = False
    """Results by module, production volumes, reviews, free texts, flows of other kinds and without properties."""


PLAIN, ALL = Holds(), Holds(languages=True, absent=True, classified=True, everything=True)


@st.composite
def spreads(draw: st.DrawFn) -> Spread | None:
    low, mode, high = sorted(draw(st.lists(POSITIVE, min_size=3, max_size=3, unique=True)))
    pedigree = draw(PEDIGREE)
    return draw(
        st.sampled_from(
            [
                None,
                Spread("lognormal", sigma=draw(st.floats(0.01, 2.0)), pedigree=pedigree),
                Spread("normal", sigma=low, pedigree=pedigree),
                Spread("triangular", minimum=low, mode=mode, maximum=high, pedigree=pedigree),
                Spread("uniform", minimum=low, maximum=high, pedigree=pedigree),
                Spread("undefined", minimum=low, maximum=high, pedigree=pedigree),
                Spread("lognormal", sigma=0.3, pedigree=pedigree, base_sigma=draw(st.floats(0.01, 1.0))),
            ]
        )
    )


@st.composite
def names(draw: st.DrawFn, holds: Holds) -> dict[str, str]:
    if not holds.languages:
        return {"": draw(WORD)}
    text = FREE if holds.everything else WORD
    keys = draw(st.lists(st.sampled_from(["zh", "en", "de"]), min_size=1, max_size=3, unique=True))
    return {key: draw(text) for key in keys}


@st.composite
def classes(draw: st.DrawFn, holds: Holds) -> tuple[tuple[str, ...], tuple[Classified, ...]]:
    """Draw categories, and classifications of which the first has the same words."""
    if not holds.classified or draw(st.booleans()):
        return tuple(draw(st.lists(WORD, max_size=3))), ()
    levels = st.lists(st.tuples(WORD, st.one_of(st.just(""), WORD)), min_size=1, max_size=3)
    made = [
        Classified(
            tuple(Level(number, *texts) for number, texts in enumerate(draw(levels))),
            draw(WORD if first else st.one_of(st.just(""), WORD)),
            draw(st.sampled_from(["", "../Classes.xml"])),
        )
        for first in (True, False)[: draw(st.integers(1, 2))]
    ]
    return tuple(level.name for level in made[0].levels), tuple(made)


@st.composite
def inventories(draw: st.DrawFn, holds: Holds = PLAIN) -> Inventory:
    groups = {
        key: UnitGroup(key, draw(WORD), "ref", {"ref": 1.0, "other": draw(POSITIVE)}, draw(WORD))
        for key in (identifier("group", n) for n in range(2))
    }
    properties = {
        identifier("property", n): FlowProperty(identifier("property", n), draw(WORD), group)
        for n, group in enumerate(groups)
    }
    first, second = properties
    kinds = [FlowKind.PRODUCT, FlowKind.WASTE, FlowKind.ELEMENTARY] + [FlowKind.OTHER] * holds.everything
    flows = {}
    for n in range(draw(st.integers(1, 5))):
        key = identifier("flow", n)
        measured = {first: 1.0, second: draw(POSITIVE)} if draw(st.booleans()) else {first: 1.0}
        plain = holds.everything and draw(st.booleans())
        categories, classifications = draw(classes(holds))
        flows[key] = Flow(
            key,
            draw(names(holds)),
            draw(st.sampled_from(kinds)),
            reference_property="" if plain else first,
            properties={} if plain else measured,
            cas=draw(st.sampled_from(["", "124-38-9"])),
            categories=categories,
            classifications=classifications,
            location=draw(st.sampled_from(["", "CN", "CN-GD"])),
            synonyms=tuple(draw(st.lists(WORD, max_size=2, unique=True))),
            unit="kg" if plain else "",
        )
    source = Citation(identifier("source", 0), "source", draw(WORD), draw(WORD), "https://example.org")
    citations = {source.id: source}
    if holds.everything:
        citations["r#1"] = Citation("r#1", "review", "independent", draw(FREE))
    processes = [draw(_process(n, flows, tuple(citations), holds)) for n in range(draw(st.integers(1, 3)))]
    parameters = (Parameter("area", draw(NUMBER)), Parameter("twice", None, "area * 2"))
    parameters = (parameters[0], replace(parameters[1], value=2.0 * (parameters[0].value or 0.0)))
    if holds.absent:
        parameters += (Parameter("unknown", None, comment="not told"),)
    return Inventory("openlca-jsonld-2", tuple(processes), flows, properties, groups, parameters, citations)


@st.composite
def _process(draw: st.DrawFn, number: int, flows: dict[str, Flow], citations: tuple[str, ...], holds: Holds) -> Process:
    exchanges = []
    free = FREE if holds.everything else WORD
    for n in range(draw(st.integers(1, 4))):
        flow = flows[draw(st.sampled_from(sorted(flows)))]
        spread = draw(spreads())
        pedigree = spread.pedigree if spread else ()
        exchanges.append(
            Exchange(
                flow.id,
                draw(st.booleans()),
                math.nan if holds.absent and draw(st.integers(0, 4)) == 0 else draw(NUMBER),
                draw(st.sampled_from(["ref", "other"])) if flow.reference_property else "kg",
                id=str(n + 1),
                flow_property=flow.reference_property,
                is_reference=n == 0,
                is_avoided=draw(st.booleans()),
                provider=draw(st.sampled_from(["", identifier("process", 0), identifier("process", 99)])),
                location=draw(st.sampled_from(["", "RER"])),
                spread=spread,
                comment=draw(st.one_of(st.just(""), free)),
                quality="(" + ";".join(map(str, pedigree)) + ")" if pedigree else "",
                production_volume=draw(st.one_of(st.none(), POSITIVE)) if holds.everything and n == 0 else None,
            )
        )
    method = draw(st.sampled_from(["physical", "economic", "causal"]))
    factors = tuple(
        AllocationFactor(one.flow, draw(st.floats(0.0, 1.0)), method, one.id if method == "causal" else "")  # type: ignore[arg-type]
        for one in exchanges
    )
    reference = exchanges[0]
    key = identifier("process", number)
    categories, classifications = draw(classes(holds))
    kinds = list(ProcessKind) if holds.everything else [ProcessKind.UNIT, ProcessKind.SYSTEM]
    results = ()
    if holds.everything:
        results = (ModuleResult(draw(FREE), "A1", draw(NUMBER), "kg CO2 eq", "", identifier("method", 0)),)
    return Process(
        key,
        draw(names(holds)),
        draw(st.sampled_from(kinds)),
        tuple(exchanges),
        version="01.00.000",
        location=draw(st.sampled_from(["", "CN", "RER"])),
        valid_from="2020-01-01",
        valid_until="2024-12-31",
        technology=draw(st.one_of(st.just(""), free)),
        categories=categories,
        classifications=classifications,
        parameters=(Parameter("own", draw(NUMBER), process=key, comment="said"),),
        allocation=factors,
        default_allocation=draw(st.sampled_from(["", "physical", "none", "default"])),
        results=results,
        declared_modules=("A1",) if results else (),
        citations=citations,
        licence=draw(st.one_of(st.just(""), free)),
        is_waste_treatment=reference.is_input and not reference.is_avoided,
        documentation={"description": draw(free), "dataDocumentor": draw(WORD), "isCopyrightProtected": "true"},
    )


def plain(value: Any) -> Any:
    """Return a value without places and with numbers that went through a logarithm rounded to eleven digits."""
    if isinstance(value, Spread):
        both = [None if one is None else float(f"{one:.11g}") for one in (value.sigma, value.base_sigma)]
        return (value.kind, *both, value.minimum, value.mode, value.maximum, value.pedigree)
    if isinstance(value, Exchange):
        return replace(
            value,
            where="",
            amount="unknown" if math.isnan(value.amount) else value.amount,  # type: ignore[arg-type]
            spread=plain(value.spread),
        )
    if isinstance(value, Process):
        kept = {key: text for key, text in value.documentation.items() if key not in ("sources", "contributors")}
        exchanges = tuple(plain(one) for one in value.exchanges)
        return replace(value, where="", exchanges=exchanges, documentation=kept)
    return value


def compared(inventory: Inventory) -> dict[str, Any]:
    """Return everything of an inventory but format, findings and places, to be compared."""
    return {
        "processes": sorted((plain(one) for one in inventory.processes), key=lambda one: str(one.id)),
        "flows": dict(inventory.flows),
        "properties": dict(inventory.flow_properties),
        "groups": dict(inventory.unit_groups),
        "parameters": sorted(inventory.parameters, key=lambda one: one.name),
        "citations": dict(inventory.citations),
    }
