"""The page of a case's product consistency."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tanbiao.core.findings import Finding as Sentence
from tanbiao.core.findings import TanbiaoError
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import Actor, actor_of
from tanbiao.web.certification import commands, queries
from tanbiao.web.certification.audit import list_of, standing_answers
from tanbiao.web.certification.commands.auditing import Answer
from tanbiao.web.certification.commands.verifying import VISITING
from tanbiao.web.certification.models import Case
from tanbiao.web.certification.words import ANSWER_WORDS, GROUP_WORDS
from tanbiao.web.problems import status_of


@access("certification.view")
@require_http_methods(["GET", "POST"])
def consistency(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Show the list to the case's body; take the answers of its team."""
    actor = actor_of(request)
    case = queries.body_case(actor, case_id)
    if request.method == "GET":
        return _page(request, actor, case)
    sent = {item.key: request.POST.get(f"a-{item.key}", "") for item in list_of(case)}
    answers = [Answer(item, answer, request.POST.get(f"r-{item}", "")) for item, answer in sent.items() if answer]
    try:
        commands.check_consistency(actor, case_id=case_id, answers=answers)
    except TanbiaoError as error:
        return _page(request, actor, case, tried=answers, refusals=error.findings, status=status_of(error))
    messages.success(request, _("The answers are saved."))
    return redirect("certification:consistency", case_id=case_id)


def _page(
    request: HttpRequest,
    actor: Actor,
    case: Case,
    *,
    tried: list[Answer] | None = None,
    refusals: tuple[Sentence, ...] = (),
    status: int = 200,
) -> HttpResponse:
    said = {row.item: (row.answer, row.remark) for row in standing_answers(case).values()}
    said |= {answer.item: (answer.answer, answer.remark) for answer in tried or ()}
    rows = [(item, GROUP_WORDS[item.group], *said.get(item.key, ("", ""))) for item in list_of(case)]
    context = {
        "case": case,
        "rows": rows,
        "left": sum(not answer for _item, _group, answer, _remark in rows),
        "answers": list(ANSWER_WORDS.items()),
        "may_answer": queries.in_team(actor, case) and case.state in VISITING,
        "refusals": refusals,
    }
    return render(request, "certification/consistency.html", context, status=status)


urlpatterns: list[URLPattern] = [path("cases/<uuid:case_id>/consistency/", consistency, name="consistency")]
