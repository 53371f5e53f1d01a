"""A certificate speaks of the value that its rule declares: a partial footprint without uptake, to the letter."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from evidence.certified import MASTER, Certified
from evidence.world import NOW, make_world
from tanbiao.core.canonical import hash_bytes
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.release_find import find_release
from tanbiao.core.rules import load_rule
from tanbiao.core.study import calculate
from tanbiao.core.study.package import seal
from tanbiao.evidence import bundles
from tanbiao.evidence.reproduce import reproduce
from tanbiao.formats import yaml_study


def certified(path: Path, value: str | None = None) -> Certified:
    """Certify the module of the examples under a rule that declares partial footprints without uptake."""
    study = yaml_study.load((resources.files("tanbiao.examples") / "pv-module.yaml").read_bytes()).study
    assert study is not None
    release, rule = find_release(str(study.release)), load_rule("photovoltaic-module@2.0.0")
    package = seal(study, release, rule, calculate(study, release, rule, samples=0))
    made = bundles.statement(package, MASTER)
    world = make_world(
        path,
        value=value or package["result"]["declared"]["text"],
        unit=package["result"]["total"]["unit"],
        package_hash=package["root"],
        public_bundle_hash=hash_bytes(made),
    )
    return Certified(world, package, made, world.claims, world.token)


def test_the_bundle_shows_and_recomputes_the_declared_value(tmp_path: Path) -> None:
    """96.0992 with uptake, 96.9360 without: 96.9 is declared."""
    made = certified(tmp_path)
    assert made.claims.value == "96.9"
    shown = bundles.disclosed_of(bundles.open_bundle(made.public))
    assert (shown[bundles.DECLARED], shown["/result/declared/of"]) == ("96.9", "excluding_uptake")
    found = reproduce(made.sealed, made.resolver(), now=NOW)
    assert found.identical, found.checks
    assert found.declared == "96.9"
    assert found.recomputed == made.package["result"]["declared"]["value"]
    assert reproduce(made.public, made.resolver(), now=NOW).identical


@pytest.mark.parametrize("value", ["96.1", "97", "96.90"])
def test_another_figure_or_another_rounding_is_refused(tmp_path: Path, value: str) -> None:
    """The total rounded is not the declared value; neither is the declared value written otherwise."""
    made = certified(tmp_path, value)
    with pytest.raises(TanbiaoError) as refused:
        bundles.check_credential(bundles.open_bundle(made.public), made.claims)
    assert refused.value.code == "bundle_total_differs"
