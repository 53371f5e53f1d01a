"""A study with its recycled materials under another method of sharing them between two lives."""

from __future__ import annotations

from tanbiao.core.study.circular import FIXED_A
from tanbiao.core.study.model import Row, Study


def with_recycling(study: Study, method: str, a: str | None = None) -> Study:
    """Return the study with every recycled material under one method.

    Parameters
    ----------
    method
        ``cff``, ``cut_off``, ``fifty_fifty`` or ``closed_loop``; the last three fix A and the quality, so that what a
        row states of them is left out.
    a
        A of the circular footprint formula for the rows that state none.
    """

    def changed(row: Row) -> Row:
        if row.circular is None:
            return row
        stated = {"A": None, "Qsin": None, "Qsout": None} if method in FIXED_A else {"A": row.circular.A or a}
        return row.model_copy(update={"circular": row.circular.model_copy(update={"method": method, **stated})})

    stages = study.stages.model_copy(
        update={
            name: stage.model_copy(update={"rows": tuple(changed(row) for row in stage.rows)})
            for name, stage in study.stages.items()
        }
    )
    return study.model_copy(update={"stages": stages})
