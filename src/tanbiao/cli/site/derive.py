"""``tanbiao derive``: list a platform's derived datasets, define one from a file, calculate them all now."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tanbiao.cli.console import Console
from tanbiao.cli.site.serve import migrate, prepare_environment, start_django
from tanbiao.core.findings import TanbiaoError, from_json, render
from tanbiao.core.strict_text import parse_text

if TYPE_CHECKING:
    from tanbiao.web.governance.models import Derivation

FIELDS = frozenset(
    {
        "database",
        "key",
        "name_zh",
        "name_en",
        "geography",
        "valid_from",
        "technology",
        "derivation",
        "legal_basis",
        "licence",
    }
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="推导定义（YAML 或 JSON）/ a definition in YAML or JSON"
    )
    parser.add_argument("--now", action="store_true", help="立即全部重算 / calculate all of them now")
    parser.add_argument("--data", type=Path, default=None, help="TANBIAO_DATA (./tanbiao-data)")


def run(args: argparse.Namespace, out: Console) -> int:
    """Define what the file says, calculate if asked, and list the definitions; 1 where one has no figure.

    Raises
    ------
    TanbiaoError
        ``dataset_file_unreadable``, ``derivation_about_missing`` and what defining refuses.
    """
    said = _read(args.file) if args.file is not None else None
    prepare_environment(data=args.data)
    start_django()
    migrate()
    from tanbiao.web.governance import commands, handlers, queries
    from tanbiao.web.governance.acts import SYSTEM
    from tanbiao.web.ledger.worker import prepare

    prepare()
    due = []
    if said is not None:
        due = [commands.define_derivation(SYSTEM, **said)]
    elif args.now:
        due = list(queries.derivations(SYSTEM).filter(is_current=True))
    for row in out.progress(due, "推导 derive", total=len(due)):
        handlers.calculate_derived(row.id)
    rows = list(queries.derivations(SYSTEM).filter(is_current=True))
    out.document({"derivations": [_json(row, out) for row in rows]})
    if not out.as_json:
        for row in rows:
            _tell(row, out)
    return 1 if any(row.findings for row in rows) else 0


def _read(path: Path) -> dict[str, Any]:
    try:
        document, _ = parse_text(path.read_bytes())
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise TanbiaoError.of("dataset_file_unreadable", path.name, reason=reason) from error
    if not isinstance(document, dict) or not isinstance(document.get("derivation"), dict):
        raise TanbiaoError.of("derivation_about_missing", path.name, field="derivation")
    missing = sorted(FIELDS - set(document))
    unknown = sorted(set(document) - FIELDS - {"unit"})
    for field in [*missing, *unknown]:
        raise TanbiaoError.of("derivation_about_missing", path.name, field=field)
    return {key: value if key == "derivation" else str(value) for key, value in document.items()}


def _json(row: Derivation, out: Console) -> dict[str, Any]:
    from tanbiao.web.governance import show

    told = show.derived(row.version, out.lang) or {"formula": "", "inputs": [], "figure": ""}
    return {
        "id": str(row.id),
        "database": row.database.key,
        "key": row.key,
        "number": row.number,
        "version": row.version.version if row.version else None,
        "hash": row.version.content_hash if row.version else None,
        "figure": told["figure"],
        "formula": told["formula"],
        "inputs": [{key: one[key] for key in ("id", "version", "hash", "amount", "co2e")} for one in told["inputs"]],
        "findings": [render(from_json(item), out.lang) for item in row.findings],
    }


def _tell(row: Derivation, out: Console) -> None:
    from tanbiao.web.governance import show

    told = show.derived(row.version, out.lang)
    name = row.about["name"][out.lang]
    version = row.version.version if row.version else "–"
    out.line(f"{row.database.key}:{row.key}  {name}  {version}  {told['figure'] if told else '–'}")
    if told:
        out.line(f"    {told['formula']}")
    out.findings([from_json(item) for item in row.findings])
