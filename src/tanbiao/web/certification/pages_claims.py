"""The pages of claims: which kinds can be applied for without a footprint, the application, the claim stated anew."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.schemes import Scheme
from tanbiao.core.schemes.parts import Kind
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import Actor, actor_of
from tanbiao.web.certification import claims, commands, queries
from tanbiao.web.certification.forms_claims import ClaimApplyForm, ClaimForm, initial_of
from tanbiao.web.commanding import NotFound
from tanbiao.web.language import current
from tanbiao.web.problems import status_of
from tanbiao.web.schemes import queries as scheme_queries


def _open(actor: Actor) -> list[tuple[Scheme, Kind]]:
    schemes = scheme_queries.applicable(actor)
    return [(scheme, kind) for scheme in schemes for kind in scheme.kinds if kind.claim is not None]


@access("certification.apply")
@require_GET
def kinds(request: HttpRequest) -> HttpResponse:
    """Show the kinds of certification that rest on a claim."""
    lang = current()
    found = [
        {
            "scheme": scheme.reference,
            "scheme_title": scheme.title.best(lang),
            "id": kind.id,
            "title": kind.title.best(lang),
            "says": kind.claim.says.best(lang) if kind.claim else "",
            "note": kind.note.best(lang) if kind.note else "",
        }
        for scheme, kind in _open(actor_of(request))
    ]
    return render(request, "certification/claim_kinds.html", {"kinds": found})


@access("certification.apply")
@require_http_methods(["GET", "POST"])
def apply(request: HttpRequest, scheme: str, certification: str) -> HttpResponse:
    """Apply for a certification that rests on a claim."""
    actor = actor_of(request)
    found = next(
        ((held, kind) for held, kind in _open(actor) if (held.reference, kind.id) == (scheme, certification)), None
    )
    if found is None:
        raise NotFound.of("not_found")
    form, status = ClaimApplyForm(request.POST or None, request.FILES or None, actor=actor, kind=found[1]), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = commands.apply_with_claim(
                    actor,
                    body_id=UUID(form.cleaned_data["body_id"]),
                    scheme=scheme,
                    certification=certification,
                    claim=form.document(),
                    documents=form.uploads(),
                )
            except TanbiaoError as error:
                form.add_problem(error)
                status = status_of(error)
            else:
                messages.success(request, _("The application is sent."))
                return redirect("certification:case", case_id=made.id)
    lang, kind = current(), found[1]
    context = {
        "form": form,
        "title": kind.title.best(lang),
        "says": kind.claim.says.best(lang) if kind.claim else "",
        "note": kind.note.best(lang) if kind.note else "",
    }
    return render(request, "certification/claim.html", context, status=status)


@access("certification.apply")
@require_http_methods(["GET", "POST"])
def state_claim(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """State a case's claim anew."""
    actor = actor_of(request)
    case = queries.case(actor, case_id)
    kind = claims.kind_of(case)
    if kind is None or not case.is_of_claim or not actor.owns(case):
        raise NotFound.of("case_unknown", str(case_id))
    before = initial_of(claims.package_of(case)["claim"])
    form, status = ClaimForm(request.POST or None, kind=kind, initial=before), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                commands.state_claim(
                    actor, case_id=case_id, builds_on=request.POST.get("seen", ""), claim=form.document()
                )
            except TanbiaoError as error:
                form.add_problem(error)
                status = status_of(error)
            else:
                messages.success(request, _("The claim is stated."))
                return redirect("certification:case", case_id=case_id)
    context = {"form": form, "title": kind.title.best(current()), "case": case}
    return render(request, "certification/claim.html", context, status=status)


urlpatterns: list[URLPattern] = [
    path("applications/kinds/", kinds, name="claim_kinds"),
    path("applications/kinds/<str:scheme>/<slug:certification>/", apply, name="apply_with_claim"),
    path("cases/<uuid:case_id>/claim/", state_claim, name="state_claim"),
]
