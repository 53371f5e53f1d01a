"""Published ranges without inputs: what ships must lie in them. A band is a check of plausibility, no more."""

from __future__ import annotations

from importlib import resources

import pytest
from tests.examples import recompute
from tests.examples.inventories import case
from tests.examples.test_examples import result

from tanbiao.core.lca.release_find import find_release
from tanbiao.core.study import calculate
from tanbiao.formats.yaml_study import load

LITERATURE = (0.4, 1.475)
GLASS, ALUMINIUM, STEEL = 0.842, 0.575, 0.51
"""Amienyo & Azapagic 2016, International Journal of Life Cycle Assessment 21, 492: kg CO2e per litre of packed beer."""
NMC811 = {"CN": 17.33, "KR": 16.85, "SE": 16.47, "median": 17.63}
"""arXiv 2506.05531: kg CO2e per kg, by country of making."""


@pytest.mark.parametrize("key", ["CLARK2022:Beer", "ADEME-BC23.6:39789", "ADEME-BC23.6:39791", "ADEME-BC23.6:39795"])
def test_beer_of_the_starter_release_lies_in_the_literature_s_range(key: str) -> None:
    """BEER-02; a litre of beer is a kilogram within 2 %. The range is that of the article's own review."""
    value = find_release("starter-2026.1").intensity(key, "AR6").total
    assert LITERATURE[0] <= value <= LITERATURE[1]
    assert min(STEEL, ALUMINIUM, GLASS) * 0.5 <= value <= GLASS * 1.5


def test_one_way_glass_weighs_as_published() -> None:
    """BEER-02: the rule's example with bottles of one trip (100 kg for 100 l) within 50 % of 0.842 kg/l, and most of
    it glass
    (published 55 %, within 50 %); used twenty times the bottle is a small part."""
    text = resources.files("tanbiao.data.rules.examples").joinpath("beer-bottle.yaml").read_bytes()
    study = load(text).study
    assert study is not None
    release = find_release(str(study.release))
    again = calculate(study, release, samples=0)
    bottles = next(item["value"] for item in again.document["contributions"] if item["row"] == "r4")
    one_way = (again.value + bottles * 19) / 100
    assert GLASS * 0.5 <= one_way <= GLASS * 1.5
    assert 0.55 * 0.5 <= bottles * 20 / 100 / one_way <= 0.55 * 1.5
    assert bottles / again.value < 0.55 * 0.5


def test_the_cathode_lies_in_the_band_of_a_nickel_cathode_below_its_median() -> None:
    """BAT-06: within 50 % of NMC811 in China, and lighter: iron phosphate holds neither nickel nor cobalt."""
    inputs = case("bat-04")["inputs"]
    cathode = recompute.cathode(inputs["per_kWh_battery"], inputs) / inputs["per_kWh_battery"]["cathode_material_kg"]
    assert NMC811["CN"] * 0.5 <= cathode <= NMC811["CN"] * 1.5
    assert cathode < min(NMC811.values())


def test_the_battery_s_parts_weigh_as_published() -> None:
    """BAT-04, Tao et al. 2023, table 19: total 107, cathode 53.38 %, copper foil 16.89 %, aluminium foil 12.16 %,
    each within
    the 50 % that the missing background leaves; the cathode is the largest part here, too."""
    rows, total = recompute.lfp_battery(), result("lfp-battery").value
    assert 107 * 0.5 <= total <= 107 * 1.5
    for row, share in (("r1", 53.38), ("r5", 16.89), ("r6", 12.16)):
        assert share * 0.5 <= 100 * rows[row] / total <= share * 1.5, row
    assert max(rows, key=rows.__getitem__) == "r1"
