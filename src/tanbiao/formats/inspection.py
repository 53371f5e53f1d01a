"""What a dataset file holds and what is wrong with it, without storing anything: what ``tanbiao inspect`` reports."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tanbiao.core.dataset.checks import check
from tanbiao.core.dataset.inventory import Inventory
from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.formats import registry, together
from tanbiao.formats.archive import Members
from tanbiao.formats.detect import HEAD, looks_like
from tanbiao.formats.reading import Log

__all__ = ["Inspection", "Watch", "clashes", "groups", "inspect", "totals"]

SAME: Final[Mapping[str, tuple[str, ...]]] = {
    "process_without_reference": ("reference_missing",),
    "amount_not_finite": ("amount_missing", "number_unreadable"),
    "unit_mismatch": ("unit_of_another_quantity",),
}
"""What the checks call something → what readers call it."""
Watch = Callable[[str, int, int], None]
"""Called with a label, how many members were read so far and how many there are."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """One file, archive or folder (or plain files that belong together), read and checked."""

    label: str
    inventory: Inventory
    findings: tuple[Finding, ...]
    """The reader's findings first, then those of the checks."""

    def counts(self) -> dict[str, Any]:
        """Return ``{format, processes, flows, exchanges, reference_flows, products_without_provider}``."""
        return {
            "format": self.inventory.format,
            "processes": len(self.inventory.processes),
            "flows": len(self.inventory.flows),
            "exchanges": self.inventory.count_exchanges(),
            "reference_flows": self.inventory.count_references(),
            "products_without_provider": len(self.inventory.products_without_provider()),
        }


def inspect(members: Members, format_name: str = "", watch: Watch | None = None) -> Inspection:
    """Read and check one group of files; raises what :func:`tanbiao.formats.registry.read` raises."""
    if watch is not None:
        members.watch(lambda done: watch(members.label, done, len(members)))
    inventory = registry.read(members, format_name)
    unread = _unread(members) if members.are_loose else ()
    found = (*inventory.findings, *_news(inventory.findings, check(inventory)), *unread)
    return Inspection(
        members.label, inventory, found if inventory.processes else (_nothing(members, inventory), *found)
    )


def _nothing(members: Members, inventory: Inventory) -> Finding:
    """Return the finding that nothing can be made of the files, with what their content looks like."""
    seen = looks_like(members.head(next(iter(members)), HEAD)) if len(members) else "—"
    shown = {"seen": seen, "format": inventory.format}
    return finding("dataset_file_without_process", Severity.BLOCKING, members.label, **shown)


def _unread(members: Members) -> tuple[Finding, ...]:
    """Return a finding for each file that the reader did not want: somebody chose it."""
    log = Log()
    for name in members.unread():
        seen = looks_like(members.head(name, HEAD)) if members.size(name) else "—"
        log.warn("dataset_file_not_read", name, seen=seen)
    return log.close()


def _news(told: Sequence[Finding], found: Sequence[Finding]) -> Iterator[Finding]:
    """Yield the findings of the checks that the reader has not told already of the same place."""
    known = {(item.code, _plain(item.where)) for item in told}
    for item in found:
        if not any((code, _plain(item.where)) in known for code in SAME.get(item.code, ())):
            yield item


def _plain(where: str) -> str:
    return re.sub(r"[#: ]+", " ", where)


def groups(paths: Sequence[Path], format_name: str = "") -> Iterator[Members]:
    """Yield what is read as one, see :mod:`tanbiao.formats.together`.

    Raises
    ------
    TanbiaoError
        What :func:`tanbiao.formats.together.groups` and :meth:`Members.open` raise.
    """
    for chosen in together.groups(paths, format_name):
        yield Members.open(*chosen)


def totals(inspections: Sequence[Inspection]) -> dict[str, Any]:
    """Return the counts of all together; ``format`` is ``mixed`` where they differ."""
    counts = [one.counts() for one in inspections]
    formats = {one["format"] for one in counts}
    merged: dict[str, Any] = {"format": formats.pop() if len(formats) == 1 else "mixed"}
    for key in ("processes", "flows", "exchanges", "reference_flows", "products_without_provider"):
        merged[key] = sum(one[key] for one in counts)
    return merged


def clashes(inspections: Sequence[Inspection]) -> tuple[Finding, ...]:
    """Return a ``uuid_clash`` for each process that stands in two of the files with other content."""
    seen: dict[str, tuple[str, Mapping[str, Any]]] = {}
    found = []
    for one in inspections:
        for process in one.inventory.processes:
            content = {"exchanges": process.exchanges, "name": dict(process.name)}
            label, other = seen.setdefault(f"{process.id} {process.version}", (one.label, content))
            if label != one.label and other != content:
                found.append(
                    finding("uuid_clash", Severity.ERROR, process.where, id=process.id, first=label, second=one.label)
                )
    return tuple(found)
