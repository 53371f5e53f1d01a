"""``tanbiao rules ACTION``: category rules as files, their test kits, their versions, tools scored against them."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tanbiao.cli.console import Console
from tanbiao.cli.offline import rule_files, rules_alignment, rules_compare, rules_conformity, rules_probe
from tanbiao.core.findings import Finding, Severity, TanbiaoError, blocking, explain, finding, render

if TYPE_CHECKING:
    from collections.abc import Callable

    from tanbiao.core.lca.release import Release
    from tanbiao.core.rules.model import Rule
    from tanbiao.core.rules.mutation_report import Report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="内置规则及其依据 / the packaged rules and what each rests on")
    listing.add_argument("--all", action="store_true", help="含已被替代的版本 / replaced versions too")
    listing.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="一个 JSON 文档 / one document")
    listing.add_argument("--lang", choices=("zh", "en"), default=argparse.SUPPRESS, help="zh | en")
    actions.add_parser("schema", help="规则文件的 JSON Schema / the JSON Schema of a rule")
    for name, text, declare in (
        ("check", "规则文件是否合格 / is the rule well formed", _add_file),
        ("test", "规则的算例是否通过 / do the rule's worked examples pass", _add_test),
        ("probe", "找出能守住其余要素的算例 / examples that hold what none holds", rules_probe.add_probe),
        ("diff", "两个版本逐条比较 / two versions, clause by clause", rules_compare.add_diff),
        ("dry-run", "草案对已有研究的影响 / what a draft does to studies", rules_compare.add_dry_run),
        ("alignment", "与国际规则逐条对照 / clauses beside international rules", rules_alignment.add_alignment),
        ("pack", "导出算例测试包 / the worked examples as a test pack", rules_conformity.add_pack),
        ("score", "给工具的回答评分并签署 / score a tool's answers, sign the report", rules_conformity.add_score),
        ("verify", "核验符合性报告 / verify a conformity report", rules_conformity.add_verify),
    ):
        action = actions.add_parser(name, help=text)
        declare(action)
        rule_files.add_common(action)


def _add_file(action: argparse.ArgumentParser) -> None:
    action.add_argument("file", metavar="FILE", help="规则文件，或内置规则 编号@版本 / a file, or id@version")


def _add_test(action: argparse.ArgumentParser) -> None:
    _add_file(action)
    action.add_argument("--mutate", action="store_true", help="逐个改动规则要素 / change each element of the rule")


def run(args: argparse.Namespace, out: Console) -> int:
    """Answer; 0 well formed and passed, 1 not, 2 the file can't be read."""
    if args.action == "schema":
        from tanbiao.core.rules.schema import as_text

        Console(out.lang).line(as_text().rstrip())
        return 0
    out = Console(getattr(args, "lang", out.lang), getattr(args, "json", out.as_json))
    if args.action == "list":
        from tanbiao.cli.offline.rules_list import show

        return show(out, every_version=args.all)
    if args.action in _OTHERS:
        return _OTHERS[args.action](args, out)
    path = Path(args.file)
    data = rule_files.data_of(path, args.data)
    try:
        from tanbiao.core.rules.load import read_rule

        rule = read_rule(data)
    except TanbiaoError as error:
        return _answer(out, None, list(error.findings), 0, 0)
    folder = path.parent if path.is_file() else None
    if args.action == "check":
        return _check(rule, out)
    return _test(rule, out, folder, args.data, mutate=args.mutate)


_OTHERS = {
    "diff": rules_compare.run_diff,
    "dry-run": rules_compare.run_dry_run,
    "probe": rules_probe.run_probe,
    "alignment": rules_alignment.run_alignment,
    "pack": rules_conformity.run_pack,
    "score": rules_conformity.run_score,
    "verify": rules_conformity.run_verify,
}


def _check(rule: Rule, out: Console) -> int:
    from tanbiao.core.rules.completeness import completeness

    found = completeness(rule, Severity.WARNING)
    if not rule.examples:
        found = [item for item in found if item.code != "rule_without_example"]
        found.append(finding("rule_without_example", Severity.ERROR, "examples"))
    return _answer(out, rule, found, 0, 0)


def _test(rule: Rule, out: Console, folder: Path | None, data_dir: str | None, *, mutate: bool) -> int:
    from tanbiao.core.rules.kit import issuable, try_examples

    release_of = partial(rule_files.release_of, data_dir=data_dir)
    tried = try_examples(rule, release_of, folder)
    for item in tried:
        out.line(f"{'✓' if item.passed else '✗'} {item.example}" + (f"  {item.reason}" if item.reason else ""))
    found = [item.finding() for item in tried if not item.passed]
    if not tried:
        found.append(finding("rule_without_example", Severity.ERROR, "examples"))
    passed = sum(item.passed for item in tried)
    more: dict[str, object] = {"issuable": not issuable(rule, tried)}
    if mutate and tried and passed == len(tried):
        report = _mutate(rule, release_of, folder, out)
        found += report.findings()
        more["mutation"] = report.as_json()
    return _answer(out, rule, found, passed, len(tried) - passed, **more)


def _mutate(rule: Rule, release_of: Callable[[str], Release], folder: Path | None, out: Console) -> Report:
    from tanbiao.core.rules.mutation_report import mutation_report

    report = mutation_report(rule, release_of, folder)
    left, idle, whole = len(report.survivors), len(report.idle), len(report.elements)
    held = whole - left - idle
    out.text(
        f"改动了 {whole} 个要素（{len(report.trials)} 种改法）：守住 {held} 个，不起作用 {idle} 个，未守住 {left} 个",
        f"{whole} elements changed in {len(report.trials)} ways: {held} are held by an example, {idle} change nothing, "
        f"{left} are not held",
    )
    for name, code in report.idle.items():
        out.line(f"  · {name}  {explain(code, out.lang)}")
    for name in report.survivors:
        out.line(f"  ✗ {name}  {report.variants(name)}  {explain(report.why[name], out.lang)}")
    return report


def _answer(out: Console, rule: Rule | None, found: list[Finding], passed: int, failed: int, **more: object) -> int:
    out.document(
        {
            "rule": None if rule is None else rule.reference,
            "hash": None if rule is None else rule.hash,
            "standing": None if rule is None else rule.standing,
            "findings": [render(item, out.lang) for item in found],
            "passed": passed,
            "failed": failed,
            **more,
        }
    )
    if rule is not None:
        title = rule.title.zh if out.lang == "zh" else rule.title.en
        out.line(f"{rule.reference}  {title}  {rule.hash}")
    out.findings(found)
    return 1 if blocking(found) else 0
