"""The label's flight form: short, checked whole without a network, and any change of it refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from evidence.world import BASE, CLAIMS, DID, INDEX, NOW, World, flight_status, make_world
from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import label_payload
from tanbiao.evidence.encoding import b64url
from tanbiao.evidence.verdict import Verdict


@pytest.fixture(scope="module")
def flight(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("flight"), status=flight_status())


@pytest.fixture(scope="module")
def address(flight: World) -> str:
    return label_payload.encode(f"{BASE}/v/{CLAIMS.number}", flight.claims, flight.store.current("certificate"))


def checked(world: World, text: str, *, now: Any = NOW, **how: Any) -> Verdict:
    return label_payload.verify(text, world.resolver(**how), now=now)


def test_it_is_short_and_says_what_a_pack_must(flight: World, address: str) -> None:
    assert len(address) <= label_payload.MAX_LENGTH <= 700
    read = label_payload.decode(address)
    assert read.version == label_payload.FLIGHT
    assert (read.number, read.value, read.unit, read.declared_unit) == (CLAIMS.number, "61.3", "kg CO2e/kWh", "1 kWh")
    assert (read.boundary, read.scheme, read.index) == ("cradle_to_gate", "demo-label", INDEX)
    assert (read.valid_from, read.valid_until) == ("2026-11-21", "2028-11-20")
    assert read.holder == label_payload.holder_hash(CLAIMS.holder.id)


def test_with_fresh_lists_at_hand_it_is_valid_and_a_bit_in_a_list_ends_that(flight: World, address: str) -> None:
    assert checked(flight, address).verdict == "valid"
    assert checked(flight, address, suspended=True).step("status").code == "step_status_suspension"
    assert checked(flight, address, suspended=True).verdict == "invalid"
    assert checked(flight, address, revoked=True).verdict == "invalid"
    old = checked(flight, address, age=timedelta(hours=25))
    assert (old.verdict, old.step("status").code, old.status_as_of) == (
        "valid_but",
        "step_status_old",
        "2026-11-20T02:00:00Z",
    )


def test_unreachable_lists_are_said_and_cost_the_plain_valid(flight: World, address: str) -> None:
    found = label_payload.verify(address, flight.trust.resolver(), now=NOW)
    assert (found.verdict, found.step("status").code) == ("valid_but", "step_status_absent")
    half = {name: item for name, item in flight.lists().items() if "suspension" in name}
    found = label_payload.verify(address, flight.trust.resolver(half), now=NOW)
    assert (found.verdict, found.step("status").code) == ("valid_but", "step_status_incomplete")


def test_every_flipped_bit_of_the_payload_is_refused(flight: World, address: str) -> None:
    """One bit in any place of the payload: refused as unreadable, or its signature does not hold."""
    resolve = flight.resolver()
    begin = address.index("?s=") + 3
    for at in range(begin, len(address)):
        for bit in (1, 2, 4, 8, 16, 32, 64):
            changed = address[:at] + chr(ord(address[at]) ^ bit) + address[at + 1 :]
            verdict = label_payload.verify(changed, resolve, now=NOW)
            assert verdict.verdict == "invalid", (at, bit, changed)


def test_a_forged_code_and_a_replaced_payload_are_refused(
    flight: World, address: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    forger = make_world(tmp_path_factory.mktemp("forger"), status=flight_status())
    forged = label_payload.encode(
        f"{BASE}/v/x", replace(flight.claims, value="1.0"), forger.store.current("certificate")
    )
    assert checked(flight, forged).step("signature").code == "step_signature_unknown_key"
    # The forger may write the true key's name beside a signature of his own.
    thumb = flight.store.current("certificate").kid.removeprefix("certificate-")
    own = forger.store.current("certificate").kid.removeprefix("certificate-")
    named = forged.replace(own, thumb)
    assert checked(flight, named).step("signature").code == "step_signature_bad"
    # A good payload of another certificate under this one's address is that other certificate's, and says so.
    other = replace(flight.claims, number="DEMO-PCF-2026-000777", value="2.5")
    swapped = label_payload.encode(f"{BASE}/v/{CLAIMS.number}", other, flight.store.current("certificate"))
    assert label_payload.decode(swapped).number == "DEMO-PCF-2026-000777"
    assert label_payload.verify(swapped, flight.resolver(), now=NOW, value="61.3").verdict == "invalid"


def test_a_place_in_a_later_list_is_found_in_that_list(tmp_path_factory: pytest.TempPathFactory) -> None:
    far = make_world(tmp_path_factory.mktemp("far"), status=flight_status(7))
    text = label_payload.encode(f"{BASE}/v/x", far.claims, far.store.current("certificate"))
    assert label_payload.decode(text).index == INDEX + 7 * 131072
    assert checked(far, text).verdict == "valid"
    assert checked(far, text, suspended=True).verdict == "invalid"


def test_where_the_flight_form_does_not_fit_the_short_one_is_used(flight: World) -> None:
    key = flight.store.current("certificate")
    long = label_payload.encode(f"{BASE}/v/x", replace(flight.claims, declared_unit="一" * 60), key)
    elsewhere = label_payload.encode("https://other.example/v/x", flight.claims, key)
    for text in (long, elsewhere):
        assert label_payload.decode(text).version == label_payload.SHORT
    assert label_payload.verify(elsewhere, flight.resolver(), now=NOW, issuer=DID).verdict == "valid_but"


@pytest.mark.parametrize("place", range(14))
def test_a_field_that_is_missing_or_spelt_otherwise_is_refused(flight: World, address: str, place: int) -> None:
    head, raw = address.split("?s=")
    fields = raw.split("~")
    for wrong in ("", "%", "00", "\n", b64url(b"a\nb") + "~"):
        text = f"{head}?s={'~'.join([*fields[:place], wrong, *fields[place + 1 :]])}"
        assert label_payload.verify(text, flight.resolver(), now=NOW).verdict == "invalid", wrong
    with pytest.raises(TanbiaoError, match="label"):
        label_payload.decode(f"{head}?s={'~'.join(fields[:place] + fields[place + 1 :])}")


def test_beside_its_certificate_every_member_must_agree(flight: World) -> None:
    key = flight.store.current("certificate")
    changes: list[dict[str, Any]] = [
        {"declared_unit": "2 kWh"},
        {"boundary": "cradle_to_grave"},
        {"scheme_id": "other-label"},
        {"valid_from": "2026-11-20"},
        {"status": replace(flight_status(), index=7)},
        {"holder": replace(CLAIMS.holder, id="urn:tanbiao:org:f2")},
    ]
    for change in [{}, *changes]:
        text = label_payload.encode(f"{BASE}/v/x", replace(flight.claims, **change), key)
        step = label_payload.label_step(text, flight.claims, _issuer(flight))
        assert step.code == ("step_label_matches" if not change else "step_label_differs"), change


def _issuer(world: World) -> Any:
    from tanbiao.evidence.issuers import issuer_of

    return issuer_of(world.resolver(), DID)
