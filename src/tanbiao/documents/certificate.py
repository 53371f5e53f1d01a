"""The certificate as PDF/A-3b in Chinese, English or both, with its credential embedded.

The PDF is the readable side of the credential: everything that decides is in the credential, which is attached
unchanged as ``certificate.vc.jwt``. The same facts, credential and creation time give the same bytes.
"""

from __future__ import annotations

import dataclasses
import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tanbiao.core.canonical import hash_bytes
from tanbiao.core.findings import Lang, TanbiaoError
from tanbiao.core.standing import notice_text
from tanbiao.documents import fonts, label_art, qr, text, typeset
from tanbiao.documents.model import STAGES
from tanbiao.documents.words import entry, pick, term, word

ATTACHMENT = "certificate.vc.jwt"
"""Name of the embedded credential."""

Bilingual = Mapping[str, str]
Edition = Literal["zh", "en", "both"]


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation as it stands on the certificate: name, address, and code where it has one."""

    name: Bilingual
    address: Bilingual | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What the certificate says.

    Parameters
    ----------
    number
        Certificate number.
    holder, producer, body
        Who holds it, who makes the product, who decided.
    sites
        Production sites, names with place.
    product, models
        Name and the models it covers.
    value, unit, digits
        Declared value, unit (``kg CO2e/kWh``), significant digits of the scheme.
    completeness
        ``complete`` or ``partial``; ``incomplete`` is refused.
    kinds
        Kind (``fossil``, ``biogenic_uptake``, …) → its part of the figure; empty where the scheme shows none.
    declared_unit, declared_of, boundary, stages, excluded
        What the figure is for, the stages in it, and those left out with a reason; all others are named as not
        declared.
    period
        First and last day of the data.
    gwp_set
        ``AR6`` or the like (100 years).
    electricity
        Basis of electricity in words ("location-based, grid factor of …").
    rule, scheme, release
        Rule with version, scheme, factor release.
    decided, issued, valid_from, valid_until
        Dates.
    query_url
        Where the current status stands.
    status, status_as_of
        State of the certificate when this file was made.
    operator
        Who runs the platform.
    accreditation, verification
        In words; marks of accreditation are never drawn.
    replaces
        Number of the certificate that this one replaces.
    rule_standing
        Standing of the rule (``adopted``); one that is not known counts as not official, and the certificate says so.
    demo
        Whether it belongs to the demonstration world.
    artwork
        The scheme's own artwork as PNG, in the place of the neutral ring.
    """

    number: str
    holder: Party
    producer: Party
    body: Party
    sites: tuple[Bilingual, ...]
    product: Bilingual
    models: tuple[str, ...]
    value: float
    unit: str
    completeness: str
    declared_unit: str
    declared_of: Bilingual
    boundary: str
    stages: tuple[str, ...]
    period: tuple[datetime.date, datetime.date]
    gwp_set: str
    electricity: Bilingual
    rule: str
    scheme: Bilingual
    release: str
    decided: datetime.date
    issued: datetime.date
    valid_from: datetime.date
    valid_until: datetime.date
    query_url: str
    status: str
    status_as_of: datetime.date
    operator: Bilingual
    accreditation: Bilingual | None = None
    verification: Bilingual | None = None
    replaces: str = ""
    excluded: tuple[str, ...] = ()
    kinds: Mapping[str, float] = dataclasses.field(default_factory=dict)
    digits: int = text.DIGITS
    demo: bool = False
    rule_standing: str = ""
    artwork: bytes | None = None


_REQUIRED = ("number", "sites", "models", "unit", "declared_unit", "boundary", "stages", "gwp_set", "rule", "query_url")


def check(facts: CertificateFacts) -> None:
    """Refuse facts from which no certificate may be made.

    Raises
    ------
    TanbiaoError
        ``certificate_incomplete`` or ``certificate_field_missing``.
    """
    if facts.completeness not in ("complete", "partial"):
        raise TanbiaoError.of("certificate_incomplete")
    for field in _REQUIRED:
        if not getattr(facts, field):
            raise TanbiaoError.of("certificate_field_missing", field=field)
    for field in ("holder", "producer", "body"):
        if not pick(getattr(facts, field).name, "zh").strip():
            raise TanbiaoError.of("certificate_field_missing", field=field)
    for field in ("product", "electricity", "scheme", "operator"):
        if not pick(getattr(facts, field), "zh").strip():
            raise TanbiaoError.of("certificate_field_missing", field=field)


def certificate_pdf(
    facts: CertificateFacts, credential: str, lang: Edition = "zh", *, created: datetime.datetime | None = None
) -> bytes:
    """Return the certificate as PDF/A-3b with ``credential`` attached unchanged.

    Parameters
    ----------
    facts
        See :class:`CertificateFacts`.
    credential
        The VC-JWT as issued.
    lang
        ``zh``, ``en``, or ``both`` (Chinese pages, then English pages in one file).
    created
        Creation time written into the file; midnight UTC of the date of issue when None.

    Raises
    ------
    TanbiaoError
        See :func:`check`; ``credential_not_text``: the credential is empty or no compact JWT.
    """
    check(facts)
    if not re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*){2}", credential):
        raise TanbiaoError.of("credential_not_text")
    when = created or datetime.datetime.combine(facts.issued, datetime.time(), datetime.UTC)
    langs: tuple[Lang, ...] = ("zh", "en") if lang == "both" else (lang,)
    data = {
        "parts": [_part(facts, credential, one) for one in langs],
        "credential": credential,
        "attachment": ATTACHMENT,
        "demo": facts.demo,
        "band": word("demo.line", langs[0]),
        "number": facts.number,
        "title": f"{word('cert.title', langs[0])} {facts.number}",
        "lang": langs[0],
    }
    return typeset.pdf("certificate.typ", data, created=when)


def _part(facts: CertificateFacts, credential: str, lang: Lang) -> dict[str, Any]:
    ring = (
        label_art.ring(facts.stages, lang, excluded=facts.excluded)
        if facts.artwork is None
        else label_art.mark(facts.artwork, pick(facts.scheme, lang), lang)
    )
    return {
        "lang": lang,
        "title": word("cert.title", lang),
        "subtitle": entry("cert.title")["en" if lang == "zh" else "zh"],
        "number_label": word("cert.number", lang),
        "number": facts.number,
        "value_label": word("cert.value", lang),
        "value": text.number(facts.value, facts.digits),
        "unit": text.unit(facts.unit),
        "declared": _declared(facts, lang),
        "partial": word("cert.partial", lang) if facts.completeness == "partial" else "",
        "ring": ring,
        "product": pick(facts.product, lang),
        "rows": [list(row) for row in _rows(facts, lang) if row[1]],
        "query_label": word("cert.query", lang),
        "query": facts.query_url,
        "qr": qr.svg(facts.query_url, lang),
        "statements": _statements(facts, credential, lang),
        "demo_note": word("cert.demo", lang) if facts.demo else "",
        "page": word("cert.page", lang, page="{page}", pages="{pages}"),
    }


def _declared(facts: CertificateFacts, lang: Lang) -> str:
    of = pick(facts.declared_of, lang)
    return f"{word('cert.unit', lang)}: {facts.declared_unit}" + (f"（{of}）" if lang == "zh" else f" {of}") * bool(of)


def _party(party: Party, lang: Lang) -> str:
    name, address = pick(party.name, lang), pick(party.address, lang)
    code = f"{word('cert.code', lang)} {party.code}" if party.code else ""
    return "\n".join(line for line in (name, address, code) if line)


def _rows(facts: CertificateFacts, lang: Lang) -> list[tuple[str, str]]:
    """Return (label, text) of the certificate's table; rows without text are left out."""
    declared = [term("stage", key, lang) for key in STAGES if key in facts.stages]
    excluded = [term("stage", key, lang) for key in STAGES if key in facts.excluded]
    absent = [term("stage", key, lang) for key in STAGES if key not in (*facts.stages, *facts.excluded)]
    several = len(facts.models) > 1
    models = word("cert.models_count", lang, count=len(facts.models)) if several else word("cert.models", lang)
    return [
        (word("cert.holder", lang), _party(facts.holder, lang)),
        (word("cert.producer", lang), _party(facts.producer, lang)),
        (word("cert.sites", lang), "\n".join(pick(site, lang) for site in facts.sites)),
        (models, text.joined(list(facts.models), lang)),
        (word("cert.boundary", lang), term("boundary", facts.boundary, lang)),
        (word("cert.stages", lang), text.joined(declared, lang)),
        (word("cert.not_declared", lang), text.joined(absent, lang)),
        (word("cert.excluded", lang), text.joined(excluded, lang)),
        (word("cert.kinds", lang, unit=facts.unit), _kinds(facts, lang)),
        (word("cert.period", lang), text.period(*facts.period, lang)),
        (word("cert.gwp", lang), word("cert.gwp_set", lang, set=facts.gwp_set)),
        (word("cert.electricity", lang), pick(facts.electricity, lang)),
        (word("cert.rule", lang), "\n".join(line for line in (facts.rule, _notice(facts, lang)) if line)),
        (word("cert.scheme", lang), pick(facts.scheme, lang)),
        (word("cert.release", lang), facts.release),
        (word("cert.verification", lang), pick(facts.verification, lang)),
        (word("cert.body", lang), _party(facts.body, lang)),
        (word("cert.accreditation", lang), pick(facts.accreditation, lang)),
        (word("cert.decided", lang), text.date(facts.decided, lang)),
        (word("cert.issued", lang), text.date(facts.issued, lang)),
        (word("cert.validity", lang), text.period(facts.valid_from, facts.valid_until, lang)),
        (word("cert.replaces", lang), facts.replaces),
    ]


def _kinds(facts: CertificateFacts, lang: Lang) -> str:
    """Return fossil, biogenic and land use apart, each with its sign; nothing where the scheme shows none."""
    shown = ((name, text.number(value, facts.digits)) for name, value in facts.kinds.items())
    return "\n".join(f"{term('kind', name, lang)}: {figure}" for name, figure in shown)


def _notice(facts: CertificateFacts, lang: Lang) -> str:
    return notice_text(facts.rule, facts.rule_standing, lang)


def _statements(facts: CertificateFacts, credential: str, lang: Lang) -> list[str]:
    status = term("status", facts.status, lang)
    said = [
        word("cert.status", lang, date=text.date(facts.status_as_of, lang), status=status),
        word("cert.keep", lang),
        word("cert.neutral", lang),
        word("cert.credential", lang, hash=hash_bytes(credential.encode()).removeprefix("sha256:")),
        word("cert.operator", lang, operator=pick(facts.operator, lang)),
    ]
    shown = "".join(value for _, value in _rows(facts, lang)) + pick(facts.product, lang)
    if fonts.printable(shown).count("[U+") > shown.count("[U+"):
        said.append(word("cert.code_points", lang))
    return said
