"""The scenes of the demonstration, and what later ones come back to; they stand in the order of their time, as the log
demands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from tanbiao.cli.site.demo_world import catalogued, claimed, governed, lived, opened, ruled, studied
from tanbiao.cli.site.demo_world.play import (
    CERTIFIED,
    COMPARABLE,
    EXPIRED,
    IN_VERIFICATION,
    ON_A_NEWER_RELEASE,
    RELEASE,
    SUSPENDED,
    SYSTEM,
    WITHDRAWN,
    Product,
    actor,
    certified,
    in_verification,
    people,
    settle,
    successor_of,
    suspend,
    withdraw,
)
from tanbiao.web import clock
from tanbiao.web.factors import commands as factors
from tanbiao.web.register import commands as register
from tanbiao.web.register.models import Certificate
from tanbiao.web.rulebook import commands as rulebook


def perform(progress: Callable[[Sequence[Callable[[], None]]], None] | None = None) -> None:
    """Build the whole demo world, scene by scene, oldest first."""
    scenes = Scenes(clock.wall()).in_order()
    if progress is not None:
        progress(scenes)
        return
    for scene in scenes:
        scene()


class Scenes:
    """The scenes and the certificates that later ones come back to."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._issued: dict[str, Certificate] = {}

    def in_order(self) -> list[Callable[[], None]]:
        """Return the scenes in the order of their time."""
        scenes: list[Callable[[], None]] = [self.opening]
        scenes += [partial(self.certify, EXPIRED), partial(self.certify, WITHDRAWN), self.withdrawal]
        scenes += [partial(self.certify, SUSPENDED), self.provincial_rule]
        aluminium, battery = CERTIFIED
        scenes += [partial(self.certify, aluminium), *(partial(self.compare, product) for product in COMPARABLE)]
        scenes += [partial(self.certify, battery)]
        scenes += [
            self.opened_categories,
            self.reviewed_studies,
            self.opened_template,
            self.suspension,
            self.verification,
            self.national_rule,
            self.other_kinds,
        ]
        return [*scenes, self.newer_release, self.governance, self.life, self.on_newer_release, self.expiry]

    def _ago(self, days: int) -> datetime:
        return (self._now - timedelta(days=days)).replace(hour=2, minute=0, second=0, microsecond=0)

    def opening(self) -> None:
        """Everybody registers, the factor release is installed, and the package's rules stand in the rulebook."""
        with clock.at(self._ago(EXPIRED.days_ago + 1)):
            people()
            factors.install_release(SYSTEM, name=RELEASE)
            rulebook.enrol_packaged(SYSTEM)
            settle()

    def certify(self, product: Product) -> None:
        """A product gets its certificate."""
        self._issued[product.example] = certified(product, self._ago(product.days_ago))

    def compare(self, product: Product) -> None:
        """A further product gets its certificate, to stand beside another one."""
        certified(product, self._ago(product.days_ago))

    def withdrawal(self) -> None:
        """A certificate is suspended, not corrected, and withdrawn."""
        certificate = self._issued[WITHDRAWN.example]
        suspend(WITHDRAWN, certificate, self._ago(330), "change_not_reported")
        withdraw(WITHDRAWN, certificate, self._ago(310))

    def opened_categories(self) -> None:
        """Two categories whose gates are green are opened."""
        catalogued.play(actor, self._ago(catalogued.DAYS))
        settle()

    def reviewed_studies(self) -> None:
        """A study with its critical review and the forms of schemes, another with goods of the border mechanism."""
        studied.play(actor, self._ago(studied.DAYS))
        settle()

    def suspension(self) -> None:
        """A certificate fails its surveillance."""
        suspend(SUSPENDED, self._issued[SUSPENDED.example], self._ago(20), "surveillance_failed")

    def verification(self) -> None:
        """A case is left with its verifier."""
        in_verification(IN_VERIFICATION, self._ago(10))

    def provincial_rule(self) -> None:
        """A provincial rule goes from its proposal to the adoption list."""
        ruled.provincial(actor, self._ago(ruled.PROVINCIAL_DAYS))
        settle()

    def opened_template(self) -> None:
        """An operator opens a locked template with papers of the demonstration, and locks it again."""
        opened.play(actor, self._ago(opened.OPENED_DAYS))
        settle()

    def national_rule(self) -> None:
        """A national rule of the same category is open for comments; an association proposes one of its own."""
        ruled.national(actor, self._ago(ruled.NATIONAL_DAYS))
        ruled.group(actor, self._ago(ruled.NATIONAL_DAYS - 5))
        settle()

    def other_kinds(self) -> None:
        """A management system is certified, and a quantity of the battery as balanced; its footprint stays as it is."""
        battery = self._issued[CERTIFIED[1].example]
        start = self._ago(claimed.DAYS)
        claimed.management_system(start)
        claimed.neutral(start, battery)

    def newer_release(self) -> None:
        """Where the package brings a release that succeeds the studies', it is installed and its impact seen."""
        name = successor_of(RELEASE)
        if name:
            with clock.at(self._ago(5)):
                factors.install_release(actor("operator"), name=name)
                settle()

    def governance(self) -> None:
        """A background database with a published dataset, and one before its reviewers."""
        with clock.at(self._ago(4)):
            governed.play(actor)
            settle()

    def life(self) -> None:
        """Certificates live: a surveillance is ordered, uses are declared, an appeal and a complaint come in."""
        aluminium, battery = (self._issued[product.example].number for product in CERTIFIED)
        with clock.at(self._ago(3)):
            suspended = self._issued[SUSPENDED.example].number
            lived.play(actor, used=battery, suspended=suspended, complained=aluminium)
            settle()

    def on_newer_release(self) -> None:
        """A product is certified on the newer release, where the package brings one."""
        name = successor_of(RELEASE)
        if name:
            certified(replace(ON_A_NEWER_RELEASE, release=name), self._ago(ON_A_NEWER_RELEASE.days_ago))

    def expiry(self) -> None:
        """The clocks of the register run: what has reached its last day expires."""
        register.expire_due(SYSTEM)
        settle()
