"""Guards of label licences and uses: what the certificate covers, where the scheme lets a label stand, how wide."""

from __future__ import annotations

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.workflow.life_facts import LicenceFacts, UseFacts
from tanbiao.workflow.registry import REGISTRY


def _no(code: str, where: str = "", **params: str | int | float) -> Finding:
    return finding(code, Severity.BLOCKING, where, **params)


@REGISTRY.guard("licence")
def licence_scope_stated(facts: LicenceFacts) -> Finding | None:
    """The licence says from which production dates or batches it is."""
    return None if not facts.scope_gaps else _no("licence_scope_missing", facts.scope_gaps[0])


@REGISTRY.guard("licence")
def licence_scope_covered(facts: LicenceFacts) -> Finding | None:
    """Models and days lie within the certificate."""
    return None if not facts.outside else _no("licence_outside_certificate", "scope", what=", ".join(facts.outside))


@REGISTRY.guard("licence")
def no_open_violation(facts: LicenceFacts) -> Finding | None:
    """No violation of this certificate's label is open."""
    return None if not facts.violations_open else _no("licence_violation_open", count=facts.violations_open)


ENDS_WITH = {
    "certificate_changed": ("changed", "succeeded"),
    "certificate_expired": ("expired",),
    "certificate_cancelled": ("cancelled",),
    "certificate_withdrawn": ("withdrawn",),
}


@REGISTRY.guard("licence")
def end_reason_fits(facts: LicenceFacts) -> Finding | None:
    """A reason that names the certificate's end is true, and only the holder wishes."""
    states = ENDS_WITH.get(facts.reason)
    if states is not None:
        return None if facts.certificate_state in states else _no("licence_reason_untrue", "reason")
    sides = {"holder_request": "holder", "mark_misuse": "body"}
    return None if sides.get(facts.reason) in facts.hand.parties else _no("licence_reason_of_other", "reason")


@REGISTRY.guard("label_use")
def licence_active(facts: UseFacts) -> Finding | None:
    """The licence is active: no new use without it."""
    return None if facts.licence_state == "active" else _no("licence_not_active", "licence")


@REGISTRY.guard("label_use")
def position_allowed(facts: UseFacts) -> Finding | None:
    """The scheme lets the label stand there."""
    return None if facts.position_known else _no("position_not_allowed", "position")


@REGISTRY.guard("label_use")
def width_enough(facts: UseFacts) -> Finding | None:
    """The label is at least as wide as the scheme asks for at that position."""
    least = facts.minimum_width_mm
    if least is None or (facts.width_mm is not None and facts.width_mm >= least):
        return None
    return _no("label_too_narrow", "width_mm", least=f"{least:g}")


@REGISTRY.guard("label_use")
def quantity_stated(facts: UseFacts) -> Finding | None:
    """Where the scheme counts uses, their number is declared."""
    if not facts.quantity_needed or (facts.quantity is not None and facts.quantity >= 1):
        return None
    return _no("quantity_needed", "quantity")


@REGISTRY.guard("label_use")
def production_covered(facts: UseFacts) -> Finding | None:
    """The products were or will be made on the licence's days or in its batches."""
    return _no("production_outside_licence", "production") if facts.outside_production else None


@REGISTRY.guard("label_use")
def model_covered(facts: UseFacts) -> Finding | None:
    """The model is one of the licence's."""
    return None if facts.model_covered else _no("model_outside_licence", "model")


@REGISTRY.guard("label_use")
def figure_as_certified(facts: UseFacts) -> Finding | None:
    """The figure that was seen is the certified one."""
    if facts.figure_seen and facts.figure_seen == facts.figure_certified:
        return None
    return _no("figure_differs", "figure", seen=facts.figure_seen or "—", certified=facts.figure_certified)
