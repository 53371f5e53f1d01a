"""Before anybody applies: which schemes are open to a product and why not, and what its way to a certificate takes.

Everything comes from the schemes' data and from the category's rule; what nobody has said stays unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tanbiao.core.catalogue.load import Catalogue
from tanbiao.core.findings import Finding, Lang, render
from tanbiao.core.rules.model import ProcessRule, Rule
from tanbiao.core.schemes import effort
from tanbiao.core.schemes.effort import Fees, Size
from tanbiao.core.schemes.eligibility import Candidate, judge
from tanbiao.core.schemes.model import Scheme
from tanbiao.core.schemes.parts import KitItem, Paper

OWN_DATA = ("site_specific", "primary")
"""What a rule asks of a process that no database can give."""
SOURCED = {
    **{name: name for name in ("openings", "man_days", "fees", "stages", "papers")},
    "management_system": "management_system.months",
}
"""Part of an answer → place in the scheme whose numbers it rests on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What somebody says before he applies.

    Parameters
    ----------
    day
        ISO date on which he would apply.
    system_since
        ISO date since when the footprint management system runs; empty: it does not run yet.
    papers, kit
        Ids of papers at hand and of pieces of the management system that are there.
    """

    size: Size
    region: str
    day: str
    system_since: str = ""
    papers: frozenset[str] = frozenset()
    kit: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """One scheme's answer.

    Parameters
    ----------
    refusals
        Why it is not open; none: it is.
    rule
        The rule it was judged with: the one that comes nearest; None where no rule covers the category.
    site_rows
        Processes of that rule whose data must be the maker's own.
    apply_from
        First day on which the management system is old enough, ISO date.
    kit
        Every piece of the management system that the scheme names, and whether it is there.
    days
        Calendar days from the application to the certificate, from and to.
    """

    scheme: Scheme
    refusals: tuple[Finding, ...]
    rule: Rule | None
    site_rows: tuple[ProcessRule, ...]
    papers_missing: tuple[Paper, ...]
    kit: tuple[tuple[KitItem, bool], ...]
    apply_from: str
    man_days: float | None
    fees: tuple[Fees, ...]
    days: tuple[int, int] | None

    @property
    def is_open(self) -> bool:
        """Whether it can be applied for as far as scheme, place, day and rule go."""
        return not self.refusals

    @property
    def kit_missing(self) -> tuple[KitItem, ...]:
        """The pieces of the management system that are not there yet."""
        return tuple(item for item, there in self.kit if not there)

    @property
    def certificate_between(self) -> tuple[str, str] | None:
        """Return the first and the last day on which a certificate can be expected, ISO dates."""
        if self.days is None:
            return None
        start = date.fromisoformat(self.apply_from)
        return tuple((start + timedelta(days=number)).isoformat() for number in self.days)  # type: ignore[return-value]


def precheck(
    scheme: Scheme,
    answers: Answers,
    rules: Sequence[Rule],
    catalogue: Catalogue,
    *,
    release_standing: str = "",
    approved: bool | None = None,
    batches: Mapping[str, tuple[str, str]] | None = None,
) -> Outlook:
    """Return a scheme's answer.

    Parameters
    ----------
    rules
        The rules that a new study may take.
    release_standing
        What the factor release of a new study says of its own basis.
    approved
        Whether some body's approval for the scheme covers category and region today.
    batches
        Rule as ``id@version`` → the batch of the adoption list on which it stands, and its authority's jurisdiction.
    """
    covering = [rule for rule in rules if answers.size.category in rule.covers.categories]
    tried = [
        (judge(scheme, _candidate(answers, rule, release_standing, approved, batches or {}), catalogue), rule)
        for rule in (*covering, *([] if covering else [None]))
    ]
    refusals, rule = min(tried, key=lambda one: len(one[0]))
    days = effort.man_days(scheme, answers.size)
    return Outlook(
        scheme=scheme,
        refusals=refusals,
        rule=rule,
        site_rows=tuple(item for item in (rule.processes if rule else ()) if item.data in OWN_DATA),
        papers_missing=tuple(
            paper
            for paper in scheme.papers
            if paper.required and paper.comes_from == "applicant" and paper.id not in answers.papers
        ),
        kit=tuple(
            (item, item.id in answers.kit)
            for item in (scheme.management_system.kit if scheme.management_system else ())
        ),
        apply_from=_apply_from(scheme, answers),
        man_days=days,
        fees=effort.fees(scheme, answers.size, days),
        days=effort.days(scheme),
    )


def _candidate(
    answers: Answers,
    rule: Rule | None,
    release_standing: str,
    approved: bool | None,
    batches: Mapping[str, tuple[str, str]],
) -> Candidate:
    batch, batch_by = batches.get(rule.reference, ("", "")) if rule else ("", "")
    return Candidate(
        category=answers.size.category,
        region=answers.region,
        day=answers.day,
        body_approved=approved,
        rule=rule.id if rule else "",
        rule_standing=rule.standing if rule else "",
        release_standing=release_standing,
        batch=batch,
        batch_by=batch_by,
    )


def _apply_from(scheme: Scheme, answers: Answers) -> str:
    if scheme.management_system is None:
        return answers.day
    since = answers.system_since or answers.day
    return max(answers.day, months_after(since, scheme.management_system.months))


def months_after(day: str, months: int) -> str:
    """Return the same day so many months later, or that month's last day.

    >>> months_after("2026-11-30", 3)
    '2027-02-28'
    """
    start = date.fromisoformat(day)
    whole = start.year * 12 + start.month - 1 + months
    year, month = divmod(whole, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(start.day, (following - timedelta(days=1)).day)).isoformat()


def _piece(item: KitItem, lang: Lang) -> dict[str, Any]:
    """Return a piece of the management system; ``required`` null: it is asked for and refuses no application."""
    return {"id": item.id, "title": item.title.best(lang), "asks": item.asks.best(lang), "required": item.required}


def as_json(found: Outlook, lang: Lang) -> dict[str, Any]:
    """Return an answer as JSON, texts in the reader's language, every number with its source."""
    scheme = found.scheme
    return {
        "scheme": scheme.reference,
        "title": scheme.title.best(lang),
        "standing": scheme.standing,
        "locked": scheme.is_locked,
        "open": found.is_open,
        "refusals": [render(item, lang) for item in found.refusals],
        "rule": found.rule.reference if found.rule else None,
        "rule_standing": found.rule.standing if found.rule else None,
        "site_rows": [
            {
                "id": item.id,
                "name": item.name.best(lang) if item.name else item.id,
                "stage": item.stage,
                "data": item.data,
                "required": item.required,
            }
            for item in found.site_rows
        ],
        "papers_missing": [{"id": item.id, "title": item.title.best(lang)} for item in found.papers_missing],
        "management_system": {
            "months": scheme.management_system.months if scheme.management_system else None,
            "apply_from": found.apply_from,
            "pieces": [{**_piece(item, lang), "there": there} for item, there in found.kit],
            "missing": [_piece(item, lang) for item in found.kit_missing],
        },
        "man_days": found.man_days,
        "fees": [
            {"currency": item.currency, "to_certificate": list(item.first), "each_year": list(item.yearly)}
            for item in found.fees
        ],
        "days": list(found.days) if found.days else None,
        "certificate_between": list(found.certificate_between) if found.certificate_between else None,
        "sources": {name: scheme.source_of(place) for name, place in SOURCED.items()},
    }
