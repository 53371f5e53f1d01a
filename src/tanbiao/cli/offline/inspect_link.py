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
    from tanbiao.core.lca.linking_model import Decision, DecisionKey
    from tanbiao.core.lca.readiness import Readiness

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
    """Link the files as one inventory."""
    from tanbiao.core.lca.linked_solve import solve
    from tanbiao.core.lca.linking import link, together
    from tanbiao.core.lca.linking_model import LinkOptions
    from tanbiao.core.lca.readiness import readiness

    whole = together(inventories)
    chosen = _chosen(args.choose)
    solved = solve(link(whole, options=LinkOptions(gwp_set=args.gwp, without_factors=args.coproducts, chosen=chosen)))
    return Whole(whole, solved, readiness(whole, solved))


def document(whole: Whole, out: Console) -> dict[str, Any]:
    """Return ``{ready, activities, …, footprints[], choices[], undecided[]}``; the findings stand elsewhere."""
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
            "co2e": None if one.id in solved.refusals else solved.footprint(one.id),
        }
        for number, one in enumerate(linked.activities)
    ]
    body["choices"] = _choices(whole)
    body["undecided"] = [waiting_json(one) for one in undecided(whole.inventory, linked)]
    return body


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
