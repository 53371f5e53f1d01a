"""``tanbiao compare-years BASE LATER``: the change of one product's footprint between two periods, split by cause."""

from __future__ import annotations

import argparse
from pathlib import Path

from tanbiao.cli.console import Console
from tanbiao.cli.offline.calculate import load_rule_of, load_study
from tanbiao.cli.offline.interpret import print_section
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.study.years import Pinned, as_json, compare_years


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("base", metavar="BASE", help="基期研究文件 / study of the base period")
    parser.add_argument("later", metavar="LATER", help="后期研究文件 / study of the later period")
    parser.add_argument("--release", metavar="R", help="两者都用的发布包 / one release for both")
    parser.add_argument("--data", metavar="DIR", help="平台数据目录 / the platform's data directory")


def run(args: argparse.Namespace, out: Console) -> int:
    """Compare; 0 done, 1 no reduction may be stated, 2 the two can't be compared."""
    from tanbiao.documents.report.years import sections

    found = compare_years(pinned(args.base, args, out), pinned(args.later, args, out))
    told = as_json(found, out.lang)
    out.document(told)
    out.line(told["later"]["name"][out.lang])
    for section in sections(told, out.lang):
        print_section(section, out)
    return 1 if found.reduction is None else 0


def pinned(path: str, args: argparse.Namespace, out: Console) -> Pinned:
    """Return a study file with its rule and release; notes on the rule are told.

    Raises
    ------
    TanbiaoError
        What keeps the file or the release from being read.
    """
    loaded = load_study(Path(path))
    if loaded.study is None:
        raise TanbiaoError(*loaded.findings)
    rule, notes = load_rule_of(loaded.study.rule, args.data)
    out.findings(notes)
    from tanbiao.core.lca.release_find import DEFAULT, find_release

    release = find_release(args.release or loaded.study.release or DEFAULT, data_dir=args.data)
    return Pinned(loaded.study, release, rule)
