"""Plays a dataset's way to publication with the real commands, as far as a test wants it. Figures are invented."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from factories import World, make_actor
from tanbiao.core.dataset.inventory import Exchange, Flow, FlowKind, Inventory, Process, ProcessKind
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.datasets import commands as datasets
from tanbiao.web.datasets import handlers
from tanbiao.web.datasets.models import DatasetVersion
from tanbiao.web.governance import commands
from tanbiao.web.governance.models import GovernedDataset

STEEL = Flow("f-steel", {"zh": "虚构钢", "en": "invented steel"}, FlowKind.PRODUCT, unit="kg")
CO2 = Flow("f-co2", {"en": "Carbon dioxide, fossil"}, FlowKind.ELEMENTARY, categories=("air",), unit="kg")


def steel(amount: float = 1.8, version: str = "1.0", key: str = "p-steel") -> Inventory:
    """Return a process that makes 1 kg of a metal and emits so many kg of CO2."""
    process = Process(
        key,
        {"zh": "虚构炼钢", "en": "invented steel making"},
        ProcessKind.UNIT,
        (
            Exchange("f-steel", False, 1.0, "kg", is_reference=True),
            Exchange("f-co2", False, amount, "kg"),
        ),
        version=version,
        location="CN",
        valid_from="2024",
        technology="invented",
    )
    return Inventory("openlca-jsonld-2", (process,), {"f-steel": STEEL, "f-co2": CO2})


def stored(actor: Actor, content: Inventory) -> DatasetVersion:
    """Store an inventory of one process as if the actor's file had held it."""
    record = datasets.bring(actor, filename="steel.zip", data=b"PK hand-made")
    datasets.store(handlers.SYSTEM, import_id=record.id, inventory=content, findings=())
    return DatasetVersion.objects.get(source=record)


GOOD = {"technology": 2, "geography": 1, "time": 2, "precision": 3}
"""Scores of a trace check: (2 + 1 + 2 + 3) / 4 = 2, which is "very good"."""


@dataclass
class Way:
    """One dataset of one provider on its way into one database, with a person for every duty."""

    world: World
    key: str = "demo-db"
    access: str = "public"
    level: str = "provincial"
    entry_id: UUID | None = None
    reviewers: list[Actor] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.provider = self.world.actor(self.world.alpha, Role.DATA_PROVIDER)
        self.secretariat = self.world.actor(self.world.operator, Role.OPERATOR)
        self.metrologist = self.world.actor(self.world.body, Role.METROLOGIST)
        self.authority = self.world.actor(self.world.authority, Role.AUTHORITY_OFFICER)
        if not self.reviewers:
            self.reviewers = [
                make_actor(self.world.body, Role.FACTOR_REVIEWER),
                make_actor(self.world.authority, Role.FACTOR_REVIEWER),
            ]

    def found(self) -> None:
        """Found the database."""
        commands.found_database(
            self.authority,
            key=self.key,
            name_zh="演示数据库",
            name_en="Demo database",
            level=self.level,
            access=self.access,
            licence="CC-BY-4.0",
        )

    @property
    def entry(self) -> GovernedDataset:
        """The dataset as it stands now."""
        return GovernedDataset.objects.select_related("database", "version").get(id=self.entry_id)

    def begin(self, content: Inventory | None = None) -> None:
        """Open and describe a draft of a new version."""
        version = stored(self.provider, content or steel())
        self.entry_id = commands.open_dataset(self.provider, database=self.key, version_id=version.id).id
        self.describe()

    def describe(self, **more: Any) -> None:
        """Describe the draft so that it may be submitted."""
        said = {"source_statement": "measured, invented", "legal_basis": "own data", "licence": "CC-BY-4.0"}
        commands.describe(self.provider, entry_id=self.id, **(said | more))

    @property
    def id(self) -> UUID:
        """The dataset's id."""
        assert self.entry_id is not None
        return self.entry_id

    def seen(self, command: Callable[..., Any], actor: Actor, **values: Any) -> GovernedDataset:
        """Run a command on what stands now."""
        made: GovernedDataset = command(actor, entry_id=self.id, builds_on=self.entry.head, **values)
        return made

    def drawn(self) -> list[Actor]:
        """The reviewers who were drawn in this round."""
        people = set(self.entry.drawn.filter(round=self.entry.round).values_list("person_id", flat=True))
        return [one for one in self.reviewers if one.person_id in people]

    def until(self, state: str, content: Inventory | None = None, **said: Any) -> GovernedDataset:
        """Play the straight way from a new draft to a state."""
        self.begin(content)
        if said:
            self.describe(**said)
        return self.onward(state)

    def onward(self, state: str) -> GovernedDataset:
        """Play the straight way from where it stands to a state."""
        steps: dict[str, Callable[[], Any]] = {
            "submitted": lambda: self.seen(commands.submit, self.provider),
            "screening": lambda: self.seen(commands.screen, self.secretariat),
            "peer_review": lambda: self.seen(commands.pass_screening, self.secretariat),
            "cross_validation": self.reviewed,
            "trace_check": self.compared,
            "approved": lambda: self.seen(
                commands.confirm_trace, self.metrologist, evidence=["meter record 1"], quality=GOOD
            ),
            "published": lambda: self.seen(commands.publish, self.authority, classification="open"),
        }
        order = list(steps)
        begun = order.index(self.entry.state) + 1 if self.entry.state in steps else 0
        for name, step in list(steps.items())[begun:]:
            if self.entry.state == state:
                break
            step()
            assert self.entry.state == name
        return self.entry

    def reviewed(self) -> None:
        """Let the drawn reviewers speak in favour, and close the reviews."""
        for one in self.drawn():
            self.seen(commands.review, one, positive=True, text="plausible")
        self.seen(commands.close_reviews, self.secretariat)

    def compared(self) -> None:
        """Set the figure beside another source, and pass."""
        self.seen(
            commands.compare,
            self.secretariat,
            source="invented yearbook",
            own_value=1.8,
            other_value=2.0,
            unit="kg CO2e/kg",
        )
        self.seen(commands.pass_comparison, self.secretariat)
