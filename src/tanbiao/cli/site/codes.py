"""``tanbiao codes``: the names of a classification's codes on a platform: bring a table, list them, look one up."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tanbiao.cli.console import Console
from tanbiao.cli.site.serve import migrate, prepare_environment, start_django
from tanbiao.core.findings import TanbiaoError, from_json, render

if TYPE_CHECKING:
    from tanbiao.web.catalogue.models import CodeTable

SHOWN = 40
"""Lines for a person; ``--json`` has all."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="代码名称表（CSV 或 Excel）/ a table of codes with names"
    )
    parser.add_argument("--scheme", default="", metavar="S", help="分类，如 NBS、CPC / the classification")
    parser.add_argument("--edition", default="", help="分类的版本 / edition of the classification")
    parser.add_argument("--title-zh", default="", metavar="TEXT", help="中文名称 / title in Chinese")
    parser.add_argument("--title-en", default="", metavar="TEXT", help="英文名称 / title in English")
    parser.add_argument("--source", default="", metavar="TEXT", help="来源 / who published it, where and when")
    parser.add_argument("--licence", default="", metavar="CODE", help="许可代码 / licence (tanbiao import --licences)")
    parser.add_argument("--licence-text", default="", metavar="TEXT", help="许可名称或条件 / the licence in words")
    parser.add_argument("--public", action="store_true", help="人人可见（许可须允许）/ everybody sees the names")
    parser.add_argument(
        "--find", default="", metavar="TEXT", help="在 --scheme 的表中查代码或名称 / a code or a name in its table"
    )
    parser.add_argument("--data", type=Path, default=None, help="TANBIAO_DATA (./tanbiao-data)")


def run(args: argparse.Namespace, out: Console) -> int:
    """Bring the file, or look up, or list the tables; 2 where nothing could be taken or found.

    Raises
    ------
    TanbiaoError
        ``dataset_file_unreadable``, ``code_table_unknown`` and what bringing a table refuses.
    """
    data = _read(args.file) if args.file is not None else None
    prepare_environment(data=args.data)
    start_django()
    migrate()
    from tanbiao.web.accounts.actor import system_actor
    from tanbiao.web.catalogue import code_tables, queries_codes
    from tanbiao.web.ledger.commands import settle
    from tanbiao.web.ledger.worker import prepare

    prepare()
    system = system_actor("codes")
    if data is not None:
        said = ("scheme", "edition", "title_zh", "title_en", "source", "licence", "licence_text")
        about = code_tables.About(**{key: getattr(args, key) for key in said}, is_public=args.public)
        made = code_tables.bring_codes(system, about=about, filename=args.file.name, data=data)
        settle()
        out.findings(from_json(item) for item in made.findings)
        return _list([made], out)
    if args.find:
        return _find(args, out)
    return _list(list(queries_codes.tables(system)), out)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise TanbiaoError.of("dataset_file_unreadable", path.name, reason=reason) from error


def _find(args: argparse.Namespace, out: Console) -> int:
    from tanbiao.core.dataset.code_tables import key_of
    from tanbiao.web.accounts.actor import system_actor
    from tanbiao.web.catalogue import queries_codes

    scheme = key_of(args.scheme, "")[0]
    table = queries_codes.tables(system_actor("codes")).filter(scheme=scheme).first()
    if table is None:
        raise TanbiaoError.of("code_table_unknown", "--scheme")
    rows = list(queries_codes.rows(table, args.find))
    names = [{"code": row.code, "parent": row.parent, "name_zh": row.name_zh, "name_en": row.name_en} for row in rows]
    out.document({"table": _document(table, out), "codes": names})
    for row in rows[:SHOWN]:
        out.line(f"{row.code}  {row.name(out.lang)}")
    if len(rows) > SHOWN:
        out.text(f"…… 其余 {len(rows) - SHOWN} 个见 --json", f"… {len(rows) - SHOWN} more: see --json")
    out.text(f"共 {len(rows)} 个代码", f"{len(rows)} codes")
    return 0


def _list(tables: list[CodeTable], out: Console) -> int:
    out.document({"tables": [_document(one, out) for one in tables]})
    for one in tables:
        seen = (
            ("人人可见" if out.lang == "zh" else "public")
            if one.is_public
            else ("仅登录用户" if out.lang == "zh" else "signed-in people only")
        )
        out.line(f"{one.scheme}  {one.edition}  v{one.number}  {one.rows}  {one.name(out.lang)}  ({seen})")
    if not tables:
        out.text("还没有代码名称表。", "No table of code names was brought yet.")
    return 0


def _document(one: CodeTable, out: Console) -> dict[str, Any]:
    said = ("scheme", "number", "edition", "title_zh", "title_en", "source", "licence", "licence_text", "is_public")
    return {key: getattr(one, key) for key in said} | {
        "id": str(one.id),
        "rows": one.rows,
        "content_hash": one.content_hash,
        "changes": one.changes,
        "findings": [render(from_json(item), out.lang) for item in one.findings],
        "at": one.at.isoformat(),
    }
