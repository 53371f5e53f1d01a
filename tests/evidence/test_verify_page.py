"""The verifier's page binding in a real browser: strict CSP, plain http, with and without WebCrypto."""

from __future__ import annotations

import json
import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from documents.facts import certificate as certificate_facts
from evidence.test_browser_verifier import STATIC
from evidence.world import CLAIMS, make_world
from tanbiao.documents.certificate import certificate_pdf
from tanbiao.evidence import credentials, label_payload, leaf, merkle, notes, status_list
from tanbiao.evidence.claims import StatusEntry
from tanbiao.evidence.keys import did_of
from tanbiao.evidence.log_evidence import credential_hash
from tanbiao.evidence.status_list import StatusList
from tanbiao.evidence.trust import Name, TrustedLog, trust_list_of

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'"
)
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>check</title>
<script type="module" src="/js/verify-page.js"></script>
<section data-verify data-verify-from-address {named}>
<form data-verify-form><textarea data-verify-text></textarea><input type="file" data-verify-file>
<input data-verify-value><button>Check</button></form>
<p role="status" data-verify-verdict></p><ol data-verify-steps></ol><p data-verify-engine></p><p data-verify-as-of></p>
<div data-verify-shown hidden><b data-verify-claim="number"></b><b data-verify-claim="product"></b>
<b data-verify-claim="value"></b></div></section></html>"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]


class Handler(SimpleHTTPRequestHandler):
    """Serves the folder with the platform's strict policy, and no log on the terminal."""

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        return


def own_address() -> str:
    """Return an address of this machine that is not localhost: to a browser, plain http there is not secure."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a documentation address (RFC 5737): nothing is sent
            found = str(probe.getsockname()[0])
        except OSError:
            found = "127.0.0.1"
    if found.startswith("127."):
        pytest.skip("this machine has no address but localhost")
    return found


@dataclass(frozen=True)
class Site:
    """A site that serves one certificate, on an address of the local network."""

    base: str
    folder: Path
    token: str
    label: str


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(STATIC / "js", folder / "js")
    shutil.copytree(STATIC / "vendor" / "noble", folder / "vendor" / "noble")
    server = ThreadingHTTPServer((own_address(), 0), lambda *args: Handler(*args, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield publish(folder, f"http://{server.server_address[0]}:{server.server_port}")
    server.shutdown()


def publish(folder: Path, base: str) -> Site:
    world = make_world(folder / "keys", demo=True)
    did, now = did_of(base), datetime.now(UTC)
    status = StatusEntry(7, f"{base}/status/s", f"{base}/status/r")
    dates = {"valid_from": "2020-01-01", "valid_until": "2090-01-01"}
    claims = replace(CLAIMS, demo=True, issuer=did, status=status, query_url=f"{base}/v.html", **dates)
    key = world.store.current("certificate")
    token = credentials.issue(claims, key)
    files = {"c.jwt": token, "bad.jwt": token[:3000] + ("A" if token[3000] != "A" else "B") + token[3001:]}
    for name, purpose in (("s", "suspension"), ("r", "revocation")):
        files[f"status/{name}"] = status_list.status_credential(
            f"{base}/status/{name}", did, purpose, StatusList.empty(), now=now, key=world.store.current("status")
        )
    public = {"certificate": claims.number, "status": "valid", "credential": credential_hash(token)}
    entry, _ = leaf.make_leaf("certificate_issued", "2026-11-21T03:00:00Z", "0123456789abcdef", {}, public, bytes(16))
    signer = world.store.current("log")
    note = notes.sign_checkpoint(claims.log_origin, 1, merkle.root([entry]), signer)
    files["leaf.json"], files["c.tlog-proof"] = entry.decode(), notes.LogProof(0, (), note).text()
    files[".well-known/did.json"] = json.dumps(world.store.did_document(base))
    named = Name(zh="站", en="site")
    logs = (TrustedLog(origin=claims.log_origin, vkeys=(notes.verifier(claims.log_origin, signer).vkey,)),)
    listed = trust_list_of(base, world.store.public(), name=named, valid_from=date(2019, 1, 1), demo=True, logs=logs)
    files["trust.json"] = json.dumps(listed.as_json(), ensure_ascii=False)
    proofs = 'data-verify-leaf="/leaf.json" data-verify-proof="/c.tlog-proof"'
    files["favicon.ico"] = ""
    files["v.html"] = PAGE.format(named=f'data-verify-credential="/c.jwt" {proofs}')
    files["trusted.html"] = PAGE.format(
        named=f'data-verify-credential="/c.jwt" data-verify-trust="/trust.json" {proofs}'
    )
    files["old.html"] = PAGE.format(named='data-verify-credential="/c.jwt" data-verify-replaced')
    files["bad.html"] = PAGE.format(named='data-verify-credential="/bad.jwt"')
    files["form.html"] = PAGE.format(named="")
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "c.pdf").write_bytes(certificate_pdf(certificate_facts(), token, "zh"))
    return Site(base, folder, token, label_payload.encode(claims.query_url, claims, key))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(params=["as the browser has it", "without crypto.subtle"])
def page(browser: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    if request.param == "without crypto.subtle":
        context.add_init_script("Object.defineProperty(globalThis, 'crypto', {value: undefined})")
    opened = context.new_page()
    opened.problems = []
    opened.on("console", lambda message: opened.problems.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: opened.problems.append(str(error)))
    yield opened
    context.close()


def verdict(page: Any) -> str:
    page.wait_for_selector("[data-verify-verdict]:not([data-state=checking])[data-state]", timeout=20_000)
    return str(page.get_attribute("[data-verify-verdict]", "data-state"))


def steps(page: Any) -> dict[str, str]:
    found = page.query_selector_all("[data-verify-steps] li")
    return {item.get_attribute("data-step"): item.get_attribute("data-ok") for item in found}


def test_a_certificate_on_a_phone_over_plain_http_is_valid_as_a_demonstration(site: Site, page: Any) -> None:
    page.goto(f"{site.base}/v.html")
    assert verdict(page) == "valid"
    assert page.inner_text("[data-verify-verdict]") == "Valid – demonstration, no certification"
    assert "comes with the page" in page.inner_text("[data-verify-engine]")
    assert steps(page) == dict.fromkeys(
        ["document", "claims", "issuer", "signature", "validity", "status", "log"], "true"
    ) | {"value": "none"}
    assert page.inner_text("[data-verify-claim=value]") == "61.3"
    assert page.problems == []


def test_a_trust_list_of_the_platform_serves_as_well(site: Site, page: Any) -> None:
    page.goto(f"{site.base}/trusted.html")
    assert verdict(page) == "valid"
    assert steps(page)["log"] == "true"


def test_a_replaced_certificate_is_valid_but(site: Site, page: Any) -> None:
    page.goto(f"{site.base}/old.html")
    assert verdict(page) == "valid_but"
    assert "newer" in page.inner_text("[data-verify-verdict]")


def test_one_flipped_byte_reads_invalid_and_shows_no_claim(site: Site, page: Any) -> None:
    page.goto(f"{site.base}/bad.html")
    assert verdict(page) == "invalid"
    assert page.inner_text("[data-verify-verdict]") == "Not valid"
    assert page.inner_text("[data-verify-claim=value]") == ""


def test_the_labels_own_address_is_checked_beside_the_certificate(site: Site, page: Any) -> None:
    page.goto(site.label)
    assert verdict(page) == "valid"
    assert steps(page)["label"] == "true"
    page.goto(site.label.replace("~61.3~", "~16.3~"))
    assert verdict(page) == "invalid"
    assert steps(page)["label"] == "false"


def test_figure_text_and_files_are_checked_when_the_form_is_sent(site: Site, page: Any) -> None:
    page.goto(f"{site.base}/form.html")
    for text, value, expected in (
        (site.token, "61.30", "valid"),
        (site.token, "60", "invalid"),
        (site.label, "", "valid_but"),
        ("rubbish", "", "invalid"),
    ):
        page.fill("[data-verify-text]", text)
        page.fill("[data-verify-value]", value)
        page.click("button")
        page.wait_for_timeout(50)
        assert verdict(page) == expected, text[:20]
    page.fill("[data-verify-text]", "")
    page.set_input_files("[data-verify-file]", str(site.folder / "c.pdf"))
    page.click("button")
    page.wait_for_timeout(50)
    assert verdict(page) == "valid"
    assert page.problems == []
