"""Whether a scheme is open to a combination of category, region, body, date and rule, and why not.

A scheme's openings are alternatives: one that admits all five is enough. Where none does, the reasons are those of the
opening that came nearest (fewest refusals; the first of them where two are equally near). What is not known is no yes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tanbiao.core.catalogue.load import Catalogue
from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.core.schemes.model import Scheme
from tanbiao.core.schemes.parts import NEEDS, STANDINGS, AdoptionList, Opening, joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What somebody wants certified, as far as it is known; empty text and None: not known.

    Parameters
    ----------
    category
        Product category by id.
    region
        ISO 3166 code of where the product is made.
    day
        ISO date of the application or issue.
    body_approved
        Whether the body's approval for the scheme, category and region stands on that day.
    rule, rule_standing, release_standing
        The rule's id and what rule and factor release say of their own basis.
    batch, batch_by
        The batch of the adoption list on which the rule stands, and the jurisdiction of its authority.
    kind
        Kind of certification by id; empty: the footprint of a product.
    months, months_asked
        Months that the figure's data cover, and those that its rule asks for; None: there is no figure yet.
    """

    category: str
    region: str
    day: str
    body_approved: bool | None = None
    rule: str = ""
    rule_standing: str = ""
    release_standing: str = ""
    batch: str = ""
    batch_by: str = ""
    kind: str = ""
    months: int | None = None
    months_asked: int | None = None


def judge(scheme: Scheme, candidate: Candidate, catalogue: Catalogue) -> tuple[Finding, ...]:
    """Return why nothing can be applied for or issued, each with its remedy; none: it is open."""
    found = [*_lock(scheme), *_kind(scheme, candidate), *_standing(scheme, candidate), *_period(scheme, candidate)]
    return (*found, *_openings(scheme, candidate, catalogue))


def _no(code: str, where: str, scheme: Scheme, **more: str) -> Finding:
    return finding(code, Severity.BLOCKING, where, scheme_zh=scheme.title.zh, scheme_en=scheme.title.en, **more)


def locked(scheme: Scheme) -> Finding:
    """Return the refusal of a locked template, with what would open it."""
    needs = [NEEDS[need] for need in (scheme.lock.needs if scheme.lock else ())]
    return _no("scheme_locked", "scheme", scheme, needs_zh=joined(needs, "zh"), needs_en=joined(needs, "en"))


def _lock(scheme: Scheme) -> Iterator[Finding]:
    if scheme.lock is not None:
        yield locked(scheme)


def _kind(scheme: Scheme, candidate: Candidate) -> Iterator[Finding]:
    if not candidate.kind or not scheme.kinds:
        return
    kind = scheme.kind(candidate.kind)
    if kind is None:
        known = ", ".join(item.id for item in scheme.kinds) or "—"
        yield _no("scheme_kind_unknown", "certification", scheme, kind=candidate.kind, known=known)
    elif not kind.has_figure and kind.claim is None:
        yield _no("scheme_kind_without_figure", "certification", scheme, kind_zh=kind.title.zh, kind_en=kind.title.en)


def _standing(scheme: Scheme, candidate: Candidate) -> Iterator[Finding]:
    """A scheme with an official basis takes no figure that rests on a demonstration or on what nobody has reviewed."""
    if scheme.is_demonstration:
        return
    for part, standing in (("rule", candidate.rule_standing), ("release", candidate.release_standing)):
        if standing == "demonstration":
            yield _no(f"scheme_refuses_demonstration_{part}", part, scheme)
    if candidate.release_standing == "own":
        yield _no("scheme_refuses_own_release", "release", scheme)


def _period(scheme: Scheme, candidate: Candidate) -> Iterator[Finding]:
    """A provisional figure is certified only where the scheme says that it takes one."""
    months, asked = candidate.months, candidate.months_asked
    if scheme.provisional == "allowed" or months is None or asked is None or months >= asked:
        return
    yield _no("scheme_refuses_provisional", "period", scheme, months=str(months), required=str(asked))


def _openings(scheme: Scheme, candidate: Candidate, catalogue: Catalogue) -> tuple[Finding, ...]:
    nearest: tuple[Finding, ...] | None = None
    for opening in scheme.openings:
        refused = tuple(_opening(scheme, opening, candidate, catalogue))
        if not refused:
            return ()
        if nearest is None or len(refused) < len(nearest):
            nearest = refused
    return nearest or ()


def _opening(scheme: Scheme, opening: Opening, candidate: Candidate, catalogue: Catalogue) -> Iterator[Finding]:
    yield from _category(scheme, opening, candidate, catalogue)
    if opening.regions and not any(within(candidate.region, region) for region in opening.regions):
        regions = ", ".join(opening.regions)
        yield _no("scheme_region_not_open", "region", scheme, region=candidate.region or "—", regions=regions)
    if opening.bodies == "approved" and not candidate.body_approved:
        yield _no("scheme_body_not_approved", "body", scheme)
    if opening.begins is not None and candidate.day < opening.begins:
        yield _no("scheme_not_begun", "date", scheme, day=opening.begins)
    if opening.until is not None and candidate.day > opening.until:
        yield _no("scheme_ended", "date", scheme, day=opening.until)
    yield from _rule(scheme, opening, candidate)


def _category(scheme: Scheme, opening: Opening, candidate: Candidate, catalogue: Catalogue) -> Iterator[Finding]:
    scope = opening.categories
    if scope is None or candidate.category in scope.also:
        return
    if candidate.category in catalogue.by_id:
        mentioned = {mention.list.id for mention in catalogue.mentions(candidate.category, candidate.day)}
        if mentioned & set(scope.lists):
            return
    known = catalogue.by_id
    named = [catalogue.list_of(name).title for name in scope.lists] + [known[name].title for name in scope.also]
    mine = known[candidate.category].title if candidate.category in known else None
    yield _no(
        "scheme_category_not_open",
        "category",
        scheme,
        category_zh=mine.zh if mine else candidate.category or "—",
        category_en=mine.en if mine else candidate.category or "—",
        lists_zh=joined(named, "zh"),
        lists_en=joined(named, "en"),
    )


def within(region: str, wider: str) -> bool:
    """Whether a region is another one or lies in it."""
    return region == wider or region.startswith(f"{wider}-")


def _rule(scheme: Scheme, opening: Opening, candidate: Candidate) -> Iterator[Finding]:
    scope = opening.rules
    if scope is None:
        return
    if scope.ids and candidate.rule not in scope.ids:
        yield _no("scheme_rule_not_open", "rule", scheme, rule=candidate.rule or "—", rules=", ".join(scope.ids))
    if scope.standings and candidate.rule_standing not in scope.standings:
        wanted = [STANDINGS[name] for name in scope.standings]
        mine = [title for name, title in STANDINGS.items() if name == candidate.rule_standing]
        yield _no(
            "scheme_rule_standing",
            "rule",
            scheme,
            standing_zh=joined(mine, "zh") or "—",
            standing_en=joined(mine, "en") or "—",
            standings_zh=joined(wanted, "zh"),
            standings_en=joined(wanted, "en"),
        )
    if scope.adoption_list is not None:
        yield from _adopted(scheme, scope.adoption_list, candidate)


def _adopted(scheme: Scheme, wanted: AdoptionList, candidate: Candidate) -> Iterator[Finding]:
    """The rule must stand on the adoption list; in a batch and of an authority that the scheme names, where it does."""
    rule = candidate.rule or "—"
    if not candidate.batch:
        yield _no("scheme_rule_not_adopted", "rule", scheme, rule=rule)
    elif wanted.batches and candidate.batch not in wanted.batches:
        named = ", ".join(wanted.batches)
        yield _no("scheme_rule_batch", "rule", scheme, rule=rule, batch=candidate.batch, batches=named)
    elif wanted.authorities and candidate.batch_by not in wanted.authorities:
        named, by = ", ".join(wanted.authorities), candidate.batch_by or "—"
        yield _no("scheme_rule_list_of_another", "rule", scheme, rule=rule, batch=candidate.batch, by=by, places=named)
