"""A certificate under an unlocked template: its number, its artwork, its refusals, and what locking again does."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from factories import World
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.schemes import Candidate
from tanbiao.web.certification import schemes
from tanbiao.web.commanding import Conflict
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.ledger.blobs import get_blob
from tanbiao.web.register import issuing
from tanbiao.web.register.models import Certificate, Issue
from tanbiao.web.schemes import commands, queries
from web.certification.playing import Play
from web.schemes.opening import approve, png, unlock

pytestmark = pytest.mark.django_db


@pytest.fixture
def opened(world: World, monkeypatch: pytest.MonkeyPatch) -> Play:
    """Return an applicant under the opened national template, for once with a rule and release that claim a basis."""
    real: Callable[..., Candidate] = schemes.candidate_of

    def with_basis(*given: Any) -> Candidate:
        return replace(real(*given), rule_standing="official", release_standing="official")

    monkeypatch.setattr(schemes, "candidate_of", with_basis)
    approve(world)
    unlock(world)
    return Play(world, study_name="electrolytic-aluminium", scheme="cn-national")


def refused(act: Callable[[], object]) -> set[str]:
    with pytest.raises(Conflict) as caught:
        act()
    return {item.code for item in caught.value.findings}


def issued(play: Play) -> Issue:
    play.until("granted")
    ledger.settle()
    return issuing.run(Issue.objects.get(case=play.case).id)


def test_its_certificate_has_the_authoritys_number_and_artwork_and_no_neutral_ring(opened: Play) -> None:
    issue = issued(opened)
    assert issue.state == "done", issue.void_reason
    year = str(issue.order["valid_from"])[:4]
    assert issue.number == f"TEST-{year}-00001"
    certificate = Certificate.objects.get(issue=issue)
    artwork = base64.b64encode(png(400)).decode("ascii")
    for name in ("label_svg", "label_small_svg"):
        drawn = get_blob(certificate.artefacts[name]).decode()
        assert artwork in drawn
        assert "tb-raw_materials" not in drawn, "a stage of the neutral ring"
    for name in ("label_pdf", "pdf_zh", "pdf_en"):
        assert get_blob(certificate.artefacts[name]).startswith(b"%PDF")


def test_a_body_without_an_approval_is_refused_in_the_case(opened: Play) -> None:
    found = refused(lambda: opened.apply(body_id=opened.world.other_body.id))
    assert found == {"scheme_body_not_approved"}


def test_an_approval_for_other_categories_or_regions_does_not_help(opened: Play) -> None:
    other = opened.world.other_body
    approve(opened.world, body=other, categories=["tyre"])
    approve(opened.world, body=other, regions=["CN-SD"])
    assert refused(lambda: opened.apply(body_id=other.id)) == {"scheme_body_not_approved"}
    approve(opened.world, body=other, categories=["electrolytic-aluminium"], regions=["CN"])
    assert opened.apply(body_id=other.id).state == "applied"


def test_a_maker_outside_the_named_regions_is_refused(opened: Play) -> None:
    maker = opened.world.alpha
    maker.jurisdiction = "CN-SD"
    maker.save()
    assert refused(opened.apply) == {"scheme_region_not_open"}


def test_a_demonstration_rule_is_refused_even_when_it_is_open(world: World) -> None:
    approve(world)
    unlock(world)
    play = Play(world, study_name="electrolytic-aluminium", scheme="cn-national")
    wanted = {"scheme_refuses_demonstration_rule", "scheme_refuses_demonstration_release", "scheme_rule_standing"}
    assert refused(play.apply) == wanted


def test_locked_again_it_takes_no_application_and_no_grant_and_issues_nothing(opened: Play) -> None:
    operator = opened.world.actor(opened.world.operator)
    opened.until("decision")
    head = queries.standing(operator, "cn-national").head
    commands.lock(operator, scheme="cn-national", builds_on=head, reason="authority_order")
    assert "scheme_locked" in refused(opened.grant)
    assert opened.case.state == "decision"
    assert not Issue.objects.exists()
    assert "cn-national@1.0.0" not in [one.reference for one in queries.applicable(operator)]


def test_a_new_version_of_a_certificate_is_not_signed_under_a_locked_scheme(opened: Play) -> None:
    issue = issued(opened)
    operator = opened.world.actor(opened.world.operator)
    head = queries.standing(operator, "cn-national").head
    commands.lock(operator, scheme="cn-national", builds_on=head, reason="authority_order")
    later = issuing.reserve(dict(issue.order), number=issue.number)
    issuing.run_stage(later.id, "reserve")
    issuing.run_stage(later.id, "intent")
    with pytest.raises(TanbiaoError) as caught:
        issuing.run_stage(later.id, "lint")
    assert caught.value.code == "scheme_locked"
