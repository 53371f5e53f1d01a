"""``tanbiao precheck CATEGORY``: which label schemes are open to a product, why not, and what a certificate takes."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from tanbiao.cli.console import Console
from tanbiao.core.findings import TanbiaoError

if TYPE_CHECKING:
    from tanbiao.core.schemes.precheck import Answers, Outlook

REGION = re.compile(r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")
OWN = {
    "site_specific": {"zh": "须为本厂数据", "en": "data of one's own site"},
    "primary": {"zh": "须为本厂或供应商的实测数据", "en": "one's own or a supplier's own data"},
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("category", metavar="CATEGORY", help="产品类别编号 / product category")
    parser.add_argument(
        "--region", default="CN", metavar="CODE", help="生产地，如 CN-GD、HK（默认 CN）/ where it is made"
    )
    parser.add_argument("--sites", type=int, default=1, metavar="N", help="生产场所数 / production sites")
    parser.add_argument("--models", type=int, default=1, metavar="N", help="型号数 / models")
    parser.add_argument(
        "--suppliers", type=int, default=0, metavar="N", help="需核查的供应商场所数 / suppliers' sites to visit"
    )
    parser.add_argument(
        "--system-since",
        default="",
        metavar="DAY",
        help="管理体系开始运行的日期 / day since when the management system runs",
    )
    parser.add_argument("--paper", action="append", default=[], metavar="ID", help="已有的资料，可重复 / paper at hand")
    parser.add_argument(
        "--kit", action="append", default=[], metavar="ID", help="管理体系已有的部分，可重复 / piece at hand"
    )
    parser.add_argument("--scheme", default="", metavar="ID", help="只看这一制度 / this scheme only")
    parser.add_argument("--on", default="", metavar="DAY", help="以该日为准，默认今天 / as of that day")


def run(args: argparse.Namespace, out: Console) -> int:
    """Answer; 0 at least one scheme is open, 1 none, 2 unknown category, scheme, day or number."""
    from tanbiao.core.catalogue.load import load_catalogue
    from tanbiao.core.lca.release_find import find_release
    from tanbiao.core.rules import list_rules
    from tanbiao.core.schemes import load_scheme, newest_schemes
    from tanbiao.core.schemes.precheck import as_json, precheck

    answers, catalogue = _answers(args), load_catalogue()
    catalogue.category(answers.size.category)
    schemes = [load_scheme(args.scheme)] if args.scheme else newest_schemes()
    rules, standing = list_rules(), find_release().standing
    found = [precheck(scheme, answers, rules, catalogue, release_standing=standing) for scheme in schemes]
    out.document({"category": args.category, "on": answers.day, "schemes": [as_json(one, out.lang) for one in found]})
    for one in found:
        _tell(one, out)
    return 0 if any(one.is_open for one in found) else 1


def _answers(args: argparse.Namespace) -> Answers:
    from tanbiao.core.schemes.effort import Size
    from tanbiao.core.schemes.precheck import Answers

    day = _day(args.on, "--on") or datetime.now(UTC).date().isoformat()
    if not REGION.match(args.region):
        raise TanbiaoError.of("jurisdiction_malformed", "--region", jurisdiction=args.region)
    for name, least in (("sites", 1), ("models", 1), ("suppliers", 0)):
        if not least <= getattr(args, name) <= 10_000:
            raise TanbiaoError.of("precheck_number", f"--{name}", value=getattr(args, name), least=least)
    return Answers(
        size=Size(args.category, args.sites, args.models, args.suppliers),
        region=args.region,
        day=day,
        system_since=_day(args.system_since, "--system-since"),
        papers=frozenset(args.paper),
        kit=frozenset(args.kit),
    )


def _day(text: str, where: str) -> str:
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError as error:
        raise TanbiaoError.of("day_malformed", where, day=text) from error


def _there(found: Outlook) -> str:
    return f"{sum(there for _, there in found.kit)}/{len(found.kit)}" if found.kit else "–"


def _tell(found: Outlook, out: Console) -> None:
    from tanbiao.core.schemes.parts import REQUIRED

    lang, scheme = out.lang, found.scheme
    out.line(f"{'●' if found.is_open else '○'} {scheme.reference}  {scheme.title.best(lang)}")
    if not found.is_open:
        out.findings(found.refusals)
    rows: list[tuple[str, str, Any]] = [
        ("规则", "rule", f"{found.rule.reference}（{found.rule.standing}）" if found.rule else None),
        ("缺少的资料", "papers missing", ", ".join(item.title.best(lang) for item in found.papers_missing) or "–"),
        ("管理体系最早可申请日", "first day by the management system", found.apply_from),
        ("管理体系部分已有", "pieces of the management system there", _there(found)),
        ("预计人日", "expected man-days", _number(found.man_days)),
        ("到发证的天数", "days to the certificate", _range(found.days)),
    ]
    rows += [
        ("费用", "fees", f"{_range(item.first)} {item.currency}; + {_range(item.yearly)} {item.currency}/a")
        for item in found.fees
    ] or [("费用", "fees", None)]
    for zh, en, value in rows:
        unknown = "制度未说明" if lang == "zh" else "the scheme does not say"
        out.line(f"    {zh if lang == 'zh' else en}: {value if value is not None else unknown}")
    for item in found.kit_missing:
        out.line(f"    ○ {item.title.best(lang)}: {REQUIRED[item.required].best(lang)}")
    for row in found.site_rows:
        out.line(f"    · {row.name.best(lang) if row.name else row.id}: {OWN[row.data][lang]}")
    out.line(f"    {'数字来源' if lang == 'zh' else 'numbers'}: {scheme.thresholds}")


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:g}"


def _range(values: tuple[float, float] | None) -> str | None:
    return None if values is None else f"{values[0]:g}–{values[1]:g}"
