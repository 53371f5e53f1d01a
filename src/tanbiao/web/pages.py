"""Pages that belong to no feature: the first page after log-in, the choice of language, icons."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from tanbiao.web.access import PUBLIC, SIGNED_IN, access
from tanbiao.web.commanding import NotFound
from tanbiao.web.language import CODES, remember


@access(SIGNED_IN)
@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """Show the working places of the signed-in person."""
    return render(request, "desk.html")


@access(PUBLIC)
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Keep the reader's language and go back to where they were."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = "/"
    response = HttpResponseRedirect(target)
    remember(response, CODES.get(request.POST.get("lang", "").lower(), "zh-hans"))
    return response


@access(PUBLIC)
def no_mail(request: HttpRequest) -> HttpResponse:
    """Answer for what the log-in library would do by mail, which this platform does not send."""
    raise NotFound.of("no_mail")


urlpatterns: list[URLPattern] = [
    path("desk/", desk, name="desk"),
    path("language/", set_language, name="language"),
    path("accounts/password/reset/", no_mail),
    path("accounts/email/", no_mail),
    path("accounts/confirm-email/", no_mail),
]
