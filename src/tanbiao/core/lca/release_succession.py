"""Which release takes the place of which: said by its header, else by its name and date.

A release names the one it takes the place of (``"succeeds": "starter-2026.1"``). Where it names none, releases of one
family (the name up to its last hyphen: ``starter`` of ``starter-2026.1``) succeed each other by date, then by version.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any


def family(name: str) -> str:
    """Return the name without its version.

    >>> family("starter-2026.1"), family("national")
    ('starter', 'national')
    """
    head, hyphen, version = name.rpartition("-")
    return head if hyphen and version[:1].isdigit() else name


def _order(header: Mapping[str, Any]) -> tuple[str, tuple[int, ...]]:
    numbers = tuple(int(part) for part in re.findall(r"\d{1,9}", str(header.get("version", ""))))
    return str(header.get("date", "")), numbers


def succeeds(new: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    """Whether the release of one header takes the place of the other's at once."""
    named = new.get("succeeds")
    if named is not None:
        return bool(named == old["name"])
    if new["name"] == old["name"] or family(str(new["name"])) != family(str(old["name"])):
        return False
    return _order(new) > _order(old)


def predecessors(new: Mapping[str, Any], others: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Return the names of all releases that a release succeeds, also through others between them."""
    left = {str(header["name"]): header for header in others if header["name"] != new["name"]}
    found: set[str] = set()
    waiting = [new]
    while waiting:
        newer = waiting.pop()
        reached = [name for name, older in left.items() if succeeds(newer, older)]
        found.update(reached)
        waiting += [left.pop(name) for name in reached]
    return frozenset(found)
