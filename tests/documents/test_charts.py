"""Charts: what they show reconciles, absences are drawn as absences, and the same result gives the same bytes."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from documents import sample
from tanbiao.core.amounts import Absence
from tanbiao.core.findings import TanbiaoError
from tanbiao.documents import charts, palette, svg
from tanbiao.documents.charts import flow, interval_chart

SVG = "{http://www.w3.org/2000/svg}"
DRAW = {
    "stage_bar": charts.stage_bar,
    "kinds_bar": charts.kinds_bar,
    "interval": charts.interval,
    "sankey": charts.sankey,
}
CASES = {"partial": sample.partial, "complete": sample.complete, "incomplete": sample.incomplete}


def texts(picture: str) -> str:
    return " ".join("".join(node.itertext()) for node in ElementTree.fromstring(picture).iter(f"{SVG}text"))


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", DRAW)
def test_every_chart_is_well_formed_and_says_what_it_shows(name: str, case: str, lang: Any) -> None:
    root = ElementTree.fromstring(DRAW[name](CASES[case](), lang))
    assert root.get("role") == "img"
    named = (root.get("aria-labelledby") or "").split()
    ids = {node.get("id") for node in root.iter() if node.get("id")}
    assert len(named) == 2
    assert set(named) <= ids
    assert all((root.findtext(f"{SVG}{tag}") or "").strip() for tag in ("title", "desc"))


@pytest.mark.parametrize("name", DRAW)
def test_charts_work_under_a_strict_content_security_policy(name: str) -> None:
    picture = DRAW[name](sample.complete(), "zh")
    assert "style=" not in picture
    assert "<style" not in picture
    assert "<script" not in picture
    assert not re.search(r"\son\w+=", picture)
    assert "href" not in picture
    with pytest.raises(ValueError, match="content security policy"):
        svg.element("rect", {"style": "fill:red"})


@pytest.mark.parametrize("case", CASES)
def test_the_table_twins_sum_to_the_total(case: str) -> None:
    result = CASES[case]()
    whole = result["total"]["value"]
    for rows in (
        charts.stage_rows(result, "zh"),
        charts.kind_rows(result, "zh"),
        charts.contribution_rows(result, "zh", top=3),
    ):
        known = sum(row.amount for row in rows if not isinstance(row.amount, Absence))
        assert known == pytest.approx(whole, rel=1e-12)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.integers(1, 12))
def test_the_largest_contributions_and_the_rest_always_sum(values: list[float], top: int) -> None:
    result = sample.partial()
    result["contributions"] = [{"row": f"r{i}", "value": value, "name": None} for i, value in enumerate(values)]
    result["total"]["value"] = sum(values)
    rows = charts.contribution_rows(result, "en", top=top)
    assert len(rows) <= top + 1
    assert sum(row.amount for row in rows) == pytest.approx(sum(values), abs=1e-12 * sum(map(abs, values)) + 1e-300)


def test_a_stage_that_is_not_declared_is_hatched_and_said_never_a_zero() -> None:
    picture = charts.stage_bar(sample.partial(), "en")
    assert texts(picture).count("not declared (cradle to gate)") == 2
    assert picture.count('fill="url(#') == 4  # two fields in the strip, two swatches
    rows = {row.key: row for row in charts.stage_rows(sample.partial(), "en")}
    assert rows["use"].share is None
    assert rows["use"].share_shown == "–"


def test_a_stage_missing_from_the_result_is_unknown() -> None:
    result = sample.partial()
    del result["stages"]["distribution"]
    rows = {row.key: row for row in charts.stage_rows(result, "en")}
    assert rows["distribution"].shown == "unknown"


@pytest.mark.parametrize("name", ["stage_bar", "kinds_bar", "interval", "sankey"])
def test_an_incomplete_total_is_shown_as_a_lower_bound(name: str) -> None:
    shown = texts(DRAW[name](sample.incomplete(), "zh"))
    assert "≥ 72.5" in shown
    assert not re.search(r"(?<!≥ )72\.5", shown)


def test_a_stage_with_an_unknown_row_says_so_in_its_own_figure() -> None:
    rows = {row.key: row.shown for row in charts.stage_rows(sample.incomplete(), "zh")}
    assert rows["raw_materials"] == "≥ 50.0"
    assert rows["manufacturing"] == "21.0"


def test_shares_of_an_incomplete_total_are_headed_as_shares_of_the_known_part() -> None:
    assert charts.share_heading(sample.incomplete(), "en") == "Share of known part"
    assert charts.share_heading(sample.partial(), "en") == "Share"


def test_negative_parts_stand_left_of_zero_with_a_dashed_edge() -> None:
    root = ElementTree.fromstring(charts.stage_bar(sample.complete(), "zh"))
    parts = {node.get("class"): node for node in root.iter(f"{SVG}rect") if "tb-part" in (node.get("class") or "")}
    end = parts["tb-part tb-end_of_life"]
    first = parts["tb-part tb-raw_materials"]
    assert float(end.get("x")) + float(end.get("width")) <= float(first.get("x"))
    assert end.get("stroke-dasharray")


def test_widths_are_in_proportion_to_values() -> None:
    root = ElementTree.fromstring(charts.stage_bar(sample.partial(), "zh"))
    widths = {
        node.get("class"): float(node.get("width")) + 1.5
        for node in root.iter(f"{SVG}rect")
        if "tb-part" in (node.get("class") or "")
    }
    assert widths["tb-part tb-raw_materials"] / widths["tb-part tb-manufacturing"] == pytest.approx(50 / 21, rel=1e-3)


def test_stages_keep_their_colours_in_every_chart() -> None:
    for case in CASES.values():
        bar = charts.stage_bar(case(), "zh")
        flows = charts.sankey(case(), "zh")
        for key in ("raw_materials", "manufacturing"):
            assert palette.STAGES[key] in bar
            assert palette.STAGES[key] in flows


def test_the_interval_marks_the_declared_value_apart_from_the_median() -> None:
    picture = charts.interval(sample.partial(), "en")
    assert "tb-declared" in picture
    shown = texts(picture)
    assert "median: 73.1" in shown
    assert "2.5 %: 61.2" in shown
    assert "97.5 %: 91.8" in shown
    assert "declared value 72.5 kg CO₂e/kWh" in shown


def test_a_quantile_carries_its_monte_carlo_error_and_an_open_end_says_so() -> None:
    rows = {row.key: row for row in charts.interval_rows(sample.partial(), "en")}
    assert (rows["p2_5"].error, rows["p2_5"].within) == ("± 0.38", "60.40 … 61.90")
    assert (rows["p97_5"].error, rows["p97_5"].within) == ("–", "90.20 … ∞")
    assert rows["declared"].error == ""


def test_without_samples_there_is_no_interval_and_the_chart_says_why() -> None:
    result = sample.partial()
    result["total"] |= {"p2_5": None, "p50": None, "p97_5": None}
    assert "Not sampled" in texts(charts.interval(result, "en"))
    assert [row.key for row in charts.interval_rows(result, "en")] == ["declared"]


@given(st.floats(-1e9, 1e9), st.floats(1e-9, 1e9))
def test_ticks_lie_within_the_axis_and_are_few(start: float, span: float) -> None:
    end = start + span
    if end - start <= abs(start) * 1e-9:
        return
    found = [value for value, _ in interval_chart.ticks(start, end)]
    assert 1 <= len(found) <= 15
    assert all(start - span * 1e-6 <= value <= end + span * 1e-6 for value in found)


def test_a_value_of_zero_everywhere_still_draws() -> None:
    result = sample.partial()
    result["stages"] = dict.fromkeys(result["stages"], 0.0)
    result["total"] |= {"value": 0.0, "p2_5": 0.0, "p50": 0.0, "p97_5": 0.0}
    for draw in (charts.stage_bar, charts.interval):
        ElementTree.fromstring(draw(result, "zh"))


def tangled(nodes: int) -> dict[str, Any]:
    """Return a result whose flows form loops, share nodes, and hold negative and doubled links."""
    result = sample.partial()
    given_nodes = [
        {"id": f"n{i}", "label": {"zh": f"工序{i}", "en": f"Process {i}"}, "value": None, "stage": None}
        for i in range(nodes)
    ]
    links = [
        {"from": f"n{i}", "to": f"n{i // 3}" if i > 2 else "product", "value": -2.0 if i % 11 == 5 else 1.0 + i % 7}
        for i in range(nodes)
    ]
    links += [{"from": "n1", "to": f"n{nodes - 1}", "value": 3.0}, {"from": "n4", "to": "n13", "value": 0.5}]
    links += [{"from": "n2", "to": "n2", "value": 1.0}, {"from": "n0", "to": "product", "value": 1.0}]
    result["sankey"] = {"nodes": given_nodes, "links": links}
    return result


@pytest.mark.parametrize("nodes", [15, 60, 400])
def test_loops_shared_nodes_and_many_nodes_are_drawn(nodes: int) -> None:
    picture = charts.sankey(tangled(nodes), "zh")
    root = ElementTree.fromstring(picture)
    assert "循环" in texts(picture)
    assert "tb-negative" in picture
    bars = [node for node in root.iter(f"{SVG}rect") if node.get("class") == "tb-node"]
    assert len(bars) <= 7 * 16
    height = float(root.get("height"))
    assert all(0 <= float(bar.get("y")) <= height for bar in bars)


def test_gathering_small_nodes_keeps_the_flow_into_the_product() -> None:
    whole = flow.read(tangled(400)["sankey"])
    flow.open_loops(whole)
    flow.assign_layers(whole, 7)
    before = sum(link.value for link in whole.links if link.target == "product")
    few = flow.gather(whole, 6)
    assert sum(link.value for link in few.links if link.target == "product") == pytest.approx(before)
    assert sum(node.gathered or 1 for node in few.nodes.values()) == len(whole.nodes)


def test_opened_loops_leave_no_circle() -> None:
    graph = flow.read(tangled(60)["sankey"])
    flow.open_loops(graph)
    ways: dict[str, set[str]] = {}
    for link in graph.links:
        if not link.loop:
            ways.setdefault(link.source, set()).add(link.target)
    left = set(graph.nodes)
    while ends := {node for node in left if not ways.get(node, set()) & left}:
        left -= ends
    assert not left


def test_a_result_without_flows_says_so() -> None:
    result = sample.partial()
    result["sankey"] = {"nodes": [], "links": []}
    assert "no flow to draw" in texts(charts.sankey(result, "en"))


def test_names_of_users_are_escaped() -> None:
    result = sample.partial()
    evil = '<script>alert("1")</script>&'
    result["sankey"]["nodes"][0]["label"] = {"zh": evil, "en": evil}
    result["total"]["unit"] = "kg CO2e/<b>"
    for draw in DRAW.values():
        picture = draw(result, "zh")
        assert "<script" not in picture
        assert "<b>" not in picture
        ElementTree.fromstring(picture)


def test_a_document_that_is_no_result_is_refused() -> None:
    with pytest.raises(TanbiaoError) as caught:
        charts.stage_bar({"total": {"value": 1}}, "zh")
    assert caught.value.code == "result_malformed"


def test_decimal_strings_of_the_canonical_result_are_read_as_numbers() -> None:
    result = sample.partial()
    result["stages"] = {
        key: str(value) if isinstance(value, float) else value for key, value in result["stages"].items()
    }
    result["total"]["value"] = "72.5"
    assert charts.stage_bar(result, "zh") == charts.stage_bar(sample.partial(), "zh")


def test_another_process_draws_the_same_bytes() -> None:
    script = (
        "import hashlib\nfrom documents import sample\nfrom documents.test_charts import DRAW, tangled\n"
        "parts = [draw(r, 'zh') for draw in DRAW.values() for r in (sample.complete(), tangled(60))]\n"
        "print(hashlib.sha256(''.join(parts).encode()).hexdigest())\n"
    )
    here = "".join(draw(result, "zh") for draw in DRAW.values() for result in (sample.complete(), tangled(60)))
    expected = hashlib.sha256(here.encode()).hexdigest()
    for seed in ("0", "4242"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parent.parent)}
        run = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        )
        assert run.stdout.strip() == expected


PUBLISHED = {
    "raw_materials": 80.0,
    "manufacturing": 30.0,
    "distribution": {"absent": "excluded", "reason": "under the cut-off", "bound": None},
    "use": {"absent": "not_declared", "reason": "cradle to gate", "bound": None},
    "end_of_life": -10.0,
}


def test_the_public_bar_shows_a_negative_stage_left_of_zero_and_says_every_absence() -> None:
    root = ElementTree.fromstring(charts.public_stage_bar(PUBLISHED, "kg CO2e", "en"))
    parts = {part.get("class"): part for part in root.iter() if "tb-part" in str(part.get("class"))}
    negative, positive = parts["tb-part tb-end_of_life"], parts["tb-part tb-raw_materials"]
    assert negative.get("stroke-dasharray")
    assert not positive.get("stroke-dasharray")
    assert float(str(negative.get("x"))) < float(str(positive.get("x")))
    # 360 wide, one hatched field of 40: 80 + 30 + 10 share 320
    assert float(str(positive.get("width"))) == pytest.approx(320 * 80 / 120 - 1.5, abs=0.01)
    said = "".join(root.itertext())
    # 80 + 30 - 10 = 100
    for words in ("End of life −10.0 (−10.0 %)", "Use not declared (cradle to gate)", "Total 100 kg CO₂e"):
        assert words in said, said
    assert sum("tb-absent" in str(part.get("class")) for part in root.iter()) == 1


def test_the_public_bars_table_twin_keeps_signs_and_marks_every_stage() -> None:
    rows = {row.key: row for row in charts.public_stage_rows(PUBLISHED, "en")}
    assert {key: row.share for key, row in rows.items()} == {
        "raw_materials": 0.8,
        "manufacturing": 0.3,
        "distribution": None,
        "use": None,
        "end_of_life": -0.1,
    }
    marks = charts.stage_swatches(PUBLISHED)
    assert set(marks) == set(PUBLISHED)
    assert all('aria-hidden="true"' in mark for mark in marks.values())
    assert "url(#" in marks["use"]
    assert "url(#" not in marks["distribution"]
    unknown = {**PUBLISHED, "use": {"absent": "unknown", "reason": "nobody measured", "bound": None}}
    assert "≥ 100" in charts.public_stage_bar(unknown, "kg CO2e", "en")
