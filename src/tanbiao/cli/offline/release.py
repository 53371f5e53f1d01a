"""``tanbiao release build | rebuild | list | show | explain | compare``: make factor releases, see what one holds."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from tanbiao.cli.console import Console
from tanbiao.cli.offline import (
    release_coverage,
    release_derivation,
    release_explain,
    release_gaps,
    release_make,
    release_readiness,
)

if TYPE_CHECKING:
    from tanbiao.core.dataset import Dataset
    from tanbiao.core.lca.release import Release
    from tanbiao.core.lca.release_search import Hit


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    actions = parser.add_subparsers(
        dest="action", required=True, metavar="build|rebuild|list|show|explain|compare|gaps"
    )
    listing = actions.add_parser("list", help="列出找得到的发布包 / list the releases that can be found")
    showing = actions.add_parser("show", help="查看一个发布包，或其中的数据集 / show a release, or datasets of it")
    building = actions.add_parser("build", help="由数据集文件夹建立发布版 / freeze a folder of datasets")
    comparing = actions.add_parser("compare", help="比较两个发布版 / what differs between two releases")
    release_make.add_build(building)
    release_make.add_compare(comparing)
    rebuilding = actions.add_parser("rebuild", help="在旧版基础上更换数据集 / the release that follows another")
    release_make.add_rebuild(rebuilding)
    explaining = actions.add_parser("explain", help="一个数据集的数值从何而来 / where a dataset's figure comes from")
    release_explain.add_arguments(explaining)
    lacking = actions.add_parser("gaps", help="外贸与消费品想要而缺少的因子 / products wanted, and what is lacking")
    release_gaps.add_arguments(lacking)
    for action in (listing, showing, building, rebuilding, explaining, comparing, lacking):
        action.add_argument("--data", metavar="DIR", help="平台数据目录 / the platform's data directory")
        # Both are declared by the command itself too; here they may also follow the action.
        action.add_argument(
            "--json", action="store_true", default=argparse.SUPPRESS, help="一个 JSON 文档 / one document"
        )
        action.add_argument("--lang", choices=("zh", "en"), default=argparse.SUPPRESS, help="zh | en")
    showing.add_argument("release", nargs="?", default="", help="名称、路径或 名称@sha256:… / name, path or name@hash")
    showing.add_argument("--search", metavar="TEXT", help="检索数据集 / search datasets")
    showing.add_argument("--limit", type=int, default=20, help="检索结果条数上限，最多 200 / at most, up to 200")
    showing.add_argument("--dataset", metavar="ID", help="查看一个数据集 / show one dataset")
    showing.add_argument("--readiness", action="store_true", help="就绪报告 / what is complete, and what lacks what")
    showing.add_argument("--coverage", action="store_true", help="按行业和地区的覆盖 / coverage by industry and region")
    showing.add_argument("--verify", action="store_true", help="核对每一个字节 / check every byte")


def run(args: argparse.Namespace, out: Console) -> int:
    """Answer; a release that is damaged or missing raises and ends with exit code 2."""
    out = Console(getattr(args, "lang", out.lang), getattr(args, "json", out.as_json))
    actions = {
        "list": _list,
        "show": _show,
        "build": release_make.build,
        "rebuild": release_make.rebuild,
        "explain": release_explain.run,
        "compare": release_make.compare,
        "gaps": release_gaps.run,
    }
    return actions[args.action](args, out)


def _list(args: argparse.Namespace, out: Console) -> int:
    from tanbiao.core.lca.release_find import list_releases

    found = list_releases(args.data)
    out.document({"releases": [_summary(release) for release in found]})
    if not out.as_json:
        for release in found:
            out.line(f"{release.name}  {release.standing}  {len(release)}  {release.hash}")
            out.line(f"    {release.statement[out.lang]}")
            out.line(f"    {release.path}")
    return 0


def _show(args: argparse.Namespace, out: Console) -> int:
    from tanbiao.core.lca.release_find import DEFAULT, find_release

    release = find_release(args.release or DEFAULT, data_dir=args.data)
    if args.verify:
        release.verify_all()
    hits = None if args.search is None else release.search(args.search, min(max(args.limit, 1), 200))
    verified = {"verified": "every_byte" if args.verify else "index"}
    out.document(_summary(release) | verified | _part(release, args, hits, out))
    if out.as_json:
        return 0
    _print_part(release, args, hits, out)
    if args.verify:
        out.text("已核对每一个字节，与哈希一致。", "Every byte checked: it matches the hash.")
    return 0


def _part(release: Release, args: argparse.Namespace, hits: list[Hit] | None, out: Console) -> dict[str, Any]:
    """Return the part of a release that is asked for; nothing beside the summary where none is."""
    from tanbiao.core.findings import render
    from tanbiao.core.lca.chain_gaps import chain_gaps, low_figures
    from tanbiao.core.lca.linking_record import as_json as link_json
    from tanbiao.core.lca.linking_record import links_of
    from tanbiao.core.lca.published import published_beside

    if args.readiness:
        low = [render(item, out.lang) for item in low_figures(release)]
        return {"readiness": release_readiness.document(release, out.lang), "low_figures": low}
    if args.coverage:
        return {"coverage": release_coverage.document(release)}
    if args.dataset:
        dataset = release.get(args.dataset)
        described = {"derived_from": release_derivation.described(release, dataset)} if dataset.derivation else {}
        beside: dict[str, Any] = {"published": [one.document(out.lang) for one in published_beside(dataset)]}
        beside["links"] = [link_json(one) for one in links_of(release, dataset.id)]
        beside["lacking"] = [one.as_json() for one in chain_gaps(dataset, release.get)]
        return {"dataset": dataset.document() | {"content_hash": dataset.content_hash}} | described | beside
    return {} if hits is None else {"hits": [_hit(item) for item in hits]}


def _print_part(release: Release, args: argparse.Namespace, hits: list[Hit] | None, out: Console) -> None:
    from tanbiao.core.lca.linking_record import as_json as link_json
    from tanbiao.core.lca.linking_record import links_of

    if args.readiness:
        release_readiness.say(release, out)
    elif args.coverage:
        release_coverage.say(release, out)
    elif args.dataset:
        dataset = release.get(args.dataset)
        _print_dataset(dataset, out)
        if dataset.derivation is not None:
            release_derivation.tell(release_derivation.described(release, dataset), out)
        release_explain.print_links([link_json(one) for one in links_of(release, dataset.id)], out)
    elif hits is not None:
        _print_hits(hits, out)
    else:
        _print_release(release, out)


def _summary(release: Release) -> dict[str, Any]:
    header = release.header
    return {
        "name": release.name,
        "version": header["version"],
        "date": header["date"],
        "hash": release.hash,
        "standing": release.standing,
        "statement": dict(release.statement),
        "datasets": len(release),
        "chinese": header["chinese"],
        "kinds": header["kinds"],
        "gwp_sets": header["gwp_sets"],
        "uncertainty": header["uncertainty"],
        "system": header.get("system"),
        "solution": _solution(release),
        "samples": release.sampling,
        "findings": [{"code": code, "datasets": count} for code, count in header["findings"].items()],
        "path": release.path,
    }


def _solution(release: Release) -> dict[str, float] | None:
    """Return the true residual of the frozen answers and the condition of the system; None without linked processes."""
    if "system" not in release.header:
        return None
    from tanbiao.core.lca.answers import release_solution

    found = release_solution(release)
    return None if found is None else {"residual": found.residual, "condition": found.condition}


def _hit(item: Hit) -> dict[str, Any]:
    return {
        "id": item.id,
        "name": {"zh": item.name_zh, "en": item.name_en},
        "kind": item.kind,
        "geography": item.geography,
        "unit": item.unit,
        "year": item.year,
        "source": item.source,
        "standing": item.standing,
    }


def _print_release(release: Release, out: Console) -> None:
    from tanbiao.core.findings import explain

    header = release.header
    out.line(f"{release.name}  ({header['date']})  {release.standing}")
    out.line(f"{release.hash}")
    out.line(release.statement[out.lang])
    share = header["chinese"] / max(1, len(release))
    out.text(
        f"数据集 {len(release)} 个，其中中国 {header['chinese']} 个（{share:.1%}）；其余用于中国产品时为国外替代数据。",
        f"{len(release)} datasets, {header['chinese']} of them Chinese ({share:.1%}); the rest stand in from abroad.",
    )
    for zh, en, key in (
        ("类型", "Kinds", "kinds"),
        ("GWP 数值集", "GWP sets", "gwp_sets"),
        ("不确定度依据", "Uncertainty", "uncertainty"),
    ):
        counts = "  ".join(f"{name} {count}" for name, count in header[key].items())
        out.line(f"{zh if out.lang == 'zh' else en}: {counts}")
    system, sampled = header.get("system"), release.sampling
    if system is not None:
        out.text(
            f"链接的单元过程：{system['inputs']} 条输入，{system['loops']} 个回路",
            f"Linked unit processes: {system['inputs']} inputs, {system['loops']} loops",
        )
        solved = _solution(release)
        if solved is not None:
            residual, condition = f"{solved['residual']:.1e}", f"{solved['condition']:.2g}"
            out.text(
                f"冻结结果的真实残差 {residual}，条件数估计 {condition}",
                f"True residual of the frozen answers {residual}, condition estimate {condition}",
            )
    if sampled is not None:
        sets = ", ".join(sorted(sampled["roots"]))
        out.text(f"样本：{sampled['count']} 个（{sets}）", f"Samples: {sampled['count']} ({sets})")
    for code, count in header["findings"].items():
        out.line(f"· {count:>5}  {code}  {explain(code, out.lang)}")


def _print_dataset(dataset: Dataset, out: Console) -> None:
    names = dict.fromkeys([dataset.name.best(out.lang), dataset.name.best("en" if out.lang == "zh" else "zh")])
    out.line(" · ".join(names))
    out.line(f"{dataset.id}  v{dataset.version}  {dataset.content_hash}")
    out.line(f"{dataset.total:.6g} kg CO2e / {dataset.reference.unit}  (GWP {dataset.gwp_set})")
    year = "—" if dataset.time.year is None else dataset.time.year
    out.line(f"{dataset.kind.value}  {dataset.boundary}  {dataset.geography}  {year}")
    sigma = dataset.uncertainty.sigma
    out.text(
        f"不确定度：{dataset.uncertainty_basis}，σ = {sigma:.4f}",
        f"Uncertainty: {dataset.uncertainty_basis}, σ = {sigma:.4f}",
    )
    out.line(f"{dataset.source.title}  {dataset.source.version}  {dataset.source.url}")
    out.line(dataset.licence)
    for note in dataset.notes:
        out.line(f"  {note}")
    _print_published(dataset, out)
    out.findings(notice.finding() for notice in dataset.findings)


def _print_published(dataset: Dataset, out: Console) -> None:
    """Write what others have published for the same product, with the ratio; nothing where nothing is known."""
    from tanbiao.core.lca.published import published_beside

    for one in published_beside(dataset):
        place = one.place if one.year is None else f"{one.place} {one.year}"
        out.text(
            f"公布值 {one.value:.4g} kg CO2e/{one.unit}（{place}，GWP {one.gwp_set}），本数据集为其 {one.ratio:.2f} 倍",
            f"Published: {one.value:.4g} kg CO2e/{one.unit} ({place}, GWP {one.gwp_set}); ratio {one.ratio:.2f}",
        )
        out.line(f"    {one.source}  {one.row or one.url}")
        if one.differs:
            out.line("    " + ("；" if out.lang == "zh" else "; ").join(text[out.lang] for text in one.differs))


def _print_hits(hits: list[Hit], out: Console) -> None:
    if not hits:
        out.text("没有找到。", "Nothing found.")
    for item in hits:
        name = (item.name_zh or item.name_en) if out.lang == "zh" else (item.name_en or item.name_zh)
        year = "—" if item.year is None else item.year
        out.line(f"{item.id}\n    {name}  {item.unit}  {item.geography}  {year}  {item.kind}  {item.source}")
