"""The pages of the rulebook: the list, a rule with what can be done, the consultation, adoption lists, desks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tanbiao.core.findings import Finding, TanbiaoError
from tanbiao.core.rules.assessment import checklist
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.commanding import NotFound, allowed
from tanbiao.web.language import current
from tanbiao.web.ledger.blobs import attachment
from tanbiao.web.problems import status_of
from tanbiao.web.rulebook import (
    acting,
    commands,
    documents,
    forms,
    pages_alignment,
    pages_watch,
    pages_workbench,
    queries,
    show,
    words,
)
from tanbiao.web.rulebook.acts import LIFECYCLE
from tanbiao.web.rulebook.facts import facts_of, is_owner
from tanbiao.web.rulebook.models import RuleEntry

PER_PAGE = 30
SAID_BY_FORM = (
    "rule_examples_not_tried",
    "rule_transition_missing",
    "rule_batch_missing",
    "rule_filing_number_missing",
)
"""Refusals that the act's own form, or the act itself, does away with."""
QUIET = ("run_examples",)
"""Acts that stand in the workbench and not on the rule's page."""


@access(PUBLIC)
@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """List the rules that everybody may read, by where they stand, layer and category."""
    actor = actor_of(request)
    state, layer = request.GET.get("state", "in_force")[:30], request.GET.get("layer", "")[:20]
    category = request.GET.get("category", "")[:64]
    page = Paginator(queries.find(actor, state=state, layer=layer, category=category), PER_PAGE).get_page(
        request.GET.get("page")
    )
    return render(
        request,
        "rulebook/rules.html",
        {
            "page": page,
            "lines": [show.line(row) for row in page],
            "state": state,
            "layer": layer,
            "category": category,
            "groups": words.GROUP_WORDS.items(),
            "layers": words.LAYER_WORDS.items(),
            "may_propose": allowed(actor, "rulebook.draft"),
        },
    )


@access("rulebook.draft")
@require_http_methods(["GET", "POST"])
def propose(request: HttpRequest) -> HttpResponse:
    """Propose a rule."""
    actor = actor_of(request)
    form = forms.ProposalForm(request.POST or None, actor=actor)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = commands.propose(actor, **form.cleaned_data)
            except TanbiaoError as error:
                form.add_problem(error)
                status = status_of(error)
            else:
                return redirect("rulebook:rule", entry_id=made.id)
    return render(request, "rulebook/propose.html", {"form": form}, status=status)


@access("rulebook.act")
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """Show the rules of one's own organisation."""
    page = Paginator(queries.mine(actor_of(request)), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "lines": [show.line(row) for row in page], "is_own": True}
    return render(request, "rulebook/desk.html", context)


@access("rulebook.judge")
@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """Show what waits for the reader's roles."""
    page = Paginator(queries.desk(actor_of(request)), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "lines": [show.line(row) for row in page], "is_own": False}
    return render(request, "rulebook/desk.html", context)


@access(PUBLIC)
@require_GET
def rule(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Show a rule: where it stands, what can be done, its versions, assessments and history."""
    return _rule_page(request, entry_id)


def _rule_page(
    request: HttpRequest,
    entry_id: UUID,
    *,
    tried: dict[str, Any] | None = None,
    refusals: tuple[Finding, ...] = (),
    status: int = 200,
) -> HttpResponse:
    actor = actor_of(request)
    row = queries.entry(actor, entry_id)
    inside = queries.is_inside(actor, row)
    versions = queries.rules(actor).filter(rule_id=row.rule_id).exclude(id=row.id).order_by("-created_at")
    context: dict[str, Any] = {
        **show.line(row),
        "way": show.way(row),
        "offers": _offers(request, row, tried or {}) if allowed(actor, "rulebook.act") else [],
        "refusals": refusals,
        "inside": inside,
        "owns": is_owner(actor, row) and not actor.is_anonymous,
        "readable": bool(row.content_hash) or (row.document and (inside or row.state in queries.PUBLIC_STATES)),
        "versions": [show.line(one) for one in versions],
        "links": _links(row),
        "chain": show.chain(row),
        "classification_codes": queries.classification_codes(actor, row),
        "comment_count": row.comments.count(),
        "open_count": row.comments.filter(round=row.round, outcome="").count(),
        "history": [(one, show.event_word(one.event)) for one in row.history.all()],
        "assessments": _assessments(row) if inside or row.issued_at else [],
        "checklist": checklist(),
        "checklist_title": checklist().title.best(current()),
    }
    return render(request, "rulebook/rule.html", context, status=status)


def _links(row: RuleEntry) -> list[tuple[str, RuleEntry]]:
    """Return the rules that this one is tied to, each with the word of the tie."""
    named = (
        (_("Revises"), row.revises),
        (_("Lifts a rule of a lower layer"), row.converts),
        (_("Supplements a national rule"), row.supplements),
        (_("In its place"), row.ended_by),
    )
    return [(word, one) for word, one in named if one is not None]


def _assessments(row: RuleEntry) -> list[dict[str, Any]]:
    items = checklist().items
    return [
        {
            "row": one,
            "share": float(one.share),
            "points": [(item.name(current()), one.points.get(item.id)) for item in items],
        }
        for one in row.assessments.filter(round=row.round).select_related("organisation")
    ]


def _offers(request: HttpRequest, row: RuleEntry, tried: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the acts that are this reader's kind, each with its form, or with why it can't be done now."""
    found = []
    for option in LIFECYCLE.options(row.state, facts_of(actor_of(request), row, builds_on=row.head)):
        name = acting.act_of(option.event)
        if not option.mine or name not in acting.ACTS or (name == "resume" and option.to != row.before):
            continue
        form = tried.get(name) or forms.ActForm(entry=row, event=name)
        kept = [item for item in option.refusals if item.code not in SAID_BY_FORM]
        found.append(
            {
                "event": name,
                "name": show.event_word(name) if name == "resume" else getattr(option.name, current()),
                "form": form,
                "refusals": kept,
                "grave": acting.ACTS[name].grave,
            }
        )
    return found


@access("rulebook.act")
@require_POST
def act(request: HttpRequest, entry_id: UUID, event: str) -> HttpResponse:
    """Carry out an act; a refusal comes back on the same page with its reasons."""
    actor = actor_of(request)
    row = queries.entry(actor, entry_id)
    if event not in acting.ACTS:
        raise NotFound.of("rule_event_unknown", "event", event=event[:40])
    form = forms.ActForm(request.POST, entry=row, event=event)
    if not form.is_valid():
        return _rule_page(request, entry_id, tried={event: form}, status=422)
    try:
        done = acting.run(actor, entry_id, event, form.cleaned_data)
    except TanbiaoError as error:
        return _rule_page(request, entry_id, tried={event: form}, refusals=error.findings, status=status_of(error))
    messages.success(request, _("Done: %(act)s") % {"act": show.event_word(event)})
    if event in QUIET:
        return redirect(f"{request.path.removesuffix(f'{event}/')}workbench/?tab=examples")
    return redirect("rulebook:rule", entry_id=done.id)


@access(PUBLIC)
@require_GET
def document(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Return the document of a rule as a file."""
    actor = actor_of(request)
    row = queries.entry(actor, entry_id)
    data, media_type = queries.document(actor, row)
    ending = "json" if media_type == documents.JSON else "yaml"
    return attachment(data, media_type, f"{row.reference}.{ending}")


@access(PUBLIC)
@require_http_methods(["GET", "POST"])
def consultation(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Show a rule's text side by side with what was said of it; take a comment."""
    actor = actor_of(request)
    row = queries.entry(actor, entry_id)
    open_now = row.state == "consultation"
    form = forms.CommentForm(request.POST or None, actor=actor) if open_now else None
    status = 200
    if request.method == "POST":
        status = 422 if form is not None else 409
        if form is not None and form.is_valid():
            try:
                commands.comment(actor, entry_id=entry_id, **form.cleaned_data)
            except TanbiaoError as error:
                form.add_problem(error)
                status = status_of(error)
            else:
                messages.success(request, _("Thank you. The comment is public, and so will be its answer."))
                return redirect("rulebook:consultation", entry_id=entry_id)
    draft = queries.draft(actor, row) if not row.content_hash else row.document
    found = documents.rule_of(draft)
    page = Paginator(queries.comments(actor, row), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        **show.line(row),
        "sections": show.sections(found, documents.mapping_of(draft)),
        "structure": show.structure(found) if found else None,
        "page": page,
        "outcomes": words.OUTCOME_WORDS,
        "form": form,
        "answers": open_now and is_owner(actor, row) and allowed(actor, "rulebook.draft"),
        "answer_form": forms.AnswerForm(),
        "days": facts_of(actor, row).days_in_state,
        "needed": row.terms.get("rule_consultation_days"),
    }
    return render(request, "rulebook/consultation.html", context, status=status)


@access("rulebook.draft")
@require_POST
def answer(request: HttpRequest, entry_id: UUID, comment_id: UUID) -> HttpResponse:
    """Answer a comment."""
    outcome, text = request.POST.get("outcome", "")[:20], request.POST.get("text", "")[:8000]
    try:
        commands.answer(actor_of(request), comment_id=comment_id, outcome=outcome, text=text)
    except TanbiaoError as error:
        return _rule_page(request, entry_id, refusals=error.findings, status=status_of(error))
    messages.success(request, _("The answer is public."))
    return redirect("rulebook:consultation", entry_id=entry_id)


@access(PUBLIC)
@require_http_methods(["GET", "POST"])
def adopted(request: HttpRequest) -> HttpResponse:
    """Show the adoption list by batches; publish a batch."""
    actor = actor_of(request)
    may = allowed(actor, "rulebook.adopt")
    form = forms.BatchForm(request.POST or None, actor=actor) if may else None
    refusals: tuple[Finding, ...] = ()
    status = 200
    if request.method == "POST":
        status = 422 if may else 403
        if form is not None and form.is_valid():
            said = form.cleaned_data
            try:
                commands.adopt(
                    actor, batch=said["batch"], entries=form.pairs(), transition_until=said["transition_until"]
                )
            except TanbiaoError as error:
                refusals, status = error.findings, status_of(error)
            else:
                return redirect("rulebook:adopted")
    page = Paginator(queries.batches(actor), PER_PAGE).get_page(request.GET.get("page"))
    lines = [(one, [show.line(row) for row in one.entries.all()]) for one in page]
    context = {"page": page, "batches": lines, "form": form, "refusals": refusals}
    return render(request, "rulebook/adopted.html", context, status=status)


@access("rulebook.read_notices")
@require_http_methods(["GET", "POST"])
def notices(request: HttpRequest) -> HttpResponse:
    """Show what the reader was told of his organisation's rules; mark it as read."""
    actor = actor_of(request)
    if request.method == "POST":
        commands.read_notices(actor)
        return redirect("desk" if request.POST.get("next") == "desk" else "rulebook:notices")
    page = Paginator(queries.notices(actor), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "rulebook/notices.html", {"page": page, "notices": show.notices(page)})


urlpatterns: list[URLPattern] = [
    path("rules/", rules, name="rules"),
    path("rules/propose/", propose, name="propose"),
    path("rules/mine/", mine, name="mine"),
    path("rules/desk/", desk, name="desk"),
    path("rules/adopted/", adopted, name="adopted"),
    path("rules/notices/", notices, name="notices"),
    *pages_watch.urlpatterns,
    path("rules/<uuid:entry_id>/", rule, name="rule"),
    path("rules/<uuid:entry_id>/document/", document, name="document"),
    path("rules/<uuid:entry_id>/consultation/", consultation, name="consultation"),
    path("rules/<uuid:entry_id>/comments/<uuid:comment_id>/", answer, name="answer"),
    *pages_workbench.urlpatterns,
    *pages_alignment.urlpatterns,
    path("rules/<uuid:entry_id>/<str:event>/", act, name="act"),
]
