"""The verifier of the pages, run in node on the same documents as the verifier in Python: same steps, same verdicts."""

from __future__ import annotations

import dataclasses
import json
import os
import runpy
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from claim_samples import KINDS
from evidence.certified import certify
from evidence.support import VECTORS
from evidence.test_credentials import accredited, header_of, reseal
from evidence.world import (
    BASE,
    CLAIMS,
    DID,
    INDEX,
    NOW,
    World,
    flight_status,
    logged,
    make_world,
    twin_of,
    witnessed,
)
from tanbiao.core.canonical import canonical_bytes, hash_bytes
from tanbiao.core.kinds import freeze, parse_claim
from tanbiao.core.kinds.statement import statement_of
from tanbiao.evidence import credentials, label_payload
from tanbiao.evidence.claim_certificates import KindClaims
from tanbiao.evidence.encoding import b64url_decode
from tanbiao.evidence.log_evidence import LogEvidence
from tanbiao.evidence.verdict import Verdict

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "src" / "tanbiao" / "web" / "static"
NODE = shutil.which("node")


def resealed(token: str, algorithm: str) -> str:
    return reseal(token, {**header_of(token), "alg": algorithm})


class Cases:
    """Collects documents with what Python says of them."""

    def __init__(self) -> None:
        self.made: list[dict[str, Any]] = []

    def add(self, name: str, kind: str, verdict: Verdict, **given: Any) -> None:
        expected = {
            "verdict": verdict.verdict,
            "code": verdict.code,
            "demo": verdict.demo,
            "statusAsOf": verdict.status_as_of,
            "steps": [[step.id, step.ok, step.code] for step in verdict.steps],
        }
        self.made.append({"name": name, "kind": kind, "expected": expected, **given})

    def credential(self, name: str, world: World, document: str | None = None, **how: Any) -> None:
        log, statement = how.pop("log", None), how.pop("statement", None)
        now, value, label = how.pop("now", NOW), how.pop("value", None), how.pop("label", None)
        trusted = how.pop("trusted", True)
        documents = known(world, **how) if trusted else {}
        token = world.token if document is None else document
        verdict = credentials.verify(
            token, documents.__getitem__, now=now, value=value, label=label, log=log, statement=statement
        )
        self.add(
            name,
            "credential",
            verdict,
            document=token,
            documents=documents,
            now=now.isoformat(),
            value=value,
            label=label,
            log=None if log is None else {"leaf": log.leaf.decode(), "proof": log.proof},
            statement=None if statement is None else statement.decode(),
        )

    def bare(self, name: str, world: World) -> None:
        """Add the good certificate as one sees it who knows nothing but the issuer's own DID document."""
        documents = {DID: world.store.did_document(BASE), **world.lists()}
        verdict = credentials.verify(world.token, lambda name: documents[name], now=NOW)
        given = {"document": world.token, "documents": documents, "now": NOW.isoformat(), "value": None}
        self.add(name, "credential", verdict, **given, label=None, log=None)

    def label(
        self, name: str, world: World, text: str, *, now: Any = NOW, value: str | None = None, **how: Any
    ) -> None:
        documents = known(world, **how)
        verdict = label_payload.verify(text, documents.__getitem__, now=now, value=value)
        self.add(
            name, "label", verdict, document=text, documents=documents, now=now.isoformat(), value=value, issuer=None
        )


def known(world: World, **how: Any) -> dict[str, Any]:
    resolve = world.trust.resolver(world.lists(**how))
    names = [DID, world.claims.status.suspension_list, world.claims.status.revocation_list]
    names += [log.origin for log in world.trust.logs]
    return {name: resolve(name) for name in names}


@pytest.fixture(scope="module")
def cases(world: World, demo_world: World, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    made = Cases()
    made.credential("good", world)
    made.credential("demonstration", demo_world)
    for name, end in (("accredited", "2027-01-01"), ("no more accredited when it decided", "2026-11-19")):
        trust = accredited(world, ("2020-01-01", end))
        made.credential(name, dataclasses.replace(world, trust=trust))
    made.credential("status list of yesterday", world, age=timedelta(hours=25))
    made.credential("suspended", world, suspended=True)
    made.credential("withdrawn", world, revoked=True)
    made.credential("expired", world, now=NOW + timedelta(days=800))
    made.credential("not yet valid", world, now=NOW - timedelta(days=1))
    made.credential("nobody knows the issuer", world, trusted=False)
    for typed in ("61.3", "61.30", "６１．３", "6.13e1", "61.31", "-61.3", "kg", ""):
        made.credential(f"typed {typed!r}", world, value=typed)
    made.bare("keys without a trust list", world)
    other = make_world(tmp_path_factory.mktemp("other"))
    made.credential("another's key", world, other.token)
    header = header_of(world.token)
    for change in ({"alg": "none"}, {"alg": "HS256"}, {"typ": "JWT"}, {"jwk": "x"}, {"kid": f"{DID}#nobody"}):
        made.credential(f"header {change}", world, reseal(world.token, {**header, **change}))
    payload = json.loads(b64url_decode(world.token.split(".")[1]))
    payload["credentialSubject"]["productCarbonFootprint"]["value"] = "6.3"
    made.credential("value changed", world, reseal(world.token, header, payload))
    payload["credentialSubject"]["productCarbonFootprint"] = {"v": 2}
    made.credential("another record", world, reseal(world.token, header, payload))
    _other_kinds(made, world)
    for rubbish in ("", "x", "a.b.c", "{}", '{"a":1,"a":2}'):
        made.credential(f"rubbish {rubbish!r}", world, rubbish)
    twin = credentials.issue_twin(CLAIMS, world.store.current("twin"), now=NOW)
    made.credential("data integrity twin", world, json.dumps(twin, ensure_ascii=False))
    changed = {**twin, "issuer": {**twin["issuer"], "id": "did:web:evil.example"}}
    made.credential("changed twin", world, json.dumps(changed, ensure_ascii=False))
    _logs(made, tmp_path_factory)
    _labels(made, world, demo_world, tmp_path_factory.mktemp("flight"))
    return made.made


def _other_kinds(made: Cases, world: World) -> None:
    """Certificates without a footprint: each form, and what was changed in a statement."""
    for form in ("management_system", "service", "reduction", "removal", "neutral"):
        token = credentials.issue(claimed(form, world), world.store.current("certificate"))
        made.credential(f"{form}", world, token)
        made.credential(f"{form}, suspended", world, token, suspended=True)
        made.credential(f"{form}, typed", world, token, value="61.3")
        header, payload = header_of(token), json.loads(b64url_decode(token.split(".")[1]))
        for key in payload["credentialSubject"]["claimCertificate"]["statement"]["computed"]:
            changed = json.loads(json.dumps(payload))
            changed["credentialSubject"]["claimCertificate"]["statement"]["computed"][key] = "123456"
            made.credential(f"{form}, {key} changed", world, reseal(token, header, changed))
        for place in ("statement", "record"):
            changed = json.loads(json.dumps(payload))
            record = changed["credentialSubject"]["claimCertificate"]
            (record["statement"] if place == "statement" else record)["value"] = "0"
            made.credential(f"{form}, a figure in the {place}", world, reseal(token, header, changed))


def claimed(form: str, world: World) -> KindClaims:
    """Return the claims of a certificate of a form, by the issuer of the small world."""
    name, make, cited = KINDS[form]
    package = freeze(parse_claim(make()), cited, certification=name, applicant={"zh": "甲", "en": "A"})
    own = {field.name for field in dataclasses.fields(KindClaims)}
    known = {field.name: getattr(world.claims, field.name) for field in dataclasses.fields(world.claims)}
    kept = {key: value for key, value in known.items() if key in own}
    said = {"kind_zh": "种类", "kind_en": "kind", "says_zh": "所言", "says_en": "words"}
    return KindClaims(**kept, **said, form=form, certification=name, statement=statement_of(package))


def _logs(made: Cases, tmp_path_factory: pytest.TempPathFactory) -> None:
    world, evidence = logged(tmp_path_factory.mktemp("logged"))
    made.credential("in the log", world, log=evidence)
    twin = twin_of(world)
    made.credential("twin in the log", world, json.dumps(twin, ensure_ascii=False, indent=1), log=evidence)
    again = credentials.issue_twin(CLAIMS, world.store.current("twin"), now=NOW + timedelta(days=1))
    made.credential("another twin than the log's", world, json.dumps(again, ensure_ascii=False), log=evidence)
    made.credential("another leaf", world, log=LogEvidence(evidence.leaf.replace(b"valid", b"voided"), evidence.proof))
    lines = evidence.proof.split("\n")
    lines[3] = lines[2]
    made.credential("another path", world, log=LogEvidence(evidence.leaf, "\n".join(lines)))
    for quorum, lines in ((1, ("w1",)), (2, ("w1",)), (2, ("w1", "w2")), (0, ()), (1, ("w1 broken",))):
        seen, proof = witnessed(world, evidence, tmp_path_factory.mktemp("witnesses"), quorum, lines)
        made.credential(f"witnesses: {quorum} asked for, {lines}", seen, log=proof)
    silent = dataclasses.replace(world, trust=dataclasses.replace(world.trust, logs=()))
    made.credential("log of unknown key", silent, log=evidence)


def _statements(made: Cases, folder: Path) -> None:
    """Add a certificate with its public statement, and statements that are not it or don't hold."""
    real = certify(folder / "certified")
    made.credential("statement: good", real.world, real.token, statement=real.statement)
    made.credential("statement: another", real.world, real.token, statement=real.statement + b" ")

    def changed(name: str, change: Any, **claims: Any) -> None:
        body = json.loads(real.statement)
        change(body)
        data = canonical_bytes(body)
        token = real.issue(public_bundle_hash=hash_bytes(data), **claims)
        made.credential(f"statement: {name}", real.world, token, statement=data)

    changed("a shown value", lambda body: body["disclosed"][0].update(value="1"))
    changed("a proof cut off", lambda body: body["disclosed"][0]["proof"].pop())
    changed("a short salt", lambda body: body["disclosed"][0].update(salt="AAAA"))
    changed("another root", lambda body: body["commitments"].update(root="sha256:" + "00" * 32))
    changed("another package", lambda body: body.update(package="sha256:" + "00" * 32))
    changed("another figure", lambda body: None, value="9999.9")
    changed("of no known form", lambda body: body.update(tanbiao="statement/9"))


def _labels(made: Cases, world: World, demo_world: World, folder: Path) -> None:
    key = world.store.current("certificate")
    address = label_payload.encode(f"{BASE}/v/{CLAIMS.number}", CLAIMS, key)
    made.label("label: good", world, address)
    made.label("label: as fragment", world, address.replace("?s=", "#"))
    made.label("label: typed differs", world, address, value="60")
    made.label("label: expired", world, address, now=NOW + timedelta(days=800))
    made.label("label: changed value", world, address.replace("~61.3~", "~16.3~"))
    made.label("label: another site", world, address.replace("tanbiao.example", "evil.example"))
    made.label("label: rubbish", world, f"{BASE}/v/x?s=1~2")
    flight = make_world(folder, status=flight_status(3))
    whole = label_payload.encode(f"{BASE}/v/{CLAIMS.number}", flight.claims, flight.store.current("certificate"))
    made.label("flight label: good", flight, whole)
    made.label("flight label: suspended", flight, whole, suspended=True)
    made.label("flight label: withdrawn", flight, whole, revoked=True)
    made.label("flight label: old lists", flight, whole, age=timedelta(hours=25))
    made.label("flight label: not yet", flight, whole, now=NOW - timedelta(days=2))
    made.label("flight label: expired", flight, whole, now=NOW + timedelta(days=800))
    for part in ("~61.3~", "~cradle_to_gate~", "~demo-label~", "~20261121~", "~20281120~", f"~{INDEX + 3 * 131072}~"):
        made.label(f"flight label: changed {part}", flight, whole.replace(part, f"~{part[2:]}"))
    made.credential("flight label beside its certificate", flight, label=whole)
    other = label_payload.encode(
        BASE, dataclasses.replace(flight.claims, boundary="x"), flight.store.current("certificate")
    )
    made.credential("flight label of another boundary", flight, label=other)
    for algorithm in ("SM2", "EdDSA"):
        kept = make_world(folder / algorithm, status=flight_status(), algorithm=algorithm)
        text = label_payload.encode(f"{BASE}/v/x", kept.claims, kept.store.current("certificate"))
        made.label(f"{algorithm} label: good", kept, text)
        made.label(f"{algorithm} label: changed", kept, text.replace("~61.3~", "~16.3~"))
        made.label(
            f"{algorithm} label: flipped signature", kept, text[:-9] + ("A" if text[-9] != "A" else "B") + text[-8:]
        )
        made.credential(f"{algorithm} certificate", kept)
        made.credential(f"{algorithm} certificate, another algorithm said", kept, resealed(kept.token, "ES256"))
    _statements(made, folder)
    demo = label_payload.encode(BASE, demo_world.claims, demo_world.store.current("certificate"))
    made.label("label: demonstration", demo_world, demo)
    made.credential("certificate with its label", world, label=address)
    made.credential("certificate with a changed label", world, label=address.replace("~61.3~", "~16.3~"))
    end = "A" if not address.endswith("A") else "B"
    made.credential("certificate with a badly signed label", world, label=address[:-40] + end + address[-39:])
    made.credential("certificate with a broken label", world, label=address[:-9])


@pytest.mark.skipif(NODE is None, reason="node is not installed: the browser's verifier is not run here")
def test_both_verifiers_agree_with_and_without_webcrypto(cases: list[dict[str, Any]], tmp_path: Path) -> None:
    shutil.copytree(STATIC / "js", tmp_path / "js")
    shutil.copytree(STATIC / "vendor" / "noble", tmp_path / "vendor" / "noble")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "cases.json").write_text(json.dumps(cases, ensure_ascii=False), encoding="utf-8")
    script = Path(__file__).parent / "js" / "verify.test.mjs"
    environment = {**os.environ, "TANBIAO_JS": str(tmp_path), "TANBIAO_VECTORS": str(VECTORS)}
    command = [str(NODE), "--test", "--test-reporter=spec", str(script)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_python_says_of_each_document_what_its_name_says(cases: list[dict[str, Any]]) -> None:
    verdicts = {one["name"]: one["expected"]["verdict"] for one in cases}
    assert verdicts["good"] == verdicts["in the log"] == verdicts["certificate with its label"] == "valid"
    assert verdicts["data integrity twin"] == verdicts["log of unknown key"] == verdicts["demonstration"] == "valid"
    assert {verdicts[form] for form in ("management_system", "service", "reduction", "removal", "neutral")} == {"valid"}
    assert verdicts["neutral, a figure in the statement"] == verdicts["service, a figure in the record"] == "invalid"
    assert verdicts["label: good"] == verdicts["label: as fragment"] == "valid_but"
    assert verdicts["nobody knows the issuer"] == verdicts["label: another site"] == "unknown"
    bad = "changed|differs|expired|another (leaf|path|record|'s)|header|rubbish|withdrawn|suspended|not yet|bad|broken"
    import re

    assert {verdicts[name] for name in verdicts if re.search(bad, name)} == {"invalid"}


def test_the_sentences_of_the_pages_are_those_of_the_catalogue() -> None:
    made = runpy.run_path(str(ROOT / "scripts" / "verify_messages.py"))["text"]()
    assert (STATIC / "js" / "verify-messages.js").read_text(encoding="utf-8") == made


def test_no_script_writes_markup_or_evaluates_text() -> None:
    for path in (STATIC / "js").glob("verify*.js"):
        text = path.read_text(encoding="utf-8")
        for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
            assert forbidden not in text, (path.name, forbidden)
