"""``tanbiao export`` from a platform: its own datasets, what one of its databases has published, a study by its id."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from tanbiao.cli.console import Console
from tanbiao.cli.files import refuse_existing, write_whole
from tanbiao.cli.offline.exporting import PLATFORM
from tanbiao.core.findings import TanbiaoError, render

if TYPE_CHECKING:
    from tanbiao.core.findings import Finding
    from tanbiao.formats.export import Exported


def run(args: argparse.Namespace, out: Console) -> int:
    """Write the file; 0 done, 1 a licence forbids it, 2 the use is wrong.

    Raises
    ------
    TanbiaoError
        ``export_format_unknown``, ``export_empty``, ``database_unknown``, ``study_unknown``, ``revision_unknown``,
        what a calculation of the study refuses, ``output_file_exists``, ``output_not_written``.
    """
    from tanbiao.cli.site import serve
    from tanbiao.formats.export import target

    wanted = target(args.format)
    path: Path = args.file or Path(f"{args.database or args.source[:36]}-{wanted.name}{wanted.ending}")
    refuse_existing(path, force=args.force)
    serve.prepare_environment(data=Path(args.data) if args.data else None)
    serve.start_django()
    serve.migrate()
    try:
        made, told = _made(args)
    except TanbiaoError as error:
        if error.code not in ("export_licence_forbids", "export_held_back"):
            raise
        out.document({"file": None, "findings": [render(item, out.lang) for item in error.findings]})
        out.findings(error.findings)
        return 1
    write_whole(path, made.data)
    out.document(
        {
            "file": str(path),
            "format": wanted.name,
            "processes": made.processes,
            "bytes": len(made.data),
            "findings": [render(item, out.lang) for item in told],
        }
    )
    out.text(
        f"已写出 {path}：{wanted.zh}，{made.processes} 个数据集，{len(made.data):,} 字节",
        f"{path} written: {wanted.en}, {made.processes} datasets, {len(made.data):,} bytes",
    )
    out.findings(told)
    return 0


def _made(args: argparse.Namespace) -> tuple[Exported, tuple[Finding, ...]]:
    """Return a file and what is to be told with it.

    Of a study its newest revision, the same bytes that the API gives; of a database what anybody may read of it; else
    the newest versions that the platform owns.
    """
    from tanbiao.web.accounts.actor import ANONYMOUS
    from tanbiao.web.datasets import exporting, handlers, queries
    from tanbiao.web.governance import exporting as governed
    from tanbiao.web.studies import files

    if args.source != PLATFORM:
        made, left_out = files.datasets_of(handlers.SYSTEM, UUID(args.source), args.format, own=args.own)
        return made, (*left_out, *made.findings)
    if args.database:
        made = governed.exported(ANONYMOUS, args.database, args.format)
    else:
        rows = queries.versions(handlers.SYSTEM).filter(queries.own(handlers.SYSTEM)).select_related("source")
        made = exporting.file_of(rows, args.format, own=args.own)
    return made, made.findings
