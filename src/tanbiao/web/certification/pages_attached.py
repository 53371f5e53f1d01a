"""The page on which an applicant attaches certificates of other kinds to his case."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.schemes.attached import Attached
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.certification import commands, queries
from tanbiao.web.certification.models import Case
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.language import current
from tanbiao.web.ledger.blobs import attachment
from tanbiao.web.problems import status_of
from tanbiao.web.schemes import queries as scheme_queries
from tanbiao.web.uploads import Upload


class AttachForm(TanbiaoForm):
    """A certificate of another kind."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind of certificate"))
    standard = forms.CharField(label=gettext_lazy("Standard"), max_length=120)
    number = forms.CharField(label=gettext_lazy("Number of the certificate"), max_length=120)
    body_name = forms.CharField(label=gettext_lazy("Issued by"), max_length=200)
    holder_id = forms.CharField(label=gettext_lazy("Credit code of its holder"), max_length=60)
    valid_from = forms.DateField(
        label=gettext_lazy("Valid from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    valid_until = forms.DateField(
        label=gettext_lazy("Valid until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    file = forms.FileField(label=gettext_lazy("The certificate (PDF or picture)"))

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"holder_id": case.owner.uscc or case.owner.foreign_id})
        super().__init__(*args, **kwargs)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        kinds = scheme_queries.scheme(case.scheme).kinds
        field.choices = [(one.id, one.title.best(current())) for one in kinds if one.carbon == "indirect"]

    def certificate(self) -> Attached:
        """Return what was typed."""
        data = {key: value for key, value in self.cleaned_data.items() if key != "file"}
        days = {key: data.pop(key).isoformat() for key in ("valid_from", "valid_until")}
        return Attached(**data, **days)


@access("certification.apply")
@require_http_methods(["GET", "POST"])
def attach(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Attach a certificate; a refusal comes back on the form."""
    actor = actor_of(request)
    case = queries.case(actor, case_id)
    form = AttachForm(request.POST or None, request.FILES or None, case=case)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            sent = form.cleaned_data["file"]
            upload = Upload(sent.name, sent.content_type or "", sent.read())
            try:
                commands.attach_certificate(actor, case_id=case_id, certificate=form.certificate(), upload=upload)
            except TanbiaoError as error:
                form.add_problem(error)
                status = status_of(error)
            else:
                messages.success(request, _("The certificate is attached."))
                return redirect("certification:case", case_id=case_id)
    return render(request, "certification/attach.html", {"case": case, "form": form}, status=status)


@access("certification.view")
@require_GET
def attached_file(request: HttpRequest, attached_id: UUID) -> HttpResponse:
    """Download an attached certificate."""
    found, data = queries.attached_file(actor_of(request), attached_id)
    return attachment(data, found.media_type, found.filename)


urlpatterns: list[URLPattern] = [
    path("cases/<uuid:case_id>/attach/", attach, name="attach"),
    path("cases/attached/<uuid:attached_id>/", attached_file, name="attached_file"),
]
