"""What a certificate claims, and the conformity credential that carries it.

The credential is a W3C Verifiable Credential 2.0 of the UNTP type DigitalConformityCredential 0.7.0. UNTP has one
field for a measured value, a JSON number; the exact decimal, its boundary, period, gas set, rule and the rest stand
beside it in ``credentialSubject.productCarbonFootprint``. That block is the record: :func:`claims_of` reads it, and
refuses a credential whose UNTP fields say anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import contexts

_DECIMAL = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\"<>\\^`{|}]+")
_HASH = re.compile(r"sha256:[0-9a-f]{64}")
_BLOCK = "productCarbonFootprint"
BEIJING = "+08:00"
"""The days of a certificate are days in China."""


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation or a site: a URI that identifies it, its names, its registered id (credit code) and address."""

    id: str
    name_zh: str
    name_en: str = ""
    registered_id: str = ""
    address: str = ""

    @property
    def name(self) -> str:
        """Both names in one text."""
        return self.name_zh if self.name_en in ("", self.name_zh) else f"{self.name_zh} / {self.name_en}"


@dataclass(frozen=True, slots=True)
class StatusEntry:
    """Where the certificate's status stands: one index in two lists, at two URLs."""

    index: int
    suspension_list: str
    """Bit set: must not be relied upon at present (suspended, or withdrawn or cancelled for good)."""
    revocation_list: str
    """Bit set: withdrawn or cancelled, and never valid again."""


@dataclass(frozen=True, slots=True)
class CertificateClaims:
    """Everything a certificate says. Dates are ``YYYY-MM-DD``; ``value`` is a decimal text, exactly as declared."""

    id: str
    number: str
    issuer: str
    body: Party
    holder: Party
    producer: Party
    sites: tuple[Party, ...]
    product_zh: str
    product_en: str
    models: tuple[str, ...]
    value: str
    unit: str
    declared_unit: str
    boundary: str
    period_from: str
    period_to: str
    gwp_set: str
    electricity_basis: str
    rule_id: str
    rule_version: str
    rule_hash: str
    scheme_id: str
    scheme_name: str
    decided_on: str
    valid_from: str
    valid_until: str
    query_url: str
    package_hash: str
    public_bundle_hash: str
    log_origin: str
    demo: bool
    status: StatusEntry
    release: str = ""
    engine: str = ""
    replaces: str = ""

    def __post_init__(self) -> None:
        _check(self)


_REQUIRED = [
    "number",
    "product_zh",
    "unit",
    "declared_unit",
    "boundary",
    "gwp_set",
    "electricity_basis",
    "rule_id",
    "rule_version",
    "scheme_id",
    "scheme_name",
]
_FORMS = {"value": (_DECIMAL, "no plain decimal")}
_FORMS |= {name: (_URI, "no URI") for name in ("id", "issuer", "query_url")}
_FORMS |= {name: (_HASH, "no content hash") for name in ("rule_hash", "package_hash", "public_bundle_hash")}
_DATES = ("period_from", "period_to", "decided_on", "valid_from", "valid_until")


def _check(claims: CertificateClaims) -> None:
    """Refuse claims that a certificate must not be made of.

    Raises
    ------
    TanbiaoError
        ``claims_malformed`` naming the field.
    """
    for name in _REQUIRED:
        if not str(getattr(claims, name)).strip():
            raise malformed(name, "empty")
    forms_of(claims, _FORMS)
    for name in _DATES:
        if not is_date(getattr(claims, name)):
            raise malformed(name, "no date")
    if claims.period_from > claims.period_to or claims.valid_from > claims.valid_until:
        raise malformed("valid_until", "ends before it begins")
    for party in (claims.body, claims.holder, claims.producer, *claims.sites):
        if _URI.fullmatch(party.id) is None or not party.name_zh.strip():
            raise malformed("party", f"{party.name_zh or party.id}: no URI or no name")
    if not claims.models:
        raise malformed("models", "none")
    if isinstance(claims.status.index, bool) or claims.status.index < 0:
        raise malformed("status", "index")


def forms_of(claims: Any, names: Iterable[str]) -> None:
    """Refuse claims whose fields of these names have not the form they must have: address, hash, decimal."""
    for name in names:
        pattern, reason = _FORMS[name]
        if pattern.fullmatch(getattr(claims, name)) is None:
            raise malformed(name, reason)


def is_date(text: str) -> bool:
    """Whether a text is a day, ``YYYY-MM-DD``."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def malformed(field: str, reason: str) -> TanbiaoError:
    """Return the refusal of a claim's field."""
    return TanbiaoError.of("claims_malformed", field, field=field, reason=reason)


def party_body(party: Party, type_: str = "Party") -> dict[str, Any]:
    """Return a party as a credential names it."""
    body: dict[str, Any] = {"type": [type_], "id": party.id, "name": party.name}
    if party.registered_id:
        body["registeredId"] = party.registered_id
    return body


def credential_of(claims: CertificateClaims) -> dict[str, Any]:
    """Return the unsigned credential of the claims."""
    return {
        "@context": [contexts.CREDENTIALS_V2, contexts.UNTP, contexts.CERTIFICATE],
        "type": ["DigitalConformityCredential", "VerifiableCredential"],
        "id": claims.id,
        "issuer": {
            "type": ["CredentialIssuer"],
            "id": claims.issuer,
            "name": claims.body.name,
            "issuerAlsoKnownAs": [party_body(claims.body)],
        },
        "name": _title(claims),
        "validFrom": f"{claims.valid_from}T00:00:00{BEIJING}",
        "validUntil": f"{claims.valid_until}T23:59:59{BEIJING}",
        "credentialStatus": status_entry(claims.status, "suspension", claims.status.suspension_list),
        "credentialSubject": _attestation(claims),
    }


def _title(claims: CertificateClaims) -> str:
    text = f"{claims.scheme_name} {claims.number}"
    return f"演示 DEMO: {text} (demonstration, no certification)" if claims.demo else text


def status_entry(status: StatusEntry, purpose: str, list_url: str) -> dict[str, Any]:
    """Return where a status stands, as credentials say it (W3C Bitstring Status List)."""
    return {
        "id": f"{list_url}#{status.index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": status.index,
        "statusListCredential": list_url,
    }


def _attestation(claims: CertificateClaims) -> dict[str, Any]:
    criterion = {
        "type": ["Criterion"],
        "id": f"urn:tanbiao:rule:{claims.rule_id}:{claims.rule_version}",
        "name": f"{claims.rule_id} {claims.rule_version}",
    }
    topic = {
        "type": ["ConformityTopic"],
        "id": "https://vocabulary.uncefact.org/conformity-topic/greenhouse-gas-emissions",
        "name": "Greenhouse Gas Emissions",
    }
    metric = {
        "type": ["PerformanceMetric"],
        "id": f"urn:tanbiao:metric:product-carbon-footprint:{claims.boundary}",
        "name": f"Product carbon footprint per {claims.declared_unit}, {claims.boundary}, GWP 100 {claims.gwp_set}",
    }
    assessment = {
        "type": ["ConformityAssessment"],
        "id": f"{claims.id}#assessment",
        "name": f"Product carbon footprint of {claims.product_en or claims.product_zh}",
        "assessmentCriteria": [criterion],
        "assessmentDate": claims.decided_on,
        "assessedPerformance": [{"metric": metric, "measure": {"value": float(claims.value), "unit": claims.unit}}],
        "assessedProduct": [_product(claims, model) for model in claims.models],
        "assessedFacility": [
            {"facility": party_body(site, "Facility"), "idVerifiedByCAB": True} for site in claims.sites
        ],
        "assessedOrganisation": party_body(claims.producer),
        "conformityTopic": [topic],
        "conformance": True,
    }
    return {
        "type": ["ConformityAttestation"],
        "id": f"{claims.id}#attestation",
        "name": _title(claims),
        "assessorLevel": "3rdParty",
        "assessmentLevel": "no-endorsement" if claims.demo else "scheme-cab",
        "attestationType": "certification",
        "issuedToParty": party_body(claims.holder),
        "referenceScheme": {
            "type": ["ConformityScheme"],
            "id": f"urn:tanbiao:scheme:{claims.scheme_id}",
            "name": claims.scheme_name,
        },
        "conformityCertificate": {"linkURL": claims.query_url, "linkName": claims.number, "mediaType": "text/html"},
        "conformityAssessment": [assessment],
        _BLOCK: _record(claims),
    }


def _product(claims: CertificateClaims, model: str) -> dict[str, Any]:
    name = (
        claims.product_zh
        if claims.product_en in ("", claims.product_zh)
        else (f"{claims.product_zh} / {claims.product_en}")
    )
    product = {"type": ["Product"], "id": claims.query_url, "name": name, "modelNumber": model}
    return {"product": product, "idVerifiedByCAB": True}


def _record(claims: CertificateClaims) -> dict[str, Any]:
    body = asdict(claims)
    for key in ("sites", "models"):
        body[key] = list(body[key])
    status = claims.status
    body["status"] = {
        "index": status.index,
        "suspension": status.suspension_list,
        "revocation": status.revocation_list,
        "revocationEntry": status_entry(status, "revocation", status.revocation_list),
    }
    return {"v": 1, **body}


def claims_of(credential: Mapping[str, Any]) -> CertificateClaims:
    """Read the claims back from a credential, and check that its UNTP fields say the same.

    Raises
    ------
    TanbiaoError
        ``credential_not_ours`` (no such block, another version, another set of fields), ``claims_malformed``,
        ``credential_contradicts`` (a UNTP field says something else than the record).
    """
    try:
        record = dict(credential["credentialSubject"][_BLOCK])
        if record.pop("v") != 1:
            raise ValueError("version")
        status = record.pop("status")
        body, holder, producer = (Party(**record.pop(key)) for key in ("body", "holder", "producer"))
        sites = tuple(Party(**site) for site in record.pop("sites"))
        models = tuple(str(model) for model in record.pop("models"))
        entry = StatusEntry(_index(status["index"]), str(status["suspension"]), str(status["revocation"]))
        demo = record.pop("demo")
        if not isinstance(demo, bool) or not all(isinstance(value, str) for value in record.values()):
            raise ValueError("a field of the wrong kind")
        claims = CertificateClaims(
            body=body,
            holder=holder,
            producer=producer,
            sites=sites,
            models=models,
            demo=demo,
            status=entry,
            **record,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise TanbiaoError.of("credential_not_ours", reason=str(error)[:120]) from error
    if _cross_checked(credential) != _cross_checked(credential_of(claims)):
        raise TanbiaoError.of("credential_contradicts")
    return claims


def _cross_checked(credential: Mapping[str, Any]) -> list[Any]:
    """Return what a reader of the UNTP fields alone would believe of the certificate, in a fixed order.

    A later layout may add fields; these must always agree with the record.
    """
    try:
        subject = credential["credentialSubject"]
        assessment = subject["conformityAssessment"][0]
        measure = assessment["assessedPerformance"][0]["measure"]
        entry = credential["credentialStatus"]
        return [
            [list(credential["@context"]), sorted(credential["type"]), len(subject["conformityAssessment"])],
            credential["id"],
            credential["issuer"]["id"],
            credential["issuer"]["name"],
            credential["validFrom"],
            credential["validUntil"],
            [entry["statusPurpose"], _index(entry["statusListIndex"]), entry["statusListCredential"]],
            [subject["issuedToParty"]["id"], subject["issuedToParty"]["name"]],
            [subject["attestationType"], subject["conformityCertificate"]["linkURL"]],
            [float(measure["value"]), measure["unit"], assessment["conformance"]],
            [item["product"]["modelNumber"] for item in assessment["assessedProduct"]],
            [item["facility"]["id"] for item in assessment["assessedFacility"]],
        ]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise TanbiaoError.of("credential_contradicts") from error


def _index(value: Any) -> int:
    """Return a status list index: W3C writes it as text, UNTP as an integer; both are read."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"0|[1-9]\d{0,15}", value):
        return int(value)
    raise ValueError("status list index")


def lint(credential: Mapping[str, Any]) -> None:
    """Check a credential before it is signed: pinned contexts, the UNTP schema, and no contradiction.

    Raises
    ------
    TanbiaoError
        ``context_unknown``, ``credential_off_schema`` (with the place), or what :func:`claims_of` raises.
    """
    contexts.check(credential, contexts.UNTP_SCHEMA)
    claims_of(credential)
