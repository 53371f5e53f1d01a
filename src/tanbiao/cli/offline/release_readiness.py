"""The readiness report of a release, as it is printed after a build and by ``tanbiao release show --readiness``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tanbiao.cli.console import Console
from tanbiao.core.findings import Finding, Severity, from_json, render

if TYPE_CHECKING:
    from tanbiao.core.lca.release import Release

SHOWN = 12
"""Codes that are printed, the weightiest first; ``--json`` has every finding."""


def document(release: Release, lang: Any) -> dict[str, Any] | None:
    """Return the stored report with its findings rendered; None where the release was not made from databases.

    ``{databases: [{key, title, owner, licence, tier, level, datasets, …, readiness}], release: {codes, findings},
    precedence: {superseded, filled, not_filled}, gap_filling}``
    """
    if "databases" not in release.header:
        return None
    stored = release.document("readiness")
    databases = []
    for one in release.header["databases"]:
        report = stored["databases"].get(one["key"])
        databases.append({**one, "readiness": None if report is None else _rendered(report, lang)})
    return {
        "gap_filling": release.header["gap_filling"],
        "databases": databases,
        "release": _rendered(stored["release"], lang),
        "precedence": release.document("precedence"),
    }


def _rendered(report: Mapping[str, Any], lang: Any) -> dict[str, Any]:
    return {**report, "findings": [render(from_json(item), lang) for item in report["findings"]]}


def say(release: Release, out: Console) -> None:
    """Write the report for a person: low figures, per database standings, coverage, each code with its next action."""
    from tanbiao.core.lca.chain_gaps import low_figures

    out.findings(list(low_figures(release)))
    if "databases" not in release.header:
        out.text(
            "此发布版没有就绪报告：它不是由数据库建立的。",
            "This release has no readiness report: it was not made from databases.",
        )
        return
    stored = release.document("readiness")
    for one in release.header["databases"]:
        out.line(f"{one['key']}  {one['title']}  [{one['level']}, {one['tier']}]  {one['licence']}")
        out.text(
            f"  取用 {one['datasets']} / {one['offered']} 个数据集",
            f"  {one['datasets']} of {one['offered']} datasets taken",
        )
        report = stored["databases"].get(one["key"])
        if report is not None:
            _standings(report, out)
            _codes(report, out)
    _codes(stored["release"], out)
    _precedence(release, out)


def _standings(report: Mapping[str, Any], out: Console) -> None:
    out.text(
        f"  完整 {report['complete']}，不完整 {report['incomplete']}，无法计算 {report['refused']}",
        f"  {report['complete']} complete, {report['incomplete']} incomplete, {report['refused']} without an answer",
    )
    for indicator, counts in report["coverage"].items():
        parts = ", ".join(f"{cover} {count}" for cover, count in counts.items() if count)
        out.line(f"    {indicator}: {parts} / {report['exchanges']}")


def _codes(report: Mapping[str, Any], out: Console) -> None:
    found = [from_json(item) for item in report["findings"]]
    count = Counter(item.code for item in found)
    firsts: dict[str, Finding] = {}
    for item in found:
        firsts.setdefault(item.code, item)
    weight = list(reversed(Severity))
    ordered = sorted(firsts.values(), key=lambda item: (weight.index(item.severity), -count[item.code], item.code))
    for item in ordered[:SHOWN]:
        out.line(f"  {count[item.code]:>6} × {item.code}")
        out.findings([item])
    if len(ordered) > SHOWN:
        out.text(f"  …… 其余 {len(ordered) - SHOWN} 类见 --json", f"  … {len(ordered) - SHOWN} more codes: see --json")


def _precedence(release: Release, out: Console) -> None:
    record = release.document("precedence")
    for name, zh, en in (
        ("superseded", "让位于更高层级的数据集", "datasets that give way to a higher level"),
        ("filled", "由其他数据库补足的缺口", "gaps filled from another database"),
        ("not_filled", "有来源而未获准补足的缺口", "gaps that this release may not fill"),
    ):
        rows = record[name]
        if not rows:
            continue
        out.line(f"{zh if out.lang == 'zh' else en}: {len(rows)}")
        for row in rows[:SHOWN]:
            what = row["dataset"] if name == "superseded" else f"{row['dataset']} · {row['name']}"
            out.line(f"  {what} → {row['by']} ({row['by_database']})")
