"""Guards of a label scheme's template: nothing opens it but what its lock asks for."""

from __future__ import annotations

from tanbiao.core.findings import Finding, Severity, finding
from tanbiao.workflow.facts import SchemeFacts
from tanbiao.workflow.registry import REGISTRY


def _no(code: str, where: str = "", **params: str | int | float) -> Finding:
    return finding(code, Severity.BLOCKING, where, **params)


@REGISTRY.guard("scheme")
def scheme_is_template(facts: SchemeFacts) -> Finding | None:
    """Only a template can be unlocked; any other scheme is what its document says."""
    return None if facts.needs else _no("scheme_no_template", "scheme", scheme=facts.reference)


@REGISTRY.guard("scheme")
def scheme_needs_brought(facts: SchemeFacts) -> tuple[Finding, ...]:
    """Everything that the lock asks for is there; each thing that is missing is named at its own place."""
    missing = [need for need in facts.needs if need not in facts.brought]
    return tuple(_no(f"scheme_needs_{need}", need, scheme=facts.reference) for need in missing)


@REGISTRY.guard("scheme")
def number_pattern_free(facts: SchemeFacts) -> Finding | None:
    """No other scheme of the platform gives numbers by the same pattern: a number names its scheme."""
    if not facts.pattern_taken_by:
        return None
    return _no("scheme_pattern_taken", "number_pattern", other=facts.pattern_taken_by)


@REGISTRY.guard("scheme")
def newer_scheme_open(facts: SchemeFacts) -> Finding | None:
    """A newer version of the same scheme is open here."""
    return None if facts.newer_open else _no("scheme_newer_missing", "scheme", scheme=facts.reference)
