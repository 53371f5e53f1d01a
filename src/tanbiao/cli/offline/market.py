"""``tanbiao carbon-market STUDY``: a factory's process-step data beside a study, and into it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tanbiao.cli.console import Console
from tanbiao.cli.files import refuse_existing, write_whole
from tanbiao.cli.offline.calculate import load_rule_of, load_study
from tanbiao.core.findings import TanbiaoError, blocking

if TYPE_CHECKING:
    from tanbiao.core.study import Study
    from tanbiao.core.study.market import StepFound


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("study", metavar="STUDY", nargs="?", help="研究文件 / study file")
    parser.add_argument(
        "--table", metavar="FILE", help="填好的工序数据表（CSV 或 Excel）/ the filled-in table, CSV or Excel"
    )
    parser.add_argument("--blank", metavar="FILE.csv", help="写出空白表格 / write the blank table")
    parser.add_argument(
        "--fill",
        metavar="OUT.yaml",
        help="写出用报告活动数据填好的研究 / write the study with the report's activity data",
    )
    parser.add_argument("--release", metavar="R", help="发布包名称、路径或 名称@哈希 / name, path or name@hash")
    parser.add_argument("--data", metavar="DIR", help="平台数据目录 / the platform's data directory")
    parser.add_argument("--force", action="store_true", help="覆盖已有文件 / replace a file that is there")


def run(args: argparse.Namespace, out: Console) -> int:
    """Reconcile; 0 done, 1 a finding is an error, 2 no comparison comes out."""
    from tanbiao.formats import market_table

    if args.blank is not None:
        refuse_existing(Path(args.blank), force=args.force)
        write_whole(Path(args.blank), market_table.blank(out.lang))
        out.line(args.blank)
        if args.study is None:
            return 0
    if args.study is None:
        reason = "没有给出研究文件" if out.lang == "zh" else "no study file is named"
        raise TanbiaoError.of("study_file_unreadable", "STUDY", reason=reason)
    if args.fill is not None:
        refuse_existing(Path(args.fill), force=args.force)
    study = _study(args)
    rule, notes = load_rule_of(study.rule, args.data)
    from tanbiao.core.lca.release_find import DEFAULT, find_release
    from tanbiao.core.study.market import as_json, filled, reconcile
    from tanbiao.formats import yaml_study

    release = find_release(args.release or study.release or DEFAULT, data_dir=args.data)
    found = reconcile(study, release, rule)
    document = as_json(found, out.lang)
    if args.fill is not None:
        body, rows = filled(study)
        write_whole(Path(args.fill), yaml_study.dump(body))
        document |= {"filled": list(rows), "file": args.fill}
    out.document(document)
    out.line(f"{found.market.report} · {found.market.year}")
    for step in found.steps:
        _print(step, out)
    if args.fill is not None:
        out.text(
            f"已填入 {', '.join(document['filled'])}：{args.fill}",
            f"Filled {', '.join(document['filled'])}: {args.fill}",
        )
    out.findings([*notes, *found.findings])
    return 1 if blocking(found.findings) else 0


def _study(args: argparse.Namespace) -> Study:
    from tanbiao.core.study import Study
    from tanbiao.formats import market_table

    loaded = load_study(Path(args.study))
    if loaded.study is None:
        raise TanbiaoError(*loaded.findings)
    if args.table is None:
        return loaded.study
    try:
        data = Path(args.table).read_bytes()
    except OSError as error:
        raise TanbiaoError.of("study_file_unreadable", args.table, reason=str(error)) from error
    section = market_table.read(data, Path(args.table).name)
    study, findings = Study.parse(loaded.study.canonical() | {"carbon_market": section})
    if study is None:
        raise TanbiaoError(*findings)
    return study


def _print(step: StepFound, out: Console) -> None:
    from tanbiao.core.study.market import REASONS

    name = step.step.name.best(out.lang) if step.step.name else step.id
    out.line()
    out.text(f"{name}：报告 {step.start} kg/{step.unit}", f"{name}: reported {step.start} kg/{step.unit}")
    for item in step.lines:
        study = "—" if item.in_study is None else f"{item.in_study:.6g}"
        out.text(
            f"  {item.line.id}  活动数据 × 因子 = {item.product / 1000:.6g} t，报告 {item.reported / 1000:.6g} t；"
            f"单位产出 {item.activity:.6g} {item.unit}，研究 {study}",
            f"  {item.line.id}  activity × factor = {item.product / 1000:.6g} t, reported {item.reported / 1000:.6g} t;"
            f" per unit of output {item.activity:.6g} {item.unit}, study {study}",
        )
    for change in step.changes:
        out.line(f"  {change.change:+}  {REASONS[change.reason][out.lang]}")
    out.text(f"  = {step.total} kg CO2e/{step.unit}（足迹）", f"  = {step.total} kg CO2e/{step.unit} (footprint)")
