"""Random sequences of the real commands by random people over cases in a database, to the certificate and its life.

``tests/workflow/test_command_sequences.py`` plays 100,000 sequences on the lifecycles with their guards alone. Here the
commands themselves are called, as pages and API call them: people with several roles, stale citations, acts out of
place. Whatever is tried, a certificate has its whole chain in the database: an issue whose order cites opinion, review
and decision, each a line of the chained history, by people who had no other duty.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest

from factories import World, make_actor
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.certification import commands as cases
from tanbiao.web.certification.acts import LIFECYCLE
from tanbiao.web.certification.commands.planning import Assignment
from tanbiao.web.certification.facts import current_opinion, current_review
from tanbiao.web.certification.models import Case, CaseEvent, HeldDuty, Vote
from tanbiao.web.commanding import Refused
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.ledger import fsck
from tanbiao.web.register import commands as register
from tanbiao.web.register import issuing
from tanbiao.web.register.models import Certificate, Issue
from tanbiao.workflow.facts import Duty
from tanbiao.workflow.machine import Step
from tanbiao.workflow.registry import REGISTRY
from web.certification.playing import Play

pytestmark = pytest.mark.django_db
BODY_ROLES = (Role.CASE_MANAGER, Role.VERIFIER, Role.REVIEWER, Role.DECIDER)
STALE = "sha256:" + "f" * 64
STEPS = 45
LEADS_ON = (
    *("accept", "sign", "plan", "start", "pass_documents", "visit", "sample", "state_opinion", "review", "grant"),
    "issue",
)
LEADS_AWAY = (
    *("refuse", "require_rectification", "resubmit", "return_to_team", "deny", "reopen", "withdraw", "terminate"),
    "void_issue",
)


@dataclass
class Person(Play):
    """The commands of a case, each by whoever tries it."""

    me: Any = None

    def who(self, role: Role) -> Actor:
        """Return whoever tries, in the place of everybody of the case who is not the applicant."""
        enterprise = (Role.ENTERPRISE_MANAGER, Role.ENTERPRISE_EDITOR, Role.ADVISER)
        return super().who(role) if self.me is None or role in enterprise else self.me


@dataclass
class Game:
    """One case, the people around it, and what was tried."""

    dice: Random
    play: Person
    people: Sequence[Actor]
    tried: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)

    @property
    def case(self) -> Case:
        return self.play.case

    def head(self) -> str:
        return self.case.head if self.dice.random() < 0.95 else STALE

    def command(self, event: str, actor: Actor) -> None:
        """Try a command as somebody; what it refuses must have changed nothing."""
        case, given = self.case, {"case_id": self.case.id}
        reason = self._reason(event)
        self.play.me = actor
        acts: dict[str, Callable[[], Any]] = {
            "accept": self.play.accept,
            "sign": lambda: cases.sign(actor, builds_on=self.head(), **given),
            "plan": lambda: self._plan(actor),
            "start": self.play.start,
            "pass_documents": lambda: cases.pass_documents(actor, builds_on=self.head(), **given),
            "visit": self.play.visit,
            "sample": self.play.sample,
            "state_opinion": lambda: self.play.state_opinion(
                builds_on=self.head(), kind="unmodified" if self.dice.random() < 0.9 else "adverse"
            ),
            "review": lambda: self.play.review(builds_on=self.head(), positive=self.dice.random() < 0.9),
            "grant": lambda: self.play.grant(builds_on=self.head()),
            "deny": lambda: self.play.grant(builds_on=self.head(), grant=False, reason=reason),
            "refuse": lambda: cases.refuse(actor, reason=reason, **given),
            "require_rectification": lambda: cases.require_rectification(actor, **given),
            "resubmit": lambda: cases.resubmit(actor, **given),
            "return_to_team": lambda: cases.return_to_team(actor, builds_on=self.head(), reason=reason, **given),
            "reopen": lambda: cases.reopen_verification(actor, **given),
            "withdraw": lambda: cases.withdraw(actor, reason=reason, **given),
            "terminate": lambda: cases.terminate(actor, builds_on=self.head(), reason=reason, **given),
            "void_issue": lambda: cases.void_issue(actor, reason=reason, **given),
            "issue": self._issue,
        }
        self.tried[event] += 1
        try:
            acts[event]()
        except Refused:
            # A macro of several commands may have done its first ones; a single command has done nothing.
            assert event in ("visit", "sample", "plan") or self.case.head == case.head, event
            return
        self.done[event] += 1

    def _reason(self, event: str) -> str:
        edge = LIFECYCLE.edge(self.case.state, event)
        return self.dice.choice(edge.reasons) if edge and edge.reasons else "holder_request"

    def _plan(self, actor: Actor) -> None:
        team = self.dice.sample([one for one in self.people if one.has(Role.VERIFIER)], 1)
        members = [Assignment(one.person_id, lead=True, no_conflict_declared=True) for one in team if one.person_id]
        cases.plan(actor, case_id=self.case.id, builds_on=self.head(), team=members, man_days=3.0)

    def _issue(self) -> None:
        ledger.settle()
        issuing.resume()
        ledger.settle()

    def next(self) -> None:
        """Try one command: mostly one that the state knows, by somebody with the role for it."""
        state = self.case.state
        known = {edge.event for edge in LIFECYCLE.leaving(state)} | {"granted": {"issue"}}.get(state, set())
        known |= {"on_site": {"visit"}, "footprint_verification": {"sample"}}.get(state, set())
        fitting = [event for event in LEADS_ON if event in known] if self.dice.random() < 0.8 else []
        event = self.dice.choice(fitting or [*LEADS_ON, *LEADS_AWAY])
        if not fitting and event in LEADS_AWAY and self.dice.random() < 0.8:
            event = self.dice.choice(LEADS_ON)
        self.command(event, self._somebody(event))
        check(self.case)

    def _somebody(self, event: str) -> Actor:
        """Return who tries: mostly somebody with the role, for the team's acts mostly somebody of the team."""
        if self.dice.random() < 0.2:
            return self.dice.choice(self.people)
        role = {"review": Role.REVIEWER, "grant": Role.DECIDER, "accept": Role.CASE_MANAGER, "plan": Role.CASE_MANAGER}
        team = set(self.case.team.values_list("person_id", flat=True))
        if event == "sign":
            return self.dice.choice([one for one in self.people if one.has(Role.CASE_MANAGER, Role.ENTERPRISE_MANAGER)])
        if event not in role and team:
            return self.dice.choice([one for one in self.people if one.person_id in team])
        return self.dice.choice([one for one in self.people if one.has(role.get(event, Role.VERIFIER))] or self.people)


def check(case: Case) -> None:
    """A certificate of the case has the whole chain; so has a grant that is about to become one."""
    walk = [
        Step(line.event, line.source, line.target)
        for line in CaseEvent.objects.filter(case=case, is_transition=True).order_by("index")
    ]
    assert LIFECYCLE.replay(walk) == case.state
    issued = Certificate.objects.filter(issue__case=case)
    if not issued.exists() and case.state != "granted":
        return
    opinion, review = current_opinion(case), current_review(case)
    assert opinion is not None
    assert review is not None
    assert (opinion.kind, review.positive, review.opinion_id) == ("unmodified", True, opinion.id)
    assert opinion.package_hash == case.package_hash == case.study.package_hash
    (vote,) = Vote.objects.filter(case=case, review=review, void=False)
    assert vote.grants
    held = HeldDuty.objects.filter(case=case)
    team, reviewers, deciders, applicants = (
        set(held.filter(duty=duty.value).values_list("person_id", flat=True))
        for duty in (Duty.TEAM, Duty.REVIEWER, Duty.DECIDER, Duty.APPLICANT)
    )
    assert opinion.by_id in team
    assert review.by_id in reviewers
    assert vote.by_id in deciders
    for one, two in ((team, reviewers), (team, deciders), (reviewers, deciders)):
        assert not one & two, "one person has two duties"
    assert not applicants & (team | reviewers | deciders)
    lines = list(CaseEvent.objects.filter(case=case, is_transition=True).order_by("index"))
    acts = [line.event for line in lines]
    grant = len(acts) - 1 - acts[::-1].index("grant")
    before = [event for event in acts[:grant] if event not in ("grant", "void_issue")]
    assert before[-2:] == ["state_opinion", "review"]
    for certificate in issued:
        order = Issue.objects.get(id=certificate.issue_id).order
        assert order["opinion"]["hash"] == opinion.hash
        assert order["review"] == review.hash
        assert order["decision"] == lines[grant].hash
        assert certificate.package_hash == order["package_hash"]


def sequence(seed: int, world: World) -> Game:
    """Play one case from its application on; most of the body's people have several roles."""
    dice = Random(seed)
    body = [make_actor(world.body, *dice.sample(BODY_ROLES, dice.choice((1, 1, 2, 4)))) for _ in range(6)]
    body.append(make_actor(world.body, Role.VERIFIER))
    play = Person(world)
    play.apply()
    game = Game(dice, play, [*body, play.manager, world.actor(world.other_body, Role.DECIDER)])
    for _ in range(STEPS):
        if LIFECYCLE.document.states[game.case.state].terminal:
            break
        game.next()
    for certificate in Certificate.objects.filter(issue__case=game.case):
        other = make_actor(world.body, Role.DECIDER)
        register.suspend(
            other, number=certificate.number, builds_on=certificate.head, reason="mark_misuse", text="演示"
        )
        game.done["certified"] += 1
    return game


@pytest.mark.parametrize("count", [8, pytest.param(400, marks=[pytest.mark.soak, pytest.mark.timeout(3600)])])
@pytest.mark.timeout(600)
def test_no_certificate_without_the_chain_whatever_commands_are_called(count: int, world: World) -> None:
    tried, done = Counter[str](), Counter[str]()
    for seed in range(count):
        game = sequence(seed, world)
        tried.update(game.tried)
        done.update(game.done)
    assert done["certified"] >= count // 8, done
    assert 0 < sum(done.values()) < sum(tried.values())
    assert fsck.check().errors == []


@pytest.mark.timeout(600)
@pytest.mark.parametrize("guard", [pytest.param("reviewer_separate", marks=pytest.mark.soak), "decider_separate"])
def test_without_a_guard_the_same_sequences_break_the_chain(
    guard: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(REGISTRY.guards, ("case", guard), lambda _: None)
    with pytest.raises(AssertionError, match="two duties"):
        deque((sequence(seed, world) for seed in range(100)), maxlen=0)
