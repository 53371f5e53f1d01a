"""Portfolios: totals as a full calculation gives them, intervals near it, classes that may change, the same bits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.release.linked_release import HEADER, documents
from study_background import document, stages
from tanbiao.core.dataset.model import parse_dataset
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_build import Samples, build_release, write_release
from tanbiao.core.study import Study, calculate, portfolio
from tanbiao.core.study.portfolio import Portfolio, recalculate
from tanbiao.core.study.portfolio_compile import compile_study

SAMPLES = 2000


def study(number: int = 0, **changes: Any) -> Study:
    """Return a study with own processes, a parameter, a gas of its own and several datasets."""
    spread = {"kind": "site_specific", "uncertainty": {"percent": 20}}
    rows = [
        {"id": "a", "amount": f"{1.0 + number} kg", "from": "process/brick"},
        {"id": "b", "amount": "= share * 3 kg", "from": "dataset/lime"},
        {"id": "c", "amount": "0.2 kg", "gas": "CO2 fossil", "data": spread},
    ]
    takes = [
        {"id": "d", "amount": "0.5 kg", "from": "dataset/kiln", "data": spread},
        {"id": "e", "amount": "0.1 kg", "from": "dataset/wood"},
    ]
    body = document(
        stages=stages(raw_materials=rows),
        processes={"brick": {"gives": "2 kg", "takes": takes}},
        parameters={"share": "0.25"},
        release="linked-1",
        **changes,
    )
    parsed, findings = Study.parse(body)
    assert parsed is not None, findings
    return parsed


def made(folder: Path, name: str, **changes: dict[str, Any]) -> Release:
    """Write a release whose datasets are changed by id; None leaves one out."""
    parsed = [parse_dataset(item | changes.get(item["id"], {})) for item in documents() if changes.get(item["id"], 1)]
    return write_release(folder / f"{name}.tbr", parsed, HEADER | {"name": name}, samples=Samples(SAMPLES))


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return made(tmp_path_factory.mktemp("old"), "old")


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Release:
    lime = {"co2e": {"unknown": 0.55}, "kinds": {"undivided": 0.55}}
    return made(tmp_path_factory.mktemp("new"), "new", lime=lime)


@pytest.fixture(scope="module")
def compiled(old: Release) -> Portfolio:
    return Portfolio.of([compile_study(study(number), old) for number in range(5)], [f"s{n}" for n in range(5)])


def test_totals_on_the_new_release_are_those_of_a_full_calculation(
    compiled: Portfolio, old: Release, new: Release
) -> None:
    found = recalculate(compiled, new, samples=0)
    for place in range(5):
        assert found.old[place] == pytest.approx(calculate(study(place), old, samples=0).value, rel=1e-14)
        assert found.new[place] == pytest.approx(calculate(study(place), new, samples=0).value, rel=1e-14)
    assert np.isnan(found.interval).all()
    # 1 kg of brick takes 0.25 kg of kiln's product, of which 1 kg needs 2 kg of lime; the parameter adds 0.75 kg.
    assert found.new[0] - found.old[0] == pytest.approx(0.15 * (0.25 * 2 + 0.75), rel=1e-12)


def test_intervals_are_near_those_of_full_sampling(compiled: Portfolio, new: Release) -> None:
    found = recalculate(compiled, new, samples=SAMPLES)
    for place in range(5):
        total = calculate(study(place), new, samples=SAMPLES).document["total"]
        width = total["p97_5"] - total["p2_5"]
        sampled = [total[key] for key in ("p2_5", "p50", "p97_5")]
        # first order against sampling: log-normal amounts of 20 to 30 % are a little skewed
        np.testing.assert_allclose(found.interval[place], sampled, atol=0.12 * width)


def test_without_own_uncertainty_the_interval_is_the_backgrounds_to_the_bit_of_float32(new: Release) -> None:
    sure = {"kind": "site_specific", "uncertainty": {"percent": 1e-9}}
    rows = [{"id": "a", "amount": "2 kg", "from": "dataset/kiln", "data": sure}]
    parsed, _ = Study.parse(document(stages=stages(raw_materials=rows)))
    assert parsed is not None
    found = recalculate(Portfolio.of([compile_study(parsed, new)]), new, samples=SAMPLES)
    drawn = new.draws("kiln", "AR6")
    assert drawn is not None
    np.testing.assert_allclose(
        found.interval[0], np.quantile(2.0 * drawn.astype(float), [0.025, 0.5, 0.975]), rtol=1e-6
    )


def test_the_first_order_variance_is_that_of_a_hand_calculation(old: Release) -> None:
    spread = {"kind": "site_specific", "uncertainty": {"normal": "0.2 kg"}}
    rows = [
        {"id": "a", "amount": "2 kg", "from": "dataset/lime", "data": spread},
        {"id": "b", "amount": "1 kg", "from": "process/p", "data": spread},
    ]
    takes = [
        {"id": "c", "amount": "3 kg", "from": "dataset/lime", "data": spread | {"uncertainty": {"normal": "0.3 kg"}}}
    ]
    body = document(stages=stages(raw_materials=rows), processes={"p": {"gives": "1 kg", "takes": takes}})
    parsed, findings = Study.parse(body)
    assert parsed is not None, findings
    one = compile_study(parsed, old)
    assert one.amounts.tolist() == pytest.approx([5.0])
    # lime per sd of a: 0.2; of b: 3 · 0.2; of c: 0.3
    assert sorted(one.moved[:, 0].tolist()) == pytest.approx([0.2, 0.3, 0.6], rel=1e-6)


def test_full_sampling_only_where_the_class_may_change_and_the_answer_says_so(
    compiled: Portfolio, old: Release, new: Release
) -> None:
    plain = recalculate(compiled, new, samples=SAMPLES)
    limit = float(plain.interval[2, 1])
    asked: list[int] = []

    def full(place: int) -> tuple[float, float, float, float]:
        asked.append(place)
        total = calculate(study(place), new, samples=SAMPLES).document["total"]
        return total["value"], total["p2_5"], total["p50"], total["p97_5"]

    found = recalculate(compiled, new, samples=SAMPLES, limits=[limit, 1e6], full=full)
    expected = [place for place in range(5) if plain.interval[place, 0] < limit < plain.interval[place, 2]]
    assert 2 in expected
    assert len(expected) < 5
    assert asked == expected
    assert [place for place in range(5) if found.how[place] == "full"] == expected
    assert found.interval[2].tolist() == list(full(2)[1:])
    assert found.new_class.tolist() == [int(value > limit) for value in found.new]


def test_a_study_whose_dataset_is_gone_or_has_another_unit_stops_by_name(compiled: Portfolio, tmp_path: Path) -> None:
    tonnes = {"reference": {"unit": "t"}}
    changed = made(tmp_path, "tonnes", wood=tonnes)
    found = recalculate(compiled, changed, samples=0)
    assert found.how == ("stopped",) * 5
    assert np.isnan(found.new).all()
    assert found.stops[3] == {"dataset/wood": "other_unit"}
    lost = [parse_dataset(item) for item in documents() if item["id"] in ("lime", "wood")]
    bare = Release(memoryview(build_release(lost, HEADER)), "memory")
    assert recalculate(compiled, bare, samples=0).stops[0] == {"dataset/kiln": "gone"}


def test_chunks_change_no_bit(compiled: Portfolio, new: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = recalculate(compiled, new, samples=500)
    monkeypatch.setattr(portfolio, "CHUNK", 2)
    again = recalculate(compiled, new, samples=500)
    assert again.interval.tobytes() == expected.interval.tobytes()
    assert again.new.tobytes() == expected.new.tobytes()


def test_a_release_without_samples_is_drawn_by_the_spreads_of_its_datasets(compiled: Portfolio) -> None:
    bare = Release(memoryview(build_release(map(parse_dataset, documents()), HEADER)), "memory")
    found = recalculate(compiled, bare, samples=SAMPLES)
    for place in (0, 4):
        total = calculate(study(place), bare, samples=SAMPLES).document["total"]
        width = total["p97_5"] - total["p2_5"]
        sampled = [total[key] for key in ("p2_5", "p50", "p97_5")]
        np.testing.assert_allclose(found.interval[place], sampled, atol=0.12 * width)


def test_grids_and_fuels_are_asked_anew() -> None:
    from tanbiao.core.lca.release_find import find_release

    starter = find_release()
    rows = [
        {"id": "a", "amount": "3 kWh", "electricity": {"supply": "grid", "region": "CN", "year": 2023}},
        {"id": "b", "amount": "2 kg", "fuel": "diesel"},
    ]
    parsed, findings = Study.parse(document(stages=stages(raw_materials=rows), release="starter-2026.1"))
    assert parsed is not None, findings
    fuel = next(key for key in starter.fuel_ids() if starter.fuel(key).upstream is not None)
    body = parsed.canonical()
    body["stages"]["raw_materials"][1] |= {"fuel": fuel, "amount": f"2 {starter.fuel(fuel).combustion.reference.unit}"}
    again, findings = Study.parse(body)
    assert again is not None, findings
    one = compile_study(again, starter)
    assert one.questions == ("grid/CN/2023", f"fuel/{fuel}/combustion", f"fuel/{fuel}/upstream")
    found = recalculate(Portfolio.of([one]), starter, samples=0)
    assert found.new[0] == pytest.approx(calculate(again, starter, samples=0).value, rel=1e-14)


def test_what_makes_no_portfolio_is_refused(compiled: Portfolio, new: Release, old: Release) -> None:
    wrong: list[tuple[str, Any]] = [
        ("portfolio_empty", lambda: Portfolio.of([])),
        ("gwp_sets_mixed", lambda: Portfolio.of([compile_study(study(), old), compile_study(study(gwp="AR5"), old)])),
        ("limits_not_ascending", lambda: recalculate(compiled, new, limits=[2.0, 1.0])),
        ("limits_not_ascending", lambda: recalculate(compiled, new, limits=[float("nan")])),
        ("samples_beyond_release", lambda: recalculate(compiled, new, samples=SAMPLES + 1)),
    ]
    for code, call in wrong:
        with pytest.raises(TanbiaoError) as caught:
            call()
        assert caught.value.code == code
