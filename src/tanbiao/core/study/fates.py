"""What becomes of a material: shares by route from a versioned table, each with the treatment that the study names.

A row's mass is split over the routes (``data/study/end_of_life_shares.json``, by material and region). A study may put
its own shares in the place of the table's, with a reason. A route with a share and no treatment is refused by name:
nothing that is thrown away disappears.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from tanbiao.core.amounts import add
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.study.method_parts import ROUTES, Fate
from tanbiao.core.study.model import Study

BURDEN_FREE = "burden_free"


@dataclass(frozen=True, slots=True)
class Way:
    """A route with its share (0…1) and the dataset that treats it; None: the next product system carries it."""

    route: str
    share: float
    dataset: str | None


@lru_cache(maxsize=1)
def tables() -> Mapping[str, Any]:
    """Return the tables by ``id@version``."""
    text = resources.files("tanbiao.data.study").joinpath("end_of_life_shares.json").read_text(encoding="utf-8")
    loaded: Mapping[str, Any] = json.loads(text)["tables"]
    return loaded


def shares_of(reference: str, material: str, region: str, where: str = "") -> Mapping[str, float]:
    """Return route → share of a material in a region.

    Raises
    ------
    TanbiaoError
        ``fate_table_unknown``; ``fate_not_in_table`` with what the table has.
    """
    known = tables()
    if reference not in known:
        raise TanbiaoError.of("fate_table_unknown", f"{where}.table", table=reference, known=", ".join(known))
    rows = known[reference]["rows"]
    for row in rows:
        if row["material"] == material and row["region"] == region:
            found: Mapping[str, float] = row["shares"]
            return found
    has = ", ".join(f"{row['material']} {row['region']}" for row in rows) or "—"
    params = {"material": material, "region": region, "table": reference, "has": has}
    raise TanbiaoError.of("fate_not_in_table", f"{where}.material", **params)


def ways(fate: Fate, read: Callable[[str, str], float], where: str) -> list[Way]:
    """Return the routes that have a share.

    Parameters
    ----------
    read
        Returns the number of a share's text.
    where
        The place of the row's ``fate``, for errors.

    Raises
    ------
    TanbiaoError
        As :func:`shares_of`; ``fate_without_shares``, ``fate_without_reason``, ``fate_share`` (shares that are negative
        or do not add up to 1), ``fate_without_treatment``.
    """
    if fate.shares:
        if fate.reason is None:
            raise TanbiaoError.of("fate_without_reason", f"{where}.reason")
        shares: dict[str, float] = {key: read(text, f"{where}.shares.{key}") for key, text in fate.shares.items()}
    elif fate.table is not None:
        shares = dict(shares_of(fate.table, fate.material, fate.region, where))
    else:
        raise TanbiaoError.of("fate_without_shares", where, known=", ".join(tables()))
    total = add(*shares.values())
    if any(share < 0 for share in shares.values()) or abs(total - 1.0) > 1e-9:
        raise TanbiaoError.of("fate_share", f"{where}.shares", sum=f"{total:.9g}")
    found = []
    for route in ROUTES:
        share = shares.get(route, 0.0)
        if share == 0.0:
            continue
        stated = getattr(fate, route)
        if stated is None:
            raise TanbiaoError.of("fate_without_treatment", f"{where}.{route}", route=route, share=f"{100 * share:g}")
        found.append(Way(route, share, None if stated == BURDEN_FREE else str(stated)))
    return found


def fate_rows(study: Study) -> list[dict[str, Any]]:
    """Return the fates of a study beside what the tables say, for the result."""
    body = []
    for _, row in study.rows():
        if row.fate is None:
            continue
        fate = row.fate
        table = tables().get(fate.table or "")
        published: Mapping[str, float] | None = None
        if table is not None and fate.table is not None:
            try:
                published = shares_of(fate.table, fate.material, fate.region)
            except TanbiaoError:
                published = None
        body.append(
            {
                "row": row.id,
                "material": fate.material,
                "region": fate.region,
                "table": fate.table,
                "standing": None if table is None else table["standing"],
                "source": None if table is None else table["source"],
                "shares": {str(key): text for key, text in fate.shares.items()} or _texts(published or {}),
                "table_shares": None if published is None else _texts(published),
                "reason": fate.reason,
            }
        )
    return body


def _texts(shares: Mapping[str, float]) -> dict[str, str]:
    return {key: f"{value:g}" for key, value in shares.items()}
