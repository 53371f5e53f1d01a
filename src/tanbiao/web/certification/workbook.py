"""The verification workbook of a case: what it is of, its evidence links, its bytes."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse

from tanbiao.core.findings import Lang
from tanbiao.documents.words import word
from tanbiao.formats.verification_workbook import Identity, write
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.certification import recalculation
from tanbiao.web.certification.models import Case
from tanbiao.web.studies import queries as studies


def identity(case: Case, lang: Lang) -> Identity:
    """Return what the workbook's first sheet says."""
    return Identity(case.number, case.round, case.package_hash, lang)


def package_of(case: Case) -> dict[str, Any]:
    """Return the frozen package of the case's round."""
    return recalculation.package_of(case)


def evidence(actor: Actor, case: Case) -> dict[str, tuple[str, str]]:
    """Return row → (names of its evidence, address of the newest), as far as the actor may see it."""
    found: dict[str, tuple[str, str]] = {}
    for item in studies.evidence(actor, case.study_id) if case.study_id else ():
        names, address = found.get(item.row, ("", ""))
        place = settings.TANBIAO_BASE_URL.rstrip("/") + reverse("studies:evidence_file", args=[item.id])
        found[item.row] = (f"{names}; {item.filename}" if names else item.filename, address or place)
    return found


def waivers_of(case: Case, lang: Lang) -> list[list[str]]:
    """Return the answers to waivers of the round's package as the workbook's lines."""
    rows = case.waivers.filter(package_hash=case.package_hash).select_related("by")
    answers = {True: word("paper.waiver_granted", lang), False: word("paper.waiver_refused", lang)}
    return [
        [
            row.check_id,
            row.process,
            row.clause,
            row.asked,
            word("paper.waiver_withdrawn", lang) if row.withdrawn_at else answers[row.granted],
            row.reason,
            word(f"paper.duty_{row.role}", lang),
            row.by.name(lang),
            clock.day_of(row.at).isoformat(),
            row.withdrawn_reason,
        ]
        for row in rows
    ]


def workbook_of(actor: Actor, case: Case, lang: Lang) -> tuple[bytes, str]:
    """Return the workbook of a case that the caller may see, and its file's name."""
    planned = tuple(case.sample.filter(round=case.round).values_list("row", flat=True))
    data = write(
        package_of(case),
        identity(case, lang),
        evidence=evidence(actor, case),
        planned=planned,
        waivers=waivers_of(case, lang),
        created=case.created_at,
    )
    return data, f"verification-{case.number}-r{case.round}.xlsx"
