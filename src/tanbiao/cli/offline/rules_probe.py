"""``tanbiao rules probe RULE``: find examples that hold the elements which no worked example holds."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from tanbiao.cli.console import Console
from tanbiao.cli.files import refuse_existing, write_whole
from tanbiao.cli.offline import rule_files


def add_probe(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``probe``."""
    parser.add_argument("file", metavar="RULE", help="规则：文件或 编号@版本 / the rule")
    parser.add_argument(
        "-o", "--output", metavar="KIT", type=Path, help="写成补充算例文件（rule-kit/1）/ write them as a kit"
    )
    parser.add_argument("--force", action="store_true", help="覆盖已有文件 / replace the file")


def run_probe(args: argparse.Namespace, out: Console) -> int:
    """Show what was found; 0 every element is held, 1 some are not, 2 an example of the rule itself fails."""
    from tanbiao.core.rules.kit_file import kit_of
    from tanbiao.core.rules.probing import STATEMENT, as_document, as_text, probe

    if args.output is not None:
        refuse_existing(args.output, force=args.force)
    rule = rule_files.read(args.file, args.data)
    path = Path(args.file)
    folder = path.parent if path.is_file() else None
    found = probe(rule, partial(rule_files.release_of, data_dir=args.data), folder)
    kit = kit_of(rule, folder)
    document = as_document(rule, (*(kit.examples if kit else ()), *found.examples), STATEMENT)
    if args.output is not None:
        write_whole(args.output, as_text(document).encode())
    out.document({"rule": rule.reference, "found": len(found.examples), "left": list(found.left), "kit": document})
    for example in found.examples:
        out.line(f"+ {example.id}  {', '.join(example.holds)}")
    for name in found.left:
        out.line(f"✗ {name}")
    out.text(
        f"找到 {len(found.examples)} 个算例；仍未守住 {len(found.left)} 个要素",
        f"{len(found.examples)} examples found; {len(found.left)} elements are still not held",
    )
    return 1 if found.left else 0
