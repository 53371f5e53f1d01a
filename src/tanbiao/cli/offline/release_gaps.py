"""``tanbiao release gaps``: products that export trade or consumers want, and what a release has for each."""

from __future__ import annotations

import argparse
from collections import Counter
from typing import Final

from tanbiao.cli.console import Console

WORDS: Final = {
    "chinese": ("中国因子", "Chinese factor"),
    "adapted": ("中国化改编（国外过程、中国能源）", "adapted: foreign process, Chinese energy"),
    "foreign": ("仅国外因子", "foreign factors only"),
    "unfit": ("仅有不能作碳足迹的因子", "only factors that no footprint takes"),
    "gap": ("缺口", "GAP"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("release", nargs="?", default="", help="名称、路径或 名称@sha256:… / name, path or name@hash")
    parser.add_argument(
        "--profile", choices=("export", "consumer"), default="export", help="外贸出口 / 主要消费品：export | consumer"
    )


def run(args: argparse.Namespace, out: Console) -> int:
    """Print the list; raises what finding the release does."""
    from tanbiao.core.lca import release_gaps
    from tanbiao.core.lca.release_find import DEFAULT, find_release

    release = find_release(args.release or DEFAULT, data_dir=args.data)
    rows = release_gaps.gaps(release, args.profile)
    counts = Counter(str(row.standing) for row in rows)
    out.document(
        {
            "name": release.name,
            "hash": release.hash,
            "profile": args.profile,
            "counts": {key: counts[key] for key in WORDS},
            "products": release_gaps.as_json(rows),
            "sources": dict(release_gaps.sources()),
        }
    )
    at = 0 if out.lang == "zh" else 1
    out.line(f"{release.name}  {args.profile}")
    for row in rows:
        name = row.wanted.zh if out.lang == "zh" else row.wanted.en
        best = row.best[0] if row.best else None
        told = f"  {best.dataset}  {best.geography}  {best.level}  ({row.found})" if best else ""
        out.line(f"{WORDS[row.standing][at]:<12}  {name}{told}")
    out.line("  ".join(f"{words[at]} {counts[key]}" for key, words in WORDS.items()))
    return 0
