"""Random sequences of commands by random people over case, certificate, surveillance, label licence and label use.

Each sequence is played on the shipped lifecycles with their guards, as the platform plays them: what an edge's effects
say is done, duties are held for ever, every act cites what it builds on. People have several roles, facts are often
bad, citations often stale. Whatever is played, no certificate stands without the full chain of cited decisions by
distinct people. The quick suite plays 1,500 sequences, the soak 100,000. The commands themselves are called at random
in ``tests/web/certification/test_random_commands.py``.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import pytest

from tanbiao.workflow import Lifecycle, Refused, Step, load_lifecycle
from tanbiao.workflow.facts import Duty, Facts, FindingFact, Hand, Held, TeamMember, WaiverFact
from tanbiao.workflow.life_facts import LicenceFacts, SurveillanceFacts, UseFacts
from tanbiao.workflow.registry import REGISTRY, Registry
from workflow.builders import GOOD_OPINION, SEEN, SYSTEM_HAND, TERMS, case_facts, certificate_facts, finding

NAMES = ("certification-case", "certificate", "surveillance", "label-licence", "label-use")
CASE, CERTIFICATE, SURVEILLANCE, LICENCE, USE = NAMES
BODY = ("mike", "vera", "vic", "rita", "dora", "dan")
BODY_ROLES = ("case_manager", "verifier", "reviewer", "decider")
OTHERS = {
    "anna": Hand("anna", frozenset({"enterprise_manager", "verifier"}), frozenset({"applicant", "holder"})),
    "adam": Hand("adam", frozenset({"enterprise_editor", "decider"}), frozenset({"applicant", "holder"})),
    "olga": Hand("olga", frozenset({"authority_officer"}), frozenset({"authority"})),
}
STALE = "sha256:" + "f" * 64
TEAM_OF = {"mike": ("vera",), "vera": ("vera", "vic"), "vic": ("vic", "rita")}
STEPS = 90
DETOURS = frozenset(
    {
        *("refuse", "require_rectification", "return_to_team", "reopen_verification", "deny", "lapse", "void_issue"),
        *("give_up", "withdraw", "terminate", "cancel", "expire", "change", "transfer", "succeed", "suspend", "end"),
        *("call_off", "return", "stop", "find"),
    }
)
"""Events that lead away from a certificate: they are tried too, but less often, or few sequences would have one."""


@dataclass(frozen=True)
class Line:
    """An act that took place: who, on which state, citing what, and the head after it."""

    what: str
    event: str
    person: str
    cites: str
    head: str
    round: int


@dataclass
class Platform:
    """One product's case and what follows from it."""

    dice: Random
    hands: dict[str, Hand]
    cycles: dict[str, Lifecycle]
    states: dict[str, str] = field(default_factory=lambda: dict.fromkeys(NAMES, "start"))
    heads: dict[str, str] = field(default_factory=lambda: dict.fromkeys(NAMES, SEEN))
    lines: list[Line] = field(default_factory=list)
    steps: dict[str, list[Step]] = field(default_factory=lambda: {name: [] for name in NAMES})
    held: list[Held] = field(default_factory=lambda: [Held("dan", Duty.ADVISER)])
    team: tuple[str, ...] = ()
    votes: set[str] = field(default_factory=set)
    round: int = 1
    opinion: Any = None
    reviewed: bool | None = None
    issuing: bool = False
    waiver: str = "open"
    """What became of the waiver that the applicant asks for in every other sequence; empty: none is asked for."""
    surveyors: set[str] = field(default_factory=set)
    sampler: str = ""
    done: Counter[str] = field(default_factory=Counter)

    def luck(self, often: float) -> bool:
        return self.dice.random() < often

    def _answered(self) -> None:
        """Answer the waiver in the evaluation or take an answer back before the decision: acts within a state."""
        state = self.states[CASE]
        if self.waiver in ("open", "withdrawn") and state in ("doc_review", "on_site", "footprint_verification"):
            self.waiver = "granted" if self.luck(0.9) else "refused"
        elif self.waiver and state in ("footprint_verification", "technical_review", "decision") and self.luck(0.05):
            self.waiver = "withdrawn"

    def play(self) -> None:
        """Try one command: mostly one that leads on from the present state, by somebody who might."""
        if self.waiver and self.luck(0.3):
            self._answered()
        issued = self.states[CERTIFICATE] != "start"
        # A certificate is begun by its case's issue alone (:meth:`_case_happened`), as the platform's saga does.
        name = self.dice.choice(NAMES if issued else (CASE, CASE, CASE, CASE, SURVEILLANCE, LICENCE, USE))
        cycle, state = self.cycles[name], self.states[name]
        leaving = cycle.leaving(state)
        weights = [1 if edge.event in DETOURS else 50 for edge in leaving]
        edge = self.dice.choices(leaving, weights)[0] if leaving and self.luck(0.92) else None
        event = edge.event if edge else self.dice.choice(cycle.events)
        hand = self._hand(edge) if edge and self.luck(0.85) else self.dice.choice([*self.hands.values(), SYSTEM_HAND])
        reason = self.dice.choice(edge.reasons) if edge and edge.reasons else ""
        facts = self._facts(name, hand, event, reason)
        try:
            step = cycle.fire(state, event, facts)
        except Refused as refused:
            self._voted(event, hand, refused)
            return
        self._happened(name, step.event, step.to, step.effects, facts)

    def _hand(self, edge: Any) -> Hand:
        fit = [
            one
            for one in (*self.hands.values(), SYSTEM_HAND)
            for rule in edge.actors
            if rule.party in one.parties and (rule.party == "system" or rule.role in one.roles)
        ]
        return self.dice.choice(fit) if fit else SYSTEM_HAND

    def _facts(self, name: str, hand: Hand, event: str, reason: str) -> Facts:
        cited = self.heads[name] if self.luck(0.9) else STALE
        base = {"reason": reason, "builds_on": cited, "current": self.heads[name], "days_in_state": 20}
        if name == CASE:
            return self._case(hand, event, base)
        if name == CERTIFICATE:
            appeal = self.dice.choice(("", "stays", "rejected", "upheld"))
            left = self.dice.choice((365, 100, -1))
            made = certificate_facts(hand, **base, days_to_expiry=left, corrected=self.luck(0.7))
            proposer = self.dice.choice(("", *BODY))
            return replace(made, appeal=appeal, proposed_by=proposer)
        life = {**base, "hand": hand, "terms": TERMS, "certificate_state": self.states[CERTIFICATE]}
        life |= {"days_to_expiry": 200, "text": "said" if self.luck(0.9) else ""}
        if name == SURVEILLANCE:
            change = self.dice.choice((None, 1.0, 60.0))
            failed = ("consistency",) if self.luck(0.2) else ()
            missing = ("marks",) if self.luck(0.1) else ()
            return SurveillanceFacts(
                **life, items_failed=failed, items_missing=missing, change_percent=change,
                surveyors=frozenset(self.surveyors), hand_refusals=(),
            )  # fmt: skip
        if name == LICENCE:
            return LicenceFacts(**life, violations_open=int(self.states[USE] == "violation"))
        seen = self.dice.choice(("61.3", "16.3"))
        return UseFacts(
            **life, licence_state=self.states[LICENCE], position_known=self.luck(0.9), sampler=self.sampler,
            figure_seen=seen, figure_certified="61.3",
        )  # fmt: skip

    def _case(self, hand: Hand, event: str, base: dict[str, Any]) -> Facts:
        planned = TEAM_OF.get(hand.person, ("vera",)) if event == "plan" else self.team
        opinion = self.opinion
        if event == "state_opinion":
            opinion = GOOD_OPINION if self.luck(0.8) else replace(GOOD_OPINION, kind="adverse")
        return case_facts(
            hand,
            **base,
            signatures=frozenset({"applicant", "body"} if self.luck(0.7) else {"body"}),
            held=tuple(self.held),
            team=tuple(TeamMember(one, True, True, 5.0, True, lead=one == planned[0]) for one in planned),
            opinion=opinion,
            review_positive=self.reviewed if event != "review" else self.luck(0.8),
            grants=tuple(sorted(self.votes | {hand.person})),
            facts_open=int(event == "reopen_verification" and self.luck(0.3)),
            study_submitted=self.luck(0.95),
            consistency_open=0 if self.luck(0.95) else 2,
            waivers=(WaiverFact("site-data", ("verifier",), self.waiver, blocks=True),) if self.waiver else (),
            issue_complete=self.issuing,
            findings=self._findings(event),
        )

    def _findings(self, event: str) -> tuple[FindingFact, ...]:
        """Something to rectify where that is asked for, answered where it comes back, and now and then left open."""
        state = {"require_rectification": "raised", "resubmit": "answered"}.get(event, "")
        if state:
            return (finding(state),)
        return (finding("raised", "major"),) if self.luck(0.03) else ()

    def _voted(self, event: str, hand: Hand, refused: Refused) -> None:
        if event == "grant" and refused.code == "votes_missing":
            self.votes.add(hand.person)
            self.held.append(Held(hand.person, Duty.DECIDER, self.round))

    def _happened(self, name: str, event: str, target: str, effects: tuple[str, ...], facts: Any) -> None:
        person, before = facts.hand.person, self.states[name]
        cites = facts.builds_on
        self.states[name] = target
        self.steps[name].append(Step(event, before, target))
        self.heads[name] = f"{name}:{len(self.lines) + 1}"
        self.lines.append(Line(name, event, person, cites, self.heads[name], self.round))
        self.done[f"{name}.{event}"] += 1
        if name == CASE:
            self._case_happened(event, effects, facts)
        elif name == SURVEILLANCE:
            self._surveyed(event, person)
        elif name in (LICENCE, USE):
            self._labelled(name, event, facts)

    def _case_happened(self, event: str, effects: tuple[str, ...], facts: Any) -> None:
        person = facts.hand.person
        duty = {
            "apply": Duty.APPLICANT, "start": Duty.TEAM, "state_opinion": Duty.TEAM, "review": Duty.REVIEWER,
            "return_to_team": Duty.REVIEWER, "vote": Duty.DECIDER, "grant": Duty.DECIDER,
        }.get(event)  # fmt: skip
        if duty:
            self.held.append(Held(person, duty, self.round))
        if event == "plan":
            self.team = tuple(member.person for member in facts.team)
            self.held += [Held(one, Duty.TEAM, self.round) for one in self.team]
        if event == "state_opinion":
            self.opinion, self.reviewed = facts.opinion, None
            self.votes.clear()
        if event == "review":
            self.reviewed = facts.review_positive
        if event == "vote":
            self.votes.add(person)
        if "open_round" in effects:
            self.round, self.opinion, self.reviewed = self.round + 1, None, None
            self.waiver = "open" if self.waiver else ""
        if "void_issue" in effects:
            self.issuing = False
        if "begin_issue" in effects:
            self.issuing = True
        if event == "issue":
            self.check_chain()
            step = self.cycles[CERTIFICATE].fire("start", "issue", certificate_facts(SYSTEM_HAND))
            self.states[CERTIFICATE] = step.to
            self.steps[CERTIFICATE].append(Step("issue", "start", step.to))
            self.done["certificate.issued"] += 1

    def _surveyed(self, event: str, person: str) -> None:
        if event == "begin":
            self.surveyors = {person}
        if event in ("pass", "require_change", "fail"):
            assert person not in self.surveyors, "judged by who looked"
        if event in ("plan", "begin"):
            assert self.states[CERTIFICATE] in ("valid", "suspended")
        if event == "call_off":
            assert self.states[CERTIFICATE] not in ("valid", "suspended")

    def _labelled(self, name: str, event: str, facts: Any) -> None:
        person = facts.hand.person
        if name == LICENCE and event in ("apply", "grant", "restore"):
            assert self.states[CERTIFICATE] == "valid", "a label without a certificate in force"
        if name == USE and event in ("declare", "register"):
            assert self.states[LICENCE] == "active", "a use without a licence"
        if name == USE and event in ("sample", "find"):
            self.sampler = person
        if name == USE and event in ("find_compliant", "find_violation"):
            assert person == self.sampler
        if name == USE and event in ("close", "reopen"):
            assert person != self.sampler, "closed by who found it"

    def check_chain(self) -> None:
        """A case is issued: its grant cites its review, which cites its opinion, by three people with no other duty."""
        acts = [line for line in self.lines if line.what == CASE]
        places = {line.head: at for at, line in enumerate(acts)}
        assert [line.event for line in acts[:1]] == ["apply"]
        (grant,) = [line for line in acts if line.event == "grant"][-1:]
        after = [line.event for line in acts[places[grant.head] + 1 :]]
        assert after == ["issue"], after
        ground = [line for line in acts[: places[grant.head]] if line.event not in ("vote", "void_issue", "grant")]
        review, opinion = ground[-1], ground[-2]
        assert (review.event, opinion.event) == ("review", "state_opinion")
        assert review.cites == opinion.head
        assert grant.cites == acts[places[grant.head] - 1].head
        assert opinion.round == review.round == grant.round == self.round
        assert self.opinion is not None
        assert self.opinion.favourable
        assert self.reviewed is True
        assert self.waiver in ("", "granted"), "a certificate on a failed check that nobody waived"
        team = {one.person for one in self.held if one.duty is Duty.TEAM}
        reviewers = {one.person for one in self.held if one.duty is Duty.REVIEWER}
        deciders = {one.person for one in self.held if one.duty is Duty.DECIDER}
        others = {one.person for one in self.held if one.duty in (Duty.APPLICANT, Duty.ADVISER)}
        assert opinion.person in team
        for one, two in ((team, reviewers), (team, deciders), (reviewers, deciders)):
            assert not one & two
        assert not others & (team | reviewers | deciders)


def sequence(seed: int, cycles: dict[str, Lifecycle]) -> Platform:
    """Play one sequence: the people's roles are drawn with it, and most have several."""
    dice = Random(seed)
    roles = {one: frozenset(dice.sample(BODY_ROLES, dice.choice((1, 3, 4)))) for one in BODY}
    hands = {one: Hand(one, roles[one], frozenset({"body"})) for one in BODY} | OTHERS
    played = Platform(dice, hands, cycles, waiver="open" if seed % 2 else "")
    for _ in range(STEPS):
        played.play()
    for name in NAMES:
        assert cycles[name].replay(played.steps[name]) == played.states[name]
    return played


@pytest.mark.parametrize("count", [1_500, pytest.param(100_000, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])])
def test_no_certificate_without_the_full_chain_of_cited_decisions_by_distinct_people(count: int) -> None:
    cycles = {name: load_lifecycle(name) for name in NAMES}
    done: Counter[str] = Counter()
    for seed in range(count):
        played = sequence(seed, cycles)
        done.update(played.done)
        assert (played.states[CERTIFICATE] != "start") == (played.done["certificate.issued"] == 1), seed
    # The sequences do get there: what is asserted above was asked often enough.
    for reached in ("certificate.issued", "surveillance.pass", "label-use.declare", "certification-case.resubmit"):
        assert done[reached] >= count // 1000, (reached, done)


@pytest.mark.parametrize(
    ("facts", "guard"),
    [
        ("case", "reviewer_separate"),
        ("case", "decider_separate"),
        ("case", "builds_on_current"),
        ("case", "grounds_to_grant"),
        ("case", "waivers_stand"),
        ("licence", "certificate_valid"),
        ("label_use", "licence_active"),
        ("surveillance", "not_the_surveyor"),
    ],
)
def test_a_platform_without_a_guard_is_caught(facts: str, guard: str) -> None:
    """Each of these guards carries the property: without it some of the same sequences break it."""
    assert (facts, guard) in REGISTRY.guards
    loose = Registry()
    loose.guards.update(REGISTRY.guards)
    loose.effects.update(REGISTRY.effects)
    loose.guards[facts, guard] = lambda _: None
    cycles = {name: Lifecycle(load_lifecycle(name).document, loose) for name in NAMES}
    with pytest.raises(AssertionError):
        deque((sequence(seed, cycles) for seed in range(4_000)), maxlen=0)
