"""A certificate of a real study: package, statement, credential and both bundles."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from evidence.world import World, make_world
from tanbiao.core.canonical import hash_bytes
from tanbiao.core.lca.release_find import find_release
from tanbiao.core.study import calculate
from tanbiao.core.study.package import seal
from tanbiao.evidence import bundles, credentials
from tanbiao.evidence.bundles import Enclosures
from tanbiao.evidence.claims import CertificateClaims
from tanbiao.evidence.trust import Resolver
from tanbiao.formats import yaml_study

MASTER = bytes(range(32))


@cache
def package_of(example: str, seed: int = 1) -> dict[str, Any]:
    """Return the calculation package of a shipped example."""
    study = yaml_study.load((resources.files("tanbiao.examples") / example).read_bytes()).study
    assert study is not None
    release = find_release()
    return seal(study, release, None, calculate(study, release, None, samples=20, seed=seed))


@dataclass(frozen=True)
class Certified:
    """What a body holds after an issue."""

    world: World
    package: dict[str, Any]
    statement: bytes
    claims: CertificateClaims
    token: str

    def issue(self, **changes: Any) -> str:
        """Sign other claims with the same key."""
        return credentials.issue(dataclasses.replace(self.claims, **changes), self.world.store.current("certificate"))

    def resolver(self) -> Resolver:
        """Return a verifier's resolver."""
        return self.world.resolver()

    def make_sealed(self, enclosures: Enclosures | None = None) -> bytes:
        """Return the sealed bundle."""
        return bundles.sealed(self.package, MASTER, self.statement, self.token, enclosures)

    @property
    def sealed(self) -> bytes:
        """The sealed bundle."""
        return self.make_sealed()

    @property
    def public(self) -> bytes:
        """The public bundle."""
        return bundles.public(self.statement, self.token)


def certify(path: Path, *, demo: bool = False) -> Certified:
    """Certify the clinker example at three significant digits."""
    package = package_of("cement-clinker.yaml")
    made = bundles.statement(package, MASTER)
    exact = Decimal(package["result"]["total"]["value"])
    value = format(exact.quantize(Decimal(1).scaleb(exact.adjusted() - 2)), "f")
    world = make_world(
        path,
        demo=demo,
        value=value,
        unit=package["result"]["total"]["unit"],
        package_hash=package["root"],
        public_bundle_hash=hash_bytes(made),
    )
    return Certified(world, package, made, world.claims, world.token)
