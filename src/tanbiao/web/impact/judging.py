"""From what the engine found to the lines of a run: whom it concerns, by how much, who must act, why and by when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from tanbiao.core.findings import to_json
from tanbiao.web.impact.dates import LIVING, next_event, term_source
from tanbiao.web.impact.engine import Found
from tanbiao.web.impact.models import CertificateUse, Entry, Line, Run
from tanbiao.web.register.models import Certificate
from tanbiao.workflow.terms import terms_of

FIRST = 1e12
"""Rank of a line without a figure: before every change there can be."""
WHOLE = ("complete", "partial")
"""Totals that may be compared; what an unknown row hides may not."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A certificate that rests on an entry, or the entry's study alone."""

    entry: Entry
    certificate: Certificate | None

    @property
    def key(self) -> str:
        """How the line is called in its run."""
        if self.certificate is not None:
            return f"certificate/{self.certificate.id}"
        return f"revision/{self.entry.revision_id}"


def subjects(entries: Iterable[Entry]) -> list[Subject]:
    """Return the certificates in force that rest on each entry; where there is none, the study if it is its newest."""
    listed = list(entries)
    uses = (
        CertificateUse.objects.filter(
            entry__in=listed, certificate__is_newest=True, certificate__state__in=LIVING
        ).select_related("certificate", "certificate__issue")
        if listed
        else ()
    )
    by_entry: dict[int, list[Certificate]] = {}
    for use in uses:
        by_entry.setdefault(use.entry_id, []).append(use.certificate)
    found: list[Subject] = []
    for entry in listed:
        held = sorted(by_entry.get(entry.id, []), key=lambda one: one.number)
        found += [Subject(entry, certificate) for certificate in held]
        if not held and entry.study.head_id == entry.revision_id and entry.study.state != "withdrawn":
            found.append(Subject(entry, None))
    return found


def line_of(run: Run, subject: Subject, found: Found, since: date | None) -> Line:
    """Return the line of a subject, not stored.

    Parameters
    ----------
    since
        The day the new release came; None for one that has not come.
    """
    entry, certificate = subject.entry, subject.certificate
    terms = terms_of(certificate.terms if certificate else {})
    comparable = entry.completeness in WHOLE
    relative = found.relative if comparable else None
    is_over = relative is not None and abs(relative) * 100 >= terms.recalculation_percent
    why = _why(found, comparable, is_over, relative)
    event = next_event(certificate, since) if certificate else None
    low, middle, high = found.interval
    return Line(
        run=run,
        subject=subject.key,
        study_id=entry.study_id,
        revision_id=entry.revision_id,
        certificate=certificate,
        owner_id=certificate.owner_id if certificate else entry.study.owner_id,
        body_id=certificate.body_id if certificate else None,
        old_release=entry.release,
        old=found.old,
        new=found.new,
        relative=relative,
        p2_5=low,
        p50=middle,
        p97_5=high,
        unit=entry.unit,
        completeness=entry.completeness,
        how=found.how,
        old_class=found.old_class,
        new_class=found.new_class,
        class_source=found.class_source,
        class_may_change=found.class_may_change,
        who=_who(certificate, why),
        why=why,
        is_over=is_over,
        threshold_percent=terms.recalculation_percent,
        threshold_source=term_source(certificate, "recalculation_percent")[:300],
        rank=FIRST if found.new is None else abs(relative or 0.0),
        recalculate_by=event.day if event else None,
        by_basis=event.basis if event else "",
        causes=[list(item) for item in found.causes],
        findings=[to_json(item) for item in found.findings],
    )


def _why(found: Found, comparable: bool, is_over: bool, relative: float | None) -> str:
    if found.how == "failed":
        return "not_calculated"
    if found.how == "stopped":
        return "factor_not_answered"
    if not comparable or relative is None:
        return "not_comparable"
    if is_over:
        return "over_threshold"
    return "class_may_change" if found.class_may_change else "below_threshold"


ACTING = frozenset({"not_calculated", "factor_not_answered", "not_comparable", "over_threshold", "class_may_change"})
"""Reasons for which somebody must look at a certificate."""


def _who(certificate: Certificate | None, why: str) -> str:
    """Return who must act: nobody for what is not certified (its owner may), the body while it has suspended."""
    if certificate is None or why not in ACTING:
        return "nobody"
    return "body" if certificate.state == "suspended" else "holder"
