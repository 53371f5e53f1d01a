"""``tanbiao signer serve|trust|keys|rotate|revoke|token FOLDER``: who alone holds the keys of certificates."""

from __future__ import annotations

import argparse
import os
import threading
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from tanbiao.cli.console import Console
from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import signer_service
from tanbiao.evidence.keys import CHOICES
from tanbiao.evidence.signer import PER_MINUTE, FolderSigner
from tanbiao.evidence.token_keys import TokenSettings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions and their arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="serve|trust|keys|rotate|revoke|token")
    serving = actions.add_parser("serve", help="启动签署进程 / serve until stopped")
    serving.add_argument("--per-minute", type=int, default=PER_MINUTE, metavar="N", help=f"{PER_MINUTE}")
    serving.add_argument("--parent", type=int, default=0, metavar="PID", help="随该进程结束 / end with this process")
    trusting = actions.add_parser("trust", help="信任一个透明日志的公钥 / trust a log's public key")
    listing = actions.add_parser("keys", help="列出公钥 / list the public keys")
    rotating = actions.add_parser("rotate", help="换用新密钥，旧公钥保留 / a new key; the old one stays published")
    rotating.add_argument("--owner", default="", metavar="ID", help="认证机构标识 / the body whose key it is")
    rotating.add_argument(
        "--algorithm",
        choices=CHOICES["certificate"],
        default=None,
        help="ES256（默认）、SM2（配 SM3）、EdDSA / ES256 (default), SM2 with SM3, EdDSA",
    )
    revoking = actions.add_parser("revoke", help="撤回已泄露的密钥 / take a compromised key back")
    device = actions.add_parser("token", help="密钥改由密码设备（PKCS#11）保管 / keys in a device (PKCS#11)")
    device.add_argument("--module", required=True, metavar="FILE", help="厂商的 PKCS#11 模块 / the vendor's module")
    device.add_argument("--label", required=True, metavar="NAME", help="设备中令牌的标签 / label of the token")
    device.add_argument("--pin-file", required=True, metavar="FILE", help="写有用户 PIN 的文件 / holds the user PIN")
    for one in (serving, trusting, listing, rotating, revoking, device):
        one.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="JSON")
        one.add_argument("--lang", choices=("zh", "en"), default=argparse.SUPPRESS, help="zh | en")
        one.add_argument("folder", type=Path, metavar="FOLDER", help="签署端自己的文件夹 / the signer's own folder")
    trusting.add_argument("vkey", metavar="VKEY", help="C2SP 公钥，见平台 /log/key / as the platform's /log/key has it")
    revoking.add_argument("kid", metavar="KID", help="密钥编号 / id of the key")


def run(args: argparse.Namespace, out: Console) -> int:
    """Do the action.

    Raises
    ------
    TanbiaoError
        ``signer_folder_missing``, ``note_key_malformed``, ``key_missing``, ``signer_unreachable``,
        ``token_unusable``.
    """
    if args.action == "token":
        TokenSettings(str(args.module), args.label, str(Path(args.pin_file).absolute())).write(args.folder)
    signer = FolderSigner(args.folder)
    if args.action == "serve":
        return _serve(args, out)
    if args.action == "trust":
        signer.trust_log(args.vkey)
        out.text("已信任该日志。", "The log is trusted.")
        return 0
    if not args.folder.is_dir():
        raise TanbiaoError.of("signer_folder_missing", str(args.folder))
    now = datetime.now(UTC)
    if args.action == "token":
        _bring_into_device(signer, now, out)
    elif args.action == "rotate":
        fresh = signer.store.rotate("certificate", now=now, owner=args.owner, algorithm=args.algorithm)
        if signer.store.makes("twin"):
            signer.store.rotate("twin", now=now, owner=args.owner)
        out.text(f"新密钥 {fresh.kid}；旧公钥仍然公布。", f"The new key is {fresh.kid}; the old one stays published.")
    elif args.action == "revoke":
        signer.store.revoke(args.kid, now=now)
        out.text(
            f"密钥 {args.kid} 已撤回；用它签署的证书不再通过查验。",
            f"The key {args.kid} is revoked; what it signed no longer verifies.",
        )
    else:
        for key in signer.published():
            state = "revoked" if key.revoked else "retired" if key.retired else "current"
            out.line(f"{key.kid}  {key.algorithm}  {key.created}  {state}  {key.owner}")
    out.document({"keys": [asdict(key) for key in signer.published()]})
    return 0


def _bring_into_device(signer: FolderSigner, now: datetime, out: Console) -> None:
    """Replace every current key that lies in a file by one that the device makes; this also shows that it works."""
    current = [key for key in signer.published() if key.retired is None and key.revoked is None]
    for key in (one for one in current if signer.store.makes(one.purpose)):
        signer.store.rotate(key.purpose, now=now, owner=key.owner)
    out.text(
        f"已改用密码设备；换用了 {len(current)} 个密钥，旧公钥仍然公布。",
        f"Keys are made in the device from now on; {len(current)} were replaced, the old ones stay published.",
    )


def _serve(args: argparse.Namespace, out: Console) -> int:
    if args.parent:
        threading.Thread(target=_end_with, args=(args.parent,), daemon=True).start()

    def ready(address: str) -> None:
        out.text(f"签署端已启动：{address}", f"The signer answers at {address}")

    signer_service.serve(args.folder, per_minute=args.per_minute, ready=ready)
    return 0


def _end_with(parent: int) -> None:
    """End when the process that began this one is gone: a signer nobody minds must not outlive its platform."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)
