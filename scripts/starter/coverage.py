"""What the starter release covers, by geography and GWP basis, for the documentation."""

from __future__ import annotations

from typing import Final

from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_coverage import coverage

_REGIONS: Final = {
    "national": "China, national",
    "grid": "China, grids",
    "province": "China, provincial level",
    "asia": "Asia without China",
    "europe": "Europe",
    "north_america": "North America",
    "elsewhere": "elsewhere",
    "global": "global",
    "not_stated": "not stated",
}
_BASES: Final = {
    "same": "published with it",
    "recharacterised": "weighed again from masses",
    "other": "another set, as published",
    "unknown": "set not stated",
}


def table(release: Release) -> str:
    """Return datasets by region and by what their figure under AR6 rests on."""
    found = coverage(release, "AR6")
    lines = [
        f"| geography | datasets | {' | '.join(_BASES.values())} |",
        f"|---|---:|{'---:|' * len(_BASES)}",
    ]
    for region, number in found["regions"].items():
        counts = [found["gwp"][region].get(basis, 0) for basis in _BASES]
        lines.append(f"| {_REGIONS[region]} | {number} | {' | '.join(map(str, counts))} |")
    totals = [sum(found["gwp"][region].get(basis, 0) for region in found["regions"]) for basis in _BASES]
    lines.append(f"| all | {found['datasets']} | {' | '.join(map(str, totals))} |")
    return "\n".join(lines)
