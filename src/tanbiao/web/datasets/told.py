"""What was found in an import, in words, with the datasets that this import kept."""

from __future__ import annotations

import re
from collections.abc import Iterable
from uuid import UUID

from django.urls import reverse

from tanbiao.core.findings import Finding, Lang, from_json
from tanbiao.web import finding_table
from tanbiao.web.datasets.models import DatasetImport, DatasetVersion
from tanbiao.web.finding_table import ALL, WEIGHT, Group, Told, Wanted

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
