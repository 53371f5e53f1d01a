"""Documents made to break a reader: whatever is handed over, there is a verdict and never an exception."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.world import CLAIMS, DID, NOW, World
from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import credentials, data_integrity, jws, label_payload, notes
from tanbiao.evidence.claims import credential_of
from tanbiao.evidence.leaf import parse_leaf
from tanbiao.evidence.log_evidence import LogEvidence
from tanbiao.evidence.status_list import enveloped

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every member of a JSON value."""
    found = [at] if at else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in items:
        found += paths(child, (*at, key))
    return found


PATHS = paths(credential_of(CLAIMS))


def changed(at: tuple[Any, ...], to: Any) -> dict[str, Any]:
    """Return the good credential with one member replaced."""
    body = copy.deepcopy(credential_of(CLAIMS))
    place: Any = body
    for key in at[:-1]:
        place = place[key]
    place[at[-1]] = to
    return body


def signed(world: World, payload: Any) -> str:
    key = world.store.current("certificate")
    return jws.sign_compact(payload, "vc+jwt", f"{DID}#{key.kid}", key)


@settings(deadline=None)
@given(st.text(max_size=300) | st.binary(max_size=300))
def test_arbitrary_input_gets_a_verdict(world: World, document: str | bytes) -> None:
    assert credentials.verify(document, world.trust.resolver(), now=NOW).verdict == "invalid"


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PATHS), json_values)
def test_a_well_signed_credential_with_any_member_replaced_gets_a_verdict(world: World, at: Any, to: Any) -> None:
    body = changed(at, to)
    verdict = credentials.verify(signed(world, body), world.resolver(), now=NOW, value="61.3")
    assert verdict.verdict in ("valid", "valid_but", "invalid", "unknown")
    assert all(step.message("zh") for step in verdict.steps)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(["issuer", "type", "@context", "validFrom", "credentialSubject"]), json_values))
def test_a_well_signed_arbitrary_document_is_invalid(world: World, body: dict[str, Any]) -> None:
    assert credentials.verify(signed(world, body), world.resolver(), now=NOW).verdict == "invalid"


@settings(max_examples=100, deadline=None)
@given(json_values)
def test_an_arbitrary_proof_is_invalid(world: World, proof: Any) -> None:
    text = json.dumps({**credential_of(CLAIMS), "proof": proof})
    assert credentials.verify(text, world.resolver(), now=NOW).verdict == "invalid"
    assert data_integrity.holds({"a": 1, "proof": proof}, {"publicKeyMultibase": "z6Mk"}) is False


@settings(max_examples=100, deadline=None)
@given(json_values)
def test_a_resolver_that_hands_over_rubbish_never_makes_it_valid(world: World, rubbish: Any) -> None:
    document = rubbish if isinstance(rubbish, dict) else {"x": rubbish}
    for name in (DID, CLAIMS.status.suspension_list, CLAIMS.status.revocation_list):
        known = {DID: world.trust.resolver()(DID), **world.lists(), name: document}
        assert credentials.verify(world.token, known.__getitem__, now=NOW).verdict != "valid"


DID_MEMBERS = ["trust", "verificationMethod", "purposes", "bodies", "demo", "valid_from", "publicKeyJwk", "kty", "crv"]


@settings(max_examples=400, deadline=None)
@given(
    st.recursive(
        json_values | st.sampled_from(["EC", "P-256", "OKP", "Ed25519", DID]),
        lambda inner: (
            st.dictionaries(st.sampled_from([*DID_MEMBERS, "x", "y", "id"]), inner, max_size=5)
            | st.lists(inner, max_size=2)
        ),
        max_leaves=12,
    ),
    st.sampled_from(DID_MEMBERS[:2]),
    st.booleans(),
)
def test_a_did_document_of_rubbish_never_makes_it_valid(world: World, rubbish: Any, at: str, twin: bool) -> None:
    good = world.trust.resolver()(DID)
    documents: list[Any] = [{**good, at: rubbish}]
    if isinstance(rubbish, dict):
        kid = good["verificationMethod"][0]["id"]
        documents.append({**good, "verificationMethod": [{**rubbish, "id": kid}], "trust": {}})
    token = world.token
    if twin:
        token = json.dumps(credentials.issue_twin(CLAIMS, world.store.current("twin"), now=NOW))
    for document in documents:
        known = {DID: document, **world.lists()}
        verdict = credentials.verify(token, known.__getitem__, now=NOW)
        assert verdict.verdict != "valid" or verdict.step("signature").ok
        assert label_payload.verify("1~x", known.__getitem__, now=NOW, issuer=DID).verdict == "invalid"


@settings(max_examples=100, deadline=None)
@given(json_values)
def test_a_well_signed_status_list_of_rubbish_is_not_believed(world: World, rubbish: Any) -> None:
    key = world.store.current("status")
    url = CLAIMS.status.suspension_list
    payload = rubbish if isinstance(rubbish, dict) else {"credentialSubject": rubbish, "type": rubbish, "issuer": DID}
    token = jws.sign_compact({**payload, "id": url}, "vc+jwt", f"{DID}#{key.kid}", key)
    known = {DID: world.trust.resolver()(DID), **world.lists(), url: enveloped(token)}
    assert credentials.verify(world.token, known.__getitem__, now=NOW).verdict == "valid_but"


@settings(deadline=None)
@given(st.text(max_size=200))
def test_arbitrary_labels_proofs_and_leaves_are_refused_by_name(world: World, text: str) -> None:
    assert label_payload.verify(text, world.resolver(), now=NOW).verdict == "invalid"
    keys = [notes.verifier("a/log", world.store.current("log"))]
    assert LogEvidence(text.encode(), text).step(world.token, CLAIMS, keys).ok is False
    with pytest.raises(TanbiaoError):
        parse_leaf(text.encode())
