"""What the documentation says of the seven TianGong processes: inputs and bounds follow from the shipped release."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from tanbiao.core.lca.release_find import find_release

DATA = Path(__file__).resolve().parents[2] / "docs" / "data"
COAL = 27.49 / 1000 * 44 / 12
"""kg CO2 per MJ of anthracite, wholly burnt: 27.49 tC/TJ (NDRC guideline, data-sources/china_fuel_defaults.csv)."""


def table(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_process_that_lacks_a_supplier_alone_has_its_inputs_listed() -> None:
    alone = {
        row["process"]: int(row["because"].partition(" × ")[2])
        for row in table("tiangong-plausibility.csv")
        if row["because"].startswith("unlinked_input × ") and ";" not in row["because"]
    }
    assert len(alone) == 7
    assert Counter(row["process"] for row in table("tiangong-unlinked.csv")) == alone
    text = (DATA / "starter-release.md").read_text(encoding="utf-8")
    for process in alone:
        assert f"`{process[:8]}`" in text


@pytest.mark.parametrize("row", [one for one in table("tiangong-unlinked.csv") if one["stand_in"]])
def test_a_bound_is_the_amount_times_the_figure_of_what_stands_in(row: dict[str, str]) -> None:
    supplier = find_release().get(row["stand_in"])
    assert float(row["bound_kg_co2e"]) == pytest.approx(float(row["stand_in_amount"]) * supplier.total, rel=1e-5)
    if row["stand_in_unit"] == "kWh":
        assert float(row["stand_in_amount"]) == pytest.approx(float(row["amount"]) / 3.6, rel=1e-6)


@pytest.mark.parametrize(
    ("limestone", "coal", "stated", "missing"), [(1.09775, 0.09405, 0.809, 0.317), (0.92, 0.13583, 0.60901, 0.191)]
)
def test_the_carbon_of_the_two_cements_does_not_close(
    limestone: float, coal: float, stated: float, missing: float
) -> None:
    calcined = find_release().get("CN-PROC:limestone_CaCO3_decomposition").total
    assert stated - (limestone * calcined + coal * COAL) == pytest.approx(missing, abs=6e-4)
