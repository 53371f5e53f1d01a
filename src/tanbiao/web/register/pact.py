"""A certificate's product footprint for PACT, public as far as its holder consents and no further.

PACT's data model asks for more than a certificate says: emissions by kind, carbon in the product, its mass, packaging.
The holder consents to that as one field (``pact``) beside those there are; which field of PACT each one opens stands in
:data:`OPENED_BY`. What is named nowhere stays out. Without consent to all that PACT requires there is no document, and
page and API say why. It is made from the sealed package when the holder consents, under PACT's parameter set; the
certificate's own figure stands in its comment and is changed by nothing here.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings

from tanbiao.core.canonical import content_hash
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.rules.load import parse_rule
from tanbiao.core.rules.model import Rule
from tanbiao.core.study.form_parts import Company, FormDetails, FormProduct
from tanbiao.core.study.model import Study
from tanbiao.web import clock
from tanbiao.web.commanding import Conflict, Invalid
from tanbiao.web.register import words
from tanbiao.web.register.models import Certificate
from tanbiao.web.register.records import pact_of
from tanbiao.web.studies.queries import read_json

FORM: Final = "pact"
PUBLIC: Final = frozenset(
    {
        "id", "specVersion", "precedingPfIds", "created", "status", "validityPeriodEnd", "companyName", "companyIds",
        "productDescription", "productIds", "productNameCompany", "comment", "pcf", "declaredUnitOfMeasurement",
        "declaredUnitAmount", "referencePeriodStart", "referencePeriodEnd", "ipccCharacterizationFactors",
        "productOrSectorSpecificRules", "secondaryEmissionFactorSources",
    }
)  # fmt: skip
"""Fields of PACT that say what the certificate's public claims say."""
OPENED_BY: Final[Mapping[str, frozenset[str]]] = {
    "pact": frozenset(
        {
            "productClassifications", "productMassPerDeclaredUnit", "pcfExcludingBiogenicUptake",
            "pcfIncludingBiogenicUptake", "fossilCarbonContent", "biogenicCarbonContent",
            "packagingBiogenicCarbonContent", "fossilGhgEmissions", "landUseChangeGhgEmissions", "biogenicCO2Uptake",
            "biogenicNonCO2Emissions", "aircraftGhgEmissions", "packagingEmissionsIncluded",
            "ccsTechnologicalCO2CaptureIncluded", "ccsTechnologicalCO2Capture", "crossSectoralStandards",
            "exemptedEmissionsPercent",
        }
    ),
    "primary_share": frozenset({"primaryDataShare"}),
    "stages": frozenset({"outboundLogisticsGhgEmissions"}),
    "sites": frozenset({"geographyCountry", "geographyCountrySubdivision"}),
}  # fmt: skip
"""Published field of a certificate → fields of PACT that it opens."""
WITHHELD: Final = frozenset(
    {"exemptedEmissionsDescription", "allocationRulesDescription", "technologicalCO2CaptureOrigin"}
)
"""Fields whose text tells how the product is made: never in the public document; the holder hands on the whole one."""
LONGEST_YEARS: Final = 3
"""PACT: no footprint is valid for longer after its reference period."""


def opened(fields: Collection[str]) -> frozenset[str]:
    """Return the fields of PACT that the published fields of a certificate open."""
    return PUBLIC.union(*(names for name, names in OPENED_BY.items() if name in fields))


def lacking(fields: Collection[str]) -> tuple[str, ...]:
    """Return the fields of a certificate that PACT's required ones need and that are not published."""
    from tanbiao.formats import forms

    body = forms.schema(forms.form(FORM))
    required = {*body["required"], *body["properties"]["pcf"]["required"]}
    return tuple(name for name, names in OPENED_BY.items() if name not in fields and names & required)


@dataclass(frozen=True, slots=True)
class Told:
    """What the register says of a figure: what its footprint for PACT says too, whatever the study says.

    ``key`` is the id of the row in the register; ``release`` has ``name`` and ``version`` (its hash).
    """

    key: str
    number: str
    holder: Mapping[str, str]
    product: Mapping[str, str]
    models: tuple[str, ...]
    valid_until: date
    release: Mapping[str, str]
    comment: str


def made(certificate: Certificate, fields: Collection[str]) -> dict[str, Any]:
    """Return the document that the public sees with these fields published; ``status`` is that of the day it is read.

    Raises
    ------
    Invalid
        ``pact_not_in_scheme``; ``pact_needs_consent``: what else must be published; what keeps the sealed study from
        filling the form in, with the study's fields.
    """
    if "pact" not in certificate.issue.order["consentable"]:
        raise Invalid.of("pact_not_in_scheme", "fields", scheme=certificate.scheme)
    check_consent(fields)
    package = read_json(certificate.issue.order["package_blob"])
    body = document(_told(certificate, package), *of_package(package), fields)
    return with_before(body, _before(certificate, body["id"]))


def check_consent(fields: Collection[str]) -> None:
    """Refuse a footprint without the other fields that PACT requires.

    Raises
    ------
    Invalid
        ``pact_needs_consent``
    """
    more = lacking(fields)
    if more:
        raise Invalid.of("pact_needs_consent", "fields", fields=named(more))


def _told(certificate: Certificate, package: Mapping[str, Any]) -> Told:
    claims = certificate.claims
    return Told(
        key=str(certificate.id),
        number=certificate.number,
        holder={"name": claims["holder"]["name_zh"], "id": claims["holder"]["id"]},
        product={"zh": claims["product_zh"], "en": claims["product_en"]},
        models=tuple(claims["models"]),
        valid_until=certificate.valid_until,
        release={"name": package["release"]["name"], "version": package["release"]["hash"]},
        comment=_said(certificate),
    )


def of_package(package: Mapping[str, Any]) -> tuple[Study, Any, Rule | None]:
    """Return study, background and rule of a sealed package.

    Raises
    ------
    Invalid
        The findings of a study that can't be read.
    """
    study, told = Study.parse(package["study"])
    if study is None:
        raise Invalid(*told)
    return study, _background(package), None if package["rule"] is None else parse_rule(package["rule"])


def document(told: Told, study: Study, background: Any, rule: Rule | None, fields: Collection[str]) -> dict[str, Any]:
    """Return the public document of a figure: the form filled in from its study, cut down to what is published.

    Raises
    ------
    Invalid
        What keeps the study from filling the form in, with the study's fields.
    """
    from tanbiao.formats import forms

    try:
        whole = forms.fill(forms.form(FORM), _named_as(told, study), background, rule, created=clock.now(), lang="zh")
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error
    shown, filled = opened(fields), dict(whole.document)
    body = {name: value for name, value in filled.items() if name in shown}
    body["pcf"] = {name: value for name, value in filled["pcf"].items() if name in shown}
    # The release is public; the sources within it tell what a product is made of.
    body["pcf"]["secondaryEmissionFactorSources"] = [dict(told.release)]
    body |= {"comment": told.comment, "id": _identifier(told.key, filled["id"], shown)}
    forms.check(forms.form(FORM), body)
    return body


def with_before(body: dict[str, Any], before: Sequence[str]) -> dict[str, Any]:
    """Return a document that names those whose place it takes."""
    return body | ({"precedingPfIds": list(before)} if before else {})


def _named_as(told: Told, study: Study) -> Study:
    """Return the study with holder and product as the register names them."""
    stated = study.forms or FormDetails()
    details = stated.model_copy(
        update={
            "company": Company(name=told.holder["name"], ids=(told.holder["id"],)),
            "product": FormProduct(ids=_product_ids(told.number), description=_described(told)),
            "valid_until": _valid_until(told.valid_until, study.period.to),
        }
    )
    return study.model_copy(update={"forms": details})


def _background(package: Mapping[str, Any]) -> Any:
    """Return the release that a package pins, where the platform has it; else what the package carries of it."""
    from tanbiao.core.lca.release_find import find_release
    from tanbiao.core.study.package import packed_release

    pinned = package["release"]
    try:
        return find_release(f"{pinned['name']}@{pinned['hash']}", data_dir=settings.TANBIAO_DATA)
    except TanbiaoError:
        return packed_release(package)


def _product_ids(number: str) -> tuple[str, ...]:
    """Return the register's number as a product id under the platform's name, as PACT recommends (``urn:pact:``)."""
    host = urlsplit(settings.TANBIAO_BASE_URL).hostname or "localhost"
    return (f"urn:pact:{host}:product-id:{number}",)


def _described(told: Told) -> str:
    names = " / ".join(dict.fromkeys((told.product["zh"], told.product["en"])))
    models = ", ".join(told.models)
    return f"{names}; {models}"[:500] if models else names


def _valid_until(last_day: date, period_end: str) -> str:
    end = date.fromisoformat(period_end)
    last = date(end.year + LONGEST_YEARS, end.month, min(end.day, 28) if end.month == 2 else end.day)
    return min(last_day, last).isoformat()


def _said(certificate: Certificate) -> str:
    """Return the comment: of what standing the document is, and the certified figure beside it."""
    claims = certificate.claims
    figure = f"{claims['value']} {claims['unit']}"
    named = f"{certificate.number} v{certificate.version}"
    body_zh, body_en = claims["body"]["name_zh"], claims["body"]["name_en"] or claims["body"]["name_zh"]
    zh = (
        f"证书 {named}（{body_zh}）认证的数值为 {figure}。"
        "本文件按 PACT 参数由封存的计算包得出，未经认证，只含持有人同意公开的字段。"
    )
    en = (
        f"Certificate {named} ({body_en}) certifies {figure}. This document follows from the sealed package under "
        "PACT's parameters; it is not certified itself and has only the fields that the holder publishes."
    )
    demo = "演示 DEMO。" if certificate.is_demo else ""
    return f"{demo}{zh} {en}"


def _identifier(key: str, whole: str, shown: Collection[str]) -> str:
    """Return the document's id: other figures, or other fields, are another document."""
    digest = content_hash({"certificate": key, "whole": whole, "fields": sorted(shown)})
    return str(uuid.UUID(bytes=bytes.fromhex(digest.removeprefix("sha256:"))[:16], version=4))


def _before(certificate: Certificate, own: str) -> list[str]:
    """Return the ids of the documents that this one takes the place of: of this version, and of earlier ones."""
    rows = Certificate.objects.filter(number=certificate.number, version__lte=certificate.version).order_by("version")
    ids = [row.shown["pact"]["id"] for row in rows if row.shown.get("pact")]
    return [known for known in dict.fromkeys(ids) if known != own]


def reasons(certificate: Certificate) -> tuple[Finding, ...]:
    """Return why a certificate has no public PACT document; none: it has one."""
    if certificate.shown.get("pact"):
        return ()
    order = certificate.issue.order
    if "pact" not in order["consentable"]:
        return (finding("pact_not_in_scheme", Severity.INFO, certificate.number, scheme=certificate.scheme),)
    more = named(dict.fromkeys((*lacking(certificate.shown.get("fields", ())), "pact")))
    return (finding("pact_not_published", Severity.INFO, certificate.number, fields=more),)


def named(fields: Collection[str]) -> str:
    """Return fields as the reader's language calls them, each with the name that the API takes."""
    return ", ".join(f"{words.CONSENT_WORDS[name]} ({name})" for name in fields)


def published(certificate: Certificate) -> dict[str, Any]:
    """Return the public PACT document of a certificate.

    Raises
    ------
    Conflict
        ``pact_not_in_scheme``, ``pact_not_published``: with what the holder would have to publish.
    """
    found = pact_of(certificate)
    if found is None:
        raise Conflict(*reasons(certificate))
    return found
