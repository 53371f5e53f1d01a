"""Recording the reduction commitment of a case at its audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from tanbiao.core.canonical import content_hash, decimal12
from tanbiao.core.verification.reduction import Measure, check_commitment
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.certification import recalculation
from tanbiao.web.certification.acts import note, of_my_team, require_state
from tanbiao.web.certification.commands.verifying import EVALUATING
from tanbiao.web.certification.models import ReductionCommitment
from tanbiao.web.commanding import Invalid, command


@command("certification.verify")
def record_commitment(
    actor: Actor,
    *,
    case_id: UUID,
    baseline: str,
    baseline_year: int,
    target: str,
    target_year: int,
    measures: Sequence[Measure],
) -> ReductionCommitment:
    """Record what the applicant commits himself to: figures in the unit of the sealed result, and his own measures.

    Raises
    ------
    Invalid
        Of :func:`tanbiao.core.verification.reduction.check_commitment`; ``reduction_by_offset`` names the measure.
    Conflict
        ``act_out_of_place``
    """
    case = of_my_team(actor, case_id)
    require_state(case, "record_commitment", *EVALUATING)
    refused = check_commitment(
        baseline=baseline, baseline_year=baseline_year, target=target, target_year=target_year, measures=measures
    )
    if refused:
        raise Invalid(*refused)
    made = ReductionCommitment(
        case=case,
        version=case.commitments.count() + 1,
        baseline=decimal12(float(baseline)),
        target=decimal12(float(target)),
        unit=str(recalculation.package_of(case)["result"]["total"]["unit"]),
        baseline_year=baseline_year,
        target_year=target_year,
        measures=[{**asdict(measure), "text": measure.text.strip()[:1000]} for measure in measures],
        by=person_of(actor),
        at=clock.now(),
    )
    fields = ("version", "baseline", "target", "unit", "baseline_year", "target_year", "measures")
    made.hash = content_hash({"case": str(case.id), **{name: getattr(made, name) for name in fields}})
    made.save()
    note(actor, case, "commitment_recorded", version=made.version, commitment=made.hash)
    return made
