"""Addresses of barcodes and identifiers: GS1 Digital Link with linksets, and identifiers of the industrial Internet."""

from __future__ import annotations

from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, re_path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from tanbiao.core import identifiers
from tanbiao.core.findings import TanbiaoError
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.commanding import NotFound
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.language import current
from tanbiao.web.problems import status_of
from tanbiao.web.register import queries, resolving, show
from tanbiao.web.register.models import Entry

OWN_PARAMETERS = ("linkType", "context")
QUALIFIERS = r"(?P<rest>(?:/(?:22|10|21|235)/[^/]{1,40}){0,4})"


@access(PUBLIC)
@require_safe
def digital_link(request: HttpRequest, gtin: str, rest: str = "") -> HttpResponse:
    """Resolve ``/01/{GTIN}[/22/…][/10/{lot}][/21/{serial}]``: to the product's page, or to a linkset."""
    entry = resolving.entry_of(actor_of(request), "gtin", gtin)
    anchor = f"{settings.TANBIAO_BASE_URL.rstrip('/')}/01/{identifiers.gtin14(gtin)}{rest}"
    return _resolved(request, entry, anchor)


@access(PUBLIC)
@require_safe
def industrial(request: HttpRequest, identifier: str) -> HttpResponse:
    """Resolve an identifier of the industrial Internet: here, or at the resolver that the operator has set."""
    try:
        entry = resolving.entry_of(actor_of(request), "iiid", identifier)
    except NotFound:
        elsewhere = resolving.hook_of(identifier)
        if not elsewhere:
            raise
        return _to(elsewhere)
    anchor = f"{settings.TANBIAO_BASE_URL.rstrip('/')}/iiid/{identifier}"
    return _resolved(request, entry, anchor)


def _resolved(request: HttpRequest, entry: Entry, anchor: str) -> HttpResponse:
    wanted = request.GET.get("linkType", "").removeprefix("gs1:").removeprefix(resolving.GS1)
    accepts = request.headers.get("Accept", "")
    if wanted in ("all", "linkset") or (not wanted and resolving.LINKSET in accepts):
        response: HttpResponse = JsonResponse(
            resolving.linkset(entry, anchor), json_dumps_params={"ensure_ascii": False}
        )
        response["Content-Type"] = resolving.LINKSET
        response["Access-Control-Allow-Origin"] = "*"
        response["Vary"] = "Accept"
        return response
    offered = resolving.links(entry)
    if wanted and wanted != "defaultLink" and wanted not in offered:
        raise NotFound.of("link_type_unknown", wanted[:40], known=", ".join(f"gs1:{name}" for name in offered))
    target = offered[wanted if wanted in offered else "pip"][0]
    if wanted == "sustainabilityInfo" and "application/json" in accepts:
        target = resolving.pact_address(entry) or target
    kept = [(name, value) for name, value in request.GET.items() if name not in OWN_PARAMETERS]
    response = _to(f"{target}?{urlencode(kept)}" if kept else target)
    response["Vary"] = "Accept"
    response["Link"] = f'<{anchor}?linkType=all>; rel="linkset"; type="{resolving.LINKSET}"'
    return response


def _to(address: str) -> HttpResponseRedirect:
    response = HttpResponseRedirect(address)
    response.status_code = 307
    response["Access-Control-Allow-Origin"] = "*"
    return response


@access(PUBLIC)
@require_safe
def description(request: HttpRequest) -> HttpResponse:
    """Describe this resolver, as GS1 asks for at ``/.well-known/gs1resolver``."""
    base = settings.TANBIAO_BASE_URL.rstrip("/")
    response = JsonResponse(
        {
            "name": "Tanbiao 碳标",
            "resolverRoot": base,
            "supportedPrimaryKeys": ["01"],
            "linkTypeDefaultCanBeLinkset": False,
            "supportedLinkType": [
                {"namespace": resolving.GS1, "prefix": "gs1", "profile": f"{base}/open-data/"},
            ],
        }
    )
    response["Access-Control-Allow-Origin"] = "*"
    return response


class IdentifiersForm(TanbiaoForm):
    """The barcodes and identifiers of a certificate, one a line."""

    gtins = forms.CharField(
        label=gettext_lazy("Barcodes (GTIN), one a line"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Behind a space you may name the model that it stands for."),
    )
    iiids = forms.CharField(
        label=gettext_lazy("Identifiers of the industrial Internet, one a line"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Prefix of your second-level node, a slash, and your own code."),
    )

    def wanted(self) -> list[resolving.Identifier]:
        """Return the list."""
        made = []
        for scheme, name in (("gtin", "gtins"), ("iiid", "iiids")):
            for line in self.cleaned_data[name].splitlines():
                value, _space, model = line.strip().partition(" ")
                if value:
                    made.append(resolving.Identifier(scheme, value, model.strip()))
        return made


@access("register.consent")
@require_http_methods(["GET", "POST"])
def set_identifiers(request: HttpRequest, number: str) -> HttpResponse:
    """Say by which barcodes and identifiers one's own certified product is known."""
    actor = actor_of(request)
    found = queries.certificate(actor, number)
    if not actor.owns(found):
        raise NotFound.of("certificate_unknown", number)
    status = 200
    if request.method == "POST":
        form = IdentifiersForm(request.POST)
        if form.is_valid():
            try:
                resolving.set_identifiers(actor, number=number, identifiers=form.wanted())
            except TanbiaoError as error:
                form.add_problem(error)
                status = status_of(error)
            else:
                messages.success(request, _("Saved."))
                return redirect("register:identifiers", number=number)
    else:
        known = queries.identifiers(number)
        lines = {
            f"{scheme}s": "\n".join(f"{row.value} {row.model}".strip() for row in known if row.scheme == scheme)
            for scheme in identifiers.SCHEMES
        }
        form = IdentifiersForm(initial=lines)
    context = {"form": form, "card": show.card(found, current()), "number": number}
    return render(request, "register/identifiers.html", context, status=status)


urlpatterns: list[URLPattern] = [
    re_path(rf"^01/(?P<gtin>[0-9]{{8,14}}){QUALIFIERS}$", digital_link, name="digital_link"),
    path("iiid/<path:identifier>", industrial, name="industrial"),
    path(".well-known/gs1resolver", description, name="gs1resolver"),
    path("certificates/<str:number>/identifiers/", set_identifiers, name="identifiers"),
]
