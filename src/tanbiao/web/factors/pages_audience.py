"""The page of audiences: which releases are for whom, by what right, since when; who installs releases changes it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from tanbiao.core.findings import TanbiaoError
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.factors import audiences, commands, queries
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.problems import status_of


class NamedOrganisations(forms.CharField):
    """Organisations by id or unified social credit code, one a line."""

    def __init__(self) -> None:
        super().__init__(
            label=gettext_lazy("Only for these organisations"),
            required=False,
            max_length=20_000,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text=gettext_lazy(
                "Id or unified social credit code, one a line; the owner of a licensed database and whom its licence "
                "lets use it. Empty: everybody."
            ),
        )

    def to_python(self, value: Any) -> Any:
        """Return the lines."""
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]


def basis_field() -> forms.CharField:
    """Return the field that says by what right data that may not be passed on are used."""
    return forms.CharField(
        label=gettext_lazy("By what right they use it"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Licence, contract, or where the data are from; needed if they may not be passed on."),
    )


class AudienceForm(TanbiaoForm):
    """Whom a release is for; one that is not installed yet is installed for them."""

    name = forms.CharField(label=gettext_lazy("Release"), max_length=80)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key, field in (("only_for", NamedOrganisations()), ("basis", basis_field())):
            field.widget.attrs["class"] = "form-control"
            self.fields[key] = field


@access("factors.install_release")
@require_http_methods(["GET", "POST"])
def audience(request: HttpRequest) -> HttpResponse:
    """Show whom each release is for, with its history; change it, or install a release for some alone."""
    actor = actor_of(request)
    rows = list(queries.managed(actor))
    asked = request.GET.get("release", "")[:80]
    chosen = next((row for row in rows if row.name == asked), None)
    told = queries.audiences(rows)
    first: dict[str, Any] = {"name": asked}
    if chosen is not None:
        first["only_for"] = "\n".join(one.uscc or str(one.id) for one in told.get(chosen.id, ()))
    form = AudienceForm(request.POST or None, initial=first)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            values = form.cleaned_data
            known = any(row.name == values["name"] for row in rows)
            try:
                (audiences.change_audience if known else commands.install_release)(actor, **values)
            except TanbiaoError as error:
                form.add_problem(error)
                status = status_of(error)
            else:
                messages.success(request, _("It is written whom %(name)s is for.") % {"name": values["name"]})
                return redirect(f"{reverse('factors:audience')}?{urlencode({'release': values['name']})}")
    context = {
        "rows": [(row, told.get(row.id, [])) for row in rows],
        "chosen": chosen,
        "lines": audiences.history([chosen]).get(chosen.id, []) if chosen else [],
        "form": form,
    }
    return render(request, "factors/audience.html", context, status=status)
