"""Certificates of other kinds than a footprint, from the application to the register, by the same code."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from factories import World
from tanbiao.cli.main import main
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.kinds.statement import LABEL_FIELDS
from tanbiao.evidence import claim_certificates
from tanbiao.web import clock
from tanbiao.web.accounts.actor import ANONYMOUS
from tanbiao.web.certification import claims as stated
from tanbiao.web.certification import commands as cases
from tanbiao.web.certification.models import UsedCredit
from tanbiao.web.labels.models import Licence
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.ledger.blobs import get_blob
from tanbiao.web.register import commands, issuing, receipting, rechecking, verifying
from tanbiao.web.register.models import Certificate, Entry, Issue
from web.certification.claiming import (
    ClaimPlay,
    credit,
    issued,
    neutral_claim,
    organisation_claim,
    papers,
    removal_claim,
)
from web.certification.playing import Play

pytestmark = pytest.mark.django_db


def footprint(world: World) -> Certificate:
    """Issue the certificate of a footprint whose holder has committed himself to reduce it."""
    play = Play(world)
    play.until("footprint_verification")
    from tanbiao.core.verification.reduction import Measure

    cases.record_commitment(
        play.verifier, case_id=play.case.id, baseline="1000", baseline_year=2025, target="900", target_year=2030,
        measures=[Measure("energy_efficiency", "余热发电")],
    )  # fmt: skip
    play.opinion()
    play.review()
    play.grant()
    ledger.settle()
    done = issuing.run(Issue.objects.get(case=play.case).id)
    ledger.settle()
    return Certificate.objects.get(issue=done)


def test_a_management_system_is_certified_by_the_same_process(world: World, tmp_path: Path) -> None:
    play = ClaimPlay(world)
    found = issued(play)
    assert play.case.state == "issued"
    assert found.study_id is None
    assert found.number.startswith("TB-DEMO-M-")
    token = get_blob(found.credential_hash).decode("ascii")
    verdict = verifying.check(token)
    assert verdict.verdict == "valid", [(one.id, one.message("en")) for one in verdict.steps]
    assert isinstance(verdict.claims, claim_certificates.KindClaims)
    assert "DigitalConformityCredential" not in token
    assert sorted(found.artefacts) == ["pdf_en", "pdf_zh", "statement", "twin"]
    assert not Licence.objects.filter(number=found.number).exists()
    entry = Entry.objects.get(number=found.number)
    assert (entry.kind, entry.record["value"], entry.record["unit"]) == ("system", "", "")
    assert "secret" not in json.dumps(entry.record)
    assert rechecking.run(clock.today()).failed == 0


def test_the_page_names_the_kind_and_says_what_it_is_not(world: World, client: Client) -> None:
    found = issued(ClaimPlay(world, claim=organisation_claim("service")))
    for path in (f"/p/{found.number}", f"/c/{found.number}", f"/v/{found.number}"):
        page = client.get(path)
        assert page.status_code == 200, path
        text = page.content.decode()
        assert "碳管理服务认证" in text
        assert "不含任何产品的碳足迹数值" in text
        assert 'class="figure"' not in text
        assert "label_svg" not in text
        # The days of the certificate are under "versions", whatever a page shows beside them.
        assert text.count("收到认证委托") == 1
    assert "没有输入标识上的数值" in text
    english = client.get(f"/p/{found.number}", headers={"accept-language": "en"}).content.decode()
    assert "carbon management service" in english
    answer = client.get(f"/api/v1/certificates/{found.number}").json()
    assert answer["claim"]["form"] == "service"
    assert answer["value"] == ""


@pytest.mark.requirement("GBA-T12")
@pytest.mark.requirement("SH-01a")
def test_neutrality_stands_beside_the_footprint_and_changes_nothing_of_it(world: World, client: Client) -> None:
    product = footprint(world)
    before = Entry.objects.get(number=product.number).record
    found = issued(ClaimPlay(world, claim=neutral_claim(product.number)))
    numbers = found.claims["statement"]["computed"]
    assert numbers["footprint"] == product.claims["value"]
    assert float(numbers["emitted_tonnes"]) == pytest.approx(float(product.claims["value"]) * 100 / 1000)
    assert numbers["retired_tonnes"] == "10000"
    assert not {"net", "balance", "value"} & set(numbers)
    assert Entry.objects.get(number=product.number).record == before
    page = client.get(f"/p/{product.number}").content.decode()
    assert found.number in page
    english = client.get(f"/p/{found.number}", headers={"accept-language": "en"}).content.decode()
    assert (
        product.claims["product_zh"] not in english.partition("Certificates it rests on")[2].partition("</section>")[0]
    )
    own = client.get(f"/p/{found.number}").content.decode()
    assert f"{product.claims['value']} {product.claims['unit']}" in own
    assert "产品碳足迹不变" in own
    status = receipting.status_at(ANONYMOUS, number=found.number)
    assert status["form"] == "neutral"
    assert "value" not in status


@pytest.mark.requirement("SH-06f")
def test_an_amount_removed_is_certified_beside_the_footprint(world: World) -> None:
    product = footprint(world)
    found = issued(ClaimPlay(world, claim=removal_claim(product.number)))
    assert found.claims["statement"]["computed"]["removed"] == "12.5"
    assert found.number.startswith("TB-DEMO-V-")


def test_a_credit_counts_once_on_the_platform(world: World) -> None:
    product = footprint(world)
    first = ClaimPlay(world, claim=neutral_claim(product.number))
    first.until("accepted")
    again = ClaimPlay(world, claim=neutral_claim(product.number, credits=[credit(10_000, 30_000)]))
    with pytest.raises(TanbiaoError) as caught:
        again.apply()
    assert caught.value.code == "credit_used"
    cases.withdraw(first.manager, case_id=first.case.id, reason="holder_request")
    assert again.apply().state == "applied"
    assert UsedCredit.objects.filter(given_back_at__isnull=True).count() == 1


def test_a_certificate_that_ends_before_the_grant_takes_the_claim_with_it(world: World) -> None:
    product = footprint(world)
    play = ClaimPlay(world, claim=neutral_claim(product.number))
    play.until("decision")
    commands.cancel(play.handler, number=product.number, builds_on=product.head, reason="holder_request")
    with pytest.raises(TanbiaoError) as caught:
        play.grant()
    assert caught.value.code == "claim_citation_not_valid"


def test_a_claim_that_ends_between_grant_and_signature_is_not_issued(world: World) -> None:
    product = footprint(world)
    play = ClaimPlay(world, claim=neutral_claim(product.number))
    play.until("granted")
    commands.cancel(play.handler, number=product.number, builds_on=product.head, reason="holder_request")
    ledger.settle()
    assert not Certificate.objects.filter(study__isnull=True).exists()
    assert play.case.state == "decision"


def test_no_one_claims_on_another_ones_certificate_or_without_papers(world: World) -> None:
    product = footprint(world)
    play = ClaimPlay(world, claim=neutral_claim("TB-DEMO-2026-999999"))
    with pytest.raises(TanbiaoError) as caught:
        play.apply()
    assert caught.value.code == "claim_citation_unknown"
    play.claim = neutral_claim(product.number)
    with pytest.raises(TanbiaoError) as caught:
        play.apply(documents={})
    assert "documents_missing" in [one.code for one in caught.value.findings]
    assert not UsedCredit.objects.exists()
    with pytest.raises(TanbiaoError) as caught:
        play.apply(certification="product-footprint")
    assert caught.value.code == "claim_not_asked"
    with pytest.raises(TanbiaoError) as caught:
        play.apply(scheme="tanbiao-demo@1.2.0")
    assert caught.value.code == "claim_not_asked"
    assert set(papers("product-neutral")) == {"business_licence", "retirement_records"}


def test_a_claim_is_stated_anew_in_rectification(world: World) -> None:
    play = ClaimPlay(world)
    play.until("on_site")
    made = cases.raise_finding(play.verifier, case_id=play.case.id, severity="major", text="范围不清", row="")
    cases.require_rectification(play.verifier, case_id=play.case.id)
    before = play.case.package_hash
    cases.answer_finding(play.manager, finding_id=made.id, text="已改")
    claim = organisation_claim(scope={"zh": "一号窑", "en": "kiln 1"})
    cases.state_claim(play.manager, case_id=play.case.id, builds_on=play.case.head, claim=claim)
    cases.resubmit(play.manager, case_id=play.case.id)
    assert play.case.round == 2
    assert play.case.package_hash != before
    assert stated.package_of(play.case)["claim"]["scope"]["en"] == "kiln 1"


def test_it_lives_like_every_certificate_and_is_verified_offline(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    play = ClaimPlay(world)
    found = issued(play)
    file = tmp_path / "credential.jwt"
    file.write_bytes(get_blob(found.credential_hash))
    assert main(["verify", str(file), "--offline", "--json", "--lang", "en"]) in (0, 1)
    said = json.loads(capsys.readouterr().out)
    assert said["certificate"]["kind"]["form"] == "management_system"
    commands.suspend(play.handler, number=found.number, builds_on=found.head, reason="mark_misuse")
    found.refresh_from_db()
    assert found.state == "suspended"
    token = get_blob(found.credential_hash).decode("ascii")
    assert verifying.check(token).verdict == "invalid"


def forged(found: Certificate, change: Any) -> dict[str, Any]:
    body = json.loads(json.dumps(claim_certificates.credential_of(_claims(found))))
    change(body["credentialSubject"]["claimCertificate"]["statement"])
    return body


def _claims(found: Certificate) -> claim_certificates.KindClaims:
    from tanbiao.web.register.kinds import claims_of_json

    return claims_of_json(found.claims)


def test_the_signer_refuses_a_statement_that_nets_or_carries_a_label_field(world: World) -> None:
    product = footprint(world)
    found = issued(ClaimPlay(world, claim=neutral_claim(product.number)))
    claim_certificates.lint(claim_certificates.credential_of(_claims(found)))
    wrong = [
        lambda said: said["computed"].update(footprint="0"),
        lambda said: said["computed"].update(net="0"),
        lambda said: said["cited"]["footprint"].update(value="0"),
        *(lambda said, name=name: said.update({name: "1"}) for name in LABEL_FIELDS),
        *(lambda said, name=name: said["claim"].update({name: "1"}) for name in LABEL_FIELDS),
    ]
    for change in wrong:
        with pytest.raises(TanbiaoError):
            claim_certificates.lint(forged(found, change))
    system = organisation_claim()
    system["scope"] = {"zh": "每吨 12 kg CO2e", "en": "12 kg CO2e each"}
    with pytest.raises(TanbiaoError) as caught:
        ClaimPlay(world, claim=system).apply()
    assert caught.value.code == "claim_with_figure"
    own = issued(ClaimPlay(world))
    with pytest.raises(TanbiaoError):
        claim_certificates.lint(forged(own, lambda said: said["claim"]["scope"].update(en="12 kg CO2e each")))


def later_study(world: World, before: Certificate) -> Play:
    """Return a play over the same product a year later, with less coal."""

    class Later(Play):
        def study_file(self) -> bytes:
            text = super().study_file().decode()
            for old, new in (
                ('{from: "2023-01-01", to: "2023-12-31"}', '{from: "2024-01-01", to: "2024-12-31"}'),
                ("129.4467 kg * coal_carbon", "109.4467 kg * coal_carbon"),
            ):
                assert old in text
                text = text.replace(old, new)
            return text.encode()

    assert before.state == "valid"
    return Later(world)


@pytest.mark.requirement("SH-06f")
def test_a_reduction_is_the_difference_of_two_certified_figures_and_neutrality_can_rest_on_it(world: World) -> None:
    baseline = issued(Play(world))
    later = issued(later_study(world, baseline))
    claim = {
        "tanbiao": "claim/1", "form": "reduction", "baseline": {"number": baseline.number},
        "later": {"number": later.number}, "measures": [{"kind": "energy_efficiency", "text": "余热发电，少用煤"}],
    }  # fmt: skip
    found = issued(ClaimPlay(world, claim=claim))
    numbers = found.claims["statement"]["computed"]
    saved = Decimal(baseline.claims["value"]) - Decimal(later.claims["value"])
    assert Decimal(numbers["reduced"]) == saved > 0
    assert (numbers["baseline"], numbers["later"]) == (baseline.claims["value"], later.claims["value"])
    with pytest.raises(TanbiaoError) as caught:
        ClaimPlay(world, claim=neutral_claim(later.number)).apply()
    assert caught.value.code == "claim_reduction_missing"
    play = ClaimPlay(world, claim=neutral_claim(later.number, reduction={"number": found.number}))
    assert play.apply().state == "applied"
    with pytest.raises(TanbiaoError) as caught:
        ClaimPlay(world, claim=claim | {"baseline": {"number": later.number}}).apply()
    assert {"claim_periods_order", "claim_nothing_reduced"} <= {one.code for one in caught.value.findings}
