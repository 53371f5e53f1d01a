"""The three dates that a holder sees: the data's period, the factor release, and by when to recalculate.

Nothing published changes before the certificate's own next event: its next surveillance, or the end of its validity if
that comes first. Surveillance falls due every ``surveillance_months`` of the scheme from the first day of validity; the
next one is counted from the day on which the newer release came, so that the date does not move on by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from tanbiao.core.findings import TanbiaoError
from tanbiao.web import clock
from tanbiao.web.certification import schemes
from tanbiao.web.register.models import Certificate
from tanbiao.web.register.orders import last_day
from tanbiao.workflow.terms import defaults, terms_of

LIVING = ("valid", "suspended")
"""States in which a certificate still has a next event."""


@dataclass(frozen=True, slots=True)
class NextEvent:
    """By when a certificate's figure must be recalculated, which event that is, and whose number says so."""

    day: date
    basis: str
    """surveillance or validity."""
    source: str

    @property
    def is_past(self) -> bool:
        """Whether the day has passed."""
        return self.day < clock.today()


def next_event(certificate: Certificate, since: date | None = None) -> NextEvent:
    """Return the certificate's own next event on or after a day (today, when none is given)."""
    months = terms_of(certificate.terms).surveillance_months
    first = max(since or clock.today(), certificate.valid_from + timedelta(days=1))
    passed, day = months, _after(certificate.valid_from, months)
    while months and day < first:
        passed += months
        day = _after(certificate.valid_from, passed)
    if not months or day > certificate.valid_until:
        return NextEvent(certificate.valid_until, "validity", term_source(certificate, "validity_months"))
    return NextEvent(day, "surveillance", term_source(certificate, "surveillance_months"))


def _after(start: date, months: int) -> date:
    return last_day(start, months) + timedelta(days=1)


def term_source(certificate: Certificate | None, term: str) -> str:
    """Return whose number a term is: the scheme's, with the standing of its thresholds, or the project's default."""
    if certificate is None or term not in certificate.terms:
        return str(defaults()[term]["source"])
    try:
        return f"{certificate.scheme}: {schemes.load(certificate.scheme).thresholds}"
    except TanbiaoError:
        return certificate.scheme
