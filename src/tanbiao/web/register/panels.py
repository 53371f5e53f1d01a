"""What the register shows on the desk (certificates whose rule ends) and on a study (publishing its figure)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.commanding import allowed
from tanbiao.web.panels import panel
from tanbiao.web.register import declaring, migrating, words
from tanbiao.web.studies.models import Study

ON_DESK = 5


@panel("study")
def of_study(request: HttpRequest, thing: Any) -> str:
    """Offer a study's holder to publish its figure, and name what is published of it."""
    actor = actor_of(request)
    if not isinstance(thing, Study) or not allowed(actor, "register.declare", thing) or not actor.owns(thing):
        return ""
    kinds = [(kind, words.KIND_WORDS[kind]) for kind in declaring.kinds_open(actor, thing)]
    published = list(declaring.mine(actor).filter(study=thing, state="valid"))
    if not kinds and not published:
        return ""
    context = {"study": thing, "kinds": kinds, "published": published}
    return render_to_string("register/_declare.html", context, request=request)


@panel("desk")
def of_desk(request: HttpRequest, thing: Any) -> str:  # noqa: ARG001 (a desk is about nothing in particular)
    """Show the migrations that the reader's organisation was told of and nobody has read."""
    actor = actor_of(request)
    if actor.organisation is None or not allowed(actor, "register.migrations"):
        return ""
    waiting = migrating.untold(actor)
    total = waiting.count()
    if not total:
        return ""
    rows = migrating.migrations(actor).filter(id__in=waiting.values("migration"))
    context = {"lines": migrating.lines(rows[:ON_DESK]), "total": total}
    return render_to_string("register/_desk.html", context, request=request)
