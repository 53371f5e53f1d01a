"""Price a recycled material: which of its content counts, and the terms of the formula as parts of a row.

Content counts where it is no home scrap, has a proof, and its chain of custody reaches the product: segregated, or by a
mass balance whose books hold. Book-and-claim is refused unless the rule allows it. What does not count is virgin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tanbiao.core import units
from tanbiao.core.findings import Severity, TanbiaoError
from tanbiao.core.study import circular, expressions
from tanbiao.core.study.instruments import Instrument, mass_of, used_before
from tanbiao.core.study.material_parts import Circular, Content, CreditKind
from tanbiao.core.study.spread import Basis, weaker

if TYPE_CHECKING:
    from tanbiao.core.study.flows import Flow, Resolver

KILOGRAM: Final = units.parse_unit("kg")
MEGAJOULE: Final = units.parse_unit("MJ")
MEGAJOULE_PER_KG: Final = units.parse_unit("MJ/kg")
ONE: Final = units.parse_unit("1")
CREDIT_OF: Final[Mapping[str, CreditKind]] = {"secondary_output": "recycling", "energy_recovery": "waste_to_energy"}
"""Module of the formula → kind of the credit that stands in it."""
Read = Callable[[str, str], Any]


def price(resolver: Resolver, blank: Flow, stated: Circular, where: str) -> Flow:
    """Return a row of recycled material with its parts.

    Raises
    ------
    TanbiaoError
        ``home_scrap_no_credit``, ``book_and_claim_refused``, ``content_over_balance``; as
        :func:`tanbiao.core.study.circular.terms`.
    """
    place = f"{where}.circular"
    if stated.scrap == "home" and (stated.R1 or stated.R2):
        raise TanbiaoError.of("home_scrap_no_credit", f"{place}.scrap")
    stated = with_values_of_rule(resolver, stated, place)
    bases: list[Basis] = [blank.basis]

    def read(text: str, at: str) -> Any:
        number, unit = resolver.amounts.pure(text, at)
        bases.extend(resolver.amounts.formula_basis(text, at))
        wanted = MEGAJOULE_PER_KG if at.endswith(".LHV") else ONE
        return expressions.Value.of(number, unit).in_unit(wanted, at)

    r1 = content(resolver, blank.row.id, stated, place, read)
    parts = []
    for term in circular.terms(stated, read, place, r1):
        dataset = resolver._dataset(str(stated.dataset(term.key)), f"{place}.{term.key}")
        unit = MEGAJOULE if term.energy else blank.unit
        met = resolver._meet(replace(blank, unit=unit), dataset.reference.parsed)
        share = np.atleast_1d(term.share)
        nominal = float(share[0])
        each = dataset.amount_in_reference(1.0, met, where=f"{place}.{term.key}")
        if term.energy:
            each *= units.convert(1.0, blank.unit, KILOGRAM, where=f"{where}.amount")
        sign = 1.0 if nominal >= 0 else -1.0
        part = resolver._priced(dataset, each * abs(nominal), where, sign=sign)
        draws = share / nominal if share.size > 1 and nominal else None
        parts.append(replace(part, credit=term.credit, module=term.module, draws=draws))
    return replace(blank, parts=tuple(parts), basis=weaker(*bases))


def with_values_of_rule(resolver: Resolver, stated: Circular, place: str) -> Circular:
    """Return the row with what the rule fixes of the formula, where it states none of it; findings say so.

    A is that of its material in the rule's table, else the rule's for every material.
    """
    if stated.method != "cff":
        return stated
    given: dict[str, str] = {}
    of_material = None if stated.material is None else a_of(stated.material, resolver.terms.recycling_a)
    if stated.A is None and of_material is not None:
        resolver.say("circular_a_of_rule", f"{place}.A", Severity.INFO, material=stated.material, value=of_material)
        given["A"] = of_material
    for key, value in resolver.terms.recycling_values:
        if getattr(stated, key) is None and key not in given:
            resolver.say("circular_value_of_rule", f"{place}.{key}", Severity.INFO, key=key, value=value)
            given[key] = value
    return stated.model_copy(update=given) if given else stated


def a_of(material: str, table: Iterable[tuple[str, str]]) -> str | None:
    """Return A of a material in a rule's table; that of ``other`` where it is not named, None without either."""
    known = dict(table)
    return known.get(material, known.get("other"))


def content(resolver: Resolver, row_id: str, stated: Circular, place: str, read: Read) -> Any:
    """Return the recycled share that counts (a number or samples), and note every kind of content for the result."""
    counted: Any = 0.0
    for index, item in enumerate(stated.contents()):
        at = f"{place}.content[{index}]" if stated.content else f"{place}.R1"
        share = circular.share_of(read(item.share, at), at, "R1")
        why = _refused(resolver, item, at, stated)
        if why is None and item.certificate is not None and item.amount is not None:
            amount = mass_of(item.amount, f"{at}.amount")
            whole = None if item.whole is None else mass_of(item.whole, f"{at}.whole")
            made = Instrument("recycled_content", item.certificate, amount, whole, row_id, at)
            why = "content_certificate_twice" if used_before(resolver.instruments, made) else None
            resolver.instruments += [] if why else [made]
        if why is None:
            counted = counted + share
        else:
            resolver.say(why, at, Severity.WARNING, value=item.share, scrap=item.scrap)
        resolver.contents.append(_told(row_id, at, item, float(np.ravel(share)[0]), why))
    return circular.share_of(counted, f"{place}.content", "R1")


def _refused(resolver: Resolver, item: Content, at: str, stated: Circular) -> str | None:
    """Return the code that says why content counts as virgin; None where it counts."""
    if item.custody == "book_and_claim" and not resolver.terms.book_and_claim:
        raise TanbiaoError.of("book_and_claim_refused", at if stated.content else at.replace(".R1", ".custody"))
    if item.scrap == "home":
        return "home_scrap_not_content"
    if not item.proof:
        return "recycled_content_without_proof"
    if stated.content and item.custody in (None, "mass_balance", "book_and_claim"):
        if item.custody is None:
            return "content_without_custody"
        if item.certificate is None or item.amount is None:
            return "content_without_certificate"
    if item.custody == "mass_balance" and item.balance is not None:
        received, given = (
            mass_of(getattr(item.balance, key), f"{at}.balance.{key}") for key in ("received", "attributed")
        )
        if given > received * (1 + 1e-9):
            raise TanbiaoError.of("content_over_balance", f"{at}.balance", received=f"{received:g}", given=f"{given:g}")
    elif stated.content and item.custody == "mass_balance":
        resolver.say("content_balance_missing", at, Severity.WARNING)
    return None


def _told(row_id: str, where: str, item: Content, share: float, why: str | None) -> dict[str, Any]:
    return {
        "row": row_id,
        "where": where,
        "scrap": item.scrap,
        "share": share,
        "counted": why is None,
        "why": why,
        "proof": item.proof,
        "custody": item.custody,
        "certificate": item.certificate,
    }
