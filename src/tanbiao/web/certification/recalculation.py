"""Replaying the frozen package of a case, and reading its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from tanbiao.core.amounts import add
from tanbiao.core.canonical import decimal12
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.kinds.package import claim_of, computed, headline_of, is_package, verification_view
from tanbiao.web.certification import claims
from tanbiao.web.certification.models import Case
from tanbiao.web.studies.queries import read_json


@dataclass(frozen=True, slots=True)
class Replay:
    """Declared and recomputed value (canonical decimals), and whether the whole result came out to the same bits."""

    declared: str
    recomputed: str
    identical: bool


NOT_RUN = Replay("", "", False)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the result: its value (kg CO2e per declared unit) and its share of Σ|value|, 0…1."""

    row: str
    name: Mapping[str, str]
    stage: str
    value: float
    share: float
    dataset: str
    amount: str
    unit: str
    source: str
    stand_in: bool
    data: str = ""
    """How the amount is known: site_specific, primary (a supplier's own), secondary, estimate, stand_in."""


def package_of(case: Case) -> dict[str, Any]:
    """Return the frozen package of the case's round; the caller has found the case among those he may see."""
    body = read_json(case.package_hash)
    return verification_view(body) if is_package(body) else body


def replay_of(case: Case) -> Replay:
    """Recalculate the package and compare its result, bit by bit, with the one that was frozen."""
    from tanbiao.core.lca.release_find import find_release
    from tanbiao.core.study.package import identical, replay, withheld

    if case.is_of_claim:
        return _replay_of_claim(case)
    package = package_of(case)
    frozen = package["result"]
    declared = _decimal(frozen["total"]["value"])
    try:
        pinned = f"{package['release']['name']}@{package['release']['hash']}"
        release = find_release(pinned, data_dir=settings.TANBIAO_DATA) if withheld(package) else None
        result = replay(package, release)
    except TanbiaoError:
        return Replay(declared, "", False)
    again = result.canonical()["total"]["value"]
    return Replay(declared, _decimal(again), identical(package, result))


def _replay_of_claim(case: Case) -> Replay:
    """Work a claim's numbers out again from the certificates as the register has them now."""
    package = read_json(case.package_hash)
    claim = claim_of(package)
    declared = _decimal(headline_of(package)[0])
    try:
        again = computed(claim, claims.cited_by(claim))
    except (KeyError, ArithmeticError):
        return Replay(declared, "", False)
    return Replay(declared, _decimal(headline_of(package, again)[0]), again == package["computed"])


def contributions(case: Case) -> list[Row]:
    """Return the rows of the frozen result, largest first; a row that enters by several paths or kinds is one row."""
    found = package_of(case)["result"]["contributions"]
    whole = add(*(abs(float(item["value"])) for item in found))
    first: dict[str, Mapping[str, Any]] = {}
    values: dict[str, list[float]] = {}
    for item in found:
        first.setdefault(item["row"], item)
        values.setdefault(item["row"], []).append(float(item["value"]))
    rows = [
        Row(
            row=key,
            name=item.get("name", {}),
            stage=item.get("stage", ""),
            value=add(*values[key]),
            share=add(*(abs(value) for value in values[key])) / whole if whole else 0.0,
            dataset=item.get("dataset", ""),
            amount=str(item.get("amount", "")),
            unit=item.get("unit", ""),
            source=item.get("source", ""),
            stand_in=bool(item.get("stand_in")),
            data=str(item.get("data_kind") or ""),
        )
        for key, item in first.items()
    ]
    return sorted(rows, key=lambda item: (-item.share, item.row))


def _decimal(value: Any) -> str:
    return decimal12(float(value))
