"""What pages and feed show of the desks, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from tanbiao.core.findings import TanbiaoError, render
from tanbiao.formats.icalendar import Entry
from tanbiao.web.desks import words
from tanbiao.web.language import current
from tanbiao.web.waiting import Term, Waiting


def lines(rows: Iterable[Waiting]) -> list[dict[str, Any]]:
    """Return what a list shows of a queue: each line, how near its term is in words, and the tone of that."""
    return [{"row": row, "left": words.left(row), "tone": words.BAND_TONES[row.band]} for row in rows]


def weekdays() -> list[str]:
    """Return the short names of the days of a week, Monday first."""
    return [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")]


def said(error: TanbiaoError) -> str:
    """Return a refusal as one sentence."""
    texts = render(error.findings[0], current())
    return f"{texts['message']} — {texts['remedy']}" if texts["remedy"] else texts["message"]


def entries(terms: Iterable[Term]) -> Iterator[Entry]:
    """Yield the terms as entries of a calendar: what ends, of what; product and parties stay on the platform.

    The feed's address is kept by programs and services of others: numbers are enough to know what is meant.
    """
    host = urlsplit(settings.TANBIAO_BASE_URL).hostname or "localhost"
    demo = "演示 DEMO · " if settings.TANBIAO_DEMO else ""
    for term in terms:
        yield Entry(
            uid=f"{term.uid}@{host}",
            day=term.day,
            summary=f"{demo}{term.what} · {term.name}",
            address=f"{settings.TANBIAO_BASE_URL}{term.href}",
            category=str(term.kind_words),
        )
