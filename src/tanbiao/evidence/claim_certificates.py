"""The credential of a certificate of another kind than a footprint (management system, service, reduction, …).

It has a type, a context and a schema of its own (``TanbiaoClaimCertificate``, ``schemas/claim-certificate-1.json``): no
reader of a product's conformity credential can take it for one. ``credentialSubject.claimCertificate`` is the record;
:func:`claims_of` reads it back and lints its statement, whose numbers follow from what it cites.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import contexts
from tanbiao.evidence.claims import BEIJING, Party, StatusEntry, forms_of, is_date, malformed, party_body, status_entry

TYPE = "TanbiaoClaimCertificate"
BLOCK = "claimCertificate"
SCHEMA = "urn:tanbiao:schema:claim-certificate:1"


@dataclass(frozen=True, slots=True)
class KindClaims:
    """Everything that such a certificate says. Dates are ``YYYY-MM-DD``; it has no figure of a footprint of its own.

    Parameters
    ----------
    form
        Form of the claim: ``management_system``, ``service``, ``reduction``, ``removal``, ``neutral``.
    certification, kind_zh, kind_en
        The scheme's kind of certification, by id and in words.
    says_zh, says_en
        What the holder may say in public, in the scheme's words.
    statement
        See :func:`tanbiao.core.kinds.statement.statement_of`.
    """

    id: str
    number: str
    form: str
    certification: str
    kind_zh: str
    kind_en: str
    says_zh: str
    says_en: str
    issuer: str
    body: Party
    holder: Party
    product_zh: str
    product_en: str
    statement: Mapping[str, Any]
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
    engine: str = ""
    replaces: str = ""

    def __post_init__(self) -> None:
        # Here and not above: a footprint's certificate is verified without the models of claims.
        from tanbiao.core.kinds import statement as statements

        for name in ("number", "certification", "kind_zh", "product_zh", "scheme_id", "scheme_name", "says_zh"):
            if not str(getattr(self, name)).strip():
                raise malformed(name, "empty")
        forms_of(self, ("id", "issuer", "query_url", "package_hash", "public_bundle_hash"))
        for name in ("decided_on", "valid_from", "valid_until"):
            if not is_date(getattr(self, name)):
                raise malformed(name, "no date")
        if self.valid_from > self.valid_until:
            raise malformed("valid_until", "ends before it begins")
        if isinstance(self.status.index, bool) or self.status.index < 0:
            raise malformed("status", "index")
        statements.lint(self.statement)
        if self.statement["form"] != self.form:
            raise malformed("form", "another than the statement's")


def title(claims: KindClaims) -> str:
    """Return the certificate's name, which says the kind first."""
    text = f"{claims.kind_zh} / {claims.kind_en} {claims.number}"
    return f"演示 DEMO: {text} (demonstration, no certification)" if claims.demo else text


def credential_of(claims: KindClaims) -> dict[str, Any]:
    """Return the unsigned credential of the claims."""
    record = asdict(claims)
    status = claims.status
    record["status"] = {
        "index": status.index,
        "suspension": status.suspension_list,
        "revocation": status.revocation_list,
        "revocationEntry": status_entry(status, "revocation", status.revocation_list),
    }
    return {
        "@context": [contexts.CREDENTIALS_V2, contexts.CLAIM_CERTIFICATE],
        "type": ["VerifiableCredential", TYPE],
        "id": claims.id,
        "issuer": {"id": claims.issuer, "name": claims.body.name},
        "name": title(claims),
        "validFrom": f"{claims.valid_from}T00:00:00{BEIJING}",
        "validUntil": f"{claims.valid_until}T23:59:59{BEIJING}",
        "credentialStatus": status_entry(status, "suspension", status.suspension_list),
        "credentialSubject": {
            "id": f"{claims.id}#subject",
            "holder": party_body(claims.holder),
            BLOCK: {"v": 1, **record},
        },
    }


def is_ours(credential: Mapping[str, Any]) -> bool:
    """Whether a credential is of this type."""
    types = credential.get("type")
    return isinstance(types, list) and TYPE in types


def claims_of(credential: Mapping[str, Any]) -> KindClaims:
    """Read the claims back from a credential, and check that nothing around the record says anything else.

    Raises
    ------
    TanbiaoError
        ``credential_not_ours``, ``claims_malformed``, ``claim_statement_wrong``, ``credential_contradicts``.
    """
    try:
        record = dict(credential["credentialSubject"][BLOCK])
        if record.pop("v") != 1:
            raise ValueError("version")
        status, statement = record.pop("status"), record.pop("statement")
        body, holder = (Party(**record.pop(key)) for key in ("body", "holder"))
        index = status["index"]
        if not isinstance(index, int) or isinstance(index, bool):
            raise TypeError("status list index")
        entry = StatusEntry(index, str(status["suspension"]), str(status["revocation"]))
        demo = record.pop("demo")
        if not isinstance(demo, bool) or not all(isinstance(value, str) for value in record.values()):
            raise ValueError("a field of the wrong kind")
        claims = KindClaims(body=body, holder=holder, statement=statement, demo=demo, status=entry, **record)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise TanbiaoError.of("credential_not_ours", reason=str(error)[:120]) from error
    if {key: value for key, value in credential.items() if key != "proof"} != credential_of(claims):
        raise TanbiaoError.of("credential_contradicts")
    return claims


def lint(credential: Mapping[str, Any]) -> None:
    """Check a credential before it is signed: pinned contexts, its own schema, no contradiction, a sound statement.

    Raises
    ------
    TanbiaoError
        ``context_unknown``, ``credential_off_schema`` (with the place), or what :func:`claims_of` raises.
    """
    contexts.check(credential, SCHEMA)
    claims_of(credential)
