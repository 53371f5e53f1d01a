"""What a certificate is handed out as: public statement, label, PDFs. Made once, at issue, and never again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.conf import settings

from tanbiao.documents import certificate as certificates
from tanbiao.documents import label
from tanbiao.evidence import bundles
from tanbiao.evidence.certified import AnyClaims
from tanbiao.evidence.claim_certificates import KindClaims
from tanbiao.evidence.claims import CertificateClaims
from tanbiao.web import clock
from tanbiao.web.ledger.blobs import get_blob, put_blobs
from tanbiao.web.register import kinds
from tanbiao.web.register.models import Issue
from tanbiao.web.register.records import parts_by_kind
from tanbiao.web.studies.queries import read_json

BASIS = {
    "grid": ("电网平均（位置法）", "grid average (location-based)"),
    "direct_line": ("直供电", "direct line"),
    "own_generation": ("自发电", "own generation"),
    "contract": ("绿电合同", "power contract"),
    "green_certificate": ("绿色电力证书", "green certificates"),
    "dataset": ("指定数据集", "named dataset"),
    "none stated": ("未说明", "none stated"),
}
MEDIA = {
    "label_svg": ("image/svg+xml", "svg"),
    "label_pdf": ("application/pdf", "pdf"),
    "label_png": ("image/png", "png"),
    "label_small_svg": ("image/svg+xml", "svg"),
    "pdf_zh": ("application/pdf", "pdf"),
    "pdf_en": ("application/pdf", "pdf"),
    "statement": ("application/json", "json"),
    "twin": ("application/vc", "json"),
    "stamp_zh": ("application/timestamp-reply", "tsr"),
    "stamp_en": ("application/timestamp-reply", "tsr"),
    "seal_zh": ("application/jose", "jws"),
    "seal_en": ("application/jose", "jws"),
    "eseal_zh": ("application/octet-stream", "esl"),
    "eseal_en": ("application/octet-stream", "esl"),
}
"""Name of an artefact → media type and ending of its file."""


def statement(issue: Issue) -> bytes:
    """Return the public statement of an issue: salted commitments to the package, and the disclosed totals."""
    if kinds.is_of_claim(issue.order):
        return kinds.statement_bytes(issue.order)
    return bundles.statement(package_of(issue), bytes.fromhex(issue.master))


def package_of(issue: Issue) -> dict[str, Any]:
    """Return the frozen package of an issue."""
    return read_json(issue.order["package_blob"])


def make(signed: Mapping[str, str], order: Mapping[str, Any], claims: AnyClaims) -> dict[str, str]:
    """Draw and keep all artefacts of a signed credential; return name → content hash.

    ``signed`` is what the signer gave: the hash of the ``credential`` and the signed address of the ``label``.
    """
    if isinstance(claims, KindClaims):
        return kinds.make_documents(signed, order, claims)
    token = get_blob(signed["credential"]).decode("ascii")
    facts = label_facts(order, claims, signed["label"])
    now = clock.now().replace(microsecond=0)
    stored = {
        "label_svg": label.label_svg(facts).encode(),
        "label_small_svg": label.label_svg(facts, variant="compact").encode(),
        "label_pdf": label.label_pdf(facts, now),
        "label_png": label.label_png(facts),
    }
    shown = certificate_facts(order, claims)
    for lang in order["languages"]:
        stored[f"pdf_{lang}"] = certificates.certificate_pdf(shown, token, lang, created=now)
    hashes = put_blobs([(data, MEDIA[name][0]) for name, data in stored.items()])
    return dict(zip(stored, hashes, strict=True))


def declared_stages(order: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the stages with a number, in life-cycle order."""
    return tuple(name for name, value in order["stages"].items() if not isinstance(value, Mapping))


def excluded_stages(order: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the stages left out with a reason, which is not the same as not declared."""
    absent = {name: value for name, value in order["stages"].items() if isinstance(value, Mapping)}
    return tuple(name for name, value in absent.items() if value.get("absent") == "excluded")


def label_facts(order: Mapping[str, Any], claims: CertificateClaims, address: str) -> label.LabelFacts:
    """Return what stands on the label; ``address`` is for its code. Shares only where the scheme shows the stages."""
    stages = declared_stages(order)
    shares = None
    if "stages" in order["published"]:
        # Signed: a stage below zero (a credit) has no arc of its own size, and the ring is then drawn in equal fifths.
        values = {name: float(order["stages"][name]) for name in stages}
        whole = sum(values.values())
        shares = {name: value / whole for name, value in values.items()} if whole > 0 else None
    return label.LabelFacts(
        number=claims.number,
        value=float(claims.value),
        unit=claims.unit,
        completeness=order["completeness"],
        maker={"zh": claims.producer.name_zh, "en": claims.producer.name_en or claims.producer.name_zh},
        product=order["product"],
        declared_unit=claims.declared_unit,
        declared_of=order["declared_of"],
        boundary=claims.boundary,
        valid_until=date.fromisoformat(claims.valid_until),
        query_url=claims.query_url,
        stages=stages,
        excluded=excluded_stages(order),
        shares=shares,
        qr_text=address,
        digits=int(order["digits"]),
        scheme=order["scheme_name"],
        body={"zh": claims.body.name_zh, "en": claims.body.name_en or claims.body.name_zh},
        rule=f"{claims.rule_id}@{claims.rule_version}",
        rule_standing=order.get("rule_standing", ""),
        demo=claims.demo,
        fields=tuple(order["label_fields"]),
        artwork=artwork_of(order),
    )


def artwork_of(order: Mapping[str, Any]) -> bytes | None:
    """Return the artwork that an authority's scheme brought (PNG); None for the neutral one."""
    return get_blob(order["artwork"]) if order["artwork"] else None


def certificate_facts(order: Mapping[str, Any], claims: CertificateClaims) -> certificates.CertificateFacts:
    """Return what stands on the certificate."""
    supplies = claims.electricity_basis.split(" + ")
    operator = settings.TANBIAO_OPERATOR
    assurance = order.get("opinion", {}).get("assurance", "")
    words = {"limited": ("有限保证", "limited assurance"), "reasonable": ("合理保证", "reasonable assurance")}
    said = words.get(assurance)
    return certificates.CertificateFacts(
        number=claims.number,
        holder=_party(order["holder"]),
        producer=_party(order["producer"]),
        body=_party(order["body"]),
        sites=tuple({"zh": site["name_zh"], "en": site.get("name_en") or site["name_zh"]} for site in order["sites"]),
        product=order["product"],
        models=claims.models,
        value=float(claims.value),
        unit=claims.unit,
        completeness=order["completeness"],
        declared_unit=claims.declared_unit,
        declared_of=order["declared_of"],
        boundary=claims.boundary,
        stages=declared_stages(order),
        excluded=excluded_stages(order),
        kinds=parts_by_kind(order.get("kinds") if "kinds" in order["published"] else None),
        period=(date.fromisoformat(claims.period_from), date.fromisoformat(claims.period_to)),
        gwp_set=claims.gwp_set,
        electricity={
            "zh": "、".join(BASIS.get(name, (name, name))[0] for name in supplies),
            "en": ", ".join(BASIS.get(name, (name, name))[1] for name in supplies),
        },
        rule=f"{claims.rule_id}@{claims.rule_version}",
        rule_standing=order.get("rule_standing", ""),
        scheme=order["scheme_name"],
        release=claims.release,
        decided=date.fromisoformat(claims.decided_on),
        issued=date.fromisoformat(claims.valid_from),
        valid_from=date.fromisoformat(claims.valid_from),
        valid_until=date.fromisoformat(claims.valid_until),
        query_url=claims.query_url,
        status="valid",
        status_as_of=clock.today(),
        operator={
            "zh": operator["zh"] or operator["en"] or "未填写运营方",
            "en": operator["en"] or operator["zh"] or "operator not named",
        },
        verification={"zh": f"核查：{said[0]}", "en": f"Verification: {said[1]}"} if said else None,
        replaces=claims.replaces,
        digits=int(order["digits"]),
        demo=claims.demo,
        artwork=artwork_of(order),
    )


def _party(party: Mapping[str, str]) -> certificates.Party:
    return certificates.Party(
        name={"zh": party["name_zh"], "en": party.get("name_en") or party["name_zh"]},
        address={"zh": party["address"], "en": party["address"]} if party.get("address") else None,
        code=party.get("registered_id", ""),
    )
