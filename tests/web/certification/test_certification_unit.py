"""The certification unit on a case: stated by form and call, refused by name, carried to the public page."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from factories import World, api_token, client_of
from tanbiao.core.schemes.unit import parse_unit
from tanbiao.web.certification import commands as cases
from tanbiao.web.certification import units
from tanbiao.web.commanding import Conflict, Invalid
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.register import issuing
from tanbiao.web.register.models import Certificate, Issue
from web.certification.playing import FILES, PIECES, Play

pytestmark = pytest.mark.django_db


@pytest.fixture
def play(world: World) -> Play:
    return Play(world)


def unit(**changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "brands": ["演示牌"],
        "models": [{"name": "C-1", "brand": "演示牌", "gtin": "6901234567892"}, {"name": "C-2"}],
        "representative": "C-1",
        "series": "同一原料和窑，仅包装不同。",
        "producers": [
            {"id": "own", "name_zh": "演示电池有限公司"},
            {
                "id": "oem",
                "name_zh": "演示代工厂",
                "name_en": "Demo contract maker",
                "contract": True,
                "region": "CN-JS",
            },
        ],
        "sites": [
            {"name_zh": "一号窑", "producer": "own", "address": "演示路1号"},
            {"name_zh": "代工窑", "producer": "oem"},
        ],
    }
    return {**body, **changes}


def codes(error: pytest.ExceptionInfo[Any]) -> set[str]:
    return {item.code for item in error.value.findings}


def declared(play: Play) -> float:
    from tanbiao.web.certification import recalculation

    return float(units.declared_of(recalculation.package_of(play.case)))


def per_site(*figures: float) -> list[dict[str, Any]]:
    names = ("一号窑", "代工窑")
    return [
        {"name_zh": name, "producer": maker, "production": "100", "figure": f"{figure:.6f}"}
        for name, maker, figure in zip(names, ("own", "oem"), figures, strict=True)
    ]


def test_without_a_word_the_study_is_the_unit(play: Play) -> None:
    case = play.apply()
    found = units.unit_of(case)
    assert found is not None
    assert [model.name for model in found.models] == ["CLINKER-DEMO-2023"]
    assert [site.name_zh for site in found.sites] == ["CN-JS-DEMO-1"]
    assert not case.units.exists()


def test_a_unit_is_stated_changed_and_fixed_by_the_acceptance(play: Play) -> None:
    case = play.apply(unit=unit())
    assert case.units.get().document == parse_unit(unit()).model_dump(mode="json")
    with pytest.raises(Conflict) as stale:
        cases.state_unit(play.manager, case_id=case.id, builds_on="sha256:" + "0" * 64, unit=unit())
    assert codes(stale) == {"stale_decision"}
    made = cases.state_unit(play.manager, case_id=case.id, builds_on=case.head, unit=unit(brands=["演示牌", "另一牌"]))
    assert made.version == 2
    play.accept()
    assert play.case.acceptance["unit"] == made.hash
    with pytest.raises(Conflict) as late:
        cases.state_unit(play.manager, case_id=case.id, builds_on=play.case.head, unit=unit())
    assert codes(late) == {"act_out_of_place"}


def test_a_unit_that_one_certificate_cant_cover_is_refused_with_its_reason(play: Play) -> None:
    with pytest.raises(Conflict) as mute:
        play.apply(unit={key: value for key, value in unit().items() if key != "series"})
    assert codes(mute) == {"unit_series_unexplained"}
    with pytest.raises(Invalid) as wrong:
        play.apply(unit=unit(models=[{"name": "C-1", "gtin": "6901234567890"}]))
    assert codes(wrong) == {"unit_gtin_wrong"}
    case = play.apply()
    figure = declared(play)
    for figures, expected in (
        ((figure * 0.8, figure * 1.2), {"unit_sites_differ"}),
        ((figure * 1.1,) * 2, {"unit_average_differs"}),
    ):
        with pytest.raises(Conflict) as apart:
            cases.state_unit(
                play.manager,
                case_id=case.id,
                builds_on=play.case.head,
                unit=unit(footprint="per_site", sites=per_site(*figures)),
            )
        assert codes(apart) == expected
    near = unit(footprint="per_site", sites=per_site(figure * 0.95, figure * 1.05))
    cases.state_unit(play.manager, case_id=case.id, builds_on=play.case.head, unit=near)


def test_a_sites_figure_is_read_from_its_own_submitted_study(play: Play) -> None:
    study_id = play.submit_study()
    sites = [{"name_zh": "一号窑", "producer": "own", "production": "5", "study": str(study_id)}]
    own = [{"id": "own", "name_zh": "演示电池有限公司"}]
    case = play.apply(unit=unit(footprint="per_site", sites=sites, producers=own))
    found = units.unit_of(case)
    assert found is not None
    assert float(found.sites[0].figure or 0) == declared(play)
    theirs = [{**sites[0], "study": "11111111-1111-4111-8111-111111111111"}]
    with pytest.raises(Invalid) as unknown:
        cases.state_unit(
            play.manager,
            case_id=case.id,
            builds_on=case.head,
            unit=unit(footprint="per_site", sites=theirs, producers=own),
        )
    assert codes(unknown) == {"unit_study_unknown"}


def test_man_days_follow_the_unit_and_too_few_are_refused_with_the_number(play: Play) -> None:
    play.apply(unit=unit())
    play.accept()
    play.sign()
    # clinker 3, one further site 1, one further model 0.25: 4.25, in halves rounded up 4.5
    assert units.man_days_needed(play.case) == 4.5
    with pytest.raises(Conflict) as few:
        play.plan()
    assert [(item.code, item.params["needed"]) for item in few.value.findings] == [("man_days_too_few", 4.5)]


def test_the_certificates_order_and_public_page_name_the_unit(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(units, "man_days_needed", lambda case: 3.0)
    play.apply(unit=unit())
    for _, step in play.STEPS[1:]:
        getattr(play, step)()
    ledger.settle()
    issuing.run(Issue.objects.get(case=play.case).id)
    ledger.settle()
    certificate = Certificate.objects.get()
    assert certificate.claims["models"] == ["C-1", "C-2"]
    assert [site["name_zh"] for site in certificate.claims["sites"]] == ["一号窑", "代工窑"]
    page = re.sub(
        r"\s+", " ", Client().get(f"/p/{certificate.number}", headers={"accept-language": "en"}).content.decode()
    )
    assert "演示牌 C-1" in page
    assert "GTIN 6901234567892" in page
    assert "Demo contract maker" in page
    assert "maker under contract" in page
    assert "同一原料和窑" in page
    assert "演示路1号" not in page  # sites are shown by the holder's consent only


def form(**changes: str) -> dict[str, str]:
    body = {
        "unit-brands": "演示牌, 另一牌",
        "unit-representative": "C-1",
        "unit-series": "同一原料和窑",
        "unit-footprint": "unit",
        "models-TOTAL_FORMS": "3",
        "models-INITIAL_FORMS": "0",
        "models-0-name": "C-1",
        "models-0-brand": "演示牌",
        "models-1-name": "C-2",
        "producers-TOTAL_FORMS": "1",
        "producers-INITIAL_FORMS": "0",
        "producers-0-id": "own",
        "producers-0-name_zh": "演示电池有限公司",
        "sites-TOTAL_FORMS": "1",
        "sites-INITIAL_FORMS": "0",
        "sites-0-name_zh": "一号窑",
        "sites-0-producer": "own",
    }
    return {**body, **changes}


def test_the_unit_is_typed_on_the_application_and_changed_on_its_page(play: Play) -> None:
    study_id = play.submit_study()
    client = client_of(play.manager)
    address = f"/applications/new/{study_id}/"
    offered = client.get(address).content.decode()
    assert "CLINKER-DEMO-2023" in offered
    said = {"body_id": str(play.world.body.id), "scheme": "tanbiao-demo@1.3.0", "kind": "initial", "system_months": "6"}
    said["system_kit"] = PIECES

    def files() -> dict[str, SimpleUploadedFile]:
        return {kind: SimpleUploadedFile(f"{kind}.pdf", up.data, "application/pdf") for kind, up in FILES.items()}

    more = client.post(address, {**said, **form(), "more": "sites"})
    assert more.status_code == 200
    assert 'name="sites-3-name_zh"' in more.content.decode()
    assert 'value="C-2"' in more.content.decode()
    wrong = client.post(address, {**said, **form(**{"sites-0-producer": "oem"}), **files()})
    assert wrong.status_code == 409
    assert "is not in the table of producers" in wrong.content.decode()
    assert client.post(address, {**said, **form(), **files()}).status_code == 302
    case = play.world.alpha.cases_applied.get()
    assert case.units.get().document["brands"] == ["演示牌", "另一牌"]
    play.case_id = case.id
    shown = client.get(f"/cases/{case.id}/").content.decode()
    assert "Change the unit" in shown
    place = f"/cases/{case.id}/unit/"
    assert 'value="C-2"' in client.get(place).content.decode()
    changed = form(**{"models-2-name": "C-3", "models-2-gtin": "123"})
    bad = client.post(place, {**changed, "builds_on": case.head})
    assert bad.status_code == 422
    assert "Models 3 Barcode (GTIN)" in bad.content.decode()
    good = client.post(place, {**form(**{"models-2-name": "C-3"}), "builds_on": case.head})
    assert good.status_code == 302
    assert len(case.units.last().document["models"]) == 3


def test_the_unit_goes_through_the_api_and_no_stranger_sees_it(play: Play) -> None:
    case = play.apply()
    address = f"/api/v1/cases/{case.id}/unit"
    mine = Client().get(address, **api_token(play.manager)).json()
    assert mine["stated"] is False
    assert mine["man_days_needed"] == 3.0
    body = json.dumps({"builds_on": case.head, "unit": unit()})
    sent = Client().post(address, body, content_type="application/json", **api_token(play.manager))
    assert sent.status_code == 200, sent.content
    assert sent.json()["unit"]["series"] == unit()["series"]
    assert sent.json()["man_days_needed"] == 4.5
    assert Client().get(address, **api_token(play.handler)).status_code == 200
    stranger = play.world.actor(play.world.beta)
    assert Client().get(address, **api_token(stranger)).status_code == 404
    refused = Client().post(address, body, content_type="application/json", **api_token(stranger))
    assert refused.status_code == 404
    assert client_of(stranger).get(f"/cases/{case.id}/unit/").status_code == 404
