"""``tanbiao compare FIRST SECOND``: two studies on one release and the same draws, P(A < B) and the difference."""

from __future__ import annotations

import argparse

from tanbiao.cli.console import Console
from tanbiao.cli.offline.interpret import print_section
from tanbiao.cli.offline.years import pinned


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("first", metavar="FIRST", help="研究文件 A / study A")
    parser.add_argument("second", metavar="SECOND", help="研究文件 B / study B")
    parser.add_argument("--release", metavar="R", help="两者都用的发布包 / one release for both")
    parser.add_argument("--samples", type=int, default=1000, metavar="N", help="样本数，至少 2 / at least 2")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="随机种子 / seed")
    parser.add_argument("--data", metavar="DIR", help="平台数据目录 / the platform's data directory")


def run(args: argparse.Namespace, out: Console) -> int:
    """Compare; 0 done, 2 the two can't be compared."""
    from tanbiao.core.study.pair import as_json, compare_pair
    from tanbiao.documents.report.pair import sections

    first, second = pinned(args.first, args, out), pinned(args.second, args, out)
    told = as_json(compare_pair(first, second, samples=args.samples, seed=args.seed), out.lang)
    out.document(told)
    for section in sections(told, out.lang):
        print_section(section, out)
    return 0
