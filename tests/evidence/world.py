"""A small issuer with keys, lists and one certificate, for the evidence tests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from tanbiao.core.canonical import content_hash
from tanbiao.evidence import cosignatures, credentials, leaf, merkle, notes, status_list
from tanbiao.evidence.claims import CertificateClaims, Party, StatusEntry
from tanbiao.evidence.encoding import b64, b64_decode
from tanbiao.evidence.keys import KeyStore, did_of
from tanbiao.evidence.log_evidence import LogEvidence, credential_hash
from tanbiao.evidence.status_list import StatusList
from tanbiao.evidence.trust import Name, Resolver, TrustedLog, TrustList, trust_list_of

BASE = "https://tanbiao.example"
DID = did_of(BASE)
NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
INDEX = 94567
SUSPENSION, REVOCATION = f"{BASE}/status/suspension-1", f"{BASE}/status/revocation-1"
BODY = Party("urn:tanbiao:org:cb1", "演示认证中心", "Demo Certification Centre", "91999999MA00000001")

CLAIMS = CertificateClaims(
    id=f"{BASE}/certificates/DEMO-PCF-2026-000001",
    number="DEMO-PCF-2026-000001",
    issuer=DID,
    body=BODY,
    holder=Party("urn:tanbiao:org:f1", "演示电池有限公司", "Demo Battery Co., Ltd.", "91999999MA00000002"),
    producer=Party("urn:tanbiao:org:f1", "演示电池有限公司", "Demo Battery Co., Ltd.", "91999999MA00000002"),
    sites=(Party("urn:tanbiao:site:s1", "惠州工厂", "Huizhou plant", address="广东省惠州市"),),
    product_zh="磷酸铁锂动力电池",
    product_en="LFP traction battery",
    models=("LFP-280", "LFP-314"),
    value="61.3",
    unit="kg CO2e/kWh",
    declared_unit="1 kWh",
    boundary="cradle_to_gate",
    period_from="2025-01-01",
    period_to="2025-12-31",
    gwp_set="AR6",
    electricity_basis="location_based",
    rule_id="demo-traction-battery",
    rule_version="1.0.0",
    rule_hash="sha256:" + "11" * 32,
    scheme_id="demo-label",
    scheme_name="演示碳标 Demo label",
    decided_on="2026-11-20",
    valid_from="2026-11-21",
    valid_until="2028-11-20",
    query_url=f"{BASE}/p/DEMO-PCF-2026-000001",
    package_hash="sha256:" + "22" * 32,
    public_bundle_hash="sha256:" + "33" * 32,
    log_origin="tanbiao.example/log",
    demo=False,
    status=StatusEntry(INDEX, SUSPENSION, REVOCATION),
)


def flight_status(shard: int = 0) -> StatusEntry:
    """Return a place in lists that lie where a label's flight form looks for them."""
    tail = f"/{shard}" if shard else ""
    return StatusEntry(INDEX, f"{BASE}/status/suspension{tail}", f"{BASE}/status/revocation{tail}")


@dataclass(frozen=True)
class World:
    """The issuer's side, and what a verifier would hold of it."""

    store: KeyStore
    trust: TrustList
    token: str
    claims: CertificateClaims

    def lists(self, *, suspended: bool = False, revoked: bool = False, age: timedelta = timedelta(0)) -> dict[str, Any]:
        """Return both status lists as a resolver hands them over."""
        key, found = self.store.current("status"), {}
        status = self.claims.status
        wanted = ((status.suspension_list, "suspension", suspended), (status.revocation_list, "revocation", revoked))
        for url, purpose, bad in wanted:
            bits = StatusList.empty().with_set([INDEX] if bad else [7])
            token = status_list.status_credential(url, DID, purpose, bits, now=NOW - age, key=key)
            found[url] = status_list.enveloped(token)
        return found

    def resolver(self, **how: Any) -> Resolver:
        """Return the resolver of a verifier with trust list and status lists."""
        return self.trust.resolver(self.lists(**how))


def make_world(
    path: Path, *, demo: bool = False, logs: tuple[TrustedLog, ...] = (), algorithm: Any = None, **changes: Any
) -> World:
    """Make keys in a folder and issue the certificate; ``algorithm`` is that of certificates and status lists."""
    store = KeyStore(path)
    store.rotate("certificate", now=NOW, algorithm=algorithm)
    store.rotate("status", now=NOW, algorithm=algorithm)
    for purpose in ("twin", "log"):
        store.rotate(purpose, now=NOW)
    claims = replace(CLAIMS, demo=demo, **changes)
    trust = trust_list_of(
        BASE,
        store.public(),
        name=Name(zh="演示平台", en="Demo platform"),
        valid_from=date(2026, 1, 1),
        demo=demo,
        logs=logs,
    )
    return World(store, trust, credentials.issue(claims, store.current("certificate")), claims)


def witnessed(
    world: World, evidence: LogEvidence, path: Path, quorum: int, lines: tuple[str, ...]
) -> tuple[World, LogEvidence]:
    """Return the world whose trust list knows the witnesses w1 and w2 and asks for ``quorum``, and the evidence with
    the lines of those named; one called "… broken" signed another second."""
    store = KeyStore(path)
    keys = {name: store.rotate("witness", now=NOW) for name in ("w1", "w2")}
    known = tuple(cosignatures.witness_key(name, key).vkey for name, key in keys.items())
    proof, text = evidence.proof, notes.parse_note(notes.LogProof.parse(evidence.proof).checkpoint).text
    for name in lines:
        line = cosignatures.cosign(text, name[:2], keys[name[:2]], seconds=int(NOW.timestamp()))
        blob = bytearray(b64_decode(line.split()[-1]))
        blob[11] ^= name.endswith("broken")
        proof += f"— {name[:2]} {b64(bytes(blob))}\n"
    logs = tuple(replace(log, witnesses=known, quorum=quorum) for log in world.trust.logs)
    return replace(world, trust=replace(world.trust, logs=logs)), LogEvidence(evidence.leaf, proof)


def twin_of(world: World) -> dict[str, Any]:
    """Return the certificate's Data Integrity twin: Ed25519 gives the same one each time."""
    return credentials.issue_twin(CLAIMS, world.store.current("twin"), now=NOW)


def logged(path: Path) -> tuple[World, LogEvidence]:
    """Return a world whose certificate stands in a log of seven entries, and the evidence of it."""
    origin = CLAIMS.log_origin
    signer = KeyStore(path / "log").rotate("log", now=NOW)
    world = make_world(path / "keys", logs=(TrustedLog(origin=origin, vkeys=(notes.verifier(origin, signer).vkey,)),))
    public = {"certificate": CLAIMS.number, "status": "valid", "credential": credential_hash(world.token)}
    public["twin"] = content_hash(twin_of(world))
    at, subject = "2026-11-21T03:00:00Z", "0123456789abcdef0123"
    leaves = [leaf.make_leaf("case_event", at, subject, {"n": n}, {}, bytes([n]) * 16)[0] for n in range(7)]
    leaves[4], _ = leaf.make_leaf("certificate_issued", at, subject, {"n": 4}, public, bytes(16))
    hashes = [merkle.leaf_hash(data) for data in leaves]
    note = notes.sign_checkpoint(origin, len(leaves), merkle.root(leaves), signer)
    proof = notes.LogProof(4, tuple(merkle.inclusion_proof(4, hashes)), note)
    return world, LogEvidence(leaves[4], proof.text())
