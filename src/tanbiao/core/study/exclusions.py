"""The cut-off ledger: everything that a study leaves out, at most how much it is, and the sum against the rule's limit.

What is left out for being small (the study's ``cut_off`` list, rows ``below_cut_off``, rows ``excluded``) counts in
the sum, by mass, energy and emission; stages and capital goods that are excluded with a reason are listed and do not:
whether they may be is a matter of the boundary. A bound is compared with the whole that it is taken from: the mass of
the reference flow, the energy of all electricity and fuel, the known total. What can't be told is null, never 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tanbiao.core.amounts import AbsenceKind, add
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.study.flows import Flow
from tanbiao.core.study.ledger import Entry, Ledger
from tanbiao.core.study.model import Absent, CutOff, Study
from tanbiao.core.study.tables import STAGE_NAMES, row_name
from tanbiao.core.study.unweighed import unweighed_rows
from tanbiao.core.units import Unit, compatible, convert, parse_amount, parse_property, parse_unit

if TYPE_CHECKING:
    from tanbiao.core.rules.model import Rule

KILOGRAM: Final = parse_unit("kg")
MEGAJOULE: Final = parse_unit("MJ")
ONE: Final = parse_unit("1")
BASES: Final = ("mass", "energy", "emissions")
CAPITAL_GOODS: Final = {"zh": "资本货物", "en": "capital goods"}


def exclusions(ledger: Ledger, total: float, rule: Rule | None, entries: Sequence[Entry] = ()) -> dict[str, Any]:
    """Return what a study leaves out.

    Parameters
    ----------
    total
        The known total, kg CO2e per declared unit.
    entries
        What counts in it: gases to which the study's GWP set gives no value are left out of them.

    Returns
    -------
    dict
        ``rows`` (``id``, ``what``, ``why``, ``where``, ``reason``, ``bound`` and ``unit`` as stated, ``counted``,
        ``shares`` by basis), ``wholes`` (kg, MJ and kg CO2e per declared unit), ``sums`` by basis (``share`` of what is
        known, ``complete``: whether every counted row has one) and ``limit`` (the rule's; null without one).
    """
    wholes = {"mass": _reference_mass(ledger.study), "energy": _energy(ledger), "emissions": abs(total) or None}
    rows = [_listed(entry, wholes, rule) for entry in ledger.study.cut_off]
    left_out: dict[str, list[Flow]] = {}
    for flow in ledger.flows:
        if _is_left_out(flow):
            left_out.setdefault(flow.where, []).append(flow)
    rows += [_absent(flows, ledger, wholes) for flows in left_out.values()]
    rows += unweighed_rows(entries, ledger.study.gwp, wholes)
    rows += _whole_parts(ledger.study)
    counted = [row["shares"] for row in rows if row["counted"]]
    return {
        "rows": rows,
        "wholes": wholes,
        "sums": {basis: _sum([shares[basis] for shares in counted]) for basis in BASES},
        "limit": None
        if rule is None
        else {"each": rule.cut_off.each, "total": rule.cut_off.total, "of": list(rule.cut_off.of)},
    }


def _sum(shares: Sequence[float | None]) -> dict[str, Any]:
    known = [share for share in shares if share is not None]
    return {"share": add(0.0, *known), "complete": len(known) == len(shares)}


def _is_left_out(flow: Flow) -> bool:
    return isinstance(flow.row.amount, Absent) and flow.row.amount.absent in (
        AbsenceKind.BELOW_CUT_OFF,
        AbsenceKind.EXCLUDED,
    )


def _listed(entry: CutOff, wholes: Mapping[str, float | None], rule: Rule | None) -> dict[str, Any]:
    """Return an entry of the study's own list; a bound in per cent is of what the rule cuts off by, else of mass."""
    value, unit = parse_amount(entry.bound, f"cut_off.{entry.id}.bound")
    plain = compatible(unit, ONE)
    own: dict[str, tuple[float, Unit] | None] = {"mass": (value, unit)}
    if plain and rule is not None:
        own = dict.fromkeys(rule.cut_off.of, (value, unit))
    elif unit.is_energy:
        own = {"energy": (value, unit)}
    if entry.energy is not None:
        own["energy"] = parse_amount(entry.energy, f"cut_off.{entry.id}.energy")
    if entry.emission is not None:
        own["emissions"] = parse_amount(entry.emission, f"cut_off.{entry.id}.emission")
    shares = {basis: _share(own.get(basis), basis, wholes[basis]) for basis in BASES}
    return {
        "id": entry.id,
        "what": entry.what.both(),
        "why": "listed",
        "where": f"cut_off.{entry.id}",
        "reason": entry.reason,
        "bound": value,
        "unit": str(unit),
        "counted": True,
        "shares": shares,
    }


def _share(bound: tuple[float, Unit] | None, basis: str, whole: float | None) -> float | None:
    if bound is None:
        return None
    value, unit = bound
    if compatible(unit, ONE):
        return value * float(unit.factor)
    target = MEGAJOULE if basis == "energy" else KILOGRAM
    plain = Unit(unit.expression, "", unit.dimension, unit.factor)
    if whole is None or not whole or not compatible(plain, target):
        return None
    return convert(value, plain, target) / whole


def _absent(flows: Sequence[Flow], ledger: Ledger, wholes: Mapping[str, float | None]) -> dict[str, Any]:
    """Return a row whose amount is left out; its bound holds for its own process, so it is scaled to the product.

    ``flows`` are its parts: more than one where the products of its process share their rows one by one.
    """
    flow = flows[0]
    absent = flow.row.amount
    assert isinstance(absent, Absent)
    stated = None
    shares: dict[str, float | None] = dict.fromkeys(BASES)
    if absent.bound is not None:
        stated = parse_amount(absent.bound, f"{flow.where}.bound")
        used = [(item.bound_amount, _times(item, ledger)) for item in flows]
        known = [amount * times for amount, times in used if amount is not None and times is not None]
        if known:
            basis = "energy" if flow.unit.is_energy else "mass"
            shares[basis] = _share((add(0.0, *known), flow.unit), basis, wholes[basis])
        hidden = next((item.bound for item in ledger.absences if item.where == flow.where), None)
        whole = wholes["emissions"]
        shares["emissions"] = hidden / whole if hidden is not None and whole else None
    return {
        "id": flow.row.id,
        "what": row_name(ledger.study, flow),
        "why": absent.absent.value,
        "where": flow.where,
        "reason": absent.reason,
        "bound": stated[0] if stated else None,
        "unit": str(stated[1]) if stated else None,
        "counted": True,
        "shares": shares,
    }


def _times(flow: Flow, ledger: Ledger) -> float | None:
    """Return how often a row's process runs per declared unit; None where no declared stage needs it."""
    if flow.owner.startswith("stages."):
        return 1.0
    runs = [float(stage[flow.user][0]) for stage in ledger.runs.values() if flow.user in stage]
    return add(0.0, *runs) if runs else None


def _whole_parts(study: Study) -> list[dict[str, Any]]:
    """Return the stages and the capital goods that are excluded with a reason."""
    stated: list[tuple[str, Mapping[str, str], str, str, str]] = [
        (name, STAGE_NAMES[name], "stage", f"stages.{name}", stage.excluded)
        for name, stage in study.stages.items()
        if stage.excluded is not None
    ]
    goods = study.capital_goods.excluded
    if goods is not None:
        stated.append(("capital_goods", CAPITAL_GOODS, "capital_goods", "capital_goods", goods))
    return [
        {
            "id": key,
            "what": dict(what),
            "why": why,
            "where": where,
            "reason": reason,
            "bound": None,
            "unit": None,
            "counted": False,
            "shares": dict.fromkeys(BASES),
        }
        for key, what, why, where, reason in stated
    ]


def _reference_mass(study: Study) -> float | None:
    """Return the mass of the declared unit's product in kg: the reference flow, else the declared unit itself."""
    flow = study.unit.reference_flow
    for text in (None if flow is None else flow.amount, study.unit.declared):
        if text is None:
            continue
        value, unit = parse_amount(text, "unit")
        plain = Unit(unit.expression, "", unit.dimension, unit.factor)
        if compatible(plain, KILOGRAM):
            return convert(value, plain, KILOGRAM)
    return None


def _energy(ledger: Ledger) -> float | None:
    """Return electricity and fuel of the own rows in MJ per declared unit; None where one can't be told."""
    found: list[float] = []
    for flow in ledger.flows:
        if flow.row.activity not in ("electricity", "fuel"):
            continue
        times = _times(flow, ledger)
        if times is None:
            continue
        each = _megajoules(flow)
        if flow.absence is not None or each is None:
            return None
        found.append(float(np.ravel(flow.amount)[0]) * times * each)
    return add(0.0, *found) if found else None


def _megajoules(flow: Flow) -> float | None:
    """Return MJ (lower heating value of a fuel) in one unit of a row; None where nothing says how much."""
    unit = flow.unit
    if unit.is_energy:
        return convert(1.0, Unit(unit.expression, "", unit.dimension, unit.factor), MEGAJOULE)
    bridges = [parse_property(name, text) for name, text in flow.row.properties.items()]
    for part in flow.parts:
        if part.dataset is not None:
            bridges += list(part.dataset.unit_properties().values())
    try:
        return convert(1.0, unit, MEGAJOULE.with_basis("LHV"), bridges, flow.where)
    except TanbiaoError:
        return None
