"""The open side of the register: receipts, lists of numbers, barcodes, notices, open data, rebuild, figures, report."""

from __future__ import annotations

import csv
import gzip
import hashlib
import hmac
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from benchmarks import register_fill
from factories import World, api_token, client_of
from tanbiao.cli.main import main
from tanbiao.core.canonical import content_hash
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.identifiers import gtin14, iiid
from tanbiao.evidence import receipts
from tanbiao.web import clock, outgoing
from tanbiao.web.accounts.actor import ANONYMOUS
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, NotFound
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.ledger import fsck
from tanbiao.web.register import (
    batch,
    commands,
    entries,
    issuing,
    open_data,
    queries,
    rebuilding,
    receipting,
    reporting,
    resolving,
    statistics,
    subscribing,
    verifying,
)  # fmt: skip
from tanbiao.web.register.models import Certificate, Entry, Issue, Notice, ProductIdentifier, Tally
from tanbiao.web.register.resolving import Identifier
from web.certification.playing import Play
from web.tenants import assert_unseen

pytestmark = pytest.mark.django_db
GTIN = "6291041500213"
"""The example of GS1's own page on check digits."""


@pytest.fixture
def certificate(world: World) -> Certificate:
    """Return a certificate as the saga leaves it."""
    case = Play(world).until("granted")
    ledger.settle()
    issuing.run(Issue.objects.get(case=case).id)
    ledger.settle()
    return Certificate.objects.get()


def get(address: str, **headers: str) -> Any:
    return Client().get(address, headers={"accept-language": "en", **headers})


class TestReceipts:
    def test_a_receipt_tells_the_state_of_its_day_and_is_verified_offline(
        self, certificate: Certificate, world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        number, decider = certificate.number, world.actor(world.body, Role.DECIDER)
        before = clock.stamp(clock.now())
        commands.suspend(decider, number=number, builds_on=certificate.head, reason="mark_misuse")
        ledger.settle()
        told = {at: receipting.receipt(ANONYMOUS, number=number, at=at) for at in (before, "")}
        for at, state in ((before, "valid"), ("", "suspended")):
            verdict = receipts.verify(told[at], verifying.resolver(), now=clock.now())
            assert verdict.verdict == "valid", verdict.as_json()
            assert verdict.demo
            assert verdict.step("status").params["state"] == state
            assert verdict.step("log").ok
        file, trust = tmp_path / "receipt.json", tmp_path / "trust.json"
        file.write_text(told[""], encoding="utf-8")
        trust.write_text(json.dumps(verifying.trust_list().as_json()), encoding="utf-8")
        assert main(["verify", str(file), "--offline", "--trust", str(trust), "--json"]) == 0
        body = json.loads(capsys.readouterr().out)
        assert (body["kind"], body["verdict"]) == ("receipt", "valid")

    def test_value_versions_and_holder_stand_in_it(self, certificate: Certificate, world: World) -> None:
        number, claims = certificate.number, certificate.claims
        for entity, match in (
            (world.alpha.uscc, "yes"),
            (world.alpha.name_zh, "yes"),
            ("别的公司", "no"),
            ("", "not_asked"),
        ):
            told = receipting.status_at(ANONYMOUS, number=number, entity=str(entity))
            assert told["entity"]["match"] == match
        assert (told["value"], told["release"], told["engine"]) == (
            claims["value"],
            claims["release"],
            claims["engine"],
        )
        page = get(f"/c/{number}/status?entity={world.alpha.uscc}").content.decode()
        assert claims["value"] in page
        assert "the entity asked about" in page
        body = get(f"/api/v1/certificates/{number}/status").json()
        assert body["state"] == "valid"
        verdict = receipts.verify(json.dumps(body["signed"]), verifying.resolver(), now=clock.now())
        assert verdict.verdict == "valid"

    def test_before_its_issue_a_certificate_was_not_issued(self, certificate: Certificate) -> None:
        text = receipting.receipt(ANONYMOUS, number=certificate.number, at="2020-01-01")
        verdict = receipts.verify(text, verifying.resolver(), now=clock.now())
        assert verdict.verdict == "valid"
        assert verdict.step("status").params["state"] == "not_issued"

    def test_after_its_last_day_it_has_expired_though_nobody_wrote_so(self, certificate: Certificate) -> None:
        with clock.at(clock.now() + timedelta(days=3650)):
            text = receipting.receipt(ANONYMOUS, number=certificate.number)
            verdict = receipts.verify(text, verifying.resolver(), now=clock.now())
        assert verdict.step("status").params["state"] == "expired"
        assert verdict.verdict == "valid"

    @pytest.mark.parametrize(
        "change, step",
        [
            (lambda body: body["log"].clear(), "log"),
            (lambda body: body["log"][0].update(leaf=body["log"][0]["leaf"].replace("valid", "void_")), "log"),
            (lambda body: body.update(receipt=body["receipt"][:-8] + "AAAAAAAA"), "signature"),
            (lambda body: body.update(format="other/1"), "document"),
            (lambda body: body.update(more=1), "document"),
        ],
    )
    def test_a_changed_receipt_is_found_out(self, certificate: Certificate, change: Any, step: str) -> None:
        body = json.loads(receipting.receipt(ANONYMOUS, number=certificate.number))
        change(body)
        verdict = receipts.verify(json.dumps(body), verifying.resolver(), now=clock.now())
        assert verdict.step(step).ok is not True  # type: ignore[arg-type]
        if step != "log" or body["log"]:
            assert verdict.verdict == "invalid"

    def test_a_stranger_without_keys_can_say_nothing(self, certificate: Certificate) -> None:
        def nobody(name: str) -> dict[str, Any]:
            raise KeyError(name)

        text = receipting.receipt(ANONYMOUS, number=certificate.number)
        assert receipts.verify(text, nobody, now=clock.now()).verdict == "unknown"

    @pytest.mark.parametrize("at", ["2999-01-01", "yesterday", "2026-13-01", "2026-11-21T08:00:00"])
    def test_a_day_to_come_or_none_is_refused(self, certificate: Certificate, at: str) -> None:
        with pytest.raises(Invalid):
            receipting.moment_of(at)
        assert get(f"/c/{certificate.number}/status?at={at}").status_code == 422
        assert get(f"/api/v1/certificates/{certificate.number}/status?at={at}").status_code == 422
        assert get("/c/NOPE-1/status").status_code == 404


@pytest.mark.requirement("GBA-03c")
def test_a_state_is_the_same_on_every_surface_the_moment_it_changes(certificate: Certificate, world: World) -> None:
    """One register for all regions: page, label, calls, list, feed, receipt and signed list say one state."""
    number, decider = certificate.number, world.actor(world.body, Role.DECIDER)
    commands.suspend(decider, number=number, builds_on=certificate.head, reason="mark_misuse")
    ledger.settle()
    for lang, word in (("en", "Suspended"), ("zh-CN", "暂停")):
        for address in (f"/p/{number}", f"/c/{number}", f"/?q={number}", f"/c/{number}/status"):
            assert word in Client().get(address, headers={"accept-language": lang}).content.decode(), address
    assert 'data-server-verdict="invalid"' in get(f"/v/{number}").content.decode()
    calls = (f"certificates/{number}", f"certificates/{number}/status")
    assert {get(f"/api/v1/{call}").json()["state"] for call in calls} == {"suspended"}
    assert get(f"/api/v1/register/entries/{number}").json()["record"]["state"] == "suspended"
    (line,) = batch.check(ANONYMOUS, [batch.Asked(number)])
    assert line.entry is not None
    assert line.entry.state == "suspended"
    assert "Suspended" in get("/feed.atom").content.decode()
    assert verifying.check_certificate(certificate, queries.credential(ANONYMOUS, number)).verdict == "invalid"


class TestManyNumbers:
    def test_a_list_of_ten_thousand_is_answered_line_by_line(self, django_assert_max_num_queries: Any) -> None:
        rows = list(register_fill.records(300))
        entries.put_many(rows)
        asked = [batch.Asked(rows[n % 300][0]["number"]) for n in range(9_990)]
        asked += [batch.Asked(f"NOPE{n:06d}") for n in range(10)]
        with django_assert_max_num_queries(3):
            lines = batch.check(ANONYMOUS, asked)
        assert len(lines) == 10_000
        assert batch.summary(lines)["unknown"] == 10
        with pytest.raises(Invalid) as refused:
            batch.check(ANONYMOUS, [*asked, batch.Asked("ONE-MORE")])
        assert refused.value.code == "batch_too_long"

    def test_page_and_call_say_the_same(self, certificate: Certificate, world: World) -> None:
        number = certificate.number
        text = f"证书编号,持有人\n{number},{world.alpha.uscc}\n{number},演示水泥有限公司\nNOPE-1\n"
        holders = (world.alpha.uscc, "演示水泥有限公司")
        body = {"numbers": [*({"number": number, "holder": one} for one in holders), {"number": "NOPE-1"}]}
        called = Client().post("/api/v1/certificate-checks", body, content_type="application/json").json()
        assert [line["remark"] for line in called["lines"]] == ["", "other_holder", "unknown"]
        for encoding in ("utf-8", "gb18030"):
            file = SimpleUploadedFile("list.csv", text.encode(encoding))
            answer = Client().post("/verify/many", {"file": file, "as": "csv"}, headers={"accept-language": "en"})
            lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
            assert [line[-1] for line in lines[1:]] == ["", "other_holder", "unknown"]
        page = Client().post("/verify/many", {"numbers": text}, headers={"accept-language": "en"}).content.decode()
        assert "Another holder" in page
        assert "Unknown number" in page

    def test_a_workbook_is_read_too(self, certificate: Certificate) -> None:
        import openpyxl

        book, buffer = openpyxl.Workbook(), io.BytesIO()
        book.active.append(["number"])  # type: ignore[union-attr]
        book.active.append([certificate.number])  # type: ignore[union-attr]
        book.save(buffer)
        file = SimpleUploadedFile("list.xlsx", buffer.getvalue())
        answer = Client().post("/verify/many", {"file": file}, headers={"accept-language": "en"})
        assert "Nothing against it" in answer.content.decode()

    @pytest.mark.parametrize(
        "sent",
        [
            {"numbers": ""},
            {"file": SimpleUploadedFile("x.csv", b"\x00\x01\x02")},
            {"file": SimpleUploadedFile("x.xlsx", b"PK\x03\x04broken")},
            {"file": SimpleUploadedFile("x.pdf", b"%PDF-1.7")},
        ],
    )
    def test_what_is_no_list_is_refused(self, sent: dict[str, Any]) -> None:
        assert Client().post("/verify/many", sent).status_code == 422


class TestIdentifiers:
    def test_a_check_digit_is_checked(self) -> None:
        assert gtin14(GTIN) == "0" + GTIN
        for wrong in ("6291041500214", "62910415002", "abc", "00000000", ""):
            with pytest.raises(TanbiaoError):
                gtin14(wrong)
        assert iiid("88.100.1/ABC-01") == "88.100.1/ABC-01"
        for wrong in ("88", "a.b/c", "88.1/", "88.1/a b"):
            with pytest.raises(TanbiaoError):
                iiid(wrong)

    def test_a_barcode_leads_to_page_and_linkset(self, certificate: Certificate, world: World) -> None:
        number, manager = certificate.number, world.actor(world.alpha)
        wanted = [Identifier("gtin", GTIN, certificate.claims["models"][0]), Identifier("iiid", "88.100.1/ABC-01")]
        resolving.set_identifiers(manager, number=number, identifiers=wanted)
        answer = get(f"/01/0{GTIN}/10/LOT7?linkType=gs1:certificationInfo&shop=5")
        assert answer.status_code == 307
        assert answer["Location"].endswith(f"/c/{number}?shop=5")
        assert get(f"/01/{GTIN}")["Location"].endswith(f"/p/{number}")
        for asked in (get(f"/01/{GTIN}?linkType=all"), get(f"/01/{GTIN}", accept="application/linkset+json")):
            assert asked["Content-Type"] == "application/linkset+json"
            (told,) = asked.json()["linkset"]
            assert told["anchor"].endswith(f"/01/0{GTIN}")
            for kind in ("defaultLink", "pip", "sustainabilityInfo", "certificationInfo", "dpp"):
                assert number in told[f"https://gs1.org/voc/{kind}"][0]["href"]
        assert get("/iiid/88.100.1/ABC-01")["Location"].endswith(f"/p/{number}")
        assert get("/.well-known/gs1resolver").json()["supportedPrimaryKeys"] == ["01"]
        assert get(f"/01/{GTIN}?linkType=gs1:masterData").status_code == 404
        assert get("/01/6291041500214").status_code == 422
        assert get("/01/4006381333931").status_code == 404
        assert number in get(f"/?q={GTIN}").content.decode()

    def test_the_hook_to_another_resolver_is_off_by_default(self, certificate: Certificate, settings: Any) -> None:
        assert get("/iiid/88.999.9/X").status_code == 404
        settings.TANBIAO_IIID_RESOLVER = "https://node.example.cn/resolve?id={id}"
        answer = get("/iiid/88.999.9/X")
        assert (answer.status_code, answer["Location"]) == (307, "https://node.example.cn/resolve?id=88.999.9/X")

    def test_only_the_holder_registers_and_none_takes_anothers(self, certificate: Certificate, world: World) -> None:
        number = certificate.number
        with pytest.raises((NotFound, NotAllowed)):
            resolving.set_identifiers(world.actor(world.beta), number=number, identifiers=[Identifier("gtin", GTIN)])
        ProductIdentifier.objects.create(
            number=number, owner=world.beta, scheme="gtin", value="0" + GTIN, at=clock.now()
        )
        with pytest.raises(Conflict):
            resolving.set_identifiers(world.actor(world.alpha), number=number, identifiers=[Identifier("gtin", GTIN)])
        with pytest.raises(Invalid):
            resolving.set_identifiers(
                world.actor(world.alpha), number=number, identifiers=[Identifier("gtin", "4006381333931", "no model")]
            )
        address = f"/certificates/{number}/identifiers/"
        assert_unseen([client_of(world.actor(world.beta)), Client()], [address], [GTIN])
        mine = client_of(world.actor(world.alpha))
        assert mine.post(address, {"gtins": "123", "iiids": ""}).status_code == 422
        assert mine.post(address, {"gtins": "4006381333931", "iiids": ""}).status_code == 302
        assert [row.value for row in ProductIdentifier.objects.filter(owner=world.alpha)] == ["04006381333931"]


class Hook(BaseHTTPRequestHandler):
    """A subscriber's server."""

    got: list[tuple[dict[str, str], bytes]] = []
    status = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).got.append((dict(self.headers), body))
        self.send_response(type(self).status)
        self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def hook() -> Iterator[str]:
    """Run a subscriber's server and return its address."""
    Hook.got, Hook.status = [], 200
    server = HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook"
    server.shutdown()
    server.server_close()


class TestNotices:
    @pytest.mark.parametrize(
        "url",
        [
            "http://93.184.216.34/",
            "https://127.0.0.1/",
            "https://10.0.0.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://0.0.0.0/",
            "https://localhost/",
            "ftp://93.184.216.34/",
            "https://user:pw@93.184.216.34/",
            "https://no-such-host.invalid/",
            "nonsense",
        ],
    )
    def test_an_address_inside_is_never_called(self, url: str) -> None:
        with pytest.raises(Invalid) as refused:
            outgoing.check(url)
        assert refused.value.code == "outgoing_refused"

    def test_a_change_is_told_once_and_signed(
        self, certificate: Certificate, world: World, hook: str, settings: Any
    ) -> None:
        settings.TANBIAO_OUTGOING_NETWORKS = ("127.0.0.0/8",)
        buyer = world.actor(world.beta)
        made = [
            subscribing.subscribe(buyer, topic="number", value=certificate.number, url=hook),
            subscribing.subscribe(buyer, topic="holder", value=str(world.alpha.uscc), url=hook),
            subscribing.subscribe(buyer, topic="category", value="another", url=hook),
        ]
        decider = world.actor(world.body, Role.DECIDER)
        commands.suspend(decider, number=certificate.number, builds_on=certificate.head, reason="mark_misuse")
        ledger.settle()
        entry = Entry.objects.get(number=certificate.number)
        assert subscribing.tell(entry.number, entry.snapshot) == 0, "told twice it is one notice"
        notices = list(Notice.objects.all())
        assert {notice.subscription_id for notice in notices} == {made[0].id, made[1].id}
        assert [subscribing.deliver(notice.id) for notice in notices] == ["delivered"] * 2
        for headers, body in Hook.got:
            assert json.loads(body)["state"] == "suspended"
            moment, _, digest = headers["Tanbiao-Signature"].removeprefix("t=").partition(",v1=")
            expected = {
                hmac.new(one.secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest() for one in made
            }
            assert digest in expected
        assert len(Hook.got) == 2

    def test_a_subscriber_who_does_not_answer_is_tried_again_and_given_up(
        self, certificate: Certificate, world: World, hook: str, settings: Any
    ) -> None:
        settings.TANBIAO_OUTGOING_NETWORKS = ("127.0.0.0/8",)
        Hook.status = 302
        made = subscribing.subscribe(world.actor(world.beta), topic="number", value=certificate.number, url=hook)
        entry = Entry.objects.get(number=certificate.number)
        subscribing.tell(entry.number, entry.snapshot)
        notice = Notice.objects.get()
        outcomes = [subscribing.deliver(notice.id) for _ in range(len(subscribing.WAITS) + 1)]
        assert outcomes == ["later"] * len(subscribing.WAITS) + ["given_up"]
        notice.refresh_from_db()
        made.refresh_from_db()
        assert (notice.error, made.failures, made.ended_at) == ("status 302", 1, None)
        assert len(Hook.got) == len(outcomes), "a redirect is not followed"

    def test_subscriptions_are_ones_own(self, certificate: Certificate, world: World, settings: Any) -> None:
        settings.TANBIAO_OUTGOING_NETWORKS = ("127.0.0.0/8",)
        actor, other = world.actor(world.alpha), world.actor(world.beta)
        body = {"topic": "number", "value": certificate.number, "url": "http://127.0.0.1:9/secret-path"}
        made = Client().post("/api/v1/register/subscriptions", body, "application/json", **api_token(actor))
        assert made.status_code == 201
        assert made.json()["secret"]
        listed = Client().get("/api/v1/register/subscriptions", **api_token(actor)).json()
        assert listed[0]["secret"] == ""
        assert Client().get("/api/v1/register/subscriptions", **api_token(other)).json() == []
        address = f"/api/v1/register/subscriptions/{made.json()['id']}"
        assert Client().delete(address, **api_token(other)).status_code == 404
        assert "secret-path" not in client_of(other).get("/subscriptions/").content.decode()
        assert "secret-path" in client_of(actor).get("/subscriptions/").content.decode()
        assert Client().get("/subscriptions/").status_code in (302, 401)
        sent = client_of(other).post("/subscriptions/", {"topic": "number", "value": "X", "url": "https://10.0.0.1/"})
        assert sent.status_code == 422
        assert Client().delete(address, **api_token(actor)).json()["ended_at"]

    def test_the_feed_shows_changes_to_everybody(self, certificate: Certificate) -> None:
        from defusedxml import ElementTree

        for asked in ("", f"?number={certificate.number}", f"?category={certificate.category}"):
            feed = ElementTree.fromstring(get(f"/feed.atom{asked}").content)
            assert certificate.number in "".join(feed.itertext())
        assert certificate.number not in get("/feed.atom?number=NOPE").content.decode()


class TestOpenData:
    def test_a_dump_holds_every_record_and_its_hash_is_in_the_log(self, certificate: Certificate) -> None:
        made = open_data.build()
        assert open_data.build() == made, "a day's dump is made once"
        ledger.settle()
        day = made.day.isoformat()
        files = made.manifest["files"]
        assert set(files) >= {"register.csv.gz", "register.jsonl.gz"}
        data = b"".join(get(f"/open-data/{day}/register.jsonl.gz").streaming_content)
        assert "sha256:" + hashlib.sha256(data).hexdigest() == files["register.jsonl.gz"]["hash"]
        (line,) = gzip.decompress(data).splitlines()
        entry = Entry.objects.get()
        assert json.loads(line) == entry.record
        assert "sha256:" + hashlib.sha256(line).hexdigest() == entry.snapshot
        table = gzip.decompress(b"".join(get(f"/open-data/{day}/register.csv.gz").streaming_content)).decode(
            "utf-8-sig"
        )
        (row,) = csv.DictReader(io.StringIO(table))
        assert (row["number"], row["value"]) == (certificate.number, certificate.claims["value"])
        assert made.hash in get("/open-data/").content.decode()
        assert get("/api/v1/open-data").json()[0]["hash"] == made.hash
        for wrong in (
            f"/open-data/{day}/other",
            "/open-data/2020-01-01/register.csv.gz",
            "/open-data/x/register.csv.gz",
        ):
            assert get(wrong).status_code == 404
        assert not fsck.check().errors

    def test_parquet_says_the_same_as_the_table(self, certificate: Certificate, tmp_path: Path) -> None:
        parquet = pytest.importorskip("pyarrow.parquet")
        assert open_data.write_parquet(tmp_path / "x.parquet") == 1
        (row,) = parquet.read_table(tmp_path / "x.parquet").to_pylist()
        entry = Entry.objects.get()
        assert row == open_data.row_of(entry.record, entry.snapshot)

    def test_the_calls_page_through_the_whole_register(self) -> None:
        entries.put_many(register_fill.records(130))
        found, after = [], ""
        while True:
            page = get(f"/api/v1/register/entries?kind=certified&sort=product,-issued&limit=40&after={after}").json()
            found += [item["record"]["number"] for item in page["items"]]
            if not (after := page["next"]):
                break
        assert len(set(found)) == len(found) == page["total"] == 130
        facets = {one["name"]: one["values"] for one in get("/api/v1/register/facets").json()}
        assert sum(facets["state"].values()) == 130
        assert get("/api/v1/register/entries?sort=value").status_code == 422
        assert get("/api/v1/register/entries?after=nonsense").status_code == 422

    def test_the_register_is_rebuilt_from_log_and_snapshots(
        self, certificate: Certificate, world: World, tmp_path: Path
    ) -> None:
        decider = world.actor(world.body, Role.DECIDER)
        commands.suspend(decider, number=certificate.number, builds_on=certificate.head, reason="mark_misuse")
        ledger.settle()
        original = {entry.number: (entry.record, entry.snapshot, entry.tokens) for entry in Entry.objects.all()}
        written = rebuilding.write_archive(tmp_path / "register.zip")
        with pytest.raises(TanbiaoError, match="not empty"):
            rebuilding.rebuild(tmp_path / "register.zip")
        figures = statistics.table(ANONYMOUS, "state").lines
        Entry.objects.all().delete()
        Tally.objects.all().delete()
        again = rebuilding.rebuild(tmp_path / "register.zip")
        assert again == written
        rows = Entry.objects.order_by("number").values_list("number", "record")
        assert again.digest == content_hash([[number, content_hash(record)] for number, record in rows])
        assert {entry.number: (entry.record, entry.snapshot, entry.tokens) for entry in Entry.objects.all()} == original
        assert statistics.table(ANONYMOUS, "state").lines == figures

    @pytest.mark.parametrize(
        "name, code",
        [
            ("leaves.jsonl", "archive_off_log"),
            ("snapshots/", "archive_snapshot_differs"),
            ("gone", "archive_unreadable"),
        ],
    )
    def test_a_changed_archive_is_refused_whole(
        self, certificate: Certificate, tmp_path: Path, name: str, code: str
    ) -> None:
        rebuilding.write_archive(tmp_path / "whole.zip")
        with zipfile.ZipFile(tmp_path / "whole.zip") as whole, zipfile.ZipFile(tmp_path / "cut.zip", "w") as cut:
            for item in whole.namelist():
                data = whole.read(item)
                if item.startswith(name):
                    data = (
                        data[: data.rindex(b"\n", 0, -1) + 1]
                        if name == "leaves.jsonl"
                        else data.replace(b"valid", b"VALID", 1)
                    )
                if not (name == "gone" and item == "checkpoint"):
                    cut.writestr(item, data)
        Entry.objects.all().delete()
        with pytest.raises(TanbiaoError) as refused:
            rebuilding.rebuild(tmp_path / "cut.zip")
        assert refused.value.code == code
        assert not Entry.objects.exists()


class TestFigures:
    def test_every_table_adds_up_to_the_same(self) -> None:
        rows = [record for record, _ in register_fill.records(200)]
        entries.put_many((record, "sha256:" + "0" * 64) for record in rows)
        for by in ("state", "category", "region", "body", "month"):
            assert statistics.table(ANONYMOUS, by).total == 200
        regions = dict(statistics.table(ANONYMOUS, "region").lines)
        assert regions["CN-GD"] == sum(record["holder"]["region"] == "CN-GD" for record in rows)
        page = get("/statistics/").content.decode()
        assert "CN-GD" in page
        assert get("/statistics/region.csv").content.decode("utf-8-sig").count("\n") == len(regions) + 1
        assert get("/api/v1/register/statistics?by=region").json()["lines"]["CN-GD"] == regions["CN-GD"]
        assert get("/api/v1/register/statistics?by=amount").status_code == 422
        assert get("/statistics/amount.csv").status_code == 422


class TestReportUpward:
    def test_a_body_reports_its_own_and_an_authority_sees_all(self, certificate: Certificate, world: World) -> None:
        handler = world.actor(world.body, Role.CASE_MANAGER)
        mine = reporting.report(handler)
        assert [row.number for row in mine.rows] == [certificate.number]
        assert not mine.findings
        assert not mine.fields.official
        assert reporting.report(world.actor(world.other_body, Role.CASE_MANAGER)).rows == ()
        authority = world.actor(world.authority, Role.AUTHORITY_OFFICER)
        assert [row.number for row in reporting.report(authority).rows] == [certificate.number]
        with pytest.raises(NotAllowed):
            reporting.report(world.actor(world.alpha))
        page = client_of(handler).get("/certification-report/").content.decode()
        assert "no official format" in page
        assert certificate.number in page
        table = client_of(handler).get("/certification-report/file.csv").content.decode("utf-8-sig")
        (row,) = csv.DictReader(io.StringIO(table))
        assert row["pcf_value"] == certificate.claims["value"]
        assert client_of(handler).get("/certification-report/file.xlsx").content.startswith(b"PK")
        assert_unseen([client_of(world.actor(world.alpha)), Client()], ["/certification-report/"], [certificate.number])

    def test_the_validator_names_what_is_empty_and_what_has_another_form(self) -> None:
        (fields,) = (one for one in reporting.field_sets() if one.id == reporting.DEFAULT)
        places = {field.name: at for at, field in enumerate(fields.fields)}
        record, _ = next(register_fill.records(1))
        good = reporting._row(record, fields)
        assert reporting.validate((good,), fields) == []
        cells = list(good.cells)
        cells[places["holder_code"]], cells[places["pcf_value"]], cells[places["cert_status"]] = "", "about 3", "fine"
        bad = reporting.Row(good.number, tuple(cells))
        assert {item.code for item in reporting.validate((good, bad), fields)} == {
            "report_field_empty", "report_field_form", "report_number_twice",
        }  # fmt: skip

    def test_an_operators_own_fields_take_the_place_of_the_default(
        self, certificate: Certificate, world: World, settings: Any
    ) -> None:
        folder = Path(settings.TANBIAO_DATA) / "reporting"
        folder.mkdir(exist_ok=True)
        field = {"name": "ZSBH", "zh": "证书编号", "en": "Number", "source": "number", "required": True}
        own = {"id": "authority-2027", "zh": "主管部门格式", "en": "The authority's format", "official": True}
        own["fields"] = [field]
        (folder / "own.json").write_text(json.dumps(own), encoding="utf-8")
        try:
            handler = world.actor(world.body, Role.CASE_MANAGER)
            made = reporting.report(handler, field_set="authority-2027")
            assert [row.cells for row in made.rows] == [(certificate.number,)]
            (folder / "own.json").write_text("{}", encoding="utf-8")
            with pytest.raises(TanbiaoError) as refused:
                reporting.report(handler)
            assert refused.value.code == "field_set_malformed"
        finally:
            (folder / "own.json").unlink()
        for begin, end in (("2026-02-30", ""), ("2027-01-01", "2026-01-01")):
            with pytest.raises(Invalid):
                reporting.report(handler, begin=begin, end=end)
