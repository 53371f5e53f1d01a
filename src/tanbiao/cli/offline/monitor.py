"""``tanbiao monitor ADDRESS --state FOLDER``: follow a transparency log from outside and say what does not hold."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from tanbiao.cli.console import Console
from tanbiao.cli.offline.evidence_sources import fetch, policy_file
from tanbiao.core.findings import TanbiaoError, render
from tanbiao.evidence.encoding import utc_text
from tanbiao.evidence.monitor import Monitor, Round
from tanbiao.evidence.witness import origin_digest

BROKEN, AWAY = 1, 3
MAX_FILE = 32 * 1024 * 1024
"""An entry bundle holds 256 leaves of at most 64 KiB each, and their lengths."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("address", metavar="ADDRESS", help="日志的地址，如 https://…/log / the log's address")
    parser.add_argument(
        "--state", type=Path, required=True, metavar="FOLDER", help="监察端自己的文件夹 / its own folder"
    )
    parser.add_argument(
        "--key", action="append", default=[], metavar="VKEY", help="日志公钥，首次必填 / the log's key; needed at first"
    )
    parser.add_argument(
        "--witnesses", metavar="FILE", help="见证方名单，并与其所见比较 / list of witnesses; what they saw is compared"
    )
    parser.add_argument(
        "--seen",
        action="append",
        default=[],
        metavar="FILE",
        help="他人所见的检查点 / a checkpoint that somebody else saw",
    )
    parser.add_argument("--full", action="store_true", help="从头重取全部条目 / fetch every entry again")
    parser.add_argument(
        "--every", type=int, default=0, metavar="SECONDS", help="不停止，每隔若干秒一轮 / go round until stopped"
    )
    parser.add_argument(
        "--oldest",
        type=int,
        default=24,
        metavar="HOURS",
        help="会签早于此小时数则提醒（24）/ warn when co-signatures are older",
    )


def run(args: argparse.Namespace, out: Console) -> int:
    """Look at the log: 0 it holds, 1 it does not, 2 wrong use, 3 it could not be reached.

    Raises
    ------
    TanbiaoError
        ``monitor_address``, ``monitor_without_key``, ``monitor_other_log``, ``note_key_malformed``,
        ``witness_policy_malformed``, ``evidence_file_missing``.
    """
    address = args.address.rstrip("/")
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise TanbiaoError.of("monitor_address", args.address)
    policy = policy_file(args.witnesses)
    monitor = Monitor(args.state, lambda path: fetch(f"{address}/{path}", MAX_FILE), policy)
    monitor.trust(args.key)
    seen = [Path(name).read_text(encoding="utf-8") for name in args.seen]
    while True:
        heads = [*seen, *_witnessed(monitor, policy.addresses or {})]
        found = monitor.look(whole=args.full, heads=heads, oldest=timedelta(hours=args.oldest), now=datetime.now(UTC))
        _tell(found, out)
        if not args.every:
            return AWAY if not found.reached else 0 if found.good else BROKEN
        time.sleep(args.every)


def _witnessed(monitor: Monitor, addresses: Mapping[str, str]) -> list[str]:
    """Return the newest checkpoint that each witness co-signed of this log, of those that answer."""
    origin = monitor.origin
    found = []
    for address in addresses.values():
        data = fetch(f"{address}/{origin_digest(origin)}/checkpoint") if origin else None
        if data is not None:
            found.append(data.decode("utf-8", "replace"))
    return found


def _tell(found: Round, out: Console) -> None:
    out.document(
        {
            "origin": found.origin,
            "size": found.size,
            "fresh": found.fresh,
            "reached": found.reached,
            "good": found.good,
            "cosignatures": {name: utc_text(datetime.fromtimestamp(at, UTC)) for name, at in found.witnessed.items()},
            "findings": [{**render(item, out.lang), "params": dict(item.params)} for item in found.findings],
        }
    )
    good, signed = found.good and found.reached, len(found.witnessed)
    out.text(
        f"{found.origin}：{found.size} 条，新增 {found.fresh} 条，会签 {signed} 个{'，无异常' if good else ''}",
        f"{found.origin}: {found.size} entries, {found.fresh} new, {signed} co-signatures"
        f"{', all holds' if good else ''}",
    )
    out.findings(found.findings)
