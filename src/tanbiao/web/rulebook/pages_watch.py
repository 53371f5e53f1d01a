"""The pages of foreign changes: all of them with the form to report one; one with the rules it touches and answers."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tanbiao.core.findings import Finding, TanbiaoError
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.catalogue import queries as catalogue
from tanbiao.web.commanding import allowed, require
from tanbiao.web.problems import status_of
from tanbiao.web.rulebook import commands, forms, show, watch_queries, words
from tanbiao.web.rulebook.facts import is_owner
from tanbiao.web.rulebook.models import ForeignChangeTask

PER_PAGE = 30


@access(PUBLIC)
@require_http_methods(["GET", "POST"])
def changes(request: HttpRequest) -> HttpResponse:
    """List what was reported, with how many rules it touches and how many are answered; report a change."""
    actor, status = actor_of(request), 200
    item = request.GET.get("item", "")[:64]
    form = None
    if request.method == "POST":
        require(actor, "rulebook.report_change")
        form, status = forms.ForeignChangeForm(request.POST, actor=actor), 422
        if form.is_valid():
            try:
                made = commands.report_change(actor, **form.cleaned_data)
            except TanbiaoError as error:
                form.add_problem(error)
                status = status_of(error)
            else:
                messages.success(request, _("The change is reported, and the keepers of the rules are told."))
                return redirect("rulebook:foreign_change", change_id=made.id)
    elif allowed(actor, "rulebook.report_change"):
        form = forms.ForeignChangeForm(initial={"item": item}, actor=actor)
    watched = {one.item.id: one.item.title.model_dump() for one in catalogue.framework(actor).watched()}
    page = Paginator(watch_queries.changes(actor, item), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [
            {
                "change": one,
                "watched": watched.get(one.item, one.item),
                "asked": len(one.tasks.all()),
                "answered": sum(bool(task.answer) for task in one.tasks.all()),
            }
            for one in page
        ],
        "item": item,
        "watched": watched.get(item),
        "kinds": words.CHANGE_KIND_WORDS,
        "form": form,
    }
    return render(request, "rulebook/foreign_changes.html", context, status=status)


@access(PUBLIC)
@require_http_methods(["GET", "POST"])
def foreign_change(request: HttpRequest, change_id: UUID) -> HttpResponse:
    """Show a change, the rules that it touches with their answers, and what rests on them; answer for one."""
    actor, status = actor_of(request), 200
    found = watch_queries.change(actor, change_id)
    refusals: tuple[Finding, ...] = ()
    said = None
    if request.method == "POST":
        require(actor, "rulebook.align")
        said, status = forms.ForeignAnswerForm(request.POST, auto_id="task-answer-%s"), 422
        if said.is_valid():
            try:
                commands.answer_change(actor, **said.cleaned_data)
            except TanbiaoError as error:
                refusals, status = error.findings, status_of(error)
            else:
                messages.success(request, _("The answer stands in the rule's history."))
                return redirect("rulebook:foreign_change", change_id=change_id)
    watched = {one.item.id: one for one in catalogue.framework(actor).watched()}.get(found.item)
    standards = catalogue.framework(actor).by_id
    tried = said.data.get("task_id") if said is not None else None
    context = {
        "change": found,
        "watched": watched,
        "kinds": words.CHANGE_KIND_WORDS,
        "answers": words.CHANGE_ANSWER_WORDS,
        "documents": [standards[one] for one in found.documents if one in standards],
        "refusals": refusals,
        "rows": [
            {
                "task": task,
                **show.line(task.entry),
                "form": (said if tried == str(task.id) else _answer_form(task))
                if not task.answer and allowed(actor, "rulebook.align") and is_owner(actor, task.entry)
                else None,
            }
            for task in watch_queries.tasks(actor, found).prefetch_related("entry__categories")
        ],
    }
    return render(request, "rulebook/foreign_change.html", context, status=status)


def _answer_form(task: ForeignChangeTask) -> forms.ForeignAnswerForm:
    """Return the form of one rule's answer; a page may have many, so each has ids of its own."""
    return forms.ForeignAnswerForm(initial={"task_id": task.id}, auto_id=f"task-{task.id}-%s")


urlpatterns: list[URLPattern] = [
    path("rules/foreign-changes/", changes, name="foreign_changes"),
    path("rules/foreign-changes/<uuid:change_id>/", foreign_change, name="foreign_change"),
]
