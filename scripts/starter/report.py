"""The tables of ``docs/data/starter-release.md``: each stands between two comments and is written anew."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from starter import coverage, published
from starter.tables import ROOT
from tanbiao.core.dataset import Dataset
from tanbiao.core.lca.release import Release

PAGE: Final = ROOT / "docs" / "data" / "starter-release.md"


def texts(release: Release, known: Mapping[str, Dataset]) -> dict[Path, str]:
    """Return the page with its tables: path → text.

    Raises
    ------
    ValueError
        The page lacks the comments of a table.
    """
    text = PAGE.read_text(encoding="utf-8")
    for name, table in (("coverage", coverage.table(release)), ("published", published.table(known))):
        begin, end = f"<!-- {name}: written by build_starter.py -->", f"<!-- end of {name} -->"
        pattern = re.compile(f"{re.escape(begin)}\n.*?{re.escape(end)}", re.DOTALL)
        if pattern.search(text) is None:
            raise ValueError(f"{PAGE.name} has no place for the table {name}")
        text = pattern.sub(lambda _found, made=f"{begin}\n{table}\n{end}": made, text)  # type: ignore[misc]
    return {PAGE: text}
