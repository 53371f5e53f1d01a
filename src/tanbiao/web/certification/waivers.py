"""Reading the waivers of a case: what of its sealed result may be waived, and what was answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.rules.case_waivers import Item, Waived, items
from tanbiao.core.rules.load import parse_rule
from tanbiao.web import clock
from tanbiao.web.certification import recalculation
from tanbiao.web.certification.models import Case, CaseWaiver
from tanbiao.web.studies import queries as studies
from tanbiao.workflow.facts import WaiverFact

LOOKED_AT = ("footprint_verification", "technical_review", "decision")
"""States in which the next act asks what became of the waivers."""


@dataclass(frozen=True, slots=True)
class Line:
    """Something that may be waived of a case's package, and the answers to it in their order."""

    item: Item
    answers: tuple[CaseWaiver, ...]

    @property
    def standing(self) -> CaseWaiver | None:
        """The answer that was not withdrawn."""
        return next((row for row in self.answers if row.withdrawn_at is None), None)

    @property
    def state(self) -> str:
        """``open`` (asked for, not answered), ``granted``, ``refused``, ``withdrawn``, ``idle`` (not asked for)."""
        found = self.standing
        if found is not None:
            return "granted" if found.granted else "refused"
        if self.answers:
            return "withdrawn"
        return "open" if self.item.asked else "idle"

    @property
    def name(self) -> str:
        """The check, and the process where it is of one."""
        return f"{self.item.check}: {self.item.process}" if self.item.process else self.item.check


def items_of(package: Mapping[str, Any]) -> tuple[Item, ...]:
    """Return what may be waived of a package; nothing where it was calculated under no rule."""
    return items(parse_rule(package["rule"]), package["result"]) if package["rule"] else ()


def lines(case: Case) -> tuple[Line, ...]:
    """Return what may be waived of the package of the case's round, with its answers.

    Raises
    ------
    TanbiaoError
        The package can't be read.
    """
    found: dict[tuple[str, str], list[CaseWaiver]] = {}
    for row in case.waivers.filter(package_hash=case.package_hash).select_related("by", "withdrawn_by"):
        found.setdefault((row.check_id, row.process), []).append(row)
    made = items_of(recalculation.package_of(case))
    return tuple(Line(item, tuple(found.get((item.check, item.process), ()))) for item in made)


def facts_of_waivers(case: Case) -> tuple[WaiverFact, ...] | None:
    """Return what was asked to be waived, as the guards see it; None where the package can't be read."""
    try:
        found = lines(case)
    except TanbiaoError:
        return None
    return tuple(
        WaiverFact(line.name, line.item.roles, line.state, line.item.blocks) for line in found if line.state != "idle"
    )


def granted(rows: Iterable[CaseWaiver], *, named: bool = True) -> tuple[Waived, ...]:
    """Return the waivers that stand among these answers; without the person's name where it is nobody's business."""
    return tuple(
        Waived(
            check=row.check_id,
            process=row.process,
            by=row.by.name_zh if named else row.case.body.name_zh,
            role=row.role,
            reason=row.reason,
            on=clock.day_of(row.at).isoformat(),
        )
        for row in rows
        if row.granted and row.withdrawn_at is None
    )


@studies.case_waivers
def _of_package(package_hash: str) -> tuple[Waived, ...]:
    """Tell a study's result which of its checks a verification has waived; the body stands there, not its person."""
    rows = CaseWaiver.objects.filter(package_hash=package_hash).select_related("by", "case__body")
    return granted(rows, named=False)
