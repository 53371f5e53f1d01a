"""``tanbiao template datasets|study [FILE]``: an empty Excel template to fill in."""

from __future__ import annotations

import argparse
from pathlib import Path

from tanbiao.cli.console import Console
from tanbiao.cli.files import refuse_existing, write_whole


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("kind", choices=("datasets", "study"), help="数据集或产品研究 / datasets, or a product's study")
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="写到哪里 / where to write")
    parser.add_argument("--rule", default="", metavar="R", help="产品种类规则，用于 study / category rule, for a study")
    parser.add_argument("--force", action="store_true", help="覆盖已有文件 / replace a file that is there")


def run(args: argparse.Namespace, out: Console) -> int:
    """Write the template; raises ``output_file_exists``, ``output_not_written`` and what an unknown rule raises."""
    path: Path = args.file or Path(f"tanbiao-{args.kind}.xlsx")
    refuse_existing(path, force=args.force)
    if args.kind == "datasets":
        from tanbiao.formats.writers import workbook

        data = workbook.template()
    else:
        from tanbiao.core.rules.load import load_rule
        from tanbiao.formats import excel_study

        data = excel_study.template(load_rule(args.rule) if args.rule else None, out.lang)
    write_whole(path, data)
    out.document({"file": str(path), "bytes": len(data), "findings": []})
    out.text(f"已写出 {path}", f"{path} written")
    return 0
