"""What a new release does to studies: ``tanbiao release compare OLD NEW --studies PATH…``."""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tanbiao.cli import workers
from tanbiao.cli.console import Console
from tanbiao.cli.offline.calculate import load_rule_of, load_study
from tanbiao.core.findings import Finding, TanbiaoError

if TYPE_CHECKING:
    from tanbiao.core.lca.release import Release
    from tanbiao.core.lca.release_compare import Comparison
    from tanbiao.core.rules.model import Rule
    from tanbiao.core.study.model import Study
    from tanbiao.core.study.portfolio import Full, Recalculated
    from tanbiao.core.study.portfolio_compile import Compiled

SUFFIXES = (".yaml", ".yml", ".json", ".xlsx", ".zip")
SHOWN = 30
MAX_PACKAGE = 200_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments that concern studies."""
    parser.add_argument(
        "--studies",
        nargs="+",
        metavar="PATH",
        help="研究文件、证书的计算包或文件夹：按新发布版重算 / recalculate these studies and certificates' packages",
    )
    parser.add_argument("--limits", metavar="A,B,…", help="分级界限，kg CO2e/声明单位 / class limits, ascending")
    parser.add_argument("--samples", type=int, metavar="N", help="样本数，0 为不算区间 / 0: no interval")
    workers.add_arguments(parser)


@dataclass(frozen=True, slots=True)
class Read:
    """A study file, read and compiled on the old release."""

    place: str
    study: Study
    rule: Rule | None
    compiled: Compiled
    package: str = ""
    """Root of the sealed calculation package that it comes from."""


def effect(
    args: argparse.Namespace, old: Release, new: Release, found: Comparison
) -> tuple[list[dict[str, Any]], list[Finding]]:
    """Return one entry per study that could be read, and what was wrong with the others.

    Raises
    ------
    TanbiaoError
        ``portfolio_empty``, ``limits_not_ascending``, ``samples_beyond_release``, ``samples_out_of_range``.
    """
    from tanbiao.core.study.calculation import MAX_SAMPLES

    limits, wanted = _limits(args.limits), args.samples
    count = (new.sampling or {}).get("count", 1000)
    samples = min(1000, count) if wanted is None else wanted
    if not 0 <= samples <= MAX_SAMPLES:
        raise TanbiaoError.of("samples_out_of_range", "--samples", limit=MAX_SAMPLES)
    read, refused = _read_all(args, old)
    body: list[dict[str, Any]] = []
    with workers.executor(args) as executor:
        from tanbiao.core.study.portfolio import Portfolio, recalculate

        for gwp_set in sorted({item.compiled.gwp for item in read}):
            own = [item for item in read if item.compiled.gwp == gwp_set]
            made = Portfolio.of([item.compiled for item in own], [item.place for item in own])
            again = recalculate(
                made, new, samples=samples, limits=limits, full=_full(own, new, samples), executor=executor
            )
            body += [_entry(item, again, place, old, found) for place, item in enumerate(own)]
    return sorted(body, key=_by_move), refused


def _by_move(item: dict[str, Any]) -> tuple[float, str]:
    """Order studies: those without a figure first, then by the size of their move."""
    return -math.inf if item["relative"] is None else -abs(item["relative"]), item["file"]


def _limits(text: str | None) -> list[float]:
    try:
        return [float(part) for part in text.split(",")] if text else []
    except ValueError as error:
        raise TanbiaoError.of("limits_not_ascending", "--limits") from error


def _read_all(args: argparse.Namespace, old: Release) -> tuple[list[Read], list[Finding]]:
    from tanbiao.core.study.portfolio_compile import compile_study

    paths: list[Path] = []
    for text in args.studies:
        path = Path(text)
        inside = (item for item in path.rglob("*") if item.suffix.lower() in SUFFIXES)
        paths += sorted(inside) if path.is_dir() else [path]
    if not paths:
        raise TanbiaoError.of("portfolio_empty", "--studies")
    read: list[Read] = []
    refused: list[Finding] = []
    for path in paths:
        try:
            package = _package(path)
            if package is not None:
                read.append(_sealed(path, package, old))
                continue
            loaded = load_study(path)
            if loaded.study is None:
                raise TanbiaoError(*(item for item in loaded.findings if item.severity.blocks))
            rule, notes = load_rule_of(loaded.study.rule, args.data)
            refused += [_placed(item, path) for item in notes]
            read.append(Read(str(path), loaded.study, rule, compile_study(loaded.study, old, rule)))
        except TanbiaoError as error:
            refused += [_placed(item, path) for item in error.findings]
    return read, refused


def _package(path: Path) -> dict[str, Any] | None:
    """Return the sealed calculation package in a file (a bundle, or the package itself); None for a study."""
    from tanbiao.core.study.package import FORMAT
    from tanbiao.evidence.bundles import open_bundle, package_of

    suffix = path.suffix.lower()
    if suffix == ".zip":
        return package_of(open_bundle(_bytes(path)))
    if suffix != ".json":
        return None
    try:
        found = json.loads(_bytes(path))
    except (ValueError, RecursionError):
        return None  # as a study it is refused with the place of the fault
    return found if isinstance(found, dict) and found.get("tanbiao") == FORMAT else None


def _bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_PACKAGE:
            raise TanbiaoError.of("file_too_large", str(path), size=size, limit=MAX_PACKAGE)
        return path.read_bytes()
    except OSError as error:
        raise TanbiaoError.of("study_file_unreadable", str(path), reason=error.strerror or str(error)) from error


def _sealed(path: Path, package: dict[str, Any], old: Release) -> Read:
    """Return the study of a certificate's package, whose root is checked, compiled on the release it was sealed on."""
    from tanbiao.core.rules.load import parse_rule
    from tanbiao.core.study.model import Study
    from tanbiao.core.study.package import check_root
    from tanbiao.core.study.portfolio_compile import compile_study

    root = check_root(package)
    sealed_on = package["release"]
    if sealed_on["hash"] != old.hash:
        raise TanbiaoError.of("package_of_another_release", name=sealed_on["name"], hash=sealed_on["hash"])
    study, findings = Study.parse(package["study"])
    if study is None:
        raise TanbiaoError(*findings)
    rule = None if package["rule"] is None else parse_rule(package["rule"])
    return Read(str(path), study, rule, compile_study(study, old, rule), root)


def _placed(item: Finding, path: Path) -> Finding:
    where = f"{path}: {item.where}" if item.where and item.where != str(path) else str(path)
    return Finding(item.code, item.severity, where, item.params)


def _full(read: list[Read], new: Release, samples: int) -> Full:
    """Return how to calculate one of the studies in full; None where the new release gives it no number."""

    def calculated(place: int) -> tuple[float, float, float, float] | None:
        from tanbiao.core.study import calculate

        item = read[place]
        try:
            total = calculate(item.study, new, item.rule, samples=samples).document["total"]
        except TanbiaoError:
            return None
        interval = [math.nan if total[key] is None else total[key] for key in ("p2_5", "p50", "p97_5")]
        return total["value"], interval[0], interval[1], interval[2]

    return calculated


def _entry(item: Read, again: Recalculated, place: int, old: Release, found: Comparison) -> dict[str, Any]:
    from tanbiao.core.study.portfolio_compile import answer

    used = [dataset.id for question in item.compiled.questions if (dataset := answer(old, question)) is not None]
    interval = [_number(value) for value in again.interval[place].tolist()]
    return {
        "file": item.place,
        "study": item.compiled.name,
        "package": item.package,
        "name": item.study.product.name.both(),
        "gwp": item.compiled.gwp,
        "old": float(again.old[place]),
        "new": _number(float(again.new[place])),
        "relative": _number(float(again.relative[place])),
        "p2_5": interval[0],
        "p50": interval[1],
        "p97_5": interval[2],
        "how": again.how[place],
        "class": {"old": int(again.old_class[place]), "new": int(again.new_class[place])},
        "may_change": bool(again.may_change[place]),
        "touched_by": found.touches(used),
        "stops": again.stops.get(place, {}),
    }


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def tell(out: Console, studies: list[dict[str, Any]], has_limits: bool) -> None:
    """Write the studies for a person, those that moved most first."""
    touched = [item for item in studies if item["touched_by"] or item["stops"] or item["old"] != item["new"]]
    out.text(
        f"研究 {len(studies)} 份，其中 {len(touched)} 份受影响：",
        f"{len(studies)} studies, {len(touched)} of them touched:",
    )
    for item in touched[:SHOWN]:
        name = item["name"].get(out.lang) or item["name"].get("zh" if out.lang == "en" else "en") or item["file"]
        out.line(f"  {item['file']}  {name}")
        out.line(f"    {_figures(item, out)}")
        if has_limits and item["may_change"]:
            out.text("    分级可能改变", "    its class may change")
    if len(touched) > SHOWN:
        out.text(f"  …… 其余 {len(touched) - SHOWN} 份见 --json", f"  … {len(touched) - SHOWN} more: see --json")


def _figures(item: dict[str, Any], out: Console) -> str:
    if item["new"] is None:
        names = ", ".join(item["stops"])
        return (
            f"新发布版不能照旧回答：{names}"
            if out.lang == "zh"
            else f"the new release does not answer as before: {names}"
        )
    relative = "" if item["relative"] is None else f"  {item['relative']:+.2%}"
    interval = "" if item["p2_5"] is None else f"  ({item['p2_5']:.6g} – {item['p97_5']:.6g})"
    how = {"first_order": ("一阶", "first order"), "full": ("完整抽样", "sampled in full")}[item["how"]]
    return f"{item['old']:.6g} → {item['new']:.6g} kg CO2e{relative}{interval}  {how[out.lang == 'en']}"
