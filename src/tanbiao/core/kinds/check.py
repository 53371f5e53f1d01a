"""Why a claim can't be certified: held against the scheme's kind, the certificates it cites, and the day.

Asked when a claim is stated, at acceptance, at the opinion, at the grant, and once more before the signature: what it
rests on may have ended in between.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.core.kinds.cited import FOOTPRINT, Cited
from tanbiao.core.kinds.model import (
    Claim,
    CreditBlock,
    ManagementSystemClaim,
    NeutralClaim,
    ReductionClaim,
    RemovalClaim,
    ServiceClaim,
)
from tanbiao.core.kinds.package import FIGURE, TONNES, covered_tonnes, plain
from tanbiao.core.schemes.attached import is_to
from tanbiao.core.schemes.parts import ClaimTerms, Kind
from tanbiao.core.verification.reduction import Measure, check_measures

ONCE = ("valid", "changed", "succeeded")
"""States of a baseline's certificate: it stands, or a newer version or successor has taken its place."""


def check_claim(
    kind: Kind, claim: Claim, cited: Mapping[str, Cited], *, applicant_id: str, day: str
) -> tuple[Finding, ...]:
    """Return what stands against a claim on a day; none: it can be certified as it is.

    Parameters
    ----------
    kind
        The scheme's kind of certification; its ``claim`` says what is asked.
    cited
        The cited certificates that the register knows, by role (``baseline``, ``later``, ``footprint``,
        ``reduction``).
    applicant_id
        Registered id of the applicant: a claim rests on certificates of his own.
    """
    if kind.claim is None or claim.form != kind.form:
        return (_no("claim_of_another_kind", "form", form=claim.form, kind_zh=kind.title.zh, kind_en=kind.title.en),)
    if isinstance(claim, ReductionClaim):
        return tuple(_reduction(claim, cited, applicant_id, day))
    if isinstance(claim, RemovalClaim):
        return tuple(_removal(claim, cited, applicant_id, day))
    if isinstance(claim, NeutralClaim):
        return tuple(_neutral(kind.claim, claim, cited, applicant_id, day))
    return tuple(_organisation(kind, kind.claim, claim, day))


def _no(code: str, where: str, **params: str | int) -> Finding:
    return finding(code, Severity.BLOCKING, where, **params)


# -- what an organisation does --------------------------------------------------------------------------------------


def _organisation(
    kind: Kind, asked: ClaimTerms, claim: ManagementSystemClaim | ServiceClaim, day: str
) -> Iterator[Finding]:
    if FIGURE.search(json.dumps(claim.model_dump(mode="json"), ensure_ascii=False)):
        yield _no("claim_with_figure", "claim")
    if kind.accepts and not any(is_to(claim.standard, name) for name in kind.accepts):
        yield _no("claim_standard_other", "standard", standard=claim.standard, known=", ".join(kind.accepts))
    if months_between(claim.since, day) < asked.months:
        yield _no("claim_too_young", "since", since=claim.since, needed=asked.months)
    met = [item.requirement for item in claim.fulfils]
    known = [item.id for item in asked.requirements]
    for at, name in enumerate(met):
        if name not in known:
            yield _no("claim_requirement_unknown", f"fulfils.{at}", requirement=name, known=", ".join(known) or "—")
        elif name in met[:at]:
            yield _no("claim_requirement_twice", f"fulfils.{at}", requirement=name)
    missing = [item for item in asked.requirements if item.required is not False and item.id not in met]
    if missing:
        names = {lang: "、".join(item.title.best(lang) for item in missing) for lang in ("zh", "en")}
        yield _no("claim_requirement_missing", "fulfils", missing_zh=names["zh"], missing_en=names["en"])


def months_between(begin: str, end: str) -> int:
    """Return the whole months from one day to another, negative where the second comes first."""
    (one, first, day), (two, last, other) = (map(int, text.split("-")) for text in (begin, end))
    return (two - one) * 12 + last - first - (1 if other < day else 0)


# -- what rests on certified footprints -------------------------------------------------------------------------------


def _footprint(role: str, cited: Mapping[str, Cited], applicant_id: str) -> Iterator[Finding]:
    """A cited footprint is one, it is known here, and it is the applicant's own."""
    one = cited.get(role)
    if one is None:
        yield _no("claim_citation_unknown", role)
    elif one.kind != FOOTPRINT:
        yield _no("claim_citation_no_footprint", role, number=one.number)
    elif one.holder_id != applicant_id:
        yield _no("claim_citation_other_holder", role, number=one.number)


def _standing(role: str, one: Cited, day: str) -> Iterator[Finding]:
    if not one.stands(day):
        yield _no("claim_citation_not_valid", role, number=one.number, state=one.state, until=one.valid_until)


def _reduction(claim: ReductionClaim, cited: Mapping[str, Cited], applicant_id: str, day: str) -> Iterator[Finding]:
    measures = [Measure(item.kind, item.text) for item in claim.measures]
    yield from check_measures(measures)
    wrong = [*_footprint("baseline", cited, applicant_id), *_footprint("later", cited, applicant_id)]
    yield from wrong
    if wrong:
        return
    baseline, later = cited["baseline"], cited["later"]
    yield from _standing("later", later, day)
    if baseline.state not in ONCE or (baseline.state == "valid" and not baseline.stands(day)):
        yield _no(
            "claim_citation_not_valid",
            "baseline",
            number=baseline.number,
            state=baseline.state,
            until=baseline.valid_until,
        )
    if (baseline.product_zh, baseline.category) != (later.product_zh, later.category):
        yield _no("claim_other_product", "later", one=baseline.product_zh, other=later.product_zh)
    mine, theirs = baseline.basis, later.basis
    for name in mine:
        if mine[name] != theirs[name]:
            yield _no("claim_not_comparable", "later", basis=name, one=mine[name] or "—", other=theirs[name] or "—")
    if not (baseline.period_from < later.period_from and baseline.period_to < later.period_to):
        yield _no("claim_periods_order", "later", one=_period(baseline), other=_period(later))
    if Decimal(baseline.value) <= 0 or not Decimal(later.value) < Decimal(baseline.value):
        yield _no("claim_nothing_reduced", "later", baseline=baseline.value, later=later.value, unit=later.unit)


def _period(one: Cited) -> str:
    return f"{one.period_from} – {one.period_to}"


def _removal(claim: RemovalClaim, cited: Mapping[str, Cited], applicant_id: str, day: str) -> Iterator[Finding]:
    wrong = list(_footprint("footprint", cited, applicant_id))
    yield from wrong or _standing("footprint", cited["footprint"], day)
    if Decimal(claim.amount) <= 0:
        yield _no("claim_amount_zero", "amount")
    yield from _ordered(claim.period.begin, claim.period.end, day)
    if claim.in_footprint:
        yield _no("claim_removal_counted_twice", "in_footprint")


def _ordered(begin: str, end: str, day: str) -> Iterator[Finding]:
    if end < begin:
        yield _no("claim_period_reversed", "period", begin=begin, end=end)
    elif end > day:
        yield _no("claim_period_to_come", "period", end=end, day=day)


def _neutral(
    asked: ClaimTerms, claim: NeutralClaim, cited: Mapping[str, Cited], applicant_id: str, day: str
) -> Iterator[Finding]:
    yield from _ordered(claim.period.begin, claim.period.end, day)
    yield from _credits(claim.credits, day)
    if Decimal(claim.quantity) <= 0:
        yield _no("claim_amount_zero", "quantity")
    wrong = list(_footprint("footprint", cited, applicant_id))
    yield from wrong
    if wrong:
        return
    footprint = cited["footprint"]
    yield from _standing("footprint", footprint, day)
    yield from _reduced(asked, claim, footprint, cited.get("reduction"), applicant_id, day)
    if footprint.unit.partition("/")[0] not in TONNES or Decimal(footprint.value) < 0:
        yield _no("claim_unit_not_counted", "footprint", value=footprint.value, unit=footprint.unit)
        return
    total, retired = covered_tonnes(claim, footprint), sum((one.tonnes for one in claim.credits), Decimal(0))
    if retired < total:
        yield _no("claim_credits_short", "credits", retired=plain(retired), total=plain(total))


def _reduced(
    asked: ClaimTerms, claim: NeutralClaim, footprint: Cited, reduction: Cited | None, applicant_id: str, day: str
) -> Iterator[Finding]:
    """Neutrality rests on a reduction of the product's own, where the scheme asks for one."""
    if claim.reduction is None:
        committed = asked.reduction == "certificate_or_commitment" and footprint.committed
        if asked.reduction is not None and not committed:
            yield _no("claim_reduction_missing", "reduction", number=footprint.number)
        return
    if reduction is None:
        yield _no("claim_citation_unknown", "reduction")
    elif reduction.kind != "reduction" or reduction.holder_id != applicant_id:
        yield _no("claim_citation_no_reduction", "reduction", number=reduction.number)
    elif (reduction.product_zh, reduction.category) != (footprint.product_zh, footprint.category):
        yield _no("claim_other_product", "reduction", one=footprint.product_zh, other=reduction.product_zh)
    else:
        yield from _standing("reduction", reduction, day)


def _credits(blocks: tuple[CreditBlock, ...], day: str) -> Iterator[Finding]:
    for at, one in enumerate(blocks):
        place = f"credits.{at}"
        if one.last < one.first:
            yield _no("credit_serials_reversed", place, first=one.first, last=one.last)
        if one.retired_on > day:
            yield _no("credit_not_retired", place, retired_on=one.retired_on, day=day)
        if one.vintage > int(one.retired_on[:4]):
            yield _no("credit_vintage_later", place, vintage=one.vintage, retired_on=one.retired_on)
        if any(overlap(one, other) for other in blocks[:at]):
            yield _no("credit_twice", place, serials=serials(one))


def overlap(one: CreditBlock, other: CreditBlock) -> bool:
    """Whether two blocks share a serial number of the same registry."""
    same = (folded(one.registry), folded(one.block)) == (folded(other.registry), folded(other.block))
    return same and one.first <= other.last and other.first <= one.last


def folded(text: str) -> str:
    """Return how a registry or block is told apart: without case and spaces.

    >>> folded("Verra  VCS ") == folded("verra vcs")
    True
    """
    return "".join(text.split()).casefold()


def serials(one: CreditBlock) -> str:
    """Return a block as people name it."""
    return f"{one.registry} {one.block} {one.first}–{one.last}"
