"""``tanbiao rules alignment``: what each clause of a packaged rule is aligned to, or whether a record of one fits."""

from __future__ import annotations

import argparse
from pathlib import Path

from tanbiao.cli.console import Console
from tanbiao.cli.offline import rule_files

DEGREES = {"equal": ("等同", "equal"), "modified": ("修改", "modified"), "none": ("无", "none")}


def add_alignment(action: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    action.add_argument("file", metavar="RULE", help="规则文件，或内置规则 编号@版本 / a file, or id@version")
    action.add_argument("--check", type=Path, metavar="TABLE", help="检查一份对照记录（CSV 或 Excel）/ check a record")


def run_alignment(args: argparse.Namespace, out: Console) -> int:
    """Show the record, or check the one that is given; 0 shown and right, 2 what can't be read or is wrong.

    Raises
    ------
    TanbiaoError
        What reading the rule refuses, and every finding of the record at line and column.
    """
    from tanbiao.core.catalogue.framework import load_framework
    from tanbiao.core.catalogue.rule_alignment import packaged, rows
    from tanbiao.core.rules.load import read_rule

    rule, framework = read_rule(rule_files.data_of(Path(args.file), args.data)), load_framework()
    if args.check is not None:
        from tanbiao.formats import alignment_table

        lines = alignment_table.read(rule_files.data_of(args.check, args.data), args.check.name, rule, framework)
    else:
        lines = packaged(rule)
    found = rows(rule, lines)
    out.document(
        {
            "rule": rule.reference,
            "lines": [line.model_dump(mode="json") for line in lines],
            "open": [one.clause for one in found if not one.lines],
        }
    )
    for one in found:
        out.line(f"{one.clause} {one.section}")
        for line in one.lines:
            standard = framework.by_id[line.document]
            degree = DEGREES[line.degree][out.lang == "en"]
            out.line(f"    {degree}  {standard.number or standard.id} {line.at or '–'}  {line.reason.best(out.lang)}")
        if not one.lines:
            out.text("    尚未对照", "    not compared yet")
    out.text(
        "规则管理方自己的对照，非官方结论；引自他人的条款号在 --json 中注明。",
        "The keeper's own comparison, no official statement; --json says of each number how it was read.",
    )
    return 0
