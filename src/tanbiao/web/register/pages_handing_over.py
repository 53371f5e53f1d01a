"""The holder's page for handing evidence on: some rows for a bank or a buyer, the whole for an authority or a court."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from tanbiao.core.findings import TanbiaoError
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import Actor, actor_of
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.language import current
from tanbiao.web.ledger.blobs import attachment
from tanbiao.web.problems import status_of
from tanbiao.web.register import handing_over, queries
from tanbiao.web.register.handing_over import Reader, suggested
from tanbiao.web.register.models import Certificate

PER_PAGE = 100


class ReadersForm(TanbiaoForm):
    """For whom a bundle is encrypted: organisations that have a key here, and others."""

    organisations = forms.MultipleChoiceField(
        label=_("Organisations with a reader's key"), required=False, widget=forms.CheckboxSelectMultiple
    )
    readers = forms.CharField(
        label=_("Other readers, one a line: an organisation's name or credit code, or a name and the public key"),
        max_length=8000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_('A reader without a key here makes one with "tanbiao seal key" and sends you the public line.'),
    )

    def __init__(self, certificate: Certificate, *args: Any) -> None:
        super().__init__(*args)
        choices = [(str(one.organisation.id), one.organisation.name(current())) for one in suggested(certificate)]
        if choices:
            self.fields["organisations"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["organisations"]

    def readers_of(self, actor: Actor) -> list[Reader]:
        """Return who was chosen and named, each once.

        Raises
        ------
        TanbiaoError
            What :func:`tanbiao.web.register.handing_over.readers_of` raises.
        """
        chosen = [handing_over.named(actor, one) for one in self.cleaned_data.get("organisations", ())]
        found = [*chosen, *handing_over.readers_of(actor, self.cleaned_data["readers"])]
        return list({reader.jwk["x"]: reader for reader in found}.values())


@access("register.consent")
@require_http_methods(["GET", "POST"])
def rows(request: HttpRequest, number: str) -> HttpResponse:
    """Choose rows of one's own certificate and download them with their proofs."""
    actor = actor_of(request)
    error, wanted = None, request.GET.get("q", "")[:200]
    if request.method == "POST":
        chosen = request.POST.getlist("row")
        try:
            shown_to = request.POST.get("shown_to", "")
            data = handing_over.disclose(actor, number=number, rows=chosen, shown_to=shown_to)
            return attachment(data, "application/zip", f"{number}-rows.zip")
        except TanbiaoError as refusal:
            error = refusal
    found, known = handing_over.rows(actor, number, wanted)
    page = Paginator(known, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "certificate": found,
        "page": page,
        "count": len(known),
        "q": wanted,
        "refusals": error.findings if error else (),
        "form": ReadersForm(found),
    }
    return render(request, "register/hand_over.html", context, status=status_of(error) if error else 200)


@access("register.unseal")
@require_POST
def seal(request: HttpRequest, number: str) -> HttpResponse:
    """Download the sealed bundle, encrypted for the readers that are named."""
    actor = actor_of(request)
    found = queries.certificate(actor, number)
    form = ReadersForm(found, request.POST)
    if form.is_valid():
        try:
            data = handing_over.seal_for(actor, number=number, readers=form.readers_of(actor))
            return attachment(data, "application/jose+json", f"{number}-sealed.json")
        except TanbiaoError as error:
            form.add_problem(error)
            return render(
                request, "register/hand_over.html", {"certificate": found, "form": form}, status=status_of(error)
            )
    return render(request, "register/hand_over.html", {"certificate": found, "form": form}, status=422)


urlpatterns = [
    path("certificates/<str:number>/hand-over/", rows, name="hand_over"),
    path("certificates/<str:number>/hand-over/sealed/", seal, name="seal"),
]
