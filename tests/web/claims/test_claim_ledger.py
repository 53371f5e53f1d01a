"""Each certificate is used once: across products, factories and organisations, by commands, page and API, at once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connections
from django.test import Client

from factories import SYSTEM, World, api_token, client_of, make_actor, make_organisation
from tanbiao.core.findings import render
from tanbiao.examples import example
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Kind, Role
from tanbiao.web.claims import commands, queries
from tanbiao.web.claims.models import Claim
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed
from tanbiao.web.ledger.models import LogEntry
from tanbiao.web.studies import commands as studies
from tanbiao.web.studies import queries as study_queries
from tanbiao.web.studies.models import Study


def used(code: str = "GEC-2023-0001", amount: float = 300.0, **more: Any) -> dict[str, Any]:
    """Return an instrument as a result lists it."""
    return {
        "kind": "green_power",
        "code": code,
        "amount": amount,
        "whole": None,
        "row": "m4",
        "where": "m4.claims[0]",
    } | more


def register(actor: Actor, *instruments: dict[str, Any], study: UUID | None = None) -> list[Claim]:
    """Register instruments for a study."""
    assert actor.organisation is not None
    return commands.register(
        actor,
        owner=actor.organisation,
        study_id=study or uuid4(),
        title_zh="秘密电机",
        title_en="secret motor",
        revision="sha256:" + "1" * 64,
        instruments=instruments,
    )


@pytest.fixture
def alpha(world: World) -> Actor:
    return world.actor(world.alpha, Role.ENTERPRISE_MANAGER)


@pytest.fixture
def beta(world: World) -> Actor:
    return world.actor(world.beta, Role.ENTERPRISE_MANAGER)


@pytest.mark.django_db
@pytest.mark.requirement("SH-05a")
def test_a_second_use_by_another_organisation_is_refused_without_its_secrets(alpha: Actor, beta: Actor) -> None:
    (first,) = register(alpha, used())
    with pytest.raises(Conflict) as refused:
        register(beta, used("gec 2023－0001"), used("GEC-OTHER", where="m5.claims[0]"))
    assert [item.code for item in refused.value.findings] == ["claim_taken"]
    assert refused.value.where == "m4.claims[0]"
    told = render(refused.value.findings[0], "en")["message"] + render(refused.value.findings[0], "zh")["message"]
    assert first.reference in told
    assert alpha.organisation is not None
    for secret in (alpha.organisation.name_zh, alpha.organisation.name_en, "秘密电机", "secret motor", "m4", "300"):
        assert secret not in told
    assert Claim.objects.filter(owner=beta.organisation).count() == 0


@pytest.mark.django_db
def test_a_second_use_in_a_study_of_ones_own_names_the_first(alpha: Actor) -> None:
    register(alpha, used())
    with pytest.raises(Conflict) as refused:
        register(alpha, used(), used("PASS-1", kind="co2_pass", where="k.capture"))
    told = render(refused.value.findings[0], "zh")["message"]
    assert refused.value.code == "claim_taken_own"
    assert "秘密电机" in told
    assert "m4" in told


@pytest.mark.django_db
@pytest.mark.requirement("SD-13b")
def test_products_of_one_organisation_share_a_certificate_up_to_what_it_holds(alpha: Actor, beta: Actor) -> None:
    """300 + 500 MWh of 1000 fit; 201 more do not; another organisation gets none of the rest."""
    register(alpha, used(whole=1000.0))
    register(alpha, used(amount=500.0, whole=1000.0))
    with pytest.raises(Conflict) as refused:
        register(alpha, used(amount=200.001, whole=1000.0))
    assert refused.value.code == "claim_over_whole"
    assert "1000.001" in render(refused.value.findings[0], "en")["message"]
    register(alpha, used(amount=200.0, whole=1000.0))
    with pytest.raises(Conflict) as refused:
        register(beta, used(amount=0.001, whole=1000.0))
    assert refused.value.code == "claim_taken"
    with pytest.raises(Conflict) as refused:
        register(alpha, used(amount=1.0, whole=2000.0))
    assert refused.value.code == "claim_taken_own"


@pytest.mark.django_db
def test_studies_of_a_site_draw_no_more_than_its_plant_gave(alpha: Actor, beta: Actor) -> None:
    def sun(amount: float, whole: float | None = 100.0, place: str = "m4.claims[0]") -> dict[str, Any]:
        return used("2023-05 solar works-1", amount, kind="own_generation", whole=whole, where=place)

    study = uuid4()
    register(alpha, sun(60), study=study)
    with pytest.raises(Conflict) as unsaid:
        register(alpha, sun(20, None))
    assert unsaid.value.code == "claim_plant_unsaid"
    # Each of two rows would fit by itself; together with the first study they draw 110.
    with pytest.raises(Conflict) as over:
        register(alpha, sun(25), sun(25, place="m5.claims[0]"))
    assert over.value.code == "claim_over_plant"
    told = render(over.value.findings[0], "en")["message"]
    assert "110 MWh" in told
    assert "100 MWh" in told
    register(alpha, sun(15), sun(25, place="m5.claims[0]"))
    # Another company's works of the same name has a plant of its own; nobody hears of the first.
    register(beta, sun(90))
    assert queries.check(beta, "own_generation", "2023-05 SOLAR works 1").standing == "yours"
    assert queries.check(alpha, "own_generation", "2023-06 solar works-1").standing == "free"
    # The next month is another one, and what is given back can be used.
    register(alpha, used("2023-06 solar works-1", 80.0, kind="own_generation", whole=100.0))
    assert alpha.organisation is not None
    commands.release(alpha, owner=alpha.organisation, study_id=study)
    register(alpha, sun(60))
    assert alpha.organisation is not None
    assert queries.not_held(study, alpha.organisation.id, [sun(60)]) == ["2023-05 solar works-1"]


@pytest.mark.django_db
def test_a_pass_is_given_once_and_received_once(alpha: Actor, beta: Actor) -> None:
    register(alpha, used("PASS-9", 1000.0, kind="co2_pass"))
    register(beta, used("PASS-9", 1000.0, kind="co2_received"))
    for actor, kind in ((beta, "co2_pass"), (alpha, "co2_received")):
        with pytest.raises(Conflict):
            register(actor, used("PASS-9", 1000.0, kind=kind))


@pytest.mark.django_db
def test_a_later_submission_keeps_replaces_and_a_withdrawal_releases(alpha: Actor, beta: Actor) -> None:
    study = uuid4()
    (kept,) = register(alpha, used(), study=study)
    again = register(alpha, used(amount=250.0), used("GEC-2", where="m4.claims[1]"), study=study)
    assert kept.id in {item.id for item in again}
    assert Claim.objects.get(id=kept.id).amount == 250
    register(alpha, used("GEC-2", where="m4.claims[1]"), study=study)
    released = Claim.objects.get(id=kept.id)
    assert (released.is_held, released.reason) == (False, "replaced")
    assert alpha.organisation is not None
    with pytest.raises(NotAllowed):
        commands.release(beta, owner=alpha.organisation, study_id=study)
    assert commands.release(alpha, owner=alpha.organisation, study_id=study) == 1
    register(beta, used(), used("GEC-2", where="m4.claims[1]"))
    assert Claim.objects.filter(owner=alpha.organisation).count() == 2  # nothing is ever deleted


@pytest.mark.django_db
def test_nobody_registers_for_another(alpha: Actor, beta: Actor, world: World) -> None:
    assert beta.organisation is not None
    body = {"study_id": uuid4(), "title_zh": "x", "title_en": "", "revision": "", "instruments": [used()]}
    with pytest.raises(NotAllowed):
        commands.register(alpha, owner=beta.organisation, **body)
    editor = world.actor(world.alpha, Role.ENTERPRISE_EDITOR)
    with pytest.raises(NotAllowed):
        register(editor, used())


@pytest.mark.django_db
def test_the_public_log_tells_nothing_of_a_claim(alpha: Actor) -> None:
    (claim,) = register(alpha, used())
    entry = LogEntry.objects.get(subject=str(claim.id))
    assert entry.batched
    told = json.loads(bytes(entry.leaf))
    assert set(told) == {"at", "commit", "public", "subject", "type", "v"}
    assert (told["public"], told["subject"], told["type"]) == ({}, str(claim.id), "claim_event")


def _compete(actor: Actor) -> str:
    try:
        register(actor, used("GEC-RACE"), used("GEC-RACE-2", where="m5.claims[0]"))
    except Conflict as refused:
        return refused.code
    finally:
        connections.close_all()
    return "registered"


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_registers() -> None:
    actors = [make_actor(make_organisation(Kind.ENTERPRISE), Role.ENTERPRISE_MANAGER) for _ in range(5)]
    with ThreadPoolExecutor(len(actors)) as pool:
        outcomes = sorted(pool.map(_compete, actors))
    assert outcomes == ["claim_taken"] * 4 + ["registered"]
    held = Claim.objects.filter(released_at__isnull=True)
    assert held.count() == 2
    assert len({item.owner_id for item in held}) == 1


# --- through a study ------------------------------------------------------------------------------------------------


def certificate(code: str = "GEC-2023-0001") -> dict[str, Any]:
    """Return wind power under a certificate for the whole of a row."""
    claim = {
        "certificate": code, "plant": "wind farm", "technology": "wind", "production": "2023-05", "energy": "300 MWh",
        "claimant": "Alpha", "cancelled": {"for": "Alpha", "on": "2024-01-10"}, "site": "CN-JS-DEMO-1",
    }  # fmt: skip
    return {
        "supply": "green_certificate", "region": "CN-GD", "generation": "wind", "site": "CN-JS-DEMO-1",
        "use": "300 MWh", "metered": "1000 MWh", "claims": [claim],
    }  # fmt: skip


def submitted(actor: Actor, code: str = "GEC-2023-0001") -> Study:
    """Submit the cement example with its kiln under a certificate; the actor is editor and manager."""
    made = studies.create(actor, title_zh="水泥熟料")
    file = example("cement-clinker")
    studies.bring_in(actor, study_id=made.id, filename=file.file, data=file.read())
    head = study_queries.revision(actor, made.id).hash
    changes = {"electricity": certificate(code)}
    studies.edit_row(actor, study_id=made.id, row_id="m4", changes=changes, expected_parent=head)
    studies.calculate(actor, study_id=made.id, samples=50)
    studies.settle(actor, study_id=made.id)
    return studies.submit(actor, study_id=made.id, builds_on=study_queries.revision(actor, made.id).hash)


def maker(organisation: Any) -> Actor:
    """Return a person who is editor and manager."""
    return make_actor(organisation, Role.ENTERPRISE_EDITOR, Role.ENTERPRISE_MANAGER)


@pytest.mark.django_db
@pytest.mark.requirement("SH-05a")
def test_a_submitted_study_uses_its_certificate_up_until_it_is_withdrawn(world: World, starter: object) -> None:
    """Another factory can't submit with it; the state of its study stays; after the withdrawal it can."""
    first, second = maker(world.alpha), maker(world.beta)
    study = submitted(first)
    (claim,) = queries.held_by(study.id)
    assert (claim.code, claim.row, float(claim.amount)) == ("GEC-2023-0001", "m4", 300.0)
    with pytest.raises(Conflict) as refused:
        submitted(second, "gec20230001")
    assert refused.value.code == "claim_taken"
    theirs = Study.objects.get(owner=world.beta)
    assert theirs.state == "calculated"
    assert theirs.package_hash == ""
    page = client_of(first).get(f"/studies/{study.id}/").content.decode()
    assert claim.reference in page
    studies.give_back(SYSTEM, study_id=study.id, case="case")
    assert queries.held_by(study.id).count() == 1
    studies.withdraw(first, study_id=study.id, reason="holder_request")
    assert queries.held_by(study.id).count() == 0
    head = study_queries.revision(second, theirs.id).hash
    assert studies.submit(second, study_id=theirs.id, builds_on=head).state == "submitted"


# --- page and API ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_page_lists_ones_own_and_tells_whether_a_code_is_free(alpha: Actor, beta: Actor, world: World) -> None:
    (mine,) = register(alpha, used())
    (other,) = register(beta, used("GEC-B", whole=900.0))
    page = client_of(alpha).get("/claims/").content.decode()
    assert mine.reference in page
    assert "300 MWh" in page
    assert "secret motor" in page
    assert other.reference not in page
    asked = client_of(alpha, "zh").get("/claims/", {"kind": "green_power", "code": "gec-b"}).content.decode()
    assert "另一组织" in asked
    assert other.reference in asked
    assert beta.organisation is not None
    assert beta.organisation.name_zh not in asked
    assert "Nobody claims it" in client_of(alpha).get("/claims/", {"code": "GEC-C"}).content.decode()
    bad = client_of(alpha).get("/claims/", {"kind": "none", "code": "x"})
    assert bad.status_code == 422
    everything = client_of(world.actor(world.authority, Role.AUTHORITY_OFFICER)).get("/claims/").content.decode()
    assert mine.reference in everything
    assert other.reference in everything
    assert client_of(None).get("/claims/").status_code == 302


@pytest.mark.django_db
def test_the_api_says_the_same(alpha: Actor, beta: Actor) -> None:
    (mine,) = register(alpha, used(whole=900.0))
    call, token = Client(), api_token(alpha)
    body = call.get("/api/v1/claims", **token).json()  # type: ignore[arg-type]
    assert [(item["reference"], item["amount"], item["whole"], item["unit"]) for item in body["items"]] == [
        (mine.reference, "300", "900", "MWh")
    ]
    assert call.get("/api/v1/claims?held=false", **token).json()["total"] == 0  # type: ignore[arg-type]
    ask = {"kind": "green_power", "code": "GEC 2023 0001"}
    assert call.get("/api/v1/claims/check", ask, **token).json()["standing"] == "yours"  # type: ignore[arg-type]
    theirs = call.get("/api/v1/claims/check", ask, **api_token(beta)).json()  # type: ignore[arg-type]
    assert (theirs["standing"], theirs["reference"]) == ("taken", mine.reference)
    assert call.get("/api/v1/claims/check", ask | {"code": "---"}, **token).status_code == 422  # type: ignore[arg-type]
    assert call.get("/api/v1/claims").status_code == 401


@pytest.mark.django_db
def test_a_code_without_letters_or_digits_is_none(alpha: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        queries.check(alpha, "green_power", " － ")
    assert refused.value.code == "claim_code_empty"
