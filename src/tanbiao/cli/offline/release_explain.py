"""``tanbiao release explain``: where the figure of a linked dataset comes from, and what moves it."""

from __future__ import annotations

import argparse
from typing import Any

from tanbiao.cli.console import Console

_VIEWS = {
    "first_tier": ("直接排放与所购产品", "Own emission and what it buys"),
    "processes": ("排放过程", "Emitting processes"),
    "gases": ("气体", "Gases"),
    "kinds": ("排放类别", "Kinds"),
    "countries": ("地区", "Places"),
    "own": ("自有过程及其背景", "One's own processes with their background"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("release", metavar="R", help="名称、路径或 名称@sha256:… / name, path or name@hash")
    parser.add_argument("dataset", metavar="ID", help="数据集 / the dataset")
    parser.add_argument("--gwp", default="AR6", metavar="SET", help="GWP 数值集 / GWP set, by default AR6")
    parser.add_argument("--share", type=float, metavar="X", help="只列占比不低于 X 的项（0–1）/ parts of at least X")
    parser.add_argument("--top", type=int, metavar="N", help="最多列 N 项 / at most N parts")
    parser.add_argument(
        "--cumulative", type=float, metavar="X", help="列到累计占比 X，默认 0.8 / the largest up to X, by default 0.8"
    )
    parser.add_argument("--depth", type=int, default=3, metavar="N", help="上游树的层数 / levels of the tree")
    parser.add_argument(
        "--open",
        nargs="+",
        default=[],
        choices=(*_VIEWS, "tree", "graph"),
        metavar="VIEW",
        help="展开其余项 / show the rest of these views too: " + " ".join((*_VIEWS, "tree", "graph")),
    )
    parser.add_argument(
        "--own", nargs="+", default=[], metavar="ID", help="汇总到自有过程 / roll up onto these processes of one's own"
    )
    parser.add_argument(
        "--vary",
        type=float,
        default=0.1,
        metavar="X",
        help="逐项增减的幅度（0–1），默认 0.1 / share by which one input at a time is varied, by default 0.1",
    )
    parser.add_argument(
        "--scale",
        nargs=3,
        action="append",
        default=[],
        metavar=("WHAT", "OF", "FACTORS"),
        help="情景：OF 的投入或排放 WHAT 乘以 FACTORS（如 0.5,0.8），可多项同时 / scenarios: several at once",
    )


def run(args: argparse.Namespace, out: Console) -> int:
    """Answer; what the release can't tell raises and ends with exit code 2."""
    from tanbiao.core.lca.release_explain import explain
    from tanbiao.core.lca.release_find import find_release
    from tanbiao.core.lca.release_scenarios import read_scaled
    from tanbiao.core.lca.views import CutOff

    release = find_release(args.release, data_dir=args.data)
    limits = {"share": args.share, "top": args.top, "cumulative": args.cumulative}
    if all(limit is None for limit in limits.values()):
        limits["cumulative"] = 0.8
    cut_off, depth = CutOff(**limits), max(args.depth, 0)
    scaled = read_scaled(args.scale)
    body = explain(release, args.dataset, args.gwp, cut_off, depth, args.open, args.own, args.vary, scaled)
    out.document(body)
    if not out.as_json:
        _print(body, out)
    return 0


def _print(body: dict[str, Any], out: Console) -> None:
    out.line(f"{body['dataset']}  {body['name'][out.lang]}")
    out.line(f"{body['total']:.6g} {body['unit']} ({body['gwp']})")
    _print_missing(body["missing"], body["unit"], out)
    for name, words in _VIEWS.items():
        if name not in body["views"]:
            continue
        out.line()
        out.text(f"{words[0]}：", f"{words[1]}:")
        _print_view(body["views"][name], out)
    out.line()
    out.text("上游：", "Upstream:")
    for branch in body["tree"]:
        _print_branch(branch, 0, out)
    print_links(body["links"], out)
    out.line()
    _print_drivers(body, out)
    _print_scenarios(body, out)
    _print_preview(body["preview"], body["unit"], out)
    if body["reconciles"]:
        out.text("各视图之和均等于总量。", "Every view adds up to the total.")
    else:
        out.text("注意：有视图与总量不符。", "Note: a view does not add up to the total.")


def print_links(links: list[dict[str, Any]], out: Console) -> None:
    """Say who supplies each input, with which share, and why; nothing where the release records none of it."""
    if not links:
        return
    out.line()
    out.text("供应者与选择依据：", "Who supplies each input, and why:")
    for link in links:
        providers = ", ".join(f"{one['dataset']} ({100 * one['share']:.4g} %)" for one in link["providers"])
        out.line(f"  [{link['exchange']}]  {providers}")
        out.line(f"      {link['why'][out.lang]}")


def _print_drivers(body: dict[str, Any], out: Console) -> None:
    """Say what moves the figure: per 1 %, and exactly with one input at a time smaller and larger."""
    varied = f"{100 * body['varied']:g} %"
    out.text(
        f"对数值影响最大的输入（变化 1 % 时的变化；单独减、增 {varied} 后的数值）：",
        f"What moves the figure most (for 1 %; the figure with it alone {varied} smaller and larger):",
    )
    for item in body["drivers"]:
        moved = "—" if item["elasticity"] is None else f"{item['elasticity']:+.3f} %"
        ends = f"{item['low']:.6g} … {item['high']:.6g}" if item["why"] is None else _refused(item["why"], out)
        out.line(f"  {moved:>10}  {ends}  {item['row']} → {item['column']}")


def _print_scenarios(body: dict[str, Any], out: Console) -> None:
    """Say what the figure would be under each scenario; nothing where none is asked for."""
    if not body["scenarios"]:
        return
    out.line()
    out.text("情景（精确，各项同时改变）：", "Scenarios (exact, all changes at once):")
    for one in body["scenarios"]:
        changes = ", ".join(f"{item['row']} → {item['column']} × {item['factor']:g}" for item in one["changes"])
        told = f"{one['total']:.6g} ({one['change']:+.4g})" if one["why"] is None else _refused(one["why"], out)
        out.line(f"  {told}  {changes}")


def _refused(why: dict[str, Any], out: Console) -> str:
    from tanbiao.core.findings import from_json, render

    return render(from_json(why), out.lang)["message"]


def _print_preview(preview: dict[str, Any], unit: str, out: Console) -> None:
    """Say how far the figure may spread, and that this is a preview."""
    out.line()
    relative = "" if preview["relative"] is None else f" ({100 * preview['relative']:.3g} %)"
    out.text(
        f"不确定性预览（一阶，即时，未抽样）：标准差 {preview['sd']:.4g} {unit}{relative}",
        f"Preview of the uncertainty (first order, instant, not sampled): sd {preview['sd']:.4g} {unit}{relative}",
    )
    for item in preview["inputs"]:
        arrow = item["row"] if item["row"] == item["column"] else f"{item['row']} → {item['column']}"
        out.line(f"  {100 * item['share']:6.1f} %  {arrow}")


def _print_missing(missing: dict[str, Any] | None, unit: str, out: Console) -> None:
    """Say that the figure is not whole, before anything explains it."""
    if missing is None:
        return
    if missing["bound"] is None:
        out.text(
            "数值不完整：上游有投入没有供应者，缺少多少无从估计。",
            "Incomplete: inputs upstream have no supplier, and nothing bounds what they hold.",
        )
    else:
        out.text(
            f"数值不完整：上游有投入没有供应者，最多缺少 {missing['bound']:.4g} {unit}。",
            f"Incomplete: inputs upstream have no supplier, at most {missing['bound']:.4g} {unit} is missing.",
        )


def _print_view(view: dict[str, Any], out: Console) -> None:
    for part in view["parts"]:
        share = "" if part["share"] is None else f"{100 * part['share']:6.1f} %"
        out.line(f"  {part['value']:>12.6g}  {share}  {part['name']}")
    if view["rest"]["count"]:
        words = f"其余 {view['rest']['count']} 项" if out.lang == "zh" else f"{view['rest']['count']} others"
        out.line(f"  {view['rest']['value']:>12.6g}           {words}")


def _print_branch(branch: dict[str, Any], depth: int, out: Console) -> None:
    loop = "" if not branch["loop"] else " (循环)" if out.lang == "zh" else " (loop)"
    out.line(f"  {'  ' * depth}{branch['value']:.6g}  {branch['amount']:.6g} {branch['dataset']}{loop}")
    for item in branch["supplies"]:
        _print_branch(item, depth + 1, out)
    rest = branch.get("rest")
    if rest and rest["count"]:
        words = f"其余 {rest['count']} 项" if out.lang == "zh" else f"{rest['count']} others"
        out.line(f"  {'  ' * (depth + 1)}{rest['value']:.6g}  {words}")
