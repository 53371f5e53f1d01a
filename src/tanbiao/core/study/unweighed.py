"""Gases of the background to which the study's GWP set gives no value: left out with mass and bound, never as zero.

The fifth assessment report has no value for some gases that the sixth weighs (ethane, propane, perchloroethene …). Such
a gas is in no sum of the study: values of two sets never meet in one. It stands among what is left out, with its mass
and the most that any other report weighs it at, and counts against the rule's cut-off. Above it there is no figure.

The bound is a measure of smallness, not a value of the set asked for, and not a strict one: of the 154 gases that both
the fifth and the sixth report weigh, 136 differ by less than a factor of 2, and 18 by more (``data/gases/gwp.json``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tanbiao.core import gases
from tanbiao.core.amounts import add
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.study.ledger import Entry
from tanbiao.core.study.method_defaults import default


def unweighed_rows(entries: Sequence[Entry], gwp_set: str, wholes: Mapping[str, float | None]) -> list[dict[str, Any]]:
    """Return a row of the cut-off ledger for each gas: kg per declared unit, and its bound as a share."""
    masses: dict[str, list[float]] = {}
    for entry in entries:
        for item in entry.part.intensity.unweighed:
            masses.setdefault(item.gas, []).append(abs(entry.nominal * item.mass))
    body = []
    for key in sorted(masses):
        mass = add(0.0, *masses[key])
        found = gases.unweighed({key: mass}, gwp_set)[0]
        known = gases.gas(key)
        body.append(
            {
                "id": key,
                "what": {"zh": known.name_zh or key, "en": known.name_en or key},
                "why": "no_gwp_value",
                "where": "gwp",
                "reason": f"{gwp_set}: —; {found.gwp_set}: GWP100 {known.gwp[found.gwp_set]:g} ({known.source})",
                "bound": mass,
                "unit": "kg",
                "counted": True,
                "shares": {
                    "mass": mass / wholes["mass"] if wholes["mass"] else None,
                    "energy": 0.0,
                    "emissions": found.bound / wholes["emissions"] if wholes["emissions"] else None,
                },
            }
        )
    return body


def judged(entries: Sequence[Entry], gwp_set: str, limit: float | None) -> list[Finding]:
    """Return what is to be said of the gases that are left out of these entries for want of a value.

    Parameters
    ----------
    limit
        The share of the total that may be left out by the rule's cut-off; None: the project default.

    Raises
    ------
    TanbiaoError
        ``gwp_unweighed_above_cut_off``: together they may be more.
    """
    whole = abs(add(0.0, *(entry.value for entry in entries)))
    rows = unweighed_rows(entries, gwp_set, {"mass": None, "emissions": whole or None})
    if not rows:
        return []
    allowed = default("unweighed_gas_share") if limit is None else limit
    share = add(0.0, *(row["shares"]["emissions"] for row in rows)) if whole else None
    params = told(gwp_set, [(row["id"], row["bound"]) for row in rows], share, allowed)
    if share is None or share > allowed * (1 + 1e-9):
        raise TanbiaoError.of("gwp_unweighed_above_cut_off", "gwp", **params)
    return [finding("gwp_unweighed", Severity.WARNING, "gwp", **params)]


def told(gwp_set: str, masses: Sequence[tuple[str, float]], share: float | None, limit: float) -> dict[str, str | int]:
    """Return the parameters of the finding: the first gases with their kg, and what they may be of the total."""
    return {
        "set": gwp_set,
        "gases": ", ".join(f"{key} {mass:.3g} kg" for key, mass in masses[:8]),
        "count": len(masses),
        "share": "—" if share is None else f"{100 * share:.3g}",
        "limit": f"{100 * limit:.3g}",
    }
