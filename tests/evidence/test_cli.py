"""``tanbiao verify`` and ``tanbiao reproduce``, as a user types them."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from documents.facts import certificate as certificate_facts
from evidence.certified import Certified
from evidence.world import BASE, NOW, REVOCATION, SUSPENSION, World, make_world
from tanbiao.cli.main import main
from tanbiao.cli.offline import evidence_sources
from tanbiao.documents.certificate import certificate_pdf
from tanbiao.evidence import bundles, label_payload
from tanbiao.evidence.bundles import Enclosures
from tanbiao.evidence.status_list import token_of

AT = "2026-11-21T03:00:00Z"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    code = main([*words, "--json", "--lang", "en"])
    return code, json.loads(capsys.readouterr().out)


@pytest.fixture
def trust(world: World, tmp_path: Path) -> str:
    path = tmp_path / "trust.json"
    path.write_text(json.dumps(world.trust.as_json(), ensure_ascii=False), encoding="utf-8")
    return str(path)


@pytest.fixture
def token(world: World, tmp_path: Path) -> str:
    path = tmp_path / "certificate.jwt"
    path.write_text(world.token + "\n")
    return str(path)


def enclosures(world: World, **how: Any) -> Enclosures:
    lists = {url: token_of(document) for url, document in world.lists(**how).items()}
    return Enclosures(suspension_list=lists[SUSPENSION], revocation_list=lists[REVOCATION])


def test_a_credential_without_any_trust_is_unknown(capsys: Any, token: str) -> None:
    code, said = run(capsys, "verify", token, "--offline", "--at", AT)
    assert code == 1
    assert said["verdict"] == "unknown"


def test_a_credential_with_a_trust_list_and_no_status_list_is_valid_but(capsys: Any, token: str, trust: str) -> None:
    code, said = run(capsys, "verify", token, "--offline", "--trust", trust, "--at", AT)
    assert (code, said["verdict"], said["status_as_of"]) == (0, "valid_but", None)
    assert said["certificate"]["value"] == "61.3"
    assert {step["id"] for step in said["steps"]} >= {"document", "claims", "issuer", "signature", "validity", "status"}


def test_a_flipped_byte_and_a_wrong_figure_are_invalid(capsys: Any, world: World, trust: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.jwt"
    path.write_text(world.token[:5000] + ("A" if world.token[5000] != "A" else "B") + world.token[5001:])
    code, said = run(capsys, "verify", str(path), "--offline", "--trust", trust, "--at", AT)
    assert (code, said["verdict"]) == (1, "invalid")
    path.write_text(world.token)
    code, said = run(capsys, "verify", str(path), "--offline", "--trust", trust, "--at", AT, "--value", "60")
    assert (code, said["verdict"]) == (1, "invalid")


def test_the_certificate_pdf_carries_the_credential(capsys: Any, world: World, trust: str, tmp_path: Path) -> None:
    path = tmp_path / "certificate.pdf"
    path.write_bytes(certificate_pdf(certificate_facts(), world.token, "zh", created=NOW))
    code, said = run(capsys, "verify", str(path), "--offline", "--trust", trust, "--at", AT)
    assert (code, said["kind"], said["verdict"]) == (0, "pdf", "valid_but")


def test_the_credential_in_a_certificate_pdf_is_found_in_the_browser_too(world: World, tmp_path: Path) -> None:
    from evidence.test_browser_verifier import NODE, STATIC

    if NODE is None:
        pytest.skip("node is not installed")
    import shutil

    shutil.copytree(STATIC / "js", tmp_path / "js")
    shutil.copytree(STATIC / "vendor" / "noble", tmp_path / "vendor" / "noble")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "c.pdf").write_bytes(certificate_pdf(certificate_facts(), world.token, "zh", created=NOW))
    (tmp_path / "run.mjs").write_text(
        'import { readFileSync } from "node:fs"; import { credentialInPdf } from "./js/verify-pdf.js";\n'
        'process.stdout.write(credentialInPdf(new Uint8Array(readFileSync("c.pdf"))));\n'
    )
    done = subprocess.run([NODE, "run.mjs"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == world.token, done.stderr


def test_a_label_is_read_from_its_text_or_a_file(capsys: Any, world: World, trust: str, tmp_path: Path) -> None:
    address = label_payload.encode(f"{BASE}/v/x", world.claims, world.store.current("certificate"))
    code, said = run(capsys, "verify", address, "--offline", "--trust", trust, "--at", AT, "--value", "61.3")
    assert (code, said["kind"], said["verdict"]) == (0, "label", "valid_but")
    path = tmp_path / "label.txt"
    path.write_text(address)
    assert run(capsys, "verify", str(path), "--offline", "--trust", trust, "--at", AT)[1]["kind"] == "label"
    changed = address.replace("~61.3~", "~16.3~")
    assert run(capsys, "verify", changed, "--offline", "--trust", trust, "--at", AT)[0] == 1


class TestBundle:
    def test_a_bundle_brings_its_status_lists_and_belongs_to_its_certificate(
        self, capsys: Any, certified: Certified, tmp_path: Path
    ) -> None:
        trust = tmp_path / "trust.json"
        trust.write_text(json.dumps(certified.world.trust.as_json(), ensure_ascii=False), encoding="utf-8")
        path = tmp_path / "public.zip"
        path.write_bytes(bundles.public(certified.statement, certified.token, enclosures(certified.world)))
        code, said = run(capsys, "verify", str(path), "--offline", "--trust", str(trust), "--at", AT)
        assert (code, said["verdict"]) == (0, "valid")
        assert said["steps"][-1]["id"] == "bundle"
        late = (NOW + timedelta(hours=30)).isoformat()
        assert (
            run(capsys, "verify", str(path), "--offline", "--trust", str(trust), "--at", late)[1]["verdict"]
            == "valid_but"
        )
        path.write_bytes(bundles.public(certified.statement, certified.issue(value="1.5"), enclosures(certified.world)))
        code, said = run(capsys, "verify", str(path), "--offline", "--trust", str(trust), "--at", AT)
        assert (code, said["verdict"], said["steps"][-1]["ok"]) == (1, "invalid", False)

    def test_reproduce_says_the_figure_again(self, capsys: Any, certified: Certified, tmp_path: Path) -> None:
        path = tmp_path / "sealed.zip"
        path.write_bytes(certified.sealed)
        code, said = run(capsys, "reproduce", str(path), "--offline", "--at", AT)
        assert (code, said["identical"]) == (0, True)
        assert said["declared"] == float(certified.claims.value)
        assert said["recomputed"] == float(certified.package["result"]["total"]["value"])

    def test_reproduce_deep_compares_the_datasets_with_the_release(
        self, capsys: Any, certified: Certified, tmp_path: Path
    ) -> None:
        path = tmp_path / "sealed.zip"
        path.write_bytes(certified.sealed)
        code, said = run(capsys, "reproduce", str(path), "--offline", "--deep", "--at", AT)
        step = next(step for step in said["steps"] if step["id"] == "release")
        assert (code, step["ok"]) == (0, True)
        assert str(len(certified.package["datasets"])) in step["message"]
        assert "the release was solved again (1273 linked unit processes, 0 samples)" in step["message"]

    def test_a_public_bundle_recomputes_nothing(self, capsys: Any, certified: Certified, tmp_path: Path) -> None:
        path = tmp_path / "public.zip"
        path.write_bytes(certified.public)
        code, said = run(capsys, "reproduce", str(path), "--offline", "--at", AT)
        assert (code, said["identical"], said["recomputed"]) == (0, True, None)


class TestBadInput:
    @pytest.mark.parametrize(
        "content", [b"", b"hello", b"\xff\xfe", b"%PDF-1.7 broken", b"PK\x03\x04 broken", b"{}", b"null"]
    )
    @pytest.mark.parametrize("command", ["verify", "reproduce"])
    def test_no_traceback_and_a_code(self, capsys: Any, tmp_path: Path, content: bytes, command: str) -> None:
        path = tmp_path / "file"
        path.write_bytes(content)
        code, said = run(capsys, command, str(path), "--offline")
        assert code in (1, 2)
        assert said.get("verdict") == "invalid" or said["findings"][0]["remedy"]

    def test_a_missing_file_and_a_folder(self, capsys: Any, tmp_path: Path) -> None:
        for name in (str(tmp_path / "none"), str(tmp_path), "x" * 5000, "\0"):
            code, said = run(capsys, "verify", name, "--offline")
            assert code == 2
            assert said["findings"][0]["code"].startswith("evidence_file_")

    def test_a_pdf_without_credential(self, capsys: Any, tmp_path: Path) -> None:
        from pypdf import PdfWriter

        writer = PdfWriter()
        writer.add_blank_page(100, 100)
        path = tmp_path / "empty.pdf"
        writer.write(path)
        code, said = run(capsys, "verify", str(path), "--offline")
        assert (code, said["findings"][0]["code"]) == (2, "pdf_without_credential")

    def test_a_malformed_trust_list_or_time(self, capsys: Any, token: str, tmp_path: Path) -> None:
        path = tmp_path / "t.json"
        path.write_text("[]")
        assert (
            run(capsys, "verify", token, "--offline", "--trust", str(path))[1]["findings"][0]["code"]
            == "trust_list_malformed"
        )
        assert run(capsys, "verify", token, "--at", "yesterday")[1]["findings"][0]["code"] == "time_malformed"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    folder = tmp_path / "site"
    (folder / ".well-known").mkdir(parents=True)
    (folder / "status").mkdir()
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", folder
    server.shutdown()


class TestOnline:
    """With a site that serves keys and lists, on a local port."""

    def publish(self, site: tuple[str, Path], tmp_path: Path, *, demo: bool) -> tuple[World, str]:
        from dataclasses import replace
        from datetime import UTC, date, datetime

        from tanbiao.evidence import credentials, status_list
        from tanbiao.evidence.claims import StatusEntry
        from tanbiao.evidence.keys import did_of
        from tanbiao.evidence.status_list import StatusList
        from tanbiao.evidence.trust import Name, trust_list_of

        base, folder = site
        made = make_world(tmp_path / "site-keys", demo=demo)
        did, now = did_of(base), datetime.now(UTC)
        status = StatusEntry(7, f"{base}/status/s", f"{base}/status/r")
        claims = replace(
            made.claims,
            issuer=did,
            status=status,
            valid_from="2020-01-01",
            valid_until="2090-01-01",
            query_url=f"{base}/v/x",
        )
        for name, purpose in (("s", "suspension"), ("r", "revocation")):
            listed = status_list.status_credential(
                f"{base}/status/{name}", did, purpose, StatusList.empty(), now=now, key=made.store.current("status")
            )
            (folder / "status" / name).write_text(listed)
        (folder / ".well-known" / "did.json").write_text(json.dumps(made.store.did_document(base)))
        named = Name(zh="站", en="site")
        trust = trust_list_of(base, made.store.public(), name=named, valid_from=date(2019, 1, 1), demo=demo)
        (folder / ".well-known" / "tanbiao-trust.json").write_text(json.dumps(trust.as_json(), ensure_ascii=False))
        path = tmp_path / "online.jwt"
        path.write_text(credentials.issue(claims, made.store.current("certificate")))
        return made, str(path)

    def test_a_demonstration_is_checked_with_the_keys_at_its_own_address(
        self, capsys: Any, site: tuple[str, Path], tmp_path: Path
    ) -> None:
        _, token = self.publish(site, tmp_path, demo=True)
        code, said = run(capsys, "verify", token)
        assert (code, said["verdict"], said["demonstration"]) == (0, "valid", True)
        assert said["headline"] == "Valid – demonstration, no certification"
        # What was fetched is kept: offline the lists are still there, the keys are not trusted.
        assert run(capsys, "verify", token, "--offline")[1]["verdict"] == "unknown"

    def test_a_real_certificate_needs_a_trust_list_even_online(
        self, capsys: Any, site: tuple[str, Path], tmp_path: Path
    ) -> None:
        _, token = self.publish(site, tmp_path, demo=False)
        assert run(capsys, "verify", token)[1]["verdict"] == "unknown"
        code, said = run(capsys, "verify", token, "--trust", site[0])
        assert (code, said["verdict"], said["demonstration"]) == (0, "valid", False)

    def test_a_remembered_trust_list_and_cached_lists_serve_offline(
        self, capsys: Any, site: tuple[str, Path], tmp_path: Path
    ) -> None:
        from tanbiao.evidence.trust import TrustList

        _, token = self.publish(site, tmp_path, demo=False)
        listed = TrustList.parse((site[1] / ".well-known" / "tanbiao-trust.json").read_bytes())
        evidence_sources.remember_trust(listed, "site")
        assert run(capsys, "verify", token, "--offline")[1]["verdict"] == "valid_but"
        assert run(capsys, "verify", token)[1]["verdict"] == "valid"
        assert run(capsys, "verify", token, "--offline")[1]["verdict"] == "valid"


def test_did_web_addresses() -> None:
    assert evidence_sources.did_urls("did:web:example.com%3A3000") == ["https://example.com:3000/.well-known/did.json"]
    assert evidence_sources.did_urls("did:web:example.com:user:alice") == ["https://example.com/user/alice/did.json"]
    assert evidence_sources.did_urls("did:web:192.168.1.5%3A8000")[0] == "http://192.168.1.5:8000/.well-known/did.json"
    assert evidence_sources.did_urls("did:key:z6Mk") == []


def test_verify_starts_fast_and_without_the_web(world: World, trust: str, token: str) -> None:
    script = (
        "import sys\n"
        "from tanbiao.cli.main import main\n"
        f"main(['verify', {token!r}, '--offline', '--trust', {trust!r}, '--at', {AT!r}])\n"
        "assert not {'django', 'joserfc', 'pypdf', 'numpy', 'pint'} & set(sys.modules)\n"
    )
    begin = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert time.perf_counter() - begin < 5  # on a busy machine; alone it is about 0.3 s


def test_a_person_reads_the_headline_first(capsys: Any, demo_world: World, tmp_path: Path) -> None:
    path = tmp_path / "c.jwt"
    path.write_text(demo_world.token)
    trust = tmp_path / "t.json"
    trust.write_text(json.dumps(demo_world.trust.as_json(), ensure_ascii=False), encoding="utf-8")
    assert main(["verify", str(path), "--offline", "--trust", str(trust), "--at", AT, "--lang", "zh"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("演示，不构成认证")
    assert "DEMO-PCF-2026-000001" in lines[1]
