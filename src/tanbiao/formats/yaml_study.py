"""A study as YAML or JSON text; see :mod:`tanbiao.core.strict_text` for how strictly it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.strict_text import MAX_BYTES, MAX_DEPTH, Position, parse_text
from tanbiao.core.study.model import Study

__all__ = ["MAX_BYTES", "MAX_DEPTH", "Loaded", "dump", "load", "parse_text"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What reading a study file gave.

    ``study`` is None when a finding is an error or blocking; ``document`` is what could be read all the same, so that a
    draft is kept. ``positions`` maps a path in the document to (line, column), both from 1 — or, for Excel, ``cells``
    maps it to ``sheet!cell``.
    """

    study: Study | None
    document: dict[str, Any]
    findings: list[Finding]
    positions: Mapping[str, Position] = field(default_factory=dict)
    cells: Mapping[str, str] = field(default_factory=dict)

    def place(self, where: str) -> str:
        """Return ``line 12, column 9`` or ``工序!C14`` for a path, or for the nearest part around it; else ''."""
        path = where
        while path:
            if path in self.cells:
                return self.cells[path]
            if path in self.positions:
                line, column = self.positions[path]
                return f"{line}:{column}"
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return ""


def load(data: bytes) -> Loaded:
    """Read a study from YAML or JSON bytes. Never raises for bad content: everything wrong is a finding."""
    try:
        document, positions = parse_text(data)
    except TanbiaoError as error:
        return Loaded(None, {}, list(error.findings))
    if not isinstance(document, dict):
        return Loaded(None, {}, [finding("not_a_study", Severity.BLOCKING, "1:1")], positions)
    study, findings = Study.parse(document)
    return Loaded(study, document, findings, positions)


def dump(document: Mapping[str, Any]) -> bytes:
    """Write a document as YAML text that :func:`load` reads back to the same document (all scalars as text)."""
    text = yaml.dump(
        _texts(document), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110, default_flow_style=None
    )
    return str(text).encode("utf-8")


class _Dumper(yaml.SafeDumper):
    """Never writes anchors."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        """Return True: repeated values are written out."""
        return True


def _texts(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _texts(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_texts(item) for item in value]
    return value
