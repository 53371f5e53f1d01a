"""Findings as a table that many pages have: by code with one next action each, filtered, sorted, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.http import QueryDict
from django.utils.translation import gettext as _

from tanbiao.core.findings import Finding, Lang, Severity, render

SORTS = ("weight", "code", "place")
WEIGHT = {severity.value: weight for weight, severity in enumerate(Severity)}
EXPORT_HEADS = ("severity", "code", "process", "where", "message", "remedy")


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

    def takes(self, item: Finding) -> bool:
        """Whether code and severity are those asked for."""
        return self.code in ("", item.code) and self.severity in ("", item.severity.value)


ALL = Wanted()


def wanted(query: QueryDict) -> Wanted:
    """Return which findings an address asks for; what it asks wrongly is not asked."""
    severity, sort = query.get("severity", ""), query.get("sort", "")
    return Wanted(
        severity=severity if severity in set(Severity) else "",
        code=query.get("code", "")[:80],
        text=query.get("q", "")[:200],
        sort=sort if sort in SORTS else "weight",
    )


@dataclass(frozen=True, slots=True)
class Told:
    """A finding in words, with the name of the dataset that its place speaks of, and the dataset's page."""

    code: str
    severity: str
    where: str
    message: str
    remedy: str
    process: str = ""
    href: str = ""

    def document(self) -> dict[str, str]:
        """Return it as the API and the exports have it."""
        return {head: getattr(self, head) for head in EXPORT_HEADS}


def told(item: Finding, lang: Lang, process: str = "", href: str = "") -> Told:
    """Return a finding in words."""
    spoken = render(item, lang)
    return Told(item.code, spoken["severity"], item.where, spoken["message"], spoken["remedy"], process, href)


def arranged(spoken: Iterable[Told], asked: Wanted) -> list[Told]:
    """Return the findings that the text fits, in the order asked for; by weight they keep the order they come in."""
    text = asked.text.strip().casefold()
    found = [
        one
        for one in spoken
        if not text or any(text in part.casefold() for part in (one.where, one.message, one.process))
    ]
    if asked.sort == "code":
        found.sort(key=lambda one: (one.code, one.where))
    elif asked.sort == "place":
        found.sort(key=lambda one: (one.process or one.where, one.where))
    return found


@dataclass(frozen=True, slots=True)
class Group:
    """How often a code was found, said once with what to do next."""

    code: str
    severity: str
    count: int
    example: dict[str, str] = field(compare=False)
    """The first of them in words."""


def groups(found: Sequence[Finding], lang: Lang) -> list[Group]:
    """Return the codes, the heaviest first, then the most frequent."""
    counted = Counter((item.code, item.severity.value) for item in found)
    first: dict[tuple[str, str], Finding] = {}
    for item in found:
        first.setdefault((item.code, item.severity.value), item)
    ordered = sorted(counted.items(), key=lambda pair: (-WEIGHT[pair[0][1]], -pair[1], pair[0][0]))
    return [Group(*key, count, render(first[key], lang)) for key, count in ordered]


def choices() -> dict[str, list[tuple[str, str]] | list[str]]:
    """Return what the filter form offers: severities, and orders with their words."""
    return {
        "severities": [severity.value for severity in reversed(Severity)],
        "sorts": [("weight", _("weight")), ("code", _("code")), ("place", _("dataset and place"))],
    }
