"""Bundles for named readers, single rows for a bank, and what can't be found out from a public one."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from evidence.certified import MASTER, Certified
from evidence.world import NOW
from tanbiao.cli.main import main
from tanbiao.core.canonical import canonical_bytes, hash_bytes
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.merkle import leaf_hash
from tanbiao.evidence import archive, bundles, commitments, sealing
from tanbiao.evidence.encoding import b64url_decode
from tanbiao.evidence.reproduce import reproduce

# -- no amount can be recovered ----------------------------------------------------------------------------------------


AMOUNT = re.compile(r"(\d+(?:\.\d+)?)( [A-Za-z|]+)")


def amounts_of(package: dict[str, Any]) -> Iterator[tuple[str, Any, str]]:
    """Yield (row, its value, the key of an amount with unit in it) for every row of the study that holds one."""
    for path, value in commitments.rows_of(package):
        if path.startswith("/study/stages/") and isinstance(value, dict) and AMOUNT.fullmatch(str(value.get("amount"))):
            yield path, value, "amount"


def guesses(true: str) -> Iterable[str]:
    """Return two thousand candidates of the same spelling, the true one among them."""
    found = AMOUNT.fullmatch(true)
    assert found is not None
    number = Decimal(found[1])
    last = Decimal(1).scaleb(number.as_tuple().exponent)
    return [f"{number + last * step}{found[2]}" for step in range(-1000, 1001)]


def everything_in(data: bytes) -> tuple[set[bytes], set[bytes]]:
    """Return every 32-byte value and every salt that a bundle shows to whoever holds it."""
    digests, salts = set(), {b"", bytes(16), bytes(32)}

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                if key == "salt":
                    salts.add(b64url_decode(item))
                walk(item)
        elif isinstance(value, list):
            for item in value:
                walk(item)
        elif isinstance(value, str):
            bare = value.removeprefix("sha256:")
            if len(bare) == 64 and all(char in "0123456789abcdef" for char in bare):
                digests.add(bytes.fromhex(bare))

    for name, file in archive.read(data).items():
        if name.endswith(".json"):
            walk(json.loads(file))
    return digests, salts


def attack(data: bytes, path: str, row: dict[str, Any], key: str) -> list[Any]:
    """Try every candidate for one amount, knowing all the rest of the row, under every salt at hand."""
    digests, salts = everything_in(data)
    found = []
    for guess in guesses(row[key]):
        line = canonical_bytes({"path": path, "value": {**row, key: guess}})
        for salt in salts:
            inner = hashlib.sha256(salt + line).digest()
            if inner in digests or leaf_hash(inner) in digests:
                found.append(guess)
    return found


def test_every_row_has_a_salt_of_256_bits(certified: Certified) -> None:
    made = commitments.commit(certified.package, MASTER)
    salts = {row["salt"] for row in made.disclose_all([path for path, _ in made.rows])}
    assert len(salts) == made.size
    assert {len(b64url_decode(salt)) for salt in salts} == {32}


def test_no_amount_can_be_recovered_by_enumeration_from_the_public_bundle(certified: Certified) -> None:
    rows = list(amounts_of(certified.package))
    assert len(rows) >= 4
    for path, row, key in rows:
        assert attack(certified.public, path, row, key) == [], path


def test_the_same_enumeration_finds_an_amount_whose_salt_is_known(certified: Certified) -> None:
    """The attack works where there is something to find: a row that is shown has its salt beside it."""
    path, row, key = next(amounts_of(certified.package))
    shown = bundles.disclosed(certified.package, MASTER, certified.statement, [path])
    leaf = leaf_hash(
        hashlib.sha256(
            b64url_decode(bundles_row(shown, path)["salt"]) + canonical_bytes({"path": path, "value": row})
        ).digest()
    )
    noted = archive.write({**archive.read(shown), "note.json": canonical_bytes({"leaf": leaf.hex()})})
    assert row[key] in attack(noted, path, row, key)


def bundles_row(data: bytes, path: str) -> dict[str, Any]:
    rows = json.loads(archive.read(data)["rows.json"])
    return next(row for row in rows if row["path"] == path)


def test_a_statement_with_the_shorter_salts_of_before_stays_checkable(certified: Certified) -> None:
    made = commitments.commit(certified.package, MASTER, salt_length=16)
    body = {
        "tanbiao": "statement/1",
        "package": certified.package["root"],
        "commitments": {"root": made.root, "size": made.size},
        "disclosed": [made.disclose(bundles.TOTAL)],
    }
    old = bundles.sealed(certified.package, MASTER, canonical_bytes(body))
    found = reproduce(old, certified.resolver(), now=NOW)
    assert {check.id: check.ok for check in found.checks}["commitments"] is True
    assert found.identical
    # A salt of the one length is not accepted in a statement of the other: the bytes would have two readings.
    mixed = canonical_bytes({**body, "tanbiao": "statement/2"})
    with pytest.raises(TanbiaoError, match="malformed"):
        bundles.disclosed_of(bundles.open_bundle(bundles.public(mixed)))


# -- for named readers -------------------------------------------------------------------------------------------------


def test_each_named_reader_opens_it_and_nobody_else() -> None:
    keys = [sealing.new_key() for _ in range(4)]
    sealed = sealing.seal(b"the bundle", [public for _, public in keys[:3]])
    assert sealing.is_sealed(sealed)
    assert b"the bundle" not in sealed
    for private, _ in keys[:3]:
        assert sealing.unseal(sealed, private) == b"the bundle"
    with pytest.raises(TanbiaoError, match="none of theirs"):
        sealing.unseal(sealed, keys[3][0])
    body = json.loads(sealed)
    assert {one["header"]["alg"] for one in body["recipients"]} == {"ECDH-ES+A256KW"}


@pytest.mark.parametrize("part", ["ciphertext", "tag", "iv", "protected"])
def test_a_changed_file_does_not_open(part: str) -> None:
    private, public = sealing.new_key()
    body = json.loads(sealing.seal(b"x" * 1000, [public]))
    text = body[part]
    body[part] = text[:4] + ("A" if text[4] != "A" else "B") + text[5:]
    with pytest.raises(TanbiaoError) as stop:
        sealing.unseal(json.dumps(body).encode(), private)
    assert stop.value.code == "sealed_damaged"


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b'{"recipients":[{}]}', b'{"recipients":1,"protected":""}', b"\xff"]
)
def test_rubbish_is_refused(data: bytes) -> None:
    with pytest.raises(TanbiaoError) as stop:
        sealing.unseal(data, sealing.new_key()[0])
    assert stop.value.code == "sealed_malformed"


def test_a_private_key_is_never_taken_for_a_public_one_and_a_weak_point_is_refused(tmp_path: Path) -> None:
    private, public = sealing.new_key()
    for text, wanted in (
        (json.dumps(private), False),
        (json.dumps(public), True),
        ("{", False),
        ('{"kty":"EC"}', False),
    ):
        with pytest.raises(TanbiaoError, match="malformed"):
            sealing.read_key(text, private=wanted)
    zero = {"kty": "OKP", "crv": "X25519", "x": "A" * 43}
    with pytest.raises(TanbiaoError):
        sealing.seal(b"x", [zero])
    with pytest.raises(TanbiaoError, match="different readers"):
        sealing.seal(b"x", [public, public])
    with pytest.raises(TanbiaoError, match="different readers"):
        sealing.seal(b"x", [])
    sealing.write_key(tmp_path / "key", private)
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(TanbiaoError, match="already"):
        sealing.write_key(tmp_path / "key", private)


def test_from_an_encrypted_bundle_the_command_reproduces_the_same_bits(
    certified: Certified, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    court, bundle, sealed = tmp_path / "court.key", tmp_path / "bundle.zip", tmp_path / "sealed.json"
    bundle.write_bytes(certified.sealed)
    assert main(["seal", "key", str(court)]) == 0
    public = capsys.readouterr().out.strip().splitlines()[-1]
    assert main(["seal", "for", str(bundle), "--to", public, "-o", str(sealed)]) == 0
    assert main(["reproduce", "--lang", "en", str(sealed), "--offline"]) == 2
    assert "--key" in capsys.readouterr().out
    assert main(["reproduce", "--json", str(sealed), "--offline", "--key", str(court)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["identical"] is True
    assert said["recomputed"] == pytest.approx(float(certified.package["result"]["total"]["value"]), rel=0, abs=0)
    assert main(["seal", "open", str(sealed), "--key", str(court), "-o", str(tmp_path / "again.zip")]) == 0
    assert (tmp_path / "again.zip").read_bytes() == certified.sealed


# -- some rows ---------------------------------------------------------------------------------------------------------


def test_a_bank_sees_the_rows_it_is_shown_and_that_they_are_certified(
    certified: Certified, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path, row, _ = next(amounts_of(certified.package))
    bundle, shown, trust = tmp_path / "bundle.zip", tmp_path / "rows.zip", tmp_path / "trust.json"
    bundle.write_bytes(certified.sealed)
    trust.write_text(json.dumps(certified.world.trust.as_json()), encoding="utf-8")
    assert main(["seal", "rows", str(bundle), "--list"]) == 0
    assert path in capsys.readouterr().out.splitlines()
    assert main(["seal", "rows", str(bundle), "--row", path, "-o", str(shown)]) == 0
    capsys.readouterr()
    check = ["verify", str(shown), "--offline", "--trust", str(trust), "--at", "2026-11-21T03:00:00Z", "--json"]
    assert main(check) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["rows"][path] == row
    assert {step["id"]: step["ok"] for step in said["steps"]}["bundle"] is True
    files = archive.read(shown.read_bytes())
    assert "package.json" not in files
    assert "salts.json" not in files
    hidden = next(other for other, _, _ in amounts_of(certified.package) if other != path)
    assert hidden not in files["rows.json"].decode()
    # Another value for the row, with a manifest made to fit, is noticed.
    rows = json.loads(files["rows.json"])
    rows[0]["value"] = {**rows[0]["value"], "forged": "1"}
    files["rows.json"] = canonical_bytes(rows)
    manifest = json.loads(files["manifest.json"])
    manifest["files"]["rows.json"] = hash_bytes(files["rows.json"])
    files["manifest.json"] = canonical_bytes(manifest)
    shown.write_bytes(archive.write(files))
    assert main(check) == 1
    assert "rows" not in json.loads(capsys.readouterr().out)


def test_a_pointer_shows_everything_below_it_and_one_that_leads_nowhere_is_refused(certified: Certified) -> None:
    data = bundles.disclosed(certified.package, MASTER, certified.statement, ["/result/versions"])
    shown = bundles.disclosed_of(bundles.open_bundle(data))
    versions = {path for path, _ in commitments.rows_of(certified.package) if path.startswith("/result/versions/")}
    assert versions <= set(shown)
    for wanted in (["/nowhere"], ["/result/vers"], []):
        with pytest.raises(TanbiaoError):
            bundles.disclosed(certified.package, MASTER, certified.statement, wanted)


@pytest.mark.parametrize(
    "rows", [b"{}", b"[1]", b'[{"path":1}]', b'[{"path":"/a","value":1,"salt":"","index":0,"proof":[]}]']
)
def test_rows_that_are_none_are_refused(certified: Certified, rows: bytes) -> None:
    data = bundles.disclosed(certified.package, MASTER, certified.statement, [bundles.TOTAL])
    files = archive.read(data) | {"rows.json": rows}
    manifest = json.loads(files["manifest.json"])
    manifest["files"]["rows.json"] = hash_bytes(rows)
    files["manifest.json"] = canonical_bytes(manifest)
    with pytest.raises(TanbiaoError, match="malformed"):
        bundles.disclosed_of(bundles.open_bundle(archive.write(files)))
