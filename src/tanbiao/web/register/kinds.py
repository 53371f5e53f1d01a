"""Certificates of other kinds than a footprint: what is ordered, claimed, recorded and handed out of them.

Number, saga, signer, log, status lists and the life of a certificate are the same code as a footprint's; what differs
stands here and in :mod:`tanbiao.core.kinds`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.conf import settings

from tanbiao.core.canonical import canonical_bytes
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.kinds import Cited
from tanbiao.core.kinds.cited import FOOTPRINT
from tanbiao.core.kinds.model import Citation
from tanbiao.core.kinds.package import recompute
from tanbiao.core.kinds.statement import statement_of
from tanbiao.core.schemes import Scheme
from tanbiao.documents import claim_certificate
from tanbiao.evidence.claim_certificates import KindClaims
from tanbiao.evidence.claims import Party, StatusEntry
from tanbiao.evidence.keys import did_of
from tanbiao.web import clock
from tanbiao.web.certification import claims as stated
from tanbiao.web.certification.facts import current_opinion, current_review
from tanbiao.web.certification.models import Case
from tanbiao.web.ledger.blobs import get_blob, put_blob
from tanbiao.web.ledger.signing import origin
from tanbiao.web.register import status_lists
from tanbiao.web.register.models import Certificate, Issue
from tanbiao.web.studies.queries import read_json


def is_of_claim(order: Mapping[str, Any]) -> bool:
    """Whether an order is of a certificate that rests on a claim."""
    return bool(order.get("form"))


def order_of_case(case: Case, scheme: Scheme, common: Mapping[str, Any]) -> dict[str, Any]:
    """Return the order of a granted case of another kind than a footprint.

    Parameters
    ----------
    common
        What every order has: parties, scheme, terms, days.

    Raises
    ------
    TanbiaoError
        ``claims_off_record``: the package's numbers don't come out again.
    """
    package = stated.package_of(case)
    kind = scheme.kind(case.certification)
    assert kind is not None
    assert kind.claim is not None, "refused before: the kind rests on no claim"
    if recompute(package) != package["computed"]:
        raise TanbiaoError.of("claims_off_record", "computed", field="computed")
    opinion, review = current_opinion(case), current_review(case)
    return {
        **common,
        "form": kind.form,
        "certification": kind.id,
        "kind": {"zh": kind.title.zh, "en": kind.title.en},
        "says": {"zh": kind.claim.says.zh, "en": kind.claim.says.en},
        "product": dict(package["subject"]),
        "category": package["category"],
        "statement": statement_of(package),
        "package_hash": package["root"],
        "package_blob": case.package_hash,
        "opinion": {"hash": opinion.hash, "kind": opinion.kind, "assurance": opinion.assurance} if opinion else {},
        "review": review.hash if review else "",
        "pattern": kind.claim.number_pattern,
        "published": [],
        "consentable": [],
    }


def statement_bytes(order: Mapping[str, Any]) -> bytes:
    """Return the public statement of an order."""
    return canonical_bytes(order["statement"])


def shared_claims(issue: Issue, *, public_bundle_hash: str) -> dict[str, Any]:
    """Return what the claims of every kind of certificate say of an issue."""
    order, base = issue.order, settings.TANBIAO_BASE_URL.rstrip("/")
    name = order["scheme_name"]
    shard, place = status_lists.shard_of(issue.status_index), status_lists.place_of(issue.status_index)
    return {
        "id": f"urn:uuid:{issue.id}",
        "number": issue.number,
        "issuer": did_of(base),
        "body": Party(**order["body"]),
        "holder": Party(**order["holder"]),
        "product_zh": order["product"]["zh"],
        "product_en": order["product"]["en"],
        "scheme_id": order["scheme_id"],
        "scheme_name": f"{name['zh']} / {name['en']}",
        "decided_on": order["decided_on"],
        "valid_from": order["valid_from"],
        "valid_until": order["valid_until"],
        "query_url": f"{base}/v/{issue.number}",
        "package_hash": order["package_hash"],
        "public_bundle_hash": public_bundle_hash,
        "log_origin": origin(),
        "demo": order["demo"],
        "status": StatusEntry(place, status_lists.url("suspension", shard), status_lists.url("revocation", shard)),
        "replaces": order["replaces"],
    }


def claims_of_issue(issue: Issue, *, public_bundle_hash: str) -> KindClaims:
    """Return the claims of an issue; the same issue always gives the same claims."""
    order = issue.order
    return KindClaims(
        form=order["form"],
        certification=order["certification"],
        kind_zh=order["kind"]["zh"],
        kind_en=order["kind"]["en"],
        says_zh=order["says"]["zh"],
        says_en=order["says"]["en"],
        statement=order["statement"],
        **shared_claims(issue, public_bundle_hash=public_bundle_hash),
    )


def claims_json(claims: KindClaims) -> dict[str, Any]:
    """Return claims as JSON values."""
    return asdict(claims)


def claims_of_json(body: Mapping[str, Any]) -> KindClaims:
    """Return claims from their JSON values, as the register keeps them."""
    parties = {name: Party(**body[name]) for name in ("body", "holder")}
    return KindClaims(**{**body, **parties, "status": StatusEntry(**body["status"])})


def check_against_record(issue: Issue, claims: KindClaims) -> None:
    """Check the claims against the frozen package of the granted case, so that no slip between them is signed.

    Raises
    ------
    TanbiaoError
        ``claims_off_record`` naming the field.
    """
    package = read_json(issue.order["package_blob"])
    expected = {
        "statement": statement_of(package),
        "package_hash": package["root"],
        "number": issue.number,
        "valid_until": issue.order["valid_until"],
        "certification": package["certification"],
    }
    for field, value in expected.items():
        if getattr(claims, field) != value:
            raise TanbiaoError.of("claims_off_record", field, field=field)
    if issue.case is not None and issue.case.package_hash != issue.order["package_blob"]:
        raise TanbiaoError.of("claims_off_record", "package_hash", field="package_hash")


def make_documents(signed: Mapping[str, str], order: Mapping[str, Any], claims: KindClaims) -> dict[str, str]:
    """Draw and keep the certificate in the scheme's languages; there is no label."""
    token, now = get_blob(signed["credential"]).decode("ascii"), clock.now().replace(microsecond=0)
    operator = settings.TANBIAO_OPERATOR
    made = {
        f"pdf_{lang}": claim_certificate.claim_certificate_pdf(
            claims, token, lang, created=now, operator=operator[lang] or operator["zh"] or "—", as_of=clock.today()
        )
        for lang in order["languages"]
    }
    return {name: put_blob(data, "application/pdf") for name, data in made.items()}


# -- what the register says -------------------------------------------------------------------------------------------


@stated.reader
def read_citation(citation: Citation) -> Cited | None:
    """Return a certificate as a claim that cites it must see it: the figure as certified, the state of today."""
    rows = Certificate.objects.filter(number=citation.number).select_related("issue", "issue__case", "owner")
    found = rows.filter(version=citation.version).first() if citation.version else rows.filter(is_newest=True).first()
    if found is None:
        return None
    said, order = found.claims, found.issue.order
    common: dict[str, Any] = {
        "number": found.number,
        "version": found.version,
        "state": found.state,
        "valid_from": found.valid_from.isoformat(),
        "valid_until": found.valid_until.isoformat(),
        "holder_id": stated.registered_id(found.owner),
        "product_zh": said["product_zh"],
        "product_en": said["product_en"],
        "category": found.category,
        "credential": found.credential_hash,
        "scheme": found.scheme,
    }
    if is_of_claim(order):
        cites = tuple(sorted({one["number"] for one in said["statement"]["cited"].values()}))
        return Cited(kind=order["form"], rests_on=cites, **common)
    figure = ("value", "unit", "declared_unit", "boundary", "gwp_set", "electricity_basis")
    more: dict[str, Any] = {name: str(said[name]) for name in (*figure, "period_from", "period_to", "release")}
    case = found.issue.case
    return Cited(
        kind=FOOTPRINT,
        rule=f"{said['rule_id']}@{said['rule_version']}",
        committed=case is not None and case.commitments.exists(),
        **more,
        **common,
    )


def resting_on(number: str) -> list[Certificate]:
    """Return the living certificates of other kinds that cite a certificate: claims apart from its figure."""
    rows = Certificate.objects.filter(is_newest=True, study__isnull=True, state__in=("valid", "suspended"))
    roles = ("footprint", "later", "baseline", "reduction")
    found: dict[str, Certificate] = {}
    for role in roles:
        for row in rows.filter(**{f"claims__statement__cited__{role}__number": number}):
            found.setdefault(row.number, row)
    return sorted(found.values(), key=lambda row: row.number)
