"""What is to be certified: the order that is frozen when an issue opens, and the claims that are made from it.

Everything comes from the frozen package, the case and the scheme. Nothing is read again later: what a certificate says
never depends on what a study, an organisation or a scheme has become since.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from django.conf import settings

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.schemes import Scheme
from tanbiao.core.schemes.eligibility import locked
from tanbiao.core.schemes.unit import UnitDocument, site_mean
from tanbiao.core.study.model_base import PROCESS_PARTS
from tanbiao.documents.label import FIELDS as LABEL_FIELDS
from tanbiao.evidence.certified import AnyClaims
from tanbiao.evidence.claim_certificates import KindClaims
from tanbiao.evidence.claims import CertificateClaims, Party
from tanbiao.web import clock
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.bodies import standing
from tanbiao.web.certification import competence, recalculation, schemes, units
from tanbiao.web.certification.facts import current_opinion, current_review
from tanbiao.web.certification.models import Case
from tanbiao.web.register import kinds, records, translating
from tanbiao.web.register.models import Certificate, Issue
from tanbiao.web.schemes import queries as scheme_queries
from tanbiao.web.studies.queries import read_json
from tanbiao.workflow.terms import terms_of

STAGES = ("raw_materials", "manufacturing", "distribution", "use", "end_of_life")


def order_of_case(case: Case) -> dict[str, Any]:
    """Return the order of a granted case as JSON.

    Raises
    ------
    TanbiaoError
        ``not_certifiable``: the result is incomplete, so there is no figure to certify; ``headline_negative``: a
        footprint below zero gets no label; what the scheme refuses.
    """
    scheme = check_scheme(case)
    if case.is_of_claim:
        return kinds.order_of_case(case, scheme, _common(case, scheme))
    package = recalculation.package_of(case)
    result, study = package["result"], package["study"]
    if result["total"]["completeness"] not in ("complete", "partial"):
        raise TanbiaoError.of("not_certifiable", case.number, completeness=result["total"]["completeness"])
    declared = result["declared"]
    if not declared["label"]:
        raise TanbiaoError.of("headline_negative", case.number, value=str(declared["value"]))
    opinion, review = current_opinion(case), current_review(case)
    product = study["product"]
    unit = units.unit_of(case)
    assert unit is not None  # it is made from the package where none was stated
    rule_id, _, rule_version = str(result["versions"]["rule"]).partition("@")
    return {
        **_common(case, scheme),
        "digits": int(declared["digits"]),
        "study_id": str(case.study_id),
        **_unit(case, unit),
        "product": _both(product["name"]),
        "category": str(product.get("category", "")),
        "value": declared["text"],
        "exact": str(declared["value"]),
        "headline": declared["of"],
        "unit": result["total"]["unit"],
        "completeness": result["total"]["completeness"],
        "declared_unit": result["study"]["declared_unit"],
        "declared_of": _both(result["study"].get("declared_of") or {}),
        "boundary": result["study"]["boundary"],
        "period": dict(result["study"]["period"]),
        "gwp_set": result["versions"]["gwp"]["set"],
        "electricity_basis": electricity_basis(study),
        "rule_id": rule_id,
        "rule_version": rule_version or "0",
        "rule_hash": result["versions"]["rule_hash"],
        "rule_standing": str(result["versions"].get("rule_standing") or ""),
        "release": result["versions"]["release"],
        "engine": result["versions"]["engine"],
        "stages": result["stages"],
        "kinds": records.kinds_of(result),
        "published": list(scheme.published),
        "consentable": list(scheme.consent),
        "package_hash": package["root"],
        "package_blob": case.package_hash,
        "opinion": {"hash": opinion.hash, "kind": opinion.kind, "assurance": opinion.assurance} if opinion else {},
        "waivers": _waivers(case),
        "review": review.hash if review else "",
        "pattern": scheme.number_pattern,
        "label_fields": list(scheme.label.fields) if scheme.label else list(LABEL_FIELDS),
        "artwork": scheme_queries.artwork_hash(scheme.reference),
    }


def _common(case: Case, scheme: Scheme) -> dict[str, Any]:
    """Return what the order of every kind of certificate has: parties, scheme, terms, decision, days."""
    today = clock.today()
    return {
        "scheme_id": scheme.id,
        "scheme_version": scheme.version,
        "scheme_name": dict(scheme.document["title"]),
        "terms": dict(case.terms),
        "body_id": str(case.body_id),
        "holder_id": str(case.owner_id),
        "body": _party(case.body),
        "holder": _party(case.owner),
        "decision": case.head,
        "decided_on": today.isoformat(),
        "valid_from": today.isoformat(),
        "valid_until": last_day(today, terms_of(case.terms).validity_months).isoformat(),
        "replaces": case.replaces,
        "demo": bool(
            settings.TANBIAO_DEMO or case.body.is_demo or case.owner.is_demo or scheme.standing == "demonstration"
        ),
        "languages": list(scheme.spoken),
    }


def _waivers(case: Case) -> list[dict[str, str]]:
    """Return the checks of the certified result that its verification waived: which, by what role, with what hash."""
    rows = case.waivers.filter(package_hash=case.package_hash, granted=True, withdrawn_at=None)
    names = ("check_id", "process", "clause", "role", "hash")
    return [{name.removesuffix("_id"): str(getattr(row, name)) for name in names} for row in rows]


def _unit(case: Case, unit: UnitDocument) -> dict[str, Any]:
    """Return producer, sites, models and the whole unit as the certificate names them."""
    first = unit.producers[0]
    body = unit.model_dump(mode="json")
    mean = site_mean(unit) if unit.footprint == "per_site" else None
    if mean is not None:
        body["site_mean"] = {"spread_percent": round(mean.spread_percent, 2), "shares": list(mean.shares)}
    return {
        "producer": {
            "id": f"urn:tanbiao:maker:{case.owner_id}:{first.id}",
            "name_zh": first.name_zh,
            "name_en": first.name_en or "",
            "registered_id": first.registered_id or "",
            "address": first.region or "",
        }
        if first.contract
        else _party(case.owner),
        "sites": [
            {
                "id": f"urn:tanbiao:site:{case.owner_id}:{index}",
                "name_zh": site.name_zh,
                "name_en": site.name_en or "",
                "address": site.address or "",
            }
            for index, site in enumerate(unit.sites, start=1)
        ],
        "models": [model.name for model in unit.models],
        "unit_covered": body,
    }


def check_scheme(case: Case) -> Scheme:
    """Return the case's scheme if it is open today to what is to be certified.

    Raises
    ------
    TanbiaoError
        Every reason why it is not.
    """
    refused = schemes.refusals(case)
    if refused:
        raise TanbiaoError(*refused)
    return schemes.load(case.scheme)


def check_open(issue: Issue) -> None:
    """Refuse an issue whose scheme has closed since: to the product of its case, or altogether.

    Raises
    ------
    TanbiaoError
        The scheme's refusals; what the body lacks today of approval and accreditation; ``scheme_locked`` for a new
        version of a certificate, which has no case of its own.
    """
    order = issue.order
    texts = {"product.name": order["product"], "scheme.title": order["scheme_name"]}
    lacking = translating.missing(texts, order["languages"])
    if lacking:
        raise TanbiaoError(*lacking)
    if issue.case is not None:
        check_scheme(issue.case)
        refused = standing.body_refusals(issue.case.body, competence.category_of(issue.case))
        if refused:
            raise TanbiaoError(*refused)
        return
    scheme = schemes.load(f"{issue.order['scheme_id']}@{issue.order['scheme_version']}")
    if scheme.lock is not None:
        raise TanbiaoError(locked(scheme))
    body = Organisation.objects.get(id=issue.order["body_id"])
    refused = standing.body_refusals(body, str(issue.order["category"]))
    if refused:
        raise TanbiaoError(*refused)


def identity_of(organisation: Organisation) -> str:
    """Return the URI by which credentials and trust lists name an organisation."""
    return f"urn:uscc:{organisation.uscc}" if organisation.uscc else f"urn:uuid:{organisation.id}"


def _party(organisation: Organisation) -> dict[str, str]:
    code = organisation.uscc or ""
    return {
        "id": identity_of(organisation),
        "name_zh": organisation.name("zh"),
        "name_en": organisation.name_en,
        "registered_id": code or organisation.foreign_id,
        "address": organisation.jurisdiction,
    }


def _both(text: Mapping[str, str]) -> dict[str, str]:
    zh, en = text.get("zh") or "", text.get("en") or ""
    return {"zh": zh or en, "en": en or zh}


def electricity_basis(study: Mapping[str, Any]) -> str:
    """Return which supplies of electricity the study counts, in the order of their names."""
    found = sorted({row["electricity"]["supply"] for row in _rows(study) if row.get("electricity")})
    return " + ".join(found) if found else "none stated"


def _rows(study: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    for stage in study.get("stages", {}).values():
        if isinstance(stage, list):
            yield from stage
    for process in study.get("processes", {}).values():
        for part in PROCESS_PARTS:
            yield from process.get(part, ())


def last_day(start: date, months: int) -> date:
    """Return the last day of a term of months from ``start``: the day before the same day (or the month's end)."""
    year, month = start.year + (start.month - 1 + months) // 12, (start.month - 1 + months) % 12 + 1
    following = date(year + month // 12, month % 12 + 1, 1)
    last_of_month = following - timedelta(days=1)
    return date(year, month, min(start.day, last_of_month.day)) - timedelta(days=1)


def claims_of_issue(issue: Issue, *, public_bundle_hash: str) -> AnyClaims:
    """Return the claims of an issue of whatever kind; the same issue always gives the same claims."""
    if kinds.is_of_claim(issue.order):
        return kinds.claims_of_issue(issue, public_bundle_hash=public_bundle_hash)
    return footprint_claims(issue, public_bundle_hash=public_bundle_hash)


def footprint_claims(issue: Issue, *, public_bundle_hash: str) -> CertificateClaims:
    """Return the claims of an issue of a footprint's certificate."""
    order = issue.order
    return CertificateClaims(
        producer=Party(**order["producer"]),
        sites=tuple(Party(**site) for site in order["sites"]),
        models=tuple(order["models"]),
        value=order["value"],
        unit=order["unit"],
        declared_unit=order["declared_unit"],
        boundary=order["boundary"],
        period_from=order["period"]["from"],
        period_to=order["period"]["to"],
        gwp_set=order["gwp_set"],
        electricity_basis=order["electricity_basis"],
        rule_id=order["rule_id"],
        rule_version=order["rule_version"],
        rule_hash=order["rule_hash"],
        release=order["release"],
        engine=order["engine"],
        **kinds.shared_claims(issue, public_bundle_hash=public_bundle_hash),
    )


def claims_json(claims: AnyClaims) -> dict[str, Any]:
    """Return claims as JSON values."""
    if isinstance(claims, KindClaims):
        return kinds.claims_json(claims)
    body = asdict(claims)
    body["sites"], body["models"] = list(body["sites"]), list(body["models"])
    return body


def check_against_record(issue: Issue, claims: AnyClaims) -> None:
    """Check the claims against the frozen package and the granted case, so that no slip between them is signed.

    Raises
    ------
    TanbiaoError
        ``claims_off_record`` naming the field.
    """
    if isinstance(claims, KindClaims):
        kinds.check_against_record(issue, claims)
        return
    order = issue.order
    expected = {
        "value": order["value"],
        "unit": order["unit"],
        "valid_until": order["valid_until"],
        "number": issue.number,
    }
    if issue.case is not None:
        package = recalculation.package_of(issue.case)
        expected |= {
            "value": package["result"]["declared"]["text"],
            "unit": package["result"]["total"]["unit"],
            "boundary": package["result"]["study"]["boundary"],
            "package_hash": package["root"],
            "gwp_set": package["result"]["versions"]["gwp"]["set"],
        }
    for field, value in expected.items():
        if getattr(claims, field) != value:
            raise TanbiaoError.of("claims_off_record", field, field=field)


def shown(order: Mapping[str, Any], consented: Iterable[str] = ()) -> dict[str, Any]:
    """Return the further fields that the public sees: those the scheme publishes and those the holder consents to."""
    allowed = set(consented) & set(order["consentable"])
    fields = {*order["published"], *allowed} & set(records.KNOWN_FIELDS)
    body: dict[str, Any] = {"fields": sorted(fields)}
    for name in fields & {"stages", records.KINDS} & set(order):
        body[name] = order[name]
    wanted = fields & {"interval", "quality", "primary_share"}
    if wanted:
        found = records.optional_of(read_json(order["package_blob"])["result"])
        body |= {name: found[name] for name in sorted(wanted)}
    return body


def transferred(old: Certificate, body: Organisation, accepted: Mapping[str, str]) -> dict[str, Any]:
    """Return the order of a certificate that another body has accepted; figure, unit and last day stay."""
    today = clock.today().isoformat()
    return {
        **{key: value for key, value in old.issue.order.items() if key not in ("change", "succeeds", "transfer")},
        "body_id": str(body.id),
        "body": _party(body),
        "decision": accepted["decision"],
        "decided_on": today,
        "valid_from": today,
        "valid_until": old.valid_until.isoformat(),
        "replaces": f"{old.number} v{old.version}",
        "demo": bool(old.is_demo or body.is_demo),
        "transfer": {"number": old.number, **accepted},
    }


def changed(
    order: Mapping[str, Any], *, holder_zh: str, holder_en: str, models: tuple[str, ...], sites: tuple[str, ...]
) -> dict[str, Any]:
    """Return the order with a new name, other models or other sites; the figure stays."""
    body = dict(order)
    if kinds.is_of_claim(order):
        # Nothing but the holder's name can change without another claim.
        named = {"name_zh": holder_zh.strip(), "name_en": holder_en.strip()} if holder_zh.strip() else {}
        return body | {"holder": {**order["holder"], **named}}
    if holder_zh.strip():
        named = {"name_zh": holder_zh.strip(), "name_en": holder_en.strip()}
        body["holder"] = {**order["holder"], **named}
        body["producer"] = {**order["producer"], **named}
    if models:
        body["models"] = [model.strip() for model in models if model.strip()]
        body["unit_covered"] = _recovered(order.get("unit_covered", {}), "models", "name", body["models"])
    if sites:
        body["sites"] = [
            {"id": f"urn:tanbiao:site:{order['holder_id']}:{index}", "name_zh": site.strip()}
            for index, site in enumerate(sites, start=1)
        ]
        kept = [site.strip() for site in sites]
        body["unit_covered"] = _recovered(order.get("unit_covered", {}), "sites", "name_zh", kept)
    return body


def added(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the models and sites that a change brings into the unit, by name."""
    if kinds.is_of_claim(after):
        return ()
    models = [name for name in after["models"] if name not in before["models"]]
    known = {site["name_zh"] for site in before["sites"]}
    return (*models, *(site["name_zh"] for site in after["sites"] if site["name_zh"] not in known))


def _recovered(unit: Mapping[str, Any], part: str, key: str, names: Iterable[str]) -> dict[str, Any]:
    """Return the unit with its models or sites as a change names them: what was known of one that stays is kept."""
    known = {item[key]: item for item in unit.get(part, ())}
    return {**unit, part: [known.get(name, {key: name}) for name in names]}
