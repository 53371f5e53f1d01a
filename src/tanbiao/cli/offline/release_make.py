"""``tanbiao release build | rebuild | compare``: freeze a folder of datasets; what differs between two releases."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tanbiao.cli import workers
from tanbiao.cli.console import Console
from tanbiao.cli.offline import release_readiness, release_studies
from tanbiao.core.findings import TanbiaoError

if TYPE_CHECKING:
    from tanbiao.core.dataset import Dataset
    from tanbiao.core.findings import Lang
    from tanbiao.core.lca.release import Release
    from tanbiao.core.lca.release_build import Samples
    from tanbiao.core.lca.release_derived import Recomputed
    from tanbiao.formats.release_gather import Gathered

SHOWN = 20


def add_build(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``build``."""
    parser.add_argument(
        "folder", metavar="FOLDER", help="数据集文件夹，含 release.yaml / dataset files and release.yaml"
    )
    parser.add_argument("--out", metavar="FILE", help="输出文件，默认 <名称>.tbr / where to write, by default NAME.tbr")
    parser.add_argument("--samples", type=int, default=1000, metavar="N", help="样本数，0 为不抽样 / 0: no samples")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="随机种子 / seed")
    parser.add_argument("--gwp", nargs="+", default=["AR6"], metavar="SET", help="抽样所用 GWP 数值集 / sets to sample")
    parser.add_argument(
        "--draw-gwp",
        action="store_true",
        help="GWP 值也抽样（有不确定度者）/ draw GWP values too, where their spread is known",
    )
    workers.add_arguments(parser)


def add_rebuild(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``rebuild``."""
    parser.add_argument("old", metavar="OLD", help="所依据的旧发布版 / the release that this one follows")
    add_build(parser)


def add_compare(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``compare``."""
    parser.add_argument("old", metavar="OLD", help="旧发布版 / the release studies rest on")
    parser.add_argument("new", metavar="NEW", help="新发布版 / the new one")
    parser.add_argument("--gwp", default="AR6", metavar="SET", help="比较所用 GWP 数值集 / GWP set, by default AR6")
    parser.add_argument("--csv", metavar="FILE", help="另存为 CSV / write the changes as CSV too")
    release_studies.add_arguments(parser)


def build(args: argparse.Namespace, out: Console) -> int:
    """Build a release file; nothing is left where it fails or is interrupted."""
    from tanbiao.formats.release_gather import gather

    with workers.compiling() as ahead:
        found = gather(Path(args.folder), args.data, _reading(out), sized=ahead.sized if args.samples else None)
        release, body = _write(args, found, out.lang, None, ahead.wait)
    out.document(body)
    _tell(release, out)
    return 0


def rebuild(args: argparse.Namespace, out: Console) -> int:
    """Build the release that follows another: the folder's datasets in place of its own, derived ones made anew."""
    from tanbiao.core.lca import linking_record
    from tanbiao.core.lca.release_derived import recomputed
    from tanbiao.core.lca.release_find import find_release
    from tanbiao.formats.release_gather import gather

    old = find_release(args.old, data_dir=args.data)
    before = {item.id: item for item in old}
    with workers.compiling() as ahead:
        sized = ahead.sized if args.samples else None
        found = gather(Path(args.folder), args.data, _reading(out), before.values(), sized)
        kept = {name: old.document(name) for name in old.DOCUMENTS if old.document(name)}
        if links := linking_record.carried(old, found.datasets, found.documents.get(linking_record.SECTION, {})):
            found.documents[linking_record.SECTION] = links
        found = replace(found, documents=kept | found.documents)
        release, body = _write(args, found, out.lang, before, ahead.wait)
    anew = recomputed(old, release)
    out.document(
        body | {"follows": {"name": old.name, "hash": old.hash}, "recomputed": [item.as_json() for item in anew]}
    )
    _tell(release, out)
    tell_recomputed(anew, out)
    return 0


def _reading(out: Console) -> Callable[[str], None]:
    return lambda key: out.text(f"读取数据库 {key} ……", f"reading the database {key} …")


def tell_recomputed(anew: Sequence[Recomputed], out: Console) -> None:
    """Print which derived datasets were calculated anew, and because of which inputs."""
    if not anew:
        return
    out.text(f"重新推导 {len(anew)} 个数据集：", f"{len(anew)} derived datasets calculated anew:")
    for item in anew[:SHOWN]:
        out.line(f"  {item.id}  v{item.before} → v{item.after}  ← {', '.join(item.because)}")
    _rest(out, len(anew))


def _write(
    args: argparse.Namespace,
    found: Gathered,
    lang: Lang,
    previous: dict[str, Dataset] | None,
    ready: Callable[[], None],
) -> tuple[Release, dict[str, Any]]:
    from tanbiao.core.lca.release_build import write_release

    samples = _samples(args)
    place = Path(args.out or f"{found.header['name']}.tbr")
    with workers.executor(args) as executor:
        release = write_release(
            place,
            found.datasets,
            found.header,
            found.documents,
            samples=samples,
            executor=executor,
            previous=previous,
            ready=ready,
        )
    return release, _built(release, lang)


def _tell(release: Release, out: Console) -> None:
    place = Path(release.path)
    size = place.stat().st_size / 1e6
    out.line(f"{release.name}  {release.hash}")
    out.text(
        f"{len(release)} 个数据集，{size:.1f} MB，已写入 {place}", f"{len(release)} datasets, {size:.1f} MB, in {place}"
    )
    system = release.header.get("system")
    if system is not None:
        out.text(
            f"链接：{system['inputs']} 条输入，{system['loops']} 个回路（最大 {system['largest_loop']} 个过程）",
            f"linked: {system['inputs']} inputs, {system['loops']} loops (the largest of {system['largest_loop']})",
        )
    if release.sampling is not None:
        sets = ", ".join(sorted(release.sampling["roots"]))
        out.text(
            f"样本：{release.sampling['count']} 个，种子 {release.sampling['seed']}，{sets}",
            f"samples: {release.sampling['count']}, seed {release.sampling['seed']}, {sets}",
        )
    if "databases" in release.header:
        release_readiness.say(release, out)
    out.findings(_findings(release))


def _samples(args: argparse.Namespace) -> Samples | None:
    from tanbiao.core.gases import check_set
    from tanbiao.core.lca.release_build import Samples

    for name in args.gwp:
        check_set(name, "--gwp")
    if args.samples == 0:
        return None
    return Samples(args.samples, args.seed, tuple(dict.fromkeys(args.gwp)), args.draw_gwp)


def _findings(release: Release) -> list[Any]:
    from tanbiao.core.findings import Severity, finding

    said = release.header.get("system", {}).get("findings", [])
    return [finding(item["code"], Severity(item["severity"]), "", **item["params"]) for item in said]


def _built(release: Release, lang: Lang) -> dict[str, Any]:
    from tanbiao.core.findings import render

    return {
        "name": release.name,
        "hash": release.hash,
        "datasets": len(release),
        "system": release.header.get("system"),
        "samples": release.sampling,
        "readiness": release_readiness.document(release, lang),
        "findings": [render(item, lang) for item in _findings(release)],
        "path": release.path,
    }


def compare(args: argparse.Namespace, out: Console) -> int:
    """Tell what differs between two releases, and what that does to studies; 1 when a study could not be read."""
    from tanbiao.core.findings import blocking, render
    from tanbiao.core.lca import release_compare
    from tanbiao.core.lca.release_derived import recomputed
    from tanbiao.core.lca.release_find import find_release

    old, new = (find_release(name, data_dir=args.data) for name in (args.old, args.new))
    found = release_compare.compare(old, new, args.gwp)
    body = release_compare.as_json(found)
    anew = recomputed(old, new)
    body["recomputed"] = [item.as_json() for item in anew]
    studies, wrong = release_studies.effect(args, old, new, found) if args.studies else ([], [])
    said = {key: {"name": item.name, "hash": item.hash} for key, item in (("old", old), ("new", new))}
    if args.studies:
        body["studies"] = studies
    if args.csv:
        _write_csv(Path(args.csv), release_compare.as_rows(found), studies)
    rendered = [render(item, out.lang) for item in wrong]
    out.document({"name": new.name, "hash": new.hash, "datasets": len(new), "findings": rendered} | said | body)
    out.line(f"{old.name} → {new.name}")
    out.text(
        f"新增 {len(found.added)}，删去 {len(found.removed)}，改变 {len(found.changed)}，相同 {found.same}",
        f"{len(found.added)} added, {len(found.removed)} removed, {len(found.changed)} changed, {found.same} the same",
    )
    moved = [item for item in body["changed"] if item["moved"]]
    out.text(f"数值变动 {len(moved)} 个（{args.gwp}）：", f"{len(moved)} figures moved ({args.gwp}):")
    for item in moved[:SHOWN]:
        out.line(f"  {item['dataset']}  {_figures(item)}")
    _rest(out, len(moved))
    for zh, en, names in (("删去", "removed", found.removed), ("新增", "added", found.added)):
        if names:
            out.line(f"{zh if out.lang == 'zh' else en}: {', '.join(names[:SHOWN])}")
            _rest(out, len(names))
    tell_recomputed(anew, out)
    _tell_links(out, body)
    if args.studies:
        release_studies.tell(out, studies, bool(args.limits))
        out.findings(wrong)
    return 1 if blocking(wrong) else 0


def _tell_links(out: Console, body: dict[str, Any]) -> None:
    """Print who supplies what instead of whom, and which ids another database speaks for."""
    nobody = "—"
    links = [(item["dataset"], one) for item in body["changed"] for one in item["providers"]]
    if links:
        out.text(f"供应者改变 {len(links)} 处：", f"{len(links)} exchanges have other suppliers:")
    for name, one in links[:SHOWN]:
        before, after = (", ".join(one[side]) or nobody for side in ("before", "after"))
        ranks = [_rank(one[side], out) for side in ("rank_before", "rank_after")]
        why = f"  ({' → '.join(ranks)})" if any(one[side] for side in ("rank_before", "rank_after")) else ""
        out.line(f"  {name} [{one['exchange']}]  {before} → {after}{why}")
    _rest(out, len(links))
    grounds = body["links"]
    if grounds:
        out.text(
            f"供应者相同而依据或份额改变 {len(grounds)} 处：",
            f"{len(grounds)} exchanges have the same suppliers on other grounds:",
        )
    for one in grounds[:SHOWN]:
        before, after = (one[side]["why"][out.lang] for side in ("before", "after"))
        out.line(f"  {one['dataset']} [{one['exchange']}]  {before} → {after}")
    _rest(out, len(grounds))
    owners = body["precedence"]
    if owners:
        out.text(f"改由其他数据库提供 {len(owners)} 个：", f"{len(owners)} datasets stand from another database:")
    for one in owners[:SHOWN]:
        out.line(f"  {one['dataset']}  {one['before']} → {one['after']}")
    _rest(out, len(owners))


def _rank(name: str | None, out: Console) -> str:
    from tanbiao.core.lca.linking_model import Rank
    from tanbiao.core.lca.linking_record import RANK_WORDS

    return "—" if name is None else RANK_WORDS[Rank[name.upper()]][out.lang]


def _write_csv(place: Path, rows: Sequence[Sequence[Any]], studies: Sequence[dict[str, Any]]) -> None:
    """Write changes, and studies after them, as one table; a cell never starts a formula."""
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    for item in studies:
        kind = "certificate" if item.get("package") else "study"
        figures = [_cell(item[key]) for key in ("old", "new", "relative")]
        touched = _cell(" ".join(item["touched_by"]))
        writer.writerow([kind, _cell(item["file"]), "kg CO2e", *figures, "", "", "", touched])
    try:
        place.write_text(text.getvalue(), encoding="utf-8-sig", newline="")
    except OSError as error:
        raise TanbiaoError.of("release_not_written", str(place), reason=error.strerror or str(error)) from error


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@"):
        return f"'{value}"
    return "" if value is None else value


def _figures(item: dict[str, Any]) -> str:
    if item["old"] is None or item["new"] is None:
        return str(item["unit"])
    relative = "" if item["relative"] is None else f"  {item['relative']:+.2%}"
    return f"{item['old']:.6g} → {item['new']:.6g} kg CO2e/{item['unit']}{relative}"


def _rest(out: Console, count: int) -> None:
    if count > SHOWN:
        out.text(f"  …… 其余 {count - SHOWN} 个见 --json", f"  … {count - SHOWN} more: see --json")
