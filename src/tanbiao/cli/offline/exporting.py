"""``tanbiao export``: datasets, studies in other programs' formats (``--format``); a study in a form (``--form``)."""

from __future__ import annotations

import argparse
import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from tanbiao.cli.console import Console
from tanbiao.cli.files import refuse_existing, write_whole
from tanbiao.core.findings import TanbiaoError, render

if TYPE_CHECKING:
    from tanbiao.core.dataset.inventory import Inventory
    from tanbiao.core.findings import Finding
    from tanbiao.core.lca.release import Release
    from tanbiao.formats.yaml_study import Loaded


PLATFORM = "platform"
"""Source that means the datasets of the platform in the data directory."""
SOURCES = (
    "数据集文件、发布版、研究文件或平台上研究的编号，或 platform（平台自有） / "
    "datasets, release, a study (a file or its id on the platform), or platform (its own datasets)"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("source", metavar="SOURCE", help=SOURCES)
    parser.add_argument("file", metavar="FILE", nargs="?", type=Path, help="写到哪里 / where to write")
    parser.add_argument("-o", "--output", dest="output", type=Path, metavar="FILE", help="同上 / the same")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--format", metavar="F", help="数据集 / datasets: openlca | ilcd | excel | csv | brightway")
    what.add_argument("--form", metavar="F", help="研究 / a study: pact | catenax | eu-battery | miit-battery | cbam")
    parser.add_argument("--database", metavar="KEY", default="", help="平台的数据库 / of platform: one database")
    parser.add_argument("--release", metavar="R", help="研究所用发布版 / the release for a study")
    parser.add_argument("--from", dest="source_format", default="", metavar="F", help="来源格式 / the source's format")
    parser.add_argument(
        "--own",
        action="store_true",
        help="许可持有者自用：连同不得转发的数据集，文件中注明 / own use of a licence's holder; the file says so",
    )
    parser.add_argument("--data", metavar="DIR", help="平台数据目录 / the platform's data directory")
    parser.add_argument("--force", action="store_true", help="覆盖已有文件 / replace a file that is there")


def run(args: argparse.Namespace, out: Console) -> int:
    """Write the file; 0 done, 1 a licence forbids it or the reading found errors, 2 the input or use is wrong.

    Raises
    ------
    TanbiaoError
        What reading and :func:`tanbiao.formats.export.export` raise; ``output_file_exists``, ``output_not_written``.
    """
    args.file = args.output or args.file
    if args.form is not None:
        from tanbiao.cli.offline.exporting_form import run as fill_form

        return fill_form(args, out)
    if args.source == PLATFORM or _is_study_id(args.source):
        # By name: the offline commands stand without the web.
        return int(import_module("tanbiao.cli.site.exporting").run(args, out))
    from tanbiao.core.findings import blocking
    from tanbiao.formats.export import export, target

    wanted = target(args.format)
    path: Path = args.file or Path(f"{_stem(args.source)}-{wanted.name}{wanted.ending}")
    refuse_existing(path, force=args.force)
    inventory, read = _inventory(args, out)
    try:
        made = export(inventory, wanted.name, own=args.own)
    except TanbiaoError as error:
        if error.code != "export_licence_forbids":
            raise
        out.document({"file": None, "findings": [render(item, out.lang) for item in error.findings]})
        out.findings(error.findings)
        return 1
    write_whole(path, made.data)
    told = (*(inventory.findings if inventory.format == "tanbiao-study" else ()), *made.findings)
    found = (*read, *told)
    out.document(
        {
            "file": str(path),
            "format": wanted.name,
            "processes": made.processes,
            "bytes": len(made.data),
            "findings": [render(item, out.lang) for item in found],
        }
    )
    out.text(
        f"已写出 {path}：{wanted.zh}，{made.processes} 个数据集，{len(made.data):,} 字节",
        f"{path} written: {wanted.en}, {made.processes} datasets, {len(made.data):,} bytes",
    )
    out.findings(told)
    if read:
        out.text(
            f"读取来源时有 {len(read)} 项发现（tanbiao inspect 查看）",
            f"{len(read)} findings while reading the source (tanbiao inspect shows them)",
        )
    return 1 if blocking(found) else 0


def _release(args: argparse.Namespace) -> Release | None:
    """Return the release that the source names; None where it is a file of datasets, or nothing that is known."""
    path = Path(args.source)
    if path.exists() and path.suffix != ".tbr":
        return None
    from tanbiao.core.lca.release_find import find_release

    try:
        return find_release(args.source, data_dir=args.data)
    except TanbiaoError as error:
        if error.code != "release_not_found" or path.exists():
            raise
        return None


def _is_study_id(source: str) -> bool:
    """Whether the source is the id of a study on a platform, and no file of that name."""
    return _ID.fullmatch(source) is not None and not Path(source).exists()


_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_STUDY = re.compile(rb"""["']?tanbiao["']?\s*:\s*["']?study/""")
_HEAD = 64 * 1024
"""Bytes at a file's start in which a study says that it is one."""


def _study(args: argparse.Namespace) -> Loaded | None:
    """Return the study that the source is; None where it is something else."""
    path = Path(args.source)
    if not path.is_file():
        return None
    from tanbiao.cli.offline.calculate import load_study
    from tanbiao.formats.archive import Members
    from tanbiao.formats.detect import detect

    if path.suffix.lower() in (".xlsx", ".xlsm"):
        try:
            with Members.open(path) as members:
                detect(members)
        except TanbiaoError as error:
            return load_study(path) if error.code == "file_is_a_study" else None
        return None
    with path.open("rb") as file:
        return load_study(path) if _STUDY.search(file.read(_HEAD)) else None


def _inventory_of_study(args: argparse.Namespace, loaded: Loaded) -> Inventory:
    """Return a study's product, stages and processes as datasets, with the factors that they use.

    Raises
    ------
    TanbiaoError
        The findings of a study that is not well formed; what it can't be calculated for.
    """
    from tanbiao.cli.offline.calculate import load_rule_of
    from tanbiao.core.lca.release_find import DEFAULT, find_release
    from tanbiao.formats.study_export import inventory_of_study

    if loaded.study is None:
        raise TanbiaoError(*loaded.findings)
    rule, _notes = load_rule_of(loaded.study.rule, args.data)
    release = find_release(args.release or loaded.study.release or DEFAULT, data_dir=args.data)
    return inventory_of_study(loaded.study, release, rule, own=args.own)


def _stem(source: str) -> str:
    name = Path(source.partition("@")[0].rstrip("/\\")).name
    return name.removesuffix(".tbr").partition(".zip")[0] or "datasets"


def _inventory(args: argparse.Namespace, out: Console) -> tuple[Inventory, tuple[Finding, ...]]:
    """Return what the source holds and what its reader found."""
    from tanbiao.formats import registry
    from tanbiao.formats.archive import Members

    if args.source_format:
        registry.find(args.source_format)
    elif (loaded := _study(args)) is not None:
        return _inventory_of_study(args, loaded), ()
    elif (release := _release(args)) is not None:
        from tanbiao.formats.release_export import inventory_of_release

        return inventory_of_release(out.progress(release, "数据集 datasets", len(release))), ()
    with Members.open(Path(args.source)) as members:
        members.watch(lambda done: out.tick(members.label, done, len(members)))
        inventory = registry.read(members, args.source_format)
    return inventory, inventory.findings
