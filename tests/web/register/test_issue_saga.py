"""The issue saga: every stage once, resumed after a crash at any point, voided when it can't succeed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from factories import World
from tanbiao.cli.main import main
from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import bundles, credentials
from tanbiao.evidence.log_evidence import LogEvidence
from tanbiao.evidence.reproduce import reproduce
from tanbiao.web import clock
from tanbiao.web.certification import commands as cases
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.ledger.blobs import get_blob
from tanbiao.web.ledger.models import LogEntry
from tanbiao.web.register import artefacts, issuing, open_data, orders, queries, records, verifying
from tanbiao.web.register import bundles as handed_out
from tanbiao.web.register.models import Certificate, Issue, IssueStage
from web.certification.playing import Play

pytestmark = pytest.mark.django_db
STAGES = list(issuing.STAGES)


class Killed(BaseException):
    """The process dies here."""


@pytest.fixture
def granted(world: World) -> Issue:
    """Return the issue of a freshly granted case, its events delivered but nothing carried through."""
    play = Play(world)
    case = play.until("granted")
    ledger.settle()
    return Issue.objects.get(case=case)


def leaves(issue: Issue) -> list[str]:
    return list(LogEntry.objects.filter(subject=str(issue.id)).order_by("at").values_list("type", flat=True))


def test_a_granted_case_becomes_a_certificate_that_verifies(granted: Issue) -> None:
    done = issuing.run(granted.id)
    assert done.state == "done"
    certificate = Certificate.objects.get(issue=done)
    assert certificate.state == "valid"
    assert granted.case is not None
    granted.case.refresh_from_db()
    assert granted.case.state == "issued"
    assert certificate.study.state == "published"
    assert leaves(done) == ["certificate_intent", "certificate_issued"]
    token = get_blob(certificate.credential_hash).decode("ascii")
    verdict = verifying.check(token, certificate.claims["value"])
    assert verdict.verdict == "valid", [step.as_json() for step in verdict.steps]
    assert verdict.demo
    assert credentials.parse(token).number == done.number


def test_the_credential_has_a_twin_that_anybody_fetches_and_that_the_log_names(
    granted: Issue, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    issuing.run(granted.id)
    ledger.settle()
    certificate = Certificate.objects.get(issue=granted)
    answer = Client().get(f"/c/{certificate.number}/credential.json")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/vc")
    text = answer.content.decode()
    assert credentials.parse(text) == credentials.parse(get_blob(certificate.credential_hash).decode())
    place = handed_out.inclusion(certificate)
    assert place is not None
    evidence = LogEvidence(place.leaf, queries.proof_text(place))
    verdict = credentials.verify(text, verifying.resolver(), now=clock.now(), log=evidence)
    assert verdict.verdict == "valid", [step.as_json() for step in verdict.steps]
    assert verdict.step("log").ok
    record = records.record_of(certificate)
    assert record["twin"] == certificate.artefacts["twin"]
    assert open_data.row_of(record, "x")["twin"] == record["twin"]
    page = Client().post("/verify", {"credential": text})
    assert 'data-state="valid"' in page.content.decode() or "有效" in page.content.decode()
    (tmp_path / "twin.json").write_text(text, encoding="utf-8")
    (tmp_path / "trust.json").write_text(json.dumps(verifying.trust_list().as_json()), encoding="utf-8")
    main(["verify", str(tmp_path / "twin.json"), "--offline", "--trust", str(tmp_path / "trust.json"), "--lang", "en"])
    assert certificate.number in capsys.readouterr().out
    versions = Client().get(f"/api/v1/certificates/{certificate.number}/versions").json()
    assert versions[0]["twin"] == record["twin"]


@pytest.mark.requirement("GBA-06i")
def test_the_bundles_give_the_figure_back_or_only_prove_it(granted: Issue) -> None:
    issuing.run(granted.id)
    ledger.settle()
    certificate = Certificate.objects.get(issue=granted)
    sealed, public = handed_out.sealed(certificate), handed_out.public(certificate)
    again = reproduce(sealed, verifying.resolver())
    assert again.identical
    assert {check.id: check.ok for check in again.checks}["twin"] is True
    assert bundles.open_bundle(sealed).twin == get_blob(certificate.artefacts["twin"]).decode()
    opened = bundles.open_bundle(public)
    assert "package.json" not in opened.files
    assert "log/proof.tlog-proof" in opened.files
    assert bundles.disclosed_of(opened)[bundles.TOTAL]


def test_a_crash_around_any_stage_is_resumed_and_nothing_happens_twice(
    granted: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artefacts, "make", lambda *_: {})  # drawing twelve times shows nothing more
    for stage in STAGES:
        for moment in ("before", "after"):
            savepoint = transaction.savepoint()
            _die_and_resume(granted, monkeypatch, stage, moment)
            transaction.savepoint_rollback(savepoint)


def _die_and_resume(granted: Issue, monkeypatch: pytest.MonkeyPatch, stage: str, moment: str) -> None:
    real = issuing.STAGES[stage]

    def dies(issue: Issue, done: Any) -> dict[str, Any]:
        if moment == "after":
            real(issue, done)
        raise Killed

    monkeypatch.setitem(issuing.STAGES, stage, dies)
    with pytest.raises(Killed):
        issuing.run(granted.id)
    record = IssueStage.objects.get(issue=granted, name=stage)
    assert record.begun_at is not None
    assert record.done_at is None
    monkeypatch.setitem(issuing.STAGES, stage, real)
    assert [issue.state for issue in issuing.resume()] == ["done"]
    assert issuing.resume() == []
    assert leaves(granted) == ["certificate_intent", "certificate_issued"]
    assert Certificate.objects.filter(number=granted.number).count() == 1
    assert IssueStage.objects.filter(issue=granted, done_at__isnull=False).count() == len(STAGES)


def test_running_a_finished_saga_again_changes_nothing(granted: Issue) -> None:
    issuing.run(granted.id)
    before = Certificate.objects.get(issue=granted)
    issuing.run(granted.id)
    after = Certificate.objects.get(issue=granted)
    assert (before.credential_hash, before.head, before.artefacts) == (
        after.credential_hash,
        after.head,
        after.artefacts,
    )


def test_a_lint_that_fails_voids_the_number_and_sends_the_case_back_to_its_decision(
    granted: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(issue: Issue, done: Any) -> dict[str, Any]:
        raise TanbiaoError.of("claims_off_record", "value", field="value")

    monkeypatch.setitem(issuing.STAGES, "lint", refuses)
    assert issuing.run(granted.id).state == "voided"
    monkeypatch.undo()
    assert granted.case is not None
    granted.case.refresh_from_db()
    assert granted.case.state == "decision"
    assert leaves(granted) == ["certificate_intent", "certificate_voided"]
    assert not Certificate.objects.exists()
    ledger.settle()
    play = Play(granted_world(granted), case_id=granted.case_id)
    play.grant()
    ledger.settle()
    second = Issue.objects.exclude(id=granted.id).get(case=granted.case)
    assert second.number != granted.number
    assert issuing.run(second.id).state == "done"


def granted_world(issue: Issue) -> World:
    """Return the world whose people played the case (the fixture keeps it alive)."""
    return _WORLDS[str(issue.case_id)]


_WORLDS: dict[str, World] = {}


@pytest.fixture(autouse=True)
def remember(world: World, request: pytest.FixtureRequest) -> None:
    if "granted" in request.fixturenames:
        issue = request.getfixturevalue("granted")
        _WORLDS[str(issue.case_id)] = world


def test_a_case_withdrawn_while_the_saga_runs_gets_no_certificate(granted: Issue, world: World) -> None:
    issuing.run_stage(granted.id, "reserve")
    issuing.run_stage(granted.id, "intent")
    manager = Play(world).manager
    cases.withdraw(manager, case_id=granted.case_id, reason="holder_request")
    ledger.settle()
    assert issuing.run(granted.id).state == "voided"
    assert not Certificate.objects.exists()
    assert leaves(granted) == ["certificate_intent", "certificate_voided"]


def test_the_begin_of_a_stage_is_recorded_with_the_end_of_the_one_before(granted: Issue) -> None:
    for stage, following in zip(STAGES, [*STAGES[1:], None], strict=True):
        issuing.run_stage(granted.id, stage)
        begun = IssueStage.objects.filter(issue=granted, done_at__isnull=True).values_list("name", flat=True)
        assert list(begun) == ([following] if following else [])
        ledger.settle()


def test_an_issue_voided_after_its_signing_was_begun_is_not_signed(
    granted: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    for stage in ("reserve", "intent", "lint"):
        issuing.run_stage(granted.id, stage)
    ledger.settle()
    issuing.void(granted.id, "lint_failed")
    monkeypatch.setattr(issuing, "sign_certificate", lambda _: pytest.fail("signed"))
    assert issuing.run(granted.id).state == "voided"
    assert IssueStage.objects.get(issue=granted, name="sign").done_at is None


def test_a_figure_that_is_not_the_packages_is_not_signed(granted: Issue) -> None:
    granted.order = {**granted.order, "value": "1.00"}
    granted.save()
    assert issuing.run(granted.id).state == "voided"
    assert IssueStage.objects.filter(issue=granted, name="sign").count() == 0


def test_granting_twice_opens_one_issue(granted: Issue) -> None:
    assert granted.case_id is not None
    assert issuing.open_issue(granted.case_id).id == granted.id
    assert Issue.objects.count() == 1


def test_log_leaves_of_a_certificate_name_no_person_and_no_company(granted: Issue, world: World) -> None:
    issuing.run(granted.id)
    for entry in LogEntry.objects.all():
        text = bytes(entry.leaf).decode()
        assert world.alpha.name_zh not in text
        assert str(world.alpha.uscc) not in text
        assert "水泥" not in text


def test_a_footprint_below_zero_gets_no_certificate_and_no_label(
    granted: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = granted.case
    assert case is not None
    package = orders.recalculation.package_of(case)
    below = {**package["result"], "declared": {**package["result"]["declared"], "value": "-0.5", "label": False}}
    monkeypatch.setattr(orders.recalculation, "package_of", lambda _case: {**package, "result": below})
    with pytest.raises(TanbiaoError) as refused:
        orders.order_of_case(case)
    assert refused.value.code == "headline_negative"
