"""Changes of a worked example that are aimed at one check: what its expression reads is moved, and nothing else.

A limit is met by doubling: whoever doubles what is compared lands between a limit and its half or its double, and
there the rule and its variant disagree. A condition on rows is met by one row alone, of one activity, stage and
process, where those that fit already have been taken away. A term of a sum is met by making the others vanish.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from tanbiao.core.rules.model import CheckRule
from tanbiao.core.rules.probe_ground import KIND, NOTHING, STAGES, Ground, Line, Probe, filled, scaled, without
from tanbiao.core.study.expression_parser import Node, parse

DOUBLED: Final = (0.0, *(2.0**power for k in range(1, 15) for power in (-k, k)))
"""Factors that put an amount into every interval between a limit and its double."""
ENERGIES: Final = tuple(2.0**power for power in range(-10, 18))
"""kWh of electricity where a study shows no energy that could be stretched."""
SIZES: Final = (1.0, 1000.0)
GROUPS: Final = 8
"""Groups of rows that are stretched at most; the widest come first."""


@dataclass(slots=True)
class Words:
    """What a check reads: words of rows, stages and processes by name, properties of the product."""

    process: set[str] = field(default_factory=set)
    activity: set[str] = field(default_factory=set)
    gas: set[str] = field(default_factory=set)
    stage: set[str] = field(default_factory=set)
    properties: set[str] = field(default_factory=set)
    parts: set[tuple[str, str]] = field(default_factory=set)
    """(process, part of it)."""
    reads_energy: bool = False

    @classmethod
    def of(cls, check: CheckRule) -> Words:
        """Return the words of a check's expressions, and of the rows that it is made of."""
        made = cls()
        for text in (check.expect, check.when):
            if text is not None:
                made._read(parse(text))
        for key, value in ({} if check.each is None else check.each.model_dump(exclude_none=True)).items():
            if key != "rows":
                getattr(made, key).add(str(value))
        return made

    def _read(self, node: Node) -> None:
        if node.kind == "name":
            name = str(node.parts[0])
            self.reads_energy |= name == "row.energy"
            if name.startswith("product."):
                self.properties.add(name.removeprefix("product."))
        if node.kind in ("equals", "differs", "in") and node.parts[0].kind == "name":
            word = str(node.parts[0].parts[0]).removeprefix("row.")
            if word in ("process", "activity", "gas", "stage"):
                getattr(self, word).update(str(item.parts[0]) for item in node.parts[1:] if item.kind == "text")
        if node.kind == "call" and node.parts[0] in ("mass", "energy", "emission") and node.parts[1].kind == "name":
            self.reads_energy |= node.parts[0] == "energy"
            self._path(str(node.parts[1].parts[0]))
            return
        for part in node.nodes():
            self._read(part)

    def _path(self, path: str) -> None:
        head, _, part = path.partition(".")
        (self.stage if head in STAGES else self.process).add(head)
        if part:
            self.parts.add((head, part))


def aimed(ground: Ground, check: CheckRule) -> Iterator[Probe]:
    """Yield the changes that are aimed at a check, the simplest first."""
    words = Words.of(check)
    yield NOTHING
    yield from _levels(ground, words, NOTHING)
    yield from _parts(ground, words)
    yield from _alone(ground, words)
    for setting in _settings(ground, words):
        yield setting
        yield from _levels(ground, words, setting)


def _settings(ground: Ground, words: Words) -> Iterator[Probe]:
    """Let one property outweigh the others, or vanish beside them."""
    stated = ground.document["product"].get("properties", {})
    for name in sorted(words.properties & set(stated)):
        for factor in (0.0, 1000.0, 0.5, 2.0, 0.001):
            text = scaled(stated[name], factor)
            if text is not None:
                yield Probe(set={f"product.properties.{name}": text})


# --- limits -----------------------------------------------------------------------------------------------------------


def _levels(ground: Ground, words: Words, setting: Probe) -> Iterator[Probe]:
    """Stretch what the check reads by doubling; give energy where there is none."""
    groups = list(_groups(ground, words))[:GROUPS]
    for lines in groups:
        for factor in DOUBLED:
            texts = {f"{line.path}.amount": scaled(line.body.get("amount"), factor) for line in lines}
            kept = {path: text for path, text in texts.items() if text is not None}
            if kept:
                yield setting + Probe(set=kept)
    stated = ground.document["product"].get("properties", {})
    for name in sorted(words.properties & set(stated)):
        for factor in DOUBLED:
            text = scaled(stated[name], factor)
            if text is not None and f"product.properties.{name}" not in setting.set:
                yield setting + Probe(set={f"product.properties.{name}": text})
    if words.reads_energy:
        places: list[str] = [stage for stage in STAGES if stage in words.stage] or [ground.home()]
        for stage in places:
            for process in (None, *sorted(words.process)):
                yield from (setting + _placed(ground, stage, process, _power(size)) for size in ENERGIES)


def _groups(ground: Ground, words: Words) -> Iterator[list[Line]]:
    """Yield rows that belong together for a check: that fit all its words, of a process, of a stage; then each."""
    lines = ground.lines()
    fits = [line for line in lines if _fits(ground, line, words)]
    made: list[list[Line]] = [fits, *(ground.of(name) for name in sorted(words.process))]
    made += [[line for line in lines if line.stage == stage] for stage in STAGES if stage in words.stage]
    made += [[line for line in lines if line.body.get("gas") == gas] for gas in sorted(words.gas)]
    made += [[line] for line in fits]
    seen: set[tuple[str, ...]] = set()
    for group in made or [lines]:
        key = tuple(line.path for line in group)
        if key and key not in seen:
            seen.add(key)
            yield group


def _fits(ground: Ground, line: Line, words: Words) -> bool:
    of_process = not words.process or any(line in ground.of(name) for name in words.process)
    of_stage = not words.stage or line.stage in words.stage or not line.stage
    kind = not words.activity or any(key in line.body for key in words.activity)
    return of_process and of_stage and kind


# --- rows -------------------------------------------------------------------------------------------------------------


def _alone(ground: Ground, words: Words) -> Iterator[Probe]:
    """Put in one row of one kind, beside what fits already and in its place."""
    stages = [
        stage for stage in STAGES if stage in words.stage or isinstance(ground.document["stages"].get(stage), list)
    ]
    processes = (None, *sorted(words.process))
    for size in SIZES:
        for gone in _gone(ground, words):
            for stage in stages:
                for process in processes:
                    for body in _kinds(ground, words, size):
                        yield gone + _placed(ground, stage, process, body)


def _gone(ground: Ground, words: Words) -> Iterator[Probe]:
    lines = ground.lines()
    of_process = [line for line in lines if any(line in ground.of(name) for name in words.process)]
    of_gas = [line for line in lines if line.body.get("gas") in words.gas]
    of_kind = [line for line in lines if any(key in line.body for key in words.activity)]
    seen: set[tuple[str, ...]] = set()
    for rows in ([], of_process, of_gas, of_kind, [*of_process, *of_gas], [*of_process, *of_gas, *of_kind]):
        here = {line.path: line for line in rows}
        if tuple(here) not in seen:
            seen.add(tuple(here))
            yield without(list(here.values()))


def _placed(ground: Ground, stage: str, process: str | None, body: dict[str, Any]) -> Probe:
    made = {"id": "probe", "data": KIND, **body, **({} if process is None else {"process": process})}
    return filled(ground, stage) + Probe(add={f"stages.{stage}": [made]})


def _power(size: float) -> dict[str, Any]:
    return {"amount": f"{size:.12g} kWh", "electricity": {"supply": "grid", "region": "CN", "year": 2023}}


def _kinds(ground: Ground, words: Words, size: float) -> Iterator[dict[str, Any]]:
    """Yield a row of each activity that a check may ask for."""
    mass = f"{size:g} kg"
    for gas in (*sorted(words.gas), "CO2 fossil"):
        yield {"amount": mass, "gas": gas}
    stone = {"method": "carbonate", "of": "dolomite", "inputs": {"purity": "0.95", "calcination": "1"}}
    yield {"amount": mass, "emission": stone}
    yield {"amount": mass, "from": ground.plain}
    yield {"amount": mass, "burden_free": "probe"}
    yield _power(size)
    yield {"amount": f"{size:g} kWh", "electricity": {**_OWN, "proof": "probe"}}
    yield {"amount": f"{size:g} kWh", "electricity": _OWN}
    if ground.power:
        yield {"amount": f"{size:g} kWh", "electricity": {"supply": "dataset", "dataset": ground.power}}
    yield {"amount": f"{size:g} kg", "fuel": {"id": "bituminous-coal"}}


_OWN: Final = {"supply": "own_generation", "region": "CN", "year": 2023, "generation": "wind"}


def _parts(ground: Ground, words: Words) -> Iterator[Probe]:
    """Put mass into a part of a process of the study's own, which a balance reads."""
    for process, part in sorted(words.parts):
        if process not in ground.document.get("processes", {}) or part == "gives":
            continue
        for size in (2.0**power for power in range(-12, 11)):
            body = {"takes": {"burden_free": "probe"}, "emits": {"gas": "CO2 fossil"}, "losses": {"what": "probe"}}
            made = {"id": "probe", "amount": f"{size:.12g} kg", **body[part]}
            yield Probe(add={f"processes.{process}.{part}": [made]})
