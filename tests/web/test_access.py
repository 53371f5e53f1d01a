"""Every page and API operation as every role: nothing opens to whom it is not meant for, and nothing breaks.

Later features are walked without a change here.
"""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from factories import World, api_token, client_of
from tanbiao.core.findings import TanbiaoError
from tanbiao.web.access import PUBLIC, AccessMiddleware, check
from tanbiao.web.accounts.actor import ANONYMOUS, Actor
from web.walking import Operation, Place, operations, pages

pytestmark = pytest.mark.django_db


def _may(actor: Actor | None, rule: str) -> bool:
    try:
        check(actor or ANONYMOUS, rule)
    except TanbiaoError:
        return False
    return True


def _regex(place: Place) -> bool:
    return any(char in place.address for char in "(?[")


def test_every_page_says_who_may_open_it() -> None:
    silent = [place.address for place in pages() if place.rule is None]
    assert silent == []


def test_every_operation_says_who_may_call_it() -> None:
    found = list(operations())
    assert len(found) > 5
    assert [one for one in found if one.rule is None] == []


def test_a_view_that_says_nothing_is_closed_to_all() -> None:
    def forgotten(request: object) -> HttpResponse:
        raise AssertionError("must not run")

    request = RequestFactory().get("/api/forgotten")
    answer = AccessMiddleware(lambda _: HttpResponse()).process_view(request, forgotten, (), {})
    assert answer is not None
    assert answer.status_code == 403


@pytest.mark.parametrize("kind", ["visitor", "enterprise", "certification_body", "authority", "operator"])
def test_every_page_as_every_role(world: World, kind: str) -> None:
    places = [place for place in pages() if not _regex(place)]
    assert len(places) > 10
    roles = {name: actor for name, actor in world.everyone().items() if name.partition(":")[0] == kind}
    assert roles
    for number, (name, actor) in enumerate(roles.items()):
        client = client_of(actor)
        client.raise_request_exception = False
        drawn: set[int] = set()
        # What is open to all looks at the kind of organisation at most: one role of each opens it.
        for place in places:
            if place.rule != PUBLIC or number == 0:
                _check_page(client, place, name, actor, drawn)


def _check_page(client: Client, place: Place, name: str, actor: Actor | None, drawn: set[int]) -> None:
    """Open and post to a page; ``drawn``: statuses of refusal whose page this role has been shown.

    The page of a refusal is one template, drawn with the whole menu: once a role it is asked for as a person gets it,
    then as a program does, whose answer has the same status. What somebody may open is always opened as a person does;
    what was not found there is posted to as a program does.
    """
    assert place.rule is not None
    may, opened = _may(actor, place.rule), 0
    for method in ("get", "post"):
        short = opened == 404 if may else actor is not None and 403 in drawn
        answer = getattr(client, method)(place.address, headers={"accept": "application/json"} if short else {})
        drawn.add(answer.status_code)
        opened = answer.status_code
        where = f"{method} {place.address} as {name}: {answer.status_code}"
        assert answer.status_code not in (500, 501), where
        if may:
            continue
        if actor is not None:
            assert answer.status_code == 403, where
        elif method == "get":
            assert answer.status_code == 302, where
            assert "/accounts/login/" in answer["Location"], where
        else:
            assert answer.status_code == 401, where


def test_every_operation_as_every_role(world: World) -> None:
    found = list(operations())
    for name, actor in world.everyone().items():
        token = api_token(actor) if actor is not None else {}
        client = Client(raise_request_exception=False)
        for one in found:
            _check_operation(client, one, name, actor, token)


def _check_operation(client: Client, one: Operation, name: str, actor: Actor | None, token: dict[str, str]) -> None:
    assert one.rule is not None
    answer = client.generic(one.method, one.address, b"{}", content_type="application/json", **token)  # type: ignore[arg-type]
    where = f"{one.method} {one.address} as {name}: {answer.status_code}"
    assert answer.status_code < 500, where
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/problem+json", where
        assert answer.json()["status"] == answer.status_code, where
    if not _may(actor, one.rule):
        assert answer.status_code == (401 if actor is None else 403), where
    elif one.rule != PUBLIC:
        assert answer.status_code != 401, where


def test_a_session_must_send_the_csrf_token_to_write_through_the_api(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    signed_in = client_of(world.actor(world.alpha))
    client.cookies = signed_in.cookies
    answer = client.post("/api/v1/tokens", b'{"name": "x"}', content_type="application/json")
    assert answer.status_code == 403
    assert answer.json()["code"] == "csrf_failed"


def test_a_made_up_or_revoked_token_is_refused(world: World) -> None:
    client = Client()
    assert client.get("/api/v1/me", headers={"authorization": "Bearer tbk_nothing"}).status_code == 401
    token = api_token(world.actor(world.alpha))
    made = client.get("/api/v1/tokens", **token).json()
    assert client.delete(f"/api/v1/tokens/{made[0]['id']}", **token).status_code == 204
    assert client.get("/api/v1/me", **token).status_code == 401
