"""What is frozen of a claim: the document, the certificates it cites, and what follows from both.

The package (``tanbiao: claim-package/1``) is to a certificate of another kind what the calculation package is to a
footprint: opinion, review and decision cite its hash. :func:`recompute` gives its numbers again from document and cited
certificates alone. :func:`verification_view` shows it to the shared steps of a verification (risks, plan, tests,
ledger) as rows: one for each amount or requirement that has to be tested.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from tanbiao.core.canonical import content_hash
from tanbiao.core.kinds.cited import Cited
from tanbiao.core.kinds.model import (
    Claim,
    ManagementSystemClaim,
    NeutralClaim,
    ReductionClaim,
    RemovalClaim,
    ServiceClaim,
    parse_claim,
)

FORMAT = "claim-package/1"
FIGURE = re.compile(r"\d\s*(?:k?g|t)\s*CO", re.IGNORECASE)
"""A number of a mass of CO2: what an organisation's certificate never has."""
TONNES = {"g CO2e": Decimal("0.000001"), "kg CO2e": Decimal("0.001"), "t CO2e": Decimal(1)}
"""Tonnes of CO2e in one unit of a figure."""
_PERCENT = Decimal("0.01")


def plain(number: Decimal) -> str:
    """Return a decimal without exponent and without zeros at its end.

    >>> plain(Decimal("1E+3")), plain(Decimal("0.2500"))
    ('1000', '0.25')
    """
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def computed(claim: Claim, cited: Mapping[str, Cited]) -> dict[str, str]:
    """Return what follows from a claim that nothing stands against; amounts as decimal text.

    ``cited`` has the cited certificates by their role: ``baseline``, ``later``, ``footprint``, ``reduction``.
    """
    if isinstance(claim, ReductionClaim):
        before, after = Decimal(cited["baseline"].value), Decimal(cited["later"].value)
        saved = before - after
        percent = (saved / before * 100).quantize(_PERCENT, ROUND_HALF_EVEN)
        return {
            "baseline": cited["baseline"].value,
            "later": cited["later"].value,
            "reduced": plain(saved),
            "reduced_percent": plain(percent),
            "unit": cited["later"].unit,
        }
    if isinstance(claim, NeutralClaim):
        total = covered_tonnes(claim, cited["footprint"])
        retired = sum((block.tonnes for block in claim.credits), Decimal(0))
        return {
            "footprint": cited["footprint"].value,
            "footprint_unit": cited["footprint"].unit,
            "quantity": claim.quantity,
            "declared_unit": cited["footprint"].declared_unit,
            "emitted_tonnes": plain(total),
            "retired_tonnes": plain(retired),
        }
    if isinstance(claim, RemovalClaim):
        footprint = cited["footprint"]
        return {
            "removed": claim.amount,
            "unit": claim.unit,
            "footprint": footprint.value,
            "footprint_unit": footprint.unit,
        }
    return {"requirements": str(len(claim.fulfils)), "sites": str(len(claim.sites))}


def covered_tonnes(claim: NeutralClaim, footprint: Cited) -> Decimal:
    """Return the tonnes that have to be balanced: certified figure × quantity, exactly."""
    return Decimal(footprint.value) * Decimal(claim.quantity) * TONNES[footprint.unit.partition("/")[0]]


def freeze(
    claim: Claim, cited: Mapping[str, Cited], *, certification: str, applicant: Mapping[str, str]
) -> dict[str, Any]:
    """Return the package of a claim that nothing stands against.

    Parameters
    ----------
    certification
        Kind of certification by the scheme's id of it.
    applicant
        Names of the applicant (``zh``, ``en``): the subject of a claim about an organisation.
    """
    body = {
        "tanbiao": FORMAT,
        "certification": certification,
        "claim": claim.model_dump(mode="json"),
        "cited": {role: one.as_json() for role, one in sorted(cited.items())},
        "computed": computed(claim, cited),
        "subject": subject_of(claim, cited, applicant),
        "category": category_of(claim, cited),
    }
    return {**body, "root": content_hash(body)}


def subject_of(claim: Claim, cited: Mapping[str, Cited], applicant: Mapping[str, str]) -> dict[str, str]:
    """Return what is certified, in both languages: the product, the service, or the organisation."""
    if isinstance(claim, ServiceClaim):
        return {"zh": claim.service.zh, "en": claim.service.en}
    if isinstance(claim, ManagementSystemClaim):
        return {"zh": applicant["zh"], "en": applicant["en"]}
    product = cited["later" if isinstance(claim, ReductionClaim) else "footprint"]
    return {"zh": product.product_zh, "en": product.product_en or product.product_zh}


def category_of(claim: Claim, cited: Mapping[str, Cited]) -> str:
    """Return the product category that competence is asked for."""
    if isinstance(claim, ManagementSystemClaim | ServiceClaim):
        return claim.category
    return cited["later" if isinstance(claim, ReductionClaim) else "footprint"].category


def is_package(body: Mapping[str, Any]) -> bool:
    """Whether a frozen document is the package of a claim, not of a calculation."""
    return body.get("tanbiao") == FORMAT


def claim_of(package: Mapping[str, Any]) -> Claim:
    """Return the claim that a package froze."""
    return parse_claim(package["claim"])


def cited_of(package: Mapping[str, Any]) -> dict[str, Cited]:
    """Return the certificates that a package cites, by role."""
    return {role: Cited.read(one) for role, one in package["cited"].items()}


def recompute(package: Mapping[str, Any]) -> dict[str, str]:
    """Return the package's numbers, worked out again from its claim and its cited certificates."""
    return computed(claim_of(package), cited_of(package))


HEADLINE = {"reduction": "reduced", "neutral": "emitted_tonnes", "removal": "removed"}
"""Form → the number of a package that its verification holds misstatements against; others count requirements."""


def headline_of(package: Mapping[str, Any], numbers: Mapping[str, str] | None = None) -> tuple[str, str]:
    """Return that number and its unit; of an organisation's claim how many requirements it says it meets."""
    form, numbers = package["claim"]["form"], numbers or package["computed"]
    if form not in HEADLINE:
        return str(len(statements(package))), "1"
    return numbers[HEADLINE[form]], "t CO2e" if form == "neutral" else numbers["unit"]


def statements(package: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what has to be tested, one by one: id, name in both languages, value and unit (1 = it is so)."""
    claim, cited = claim_of(package), cited_of(package)
    if isinstance(claim, ReductionClaim):
        return [_figure(role, cited[role]) for role in ("baseline", "later")]
    if isinstance(claim, RemovalClaim):
        return [_row("removed", "清除量", "Amount removed", claim.amount, claim.unit)]
    if isinstance(claim, NeutralClaim):
        total = plain(covered_tonnes(claim, cited["footprint"]))
        rows = [_row("emitted", "应平衡的排放量", "Emissions to be balanced", total, "t CO2e")]
        for at, one in enumerate(claim.credits, 1):
            name = f"{one.registry} {one.block} {one.first}–{one.last}"
            rows.append(_row(f"credit-{at}", name, name, plain(one.tonnes), "t CO2e"))
        return rows
    rows = [_row(item.requirement, item.how.zh, item.how.en, "1", "1") for item in claim.fulfils]
    rows += [_row(f"site-{at}", one.name.zh, one.name.en, "1", "1") for at, one in enumerate(claim.sites, 1)]
    return rows


def _figure(role: str, one: Cited) -> dict[str, Any]:
    zh, en = ("基准", "Baseline") if role == "baseline" else ("现值", "Later figure")
    return _row(role, f"{zh} {one.number}", f"{en} {one.number}", one.value, one.unit)


def _row(key: str, zh: str, en: str, value: str, unit: str) -> dict[str, Any]:
    return {"id": key, "name": {"zh": zh, "en": en}, "value": value, "unit": unit}


def verification_view(package: Mapping[str, Any]) -> dict[str, Any]:
    """Return a package as the steps that all verifications share read one: product, rows, total; no calculation.

    It is made for reading and stored nowhere: the package itself has no place that could be taken for a footprint's.
    """
    value, unit = headline_of(package)
    rows = [
        {
            "row": one["id"],
            "name": one["name"],
            "stage": "",
            "value": one["value"],
            "unit": one["unit"],
            "amount": one["value"],
            "data_kind": "site_specific",
        }
        for one in statements(package)
    ]
    total = {"value": value, "unit": unit, "completeness": "complete"}
    return {
        **package,
        "study": {
            "product": {"name": package["subject"], "category": package["category"]},
            "stages": {},
            "processes": {},
        },
        "rule": None,
        "result": {"contributions": rows, "total": total, "declared": {"value": value}, "findings": []},
    }
