"""Pages of rights and obligations: an organisation's own, and the operator's."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tanbiao.core.findings import TanbiaoError
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.bodies import commands, forms, obligations, queries
from tanbiao.web.commanding import allowed
from tanbiao.web.problems import status_of


@access("bodies.oblige")
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """Show the versions that bind the reader's organisation, and who accepted which."""
    actor = actor_of(request)
    found = queries.obligation_texts(actor)
    context = {
        "newest": found[0] if found else None,
        "older": found[1:],
        "may_accept": allowed(actor, "bodies.accept", actor.organisation),
    }
    return render(request, "bodies/obligations.html", context)


@access("bodies.accept")
@require_POST
def accept(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """Accept the version in force."""
    seen = request.POST.get("seen", "")
    commands.accept_obligations(actor_of(request), document_id=document_id, seen=seen)
    messages.success(request, _("Accepted; the proof can be downloaded."))
    return redirect("bodies:obligations")


@access("bodies.oblige")
@require_GET
def proof(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """Return the proof of an acceptance."""
    found = queries.acceptance(actor_of(request), document_id)
    response = JsonResponse(obligations.proof_of(found), json_dumps_params={"indent": 2})
    name = f"obligations-{found.document.kind}-{found.document.version}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@access("bodies.publish")
@require_http_methods(["GET", "POST"])
def publish(request: HttpRequest) -> HttpResponse:
    """Show every version, and publish a new one."""
    actor, status = actor_of(request), 200
    form = forms.ObligationForm(request.POST or None)
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                commands.publish_obligations(actor, **form.cleaned_data)
            except TanbiaoError as error:
                form.add_problem(error)
                status = status_of(error)
            else:
                messages.success(request, _("The new version is in force; everybody is asked again."))
                return redirect("bodies:publish")
    context = {"texts": queries.published_obligations(actor), "form": form}
    return render(request, "bodies/publish.html", context, status=status)


urlpatterns: list[URLPattern] = [
    path("organisation/obligations/", mine, name="obligations"),
    path("organisation/obligations/<uuid:document_id>/accept/", accept, name="accept"),
    path("organisation/obligations/<uuid:document_id>/proof/", proof, name="proof"),
    path("obligations/", publish, name="publish"),
]
