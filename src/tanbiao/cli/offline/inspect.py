"""``tanbiao inspect FILE…``: what dataset files hold and what is wrong with them; nothing is stored."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tanbiao.cli.console import Console
from tanbiao.cli.offline import inspect_link
from tanbiao.core.findings import Finding, Severity, TanbiaoError, blocking, render

if TYPE_CHECKING:
    from tanbiao.formats.inspection import Inspection

SHOWN = 3
"""Findings of one code that are written out for a person; ``--all`` writes each."""
_ORDER = {Severity.BLOCKING: 0, Severity.ERROR: 1, Severity.WARNING: 2, Severity.INFO: 3}
_COUNTS = (
    ("processes", "过程", "processes"),
    ("flows", "流", "flows"),
    ("exchanges", "交换", "exchanges"),
    ("reference_flows", "参考流", "reference flows"),
    ("products_without_provider", "无供应过程的产品", "products without a provider"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="数据集文件、压缩包或文件夹 / file, archive or folder")
    parser.add_argument(
        "--format", default="", metavar="F", help="格式，缺省按内容识别 / told by the content if left out"
    )
    parser.add_argument("--all", action="store_true", help="列出全部发现 / write every finding out")
    inspect_link.add_arguments(parser)


def run(args: argparse.Namespace, out: Console) -> int:
    """Answer; 0 nothing blocks, 1 a finding is an error or blocking, 2 a file can't be read."""
    from tanbiao.formats import inspection, registry

    if args.format:
        registry.find(args.format)
    inspections = []
    try:
        for members in inspection.groups([Path(name) for name in args.files], args.format):
            with members:
                inspections.append(inspection.inspect(members, args.format, out.tick))
    except TanbiaoError as error:
        if error.code in ("format_unrecognised", "format_is_no_dataset"):
            out.text("格式用 --format 指明。", "The format is named with --format.")
        raise
    found = [(one.label, item) for one in inspections for item in one.findings]
    body: dict[str, Any] = inspection.totals(inspections)
    if args.link or args.choose or args.background:
        whole = inspect_link.link_all([one.inventory for one in inspections], args)
        body["link"] = inspect_link.document(whole, out)
        # What the checks of each file alone can't know, linking them together decides.
        found = [(one.label, item) for one in inspections for item in one.inventory.findings]
        found += [("", item) for item in whole.report.findings]
    found += [("", item) for item in inspection.clashes(inspections)]
    body["files"] = [{"file": one.label, **one.counts()} for one in inspections]
    body["findings"] = [{**render(item, out.lang), "file": label} for label, item in found]
    out.document(body)
    _say(out, inspections, [item for _, item in found], body.get("link"), every=args.all)
    return 1 if blocking(item for _, item in found) else 0


def _say(
    out: Console,
    inspections: Sequence[Inspection],
    found: Sequence[Finding],
    linked: dict[str, Any] | None,
    *,
    every: bool,
) -> None:
    from tanbiao.formats import registry

    for one in inspections:
        counts = one.counts()
        form = next((item for item in registry.FORMATS if item.name == counts["format"]), None)
        name = counts["format"] if form is None else (form.zh if out.lang == "zh" else form.en)
        out.line(f"{one.label}  {name}")
        for key, zh, en in _COUNTS:
            out.line(f"  {counts[key]:>10,}  {zh if out.lang == 'zh' else en}")
    out.line()
    if linked is not None:
        inspect_link.say(linked, out)
    if not found:
        out.text("没有发现问题。", "Nothing was found wrong.")
        return
    severities = Counter(item.severity for item in found)
    told = ", ".join(f"{severities[one]} {one.value}" for one in _ORDER if severities[one])
    out.text(f"发现 {len(found)} 项：{told}", f"{len(found)} findings: {told}")
    by_code: dict[str, list[Finding]] = {}
    for item in sorted(found, key=lambda one: _ORDER[one.severity]):
        by_code.setdefault(item.code, []).append(item)
    for code, items in by_code.items():
        out.findings(items if every else items[:SHOWN])
        if not every and len(items) > SHOWN:
            rest = len(items) - SHOWN
            out.text(
                f"    …另有 {rest} 项 {code}（--all 全部列出）", f"    … and {rest} more {code} (--all lists them)"
            )
