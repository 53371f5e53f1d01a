"""Numbers with their sign; whose number a threshold is."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext as _

from tanbiao.web.templatetags.tanbiao import digits, percent

register = template.Library()


@register.filter
def signed(value: Any, significant: int = 3) -> str:
    """Return a number with its sign; a dash where there is none."""
    if not isinstance(value, int | float):
        return "–"
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{digits(abs(value), significant)}"


@register.filter
def signed_percent(value: Any) -> str:
    """Return a share as a percentage with its sign; two places below 1 %, a dash where there is none."""
    if not isinstance(value, int | float):
        return "–"
    shown = percent(abs(value), 1 if abs(value) >= 0.01 else 2)
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{shown}"


@register.filter
def standing(source: Any) -> str:
    """Return a source with the standing of the project's own numbers in the reader's language."""
    return str(source).replace("project default, not official", _("project default, not official"))
