"""The verification of a case: terms, analysis, risks, plan, tests, ledger, opinion, and facts that come later."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from factories import World, api_token, client_of
from tanbiao.core.verification.rows import result_rows
from tanbiao.web.accounts.roles import Role
from tanbiao.web.certification import commands as cases
from tanbiao.web.certification import queries, recalculation
from tanbiao.web.certification.commands.engaging import Assessment
from tanbiao.web.certification.engagement import Engagement, engagement_of
from tanbiao.web.certification.models import Misstatement, RowTest
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, NotFound
from tanbiao.web.ledger.blobs import get_blob
from tanbiao.web.uploads import Upload
from web.certification.playing import Play

pytestmark = pytest.mark.django_db


@pytest.fixture
def play(world: World) -> Play:
    made = Play(world)
    made.until("footprint_verification")
    return made


def refused(error: type[Exception], code: str, run: Any) -> None:
    with pytest.raises(error) as caught:
        run()
    assert caught.value.code == code  # type: ignore[attr-defined]


def codes_of(run: Any) -> set[str]:
    with pytest.raises(Conflict) as caught:
        run()
    return {item.code for item in caught.value.findings}


def test_an_opinion_needs_terms_analysis_risks_and_a_plan_carried_out(play: Play) -> None:
    assert {"verification_terms_missing", "strategic_analysis_missing", "evidence_plan_missing"} <= codes_of(
        play.state_opinion
    )
    play.engage()
    cases.plan_evidence(play.verifier, case_id=play.case_id)
    assert "evidence_plan_open" in codes_of(play.state_opinion)
    play.sample()
    engagement = queries.verification(play.verifier, play.case.id)
    for row in engagement.fact.untested:
        cases.record_test(
            play.verifier, case_id=play.case_id, row=row, kind="confirm", result="consistent", text="供应商回函"
        )
    play.state_opinion()
    assert play.case.state == "technical_review"


def test_terms_are_held_against_the_scheme_and_the_opinion_against_the_terms(play: Play) -> None:
    given: dict[str, Any] = {"case_id": play.case_id, "criteria": "GB/T 24067", "scope": "全部"}
    refused(
        Invalid,
        "materiality_out_of_range",
        lambda: cases.agree_terms(play.verifier, assurance="limited", materiality_percent=9.0, **given),
    )
    refused(
        Invalid,
        "assurance_unknown",
        lambda: cases.agree_terms(play.verifier, assurance="total", materiality_percent=5.0, **given),
    )
    refused(
        Invalid,
        "verification_text_missing",
        lambda: cases.agree_terms(
            play.verifier, assurance="limited", materiality_percent=5.0, **(given | {"scope": " "})
        ),
    )
    play.sample()
    cases.agree_terms(play.verifier, assurance="reasonable", materiality_percent=2.0, **given)
    assert codes_of(play.state_opinion) == {"opinion_not_as_agreed"}
    play.state_opinion(assurance="reasonable", materiality_percent=2.0)


def test_a_material_misstatement_refuses_a_favourable_opinion_until_it_is_gone(play: Play) -> None:
    """The largest row is overstated by a tenth: material at 5 % of the total where it carries more than half."""
    play.sample()
    top = recalculation.contributions(play.case)[0]
    assert top.share > 0.5
    test = cases.record_test(
        play.verifier,
        case_id=play.case_id,
        row=top.row,
        kind="recalculate",
        result="misstated",
        figure=top.value * 0.9,
        text="地磅原始记录",
        upload=Upload("weigh.pdf", "application/pdf", b"%PDF-1.7 weigh"),
    )
    assert get_blob(test.blob) == b"%PDF-1.7 weigh"
    ledger = queries.verification(play.verifier, play.case.id).ledger
    assert ledger is not None
    assert ledger.standing.value == "material"
    assert ledger.uncorrected == pytest.approx(top.value * 0.1, rel=1e-9)
    assert codes_of(play.state_opinion) == {"opinion_against_ledger"}
    refused(Conflict, "disclaimed_without_ground", lambda: play.state_opinion(kind="disclaimed"))
    cases.record_test(
        play.verifier, case_id=play.case_id, row=top.row, kind="recalculate", result="consistent", figure=top.value
    )
    cases.state_misstatement(
        play.verifier, case_id=play.case_id, row=top.row, correct=top.value, text="复核：原记录换算有误"
    )
    assert Misstatement.objects.filter(case_id=play.case_id).count() == 1
    refused(Conflict, "adverse_without_ground", lambda: play.state_opinion(kind="adverse"))
    play.state_opinion()


def test_a_test_that_contradicts_its_figure_or_has_no_evidence_is_refused(play: Play) -> None:
    play.engage()
    top = recalculation.contributions(play.case)[0]

    def test(**given: Any) -> None:
        cases.record_test(play.verifier, case_id=play.case_id, **({"row": top.row, "kind": "recalculate"} | given))

    refused(Invalid, "test_contradicts_figure", lambda: test(result="consistent", figure=top.value * 1.02))
    refused(Invalid, "test_contradicts_figure", lambda: test(result="misstated", figure=top.value))
    refused(Invalid, "own_figure_missing", lambda: test(result="consistent"))
    refused(Invalid, "number_malformed", lambda: test(result="consistent", figure=float("nan")))
    refused(Invalid, "test_without_evidence", lambda: test(kind="trace", result="consistent"))
    refused(Invalid, "misstatement_without_figure", lambda: test(kind="trace", result="misstated", text="台账"))
    refused(Invalid, "test_kind_unknown", lambda: test(kind="guess", result="consistent", figure=1.0))
    refused(Invalid, "test_result_unknown", lambda: test(result="fine", figure=1.0))
    refused(Invalid, "row_not_in_package", lambda: test(row="moon", result="consistent", figure=1.0))
    assert not RowTest.objects.exists()
    assert not Misstatement.objects.exists()


def test_risks_are_of_known_levels_and_rows_and_a_plan_needs_them(play: Play) -> None:
    refused(Conflict, "risks_not_assessed", lambda: cases.plan_evidence(play.verifier, case_id=play.case_id))
    for item, code in (
        (Assessment("moon", "low", "low"), "row_not_in_package"),
        (Assessment(recalculation.contributions(play.case)[0].row, "huge", "low"), "risk_level_unknown"),
    ):
        with pytest.raises(Invalid) as caught:
            cases.assess_risks(play.verifier, case_id=play.case_id, assessments=[item])
        assert caught.value.code == code
    refused(Conflict, "first_round", lambda: cases.carry_over(play.verifier, case_id=play.case_id))


def test_only_the_team_verifies_and_only_the_body_reads_it(play: Play, world: World) -> None:
    outsider = world.actor(world.body, Role.VERIFIER)
    if outsider.person_id == play.verifier.person_id:
        from factories import make_actor

        outsider = make_actor(world.body, Role.VERIFIER)
    refused(NotAllowed, "not_in_team", lambda: cases.assess_as_proposed(outsider, case_id=play.case_id))
    for stranger in (play.manager, world.actor(world.other_body, Role.VERIFIER)):
        with pytest.raises(NotFound):
            queries.verification(stranger, play.case.id)
        address = f"/cases/{play.case_id}/verification/"
        assert client_of(stranger).get(address).status_code == 404
        answer = Client().get(f"/api/v1/cases/{play.case_id}/verification", **api_token(stranger))  # type: ignore[arg-type]
        assert answer.status_code == 404


def test_a_later_fact_leads_back_to_verification_and_must_be_settled(play: Play) -> None:
    play.opinion()
    refused(Conflict, "no_fact_reported", lambda: cases.reopen_verification(play.reviewer, case_id=play.case_id))
    play.review()
    fact = cases.report_fact(play.manager, case_id=play.case_id, text="电表倍率记错")
    cases.reopen_verification(play.handler, case_id=play.case_id)
    assert (play.case.state, play.case.study.state) == ("footprint_verification", "verifying")
    assert codes_of(play.state_opinion) == {"facts_not_settled"}
    refused(NotAllowed, "not_in_team", lambda: cases.settle_fact(play.reviewer, fact_id=fact.id, text="x"))
    cases.settle_fact(play.verifier, fact_id=fact.id, text="影响 0.1%，已记入台账")
    refused(Conflict, "fact_settled", lambda: cases.settle_fact(play.verifier, fact_id=fact.id, text="x"))
    play.state_opinion()
    play.review()
    play.grant()
    assert play.case.state == "granted"


def test_the_page_takes_a_verification_through_in_both_languages(play: Play) -> None:
    client, case_id = client_of(play.verifier), play.case_id
    base = f"/cases/{case_id}/verification/"
    sent = {"assurance": "limited", "materiality_percent": "5", "criteria": "GB/T 24067", "scope": "全部"}
    assert client.post(f"{base}terms/", sent).status_code == 302
    assert client.post(f"{base}terms/", sent | {"materiality_percent": "8"}).status_code == 422
    sent = {"activities": "煅烧", "data_flow": "电表", "controls": "复核"}
    assert client.post(f"{base}analysis/", sent).status_code == 302
    rows = queries.verification(play.verifier, play.case.id).rows
    table = {f"{key}-{row.row}": "medium" for row in rows for key in ("i", "c")}
    assert client.post(f"{base}risks/", table).status_code == 302
    assert client.post(f"{base}plan/", {"proposed": "1"}).status_code == 302
    test = {"row": rows[0].row, "kind": "recalculate", "result": "misstated", "figure": str(rows[0].value * 0.98)}
    assert client.post(f"{base}tests/", test).status_code == 302
    assert client.post(f"{base}tests/", test | {"figure": "x"}).status_code == 422
    for lang, word in (("en", "Misstatement ledger"), ("zh-hans", "错报台账")):
        page = client.get(base, headers={"accept-language": lang}).content.decode()
        assert word in page
        assert rows[0].row in page
    api = Client().get(f"/api/v1/cases/{case_id}/verification", **api_token(play.verifier)).json()  # type: ignore[arg-type]
    assert api["ledger"]["misstatements"][0]["row"] == rows[0].row
    assert api["ledger"]["uncorrected"] == pytest.approx(rows[0].value * 0.02, rel=1e-6)


def test_a_large_suppliers_row_is_traced_or_confirmed_and_not_only_analysed(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    play.engage()
    whole = result_rows(recalculation.package_of(play.case))
    bought = replace(whole[0], supplier="惠州")
    assert bought.share > 0.2
    monkeypatch.setattr(Engagement, "rows", property(lambda _self: (bought, *whole[1:])))
    seen = {"case_id": play.case_id, "result": "consistent", "text": "演示"}
    cases.record_test(play.verifier, row=bought.row, kind="analyse", **seen)
    cases.record_test(play.verifier, row=bought.row, kind="recalculate", figure=bought.value, **seen)
    for row in whole[1:]:
        cases.sample_row(play.verifier, case_id=play.case_id, row=row.row, traced_to="台账", own=row.value)
    assert "suppliers_left_out" in codes_of(play.state_opinion)
    cases.record_test(play.verifier, row=bought.row, kind="confirm", **{**seen, "result": "inconclusive"})
    assert engagement_of(play.case).suppliers_left_out == ("惠州",)
    cases.record_test(play.verifier, row=bought.row, kind="confirm", **seen)
    assert engagement_of(play.case).suppliers_left_out == ()
