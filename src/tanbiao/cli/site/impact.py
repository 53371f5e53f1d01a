"""``tanbiao impact RELEASE``: what a release would change on this platform; ``tanbiao impact rebuild``: its index."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tanbiao.cli.console import Console
from tanbiao.cli.site.serve import data_is_there, migrate, prepare_environment, start_django
from tanbiao.core.findings import from_json, render

if TYPE_CHECKING:
    from tanbiao.web.impact.models import Line, Run

REBUILD = "rebuild"
SHOWN = 30


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "release",
        help=f"发布版名称；{REBUILD}：重建依赖索引 / a release by name; {REBUILD}: make the index from the stores",
    )
    parser.add_argument("--data", type=Path, default=None, help="TANBIAO_DATA (./tanbiao-data)")


def run(args: argparse.Namespace, out: Console) -> int:
    """Recalculate what leans on changed factors, apart from everything published; 1 where the run failed.

    Raises
    ------
    TanbiaoError
        ``data_not_there``, ``release_not_found``.
    """
    prepare_environment(data=args.data)
    data_is_there()
    start_django()
    migrate()
    return _rebuild(out) if args.release == REBUILD else _ask(args.release, out)


def _rebuild(out: Console) -> int:
    from tanbiao.web.impact import commands
    from tanbiao.web.impact.index import SYSTEM

    def watch(ids: Sequence[UUID]) -> Iterable[UUID]:
        return out.progress(ids, "impact", total=len(ids))

    made = commands.rebuild(SYSTEM, watch)
    out.document(asdict(made))
    out.text(
        f"研究 {made.studies} 份，索引版本 {made.entries} 个（无法编入 {made.refused} 个），因子依赖 {made.uses} 条，"
        f"证书 {made.certificates} 张；与原索引不同的研究 {made.differed} 份",
        f"{made.studies} studies, {made.entries} revisions indexed ({made.refused} refused), {made.uses} uses "
        f"of factors, {made.certificates} certificates; {made.differed} studies differed from the index before",
    )
    return 0


def _ask(release: str, out: Console) -> int:
    from tanbiao.web.impact import commands, queries, running
    from tanbiao.web.impact.index import SYSTEM

    asked = commands.ask(SYSTEM, release=release, enqueue=False)
    done = running.carry_through(asked.id)
    lines = list(queries.lines_of(SYSTEM, done.id))
    summary = asdict(queries.summary(SYSTEM, done.id))
    problem = [from_json(item) for item in done.problem]
    out.document(
        {
            "run": str(done.id),
            "release": done.release,
            "hash": done.release_hash,
            "state": done.state,
            "installed": not done.preview,
            "looked_at": done.looked_at,
            "recalculated": done.total,
            "samples": done.samples,
            "summary": summary,
            "factors": list(
                queries.factors_of(SYSTEM, done.id).values(
                    "release", "gwp", "question", "dataset_id", "new_dataset_id", "unit", "old", "new", "stop", "uses"
                )
            ),
            "lines": [_json(line, out) for line in lines],
            "findings": [render(item, out.lang) for item in problem],
        }
    )
    if not out.as_json:
        _tell(done, lines, summary, out)
    out.findings(problem)
    return 0 if done.state == "done" else 1


def _json(line: Line, out: Console) -> dict[str, Any]:
    from tanbiao.web.impact import show

    return {
        "product": show.product(line, out.lang),
        "certificate": line.certificate.number if line.certificate else None,
        "study": str(line.study_id),
        "old_release": line.old_release,
        "old": line.old,
        "new": line.new,
        "relative": line.relative,
        "p2_5": line.p2_5,
        "p50": line.p50,
        "p97_5": line.p97_5,
        "unit": line.unit,
        "completeness": line.completeness,
        "how": line.how,
        "class": {"old": line.old_class, "new": line.new_class, "source": line.class_source}
        if line.class_source
        else None,
        "class_may_change": line.class_may_change,
        "who": line.who,
        "why": line.why,
        "threshold_percent": line.threshold_percent,
        "threshold_source": line.threshold_source,
        "recalculate_by": line.recalculate_by.isoformat() if line.recalculate_by else None,
        "causes": [{"question": one, "amount": two, "change": three} for one, two, three in line.causes],
        "findings": show.findings(line, out.lang),
    }


def _tell(run: Run, lines: list[Line], summary: dict[str, Any], out: Console) -> None:
    from tanbiao.web.impact import show

    moving, held, over, acting = (summary[key] for key in ("lines", "certificates", "over", "to_act"))
    out.text(
        f"{run.release}：查看 {run.looked_at} 个版本，重算 {run.total} 个；数值有变化 {moving} 项（证书 {held} 张），"
        f"达到阈值 {over} 项，需处理 {acting} 项",
        f"{run.release}: {run.looked_at} revisions looked at, {run.total} recalculated; {moving} figures move "
        f"({held} certificates), {over} over the threshold, {acting} to act on",
    )
    for line in lines[:SHOWN]:
        name = line.certificate.number if line.certificate else str(line.study_id)
        out.line(f"  {name}  {show.product(line, out.lang)}")
        if line.new is None:
            out.line(f"    {'; '.join(item['message'] for item in show.findings(line, out.lang)) or line.why}")
            continue
        moved = "" if line.relative is None else f"  {line.relative:+.2%}"
        by = f"  {line.who} {line.recalculate_by or ''}" if line.who != "nobody" else ""
        out.line(f"    {line.old:.6g} → {line.new:.6g} {line.unit}{moved}{by}")
    if len(lines) > SHOWN:
        out.text(f"  …… 其余 {len(lines) - SHOWN} 项见 --json", f"  … {len(lines) - SHOWN} more: see --json")
