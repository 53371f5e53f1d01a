"""A release of linked unit processes: solved figures, samples, proofs, refusals, and nothing half-written."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.release.linked_release import HEADER, datasets, document, emit, use
from tanbiao.core.dataset.model import parse_dataset
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.gases import all_gases
from tanbiao.core.lca import release_samples
from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_build import Samples, build_release, write_release
from tanbiao.core.lca.release_deep import resolve
from tanbiao.core.lca.release_rows import carried_totals, proved_header
from tanbiao.core.lca.release_solve import open_system
from tanbiao.core.numerics.draw_table import Kind, SystemTable
from tanbiao.core.numerics.philox import stream_of

COUNT = 70


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("linked") / "linked-1.tbr"
    write_release(place, datasets(), HEADER, samples=Samples(COUNT, seed=5, gwp_sets=("AR5", "AR6")))
    return place


@pytest.fixture(scope="module")
def release(path: Path) -> Release:
    return Release.open(path)


def test_a_loop_of_unit_processes_has_the_figures_of_a_hand_calculation(release: Release) -> None:
    # power p = 0.1 + 0.2 c, coal c = 0.03 + 0.005 p (CO2); methane p = 0.2 m, m = 0.001 + 0.005 p.
    carbon, methane = 0.106 / 0.999, 0.2 * 0.001 / 0.999
    power = release.get("power")
    assert power.gases == pytest.approx({"CO2 fossil": carbon, "CH4 fossil": methane}, rel=1e-14)
    assert power.total == pytest.approx(carbon + 29.8 * methane, rel=1e-14)
    assert release.intensity("power", "AR5").total == pytest.approx(carbon + 30.0 * methane, rel=1e-14)


def test_what_has_no_gas_is_carried_by_kind_and_bounds_another_gwp_set(release: Release) -> None:
    kiln = release.get("kiln")
    carbon = 0.7 + 0.5 * 0.106 / 0.999 + 0.5 * 0.1  # 1.8 MJ are 0.5 kWh
    assert kiln.kinds.undivided == pytest.approx(2 * 0.4, rel=1e-14)
    assert kiln.kinds.biogenic_uptake == pytest.approx(-0.8, rel=1e-14)
    assert kiln.kinds.fossil == pytest.approx(carbon + 29.8 * 0.5 * 0.0002 / 0.999, rel=1e-14)
    found = release.intensity("kiln", "AR5")
    assert (found.gwp_basis, found.bound) == ("recharacterised", pytest.approx(0.8))
    assert sum(found.kinds.values()) == pytest.approx(found.total, rel=1e-14)


def test_the_intensity_sections_hold_the_figures_of_the_blocks(release: Release) -> None:
    for row, identifier in zip(release.intensities("AR6"), release.ids(), strict=True):
        assert row.tolist() == list(release.intensity(identifier, "AR6").kinds.values())


def test_the_matrices_of_a_release_open_as_the_system_that_was_solved(release: Release, starter: Release) -> None:
    system = open_system(release, "AR5")
    for product in release.ids():
        kinds = release.intensity(product, "AR5").kinds
        assert system.footprint({product: 1.0}).tolist() == pytest.approx(list(kinds.values()), rel=1e-12, abs=1e-15)
    # 1 kg of the kiln's product runs the power station for 0.5 / 0.999 kWh.
    power = release.ids().index("power")
    assert system.scaling({"kiln": 1.0})[power] == pytest.approx(0.5 / 0.999)
    with pytest.raises(TanbiaoError) as caught:
        open_system(starter, "AR6")
    assert caught.value.code == "release_not_linked"


def test_a_gas_that_an_older_report_does_not_weigh_leaves_that_set_out(tmp_path: Path) -> None:
    gas = next(key for key, item in all_gases().items() if "AR4" not in item.gwp and {"AR5", "AR6"} <= item.gwp.keys())
    items = [parse_dataset(document("leak", emissions=[emit(gas, 2.0)])), *datasets()]
    release = write_release(tmp_path / "r.tbr", items, HEADER, samples=Samples(20, gwp_sets=("AR5",)))
    assert release.get("leak").total == pytest.approx(2.0 * all_gases()[gas].gwp["AR6"])
    assert release.intensity("kiln", "AR4").total > 0
    with pytest.raises(TanbiaoError) as caught:
        release.intensities("AR4")
    assert caught.value.code == "gwp_set_not_known"
    assert resolve(release).solved == 4
    with pytest.raises(TanbiaoError) as caught:
        write_release(tmp_path / "q.tbr", items, HEADER, samples=Samples(20, gwp_sets=("AR4",)))
    assert caught.value.code == "gwp_missing"


def _kiln_by_hand(seed: int) -> np.ndarray[Any, Any]:
    """Solve every sample densely, with draws taken one by one."""

    def table(kind: Kind, stream: str, *parameters: float) -> Any:
        first, second, third = (np.array([value]) for value in parameters)
        streams = np.array([stream_of(stream)], dtype=np.uint64)
        own = SystemTable(np.array([kind], dtype=np.int8), first, second, third, streams, np.ones(1))
        return own.draw(seed, 0, COUNT)[0]

    def drawn(median: float, stream: str, sigma: float = 0.1) -> Any:
        return table(Kind.LOGNORMAL, stream, median, sigma, 0.0)

    coal, power = drawn(0.2, "exchange/power/coal"), drawn(0.005, "exchange/coal/power")
    stack = drawn(0.1, "emission/power/CO2 fossil")
    lime_used, wood_sigma = drawn(2.0, "exchange/kiln/lime"), np.log(1.1) / 1.96
    lime_sigma = datasets()[3].uncertainty.sigma
    lime = drawn(0.4, "dataset/lime", lime_sigma)
    wood = drawn(-1.5, "dataset/wood", wood_sigma)
    own = table(Kind.TRIANGULAR, "emission/kiln/CO2 fossil", 0.6, 0.7, 0.9)
    totals = []
    for i in range(COUNT):
        matrix = np.array([[1.0, -coal[i]], [-power[i], 1.0]])
        per_kwh = np.linalg.solve(matrix, [stack[i], 0.03 + 29.8 * 0.001])[0]
        totals.append(own[i] + 0.5 * per_kwh + lime_used[i] * lime[i] + 0.5 * wood[i])
    return np.array(totals)


def test_samples_agree_with_a_dense_solve_of_each_sample(release: Release) -> None:
    drawn = release.draws("kiln", "AR6")
    assert drawn is not None
    np.testing.assert_allclose(drawn, _kiln_by_hand(5), rtol=2e-7)  # float32: 6e-8
    assert np.std(drawn) > 0.01


def test_kinds_of_every_sample_add_up_to_its_total(release: Release) -> None:
    rows = release.samples("AR5")
    assert rows is not None
    for index in range(len(release)):
        kinds = rows.by_kind(index)
        assert set(kinds) == {"fossil", "biogenic_uptake", "undivided"}
        np.testing.assert_allclose(sum(kinds.values()), rows.total(index), rtol=1e-6, atol=1e-7)


def test_market_shares_keep_their_sum_in_every_sample(tmp_path: Path) -> None:
    spread = {"type": "lognormal", "sigma": 0.5}
    market = document(
        "market",
        inputs=[use("one", 0.3, uncertainty=spread, market="m"), use("two", 0.7, uncertainty=spread, market="m")],
    )
    sure = {"uncertainty": {"type": "stated", "percent": 0}}
    parsed = [parse_dataset(item) for item in (market, document("one", **sure), document("two", **sure))]
    drawn = write_release(tmp_path / "m.tbr", parsed, HEADER, samples=Samples(50)).draws("market", "AR6")
    assert drawn is not None
    np.testing.assert_allclose(drawn, 1.0, rtol=1e-7)


def test_a_loop_that_some_draw_makes_unproductive_is_refused_by_name(tmp_path: Path) -> None:
    wide = {"type": "lognormal", "sigma": 1.0}
    loop = [
        document("left", inputs=[use("right", 0.7, uncertainty=wide)], emissions=[emit("CO2 fossil", 1.0)]),
        document("right", inputs=[use("left", 0.7)]),
    ]
    parsed = [parse_dataset(item) for item in loop]
    assert Release(memoryview(build_release(parsed, HEADER)), "nominal").get("left").total == pytest.approx(1 / 0.51)
    with pytest.raises(TanbiaoError) as caught:
        write_release(tmp_path / "r.tbr", parsed, HEADER, samples=Samples(100))
    assert caught.value.code == "unproductive"
    assert "left" in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_no_bit_depends_on_how_samples_are_grouped(path: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(release_samples, "GROUP", 7)
    again = tmp_path / "again.tbr"
    write_release(again, datasets()[::-1], HEADER, samples=Samples(COUNT, seed=5, gwp_sets=("AR5", "AR6")))
    assert again.read_bytes() == path.read_bytes()


def test_a_dataset_keeps_its_draws_when_others_come(release: Release, tmp_path: Path) -> None:
    more = [*datasets(), parse_dataset(document("brick", inputs=[use("kiln", 3.0)]))]
    grown = write_release(tmp_path / "more.tbr", more, HEADER, samples=Samples(COUNT, seed=5))
    for identifier in ("power", "coal", "kiln", "lime", "wood"):
        before, after = release.draws(identifier, "AR6"), grown.draws(identifier, "AR6")
        assert before is not None
        assert after is not None
        np.testing.assert_allclose(after, before, rtol=2e-7)


def test_every_changed_byte_is_refused(path: Path) -> None:
    whole = path.read_bytes()
    Release(memoryview(whole), "whole").verify_all()
    draw = random.Random(7)
    for at in draw.sample(range(len(whole)), 150):
        changed = bytearray(whole)
        changed[at] ^= 1 << draw.randrange(8)
        with pytest.raises(TanbiaoError) as caught:
            Release(memoryview(bytes(changed)), "changed").verify_all()
        assert caught.value.code in ("release_hash_wrong", "release_malformed")


def test_a_damaged_sample_is_refused_when_it_is_read_and_others_still_answer(path: Path, release: Release) -> None:
    whole = bytearray(path.read_bytes())
    row = release.draws("kiln", "AR6")
    assert row is not None
    at = bytes(whole).index(row.tobytes())
    whole[at + 5] ^= 1
    damaged = Release(memoryview(bytes(whole)), "damaged")
    with pytest.raises(TanbiaoError, match="kiln") as caught:
        damaged.draws("kiln", "AR6")
    assert caught.value.code == "release_hash_wrong"
    assert np.array_equal(damaged.draws("wood", "AR6"), release.draws("wood", "AR6"))


class _Interrupted:
    """Stops after the first group, as Ctrl-C does."""

    def map(self, function: Callable[[Any], Any], inputs: Iterable[Any], /) -> Iterator[Any]:
        yield function(next(iter(inputs)))
        raise KeyboardInterrupt


def test_an_interrupted_build_leaves_no_file_and_keeps_the_one_that_stood_there(tmp_path: Path) -> None:
    place = tmp_path / "linked-1.tbr"
    for before in (None, b"older"):
        if before is not None:
            place.write_bytes(before)
        with pytest.raises(KeyboardInterrupt):
            write_release(place, datasets(), HEADER, samples=Samples(COUNT), executor=_Interrupted())
        assert [item.name for item in tmp_path.iterdir()] == ([] if before is None else ["linked-1.tbr"])
    assert place.read_bytes() == b"older"


@pytest.mark.parametrize(
    ("changes", "code", "named"),
    [
        ({"inputs": [use("nothing", 1.0)]}, "release_input_missing", "nothing"),
        ({"inputs": [use("bad", 0.1)]}, "input_of_itself", "bad"),
        ({"inputs": [use("coal", 0.1), use("coal", 0.2, id="other")]}, "input_twice", "coal"),
        ({"inputs": [use("coal", 0.1, "kWh")]}, "unit_mismatch", "bad.inputs.coal"),
        ({"inputs": [use("loop", 1.0)]}, "singular", "bad"),
        ({"inputs": [use("loop", 2.0)]}, "unproductive", "loop"),
    ],
)
def test_what_can_not_be_linked_is_refused_by_name(changes: dict[str, Any], code: str, named: str) -> None:
    extra = [document("bad", **changes), document("loop", inputs=[use("bad", 1.0)])]
    with pytest.raises(TanbiaoError) as caught:
        build_release([*datasets(), *map(parse_dataset, extra)], HEADER)
    assert caught.value.code == code
    assert named in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"emissions": [emit("CO2", 1.0)]}, "CO2"),
        ({"emissions": [emit("N2O", 1.0), emit("N2O", 2.0)]}, "twice"),
        ({"inputs": [use("coal", 1.0), use("coal", 1.0)]}, "input coal stands twice"),
        ({"inputs": [use("coal", 1.0, uncertainty={"type": "triangular", "low": 0.5})]}, "high is missing"),
        ({"inputs": [use("coal", 1.0, uncertainty={"type": "lognormal", "sigma": -0.1})]}, "greater than or equal"),
        ({"inputs": [use("coal", float("nan"))]}, "finite"),
    ],
)
def test_a_malformed_unit_process_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(TanbiaoError, match=reason):
        parse_dataset(document("bad", **changes))


def test_triangular_bounds_out_of_order_are_refused_when_the_release_is_built() -> None:
    wrong = use("coal", 1.0, uncertainty={"type": "triangular", "low": 2.0, "high": 3.0})
    with pytest.raises(TanbiaoError) as caught:
        build_release([*datasets(), parse_dataset(document("bad", inputs=[wrong]))], HEADER)
    assert caught.value.code == "distribution_bounds_out_of_order"


def test_a_bundle_proves_header_and_sample_rows_without_the_release(release: Release) -> None:
    said, carried = release.header_proof(), release.carried_draws("kiln", "AR6")
    assert carried is not None
    header = proved_header(said, release.hash)
    assert header is not None
    assert header["samples"]["count"] == COUNT
    root = header["samples"]["roots"]["AR6"]
    assert np.array_equal(carried_totals(carried, root), release.draws("kiln", "AR6"))
    forged = {**carried, "totals": "00" + carried["totals"][2:]}
    assert carried_totals(forged, root) is None
    assert proved_header({**said, "header": {**said["header"], "samples": None}}, release.hash) is None


def test_gwp_values_are_drawn_only_where_asked_for_and_known(tmp_path: Path) -> None:
    items = [parse_dataset(document(name, emissions=[emit(gas, 1.0)])) for name, gas in (
        ("fossil", "CH4 fossil"), ("biogenic", "CH4 biogenic"), ("nitrous", "N2O"), ("carbon", "CO2 fossil"),
    )]  # fmt: skip
    fixed = write_release(tmp_path / "a.tbr", items, HEADER, samples=Samples(2000, 7))
    assert set(fixed.draws("nitrous", "AR6").tolist()) == {273.0}
    drawn = write_release(tmp_path / "b.tbr", items, HEADER, samples=Samples(2000, 7, draw_gwp=True))
    assert (fixed.sampling.get("gwp"), drawn.sampling["gwp"]) == (None, "drawn")
    nitrous = np.log(drawn.draws("nitrous", "AR6").astype(float) / 273.0)
    # IPCC AR6 WG1 table 7.15: 273 ± 130 is a 5–95 % range, so 273 + 130 is the 95 % point
    assert nitrous.std() == pytest.approx(math.log(403 / 273) / 1.6449, rel=0.05)
    assert np.median(nitrous) == pytest.approx(0.0, abs=0.02)
    methane = [np.log(drawn.draws(name, "AR6").astype(float)) for name in ("fossil", "biogenic")]
    assert np.corrcoef(*methane)[0, 1] == pytest.approx(1.0)
    assert set(drawn.draws("carbon", "AR6").tolist()) == {1.0}
    assert resolve(drawn).samples >= 8


def test_several_exchanges_with_one_supplier_are_drawn_apart_and_added_up(tmp_path: Path) -> None:
    wide = {"type": "lognormal", "sigma": 0.2}
    inputs = [use("lime", 1.0, id=name, exchange=name, uncertainty=wide) for name in ("one", "two")]
    emissions = [emit("CO2 fossil", 2.0, id=name, uncertainty=wide) for name in ("stack", "leak")]
    items = [
        parse_dataset(document("lime", emissions=[emit("CO2 fossil", 3.0)])),
        parse_dataset(document("user", inputs=inputs)),
        parse_dataset(document("plant", emissions=emissions)),
    ]
    release = write_release(tmp_path / "r.tbr", items, HEADER, samples=Samples(4000, 2))
    variance = (math.exp(0.04) - 1.0) * math.exp(0.04)
    for name, amount in (("user", 3.0), ("plant", 2.0)):
        assert release.get(name).total == pytest.approx(2 * amount)
        assert release.draws(name, "AR6").std() == pytest.approx(amount * math.sqrt(2 * variance), rel=0.05)
    assert resolve(release).samples >= 8
