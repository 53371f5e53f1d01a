"""``tanbiao rebuild``: write the archive of a public register, or make the register again from one."""

from __future__ import annotations

import argparse
from pathlib import Path

from tanbiao.cli.console import Console
from tanbiao.cli.site.serve import migrate, prepare_environment, start_django
from tanbiao.core.findings import TanbiaoError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the archive, ``--write``, ``--keys`` and ``--data``."""
    parser.add_argument("archive", type=Path, metavar="ARCHIVE", help="公开登记簿归档 / archive of a public register")
    parser.add_argument(
        "--write", action="store_true", help="从本登记簿写出归档 / write it from this register instead of reading it"
    )
    parser.add_argument(
        "--keys", type=Path, metavar="FILE", help="日志公钥，每行一个 / the log's keys, one a line (/log/key)"
    )
    parser.add_argument("--data", type=Path, default=None, help="TANBIAO_DATA (./tanbiao-data)")


def run(args: argparse.Namespace, out: Console) -> int:
    """Write or rebuild; 0 when done, 2 when the archive or its use is wrong."""
    keys = _keys(args.keys)
    prepare_environment(data=args.data)
    start_django()
    migrate()
    from tanbiao.web.register import rebuilding

    done = rebuilding.write_archive(args.archive) if args.write else rebuilding.rebuild(args.archive, keys)
    out.document({"entries": done.entries, "leaves": done.leaves, "digest": done.digest, "written": args.write})
    if not out.as_json:
        out.text(
            f"条目 {done.entries} 个，日志 {done.leaves} 条，登记簿摘要 {done.digest}",
            f"{done.entries} entries, {done.leaves} log entries, digest of the register {done.digest}",
        )
    return 0


def _keys(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TanbiaoError.of("archive_unreadable", str(path), reason=str(error)[:100]) from error
