"""``tanbiao import``: read dataset files into the database, as the platform's own.

Plain files of one format are one import, and so is a folder or an archive (:mod:`tanbiao.formats.together`).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tanbiao.cli.console import Console
from tanbiao.core.findings import TanbiaoError

if TYPE_CHECKING:
    from tanbiao.formats.together import Bundle
    from tanbiao.web.datasets.commands import Terms


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="文件、zip 或文件夹；同一格式的散文件合为一次导入"
        " / files, zips or folders; loose files of one format are one import",
    )
    parser.add_argument("--format", default="", help="格式（默认自动识别）/ the format (found by content)")
    parser.add_argument("--rights-holder", default="", metavar="NAME", help="数据权利人 / whose data it is")
    parser.add_argument(
        "--licence",
        default="",
        metavar="CODE",
        help="许可代码，如 CC-BY-4.0（--licences 列出）/ licence, as --licences lists them",
    )
    parser.add_argument("--licence-text", default="", metavar="TEXT", help="许可名称或条件 / the licence in words")
    parser.add_argument(
        "--share",
        action="store_true",
        help="其他数据方可读（许可须允许）/ others may read it",
    )
    parser.add_argument("--licences", action="store_true", help="列出许可代码 / list the codes of licences")
    parser.add_argument("--data", type=Path, default=None, help="TANBIAO_DATA (./tanbiao-data)")


def run(args: argparse.Namespace, out: Console) -> int:
    """Import each group of files, all of it or nothing; 1 when a finding blocks, 2 when one could not be read.

    Raises
    ------
    TanbiaoError
        ``import_files_missing``, ``dataset_file_unreadable``, ``archive_too_large``, ``licence_unknown``,
        ``licence_not_named``, ``licence_forbids_sharing`` and what the formats refuse.
    """
    from tanbiao.cli.site import serve

    if args.licences:
        return _licences(out)
    if not args.files:
        raise TanbiaoError.of("import_files_missing", "FILE")

    serve.prepare_environment(data=args.data)
    serve.start_django()
    serve.migrate()
    from tanbiao.formats import together
    from tanbiao.web.datasets import commands
    from tanbiao.web.ledger.worker import prepare

    prepare()
    terms = commands.Terms(args.rights_holder, args.licence, args.licence_text, args.share)
    terms.check()  # before the first of many files
    groups = together.groups(args.files, args.format)
    answers = [
        _one(together.bundle_of(group), terms, args.format, out)
        for group in out.progress(groups, "导入 import", total=len(groups))
    ]
    refused = any(one["format"] == "" for one in answers)
    out.document(answers[0] if len(answers) == 1 else {"files": answers})
    blocked = any(item["severity"] in ("error", "blocking") for one in answers for item in one["findings"])
    return 2 if refused else 1 if blocked else 0


def _one(bundle: Bundle, terms: Terms, asked_format: str, out: Console) -> dict[str, Any]:
    """Import what is read as one; say what became of it and return it as it goes into the document."""
    from tanbiao.web.datasets import commands, handlers, told

    made = commands.bring(
        handlers.SYSTEM,
        filename=bundle.label,
        data=bundle.data,
        files=bundle.files,
        asked_format=asked_format,
        terms=terms,
    )
    record = handlers.carry_through(made.id)
    out.text(
        f"{bundle.label}：{record.format or '无法识别'}，过程 {record.counts.get('processes', 0)} 个，"
        f"新保存 {record.counts.get('stored', 0)} 个，问题 {len(record.findings)} 条",
        f"{bundle.label}: {record.format or 'not recognised'}, {record.counts.get('processes', 0)} processes, "
        f"{record.counts.get('stored', 0)} stored, {len(record.findings)} findings",
    )
    out.findings(told.findings(record))
    return {
        "file": bundle.label,
        "parts": [name for name, _ in bundle.files],
        "format": record.format,
        "rights_holder": record.rights_holder,
        "licence": record.licence,
        "licence_text": record.licence_text,
        "is_shared": record.is_shared,
        **record.counts,
        "stored": record.counts.get("stored", 0),
        "findings": [item.document() for item in told.told(record, out.lang)],
    }


def _licences(out: Console) -> int:
    from tanbiao.web.licences import LICENCES

    rows = [{"code": one.code, "name": one.name(out.lang), "may_be_shared": one.may_be_shared} for one in LICENCES]
    out.document({"licences": rows})
    for one in LICENCES:
        shared = "" if one.may_be_shared else "（不可共享）" if out.lang == "zh" else " (not to be shared)"
        out.line(f"{one.code:<16}{one.name(out.lang)}{shared}")
    return 0
