"""The demo's studies for a reviewer and for forms of schemes, played by the real commands."""

from __future__ import annotations

import pytest
from django.test import Client

from factories import client_of
from tanbiao.cli.site.demo_world import play, studied
from tanbiao.web import clock
from tanbiao.web.factors import commands as factors
from tanbiao.web.studies import queries
from tanbiao.web.studies.models import CriticalReview, Study

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("starter")]
AR5_CF4 = 6630
"""kg CO2e per kg of CF4 over 100 years, without feedback (IPCC AR5, table 8.A.1)."""


@pytest.fixture
def played() -> tuple[Study, Study]:
    """Return the battery and the smelter."""
    play.people()
    factors.install_release(play.SYSTEM, name=play.RELEASE)
    first, second = studied.play(play.actor, clock.now())
    return Study.objects.get(id=first), Study.objects.get(id=second)


def test_the_battery_is_reviewed_declared_and_handed_out_in_every_form(played: tuple[Study, Study]) -> None:
    battery, _smelter = played
    assert (battery.title_zh, battery.state) == (studied.BATTERY["zh"], "calculated")
    review = CriticalReview.objects.get()
    assert (review.conclusion, review.kind) == ("conforms", "external_expert")
    assert review.result.revision.study_id == battery.id
    holder = client_of(play.actor("guangdong"))
    for form in ("pact", "catenax", "eu-battery", "miit-battery"):
        answer = holder.get(f"/studies/{battery.id}/forms/{form}.json")
        assert answer.status_code == 200, form
        assert answer.json(), form
    assert holder.get(f"/studies/{battery.id}/interpretation/").status_code == 200
    assert holder.get(f"/studies/{battery.id}/declaration.pdf").content.startswith(b"%PDF")
    page = holder.get(f"/studies/{battery.id}/reviews/").content.decode()
    assert "Demo South Certification Ltd" in page
    assert queries.document(play.actor("guangdong-data"), battery.id)["forms"]["company"]["address"].startswith("演示")
    assert Client().get(f"/studies/{battery.id}/").status_code in (302, 401)


def test_the_smelters_goods_are_those_of_a_calculation_by_hand(played: tuple[Study, Study]) -> None:
    """Of a tonne of liquid metal 1500 kg CO2 and 0.03 kg CF4; of an ingot 1.02 of it and 60 kg. Power: 0.6 t/MWh."""
    _battery, smelter = played
    goods = client_of(play.actor("shandong")).get(f"/studies/{smelter.id}/forms/cbam.json").json()["goods"]
    liquid = 1.5 + 0.03 * AR5_CF4 / 1000
    assert [float(one["specific_embedded_emissions"]["direct"]) for one in goods] == pytest.approx(
        [liquid, 1.02 * liquid + 0.06]
    )
