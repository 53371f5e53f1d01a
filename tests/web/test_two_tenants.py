"""Nothing of one enterprise shows on any page or call of another: every address of the site is asked as a stranger."""

from __future__ import annotations

import pytest
from django.test import Client

from factories import World, api_token, client_of
from tanbiao.web.accounts import commands
from web.tenants import assert_silent
from web.walking import operations, pages

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("GBA-P02")
def test_no_page_and_no_call_shows_one_enterprise_to_another(world: World) -> None:
    """Two tenants in two jurisdictions work side by side; each sees only its own."""
    owner = world.actor(world.alpha)
    commands.make_token(owner, name="alpha-erp-token")
    assert owner.person is not None
    secrets = [world.alpha.name_zh, world.alpha.name_en, world.alpha.uscc or "", str(world.alpha.id), "alpha-erp-token"]
    secrets += [owner.person.name_zh, owner.person.accounts.get().username]
    for stranger in (world.actor(world.beta), world.actor(world.authority), None):
        browser = client_of(stranger)
        for place in pages():
            if "(" not in place.address:
                assert_silent(browser.get(place.address).getvalue().decode(errors="replace"), secrets, place.address)
        token = api_token(stranger) if stranger is not None else {}
        for one in operations():
            if one.method == "GET":
                answer = Client().get(one.address, **token)  # type: ignore[arg-type]
                assert_silent(answer.getvalue().decode(errors="replace"), secrets, one.address)
    mine = client_of(owner).get("/organisation/").content.decode()
    assert world.alpha.uscc is not None
    assert world.alpha.uscc in mine
    assert "alpha-erp-token" in mine
