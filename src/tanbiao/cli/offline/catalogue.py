"""``tanbiao catalogue [WHAT]``: categories with their gates, a category, a list; the standards framework by a flag."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tanbiao.cli.console import Console
from tanbiao.core.findings import TanbiaoError, render

if TYPE_CHECKING:
    from tanbiao.core.catalogue.load import Catalogue
    from tanbiao.core.catalogue.model import CatalogueList, Category
    from tanbiao.core.catalogue.readiness import Readiness
    from tanbiao.core.rules.parts import Title

DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$")
NOT_OFFICIAL = {
    "zh": "本目录由碳标项目整理，非官方文本；规则均为示范规则，不具有官方效力。",
    "en": "Compiled by the Tanbiao project, no official text; the rules are demonstrations, not official.",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "what", nargs="?", metavar="WHAT", help="类别编号或清单编号；不写则列出全部类别 / a category's or a list's id"
    )
    parser.add_argument("--lists", action="store_true", help="列出全部清单 / the lists of authorities")
    parser.add_argument(
        "--standards", action="store_true", help="标准体系树，或一项标准 / the tree of standards, or one standard"
    )
    parser.add_argument("--alignment", action="store_true", help="逐条对照 / clauses of documents side by side")
    parser.add_argument("--watch", action="store_true", help="境外规则观察清单 / foreign rules that are watched")
    parser.add_argument(
        "--on", metavar="DAY", help="以该日为准（YYYY-MM-DD），默认今天 / as of that day, today by default"
    )


def run(args: argparse.Namespace, out: Console) -> int:
    """Show; 0 done, 2 unknown id or day."""
    from tanbiao.core.catalogue.load import load_catalogue

    day = args.on or datetime.now(UTC).date().isoformat()
    if not DAY.match(day):
        raise TanbiaoError.of("day_malformed", "--on", day=day)
    if args.standards or args.alignment or args.watch:
        from tanbiao.cli.offline import catalogue_standards

        return catalogue_standards.show(args, day, out)
    catalogue = load_catalogue()
    if args.lists:
        return _lists(catalogue, day, out)
    if args.what is None:
        return _all(catalogue, day, out)
    if args.what.partition("@")[0] in {item.id for item in catalogue.lists}:
        return _list(catalogue.list_of(args.what), out)
    return _one(catalogue, catalogue.category(args.what), day, out)


def _gates(category_id: str, day: str) -> Readiness:
    from tanbiao.core.catalogue.facts import packaged_facts
    from tanbiao.core.catalogue.readiness import load_criteria, readiness

    return readiness(category_id, packaged_facts(), (), day, load_criteria())


def _text(title: Title, out: Console) -> str:
    return title.best(out.lang)


def _all(catalogue: Catalogue, day: str, out: Console) -> int:
    rows = []
    for sector in catalogue.categories.sectors:
        out.line(f"— {_text(sector.title, out)}")
        for item in catalogue.categories.categories:
            if item.sector != sector.id:
                continue
            found = _gates(item.id, day)
            listed = len({mention.list.id for mention in catalogue.mentions(item.id, day)})
            certifiable = catalogue.is_certifiable(item.id, day)
            rows.append(_summary(item, found, listed, certifiable, out))
            marks = "".join("●" if gate.green else "○" for gate in found.gates)
            mark = "★" if certifiable else " "
            out.line(f"  {marks} {mark} {item.id:<28} {_text(item.title, out)}  {found.rule or ''}")
    out.document({"on": day, "note": NOT_OFFICIAL[out.lang], "categories": rows})
    out.text(
        "●○ 规则、因子、模型、机构、需求五个关口（后两个由平台上的主管部门说明）；★ 列入国家认证目录",
        "●○ the gates rule, factors, model, bodies, demand (an authority states the last two on a platform); "
        "★ in the national certification catalogue",
    )
    out.line(NOT_OFFICIAL[out.lang])
    return 0


def _summary(item: Category, found: Readiness, listed: int, certifiable: bool, out: Console) -> dict[str, Any]:
    return {
        "id": item.id,
        "title": item.title.model_dump(),
        "sector": item.sector,
        "codes": [code.model_dump() for code in item.codes],
        "in_certification_catalogue": certifiable,
        "lists": listed,
        "rule": found.rule,
        "gates": {gate.gate: "green" if gate.green else "red" for gate in found.gates},
        "missing": [render(reason, out.lang) for reason in found.missing],
    }


def _one(catalogue: Catalogue, item: Category, day: str, out: Console) -> int:
    found, mentions = _gates(item.id, day), catalogue.mentions(item.id, day)
    body = _summary(
        item, found, len({mention.list.id for mention in mentions}), catalogue.is_certifiable(item.id, day), out
    )
    body["mentions"] = [
        {
            "list": mention.list.reference,
            "title": mention.list.title.model_dump(),
            "name": mention.entry.name.model_dump(),
        }
        for mention in mentions
    ]
    out.document({"on": day, "note": NOT_OFFICIAL[out.lang], "category": body})
    codes = "  ".join(f"{code.scheme} {code.code}" for code in item.codes)
    out.line(f"{item.id}  {_text(item.title, out)}  {codes}")
    for gate in found.gates:
        out.line(f"  {'●' if gate.green else '○'} {gate.gate:<8} {gate.evidence}")
        out.findings(gate.reasons)
    for mention in mentions:
        out.line(f"  · {mention.list.reference}  {_text(mention.list.title, out)}：{_text(mention.entry.name, out)}")
    out.line(NOT_OFFICIAL[out.lang])
    return 0


def _lists(catalogue: Catalogue, day: str, out: Console) -> int:
    standing = {item.reference for item in catalogue.on(day)}
    out.document(
        {
            "on": day,
            "lists": [
                item.model_dump(mode="json", exclude={"entries", "tanbiao"}) | {"in_force": item.reference in standing}
                for item in catalogue.lists
            ],
        }
    )
    for item in catalogue.lists:
        mark = "●" if item.reference in standing else "○"
        out.line(f"{mark} {item.reference:<36} {item.begins}  {_text(item.title, out)}（{len(item.entries)}）")
    return 0


def _list(item: CatalogueList, out: Console) -> int:
    out.document(item.model_dump(mode="json"))
    by = _text(item.publisher, out)
    out.line(f"{item.reference}  {_text(item.title, out)}  {by}  {item.document or ''}  {item.issued}")
    for entry in item.entries:
        ours = ", ".join(entry.categories)
        out.line(f"  {entry.number or '·':>3} {_text(entry.name, out)}  {ours}  {entry.standard or ''}")
    if not item.complete:
        out.text("（来源只列出部分条目）", "(the source shows part of the entries)")
    for source in item.sources:
        out.line(f"  {source.title}  {source.date or ''}  {source.note or ''}")
    return 0
