"""The page on which a team records the reduction commitment of a case."""

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
from django.views.decorators.http import require_http_methods

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.verification.reduction import KINDS, NEVER, Measure
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.certification import commands, queries
from tanbiao.web.certification.words import MEASURE_WORDS
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.problems import status_of

LINES = 6
"""Lines of measures that the form offers."""


class CommitmentForm(TanbiaoForm):
    """Baseline, target and measures."""

    baseline = forms.CharField(label=gettext_lazy("Baseline, in the unit of the sealed result"), max_length=40)
    baseline_year = forms.IntegerField(label=gettext_lazy("Year of the baseline"), min_value=1990, max_value=2200)
    target = forms.CharField(label=gettext_lazy("Target, in the same unit"), max_length=40)
    target_year = forms.IntegerField(label=gettext_lazy("Year of the target"), min_value=1990, max_value=2200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [("", "—"), *((code, MEASURE_WORDS[code]) for code in (*KINDS, *NEVER))]
        for line in range(LINES):
            label = {"number": line + 1}
            self.fields[f"kind-{line}"] = forms.ChoiceField(
                label=_("Measure %(number)d: kind") % label, choices=kinds, required=False
            )
            self.fields[f"text-{line}"] = forms.CharField(
                label=_("Measure %(number)d: what is done") % label, max_length=1000, required=False
            )
            self.fields[f"saving-{line}"] = forms.CharField(
                label=_("Measure %(number)d: saving") % label, max_length=40, required=False
            )
            for name, dress in (("kind", "form-select"), ("text", "form-control"), ("saving", "form-control")):
                self.fields[f"{name}-{line}"].widget.attrs["class"] = dress

    def values(self) -> dict[str, Any]:
        """Return the arguments of *record_commitment*."""
        data = self.cleaned_data
        lines = [Measure(data[f"kind-{at}"], data[f"text-{at}"], data[f"saving-{at}"]) for at in range(LINES)]
        kept = {name: data[name] for name in ("baseline", "baseline_year", "target", "target_year")}
        return {**kept, "measures": [line for line in lines if line.kind or line.text.strip()]}


@access("certification.verify")
@require_http_methods(["GET", "POST"])
def commitment(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Record the commitment."""
    actor = actor_of(request)
    case = queries.body_case(actor, case_id)
    form, status = CommitmentForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                commands.record_commitment(actor, case_id=case_id, **form.values())
            except TanbiaoError as error:
                form.add_problem(error)
                status = status_of(error)
            else:
                messages.success(request, _("The commitment is recorded."))
                return redirect("certification:case", case_id=case_id)
    return render(request, "certification/commitment.html", {"case": case, "form": form}, status=status)


urlpatterns: list[URLPattern] = [path("cases/<uuid:case_id>/commitment/", commitment, name="commitment")]
