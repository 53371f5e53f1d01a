"""What a study's result page shows of waivers, and asking for one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.findings import render as say
from tanbiao.core.rules.outcome import title
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import Actor, actor_of
from tanbiao.web.commanding import allowed
from tanbiao.web.language import current
from tanbiao.web.studies import moves, waiver_requests
from tanbiao.web.studies.models import Study


def shown(actor: Actor, study: Study) -> dict[str, Any]:
    """Return the requests of a study and what may be asked for, in words."""
    lang = current()
    may = study.state in moves.EDITABLE and actor.owns(study) and allowed(actor, "studies.edit", study)
    open_items = waiver_requests.may_be_asked(actor, study.id) if may else ()
    return {
        "waiver_requests": [
            (title(None, one["check"], lang), one) for one in waiver_requests.requests(actor, study.id)
        ],
        "may_ask_waiver": may,
        "waivers_to_ask": [
            (title(None, item.check, lang), item, [say(one, lang) for one in item.findings]) for item in open_items
        ],
    }


def _changed(request: HttpRequest, study_id: UUID, run: Any, done: str, **values: str) -> HttpResponse:
    """Run a change of the document; a refusal stands above the page that it came from."""
    places = {name: request.POST.get(name, "")[:80] for name in ("check", "process", "expected_parent")}
    try:
        run(actor_of(request), study_id=study_id, **places, **values)
    except TanbiaoError as error:
        for item in error.findings:
            told = say(item, current())
            messages.error(request, f"{told['message']} {told['remedy']}")
        return redirect("studies:result", study_id=study_id)
    messages.success(request, done)
    return redirect("studies:study", study_id=study_id)


@access("studies.edit")
@require_POST
def ask(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Ask for a waiver in the next revision."""
    done = _("The request stands in the next revision. Calculate it again.")
    reason = request.POST.get("reason", "")[:4000]
    return _changed(request, study_id, waiver_requests.ask_waiver, done, reason=reason)


@access("studies.edit")
@require_POST
def take_back(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Take a request out of the next revision."""
    done = _("The request is taken out of the next revision. Calculate it again.")
    return _changed(request, study_id, waiver_requests.take_back_request, done)
