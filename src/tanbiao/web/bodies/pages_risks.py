"""The page of a body's register of risks to impartiality."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tanbiao.core.findings import TanbiaoError
from tanbiao.web import clock
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import Actor, actor_of
from tanbiao.web.bodies import commands, forms, queries, words
from tanbiao.web.bodies.impartiality import HIGH, is_high
from tanbiao.web.commanding import NotFound, allowed
from tanbiao.web.forms import TanbiaoForm
from tanbiao.web.language import current
from tanbiao.web.problems import status_of

ACTS: dict[str, tuple[type[TanbiaoForm], Callable[..., Any]]] = {
    "mitigate": (forms.MitigateForm, commands.mitigate_risk),
    "reopen": (forms.ReopenForm, commands.reopen_risk),
    "close": (forms.TextForm, commands.close_risk),
}
OPEN_TO = {"open": ("mitigate", "close"), "mitigated": ("mitigate", "reopen", "close"), "closed": ("reopen",)}
"""State of a risk → the acts that are possible."""


def _new(actor: Actor, *args: Any) -> forms.RiskForm:
    people = [(str(one.id), one.name(current())) for one in queries.members(actor)]
    known = [(str(one.id), one.name(current())) for one in queries.applicants(actor)]
    return forms.RiskForm(people, known, *args)


@access("bodies.people")
@require_GET
def risks(request: HttpRequest) -> HttpResponse:
    """Show the register of risks to impartiality."""
    return _risks(request)


def _risks(request: HttpRequest, tried: Mapping[str, TanbiaoForm] | None = None, status: int = 200) -> HttpResponse:
    actor, tried = actor_of(request), tried or {}
    keeps = allowed(actor, "bodies.judge", actor.organisation)
    lines = []
    for row in queries.risks(actor):
        acts = OPEN_TO[row.state] if keeps else ()
        built = {
            act: tried.get(f"{act}-{row.id}") or ACTS[act][0](auto_id=f"{act}-{row.id}-%s", initial=_initial(row))
            for act in acts
        }
        lines.append(
            {
                "row": row,
                "source": words.SOURCE_WORDS[row.source],
                "state": words.RISK_WORDS[row.state],
                "tone": "bad" if row.state == "open" and is_high(row) else words.RISK_TONES[row.state],
                "high": is_high(row),
                "late": row.state != "closed" and row.review_on < clock.today(),
                "forms": built,
            }
        )
    form = (tried.get("new") or _new(actor)) if keeps else None
    return render(request, "bodies/risks.html", {"lines": lines, "form": form, "high": HIGH}, status=status)


def _initial(row: Any) -> dict[str, Any]:
    names = ("likelihood", "consequence", "measures")
    return {name: getattr(row, name) for name in names}


@access("bodies.judge")
@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """Enter a risk."""
    actor = actor_of(request)
    return _done(request, "new", _new(actor, request.POST), commands.enter_risk)


@access("bodies.judge")
@require_POST
def act(request: HttpRequest, risk_id: UUID, name: str) -> HttpResponse:
    """Mitigate, close or open a risk again."""
    if name not in ACTS:
        raise NotFound.of("not_found", "act")
    kind, run = ACTS[name]
    form = kind(request.POST, auto_id=f"{name}-{risk_id}-%s")
    return _done(request, f"{name}-{risk_id}", form, run, risk_id=risk_id)


def _done(request: HttpRequest, key: str, form: TanbiaoForm, run: Callable[..., Any], **more: Any) -> HttpResponse:
    if not form.is_valid():
        return _risks(request, {key: form}, 422)
    try:
        run(actor_of(request), **more, **form.cleaned_data)
    except TanbiaoError as error:
        form.add_problem(error)
        return _risks(request, {key: form}, status_of(error))
    messages.success(request, _("It is on record."))
    return redirect("bodies:risks")


urlpatterns: list[URLPattern] = [
    path("body/risks/", risks, name="risks"),
    path("body/risks/new/", enter, name="enter_risk"),
    path("body/risks/<uuid:risk_id>/<slug:name>/", act, name="act_on_risk"),
]
