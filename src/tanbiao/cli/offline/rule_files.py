"""A rule as a command is given it: a file, or ``id@version`` of the package or the data directory."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tanbiao.core.findings import TanbiaoError

if TYPE_CHECKING:
    from tanbiao.core.lca.release import Release
    from tanbiao.core.rules.model import Rule

MAX_BYTES = 5 * 1024 * 1024


def add_common(parser: argparse.ArgumentParser) -> None:
    """Declare what every action of the command takes."""
    parser.add_argument("--data", metavar="DIR", help="平台数据目录 / the platform's data directory")
    # Both are declared by the command itself too; here they may also follow the action.
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="一个 JSON 文档 / one document")
    parser.add_argument("--lang", choices=("zh", "en"), default=argparse.SUPPRESS, help="zh | en")


def read(name: str, data_dir: str | None) -> Rule:
    """Return a rule.

    Raises
    ------
    TanbiaoError
        ``rule_unknown``, ``file_too_large``, ``study_file_unreadable``; what is wrong with the document.
    """
    from tanbiao.core.rules.load import read_rule

    return read_rule(data_of(Path(name), data_dir))


def data_of(path: Path, data_dir: str | None) -> bytes:
    """Return the bytes of a rule. Raises as :func:`read`, but for the document."""
    if not path.is_file():
        from tanbiao.core.rules import load_rule
        from tanbiao.core.rules.load import find_document

        found = find_document("rules", f"{load_rule(path.name, data_dir=data_dir).reference}.yaml", data_dir)
        assert found is not None
        return found
    try:
        if path.stat().st_size > MAX_BYTES:
            raise TanbiaoError.of("file_too_large", str(path), size=path.stat().st_size, limit=MAX_BYTES)
        return path.read_bytes()
    except OSError as error:
        raise TanbiaoError.of("study_file_unreadable", str(path), reason=error.strerror or str(error)) from error


def release_of(name: str, data_dir: str | None = None) -> Release:
    """Return a release by name, the default one where none is named."""
    from tanbiao.core.lca.release_find import DEFAULT, find_release

    return find_release(name or DEFAULT, data_dir=data_dir)
