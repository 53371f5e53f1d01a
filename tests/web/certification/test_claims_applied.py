"""Claims by page and API: the application, the case's pages of every role, what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from factories import World, client_of
from tanbiao.web.certification.models import Case
from web.certification.claiming import KINDS, ClaimPlay, neutral_claim, organisation_claim, papers

pytestmark = pytest.mark.django_db
SCHEME = "tanbiao-demo@1.3.0"


def sent(play: ClaimPlay, **changes: Any) -> dict[str, Any]:
    """Return what the form of a management system posts."""
    claim = play.claim
    files = {f"paper-{name}": _file(one) for name, one in papers(play.kind).items()}
    hows = {f"how-{one['requirement']}": one["how"]["zh"] for one in claim["fulfils"]}
    return {
        "body_id": str(play.world.body.id), "standard": claim["standard"], "scope_zh": "全厂", "scope_en": "works",
        "category": "cement-clinker", "since": "2020-01-01", "sites": "一号厂\n二号厂", **hows, **files, **changes,
    }  # fmt: skip


def _file(upload: Any) -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile(upload.filename, upload.data, upload.media_type)


def test_the_application_is_typed_into_a_page(world: World) -> None:
    play = ClaimPlay(world)
    web = client_of(play.manager, "zh")
    offered = web.get("/applications/kinds/").content.decode()
    assert "碳足迹管理体系认证" in offered
    assert "产品碳中和认证" in offered
    place = f"/applications/kinds/{SCHEME}/{KINDS['management_system']}/"
    assert web.get(place).status_code == 200
    answer = web.post(place, sent(play, since="2099-01-01"))
    assert answer.status_code == 409
    assert "未满 3 个月" in answer.content.decode()
    answer = web.post(place, sent(play))
    assert answer.status_code == 302, answer.content.decode()
    case = Case.objects.get(study__isnull=True)
    assert case.title("zh") == world.alpha.name("zh")
    assert len(case.claims.get().by.name("zh")) > 0
    assert web.get(answer["Location"]).status_code == 200
    assert web.get(f"/applications/kinds/{SCHEME}/green-product/").status_code == 404


@pytest.mark.parametrize("form", sorted(KINDS))
def test_every_kind_has_a_form_that_refuses_what_is_empty(world: World, form: str) -> None:
    web = client_of(ClaimPlay(world).manager)
    place = f"/applications/kinds/{SCHEME}/{KINDS[form]}/"
    assert web.get(place, headers={"accept-language": "en"}).status_code == 200
    assert web.post(place, {}).status_code == 422
    assert not Case.objects.exists()


def test_a_line_of_credits_that_is_none_is_refused_with_its_place(world: World) -> None:
    web = client_of(ClaimPlay(world).manager)
    given = {
        "body_id": str(world.body.id), "footprint": "TB-DEMO-2026-000001", "quantity": "10", "begin": "2021-01-01",
        "end": "2021-02-01", "credits": "Registry | only | three",
    }  # fmt: skip
    answer = web.post(f"/applications/kinds/{SCHEME}/product-neutral/", given)
    assert answer.status_code == 422
    assert not Case.objects.exists()


def test_the_pages_of_a_case_show_the_claim_to_both_sides(world: World) -> None:
    play = ClaimPlay(world)
    play.until("footprint_verification")
    for actor in (play.manager, play.verifier, play.handler, play.reviewer, play.decider):
        answer = client_of(actor, "zh").get(f"/cases/{play.case.id}/")
        assert answer.status_code == 200
        text = answer.content.decode()
        assert "碳足迹管理体系认证" in text
        assert "不含任何产品的碳足迹数值" in text
    for page in ("verification/", "papers/", "contract/", "site-audit/"):
        answer = client_of(play.verifier).get(f"/cases/{play.case.id}/{page}")
        assert answer.status_code in (200, 404), page
    assert client_of(play.verifier).get(f"/cases/{play.case.id}/verification/").status_code == 200


def test_the_api_applies_and_tells_what_was_frozen(world: World) -> None:
    play = ClaimPlay(world)
    web = client_of(play.manager)
    given = {
        "body": str(world.body.id), "scheme": SCHEME, "certification": play.kind, "claim": play.claim,
        "documents": {
            name: {"filename": one.filename, "content_base64": _coded(one.data)}
            for name, one in papers(play.kind).items()
        },
    }  # fmt: skip
    answer = _post(web, "/api/v1/cases/claims", given)
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert made["computed"] == {"requirements": "7", "sites": "1"}
    assert web.get(f"/api/v1/cases/{made['case']}/claims").json() == [made]
    assert web.get(f"/api/v1/cases/{made['case']}").json()["study"] is None
    refused = _post(web, "/api/v1/cases/claims", given | {"claim": organisation_claim(since="2099-01-01")})
    assert refused.status_code == 409
    assert refused.json()["findings"][0]["code"] == "claim_too_young"
    refused = _post(web, f"/api/v1/cases/{made['case']}/claims", {"builds_on": "x", "claim": play.claim})
    assert refused.status_code == 409
    for wrong in (neutral_claim("x"), {"form": "nothing"}, {**play.claim, "net": 1}):
        assert _post(web, "/api/v1/cases/claims", given | {"claim": wrong}).status_code == 422


def _coded(data: bytes) -> str:
    import base64

    return base64.b64encode(data).decode()


def _post(web: Client, path: str, body: Any) -> Any:
    return web.post(path, json.dumps(body), content_type="application/json")


def test_the_papers_of_a_claim_are_drafted_like_those_of_every_case(world: World) -> None:
    from tanbiao.documents.papers import KINDS as PAPERS
    from tanbiao.web.certification import commands as cases

    play = ClaimPlay(world)
    play.until("granted")
    wanted = ("contract", "plan", "verification_report", "decision_record")
    assert set(wanted) <= set(PAPERS)
    for name in wanted:
        cases.draft_paper(play.handler, case_id=play.case.id, kind=name, remarks="")
    assert client_of(play.handler).get(f"/cases/{play.case.id}/papers/").status_code == 200
    workbook = client_of(play.verifier).get(f"/cases/{play.case.id}/workbook/")
    assert workbook.status_code in (200, 404)
