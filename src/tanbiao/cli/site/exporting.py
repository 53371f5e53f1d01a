"""``tanbiao export platform``: the platform's own datasets, or what one of its databases has published, as a file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tanbiao.cli.console import Console
from tanbiao.cli.files import refuse_existing, write_whole
from tanbiao.core.findings import TanbiaoError, render

if TYPE_CHECKING:
    from tanbiao.formats.export import Exported


def run(args: argparse.Namespace, out: Console) -> int:
    """Write the file; 0 done, 1 a licence forbids it, 2 the use is wrong.

    Raises
    ------
    TanbiaoError
        ``export_format_unknown``, ``export_empty``, ``database_unknown``, ``output_file_exists``,
        ``output_not_written``.
    """
    from tanbiao.cli.site import serve
    from tanbiao.formats.export import target

    wanted = target(args.format)
    path: Path = args.file or Path(f"{args.database or 'platform'}-{wanted.name}{wanted.ending}")
    refuse_existing(path, force=args.force)
    serve.prepare_environment(data=Path(args.data) if args.data else None)
    serve.start_django()
    serve.migrate()
    try:
        made = _made(args)
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
            "findings": [render(item, out.lang) for item in made.findings],
        }
    )
    out.text(
        f"已写出 {path}：{wanted.zh}，{made.processes} 个数据集，{len(made.data):,} 字节",
        f"{path} written: {wanted.en}, {made.processes} datasets, {len(made.data):,} bytes",
    )
    out.findings(made.findings)
    return 0


def _made(args: argparse.Namespace) -> Exported:
    """Return a database's published datasets as anybody may read them, else the newest versions the platform owns."""
    from tanbiao.web.accounts.actor import ANONYMOUS
    from tanbiao.web.datasets import exporting, handlers, queries
    from tanbiao.web.governance import exporting as governed

    if args.database:
        return governed.exported(ANONYMOUS, args.database, args.format)
    rows = queries.versions(handlers.SYSTEM).filter(queries.own(handlers.SYSTEM)).select_related("source")
    return exporting.file_of(rows, args.format, own=args.own)
