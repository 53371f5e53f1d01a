"""``tanbiao rules pack | score | verify``: a tool gets a rule's examples; its answers are scored, the report signed."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tanbiao.cli.console import Console
from tanbiao.cli.files import refuse_existing, write_whole
from tanbiao.cli.offline import rule_files
from tanbiao.core.findings import TanbiaoError

if TYPE_CHECKING:
    from tanbiao.core.rules.model import Rule
    from tanbiao.evidence.keys import KeyInfo


def add_pack(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``pack``."""
    parser.add_argument("file", metavar="RULE", help="规则：文件或 编号@版本 / the rule")
    parser.add_argument("output", metavar="PACK", type=Path, help="测试包（JSON）/ the pack to write")
    parser.add_argument("--force", action="store_true", help="覆盖已有文件 / replace the file")


def add_score(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``score``."""
    parser.add_argument("file", metavar="RULE", help="规则：文件或 编号@版本 / the rule")
    parser.add_argument("answers", metavar="ANSWERS", type=Path, help="工具的回答（JSON 或 YAML）/ the tool's answers")
    parser.add_argument("--keys", metavar="FOLDER", type=Path, help="签署密钥的文件夹 / folder of signing keys")
    parser.add_argument("--issuer", metavar="URL", help="以该平台名义签署 / the platform in whose name")
    parser.add_argument("--report", metavar="FILE", type=Path, help="签署后的报告 / the signed report")
    parser.add_argument("--force", action="store_true", help="覆盖已有文件 / replace the file")


def add_verify(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``verify``."""
    parser.add_argument("file", metavar="REPORT", type=Path, help="符合性报告 / the conformity report")
    parser.add_argument(
        "--keys",
        metavar="FOLDER|FILE",
        type=Path,
        required=True,
        help="信任的公钥 / trusted keys: folder or keys.json",
    )
    parser.add_argument("--issuer", metavar="URL", help="签署者的平台地址 / the platform that signs")


def _folder(name: str) -> Path | None:
    path = Path(name)
    return path.parent if path.is_file() else None


def _pack_of(args: argparse.Namespace, rule: Rule) -> dict[str, Any]:
    from tanbiao.core.rules.conformity import pack

    return pack(rule, partial(rule_files.release_of, data_dir=args.data), _folder(args.file))


def run_pack(args: argparse.Namespace, out: Console) -> int:
    """Write the pack; 0 when it stands."""
    refuse_existing(args.output, force=args.force)
    body = _pack_of(args, rule_files.read(args.file, args.data))
    write_whole(args.output, _json(body))
    out.document({"rule": body["rule"], "pack": body["hash"], "cases": len(body["cases"]), "file": str(args.output)})
    out.text(
        f"{body['rule']['reference']}：{len(body['cases'])} 个算例已写入 {args.output}（{body['hash']}）",
        f"{body['rule']['reference']}: {len(body['cases'])} cases written to {args.output} ({body['hash']})",
    )
    return 0


def run_score(args: argparse.Namespace, out: Console) -> int:
    """Score the answers; 0 the tool conforms, 1 it does not, 2 the answers can't be read."""
    from tanbiao.core.rules.conformity import read_answers, score
    from tanbiao.core.strict_text import parse_text

    if args.report is not None:
        refuse_existing(args.report, force=args.force)
    rule = rule_files.read(args.file, args.data)
    answers = read_answers(parse_text(rule_files.data_of(args.answers, None))[0])
    report = score(rule, _pack_of(args, rule), answers, _folder(args.file))
    if args.keys is not None:
        report = _signed(report, args)
    if args.report is not None:
        write_whole(args.report, _json(report))
    out.document(report)
    for case in report["cases"]:
        out.line(f"{'✓' if case['passed'] else '✗'} {case['id']}" + (f"  {case['reason']}" if case["reason"] else ""))
    tool = f"{report['tool']['name']} {report['tool']['version']}"
    of = report["passed"] + report["failed"]
    out.text(
        f"{tool}：{of} 个算例中 {report['passed']} 个一致，{'符合' if report['conforms'] else '不符合'}",
        f"{tool}: {report['passed']} of {of} cases agree, {'conforms' if report['conforms'] else 'does not conform'}",
    )
    out.line(report["statement"][out.lang])
    return 0 if report["conforms"] else 1


def _signed(report: dict[str, Any], args: argparse.Namespace) -> dict[str, Any]:
    from tanbiao.evidence import conformity
    from tanbiao.evidence.keys import KeyStore

    now = datetime.now(UTC)
    key = KeyStore(args.keys).ensure("conformity", now=now)
    return conformity.sign(report, key, now=now, base_url=args.issuer)


def run_verify(args: argparse.Namespace, out: Console) -> int:
    """Verify a report; 0 it is a trusted key's and unaltered, 1 it is not."""
    from tanbiao.core.findings import render
    from tanbiao.evidence import conformity
    from tanbiao.evidence.encoding import strict_json

    try:
        document = strict_json(rule_files.data_of(args.file, None))
    except ValueError as error:
        raise TanbiaoError.of("conformity_malformed", str(args.file)) from error
    try:
        report = conformity.verify(document, _trusted(args.keys), args.issuer)
    except TanbiaoError as error:
        out.document({"valid": False, "findings": [render(item, out.lang) for item in error.findings]})
        out.findings(list(error.findings))
        return 1
    out.document({"valid": True, "report": dict(report), "findings": []})
    tool, rule = report["tool"], report["rule"]["reference"]
    out.text(
        f"签名有效：{tool['name']} {tool['version']} 对 {rule}，{'符合' if report['conforms'] else '不符合'}",
        f"The signature holds: {tool['name']} {tool['version']} against {rule}, "
        f"{'conforms' if report['conforms'] else 'does not conform'}",
    )
    return 0


def _trusted(path: Path) -> list[KeyInfo]:
    from tanbiao.evidence.keys import KeyStore

    return KeyStore(path.parent if path.is_file() else path).public()


def _json(body: Any) -> bytes:
    return (json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8")
