"""What changed between two versions of a rule, clause by clause.

Every element of the documents is compared at its place; entries of lists are matched by their id, names as sets.
A change stands under the section of the text that its part of the structure belongs to, with that section's clause,
and says where it makes the rule stricter or looser for a study.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from tanbiao.core.findings import Lang
from tanbiao.core.rules.model import Rule, SectionName

Kind = Literal["added", "removed", "changed"]
Direction = Literal["stricter", "looser"]

_SECTION_OF: Final[Mapping[str, str]] = {
    "covers": "scope", "title": "scope", "informed_by": "scope",
    "unit": "unit", "fields": "unit",
    "boundary": "boundary", "boundary_record": "boundary", "processes": "boundary", "cut_off": "boundary",
    "gwp": "method", "gwp_mix": "method", "credits": "method",
    "allocation": "allocation", "electricity": "electricity",
    "scenarios": "scenarios", "defaults": "scenarios",
    "quality": "data_quality", "unknown_amounts": "data_quality",
    "declared_value": "calculation", "thresholds": "calculation", "threshold_sources": "calculation",
    "waivable": "verification", "severities": "verification",
    "report_sections": "report", "grade": "grade", "examples": "examples",
}  # fmt: skip
"""Key of the document → section; what is not named here (id, version, owner …) is the rule's identity."""
_ORDER: Final = ("identity", *get_args(SectionName), "checks", "examples")
_KEYS: Final = ("id", "check", "product", "of", "name", "for", "scheme", "document")
"""Keys by which an entry of a list is known, the first that it has."""
_HIGHER: Final = ("at_least", "months")
_LOWER: Final = (
    "at_most", "cut_off.each", "cut_off.total", "gwp_mix.other_or_unknown", "window_months", "grade.limits",
)  # fmt: skip
_RANKS: Final[Mapping[str, tuple[str, ...]]] = {
    "required": ("False", "True"),
    "data": ("any", "supplier_or_secondary", "primary", "site_specific"),
    "proof": ("none", "required"),
    "uncertainty": ("optional", "required"),
    "shorter": ("provisional", "refused"),
    "site_data": ("primary", "site_specific"),
    "unknown_amounts": ("warn", "block_submission"),
    "book_and_claim": ("allowed", "refused"),
    "above": ("error", "refuse"),
    "severity": ("info", "warning", "error", "blocking"),
    "severities": ("info", "warning", "error", "blocking"),
    "stage": ("excluded", "optional", "required"),
}
"""Last step of a place → its values from the loosest to the strictest; ``stage`` for ``boundary.STAGE``."""
_LOOSER_WHEN_LONGER: Final = ("electricity.counts", "allocation.co_products", "boundary.partial", "waivable")
_STRICTER_WHEN_LONGER: Final = ("cut_off.never", "processes", "checks", "report_sections")


@dataclass(frozen=True, slots=True)
class Change:
    """One element that differs: where, what it was and is (None: not there), and what that means for a study."""

    place: str
    kind: Kind
    before: Any
    after: Any
    direction: Direction | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the change as JSON values."""
        return {
            "place": self.place,
            "kind": self.kind,
            "before": self.before,
            "after": self.after,
            "direction": self.direction,
        }


@dataclass(frozen=True, slots=True)
class ClauseDiff:
    """The changes of one section, with its clause in either version (None: the version has no such section)."""

    section: str
    clause_before: str | None
    clause_after: str | None
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class RuleDiff:
    """Two versions and what is different, in the order of the sections."""

    before: Rule
    after: Rule
    clauses: tuple[ClauseDiff, ...]

    @property
    def changes(self) -> tuple[Change, ...]:
        """Every change."""
        return tuple(item for clause in self.clauses for item in clause.changes)

    def as_json(self) -> dict[str, Any]:
        """Return the difference as JSON values."""
        return {
            "before": {"rule": self.before.reference, "hash": self.before.hash},
            "after": {"rule": self.after.reference, "hash": self.after.hash},
            "identical": not self.changes,
            "stricter": sum(item.direction == "stricter" for item in self.changes),
            "looser": sum(item.direction == "looser" for item in self.changes),
            "clauses": [
                {
                    "section": item.section,
                    "title": {"zh": title(item.section, "zh"), "en": title(item.section, "en")},
                    "clause_before": item.clause_before,
                    "clause_after": item.clause_after,
                    "changes": [change.as_json() for change in item.changes],
                }
                for item in self.clauses
            ],
        }


def diff(before: Rule, after: Rule) -> RuleDiff:
    """Return what changed from one version of a rule to another."""
    grouped: dict[str, list[Change]] = {}
    for change in _compare(before.canonical(), after.canonical(), ""):
        grouped.setdefault(_section(change.place), []).append(change)
    clauses = tuple(
        ClauseDiff(name, _clause(before, name), _clause(after, name), tuple(grouped[name]))
        for name in _ORDER
        if name in grouped
    )
    return RuleDiff(before, after, clauses)


def _section(place: str) -> str:
    head, _, rest = place.partition(".")
    if head == "sections":
        return rest.partition(".")[0]
    return "checks" if head == "checks" else _SECTION_OF.get(head, "identity")


def _clause(rule: Rule, name: str) -> str | None:
    section = {str(key): value for key, value in rule.sections.items()}.get(name)
    return None if section is None else section.clause


def _compare(before: Any, after: Any, place: str) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys([*before, *after]):
            yield from _compare(before.get(key), after.get(key), f"{place}.{key}" if place else str(key))
    elif isinstance(before, list | None) and isinstance(after, list | None) and (before or after):
        yield from _lists(before or [], after or [], place)
    elif isinstance(before, Mapping | None) and isinstance(after, Mapping | None) and place == "sections":
        yield from _compare(before or {}, after or {}, place)
    else:
        kind: Kind = "added" if before is None else "removed" if after is None else "changed"
        yield Change(place, kind, before, after, _direction(place, kind, before, after))


def _lists(before: Sequence[Any], after: Sequence[Any], place: str) -> Iterator[Change]:
    old, new = _keyed(before), _keyed(after)
    if old is not None and new is not None:
        for key in dict.fromkeys([*old, *new]):
            where = f"{place}.{key}"
            if key in old and key in new:
                yield from _compare(old[key], new[key], where)
            else:
                kind: Kind = "removed" if key in old else "added"
                was, now = old.get(key), new.get(key)
                yield Change(where, kind, was, now, _longer(place, kind))
        return
    if all(isinstance(item, str) for item in (*before, *after)):
        for name in dict.fromkeys([*before, *after]):
            if (name in before) != (name in after):
                kind = "removed" if name in before else "added"
                was, now = (name, None) if kind == "removed" else (None, name)
                yield Change(f"{place}.{name}", kind, was, now, _longer(place, kind))
        return
    yield Change(place, "changed", list(before), list(after), _direction(place, "changed", before, after))


def _keyed(items: Sequence[Any]) -> dict[str, Any] | None:
    """Return entries by their id, or by what else they are known by; None where they are no such entries."""
    if not all(isinstance(item, Mapping) for item in items):
        return None
    keys = [next((str(item[key]) for key in _KEYS if key in item), "") for item in items]
    return dict(zip(keys, items, strict=True)) if all(keys) and len(set(keys)) == len(keys) else None


def _longer(place: str, kind: Kind) -> Direction | None:
    if place in _LOOSER_WHEN_LONGER:
        return "looser" if kind == "added" else "stricter"
    if place in _STRICTER_WHEN_LONGER:
        return "stricter" if kind == "added" else "looser"
    return None


def _direction(place: str, kind: Kind, before: Any, after: Any) -> Direction | None:
    """Return whether a study has it harder or easier; None where that can't be said of the element alone."""
    last = place.rpartition(".")[2]
    ranks = _RANKS.get("stage" if place.startswith("boundary.") else last) or _RANKS.get(place.partition(".")[0], ())
    if str(before) in ranks and str(after) in ranks:
        return "stricter" if ranks.index(str(after)) > ranks.index(str(before)) else "looser"
    higher, lower = place.endswith(_HIGHER) and "window" not in last, place.endswith(_LOWER)
    if not (higher or lower):
        return None
    if kind != "changed":
        return "stricter" if kind == "added" else "looser"
    if isinstance(before, list) or isinstance(after, list):
        falls = [new < old for old, new in zip(before, after, strict=False) if new != old]
        return None if len(set(falls)) != 1 else "stricter" if falls[0] else "looser"
    return "stricter" if (after > before) == higher else "looser"


_TITLES: Final[Mapping[str, tuple[str, str]]] = {
    "identity": ("文件信息", "identity"),
    "scope": ("适用范围", "scope"),
    "terms": ("术语", "terms"),
    "unit": ("声明单位与功能单位", "declared and functional unit"),
    "boundary": ("系统边界", "system boundary"),
    "method": ("方法", "method"),
    "allocation": ("分配与再生", "allocation and recycling"),
    "electricity": ("电力", "electricity"),
    "scenarios": ("情景与默认值", "scenarios and defaults"),
    "data_quality": ("数据质量", "data quality"),
    "traceability": ("溯源", "traceability"),
    "calculation": ("计算与声明值", "calculation and declared value"),
    "verification": ("核查", "verification"),
    "report": ("报告", "report"),
    "communication": ("信息交流", "communication"),
    "grade": ("分级", "grade"),
    "checks": ("检查", "checks"),
    "examples": ("算例", "worked examples"),
}


def title(section: str, lang: Lang) -> str:
    """Return the name of a section in a language."""
    zh, en = _TITLES[section]
    return zh if lang == "zh" else en
