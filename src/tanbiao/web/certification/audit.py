"""Reading the audit of a case: its plan and fences, the list of product consistency and what was answered."""

from __future__ import annotations

from datetime import date

from tanbiao.core.verification.consistency import Item, items
from tanbiao.core.verification.onsite import Fence
from tanbiao.web.accounts import reader_keys as readers
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.certification import recalculation, rounds
from tanbiao.web.certification.models import AuditPlan, Case, ConsistencyAnswer
from tanbiao.web.schemes import queries as schemes
from tanbiao.web.studies.queries import read_json
from tanbiao.workflow.facts import AuditFact
from tanbiao.workflow.terms import terms_of


def list_of(case: Case) -> tuple[Item, ...]:
    """Return the list that the sealed study of the case's round gives; a claim is about no product's make."""
    return () if case.is_of_claim else items(recalculation.package_of(case)["study"])


def unanswered(case: Case) -> int:
    """Return how many items of the list have no answer that stands."""
    stands = standing_answers(case)
    return sum(item.key not in stands for item in list_of(case))


def standing_answers(case: Case) -> dict[str, ConsistencyAnswer]:
    """Return item → its answer, as far as it stands: what a later round's package says otherwise is asked again."""
    now = {item.key: item for item in list_of(case)}
    lists: dict[int, dict[str, Item]] = {case.round: now}
    chain = rounds.packages(case)
    found = {}
    for row in case.consistency.all():
        if row.round not in lists:
            old = chain[row.round - 1] if row.round <= len(chain) else ""
            lists[row.round] = {item.key: item for item in items(read_json(old)["study"])} if old else now
        if row.item in now and lists[row.round].get(row.item) == now[row.item]:
            found[row.item] = row
    return found


def plan_of(case: Case) -> AuditPlan | None:
    """Return how the audit is planned now."""
    return case.audit_plans.order_by("-version").first()


def fact_of(case: Case) -> AuditFact | None:
    """Return the plan as the guards see it."""
    plan = plan_of(case)
    return None if plan is None else AuditFact(plan.mode, tuple(sorted(fences_of(case))))


def day_told(case: Case) -> date | None:
    """Return the day that the applicant may know: of an unannounced audit none before somebody has checked in."""
    plan = plan_of(case)
    if plan is None or (plan.mode == "unannounced" and not case.visits.exists()):
        return None
    return plan.day


def fences_of(case: Case) -> dict[str, Fence]:
    """Return the fence of each site of the plan."""
    plan = plan_of(case)
    return {
        row["site"]: Fence(row["latitude"], row["longitude"], row["radius_m"]) for row in (plan.fences if plan else ())
    }


def reader_keys(case: Case) -> list[dict[str, str]]:
    """Return the key of the case's body under which exact positions are sealed today; empty where it has none."""
    body = Organisation.objects.filter(id=case.body_id)
    return [reader.key.jwk for reader in readers.readers_among(body)]


def remote_share_max(case: Case) -> float:
    """Return the largest share of the man-days that may be worked from afar: the scheme's table's, else its term."""
    table = schemes.scheme(case.scheme).man_days
    if table is not None and table.remote_at_most is not None:
        return float(table.remote_at_most)
    return terms_of(case.terms).remote_share_max
