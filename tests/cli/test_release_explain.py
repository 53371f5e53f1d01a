"""``tanbiao release explain``: the views of a linked dataset by hand, their sums, and what can't be explained."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.release.linked_release import HEADER, document, documents, emit
from tanbiao.cli.main import main
from tanbiao.core.dataset.model import parse_dataset
from tanbiao.core.lca.release_build import write_release
from tanbiao.core.lca.release_find import find_release


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("release") / "linked.tbr"
    write_release(path, [parse_dataset(item) for item in documents()], HEADER)
    return path


def explained(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main(["release", "explain", *words, "--json"]) == 0
    body: dict[str, Any] = json.loads(capsys.readouterr().out)
    return body


def named(view: dict[str, Any]) -> dict[str, float]:
    return {part["name"]: part["value"] for part in view["parts"]}


def test_a_loop_of_power_and_coal_by_hand(linked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # λ_power = .1 + .2 λ_coal, λ_coal = .03 + .001 · 29.8 + .005 λ_power (AR6: fossil methane 29.8).
    coal = (0.0598 + 0.005 * 0.1) / (1 - 0.2 * 0.005)
    power = 0.1 + 0.2 * coal
    body = explained(capsys, str(linked), "power", "--top", "100")
    assert body["total"] == pytest.approx(power, rel=1e-12)
    assert named(body["views"]["first_tier"]) == pytest.approx({"direct": 0.1, "coal": 0.2 * coal}, rel=1e-12)
    runs = 1 / (1 - 0.001)
    assert named(body["views"]["processes"]) == pytest.approx(
        {"power": 0.1 * runs, "coal": 0.2 * runs * 0.0598}, rel=1e-12
    )
    assert named(body["views"]["gases"])["CH4 fossil"] == pytest.approx(0.2 * runs * 0.0298, rel=1e-12)
    assert sum(named(body["views"]["kinds"]).values()) == pytest.approx(power, rel=1e-12)
    assert named(body["views"]["countries"]) == pytest.approx({"CN": power}, rel=1e-12)
    (root,) = body["tree"]
    assert (root["dataset"], root["supplies"][0]["dataset"]) == ("power", "coal")
    assert root["supplies"][0]["supplies"][0]["loop"] is True
    assert body["reconciles"] is True
    assert body["unit"] == "kg CO2e/kWh|electricity"
    assert {node["dataset"]: node["total"] for node in body["graph"]["nodes"]}["power"] == pytest.approx(power)
    top = body["drivers"][0]
    assert (top["matrix"], top["column"]) == ("characterization", "CO2 fossil")


def test_uptake_is_negative_and_the_rest_is_counted(linked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = explained(capsys, str(linked), "kiln", "--top", "1")
    for view in body["views"].values():
        shown = sum(part["value"] for part in view["parts"]) + view["rest"]["value"]
        assert shown == pytest.approx(body["total"], rel=1e-12)
    assert body["views"]["processes"]["rest"]["count"] >= 2
    assert main(["release", "explain", str(linked), "kiln", "--top", "1", "--lang", "en"]) == 0
    tree = capsys.readouterr().out.partition("Upstream:")[2].partition("What moves")[0]
    # of lime 0.8, wood −0.75 and power, only the first is shown
    assert "\n    0.8  2 lime" in tree
    assert f"\n    {body['tree'][0]['rest']['value']:.6g}  2 others" in tree
    assert named(body["views"]["kinds"])["biogenic_uptake"] == pytest.approx(-0.8)


def test_the_rest_opens_and_all_rolls_up_onto_own_processes(linked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    closed = explained(capsys, str(linked), "kiln", "--top", "1")
    body = explained(capsys, str(linked), "kiln", "--top", "1", "--open", "processes", "--own", "kiln", "power")
    assert closed["views"]["processes"]["rest"]["count"] > 0
    assert body["views"]["processes"]["rest"]["count"] == 0
    assert len(body["views"]["processes"]["parts"]) == closed["views"]["processes"]["rest"]["count"] + 1
    whole = explained(capsys, str(linked), "kiln", "--open", "own", "--own", "kiln", "power")
    # the kiln: 0.7 + 2 · 0.4 of lime − 0.5 · 1.5 of wood; all that power brings is its own, the coal mine is behind it
    own = named(whole["views"]["own"])
    assert own["kiln"] == pytest.approx(0.7 + 0.8 - 0.75)
    assert own["power"] == pytest.approx(whole["total"] - own["kiln"])
    assert whole["reconciles"] is True
    assert main(["release", "explain", str(linked), "kiln", "--own", "nobody"]) == 2
    assert "product_not_in_system" in capsys.readouterr().out


def test_an_incomplete_figure_says_so_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gap = {"id": "g", "name": "glue", "amount": 2.0, "unit": "kg", "stand_in": "lime"}
    items = [*documents(), document("box", gaps=[gap], emissions=[emit("CO2 fossil", 1.0)])]
    items.append(document("crate", gaps=[gap | {"stand_in": ""}], emissions=[emit("CO2 fossil", 1.0)]))
    path = tmp_path / "r.tbr"
    write_release(path, [parse_dataset(item) for item in items], HEADER)
    assert explained(capsys, str(path), "box")["missing"] == {"own": 1, "bound": pytest.approx(0.8)}
    for name, told in (("box", "at most 0.8 kg CO2e/kg"), ("crate", "nothing bounds")):
        assert main(["release", "explain", str(path), name, "--lang", "en"]) == 0
        assert told in capsys.readouterr().out


@pytest.mark.parametrize(("lang", "words"), [("zh", "各视图之和均等于总量"), ("en", "Every view adds up to the total")])
def test_a_person_reads_it_in_his_language(
    linked: Path, capsys: pytest.CaptureFixture[str], lang: str, words: str
) -> None:
    assert main(["release", "explain", str(linked), "kiln", "--lang", lang]) == 0
    told = capsys.readouterr()
    assert words in told.out + told.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["starter-2026.1", "CN-ELEC-CF:2024:China"], "unknown_dataset"),
        (["{linked}", "nobody"], "unknown_dataset"),
        (["{linked}", "power", "--gwp", "AR99"], "gwp_set_not_known"),
        (["{linked}", "power", "--share", "2"], "cut_off_out_of_range"),
    ],
)
def test_what_can_not_be_explained_is_an_error_of_use(
    linked: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: str
) -> None:
    assert main(["release", "explain", *(word.format(linked=linked) for word in words), "--lang", "en"]) == 2
    told = capsys.readouterr()
    assert code in told.out + told.err
    assert "Traceback" not in told.out + told.err


def test_a_release_of_finished_factors_has_no_upstream(capsys: pytest.CaptureFixture[str]) -> None:
    from tanbiao.core.lca.release_find import find_release

    first = find_release("starter-2026.1").ids()[0]
    assert main(["release", "explain", "starter-2026.1", first]) == 2
    told = capsys.readouterr()
    assert "release_not_linked" in told.out + told.err


def test_one_input_at_a_time_is_exact_and_the_preview_says_what_it_is(
    linked: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = explained(capsys, str(linked), "power", "--vary", "0.2")
    ends = {(item["row"], item["column"]): (item["low"], item["high"]) for item in body["drivers"]}

    def power(coal_used: float) -> float:
        # λ_power = .1 + u λ_coal, λ_coal = .0598 + .005 λ_power (AR6).
        return (0.1 + coal_used * 0.0598) / (1 - coal_used * 0.005)

    assert ends[("coal", "power")] == pytest.approx((power(0.16), power(0.24)), rel=1e-12)
    preview = body["preview"]
    assert preview["method"] == "first_order"
    # what the release itself says of the chain's spread, which it derives apart from this
    assert preview["relative"] == pytest.approx(find_release(str(linked)).get("power").uncertainty.sigma, rel=1e-5)
    assert sum(item["share"] for item in preview["inputs"]) + preview["rest"] == pytest.approx(1.0)
    assert main(["release", "explain", str(linked), "power", "--lang", "en"]) == 0
    assert "first order, instant, not sampled" in capsys.readouterr().out
    for bad in ("0", "1", "nan", "-0.1"):
        assert main(["release", "explain", str(linked), "power", f"--vary={bad}"]) == 2
        assert "variation_out_of_range" in capsys.readouterr().out


def test_scenarios_change_several_inputs_at_once_by_hand(linked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Coal per kWh times .5 and 2, the mine's methane times 0 and 1: λ_power = .1 + x λ_coal, λ_coal = c + .005 λ_power.
    words = ["--scale", "coal", "power", "0.5, 2", "--scale", "CH4 fossil", "coal", "0,1"]
    body = explained(capsys, str(linked), "power", *words)
    wanted = [(0.1 + 0.1 * 0.03) / (1 - 0.1 * 0.005), (0.1 + 0.4 * 0.0598) / (1 - 0.4 * 0.005)]
    assert [one["total"] for one in body["scenarios"]] == pytest.approx(wanted, rel=1e-12)
    assert body["scenarios"][1]["change"] == pytest.approx(wanted[1] - body["total"], rel=1e-9)
    assert [item["factor"] for item in body["scenarios"][0]["changes"]] == [0.5, 0.0]
    # Methane at half its GWP, and a mine that burns 1,000 times the power: 0.2 · 5 = 1 kWh for each kWh.
    body = explained(capsys, str(linked), "power", "--scale", "AR6", "CH4 fossil", "0.5")
    assert body["scenarios"][0]["total"] == pytest.approx((0.1 + 0.2 * 0.0449) / 0.999, rel=1e-12)
    body = explained(capsys, str(linked), "power", "--scale", "power", "coal", "1000")
    assert (body["scenarios"][0]["total"], body["scenarios"][0]["why"]["code"]) == (None, "singular")
    assert main(["release", "explain", str(linked), "power", *words, "--lang", "en"]) == 0
    assert "Scenarios (exact, all changes at once):" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("scaled", "code"),
    [
        ([("coal", "power", "much")], "scenario_malformed"),
        ([("coal", "power", "-1")], "scenario_malformed"),
        ([("coal", "power", "nan")], "scenario_malformed"),
        ([("coal", "power", ",")], "scenario_malformed"),
        ([("coal", "power", "1,2"), ("power", "coal", "1")], "scenario_malformed"),
        ([("coal", "power", "1 " * 21)], "scenario_malformed"),
        ([("lime", "power", "2")], "exchange_not_in_system"),
        ([("gold", "power", "2")], "exchange_not_in_system"),
        ([("power", "power", "2")], "exchange_not_in_system"),
        ([("AR6", "coal", "2")], "exchange_not_in_system"),
        ([("N2O", "power", "2")], "exchange_not_in_system"),
    ],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_scenarios_of_nothing_are_refused(
    scaled: list[tuple[str, str, str]], code: str, lang: str, linked: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [word for one in scaled for word in ("--scale", *one)]
    assert main(["release", "explain", str(linked), "power", *words, "--lang", lang]) == 2
    told = capsys.readouterr().out
    assert code in told
    assert "{" not in told
