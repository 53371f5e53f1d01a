"""What the papers of a case say of its evaluation: terms, risks, tests, ledger, audit, commitment, second opinion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from tanbiao.core.canonical import decimal12
from tanbiao.core.verification.consistency import ANSWERS
from tanbiao.web.certification import audit
from tanbiao.web.certification.commands.testing import KINDS, RESULTS
from tanbiao.web.certification.engagement import Engagement, engagement_of
from tanbiao.web.certification.facts import current_opinion
from tanbiao.web.certification.models import Case, SecondOpinion

Section = dict[str, Any]


WHY = {
    "risk": ("风险", "risk"),
    "supplier": ("供应商场所", "supplier's site"),
    "share": ("占比", "share"),
    "stratum": ("分层", "stratum"),
    "chosen": ("核查人员选定", "chosen by the verifier"),
}
"""Why a row is in the evidence plan, in both languages."""


def _why(reasons: str) -> dict[str, str]:
    known = [WHY[one] for one in reasons.split(",") if one in WHY]
    return {"zh": "、".join(zh for zh, _en in known) or "–", "en": ", ".join(en for _zh, en in known) or "–"}


def _number(value: float | None) -> str:
    return "–" if value is None else decimal12(value)


def verification_terms(case: Case) -> Section | None:
    """Return the terms of the verification in force."""
    agreed = engagement_of(case).agreed
    if agreed is None:
        return None
    return {
        "key": "verification_terms",
        "facts": [
            ["assurance", {"word": agreed.assurance}],
            ["criteria", agreed.criteria],
            ["scope", agreed.scope],
            ["materiality", agreed.materiality_percent],
            ["hash", agreed.hash],
        ],
    }


def evidence_plan(case: Case) -> Iterable[Section | None]:
    """Return strategic analysis, risk of every row, and the evidence plan with the reason of each row; for the body."""
    engagement = engagement_of(case)
    analysis = engagement.analysis
    yield verification_terms(case)
    if analysis is not None:
        told = ("activities", "data_flow", "controls", "changes")
        yield {"key": "analysis", "facts": [[name, getattr(analysis, name) or "–"] for name in told]}
    rows = [
        [row.row, risk.inherent, risk.control, risk.detection, engagement.reasons_of_risk.get(row.row, "") or "–"]
        for row in engagement.rows
        if (risk := engagement.risks.get(row.row)) is not None
    ]
    if rows:
        levels = [[row[0], *({"word": f"risk_{level}"} for level in row[1:4]), row[4]] for row in rows]
        yield _table("risks", ["row", "inherent", "control", "detection", "reason"], levels)
    yield _reasons(engagement)


def _reasons(engagement: Engagement) -> Section | None:
    rows = []
    for row in engagement.rows:
        entry = engagement.plan.get(row.row)
        if entry is not None:
            rows.append([row.row, _why(entry.reasons), row.supplier or "–"])
    return _table("plan_reasons", ["row", "plan_reason", "supplier"], rows) if rows else None


def tests(case: Case) -> Section | None:
    """Return how many tests of each kind came to which result; what each says stays in the verification."""
    counted = Counter((test.kind, test.result) for made in engagement_of(case).tests.values() for test in made)
    if not counted:
        return None
    rows = [
        [{"word": f"test_{kind}"}, *(str(counted[kind, result]) for result in RESULTS)]
        for kind in KINDS
        if any(counted[kind, result] for result in RESULTS)
    ]
    return _table("tests", ["test_kind", *(f"result_{result}" for result in RESULTS)], rows)


def ledger(case: Case) -> Section | None:
    """Return the ledger of misstatements: each one, their sums, what is extrapolated, all against materiality."""
    engagement = engagement_of(case)
    found = engagement.ledger
    if found is None:
        return None
    said = {item.number: item for item in engagement.misstatements}
    rows = [
        [
            f"M{item.number}",
            item.row,
            *(_number(value) for value in (item.found, item.corrected, item.left)),
            item.isolated,
            said[item.number].text,
        ]
        for item in found.misstatements
    ]
    unit = engagement.package["result"]["total"]["unit"]
    return {
        "key": "ledger",
        "facts": [
            ["measured_in", unit],
            ["found", _number(found.found)],
            ["corrected", _number(found.corrected)],
            ["left", _number(found.uncorrected)],
            ["extrapolated", _number(found.extrapolated)],
            ["aggregated", _number(found.aggregated)],
            ["decisive_percent", "–" if found.percent is None else f"{found.percent:.3g}"],
            ["limit", _number(found.limit)],
            ["standing", {"word": f"standing_{found.standing.value}"}],
        ],
        **_table("ledger", ["number", "row", "found", "corrected", "left", "isolated", "said"], rows),
    }


def audit_plan(case: Case) -> Section | None:
    """Return how the audit was planned; the day of an unannounced one only once somebody has checked in."""
    plan, day = audit.plan_of(case), audit.day_told(case)
    if plan is None:
        return None
    return {
        "key": "audit_plan",
        "facts": [
            ["audit_mode", {"word": f"mode_{plan.mode}"}],
            ["audit_day", day.isoformat() if day else "–"],
            ["remote_days", plan.remote_days],
            ["fenced_sites", ", ".join(sorted(audit.fences_of(case))) or "–"],
            ["hash", plan.hash],
        ],
    }


def fences(case: Case) -> Section | None:
    """Return on which side of its site's fence each check-in was; the exact positions stay sealed."""
    rows = [
        [
            row.site,
            {"word": f"fence_{row.fence or 'unknown'}"},
            {"word": f"accuracy_{row.accuracy}"} if row.accuracy else "–",
            row.fence_remark or "–",
        ]
        for row in case.visits.exclude(site="")
    ]
    return _table("fences", ["site", "fence", "accuracy", "fence_remark"], rows) if rows else None


def photos(case: Case) -> Section | None:
    """Return the hash of each photo as it was taken and as it is kept; captions stay with the body."""
    rows = [[str(at), row.taken_hash, row.blob] for at, row in enumerate(case.audit_photos.order_by("at", "id"), 1)]
    return _table("photos", ["number", "taken_hash", "kept_hash"], rows) if rows else None


def consistency(case: Case) -> Section | None:
    """Return the list of product consistency with its answers that stand."""
    stands = audit.standing_answers(case)
    if not stands:
        return None
    rows = [
        [
            item.name,
            item.stated or "–",
            {"word": f"answer_{stands[item.key].answer}"} if item.key in stands else "–",
            (stands[item.key].remark if item.key in stands else "") or "–",
        ]
        for item in audit.list_of(case)
    ]
    counted = Counter(row.answer for row in stands.values())
    facts = [[f"answer_{answer}", str(counted[answer])] for answer in ANSWERS]
    return {"facts": facts, **_table("consistency", ["item", "stated", "answer", "remark"], rows)}


def commitment(case: Case) -> Section | None:
    """Return the reduction commitment that stands."""
    row = case.commitments.order_by("-version").first()
    if row is None:
        return None
    rows = [[{"word": f"measure_{one['kind']}"}, one["text"], one.get("saving") or "–"] for one in row.measures]
    return {
        "facts": [
            ["baseline", f"{row.baseline} {row.unit} ({row.baseline_year})"],
            ["target", f"{row.target} {row.unit} ({row.target_year})"],
            ["hash", row.hash],
        ],
        **_table("commitment", ["measure", "text", "saving"], rows),
    }


def second_opinion(case: Case) -> Section | None:
    """Return the blind second opinion on the current opinion, and what came of a difference."""
    row = SecondOpinion.objects.filter(first=current_opinion(case), stated_at__isnull=False).first()
    if row is None:
        return None
    facts: list[list[Any]] = [
        ["opinion_kind", {"word": row.kind}],
        ["second_figure", row.figure or "–"],
        ["statement", row.statement],
        ["person", {"zh": row.person.name("zh"), "en": row.person.name("en")}],
        ["differs", bool(row.differs)],
        ["opinion_hash", row.hash],
    ]
    if row.stands:
        facts += [["stands", {"word": f"stands_{row.stands}"}], ["reason", row.reason]]
    return {"key": "second_opinion", "facts": facts}


def _table(key: str, columns: list[str], rows: list[list[Any]]) -> Section:
    return {"key": key, "table": {"columns": columns, "rows": rows}}
