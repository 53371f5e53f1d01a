"""Default distances and how a vehicle is used: by hand, with published figures beside them, refusals."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study_background import background, document, stages
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.study import Result, Study, calculate
from tanbiao.core.study.distances import default_distance, great_circle, table
from tanbiao.core.study.normalise import legs, way_text

SEATS = sorted(table()["seats"])
PORTS = sorted(table()["ports"])


def parse(**leg: Any) -> tuple[Study | None, list[Any]]:
    """Parse a study of one leg."""
    row = {"id": "t1", "amount": "2 t", "transport": [{"by": "dataset/ship", **leg}]}
    return Study.parse(document(stages=stages(distribution=[row])))


def result_of(**leg: Any) -> Result:
    """Calculate a study of one leg by a ship of 0.01 kg CO2e/tkm."""
    study, findings = parse(**leg)
    assert study is not None, findings
    return calculate(study, background(), samples=0)


def test_a_quarter_of_the_equator_is_ten_thousand_kilometres() -> None:
    assert great_circle((0, 0), (0, 90), 6371.0088) == pytest.approx(10007.557, abs=0.001)
    # Beijing–Shanghai: the great circle of 1,067 km (1,387 / 1.3)
    assert default_distance("CN-BJ", "CN-SH", "road") == 1387


def test_sea_routes_are_near_published_ones() -> None:
    """Port-to-port distances as commonly tabulated, nautical miles, within 6 %: an estimate's band, not a copy."""
    for start, end, miles in (("CNSHA", "NLRTM", 10500), ("CNSHA", "USLAX", 5700), ("CNSHA", "SGSIN", 2200)):
        assert default_distance(start, end, "sea") / 1.852 == pytest.approx(miles, rel=0.06)


@given(st.sampled_from(SEATS), st.sampled_from(SEATS), st.sampled_from(["road", "rail"]))
def test_distances_are_symmetric_and_positive(start: str, end: str, mode: str) -> None:
    if start == end:
        with pytest.raises(TanbiaoError) as caught:
            default_distance(start, end, mode)
        assert caught.value.code == "distance_same_place"
        return
    assert default_distance(start, end, mode) == default_distance(end, start, mode) > 0


def test_every_port_reaches_every_other() -> None:
    for start in PORTS:
        for end in PORTS:
            if start != end:
                assert 0 < default_distance(start, end, "sea") < 40000


def test_a_default_is_taken_and_said() -> None:
    result = result_of(**{"from": "CNSHA", "to": "NLRTM", "mode": "sea"})
    assert result.value == pytest.approx(2 * default_distance("CNSHA", "NLRTM", "sea") * 0.01)
    assert "distance_estimated" in {item.code for item in result.findings}


def test_load_empty_return_and_cooling_multiply() -> None:
    """2 t × 500 km × 0.01 × (0.6 / 0.4) × (1 + 0.5 × 0.7) × 1.15, three activities of one leg by hand: 23.2875 kg."""
    used = {"load": "40 %", "load_of_factor": "60 %", "empty_return": "50 %", "empty_consumption": "0.7"}
    assert result_of(distance="500 km", **used, refrigeration="15 %").value == pytest.approx(10 * 1.5 * 1.35 * 1.15)


@pytest.mark.parametrize(
    ("leg", "code", "place"),
    [
        ({}, "field_missing", "distance"),
        ({"from": "CN-GD", "to": "CN-BJ", "distance": "9 km"}, "distance_without_reason", "distance"),
        ({"distance": "9 km", "load": "0.5"}, "field_missing", "load_of_factor"),
        ({"distance": "9 km", "empty_consumption": "0.5"}, "field_missing", "empty_return"),
    ],
)
def test_what_the_document_must_say(leg: dict[str, Any], code: str, place: str) -> None:
    _, findings = parse(**leg)
    assert (code, f"stages.distribution.t1.transport[0].{place}") in {(item.code, item.where) for item in findings}


@pytest.mark.parametrize(
    ("leg", "code"),
    [
        ({"from": "CN-GD", "to": "CN-XX"}, "distance_place_unknown"),
        ({"from": "CN-GD", "to": "CN-GD"}, "distance_same_place"),
        ({"distance": "9 km", "load": "0", "load_of_factor": "0.5"}, "leg_share"),
        ({"distance": "9 km", "refrigeration": "300 %"}, "leg_share"),
    ],
)
def test_what_is_refused(leg: dict[str, Any], code: str) -> None:
    with pytest.raises(TanbiaoError) as caught:
        result_of(**leg)
    assert caught.value.code == code


def test_the_short_form_reads_back() -> None:
    short = [{"by": "dataset/train", "distance": "CN-GD → CN-BJ rail"}]
    long = [{"by": "dataset/train", "from": "CN-GD", "to": "CN-BJ", "mode": "rail"}]
    assert legs(short) == long
    assert way_text(long[0]) == "CN-GD > CN-BJ rail"
