"""The page of a study's critical reviews: who was asked, what was recorded, a record to bring in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.findings import render as say
from tanbiao.core.strict_text import parse_text
from tanbiao.formats import yaml_study
from tanbiao.web.access import access
from tanbiao.web.accounts import queries as accounts
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.commanding import Invalid
from tanbiao.web.language import current
from tanbiao.web.ledger.blobs import attachment
from tanbiao.web.problems import status_of
from tanbiao.web.studies import intake, queries, reviewing, show


@access("studies.view")
@require_http_methods(["GET", "POST"])
def reviews(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Show the reviews; bring in a record; ask an organisation to review, or end its sight."""
    actor, lang = actor_of(request), current()
    found = queries.study(actor, study_id)
    findings: list[dict[str, str]] = []
    status = 200
    if request.method == "POST":
        try:
            _act(request, study_id)
        except TanbiaoError as error:
            findings, status = [say(item, lang) for item in error.findings], status_of(error)
        else:
            messages.success(request, _("Done."))
            return redirect("studies:reviews", study_id=study_id)
    context: dict[str, Any] = {
        "study": found,
        "state_name": show.state(found.state, lang),
        "head": found.head,
        "mine": actor.owns(found),
        "items": reviewing.reviews(actor, study_id),
        "asked": reviewing.asked(actor, study_id),
        "bodies": accounts.public_organisations(actor),
        "calculated": found.head is not None and queries.latest_result(actor, study_id) is not None,
        "findings": findings,
    }
    return render(request, "studies/reviews.html", context, status=status)


def _act(request: HttpRequest, study_id: UUID) -> None:
    """Carry out what a form of the page asks for."""
    actor, act = actor_of(request), request.POST.get("act", "")
    if act in ("invite", "end"):
        organisation = _id_of(request.POST.get("organisation", ""))
        command = reviewing.invite if act == "invite" else reviewing.end_invitation
        command(actor, study_id=study_id, organisation_id=organisation)
        return
    file = request.FILES.get("file")
    if file is None:
        raise Invalid.of("file_missing", "file")
    try:
        document, _places = parse_text(file.read())
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error
    reviewing.record(actor, study_id=study_id, document=document)


def _id_of(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Invalid.of("organisation_unknown", "organisation") from error


@access("studies.view")
@require_GET
def review_template(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Return a record to fill in, with the hashes of what is to be reviewed."""
    body = reviewing.template(actor_of(request), study_id)
    return attachment(yaml_study.dump(body), intake.MEDIA_TYPES["yaml"], "critical-review.yaml")


@access("studies.view")
@require_GET
def review_file(request: HttpRequest, study_id: UUID, review_id: UUID, suffix: str) -> HttpResponse:
    """Return a record as a document."""
    return reviewing.document_file(actor_of(request), study_id, review_id, suffix, current())
