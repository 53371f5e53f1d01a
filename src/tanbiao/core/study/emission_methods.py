"""Process emissions from what a factory knows: combustion, carbonates, anode effects, carbon balances, losses, N2O.

A method is data (``data/methods/emission_methods.json``): what its amount means, which inputs it needs with unit and
limit, default values by choice (a fuel, a mineral, a cell technology) with source and licence, and one formula per gas
in the project's expression language. Inputs that neither the study nor the choice states are named, never assumed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np

from tanbiao.core import gases, units
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.study import expressions
from tanbiao.core.study.expressions import Value

KILOGRAM = units.parse_unit("kg")
ANY_GAS = "*"
"""In a formula's place: what is lost is the gas, or the blend, that the choice names."""


@dataclass(frozen=True, slots=True)
class Input:
    """An input of a method: its units (any of them), an upper limit as a number, what it is."""

    unit: tuple[str, ...]
    zh: str
    en: str
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A fuel, mineral, technology or refrigerant: values of inputs as text, or the mass shares of a blend."""

    name: Mapping[str, str]
    source: str
    licence: str
    values: Mapping[str, str] = field(default_factory=dict)
    blend: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Method:
    """A way to calculate direct emissions. ``emits`` has one formula per gas, a mass for the amount."""

    id: str
    name: Mapping[str, str]
    amount: Mapping[str, Any]
    inputs: Mapping[str, Input]
    emits: Mapping[str, str]
    choices: Mapping[str, Choice]
    source: str
    licence: str
    combustion: bool = False
    """Whether it may hold the combustion of a fuel, whose upstream another row then counts."""
    whole: bool = False
    """Whether the formula needs the amount itself, not one unit of it."""
    gas_as_choice: bool = False


@lru_cache(maxsize=1)
def methods() -> Mapping[str, Method]:
    """Return every method by id."""
    folder = resources.files("tanbiao.data.methods")
    body = json.loads(folder.joinpath("emission_methods.json").read_text(encoding="utf-8"))
    found = {}
    for key, item in body["methods"].items():
        inputs = {
            name: Input(tuple(one["unit"]), one["zh"], one["en"], one.get("most"))
            for name, one in item["inputs"].items()
        }
        table = _anode_effects(item["choices_from"]) if "choices_from" in item else {}
        choices = table | {name: Choice(**one) for name, one in item["choices"].items()}
        flags = {name: bool(item.get(name)) for name in ("combustion", "whole", "gas_as_choice")}
        found[key] = Method(
            key, item["name"], item["amount"], inputs, item["emits"], choices, item["source"], item["licence"], **flags
        )
    return found


_CELLS = {
    "PFPB_L": ("传统点式下料预焙槽", "legacy point feed prebake"),
    "PFPB_M": ("现代点式下料预焙槽", "modern point feed prebake"),
    "CWPB": ("中间下料预焙槽", "centre worked prebake"),
    "SWPB": ("边部下料预焙槽", "side worked prebake"),
    "VSS": ("上插自焙槽", "vertical stud Søderberg"),
    "HSS": ("侧插自焙槽", "horizontal stud Søderberg"),
}


def _anode_effects(method: str) -> dict[str, Choice]:
    """Return the cell technologies of the regulation's table: kg CF4 per t Al, C2F6 per CF4."""
    text = resources.files("tanbiao.data.gases").joinpath("aluminium_pfc.json").read_text(encoding="utf-8")
    return {
        row["technology"]: Choice(
            dict(zip(("zh", "en"), _CELLS[row["technology"]], strict=True)),
            row["source"],
            row["licence"],
            {"cf4_factor": f"{row['factor_cf4']!r} kg/t", "c2f6_share": repr(row["c2f6_per_cf4"])},
        )
        for row in json.loads(text)["rows"]
        if row["method"] == method
    }


def method(method_id: str, where: str = "") -> Method:
    """Return a method.

    Raises
    ------
    TanbiaoError
        ``emission_method_unknown``
    """
    known = methods()
    if method_id not in known:
        raise TanbiaoError.of("emission_method_unknown", where, method=method_id, known=", ".join(sorted(known)))
    return known[method_id]


def choice(of: Method, name: str | None, where: str = "") -> Choice | None:
    """Return the choice named in the study; None where none is named and none is needed.

    Raises
    ------
    TanbiaoError
        ``emission_choice_unknown``, ``emission_choice_missing``
    """
    if name is None:
        if of.gas_as_choice:
            raise TanbiaoError.of("emission_choice_missing", where, method=of.id, known=", ".join(of.choices))
        return None
    if name in of.choices:
        return of.choices[name]
    if of.gas_as_choice:
        known = gases.gas(name, where)
        return Choice({"zh": known.name_zh, "en": known.name_en}, known.source, known.licence, blend={known.key: 1.0})
    raise TanbiaoError.of("emission_choice_unknown", where, method=of.id, choice=name, known=", ".join(of.choices))


Reader = Callable[[str, str], tuple[Any, units.Unit]]
"""Takes a quantity's text and its place; returns (number or array, unit)."""


def emitted(
    of: Method, chosen: Choice | None, stated: Mapping[str, str], amount: Value, read: Reader, where: str = ""
) -> dict[str, Any]:
    """Return kg of each gas for an amount.

    Parameters
    ----------
    of, chosen
        The method and its choice.
    stated
        The study's own inputs as text; each goes before the choice's value.
    amount
        In SI units; a number, or an array of samples whose first is nominal.
    read
        Reads an input's text.
    where
        The place of the row, for errors.

    Returns
    -------
    dict
        Gas → kg (a number, or an array of samples).

    Raises
    ------
    TanbiaoError
        ``emission_input_unknown``, ``emission_input_missing``, ``emission_input_unit``, ``emission_input_limit``,
        ``emission_negative`` (more carbon leaves than enters) and what reading and evaluating raise.
    """
    for name in stated:
        if name not in of.inputs:
            known = ", ".join(of.inputs)
            raise TanbiaoError.of(
                "emission_input_unknown", f"{where}.inputs.{name}", method=of.id, input=name, known=known
            )
    names = {"amount": amount}
    defaults = {} if chosen is None else chosen.values
    missing = [name for name in of.inputs if name not in stated and name not in defaults]
    if missing:
        raise TanbiaoError.of("emission_input_missing", f"{where}.inputs", method=of.id, inputs=", ".join(missing))
    for name, needed in of.inputs.items():
        place = f"{where}.inputs.{name}"
        names[name] = _input(needed, read(stated.get(name, defaults.get(name, "")), place), place)
    found: dict[str, Any] = {}
    for gas, formula in of.emits.items():
        value = expressions.evaluate(expressions.parse(formula, where), names, where=where).in_unit(KILOGRAM, where)
        if float(np.ravel(value)[0]) < 0:
            raise TanbiaoError.of("emission_negative", where, method=of.id)
        parts = chosen.blend if gas == ANY_GAS and chosen is not None else {gas: 1.0}
        for key, share in parts.items():
            found[key] = np.maximum(value, 0.0) * share
    return found


def _input(needed: Input, stated: tuple[Any, units.Unit], where: str) -> Value:
    number, unit = stated
    value = Value.of(number, unit)
    if all(value.dimension != units.parse_unit(text).dimension for text in needed.unit):
        raise TanbiaoError.of("emission_input_unit", where, unit=str(unit), expected=" / ".join(needed.unit))
    nominal = float(np.ravel(value.si)[0])
    if nominal < 0 or (needed.most is not None and nominal > needed.most):
        raise TanbiaoError.of("emission_input_limit", where, value=f"{nominal:g}", most=f"{needed.most or '—'}")
    if needed.most is not None and isinstance(value.si, np.ndarray):
        value = Value(np.minimum(value.si, needed.most), value.dimension, value.basis)
    return value
