"""Tags and filters that every template has: numbers with significant digits, names in the reader's language, chips."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django import template
from django.http import HttpRequest
from django.template import Context
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tanbiao.core.findings import Finding, render
from tanbiao.web.language import current
from tanbiao.web.panels import draw

register = template.Library()

SHAPES = {"good": "●", "wait": "◐", "warn": "▲", "bad": "■", "off": "○", "info": "◆"}
"""A state is never told by colour alone."""


@register.filter
def name_of(thing: Any) -> str:
    """Return the name of a record (``name(lang)``) or of a ``{zh, en}`` mapping in the reader's language or another."""
    lang = current()
    if isinstance(thing, dict):
        return str(thing.get(lang) or thing.get("zh") or thing.get("en") or next(filter(None, thing.values()), ""))
    call = getattr(thing, "name", None)
    return str(call(lang)) if callable(call) else str(thing or "")


@register.filter
def unit_words(unit: str | None) -> SafeString:
    """Return a unit with its basis (``kWh|electricity``) in small letters under it."""
    name, _, basis = (unit or "").partition("|")
    return format_html('{}<br><small class="muted">{}</small>', name, basis) if basis else format_html("{}", name)


DECIMAL_TEXT = re.compile(r"-?\d+(\.\d+)?")
SMALLEST_EXPONENT = -5
"""Below 0.00001 a number is written with a power of ten."""
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@register.filter
def digits(value: Any, significant: int = 3) -> str:
    """Return a number, or its decimal text, with so many significant digits; a dash where there is none."""
    if isinstance(value, str) and DECIMAL_TEXT.fullmatch(value):
        value = float(value)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return "–"
    if value == 0:
        return "0"
    exponent = len(f"{abs(value):e}") and int(f"{abs(value):.{significant - 1}e}".split("e")[1])
    if exponent < SMALLEST_EXPONENT:
        mantissa = f"{value:.{significant - 1}e}".split("e")[0].replace("-", "−")
        return f"{mantissa}×10{str(exponent).translate(RAISED)}"
    places = max(significant - 1 - exponent, 0)
    rounded = round(value, significant - 1 - exponent)
    return f"{rounded:,.{places}f}"


@register.filter
def as_stated(value: Any) -> str:
    """Return a number as a file states it: up to ten significant digits, none that says nothing."""
    return f"{value:.10g}".replace("-", "−") if isinstance(value, int | float) and not isinstance(value, bool) else "–"


@register.filter
def percent(value: Any, places: int = 1) -> str:
    """Return a share as a percentage; a dash where there is none."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return "–"
    return f"{value * 100:.{places}f} %"


@register.filter
def moment(value: Any) -> str:
    """Return a time as date and minute on the platform's wall."""
    return timezone.localtime(value).strftime("%Y-%m-%d %H:%M") if isinstance(value, datetime) else ""


@register.filter
def day(value: Any) -> str:
    """Return the date of a time or date, ``2026-11-21``."""
    if isinstance(value, datetime):
        value = timezone.localtime(value)
    return value.strftime("%Y-%m-%d") if hasattr(value, "strftime") else ""


@register.filter
def short_hash(value: Any) -> str:
    """Return the beginning of a content hash, enough to compare by eye."""
    digest = str(value or "").removeprefix("sha256:")
    return f"{digest[:10]}…" if digest else ""


@register.filter
def sentence(item: Any) -> dict[str, str]:
    """Return a finding's texts in the reader's language; what is rendered already passes through."""
    return render(item, current()) if isinstance(item, Finding) else dict(item)


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """Return ``mapping[key]``, None where it has no such key."""
    return mapping.get(key) if hasattr(mapping, "get") else None


@register.simple_tag
def chip(tone: str, words: Any) -> SafeString:
    """Return a status chip: a shape and a word in a tone (good, wait, warn, bad, off, info)."""
    return format_html(
        '<span class="chip chip-{}"><span aria-hidden="true">{}</span> {}</span>', tone, SHAPES.get(tone, "◆"), words
    )


@register.simple_tag(takes_context=True)
def same_page(context: Context, **changes: Any) -> str:
    """Return this page's address with some query parameters changed (an empty value takes one away)."""
    request = context.get("request")
    if not isinstance(request, HttpRequest):
        return "?"
    query = request.GET.copy()
    for key, value in changes.items():
        if value in ("", None):
            query.pop(key, None)
        else:
            query[key] = str(value)
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def panels(context: Context, place: str, thing: Any = None) -> SafeString:
    """Return what higher features show in a place of this page; nothing where a page is drawn without a reader."""
    request = context.get("request")
    return draw(place, request, thing) if isinstance(request, HttpRequest) else SafeString()


@register.simple_tag
def severity_word(severity: str) -> str:
    """Return the word for a finding's severity."""
    words = {"info": _("Hint"), "warning": _("Warning"), "error": _("Error"), "blocking": _("Blocking")}
    return words.get(severity, severity)


@register.filter
def severity_tone(severity: str) -> str:
    """Return the chip tone of a finding's severity."""
    return {"info": "info", "warning": "warn", "error": "bad", "blocking": "bad"}.get(severity, "info")
