"""A study as an inventory, so that its product can be written as datasets of other programs.

The product becomes a unit process of its declared unit that takes one process per life-cycle stage; the study's own
processes and the stages are unit processes with their suppliers, amounts nominal. Each factor of the release that is
used becomes a system process with its gases. What a factor has no gases for stands as an elementary flow of its own in
kg CO2e under the study's GWP set, to be characterised with 1: without it the receiving program would lose it silently.

What has no place in a dataset (absences, credits that stand apart, losses) stands in the documentation of its process,
and absences are findings besides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from tanbiao.core import units
from tanbiao.core.dataset.inventory import (
    AllocationFactor,
    Citation,
    Exchange,
    Flow,
    FlowKind,
    Inventory,
    Process,
    ProcessKind,
    Spread,
)
from tanbiao.core.dataset.licences import redistribution
from tanbiao.core.dataset.model import Dataset
from tanbiao.core.dataset.nomenclature import UNSPLIT
from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.core.numerics.distributions import LogNormal, Normal, Triangular, Uniform
from tanbiao.core.study.allocation import SEPARATOR, Split
from tanbiao.core.study.calculation import Settings, accounted
from tanbiao.core.study.credits import kind_of
from tanbiao.core.study.flows import Flow as Resolved
from tanbiao.core.study.flows import Priced, Resolver
from tanbiao.core.study.material_parts import CreditKind
from tanbiao.core.study.model import Output, Row, Study
from tanbiao.core.study.model import Process as OwnProcess
from tanbiao.core.study.spread import spread_of
from tanbiao.formats.reading import name_id
from tanbiao.formats.release_export import gas_flow, inventory_of_release

if TYPE_CHECKING:
    from tanbiao.core.rules.model import Rule
    from tanbiao.core.study.background import Background

__all__ = ["inventory_of_study"]

FORMAT: Final = "tanbiao-study"
STAGES: Final = {
    "raw_materials": ("原材料获取", "raw materials"),
    "manufacturing": ("生产制造", "manufacturing"),
    "distribution": ("分销", "distribution"),
    "use": ("使用", "use"),
    "end_of_life": ("生命末期", "end of life"),
}
_METHODS: Final = {"mass": "physical", "energy": "physical", "physical": "physical", "economic": "economic"}
_UPTAKE: Final = "CO2 uptake"


def inventory_of_study(study: Study, release: Background, rule: Rule | None = None, *, own: bool = False) -> Inventory:
    """Return a study as an inventory; its findings say what it leaves out.

    Parameters
    ----------
    own
        The holder of the licences takes it for own use: factors whose licence forbids passing them on come along.
        Without it they stay out, by name, and their users name a supplier that is not in the file.

    Raises
    ------
    TanbiaoError
        As :func:`tanbiao.core.study.calculation.accounted`: what could not be calculated is no dataset either.
    """
    resolver, ledger, _counted = accounted(study, release, rule)
    made = _Made(study, resolver.release, resolver, Settings.of(rule).credits_counted)
    made.own_processes(ledger.flows)
    made.stages(ledger.flows)
    made.product()
    made.background(own)
    flows = {**made.background_flows, **made.flows}
    return Inventory(FORMAT, tuple(made.processes), flows, citations=made.citations, findings=tuple(made.told))


@dataclass(slots=True)
class _Made:
    study: Study
    release: Background
    resolver: Resolver
    credits_counted: frozenset[CreditKind]
    """Kinds of credits that the rule counts in the total: the others are told and not exchanged."""
    processes: list[Process] = field(default_factory=list)
    flows: dict[str, Flow] = field(default_factory=dict)
    background_flows: dict[str, Flow] = field(default_factory=dict)
    citations: dict[str, Citation] = field(default_factory=dict)
    told: list[Finding] = field(default_factory=list)
    used: dict[str, Dataset] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The id of the product: the same for every revision of the study."""
        product = self.study.product
        return name_id("study product", product.name.best("zh"), product.name.best("en"), product.model or "")

    def _counts(self, flow: Resolved, module: str | None = None) -> bool:
        return kind_of(flow, module) in self.credits_counted

    # --- the study's own --------------------------------------------------------------------------------------

    def own_processes(self, flows: Iterable[Resolved]) -> None:
        """Add each process; one whose rows are shared one by one becomes a process per product."""
        listed = list(flows)
        for name, process in sorted(self.study.processes.items()):
            split = self.resolver.split(name, process)
            if split is not None and split.row_by_row:
                for product in split.products:
                    self._own_process(name, process, f"{name}{SEPARATOR}{product}", [product], None, listed)
                continue
            products = [product for product, _ in _gives(process) if split is None or product in split.products]
            self._own_process(name, process, name, products, split, listed)

    def _own_process(
        self,
        name: str,
        process: OwnProcess,
        node: str,
        products: list[str],
        split: Split | None,
        flows: Iterable[Resolved],
    ) -> None:
        owned = [one for one in flows if one.user == node]
        words = process.name.both() if process.name else {"": name}
        amounts = dict(_gives(process))
        outputs: list[Exchange] = []
        for product in products:
            amount, unit = units.parse_amount(amounts[product], f"processes.{name}.gives")
            flow = self._product_flow(name, product)
            named = _name_of_output(process, product) or words
            self.flows[flow] = Flow(flow, named, FlowKind.PRODUCT, unit=str(unit))
            number = str(len(outputs) + 1)
            outputs.append(Exchange(flow, False, amount, str(unit), id=number, is_reference=not outputs))
        method = _METHODS.get(process.allocation.by, "other") if process.allocation is not None else ""
        shares = split.general if split is not None and len(products) > 1 else {}
        found = Process(
            self._process_id(node),
            words if node == name else _name_of_output(process, products[0]) or words,
            ProcessKind.UNIT,
            (*outputs, *self._exchanges(owned, len(outputs))),
            allocation=tuple(
                AllocationFactor(self._product_flow(name, product), share, method)  # type: ignore[arg-type]
                for product, share in shares.items()
            ),
            default_allocation=method if shares else "",
            documentation=self._documented(owned, process.source, process.note),
        )
        self._add(found)

    def stages(self, flows: Iterable[Resolved]) -> None:
        listed = list(flows)
        amount, unit = units.parse_amount(self.study.unit.declared, "unit.declared")
        for stage, body in self.study.stages.items():
            owned = [one for one in listed if one.owner == f"stages.{stage}"]
            if not body.rows:
                continue
            flow = f"{self.key}/stage/{stage}"
            words = self._product_words(STAGES[stage])
            self.flows[flow] = Flow(flow, words, FlowKind.PRODUCT, unit=str(unit))
            reference = Exchange(flow, False, amount, str(unit), id="1", is_reference=True)
            exchanges = (reference, *self._exchanges(owned, 1))
            self._add(
                Process(flow, words, ProcessKind.UNIT, exchanges, documentation=self._documented(owned, None, None))
            )

    def product(self) -> None:
        amount, unit = units.parse_amount(self.study.unit.declared, "unit.declared")
        words = self._product_words(None)
        self.flows[self.key] = Flow(self.key, words, FlowKind.PRODUCT, unit=str(unit))
        exchanges = [Exchange(self.key, False, amount, str(unit), id="1", is_reference=True)]
        undeclared = []
        for stage, body in self.study.stages.items():
            if body.rows:
                flow = f"{self.key}/stage/{stage}"
                exchanges.append(Exchange(flow, True, amount, str(unit), id=str(len(exchanges) + 1), provider=flow))
            else:
                state = "not declared" if body.not_declared else "excluded" if body.excluded else "empty"
                why = body.not_declared or body.excluded or body.empty or ""
                undeclared.append(f"{STAGES[stage][1]}: {state} ({why})")
        told = {
            "functional unit": self.study.unit.functional.best("en") if self.study.unit.functional else "",
            "GWP set": self.study.gwp,
            "release": f"{self.release.name} {self.release.hash}",
            "rule": self.study.rule or "",
            "stages without rows": "\n".join(undeclared),
            "study": self.study.hash,
        }
        documentation = {key: text for key, text in told.items() if text}
        self._add(Process(self.key, words, ProcessKind.UNIT, tuple(exchanges), documentation=documentation))

    def _add(self, process: Process) -> None:
        period = self.study.period
        self.processes.append(
            replace(
                process,
                version=self.study.hash.removeprefix("sha256:")[:12],
                location=self.study.product.country,
                valid_from=period.from_,
                valid_until=period.to,
                where=process.id,
            )
        )

    # --- rows -------------------------------------------------------------------------------------------------

    def _exchanges(self, owned: Iterable[Resolved], before: int) -> Iterator[Exchange]:
        number = before
        for flow in owned:
            for exchange in self._of_row(flow):
                number += 1
                yield replace(exchange, id=str(number))

    def _of_row(self, flow: Resolved) -> Iterator[Exchange]:
        missing = flow.absence or flow.hidden
        if missing is not None:
            self.told.append(
                finding(
                    "study_row_not_exported",
                    Severity.WARNING,
                    flow.where,
                    row=flow.row.id,
                    kind=missing.kind.value,
                    reason=missing.reason,
                )
            )
        if flow.absence is not None or (flow.is_credit and not self._counts(flow)):
            return
        amount, comment = float(flow.amount[0]), _comment(flow.row)
        if flow.feeds is not None:
            yield self._from_own(flow, flow.feeds, amount, comment)
        for part in flow.parts:
            if part.credit and not self._counts(flow, part.module):
                continue
            used = amount * part.per_amount
            spread = _spread(flow, abs(used))
            if part.gas is not None:
                key = f"gas:{part.gas}"
                self.background_flows.setdefault(key, gas_flow(part.gas))
                yield Exchange(key, part.gas == _UPTAKE, used, "kg", spread=spread, comment=comment)
            elif part.dataset is not None:
                yield self._from_dataset(part, part.dataset, used, spread, comment)

    def _from_own(self, flow: Resolved, node: str, amount: float, comment: str) -> Exchange:
        name, _, product = str(flow.row.from_ or flow.row.treatment).removeprefix("process/").partition("/")
        process = self.study.processes[name]
        given = dict(_gives(process))
        product = product or next(iter(given))
        split = self.resolver.split(name, process)
        share = 1.0 if split is None or split.row_by_row else split.general[product]
        made, unit = units.parse_amount(given[product], f"processes.{name}.gives")
        times = flow.runs_per_amount * made / share
        # A row in the unit of what it takes keeps its amount to the last digit.
        used = amount if abs(times - 1.0) < 1e-12 else amount * times
        return Exchange(
            self._product_flow(name, product),
            True,
            used,
            str(unit),
            provider=self._process_id(node),
            spread=_spread(flow, abs(used)),
            comment=comment,
        )

    def _from_dataset(
        self, part: Priced, dataset: Dataset, used: float, spread: Spread | None, comment: str
    ) -> Exchange:
        self.used[dataset.id] = dataset
        return Exchange(
            f"product:{dataset.id}",
            True,
            used * part.sign,
            dataset.reference.unit,
            provider=dataset.id,
            spread=spread,
            comment=comment,
        )

    # --- the background ---------------------------------------------------------------------------------------

    def background(self, own: bool) -> None:
        kept = []
        for name, dataset in sorted(self.used.items()):
            licence = f"{dataset.licence}; redistribution: {dataset.redistribution}"
            if redistribution(licence) == "forbidden" and not own:
                params = {"name": dataset.name.best("zh") or name, "id": name, "licence": dataset.licence[:200]}
                self.told.append(finding("export_background_left_out", Severity.WARNING, name, **params))
                words = {"zh": dataset.name.zh, "en": dataset.name.en}
                named = {key: text for key, text in words.items() if text} or {"": name}
                self.background_flows[f"product:{name}"] = Flow(
                    f"product:{name}", named, FlowKind.PRODUCT, unit=dataset.reference.unit
                )
                continue
            kept.append(dataset.model_copy(update={"inputs": (), "emissions": (), "gaps": ()}))
        made = inventory_of_release(kept)
        self.citations = dict(made.citations)
        self.background_flows |= made.flows
        self.processes += [self._with_rest(one) for one in made.processes]

    def _with_rest(self, process: Process) -> Process:
        """Add what of a factor has no gas, as kg CO2e; a factor without masses has it all there."""
        dataset = self.used[process.id]
        intensity = self.release.intensity(process.id, self.study.gwp)
        rest = intensity.total if dataset.gases is None else intensity.gases.get("undivided", 0.0)
        if not rest:
            return process
        key = f"{UNSPLIT}{self.study.gwp}"
        self.flows.setdefault(key, _co2e(key, self.study.gwp))
        number = str(len(process.exchanges) + 1)
        return replace(process, exchanges=(*process.exchanges, Exchange(key, False, rest, "kg", id=number)))

    # --- words ------------------------------------------------------------------------------------------------

    def _product_words(self, stage: tuple[str, str] | None) -> dict[str, str]:
        names = self.study.product.name.both()
        if stage is None:
            return names
        return {"zh": f"{names['zh']} · {stage[0]}", "en": f"{names['en']} · {stage[1]}"}

    def _process_id(self, name: str) -> str:
        return f"{self.key}/process/{name}"

    def _product_flow(self, name: str, product: str) -> str:
        return f"{self.key}/product/{name}" + (f"/{product}" if product else "")

    def _documented(self, owned: Iterable[Resolved], source: str | None, note: str | None) -> dict[str, str]:
        listed = list(owned)
        told = {
            "source": source or "",
            "note": note or "",
            "not known or left out": "\n".join(
                f"{_label(one.row)}: {one.absence.kind.value} ({one.absence.reason})"
                for one in listed
                if one.absence is not None
            ),
            "credits, apart from the total": "\n".join(
                f"{_label(one.row)}: {one.row.amount}"
                for one in listed
                if (one.is_credit and not self._counts(one))
                or any(part.credit and not self._counts(one, part.module) for part in one.parts)
            ),
            "losses and inputs without burden": "\n".join(
                f"{_label(one.row)}: {one.row.amount}" for one in listed if one.outflow and one.absence is None
            ),
        }
        return {key: text for key, text in told.items() if text}


def _gives(process: OwnProcess) -> list[tuple[str, str]]:
    """Return (product, amount) of what a process gives; the product is empty where it has one alone."""
    if isinstance(process.gives, str):
        return [("", process.gives)]
    return [(one.product, one.amount) for one in process.gives]


def _name_of_output(process: OwnProcess, product: str) -> dict[str, str] | None:
    if isinstance(process.gives, str):
        return None
    found: Output = next(one for one in process.gives if one.product == product)
    return found.name.both() if found.name else {"": product}


def _label(row: Row) -> str:
    return row.name.best("en") if row.name else row.id


def _comment(row: Row) -> str:
    formula = row.amount if isinstance(row.amount, str) and row.amount.startswith("=") else ""
    stand_in = f"stand-in for {row.stand_in.for_}: {row.stand_in.reason}" if row.stand_in else ""
    return "; ".join(filter(None, [_label(row), formula, row.source, row.derivation, stand_in, row.note]))


def _co2e(key: str, gwp_set: str) -> Flow:
    words = {
        "zh": f"温室气体（未按气体拆分，kg CO2e，GWP100 {gwp_set}）",
        "en": f"Greenhouse gases, not split by gas (kg CO2e, GWP100 {gwp_set})",
    }
    return Flow(key, words, FlowKind.ELEMENTARY, categories=("emission", "air"), unit="kg")


def _spread(flow: Resolved, amount: float) -> Spread | None:
    """Return the spread of a row's amount as far as its author states or scores it; None where it is assumed."""
    if not amount:
        return None
    pedigree = flow.row.data.pedigree if flow.row.data and flow.row.data.pedigree else ()
    found = spread_of(flow.row.data, float(flow.amount[0]), flow.unit, flow.where)
    shape = found.distribution
    if found.basis == "assumed":
        return None
    if isinstance(shape, LogNormal):
        return Spread("lognormal", sigma=shape.sigma, pedigree=pedigree)
    if isinstance(shape, Normal):
        return Spread("normal", sigma=shape.sd * amount, pedigree=pedigree)
    if isinstance(shape, Triangular):
        return Spread("triangular", minimum=shape.low * amount, mode=amount, maximum=shape.high * amount)
    if isinstance(shape, Uniform):
        return Spread("uniform", minimum=shape.low * amount, maximum=shape.high * amount)
    return None
