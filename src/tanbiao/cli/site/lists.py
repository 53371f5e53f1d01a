"""``tanbiao lists``: lists of authorities on a platform: bring one with its document, list, lay beside another."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tanbiao.cli.console import Console
from tanbiao.cli.site.serve import migrate, prepare_environment, start_django
from tanbiao.core.findings import TanbiaoError, from_json

if TYPE_CHECKING:
    from tanbiao.core.catalogue.two_high import LinkedLine

_FIELDS = (
    ("--id", "list_id", "清单编号，如 js-two-high / the list's id"),
    ("--kind", "kind", "two_high 或 research_priorities / kind of list"),
    ("--place", "jurisdiction", "辖区，如 CN-JS / jurisdiction"),
    ("--title-zh", "title_zh", "中文名称 / title in Chinese"),
    ("--title-en", "title_en", "英文名称 / title in English"),
    ("--publisher-zh", "publisher_zh", "发布机关 / who published it, in Chinese"),
    ("--publisher-en", "publisher_en", "发布机关（英文）/ who published it, in English"),
    ("--document", "document", "文号或文件名称 / number or title of the document"),
    ("--issued", "issued", "发布日期（YYYY[-MM[-DD]]）/ issued"),
    ("--effective", "effective", "起始日期 / in force from"),
    ("--note", "source_note", "文件出处 / where the document was found"),
)
_MARKS = {
    "yes": ("两高", "two-high"),
    "no": ("未列入", "not named"),
    "not_known": ("未知", "not known"),
    None: ("–", "–"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="清单（CSV 或 Excel）/ the list as a table")
    parser.add_argument("--proof", type=Path, metavar="FILE", help="主管部门文件 / the authority's document")
    for flag, name, words in _FIELDS:
        parser.add_argument(flag, dest=name, default="", metavar="TEXT", help=words)
    parser.add_argument("--complete", action="store_true", help="清单全部条目都在表中 / every line is in the table")
    parser.add_argument(
        "--text", action="store_true", help="文件为主管部门原文而非转载 / the document is the authority's own text"
    )
    parser.add_argument(
        "--two-high", default="", metavar="LIST", help="优先清单中哪些属于“两高” / which lines of a list are two-high"
    )
    parser.add_argument("--data", type=Path, default=None, help="TANBIAO_DATA (./tanbiao-data)")


def run(args: argparse.Namespace, out: Console) -> int:
    """Bring the file, or link a list, or list all; 2 where nothing could be taken or found.

    Raises
    ------
    TanbiaoError
        ``dataset_file_unreadable``, ``list_proof_missing``, ``catalogue_list_unknown`` and what
        bringing a list refuses.
    """
    if args.file is not None and args.proof is None:
        raise TanbiaoError.of("list_proof_missing", "--proof")
    files = [_read(one) for one in (args.file, args.proof) if args.file is not None]
    prepare_environment(data=args.data)
    start_django()
    migrate()
    from tanbiao.web.accounts.actor import system_actor
    from tanbiao.web.catalogue import queries
    from tanbiao.web.ledger.worker import prepare

    prepare()
    if files:
        return _bring(args, files[0], files[1], out)
    system = system_actor("lists")
    if args.two_high:
        return _link(queries.linked_lines(system, queries.list_of(system, args.two_high)), out)
    rows = queries.lists(system)
    out.document({"lists": [{"list": item.reference, "in_force": stands} for item, stands in rows]})
    for item, stands in rows:
        out.line(f"{'●' if stands else '○'} {item.reference:<36} {item.begins}  {item.title.best(out.lang)}")
    return 0


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise TanbiaoError.of("dataset_file_unreadable", path.name, reason=reason) from error


def _bring(args: argparse.Namespace, data: bytes, proof: bytes, out: Console) -> int:
    from tanbiao.web.accounts.actor import system_actor
    from tanbiao.web.catalogue import brought_lists
    from tanbiao.web.ledger.commands import settle
    from tanbiao.web.uploads import Upload

    said = {name: getattr(args, name) for _, name, _ in _FIELDS}
    about = brought_lists.AboutList(**said, complete=args.complete, read="text" if args.text else "public_copy")
    made = brought_lists.bring_list(
        system_actor("lists"),
        about=about,
        filename=args.file.name,
        data=data,
        proof=Upload(args.proof.name, "", proof),
    )
    settle()
    out.document({"list": made.reference, "hash": made.content_hash, "lines": len(made.document["entries"])})
    out.findings(from_json(item) for item in made.findings)
    out.line(f"{made.reference}  {len(made.document['entries'])}  {made.proof_name} {made.proof_blob}")
    return 0


def _link(lines: tuple[LinkedLine, ...], out: Console) -> int:
    out.document(
        {
            "lines": [
                {
                    "id": line.entry.id,
                    "name": line.entry.name.model_dump(),
                    "state": line.state,
                    "named_by": [
                        f"{one.list.reference}#{one.entry.id}" for item in line.categories for one in item.mentions
                    ],
                }
                for line in lines
            ]
        }
    )
    for line in lines:
        mark = _MARKS[line.state][out.lang == "en"]
        named = "、".join(dict.fromkeys(one.list.reference for item in line.categories for one in item.mentions))
        out.line(f"  {mark:<8} {line.entry.name.best(out.lang)}  {named}")
    if not lines:
        out.text(
            "不是优先清单，没有可对照的条目。", "No priority list: nothing of it is laid beside the two-high lists."
        )
    return 0
