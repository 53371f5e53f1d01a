"""Captured CO2: kept away with a proof of permanence, or used by another and passed on once.

A row of CO2 says which share of it is captured, less what is lost on the way. The capture lowers the emission only
where the category rule counts it and the record holds; else the emission counts in full and the amount stands beside
it. What was captured elsewhere and is released here counts here, in full: its pass is used up once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tanbiao.core.amounts import add
from tanbiao.core.findings import Finding, Severity, TanbiaoError, finding
from tanbiao.core.study import expressions
from tanbiao.core.study.instruments import Instrument, mass_of, used_before
from tanbiao.core.study.material_parts import Capture
from tanbiao.core.study.method_defaults import default
from tanbiao.core.units import parse_unit

if TYPE_CHECKING:
    from tanbiao.core.study.flows import Flow, Resolver
    from tanbiao.core.study.ledger import Entry

ONE: Final = parse_unit("1")
CAPTURABLE: Final = ("CO2 fossil", "CO2 biogenic")
ITEMS: Final = {
    "stored": ("share", "site", "years", "proof", "certificate", "mass"),
    "used": ("share", "receiver", "proof", "certificate", "mass"),
    "received": ("certificate", "mass"),
}
"""What the record of a capture needs, by what becomes of the CO2."""
INSTRUMENT: Final = {"stored": "co2_storage", "used": "co2_pass", "received": "co2_received"}


def applied(resolver: Resolver, flow: Flow) -> Flow:
    """Return a row of CO2 less what is captured of it, where that counts.

    Raises
    ------
    TanbiaoError
        ``capture_share`` (a share that is not between 0 and 1).
    """
    stated = flow.row.capture
    if stated is None or flow.absence is not None:
        return flow
    place = f"{flow.where}.capture"
    kept = _share(resolver, stated.share, f"{place}.share") * (1.0 - _share(resolver, stated.lost, f"{place}.lost"))
    wrong = list(_wrong(stated, place))
    resolver.findings += wrong
    counts = not wrong and stated.fate != "received" and resolver.terms.capture
    if not wrong and (counts or stated.fate == "received"):
        made = _instrument(flow, stated, place)
        first = used_before(resolver.instruments, made)
        if first is None:
            resolver.instruments.append(made)
        else:
            wrong = [_twice(made, first, place)]
            resolver.findings += wrong
            counts = False
    if not wrong and not counts and stated.fate != "received":
        resolver.say("capture_not_counted", place, Severity.INFO, share=f"{100 * kept:.3g}")
    parts = []
    for part in flow.parts:
        if part.gas not in CAPTURABLE:
            parts.append(part)
            continue
        held = part.per_amount * (kept if stated.fate != "received" else 1.0)
        left = part.per_amount - held if counts else part.per_amount
        parts.append(replace(part, per_amount=left, captured=held, capture_counts=counts))
    return replace(flow, parts=tuple(parts))


def _share(resolver: Resolver, text: str | None, where: str) -> float:
    if text is None:
        return 0.0
    number, unit = resolver.amounts.pure(text, where)
    value = float(np.ravel(expressions.Value.of(number, unit).in_unit(ONE, where))[0])
    if not 0.0 <= value <= 1.0:
        raise TanbiaoError.of("capture_share", where, value=text)
    return value


def _wrong(stated: Capture, place: str) -> list[Finding]:
    """Return what is missing of the record, and a store that is too short to be one."""
    found = [
        finding("capture_item_missing", Severity.WARNING, f"{place}.{key}", item=key)
        for key in ITEMS[stated.fate]
        if getattr(stated, key) is None
    ]
    least = default("carbon_permanence_years")
    if stated.fate == "stored" and stated.years is not None and stated.years < least:
        params = {"years": f"{stated.years:g}", "least": f"{least:g}"}
        found.append(finding("capture_not_permanent", Severity.WARNING, f"{place}.years", **params))
    return found


def _twice(made: Instrument, first: Instrument, place: str) -> Finding:
    code = "capture_certificate_twice"
    return finding(code, Severity.WARNING, f"{place}.certificate", certificate=made.code, first=first.where)


def _instrument(flow: Flow, stated: Capture, place: str) -> Instrument:
    return Instrument(
        INSTRUMENT[stated.fate],
        str(stated.certificate),
        mass_of(str(stated.mass), f"{place}.mass"),
        None if stated.whole is None else mass_of(stated.whole, f"{place}.whole"),
        flow.row.id,
        place,
    )


def captured_table(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Return kg CO2 per declared unit that each row captures or takes over, and whether that lowers the total."""
    rows: dict[tuple[str, str], list[tuple[Entry, float]]] = {}
    for item in entries:
        stated = item.flow.row.capture
        if stated is not None and item.part.captured:
            held = float(item.times[0]) * float(item.flow.amount[0]) * item.part.captured
            rows.setdefault((item.flow.row.id, str(item.part.gas)), []).append((item, held))
    body = []
    for (row, gas), items in rows.items():
        stated = items[0][0].flow.row.capture
        assert stated is not None
        body.append(
            {
                "row": row,
                "gas": gas,
                "fate": stated.fate,
                "kilograms": add(0.0, *(held for _, held in items)),
                "counted": items[0][0].part.capture_counts,
                "site": stated.site or stated.receiver,
                "years": stated.years,
                "proof": stated.proof,
                "certificate": stated.certificate,
            }
        )
    return body
