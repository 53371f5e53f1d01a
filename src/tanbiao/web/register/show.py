"""What the public pages show of a certificate: published fields only, ready for the templates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import mark_safe

from tanbiao.core.amounts import Absence
from tanbiao.core.findings import Lang
from tanbiao.core.rules import list_rules
from tanbiao.core.standing import notice_text
from tanbiao.documents import charts, claim_certificate
from tanbiao.documents.words import term
from tanbiao.web import clock
from tanbiao.web.bodies import standing
from tanbiao.web.language import current
from tanbiao.web.register import attesting, chain, comparing, kinds, pact, words
from tanbiao.web.register.models import Certificate, ChangeProposal, Issue
from tanbiao.web.register.records import identifiers_of, pact_of, parts_by_kind, production_of, record_of
from tanbiao.web.words import STAGE_WORDS
from tanbiao.workflow.machine import load_lifecycle

LIFECYCLE = load_lifecycle("certificate")
DECLARED = ("verified", "self_calculated")
"""Kinds of entry that are no certificates."""
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


def state_of(record: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    """Return word, tone, meaning, reason and date of the state that a public record says."""
    state = record["state"]
    soon = state == "valid" and date.fromisoformat(record["valid_until"]) - clock.today() <= EXPIRES_SOON
    # Of a figure that is no certificate "valid" would say too much: it is public, and that is all.
    public = record["kind"] in DECLARED and state == "valid"
    return {
        "code": state,
        "name": str(words.PUBLIC) if public else state_name(state, lang),
        "tone": "info" if public else words.STATE_TONES[state],
        "meaning": words.STATE_MEANINGS[state],
        "reason": reason_name(record["reason"], lang),
        "since": datetime.fromisoformat(record["state_since"]),
        "expires_soon": soon,
    }


def card(certificate: Certificate, lang: Lang | None = None) -> dict[str, Any]:
    """Return what a list shows of a certificate."""
    return card_of(record_of(certificate), lang)


def card_of(record: Mapping[str, Any], lang: Lang | None = None) -> dict[str, Any]:
    """Return what a list shows of a public record."""
    lang = lang or current()
    return {
        "kind": record["kind"],
        "kind_word": words.KIND_WORDS[record["kind"]],
        "url": url_of(record),
        "number": record["number"],
        "product": record["product"][lang] or record["product"]["zh"],
        "holder": record["holder"][lang] or record["holder"]["zh"],
        "body": (record["body"][lang] or record["body"]["zh"]) if record["body"] else "",
        "value": record["value"],
        "unit": record["unit"],
        "declared_unit": record["declared_unit"],
        "valid_until": date.fromisoformat(record["valid_until"]),
        "certification": record.get("certification", {}).get(lang, ""),
        "says": record.get("certification", {}).get("says", {}).get(lang, ""),
        "partial": record["boundary"] != "cradle_to_grave",
        "boundary": words.BOUNDARY_WORDS.get(record["boundary"], record["boundary"]),
        "state": state_of(record, lang),
        "demo": record["demonstration"],
        "rule_notice": notice_text(record["rule"], record.get("rule_standing"), lang) if record["rule"] else "",
    }


def url_of(record: Mapping[str, Any]) -> str:
    """Return the public page of a record: a certificate's product page, or the page of a figure that is none."""
    name = "register:declaration" if record["kind"] in DECLARED else "register:product"
    return reverse(name, args=[record["number"]])


def quality_of(quality: Mapping[str, Any] | None) -> str:
    """Return a published data quality: its score (1 is best), "" where it is not published or nothing is assessed."""
    if not quality or quality.get("score") is None:
        return ""
    return f"{float(quality['score']):.1f} (1–5)"


def share_of(published: Any) -> Any:
    """Return a published share as a number: canonical JSON keeps it as text. An absence stays one."""
    return float(published) if isinstance(published, str) else published


def stages_of(shown: Mapping[str, Any] | None) -> list[dict[str, Any]] | None:
    """Return published stages, None where they are not: value, share of their sum (signed), absence, colour mark."""
    if shown is None:
        return None
    marks = charts.stage_swatches(shown)
    return [
        {
            "id": row.key,
            "name": STAGE_WORDS.get(row.key, row.key),
            "mark": mark_safe(marks[row.key]),  # noqa: S308 (drawn here, its words escaped)
            "value": None if isinstance(row.amount, Absence) else row.amount,
            "share": row.share,
            "absent": words.ABSENCE_WORDS.get(row.amount.kind.value, "") if isinstance(row.amount, Absence) else "",
        }
        for row in charts.public_stage_rows(shown, current())
        if row.key in shown
    ]


def by_kind(shown: Mapping[str, Any] | None, lang: Lang) -> list[tuple[str, float]]:
    """Return published kinds (name, value) that there are any of; nothing where they are not published."""
    return [(term("kind", name, lang), value) for name, value in parts_by_kind(shown).items()]


def stage_picture(shown: Mapping[str, Any] | None, unit: str, lang: Lang) -> str:
    """Return the bar of published stages as SVG; nothing where they are not published."""
    return "" if shown is None else mark_safe(charts.public_stage_bar(shown, unit, lang))  # noqa: S308 (as above)


def _attestations(certificate: Certificate) -> list[dict[str, Any]]:
    output = certificate.issue.stages.filter(name="attest").values_list("output", flat=True).first()
    return attesting.shown(output or {})


def template_of(certificate: Certificate, page: str) -> str:
    """Return the template of a certificate's page: one of another kind than a footprint has a page of its own."""
    return "register/claim.html" if certificate.study_id is None else f"register/{page}.html"


def _life_of(certificate: Certificate, lang: Lang) -> dict[str, Any]:
    """Return what the pages of every kind of certificate show: parties, versions, changes, flags, chain."""
    claims, order = certificate.claims, certificate.issue.order
    accreditations = _accreditations(certificate)
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
        "attestations": _attestations(certificate),
        "holder": party_name(claims["holder"], lang),
        "body": party_name(claims["body"], lang),
        "scheme": order["scheme_name"][lang],
        "assurance": order.get("opinion", {}).get("assurance", ""),
        "accreditations": accreditations,
        "steps": _steps(certificate),
        "chain": chain.links(certificate, lang, [one["number"] for one in accreditations]),
        "versions": [{"row": row, "state": state_of(record_of(row), lang)} for row in rows],
        "changes": sorted(changes, key=lambda item: item["at"]),
        "replaced": certificate.state in ("changed", "succeeded"),
        "flags": [flag_name(flag.name, lang) for flag in certificate.flags.filter(lowered_at__isnull=True)],
        "resting": [card(row, lang) for row in kinds.resting_on(certificate.number)],
        "query_url": f"{settings.TANBIAO_BASE_URL.rstrip('/')}/v/{certificate.number}",
    }


def _of_claim(certificate: Certificate, lang: Lang) -> dict[str, Any]:
    """Return what the page of a certificate without a footprint shows besides its life."""
    said = kinds.claims_of_json(certificate.claims)
    return {
        "form": said.form,
        "facts": claim_certificate.facts(said, lang),
        "is_not": claim_certificate.is_not(said.form, lang),
        "cited": [one for one in certificate.claims["statement"]["cited"].values()],
    }


def public_context(certificate: Certificate, lang: Lang) -> dict[str, Any]:
    """Return everything the product page and the certificate page show."""
    life = _life_of(certificate, lang)
    if certificate.study_id is None:
        return life | _of_claim(certificate, lang)
    claims, order = certificate.claims, certificate.issue.order
    return {
        **life,
        "producer": party_name(claims["producer"], lang),
        "sites": [party_name(site, lang) for site in claims["sites"]] if _is_shown(certificate, "sites") else None,
        "unit": _unit(certificate, lang),
        "electricity": supply_name(claims["electricity_basis"]),
        "optional": {
            "interval": certificate.shown.get("interval"),
            "primary_share": share_of(certificate.shown.get("primary_share")),
        },
        "quality": quality_of(certificate.shown.get("quality")),
        "classes": comparing.classes(certificate),
        "has_grades": _has_grades(certificate),
        "production": production_of(certificate.number),
        "stages": stages_of(certificate.shown.get("stages")),
        "by_kind": by_kind(certificate.shown.get("kinds"), lang),
        "stage_picture": stage_picture(certificate.shown.get("stages"), claims["unit"], lang),
        "without_uptake": order["headline"] == "excluding_uptake",
        "compare_refusals": comparing.own_reasons(certificate),
        "pact": pact_of(certificate),
        "pact_refusals": pact.reasons(certificate),
        "identifiers": identifiers_of(certificate.number),
    }


def supply_name(basis: str) -> str:
    """Return the electricity basis of the claims in words."""
    return ", ".join(str(words.SUPPLY_WORDS.get(name, name)) for name in basis.split(" + "))


def basis(certificate: Certificate) -> list[tuple[str, str]]:
    """Return what a figure must share with another one to be compared with it, in words."""
    told = comparing.basis_of(certificate.claims)
    told["boundary"] = str(words.BOUNDARY_WORDS.get(told["boundary"], told["boundary"]))
    told["electricity_basis"] = supply_name(told["electricity_basis"])
    return [(str(words.BASIS_WORDS[name]), value) for name, value in told.items()]


def _has_grades(certificate: Certificate) -> bool:
    rule = comparing.rule_of(certificate)
    return rule is not None and rule.grade is not None


def _steps(certificate: Certificate) -> list[dict[str, Any]]:
    """Return the days of the case behind a certificate, each step's last one: no person, no text of the case."""
    issues = Issue.objects.filter(number=certificate.number, version__lte=certificate.version, case__isnull=False)
    issue = issues.select_related("case").order_by("-version").first()
    if issue is None or issue.case is None:
        return []
    rows = issue.case.history.filter(event__in=words.STEP_WORDS, is_transition=True).order_by("index")
    last = {row.event: row.at for row in rows}
    return [{"at": last[event], "name": name} for event, name in words.STEP_WORDS.items() if event in last]


def _accreditations(certificate: Certificate) -> list[dict[str, Any]]:
    """Return the body's accreditations that covered the category on the day of the decision: text, never a mark."""
    day = date.fromisoformat(certificate.claims["decided_on"])
    found = standing.qualifications_on(certificate.body, "accreditation", day, certificate.category)
    return [{"number": one.number, "issuer": one.issuer, "until": one.valid_until} for one in found]


def proposal(row: ChangeProposal | None) -> dict[str, Any] | None:
    """Return a proposed change as the body's people read it: who, why, and what is to be another."""
    if row is None:
        return None
    wanted = [(words.CHANGED_WORDS[name], value) for name, value in row.content.items() if value]
    return {
        "id": row.id,
        "reason": reason_name(row.reason),
        "text": row.text,
        "person": row.person.name(current()),
        "at": row.at,
        "wanted": [(name, value if isinstance(value, str) else ", ".join(value)) for name, value in wanted],
    }


def _unit(certificate: Certificate, lang: Lang) -> dict[str, Any]:
    """Return what the public sees of the unit: models with brand, the series, makers, sites by consent."""
    unit = certificate.issue.order.get("unit_covered") or {}
    makers = unit.get("producers", ())
    sites = unit.get("sites", ()) if _is_shown(certificate, "sites") else ()
    shares = unit.get("site_mean", {}).get("shares", ())
    return {
        "brands": unit.get("brands", ()),
        "models": unit.get("models", ()),
        "representative": unit.get("representative", "") if len(unit.get("models", ())) > 1 else "",
        "series": unit.get("series", ""),
        "producers": [(party_name(maker, lang), maker.get("contract", False)) for maker in makers],
        "per_site": unit.get("footprint") == "per_site",
        "spread": unit.get("site_mean", {}).get("spread_percent"),
        "sites": [
            (party_name(site, lang), site.get("address", ""), site.get("figure"), share)
            for site, share in zip(sites, [*shares, *[None] * (len(sites) - len(shares))], strict=True)
        ],
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
