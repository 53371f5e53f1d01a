"""What was found in an import, in words, with the datasets that this import kept."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from tanbiao.core.findings import Finding, Lang, from_json
from tanbiao.web import finding_table
from tanbiao.web.datasets.models import DatasetImport, DatasetVersion
from tanbiao.web.finding_table import ALL, WEIGHT, Group, Told, Wanted

_AFTER_NAME = re.compile(r"[:#! ]")
"""What stands between a file's name and the place in it (``a.csv:7``, ``b.xml#3``, ``c.xlsx!A!B2``)."""
_TOKEN = re.compile(r"[^\s/#:,;]+")


def findings(record: DatasetImport) -> list[Finding]:
    """Return the findings of an import, the heaviest first."""
    return sorted((from_json(item) for item in record.findings), key=lambda item: -WEIGHT[item.severity.value])


def told(record: DatasetImport, lang: Lang, wanted: Wanted = ALL) -> list[Told]:
    """Return the findings that are asked for, in words."""
    names = _names(record)
    spoken = (_told(item, names, lang) for item in findings(record) if wanted.takes(item))
    return finding_table.arranged(spoken, wanted)


def groups(record: DatasetImport, lang: Lang) -> list[Group]:
    """Return the codes of an import's findings, the heaviest first, then the most frequent."""
    return finding_table.groups([from_json(item) for item in record.findings], lang)


@dataclass(frozen=True, slots=True)
class Brought:
    """One of several files of an import: its name, its bytes, how many findings are about it."""

    name: str
    size: int
    findings: int


def files(record: DatasetImport) -> list[Brought]:
    """Return the files of an import that was several, those with most findings first; empty where it was one."""
    counted = dict.fromkeys((name for name, _ in record.files), 0)
    for item in record.findings:
        name = file_of(item.get("where", ""), counted)
        if name:
            counted[name] += 1
    found = [Brought(name, size, counted[name]) for name, size in record.files]
    return sorted(found, key=lambda one: (-one.findings, one.name))


def file_of(where: str, known: Container[str]) -> str:
    """Return the file that a place begins with: all of it, or up to a sign that ends a file's name; else ''."""
    if where in known:
        return where
    ends = sorted((found.start() for found in _AFTER_NAME.finditer(where)), reverse=True)
    return next((where[:end] for end in ends if where[:end] in known), "")


def _names(record: DatasetImport) -> dict[str, tuple[str, UUID]]:
    rows = DatasetVersion.objects.filter(source=record).values_list("dataset_id", "name", "id")
    return {dataset_id: (name, version_id) for dataset_id, name, version_id in rows}


def _told(item: Finding, names: dict[str, tuple[str, UUID]], lang: Lang) -> Told:
    found = next((names[key] for key in _keys(item.where) if key in names), None)
    if found is None:
        return finding_table.told(item, lang)
    return finding_table.told(item, lang, found[0], reverse("datasets:version", args=[found[1]]))


def _keys(where: str) -> Iterable[str]:
    """Yield what in a place may be a dataset's id: its words, and those without the ending of a file's name."""
    for token in _TOKEN.findall(where):
        yield token
        yield token.rpartition(".")[0]
