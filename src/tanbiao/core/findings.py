"""Findings: what is wrong or worth knowing, where, and what to do next.

A :class:`Finding` carries a stable code and parameters, never a sentence: the sentence is made for the reader's
language by :func:`render` from the message catalogue in ``tanbiao/data/messages``. A failure that leaves no answer
is a :class:`TanbiaoError`, which carries the findings that explain it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Literal

Lang = Literal["zh", "en"]
Param = str | int | float


class Severity(StrEnum):
    """How much a finding matters; the order of definition is the order of weight."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    BLOCKING = "blocking"

    @property
    def blocks(self) -> bool:
        """Whether a command that reports this finding answers "no" (exit code 1)."""
        return self in (Severity.ERROR, Severity.BLOCKING)


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding.

    Parameters
    ----------
    code
        Stable, lower snake case, never translated (``unit_mismatch``).
    severity
        See :class:`Severity`.
    where
        The place in the reader's own document: ``stages.manufacturing.m1.amount``, ``工序!C14``, ``line 12, column 4``.
    params
        Values for the message's placeholders.
    """

    code: str
    severity: Severity
    where: str = ""
    params: Mapping[str, Param] = field(default_factory=lambda: MappingProxyType({}))


class TanbiaoError(Exception):
    """A domain failure: no answer comes out. ``code``, ``where`` and ``params`` are those of its first finding."""

    def __init__(self, *findings: Finding) -> None:
        if not findings:
            raise ValueError("a TanbiaoError explains itself by at least one finding")
        self.findings = findings
        super().__init__(describe(findings[0], "en"))

    @property
    def code(self) -> str:
        """The stable code of the first finding."""
        return self.findings[0].code

    @property
    def where(self) -> str:
        """The place of the first finding."""
        return self.findings[0].where

    @classmethod
    def of(cls, code: str, where: str = "", **params: Param) -> TanbiaoError:
        """Make an error of a single blocking finding."""
        return cls(Finding(code, Severity.BLOCKING, where, MappingProxyType(dict(params))))


def finding(code: str, severity: Severity, where: str = "", **params: Param) -> Finding:
    """Shorthand that takes the message's parameters as keywords."""
    return Finding(code, severity, where, MappingProxyType(dict(params)))


@cache
def catalogue() -> Mapping[str, Mapping[str, tuple[str, str]]]:
    """Return code → language → (message, remedy), merged from every file in ``tanbiao/data/messages``."""
    merged: dict[str, dict[str, tuple[str, str]]] = {}
    for entry in sorted(resources.files("tanbiao.data.messages").iterdir(), key=lambda path: path.name):
        if not entry.name.endswith(".json"):
            continue
        for code, texts in json.loads(entry.read_text(encoding="utf-8")).items():
            if code in merged:
                raise ValueError(f"message {code!r} stands in two catalogues")
            merged[code] = {lang: (pair[0], pair[1]) for lang, pair in texts.items()}
    return merged


class _Gaps(dict[str, Any]):
    """Leaves a placeholder visible when its value is missing: a message must never fail to be shown."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def _texts(item: Finding, lang: Lang) -> tuple[str, str]:
    texts = catalogue().get(item.code, {}).get(lang)
    if texts is None:
        return item.code, ""
    values = _Gaps(item.params, where=item.where)
    return texts[0].format_map(values), texts[1].format_map(values)


def explain(code: str, lang: Lang) -> str:
    """Return what a code means, without the figures of a single finding (each stands as …)."""
    return _without_figures(catalogue().get(code, {}).get(lang, (code, ""))[0])


def advise(code: str, lang: Lang) -> str:
    """Return what to do next about a code, without the figures of a single finding (each stands as …)."""
    return _without_figures(catalogue().get(code, {}).get(lang, (code, ""))[1])


def _without_figures(text: str) -> str:
    return re.sub(r"\{\w+[^}]*\}", "…", text)


def describe(item: Finding, lang: Lang) -> str:
    """Return the finding's message as one sentence, with its place."""
    message, _ = _texts(item, lang)
    return f"{item.where}: {message}" if item.where else message


def render(item: Finding, lang: Lang) -> dict[str, str]:
    """Return ``{code, severity, where, message, remedy}`` in the reader's language (``CONTRACT`` keys)."""
    message, remedy = _texts(item, lang)
    return {
        "code": item.code,
        "severity": item.severity.value,
        "where": item.where,
        "message": message,
        "remedy": remedy,
    }


def to_json(item: Finding) -> dict[str, Any]:
    """Return a finding as it is stored: code and parameters, so that it can be said in either language."""
    return {"code": item.code, "severity": item.severity.value, "where": item.where, "params": dict(item.params)}


def from_json(body: Mapping[str, Any]) -> Finding:
    """Read a stored finding back."""
    return Finding(body["code"], Severity(body["severity"]), body.get("where", ""), body.get("params", {}))


def blocking(findings: Iterable[Finding]) -> bool:
    """Whether any finding is an error or blocking."""
    return any(item.severity.blocks for item in findings)
