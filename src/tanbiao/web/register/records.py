"""The public record of a certificate: canonical JSON that is published, logged by its hash, searched and handed out.

Everything that is public of a certificate is in it, and nothing else; the whole register can be made again from the
newest records (``tanbiao rebuild``).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from tanbiao.core.gases import Kind
from tanbiao.core.kinds.model import ENTRY_KINDS
from tanbiao.web import clock
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.register.models import Certificate, Declaration, ProductIdentifier, Production

FORMAT = "tanbiao-register-entry/1"
CONSENT_FIELDS = ("stages", "interval", "quality", "primary_share", "sites")
"""Fields that a scheme may leave to the holder's consent."""
PACT, KINDS = "pact", "kinds"
"""Further ones, of schemes that know them: the product footprint for PACT; fossil, biogenic and land use apart."""
KNOWN_FIELDS = (*CONSENT_FIELDS, KINDS, PACT)
PUBLIC_STATUS = {"changed": "superseded", "succeeded": "superseded"}
"""How the log names states that its own words call otherwise."""
KEY_LENGTH = 120


def _party(party: Mapping[str, str]) -> dict[str, str]:
    return {
        "zh": party["name_zh"],
        "en": party.get("name_en", ""),
        "code": party.get("registered_id", ""),
        "region": party.get("address", ""),
    }


def record_of(certificate: Certificate) -> dict[str, Any]:
    """Return the public record of a certificate as it stands, of whatever kind."""
    if certificate.study_id is None:
        return _record_of_claim(certificate)
    claims, shown = certificate.claims, certificate.shown
    fields = set(shown.get("fields", ()))
    return {
        "format": FORMAT,
        "kind": "certified",
        **_standing(certificate),
        "product": {"zh": claims["product_zh"], "en": claims["product_en"]},
        "models": list(claims["models"]),
        "identifiers": identifiers_of(certificate.number),
        "value": claims["value"],
        "unit": claims["unit"],
        "declared_unit": claims["declared_unit"],
        "boundary": claims["boundary"],
        "period": {"from": claims["period_from"], "to": claims["period_to"]},
        "gwp_set": claims["gwp_set"],
        "electricity_basis": claims["electricity_basis"],
        "holder": _party(claims["holder"]),
        "producer": _party(claims["producer"]),
        "body": _party(claims["body"]),
        "rule": f"{claims['rule_id']}@{claims['rule_version']}",
        "rule_hash": claims["rule_hash"],
        "rule_standing": str(certificate.issue.order.get("rule_standing", "")),
        "release": claims["release"],
        "scheme": certificate.scheme,
        "category": certificate.category,
        "grade": str(shown.get("grade", "")),
        **_as_issued(certificate),
        "stages": shown.get("stages"),
        **({KINDS: shown[KINDS]} if shown.get(KINDS) else {}),
        "interval": shown.get("interval"),
        "quality": shown.get("quality"),
        "primary_share": shown.get("primary_share"),
        "sites": [site["name_zh"] for site in claims["sites"]] if "sites" in fields else None,
        "production": production_of(certificate.number),
        # Only where there is one, too; and only a scheme that leaves it to consent can have it unpublished.
        **({"pact": pact_of(certificate)} if certificate.shown.get(PACT) else {}),
        "not_published": sorted({*CONSENT_FIELDS, *_known_further(certificate.issue.order)} - fields),
        "head": certificate.head,
    }


def _standing(certificate: Certificate) -> dict[str, Any]:
    """Return number, version and state: the same of every kind of certificate."""
    return {
        "number": certificate.number,
        "version": certificate.version,
        "demonstration": certificate.is_demo,
        "state": certificate.state,
        "reason": certificate.reason,
        "state_since": clock.stamp(certificate.state_since),
        "suspended_until": certificate.suspended_until.isoformat() if certificate.suspended_until else None,
        "succeeded_by": certificate.succeeded_by,
    }


def _as_issued(certificate: Certificate) -> dict[str, Any]:
    """Return days and hashes of the issue: the same of every kind of certificate."""
    claims = certificate.claims
    return {
        "decided_on": claims["decided_on"],
        "issued_at": clock.stamp(certificate.issued_at),
        "valid_from": certificate.valid_from.isoformat(),
        "valid_until": certificate.valid_until.isoformat(),
        "credential": certificate.credential_hash,
        # Only where there is one: the record of a certificate from before stays the same bytes.
        **({"twin": certificate.artefacts["twin"]} if "twin" in certificate.artefacts else {}),
        "status_index": certificate.status_index,
        "package_hash": certificate.package_hash,
        "public_bundle": claims["public_bundle_hash"],
    }


NO_FIGURE = (
    "value", "unit", "declared_unit", "boundary", "gwp_set", "electricity_basis", "rule", "rule_hash", "rule_standing",
    "release", "grade",
)  # fmt: skip
"""Fields of a figure: empty in the record of a certificate that has none."""


def _record_of_claim(certificate: Certificate) -> dict[str, Any]:
    """Return the record of a certificate without a footprint: its kind is its form, its statement stands whole."""
    claims = certificate.claims
    return {
        "format": FORMAT,
        "kind": ENTRY_KINDS[claims["form"]],
        **_standing(certificate),
        "product": {"zh": claims["product_zh"], "en": claims["product_en"]},
        "models": [],
        "identifiers": [],
        **dict.fromkeys(NO_FIGURE, ""),
        "period": {"from": "", "to": ""},
        "holder": _party(claims["holder"]),
        "producer": None,
        "body": _party(claims["body"]),
        "scheme": certificate.scheme,
        "category": certificate.category,
        "certification": {
            "id": claims["certification"],
            "zh": claims["kind_zh"],
            "en": claims["kind_en"],
            "says": {"zh": claims["says_zh"], "en": claims["says_en"]},
        },
        "claim": claims["statement"],
        **_as_issued(certificate),
        "stages": None,
        "interval": None,
        "quality": None,
        "primary_share": None,
        "sites": None,
        "production": None,
        "not_published": [],
        "head": certificate.head,
    }


def _known_further(order: Mapping[str, Any]) -> set[str]:
    """Return the further fields that a certificate's scheme leaves to consent."""
    return {PACT, KINDS} & set(order.get("consentable", ()))


def kinds_of(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result by kind: fossil, biogenic release and uptake, land use change; ``aircraft`` is of which.

    Values are as the result has them, as of ``stages``: decimals as text in a sealed one.
    """
    return {**result["kinds"], "aircraft": result["of_which"]["aircraft"]}


def pact_of(certificate: Certificate) -> dict[str, Any] | None:
    """Return the published footprint for PACT; it is ``Active`` only while the certificate is in force."""
    kept = certificate.shown.get(PACT)
    return None if kept is None else {**kept, "status": "Active" if certificate.state == "valid" else "Deprecated"}


def pact_of_declaration(declaration: Declaration) -> dict[str, Any] | None:
    """Return the published footprint for PACT of a figure that is no certificate; ``Active`` while it stands."""
    kept = declaration.optional.get(PACT) if PACT in declaration.shown else None
    return None if kept is None else {**kept, "status": "Active" if declaration.state == "valid" else "Deprecated"}


def optional_of(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a result is public only where its holder consents."""
    total = result["total"]
    return {
        "stages": result["stages"],
        KINDS: kinds_of(result),
        "interval": {name: total.get(name) for name in ("p2_5", "p50", "p97_5")},
        "quality": result.get("data_quality"),
        "primary_share": result.get("primary_data_share"),
    }


def parts_by_kind(stored: Mapping[str, Any] | None) -> dict[str, float]:
    """Return the kinds that a stored figure has any of, in the order of the standard; empty where none are stored."""
    return {name: float(stored[name]) for name in (*Kind, "aircraft") if stored and float(stored[name])}


def record_of_declaration(declaration: Declaration) -> dict[str, Any]:
    """Return the public record of a figure that is no certificate: the same fields, empty where only a certificate has
    them, and its statement where there is one."""
    facts, owner, body = declaration.facts, declaration.owner, declaration.body
    shown = {name: declaration.optional.get(name) for name in declaration.shown}
    statement = declaration.statement
    return {
        "format": FORMAT,
        "kind": declaration.kind,
        "number": declaration.number,
        "version": 1,
        "demonstration": declaration.is_demo,
        "state": declaration.state,
        "reason": declaration.reason,
        "state_since": clock.stamp(declaration.state_since),
        "suspended_until": None,
        "succeeded_by": declaration.succeeded_by,
        **{
            name: facts[name] for name in ("product", "value", "unit", "declared_unit", "boundary", "period", "gwp_set")
        },
        **{name: facts[name] for name in ("electricity_basis", "rule", "rule_hash", "release", "category")},
        "rule_standing": str(facts.get("rule_standing", "")),
        "models": [],
        "identifiers": [],
        "holder": _organisation(owner),
        "producer": None,
        "body": _organisation(body) if body else None,
        "scheme": "",
        "grade": "",
        "decided_on": None,
        "statement": statement,
        "issued_at": clock.stamp(declaration.published_at),
        "valid_from": declaration.valid_from.isoformat(),
        "valid_until": declaration.valid_until.isoformat(),
        "credential": "",
        "status_index": None,
        "package_hash": declaration.source,
        "public_bundle": "",
        "stages": shown.get("stages"),
        **({KINDS: shown[KINDS]} if shown.get(KINDS) else {}),
        "interval": shown.get("interval"),
        "quality": shown.get("quality"),
        "primary_share": shown.get("primary_share"),
        "sites": None,
        "production": production_of(declaration.number),
        **({PACT: pact_of_declaration(declaration)} if PACT in declaration.shown else {}),
        "not_published": sorted({*declaration.optional, PACT} - set(declaration.shown)),
        "head": declaration.source,
    }


def _organisation(organisation: Organisation) -> dict[str, str]:
    return {
        "zh": organisation.name_zh,
        "en": organisation.name_en,
        "code": organisation.uscc or organisation.foreign_id,
        "region": organisation.jurisdiction,
    }


def production_of(number: str) -> dict[str, Any] | None:
    """Return the yearly production that a holder lets the public know; None: not published."""
    row = Production.objects.filter(number=number).first()
    return None if row is None else {"amount": row.amount, "year": row.year}


def identifiers_of(number: str) -> list[dict[str, str]]:
    """Return the barcodes and identifiers of a number, in the order of scheme and value."""
    rows = ProductIdentifier.objects.filter(number=number).order_by("scheme", "value")
    return [{"scheme": row.scheme, "value": row.value, "model": row.model} for row in rows]


def sort_key(text: str) -> str:
    """Return a key that sorts alike in every database: folded, in the order of GB 18030, as hexadecimal.

    GB 18030 keeps the order of GB 2312, whose 3,755 commonest characters stand in the order of pinyin.

    >>> sort_key("电池") < sort_key("铝") < sort_key("水泥")
    True
    """
    folded = unicodedata.normalize("NFKC", text).lower()
    return folded.encode("gb18030", "replace").hex()[:KEY_LENGTH]


def searched_text(record: Mapping[str, Any]) -> str:
    """Return the words under which a record is found: number, product, models, companies, body, category, barcodes."""
    parties = [record[name] for name in ("holder", "producer", "body") if record.get(name)]
    words = [
        record["number"],
        record["product"]["zh"],
        record["product"]["en"],
        *record["models"],
        *(party[lang] for party in parties for lang in ("zh", "en")),
        *(party["code"] for party in parties),
        record["category"],
        *(form for one in record["identifiers"] for form in (one["value"], one["value"].lstrip("0"))),
    ]
    return " ".join(str(word) for word in words if word)


def code_of(party: Mapping[str, str] | None) -> str:
    """Return what a party is told apart by: its registered code, else its Chinese name."""
    return "" if not party else (party["code"] or party["zh"])[:KEY_LENGTH]


def columns_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the searched and sorted columns of an entry, all of which follow from its record."""
    body = record.get("body")
    return {
        "kind": record["kind"],
        "state": record["state"],
        "category": record["category"][:KEY_LENGTH],
        "region": record["holder"]["region"][:10],
        "body": code_of(body),
        "holder": code_of(record["holder"]),
        "scheme": record["scheme"][:KEY_LENGTH],
        "grade": record["grade"][:20],
        "is_demo": record["demonstration"],
        "issued_on": issued_on(record),
        "valid_until": date.fromisoformat(record["valid_until"]),
        "product_key": sort_key(record["product"]["zh"]),
        "holder_key": sort_key(record["holder"]["zh"]),
        "body_key": sort_key(body["zh"]) if body else "",
    }


def issued_on(record: Mapping[str, Any]) -> date:
    """Return the day of issue in China."""
    return clock.day_of(datetime.fromisoformat(record["issued_at"]))
