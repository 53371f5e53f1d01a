"""What the impact shows on the pages of lower features: a study's hint, a certificate's dates, a desk's queue."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string

from tanbiao.core.findings import TanbiaoError, from_json
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.commanding import allowed
from tanbiao.web.factors.release_queries import Compared
from tanbiao.web.impact import dry_runs, queries, show, words
from tanbiao.web.impact.models import FactorAlert
from tanbiao.web.impact.resting import resting_on
from tanbiao.web.language import current
from tanbiao.web.panels import panel
from tanbiao.web.register.models import Certificate
from tanbiao.web.rulebook.models import ForeignChange, RuleEntry
from tanbiao.web.studies import moves
from tanbiao.web.studies.models import Study

ON_DESK = 10
ON_PAGE = 50


@panel("study")
def of_study(request: HttpRequest, study: Study) -> str:
    """Say that a newer release exists, what it would make of the figure, and offer to pin it."""
    actor = actor_of(request)
    try:
        found = queries.hint(actor, study)
    except TanbiaoError:
        return ""  # a release file that is gone is said where the study is calculated
    said = _alerts(request, queries.alerts(actor).filter(study=study)) if allowed(actor, "impact.view") else ""
    if found is None:
        return said
    may = study.state in moves.EDITABLE and allowed(actor, "studies.edit", study)
    context: dict[str, Any] = {"hint": found, "study": study, "may": may}
    if found.line is not None:
        context["row"] = show.row(found.line, current())
    return said + render_to_string("impact/_study.html", context, request=request)


@panel("certificate")
def of_certificate(request: HttpRequest, certificate: Certificate) -> str:
    """Show the three dates to holder and body."""
    try:
        found = queries.dates_of(actor_of(request), certificate)
    except TanbiaoError:
        return ""
    context: dict[str, Any] = {"dates": found, "basis": words.BASIS[found.event.basis], "certificate": certificate}
    if found.line is not None:
        context["row"] = show.row(found.line, current())
    said = _alerts(request, queries.alerts(actor_of(request)).filter(certificate=certificate))
    return said + render_to_string("impact/_certificate.html", context, request=request)


@panel("rule_dry_run")
def of_rule(request: HttpRequest, entry: RuleEntry) -> str:
    """Show what the newest draft of a rule would do to past studies, and offer to find out."""
    actor = actor_of(request)
    if not allowed(actor, "impact.dry_run"):
        return render_to_string("impact/_dry_run.html", {"may": False}, request=request)
    newest = dry_runs.runs(actor, entry).first()
    context: dict[str, Any] = {
        "may": True,
        "rule": entry,
        "run": newest,
        "is_stale": newest is not None and entry.document is not None and newest.draft != entry.document.number,
        "few": dry_runs.FEW,
    }
    if newest is not None:
        context |= {
            "told": (told := dry_runs.told(actor, newest)),
            "checks": show.draft_checks(told.get("checks") or {}, current()),
            "findings": [from_json(item) for item in newest.findings],
            "effects": [show.rule_effect(row, current()) for row in dry_runs.effects(actor, newest)[:ON_PAGE]],
        }
    return render_to_string("impact/_dry_run.html", context, request=request)


@panel("foreign_change")
def of_foreign_change(request: HttpRequest, change: ForeignChange) -> str:
    """Say what rests on the rules that a foreign change touches."""
    actor = actor_of(request)
    context = {
        "rows": resting_on(actor, change),
        "is_anonymous": actor.is_anonymous,
        "oversees": queries.oversees(actor),
    }
    return render_to_string("impact/_resting.html", context, request=request)


@panel("release_comparison")
def of_comparison(request: HttpRequest, found: Compared) -> str:
    """Say beside two releases what the later one makes of each study and certificate that rests on the earlier."""
    actor = actor_of(request)
    if not allowed(actor, "impact.view"):
        return ""
    told = queries.between(actor, found.old.name, found.new.name)
    context: dict[str, Any] = {"found": found, "oversees": queries.oversees(actor)}
    if told is not None:
        rows = [show.row(line, current()) for line in told.lines[:ON_PAGE]]
        context |= {"run": told.run, "rows": rows, "total": told.lines.count()}
    return render_to_string("impact/_comparison.html", context, request=request)


@panel("desk")
def of_desk(request: HttpRequest, thing: Any) -> str:  # noqa: ARG001 (a desk is about nothing in particular)
    """Show what waits for the reader's organisation."""
    actor = actor_of(request)
    if not allowed(actor, "impact.view"):
        return ""
    waiting = queries.notices(actor)
    total = waiting.count()
    said = _alerts(request, queries.alerts(actor).filter(seen_at__isnull=True), desk=True)
    if not total:
        return said
    rows = [(notice, show.row(notice.line, current())) for notice in waiting[:ON_DESK]]
    return said + render_to_string("impact/_desk.html", {"notices": rows, "total": total}, request=request)


def _alerts(request: HttpRequest, rows: QuerySet[FactorAlert], *, desk: bool = False) -> str:
    """Say which factors lost their standing; nothing where none has."""
    total = rows.count()
    if not total:
        return ""
    lang = current()
    shown = [
        (row, words.ALERTS[row.state], show.product_of(row.study, row.certificate, lang)) for row in rows[:ON_DESK]
    ]
    return render_to_string("impact/_alerts.html", {"alerts": shown, "total": total, "desk": desk}, request=request)
