"""The pages of label schemes: all schemes, one scheme with what it asks and who opened it, the operator's acts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET, require_http_methods

from tanbiao.core.catalogue.load import load_catalogue
from tanbiao.core.findings import TanbiaoError
from tanbiao.web import clock
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import Actor, actor_of
from tanbiao.web.commanding import allowed, require
from tanbiao.web.ledger.blobs import attachment
from tanbiao.web.problems import status_of
from tanbiao.web.schemes import commands, forms, queries, show, words

ACTS: dict[str, tuple[str, Callable[..., Any]]] = {
    "approve": ("schemes.approve_body", commands.approve_body),
    "end": ("schemes.approve_body", commands.end_approval),
    "unlock": ("schemes.unlock", commands.unlock),
    "lock": ("schemes.lock", commands.lock),
}


@access(PUBLIC)
@require_GET
def schemes(request: HttpRequest) -> HttpResponse:
    """List the label schemes: what is open, what is a locked template, what each is for."""
    rows = [show.line(one) for one in queries.standings(actor_of(request))]
    return render(request, "schemes/schemes.html", {"rows": rows})


@access(PUBLIC)
@require_http_methods(["GET", "POST"])
def scheme(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a scheme; an operator approves bodies and unlocks it, operator or authority lock it again."""
    actor = actor_of(request)
    found = queries.standing(actor, reference)
    built, status = _forms(request, actor, found), 200
    if request.method == "POST":
        answer = _act(request, actor, found, built)
        if isinstance(answer, HttpResponse):
            return answer
        status = answer
    rows = queries.approvals(actor, found.scheme.id)
    context = {
        "found": found,
        "scheme": found.scheme,
        "line": show.line(found),
        "parts": show.parts(found.scheme),
        "approvals": [(row, queries.stands(row, clock.today())) for row in rows],
        "titles": {key: item.title.model_dump() for key, item in load_catalogue().by_id.items()},
        "history": queries.history(actor, found.scheme.reference),
        "words": words,
        "events": words.EVENT_WORDS,
        "forms": built,
    }
    return render(request, "schemes/scheme.html", context, status=status)


def _forms(request: HttpRequest, actor: Actor, found: queries.Standing) -> dict[str, Any]:
    """Return the forms of this actor's part now, by act."""
    asked = request.POST.get("act", "") if request.method == "POST" else ""
    base = {"builds_on": found.head}

    def sent(act: str) -> dict[str, Any]:
        given = {"data": request.POST, "files": request.FILES} if asked == act else {}
        return {"prefix": None, "initial": base | {"act": act}, **given}

    built: dict[str, Any] = {}
    if found.template is None:
        return built
    if allowed(actor, "schemes.approve_body"):
        built["approve"] = forms.ApprovalForm(actor=actor, **sent("approve"))
        if any(row.ended_on is None for row in queries.approvals(actor, found.scheme.id)):
            built["end"] = forms.EndForm(actor=actor, scheme_id=found.scheme.id, **sent("end"))
    if found.scheme.is_locked and allowed(actor, "schemes.unlock"):
        built["unlock"] = forms.UnlockForm(**sent("unlock"))
    if not found.scheme.is_locked and allowed(actor, "schemes.lock"):
        built["lock"] = forms.LockForm(**sent("lock"))
    return built


def _act(request: HttpRequest, actor: Actor, found: queries.Standing, built: dict[str, Any]) -> HttpResponse | int:
    """Do what was asked for; the status of the page when it was refused."""
    act = request.POST.get("act", "")
    permission, run = ACTS.get(act, ("schemes.unlock", commands.unlock))
    require(actor, permission)
    form = built.get(act)
    if form is None:
        return 409
    if not form.is_valid():
        return 422
    named = {} if act == "end" else {"scheme": found.scheme.reference}
    try:
        run(actor, **named, **form.values())
    except TanbiaoError as error:
        form.add_problem(error)
        return status_of(error)
    return redirect("schemes:scheme", reference=found.scheme.reference)


@access(PUBLIC)
@require_GET
def brought(request: HttpRequest, reference: str, name: str) -> HttpResponse:
    """Return the authority's document or artwork that opened a scheme."""
    data, media_type = queries.document(actor_of(request), reference, name)
    ending = "pdf" if media_type == "application/pdf" else "png"
    return attachment(data, media_type, f"{reference}-{name}.{ending}", inline=ending == "png")


@access(PUBLIC)
@require_GET
def paper(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """Return the document of a body's approval."""
    row, data = queries.paper(actor_of(request), approval_id)
    return attachment(data, "application/pdf", row.filename)


@access(PUBLIC)
@require_GET
def precheck(request: HttpRequest) -> HttpResponse:
    """Answer before anybody applies: which schemes are open and why not, what is missing, what a certificate takes."""
    actor = actor_of(request)
    asked = "category" in request.GET
    form = forms.PrecheckForm(request.GET if asked else None, actor=actor)
    found, status = [], 200
    if asked and form.is_valid():
        answers = form.answers()
        found = [show.outlook(one) for one in queries.outlooks(actor, answers)]
    elif asked:
        status = 422
    return render(request, "schemes/precheck.html", {"form": form, "found": found, "asked": asked}, status=status)


app_name = "schemes"
urlpatterns: list[URLPattern] = [
    path("precheck/", precheck, name="precheck"),
    path("schemes/", schemes, name="list"),
    path("schemes/approvals/<uuid:approval_id>/", paper, name="paper"),
    path("schemes/<str:reference>/", scheme, name="scheme"),
    path("schemes/<str:reference>/<str:name>/", brought, name="brought"),
]
