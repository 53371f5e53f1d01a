"""``tanbiao rules diff A B`` and ``tanbiao rules dry-run DRAFT STUDY…``: what changes in the text, and for studies."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tanbiao.cli import workers
from tanbiao.cli.console import Console
from tanbiao.cli.offline import rule_files

if TYPE_CHECKING:
    from tanbiao.core.rules.dry_run import Effect, Past
    from tanbiao.core.rules.version_diff import Change, RuleDiff

STUDIES = (".yaml", ".yml", ".json", ".xlsx")


def add_diff(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``diff``."""
    parser.add_argument("before", metavar="A", help="旧版：文件或 编号@版本 / the version before")
    parser.add_argument("after", metavar="B", help="新版 / the version after")


def add_dry_run(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``dry-run``."""
    parser.add_argument("file", metavar="DRAFT", help="规则草案：文件或 编号@版本 / the draft")
    parser.add_argument("studies", metavar="STUDY", nargs="+", help="研究文件或目录 / study files or folders")
    parser.add_argument("--against", metavar="RULE", help="与此规则比较 / beside this rule, not each study's own")
    workers.add_arguments(parser)


def run_diff(args: argparse.Namespace, out: Console) -> int:
    """Show what changed; 0 whatever it is."""
    from tanbiao.core.rules.version_diff import diff, title

    found = diff(rule_files.read(args.before, args.data), rule_files.read(args.after, args.data))
    out.document(found.as_json())
    out.line(f"{found.before.reference} → {found.after.reference}")
    if not found.changes:
        out.text("没有差异", "no difference")
    for clause in found.clauses:
        number = clause.clause_after or clause.clause_before
        out.line()
        out.line(f"{number + ' ' if number else ''}{title(clause.section, out.lang)}")
        for change in clause.changes:
            out.line(f"  {_sign(change)} {change.place}: {_shown(change)}{_meaning(change, out.lang)}")
    _count(found, out)
    return 0


_SIGNS = {"added": "+", "removed": "-", "changed": "~"}


def _sign(change: Change) -> str:
    return _SIGNS[change.kind]


def _shown(change: Change) -> str:
    if change.kind == "changed":
        return f"{_short(change.before)} → {_short(change.after)}"
    return _short(change.after if change.kind == "added" else change.before)


def _short(value: Any, limit: int = 120) -> str:
    text = str(value)
    return text if len(text) <= limit else f"{text[:limit]}…"


def _meaning(change: Change, lang: str) -> str:
    words = {"stricter": ("更严", "stricter"), "looser": ("更宽", "looser")}
    if change.direction is None:
        return ""
    return f"  [{words[change.direction][0 if lang == 'zh' else 1]}]"


def _count(found: RuleDiff, out: Console) -> None:
    stricter = sum(item.direction == "stricter" for item in found.changes)
    looser = sum(item.direction == "looser" for item in found.changes)
    if found.changes:
        out.line()
        out.text(
            f"{len(found.changes)} 处差异，其中更严 {stricter} 处，更宽 {looser} 处",
            f"{len(found.changes)} changes, {stricter} stricter, {looser} looser",
        )


def run_dry_run(args: argparse.Namespace, out: Console) -> int:
    """Show what a draft would do to studies; 0 nothing newly blocked or without figure, 1 something is."""
    from tanbiao.core.rules import load_rule
    from tanbiao.core.rules.dry_run import dry_run, summary

    draft = rule_files.read(args.file, args.data)
    against = None if args.against is None else rule_files.read(args.against, args.data)
    with workers.executor(args) as executor:
        find_release = partial(rule_files.release_of, data_dir=args.data)
        find_rule = partial(load_rule, data_dir=args.data)
        found = list(
            dry_run(draft, _studies(args.studies), find_release, find_rule, against=against, executor=executor)
        )
    told = summary(draft, found)
    out.document({**told, "effects": [item.as_json() for item in found]})
    for item in found:
        out.line(_line(item))
    _totals(told, out)
    return 1 if told["newly_blocked"] or told["without_figure"] or told["unread"] else 0


def _studies(names: list[str]) -> Iterator[Past]:
    from tanbiao.cli.offline.calculate import load_study
    from tanbiao.core.rules.dry_run import Past

    for name in names:
        path = Path(name)
        files = sorted(item for item in path.iterdir() if item.suffix in STUDIES) if path.is_dir() else [path]
        for file in files:
            loaded = load_study(file)
            yield Past(str(file), {} if loaded.study is None else loaded.study.canonical())


def _line(item: Effect) -> str:
    if item.unread:
        return f"? {item.id}  {', '.join(item.unread)}"
    if not item.covered:
        return f"– {item.id}"
    assert item.before is not None
    assert item.after is not None
    if item.is_same:
        return f"= {item.id}  {item.before.declared or ''}"
    grade = f"  {item.before.grade} → {item.after.grade}" if item.before.grade != item.after.grade else ""
    checks = ", ".join(f"{line['check']} {line['before'] or '–'} → {line['after'] or '–'}" for line in item.checks())
    return f"≠ {item.id}  {item.before.declared or '–'} → {item.after.declared or '–'}{grade}  {checks}".rstrip()


def _totals(told: dict[str, Any], out: Console) -> None:
    out.line()
    out.text(
        f"{told['studies']} 项研究：不变 {told['same']}，新被阻止 {told['newly_blocked']}，"
        f"不再被阻止 {told['newly_clear']}，没有数值 {told['without_figure']}，"
        f"不适用 {told['not_covered']}，无法读取 {told['unread']}",
        f"{told['studies']} studies: {told['same']} the same, {told['newly_blocked']} newly blocked, "
        f"{told['newly_clear']} no longer blocked, {told['without_figure']} without a figure, "
        f"{told['not_covered']} not covered, {told['unread']} unread",
    )
