"""Filters of the case pages."""

from __future__ import annotations

from typing import Any

from django import template

from tanbiao.web.certification.queries import ClockView
from tanbiao.web.language import current

register = template.Library()


@register.filter
def clock_name(clock: ClockView) -> str:
    """Return a clock's name in the reader's language."""
    return clock.name_zh if current() == "zh" else clock.name_en


@register.filter
def as_number(value: Any) -> float | None:
    """Return a number or a decimal text as a number; None for an absence."""
    return float(value) if isinstance(value, int | float | str) else None
