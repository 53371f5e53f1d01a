"""Comparison: only on one basis, in force, with published intervals; the API refuses with the page's reasons."""

from __future__ import annotations

import copy
import json
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from factories import World, client_of
from tanbiao.core.canonical import content_hash
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.release_find import find_release
from tanbiao.core.rules import load_rule
from tanbiao.core.rules.model import Comparison, Grade
from tanbiao.core.study import Study, calculate
from tanbiao.core.study.package import _committed
from tanbiao.web import clock
from tanbiao.web.factors.models import Release
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.ledger.models import Task
from tanbiao.web.register import comparing, issuing, recalculating, show
from tanbiao.web.register.models import Certificate, Issue, Recalculation
from tanbiao.web.studies.queries import read_json
from web.certification.playing import Play

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificate(world: World) -> Certificate:
    case = Play(world).until("granted")
    ledger.settle()
    issuing.run(Issue.objects.get(case=case).id)
    ledger.settle()
    return Certificate.objects.get()


def another(certificate: Certificate, name: str, factor: float = 2.0, **claims: str) -> Certificate:
    """Put a second certificate beside the first, whose figure and interval are a multiple of it."""
    issue, row = copy.copy(certificate.issue), copy.copy(certificate)
    issue.id, issue.number, issue.case = uuid4(), f"TB-DEMO-2026-9{name}", None
    issue.status_index = 50_000 + Certificate.objects.count()
    issue.save(force_insert=True)
    row.id, row.number, row.issue, row.status_index = uuid4(), issue.number, issue, issue.status_index
    row.claims = {**certificate.claims, "value": f"{float(certificate.claims['value']) * factor:.3f}", **claims}
    row.shown = {**certificate.shown, "interval": interval(100 * factor)}
    row.save(force_insert=True)
    return row


def interval(median: float) -> dict[str, str]:
    return {"p2_5": repr(median / 1.5), "p50": repr(median), "p97_5": repr(median * 1.5)}


def publish(certificate: Certificate, median: float = 100.0) -> None:
    certificate.shown = {**certificate.shown, "interval": interval(median)}
    certificate.save()


def api(path: str, **query: str) -> tuple[int, Any]:
    answer = Client(headers={"accept-language": "en"}).get(f"/api/v1/certificates/{path}", query)
    return answer.status_code, answer.json()


def codes(body: Any) -> set[str]:
    return {item["code"] for item in body["findings"]}


def test_two_figures_on_one_basis_stand_side_by_side_with_how_sure_their_order_is(certificate: Certificate) -> None:
    publish(certificate)
    other = another(certificate, "00001")
    status, told = api(f"{certificate.number}/comparison", other=other.number)
    assert status == 200, told
    # medians 100 and 200, deviation of each ln 2.25 ÷ 3.919928 = 0.206874: ln 2 ÷ (0.206874 √2) = 2.369214 → 0.991087
    assert told["lower_probability"] == pytest.approx(0.991087, abs=1e-5)
    assert set(told["basis"]) == {"rule", *comparing.BASIS}
    for lang, words in (("en", "probability of 99"), ("zh-hans", "的概率为 99")):
        page = Client(headers={"accept-language": lang}).get(f"/p/{certificate.number}/compare", {"with": other.number})
        assert page.status_code == 200
        assert words in page.content.decode()
        assert "演示 DEMO" in page.content.decode()


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"rule_version": "2.0.0"}, "comparison_rule"),
        ({"unit": "g"}, "comparison_unit"),
        ({"declared_unit": "2 t"}, "comparison_declared_unit"),
        ({"boundary": "cradle_to_grave"}, "comparison_boundary"),
        ({"gwp_set": "AR5"}, "comparison_gwp_set"),
        ({"electricity_basis": "contract"}, "comparison_electricity_basis"),
        ({"release": "starter-2020.1"}, "comparison_release"),
    ],
)
def test_another_basis_is_refused_by_name_on_page_and_in_the_api(
    certificate: Certificate, claims: dict[str, str], code: str
) -> None:
    publish(certificate)
    other = another(certificate, "00002", **claims)
    status, told = api(f"{certificate.number}/comparison", other=other.number)
    assert (status, codes(told)) == (409, {code})
    page = Client(headers={"accept-language": "en"}).get(f"/p/{certificate.number}/compare", {"with": other.number})
    assert page.status_code == 409
    assert "These figures are not compared, because" in page.content.decode()
    assert comparing.position(certificate).comparable == 1


def test_hidden_intervals_ended_certificates_and_itself_are_refused(certificate: Certificate, world: World) -> None:
    other = another(certificate, "00003")
    certificate.shown = {name: value for name, value in certificate.shown.items() if name != "interval"}
    certificate.save()
    assert codes(api(f"{certificate.number}/comparison", other=other.number)[1]) == {"comparison_interval"}
    shut = 'disabled aria-describedby="compare-why"'
    signed_in = client_of(world.actor(world.alpha))  # reads the page as it stands, not as it was kept
    assert shut in signed_in.get(f"/p/{certificate.number}").content.decode()
    publish(certificate)
    assert shut not in signed_in.get(f"/p/{certificate.number}").content.decode()
    Certificate.objects.filter(id=other.id).update(state="suspended")
    assert codes(api(f"{certificate.number}/comparison", other=other.number)[1]) == {"comparison_not_in_force"}
    assert codes(api(f"{certificate.number}/comparison", other=certificate.number)[1]) == {"comparison_itself"}
    assert api(f"{certificate.number}/comparison", other="TB-NONE")[0] == 404
    assert Client().get(f"/p/{certificate.number}/compare", {"with": "TB-NONE"}).status_code == 404


def test_a_position_is_shown_from_the_rules_number_on_and_never_without_one(
    certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = api(f"{certificate.number}/position")[1]
    assert told["percentile"] is None
    assert [item["code"] for item in told["refusals"]] == ["comparison_no_minimum"]
    page = Client(headers={"accept-language": "en"}).get(f"/p/{certificate.number}/compare").content.decode()
    assert "no position among them is shown" in page
    assert "<svg" not in page.partition('id="position"')[2]

    claims = certificate.claims
    rule = load_rule(f"{claims['rule_id']}@{claims['rule_version']}")
    asked = rule.model_copy(update={"comparison": Comparison(minimum=3, source="a test")})
    monkeypatch.setattr(comparing, "rule_of", lambda _: asked)
    another(certificate, "00004", 0.5)
    assert [item["code"] for item in api(f"{certificate.number}/position")[1]["refusals"]] == ["comparison_too_few"]
    another(certificate, "00005", 2.0)
    another(certificate, "00006", 4.0)
    another(certificate, "00007", 8.0, gwp_set="AR5")
    told = api(f"{certificate.number}/position")[1]
    # own, half, double and fourfold: one of four below, own half: 1.5 ÷ 4
    assert (told["comparable"], told["minimum"], told["percentile"]) == (4, 3, 0.375)
    page = Client(headers={"accept-language": "en"}).get(f"/p/{certificate.number}/compare").content.decode()
    assert "of the 4 figures on this basis lie below" in page
    assert "<svg" in page.partition('id="position"')[2]
    Certificate.objects.filter(id=certificate.id).update(state="expired")
    assert api(f"{certificate.number}/position")[1]["percentile"] is None


def test_class_probabilities_need_a_grade_table_and_a_published_interval(
    certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no grade table is in force" in _product(certificate)
    claims = certificate.claims
    rule = load_rule(f"{claims['rule_id']}@{claims['rule_version']}")
    grade = Grade(classes=("A", "B"), limits=(100.0,), source="a test")
    monkeypatch.setattr(comparing, "rule_of", lambda _: rule.model_copy(update={"grade": grade}))
    certificate.shown = {name: value for name, value in certificate.shown.items() if name != "interval"}
    certificate.save()
    assert comparing.classes(certificate) is None
    assert "not published: the interval is not shown" in _product(certificate)
    publish(certificate)
    found = comparing.classes(certificate)
    assert found is not None
    assert dict(found) == pytest.approx({"A": 0.5, "B": 0.5})
    assert "A: 50" in _product(certificate)


def _product(certificate: Certificate) -> str:
    """Return the product page as it is drawn now, with a version named so that no snapshot answers."""
    page = Client(headers={"accept-language": "en"}).get(f"/p/{certificate.number}", {"version": "1"})
    return page.content.decode()


def test_the_product_page_tells_the_days_of_the_case_and_the_certificate_page_its_hashes(
    certificate: Certificate,
) -> None:
    steps = show.public_context(certificate, "en")["steps"]
    assert len(steps) == 5
    assert [step["at"] for step in steps] == sorted(step["at"] for step in steps)
    page = _product(certificate)
    told = [
        "Application received",
        "Site visited",
        "Verification opinion stated",
        "Technical review done",
        "Certification decided",
    ]
    places = [page.index(words) for words in told]
    assert places == sorted(places)
    assert "the holder has not consented to publish" in page
    assert f"/p/{certificate.number}/compare" in page
    proof = Client().get(f"/c/{certificate.number}").content.decode()
    order = certificate.issue.order
    for digest in (order["opinion"]["hash"], order["review"], order["decision"]):
        assert digest in proof


NEWER = "starter-2026.2"


def install(name: str, **changes: Any) -> Release:
    """Enter a packaged release as installed last; its datasets need no index here."""
    file = find_release(name, data_dir=settings.TANBIAO_DATA)
    return Release.objects.create(
        name=file.name,
        hash=file.hash,
        standing=file.standing,
        statement_zh=file.statement["zh"],
        statement_en=file.statement["en"],
        datasets=len(file.ids()),
        installed_at=clock.now(),
        **changes,
    )


def work() -> None:
    """Do what a worker does with the recalculations."""
    for task in Task.objects.filter(name="register.recalculate", state="waiting"):
        recalculating.carry_out(**_payload(task))
        Task.objects.filter(id=task.id).update(state="done")


def _payload(task: Task) -> dict[str, str]:
    body = json.loads(task.payload)
    return {"key": body["key"], "certificate_id": body["certificate"]}


def test_figures_of_two_releases_are_compared_on_one_and_the_recalculated_one_says_so(
    certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(certificate)
    file = install(NEWER)
    other = another(certificate, "00011", release=NEWER)
    assert codes(api(f"{certificate.number}/comparison", other=other.number)[1]) == {"comparison_release"}
    address = f"/p/{certificate.number}/compare"
    reader = Client(headers={"accept-language": "en"})
    assert "Recalculate on one release" in reader.get(address, {"with": other.number}).content.decode()
    sent = reader.post(f"{address}/recalculate", {"with": other.number}, follow=True)
    assert (sent.status_code, codes(api(f"{certificate.number}/comparison", other=other.number)[1])) == (
        409,
        {"comparison_release_waiting"},
    )
    assert "Look again" in sent.content.decode()
    work()
    status, told = api(f"{certificate.number}/comparison", other=other.number)
    assert (status, told["release"]) == (200, NEWER)
    # the sealed study under its own rule, calculated apart from the platform on the newer release
    package = read_json(certificate.issue.order["package_blob"])
    study = Study.parse(package["study"])[0]
    assert study is not None
    apart = calculate(
        study, find_release(NEWER), load_rule(str(study.rule)), samples=package["samples"], seed=package["seed"]
    ).canonical()
    mine, theirs = told["compared"][certificate.number], told["compared"][other.number]
    assert (mine["value"], mine["certified"]) == (apart["declared"]["text"], False)
    assert mine["interval"]["p97_5"] == pytest.approx(float(apart["total"]["p97_5"]))
    assert mine["statement"] == f"recalculated for comparison on release {NEWER}, not certified"
    assert (theirs["value"], theirs["certified"], theirs["statement"]) == (other.claims["value"], True, "")
    assert (told["value"], Certificate.objects.get(id=certificate.id).claims) == (
        certificate.claims["value"],
        certificate.claims,
    )
    page = reader.get(address, {"with": other.number}).content.decode()
    assert f"recalculated for comparison on release {NEWER}, not certified" in page
    zh = Client(headers={"accept-language": "zh-hans"}).get(address, {"with": other.number}).content.decode()
    assert "未经认证" in zh.partition('id="pair"')[2]
    # asked for again, nothing is calculated twice
    sent = Client().post(f"/api/v1/certificates/{certificate.number}/comparison/recalculation?other={other.number}")
    assert (sent.status_code, sent.json()) == (202, {"asked": 0})
    assert not Task.objects.filter(name="register.recalculate", state="waiting").exists()
    assert {row.release_hash for row in Recalculation.objects.all()} == {file.hash, package["release"]["hash"]}

    # the position counts the one of the other release, on the certificate's own
    claims = certificate.claims
    rule = load_rule(f"{claims['rule_id']}@{claims['rule_version']}")
    asked = rule.model_copy(update={"comparison": Comparison(minimum=2, source="a test")})
    monkeypatch.setattr(comparing, "rule_of", lambda _: asked)
    stands = api(f"{certificate.number}/position")[1]
    assert (stands["comparable"], stands["elsewhere"]["done"], stands["percentile"]) == (2, 1, 0.5)
    # the other one's package is the same, so that on one release both have one figure: a tie counts half


def test_what_can_not_be_recalculated_is_refused_with_the_reason(certificate: Certificate, world: World) -> None:
    publish(certificate)
    other = another(certificate, "00012", release=NEWER)
    older = Release.objects.get(name=certificate.claims["release"])
    Release.objects.filter(id=older.id).update(is_public=False)
    # neither release is open to everybody: nothing is asked for
    address = f"{certificate.number}/comparison"
    assert codes(api(address, other=other.number)[1]) == {"comparison_release_closed"}
    refused = Client().post(f"/api/v1/certificates/{address}/recalculation?other={other.number}")
    assert (refused.status_code, codes(refused.json())) == (409, {"comparison_release_closed"})
    refused = Client().post(f"/api/v1/certificates/{certificate.number}/position/recalculation")
    assert (refused.status_code, codes(refused.json())) == (409, {"comparison_release_closed"})
    assert api(f"{certificate.number}/position")[1]["elsewhere"]["refused"] == 1
    Release.objects.filter(id=older.id).update(is_public=True)
    # the other's sealed package is not on this platform
    issue = other.issue
    issue.order = {**issue.order, "package_blob": "sha256:" + "0" * 64}
    issue.save()
    Certificate.objects.filter(id=other.id).update(package_hash="sha256:" + "1" * 64)
    asked = Client().post(f"/api/v1/certificates/{certificate.number}/position/recalculation")
    assert asked.json() == {"asked": 1}
    work()
    told = api(address, other=other.number)[1]
    assert codes(told) == {"comparison_not_recalculable"}
    assert "blob_unknown" in told["findings"][0]["message"]
    assert api(f"{certificate.number}/position")[1]["elsewhere"] == {
        "done": 0,
        "waiting": 0,
        "refused": 1,
        "unasked": 0,
    }
    # other stages, or another boundary, are never calculated towards each other
    issue.order = {**issue.order, "stages": {**issue.order["stages"], "use": 1.0}}
    issue.save()
    assert codes(api(address, other=other.number)[1]) == {"comparison_stages"}
    refused = Client().post(f"/api/v1/certificates/{address}/recalculation?other={other.number}")
    assert codes(refused.json()) == {"comparison_stages"}


def test_a_sealed_result_that_is_not_alike_on_the_other_release_gives_no_figure(certificate: Certificate) -> None:
    package = read_json(certificate.issue.order["package_blob"])
    release = find_release(certificate.claims["release"])
    text, interval = recalculating.again(package, release)
    assert (text, set(interval)) == (certificate.claims["value"], {"p2_5", "p50", "p97_5"})
    result = {**package["result"], "stages": {**package["result"]["stages"], "use": 1.0}}
    changed = {**package, "result": result, "result_hash": content_hash(result)}
    changed["root"] = content_hash(_committed(changed))
    with pytest.raises(TanbiaoError) as caught:
        recalculating.again(changed, release)
    assert caught.value.code == "recalculation_not_alike"
