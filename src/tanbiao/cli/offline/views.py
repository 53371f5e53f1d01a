"""``tanbiao views STUDY``: one study under several schemes' parameters, each difference explained."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tanbiao.cli.console import Console
from tanbiao.cli.offline.calculate import ABSENT_WORDS, load_rule_of, load_study
from tanbiao.core.findings import TanbiaoError

if TYPE_CHECKING:
    from tanbiao.core.study.cbam_bridge import Bridge
    from tanbiao.core.study.parameter_sets import View

SETTINGS = {
    "stages": ("计入的阶段", "stages that count"),
    "electricity": ("按其性质计入的电力", "electricity that counts as what it is"),
    "gwp": ("GWP 数值集", "GWP set"),
    "biogenic": ("生物源二氧化碳", "biogenic CO2"),
    "recycling": ("回收材料的分摊", "sharing of recycled materials"),
    "credits": ("抵减", "credits"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("study", metavar="STUDY", help="研究文件：YAML、JSON 或 Excel 模板 / study file")
    parser.add_argument("--release", metavar="R", help="发布包名称、路径或 名称@哈希 / name, path or name@hash")
    parser.add_argument("--data", metavar="DIR", help="平台数据目录 / the platform's data directory")


def run(args: argparse.Namespace, out: Console) -> int:
    """Show the views; 0 done, 2 no result."""
    loaded = load_study(Path(args.study))
    if loaded.study is None:
        raise TanbiaoError(*loaded.findings)
    rule, notes = load_rule_of(loaded.study.rule, args.data)
    from tanbiao.core.lca.release_find import DEFAULT, find_release
    from tanbiao.core.study import cbam_bridge
    from tanbiao.core.study.parameter_sets import statement, views
    from tanbiao.core.study.scheme_fields import as_json, kinds

    release = find_release(args.release or loaded.study.release or DEFAULT, data_dir=args.data)
    found = views(loaded.study, release, rule)
    way, told = (None, ()) if loaded.study.cbam is None else cbam_bridge.bridge(loaded.study, release, rule)
    goods = None if way is None else cbam_bridge.as_json(way)
    out.document(
        {
            "statement": statement(),
            "views": [as_json(item, out.lang) for item in found],
            "cbam": goods,
            "kinds": kinds(),
        }
    )
    out.line(statement()[out.lang])
    for item in found:
        _print(item, out)
    if way is not None:
        _print_way(way, out)
    out.findings([*notes, *told])
    return 0


def _print_way(way: Bridge, out: Console) -> None:
    """Write the way from the footprint to the embedded emissions."""
    from tanbiao.core.study import cbam_bridge
    from tanbiao.core.study.scheme_fields import cbam_fields

    out.line()
    out.text(f"CBAM 隐含排放：{way.total} {way.unit}", f"CBAM embedded emissions: {way.total} {way.unit}")
    for item in way.steps:
        out.line(f"  {item.change:+}  {cbam_bridge.STEPS[item.reason][out.lang]}")
    good = way.account.declared
    out.line(f"  = {good.total:.6g} t CO2e/t ({good.direct:.6g} + {good.indirect:.6g})")
    made = cbam_fields(way.account)
    for key, value in (*made.rows.items(), *made.totals.items()):
        out.line(f"    {key} = {value} t CO2e/t")
    out.findings(way.account.findings)


def _print(item: View, out: Console) -> None:
    from tanbiao.core.study.scheme_fields import fields

    out.line()
    partial = "" if item.complete else ("（不完整）" if out.lang == "zh" else " (partial)")
    out.line(f"{item.set.name[out.lang]}: {item.total} {item.unit}{partial}")
    for step in item.steps:
        zh, en = SETTINGS[step.setting]
        out.line(f"  {step.change:+}  {zh if out.lang == 'zh' else en}: {step.to}")
        if step.why:
            out.line(f"      {step.why[out.lang]}")
    if item.same:
        shared = ", ".join(SETTINGS[name][0 if out.lang == "zh" else 1] for name in item.same)
        out.text(f"  与本研究相同：{shared}", f"  as in the study: {shared}")
    if item.per_energy is not None:
        out.text(
            f"  = {item.per_energy} kg CO2e/kWh（全寿命输出，÷ {item.energy} kWh）",
            f"  = {item.per_energy} kg CO2e/kWh delivered over the service life (÷ {item.energy} kWh)",
        )
    made = fields(item)
    for row in made.rows if made is not None else ():
        mark = "  " if row.role == "part" else " ·"
        shown = row.shown or ABSENT_WORDS[row.state][0 if out.lang == "zh" else 1]
        out.line(f"  {mark}{row.id} = {shown}  {row.name[out.lang]}")
    for key, value in made.totals.items() if made is not None else ():
        out.line(f"   Σ {key} = {value}")
    out.findings((*item.findings, *(made.findings if made is not None else ())))
