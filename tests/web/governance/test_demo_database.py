"""The demonstration's background database: what is published, what is judged, what follows from others."""

from __future__ import annotations

import pytest

from factories import World
from tanbiao.cli.site.demo_world import governed
from tanbiao.web.datasets.queries import document
from tanbiao.web.governance.models import Derivation, GovernedDataset
from web.governance.judging import Way

pytestmark = pytest.mark.django_db


def test_the_demo_database_shows_a_derived_draft_beside_its_published_inputs(world: World) -> None:
    way = Way(world)
    people = {
        "jiangsu-provider": way.provider,
        "operator": way.secretariat,
        "south-metrology": way.metrologist,
        "authority": way.authority,
        "north-factors": way.reviewers[0],
        "south-factors": way.reviewers[1],
    }
    governed.play(people.__getitem__)
    row = Derivation.objects.get()
    assert (row.findings, row.about["name"]["en"].startswith("DEMO ")) == ([], True)
    assert row.version is not None
    # 0.7 · 0.62 + 0.3 · 0.12
    assert document(row.version)["derivation"]["figures"]["co2e"] == pytest.approx(0.47, rel=1e-12)
    states = sorted(GovernedDataset.objects.values_list("state", flat=True))
    assert states == ["draft", "peer_review", "published", "published"]
