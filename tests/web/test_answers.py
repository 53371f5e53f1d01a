"""What the service answers when something is wrong, in whose language, and what every answer carries."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from django.http import HttpRequest
from django.test import Client, override_settings
from django.urls import path
from pydantic import BaseModel

from factories import World, api_token, client_of
from tanbiao.core.findings import catalogue
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.problems import status_of

pytestmark = pytest.mark.django_db

KEYS = {"type", "title", "status", "detail", "code", "where", "remedy", "findings"}


@pytest.mark.parametrize(("lang", "words"), [("zh-CN,zh;q=0.9", "没有找到"), ("en-US,en;q=0.9", "Not found")])
def test_a_wrong_address_gets_a_page_in_the_readers_language(client: Client, lang: str, words: str) -> None:
    answer = client.get("/no/such/page", headers={"accept-language": lang})
    assert answer.status_code == 404
    assert words in answer.content.decode()


@pytest.mark.parametrize(("lang", "words"), [("zh", "没有找到"), ("en", "There is no such")])
def test_a_program_gets_the_same_as_problem_details(client: Client, lang: str, words: str) -> None:
    answer = client.get(f"/api/v1/nothing?lang={lang}")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert set(body) == KEYS
    assert body["code"] == "not_found"
    assert words in body["detail"]


def test_every_field_that_does_not_fit_is_named(client: Client) -> None:
    answer = client.post("/api/v1/organisations", b"{}", content_type="application/json")
    assert answer.status_code == 422
    body = answer.json()
    places = {item["where"] for item in body["findings"]}
    assert {f"body.body.{name}" for name in ("name_zh", "username", "password")} <= places
    assert body["code"] == "field_invalid"


def test_a_body_that_is_no_json_is_400(client: Client, world: World) -> None:
    token = api_token(world.actor(world.alpha))
    answer = client.post("/api/v1/tokens", b"{", content_type="application/json", **token)
    assert answer.status_code == 400
    assert answer.json()["code"] == "request_unreadable"


def test_an_upload_over_the_limit_is_refused_before_it_is_read(client: Client, settings: Any) -> None:
    settings.TANBIAO_MAX_UPLOAD_BYTES = 1000
    answer = client.post("/join/", {"name_zh": "x" * 2000}, headers={"accept-language": "zh"})
    assert answer.status_code == 413
    assert "草稿保持原样" in answer.content.decode()
    answer = client.post("/api/v1/organisations", b" " * 2000, content_type="application/json")
    assert answer.json()["code"] == "upload_too_large"


@access(PUBLIC)
def _broken(request: HttpRequest) -> None:
    raise RuntimeError("secret path /srv/tanbiao/keys")


urlpatterns = [path("broken/", _broken), path("api/broken/", _broken)]
handler404 = "tanbiao.web.problems.missing"


@override_settings(ROOT_URLCONF="web.test_answers")
def test_an_unforeseen_failure_leaks_nothing_and_can_be_found_again(caplog: pytest.LogCaptureFixture) -> None:
    client = Client(raise_request_exception=False)
    with caplog.at_level(logging.ERROR, logger="tanbiao.problems"):
        answer = client.get("/api/broken/")
    body = answer.json()
    assert answer.status_code == 500
    assert body["code"] == "unexpected"
    assert "secret" not in answer.content.decode()
    reference = body["findings"][0]["message"].split("参考号 ")[-1].split("）")[0]
    assert reference in caplog.text


def test_every_answer_carries_the_policy_headers(client: Client) -> None:
    for address in ("/join/", "/nothing", "/static/css/tanbiao.css", "/api/v1/me", "/log/key"):
        headers = client.get(address).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"


def test_no_page_has_a_script_or_style_of_its_own(client: Client) -> None:
    web = Path(__file__).resolve().parents[2] / "src" / "tanbiao" / "web"
    guilty = []
    for template in web.rglob("templates/**/*.html"):
        text = template.read_text(encoding="utf-8")
        inline_script = "<script>" in text or "javascript:" in text
        if inline_script or "<style" in text or ' style="' in text or " onclick=" in text or "https://cdn" in text:
            guilty.append(str(template.relative_to(web)))
    assert guilty == []


def test_chinese_first_and_english_on_the_same_address(client: Client) -> None:
    assert "注册机构" in client.get("/join/", headers={"accept-language": "fr"}).content.decode()
    answer = client.get("/join/?lang=en")
    assert "Register an organisation" in answer.content.decode()
    assert '<html lang="en">' in answer.content.decode()
    again = client.get("/join/", headers={"accept-language": "zh"})
    assert "Register an organisation" in again.content.decode(), "the choice is kept in a cookie"
    assert again["Content-Language"] == "en"


def test_plain_http_works_without_secure_cookies(client: Client, world: World) -> None:
    signed_in = client_of(world.actor(world.alpha))
    assert not signed_in.cookies["tanbiao_session"]["secure"]
    assert signed_in.get("/desk/").status_code == 200


def test_ten_wrong_passwords_pause_the_log_in(client: Client, world: World) -> None:
    person = world.actor(world.alpha).person
    assert person is not None
    username = person.accounts.get().username
    for _ in range(10):
        answer = client.post("/accounts/login/", {"login": username, "password": "wrong-password-1"})
    answer = client.post("/accounts/login/", {"login": username, "password": "wrong-password-1"})
    assert answer.status_code == 429
    assert "locked_out" in answer.content.decode()


def test_the_openapi_document_declares_every_problem(client: Client) -> None:
    document = client.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.")
    for address, methods in document["paths"].items():
        for method, operation in methods.items():
            answers = operation["responses"]
            where = f"{method} {address}"
            assert {"400", "404", "422"} <= set(answers), where
            assert "application/problem+json" in answers["404"]["content"], where
            assert operation.get("summary"), where
            if operation.get("security"):
                assert {"401", "403"} <= set(answers), where


def test_no_two_schemas_share_a_name() -> None:
    """The OpenAPI document knows a schema by its name alone: of two with one name, one would be described wrongly."""
    from tanbiao.web.api_root import api

    seen: dict[str, type] = {}
    for _, router in api._routers:
        for view in router.path_operations.values():
            for operation in view.operations:
                for annotation in operation.response_models.values():
                    for model in _models_in(annotation):
                        assert seen.setdefault(model.__name__, model) is model, model.__name__
    assert len(seen) > 20


def _models_in(annotation: Any) -> Iterator[type]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if annotation.__name__ != "NinjaResponseSchema":
            yield annotation
        for field in annotation.model_fields.values():
            yield from _models_in(field.annotation)
    for inner in get_args(annotation):
        yield from _models_in(inner)


def test_a_broken_multipart_body_is_400(client: Client, world: World) -> None:
    token = api_token(world.actor(world.alpha))
    address = "/api/v1/studies/00000000-0000-4000-8000-000000000007/evidence"
    answer = client.generic("POST", address, b"x", content_type="multipart/form-data", **token)  # type: ignore[arg-type]
    assert answer.status_code == 400
    assert answer.json()["code"] == "request_unreadable"


def test_every_integer_of_the_api_is_bounded(client: Client) -> None:
    document = client.get("/api/v1/openapi.json").json()
    loose = []
    for address, methods in document["paths"].items():
        for method, operation in methods.items():
            for parameter in operation.get("parameters", []):
                schemas = [parameter["schema"], *parameter["schema"].get("anyOf", [])]
                for schema in schemas:
                    if schema.get("type") == "integer" and not {"maximum", "minimum"} <= set(schema):
                        loose.append(f"{method} {address} {parameter['name']}")
    assert loose == []


def test_codes_of_the_web_have_both_languages() -> None:
    from importlib import resources

    texts = json.loads((resources.files("tanbiao.data.messages") / "web.json").read_text(encoding="utf-8"))
    for code in texts:
        assert set(catalogue()[code]) == {"zh", "en"}, code


def test_an_illegal_transition_of_the_machine_is_a_conflict() -> None:
    from tanbiao.workflow.machine import GuardRefused, IllegalTransition

    assert status_of(IllegalTransition.of("illegal_transition")) == 409
    assert status_of(GuardRefused.of("illegal_transition")) == 409
