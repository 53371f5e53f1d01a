"""``tanbiao interpret STUDY``: what a result means, and what it would be under other choices of method."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tanbiao.cli.console import Console
from tanbiao.cli.offline.calculate import load_rule_of, load_study
from tanbiao.core.findings import TanbiaoError

if TYPE_CHECKING:
    from tanbiao.documents.report.content import Cell, Section


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("study", metavar="STUDY", help="研究文件：YAML、JSON 或 Excel 模板 / study file")
    parser.add_argument("--release", metavar="R", help="发布包名称、路径或 名称@哈希 / name, path or name@hash")
    parser.add_argument("--samples", type=int, default=1000, metavar="N", help="样本数，0 为不算区间 / 0: no interval")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="随机种子 / seed")
    parser.add_argument(
        "--vary",
        type=float,
        default=0.1,
        metavar="X",
        help="逐项增减的幅度（0–1），默认 0.1 / share by which one input at a time is varied, by default 0.1",
    )
    parser.add_argument("--data", metavar="DIR", help="平台数据目录 / the platform's data directory")


def run(args: argparse.Namespace, out: Console) -> int:
    """Calculate and interpret; 0 done, 2 no result."""
    loaded = load_study(Path(args.study))
    if loaded.study is None:
        raise TanbiaoError(*loaded.findings)
    rule, notes = load_rule_of(loaded.study.rule, args.data)
    from tanbiao.core.lca.release_find import DEFAULT, find_release
    from tanbiao.core.study import calculate
    from tanbiao.core.study.interpretation import interpret
    from tanbiao.documents.report.interpretation import sections

    release = find_release(args.release or loaded.study.release or DEFAULT, data_dir=args.data)
    result = calculate(loaded.study, release, rule, samples=args.samples, seed=args.seed)
    told = interpret(loaded.study, release, rule, result.document, args.vary)
    out.document(told)
    body = result.as_json(out.lang)
    out.line(body["study"]["name"][out.lang])
    for section in sections(told, body, out.lang):
        print_section(section, out)
    out.findings(notes)
    return 0


def print_section(section: Section, out: Console) -> None:
    """Write a section of a report as lines; pictures are left out."""
    from tanbiao.documents.report.content import Facts, Table, Words

    out.line()
    out.line(section.title)
    for block in section.blocks:
        if isinstance(block, Facts):
            for label, shown in block.pairs:
                out.line(f"  {label}: {shown}")
        elif isinstance(block, Table):
            for row in block.rows:
                out.line("  " + _line(row))
            if block.note:
                out.line(f"  {block.note}")
        elif isinstance(block, Words):
            for line in block.lines:
                out.line(f"  {line}")


def _line(row: Sequence[Cell]) -> str:
    """Return the cells of a row that hold something, apart by two blanks."""
    texts = (cell if isinstance(cell, str) else cell.shown for cell in row)
    return "  ".join(text for text in texts if text)
