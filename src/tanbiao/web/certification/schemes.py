"""Label schemes as a case needs them: the document, its numbers, and whether it is open to what is to be certified."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tanbiao.core.catalogue.load import load_catalogue
from tanbiao.core.findings import Finding, TanbiaoError
from tanbiao.core.schemes import Candidate, Scheme, judge
from tanbiao.web import clock
from tanbiao.web.accounts.actor import system_actor
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.certification import claims, recalculation
from tanbiao.web.certification.models import Case
from tanbiao.web.commanding import Invalid, NotFound
from tanbiao.web.factors import queries as factor_queries
from tanbiao.web.rulebook import queries as rulebook
from tanbiao.web.schemes import queries
from tanbiao.workflow.terms import terms_of

SYSTEM = system_actor("certification")
OF_FOOTPRINT = ("footprint_change", "reduction")
"""What a surveillance looks at in a footprint only."""


def load(reference: str) -> Scheme:
    """Load a scheme by id or ``id@version`` and check its numbers.

    Raises
    ------
    Invalid
        ``scheme_unknown``, or a number that no guard or clock knows.
    """
    try:
        scheme = queries.scheme(reference)
        terms_of(terms(scheme))
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error
    return scheme


def terms(scheme: Scheme) -> dict[str, Any]:
    """Return the scheme's own numbers for guards and clocks, to be frozen into a case."""
    return dict(scheme.terms_stated)


def kind_terms(scheme: Scheme, certification: str) -> dict[str, Any]:
    """Return the numbers of a kind of certification, to be frozen into a case."""
    stated = scheme.terms_of_kind(certification)
    kind = scheme.kind(certification)
    if kind is not None and kind.claim is not None:
        # A certificate without a figure has no change of one to be looked at.
        looked = [item for item in terms_of(stated).surveillance_items if item not in OF_FOOTPRINT]
        stated["surveillance_items"] = looked
    return stated


def refusals(case: Case) -> tuple[Finding, ...] | None:
    """Return why the case's scheme is not open today to what its frozen package holds; None without a package."""
    if not case.package_hash:
        return None
    scheme = queries.scheme(case.scheme)
    judged = judge(scheme, candidate_of(case, scheme), load_catalogue())
    if case.is_of_claim:
        judged = (*judged, *claims.refusals(case))
    return (*judged, *(refusal for check in _conditions for refusal in check(case)))


Condition = Callable[[Case], tuple[Finding, ...]]
_conditions: list[Condition] = []


def condition(check: Condition) -> Condition:
    """Register what a higher feature wants looked at whenever a case asks whether its scheme is open to it."""
    _conditions.append(check)
    return check


def candidate_of(case: Case, scheme: Scheme) -> Candidate:
    """Return what the case asks for: product and rule of its frozen package, release, maker's place, body."""
    if case.is_of_claim:
        return _candidate_of_claim(case, scheme)
    package = recalculation.package_of(case)
    product, rule = package["study"]["product"], package["rule"] or {}
    period = package["result"].get("data_period", {})
    category = str(product.get("category", ""))
    region = region_of(str(product.get("country", "")), case.owner)
    batch, batch_by = rulebook.adoption_of(f"{rule.get('id', '')}@{rule.get('version', '')}")
    return Candidate(
        category=category,
        region=region,
        body_approved=queries.is_approved(scheme.id, case.body, category, region),
        day=clock.today().isoformat(),
        rule=str(rule.get("id", "")),
        rule_standing=str(rule.get("standing", "")),
        batch=batch,
        batch_by=batch_by,
        release_standing=_release_standing(str(package["release"]["name"])),
        kind=case.certification,
        months=period.get("months"),
        months_asked=period.get("required"),
    )


def _candidate_of_claim(case: Case, scheme: Scheme) -> Candidate:
    """Return what a claim asks for: it stands on no rule of its own, and a footprint that it cites was judged."""
    category = str(claims.package_of(case)["category"])
    region = case.owner.jurisdiction
    return Candidate(
        category=category,
        region=region,
        body_approved=queries.is_approved(scheme.id, case.body, category, region),
        day=clock.today().isoformat(),
        kind=case.certification,
    )


def region_of(country: str, maker: Organisation) -> str:
    """Return where the product is made: the maker's province where it lies in the product's country."""
    return maker.jurisdiction if maker.jurisdiction.partition("-")[0] == country else country


def _release_standing(name: str) -> str:
    try:
        return factor_queries.release(SYSTEM, name).standing
    except NotFound:
        return ""
