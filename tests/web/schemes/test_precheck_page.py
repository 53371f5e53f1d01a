"""The pre-check on its page and by the API: the same answers, for everybody, with nothing stored."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from core.schemes.test_precheck import requiring
from factories import World, client_of
from tanbiao.core.catalogue.load import load_catalogue
from tanbiao.core.schemes.effort import Size
from tanbiao.core.schemes.precheck import Answers, precheck
from tanbiao.web.certification.models import Case
from tanbiao.web.schemes import queries
from web.schemes.opening import approve, unlock

pytestmark = pytest.mark.django_db
TYRE = {"category": "tyre", "region": "CN-GD", "sites": "1", "models": "1", "supplier_sites": "0"}


@pytest.mark.parametrize(
    ("lang", "said"), [("zh-hans", ["申请前自查", "为何不开放", "预计人日"]), ("en", ["Why not", "Expected man-days"])]
)
def test_a_visitor_is_told_which_schemes_are_open_and_why_not(db: None, lang: str, said: list[str]) -> None:
    page = client_of(None, lang).get("/precheck/", TYRE)
    assert page.status_code == 200
    text = page.content.decode()
    for word in said:
        assert word in text
    assert "project default, not official" in text
    assert "tyre@" in text
    assert not Case.objects.exists()


def test_the_empty_page_asks_and_a_wrong_answer_is_named_at_its_field(db: None) -> None:
    browser = client_of(None)
    assert "The answers stand here" in browser.get("/precheck/").content.decode()
    wrong = browser.get("/precheck/", TYRE | {"sites": "0", "region": "Mars"})
    assert wrong.status_code == 422
    assert wrong.content.decode().count('class="error"') == 2


def test_page_and_api_give_the_same_answer(world: World) -> None:
    asked: dict[str, Any] = TYRE | {"sites": 3, "system_since": "2020-01-01", "papers": "business_licence", "kit": ""}
    body = Client(headers={"accept-language": "en"}).get("/api/v1/precheck", asked).json()
    demo = body["schemes"][0]
    assert demo["scheme"] == "tanbiao-demo@1.3.0"
    assert demo["open"] is True
    assert demo["man_days"] == 4
    assert demo["management_system"]["apply_from"] == body["on"]
    assert [item["id"] for item in demo["papers_missing"]] == ["process_flow_chart", "reduction_plan"]
    page = (
        client_of(None).get("/precheck/", {key: value for key, value in asked.items() if key != "kit"}).content.decode()
    )
    assert demo["certificate_between"][0] in page


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("zh-hans", ["必需，缺少", "必需：没有则不予受理", "要求说明：没有也可申请", "须已运行满 3 个月"]),
        (
            "en",
            ["required, missing", "an application without it is refused", "asked for: an application", "run 3 months"],
        ),
    ],
)
def test_the_page_marks_the_pieces_that_are_required(
    db: None, lang: str, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = Answers(size=Size("tyre", 1, 1, 0), region="CN-GD", day="2026-06-15", kit=frozenset({"meters"}))
    found = precheck(requiring(duties=True, meters=True), answers, [], load_catalogue())
    monkeypatch.setattr(queries, "outlooks", lambda *_: [found])
    page = client_of(None, lang).get("/precheck/", TYRE).content.decode()
    for word in said:
        assert word in page
    assert page.count(said[0]) == 1, "of the two required ones only one is missing"
    assert "2026-09-15" in page


def test_an_unlocked_scheme_still_says_what_stands_against_it(world: World) -> None:
    def national(region: str) -> list[str]:
        body = Client().get("/api/v1/precheck", TYRE | {"region": region, "scheme": "cn-national"}).json()
        return [item["code"] for item in body["schemes"][0]["refusals"]]

    assert "scheme_locked" in national("CN-GD")
    approve(world, categories=["tyre"], regions=["CN-GD"])
    unlock(world)
    # every packaged rule is a demonstration rule; whether a release is installed is another test's matter
    said = [code for code in national("CN-GD") if code != "scheme_refuses_demonstration_release"]
    assert said == ["scheme_refuses_demonstration_rule", "scheme_rule_standing"]
    assert "scheme_region_not_open" in national("CN-SD")
    assert "scheme_body_not_approved" in national("CN-SD")


def test_unknown_categories_and_schemes_are_not_found(db: None) -> None:
    program = Client()
    assert program.get("/api/v1/precheck", {"category": "gold"}).status_code == 404
    assert program.get("/api/v1/precheck", TYRE | {"scheme": "gold-star"}).status_code == 404
    assert program.get("/api/v1/precheck", TYRE | {"region": "Guangdong"}).status_code == 422
