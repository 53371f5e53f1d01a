"""``tanbiao calculate STUDY``: a study file (YAML, JSON or the Excel template) to a result."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tanbiao.cli.console import Console
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding, render
from tanbiao.core.standing import notice_of

if TYPE_CHECKING:
    from tanbiao.core.rules.model import Rule
    from tanbiao.formats.yaml_study import Loaded

REPORTS = (".html", ".pdf", ".xlsx", ".docx")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("study", metavar="STUDY", help="研究文件：YAML、JSON 或 Excel 模板 / study file")
    parser.add_argument("--release", metavar="R", help="发布包名称、路径或 名称@哈希 / name, path or name@hash")
    parser.add_argument("--samples", type=int, default=1000, metavar="N", help="样本数，0 为不算区间 / 0: no interval")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="随机种子 / seed")
    parser.add_argument("--report", metavar="FILE", help="报告：.html、.pdf、.xlsx 或 .docx / report")
    parser.add_argument("--data", metavar="DIR", help="平台数据目录 / the platform's data directory")


def run(args: argparse.Namespace, out: Console) -> int:
    """Calculate; 0 done, 1 a finding is an error or blocking, 2 no result."""
    report = _report_path(args.report)
    loaded = load_study(Path(args.study))
    if loaded.study is None:
        _say(out, loaded, loaded.findings)
        out.document({"findings": _rendered(loaded, loaded.findings, out)})
        return 2
    rule, notes = load_rule_of(loaded.study.rule, args.data)
    from tanbiao.core.lca.release_find import DEFAULT, find_release
    from tanbiao.core.rules.outcome import listing
    from tanbiao.core.study import calculate
    from tanbiao.core.study.interpretation import interpret

    release = find_release(args.release or loaded.study.release or DEFAULT, data_dir=args.data)
    try:
        result = calculate(loaded.study, release, rule, samples=args.samples, seed=args.seed)
    except TanbiaoError as error:
        found = [*loaded.findings, *notes, *error.findings]
        _say(out, loaded, found)
        out.document({"findings": _rendered(loaded, found, out)})
        return 2
    result = result.with_findings(*loaded.findings, *notes)
    body = result.as_json(out.lang)
    body["rule_notice"] = notice_of(body)
    body["findings"] = _rendered(loaded, result.findings, out)
    body["checks"] = listing(rule, result.document["checks"], result.findings, out.lang)
    out.document(body)
    _summary(out, body, release.statement)
    _say(out, loaded, result.findings)
    if report is not None:
        told = interpret(loaded.study, release, rule, result.document)
        _write_report(report, body, loaded.study.canonical(), told, out, release.statement[out.lang])
    return 1 if result.blocks else 0


def _report_path(text: str | None) -> Path | None:
    if text is None:
        return None
    path = Path(text)
    if path.suffix.lower() not in REPORTS or not path.parent.is_dir():
        raise TanbiaoError.of("report_path", text, suffixes=" ".join(REPORTS))
    if path.suffix.lower() == ".pdf":
        from tanbiao.documents import typeset

        typeset.require(text)
    return path


def load_study(path: Path) -> Loaded:
    """Read a study file of any of the three kinds.

    Raises
    ------
    TanbiaoError
        ``study_file_unreadable``, ``file_too_large``.
    """
    from tanbiao.formats import excel_study, yaml_study

    try:
        size = path.stat().st_size
        if size > excel_study.MAX_BYTES:
            raise TanbiaoError.of("file_too_large", str(path), size=size, limit=excel_study.MAX_BYTES)
        data = path.read_bytes()
    except OSError as error:
        raise TanbiaoError.of("study_file_unreadable", str(path), reason=error.strerror or str(error)) from error
    excel = data.startswith(b"PK\x03\x04") or path.suffix.lower() in (".xlsx", ".xlsm", ".xls")
    return excel_study.read(data) if excel else yaml_study.load(data)


def load_rule_of(reference: str | None, data_dir: str | None) -> tuple[Rule | None, list[Finding]]:
    """Return the rule that a study names, or none and a finding why it could not be applied."""
    if reference is None:
        return None, []
    from tanbiao.core.rules import load_rule

    try:
        return load_rule(reference, data_dir=data_dir), []
    except TanbiaoError as error:
        # the number still comes out; what it lacks is the rule's checks, and that is an error
        return None, [Finding(item.code, Severity.ERROR, "rule", item.params) for item in error.findings]


def _rendered(loaded: Loaded, items: Sequence[Finding], out: Console) -> list[dict[str, str]]:
    return [{**render(item, out.lang), "place": loaded.place(item.where)} for item in items]


_ORDER = {Severity.BLOCKING: 0, Severity.ERROR: 1, Severity.WARNING: 2, Severity.INFO: 3}


def _say(out: Console, loaded: Loaded, items: Sequence[Finding]) -> None:
    """Write the findings, the gravest first, each with its place in the file."""
    ordered = sorted(items, key=lambda item: _ORDER[item.severity])
    placed = []
    for item in ordered:
        place = loaded.place(item.where)
        where = f"{item.where} ({place})" if place and place != item.where else item.where
        placed.append(finding(item.code, item.severity, where, **dict(item.params)))
    if placed:
        out.line()
        out.text(f"发现 {len(placed)} 项：", f"{len(placed)} findings:")
        out.findings(placed)


def _write_report(
    path: Path, body: dict[str, Any], study: dict[str, Any], told: dict[str, Any], out: Console, statement: str
) -> None:
    """Write the report; what the release says of itself stands at its head."""
    from tanbiao.documents import report

    suffix = path.suffix.lower()
    if suffix == ".html":
        path.write_text(report.html(body, study, out.lang, notes=[statement], interpreted=told), encoding="utf-8")
    else:
        write = {".pdf": report.pdf, ".xlsx": report.xlsx, ".docx": report.docx}[suffix]
        path.write_bytes(write(body, study, out.lang, notes=[statement], interpreted=told))
    out.text(f"报告已写入 {path}", f"report written to {path}")


# --- the answer for a person ---------------------------------------------------------------------------------------

STAGE_WORDS = {
    "raw_materials": ("原材料获取", "raw materials"),
    "manufacturing": ("制造", "manufacturing"),
    "distribution": ("分销", "distribution"),
    "use": ("使用", "use"),
    "end_of_life": ("生命末期", "end of life"),
}
ABSENT_WORDS = {
    "unknown": ("不明", "unknown"),
    "not_declared": ("未声明", "not declared"),
    "excluded": ("排除", "excluded"),
    "below_cut_off": ("低于取舍", "below cut-off"),
}
COMPLETENESS = {
    "complete": ("完整", "complete"),
    "partial": ("部分碳足迹（有阶段未声明）", "partial footprint: stages are not declared"),
    "incomplete": ("不完整：有数量不明，合计为下限", "incomplete: amounts are unknown, the total is a lower bound"),
}


def _pick(pair: tuple[str, str], lang: str) -> str:
    return pair[0] if lang == "zh" else pair[1]


def _figure(value: float | None) -> str:
    return "—" if value is None else f"{value:.6g}"


def _error(total: dict[str, Any], key: str) -> str:
    """Return the Monte Carlo standard error of a quantile."""
    error = total["quantile_errors"][key]["standard_error"]
    return "± ?" if error is None else f"± {error:.2g}"


def _padded(text: str, width: int) -> str:
    """Pad to a width in terminal columns; Chinese characters take two."""
    import unicodedata

    columns = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
    return text + " " * max(width - columns, 0)


def _summary(out: Console, body: dict[str, Any], statement: Any) -> None:
    total, study = body["total"], body["study"]
    sign = "≥ " if total["lower_bound"] else ""
    out.line(study["name"][out.lang])
    out.line(
        f"{sign}{_figure(total['value'])} {total['unit']}  [{_pick(COMPLETENESS[total['completeness']], out.lang)}]"
    )
    if total["p2_5"] is not None:
        low, middle, high = (f"{_figure(total[key])} {_error(total, key)}" for key in ("p2_5", "p50", "p97_5"))
        out.text(
            f"95% 区间 {low} – {high}，中位数 {middle}（{body['versions']['samples']} 个样本，± 为抽样标准误）",
            f"95 % interval {low} – {high}, median {middle} "
            f"({body['versions']['samples']} samples; ± is their standard error)",
        )
    out.line()
    _stage_lines(out, body)
    _largest(out, body)
    _drivers(out, body)
    _electricity(out, body)
    _checks(out, body)
    _basis(out, body, statement)


def _stage_lines(out: Console, body: dict[str, Any]) -> None:
    numbers = {name: value for name, value in body["stages"].items() if isinstance(value, int | float)}
    largest = max((abs(value) for value in numbers.values()), default=0.0)
    for name, value in body["stages"].items():
        label = _padded(_pick(STAGE_WORDS[name], out.lang), 16)
        if name not in numbers:
            out.line(f"  {label}{_pick(ABSENT_WORDS[value['absent']], out.lang)}: {value['reason']}")
            continue
        bar = "█" * round(24 * abs(value) / largest) if largest else ""
        out.line(f"  {label}{_figure(value):>12}  {bar}")


def _largest(out: Console, body: dict[str, Any], count: int = 8) -> None:
    rows: dict[tuple[str, str], float] = {}
    for item in body["contributions"]:
        key = (item["row"], item["name"][out.lang])
        rows[key] = rows.get(key, 0.0) + item["value"]
    if not rows:
        return
    out.line()
    out.text("贡献最大的行：", "Largest contributions:")
    known = body["total"]["value"]
    for (row, name), value in sorted(rows.items(), key=lambda item: (-abs(item[1]), item[0]))[:count]:
        share = f"{100 * value / known:5.1f} %" if known else "     —"
        out.line(f"  {_padded(row, 8)}{_figure(value):>12}  {share}  {name}")


def _drivers(out: Console, body: dict[str, Any], count: int = 5) -> None:
    """Say which rows make the interval wide: better data for them narrow it most."""
    ranked = [item for item in body["drivers"] if item["variance_share"] is not None]
    if not ranked:
        return
    out.line()
    out.text("对区间影响最大的行（占方差的份额）：", "What drives the interval (share of the variance):")
    for item in ranked[:count]:
        share = f"{100 * item['variance_share']:5.1f} %"
        out.line(f"  {_padded(item['row'], 8)}{_figure(item['value']):>12}  {share}  {item['name'][out.lang]}")


def _electricity(out: Console, body: dict[str, Any]) -> None:
    """Write the location-based value beside the one by claims, which every result has where electricity is used."""
    told = body["electricity"]
    if told is None:
        return
    out.line()
    counts = {"market": ("按主张计算", "claims"), "location": ("按地域计算", "location")}[told["headline"]]
    claims, location = _figure(told["market_based"]), _figure(told["location_based"])
    out.text(
        f"电力：按主张计算 {claims}，按地域（电网平均）计算 {location}；规则以{counts[0]}为准",
        f"Electricity: {claims} by claims, {location} location-based (grid average); the rule counts {counts[1]}",
    )
    out.line("  " + render(finding(told["note"], Severity.INFO), out.lang)["message"])


CHECK_WORDS = {
    "failed": ("未通过", "failed"),
    "not_run": ("未进行", "not run"),
    "waived": ("豁免", "waived"),
    "passed": ("通过", "passed"),
}


def _checks(out: Console, body: dict[str, Any]) -> None:
    """Count the rule's checks by state, and name each that did not pass with its clause; why stands in the findings."""
    lines = body["checks"]
    if not lines:
        return
    out.line()
    counted = {state: sum(line["state"] == state for line in lines) for state in CHECK_WORDS}
    told = " · ".join(f"{_pick(CHECK_WORDS[state], out.lang)} {count}" for state, count in counted.items() if count)
    out.text(f"规则检查：{told}", f"Checks of the rule: {told}")
    for line in lines:
        if line["state"] != "passed":
            clause = f"  ({line['document']} {line['clause']})" if line["clause"] else ""
            out.line(f"  {_pick(CHECK_WORDS[line['state']], out.lang)}  {line['check']}: {line['title']}{clause}")


def _basis(out: Console, body: dict[str, Any], statement: Any) -> None:
    versions, gwp = body["versions"], body["versions"]["gwp"]
    out.line()
    if body["unknown"]:
        names = "、".join(f"{item['row']} {item['name'][out.lang]}" for item in body["unknown"])
        out.text(f"不明的数量：{names}", f"Unknown amounts: {names}")
    if body["stand_ins"]:
        rows = ", ".join(dict.fromkeys(item["row"] for item in body["stand_ins"]))
        out.text(f"替代因子用于：{rows}", f"Stand-in factors are used for: {rows}")
    other = 100 * (gwp["share_other"] + gwp["share_unknown"])
    out.text(
        f"GWP {gwp['set']}，其中 {other:.3g} % 的排放来自其他或未知版本",
        f"GWP {gwp['set']}; {other:.3g} % of the emission carries another or an unknown set",
    )
    out.line(
        f"{versions['release']} · {versions['rule'] or '—'} · {versions['method']} · "
        f"tanbiao {versions['engine']} · seed {versions['seed']}"
    )
    notice = notice_of(body)
    if notice is not None:
        out.line(notice[out.lang])
    out.line(statement[out.lang])
