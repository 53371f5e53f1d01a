"""Private leaves: what the public log shows and hides."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanbiao.core import merkle
from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import leaf

AT, SUBJECT, SALT = "2026-11-21T03:00:00Z", "9f8e7d6c5b4a39281706", bytes(range(16))
EVENT = {"case": "C-2026-0007", "holder": "演示电池有限公司", "value": "61.3", "decider": "王五"}
PUBLIC = {"certificate": "DEMO-PCF-2026-000001", "status": "valid", "credential": "sha256:" + "ab" * 32}


def test_a_leaf_is_canonical_json_of_six_keys_and_hides_the_event() -> None:
    data, record = leaf.make_leaf("certificate_issued", AT, SUBJECT, EVENT, PUBLIC, SALT)
    body = json.loads(data)
    assert list(body) == ["at", "commit", "public", "subject", "type", "v"]
    assert body["public"] == PUBLIC
    for secret in ("C-2026-0007", "演示电池", "61.3", "王五"):
        assert secret not in data.decode()
    assert leaf.parse_leaf(data) == body
    assert leaf.reveals(data, record)


def test_the_commitment_is_sha256_of_salt_and_canonical_event() -> None:
    # SHA-256(000102…0f ‖ {"a":1,"b":"x"}), computed with coreutils sha256sum.
    expected = "69928ef694ef2ff262f17cbb6d1bb44a871c5de4e449f59f4c7ee3bcbda113cc"
    assert leaf.commitment({"b": "x", "a": 1}, SALT).hex() == expected


def test_another_event_or_salt_does_not_open_the_leaf() -> None:
    data, record = leaf.make_leaf("certificate_issued", AT, SUBJECT, EVENT, PUBLIC, SALT)
    assert not leaf.reveals(data, leaf.PrivateRecord({**EVENT, "value": "61.4"}, SALT))
    assert not leaf.reveals(data, leaf.PrivateRecord(record.event, bytes(16)))


def test_erasing_the_salt_erases_the_link() -> None:
    data, record = leaf.make_leaf("case_event", AT, SUBJECT, EVENT, {}, SALT)
    erased = leaf.erase_salt(record)
    assert erased.erased
    assert not leaf.reveals(data, erased)


@pytest.mark.parametrize(
    ("type", "public", "code"),
    [
        ("applicant_named", {}, "leaf_type_unknown"),
        ("certificate_issued", {"holder": "x"}, "leaf_field_not_public"),
        ("certificate_issued", {"value": "61.3"}, "leaf_field_not_public"),
        ("case_event", {"certificate": "DEMO-PCF-2026-000001"}, "leaf_field_not_public"),
        ("certificate_issued", {"certificate": "演示电池有限公司"}, "leaf_field_malformed"),
        ("certificate_issued", {"status": "王五"}, "leaf_field_malformed"),
        ("certificate_issued", {"credential": 7}, "leaf_field_malformed"),
    ],
)
def test_types_and_fields_outside_the_allow_list_are_refused(type: str, public: dict, code: str) -> None:
    with pytest.raises(TanbiaoError) as caught:
        leaf.make_leaf(type, AT, SUBJECT, EVENT, public, SALT)
    assert caught.value.code == code


def test_no_allowed_field_can_carry_a_name_or_an_amount() -> None:
    for fields in leaf.leaf_types().values():
        assert not set(fields) & {"holder", "person", "name", "product", "value", "amount", "case", "organisation"}


@pytest.mark.parametrize(
    ("at", "subject", "salt", "code"),
    [
        ("2026-11-21 03:00", SUBJECT, SALT, "leaf_time_malformed"),
        (AT, "case-7", SALT, "leaf_subject_malformed"),
        (AT, SUBJECT, b"short", "leaf_salt_length"),
    ],
)
def test_time_subject_and_salt_must_have_their_form(at: str, subject: str, salt: bytes, code: str) -> None:
    with pytest.raises(TanbiaoError) as caught:
        leaf.make_leaf("case_event", at, subject, EVENT, {}, salt)
    assert caught.value.code == code


def test_a_batch_shows_only_a_root_and_proves_each_member() -> None:
    members = [leaf.make_leaf("case_event", AT, SUBJECT, {"n": n}, {}, bytes([n]) * 16)[0] for n in range(5)]
    data, _ = leaf.make_batch(AT, SUBJECT, members, SALT)
    assert json.loads(data)["public"] == {"root": "sha256:" + merkle.root(members).hex()}
    assert leaf.is_batched("case_event")
    assert not leaf.is_batched("certificate_issued")
    with pytest.raises(TanbiaoError):
        leaf.make_batch(AT, SUBJECT, [], SALT)


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_arbitrary_bytes_are_no_leaf(data: bytes) -> None:
    with pytest.raises(TanbiaoError):
        leaf.parse_leaf(data)


def test_a_leaf_that_is_not_canonical_is_refused() -> None:
    data, _ = leaf.make_leaf("certificate_issued", AT, SUBJECT, EVENT, PUBLIC, SALT)
    with pytest.raises(TanbiaoError):
        leaf.parse_leaf(data.replace(b'"v":1', b'"v": 1'))
