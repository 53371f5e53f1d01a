"""Datasets of the starter release beside what others have published."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tanbiao.cli.main import main
from tanbiao.core.lca.published import FAR, published_beside
from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_find import find_release

ROOT = Path(__file__).parents[3]
HDPE, PP, AMMONIA = "uslci:d7c36a39:d740bd91", "uslci:1ba8424c:6979d8c0", "uslci:33f08f48:072a4586"


@pytest.fixture(scope="module")
def second() -> Release:
    return find_release("starter-2026.2")


def test_a_resin_stands_beside_the_values_of_three_documents(second: Release) -> None:
    # Base Carbone 23.6, row 20830: 1,920 kg CO2e/t; Hopewell et al. 2009, table 3: 1.9 t/t; the study's own chain.
    found = published_beside(second.get(HDPE))
    assert [one.value for one in found[:2]] == [1.92, 1.9]
    assert found[0].row == "ADEME-BC23.6:20830"
    assert "table 3" in found[1].source
    assert [round(one.ratio, 2) for one in found] == [0.96, 0.97, 0.94]
    assert not any(one.is_far for one in found)


def test_a_value_per_nitrogen_is_turned_into_one_per_ammonia(second: Release) -> None:
    # Base Carbone 23.6, row 20854: 2.967 kg CO2e/kg N; N 14.007 of NH3 17.031 g/mol, so 2.4402 per kg of NH3.
    found = published_beside(second.get(AMMONIA))[0]
    assert found.value == pytest.approx(2.967 * 14.007 / 17.031, rel=1e-5)
    assert found.printed == "2.967 kg CO2e/kg|N × 0.822441"
    assert found.is_far
    assert any("natural gas" in text["en"] for text in found.differs)


def test_every_comparison_names_its_document_and_concerns_a_dataset_of_the_release(second: Release) -> None:
    body = json.loads((ROOT / "src/tanbiao/data/releases/published.json").read_text(encoding="utf-8"))
    assert len(body["values"]) >= 40
    for name in body["values"]:
        dataset = second.get(name)
        found = published_beside(dataset)
        assert len(found) == len(body["values"][name])
        for one in found:
            assert one.source
            assert one.row or one.url
            assert one.ratio == pytest.approx(dataset.total / one.value)
            assert one.differs


def test_a_row_of_the_release_that_is_named_prints_the_value(second: Release) -> None:
    body = json.loads((ROOT / "src/tanbiao/data/releases/published.json").read_text(encoding="utf-8"))
    for entries in body["values"].values():
        for one in entries:
            if one["row"] and "×" not in one["printed"]:
                rows = [second.get(name) for name in one["row"].split(" + ")]
                assert one["printed"].startswith(f"{sum(row.total for row in rows):.6g} kg CO2e/")
                assert one["gwp_set"] == rows[0].gwp_set


def test_the_table_of_the_documentation_lists_the_same(second: Release) -> None:
    with (ROOT / "docs/data/starter-published.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert sum(len(published_beside(second.get(name))) for name in {row["dataset"] for row in rows}) == len(rows)
    for row in rows:
        assert float(row["ratio"]) == pytest.approx(float(row["our value"]) / float(row["published value"]), abs=0.011)
    page = (ROOT / "docs/data/starter-release.md").read_text(encoding="utf-8")
    shown = page.partition("<!-- published:")[2].partition("<!-- end of published -->")[0]
    assert "| Polypropylene, resin, at plant | 1.3 " in shown
    covered = page.partition("<!-- coverage:")[2].partition("<!-- end of coverage -->")[0]
    assert f"| all | {len(second)} |" in covered


def test_a_table_row_has_no_published_value_beside_it(second: Release) -> None:
    assert published_beside(second.get("ADEME-BC23.6:20830")) == ()


def test_show_tells_the_published_values_and_the_ratio(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["release", "show", "--dataset", PP, "--json", "--lang", "en"]) == 0
    body = json.loads(capsys.readouterr().out)["published"]
    assert {"value", "unit", "geography", "gwp_set", "source", "row", "differs", "ratio", "far"} <= body[0].keys()
    assert body[0]["far"] == (not 1 / FAR <= body[0]["ratio"] <= FAR)
    assert main(["release", "show", "--dataset", PP, "--lang", "zh"]) == 0
    assert "公布值 2 kg CO2e/kg" in capsys.readouterr().out
