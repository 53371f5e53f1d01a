"""The public register: snapshots, search, the page that checks a label, reports; nothing beyond what is published."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factories import World, client_of
from tanbiao.evidence.trust import TrustList
from tanbiao.web.accounts.roles import Role
from tanbiao.web.bodies.models import Qualification
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.ledger.blobs import get_blob
from tanbiao.web.ledger.tasks import Progress
from tanbiao.web.register import commands, handlers, issuing, orders, publishing
from tanbiao.web.register.models import Certificate, Issue, IssueStage, ProblemReport
from tanbiao.web.register.models_public import Entry
from web.certification.playing import Play
from web.schemes.opening import png

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificate(world: World) -> Certificate:
    """Return a certificate as the saga leaves it, its leaves in the log."""
    case = Play(world).until("granted")
    ledger.settle()
    issuing.run(Issue.objects.get(case=case).id)
    ledger.settle()
    return Certificate.objects.get()


def get(address: str, lang: str = "en", **headers: str) -> Any:
    return Client().get(address, headers={"accept-language": lang, **headers})


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def test_a_product_page_names_the_accreditation_of_the_day_and_has_all_that_can_be_taken_along(
    certificate: Certificate, world: World
) -> None:
    number = certificate.number
    other = Qualification.objects.filter(body=world.body, kind="accreditation").get()
    other.pk, other.number, other.valid_from, other.valid_until = uuid4(), "OLD-1", date(2015, 1, 1), date(2016, 1, 1)
    other.save(force_insert=True)
    publishing.render_pages(certificate)
    page = text_of(get(f"/p/{number}"))
    assert "Accreditation of the body" in page
    assert "DEMO-accreditation" in page
    assert "OLD-1" not in page
    assert "DEMO-accreditation" in text_of(get(f"/c/{number}"))
    commands.consent(world.actor(world.alpha), number=number, fields=("interval",))
    assert ", median" in text_of(get(f"/p/{number}"))
    links = set(re.findall(r'href="(/c/[^"?]+)', get(f"/p/{number}").content.decode()))
    assert {f"/c/{number}/credential.jwt", f"/c/{number}/credential.json"} <= links
    for link in links:
        assert get(link).status_code == 200, link


@pytest.mark.requirement("NAT-06b", "GBA-10b")
@pytest.mark.parametrize(
    "lang, neutral, demo, hidden",
    [
        ("en", "does not mean carbon neutral", "Demonstration – no certification", "ot published"),
        ("zh-hans", "不等于碳中和", "演示，不构成认证", "未公开"),
    ],
)
def test_the_public_pages_say_what_was_counted_and_hide_what_is_not_published(
    certificate: Certificate, lang: str, neutral: str, demo: str, hidden: str
) -> None:
    number = certificate.number
    for address in (f"/p/{number}", f"/c/{number}", f"/v/{number}", "/", "/verify"):
        response = get(address, lang)
        assert response.status_code == 200, address
    page = text_of(get(f"/p/{number}", lang))
    assert certificate.claims["value"] in page
    assert neutral in page
    assert demo in page
    assert hidden in page
    label = text_of(get(f"/v/{number}", lang))
    for party in ("producer", "body"):
        assert certificate.claims[party]["name_en" if lang == "en" else "name_zh"] in label
    assert "%" in label.split("</table>")[0].split("<table")[-1], "the split by stage, which this scheme publishes"
    assert neutral in label
    assert certificate.claims["valid_until"] in label


def test_a_public_page_is_one_look_up_with_an_etag_and_changes_with_the_state(
    certificate: Certificate, world: World
) -> None:
    address = f"/p/{certificate.number}"
    get(address)  # The first reader has it drawn.
    with CaptureQueriesContext(connection) as queries:
        first = get(address)
    assert len(queries) == 1, [query["sql"] for query in queries]
    etag = first["ETag"]
    assert get(address, **{"if-none-match": etag}).status_code == 304
    decider = world.actor(world.body, Role.DECIDER)
    commands.suspend(decider, number=certificate.number, builds_on=certificate.head, reason="mark_misuse")
    changed = get(address, **{"if-none-match": etag})
    assert changed.status_code == 200
    assert "Suspended" in changed.content.decode()
    assert "Misuse of the mark" in changed.content.decode()


def test_search_finds_chinese_and_shows_certified_valid_ones_by_default(certificate: Certificate, world: World) -> None:
    name = certificate.claims["product_zh"][:2]
    for asked in (name, certificate.number, "演示电池"):
        assert certificate.number in get(f"/?q={asked}").content.decode(), asked
    assert certificate.number not in get("/?q=光伏组件组件").content.decode()
    assert certificate.number in get("/").content.decode()
    decider = world.actor(world.body, Role.DECIDER)
    commands.withdraw(decider, number=certificate.number, builds_on=certificate.head, reason="fraud")
    assert certificate.number not in get("/").content.decode()
    assert certificate.number in get("/?state=withdrawn").content.decode()
    assert certificate.number in get(f"/?q={certificate.number}").content.decode()


def verdict_of(address: str) -> str:
    found = re.search(r'data-server-verdict="(\w+)"', get(address).content.decode())
    assert found is not None
    return found.group(1)


def test_the_label_page_gives_the_servers_verdict_and_follows_the_state(certificate: Certificate, world: World) -> None:
    number, decider = certificate.number, world.actor(world.body, Role.DECIDER)
    assert verdict_of(f"/v/{number}") == "valid"
    assert "Valid – demonstration, no certification" in text_of(get(f"/v/{number}"))
    assert "Checked by this server" in text_of(get(f"/v/{number}"))
    assert verdict_of(f"/v/{number}?value={certificate.claims['value']}") == "valid"
    assert verdict_of(f"/v/{number}?value=1.23") == "invalid"
    suspended = commands.suspend(decider, number=number, builds_on=certificate.head, reason="mark_misuse")
    assert verdict_of(f"/v/{number}") == "invalid"
    restored = commands.restore(decider, number=number, builds_on=suspended.head, text="已纠正")
    assert verdict_of(f"/v/{number}") == "valid"
    commands.withdraw(decider, number=number, builds_on=restored.head, reason="fraud")
    assert verdict_of(f"/v/{number}") == "invalid"


def test_the_certificate_page_opens_each_link_of_the_chain(certificate: Certificate) -> None:
    page = text_of(get(f"/c/{certificate.number}")).partition('class="steps chain"')[2].partition("</ol>")[0]
    links = page.split("<details>")[1:]
    named = (
        "Label and credential",
        "Decision",
        "Technical review",
        "Verification opinion",
        "Frozen calculation package",
    )
    assert [name for name, link in zip(named, links, strict=False) if f"<strong>{name}</strong>" in link] == list(named)
    order = certificate.issue.order
    for link, known in zip(links, ("", order["decision"], order["review"], order["opinion"]["hash"]), strict=False):
        assert known in link
        assert certificate.claims["body"]["name_en"] in link
        assert "<dt>When</dt>" in link
    assert f"/c/{certificate.number}/credential.jwt" in links[0]
    assert "by its decider" in links[1]
    case = certificate.issue.case
    assert case is not None
    for person in (case.votes.get().by, case.reviews.get().by):
        assert person.name("en") not in page
    for address in re.findall(r'href="([^"]+)"', page):
        assert get(address.replace("&amp;", "&")).status_code == 200, address


def test_the_trust_list_tells_the_bodys_accreditations_and_each_verifier_asks_for_the_one_of_the_day(
    certificate: Certificate, world: World
) -> None:
    listed = get("/.well-known/tanbiao-trust.json").json()
    TrustList.parse(json.dumps(listed))
    (issuer,) = listed["issuers"]
    own = [one for one in issuer["accreditations"] if one["body"] == certificate.claims["body"]["id"]]
    assert [one["number"] for one in own] == ["DEMO-accreditation"]
    address = f"/v/{certificate.number}"
    assert "was accredited on the day of the decision" in text_of(get(address))
    rows = Qualification.objects.filter(body=world.body, kind="accreditation")
    decided = date.fromisoformat(certificate.claims["decided_on"])
    # Ended later: what was decided while it stood stays good; ended before: it never should have been issued.
    rows.update(state="ended", ended_on=decided + timedelta(days=1))
    assert "was accredited on the day of the decision" in text_of(get(address))
    rows.update(ended_on=decided)
    page = text_of(get(address))
    assert "was not accredited on the day of the decision" in page
    assert "Not valid" in page


def test_the_code_on_the_label_is_checked_and_a_changed_figure_or_signature_is_not_valid(
    certificate: Certificate,
) -> None:
    claims = orders.claims_of_issue(certificate.issue, public_bundle_hash=certificate.artefacts["statement"])
    address = IssueStage.objects.get(issue=certificate.issue, name="sign").output["label"]
    address = address.removeprefix("http://testserver")
    assert verdict_of(address) == "valid"
    assert verdict_of(address.replace(f"~{claims.value}~", "~1.23~")) == "invalid"
    flipped = address[:-2] + ("A" if address[-2] != "A" else "B") + address[-1]
    assert verdict_of(flipped) == "invalid"


def test_an_unknown_number_is_said_to_be_unknown_and_can_be_reported(certificate: Certificate) -> None:
    response = get("/v/TB-DEMO-2026-999999")
    assert response.status_code == 404
    assert "Not in this register" in response.content.decode()
    client = Client()
    sent = {"number": "TB-DEMO-2026-999999", "kind": "forged", "text": "在超市看到", "contact": ""}
    photo = SimpleUploadedFile("p.png", png(4), "image/png")
    answer = client.post("/verify/report", {**sent, "photo": photo})
    report = ProblemReport.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/verify/reports/{report.code}/")
    assert (report.kind, report.photo_type) == ("forged", "image/png")
    assert "the authority looks into it" in text_of(get(f"/verify/reports/{report.code}/"))
    assert get(f"/verify/reports/?code={report.code.lower()}")["Location"] == answer["Location"]
    assert get("/verify/reports/?code=").status_code == get("/verify/reports/ABCDEFGHJKLM/").status_code == 404
    cut = SimpleUploadedFile("p.png", png(4)[:-9], "image/png")
    assert client.post("/verify/report", {**sent, "photo": cut}).status_code == 422
    fake = SimpleUploadedFile("p.png", b"<svg onload=alert(1)>", "image/png")
    assert client.post("/verify/report", {**sent, "photo": fake}).status_code == 422
    assert client.post("/verify/report", {**sent, "text": ""}).status_code == 422


def test_a_pdf_or_a_pasted_credential_is_checked_by_the_server_without_javascript(certificate: Certificate) -> None:
    pdf = get_blob(certificate.artefacts["pdf_zh"])
    client = Client(headers={"accept-language": "en"})
    good = client.post("/verify", {"file": SimpleUploadedFile("c.pdf", pdf, "application/pdf")})
    assert "Valid – demonstration, no certification" in text_of(good)
    token = get_blob(certificate.credential_hash).decode()
    head, body, signature = token.split(".")
    broken = f"{head}.{body}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    assert "Valid – demonstration" in text_of(client.post("/verify", {"credential": token}))
    assert "Not valid" in text_of(client.post("/verify", {"credential": broken}))
    assert client.post("/verify", {"credential": "rubbish"}).status_code == 200
    no_pdf = SimpleUploadedFile("c.pdf", b"%PDF-1.7 nothing", "application/pdf")
    assert client.post("/verify", {"file": no_pdf}).status_code == 422


@pytest.mark.requirement("JS-30d")
def test_the_mark_carries_its_certification_information(certificate: Certificate) -> None:
    drawn = get(f"/c/{certificate.number}/label_svg").content.decode()
    claims = certificate.claims
    for text in (claims["number"], claims["value"], claims["body"]["name_zh"], claims["rule_id"]):
        assert text in drawn, text


def test_files_are_handed_out_with_their_media_type_and_the_sealed_bundle_to_holder_and_body_only(
    certificate: Certificate, world: World
) -> None:
    number = certificate.number
    for name, begins in (
        ("label_svg", b"<svg"),
        ("label_pdf", b"%PDF-"),
        ("label_png", b"\x89PNG"),
        ("pdf_zh", b"%PDF-"),
        ("pdf_en", b"%PDF-"),
        ("public_bundle", b"PK"),
    ):
        response = get(f"/c/{number}/{name}")
        assert response.status_code == 200
        assert response.content.startswith(begins), name
    assert "演示 DEMO" in get(f"/c/{number}/label_svg").content.decode()
    assert get(f"/c/{number}/sealed_bundle").status_code in (302, 401, 403)
    stranger = client_of(world.actor(world.beta, Role.ENTERPRISE_MANAGER))
    assert stranger.get(f"/c/{number}/sealed_bundle").status_code == 403
    for owner in (world.alpha, world.body):
        assert client_of(world.actor(owner)).get(f"/c/{number}/sealed_bundle").status_code == 200
    assert get(f"/c/{number}/master").status_code == 404
    assert get(f"/c/{number}/proof.tlog-proof").content.startswith(b"c2sp.org/tlog-proof")


def test_the_public_api_answers_with_etags_and_only_published_fields(certificate: Certificate) -> None:
    number = certificate.number
    listing = get(
        "/api/v1/certificates?q=水泥熟料" if "水泥" in certificate.claims["product_zh"] else "/api/v1/certificates"
    )
    assert listing.json()["items"][0]["number"] == number
    detail = get(f"/api/v1/certificates/{number}")
    body = detail.json()
    assert body["demonstration"] is True
    assert "sites" in body["not_published"]
    assert body["sites"] is None
    assert get(f"/api/v1/certificates/{number}", **{"if-none-match": detail["ETag"]}).status_code == 304
    proof = get(f"/api/v1/certificates/{number}/proof").json()["proof"]
    assert number in proof["leaf"]
    verdict = get(f"/api/v1/certificates/{number}/verdict?value=1.23").json()
    assert verdict["verdict"] == "invalid"
    assert get("/api/v1/certificates/NOPE").status_code == 404
    assert get("/status/revocation")["Content-Type"] == "application/vc+jwt"
    assert get("/.well-known/tanbiao-trust.json").json()["issuers"][0]["keys"]


def test_after_an_upgrade_a_page_is_drawn_when_first_asked_for_and_kept_again(
    certificate: Certificate, settings: Any
) -> None:
    address = f"/p/{certificate.number}"
    assert "ETag" in get(address)
    settings.TANBIAO_VERSION = "9.9.9"
    with CaptureQueriesContext(connection) as drawing:
        assert get(address).status_code == 200
    with CaptureQueriesContext(connection) as kept:
        assert get(address).status_code == 200
    assert len(kept) == 1 < len(drawing)
    assert commands.publish_again(commands.SYSTEM) == 1


def test_what_search_does_not_know_is_published_by_the_nights_work(certificate: Certificate) -> None:
    Entry.objects.all().delete()
    progress = Progress(uuid4())
    assert handlers.keep({}, progress)["published"] == 1
    assert Entry.objects.get().number == certificate.number
    assert handlers.keep({}, progress)["published"] == 0
