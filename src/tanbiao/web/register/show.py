"""What the public pages show of a certificate: published fields only, ready for the templates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from django.conf import settings

from tanbiao.core.findings import Lang
from tanbiao.core.rules import list_rules
from tanbiao.web import clock
from tanbiao.web.language import current
from tanbiao.web.register import words
from tanbiao.web.register.models import Certificate
from tanbiao.workflow.machine import load_lifecycle

LIFECYCLE = load_lifecycle("certificate")
STAGES = ("raw_materials", "manufacturing", "distribution", "use", "end_of_life")
EXPIRES_SOON = timedelta(days=90)
"""When a page says "expires soon"; project default, not official."""


def state_name(state: str, lang: Lang | None = None) -> str:
    """Return a state's name in the reader's language."""
    name = LIFECYCLE.state_name(state)
    return name.zh if (lang or current()) == "zh" else name.en


def reason_name(reason: str, lang: Lang | None = None) -> str:
    """Return a reason's name in the reader's language."""
    known = LIFECYCLE.document.reasons.get(reason)
    return "" if known is None else (known.zh if (lang or current()) == "zh" else known.en)


def party_name(party: Mapping[str, str], lang: Lang) -> str:
    """Return the name of a party of the claims."""
    return party["name_zh"] if lang == "zh" else (party.get("name_en") or party["name_zh"])


def state_of(certificate: Certificate, lang: Lang) -> dict[str, Any]:
    """Return word, tone, meaning, reason and date of a certificate's state."""
    soon = certificate.state == "valid" and certificate.valid_until - clock.today() <= EXPIRES_SOON
    return {
        "code": certificate.state,
        "name": state_name(certificate.state, lang),
        "tone": words.STATE_TONES[certificate.state],
        "meaning": words.STATE_MEANINGS[certificate.state],
        "reason": reason_name(certificate.reason, lang),
        "since": certificate.state_since,
        "expires_soon": soon,
    }


def card(certificate: Certificate, lang: Lang | None = None) -> dict[str, Any]:
    """Return what a list shows of a certificate."""
    lang = lang or current()
    claims = certificate.claims
    return {
        "certificate": certificate,
        "number": certificate.number,
        "product": claims["product_zh"] if lang == "zh" else (claims["product_en"] or claims["product_zh"]),
        "holder": party_name(claims["holder"], lang),
        "body": party_name(claims["body"], lang),
        "value": claims["value"],
        "unit": claims["unit"],
        "declared_unit": claims["declared_unit"],
        "valid_until": certificate.valid_until,
        "partial": claims["boundary"] != "cradle_to_grave",
        "boundary": words.BOUNDARY_WORDS.get(claims["boundary"], claims["boundary"]),
        "state": state_of(certificate, lang),
        "demo": certificate.is_demo,
    }


def stages(certificate: Certificate) -> list[dict[str, Any]] | None:
    """Return the stages with value and share, absences named; None where they are not published."""
    shown = certificate.shown.get("stages")
    if shown is None:
        return None
    numbers = {name: float(value) for name, value in shown.items() if not isinstance(value, Mapping)}
    whole = sum(abs(value) for value in numbers.values())
    return [
        {
            "id": name,
            "name": words.STAGE_WORDS.get(name, name),
            "value": numbers.get(name),
            "share": abs(numbers[name]) / whole if name in numbers and whole else None,
            "absent": words.ABSENCE_WORDS.get(str(value.get("absent")), "") if isinstance(value, Mapping) else "",
        }
        for name, value in sorted(shown.items(), key=lambda item: STAGES.index(item[0]))
    ]


def public_context(certificate: Certificate, lang: Lang) -> dict[str, Any]:
    """Return everything the product page and the certificate page show."""
    claims, order = certificate.claims, certificate.issue.order
    rows = Certificate.objects.filter(number=certificate.number).order_by("-version")
    changes = [
        {
            "at": change.at,
            "name": state_name(change.target, lang),
            "reason": reason_name(change.reason, lang),
            "version": row.version,
        }
        for row in rows
        for change in row.history.order_by("index")
    ]
    return {
        "card": card(certificate, lang),
        "certificate": certificate,
        "claims": claims,
        "holder": party_name(claims["holder"], lang),
        "producer": party_name(claims["producer"], lang),
        "body": party_name(claims["body"], lang),
        "sites": [party_name(site, lang) for site in claims["sites"]] if _is_shown(certificate, "sites") else None,
        "scheme": order["scheme_name"][lang],
        "electricity": ", ".join(
            str(words.SUPPLY_WORDS.get(name, name)) for name in claims["electricity_basis"].split(" + ")
        ),
        "assurance": order.get("opinion", {}).get("assurance", ""),
        "stages": stages(certificate),
        "versions": [{"row": row, "state": state_of(row, lang)} for row in rows],
        "changes": sorted(changes, key=lambda item: item["at"]),
        "replaced": certificate.state in ("changed", "succeeded"),
        "flags": [flag_name(flag.name, lang) for flag in certificate.flags.filter(lowered_at__isnull=True)],
        "query_url": f"{settings.TANBIAO_BASE_URL.rstrip('/')}/v/{certificate.number}",
    }


def category_name(category: str, lang: Lang | None = None) -> str:
    """Return a category's name: the title of the rule of that name, else the code itself."""
    return _category_names().get(category, {}).get(lang or current()) or category or "–"


@cache
def _category_names() -> dict[str, dict[str, str]]:
    return {rule.id: dict(rule.canonical()["title"]) for rule in list_rules()}


def flag_name(flag: str, lang: Lang) -> str:
    """Return a flag's name in the reader's language."""
    name = LIFECYCLE.document.flags[flag]
    return name.zh if lang == "zh" else name.en


def _is_shown(certificate: Certificate, field: str) -> bool:
    return field in certificate.shown.get("fields", ())
