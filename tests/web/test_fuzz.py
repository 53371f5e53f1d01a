"""The API against its own description: whatever fits the OpenAPI document gets an answer that the document declares."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.http import urlencode
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from factories import World, api_token
from tanbiao.web.accounts.roles import Role

schemathesis = pytest.importorskip("schemathesis")
from schemathesis.core import NotSet  # noqa: E402

pytestmark = pytest.mark.django_db
EXAMPLES = 60


def _send(client: Client, case: Any, token: dict[str, str]) -> Any:
    """Send a generated call the way its media type wants."""
    query = {key: value for key, value in (case.query or {}).items() if value is not None}
    address = f"{case.formatted_path}?{urlencode(query, doseq=True)}"
    media_type = case.media_type or "application/json"
    if media_type.startswith("multipart"):
        fields = case.body if isinstance(case.body, dict) else {}
        data = {
            key: SimpleUploadedFile("file.bin", value) if isinstance(value, bytes) else str(value)
            for key, value in fields.items()
        }
        return client.post(address, data, **token)  # type: ignore[arg-type]
    body = b"" if isinstance(case.body, NotSet) else json.dumps(case.body).encode()
    return client.generic(case.method.upper(), address, body, content_type=media_type, **token)  # type: ignore[arg-type]


@pytest.mark.parametrize("who", ["visitor", "enterprise", "verifier", "operator"])
def test_every_call_that_fits_the_description_gets_a_described_answer(world: World, who: str) -> None:
    actors = {
        "enterprise": world.actor(world.alpha),
        "verifier": world.actor(world.body, Role.VERIFIER),
        "operator": world.actor(world.operator),
    }
    token = api_token(actors[who]) if who in actors else {}
    client = Client(raise_request_exception=False)
    schema = schemathesis.openapi.from_dict(client.get("/api/v1/openapi.json").json())
    calls = [found.ok() for found in schema.get_all_operations()]
    # A call that ends the caller's own token or role would make every later answer a 401.
    calls = [call for call in calls if call.method.upper() != "DELETE"]
    assert len(calls) > 20

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        phases=[Phase.generate],
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def call_one(data: st.DataObject) -> None:
        operation = data.draw(st.sampled_from(calls), label="operation")
        case: Any = data.draw(operation.as_strategy(), label="case")
        answer = _send(client, case, token)
        declared = {str(status) for status in operation.definition.raw["responses"]}
        said = answer.getvalue()[:300].decode(errors="replace")
        assert str(answer.status_code) in declared, (case.method, case.path, answer.status_code, said)
        if answer.status_code >= 400 and answer["Content-Type"] == "application/problem+json":
            assert answer.json()["status"] == answer.status_code

    call_one()
