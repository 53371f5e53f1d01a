"""Numbers with their sign."""

from __future__ import annotations

from typing import Any

from django import template

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
