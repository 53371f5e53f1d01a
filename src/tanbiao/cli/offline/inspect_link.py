"""``tanbiao inspect --link``: the files linked with each other, what can be calculated of them, and every gap."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tanbiao.cli.console import Console
from tanbiao.core.gases import GWP_SETS

if TYPE_CHECKING:
    from tanbiao.core.dataset.inventory import Inventory
    from tanbiao.core.lca.linked_solve import Solved
    from tanbiao.core.lca.linking_model import Background, Decision, DecisionKey
    from tanbiao.core.lca.readiness import Readiness
    from tanbiao.core.lca.release import Release

SHOWN = 8
"""Products that wait for a choice and are written out for a person; ``--json`` has all."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--link", action="store_true", help="链接各过程并计算，给出就绪报告 / link, solve, report what is ready"
    )
    parser.add_argument("--gwp", choices=GWP_SETS, default="AR6", help="GWP 集，用于 --link / GWP set for --link")
    parser.add_argument(
        "--coproducts",
        choices=("refuse", "mass", "reference"),
        default="refuse",
        help="多产品而无分配系数的过程：拒绝、按质量分配、全归参考产品 / processes with co-products and no factors",
    )
    parser.add_argument(
        "--background",
        default="",
        metavar="R",
        help="以此发布版的数据集供应文件中缺少的投入 / a release whose datasets supply what the files lack",
    )
    parser.add_argument("--data", metavar="DIR", help="平台数据目录 / the platform's data directory")
    parser.add_argument(
        "--choose",
        action="append",
        default=[],
        metavar="[PROCESS::]PRODUCT=PROVIDER",
        help="指定供应者，或给出列有它们的 YAML 文件 / who supplies a product, or a YAML file of choices",
    )


@dataclass(frozen=True, slots=True)
class Whole:
    """The files as one inventory, linked and solved, with the report on it."""

    inventory: Inventory
    solved: Solved
    report: Readiness
    release: Release | None = None
    """The background they are linked on, where one is named."""
    backgrounds: tuple[Background, ...] = ()
    """Its datasets that supply something."""


def _chosen(stated: Sequence[str]) -> dict[DecisionKey, Decision]:
    """Return the decisions of ``--choose``: ``[PROCESS::]PRODUCT=PROVIDER``, or files that list them."""
    from tanbiao.core.findings import TanbiaoError
    from tanbiao.core.lca.linking_choices import decisions
    from tanbiao.core.strict_text import parse_text

    listed: list[Any] = []
    for text in stated:
        user, equals, provider = text.partition("=")
        if equals:
            process, apart, product = user.rpartition("::")
            listed.append({"process": process if apart else "", "product": product, "provider": provider})
            continue
        try:
            body, _ = parse_text(Path(text).read_bytes())
        except OSError as error:
            raise TanbiaoError.of("dataset_file_unreadable", text, reason=error.strerror or str(error)) from error
        said = body.get("choose") if isinstance(body, dict) else body
        listed += said if isinstance(said, list) else [said]
    return decisions(listed, "--choose", "command")


def link_all(inventories: Sequence[Inventory], args: argparse.Namespace) -> Whole:
    """Link the files as one inventory, with the datasets of a release behind them where one is named."""
    from tanbiao.core.lca.linked_solve import solve
    from tanbiao.core.lca.linking import link, together
    from tanbiao.core.lca.linking_model import LinkOptions
    from tanbiao.core.lca.readiness import readiness

    whole = together(inventories)
    options = LinkOptions(gwp_set=args.gwp, without_factors=args.coproducts, chosen=_chosen(args.choose))
    if not args.background:
        solved = solve(link(whole, options=options))
        return Whole(whole, solved, readiness(whole, solved))
    from tanbiao.core.lca.linking_release import link_on
    from tanbiao.core.lca.release_find import find_release

    release = find_release(args.background, data_dir=args.data)
    found = link_on(whole, release, options)
    solved = solve(found.linked)
    return Whole(whole, solved, readiness(whole, solved, found.findings), release, found.backgrounds)


def document(whole: Whole, out: Console) -> dict[str, Any]:
    """Return ``{ready, activities, …, footprints[], choices[], undecided[]}``; the findings stand elsewhere."""
    from tanbiao.core.findings import render
    from tanbiao.core.lca.linking_choices import as_json as waiting_json
    from tanbiao.core.lca.linking_choices import undecided

    solved, report = whole.solved, whole.report
    body = report.document(out.lang)
    del body["findings"]
    linked = solved.linked
    body["gwp_set"] = linked.options.gwp_set
    body["footprints"] = [
        {
            "id": one.id,
            "process": one.process,
            "name": linked.labels[number],
            "product": one.product,
            "place": one.place,
            "unit": one.unit,
            "standing": report.standings[one.id].value,
            "source": one.source,
            "co2e": None if one.id in solved.refusals else solved.footprint(one.id),
            "refused": render(solved.refusals[one.id].reason, out.lang) if one.id in solved.refusals else None,
        }
        for number, one in enumerate(linked.activities)
    ]
    body["choices"] = _choices(whole)
    body["background"] = _background(whole)
    body["undecided"] = [waiting_json(one) for one in undecided(whole.inventory, linked)]
    return body


def _background(whole: Whole) -> dict[str, Any] | None:
    """Return the release behind the files and which of its datasets supply them; None where none is named."""
    if whole.release is None:
        return None
    given = {one.id for one in whole.backgrounds}
    inputs = sum(any(key in given for key, _ in choice.providers) for choice in whole.solved.linked.choices)
    return {
        "name": whole.release.name,
        "hash": whole.release.hash,
        "inputs": inputs,
        "datasets": [
            {"id": one.id, "name": one.name, "product": one.flow, "place": one.place, "incomplete": one.incomplete}
            for one in whole.backgrounds
        ],
    }


def _choices(whole: Whole) -> list[dict[str, Any]]:
    """Return who supplies each exchange, at which rank, with which share, and why."""
    from tanbiao.core.lca.linking_record import as_json, link_of
    from tanbiao.core.lca.release_inventory_parts import exchange_names

    linked = whole.solved.linked
    own = {one.id: one.id for one in linked.activities}
    names = {one.id: exchange_names(one) for one in reversed(whole.inventory.processes)}
    return [
        {
            "user": one.user,
            "flow": one.flow,
            **as_json(link_of(one, names[linked.activities[linked.index[one.user]].process][one.exchange], own)),
        }
        for one in linked.choices
    ]


def say(body: dict[str, Any], out: Console) -> None:
    """Write the summary for a person."""
    out.text("链接与计算", "Linked and solved")
    for key, zh, en in (
        ("complete", "结果完整", "complete figures"),
        ("incomplete", "结果不完整（上游有投入无供应）", "incomplete figures (an input upstream has no supplier)"),
        ("refused", "无法计算", "without an answer"),
    ):
        out.line(f"  {body[key]:>10,}  {zh if out.lang == 'zh' else en}")
    from tanbiao.core.lca.linking_record import RANK_WORDS

    told = "，" if out.lang == "zh" else ", "
    ranks = told.join(f"{words[out.lang]} {body['ranks'][rank.name.lower()]:,}" for rank, words in RANK_WORDS.items())
    out.text(f"  供应者：{ranks}", f"  Providers: {ranks}")
    counts = body["coverage"]["total"]
    share = counts["covered"] / body["exchanges"] if body["exchanges"] else 1.0
    out.text(
        f"  与气候有关的交换 {body['exchanges']:,} 个，已覆盖 {share:.1%}（合计指标）",
        f"  {body['exchanges']:,} exchanges matter for climate, {share:.1%} of them are covered (total)",
    )
    if body["background"] is not None:
        name, inputs = (body["background"][key] for key in ("name", "inputs"))
        number = len(body["background"]["datasets"])
        out.text(
            f"  背景 {name}：{number} 个数据集供应 {inputs} 个投入",
            f"  Background {name}: {number} datasets supply {inputs} inputs",
        )
    _say_undecided(body["undecided"], out)
    out.line()


def _say_undecided(waiting: list[dict[str, Any]], out: Console) -> None:
    """Name the products that several could supply, and how one is chosen."""
    if not waiting:
        return
    out.text(
        "  有多个供应者的产品（用 --choose 产品=供应过程 指定其一）：",
        "  Products that several could supply (choose one with --choose PRODUCT=PROVIDER):",
    )
    for one in waiting[:SHOWN]:
        out.line(f"    {one['product']}  {one['name']}")
        for item in one["candidates"]:
            out.line(f"      {100 * item['share']:5.1f} %  {item['id']}  {item['label']}")
    if len(waiting) > SHOWN:
        out.text(f"    …另有 {len(waiting) - SHOWN} 个见 --json", f"    … {len(waiting) - SHOWN} more: see --json")
