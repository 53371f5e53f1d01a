"""Codes of classifications as every page shows them: the code, and its name where a brought table gives one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.http import HttpRequest
from django.template import Context

from tanbiao.core.dataset.classifications import scheme
from tanbiao.web.accounts.actor import ANONYMOUS, actor_of
from tanbiao.web.catalogue import queries_codes

register = template.Library()


@register.inclusion_tag("catalogue/_codes.html", takes_context=True)
def codes(context: Context, listed: Iterable[Any]) -> dict[str, Any]:
    """Show codes: things with ``scheme`` and ``code``, or pairs of both; a dash where there are none.

    A page of many lists asks for the names of all of them at once and hands them over as ``code_names``.
    """
    request = context.get("request")
    actor = actor_of(request) if isinstance(request, HttpRequest) else ANONYMOUS
    pairs = [(one.scheme, one.code) if hasattr(one, "scheme") else (str(one[0]), str(one[1])) for one in listed]
    made = queries_codes.coded(actor, pairs, context.get("code_names"))
    return {"coded": [(one, known.source if (known := scheme(one.scheme)) else "") for one in made]}
