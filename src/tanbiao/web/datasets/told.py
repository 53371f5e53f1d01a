"""What was found in an import, as a reader wants it: by code, filtered, sorted, in words, with the dataset's name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tanbiao.core.findings import Finding, Lang, Severity, from_json, render
from tanbiao.web.datasets.models import DatasetImport, DatasetVersion

SORTS = ("weight", "code", "place")
_WEIGHT = {severity.value: weight for weight, severity in enumerate(Severity)}
_TOKEN = re.compile(r"[^\s/#:,;]+")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which findings, in which order; empty: all. ``text`` is part of the place, the message or the dataset's name."""

    severity: str = ""
    code: str = ""
    text: str = ""
    sort: str = "weight"

    @property
    def is_filtered(self) -> bool:
        """Whether something is left out."""
        return bool(self.severity or self.code or self.text.strip())


@dataclass(frozen=True, slots=True)
class Told:
    """A finding in words, with the dataset that its place names where this import kept it."""

    code: str
    severity: str
    where: str
    message: str
    remedy: str
    process: str = ""
    version_id: UUID | None = None

    def document(self) -> dict[str, str]:
        """Return it as the API and the exports have it."""
        return {
            "severity": self.severity,
            "code": self.code,
            "process": self.process,
            "where": self.where,
            "message": self.message,
            "remedy": self.remedy,
        }


@dataclass(frozen=True, slots=True)
class Group:
    """How often a code was found, said once with what to do next."""

    code: str
    severity: str
    count: int
    example: dict[str, str] = field(compare=False)
    """The first of them in words."""


def findings(record: DatasetImport, *, code: str = "") -> list[Finding]:
    """Return the findings of an import, the heaviest first, those of a code where one is asked for."""
    found = [from_json(item) for item in record.findings if not code or item["code"] == code]
    return sorted(found, key=lambda item: -_WEIGHT[item.severity.value])


def told(record: DatasetImport, lang: Lang, wanted: Wanted = Wanted()) -> list[Told]:
    """Return the findings that are asked for, in words."""
    chosen = [item for item in findings(record, code=wanted.code) if wanted.severity in ("", item.severity.value)]
    names = _names(record)
    spoken = [_told(item, names, lang) for item in chosen]
    text = wanted.text.strip().casefold()
    if text:
        spoken = [
            one for one in spoken if any(text in part.casefold() for part in (one.where, one.message, one.process))
        ]
    if wanted.sort == "code":
        spoken.sort(key=lambda one: (one.code, one.where))
    elif wanted.sort == "place":
        spoken.sort(key=lambda one: (one.process or one.where, one.where))
    return spoken


def groups(record: DatasetImport, lang: Lang) -> list[Group]:
    """Return the codes of an import's findings, the heaviest first, then the most frequent."""
    counted = Counter((item["code"], item["severity"]) for item in record.findings)
    first: dict[tuple[str, str], dict[str, Any]] = {}
    for item in record.findings:
        first.setdefault((item["code"], item["severity"]), item)
    ordered = sorted(counted.items(), key=lambda pair: (-_WEIGHT[pair[0][1]], -pair[1], pair[0][0]))
    return [
        Group(code, severity, count, render(from_json(first[code, severity]), lang))
        for (code, severity), count in ordered
    ]


def _names(record: DatasetImport) -> dict[str, tuple[str, UUID]]:
    rows = DatasetVersion.objects.filter(source=record).values_list("dataset_id", "name", "id")
    return {dataset_id: (name, version_id) for dataset_id, name, version_id in rows}


def _told(item: Finding, names: dict[str, tuple[str, UUID]], lang: Lang) -> Told:
    spoken = render(item, lang)
    name, version_id = next((names[key] for key in _keys(item.where) if key in names), ("", None))
    return Told(item.code, spoken["severity"], item.where, spoken["message"], spoken["remedy"], name, version_id)


def _keys(where: str) -> Iterable[str]:
    """Yield what in a place may be a dataset's id: its words, and those without the ending of a file's name."""
    for token in _TOKEN.findall(where):
        yield token
        yield token.rpartition(".")[0]
