"""Licences of all run-time dependencies (extras included) against an allow-list; GPL and AGPL never pass.

A package's licence is read from its own metadata: the SPDX expression, else the trove classifiers, else the text of
the ``License`` field. What cannot be read must be named in ``KNOWN`` with where it was read.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections import deque
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
ALLOWED = re.compile(
    r"\b(apache|mit|bsd|isc|psf|python software foundation|mozilla public license 2|mpl-2|zlib|unlicense|cc0|0bsd|"
    r"hpnd|historical permission|lgpl|lesser general public|public domain|ofl)\b",
    re.IGNORECASE,
)
REFUSED = re.compile(r"(?<!l)(?<!lesser )\b(agpl|gpl|affero|gnu general public)", re.IGNORECASE)
KNOWN: dict[str, str] = {}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _licence(dist: metadata.Distribution) -> str:
    about = dist.metadata
    if about.get("License-Expression"):
        return str(about["License-Expression"])
    trove = [line.split(" :: ")[-1] for line in about.get_all("Classifier") or [] if line.startswith("License ::")]
    trove = [line for line in trove if line != "OSI Approved"]
    if trove:
        return " AND ".join(trove)
    return (about.get("License") or "").strip().split("\n")[0][:100]


def _closure() -> dict[str, metadata.Distribution]:
    """Return every installed distribution that the project or one of its extras needs at run time."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = list(project["dependencies"])
    for extra in project["optional-dependencies"].values():
        wanted += extra
    queue = deque(Requirement(line) for line in wanted)
    seen: dict[str, metadata.Distribution] = {}
    visited: set[tuple[str, frozenset[str]]] = set()
    while queue:
        need = queue.popleft()
        key = (_normal(need.name), frozenset(need.extras))
        if key in visited:
            continue
        visited.add(key)
        try:
            dist = metadata.distribution(need.name)
        except metadata.PackageNotFoundError:
            print(f"{need.name} is not installed: make setup first")
            continue
        seen[key[0]] = dist
        for line in dist.requires or []:
            child = Requirement(line)
            extras = need.extras or {""}
            if child.marker is None or any(child.marker.evaluate({"extra": extra}) for extra in extras):
                queue.append(child)
    return seen


def main() -> int:
    """Print each licence that is refused or unknown; return 1 when there is one."""
    bad = []
    for name, dist in sorted(_closure().items()):
        licence = KNOWN.get(name) or _licence(dist)
        options = re.split(r"\s+OR\s+", licence)
        if not any(ALLOWED.search(option) and not REFUSED.search(option) for option in options):
            bad.append(f"{name} {dist.version}: {licence or 'no licence stated'}")
        elif "--list" in sys.argv:
            print(f"{name} {dist.version}: {licence}")
    for line in bad:
        print(f"licence not on the allow-list: {line}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
