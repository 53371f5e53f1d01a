"""Revisions: immutable versions of a study, each naming its parent; and what changed between two of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from tanbiao.core.canonical import content_hash, is_hash
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.study.model import Study

FORMAT = "study-revision/1"


@dataclass(frozen=True)
class Revision:
    """One version of a study.

    Parameters
    ----------
    document
        The canonical document, or, for a draft that is not yet a study, what its author saved.
    parent
        Hash of the revision it was made from; None for the first.
    """

    document: Mapping[str, Any]
    parent: str | None = None

    def __post_init__(self) -> None:
        if self.parent is not None and not is_hash(self.parent):
            raise TanbiaoError.of("parent_malformed", "parent", value=self.parent)

    @cached_property
    def hash(self) -> str:
        """Return the hash over document and parent: two histories that meet in one document stay apart."""
        return content_hash({"tanbiao": FORMAT, "parent": self.parent, "document": self.document})

    @cached_property
    def document_hash(self) -> str:
        """Return the hash of the document alone; for a whole study it is ``Study.hash``."""
        return content_hash(self.document)

    def study(self) -> Study | None:
        """Return the study, or None for a draft with errors."""
        return Study.parse(self.document)[0]

    def next(self, document: Mapping[str, Any]) -> Revision:
        """Return a revision made from this one."""
        return Revision(document, self.hash)


def revise(study: Study, parent: Revision | None = None) -> Revision:
    """Return the revision of a study, made from ``parent``."""
    return Revision(study.canonical(), None if parent is None else parent.hash)


@dataclass(frozen=True, slots=True)
class RowChange:
    """One change between two revisions.

    ``row`` is the row's id, or the path of another part of the document (``unit.declared``); ``where`` its path in the
    newer revision (the older one for what was removed); ``fields`` maps each changed field to (before, after).
    """

    kind: Literal["added", "removed", "changed", "moved"]
    row: str
    where: str
    fields: Mapping[str, tuple[Any, Any]]


def diff(before: Study, after: Study) -> list[RowChange]:
    """Return what changed: rows removed, then rows added, changed and moved in document order, then other parts."""
    old = {row.id: (where, row) for where, row in before.rows()}
    new = {row.id: (where, row) for where, row in after.rows()}
    changes = [RowChange("removed", key, where, {}) for key, (where, _) in old.items() if key not in new]
    for key, (where, row) in new.items():
        if key not in old:
            changes.append(RowChange("added", key, where, {}))
            continue
        old_where, old_row = old[key]
        fields = _changed(old_row.model_dump(mode="json", by_alias=True), row.model_dump(mode="json", by_alias=True))
        if old_where.rpartition(".")[0] != where.rpartition(".")[0]:
            changes.append(RowChange("moved", key, where, {"where": (old_where, where), **fields}))
        elif fields:
            changes.append(RowChange("changed", key, where, fields))
    return changes + _other_parts(before, after)


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    keys = [*old, *(key for key in new if key not in old)]
    return {key: (old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key)}


def _other_parts(before: Study, after: Study) -> list[RowChange]:
    """Return changes outside the rows, one for each leaf path."""
    old, new = _leaves(_without_rows(before.canonical()), ""), _leaves(_without_rows(after.canonical()), "")
    paths = [*old, *(path for path in new if path not in old)]
    changes = []
    for path in paths:
        if old.get(path) == new.get(path):
            continue
        kind: Literal["added", "removed", "changed"] = "changed"
        if path not in old:
            kind = "added"
        elif path not in new:
            kind = "removed"
        changes.append(RowChange(kind, path, path, {"value": (old.get(path), new.get(path))}))
    return changes


def _without_rows(document: dict[str, Any]) -> dict[str, Any]:
    stages = {name: stage for name, stage in document.get("stages", {}).items() if not isinstance(stage, list)}
    processes = {
        name: {key: item for key, item in process.items() if key not in ("takes", "emits", "losses")}
        for name, process in document.get("processes", {}).items()
    }
    return {**document, "stages": stages, "processes": processes}


def _leaves(value: Any, path: str) -> dict[str, Any]:
    if isinstance(value, Mapping) and value:
        found: dict[str, Any] = {}
        for key, item in value.items():
            found.update(_leaves(item, f"{path}.{key}" if path else str(key)))
        return found
    if isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        found = {}
        for index, item in enumerate(value):
            name = item.get("id") if isinstance(item, Mapping) else None
            found.update(_leaves(item, f"{path}.{name}" if name else f"{path}[{index}]"))
        return found
    return {path: value}
