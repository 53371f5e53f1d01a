"""Plays a rule's way with the real commands, as far as a test wants it. The rule is the documented example."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from factories import SYSTEM, World, make_actor
from tanbiao.core.canonical import content_hash
from tanbiao.core.rules.assessment import checklist
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.accounts.roles import Role
from tanbiao.web.factors import commands as factors
from tanbiao.web.rulebook import commands, documents, elements
from tanbiao.web.rulebook.models import MutationRun, RuleEntry

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
STUDY = "rule-complete-study.yaml"
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
"""Noon in China."""
FULL = {item.id: 2 for item in checklist().items}
"""Two of two points for each of the ten items: share 1."""
_REPORTS: dict[str, dict[str, Any]] = {}
"""Text but its names → its mutation report."""
LAYERS = {"national": "authority", "industry": "authority", "local": "authority", "group": "body"}


def text_of(rule_id: str, layer: str, version: str = "1.0.0", categories: Sequence[str] = ("fired-block",)) -> str:
    """Return the documented example under another id, layer and version."""
    text = (EXAMPLES / "rule-complete.yaml").read_text(encoding="utf-8")
    for old, new in (
        ("id: fired-block\n", f"id: {rule_id}\n"),
        ("version: 1.0.0\n", f"version: {version}\n"),
        ("layer: project\n", f"layer: {layer}\n"),
        ("categories: [fired-block]", f"categories: [{', '.join(categories)}]"),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    return text


@dataclass
class RuleWay:
    """One rule of one owner on its way, with a person for every duty."""

    world: World
    rule_id: str = "fired-block"
    version: str = "1.0.0"
    layer: str = "local"
    kind: str = "standard"
    categories: tuple[str, ...] = ("fired-block",)
    owner: Organisation | None = None
    entry_id: UUID | None = None
    now: datetime = NOON
    assessors: list[Actor] = field(default_factory=list)

    def __post_init__(self) -> None:
        world = self.world
        # Its examples are calculated on it; a transactional test may have emptied the tables.
        factors.install_release(SYSTEM, name="starter-2026.1")
        if self.owner is None:
            self.owner = world.body if self.layer in ("group", "enterprise") else world.authority
        self.drafter = world.actor(self.owner, Role.RULE_DRAFTER)
        self.secretariat = world.actor(world.operator, Role.OPERATOR)
        self.authority = world.actor(world.authority, Role.AUTHORITY_OFFICER)
        self.manager = world.actor(self.owner)
        if not self.assessors:
            self.assessors = [
                make_actor(world.body, Role.RULE_ASSESSOR),
                make_actor(world.operator, Role.RULE_ASSESSOR),
            ]

    @property
    def approver(self) -> Actor:
        """Whose the approval is: the authority's, or the owner's."""
        return self.authority if self.layer in ("national", "industry", "local") else self.manager

    @property
    def entry(self) -> RuleEntry:
        """The rule as it stands now."""
        return RuleEntry.objects.select_related("document", "batch", "owner").get(id=self.id)

    @property
    def id(self) -> UUID:
        """The rule's id."""
        assert self.entry_id is not None
        return self.entry_id

    def seen(self, command: Callable[..., Any], actor: Actor, **values: Any) -> Any:
        """Run a command on what stands now, at this way's time."""
        with clock.at(self.now):
            return command(actor, entry_id=self.id, builds_on=self.entry.head, **values)

    def later(self, days: int) -> None:
        """Let days pass."""
        self.now += timedelta(days=days)

    def propose(self, **more: Any) -> None:
        """Propose the rule."""
        values: dict[str, Any] = {
            "rule_id": self.rule_id,
            "version": self.version,
            "title_zh": "演示烧结砌块",
            "title_en": "DEMO fired blocks",
            "layer": self.layer,
            "kind": self.kind,
            "categories": self.categories,
        }
        with clock.at(self.now):
            self.entry_id = commands.propose(self.drafter, **{**values, **more}).id

    def write(self, text: str = "") -> None:
        """Save the complete text, with the study that its examples name."""
        body = text or text_of(self.rule_id, self.layer, self.version, self.categories)
        self.seen(commands.save_text, self.drafter, text=body)
        with clock.at(self.now):
            study = (EXAMPLES / STUDY).read_text(encoding="utf-8").replace("fired-block", self.categories[0])
            commands.add_study(self.drafter, entry_id=self.id, name=STUDY, data=study.encode())

    def assess(self, points: dict[str, int] | None = None, *, recommends: bool = True) -> None:
        """Let every assessor speak."""
        for one in self.assessors:
            self.seen(commands.assess, one, points=points or FULL, recommends=recommends, text="looked through")

    def file(self) -> None:
        """Fill the filing in and record it."""
        values = {"RZLB": "B", "RZLY": "B05", "RZXMFLDM": "B0501", "RZGZFBDW": "x", "RZYJBZMC": "GB/T 24067-2024"}
        values |= {"SSGZMC": "x", "SSGZBH": "y", "RZGZFBGXSJ": "20260401"}
        with clock.at(self.now):
            commands.fill_filing(self.drafter, entry_id=self.id, values=values)
        self.seen(commands.file, self.drafter, filing_number="DEMO-CNCA-1")

    def adopt(self, batch: str = "2026-1", until: date | None = None) -> None:
        """Put it on the list."""
        with clock.at(self.now):
            commands.adopt(self.authority, batch=batch, entries=[(self.id, self.entry.head)], transition_until=until)

    def until(self, state: str, **proposal: Any) -> RuleEntry:
        """Play the straight way from the proposal to a state."""
        self.propose(**proposal)
        return self.onward(state)

    def onward(self, state: str) -> RuleEntry:
        """Play the straight way from where it stands to a state."""
        for name, step in self._steps():
            if self.entry.state == state:
                break
            if self._before(self.entry.state, name):
                step()
                assert self.entry.state == name, (self.entry.state, name)
        assert self.entry.state == state
        return self.entry

    def _steps(self) -> list[tuple[str, Callable[[], Any]]]:
        steps = [("drafting", lambda: self.seen(commands.accept, self.secretariat)), ("consultation", self._open)]
        steps += [("review", self._close), ("issued", self._issue)]
        if self.kind == "certification_rule":
            steps.append(("filed", self.file))
        return [*steps, ("adopted", self.adopt)]

    def _before(self, state: str, name: str) -> bool:
        order = ["proposed", *(one for one, _ in self._steps())]
        return order.index(state) < order.index(name)

    def _open(self) -> None:
        self.write()
        self.seen(commands.open_consultation, self.drafter)

    def _close(self) -> None:
        self.later(31)
        self.seen(commands.close_consultation, self.drafter)
        self.reason()

    def report(self) -> MutationRun:
        """Make the mutation report of the newest text; one text under several names is changed only once."""
        with clock.at(self.now):
            run = commands.ask_mutations(self.drafter, entry_id=self.id)
            rule = documents.rule_of(self.entry.document)
            assert rule is not None
            named = ("id", "version", "layer", "covers")
            key = content_hash({name: value for name, value in rule.canonical().items() if name not in named})
            if key in _REPORTS:
                return commands.keep_mutations(SYSTEM, run_id=run.id, report=_REPORTS[key])
            done = commands.carry_mutations(run.id)
        _REPORTS[key] = done.report
        return done

    def reason(self) -> None:
        """Let the drafter say why the examples leave elements open."""
        self.report()
        left = elements.unreasoned(self.entry)
        assert left
        self.seen(commands.give_reasons, self.drafter, elements=left, text="arithmetic example, not a product")

    def _issue(self) -> None:
        self.assess()
        self.seen(commands.approve, self.approver)
