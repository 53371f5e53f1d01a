"""``tanbiao witness make|trust|serve|show FOLDER``: a witness that co-signs checkpoints of other platforms."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from tanbiao.cli.console import Console
from tanbiao.evidence import witness_service
from tanbiao.evidence.encoding import utc_text
from tanbiao.evidence.witness import Witness

PORT = 8790


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions and their arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="make|trust|serve|show")
    making = actions.add_parser("make", help="建立见证方：名称与密钥 / make a witness: its name and key")
    trusting = actions.add_parser("trust", help="加入要见证的日志 / know a log from now on, by its key")
    serving = actions.add_parser("serve", help="启动见证服务 / serve until stopped")
    showing = actions.add_parser("show", help="列出公钥、日志与最近的会签 / show key, logs and newest co-signatures")
    for one in (making, trusting, serving, showing):
        one.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="JSON")
        one.add_argument("--lang", choices=("zh", "en"), default=argparse.SUPPRESS, help="zh | en")
        one.add_argument("folder", type=Path, metavar="FOLDER", help="见证方自己的文件夹 / the witness's own folder")
    making.add_argument("name", metavar="NAME", help="如 witness.example.cn/1 / such as witness.example.cn/1")
    trusting.add_argument("vkey", metavar="VKEY", help="C2SP 公钥，见平台 /log/key / as the platform's /log/key has it")
    serving.add_argument("--host", default="127.0.0.1", metavar="HOST", help="127.0.0.1")
    serving.add_argument("--port", type=int, default=PORT, metavar="PORT", help=f"{PORT}")


def run(args: argparse.Namespace, out: Console) -> int:
    """Do the action.

    Raises
    ------
    TanbiaoError
        ``witness_missing``, ``witness_named_already``, ``witness_key_malformed``, ``note_key_malformed``,
        ``witness_unreachable``.
    """
    witness = Witness(args.folder)
    if args.action == "make":
        made = witness.make(args.name, now=datetime.now(UTC))
        out.text(f"见证方公钥：{made.vkey}", f"The witness's key: {made.vkey}")
    elif args.action == "trust":
        known = witness.trust_log(args.vkey)
        out.text(f"今后见证日志 {known.name}。", f"The log {known.name} is witnessed from now on.")
    elif args.action == "serve":
        witness_service.serve(
            args.folder, host=args.host, port=args.port, ready=lambda at: out.text(f"见证方在 {at}", f"Witness at {at}")
        )
        return 0
    _show(witness, out)
    return 0


def _show(witness: Witness, out: Console) -> None:
    heads = [(origin, witness.head(origin)) for origin in witness.logs()]
    refused = witness.refusals()
    out.document(
        {
            "name": witness.name,
            "vkey": witness.key.vkey,
            "logs": [
                {"origin": origin, "size": None, "at": None}
                if head is None
                else {"origin": origin, "size": head.size, "at": _time(head.seconds)}
                for origin, head in heads
            ],
            "refused": [
                {"origin": origin, "size": size, "why": why, "note": note} for origin, size, why, note in refused
            ],
        }
    )
    out.line(witness.key.vkey)
    for origin, head in heads:
        if head is None:
            out.text(f"{origin}  尚未会签", f"{origin}  nothing co-signed yet")
        else:
            out.line(f"{origin}  {head.size}  {_time(head.seconds)}")
    for origin, size, why, _ in refused:
        out.text(f"✗ 拒绝会签 {origin} 的 {size}：{why}", f"✗ refused {origin} at {size}: {why}")


def _time(seconds: int) -> str:
    return utc_text(datetime.fromtimestamp(seconds, UTC))
