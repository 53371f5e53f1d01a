"""What the method asks of a result beside its figure: one place where the calculation gathers these tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tanbiao.core.amounts import Tally
from tanbiao.core.findings import Finding
from tanbiao.core.study.capture import captured_table
from tanbiao.core.study.carbon import carbon_table
from tanbiao.core.study.data_period import period_table
from tanbiao.core.study.exclusions import exclusions
from tanbiao.core.study.fates import fate_rows
from tanbiao.core.study.functional import functional_table
from tanbiao.core.study.goal import goal_findings
from tanbiao.core.study.instruments import instruments_table
from tanbiao.core.study.ledger import Entry, Ledger
from tanbiao.core.study.scenarios import scenario_table
from tanbiao.core.study.screening import screening_table
from tanbiao.core.study.shares import control_table

if TYPE_CHECKING:
    from tanbiao.core.rules.model import Rule
    from tanbiao.core.study.flows import Resolver


def method_tables(
    resolver: Resolver, ledger: Ledger, entries: Sequence[Entry], document: Mapping[str, Any], rule: Rule | None
) -> tuple[dict[str, Any], list[Finding]]:
    """Return the tables of a result that the method asks for, and what they have found."""
    study = ledger.study
    carbon, found = carbon_table(study, entries, resolver.amounts)
    total = document["total"]
    functional, of_unit = functional_table(study, total["value"], total["completeness"])
    period, of_period = period_table(study, rule)
    screening, of_screening = screening_table(entries, ledger, Tally(total["value"], ledger.absences))
    tables = {
        "carbon": carbon,
        "scenarios": scenario_table(study),
        "fates": fate_rows(study),
        "recycled_content": resolver.contents,
        "captured": captured_table(entries),
        "instruments": instruments_table(resolver.instruments),
        "functional": functional,
        "data_period": period,
        "screening": screening,
        "control": control_table(study, ledger, entries),
        "exclusions": exclusions(ledger, total["value"], rule, entries),
    }
    return tables, found + of_unit + of_period + of_screening + goal_findings(study)
