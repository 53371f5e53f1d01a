"""Changes of a worked example that may hold one element of a rule: each element has its own recipe.

A threshold is approached from both sides, a process is taken away, an allowed thing is done, a forbidden thing is done.
Whether a change really tells the rule from one with that element changed is tried by :mod:`.probing`. Nothing here
hangs on chance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from tanbiao.core.rules.probe_ground import (
    KIND,
    NOTHING,
    STAGES,
    Ground,
    Line,
    Probe,
    filled,
    row,
    scaled,
    silent,
    whole,
    without,
)
from tanbiao.core.rules.probe_prescribed import defaults, scenarios
from tanbiao.core.study.circular import FIXED_BY_RULE

Recipe = Callable[[Ground, str], Iterator[Probe]]


# --- settings and figures ---------------------------------------------------------------------------------------------


def _credits(ground: Ground, _element: str) -> Iterator[Probe]:
    yield row(ground, amount="1 kg", credit=ground.plain)


def _unknown(ground: Ground, _element: str) -> Iterator[Probe]:
    for line in ground.lines():
        yield Probe(set={f"{line.path}.amount": "unknown", f"{line.path}.reason": "probe"})


def _uncertainty(_ground: Ground, _element: str) -> Iterator[Probe]:
    yield Probe(samples=0)


def _period(months: int) -> Probe:
    year, month = divmod(months, 12)
    last = date(2020 + year, month + 1, 1) - timedelta(days=1)
    return Probe(set={"period": {"from": "2020-01-01", "to": last.isoformat()}})


def _months(ground: Ground, _element: str) -> Iterator[Probe]:
    asked = ground.rule.quality.months or 12
    for months in (asked - 1, asked, 2 * asked - 1, max(asked // 2, 1)):
        yield _period(months)


def _power(ground: Ground, supply: str, *, proved: bool, month: str) -> Probe:
    last = str(ground.document["period"]["to"])
    claim = {
        "certificate": f"PROBE-{supply}", "plant": "probe", "technology": "wind", "production": month or last[:7],
        "energy": "100 MWh", "site": "probe", "claimant": "probe",
        "cancelled": {"for": "probe", "on": last},
    }  # fmt: skip
    power = {"supply": supply, "region": "CN", "year": 2023, "generation": "wind", "site": "probe"}
    power |= {"use": "100 MWh", "metered": "100 MWh", "claims": [claim]}
    return row(ground, amount="10 kWh", electricity=power | ({"proof": "probe"} if proved else {})) + Probe(
        set={"product.sites": ["probe"]} if "sites" in ground.document["product"] else {}
    )


def _moved(day: str, months: int) -> str:
    count = int(day[:4]) * 12 + int(day[5:7]) - 1 + months
    return f"{count // 12:04d}-{count % 12 + 1:02d}"


def _electricity(ground: Ground, element: str) -> Iterator[Probe]:
    supplies: tuple[str, ...] = ground.rule.electricity.counts or ("green_certificate",)
    named = element.rpartition(".")[2]
    if element.startswith("electricity.counts."):
        supplies = (named,)
    window = ground.rule.electricity.window_months
    last = str(ground.document["period"]["to"])
    bare = {"region": "CN", "year": 2023, "generation": "wind"}
    for supply in supplies:
        yield row(ground, amount="10 kWh", electricity={"supply": supply, **bare})
        for proved in (True, False):
            yield _power(ground, supply, proved=proved, month="")
            if window is not None:
                yield _power(ground, supply, proved=proved, month=_moved(last, window))
                yield _power(ground, supply, proved=proved, month=_moved(last, window + 1))


def _circular(ground: Ground, _element: str) -> Iterator[Probe]:
    stated = {"virgin": ground.plain, "disposal": ground.plain}
    for name in dict.fromkeys((ground.rule.allocation.recycling, "cut_off", "fifty_fifty")):
        if name in ("cut_off", "fifty_fifty", "closed_loop"):
            yield row(ground, amount="1 kg", circular={"method": name, **stated})
    yield row(ground, amount="1 kg", circular={"method": "cff", "A": "0.5", **stated})
    for item in ground.rule.allocation.recycling_parameters:
        if item.name in FIXED_BY_RULE:
            values = {"A": "0.5", FIXED_BY_RULE[item.name]: item.value}
            yield row(ground, amount="1 kg", circular={"method": "cff", **stated, **values})
    for item in ground.rule.allocation.recycling_materials:
        yield row(ground, amount="1 kg", circular={"method": "cff", **stated, "material": item.name, "A": item.value})


def _claimed_content(ground: Ground, _element: str) -> Iterator[Probe]:
    stated = {"method": ground.rule.allocation.recycling, "virgin": ground.plain, "recycled": ground.plain}
    content = {"scrap": "post_consumer", "share": "50 %", "proof": "probe", "custody": "book_and_claim"}
    more = {"certificate": "PROBE", "amount": "1 kg"}
    yield row(ground, amount="1 kg", circular={**stated, "disposal": ground.plain, "content": [{**content, **more}]})


def _headline(ground: Ground, _element: str) -> Iterator[Probe]:
    for amount in ("1 kg", "100 kg", "10000 kg"):
        uptake = row(ground, amount=amount, gas="CO2 uptake")
        yield uptake
        yield uptake + whole(ground)
        for partial in ground.rule.boundary.partial:
            yield uptake + gate(partial)


def gate(boundary: str) -> Probe:
    """Return a probe under which the study ends at a gate."""
    outside = {"cradle_to_gate": STAGES[2:], "gate_to_gate": (STAGES[0], *STAGES[2:])}.get(boundary, ())
    made = Probe(set={"boundary": boundary})
    for stage in outside:
        made += silent(stage)
    return made


def _digits(ground: Ground, _element: str) -> Iterator[Probe]:
    for amount in ("0.123456 kg", "1.23456 kg", "123.456 kg"):
        yield row(ground, amount=amount, gas="CO2 fossil")


def _mix(ground: Ground, _element: str) -> Iterator[Probe]:
    for amount in ("1 g", "1 kg", "10 kg", "1000 kg", "1000000 kg"):
        yield row(ground, amount=amount, **{"from": ground.unknown})


# --- boundary, processes, fields --------------------------------------------------------------------------------------


def _boundary(ground: Ground, element: str) -> Iterator[Probe]:
    name = element.rpartition(".")[2]
    if element.startswith("boundary.partial."):
        yield gate(name)
        return
    for base in (NOTHING, whole(ground), *(gate(item) for item in ground.rule.boundary.partial)):
        yield base + silent(name)
        yield base + silent(name, {"excluded": "probe"})
        yield base + filled(ground, name)


def _process(ground: Ground, element: str) -> Iterator[Probe]:
    name, part = element.removeprefix("processes.").rsplit(".", 1)
    lines = ground.of(name)
    if part == "data":
        yield Probe(tuple(f"{line.path}.data" for line in lines if "data" in line.body))
        for data in ({**KIND, "kind": "secondary"}, KIND):
            yield Probe(set={f"{line.path}.data": data for line in lines})
        yield row(ground, amount="1 g", gas="CO2 fossil", process=name, data={**KIND, "kind": "secondary"})
        yield row(ground, amount="1 g", gas="CO2 fossil", process=name)
        # where another process lacks site data already, this one is only told by it alone
        known = {f"{line.path}.data": KIND for line in ground.lines() if line.emits}
        yield Probe(set={**known, **{f"{line.path}.data": {**KIND, "kind": "secondary"} for line in lines}})
        said = row(ground, amount="1 g", gas="CO2 fossil", process=name, data={**KIND, "kind": "secondary"})
        yield Probe(set=known) + said
        return
    if part == "quality_at_most":
        yield from _scores(ground, [line for line in lines if line.emits])
        for score in (1, 2, 3, 4, 5):
            data = {**KIND, "pedigree": [score] * 5}
            yield row(ground, amount="1 kg", gas="CO2 fossil", process=name, data=data)
        return
    gone = without([line for line in lines if line.stage] + ground.users(name))
    if name in ground.document.get("processes", {}):
        gone += Probe((f"processes.{name}",))
    for base in (NOTHING, whole(ground), *(gate(item) for item in ground.rule.boundary.partial)):
        yield base + gone


def _fields(ground: Ground, element: str) -> Iterator[Probe]:
    name = element.split(".")[1]
    if name in ground.document["product"].get("properties", {}):
        yield Probe((f"product.properties.{name}",))
    yield Probe(set={f"product.properties.{name}": "1 kg"})
    yield Probe(set={f"product.properties.{name}": "1"})


def _covers(ground: Ground, _element: str) -> Iterator[Probe]:
    yield NOTHING
    yield Probe(set={"product.category": "another-category"})
    yield from search(ground)


def _needs(_ground: Ground, element: str) -> Iterator[Probe]:
    path = element.split(".", 2)[2]
    yield Probe((path,))
    yield Probe(set={path: {} if path in ("sources", "parameters") else []})
    yield NOTHING


# --- data -------------------------------------------------------------------------------------------------------------


def _scores(_ground: Ground, lines: Sequence[Line]) -> Iterator[Probe]:
    for score in (1, 2, 3, 4, 5):
        rated = {f"{line.path}.data": {**_data(line), "pedigree": [score] * 5} for line in lines}
        yield Probe(set=rated)
    for parts in ([3, 3, 3, 3, 4], [2, 2, 2, 3, 3], [3, 3, 3, 2, 2], [2, 2, 2, 2, 3]):
        yield Probe(set={f"{line.path}.data": {**_data(line), "pedigree": parts} for line in lines})


def _data(line: Line) -> dict[str, Any]:
    return {**KIND, **dict(line.body.get("data", {}))}


def _quality(ground: Ground, _element: str) -> Iterator[Probe]:
    lines = [line for line in ground.lines() if line.emits]
    yield from _scores(ground, lines)
    sited = {process.id for process in ground.rule.processes if process.data == "site_specific"}
    yield from _scores(ground, [line for line in lines if line.body.get("process") in sited])


def _assessed(ground: Ground, _element: str) -> Iterator[Probe]:
    bare = {key: value for key, value in KIND.items() if key != "pedigree"}
    for weight in (0.2, 0.5, 0.8, 1.2, 2.0, 4.0, 8.0, 30.0):
        yield from (row(ground, amount=f"{weight * size:g} kg", gas="CO2 fossil", data=bare) for size in _SIZES)


_SIZES: Final = (0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)


def _primary(ground: Ground, _element: str) -> Iterator[Probe]:
    for weight in (0.2, 0.5, 0.8, 1.2, 2.0, 4.0):
        for size in _SIZES:
            yield row(ground, amount=f"{weight * size:g} kg", gas="CO2 fossil", data={**KIND, "kind": "secondary"})
    for weight in (0.5, 1.5, 4.0):
        yield from (row(ground, amount=f"{weight * size:g} kg", gas="CO2 fossil") for size in _SIZES)


def _stand_ins(ground: Ground, _element: str) -> Iterator[Probe]:
    said = {"for": "probe", "reason": "probe"}
    for weight in (0.05, 0.1, 0.2, 0.5, 0.8, 1.2, 2.0, 4.0, 8.0):
        for size in _SIZES:
            yield row(ground, amount=f"{weight * size:g} kg", stand_in=said, **{"from": ground.plain})


# --- cut-off, allocation, waivers -------------------------------------------------------------------------------------


def _cut(number: int, bound: str, process: str = "", basis: str = "mass") -> dict[str, Any]:
    body = {"id": f"probe{number}", "what": {"zh": "探测", "en": "probe"}, "bound": bound, "reason": "probe"}
    if basis == "energy":
        body |= {"energy": bound, "bound": "0 kg"}
    if basis == "emissions":
        body |= {"emission": bound, "bound": "0 kg"}
    return body | ({"process": process} if process else {})


def _cut_off(ground: Ground, element: str) -> Iterator[Probe]:
    if element.startswith("cut_off.never."):
        yield Probe(add={"cut_off": [_cut(0, "0.000001 kg", element.removeprefix("cut_off.never."))]})
        return
    yield from _cut_off_of(ground)
    weighed = Probe(set={"unit.reference_flow": {"amount": "100 kg"}})
    yield from (weighed + probe for probe in _cut_off_of(ground))


def _cut_off_of(ground: Ground) -> Iterator[Probe]:
    each, total = ground.rule.cut_off.each, ground.rule.cut_off.total
    sizes = [size * scale for size in _SIZES for scale in (1.0, 2.0, 5.0)]
    for share in (0.6 * each, 0.9 * each, 1.5 * each):
        yield from (Probe(add={"cut_off": [_cut(0, f"{share * size:.6g} kg")]}) for size in sizes)
    for share in (0.6 * total, 0.9 * total, 1.5 * total):
        count = max(int(share / (0.9 * each)) + 1, 2)
        for size in sizes:
            parts = [_cut(number, f"{share * size / count:.6g} kg") for number in range(count)]
            yield Probe(add={"cut_off": parts})
    for basis, unit in (("energy", "MJ"), ("emissions", "kg")):
        for size in sizes:
            yield Probe(add={"cut_off": [_cut(0, f"{0.9 * each * size:.6g} {unit}", basis=basis)]})
            yield Probe(add={"cut_off": [_cut(0, f"{1.5 * each * size:.6g} {unit}", basis=basis)]})


_ALLOCATIONS: Final[Mapping[str, Mapping[str, Any]]] = {
    "mass": {}, "energy": {"weighs": "lower heating value", "per_product": {"a": "1 MJ/kg", "b": "3 MJ/kg"}},
    "physical": {"weighs": "protein", "per_product": {"a": "1 kg/kg", "b": "3 kg/kg"}},
    "efficiency": {"weighs": "reference efficiency", "per_product": {"a": "0.5", "b": "0.9"}},
    "economic": {
        "prices": [
            {"from": "2020-01-01", "to": "2022-12-31", "of": {"a": "3 CNY/kg", "b": "1 CNY/kg"}, "source": "probe"}
        ]
    },
    "stated": {"shares": {"a": 0.75, "b": 0.25}},
    "causal": {"drivers": {"hours": {"amounts": {"a": "3 h", "b": "1 h"}, "source": "probe"}}},
    "subdivision": {}, "system_expansion": {"expanded": ["b"]},
}  # fmt: skip


def _shared(ground: Ground, method: str, product: str = "b") -> Probe:
    said = _renamed(_ALLOCATIONS[method], product)
    taken: dict[str, Any] = {"id": "probe-in", "amount": "2 kg", "gas": "CO2 fossil", "data": KIND}
    if method == "causal":
        taken["driver"] = "hours"
    if method == "subdivision":
        taken["product"] = "a"
    process: dict[str, Any] = {
        "gives": [{"product": "a", "amount": "1 kg"}, {"product": product, "amount": "1 kg"}],
        "allocation": {"by": method, "reason": "probe", **said},
        "emits": [taken],
    }
    if method == "system_expansion":
        process["avoids"] = [{"id": "probe-out", "amount": "1 kg", "credit": ground.plain, "product": product}]
    return _with_process(ground, process) + row(ground, amount="1 kg", **{"from": "process/probe/a"})


def _renamed(body: Any, product: str) -> Any:
    if isinstance(body, Mapping):
        return {(product if key == "b" else key): _renamed(value, product) for key, value in body.items()}
    if isinstance(body, list):
        return [_renamed(item, product) for item in body]
    return product if body == "b" else body


def _allocation(ground: Ground, element: str) -> Iterator[Probe]:
    if element.startswith("allocation.per_co_product."):
        product = element.split(".")[2]
        for method in _ALLOCATIONS:
            yield _shared(ground, method, product)
        return
    for method in _ALLOCATIONS:
        yield _shared(ground, method)


def _severity(ground: Ground, element: str) -> Iterator[Probe]:
    if element == "severities.site-data":
        yield _own_process(ground)
    for recipe in (_unknown, _uncertainty, _months, _primary, _stand_ins, _quality, _cut_off, _mix):
        yield from recipe(ground, "severities")
    for process in ground.rule.processes:
        yield from _process(ground, f"processes.{process.id}.required")
        yield from _process(ground, f"processes.{process.id}.data")
    for field_ in ground.rule.fields:
        yield from _fields(ground, f"fields.{field_.name}.required")


def _own_process(ground: Ground) -> Probe:
    """Return a probe that adds a process which the reporting company runs, without data of its site."""
    taken = {"id": "probe-in", "amount": "1 g", "gas": "CO2 fossil", "data": {**KIND, "kind": "secondary"}}
    process: dict[str, Any] = {"gives": "1 kg", "control": "own", "emits": [taken]}
    return _with_process(ground, process) + row(ground, amount="1 g", **{"from": "process/probe"})


def _with_process(ground: Ground, process: dict[str, Any]) -> Probe:
    known = "processes" in ground.document
    return Probe(set={"processes.probe": process} if known else {"processes": {"probe": process}})


def _captured(ground: Ground, _element: str) -> Iterator[Probe]:
    kept = {"fate": "stored", "share": "50 %", "site": "probe", "years": 1000, "proof": "probe", "certificate": "PROBE"}
    yield row(ground, amount="10 kg", gas="CO2 fossil", capture={**kept, "mass": "1000 t"})


def _waivable(ground: Ground, element: str) -> Iterator[Probe]:
    check, _, process = element.removeprefix("waivable.").partition(".processes.")
    known = next((item for item in ground.rule.waivable if item.check == check), None)
    roles = ("verifier",) if known is None else known.roles
    for role in roles:
        waiver = {"check": check, "by": "probe", "role": role, "reason": "probe"}
        named = [process] if process else [] if known is None else list(known.processes)
        waived = Probe(set={"waivers": [{**waiver, "process": name} for name in named] or [waiver]})
        yield waived
        for recipe in (_primary, _stand_ins, _quality, _months, _uncertainty):
            yield from (probe + waived for probe in recipe(ground, check))
        yield from (probe + waived for probe in search(ground))


# --- the expressions of checks ----------------------------------------------------------------------------------------


FACTORS: Final = (0.9, 1.1, 0.7, 1.4, 0.5, 2.0, 0.2, 5.0, 0.0, 30.0, 1000.0, -1.0)
FINER: Final = (1.2, 0.8, 1.6, 0.6, 3.0, 0.3, 0.95, 1.05, 10.0, 0.1, 100.0, 0.01)
"""Tried when all else has been."""


def search(ground: Ground) -> Iterator[Probe]:
    """Yield changes of everything that an expression can read: amounts, properties, words, rows."""
    lines = ground.lines()
    yield NOTHING
    yield from _stretched(ground, lines, FACTORS)
    yield from _reworded(lines)
    yield from _missing(lines)
    for line in lines:
        yield without([line])
    for process in sorted({str(line.body.get("process")) for line in lines if line.body.get("process")}):
        yield without(ground.of(process))
    yield from (row(ground, amount=amount, gas=gas) for gas in _GASES for amount in ("1 g", "1 kg", "100 kg"))
    for named in ground.rule.processes:
        yield row(ground, amount="1 kg", burden_free="probe", process=named.id)
        yield row(ground, amount="1 kg", gas="CO2 fossil", process=named.id)
    yield from _elsewhere(ground)
    yield from _stretched(ground, lines, FINER)


def _missing(lines: Sequence[Line]) -> Iterator[Probe]:
    """Take away all rows of one activity of a process, or of one activity."""
    groups: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        for key in ("electricity", "fuel", "gas", "emission", "transport", "from"):
            if key in line.body:
                groups.setdefault((key, ""), []).append(line)
                groups.setdefault((key, str(line.body.get("process", ""))), []).append(line)
    for found in groups.values():
        yield without(found)


def _elsewhere(ground: Ground) -> Iterator[Probe]:
    """Put rows of several kinds into each stage."""
    bare = {"supply": "own_generation", "region": "CN", "year": 2023, "generation": "wind"}
    for stage in STAGES:
        at = f"stages.{stage}"
        for body in (
            {"amount": "10 kWh", "electricity": bare},
            {"amount": "1 kg", "gas": "CO2 fossil"},
            {"amount": "1 kg", "from": ground.plain},
        ):
            yield filled(ground, stage) + Probe(add={at: [{"id": "probe", "data": KIND, **body}]})


_GASES: Final = ("CO2 fossil", "CO2 biogenic", "CO2 uptake", "CH4 fossil", "N2O")


def _stretched(ground: Ground, lines: Sequence[Line], factors: Sequence[float]) -> Iterator[Probe]:
    properties = ground.document["product"].get("properties", {})
    parameters = ground.document.get("parameters", {})
    for factor in factors:
        for line in lines:
            text = scaled(line.body.get("amount"), factor)
            if text is not None:
                yield Probe(set={f"{line.path}.amount": text})
        for name, value in properties.items():
            text = scaled(value, factor)
            if text is not None:
                yield Probe(set={f"product.properties.{name}": text})
        for name, value in parameters.items():
            amount = value.get("amount") if isinstance(value, Mapping) else value
            text = scaled(amount, factor)
            if text is not None:
                place = f"parameters.{name}.amount" if isinstance(value, Mapping) else f"parameters.{name}"
                yield Probe(set={place: text})
        yield from _together(lines, factor)


def _together(lines: Sequence[Line], factor: float) -> Iterator[Probe]:
    """Stretch rows that belong together: one activity, one gas, one process, one stage."""
    groups: dict[str, list[Line]] = {}
    for line in lines:
        for key in ("electricity", "fuel", "gas", "transport", "from"):
            if key in line.body:
                groups.setdefault(key, []).append(line)
        if line.body.get("process"):
            groups.setdefault(f"process {line.body['process']}", []).append(line)
        groups.setdefault(f"stage {line.stage}", []).append(line)
    for found in groups.values():
        texts = {f"{line.path}.amount": scaled(line.body.get("amount"), factor) for line in found}
        kept = {path: text for path, text in texts.items() if text is not None}
        if len(kept) > 1:
            yield Probe(set=kept)


def _reworded(lines: Sequence[Line]) -> Iterator[Probe]:
    processes = sorted({str(line.body["process"]) for line in lines if line.body.get("process")})
    words: dict[str, list[Any]] = {"gas": list(_GASES), "process": processes}
    for line in lines:
        for key, values in words.items():
            if key in line.body:
                yield from (Probe(set={f"{line.path}.{key}": value}) for value in values if value != line.body[key])
        if line.body.get("process"):
            yield Probe((f"{line.path}.process",))
        if "data" in line.body:
            for kind in ("secondary", "primary", "site_specific", "estimate"):
                yield Probe(set={f"{line.path}.data": {**_data(line), "kind": kind}})
            yield Probe((f"{line.path}.data",))
        if "electricity" in line.body:
            yield Probe(set={f"{line.path}.electricity.region": "CN-GD"})
            own = {"supply": "own_generation", "generation": "wind", "proof": "probe"}
            yield Probe(set={f"{line.path}.electricity.{key}": value for key, value in own.items()})
        if line.body.get("source"):
            yield Probe((f"{line.path}.source",))
    for boundary in ("cradle_to_grave", "cradle_to_gate"):
        yield Probe(set={"boundary": boundary})
    yield Probe(set={"product.country": "DE"})
    yield _period(6)


RECIPES: Final[tuple[tuple[str, Recipe], ...]] = (
    ("credits", _credits),
    ("unknown_amounts", _unknown),
    ("quality.uncertainty", _uncertainty),
    ("quality.shorter", _months),
    ("quality.site_data", lambda ground, _element: search(ground)),
    ("quality.months", _months),
    ("quality.assessed_at_least", _assessed),
    ("quality.primary_share_at_least", _primary),
    ("quality.stand_ins_at_most", _stand_ins),
    ("quality.", _quality),
    ("electricity.", _electricity),
    ("allocation.recycling", _circular),
    ("allocation.book_and_claim", _claimed_content),
    ("allocation.", _allocation),
    ("declared_value.digits", _digits),
    ("declared_value.", _headline),
    ("grade.", _digits),
    ("gwp_mix.", _mix),
    ("severities.", _severity),
    ("capture", _captured),
    ("boundary.", _boundary),
    ("processes.", _process),
    ("fields.", _fields),
    ("covers.", _covers),
    ("report_sections.", _needs),
    ("cut_off.", _cut_off),
    ("waivable.", _waivable),
    ("scenarios.", scenarios),
    ("defaults.", defaults),
)
"""Beginning of an element's place → its recipe; the first that fits."""


def probes(ground: Ground, element: str) -> Iterator[Probe]:
    """Yield the changes that may hold an element, the simplest first."""
    recipe = next((made for start, made in RECIPES if element.startswith(start)), None)
    yield from search(ground) if recipe is None else recipe(ground, element)
