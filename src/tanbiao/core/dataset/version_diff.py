"""Two versions of a process side by side: each exchange beside its earlier self, each field beside its earlier text.

Works on the documents of :mod:`tanbiao.core.dataset.inventory_document`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.units import convert, parse_unit

State = Literal["same", "changed", "added", "removed"]
STATES: tuple[State, ...] = ("changed", "added", "removed", "same")
Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ExchangeRow:
    """One exchange in both versions; ``before`` or ``after`` is None where the version has no such exchange."""

    flow: str
    name: Mapping[str, str]
    is_input: bool
    before: Item | None
    after: Item | None
    parts: tuple[str, ...]
    """Keys that differ, sorted; empty where one side is missing or nothing differs."""
    relative: float | None
    """(new − old) / |old| of the amounts in one unit; None: either is unknown, old is zero, or the units don't meet."""

    @property
    def state(self) -> State:
        """Whether the exchange came, went, changed or stayed."""
        if self.before is None:
            return "added"
        if self.after is None:
            return "removed"
        return "changed" if self.parts else "same"


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field of the process or of what it stands on, in both versions; None where a version does not have it."""

    part: Literal["process", "flow", "parameter", "citation"]
    key: str
    before: Any
    after: Any

    @property
    def state(self) -> State:
        """Whether the field came, went, changed or stayed."""
        if self.before is None:
            return "added"
        if self.after is None:
            return "removed"
        return "same" if self.before == self.after else "changed"


@dataclass(frozen=True, slots=True)
class VersionDiff:
    """Two versions side by side: exchanges in the newer version's order, those that went at their old place."""

    exchanges: tuple[ExchangeRow, ...]
    fields: tuple[FieldRow, ...]

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many exchanges and fields came, went, changed and stayed."""
        told: dict[str, dict[str, int]] = {}
        rows: Sequence[ExchangeRow | FieldRow]
        for name, rows in (("exchanges", self.exchanges), ("fields", self.fields)):
            counted = Counter(row.state for row in rows)
            told[name] = {state: counted[state] for state in STATES}
        return told

    def document(self) -> dict[str, Any]:
        """Return the comparison as JSON."""
        return {
            "counts": self.counts(),
            "exchanges": [
                {
                    "state": row.state,
                    "flow": row.flow,
                    "name": dict(row.name),
                    "is_input": row.is_input,
                    "before": row.before,
                    "after": row.after,
                    "parts": list(row.parts),
                    "relative": row.relative,
                }
                for row in self.exchanges
            ],
            "fields": [
                {"state": row.state, "part": row.part, "key": row.key, "before": row.before, "after": row.after}
                for row in self.fields
            ],
        }


def compare_versions(before: Item, after: Item) -> VersionDiff:
    """Set two documents of a process side by side.

    Exchanges are matched by the file's own id together with flow and direction; what is left by flow, direction and
    supplier, then by flow and direction, in their order: files that renumber their exchanges still meet.
    """
    old, new = before["process"].get("exchanges", []), after["process"].get("exchanges", [])
    pairs = _pairs(old, new)
    names = {**before.get("flows", {}), **after.get("flows", {})}
    taken = set(pairs.values())
    rows = []
    for at, item in enumerate(old):
        if at not in taken:
            rows.append((float(at), 0, _exchange(item, None, names)))
    for at, item in enumerate(new):
        match = pairs.get(at)
        rows.append((float(at), 1, _exchange(None if match is None else old[match], item, names)))
    rows.sort(key=lambda entry: entry[:2])
    return VersionDiff(tuple(row for *_, row in rows), tuple(_fields(before, after)))


def _pairs(old: Sequence[Item], new: Sequence[Item]) -> dict[int, int]:
    """Return position in the new version → position in the old one."""
    pairs: dict[int, int] = {}
    left = set(range(len(old)))
    for keys in (("id", "flow", "is_input"), ("flow", "is_input", "provider"), ("flow", "is_input")):
        waiting: dict[tuple[Any, ...], list[int]] = defaultdict(list)
        for at in sorted(left, reverse=True):
            if keys[0] != "id" or old[at].get("id"):
                waiting[tuple(old[at].get(key) for key in keys)].append(at)
        for at, item in enumerate(new):
            found = waiting.get(tuple(item.get(key) for key in keys))
            if at not in pairs and found:
                pairs[at] = found.pop()
        left -= set(pairs.values())
    return pairs


def _exchange(before: Item | None, after: Item | None, flows: Mapping[str, Item]) -> ExchangeRow:
    one: Item = after if after is not None else before or {}
    parts: tuple[str, ...] = ()
    relative = None
    if before is not None and after is not None:
        differing = (key for key in {*before, *after} - {"id"} if before.get(key) != after.get(key))
        parts = tuple(sorted(differing))
        relative = _relative(before, after)
    name = flows.get(one["flow"], {}).get("name") or {"en": one["flow"]}
    return ExchangeRow(one["flow"], name, bool(one.get("is_input")), before, after, parts, relative)


def _relative(before: Item, after: Item) -> float | None:
    old, new = before["amount"], after["amount"]
    if old is None or new is None or old == 0:
        return None
    source, target = str(after.get("unit", "")), str(before.get("unit", ""))
    if source != target:
        try:
            new = convert(new, parse_unit(source), parse_unit(target))
        except TanbiaoError:
            return None
    return float((new - old) / abs(old))


def _fields(before: Item, after: Item) -> Iterator[FieldRow]:
    old, new = _flat(before["process"]), _flat(after["process"])
    for key in sorted({*old, *new}):
        yield FieldRow("process", key, old.get(key), new.get(key))
    first, second = before.get("flows", {}), after.get("flows", {})
    for key in sorted({*first, *second}):
        one, other = first.get(key), second.get(key)
        if one is not None and other is not None:  # a flow that came or went does so with its exchange
            for name in sorted({*one, *other}):
                if one.get(name) != other.get(name):
                    yield FieldRow("flow", f"{key} {name}", one.get(name), other.get(name))
    for part, key in (("parameter", "parameters"), ("citation", "citations")):
        yield from _objects(part, _named(before.get(key, ())), _named(after.get(key, ())))  # type: ignore[arg-type]


def _objects(
    part: Literal["parameter", "citation"], old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[FieldRow]:
    for key in sorted({*old, *new}):
        if old.get(key) != new.get(key):
            yield FieldRow(part, key, old.get(key), new.get(key))


def _named(objects: Any) -> dict[str, Any]:
    return dict(objects) if isinstance(objects, Mapping) else {str(item["name"]): item for item in objects}


def _flat(process: Item) -> dict[str, Any]:
    """Return the fields of a process beside its exchanges; words by language, documentation and parameters by name."""
    flat: dict[str, Any] = {}
    for key, value in process.items():
        if key == "exchanges":
            continue
        if isinstance(value, Mapping):
            flat |= {f"{key}.{inner}": item for inner, item in value.items()}
        elif key == "parameters":
            flat |= {f"{key}.{item['name']}": item for item in value}
        else:
            flat[key] = value
    return flat
