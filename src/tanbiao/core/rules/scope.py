"""What the names of a rule's expressions mean, before any study is read: quantity with its unit, text, or yes and no.

A quantity whose unit only the study knows (``row.amount``, ``product.capacity`` where the rule declares no such field)
has no dimension here; it is compared when a study is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal

from tanbiao.core.rules.reading import RESULT_PLACES
from tanbiao.core.study.expressions import Dimension
from tanbiao.core.units import parse_amount, parse_unit

if TYPE_CHECKING:
    from tanbiao.core.rules.model import Rule


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an expression stands for."""

    kind: Literal["quantity", "text", "truth"]
    dimension: Dimension | None = None
    """Of a quantity; None: known only when a study is read."""
    basis: str = ""
    unit: str = ""
    """The unit as a person writes it, for messages."""

    @property
    def is_dynamic(self) -> bool:
        """Whether its unit is the study's to say."""
        return self.kind == "quantity" and self.dimension is None


def quantity(unit: str, where: str = "") -> Meaning:
    """Return the meaning of a quantity in a unit."""
    found = parse_unit(unit, where)
    return Meaning("quantity", found.dimension, found.basis, unit)


TEXT: Final = Meaning("text")
TRUTH: Final = Meaning("truth")
DYNAMIC: Final = Meaning("quantity")
ONE: Final = quantity("1")
MASS: Final = quantity("kg")
ENERGY: Final = quantity("kWh")

ROW: Final[Mapping[str, Meaning]] = {
    "emission": MASS, "mass": MASS, "energy": ENERGY, "amount": DYNAMIC, "share": ONE, "quality": ONE, "year": ONE,
    "distance": quantity("km"), "covered": ONE,
    **dict.fromkeys(("id", "stage", "activity", "process", "data", "supply", "region", "gas", "fuel"), TEXT),
    **dict.fromkeys(("dataset", "geography", "absent"), TEXT),
    **dict.fromkeys(("stand_in", "evidence", "sourced", "proof"), TRUTH),
}  # fmt: skip
"""``row.NAME``, see :class:`~tanbiao.core.rules.row_reading.RowReading`."""

_SHARES: Final = {"quality", "quality.assessed", "primary_share", "foreign_share", "gwp.other", "gwp.unknown"}
PLAIN: Final[Mapping[str, Meaning]] = {
    **{name: ONE if name in _SHARES else MASS for name in RESULT_PLACES},
    "study.boundary": TEXT, "study.category": TEXT, "study.country": TEXT, "study.gwp": TEXT, "study.months": ONE,
}  # fmt: skip

FUNCTIONS: Final[Mapping[str, Meaning]] = {
    "mass": MASS, "energy": ENERGY, "emission": MASS, "amount": DYNAMIC, "has": TRUTH,
}  # fmt: skip
"""Functions of one path: a stage, a process, ``process.takes``, a row."""
AGGREGATES: Final = ("sum", "share", "count", "any", "all", "highest", "lowest")


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands and what its names may be.

    Parameters
    ----------
    unit
        The declared unit of the rule.
    fields
        Name of a declared property of the product → its meaning.
    row
        Whether ``row.NAME`` stands for a row: in a check of each row, or inside ``sum(…)`` and its like.
    """

    where: str = ""
    clause: str = "—"
    unit: Meaning = DYNAMIC
    fields: Mapping[str, Meaning] = field(default_factory=dict)
    row: bool = False

    def of_rows(self) -> Scope:
        """Return the scope inside an aggregate."""
        return replace(self, row=True)

    def name(self, name: str) -> Meaning | None:
        """Return what a plain name means; None where there is no such name."""
        head, _, rest = name.partition(".")
        if head == "row":
            return ROW.get(rest) if self.row else None
        if name == "unit":
            return self.unit
        if head == "product" and rest:
            return self.fields.get(rest, DYNAMIC)  # a field of the study's own is compared when it is read
        if head == "parameter" and rest:
            return DYNAMIC
        return PLAIN.get(name)

    def known(self) -> list[str]:
        """Return every plain name, for a message."""
        rows = [f"row.{name}" for name in ROW] if self.row else []
        return [*rows, "unit", "product.…", "parameter.…", *PLAIN]


def scope_of(rule: Rule, where: str, clause: str = "—", *, row: bool = False) -> Scope:
    """Return the scope of an expression at a place of a rule.

    Raises
    ------
    TanbiaoError
        ``unit_unknown`` …: the rule's declared unit, or that of a field.
    """
    unit = parse_amount(rule.unit.declared.amount, "unit.declared.amount")[1]
    fields = {item.name: quantity(item.unit, f"fields.{item.name}.unit") for item in rule.fields}
    return Scope(where, clause, Meaning("quantity", unit.dimension, unit.basis, str(unit)), fields, row)
