"""``tanbiao demo``: an embedded platform with the demonstration world, web, API and worker until Ctrl-C."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tanbiao.cli.console import Console
from tanbiao.core.findings import TanbiaoError

MARK = "demo-world.json"
"""A file in the data folder that says its world has been built, and for which address."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--host", default="127.0.0.1", help="地址 / address (0.0.0.0: 同一网络中的手机 / phones in the same network)"
    )
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--data", type=Path, default=Path("tanbiao-data"), help="数据目录 / data folder")
    parser.add_argument("--base-url", default="", help="对外地址 / the address that others reach it by")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--build-only", action="store_true", help="只建演示世界，不启动 / build the world and stop")


def run(args: argparse.Namespace, out: Console) -> int:
    """Build the world on first use, then serve."""
    from tanbiao.cli.site import serve

    base_url = args.base_url.rstrip("/") or f"http://{_reachable(args.host)}:{args.port}"
    # The demonstration's database is its own, whatever the environment names.
    os.environ.pop("DATABASE_URL", None)
    os.environ.setdefault("TANBIAO_OPERATOR_ZH", "演示平台运营方（虚构）")
    os.environ.setdefault("TANBIAO_OPERATOR_EN", "Demo platform operator (fictional)")
    if args.inside:
        serve.prepare_environment(data=args.data, base_url=base_url, demo=True)
        _perform(out)
        return 0
    if not args.build_only:
        serve.check_port(args.host, args.port)
    _build_apart(args, base_url, out)
    built_for = _built_for(args.data)
    if args.build_only:
        out.document({"data": str(args.data), "base_url": base_url, "logins": _logins()})
        return 0
    return serve.run_server(
        out,
        host=args.host,
        port=args.port,
        data=args.data,
        # Labels and credentials carry the address they were issued under: it stays their issuer's name.
        base_url=built_for,
        workers=1,
        demo=True,
        ready=lambda _: _greet(out, base_url, built_for, args.host),
    )


def _built_for(data: Path) -> str:
    return str(json.loads((data / MARK).read_text(encoding="utf-8"))["base_url"])


def _build_apart(args: argparse.Namespace, base_url: str, out: Console) -> None:
    """Build the world in a folder of its own and move it into place whole: one that was broken off is never served."""
    data: Path = args.data
    if (data / MARK).exists():
        return
    if data.exists() and any(data.iterdir()):
        raise TanbiaoError.of("demo_data_foreign", str(data), folder=str(data))
    draft = data.with_name(f"{data.name}.building")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    started = time.monotonic()
    out.text("正在用真实命令搭建演示世界……", "Building the demonstration world with the real commands …")
    words = ["demo", "--inside", "--build-only", "--data", str(draft), "--base-url", base_url, "--lang", out.lang]
    code = subprocess.run([sys.executable, "-m", "tanbiao", *words], check=False).returncode
    if code:
        raise TanbiaoError.of("demo_not_built", str(draft))
    (draft / MARK).write_text(json.dumps({"base_url": base_url}) + "\n", encoding="utf-8")
    if data.exists():
        data.rmdir()
    draft.rename(data)
    seconds = time.monotonic() - started
    out.text(f"演示世界已建好（{seconds:.0f} 秒）。", f"The demonstration world is ready ({seconds:.0f} s).")


def _reachable(host: str) -> str:
    """Return the address that a phone in the same network can open, for hosts that mean "everywhere"."""
    if host not in ("0.0.0.0", "::"):  # noqa: S104 (compared, not bound)
        return f"[{host}]" if ":" in host else host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent: connecting a datagram socket only chooses the outgoing interface.
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def _perform(out: Console) -> None:
    from tanbiao.cli.site import serve

    serve.start_django()
    serve.migrate()
    from tanbiao.cli.site.demo_world.scenes import perform
    from tanbiao.web.ledger import worker

    worker.prepare()

    def step_by_step(scenes: Sequence[Callable[[], None]]) -> None:
        for scene in out.progress(scenes, "演示 demo", total=len(scenes)):
            scene()

    perform(step_by_step)


def _logins() -> list[dict[str, str]]:
    from tanbiao.cli.site.demo_world import cast

    return [{"username": name, "who": who, "organisation": where} for name, who, where in cast.login_lines()]


def _greet(out: Console, base_url: str, built_for: str, host: str) -> None:
    from tanbiao.cli.site.demo_world import cast

    out.line("")
    out.text(
        "演示 DEMO：以下公司、人员、证书均为虚构，不构成任何认证。",
        "DEMO: every company, person and certificate is fictional; nothing is certified.",
    )
    out.text(f"登录（密码均为 {cast.PASSWORD}）：", f"Log-ins (password of all: {cast.PASSWORD}):")
    for name, who, where in cast.login_lines():
        out.line(f"  {name:<18} {who}  {where}")
    out.line("")
    out.text(f"打开：{base_url}/", f"Open: {base_url}/")
    if sys.stdout.isatty() and host != "127.0.0.1":
        import segno

        segno.make(f"{base_url}/").terminal(out=sys.stdout, compact=True)
    if built_for != base_url:
        out.text(
            f"这个演示世界的二维码指向 {built_for}；要让二维码指向新地址，请换一个目录：--data 目录。",
            f"The QR codes of this world point to {built_for}; for codes of this address use another --data folder.",
        )
    if base_url.startswith("http://"):
        out.text(
            "通过 http 也能扫码查验（由内置的纯 JavaScript 验证器完成）；摄像头扫码和安全 Cookie 需要 https。",
            "Checking a label works over http (a bundled pure-JavaScript verifier does it); camera scanning and "
            "secure cookies need https.",
        )
    out.text("按 Ctrl-C 停止。", "Ctrl-C stops it.")
