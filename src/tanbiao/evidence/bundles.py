"""Bundles: what a holder, a court or the public can check a certified figure with, long after and without us.

A *statement* is made before a certificate is signed: the salted commitments to the calculation package, the package's
root, and a few disclosed rows (the total, its unit and versions) with their proofs. Its hash stands in the credential
as ``public_bundle_hash``. The *public* bundle is the statement with the credential, log proof and keys; it gives no
recipe away. A *disclosed* bundle shows further rows to whom the holder chooses. The *sealed* bundle adds the package
itself and the master salt: from it the figure is calculated again to the same bits, and every commitment is opened.

Files of a bundle: ``manifest.json`` (kind, and the hash of every other file), ``statement.json``, ``credential.jwt``,
and where at hand ``credential.json`` (the same credential with an ``eddsa-jcs-2022`` proof), ``log/leaf.json``,
``log/proof.tlog-proof``, ``trust.json``, ``status/suspension.jwt``, ``status/revocation.jwt``; sealed also
``package.json`` and ``salts.json``; disclosed also ``rows.json``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tanbiao.core.canonical import canonical_bytes, hash_bytes
from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import archive, commitments
from tanbiao.evidence.certified import AnyClaims
from tanbiao.evidence.claim_certificates import KindClaims
from tanbiao.evidence.encoding import b64url, b64url_decode, strict_json
from tanbiao.evidence.log_evidence import LogEvidence
from tanbiao.evidence.verdict import Step

FORMAT = "bundle/1"
STATEMENT = "statement/2"
SALT_LENGTHS = {"statement/1": 16, STATEMENT: commitments.SALT_LENGTH}
"""Statement → bytes of a row's salt; those made before the salts had 256 bits stay checkable."""
KINDS = {"public": set(), "sealed": {"package.json", "salts.json"}, "disclosed": {"rows.json"}}
"""Kind of a bundle → the files that it must have beside its statement."""
TWIN = "credential.json"
"""Absent from bundles made before it went along, and where the signer made none."""
TOTAL = "/result/total/value"
DECLARED = "/result/declared/text"
"""The declared value as it is printed; a package without a rule, or of an older engine, has none."""
DISCLOSED = (
    TOTAL,
    DECLARED,
    "/result/declared/of",
    "/result/declared/value",
    "/result/total/unit",
    "/result/total/completeness",
    "/result/study/declared_unit",
    "/result/study/boundary",
    "/result/versions/method",
    "/result/versions/release_hash",
    "/result/versions/rule_hash",
)
"""Rows that every statement discloses where the package has them: what the certificate itself says anyway."""
_FILE_LIMIT = archive.LIMITS.file


@dataclass(frozen=True, slots=True)
class Enclosures:
    """What goes along with a certificate where it is at hand; None or empty is left out."""

    twin: str | None = None
    """The same credential with an ``eddsa-jcs-2022`` proof, as canonical JSON."""
    leaf: bytes | None = None
    """Raw bytes of the log leaf of the issue."""
    log_proof: str | None = None
    """Text of the ``.tlog-proof`` file of that leaf."""
    trust: Mapping[str, Any] | None = None
    """The issuer's published keys as a trust list; a verifier still decides for itself whom to trust."""
    suspension_list: str | None = None
    revocation_list: str | None = None
    """Status lists as VC-JWT, as they stood when the bundle was made."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle taken apart; its manifest holds, nothing else is believed yet."""

    kind: str
    statement: Mapping[str, Any]
    statement_hash: str
    credential: str | None
    files: Mapping[str, bytes]

    @property
    def twin(self) -> str | None:
        """The credential's twin with a Data Integrity proof, as text; None where the bundle has none."""
        data = self.files.get(TWIN)
        return None if data is None else data.decode("utf-8", "replace")

    @property
    def salt_length(self) -> int:
        """How long the salts of this bundle's rows are, in bytes."""
        return SALT_LENGTHS[str(self.statement["tanbiao"])]


def statement(package: Mapping[str, Any], master: bytes, *, also: Sequence[str] = ()) -> bytes:
    """Return the canonical bytes of the public statement of a package; its hash goes into the credential.

    Parameters
    ----------
    package
        The calculation package of :func:`tanbiao.core.study.package.seal`.
    master
        32 random bytes kept with the package; see :mod:`tanbiao.evidence.commitments`.
    also
        Further rows to disclose, as JSON pointers (what the scheme publishes or the holder consents to).

    Raises
    ------
    TanbiaoError
        ``committed_row_unknown`` for a further row that is not there; ``bundle_without_total``; ``row_licensed``.
    """
    made = commitments.commit(package, master)
    paths = {path for path, _ in made.rows}
    if TOTAL not in paths:
        raise TanbiaoError.of("bundle_without_total")
    shown = [path for path in DISCLOSED if path in paths] + [path for path in also if path not in DISCLOSED]
    _refuse_licensed(package, shown)
    body = {
        "tanbiao": STATEMENT,
        "package": package["root"],
        "commitments": {"root": made.root, "size": made.size},
        "disclosed": [made.disclose(path) for path in shown],
    }
    return canonical_bytes(body)


def licensed_rows(package: Mapping[str, Any]) -> dict[str, str]:
    """Return the pointers of the rows that carry a figure of a dataset which may not be passed on, with its id.

    The factor of such a dataset stands in the contributions; a sealed bundle has it, for who recomputes the figure.
    """
    withheld = {item["withheld"] for item in package.get("datasets", ()) if "withheld" in item}
    listed = package.get("result", {}).get("contributions", ()) if withheld else ()
    return {
        f"/result/contributions/{number}": str(item["dataset"])
        for number, item in enumerate(listed)
        if item.get("dataset") in withheld
    }


def _refuse_licensed(package: Mapping[str, Any], paths: Sequence[str]) -> None:
    licensed = licensed_rows(package)
    for path in paths:
        for beginning, dataset in licensed.items():
            if path == beginning or path.startswith(f"{beginning}/"):
                raise TanbiaoError.of("row_licensed", path[:200], dataset=dataset)


def _enclosed(enclosures: Enclosures) -> dict[str, bytes]:
    texts = {
        TWIN: enclosures.twin,
        "log/proof.tlog-proof": enclosures.log_proof,
        "status/suspension.jwt": enclosures.suspension_list,
        "status/revocation.jwt": enclosures.revocation_list,
    }
    files = {name: text.encode("utf-8") for name, text in texts.items() if text}
    if enclosures.leaf is not None:
        files["log/leaf.json"] = enclosures.leaf
    if enclosures.trust is not None:
        files["trust.json"] = canonical_bytes(enclosures.trust)
    return files


def _write(kind: str, files: dict[str, bytes]) -> bytes:
    manifest = {
        "tanbiao": FORMAT,
        "kind": kind,
        "files": {name: hash_bytes(data) for name, data in files.items()},
    }
    return archive.write({**files, "manifest.json": canonical_bytes(manifest)})


def public(statement: bytes, credential: str | None = None, enclosures: Enclosures | None = None) -> bytes:
    """Return the public bundle (zip); the same input gives the same bytes."""
    files = {"statement.json": statement, **_enclosed(enclosures or Enclosures())}
    if credential is not None:
        files["credential.jwt"] = credential.encode("ascii")
    return _write("public", files)


def sealed(
    package: Mapping[str, Any],
    master: bytes,
    statement: bytes,
    credential: str | None = None,
    enclosures: Enclosures | None = None,
) -> bytes:
    """Return the sealed bundle (zip): only for the holder, the body, an authority, a court, or whom the holder
    names."""
    files = {
        "statement.json": statement,
        "package.json": canonical_bytes(package),
        "salts.json": canonical_bytes({"master": b64url(master)}),
        **_enclosed(enclosures or Enclosures()),
    }
    if credential is not None:
        files["credential.jwt"] = credential.encode("ascii")
    return _write("sealed", files)


def disclosed(
    package: Mapping[str, Any],
    master: bytes,
    statement: bytes,
    rows: Sequence[str],
    credential: str | None = None,
    enclosures: Enclosures | None = None,
) -> bytes:
    """Return a bundle (zip) that shows some rows of a package and proves them to be of the certified set.

    Parameters
    ----------
    rows
        JSON pointers; one of an object or list shows everything below it.

    Raises
    ------
    TanbiaoError
        ``committed_row_unknown``: a pointer that leads nowhere; ``disclosure_empty``; ``row_licensed``: a row with a
        figure of a dataset that may not be passed on.
    """
    made = commitments.commit(package, master, salt_length=SALT_LENGTHS[str(strict_json(statement)["tanbiao"])])
    chosen: list[str] = []
    for pointer in dict.fromkeys(rows):
        below = [path for path, _ in made.rows if path == pointer or path.startswith(f"{pointer.rstrip('/')}/")]
        if not below:
            raise TanbiaoError.of("committed_row_unknown", pointer[:200])
        chosen += below
    if not chosen:
        raise TanbiaoError.of("disclosure_empty")
    _refuse_licensed(package, chosen)
    shown = made.disclose_all(sorted(set(chosen)))
    files = {"statement.json": statement, "rows.json": canonical_bytes(shown), **_enclosed(enclosures or Enclosures())}
    if credential is not None:
        files["credential.jwt"] = credential.encode("ascii")
    return _write("disclosed", files)


def open_bundle(data: bytes) -> Bundle:
    """Take a bundle apart and check its manifest.

    Raises
    ------
    TanbiaoError
        What :func:`tanbiao.evidence.archive.read` raises; ``bundle_no_manifest``; ``bundle_file_changed`` (a file is
        not the one the manifest names, or is not named); ``json_not_strict``.
    """
    files = archive.read(data)
    if "manifest.json" not in files:
        raise TanbiaoError.of("bundle_no_manifest")
    manifest = strict_json(files.pop("manifest.json"))
    named = manifest.get("files") if isinstance(manifest, dict) and manifest.get("tanbiao") == FORMAT else None
    if not isinstance(named, dict) or manifest.get("kind") not in KINDS:
        raise TanbiaoError.of("bundle_no_manifest")
    for name in sorted(set(files) | set(named)):
        if name not in files or named.get(name) != hash_bytes(files[name]):
            raise TanbiaoError.of("bundle_file_changed", name)
    if not {"statement.json"} | KINDS[manifest["kind"]] <= set(files):
        raise TanbiaoError.of("bundle_no_manifest")
    said = strict_json(files["statement.json"])
    if not isinstance(said, dict) or said.get("tanbiao") not in SALT_LENGTHS:
        raise TanbiaoError.of("bundle_no_manifest")
    credential = files.get("credential.jwt")
    text = None if credential is None else credential.decode("ascii", "replace")
    return Bundle(manifest["kind"], said, hash_bytes(files["statement.json"]), text, files)


def package_of(bundle: Bundle) -> dict[str, Any]:
    """Return the calculation package of a sealed bundle.

    Raises
    ------
    TanbiaoError
        ``bundle_no_package`` for a public bundle; ``json_not_strict``.
    """
    data = bundle.files.get("package.json")
    package = None if data is None else strict_json(data, _FILE_LIMIT)
    if not isinstance(package, dict):
        raise TanbiaoError.of("bundle_no_package")
    return package


def master_of(bundle: Bundle) -> bytes:
    """Return the master salt of a sealed bundle.

    Raises
    ------
    TanbiaoError
        ``bundle_no_package``; ``json_not_strict``.
    """
    data = bundle.files.get("salts.json")
    salts = None if data is None else strict_json(data)
    try:
        return b64url_decode(salts["master"])  # type: ignore[index]
    except (TypeError, KeyError, ValueError) as error:
        raise TanbiaoError.of("bundle_no_package") from error


def log_of(bundle: Bundle) -> LogEvidence | None:
    """Return the log evidence that a bundle carries, None if it has none."""
    leaf, proof = bundle.files.get("log/leaf.json"), bundle.files.get("log/proof.tlog-proof")
    return None if leaf is None or proof is None else LogEvidence(leaf, proof.decode("utf-8", "replace"))


def enclosures_of(bundle: Bundle) -> Enclosures:
    """Return what goes along in a bundle, to be put into another one of the same certificate."""
    texts = {
        name: bundle.files[name].decode("utf-8", "replace")
        for name in (TWIN, "log/proof.tlog-proof", "status/suspension.jwt", "status/revocation.jwt")
        if name in bundle.files
    }
    trust = strict_json(bundle.files["trust.json"]) if "trust.json" in bundle.files else None
    return Enclosures(
        twin=texts.get(TWIN),
        leaf=bundle.files.get("log/leaf.json"),
        log_proof=texts.get("log/proof.tlog-proof"),
        trust=trust,
        suspension_list=texts.get("status/suspension.jwt"),
        revocation_list=texts.get("status/revocation.jwt"),
    )


def disclosed_of(bundle: Bundle) -> dict[str, Any]:
    """Return path → value of the disclosed rows, each proved under the statement's root.

    Raises
    ------
    TanbiaoError
        ``disclosure_malformed`` or a :class:`tanbiao.evidence.merkle.ProofError`.
    """
    try:
        root, size = str(bundle.statement["commitments"]["root"]), int(bundle.statement["commitments"]["size"])
        rows = list(bundle.statement["disclosed"])
    except (KeyError, TypeError, ValueError) as error:
        raise TanbiaoError.of("disclosure_malformed", reason="statement") from error
    if "rows.json" in bundle.files:
        more = strict_json(bundle.files["rows.json"], _FILE_LIMIT)
        rows += more if isinstance(more, list) else [None]
    length = bundle.salt_length
    if not all(isinstance(row, Mapping) and isinstance(row.get("path"), str) for row in rows):
        raise TanbiaoError.of("disclosure_malformed", reason="rows")
    return {str(row["path"]): commitments.check_disclosure(row, root, size, salt_length=length) for row in rows}


def rounds_to(exact: str | float, declared: str) -> bool:
    """Whether a declared decimal is the exact figure rounded to the declared one's own last place.

    Rounding is half to even (GB/T 8170-2008, 3.3); a scheme says how many digits, the declared text shows them.
    """
    stated = Decimal(declared)
    exponent = stated.as_tuple().exponent
    if not isinstance(exponent, int):
        return False
    found = Decimal(str(exact))
    if exponent < 0:
        return found.quantize(stated) == stated
    # Whole numbers may end in zeros that are not significant (12300 of 12345.6): try each of their places.
    digits = str(abs(int(stated)))
    zeros = len(digits) - len(digits.rstrip("0")) if stated else 0
    return any(found.quantize(Decimal(1).scaleb(place)) == stated for place in range(zeros + 1))


def is_declared(text: Any, total: str | float, declared: str) -> bool:
    """Whether a declared decimal is what the result declares; without that, the result's total rounded."""
    return declared == text if text else rounds_to(total, declared)


def statement_step(data: bytes, claims: AnyClaims) -> Step:
    """Check a public statement beside its certificate: the very one that is named, each shown row under its root, and
    the total the certified figure."""
    if hash_bytes(data) != claims.public_bundle_hash:
        return Step("bundle", False, "step_bundle_other")
    if isinstance(claims, KindClaims):
        same = strict_json(data) == claims.statement
        return Step("bundle", same, "step_statement_ok" if same else "step_bundle_differs")
    try:
        said = strict_json(data)
        if not isinstance(said, dict) or said.get("tanbiao") not in SALT_LENGTHS:
            raise TanbiaoError.of("disclosure_malformed", reason="statement")
        bundle = Bundle("public", said, claims.public_bundle_hash, None, {"statement.json": data})
        shown = disclosed_of(bundle)
        check_credential(bundle, claims)
    except TanbiaoError as error:
        if error.code in ("bundle_of_another_certificate", "bundle_total_differs"):
            return Step("bundle", False, "step_bundle_differs")
        return Step("bundle", False, "step_bundle_bad", {"reason": error.code})
    return Step("bundle", True, "step_bundle_ok", {"count": len(shown), "size": int(said["commitments"]["size"])})


def check_credential(bundle: Bundle, claims: AnyClaims) -> None:
    """Check that a credential speaks of this bundle's statement and package, and of the total disclosed in it.

    Raises
    ------
    TanbiaoError
        ``bundle_of_another_certificate`` or ``bundle_total_differs``.
    """
    if claims.public_bundle_hash != bundle.statement_hash or claims.package_hash != bundle.statement.get("package"):
        raise TanbiaoError.of("bundle_of_another_certificate", number=claims.number)
    if isinstance(claims, KindClaims):
        raise TanbiaoError.of("bundle_of_another_certificate", number=claims.number)
    shown = disclosed_of(bundle)
    if not is_declared(shown.get(DECLARED), shown.get(TOTAL, "NaN"), claims.value):
        found = str(shown.get(DECLARED) or shown.get(TOTAL))
        raise TanbiaoError.of("bundle_total_differs", declared=claims.value, found=found)
    if shown.get("/result/total/unit", claims.unit) != claims.unit:
        raise TanbiaoError.of("bundle_total_differs", declared=claims.unit, found=str(shown["/result/total/unit"]))
