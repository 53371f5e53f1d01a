"""Reading the verification of a case: risks, evidence plan, tests and the ledger of misstatements of its round."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tanbiao.core.verification.ledger import Misstatement as LedgerItem
from tanbiao.core.verification.ledger import MisstatementLedger, PopulationRow, misstatement_ledger
from tanbiao.core.verification.risk import Choice, Risk, propose_plan, proposed, suppliers_to_include
from tanbiao.core.verification.rows import ResultRow, result_rows
from tanbiao.web.certification import recalculation
from tanbiao.web.certification.models import (
    Case,
    Misstatement,
    RowTest,
    SampledRow,
    StrategicAnalysis,
    VerificationTerms,
)
from tanbiao.workflow.facts import VerificationFact
from tanbiao.workflow.terms import Terms, terms_of

CONCLUSIVE = ("consistent", "misstated")


def terms_in_force(case: Case) -> VerificationTerms | None:
    """Return the newest terms of the verification."""
    return case.verification_terms.order_by("-version").first()


def analysis_in_force(case: Case) -> StrategicAnalysis | None:
    """Return the newest strategic analysis."""
    return case.analyses.order_by("-version").first()


@dataclass(frozen=True)
class Engagement:
    """The verification of a case's round, read once; what is derived is derived from these rows only."""

    case: Case
    package: dict[str, Any]

    @cached_property
    def rows(self) -> tuple[ResultRow, ...]:
        """The rows of the frozen result, largest first."""
        return result_rows(self.package)

    @cached_property
    def terms(self) -> Terms:
        """The scheme's numbers as the case was accepted under them."""
        return terms_of(self.case.terms)

    @cached_property
    def agreed(self) -> VerificationTerms | None:
        """The terms of the verification."""
        return terms_in_force(self.case)

    @cached_property
    def analysis(self) -> StrategicAnalysis | None:
        """The strategic analysis."""
        return analysis_in_force(self.case)

    @cached_property
    def risks(self) -> dict[str, Risk]:
        """The assessed rows of this round."""
        return {row.row: Risk(row.inherent, row.control) for row in self.case.risks.filter(round=self.case.round)}

    @cached_property
    def reasons_of_risk(self) -> dict[str, str]:
        """Row → the verifier's words on its risk."""
        return dict(self.case.risks.filter(round=self.case.round).values_list("row", "reason"))

    @cached_property
    def plan(self) -> dict[str, SampledRow]:
        """The evidence plan of this round."""
        return {row.row: row for row in self.case.sample.filter(round=self.case.round)}

    @cached_property
    def tests(self) -> dict[str, list[RowTest]]:
        """Row → the tests of this round in their order; the newest of a kind counts."""
        found: dict[str, list[RowTest]] = {}
        for test in self.case.tests.filter(round=self.case.round).select_related("by").order_by("at", "id"):
            found.setdefault(test.row, []).append(test)
        return found

    @cached_property
    def misstatements(self) -> list[Misstatement]:
        """Everything that was found, in all rounds."""
        return list(self.case.misstatements.select_related("by").order_by("number"))

    def is_tested(self, row: str) -> bool:
        """Whether a row has a conclusive test and none that is left inconclusive."""
        newest = {test.kind: test.result for test in self.tests.get(row, ())}
        return bool(newest) and all(result in CONCLUSIVE for result in newest.values())

    def _from_outside(self, row: str) -> bool:
        """Whether a conclusive test of a row was traced to documents or confirmed by others."""
        newest = {test.kind: test.result for test in self.tests.get(row, ())}
        return any(newest.get(kind) in CONCLUSIVE for kind in ("trace", "confirm"))

    @property
    def proposal(self) -> tuple[Choice, ...]:
        """The evidence plan that follows from risks, shares and suppliers."""
        return propose_plan(
            self.rows,
            self.risks,
            share_min=self.terms.sampled_share_min,
            supplier_share=self.terms.supplier_share,
        )

    def risk_of(self, row: ResultRow) -> Risk:
        """Return the assessed risk, else the proposed one."""
        return self.risks.get(row.row) or proposed(row)

    @cached_property
    def suppliers(self) -> dict[str, float]:
        """Suppliers' sites that carry more than the scheme's share."""
        return suppliers_to_include(self.rows, self.terms.supplier_share)

    @property
    def suppliers_left_out(self) -> tuple[str, ...]:
        """Of these, the ones of whose rows none was tested by the supplier's own documents or confirmation.

        An analysis or recalculation at the desk sees nothing of the supplier's site.
        """
        seen = {row.supplier for row in self.rows if self.is_tested(row.row) and self._from_outside(row.row)}
        return tuple(site for site in self.suppliers if site not in seen)

    @cached_property
    def declared(self) -> float:
        """The declared value, unrounded, kg CO2e per declared unit: what the rule makes the headline."""
        result = self.package["result"]
        return float((result.get("declared") or result["total"])["value"])

    @cached_property
    def ledger(self) -> MisstatementLedger | None:
        """The ledger; None while there are no terms, because nothing says what is material."""
        if self.agreed is None:
            return None
        values = {row.row: row.value for row in self.rows}
        population = [
            PopulationRow(row.row, self.risk_of(row).stratum, row.size, self.is_tested(row.row)) for row in self.rows
        ]
        items = [
            LedgerItem(
                number=item.number,
                row=item.row,
                declared=float(item.declared),
                correct=float(item.correct),
                now=values.get(item.carried_by or item.row, 0.0),
                isolated=item.isolated,
                intended=item.intended,
            )
            for item in self.misstatements
        ]
        return misstatement_ledger(
            population, items, declared=self.declared, materiality_percent=float(self.agreed.materiality_percent)
        )

    @property
    def fact(self) -> VerificationFact:
        """Return where the verification stands, as the guards see it."""
        ledger, agreed = self.ledger, self.agreed
        return VerificationFact(
            assurance=agreed.assurance if agreed else "",
            materiality_percent=float(agreed.materiality_percent) if agreed else None,
            analysed=self.analysis is not None,
            unassessed=sum(row.row not in self.risks for row in self.rows),
            planned=len(self.plan),
            untested=tuple(row for row in self.plan if not self.is_tested(row)),
            suppliers_left_out=self.suppliers_left_out,
            standing=ledger.standing.value if ledger else "",
            percent=ledger.percent if ledger else None,
        )


def engagement_of(case: Case) -> Engagement:
    """Return the verification of a case that the caller found among those he may see."""
    return Engagement(case, recalculation.package_of(case))


def rows_in_dispute(case: Case) -> frozenset[str]:
    """Return the rows whose difference is on record as a misstatement: the ledger judges them."""
    return frozenset(case.misstatements.values_list("row", flat=True))
