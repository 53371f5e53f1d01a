"""The reduction commitment: figures and the applicant's own measures; offsets are refused by their name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from factories import World, api_token, client_of
from tanbiao.core.verification.reduction import NEVER, Measure, check_commitment
from tanbiao.web.certification import commands as cases
from tanbiao.web.certification.models import ReductionCommitment
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed
from web.certification.playing import Play

OWN = Measure("process", "低温煅烧 lower burning temperature", "60")
GOOD: dict[str, Any] = {
    "baseline": "900",
    "baseline_year": 2025,
    "target": "820",
    "target_year": 2028,
    "measures": [OWN],
}


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"target": "900"}, "reduction_target_not_below"),
        ({"target": "nan"}, "reduction_number"),
        ({"baseline": "many"}, "reduction_number"),
        ({"target_year": 2025}, "reduction_year"),
        ({"measures": []}, "reduction_without_measure"),
        ({"measures": [Measure("prayer", "x")]}, "reduction_kind_unknown"),
        ({"measures": [Measure("process", " ")]}, "reduction_measure_incomplete"),
        *(({"measures": [OWN, Measure(kind, "林业碳汇")]}, "reduction_by_offset") for kind in NEVER),
    ],
)
def test_what_is_no_commitment_is_refused_by_name(changes: dict[str, Any], code: str) -> None:
    found = check_commitment(**(GOOD | changes))
    assert code in {item.code for item in found}
    assert check_commitment(**GOOD) == ()


@pytest.mark.django_db
@pytest.mark.requirement("GBA-T12")
def test_it_is_recorded_at_the_audit_and_shown_at_the_decision(world: World) -> None:
    play = Play(world)
    play.until("on_site")
    with pytest.raises(Invalid) as caught:
        cases.record_commitment(
            play.verifier, case_id=play.case.id, **(GOOD | {"measures": [Measure("offset", "林业碳汇 500 t")]})
        )
    assert (caught.value.code, caught.value.findings[0].params["text"]) == ("reduction_by_offset", "林业碳汇 500 t")
    page = f"/cases/{play.case_id}/commitment/"
    client = client_of(play.verifier)
    form = {"baseline": "900", "baseline_year": "2025", "target": "820", "target_year": "2028"}
    said = client.post(page, {**form, "kind-0": "credit", "text-0": "买的额度"})
    assert said.status_code == 422
    assert "does not count" in said.content.decode()
    assert not ReductionCommitment.objects.exists()
    assert client.post(page, {**form, "kind-0": "process", "text-0": "低温煅烧"}).status_code == 302
    with pytest.raises(NotAllowed):
        cases.record_commitment(play.manager, case_id=play.case.id, **GOOD)
    api, token = f"/api/v1/cases/{play.case_id}/commitments", api_token(play.verifier)
    body = {**GOOD, "target": "800", "measures": [{"kind": "material", "text": "掺合料"}]}
    sender: Any = {"content_type": "application/json", **token}
    made = Client().post(api, data=json.dumps(body), **sender)
    assert (made.status_code, made.json()["version"], made.json()["target"]) == (201, 2, "800")
    play.visit()
    play.opinion()
    play.review()
    assert play.case.state == "decision"
    for actor in (play.decider, play.manager):
        shown = client_of(actor).get(f"/cases/{play.case_id}/").content.decode()
        assert "900 → 800" in shown
        assert "掺合料" in shown
    with pytest.raises(Conflict):
        cases.record_commitment(play.verifier, case_id=play.case.id, **GOOD)
