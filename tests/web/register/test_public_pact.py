"""A certificate's footprint for PACT: public with the holder's consent to every field it needs, and no further."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from factories import World, client_of
from tanbiao.core.canonical import canonical_bytes
from tanbiao.examples import example
from tanbiao.formats import forms, yaml_study
from tanbiao.web.accounts.roles import Role
from tanbiao.web.certification import commands as cases
from tanbiao.web.commanding import Invalid
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.register import commands, declaring, issuing, pact, resolving
from tanbiao.web.register.models import Certificate, Entry, Issue
from tanbiao.web.register.records import record_of
from web.certification.playing import RELEASE, Play

pytestmark = pytest.mark.django_db

SECRET = "演示：内部工艺说明 DEMO secret reason"
GTIN = "06901234567892"


def battery() -> bytes:
    """Return the battery example with what PACT asks besides (invented)."""
    loaded = yaml_study.load(example("lfp-battery").read())
    assert loaded.study is not None
    body = loaded.study.canonical()
    body["forms"] = {"standards": ["ISO14067"], "packaging": "included", "valid_until": "2030-01-01"}
    body["carbon_content"] = {"biogenic": "0 kg", "fossil": "0.5 kg", "source": "invented"}
    body["cut_off"] = [
        {"id": "x1", "what": {"zh": "演示", "en": "demo"}, "bound": "0.01 kg", "emission": "0.01 kg", "reason": SECRET}
    ]
    return yaml_study.dump(body)


class Brought(Play):
    """A case over the battery."""

    def study_file(self) -> bytes:
        """Return the battery."""
        return battery()


def certified(play: Play) -> Certificate:
    """Return the certificate of a case."""
    case = play.until("granted")
    ledger.settle()
    issuing.run(Issue.objects.get(case=case).id)
    ledger.settle()
    return Certificate.objects.get()


def api(number: str) -> tuple[int, Any]:
    answer = Client(headers={"accept-language": "en"}).get(f"/api/v1/certificates/{number}/pact")
    return answer.status_code, answer.json()


def consent(world: World, number: str, *fields: str) -> Certificate:
    return commands.consent(world.actor(world.alpha), number=number, fields=fields)


def page_of(certificate: Certificate) -> str:
    page = Client(headers={"accept-language": "en"}).get(f"/p/{certificate.number}", {"version": "1"})
    return page.content.decode()


def test_page_and_api_say_why_there_is_none_and_the_holder_what_is_missing(world: World) -> None:
    certificate = certified(Play(world))
    number = certificate.number
    status, told = api(number)
    assert (status, [item["code"] for item in told["findings"]]) == (409, ["pact_not_published"])
    assert all(f"({name})" in told["findings"][0]["message"] for name in ("pact", "primary_share"))
    assert Client().get(f"/p/{number}/pact.json").status_code == 409
    page = page_of(certificate)
    assert "none is public" in page
    assert "pact.json" not in page
    assert "pact" not in record_of(certificate)
    assert "pact" in record_of(certificate)["not_published"]
    with pytest.raises(Invalid) as caught:
        consent(world, number, "pact")
    assert caught.value.code == "pact_needs_consent"
    assert "primary_share" in str(caught.value.findings[0].params["fields"])
    assert "pact" not in Certificate.objects.get().shown
    manager = client_of(world.actor(world.alpha))
    refused = manager.post(f"/certificates/{number}/consent/", {"shown": ["pact"]})
    assert refused.status_code in (409, 422)
    assert "PACT&#x27;s required fields" in refused.content.decode()
    # this study says nothing of standards, packaging, carbon: the holder is told by the study's fields
    with pytest.raises(Invalid) as caught:
        consent(world, number, "pact", "primary_share")
    assert {"forms.standards", "carbon_content.fossil"} <= {item.where for item in caught.value.findings}
    # under a scheme version that does not know the field
    issue = Certificate.objects.get().issue
    issue.order = {**issue.order, "consentable": ["sites"]}
    issue.save()
    assert [item["code"] for item in api(number)[1]["findings"]] == ["pact_not_in_scheme"]
    with pytest.raises(Invalid) as caught:
        consent(world, number, "pact", "primary_share")
    assert caught.value.code == "pact_not_in_scheme"
    assert "pact" not in record_of(Certificate.objects.get())["not_published"]
    assert 'value="pact"' not in manager.get(f"/certificates/{number}/").content.decode()


def test_with_consent_the_document_has_the_fields_that_were_opened_and_no_others(world: World) -> None:
    certificate = certified(Brought(world))
    number, owner = certificate.number, world.actor(world.alpha)
    resolving.set_identifiers(owner, number=number, identifiers=[resolving.Identifier("gtin", GTIN)])
    consent(world, number, "pact", "primary_share")
    status, body = api(number)
    assert status == 200, body
    forms.check(forms.form("pact"), body)
    assert body == Client().get(f"/p/{number}/pact.json").json() == record_of(Certificate.objects.get())["pact"]
    claims = certificate.claims
    assert (body["companyName"], body["status"]) == (claims["holder"]["name_zh"], "Active")
    assert (body["pcf"]["declaredUnitOfMeasurement"], body["pcf"]["declaredUnitAmount"]) == ("kilowatt hour", "1")
    assert body["pcf"]["productMassPerDeclaredUnit"] == "7.588"
    # PACT's parameters change nothing of this study, whose figure is certified with three digits
    assert f"{float(body['pcf']['pcfIncludingBiogenicUptake']):.3g}" == claims["value"]
    assert f"{claims['value']} kg CO2e" in body["comment"]
    assert "演示 DEMO" in body["comment"]
    assert body["pcf"]["secondaryEmissionFactorSources"][0]["name"] == claims["release"]
    allowed = pact.opened(certificate.shown["fields"] + ["pact", "primary_share"])
    assert set(body) | set(body["pcf"]) <= allowed
    assert not {"geographyCountry", "geographyCountrySubdivision"} & set(body["pcf"])
    assert SECRET not in canonical_bytes(record_of(Certificate.objects.get())).decode()
    page = page_of(certificate)
    assert f"/p/{number}/pact.json" in page
    assert "<dt>Share of primary data</dt><dd>0.0 %</dd>" in page
    bar = page.partition('class="chart stage-bar"')[2].partition("</div>")[0]
    # the bar says itself what it shows; what is not declared is hatched and named
    assert "Use not declared" in bar.partition("<desc")[2].partition("</desc>")[0]
    assert "tb-absent" in bar
    assert page.count('class="tb-swatch"') == 5
    # sites opened too: another document, which names the one before
    consent(world, number, "pact", "primary_share", "sites")
    newer = api(number)[1]
    assert newer["pcf"]["geographyCountrySubdivision"] == "CN-GD"
    assert newer["precedingPfIds"] == [body["id"]]
    links = Client().get(f"/01/{GTIN}", {"linkType": "all"}).json()["linkset"][0]
    offered = {item["href"]: item["type"] for item in links[f"{resolving.GS1}sustainabilityInfo"]}
    assert offered[f"http://testserver/p/{number}/pact.json"] == "application/json"
    sent = Client(headers={"accept": "application/json"}).get(f"/01/{GTIN}", {"linkType": "gs1:sustainabilityInfo"})
    assert sent["Location"].endswith("/pact.json")
    # suspended: nobody should use it; taken back: it is gone
    decider = world.actor(world.body, Role.DECIDER)
    head = Certificate.objects.get().head
    commands.suspend(decider, number=number, builds_on=head, reason="mark_misuse")
    assert api(number)[1]["status"] == "Deprecated"
    consent(world, number)
    assert api(number)[0] == 409
    assert "pact" not in Entry.objects.get(number=number).record


def declared(number: str) -> tuple[int, Any]:
    answer = Client(headers={"accept-language": "en"}).get(f"/api/v1/declarations/{number}/pact")
    return answer.status_code, answer.json()


def test_a_self_calculated_figure_is_public_for_pact_with_consent_and_says_what_it_is(world: World) -> None:
    play = Brought(world)
    study = play.submit_study()
    made = declaring.declare(play.manager, study_id=study, kind="self_calculated")
    number, page = made.number, f"/d/{made.number}"
    status, told = declared(number)
    assert (status, told["code"]) == (409, "pact_not_published")
    assert "none is public" in Client(headers={"accept-language": "en"}).get(page).content.decode()
    assert 'value="pact"' in client_of(play.manager).get(f"/declarations/{number}/").content.decode()
    with pytest.raises(Invalid) as refused:
        declaring.show_fields(play.manager, number=number, shown=("pact",))
    assert refused.value.code == "pact_needs_consent"
    sent = client_of(play.manager).post(f"/declarations/{number}/fields/", {"shown": ["pact", "primary_share"]})
    assert sent.status_code == 302
    status, body = declared(number)
    assert status == 200, body
    forms.check(forms.form("pact"), body)
    record = Entry.objects.get(number=number).record
    assert body == Client().get(f"{page}/pact.json").json() == record["pact"]
    assert (body["companyName"], body["status"]) == (world.alpha.name_zh, "Active")
    assert f"{float(body['pcf']['pcfIncludingBiogenicUptake']):.3g}" == record["value"]
    assert "checked by nobody else" in body["comment"]
    assert "证书" not in body["comment"].replace("不是证书", "")
    assert number in body["productIds"][0]
    assert body["pcf"]["secondaryEmissionFactorSources"][0]["name"] == RELEASE
    assert set(body) | set(body["pcf"]) <= pact.opened(("pact", "primary_share"))
    assert SECRET not in canonical_bytes(record).decode()
    assert f"{page}/pact.json" in Client().get(page).content.decode()
    # A newer figure takes its place: its document names the one before, which nobody should use.
    newer = declaring.declare(play.manager, study_id=study, kind="self_calculated", shown=("pact", "primary_share"))
    assert declared(newer.number)[1]["precedingPfIds"] == [body["id"]]
    assert declared(number)[1]["status"] == "Deprecated"
    declaring.show_fields(play.manager, number=newer.number, shown=())
    assert declared(newer.number)[0] == 409
    assert "pact" not in Entry.objects.get(number=newer.number).record


def test_a_verified_figure_follows_from_the_package_of_the_opinion(world: World) -> None:
    play = Brought(world)
    case = play.until("granted")
    paper = cases.draft_paper(play.handler, case_id=case.id, kind="verification_statement", remarks="")
    cases.sign_paper(play.verifier, paper_id=paper.id, content=paper.content)
    assert play.decider.person_id is not None
    assert play.study_id is not None
    cases.name_signatory(play.handler, person_id=play.decider.person_id)
    cases.release_paper(play.decider, paper_id=paper.id, content=paper.content)
    shown = ("pact", "primary_share", "stages")
    made = declaring.declare(play.manager, study_id=play.study_id, kind="verified", shown=shown)
    body = declared(made.number)[1]
    forms.check(forms.form("pact"), body)
    assert f"{world.body.name_zh} 核查的数值为 {made.facts['value']}" in body["comment"]
    assert "it is no certificate" in body["comment"]
    declaring.withdraw(play.decider, number=made.number, reason="opinion_withdrawn")
    assert declared(made.number)[1]["status"] == "Deprecated"


def test_every_field_that_the_form_writes_is_public_opened_by_consent_or_withheld_by_name() -> None:
    body = forms.schema(forms.form("pact"))
    every = {*body["properties"], *body["properties"]["pcf"]["properties"]}
    groups = [pact.PUBLIC, pact.WITHHELD, *pact.OPENED_BY.values()]
    assert every == frozenset().union(*groups)
    assert sum(len(group) for group in groups) == len(every)
    assert set(pact.lacking(())) == {"pact", "primary_share"}
