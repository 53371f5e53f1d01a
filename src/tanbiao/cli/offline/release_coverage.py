"""What a release covers, as ``tanbiao release show --coverage`` prints it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tanbiao.cli.console import Console

if TYPE_CHECKING:
    from tanbiao.core.lca.release import Release

_REGIONS = {
    "national": ("全国", "China"),
    "grid": ("电网", "grids"),
    "province": ("省级", "provinces"),
    "asia": ("亚洲", "Asia"),
    "europe": ("欧洲", "Europe"),
    "north_america": ("北美", "N. America"),
    "elsewhere": ("其他", "elsewhere"),
    "global": ("全球", "global"),
    "not_stated": ("未注明", "not stated"),
}


def document(release: Release) -> dict[str, Any]:
    """Return the coverage as JSON, the same as the platform's call gives."""
    from tanbiao.core.lca.release_coverage import coverage

    return coverage(release)


def say(release: Release, out: Console) -> None:
    """Write the matrix, the places of China that have nothing, and the GWP basis."""
    body = document(release)
    at = 0 if out.lang == "zh" else 1
    regions = [region for region, number in body["regions"].items() if number]
    out.line("  ".join(f"{_REGIONS[region][at]:>10}" for region in regions))
    for one in body["industries"]:
        counts = "  ".join(f"{one['regions'][region]:>10}" for region in regions)
        out.line(f"{counts}  {one['total']:>6}  {one[out.lang]}")
    if body["incomplete"]:
        out.text(
            f"链条缺少投入的数据集：{body['incomplete']} / {body['datasets']}",
            f"Datasets whose chain lacks an input: {body['incomplete']} of {body['datasets']}",
        )
    empty = [one[out.lang] for one in body["places"] if not one["datasets"]]
    if empty:
        out.text(f"没有数据的地区：{'、'.join(empty)}", f"Places without data: {', '.join(empty)}")
    out.text(f"GWP 依据（{body['gwp_set']}）：", f"GWP basis ({body['gwp_set']}):")
    for region in regions:
        counts = "  ".join(f"{basis} {number}" for basis, number in body["gwp"][region].items())
        out.line(f"  {_REGIONS[region][at]}  {counts}")
