"""Identifiers by jurisdiction: what of each is checked, on registration by page, API and command."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from factories import PASSWORD, SYSTEM
from tanbiao.web.accounts import commands, identifiers, uscc
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.accounts.roles import Kind
from tanbiao.web.commanding import Invalid

LEI = "5493001KJTIIGC8Y1R12"
"""A published LEI: 18 characters and the check digits 12."""


def test_an_lei_checks_only_with_its_own_digits() -> None:
    assert identifiers.lei_checks(LEI)
    assert sum(identifiers.lei_checks(LEI[:18] + f"{digits:02}") for digits in range(100)) == 1
    swapped = LEI[:4] + LEI[5] + LEI[4] + LEI[6:]
    assert not identifiers.lei_checks("5439" + LEI[4:])
    assert swapped == LEI or not identifiers.lei_checks(swapped)
    assert not identifiers.lei_checks(LEI[:-1])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "given, code",
    [
        ({"jurisdiction": "CN-GD"}, "uscc_needed"),
        ({"jurisdiction": "CN-GD", "foreign_id": f"LEI {LEI}"}, "uscc_needed"),
        ({"jurisdiction": "CN-ZZ", "uscc": uscc.build("DEND0001")}, "jurisdiction_malformed"),
        ({"jurisdiction": "HK"}, "foreign_id_needed"),
        ({"jurisdiction": "HK", "foreign_id": "HK BR 1234"}, "hk_br_malformed"),
        ({"jurisdiction": "MO", "foreign_id": "Macau"}, "foreign_id_malformed"),
        ({"jurisdiction": "DE", "foreign_id": "12345"}, "foreign_id_malformed"),
        ({"jurisdiction": "DE", "foreign_id": f"LEI {LEI[:-1]}3"}, "lei_check"),
        ({"jurisdiction": "CN-GD", "uscc": uscc.build("DEND0001"), "city": "44"}, "city_malformed"),
        ({"jurisdiction": "CN-GD", "uscc": uscc.build("DEND0001"), "city": "3101"}, "city_elsewhere"),
        ({"jurisdiction": "HK", "foreign_id": "HK BR 12345678", "city": "4403"}, "city_elsewhere"),
    ],
)
def test_a_wrong_place_or_identifier_is_refused_by_name(given: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as caught:
        commands.register_organisation(SYSTEM, kind=Kind.ENTERPRISE, name_zh="演示", **given)
    assert code in {item.code for item in caught.value.findings}
    assert not Organisation.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "typed, place, said",
    [
        ({"jurisdiction": "CN-GD", "uscc": uscc.build("DEND0002"), "city": "4403"}, "CN-GD", "both check characters"),
        ({"jurisdiction": "HK", "foreign_id": "HK BR 12345678-000"}, "HK", "only the form"),
        ({"jurisdiction": "MO", "foreign_id": "MO CR 12345 SO"}, "MO", "nothing but that"),
        ({"jurisdiction": "foreign", "country": "DE", "foreign_id": f"LEI {LEI}"}, "DE", "check digits of the LEI"),
    ],
)
def test_an_enterprise_of_each_jurisdiction_joins_and_sees_what_was_checked(
    typed: dict[str, str], place: str, said: str
) -> None:
    client = Client(headers={"accept-language": "en"})
    person = {"person_name": "演示", "username": "identified", "password": PASSWORD, "name_zh": "演示企业"}
    answer = client.post("/join/", {"kind": "enterprise", **person, **typed})
    assert answer.status_code == 302, answer.content.decode()[:3000]
    assert Organisation.objects.get().jurisdiction == place
    assert said in client.get("/organisation/").content.decode()
