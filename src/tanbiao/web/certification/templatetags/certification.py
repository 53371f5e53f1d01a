"""Filters of the case pages."""

from __future__ import annotations

from typing import Any

from django import template

from tanbiao.web.certification.clocks import ClockView
from tanbiao.web.certification.words import (
    ACCURACY_WORDS,
    ANSWER_WORDS,
    FENCE_TONES,
    FENCE_WORDS,
    MEASURE_WORDS,
    RISK_WORDS,
)
from tanbiao.web.language import current

register = template.Library()


@register.filter
def clock_name(clock: ClockView) -> str:
    """Return a clock's name in the reader's language."""
    return clock.name(current())


@register.filter
def as_number(value: Any) -> float | None:
    """Return a number or a decimal text as a number; None for an absence."""
    return float(value) if isinstance(value, int | float | str) else None


@register.filter
def risk_word(level: str) -> Any:
    """Return a level of risk in the reader's language."""
    return RISK_WORDS[level]


@register.filter
def answer_word(answer: str) -> Any:
    """Return an answer of the consistency list in the reader's language; a dash where there is none."""
    return ANSWER_WORDS.get(answer, "–")


@register.filter
def fence_word(side: str) -> Any:
    """Return on which side of the fence somebody was, in the reader's language."""
    return FENCE_WORDS[side]


@register.filter
def fence_tone(side: str) -> str:
    """Return the chip tone of a side of the fence."""
    return FENCE_TONES[side]


@register.filter
def accuracy_word(accuracy: str) -> Any:
    """Return a class of accuracy in the reader's language."""
    return ACCURACY_WORDS[accuracy]


@register.filter
def measure_word(kind: str) -> Any:
    """Return a kind of measure in the reader's language."""
    return MEASURE_WORDS[kind]
