"""A study with its recycled materials under another method of sharing them between two lives."""

from __future__ import annotations

from collections.abc import Iterable

from tanbiao.core.study.circular import FIXED_A
from tanbiao.core.study.circular_price import a_of
from tanbiao.core.study.material_parts import Circular
from tanbiao.core.study.model import Row, Study


def with_recycling(study: Study, method: str, a: str | None = None, *, table: Iterable[tuple[str, str]] = ()) -> Study:
    """Return the study with every recycled material under one method.

    Parameters
    ----------
    method
        ``cff``, ``cut_off``, ``fifty_fifty`` or ``closed_loop``; the last three fix A and the quality, so that what a
        row states of them is left out.
    a
        A of the circular footprint formula for the rows that state none.
    table
        A by material of a rule, which comes before ``a`` (see :func:`tanbiao.core.study.circular_price.a_of`).
    """
    known = tuple(table)

    def changed(row: Row) -> Row:
        if row.circular is None:
            return row
        stated: dict[str, str | None] = {"A": None, "Qsin": None, "Qsout": None}
        if method not in FIXED_A:
            stated = {"A": own_a(row.circular) or (None if _in_table(row.circular, known) else a)}
        return row.model_copy(update={"circular": row.circular.model_copy(update={"method": method, **stated})})

    stages = study.stages.model_copy(
        update={
            name: stage.model_copy(update={"rows": tuple(changed(row) for row in stage.rows)})
            for name, stage in study.stages.items()
        }
    )
    return study.model_copy(update={"stages": stages})


def own_a(stated: Circular) -> str | None:
    """Return A of the formula as a row states it; under a method that fixes A, what it states is the method's."""
    return None if stated.method in FIXED_A else stated.A


def without_a(study: Study, table: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the places of recycled materials for which neither the study nor a rule's table says A."""
    known = tuple(table)
    return tuple(
        f"{where}.circular"
        for where, row in study.rows()
        if row.circular is not None and own_a(row.circular) is None and not _in_table(row.circular, known)
    )


def _in_table(stated: Circular, table: tuple[tuple[str, str], ...]) -> bool:
    return stated.material is not None and a_of(stated.material, table) is not None
