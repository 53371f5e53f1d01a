"""The chain that a whole-chain rule quantifies: which enterprise brings the data of which part of which stage.

A leading enterprise's own standard covers its suppliers and customers too; the chain says who they are (by name or by
role) and whose data count, before a word of the document is written. It is lifted with the rule to higher layers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from tanbiao.core.catalogue.framework_model import kind_of
from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.core.rules.model import Rule

STAGES: Final = ("raw_materials", "manufacturing", "distribution", "use", "end_of_life")
DATA: Final = ("site_specific", "primary", "supplier_or_secondary", "any")
FIELDS: Final = ("stage", "part", "enterprise", "data")
MAX_LINKS: Final = 50
MAX_TEXT: Final = 200
"""Links of a chain, characters of a name: project defaults, not official."""
NUMBERED: Final[Mapping[str, tuple[str, str]]] = {
    "enterprise": ("enterprise", "Q/ABC 001-2026"),
    "group": ("group", "T/ABC 001-2026"),
    "local": ("local", "DB37/T 1-2026"),
    "industry": ("industry", "YB/T 1-2026"),
    "national": ("national", "GB/T 1-2026"),
}
"""Layer → kind of its standards' numbers, and how one looks."""

Link = Mapping[str, str]


def parse(text: str) -> list[dict[str, str]]:
    """Return the links of a text, one a line, their four parts with a bar between; a missing part is empty."""
    links = []
    for line in text.splitlines():
        if line.strip():
            parts = [part.strip() for part in line.replace("｜", "|").split("|")]
            links.append(dict(zip(FIELDS, [*parts, "", "", "", ""], strict=False)))
    return links


def text_of(links: Iterable[Link]) -> str:
    """Return links as the text that :func:`parse` reads."""
    return "\n".join(" | ".join(link.get(name, "") for name in FIELDS) for link in links)


def wrong(links: Sequence[Link]) -> list[Finding]:
    """Return what is wrong with links, each at its line; an empty chain is none."""
    if not links:
        return []
    if len(links) > MAX_LINKS:
        return [finding("rule_chain_long", Severity.ERROR, "chain", limit=MAX_LINKS)]
    told: list[Finding] = []
    seen: dict[tuple[str, str, str], int] = {}
    for number, link in enumerate(links, start=1):
        told += _wrong_link(number, link)
        key = (link.get("stage", ""), link.get("part", ""), link.get("enterprise", ""))
        if key in seen:
            told.append(finding("rule_chain_twice", Severity.ERROR, "chain", line=number, first=seen[key]))
        seen.setdefault(key, number)
    if len({link.get("enterprise", "") for link in links}) < 2:
        told.append(finding("rule_chain_alone", Severity.ERROR, "chain"))
    return told


def _wrong_link(number: int, link: Link) -> list[Finding]:
    told = [
        finding("rule_chain_part_missing", Severity.ERROR, "chain", line=number, part=name)
        for name in FIELDS
        if not link.get(name)
    ]
    told += [
        finding(
            "rule_chain_choice", Severity.ERROR, "chain", line=number, value=link[name][:40], known=", ".join(known)
        )
        for name, known in (("stage", STAGES), ("data", DATA))
        if link.get(name) and link[name] not in known
    ]
    told += [
        finding("rule_chain_text_long", Severity.ERROR, "chain", line=number, limit=MAX_TEXT)
        for name in ("part", "enterprise")
        if len(link.get(name, "")) > MAX_TEXT
    ]
    return told


def number_wrong(number: str, layer: str) -> list[Finding]:
    """Return why a standard's number is none of its layer; an empty one is not given yet."""
    kind, example = NUMBERED.get(layer, ("", ""))
    if not number or kind_of(number) == kind:
        return []
    return [finding("rule_number_layer", Severity.ERROR, "standard_number", number=number[:80], example=example)]


def missing_stages(links: Iterable[Link], rule: Rule) -> list[str]:
    """Return the stages that a rule requires and its chain leaves out; [] for a rule without a chain."""
    named = {link["stage"] for link in links}
    return (
        [stage for stage in STAGES if getattr(rule.boundary, stage) == "required" and stage not in named]
        if named
        else []
    )
