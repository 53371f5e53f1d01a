"""Processes of openLCA JSON-LD."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from tanbiao.core.dataset.inventory import (
    AllocationFactor,
    Citation,
    Exchange,
    Flow,
    FlowKind,
    Parameter,
    Process,
    ProcessKind,
    Spread,
    UnitGroup,
)
from tanbiao.core.findings import Severity, TanbiaoError
from tanbiao.formats.formulas import Scope, evaluate
from tanbiao.formats.json_values import number_of, text_of, truth_of
from tanbiao.formats.openlca_parts import (
    ECOINVENT,
    Categories,
    Document,
    QualitySystem,
    date_of,
    id_of,
    items_of,
    kind_of,
    name_of,
    scores_of,
    spread_of,
    translated,
    words_of,
)
from tanbiao.formats.reading import UNKNOWN, Log

AGREE: Final = 1e-6
"""Relative difference up to which a stated amount and its formula agree (project default, not official)."""
_Method = Literal["physical", "economic", "causal", "other"]
_OTHER: Final[_Method] = "other"
_ALLOCATION: Final[Mapping[str, _Method]] = {
    "PHYSICAL_ALLOCATION": "physical",
    "ECONOMIC_ALLOCATION": "economic",
    "CAUSAL_ALLOCATION": "causal",
}
_DEFAULTS: Final = {"NO_ALLOCATION": "none", "USE_DEFAULT_ALLOCATION": "default"}
_TAKEN: Final = frozenset(
    ("@type", "@id", "@context", "name", "version", "category", "processType", "exchanges", "parameters")
).union(("allocationFactors", "location", "defaultAllocationMethod", "processDocumentation"))
_TAKEN_DOCUMENTATION: Final = frozenset(
    ("@type", "validFrom", "validUntil", "technologyDescription", "restrictionsDescription")
).union(("reviews", "reviewDetails", "reviewer", "sources", "contributors"))
"""Fields of their own, and what stands among the citations."""
_MAX_WORDS: Final = 100_000


@dataclass(slots=True)
class Archive:
    """What processes refer to, and what reading them adds."""

    log: Log
    flows: dict[str, Flow] = field(default_factory=dict)
    unit_groups: dict[str, UnitGroup] = field(default_factory=dict)
    unit_names: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Unit id → (unit group id, unit name)."""
    property_groups: dict[str, str] = field(default_factory=dict)
    """Flow property id → unit group id."""
    categories: Categories = field(default_factory=lambda: Categories(()))
    places: dict[str, str] = field(default_factory=dict)
    """Location id → code."""
    quality: dict[str, QualitySystem] = field(default_factory=dict)
    scope: Scope = field(default_factory=Scope)
    """The archive's own parameters."""
    citations: dict[str, Citation] = field(default_factory=dict)
    old_keys: bool = False
    """Whether a key of schema 1 was seen."""


def place_of(archive: Archive, reference: object) -> str:
    """Return the code of a location, or the one that the reference itself carries, else the name it tells."""
    own = text_of(reference.get("code")) if isinstance(reference, dict) else ""
    return archive.places.get(id_of(reference), "") or own or name_of(reference)


def parameters_of(
    documents: list[Document], outer: Scope | None, process: str, log: Log, where: str
) -> tuple[tuple[Parameter, ...], Scope]:
    """Return the parameters, and the scope in which formulas beside them are evaluated."""
    rows: list[tuple[Document, str, float | None, str]] = []
    scope = Scope(outer)
    seen: set[str] = set()
    for count, one in enumerate(documents):
        translated(one)
        place = f"{where}#parameters[{count}]"
        name, formula = text_of(one.get("name")), text_of(one.get("formula"))
        if "isInputParameter" in one and truth_of(one["isInputParameter"]):
            formula = ""
        value = number_of(one.get("value"), log, place, name)
        if not name or name.lower() in seen:
            log.warn("parameter_twice" if name else "parameter_unnamed", place, name=name)
            continue
        seen.add(name.lower())
        scope.define(name, value, formula)
        rows.append((one, name, value, formula))
    values = scope.settle().values()
    for name, error in scope.failures.items():
        log.failed(error, f"{where}#parameters.{name}", Severity.WARNING)
    made = []
    for one, name, stated, formula in rows:
        found = values.get(name.lower())
        place = f"{where}#parameters.{name}"
        if found is None:
            log.error("parameter_without_value", place, name=name)
        elif formula and stated is not None and not _agree(stated, found):
            log.warn("formula_gives_other_value", place, stated=stated, computed=found)
        spread = spread_of(one.get("uncertainty"), (), None, log, place)
        made.append(Parameter(name, found, formula, process, spread, text_of(one.get("description"))))
    return tuple(made), scope


def _agree(stated: float, computed: float) -> bool:
    return abs(stated - computed) <= AGREE * max(abs(stated), abs(computed))


class ProcessReader:
    """Reads one process of an archive."""

    def __init__(self, archive: Archive, document: Document, where: str) -> None:
        self.archive, self.log, self.document, self.where = archive, archive.log, document, where
        self.id = id_of(document)
        self.counts: Counter[str] = Counter()
        self.scope = Scope()
        self.reviews = 0
        system = id_of(document.get("exchangeDqSystem"))
        self.matrix = archive.quality.get(system, QualitySystem(())) if system else ECOINVENT

    def read(self) -> Process:
        """Return the process; what is wrong with it is noted."""
        document = self.document
        archive = self.archive
        archive.old_keys |= translated(document)
        parameters, self.scope = parameters_of(
            items_of(document.get("parameters")), archive.scope, self.id, self.log, self.where
        )
        raw = document.get("exchanges")
        if raw is not None and not isinstance(raw, list):
            self.log.error("field_not_a_list", self.where, field="exchanges")
        rows = items_of(raw)
        read = [(row, self._exchange(row, count)) for count, row in enumerate(rows)]
        exchanges = tuple(one for _, one in read if one is not None)
        references = [one for one in exchanges if one.is_reference]
        if not references:
            self.log.error("reference_missing", self.where, name=text_of(document.get("name")))
        elif len(references) > 1:
            self.log.warn("reference_several", self.where, count=len(references))
        documentation = self._documentation()
        stated = document.get("processDocumentation")
        about: Document = stated if isinstance(stated, dict) else {}
        start, end = (date_of(about.get(key), self.log, self.where) for key in ("validFrom", "validUntil"))
        if start and end and start > end:
            self.log.warn("validity_reversed", self.where, start=start, end=end)
        default = text_of(document.get("defaultAllocationMethod")).upper()
        made = Process(
            self.id,
            {"": text_of(document.get("name"))},
            ProcessKind.SYSTEM if text_of(document.get("processType")).upper() == "LCI_RESULT" else ProcessKind.UNIT,
            exchanges,
            version=text_of(document.get("version")),
            location=place_of(archive, document.get("location")),
            valid_from=start,
            valid_until=end,
            technology=text_of(about.get("technologyDescription")),
            categories=archive.categories.path(document.get("category")),
            parameters=parameters,
            allocation=self._allocation(read),
            default_allocation=_ALLOCATION.get(default, "") or _DEFAULTS.get(default, ""),
            citations=self._citations(about),
            licence=text_of(about.get("restrictionsDescription")),
            is_waste_treatment=any(one.is_input and not one.is_avoided for one in references),
            documentation=documentation,
            where=self.where,
        )
        for code, count in self.counts.items():
            self.log.warn(code, self.where, count=count)
        return made

    def _exchange(self, raw: Document, count: int) -> Exchange | None:
        self.archive.old_keys |= translated(raw)
        spot = f"exchanges[{count}]"
        where = f"{self.where}#{spot}"
        flow = id_of(raw.get("flow"))
        if not flow:
            self.log.error("exchange_without_flow", where)
            return None
        is_reference = truth_of(raw.get("isQuantitativeReference"))
        provider = id_of(raw.get("defaultProvider"))
        if flow not in self.archive.flows:
            self._stub(raw["flow"], flow, is_reference or bool(provider), where)
        formula = text_of(raw.get("amountFormula"))
        flow_property = id_of(raw.get("flowProperty"))
        entry = text_of(raw.get("dqEntry"))
        return Exchange(
            flow,
            truth_of(raw.get("isInput")),
            self._amount(raw.get("amount"), formula, where, name_of(raw["flow"]) or flow),
            unit=self._unit(raw.get("unit"), flow, flow_property, where),
            id=text_of(raw.get("internalId")) or id_of(raw) or str(count + 1),
            flow_property=flow_property,
            formula=formula,
            is_reference=is_reference,
            is_avoided=truth_of(raw.get("isAvoidedProduct")),
            provider=provider,
            location=place_of(self.archive, raw.get("location")),
            spread=self._spread(raw, entry, where)
            if entry or "uncertainty" in raw or "baseUncertainty" in raw
            else None,
            comment=text_of(raw.get("description")),
            where=spot,
            quality=entry,
        )

    def _stub(self, reference: Document, flow: str, is_product: bool, where: str) -> None:
        """Stand in for a flow that the archive names but does not hold."""
        path = self.archive.categories.path(reference.get("category"))
        kind = kind_of(reference)
        if kind is None:
            wide = path[0].lower() if path else ""
            if is_product or wide.startswith(("technosphere", "product")):
                kind = FlowKind.PRODUCT
            else:
                kind = FlowKind.ELEMENTARY if wide.startswith("elementary") else FlowKind.OTHER
        self.log.warn("flow_not_included", where, flow=flow, name=name_of(reference), kind=kind.value)
        unit = text_of(reference.get("refUnit"))
        self.archive.flows[flow] = Flow(flow, {"": name_of(reference)}, kind, categories=path, unit=unit)

    def _amount(self, raw: object, formula: str, where: str, flow: str) -> float:
        stated = number_of(raw, self.log, where, "amount")
        if formula:
            try:
                computed = evaluate(formula, self.scope)
            except TanbiaoError as error:
                self.log.failed(error, where, Severity.WARNING)
            else:
                if stated is None:
                    return computed
                if not _agree(stated, computed):
                    self.log.warn("formula_gives_other_amount", where, stated=stated, computed=computed)
        if stated is None:
            self.log.error("amount_missing", where, flow=flow)
            return UNKNOWN
        return stated

    def _unit(self, reference: object, flow: str, flow_property: str, where: str) -> str:
        archive = self.archive
        known = archive.flows[flow]
        group = archive.property_groups.get(flow_property or known.reference_property, "")
        found = archive.unit_names.get(id_of(reference))
        name = found[1] if found else name_of(reference)
        if not name:
            units = archive.unit_groups.get(group)
            name = units.reference_unit if units else known.unit
            self.log.warn("unit_not_stated", where, taken=name)
        elif found and group and found[0] != group:
            self.log.error("unit_of_another_quantity", where, unit=name)
        elif not found and group in archive.unit_groups and name not in archive.unit_groups[group].units:
            self.log.warn("unit_not_in_group", where, unit=name, group=archive.unit_groups[group].name)
        if flow_property and known.properties and flow_property not in known.properties:
            self.log.warn("flow_property_not_of_flow", where, flow=flow)
        return name

    def _spread(self, raw: Document, entry: str, where: str) -> Spread | None:
        if not entry and "uncertainty" not in raw and "baseUncertainty" not in raw:
            return None
        scores = scores_of(entry)
        pedigree = self.matrix.pedigree(scores)
        if any(scores) and not pedigree:
            self.counts["quality_matrix_unknown"] += 1
        base = number_of(raw.get("baseUncertainty"), self.log, where, "baseUncertainty")
        return spread_of(raw.get("uncertainty"), pedigree, base, self.log, where)

    def _allocation(self, read: list[tuple[Document, Exchange | None]]) -> tuple[AllocationFactor, ...]:
        ids: dict[str, str] = {}
        by_flow: dict[str, list[str]] = {}
        for raw, exchange in read:
            if exchange is not None:
                ids |= {key: exchange.id for key in (text_of(raw.get("internalId")), id_of(raw)) if key}
                by_flow.setdefault(exchange.flow, []).append(exchange.id)
        made = []
        for count, one in enumerate(items_of(self.document.get("allocationFactors"))):
            where = f"{self.where}#allocationFactors[{count}]"
            value = number_of(one.get("value"), self.log, where, "value")
            formula = text_of(one.get("formula"))
            if formula:
                value = self._amount(one.get("value"), formula, where, "")
            if value is None:
                self.log.error("allocation_without_value", where)
                continue
            of_exchange = ""
            if isinstance(one.get("exchange"), dict):
                of_exchange = self._allocated(one["exchange"], ids, by_flow)
                if not of_exchange:
                    self.counts["allocation_exchange_unknown"] += 1
                    continue
            product = id_of(one.get("product"))
            self.counts["allocation_product_missing"] += not product
            method = _ALLOCATION.get(text_of(one.get("allocationType")).upper(), _OTHER)
            made.append(AllocationFactor(product, value, method, of_exchange, formula))
        self.counts = +self.counts
        return tuple(made)

    def _allocated(self, reference: Document, ids: Mapping[str, str], by_flow: Mapping[str, list[str]]) -> str:
        for key in (text_of(reference.get("internalId")), id_of(reference)):
            if key in ids:
                return ids[key]
        candidates = by_flow.get(id_of(reference.get("flow")), [])
        if len(candidates) > 1:
            self.counts["allocation_exchange_ambiguous"] += 1
        return candidates[0] if candidates else ""

    def _citations(self, about: Document) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for key, value in about.items():
            for one in items_of(value if isinstance(value, list) else [value]):
                kind = text_of(one.get("@type"))
                if kind in ("Source", "Actor"):
                    found[self._cited(one, kind)] = None
                elif key == "reviews":
                    reviewers = one.get("reviewers")
                    cited = [self._cited(each, "Actor") for each in items_of(reviewers)]
                    found |= dict.fromkeys(cited)
                    who = words_of(reviewers)
                    found[self._review(text_of(one.get("reviewType")), text_of(one.get("details")), who)] = None
        if text_of(about.get("reviewDetails")):
            found[self._review("", text_of(about["reviewDetails"]), name_of(about.get("reviewer")))] = None
        found.pop("", None)
        return tuple(found)

    def _cited(self, reference: Document, kind: str) -> str:
        key = id_of(reference)
        if key and key not in self.archive.citations:
            self.log.info("citation_not_included", self.where, name=name_of(reference))
            made = Citation(key, "actor" if kind == "Actor" else "source", name_of(reference))
            self.archive.citations[key] = made
        return key

    def _review(self, kind: str, details: str, who: str) -> str:
        self.reviews += 1
        key = f"{self.id}#review-{self.reviews}"
        text = "; ".join(part for part in (details, who) if part)
        self.archive.citations[key] = Citation(key, "review", kind or "review", text)
        return key

    def _documentation(self) -> dict[str, str]:
        stated = self.document.get("processDocumentation")
        about: Document = stated if isinstance(stated, dict) else {}
        translated(about)
        found = {key: words_of(value) for key, value in self.document.items() if key not in _TAKEN}
        found |= {key: words_of(value) for key, value in about.items() if key not in _TAKEN_DOCUMENTATION}
        return {key: value[:_MAX_WORDS] for key, value in found.items() if value}
