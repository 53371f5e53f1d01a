"""Moving a study through its lifecycle: gather the facts, ask the machine, write state, history and log.

Private to the feature's commands.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.commanding import fired
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.studies import queries
from tanbiao.web.studies.models import Result, Study, Transition
from tanbiao.workflow.document import START
from tanbiao.workflow.facts import Hand, StudyFacts
from tanbiao.workflow.machine import Option, load_lifecycle
from tanbiao.workflow.terms import terms_of

LIFECYCLE = "study"
EDITABLE = ("draft", "collecting", "calculated", "self_checked", "correction_needed", "recalc_needed")
"""States in which the document may change; the machine decides what saving does to the state."""

STAGE_CODES = frozenset({"stage_missing", "stage_without_reason", "stage_not_declared_required"})
CUT_OFF_CODES = frozenset({"cut_off_over_limit", "cut_off_exceeded", "cut_off_never"})
ELECTRICITY_CODES = frozenset({"electricity_unproven", "electricity_proof_missing", "electricity_supply_not_counted"})


def hand_of(actor: Actor, study: Study | None) -> Hand:
    """Return the actor as the machine sees him: an owner's person, or the platform itself."""
    if actor.is_system:
        return Hand(person="", parties=frozenset({"system"}))
    owner = study is None or actor.owns(study)
    return Hand(
        person=str(actor.person_id),
        roles=frozenset(role.value for role in actor.roles),
        parties=frozenset({"owner"}) if owner else frozenset(),
    )


def facts_of(actor: Actor, study: Study, **known: Any) -> StudyFacts:
    """Gather the facts of a study's newest revision and its result."""
    facts = StudyFacts(
        hand=hand_of(actor, study),
        terms=terms_of(),
        current=study.package_hash or (study.head.hash if study.head else None),
        rule_pinned=bool(study.head and study.head.rule),
        package_hash=study.package_hash,
    )
    result = study.head.results.order_by("-at", "-id").first() if study.head else None
    if result is not None:
        facts = _with_result(facts, result)
    return replace(facts, **known)


def _with_result(facts: StudyFacts, result: Result) -> StudyFacts:
    document = queries.read_json(result.blob)
    codes = {item["code"] for item in document["findings"] if item["severity"] in ("error", "blocking")}
    unknown = [item for item in document["total"]["absences"] if item["absent"] == "unknown"]
    screening = document.get("screening") or {"rows": []}
    return replace(
        facts,
        calculated=True,
        stages_settled=not codes & STAGE_CODES,
        cut_off_within_limit=not codes & CUT_OFF_CODES,
        electricity_proven=not codes & ELECTRICITY_CODES,
        uncertainty_run=result.samples > 0,
        blocking_findings=sum(item["severity"] in ("error", "blocking") for item in document["findings"]),
        required_unknown=len(unknown),
        screening_rows=", ".join(dict.fromkeys(str(row["row"]) for row in screening["rows"])),
    )


def options(actor: Actor, study: Study) -> tuple[Option, ...]:
    """Return what may happen next to a study and, for each, why this actor may not do it now.

    The hash that a decision builds on is that of what the reader has on the screen.
    """
    facts = facts_of(actor, study)
    # By how much the figure moves is asked in the form, so that it can't be a reason against what is offered.
    looking = replace(
        facts, builds_on=facts.current, package_hash=facts.package_hash or facts.current or "", change_percent=math.inf
    )
    return load_lifecycle(LIFECYCLE).options(study.state, looking)


def move(actor: Actor, study: Study, event: str, facts: StudyFacts, **private: Any) -> None:
    """Fire an event on a locked study: new state, one line of history, one pending log entry.

    Raises
    ------
    NotAllowed
        The event is not this actor's to fire.
    Conflict
        No such edge from this state, or a guard refuses; the findings say why.
    """
    source = study.state or START
    step = fired(load_lifecycle(LIFECYCLE), source, event, facts)
    now = clock.now()
    study.state = step.to
    study.changed_at = now
    study.save()
    Transition.objects.create(
        study=study,
        event=event,
        source=source,
        target=step.to,
        person=actor.person,
        reason=facts.reason,
        at=now,
    )
    ledger.record(
        actor,
        type="study_event",
        subject=str(study.id),
        event={
            "what": step.log_type,
            "study": str(study.id),
            "from": source,
            "to": step.to,
            "reason": facts.reason,
            **private,
        },
        public={},
    )
