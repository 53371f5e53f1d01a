"""What a probe of a rule stands on: a worked example, its rows, and the simplest changes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tanbiao.core.rules.model import Rule
from tanbiao.core.study.model_base import PROCESS_PARTS

Document = Mapping[str, Any]
STAGES: Final = ("raw_materials", "manufacturing", "distribution", "use", "end_of_life")
SILENT: Final = {"not_declared": "probe"}
KIND: Final = {"kind": "site_specific", "pedigree": [1, 1, 1, 1, 1], "uncertainty": "1 %"}


@dataclass(frozen=True, slots=True)
class Probe:
    """What is changed in a study, and how it is tried."""

    remove: tuple[str, ...] = ()
    set: Mapping[str, Any] = field(default_factory=dict)
    add: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    samples: int | None = None

    def __add__(self, other: Probe) -> Probe:
        """Return both changes, one after the other; what the second sets stands."""
        places = dict.fromkeys([*self.add, *other.add])
        added = {key: [*self.add.get(key, ()), *other.add.get(key, ())] for key in places}
        removed = tuple(dict.fromkeys((*self.remove, *other.remove)))
        kept = {key: value for key, value in self.set.items() if key not in other.remove}
        samples = self.samples if other.samples is None else other.samples
        return Probe(removed, {**kept, **other.set}, added, samples)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the study: its path, what is written there, where it stands."""

    path: str
    body: Mapping[str, Any]
    stage: str

    @property
    def emits(self) -> bool:
        """Whether it is priced, so that shares and scores feel it."""
        return any(key in self.body for key in ("gas", "from", "electricity", "fuel", "emission", "treatment"))


@dataclass(frozen=True, slots=True)
class Ground:
    """The rule, a study that is calculated under it, and factors of its release that a probe may use."""

    rule: Rule
    document: Document
    plain: str
    """A dataset per kg in the rule's GWP set that stands on its own."""
    unknown: str
    """One whose GWP set is not known."""
    boundary: str
    power: str = ""
    """A dataset of electricity per kWh; empty where the release has none."""

    def lines(self) -> list[Line]:
        """Return every row."""
        found = []
        for stage, rows in self.document["stages"].items():
            if isinstance(rows, list):
                found += [Line(f"stages.{stage}.{row['id']}", row, stage) for row in rows]
        for name, process in self.document.get("processes", {}).items():
            for part in PROCESS_PARTS:
                rows = process.get(part, ())
                found += [Line(f"processes.{name}.{part}.{row['id']}", row, "") for row in rows]
        return found

    def of(self, process: str) -> list[Line]:
        """Return the rows that stand for a process."""
        return [
            line
            for line in self.lines()
            if line.body.get("process") == process or line.path.startswith(f"processes.{process}.")
        ]

    def users(self, process: str) -> list[Line]:
        """Return the rows that take what a process of the study gives."""
        wanted = f"process/{process}"
        taken = [(line, str(line.body.get("from") or line.body.get("treatment") or "")) for line in self.lines()]
        return [line for line, what in taken if what == wanted or what.startswith(f"{wanted}/")]

    def home(self) -> str:
        """Return a stage that has rows."""
        return next(stage for stage in STAGES if isinstance(self.document["stages"].get(stage), list))


NOTHING: Final = Probe()


def row(ground: Ground, **body: Any) -> Probe:
    """Return a probe that adds one row."""
    return Probe(add={f"stages.{ground.home()}": [{"id": "probe", "data": KIND, **body}]})


def without(lines: Sequence[Line]) -> Probe:
    """Return a probe that takes rows away; the last one of a stage leaves a row without burden in its place."""
    removed = Probe(tuple(line.path for line in lines))
    stages = dict.fromkeys(line.stage for line in lines if line.stage)
    return removed + Probe(add={f"stages.{stage}": [nothing(f"left-{stage[:3]}")] for stage in stages})


def nothing(name: str) -> dict[str, Any]:
    """Return a row without burden."""
    return {"id": name, "amount": "1 g", "burden_free": "probe"}


def silent(stage: str, how: Mapping[str, str] = SILENT) -> Probe:
    """Return a probe that leaves a stage undeclared, or excludes it."""
    return Probe(set={f"stages.{stage}": dict(how)})


def filled(ground: Ground, stage: str) -> Probe:
    """Return a probe under which a stage has a row."""
    if isinstance(ground.document["stages"].get(stage), list):
        return NOTHING
    return Probe(set={f"stages.{stage}": [nothing(f"fill-{stage[:3]}")]})


def whole(ground: Ground) -> Probe:
    """Return a probe under which the study reaches from cradle to grave."""
    made = Probe(set={"boundary": "cradle_to_grave"})
    for stage in STAGES:
        left_out = getattr(ground.rule.boundary, stage) == "excluded"
        made += silent(stage, {"excluded": "probe"}) if left_out else filled(ground, stage)
    return made


def scaled(text: Any, factor: float) -> str | None:
    """Return an amount times a factor; None where it is neither a formula nor a plain number with a unit."""
    if str(text).startswith("="):
        return f"={factor:g}*({str(text)[1:]})" if factor > 0 else None
    head, _, unit = str(text).partition(" ")
    try:
        return f"{float(head) * factor:.12g} {unit}".strip()
    except ValueError:
        return None
