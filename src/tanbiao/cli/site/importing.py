"""``tanbiao import``: read dataset files into the database, as the platform's own."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tanbiao.cli.console import Console
from tanbiao.core.findings import TanbiaoError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="文件或 zip / files or zips")
    parser.add_argument("--format", default="", help="格式（默认自动识别）/ the format (found by content)")
    parser.add_argument("--data", type=Path, default=None, help="TANBIAO_DATA (./tanbiao-data)")


def run(args: argparse.Namespace, out: Console) -> int:
    """Import each file, all of it or nothing; 1 when a finding blocks, 2 when one could not be read.

    Raises
    ------
    TanbiaoError
        ``dataset_file_unreadable``, ``archive_too_large`` and what the formats refuse.
    """
    from tanbiao.cli.site import serve

    serve.prepare_environment(data=args.data)
    serve.start_django()
    serve.migrate()
    from tanbiao.formats.archive import LIMITS
    from tanbiao.web.datasets import commands, handlers, told
    from tanbiao.web.ledger.worker import prepare

    prepare()
    answers: list[dict[str, Any]] = []
    for path in out.progress(args.files, "导入 import", total=len(args.files)):
        try:
            if path.stat().st_size > LIMITS.file:  # told from the directory: nothing of it is read
                raise TanbiaoError.of("archive_too_large", path.name, limit=LIMITS.file, files=LIMITS.files)
            data = path.read_bytes()
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise TanbiaoError.of("dataset_file_unreadable", path.name, reason=reason) from error
        made = commands.bring(handlers.SYSTEM, filename=path.name, data=data, asked_format=args.format)
        record = handlers.carry_through(made.id)
        answers.append(
            {
                "file": path.name,
                "format": record.format,
                **record.counts,
                "stored": record.counts.get("stored", 0),
                "findings": [item.document() for item in told.told(record, out.lang)],
            }
        )
        out.text(
            f"{path.name}：{record.format or '无法识别'}，过程 {record.counts.get('processes', 0)} 个，"
            f"新保存 {record.counts.get('stored', 0)} 个，问题 {len(record.findings)} 条",
            f"{path.name}: {record.format or 'not recognised'}, {record.counts.get('processes', 0)} processes, "
            f"{record.counts.get('stored', 0)} stored, {len(record.findings)} findings",
        )
        out.findings(told.findings(record))
    refused = any(one["format"] == "" for one in answers)
    out.document(answers[0] if len(answers) == 1 else {"files": answers})
    blocked = any(item["severity"] in ("error", "blocking") for one in answers for item in one["findings"])
    return 2 if refused else 1 if blocked else 0
