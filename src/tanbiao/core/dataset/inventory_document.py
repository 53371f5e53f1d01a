"""One process of an inventory as a document of its own: what is stored, hashed and compared between versions.

The document holds the process and everything of the inventory that its figures rest on (flows, flow properties, unit
groups, citations, the archive's parameters), so that it can be read without the file it came from. Where in that file
something stood is not part of it: the same content in another archive has the same hash.
"""

from __future__ import annotations

import math
import types
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from tanbiao.core.dataset.inventory import (
    Citation,
    Flow,
    FlowProperty,
    Inventory,
    Parameter,
    Process,
    UnitGroup,
)

SCHEMA = "tanbiao-process/1"
_PLACES = {"where"}
T = TypeVar("T")


_PLAIN = frozenset((str, int, bool, type(None)))


def _plain(value: Any) -> Any:
    """Return a value as JSON, without what is at its default."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is float:
        # An amount that a file leaves out is not a number; JSON says so with null, never with zero.
        return value if math.isfinite(value) else None
    told = _told(cast("Any", kind))
    if told is not None:
        made = {}
        for name, default in told:
            item = getattr(value, name)
            if item != default:
                made[name] = item if type(item) in _PLAIN else _plain(item)
        return made
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple | list) else value


@cache
def _told(kind: type) -> tuple[tuple[str, Any], ...] | None:
    """Return name and default of each field of a class that is told in a document; None for what is no dataclass."""
    if not is_dataclass(kind):
        return None
    return tuple((one.name, _default(one)) for one in fields(kind) if one.name not in _PLACES)


def _default(one: Field[Any]) -> Any:
    return one.default_factory() if one.default_factory is not MISSING else one.default


def document_of(process: Process, inventory: Inventory) -> dict[str, Any]:
    """Return the document of a process.

    Parameters
    ----------
    process
        One of the inventory's processes.
    inventory
        Where its flows, quantities, units and citations are described; what is missing there is missing here.
    """
    flows = {one.flow: inventory.flows[one.flow] for one in process.exchanges if one.flow in inventory.flows}
    wanted = {key for flow in flows.values() for key in (*flow.properties, flow.reference_property)}
    wanted |= {one.flow_property for one in process.exchanges}
    quantities = {key: inventory.flow_properties[key] for key in wanted if key in inventory.flow_properties}
    groups = {
        one.unit_group: inventory.unit_groups[one.unit_group]
        for one in quantities.values()
        if one.unit_group in inventory.unit_groups
    }
    has_formula = any(one.formula for one in process.exchanges) or any(one.formula for one in process.parameters)
    body = {
        "schema": SCHEMA,
        "format": inventory.format,
        "process": process,
        "flows": flows,
        "flow_properties": quantities,
        "unit_groups": groups,
        "citations": {key: inventory.citations[key] for key in process.citations if key in inventory.citations},
        "parameters": inventory.parameters if has_formula else (),
    }
    return {key: _plain(value) for key, value in body.items() if value not in ((), {})}


def inventory_of(documents: Iterable[Mapping[str, Any]]) -> Inventory:
    """Return the inventory of stored documents together; of an object described twice the last description stands."""
    processes: list[Process] = []
    parameters: dict[str, Parameter] = {}
    flows: dict[str, Flow] = {}
    quantities: dict[str, FlowProperty] = {}
    groups: dict[str, UnitGroup] = {}
    citations: dict[str, Citation] = {}
    formats = set()
    for document in documents:
        formats.add(str(document["format"]))
        processes.append(_made(Process, document["process"]))
        flows |= {key: _made(Flow, item) for key, item in document.get("flows", {}).items()}
        quantities |= {key: _made(FlowProperty, item) for key, item in document.get("flow_properties", {}).items()}
        groups |= {key: _made(UnitGroup, item) for key, item in document.get("unit_groups", {}).items()}
        citations |= {key: _made(Citation, item) for key, item in document.get("citations", {}).items()}
        parameters |= {item["name"]: _made(Parameter, item) for item in document.get("parameters", [])}
    return Inventory(
        format="+".join(sorted(formats)),
        processes=tuple(processes),
        flows=flows,
        flow_properties=quantities,
        unit_groups=groups,
        parameters=tuple(parameters.values()),
        citations=citations,
    )


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _made(kind: type[T], value: Mapping[str, Any]) -> T:
    hints = _hints(cast("Any", kind))
    return kind(**{name: _restored(hints[name], item) for name, item in value.items() if name in hints})


def _restored(hint: Any, value: Any) -> Any:
    """Return a JSON value as the type a field asks for."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        inner = next(one for one in get_args(hint) if one is not type(None))
        return None if value is None else _restored(inner, value)
    if origin is tuple:
        return tuple(_restored(get_args(hint)[0], item) for item in value)
    if hint is float and value is None:
        return math.nan
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    if isinstance(hint, type) and is_dataclass(hint):
        return _made(hint, value)
    return value


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what changed between two documents of a process, exchange by exchange and field by field.

    Each item has ``part`` (``derivation``, ``process``, ``exchange``, ``flow``), ``key`` (the input of a derivation,
    the field, or flow and direction of an exchange), ``before`` and ``after``; None where there is none. Exchanges are
    matched by flow, direction, supplier and their order among those alike. Of a derived dataset its inputs' versions
    and its figure come first.
    """
    found: list[dict[str, Any]] = _derived(before.get("derivation"), after.get("derivation"))
    old, new = before["process"], after["process"]
    skip = {"exchanges"}
    for key in sorted({*old, *new} - skip):
        if old.get(key) != new.get(key):
            found.append({"part": "process", "key": key, "before": old.get(key), "after": new.get(key)})
    first, second = _keyed(old, before), _keyed(new, after)
    for name in sorted({*first, *second}):
        one, other = first.get(name), second.get(name)
        if one != other:
            found.append({"part": "exchange", "key": name, "before": _figure(one), "after": _figure(other)})
    for key in sorted({*before.get("flows", {}), *after.get("flows", {})}):
        flow, again = before.get("flows", {}).get(key), after.get("flows", {}).get(key)
        if flow is not None and again is not None and flow != again:
            found.append({"part": "flow", "key": key, "before": flow.get("name"), "after": again.get("name")})
    return found


def _derived(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return which inputs of a derivation have another version or amount, and what that made of the figure."""
    if before is None or after is None:
        return []
    old, new = ({item["id"]: item for item in body["inputs"]} for body in (before, after))
    found = []
    for key in sorted({*old, *new}):
        first, second = old.get(key), new.get(key)
        if first is None or second is None or (first["hash"], first["amount"]) != (second["hash"], second["amount"]):
            told = [None if one is None else _input_told(one) for one in (first, second)]
            name = (second or first or {})["name"]
            found.append({"part": "derivation", "key": f"{name} ({key})", "before": told[0], "after": told[1]})
    figures = [body["figures"] for body in (before, after)]
    if figures[0] != figures[1]:
        told = [f"{one['co2e']:.6g} kg CO2e/{one['unit']} ({one['gwp_set']})" for one in figures]
        found.append({"part": "derivation", "key": "kg CO2e", "before": told[0], "after": told[1]})
    return found


def _input_told(item: Mapping[str, Any]) -> str:
    amount = "" if item["amount"] is None else f"{item['amount']:.6g} {item['unit']} × "
    return f"{amount}{item['figure']:.6g} kg CO2e/{item['unit']}, {item['version'] or '–'}, {item['hash'][:15]}…"


def _keyed(process: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    seen: dict[str, int] = {}
    keyed: dict[str, Mapping[str, Any]] = {}
    for item in process.get("exchanges", []):
        names = document.get("flows", {}).get(item["flow"], {}).get("name", {})
        name = names.get("zh") or names.get("en") or next(iter(names.values()), item["flow"])
        key = f"{name} {'→' if item.get('is_input') else '←'} {item.get('provider', '')}".strip()
        seen[key] = seen.get(key, 0) + 1
        number = f" #{seen[key]}" if seen[key] > 1 else ""
        keyed[key + number] = {key: value for key, value in item.items() if key != "id"}
    return keyed


def _figure(item: Mapping[str, Any] | None) -> str | None:
    if item is None:
        return None
    amount = "?" if item["amount"] is None else f"{item['amount']:g}"
    text = f"{amount} {item.get('unit', '')}".strip()
    return f"{text} = {item['formula']}" if item.get("formula") else text
