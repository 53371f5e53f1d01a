"""``tanbiao catalogue --standards | --alignment | --watch``: the standards framework."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from tanbiao.cli.console import Console

if TYPE_CHECKING:
    from tanbiao.core.catalogue.framework import Framework
    from tanbiao.core.catalogue.framework_model import Standard

FACTS_ONLY = {
    "zh": "仅列事实（编号、名称、日期、条款号），不含标准正文；由碳标项目整理，非官方文本。",
    "en": "Facts only (numbers, titles, dates, clause numbers), no text of a standard; compiled by the project.",
}
NOT_LOOKED_UP = {"zh": "未核对", "en": "not looked up"}


def show(args: argparse.Namespace, day: str, out: Console) -> int:
    """Show the tree, one standard, the alignment or the watch list; 0 done."""
    from tanbiao.core.catalogue.framework import load_framework

    framework = load_framework()
    if args.alignment:
        _alignment(framework, out)
    elif args.watch:
        _watch(framework, day, out)
    elif args.what is not None:
        _one(framework, framework.standard(args.what), day, out)
    else:
        _tree(framework, day, out)
    out.line(FACTS_ONLY[out.lang])
    return 0


def _body(item: Standard, day: str) -> dict[str, Any]:
    from tanbiao.core.catalogue.framework_model import status_on

    return item.model_dump(mode="json") | {"status": status_on(item, day), "conflicts": list(item.conflicts)}


def _tree(framework: Framework, day: str, out: Console) -> None:
    branches = framework.standards.branches
    out.document(
        {
            "on": day,
            "note": FACTS_ONLY[out.lang],
            "branches": [item.model_dump(mode="json") for item in branches],
            "standards": [_body(item, day) for item in framework.standards.standards],
            "listed": [
                {
                    "number": one.number,
                    "kind": one.kind,
                    "name": one.entry.name.model_dump(),
                    "list": one.list.reference,
                }
                for one in framework.listed()
            ],
        }
    )
    for branch in branches:
        indent = "  " if branch.parent else ""
        out.line(f"{indent}— {branch.title.best(out.lang)}")
        for item in framework.of_branch(branch.id):
            status = _body(item, day)["status"]
            out.line(f"{indent}  {item.number or item.id:<34} {status:<14} {item.title.best(out.lang)}")


def _one(framework: Framework, item: Standard, day: str, out: Console) -> None:
    sources, relations = framework.standards.sources, framework.relations_of(item.id)
    body = _body(item, day)
    out.document(
        body
        | {
            "note_of_project": FACTS_ONLY[out.lang],
            "relations": [one.model_dump(mode="json", by_alias=True) for one in relations],
            "read": {key: sources[key].model_dump(mode="json") for key in item.sources},
        }
    )
    out.line(f"{item.number or item.id}  {item.title.best(out.lang)}  {item.body.best(out.lang)}  {body['status']}")
    for dated in item.dates:
        out.line(f"  {dated.what:<10} {dated.on}  {sources[dated.source].title}")
    for one in relations:
        out.line(f"  {one.from_} · {one.kind} · {one.to}  ({sources[one.source].title})")


def _alignment(framework: Framework, out: Console) -> None:
    documents = framework.alignment.documents
    out.document({"note": FACTS_ONLY[out.lang]} | framework.alignment.model_dump(mode="json"))
    for topic in framework.alignment.topics:
        out.line(f"{topic.title.best(out.lang)}: {topic.here.best(out.lang)}")
        for document in documents:
            cell = topic.cell(document)
            clause = NOT_LOOKED_UP[out.lang] if cell is None else cell.clause
            out.line(f"    {framework.by_id[document].number or document:<26} {clause}")


def _watch(framework: Framework, day: str, out: Console) -> None:
    rows = framework.watched()
    out.document(
        {
            "on": day,
            "note": FACTS_ONLY[out.lang],
            "watched": [
                row.item.model_dump(mode="json")
                | {
                    "categories": list(row.categories),
                    "dates": [event.model_dump(mode="json") for event in row.dates],
                    "sources": [source.model_dump(mode="json") for source in row.sources],
                    "next_date": event.on if (event := row.next_date(day)) else None,
                }
                for row in rows
            ],
        }
    )
    for row in rows:
        event = row.next_date(day)
        coming = f"{event.on} {event.what.best(out.lang)}" if event else "–"
        out.line(f"{row.item.jurisdiction:<6} {row.item.title.best(out.lang)}  {row.item.state}  {coming}")
