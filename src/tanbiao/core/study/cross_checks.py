"""What a single part can't show: ids used twice, references to nothing, contradictions between parts of a study."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from tanbiao.core.dataset.classifications import plain_code, scheme
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.study import allocation_checks, credits, electricity, suppliers
from tanbiao.core.study.emission_methods import methods
from tanbiao.core.study.model import ACTIVITY_KEYS, Absent, Leg, Process, Row, Study
from tanbiao.core.study.power_claims import amounts_wrong
from tanbiao.core.units import parse_amount, parse_number, parse_property

_SOURCE_KEY = re.compile(r"^(?P<key>[a-z0-9][a-z0-9-]*)(#.*)?$")


def _near(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, n=3, cutoff=0.6)
    return " / ".join(near) if near else "—"


def amount_findings(text: str, where: str, *, needs_unit: bool = True) -> Iterator[Finding]:
    """Check an amount's text: a number and a known unit, not negative. Formulas (``= …``) are checked later."""
    if text.startswith("="):
        return
    try:
        value, _ = parse_amount(text, where)
    except TanbiaoError as error:
        if needs_unit or error.code != "unit_missing":
            yield from error.findings
            return
        value = parse_number(text, where)
    if value < 0:
        yield finding("negative_amount", Severity.ERROR, where, value=text)


def cross_check(study: Study) -> list[Finding]:
    """Return the findings about a study whose parts are each well formed."""
    found: list[Finding] = []
    found += _ids(study)
    found += _amounts(study)
    rows = dict(study.rows())
    for where, row in rows.items():
        found += _row(study, where, row, rows)
    for process_id, process in study.processes.items():
        found += _process(process_id, process)
    found += [*allocation_checks.misplaced(study), *credits.checked(study)]
    found += suppliers.checked(study)
    found += _codes(study)
    found += _scope(study)
    return found


def _codes(study: Study) -> Iterator[Finding]:
    """A code of a known classification has its form; whether it exists is not for us to say."""
    for index, item in enumerate(study.product.classifications):
        known = scheme(item.scheme)
        if known is not None and not known.fits(plain_code(known, item.code)):
            params = {"scheme": known.id, "value": item.code, "source": known.source}
            yield finding("classification_code_form", Severity.WARNING, f"product.classifications[{index}]", **params)


def _ids(study: Study) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    places = [(row.id, where) for where, row in study.rows()]
    places += [(entry.id, f"cut_off.{entry.id}") for entry in study.cut_off]
    for row_id, where in places:
        if row_id in seen:
            yield finding("row_id_twice", Severity.ERROR, where, id=row_id, first=seen[row_id])
        seen.setdefault(row_id, where)


def _amounts(study: Study) -> Iterator[Finding]:
    yield from amount_findings(study.unit.declared, "unit.declared")
    if study.unit.amounts_for is not None:
        yield from amount_findings(study.unit.amounts_for, "unit.amounts_for")
    if study.unit.reference_flow is not None:
        yield from amount_findings(study.unit.reference_flow.amount, "unit.reference_flow.amount")
    for name, parameter in study.parameters.items():
        yield from amount_findings(parameter.amount, f"parameters.{name}.amount", needs_unit=False)
    for name, text in study.product.properties.items():
        yield from amount_findings(text, f"product.properties.{name}", needs_unit=False)
    for where, row in study.rows():
        if isinstance(row.amount, str):
            yield from amount_findings(row.amount, f"{where}.amount")
        elif row.amount.bound is not None:
            yield from amount_findings(row.amount.bound, f"{where}.bound")
        if row.per is not None:
            yield from amount_findings(row.per, f"{where}.per")
        yield from _properties(where, row)
        for index, leg in enumerate(row.transport or ()):
            yield from _leg(leg, f"{where}.transport[{index}]")
    for entry in study.cut_off:
        yield from amount_findings(entry.bound, f"cut_off.{entry.id}.bound", needs_unit="%" not in entry.bound)


def _leg(leg: Leg, where: str) -> Iterator[Finding]:
    """A leg has a distance, or two places; both only with the reason why the default is not taken."""
    places = leg.from_ is not None and leg.to is not None
    if leg.distance is not None:
        yield from amount_findings(leg.distance, f"{where}.distance")
        if places and not (leg.source or leg.derivation):
            yield finding("distance_without_reason", Severity.ERROR, f"{where}.distance")
    elif not places:
        yield finding("field_missing", Severity.ERROR, f"{where}.distance", key="distance")
    for key, other in (("load", "load_of_factor"), ("empty_return", "empty_consumption")):
        if (getattr(leg, key) is None) != (getattr(leg, other) is None):
            missing = key if getattr(leg, key) is None else other
            yield finding("field_missing", Severity.ERROR, f"{where}.{missing}", key=missing)


def _properties(where: str, row: Row) -> Iterator[Finding]:
    for name, text in row.properties.items():
        try:
            parse_property(name, text, f"{where}.properties.{name}")
        except TanbiaoError as error:
            yield from error.findings


def _row(study: Study, where: str, row: Row, rows: dict[str, Row]) -> Iterator[Finding]:
    yield from _activity(where, row)
    yield from _targets(study, where, row)
    if row.electricity is not None:
        yield from electricity.checked(row.electricity, f"{where}.electricity", (study.period.from_, study.period.to))
        yield from amounts_wrong(row.electricity, f"{where}.electricity")
    if row.fuel is not None and row.fuel.combustion_in is not None:
        twin = next((other for other in rows.values() if other.id == row.fuel.combustion_in), None)
        if twin is None or not _holds_combustion(twin):
            place = f"{where}.fuel.combustion_in"
            yield finding("combustion_row_missing", Severity.ERROR, place, row=row.fuel.combustion_in)
    if row.source is not None and "#" in row.source:
        key = _SOURCE_KEY.match(row.source)
        if key and key["key"] not in study.sources:
            near = _near(key["key"], list(study.sources))
            yield finding("unknown_source", Severity.ERROR, f"{where}.source", source=key["key"], near=near)
    if row.data is not None and row.data.kind == "stand_in" and row.stand_in is None:
        yield finding("stand_in_unexplained", Severity.ERROR, where)


def _holds_combustion(row: Row) -> bool:
    """Whether a row may hold a fuel's combustion: a measured gas, or a method for it."""
    known = methods().get(row.emission.method) if row.emission is not None else None
    return row.gas is not None or (known is not None and known.combustion)


def _activity(where: str, row: Row) -> Iterator[Finding]:
    given = [key for key in ACTIVITY_KEYS if getattr(row, "from_" if key == "from" else key) is not None]
    names = ", ".join(given)
    # a burden-free input or a stage row may come from nowhere; everything else is exactly one kind of activity
    if len(given) > 1:
        yield finding("several_activities", Severity.ERROR, where, given=names)
    if not given and not isinstance(row.amount, Absent):
        yield finding("no_activity", Severity.ERROR, where)
    in_process = where.startswith("processes.")
    part = where.split(".")[2] if in_process else "takes"
    if part == "emits" and given and given not in (["gas"], ["emission"]):
        yield finding("emission_without_gas", Severity.ERROR, where, given=names)
    if part == "losses" and given and given != ["what"]:
        yield finding("loss_with_activity", Severity.ERROR, where, given=names)
    if part == "takes" and given == ["what"]:
        yield finding("no_activity", Severity.ERROR, where)
    if part == "avoids" and given and given != ["credit"]:
        yield finding("avoided_without_credit", Severity.ERROR, where, given=names)
    if in_process and part == "takes" and given in (["gas"], ["emission"], ["credit"], ["circular"]):
        stage_only = given in (["credit"], ["circular"])
        yield finding("credit_inside_process" if stage_only else "gas_as_input", Severity.ERROR, where)
    if row.transport is not None and not row.transport:
        yield finding("no_activity", Severity.ERROR, where)


def _targets(study: Study, where: str, row: Row) -> Iterator[Finding]:
    for key, reference in (("from", row.from_), ("treatment", row.treatment)):
        if key == "treatment" and (reference or "").startswith(suppliers.PREFIX):
            yield finding("supplier_no_treatment", Severity.ERROR, f"{where}.{key}")
        if reference is None or not reference.startswith("process/"):
            continue
        process_id, _, product = reference.removeprefix("process/").partition("/")
        process = study.processes.get(process_id)
        if process is None:
            near = _near(process_id, list(study.processes))
            yield finding("unknown_process", Severity.ERROR, f"{where}.{key}", process=process_id, near=near)
            continue
        products = [] if isinstance(process.gives, str) else [output.product for output in process.gives]
        if product and product not in products:
            near = " / ".join(products) or "—"
            yield finding("unknown_product", Severity.ERROR, f"{where}.{key}", product=product, near=near)
        if not product and len(products) > 1:
            yield finding("product_not_named", Severity.ERROR, f"{where}.{key}", products=" / ".join(products))
    if row.process is not None and row.process not in study.processes and where.startswith("processes."):
        yield finding("unknown_process", Severity.ERROR, f"{where}.process", process=row.process, near="—")


def _process(process_id: str, process: Process) -> Iterator[Finding]:
    where = f"processes.{process_id}"
    if isinstance(process.gives, str):
        yield from amount_findings(process.gives, f"{where}.gives")
        yield from allocation_checks.checked(process_id, process)
        return
    for output in process.gives:
        yield from amount_findings(output.amount, f"{where}.gives.{output.product}")
    names = [output.product for output in process.gives]
    if len(set(names)) < len(names) or not names:
        yield finding("product_twice", Severity.ERROR, f"{where}.gives", process=process_id)
    yield from allocation_checks.checked(process_id, process)


def _scope(study: Study) -> Iterator[Finding]:
    if study.period.from_ > study.period.to:
        yield finding("period_backwards", Severity.ERROR, "period")
    goods = study.capital_goods
    if sum(value is not None for value in (goods.excluded, goods.included, goods.not_declared)) != 1:
        yield finding("capital_goods_form", Severity.ERROR, "capital_goods")
    for name, stage in study.stages.items():
        statements = [stage.not_declared, stage.excluded, stage.empty]
        if sum(value is not None for value in statements) != (0 if stage.rows else 1):
            yield finding("stage_form", Severity.ERROR, f"stages.{name}")
        if study.boundary == "cradle_to_grave" and stage.not_declared is not None:
            yield finding("boundary_contradicts_stage", Severity.ERROR, f"stages.{name}", stage=name)
    used = _used_processes(study)
    for process_id in study.processes:
        if process_id not in used:
            yield finding("process_unused", Severity.WARNING, f"processes.{process_id}", process=process_id)


def _used_processes(study: Study) -> set[str]:
    """Return the processes that a stage needs, directly or through others."""

    def named(rows: tuple[Row, ...]) -> list[str]:
        references = [reference for row in rows for reference in (row.from_, row.treatment) if reference]
        return [item.removeprefix("process/").partition("/")[0] for item in references if item.startswith("process/")]

    waiting = [name for _, stage in study.stages.items() for name in named(stage.rows)]
    used: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in used or name not in study.processes:
            continue
        used.add(name)
        waiting += named(study.processes[name].takes)
    return used
