"""``tanbiao supplier FILE``: may a supplier's own footprint stand for an input? Every failed check by name."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tanbiao.cli.console import Console
from tanbiao.cli.files import refuse_existing, write_whole
from tanbiao.core.findings import Severity, TanbiaoError, blocking, finding, render

if TYPE_CHECKING:
    from tanbiao.formats.pact_footprint import Beside, Read

BOUNDARIES = ("cradle_to_gate", "cradle_to_grave", "gate_to_gate")
RECYCLING = ("cut_off", "closed_loop", "circular_footprint_formula")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", metavar="FILE", type=Path, help="PACT v3 产品足迹（JSON）/ a PACT v3 product footprint")
    parser.add_argument("--period", required=True, metavar="FROM/TO", help="研究的数据期 / the study's data period")
    parser.add_argument("--gwp", default="AR6", metavar="SET", help="研究的 GWP 数值集 / the study's GWP set")
    parser.add_argument("--asks", choices=RECYCLING, default="cut_off", help="研究的回收方法 / the study's method")
    parser.add_argument("--claimed", nargs="*", default=[], metavar="ID", help="已使用的绿电凭证 / certificates in use")
    parser.add_argument(
        "--accept-unverified", action="store_true", help="接受自我声明的足迹 / take one that nobody verified"
    )
    stated = parser.add_argument_group("供应商另行说明的 / what the supplier states beside the file")
    stated.add_argument("--boundary", choices=BOUNDARIES, default="unstated", help="系统边界 / boundary")
    stated.add_argument("--recycling", choices=RECYCLING, default="unstated", help="回收方法 / recycling method")
    stated.add_argument("--offsets", choices=("none", "taken-off"), help="碳抵消 / offsets")
    stated.add_argument(
        "--certificates", nargs="*", metavar="ID", help="绿电凭证，没有则不带编号 / of green power; none: no id"
    )
    parser.add_argument("--write", type=Path, metavar="OUT.json", help="写出数据集 / write the dataset for a release")
    parser.add_argument("--force", action="store_true", help="覆盖已有文件 / replace a file that is there")


def run(args: argparse.Namespace, out: Console) -> int:
    """Check, and write the dataset of an accepted footprint; 0 accepted, 1 not, 2 the input or use is wrong.

    Raises
    ------
    TanbiaoError
        ``supplier_file_wrong``, ``study_file_unreadable``, ``supplier_period_wrong``, ``output_file_exists``.
    """
    from tanbiao.core.gases import GWP_SETS
    from tanbiao.core.lca.supplier import SupplierTerms, check_supplier
    from tanbiao.formats.pact_footprint import dataset_of, read

    start, _, end = args.period.partition("/")
    if args.gwp not in GWP_SETS:
        raise TanbiaoError.of("gwp_set_not_known", "gwp", set=args.gwp[:20], known=", ".join(GWP_SETS))
    if args.write is not None:
        refuse_existing(args.write, force=args.force)
    found = read(_bytes(args.file), _beside(args))
    taken = ("certified", "verified", *(("self_declared",) if args.accept_unverified else ()))
    terms = SupplierTerms(args.gwp, start, end, recycling=args.asks, claimed=args.claimed, verification=taken)
    told = list(check_supplier(found.footprint, terms))
    if found.is_deprecated:
        told.insert(0, finding("supplier_deprecated", Severity.ERROR, found.footprint.id, name=found.footprint.name))
    accepted = not blocking(told)
    if accepted and args.write is not None:
        text = json.dumps(dataset_of(found).document(), ensure_ascii=False, indent=1, sort_keys=True)
        write_whole(args.write, f"{text}\n".encode())
    out.document(_document(found, accepted) | {"findings": [render(item, out.lang) for item in told]})
    _say(found, accepted, args.write, out)
    out.findings(told)
    return 0 if accepted else 1


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TanbiaoError.of("study_file_unreadable", str(path), reason=error.strerror or str(error)) from error


def _beside(args: argparse.Namespace) -> Beside:
    from tanbiao.formats.pact_footprint import Beside

    offsets = None if args.offsets is None else args.offsets == "taken-off"
    certificates = None if args.certificates is None else tuple(args.certificates)
    return Beside(args.boundary, args.recycling, offsets, certificates)


def _document(found: Read, accepted: bool) -> dict[str, Any]:
    footprint = found.footprint
    return {
        "accepted": accepted,
        "id": footprint.id,
        "name": footprint.name,
        "co2e": sum(footprint.co2e.values()),
        "unit": footprint.unit,
        "gwp_set": footprint.gwp_set,
        "geography": footprint.place,
        "verification": footprint.verification,
    }


def _say(found: Read, accepted: bool, path: Path | None, out: Console) -> None:
    footprint = found.footprint
    total = sum(footprint.co2e.values())
    out.line(f"{footprint.name}: {total:.6g} kg CO2e/{footprint.unit} (GWP {footprint.gwp_set}), {footprint.place}")
    if not accepted:
        out.text("不能采用：", "Not accepted:")
    elif path is None:
        out.text("可以采用。", "Accepted.")
    else:
        out.text(f"可以采用，已写出 {path}。", f"Accepted; {path} written.")
