"""The pages of what a row needs more than one line for: the records of its electricity, the legs of its transport."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from tanbiao.core.findings import TanbiaoError
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import Actor, actor_of
from tanbiao.web.commanding import NotFound
from tanbiao.web.problems import status_of
from tanbiao.web.studies import commands, intake, queries, supplies
from tanbiao.web.studies.forms_details import CLAIMED, SupplyDetails, TransportDetails

KINDS: Final = {
    "supply": (
        SupplyDetails,
        gettext_lazy("Records of this electricity"),
        gettext_lazy("Record of a claim"),
        gettext_lazy(
            "Power that is claimed counts as what it is only as far as these records show it; the rest counts as grid. "
            "A code may be used once: the claim ledger refuses a second use."
        ),
    ),
    "legs": (
        TransportDetails,
        gettext_lazy("Legs of this transport"),
        gettext_lazy("Leg"),
        gettext_lazy("Mass times distance of each leg. A distance of one's own beside two places needs its reason."),
    ),
}
"""Page → form, title, name of a record, explanation."""


def detail_of(row: Mapping[str, Any]) -> str:
    """Return the page that a row has besides its form; "" where it has none."""
    if "transport" in row:
        return "legs"
    return "supply" if (row.get("electricity") or {}).get("supply") in CLAIMED else ""


@access("studies.edit")
@require_http_methods(["GET", "POST"])
def details(request: HttpRequest, study_id: UUID, row_id: str, part: str) -> HttpResponse:
    """Show and save what a row needs more than one line for."""
    actor = actor_of(request)
    found = queries.study(actor, study_id)
    row = intake.find_row(queries.document(actor, study_id), row_id)
    if row is None or detail_of(row) != part:
        raise NotFound.of("row_unknown", row_id)
    kind, title, record, told = KINDS[part]
    form = kind.of(request.POST if request.method == "POST" else None, row)
    findings: list[dict[str, str]] = []
    status = 200
    if request.method == "POST" and not form.wants_more:
        status = 422
        if form.is_valid():
            parent = request.POST.get("expected_parent", "")[:80]
            changes = form.changes(row)
            try:
                commands.edit_row(actor, study_id=study_id, row_id=row_id, changes=changes, expected_parent=parent)
            except TanbiaoError as error:
                findings, status = form.say(error.findings), status_of(error)
            else:
                messages.success(request, _("Saved as the next revision."))
                return redirect("studies:details", study_id=study_id, row_id=row_id, part=part)
    context: dict[str, Any] = {"study": found, "form": form, "row": row, "row_id": row_id, "title": title}
    context |= {"record": record, "told": told, "findings": findings, "part": part}
    if isinstance(form, SupplyDetails) and request.method == "GET":
        context |= _covered(actor, study_id, row_id, form)
    return render(request, "studies/details.html", context, status=status)


def _covered(actor: Actor, study_id: UUID, row_id: str, form: SupplyDetails) -> dict[str, Any]:
    """Return what the records cover as they are stored, and put what they lack at its field."""
    found = next(item for item in supplies.covered(actor, study_id) if item.row == row_id)
    return {"covered": found.share, "remarks": form.say(found.findings)}
