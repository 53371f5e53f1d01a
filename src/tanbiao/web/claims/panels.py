"""What the claim ledger shows on a study's page: the certificates and passes that the study holds."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from tanbiao.web.claims import queries
from tanbiao.web.claims.words import KIND_WORDS
from tanbiao.web.panels import panel


@panel("study")
def of_study(request: HttpRequest, thing: Any) -> str:
    """Show what a study holds; whoever may see the study may see it."""
    held = list(queries.held_by(thing.id))
    if not held:
        return ""
    return render_to_string("claims/_study.html", {"claims": held, "kinds": KIND_WORDS}, request=request)
