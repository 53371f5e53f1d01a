"""The page of suppliers' own footprints: a file is checked, shown check by check, and taken into the study."""

from __future__ import annotations

import base64
import binascii
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.findings import render as say
from tanbiao.core.lca import supplier_words
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.commanding import Invalid
from tanbiao.web.language import current
from tanbiao.web.problems import status_of
from tanbiao.web.studies import moves, queries, show, suppliers
from tanbiao.web.studies.api_suppliers import offered_of

CARRIED = 200_000
"""Bytes of a checked file that the page keeps for the next button; a longer one is chosen again."""
BOUNDARIES = ("unstated", "cradle_to_gate", "cradle_to_grave", "gate_to_gate")
RECYCLING = (
    "unstated", "cut_off", "closed_loop", "circular_footprint_formula", "fifty_fifty", "upstream_system_expansion"
)  # fmt: skip


class SupplierForm(forms.Form):
    """A supplier's file and what is said beside it."""

    file = forms.FileField(label=gettext_lazy("Supplier's footprint (PACT 3 or 2, Catena-X; .json)"), required=False)
    row = forms.ChoiceField(
        label=gettext_lazy("Row that takes it"),
        required=False,
        help_text=gettext_lazy("Its present factor is replaced. It may be chosen later, too."),
    )
    boundary = forms.ChoiceField(label=gettext_lazy("System boundary, where the file does not say"), required=False)
    recycling = forms.ChoiceField(label=gettext_lazy("Recycling method, where the file does not say"), required=False)
    offsets = forms.ChoiceField(label=gettext_lazy("Offsets taken off the figure"), required=False)
    power = forms.ChoiceField(label=gettext_lazy("Green power that lowers the figure"), required=False)
    certificates = forms.CharField(
        label=gettext_lazy("Its certificates"),
        required=False,
        max_length=4000,
        help_text=gettext_lazy("Numbers, separated by commas"),
    )
    accept_unverified = forms.CharField(
        label=gettext_lazy("Why one that nobody verified is taken"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("Leave empty where only verified footprints are taken."),
    )
    carried = forms.CharField(required=False, widget=forms.HiddenInput)
    filename = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)

    def __init__(self, *args: Any, rows: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lang = current()

        def words(*codes: str) -> list[tuple[str, str]]:
            return [(code, supplier_words.value(code, lang)) for code in codes]

        fields: Any = self.fields
        fields["row"].choices = [("", _("none yet")), *rows]
        fields["boundary"].choices = words(*BOUNDARIES)
        fields["recycling"].choices = words(*RECYCLING)
        fields["offsets"].choices = words("unstated", "none", "taken_off")
        fields["power"].choices = [*words("unstated", "none"), ("certificates", _("yes, by certificates"))]
        for field in self.fields.values():
            is_choice = isinstance(field.widget, forms.Select)
            field.widget.attrs["class"] = "form-select" if is_choice else "form-control"

    def offered(self) -> suppliers.Offered:
        """Return the file with what is said beside it.

        Raises
        ------
        Invalid
            ``file_missing``
        """
        data, stated = self.cleaned_data, dict(self.cleaned_data)
        for key in ("boundary", "recycling", "offsets", "power"):
            stated[key] = stated[key] or "unstated"
        if data["file"] is not None:
            content = data["file"].read()
        else:
            try:
                content = base64.b64decode(data["carried"], validate=True)
            except (binascii.Error, ValueError):
                content = b""
        if not content:
            raise Invalid.of("file_missing", "file")
        return offered_of(stated, content)


@access("studies.view")
@require_http_methods(["GET", "POST"])
def suppliers_page(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Show the footprints that the study carries; check a file, take it, or remove one."""
    actor, lang = actor_of(request), current()
    found = queries.study(actor, study_id)
    context: dict[str, Any] = {"findings": []}
    status, form = 200, None
    if found.head is not None:
        form = SupplierForm(request.POST or None, request.FILES or None, rows=_rows(request, study_id))
    if request.method == "POST":
        try:
            if form is None:
                queries.revision(actor, study_id)
            elif _acted(request, study_id, form, context):
                return redirect("studies:suppliers", study_id=study_id)
        except TanbiaoError as error:
            if not context.get("offer"):
                context["findings"] = [say(item, lang) for item in error.findings]
            status = status_of(error)
    context |= {
        "study": found,
        "state_name": show.state(found.state, lang),
        "head": found.head,
        "mine": actor.owns(found),
        "editable": found.state in moves.EDITABLE and actor.owns(found),
        "form": _again(request, study_id, form, context),
        "items": [
            (item, supplier_words.value(item.part.verification, lang), suppliers.checks_json(item, lang))
            for item in (suppliers.standing(actor, study_id) if found.head else [])
        ],
    }
    return render(request, "studies/suppliers.html", context, status=status)


def _acted(request: HttpRequest, study_id: UUID, form: SupplierForm, context: dict[str, Any]) -> bool:
    """Carry out what a form of the page asks for; return whether the study changed."""
    actor, act, parent = actor_of(request), request.POST.get("act", ""), request.POST.get("expected_parent", "")
    if act == "drop":
        suppliers.drop(actor, study_id=study_id, key=request.POST.get("key", "")[:64], expected_parent=parent)
        messages.success(request, _("The footprint is removed."))
        return True
    if not form.is_valid():
        raise Invalid.of("file_missing", "file")
    offered = form.offered()
    offer = suppliers.assess(actor, study_id, offered)
    upload = request.FILES.get("file")
    name = (upload.name if upload is not None else form.cleaned_data["filename"]) or "footprint.json"
    context |= {
        "offer": offer,
        "checks": suppliers.checks_json(offer, current()),
        "told": [say(item, current()) for item in offer.findings],
        "carried": base64.b64encode(offered.data).decode() if len(offered.data) <= CARRIED else "",
        "filename": name,
    }
    if act != "take":
        return False
    suppliers.take(actor, study_id=study_id, offered=offered, filename=name, expected_parent=parent)
    messages.success(request, _("The footprint is taken as a new revision. Calculate it to see the new figure."))
    return True


def _again(request: HttpRequest, study_id: UUID, form: SupplierForm | None, context: dict[str, Any]) -> Any:
    """Return the form with what was entered, and the checked file where it is short enough to be kept on the page."""
    if form is None or "offer" not in context:
        return form
    entered = {key: form.cleaned_data[key] for key in form.fields if key not in ("file", "carried", "filename")}
    kept = {"carried": context["carried"], "filename": context["filename"]}
    return SupplierForm(initial=entered | kept, rows=_rows(request, study_id))


def _rows(request: HttpRequest, study_id: UUID) -> list[tuple[str, str]]:
    """Return the rows that may take a footprint: those with an amount of something that comes in."""
    lang = current()
    found = []
    for _path, row in queries.parsed(actor_of(request), study_id).rows():
        if row.activity in (None, "from") and not (row.from_ or "").startswith("process/"):
            found.append((row.id, f"{row.id} · {row.name.best(lang) if row.name else row.from_ or ''}"))
    return found
