"""What the rule of a study prescribes, as form, page and API offer it: defaults with source, scenarios to follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tanbiao.core.findings import Lang, TanbiaoError
from tanbiao.core.rules.model import Rule
from tanbiao.core.rules.prescribed import cited, clause_of, defaults_by_key, scenario_findings
from tanbiao.core.study.model import Study as Document
from tanbiao.core.study.scenarios import parameter_name
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import Invalid, NotFound, command
from tanbiao.web.rulebook import queries as rulebook
from tanbiao.web.studies import commands, queries
from tanbiao.web.studies.models import Revision


@dataclass(frozen=True, slots=True)
class Offer:
    """A default of the rule in the reader's language."""

    key: str
    title: str
    value: str
    source: str


def _rule(reference: Any) -> Rule | None:
    try:
        return rulebook.rule(str(reference)) if reference else None
    except TanbiaoError:
        return None


def offered(reference: Any, lang: Lang) -> list[Offer]:
    """Return the defaults of a rule; none where there is no rule, or it is no longer at hand."""
    rule = _rule(reference)
    found = {} if rule is None else defaults_by_key(rule)
    return [
        Offer(key, item.title.best(lang) if item.title else item.for_, item.value, item.source)
        for key, item in found.items()
    ]


def choices(offers: Sequence[Offer], now: str | None) -> list[tuple[str, str]]:
    """Return the defaults as choices of a form; one that a row names stays, even if the rule has it no more."""
    found = {one.key: f"{one.title}: {one.value}" for one in offers}
    return list(({now: now} | found if now and now not in found else found).items())


def prefilled(offers: Sequence[Offer], key: str) -> dict[str, str]:
    """Return the values of a form that takes a default over: its value, source and what kind of data it is."""
    found = next((one for one in offers if one.key == key), None)
    if found is None:
        return {}
    return {"amount": found.value, "source": found.source[:300], "default": key, "data_kind": "secondary"}


@command("studies.edit")
def follow_scenario(
    actor: Actor,
    *,
    study_id: UUID,
    scenario: str,
    parameters: Mapping[str, str],
    expected_parent: str,
    reason: str = "",
) -> Revision:
    """Follow a scenario of the study's rule: its quantities become parameters of the study, in the next revision.

    Parameters
    ----------
    parameters
        Quantity of the scenario → its value; one that is not the rule's own needs ``reason``.

    Raises
    ------
    NotFound
        ``study_without_rule``
    Invalid
        ``rule_scenario_unknown``, ``rule_scenario_quantity``, ``rule_scenario_changed``, ``rule_scenario_unit``, or the
        findings of the changed document; nothing is written.
    Conflict
        ``study_locked``; ``stale_parent``: somebody saved in between.
    """
    document = queries.document(actor, study_id)
    rule = _rule(document.get("rule"))
    if rule is None:
        raise NotFound.of("study_without_rule", str(study_id))
    part = {"scenario": scenario, "parameters": dict(parameters)}
    if reason.strip():
        part["reason"] = reason.strip()
    scenarios = document.setdefault("scenarios", {})
    others = [item for item in scenarios.get("rule", []) if item["scenario"] != scenario]
    scenarios["rule"] = [*others, part]
    parsed, findings = Document.parse(document)
    if parsed is None:
        raise Invalid(*findings)
    place = f"scenarios.rule[{len(others)}]"
    wrong = [item for item in scenario_findings(rule, parsed) if item.where.startswith(place)]
    if wrong:
        raise Invalid(*wrong)
    note = f"scenario {scenario}"
    return commands.save(actor, study_id=study_id, document=document, expected_parent=expected_parent, note=note)


def scenarios(actor: Actor, study_id: UUID, lang: Lang) -> list[dict[str, Any]]:
    """Return the scenarios of a study's rule: quantities with the rule's value, the study's own, and their names in
    formulas; empty where the rule has none.

    Raises
    ------
    NotFound
        ``study_unknown``; ``revision_unknown``: there is no document yet.
    """
    study = queries.parsed(actor, study_id)
    rule = _rule(study.rule)
    if rule is None:
        return []
    followed = cited(study)
    return [
        {
            "id": item.id,
            "title": item.title.best(lang),
            "stage": item.stage,
            "mandatory": item.mandatory,
            "followed": item.id in followed,
            "reason": (followed[item.id].reason or "") if item.id in followed else "",
            "clause": clause_of(rule),
            "parameters": [
                {
                    "name": one.name,
                    "title": one.title.best(lang) if one.title else one.name,
                    "rule": one.value,
                    "used": followed[item.id].parameters.get(one.name, "") if item.id in followed else one.value,
                    "source": one.source,
                    "formula": parameter_name(item.id, one.name),
                }
                for one in item.parameters
            ],
        }
        for item in rule.scenarios
    ]
