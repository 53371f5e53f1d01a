"""Five-valued amounts: a number, or one of four ways of not being there.

``unknown``, ``not_declared``, ``excluded`` and ``below_cut_off`` are four different statements, and none of them is
zero. :class:`Tally` is the sum of such values: it keeps what is known apart from what is absent, and says whether the
sum is complete.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tanbiao.core.findings import TanbiaoError


class AbsenceKind(StrEnum):
    """Why a number is not there."""

    UNKNOWN = "unknown"
    NOT_DECLARED = "not_declared"
    EXCLUDED = "excluded"
    BELOW_CUT_OFF = "below_cut_off"


class Completeness(StrEnum):
    """What a sum may be read as."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    """Some stages are not declared; what is declared is complete."""
    INCOMPLETE = "incomplete"
    """Something is unknown: shown as "≥ known" (or "known" where a credit is absent), never as a plain number."""


@dataclass(frozen=True, slots=True)
class Absence:
    """A value that is not there.

    Parameters
    ----------
    kind
        Which of the four.
    reason
        Why, in the author's words; an exclusion must have one.
    where
        The row or stage it stands for, as a path in the document.
    bound
        An upper bound of what it could hide, in the unit of the sum; None if none is known.
    credit
        Whether the absent value would have been subtracted: then "≥ known" would be wrong.
    """

    kind: AbsenceKind
    reason: str = ""
    where: str = ""
    bound: float | None = None
    credit: bool = False

    def __post_init__(self) -> None:
        if self.kind is AbsenceKind.EXCLUDED and not self.reason.strip():
            raise TanbiaoError.of("exclusion_without_reason", self.where)

    def __mul__(self, factor: float) -> Absence:
        """k × absence = the same absence, for every k, 0 included."""
        return self

    __rmul__ = __mul__

    def as_json(self) -> dict[str, Any]:
        """Return ``{"absent", "reason", "bound"}`` with ``where`` and ``credit`` when they say something."""
        body: dict[str, Any] = {"absent": self.kind.value, "reason": self.reason, "bound": self.bound}
        if self.where:
            body["where"] = self.where
        if self.credit:
            body["credit"] = True
        return body


Amount = float | Absence


def add(*terms: float) -> float:
    """Return the compensated sum of the terms in the order given (Neumaier 1974, Z. angew. Math. Mech. 54:39).

    Plain float64 additions only, so that every machine gives the same bits.
    """
    total = 0.0
    carry = 0.0
    for term in terms:
        raised = total + term
        if abs(total) >= abs(term):
            carry += (total - raised) + term
        else:
            carry += (term - raised) + total
        total = raised
    return total + carry


@dataclass(frozen=True, slots=True)
class Tally:
    """A sum of amounts: ``known`` is the sum of its numbers, ``absences`` the others in the order met."""

    known: float
    absences: tuple[Absence, ...] = ()

    @property
    def completeness(self) -> Completeness:
        """How the sum may be read; an unknown outweighs an undeclared stage."""
        kinds = {absence.kind for absence in self.absences}
        if AbsenceKind.UNKNOWN in kinds:
            return Completeness.INCOMPLETE
        if AbsenceKind.NOT_DECLARED in kinds:
            return Completeness.PARTIAL
        return Completeness.COMPLETE

    @property
    def is_lower_bound(self) -> bool:
        """Whether "≥ known" is true: something is unknown and no credit is."""
        unknown = [absence for absence in self.absences if absence.kind is AbsenceKind.UNKNOWN]
        return bool(unknown) and not any(absence.credit for absence in unknown)

    @property
    def bound(self) -> float | None:
        """Known plus the bounds of everything absent but the undeclared stages; None when one has no bound."""
        hidden = [absence.bound for absence in self.absences if absence.kind is not AbsenceKind.NOT_DECLARED]
        if any(value is None for value in hidden):
            return None
        return add(self.known, *(value for value in hidden if value is not None))

    def __add__(self, other: Tally) -> Tally:
        return Tally(add(self.known, other.known), self.absences + other.absences)


def tally(amounts: Iterable[Amount]) -> Tally:
    """Sum five-valued amounts.

    Raises
    ------
    TanbiaoError
        ``empty_sum``: a sum of nothing is 0 only for a stage that was declared empty with a reason, and then its
        author calls :func:`declared_empty`.
    """
    numbers: list[float] = []
    absences: list[Absence] = []
    for amount in amounts:
        if isinstance(amount, Absence):
            absences.append(amount)
        else:
            numbers.append(amount)
    if not numbers and not absences:
        raise TanbiaoError.of("empty_sum")
    return Tally(add(*numbers), tuple(absences))


def declared_empty(reason: str, where: str = "") -> Tally:
    """Return the sum of a stage that its author declares empty: 0, complete, and only with a reason."""
    if not reason.strip():
        raise TanbiaoError.of("empty_without_reason", where)
    return Tally(0.0)


def scale(factor: Amount, amount: Amount) -> Amount:
    """Return factor × amount; an absence on either side stays that absence (the left one first)."""
    if isinstance(factor, Absence):
        return factor
    if isinstance(amount, Absence):
        return amount
    return factor * amount


def _unknown(*operands: Tally) -> Absence | None:
    for operand in operands:
        if operand.completeness is Completeness.INCOMPLETE:
            return Absence(AbsenceKind.UNKNOWN, "an operand is incomplete")
    return None


def ratio(part: Tally, whole: Tally) -> Amount:
    """Return part ÷ whole (a share when the part belongs to the whole); unknown when an operand is incomplete."""
    absent = _unknown(part, whole)
    if absent is not None:
        return absent
    if whole.known == 0:
        return Absence(AbsenceKind.UNKNOWN, "the whole is zero")
    return part.known / whole.known


def compare(left: Tally, right: Tally) -> int | Absence:
    """Return −1, 0 or 1 for left <, =, > right; unknown when an operand is incomplete."""
    absent = _unknown(left, right)
    if absent is not None:
        return absent
    return (left.known > right.known) - (left.known < right.known)


def amount_as_json(amount: Amount) -> Any:
    """Return the JSON form of an amount: a number, or the absence's object."""
    return amount.as_json() if isinstance(amount, Absence) else amount


def amount_from_json(value: Any) -> Amount:
    """Read back what :func:`amount_as_json` wrote.

    Raises
    ------
    TanbiaoError
        ``amount_malformed``: neither a number nor an absence of a known kind.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | dict):
        raise TanbiaoError.of("amount_malformed", value=str(value))
    if not isinstance(value, dict):
        return float(value)
    try:
        kind = AbsenceKind(str(value.get("absent")))
    except ValueError as error:
        raise TanbiaoError.of("amount_malformed", value=str(value)) from error
    bound = value.get("bound")
    return Absence(
        kind,
        str(value.get("reason", "")),
        str(value.get("where", "")),
        None if bound is None else float(bound),
        bool(value.get("credit", False)),
    )
