"""The certificate of another kind than a footprint as PDF/A-3b, with its credential embedded unchanged.

It has no ring and no large figure: what it certifies stands in words, with a band that names the kind and a line that
says what it is not. Its numbers stand in the table, the footprint it cites as it was certified.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

from tanbiao.core.canonical import hash_bytes
from tanbiao.core.findings import Lang, TanbiaoError
from tanbiao.documents import qr, text, typeset
from tanbiao.documents.certificate import ATTACHMENT
from tanbiao.documents.words import term, word
from tanbiao.evidence.claim_certificates import KindClaims
from tanbiao.evidence.claims import Party


def claim_certificate_pdf(
    claims: KindClaims,
    credential: str,
    lang: Lang,
    *,
    created: datetime.datetime,
    operator: str,
    as_of: datetime.date,
) -> bytes:
    """Return the certificate with ``credential`` (VC-JWT) attached.

    Parameters
    ----------
    operator
        Who runs the platform, in the language of the certificate.
    as_of
        Day of which it says that the certificate is valid.

    Raises
    ------
    TanbiaoError
        ``credential_not_text``: the credential is empty or no compact JWT.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*){2}", credential):
        raise TanbiaoError.of("credential_not_text")
    kind = claims.kind_zh if lang == "zh" else claims.kind_en
    part = {
        "lang": lang,
        "title": word("claim.title", lang),
        "subtitle": word("claim.title", "en" if lang == "zh" else "zh"),
        "number_label": word("cert.number", lang),
        "number": claims.number,
        "kind": kind,
        "says": claims.says_zh if lang == "zh" else claims.says_en,
        "is_not": is_not(claims.form, lang),
        "product": claims.product_zh if lang == "zh" else claims.product_en or claims.product_zh,
        "rows": [list(row) for row in [*facts(claims, lang), *_parties(claims, lang)] if row[1]],
        "query_label": word("cert.query", lang),
        "query": claims.query_url,
        "qr": qr.svg(claims.query_url, lang),
        "statements": [
            word("cert.status", lang, date=text.date(as_of, lang), status=term("status", "valid", lang)),
            word("cert.keep", lang),
            word("cert.credential", lang, hash=hash_bytes(credential.encode()).removeprefix("sha256:")),
            word("cert.operator", lang, operator=operator),
        ],
        "demo_note": word("cert.demo", lang) if claims.demo else "",
        "page": word("cert.page", lang, page="{page}", pages="{pages}"),
    }
    data = {
        "parts": [part],
        "credential": credential,
        "attachment": ATTACHMENT,
        "demo": claims.demo,
        "band": word("demo.line", lang),
        "number": claims.number,
        "title": f"{kind} {claims.number}",
        "lang": lang,
    }
    return typeset.pdf("claim_certificate.typ", data, created=created)


def is_not(form: str, lang: Lang) -> str:
    """Return what a certificate of a form does not say: the line that keeps it from being taken for a footprint."""
    return word(f"claim.not.{form}", lang)


def facts(claims: KindClaims, lang: Lang) -> list[tuple[str, str]]:
    """Return (label, text) of what is claimed, for certificate and page alike."""
    return facts_of_statement(claims.statement, lang)


def facts_of_statement(statement: Mapping[str, Any], lang: Lang) -> list[tuple[str, str]]:
    """Return (label, text) of what a statement claims, also before a certificate says it."""
    form, said, cited, numbers = (statement[name] for name in ("form", "claim", "cited", "computed"))
    rows: list[tuple[str, str]] = []

    def add(name: str, value: str) -> None:
        rows.append((word(f"claim.{name}", lang), value))

    if form in ("management_system", "service"):
        add("standard", said["standard"])
        add("scope", said["scope"][lang])
        add("sites", "\n".join(one["name"][lang] for one in said["sites"]))
        add("since", said["since"])
        return rows
    if form == "reduction":
        for role in ("baseline", "later"):
            add(role, f"{_figure(cited[role])} · {cited[role]['period_from']} – {cited[role]['period_to']}")
        add("reduced", f"{numbers['reduced']} {numbers['unit']} ({numbers['reduced_percent']} %)")
        add("measures", "\n".join(one["text"] for one in said["measures"]))
        return rows
    add("footprint", _figure(cited["footprint"]))
    add("period", f"{said['period']['begin']} – {said['period']['end']}")
    if form == "removal":
        add("removed", f"{numbers['removed']} {numbers['unit']}")
        add("method", said["method"])
        add("storage", said["storage"][lang])
        return rows
    add("quantity", f"{numbers['quantity']} × {numbers['declared_unit']}")
    add("emitted", f"{numbers['emitted_tonnes']} t CO2e")
    add("retired", f"{numbers['retired_tonnes']} t CO2e")
    add("credits", "\n".join(_credit(one) for one in said["credits"]))
    if "reduction" in cited:
        add("rests_on", cited["reduction"]["number"])
    return rows


def _figure(cited: dict[str, Any]) -> str:
    return f"{cited['value']} {cited['unit']} · {cited['number']} v{cited['version']}"


def _credit(one: dict[str, Any]) -> str:
    named = (one["registry"], one["project"], f"{one['block']} {one['first']}–{one['last']}")
    return " · ".join((*named, str(one["vintage"]), one["retired_on"]))


def _parties(claims: KindClaims, lang: Lang) -> list[tuple[str, str]]:
    valid = [datetime.date.fromisoformat(day) for day in (claims.valid_from, claims.valid_until)]
    return [
        (word("cert.holder", lang), _party(claims.holder, lang)),
        (word("cert.scheme", lang), claims.scheme_name),
        (word("cert.body", lang), _party(claims.body, lang)),
        (word("cert.decided", lang), text.date(datetime.date.fromisoformat(claims.decided_on), lang)),
        (word("cert.validity", lang), text.period(valid[0], valid[1], lang)),
        (word("cert.replaces", lang), claims.replaces),
    ]


def _party(party: Party, lang: Lang) -> str:
    name = party.name_zh if lang == "zh" else party.name_en or party.name_zh
    code = f"{word('cert.code', lang)} {party.registered_id}" if party.registered_id else ""
    return "\n".join(line for line in (name, code) if line)
