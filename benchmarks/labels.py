"""How fast a phone-class browser verifies labels offline: 1,000 labels in chromium, its processor throttled four times.

python -m benchmarks.labels [--labels N] [--throttle X] [--json]

The labels differ in number, figure and place in the status list; keys, trust list and both lists lie in the page's
memory, and the browser has no network while it checks. Target: 1,000 labels in less than 10 s at 4× throttle.
"""

from __future__ import annotations

import argparse
import functools
import http.server
import json
import platform
import shutil
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "src" / "tanbiao" / "web" / "static"
RUN = """async ({labels, documents, now}) => {
  const {verifyLabel} = await import("/js/verify-core.js");
  const resolve = (name) => documents[name] ?? null;
  const verdicts = {};
  const begin = performance.now();
  for (const label of labels) {
    const found = await verifyLabel(label, resolve, {now});
    verdicts[found.verdict] = (verdicts[found.verdict] ?? 0) + 1;
  }
  return {milliseconds: performance.now() - begin, verdicts, webcrypto: Boolean(globalThis.crypto?.subtle)};
}"""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing of requests."""


def labels_of(count: int, folder: Path) -> dict[str, Any]:
    """Return what the browser gets: labels, the documents a resolver hands over, and the moment."""
    import sys

    sys.path.insert(0, str(ROOT / "tests"))
    from evidence.world import BASE, DID, NOW, flight_status, make_world
    from tanbiao.evidence import label_payload

    world = make_world(folder, status=flight_status())
    key = world.store.current("certificate")
    labels = []
    for number in range(count):
        status = replace(world.claims.status, index=1000 + number)
        claims = replace(world.claims, number=f"DEMO-PCF-2026-{number:06d}", value=f"{number + 1}.5", status=status)
        labels.append(label_payload.encode(f"{BASE}/v/{claims.number}", claims, key))
    resolve = world.resolver()
    names = (DID, world.claims.status.suspension_list, world.claims.status.revocation_list)
    documents = {name: resolve(name) for name in names}
    return {"labels": labels, "documents": documents, "now": NOW.timestamp() * 1000}


def measure(count: int, throttle: float) -> dict[str, Any]:
    """Verify the labels twice, with WebCrypto and with the bundled library, and return the figures."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder:
        given = labels_of(count, Path(folder))
        handler = functools.partial(_Quiet, directory=str(STATIC))
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, sync_playwright() as driver:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            found = {}
            for engine in ("webcrypto", "bundled"):
                context = browser.new_context()
                if engine == "bundled":
                    context.add_init_script("Object.defineProperty(globalThis, 'crypto', {value: undefined})")
                page = context.new_page()
                page.goto(f"http://127.0.0.1:{server.server_address[1]}/vendor/README.md")
                page.evaluate('import("/js/verify-core.js")')
                page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": throttle})
                context.set_offline(True)
                found[engine] = page.evaluate(RUN, given)
                context.close()
            version = browser.version
            browser.close()
            server.shutdown()
    longest = max(len(label) for label in given["labels"])
    return {"labels": count, "throttle": throttle, "longest_label": longest, "chromium": version, **found}


def main() -> int:
    """Measure and say so; 1 when a label was not valid."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labels", type=int, default=1000)
    parser.add_argument("--throttle", type=float, default=4.0)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    found = measure(args.labels, args.throttle) | {"machine": platform.processor() or platform.machine()}
    if args.json:
        print(json.dumps(found, indent=1))
    else:
        for engine in ("webcrypto", "bundled"):
            seconds = found[engine]["milliseconds"] / 1000
            print(f"{found['labels']} labels, {found['throttle']:g}× throttled, {engine}: {seconds:.2f} s", end="  ")
            print(found[engine]["verdicts"])
    return 0 if all(found[engine]["verdicts"] == {"valid": args.labels} for engine in ("webcrypto", "bundled")) else 1


if __name__ == "__main__":
    raise SystemExit(main())
