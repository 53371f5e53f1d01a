"""Whether a certificate can be written in every language of its scheme: asked at application, grant and signature.

Names of organisations and places are legal names and stand as they are registered; what describes the product and what
the scheme calls itself must be there in each language, because label, certificate and page never mix two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.web.certification import recalculation
from tanbiao.web.certification.models import Case
from tanbiao.web.certification.schemes import condition
from tanbiao.web.schemes import queries as schemes


def missing(texts: Mapping[str, Mapping[str, Any]], languages: Iterable[str]) -> tuple[Finding, ...]:
    """Return a finding for each text that lacks a language; one that is empty in every language is not asked for."""
    found = []
    for field, text in texts.items():
        if not any(str(text.get(lang) or "").strip() for lang in ("zh", "en")):
            continue
        lacking = [lang for lang in languages if not str(text.get(lang) or "").strip()]
        found += [
            finding("translation_missing", Severity.BLOCKING, field, field=field, language=lang) for lang in lacking
        ]
    return tuple(found)


@condition
def translations_there(case: Case) -> tuple[Finding, ...]:
    """Return what of a case's package and scheme lacks a language that certificate and label are issued in."""
    package = recalculation.package_of(case)
    scheme = schemes.scheme(case.scheme)
    texts = {
        "product.name": package["study"]["product"]["name"],
        "declared_of": package["result"].get("study", {}).get("declared_of") or {},
        "scheme.title": scheme.document["title"],
    }
    return missing(texts, scheme.spoken)
