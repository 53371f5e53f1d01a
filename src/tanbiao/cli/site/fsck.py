"""``tanbiao fsck``: recompute every stored hash, log entry, the tree and every checkpoint; verify every certificate."""

from __future__ import annotations

import argparse
from pathlib import Path

from tanbiao.cli.console import Console
from tanbiao.cli.site.serve import prepare_environment, start_django
from tanbiao.core.findings import TanbiaoError, render


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--data``."""
    parser.add_argument("--data", type=Path, default=None, help="TANBIAO_DATA (./tanbiao-data)")


def run(args: argparse.Namespace, out: Console) -> int:
    """Check everything; 0 when all is well, 1 when something is not.

    Raises
    ------
    TanbiaoError
        ``data_not_there``: no database of ours is where it was looked for.
    """
    prepare_environment(data=args.data)
    from django.conf import settings
    from django.db import connection

    if connection.vendor == "sqlite" and not Path(str(settings.DATABASES["default"]["NAME"])).exists():
        raise TanbiaoError.of("data_not_there", data=str(settings.TANBIAO_DATA))
    start_django()
    from django.db import DatabaseError

    from tanbiao.web.ledger import fsck
    from tanbiao.web.register import rechecking
    from tanbiao.web.register.models import Certificate

    certificates = 0
    try:
        report = fsck.check(lambda rows, label: out.progress(rows, label))
        rows = Certificate.objects.select_related("issue").order_by("issued_at", "id")
        for _, found in rechecking.recheck(out.progress(rows.iterator(chunk_size=500), "certificates")):
            certificates += 1
            report.errors += found
    except DatabaseError as error:
        raise TanbiaoError.of("database_unreachable", reason=str(error).strip().splitlines()[0]) from error
    out.document(
        {
            "entries": report.entries,
            "checkpoints": report.checkpoints,
            "blobs": report.blobs,
            "certificates": certificates,
            "errors": [render(item, out.lang) for item in report.errors],
        }
    )
    if not out.as_json:
        out.text(
            f"日志 {report.entries} 条，检查点 {report.checkpoints} 个，文件 {report.blobs} 个，"
            f"证书 {certificates} 张，错误 {len(report.errors)} 个",
            f"{report.entries} log entries, {report.checkpoints} checkpoints, {report.blobs} files, "
            f"{certificates} certificates, {len(report.errors)} errors",
        )
    out.findings(report.errors)
    return 1 if report.errors else 0
