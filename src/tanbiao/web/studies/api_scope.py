"""The REST API of a study's goal and scope, and of what the records of its electricity cover."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from pydantic import BaseModel, Field

from tanbiao.core.findings import render
from tanbiao.web.access import access
from tanbiao.web.accounts.actor import actor_of
from tanbiao.web.api_kit import FindingOut, Router
from tanbiao.web.language import current
from tanbiao.web.studies import api_ageing, api_waivers, prescribed, queries, scoping, supplies

router = Router()
router.add_router("", api_waivers.router)
router.add_router("", api_ageing.router)


class StudyScopeIn(BaseModel):
    """Parts of goal and scope as the study's format has them; null takes a part out, what is not named stays."""

    expected_parent: Annotated[str, Field(max_length=80)]
    goal: dict[str, Any] | None = None
    function: dict[str, str] | None = None
    functional: dict[str, str] | None = None
    reference_flow: dict[str, str] | None = None
    capital_goods: dict[str, str] | None = None
    assumptions: Annotated[list[dict[str, str]], Field(max_length=200)] | None = None
    limitations: Annotated[list[dict[str, str]], Field(max_length=200)] | None = None


class StudyScopeOut(BaseModel):
    """Goal and scope, what of it is missing, what stands against it, and the revision that says it."""

    revision: str
    scope: dict[str, Any]
    findings: list[FindingOut]


class RuleScenarioIn(BaseModel):
    """A scenario of the rule to follow: its quantities, and why one is not the rule's own."""

    expected_parent: Annotated[str, Field(max_length=80)]
    scenario: Annotated[str, Field(max_length=64)]
    parameters: Annotated[dict[str, str], Field(max_length=50)]
    reason: Annotated[str, Field(max_length=1000)] = ""


class RuleScenariosOut(BaseModel):
    """The scenarios of the study's rule with the values used, and the revision that says so."""

    revision: str
    scenarios: list[dict[str, Any]]


class CoveredSupplyOut(BaseModel):
    """A row of electricity that rests on records: the share of it that they cover, and what they lack."""

    row: str
    supply: str
    covered: float
    findings: list[FindingOut]


@router.get("/studies/{uuid:study_id}/electricity-claims", response=list[CoveredSupplyOut])
@access("studies.view")
def get_electricity_claims(request: HttpRequest, study_id: UUID) -> list[CoveredSupplyOut]:
    """Return what the records of the study's electricity cover, before anything is calculated."""
    return [
        CoveredSupplyOut(
            row=item.row,
            supply=item.supply,
            covered=item.share,
            findings=[FindingOut(**render(found, current())) for found in item.findings],
        )
        for item in supplies.covered(actor_of(request), study_id)
    ]


@router.get("/studies/{uuid:study_id}/rule-scenarios", response=RuleScenariosOut)
@access("studies.view")
def get_rule_scenarios(request: HttpRequest, study_id: UUID) -> RuleScenariosOut:
    """Return the scenarios of the study's rule, the study's own values, and their names in formulas."""
    return _scenarios(request, study_id)


@router.put("/studies/{uuid:study_id}/rule-scenarios", response=RuleScenariosOut)
@access("studies.edit")
def put_rule_scenario(request: HttpRequest, study_id: UUID, body: RuleScenarioIn) -> RuleScenariosOut:
    """Follow a scenario of the study's rule, in the next revision."""
    prescribed.follow_scenario(actor_of(request), study_id=study_id, **body.model_dump())
    return _scenarios(request, study_id)


def _scenarios(request: HttpRequest, study_id: UUID) -> RuleScenariosOut:
    actor = actor_of(request)
    found = prescribed.scenarios(actor, study_id, current())
    return RuleScenariosOut(revision=queries.revision(actor, study_id).hash, scenarios=found)


@router.get("/studies/{uuid:study_id}/scope", response=StudyScopeOut)
@access("studies.view")
def get_scope(request: HttpRequest, study_id: UUID) -> StudyScopeOut:
    """Return goal and scope of the newest revision."""
    return _scope(request, study_id)


@router.put("/studies/{uuid:study_id}/scope", response=StudyScopeOut)
@access("studies.edit")
def put_scope(request: HttpRequest, study_id: UUID, body: StudyScopeIn) -> StudyScopeOut:
    """Write parts of goal and scope as the next revision."""
    named = body.model_dump(exclude_unset=True)
    parent = named.pop("expected_parent")
    scoping.state_scope(actor_of(request), study_id=study_id, scope=named, expected_parent=parent)
    return _scope(request, study_id)


def _scope(request: HttpRequest, study_id: UUID) -> StudyScopeOut:
    actor = actor_of(request)
    told, found = scoping.scope_of(actor, study_id)
    return StudyScopeOut(
        revision=queries.revision(actor, study_id).hash,
        scope=told,
        findings=[FindingOut(**render(item, current())) for item in found],
    )
