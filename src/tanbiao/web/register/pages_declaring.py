"""Pages of figures that are no certificates: the public page of one, and the holder's list and choices."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from tanbiao.core.findings import TanbiaoError
from tanbiao.web import clock
from tanbiao.web.access import PUBLIC, access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.commanding import NotFound
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.language import current
from tanbiao.web.problems import status_of
from tanbiao.web.register import declaring, finding, pact_declared, records, show, words
from tanbiao.web.register.models import Declaration


class FieldsForm(TanbiaoForm):
    """Which further fields the public sees."""

    shown = forms.MultipleChoiceField(
        label=gettext_lazy("Shown besides the figure"),
        choices=[(name, words.CONSENT_WORDS[name]) for name in declaring.OPTIONAL],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


class ProductionForm(TanbiaoForm):
    """Yearly production, for the open statistics."""

    amount = forms.CharField(
        label=gettext_lazy("Made in a year, in declared units"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("Public, with your name on it. Leave it empty to hide it again."),
    )
    year = forms.IntegerField(label=gettext_lazy("Year"), min_value=declaring.FIRST_YEAR)


class EndForm(TanbiaoForm):
    """Why a figure is withdrawn."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        choices=[(code, words.WITHDRAWN_WORDS[code]) for code in declaring.WITHDRAWN_BECAUSE],
    )


def production_form(number: str) -> ProductionForm:
    """Return the form of a number's yearly production, filled with what is public of it."""
    return ProductionForm(initial=records.production_of(number) or {"year": clock.today().year - 1})


@access(PUBLIC)
@require_safe
def declaration(request: HttpRequest, number: str) -> HttpResponse:
    """Show a figure that is no certificate."""
    found = declaring.declaration(actor_of(request), number)
    return render(request, "register/declaration.html", shown(found))


def shown(found: Declaration) -> dict[str, Any]:
    """Return what the page of a figure shows: its published record, and nothing else."""
    record, lang = records.record_of_declaration(found), current()
    holder = record["holder"]
    return {
        "card": show.card_of(record, lang),
        "record": record,
        "holder": holder[lang] or holder["zh"],
        "stages": show.stages_of(record["stages"]),
        "by_kind": show.by_kind(record.get("kinds"), lang),
        "stage_picture": show.stage_picture(record["stages"], record["unit"], lang),
        "quality": show.quality_of(record["quality"]),
        "primary_share": show.share_of(record["primary_share"]),
        "electricity": ", ".join(
            str(words.SUPPLY_WORDS.get(name, name)) for name in record["electricity_basis"].split(" + ")
        ),
        "reason": words.WITHDRAWN_WORDS.get(found.reason, ""),
        "hidden": [words.CONSENT_WORDS[name] for name in record["not_published"] if name != records.PACT],
        "pact": record.get(records.PACT),
        "pact_refusals": pact_declared.reasons(found),
    }


@access(PUBLIC)
@require_safe
def pact_document(request: HttpRequest, number: str) -> HttpResponse:
    """Hand out a figure's footprint for PACT, as far as its holder publishes it."""
    body = pact_declared.published(declaring.declaration(actor_of(request), number))
    response = JsonResponse(body, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Access-Control-Allow-Origin"] = "*"
    return response


@access("register.declare")
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """Show the figures that one's organisation has published."""
    rows = list(declaring.mine(actor_of(request))[:200])
    cards = [show.card_of(records.record_of_declaration(row)) for row in rows]
    return render(request, "register/declarations.html", {"cards": cards})


@access("register.declare")
@require_safe
def manage(request: HttpRequest, number: str) -> HttpResponse:
    """Show what the holder may do with a figure."""
    return _manage(request, number)


def _manage(
    request: HttpRequest, number: str, *, form: ProductionForm | None = None, error: TanbiaoError | None = None
) -> HttpResponse:
    actor = actor_of(request)
    found = declaring.declaration(actor, number)
    if not actor.owns(found):
        raise NotFound.of("declaration_unknown", number)
    context = shown(found) | {
        "declaration": found,
        "fields_form": FieldsForm(initial={"shown": found.shown}),
        "production_form": form or production_form(number),
        "end_form": EndForm(),
        "refusals": error.findings if error else (),
    }
    status = status_of(error) if error else (422 if form is not None else 200)
    return render(request, "register/declaration_manage.html", context, status=status)


@access("register.declare")
@require_POST
def publish(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Publish the figure of a study."""
    made = declaring.declare(actor_of(request), study_id=study_id, kind=request.POST.get("kind", ""))
    messages.success(request, _("The figure is public. You decide here what else is shown of it."))
    return redirect("register:manage_declaration", number=made.number)


@access("register.declare")
@require_POST
def fields(request: HttpRequest, number: str) -> HttpResponse:
    """Set which further fields the public sees."""
    form = FieldsForm(request.POST)
    if not form.is_valid():
        return _manage(request, number)
    try:
        declaring.show_fields(actor_of(request), number=number, shown=tuple(form.cleaned_data["shown"]))
    except TanbiaoError as error:
        return _manage(request, number, error=error)
    messages.success(request, _("Saved."))
    return redirect("register:manage_declaration", number=number)


@access("register.declare")
@require_POST
def end(request: HttpRequest, number: str) -> HttpResponse:
    """Withdraw a figure."""
    try:
        declaring.withdraw(actor_of(request), number=number, reason=request.POST.get("reason", ""))
    except TanbiaoError as error:
        return _manage(request, number, error=error)
    messages.success(request, _("The figure is withdrawn; its page says so."))
    return redirect("register:manage_declaration", number=number)


@access("register.consent")
@require_POST
def production(request: HttpRequest, number: str) -> HttpResponse:
    """State the yearly production of a certificate's or figure's product, or hide it."""
    actor, form = actor_of(request), ProductionForm(request.POST)
    entry = finding.entry(actor, number)
    certified = entry is not None and entry.kind == "certified"
    if form.is_valid():
        try:
            declaring.state_production(actor, number=number, **form.cleaned_data)
        except TanbiaoError as error:
            form.add_problem(error)
        else:
            messages.success(request, _("Saved."))
    if certified:
        for problem in form.errors.values():
            messages.error(request, "; ".join(map(str, problem)))
        return redirect("register:manage", number=number)
    return (
        _manage(request, number, form=form) if form.errors else redirect("register:manage_declaration", number=number)
    )


urlpatterns = [
    path("d/<str:number>", declaration, name="declaration"),
    path("d/<str:number>/pact.json", pact_document, name="declared_pact"),
    path("declarations/", mine, name="declarations"),
    path("declarations/<str:number>/", manage, name="manage_declaration"),
    path("declarations/<str:number>/fields/", fields, name="declaration_fields"),
    path("declarations/<str:number>/end/", end, name="end_declaration"),
    path("declarations/<str:number>/production/", production, name="production"),
    path("declarations/of/<uuid:study_id>/", publish, name="declare"),
]
