"""``tanbiao datasets``: what a platform keeps, what a version changed, what is missed most, releases of its databases.

The machine's holder acts as the platform itself: it sees the platform's own versions and those that are shared, as on
``tanbiao import``. Every action is the command or query of the page.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tanbiao.cli.console import Console
from tanbiao.cli.site.serve import data_is_there, migrate, prepare_environment, start_django
from tanbiao.core.findings import from_json, render

if TYPE_CHECKING:
    from tanbiao.core.dataset.version_diff import ExchangeRow
    from tanbiao.core.study.wanted import WantedFactor
    from tanbiao.web.datasets.models import DatasetVersion
    from tanbiao.web.governance.models import PlatformRelease

_LACKING = {
    "electricity": ("电网电力", "electricity of the grid"),
    "generation": ("按发电类型的电力", "electricity by its generation"),
    "fuel_upstream": ("燃料上游", "upstream of a fuel"),
}
_STOOD_IN = {
    "named": ("由作者指明", "named by the author"),
    "place": ("发布版自动采用其他地区", "another place, taken by the release"),
    "year": ("发布版自动采用其他年份", "another year, taken by the release"),
    "release": ("发布版自身的替代数据", "a stand-in of the release itself"),
}
SHOWN = 40
"""Lines for a person; ``--json`` has all."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions and their arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="list|diff|wanted|releases|release")
    listing = actions.add_parser("list", help="列出数据集的最新版本 / the newest version of every dataset")
    listing.add_argument("--search", default="", metavar="TEXT", help="名称的一部分或标识 / part of a name, or an id")
    listing.add_argument("--limit", type=int, default=100, help="最多 1000 / at most, up to 1000")
    differing = actions.add_parser("diff", help="比较一个数据集的两个版本 / two versions of a dataset side by side")
    differing.add_argument("version", metavar="VERSION", help="版本编号或数据集标识 / a version, or a dataset")
    differing.add_argument("old", nargs="?", metavar="OLD", help="旧版本（默认前一版）/ default: the one before")
    missing = actions.add_parser("wanted", help="最缺的因子 / the most-wanted missing factors")
    missing.add_argument("--release", default="", metavar="R", help="只看依据该发布版的证书 / only figures on R")
    asked = actions.add_parser("releases", help="列出平台的发布版 / releases of its databases")
    making = actions.add_parser("release", help="由数据库中已发布的版本构建发布版 / build one of published versions")
    making.add_argument("name", metavar="NAME", help="小写字母、数字、点和连字符 / lower case, digits, dots, hyphens")
    making.add_argument("--version", required=True, metavar="V", help="版本 / version")
    making.add_argument(
        "--database", action="append", default=[], metavar="KEY", help="数据库（可多次）/ database, repeatable"
    )
    making.add_argument(
        "--own", default="", metavar="ORG", help="该单位的自有数据（编号或信用代码）/ that organisation's own datasets"
    )
    making.add_argument(
        "--only-for", action="append", default=[], metavar="ORG", help="仅限该单位（可多次）/ only for, repeatable"
    )
    making.add_argument("--basis", default="", metavar="TEXT", help="凭何权利使用 / by what right they use it")
    making.add_argument(
        "--gap-filling", action="store_true", help="允许低级别数据库补缺 / a lower level may fill a higher one's gaps"
    )
    making.add_argument("--base", default="", metavar="R", help="垫底的已安装发布版 / an installed release below all")
    making.add_argument("--standing", default="demonstration", help="demonstration | published")
    making.add_argument("--samples", type=int, default=0, metavar="N", help="共享样本数 / shared samples")
    making.add_argument(
        "--later", action="store_true", help="只提出，由平台的后台任务构建 / ask only: the platform's worker builds it"
    )
    for action in (listing, differing, missing, asked, making):
        action.add_argument("--data", type=Path, default=None, help="TANBIAO_DATA (./tanbiao-data)")
        # Both are declared by the command itself too; here they may also follow the action.
        action.add_argument(
            "--json", action="store_true", default=argparse.SUPPRESS, help="一个 JSON 文档 / one document"
        )
        action.add_argument("--lang", choices=("zh", "en"), default=argparse.SUPPRESS, help="zh | en")


def run(args: argparse.Namespace, out: Console) -> int:
    """Answer; 0 done, 1 a release could not be built, 2 the use is wrong.

    Raises
    ------
    TanbiaoError
        ``data_not_there``, ``dataset_version_unknown``, ``dataset_version_alone``, ``dataset_versions_differ``,
        and those of :func:`tanbiao.web.governance.commands.ask_release`.
    """
    out = Console(getattr(args, "lang", out.lang), getattr(args, "json", out.as_json))
    prepare_environment(data=args.data)
    data_is_there()
    start_django()
    migrate()
    actions = {"list": _list, "diff": _diff, "wanted": _wanted, "releases": _releases, "release": _release}
    return actions[args.action](args, out)


def _list(args: argparse.Namespace, out: Console) -> int:
    from tanbiao.web.datasets import handlers, queries

    rows = queries.versions(handlers.SYSTEM, args.search)
    shown = list(rows[: min(max(args.limit, 1), 1000)])
    out.document({"total": rows.count(), "versions": [_described(row) for row in shown]})
    for row in shown:
        out.line(f"{row.id}  {row.version or '–'}  {row.location or '–'}  {row.name}")
    out.text(f"共 {rows.count()} 个数据集", f"{rows.count()} datasets")
    return 0


def _described(row: DatasetVersion) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "dataset_id": row.dataset_id,
        "version": row.version,
        "content_hash": row.content_hash,
        "predecessor": str(row.predecessor_id) if row.predecessor_id else None,
        "name": row.name,
        "kind": row.kind,
        "location": row.location,
        "exchanges": row.exchanges,
        "licence": row.licence,
        "is_shared": row.is_shared,
        "at": row.at.isoformat(),
    }


def _version_id(text: str) -> UUID:
    """Return the version of an id; of a dataset's id its newest version, the platform's own before a shared one."""
    from tanbiao.web.commanding import NotFound
    from tanbiao.web.datasets import handlers, queries

    newest = queries.versions(handlers.SYSTEM).filter(dataset_id__iexact=text)
    row = newest.filter(queries.own(handlers.SYSTEM)).first() or newest.first()
    if row is not None:
        return row.id
    try:
        return queries.version(handlers.SYSTEM, UUID(text)).id
    except ValueError as error:
        raise NotFound.of("dataset_version_unknown", text) from error


def _diff(args: argparse.Namespace, out: Console) -> int:
    from tanbiao.web.commanding import NotFound
    from tanbiao.web.datasets import handlers, queries

    old = None if args.old is None else _version_id(args.old)
    found = queries.comparison(handlers.SYSTEM, _version_id(args.version), old)
    if found is None:
        raise NotFound.of("dataset_version_alone", args.version)
    counts = found.diff.counts()
    out.document({"old": _described(found.old), "new": _described(found.new), **found.diff.document()})
    if out.as_json:
        return 0
    out.line(f"{found.new.name}  {found.old.version or found.old.id} → {found.new.version or found.new.id}")
    for part, zh in (("exchanges", "交换"), ("fields", "说明")):
        made = counts[part]
        out.text(
            f"{zh}：改动 {made['changed']}，新增 {made['added']}，删除 {made['removed']}，未变 {made['same']}",
            f"{part}: {made['changed']} changed, {made['added']} added, {made['removed']} removed, "
            f"{made['same']} the same",
        )
    lines = [_exchange_line(row, out) for row in found.diff.exchanges if row.state != "same"]
    lines += [
        f"  {_mark(row.state)} {row.part} {row.key}: {_shown(row.before)} → {_shown(row.after)}"
        for row in found.diff.fields
        if row.state != "same"
    ]
    for line in lines[:SHOWN]:
        out.line(line)
    if len(lines) > SHOWN:
        out.text(f"  …… 其余 {len(lines) - SHOWN} 项见 --json", f"  … {len(lines) - SHOWN} more: see --json")
    return 0


def _mark(state: str) -> str:
    return {"changed": "~", "added": "+", "removed": "-"}[state]


def _shown(value: Any) -> str:
    """Return a value on one line, cut where it is long."""
    text = "–" if value is None else " ".join(str(value).split())
    return text if len(text) <= 60 else text[:59] + "…"


def _exchange_line(row: ExchangeRow, out: Console) -> str:
    name = row.name.get(out.lang) or next(iter(row.name.values()), row.flow)
    sides = [
        "–" if side is None else f"{side.get('amount', '?')} {side.get('unit', '')}".strip()
        for side in (row.before, row.after)
    ]
    moved = "" if not row.relative else f"  {row.relative:+.2%}"
    parts = f"  ({', '.join(row.parts)})" if row.parts else ""
    return f"  {_mark(row.state)} {name}: {sides[0]} → {sides[1]}{moved}{parts}"


def _wanted(args: argparse.Namespace, out: Console) -> int:
    from tanbiao.core.study.wanted import SMALLEST
    from tanbiao.web.accounts.actor import ANONYMOUS
    from tanbiao.web.impact.wanted import wanted_factors

    rows = wanted_factors(ANONYMOUS, args.release)
    out.document({"smallest": SMALLEST, "factors": [asdict(row) for row in rows]})
    for row in rows[:SHOWN]:
        out.line(_wanted_line(row, out))
    if not rows:
        out.text("没有证书依赖替代因子。", "No certificate leans on a stand-in.")
    out.text(
        f"少于 {SMALLEST} 家持证人缺少的因子合并列示，不显示是哪些（项目默认值，非官方）。",
        f"What fewer than {SMALLEST} holders lack stands together and unnamed (project default, not official).",
    )
    return 0


def _wanted_line(row: WantedFactor, out: Console) -> str:
    zh = out.lang == "zh"
    at = 0 if zh else 1
    name = row.factor or (f"其他 {row.factors} 个因子" if zh else f"{row.factors} other factors")
    subject = _LACKING.get(row.subject)
    name = f"{subject[at]} {name}" if subject else name
    kinds = "; ".join(_STOOD_IN[kind][at] for kind in row.kinds)
    emission = "–" if row.emission is None else f"{'≥ ' if row.is_lower_bound else ''}{row.emission:,.4g} kg CO2e"
    words = "持证人 {}，证书 {}" if zh else "{} holders, {} certificates"
    held = words.format(row.holders, row.certificates)
    return f"{emission}  {name}  [{kinds}]  ({held})  {', '.join(row.datasets)}"


def _releases(args: argparse.Namespace, out: Console) -> int:  # noqa: ARG001 (all of them)
    from tanbiao.web.governance import queries
    from tanbiao.web.governance.acts import SYSTEM

    rows = list(queries.releases(SYSTEM))
    out.document({"releases": [_release_document(row, out) for row in rows]})
    for row in rows:
        out.line(f"{row.name}  {row.version}  {row.standing}  {row.state}  {', '.join(row.databases)}  {len(row.pins)}")
    if not rows:
        out.text("还没有由本平台数据库构建的发布版。", "No release was built of this platform's databases yet.")
    return 0


def _release(args: argparse.Namespace, out: Console) -> int:
    """Ask for a release and, unless it is to be built later, build and install it here."""
    from tanbiao.web.accounts.actor import Actor
    from tanbiao.web.factors import audiences
    from tanbiao.web.governance import commands, handlers
    from tanbiao.web.governance.acts import SYSTEM
    from tanbiao.web.ledger.worker import prepare

    prepare()
    said = {"name": args.name, "version": args.version, "base": args.base, "samples": args.samples}
    if args.own:
        (owner,) = audiences.named([args.own])
        row = commands.ask_own_release(
            Actor(organisation=owner, system=SYSTEM.system), **said, basis=args.basis, enqueue=args.later
        )
    else:
        row = commands.ask_release(
            SYSTEM,
            **said,
            databases=args.database,
            gap_filling=args.gap_filling,
            standing=args.standing,
            only_for=args.only_for,
            basis=args.basis,
            enqueue=args.later,
        )
    if not args.later:
        row = handlers.carry_through(row.id)
    out.document(_release_document(row, out))
    left_out = row.report.get("left_out", [])
    out.text(
        f"{row.name}：{row.state}；固定版本 {len(row.pins)} 个，未收入 {len(left_out)} 个",
        f"{row.name}: {row.state}; {len(row.pins)} versions pinned, {len(left_out)} left out",
    )
    for identifier in left_out[:SHOWN]:
        out.line(f"  - {identifier}")
    if args.later:
        out.text("由平台的后台任务构建。", "The platform's worker builds it.")
    out.findings(from_json(item) for item in row.findings)
    return 1 if row.state == "failed" else 0


def _release_document(row: PlatformRelease, out: Console) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "name": row.name,
        "version": row.version,
        "standing": row.standing,
        "databases": row.databases,
        "gap_filling": row.gap_filling,
        "only_for": [str(one.id) for one in row.readers.order_by("id")],
        "pins": row.pins,
        "state": row.state,
        "report": row.report,
        "findings": [render(from_json(item), out.lang) for item in row.findings],
        "at": row.at.isoformat(),
    }
