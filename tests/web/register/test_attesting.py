"""Time stamps and seals at the issue of a certificate: waited for where required, else published without and said."""

from __future__ import annotations

import json
import shutil
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from django.conf import settings

from evidence.authorities import Authority, Sealer, pem
from factories import World, client_of
from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import eseals, timestamps
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.ledger.blobs import get_blob, put_blob
from tanbiao.web.register import attesting, issuing, rechecking
from tanbiao.web.register.models import Certificate, Issue
from web.certification.playing import Play

pytest.importorskip("rfc3161_client", reason="the extra timestamps is not installed")
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed"),
]
SEALING = """
import json, sys
sys.path[:0] = {paths!r}
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from evidence.authorities import Sealer
sealer = object.__new__(Sealer)
sealer.key = load_pem_private_key(open({key!r}, "rb").read(), None)
sys.stdout.buffer.write(sealer.seal(json.load(sys.stdin)["sha256"]))
"""


class Tsa:
    """A time-stamp authority on the loopback address, that can be out of order."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder)
        self.down = False
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.headers["Content-Type"] == timestamps.QUERY_TYPE
                self.send_response(503 if outer.down else 200)
                self.end_headers()
                if not outer.down:
                    self.wfile.write(outer.authority.reply(query))

            def log_message(self, *_: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(autouse=True)
def without_settings_afterwards() -> Iterator[None]:
    """Leave no settings to the tests that come after."""
    yield
    (Path(settings.TANBIAO_DATA) / attesting.SETTINGS).unlink(missing_ok=True)


@pytest.fixture
def tsa(tmp_path: Path) -> Iterator[Tsa]:
    made = Tsa(tmp_path / "tsa")
    yield made
    made.server.shutdown()
    made.server.server_close()


def configure(tsa: Tsa, sealer: Sealer, tmp_path: Path, **required: bool) -> None:
    data = Path(settings.TANBIAO_DATA)
    data.mkdir(parents=True, exist_ok=True)
    (data / "roots.pem").write_bytes(pem(tsa.authority.root))
    (data / "seal.pem").write_bytes(pem(sealer.certificate))
    key, program = tmp_path / "seal.key", tmp_path / "seal.py"
    forms = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key.write_bytes(sealer.key.private_bytes(*forms))
    program.write_text(SEALING.format(paths=sys.path, key=str(key)))
    command = [sys.executable, str(program)]
    said = {
        "timestamp": {"url": tsa.url, "roots": "roots.pem", "required": required.get("timestamp", True)},
        "seal": {"command": command, "certificate": "seal.pem", "required": required.get("seal", True)},
    }
    (data / attesting.SETTINGS).write_text(json.dumps(said))


@pytest.fixture
def granted(world: World) -> Issue:
    play = Play(world)
    case = play.until("granted")
    ledger.settle()
    return Issue.objects.get(case=case)


def test_a_certificate_waits_for_its_stamp_and_carries_stamp_and_seal(granted: Issue, tsa: Tsa, tmp_path: Path) -> None:
    sealer = Sealer()
    configure(tsa, sealer, tmp_path)
    tsa.down = True
    with pytest.raises(ledger.Later, match="attestation_waits"):
        issuing.run(granted.id)
    assert Issue.objects.get(id=granted.id).state == "running"
    assert not Certificate.objects.exists()
    tsa.down = False
    assert issuing.run(granted.id).state == "done"
    row = Certificate.objects.get(issue=granted)
    client = client_of(None)
    for lang in ("zh", "en"):
        pdf = get_blob(row.artefacts[f"pdf_{lang}"])
        stamp = client.get(f"/c/{row.number}/stamp_{lang}")
        assert stamp.headers["Content-Type"] == "application/timestamp-reply"
        timestamps.check(stamp.content, pdf, [tsa.authority.root])
        eseals.check(client.get(f"/c/{row.number}/seal_{lang}").content, pdf, sealer.certificate)
    page = client.get(f"/c/{row.number}").content.decode()
    assert f'href="/c/{row.number}/stamp_zh?version=1">Time stamp of the PDF' in page
    assert "Electronic seal of the PDF" in page
    assert "时间戳" in client_of(None, "zh").get(f"/c/{row.number}").content.decode()
    assert [found for _, found in rechecking.recheck([row])] == [[]]
    row.artefacts["stamp_zh"] = row.artefacts["stamp_en"]
    row.artefacts["seal_en"] = put_blob(b"a..b", eseals.SEAL_TYPE)
    ((_, wrong),) = rechecking.recheck([row])
    assert [one.params["reason"] for one in wrong] == ["stamp_zh: timestamp_bad", "seal_en: seal_bad"]


def test_where_it_is_not_required_the_certificate_is_published_without_and_says_so(
    granted: Issue, tsa: Tsa, tmp_path: Path
) -> None:
    configure(tsa, Sealer(), tmp_path, timestamp=False, seal=False)
    tsa.down = True
    (tmp_path / "seal.py").write_text("raise SystemExit('the card is out')")
    assert issuing.run(granted.id).state == "done"
    row = Certificate.objects.get(issue=granted)
    assert not [name for name in row.artefacts if name.startswith(("stamp", "seal"))]
    assert granted.stages.get(name="attest").output["lacking"] == dict.fromkeys(
        ("seal_en", "seal_zh", "stamp_en", "stamp_zh"), "attestation_unreachable"
    )
    page = client_of(None).get(f"/c/{row.number}").content.decode()
    assert "Issued without a time stamp" in page
    assert "Issued without an electronic seal" in page


OWN_SEAL = """
import hashlib, json, sys
said = json.load(sys.stdin)
sys.stdout.buffer.write(b"\\x30\\x82DEMO" + hashlib.sha256(said["sha256"].encode()).digest())
"""
OWN_CHECK = """
import base64, hashlib, json, sys
said = json.load(sys.stdin)
wanted = b"\\x30\\x82DEMO" + hashlib.sha256(said["sha256"].encode()).digest()
sys.exit(None if base64.b64decode(said["seal"]) == wanted else "digest differs")
"""


def own_seal(tmp_path: Path, **changes: Any) -> None:
    """Let a demonstration service seal in a form of its own, which only its own command checks."""
    made, asked = tmp_path / "own.py", tmp_path / "check.py"
    made.write_text(OWN_SEAL)
    asked.write_text(OWN_CHECK)
    command, verify = [sys.executable, str(made)], [sys.executable, str(asked)]
    said = {"seal": {"command": command, "verify": verify, "form": "own", **changes}}
    data = Path(settings.TANBIAO_DATA)
    data.mkdir(parents=True, exist_ok=True)
    (data / attesting.SETTINGS).write_text(json.dumps(said))


def test_a_seal_in_a_form_of_its_own_is_checked_by_its_operators_command_and_kept_as_it_is(
    granted: Issue, tmp_path: Path
) -> None:
    own_seal(tmp_path)
    (tmp_path / "own.py").write_text("print('another seal')")
    with pytest.raises(ledger.Later, match="attestation_waits"):
        issuing.run(granted.id)
    (tmp_path / "own.py").write_text(OWN_SEAL)
    assert issuing.run(granted.id).state == "done"
    row = Certificate.objects.get(issue=granted)
    client = client_of(None)
    answer = client.get(f"/c/{row.number}/eseal_zh")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.content.startswith(b"\x30\x82DEMO")
    assert answer.content == get_blob(row.artefacts["eseal_zh"])
    page = client.get(f"/c/{row.number}").content.decode()
    assert f'href="/c/{row.number}/eseal_zh?version=1">Electronic seal of the PDF' in page
    assert [found for _, found in rechecking.recheck([row])] == [[]]
    row.artefacts["eseal_en"] = row.artefacts["eseal_zh"]
    ((_, wrong),) = rechecking.recheck([row])
    assert [one.params["reason"] for one in wrong] == ["eseal_en: seal_bad"]


@pytest.mark.parametrize("changes", [{"verify": []}, {"form": "jws"}, {"form": "gb"}, {"command": []}])
def test_a_form_of_its_own_goes_with_its_check(tmp_path: Path, changes: dict[str, Any]) -> None:
    own_seal(tmp_path, **changes)
    with pytest.raises(TanbiaoError) as stop:
        attesting.services()
    assert stop.value.code == "attestations_malformed"


def test_settings_that_are_wrong_are_named(tsa: Tsa, tmp_path: Path) -> None:
    configure(tsa, Sealer(), tmp_path)
    path = Path(settings.TANBIAO_DATA) / attesting.SETTINGS
    good = json.loads(path.read_text())
    assert [service.kind for service in attesting.services()] == ["timestamp", "seal"]
    for bad in (
        {"stamp": good["timestamp"]},
        {"timestamp": {**good["timestamp"], "roots": "none.pem"}},
        {"timestamp": {**good["timestamp"], "roots": attesting.SETTINGS}},
        {"seal": {**good["seal"], "url": tsa.url}},
        {"seal": {"certificate": "seal.pem"}},
    ):
        path.write_text(json.dumps(bad))
        with pytest.raises(TanbiaoError) as stop:
            attesting.services()
        assert stop.value.code == "attestations_malformed"
