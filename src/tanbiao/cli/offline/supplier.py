"""``tanbiao supplier FILE``: may a supplier's own footprint stand for an input? Every check, each failure by name."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tanbiao.cli.console import Console
from tanbiao.cli.files import refuse_existing, write_whole
from tanbiao.core.findings import TanbiaoError, blocking, render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tanbiao.core.lca.supplier import SupplierCheck
    from tanbiao.core.study.suppliers import Offer
    from tanbiao.formats.supplier_file import Beside, Read

BOUNDARIES = ("cradle_to_gate", "cradle_to_grave", "gate_to_gate")
RECYCLING = ("cut_off", "closed_loop", "circular_footprint_formula", "fifty_fifty", "upstream_system_expansion")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "file",
        metavar="FILE",
        type=Path,
        help="PACT 或 Catena-X 产品足迹（JSON）/ a product footprint of PACT 3 or 2, or Catena-X",
    )
    parser.add_argument("--study", type=Path, metavar="STUDY", help="按此研究的条件检查 / check by this study's terms")
    parser.add_argument("--row", default="", metavar="ID", help="由研究的这一行采用 / row of the study that takes it")
    parser.add_argument("--period", metavar="FROM/TO", help="没有研究时：数据期 / without a study: the data period")
    parser.add_argument("--gwp", default="AR6", metavar="SET", help="研究的 GWP 数值集 / the study's GWP set")
    parser.add_argument("--asks", choices=RECYCLING, default="cut_off", help="研究的回收方法 / the study's method")
    parser.add_argument("--claimed", nargs="*", default=[], metavar="ID", help="已使用的绿电凭证 / certificates in use")
    parser.add_argument(
        "--accept-unverified",
        nargs="?",
        const="—",
        metavar="WHY",
        help="接受自我声明的足迹及理由 / take one that nobody verified, and why",
    )
    stated = parser.add_argument_group("供应商另行说明的 / what the supplier states beside the file")
    stated.add_argument("--boundary", choices=BOUNDARIES, default="unstated", help="系统边界 / boundary")
    stated.add_argument("--recycling", choices=RECYCLING, default="unstated", help="回收方法 / recycling method")
    stated.add_argument("--offsets", choices=("none", "taken-off"), help="碳抵消 / offsets")
    stated.add_argument(
        "--certificates", nargs="*", metavar="ID", help="绿电凭证，没有则不带编号 / of green power; none: no id"
    )
    parser.add_argument("--data", metavar="DIR", help="平台数据目录 / the platform's data directory")
    parser.add_argument(
        "--write",
        type=Path,
        metavar="OUT",
        help="写出数据集，或采用它的研究 / write the dataset for a release, or the study with it",
    )
    parser.add_argument("--force", action="store_true", help="覆盖已有文件 / replace a file that is there")


def run(args: argparse.Namespace, out: Console) -> int:
    """Check, and write the dataset (or the study with it) of an accepted footprint.

    0 accepted, 1 not, 2 the input or use is wrong.

    Raises
    ------
    TanbiaoError
        ``supplier_file_wrong``, ``supplier_terms_missing``, ``study_file_unreadable``, ``output_file_exists``.
    """
    from tanbiao.core.lca.supplier import assess_supplier
    from tanbiao.core.lca.supplier_words import in_words
    from tanbiao.formats.supplier_file import read

    if args.write is not None:
        refuse_existing(args.write, force=args.force)
    found = read(_bytes(args.file), _beside(args))
    offer = None if args.study is None else _offer(args, found)
    checks = assess_supplier(found.footprint, _terms(args)) if offer is None else offer.checks
    told = offer.told if offer else tuple(item for check in checks for item in check.findings)
    accepted = not blocking(told)
    if accepted and args.write is not None:
        write_whole(args.write, _written(args.write, found, offer))
    out.document(
        _document(found, accepted, checks, out)
        | {"findings": [render(in_words(item, out.lang), out.lang) for item in told]}
    )
    _say(found, accepted, args.write, checks, out)
    out.findings([in_words(item, out.lang) for item in told])
    return 0 if accepted else 1


def _terms(args: argparse.Namespace) -> Any:
    from tanbiao.core.gases import GWP_SETS
    from tanbiao.core.lca.supplier import SupplierTerms

    if args.period is None:
        raise TanbiaoError.of("supplier_terms_missing", "--period")
    if args.gwp not in GWP_SETS:
        raise TanbiaoError.of("gwp_set_not_known", "gwp", set=args.gwp[:20], known=", ".join(GWP_SETS))
    start, _, end = args.period.partition("/")
    unverified = ("self_declared",) if args.accept_unverified is not None else ()
    return SupplierTerms(
        args.gwp,
        start,
        end,
        recycling=args.asks,
        claimed=args.claimed,
        verification=("certified", "verified", *unverified),
        accepting=args.accept_unverified or "",
    )


def _offer(args: argparse.Namespace, found: Read) -> Offer:
    from tanbiao.cli.offline.calculate import load_rule_of, load_study
    from tanbiao.core.study.supplier_parts import part_of
    from tanbiao.core.study.suppliers import offer

    loaded = load_study(args.study)
    if loaded.study is None:
        raise TanbiaoError(*loaded.findings)
    rule, missing = load_rule_of(loaded.study.rule, args.data)
    if missing:
        raise TanbiaoError(*missing)
    part = part_of(
        found.footprint,
        found.product,
        file=found.hash,
        verifier=found.verifier,
        accept_unverified=args.accept_unverified or "",
    )
    return offer(loaded.study, part, args.row, rule.allocation.recycling if rule else None, args.claimed)


def _written(path: Path, found: Read, offer: Offer | None) -> bytes:
    """Return the dataset as JSON; of a study its document, as YAML or by the file's ending JSON."""
    from tanbiao.core.lca.supplier import supplier_dataset

    if offer is not None and path.suffix != ".json":
        from tanbiao.formats import yaml_study

        return yaml_study.dump(offer.document)
    body = offer.document if offer is not None else supplier_dataset(found.footprint).document()
    return f"{json.dumps(body, ensure_ascii=False, indent=1, sort_keys=offer is None)}\n".encode()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TanbiaoError.of("study_file_unreadable", str(path), reason=error.strerror or str(error)) from error


def _beside(args: argparse.Namespace) -> Beside:
    from tanbiao.formats.supplier_file import Beside

    offsets = None if args.offsets is None else args.offsets == "taken-off"
    certificates = None if args.certificates is None else tuple(args.certificates)
    return Beside(args.boundary, args.recycling, offsets, certificates)


def _document(found: Read, accepted: bool, checks: Sequence[SupplierCheck], out: Console) -> dict[str, Any]:
    from tanbiao.core.lca.supplier_words import as_json

    footprint = found.footprint
    return {
        "accepted": accepted,
        "id": footprint.id,
        "name": footprint.name,
        "form": footprint.form,
        "co2e": footprint.total,
        "unit": footprint.unit,
        "gwp_set": footprint.gwp_set,
        "geography": footprint.place,
        "verification": footprint.verification,
        "primary_share": footprint.primary_share,
        "checks": [as_json(check, out.lang) for check in checks],
    }


def _say(found: Read, accepted: bool, path: Path | None, checks: Sequence[SupplierCheck], out: Console) -> None:
    from tanbiao.core.lca import supplier_words

    footprint = found.footprint
    share = "—" if footprint.primary_share is None else f"{100 * footprint.primary_share:.3g} %"
    head = f"{footprint.name}: {footprint.total:.6g} kg CO2e/{footprint.unit} (GWP {footprint.gwp_set})"
    out.line(f"{head}, {footprint.place}, {footprint.form}")
    out.text(f"初级数据占比 {share}", f"primary data share {share}")
    for check in checks:
        mark = "✓" if check.passed else "✗"
        out.line(
            f"  {mark} {supplier_words.title(check.name, out.lang)}: {supplier_words.value(check.stated, out.lang)}"
        )
    if not accepted:
        out.text("不能采用：", "Not accepted:")
    elif path is None:
        out.text("可以采用。", "Accepted.")
    else:
        out.text(f"可以采用，已写出 {path}。", f"Accepted; {path} written.")
