"""The demonstration world: built by the real commands, fictional beyond doubt, in all the states it is to show."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from tanbiao.cli.site.demo_world import cast, catalogued, play, ruled, scenes, studied
from tanbiao.core.rules.load import list_references
from tanbiao.web import clock
from tanbiao.web.accounts import uscc
from tanbiao.web.accounts.models import Account, Organisation
from tanbiao.web.catalogue.models import CategoryEvent
from tanbiao.web.certification.models import Case
from tanbiao.web.claims.models import Claim
from tanbiao.web.ledger import fsck
from tanbiao.web.ledger.models import LogEntry
from tanbiao.web.register import comparing
from tanbiao.web.register.models import Certificate
from tanbiao.web.rulebook.models import RuleEntry
from tanbiao.web.studies.models import CriticalReview, Study

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Play the whole world in a data folder of its own."""
    monkeypatch.setattr(settings, "TANBIAO_DEMO", True)
    monkeypatch.setattr(settings, "TANBIAO_DATA", tmp_path)
    scenes.perform()


@pytest.mark.requirement("GBA-T05", "JS-01a")
def test_the_demo_world_shows_every_state_and_can_be_taken_for_nothing_real(demo: None) -> None:
    footprints = Certificate.objects.filter(study__isnull=False)
    states = dict(footprints.values_list("study__title_zh", "state"))
    assert sorted(states.values()) == ["expired", "suspended", "valid", "valid", "withdrawn"]
    assert [case.state for case in Case.objects.exclude(state="issued")] == ["doc_review"]

    for organisation in Organisation.objects.all():
        assert "演示" in organisation.name_zh
        assert uscc.is_demo(uscc.check(organisation.uscc or ""))
    factories = Organisation.objects.filter(kind="enterprise")
    assert sorted(factories.values_list("jurisdiction", flat=True)) == ["CN-GD", "CN-JS", "CN-SD", "CN-SH"]
    assert Account.objects.count() == len(cast.login_lines())

    visitor = Client(headers={"accept-language": "en"})
    for certificate in Certificate.objects.all():
        assert certificate.is_demo
        page = visitor.get(f"/p/{certificate.number}")
        assert page.status_code == 200
        assert "演示 DEMO" in page.content.decode()
        # The platform and its operator certify nothing: the body does, and it is named.
        assert certificate.body.kind == "certification_body"
        assert json.dumps(certificate.claims, ensure_ascii=False).count("演示") >= 1
    assert not Study.objects.filter(owner__kind="operator").exists()

    # Two ingots under the rule that names a least number: each has a position. One battery's PACT form is public.
    ingots = Certificate.objects.filter(claims__rule_version="2.1.0", category="electrolytic-aluminium")
    first, second = ingots.filter(claims__release=play.RELEASE)
    assert float(first.claims["value"]) != float(second.claims["value"])
    assert {comparing.position(item).percentile for item in (first, second)} == {0.25, 0.75}
    # A third one rests on the release that succeeds theirs: beside them only when a worker has recalculated.
    third = ingots.exclude(claims__release=play.RELEASE).get()
    assert third.claims["release"] == play.successor_of(play.RELEASE)
    address = f"/p/{third.number}/compare?with={first.number}"
    assert "Recalculate on one release" in visitor.get(address).content.decode()
    assert visitor.post(f"/p/{third.number}/compare/recalculate", {"with": first.number}).status_code == 302
    play.settle()
    shown = visitor.get(address).content.decode()
    assert f"recalculated for comparison on release {third.claims['release']}, not certified" in shown
    (published,) = (item for item in Certificate.objects.all() if item.shown.get("pact"))
    assert visitor.get(f"/p/{published.number}/pact.json").json()["status"] == "Active"

    # Two certificates of other kinds: one beside a footprint, which stays as it is, and one of an organisation.
    neutral, system = Certificate.objects.filter(study__isnull=True).order_by("-number")
    assert (neutral.state, system.state) == ("valid", "valid")
    beside = neutral.claims["statement"]["computed"]
    cited = footprints.get(category="traction-battery")
    assert beside["footprint"] == cited.claims["value"]
    assert float(beside["emitted_tonnes"]) == pytest.approx(500 * float(cited.claims["value"]) / 1000)
    assert neutral.number in visitor.get(f"/p/{cited.number}").content.decode()
    assert "no product is certified by it" in visitor.get(f"/p/{system.number}").content.decode()

    (claim,) = Claim.objects.all()
    assert (claim.code, claim.is_held, claim.row) == ("DEMO-GEC-2023-0001", True, "m1")

    rules = dict(RuleEntry.objects.exclude(layer="project").values_list("rule_id", "state"))
    assert rules == {ruled.PROVINCIAL: "adopted", ruled.NATIONAL: "consultation", ruled.GROUP: "proposed"}
    packaged = RuleEntry.objects.filter(layer="project")
    assert {row.reference for row in packaged} == set(list_references())
    assert set(packaged.values_list("state", flat=True)) == {"issued"}

    opened = {row.category: row for row in CategoryEvent.objects.all()}
    assert set(opened) == set(catalogued.OPENED)
    assert all(row.state == "open" and row.is_demonstration for row in opened.values())

    assert CriticalReview.objects.get().conclusion == "conforms"
    assert Study.objects.filter(title_zh__in=[studied.BATTERY["zh"], studied.SMELTER["zh"]]).count() == 2

    report = fsck.check()
    assert report.errors == []
    assert LogEntry.objects.filter(at__gt=clock.wall()).count() == 0
