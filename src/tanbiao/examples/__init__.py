"""Real products as study files, shipped in the wheel: published inventories with their sources."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

from tanbiao.core.findings import TanbiaoError


@dataclass(frozen=True, slots=True)
class Example:
    """One example: its file in this folder, its rule, and whether every amount is known."""

    id: str
    title: dict[str, str]
    file: str
    rule: str
    complete: bool

    def read(self) -> bytes:
        """Return the study file."""
        return (resources.files(__name__) / self.file).read_bytes()


@cache
def catalogue() -> tuple[Example, ...]:
    """Return the examples in the order of ``index.json``."""
    listed = json.loads((resources.files(__name__) / "index.json").read_text(encoding="utf-8"))
    return tuple(
        Example(item["id"], item["title"], item["file"], item["rule"], bool(item["complete"]))
        for item in listed["examples"]
    )


def example(identifier: str) -> Example:
    """Return one example.

    Raises
    ------
    TanbiaoError
        ``example_unknown``
    """
    for item in catalogue():
        if item.id == identifier:
            return item
    raise TanbiaoError.of("example_unknown", identifier, known=", ".join(item.id for item in catalogue()))
