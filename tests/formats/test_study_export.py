"""A study written as datasets: the system in the file has the study's own figure, and says what it leaves out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from study_background import MemoryRelease, dataset
from tanbiao.cli.main import main
from tanbiao.core.dataset.inventory import FlowKind, Inventory
from tanbiao.core.dataset.nomenclature import UNSPLIT, gas_of
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.gases import gas
from tanbiao.core.lca.release_find import find_release
from tanbiao.core.rules import load_rule
from tanbiao.core.study.calculation import calculate
from tanbiao.core.study.parse import parse_study
from tanbiao.examples import catalogue
from tanbiao.formats import registry, yaml_study
from tanbiao.formats.archive import Members
from tanbiao.formats.export import TARGETS, export
from tanbiao.formats.study_export import inventory_of_study

GWP = "AR6"


def footprint(inventory: Inventory, product: str) -> float:
    """Return kg CO2e per reference amount of a process, by a dense solution written for this test alone."""
    processes = list(inventory.processes)
    index = {one.id: number for number, one in enumerate(processes)}
    matrix, direct = np.zeros((len(processes), len(processes))), np.zeros(len(processes))
    for number, process in enumerate(processes):
        factor = {one.product: one.value for one in process.allocation}
        assert not factor or len(factor) >= 2
        matrix[number, number] = process.references[0].amount
        share = factor.get(process.references[0].flow, 1.0)
        for one in process.exchanges:
            flow = inventory.flows[one.flow]
            if one.provider in index:
                matrix[index[one.provider], number] -= one.amount * share
            elif flow.kind is FlowKind.ELEMENTARY:
                weight = 1.0 if one.flow.startswith(UNSPLIT) else _weight(inventory, one.flow)
                direct[number] += weight * one.amount * share
    wanted = np.zeros(len(processes))
    wanted[index[product]] = processes[index[product]].references[0].amount
    return float(direct @ np.linalg.solve(matrix, wanted))


def _weight(inventory: Inventory, flow: str) -> float:
    known = gas_of(inventory.flows[flow])
    assert known is not None
    value = gas(known.gas).gwp[GWP]
    assert value is not None
    return value


def product_of(inventory: Inventory) -> str:
    return next(one.id for one in inventory.processes if "study" in one.documentation)


@pytest.mark.parametrize("example", [one.id for one in catalogue()])
def test_the_datasets_of_an_example_have_its_figure(example: str) -> None:
    item = next(one for one in catalogue() if one.id == example)
    study = yaml_study.load(item.read()).study
    assert study is not None
    rule = load_rule(study.rule) if study.rule else None
    release = find_release(study.release or "starter-2026.2")
    result = calculate(study, release, rule, samples=0)
    inventory = inventory_of_study(study, release, rule)
    assert study.gwp == GWP
    assert footprint(inventory, product_of(inventory)) == pytest.approx(result.document["total"]["value"], rel=1e-9)
    told = [one.params["row"] for one in inventory.findings if one.code == "study_row_not_exported"]
    unknown = {one["where"].split(".")[-1] for one in result.document["total"]["absences"] if "." in one["where"]}
    assert {row for row in unknown if row not in ("raw_materials", "manufacturing", "distribution", "use")} >= set(told)


def study_of(**more: Any) -> Any:
    document = {
        "tanbiao": "study/1",
        "goal": {"application": "test"},
        "product": {"name": {"zh": "杯", "en": "cup"}},
        "gwp": GWP,
        "unit": {"declared": "2 kg"},
        "period": {"from": "2024-01-01", "to": "2024-12-31"},
        "boundary": "cradle_to_gate",
        "capital_goods": {"excluded": "small"},
        "stages": {
            "raw_materials": {
                "rows": [
                    {"id": "clay", "amount": "3 kg", "from": "process/dig/clay", "data": {"kind": "primary"}},
                    {
                        "id": "gas",
                        "amount": "0.5 kg",
                        "gas": "CO2 fossil",
                        "data": {"kind": "primary", "uncertainty": {"percent": "10"}},
                    },
                    {"id": "glaze", "amount": {"absent": "unknown", "reason": "no invoice"}, "from": "dataset/held"},
                ]
            },
            "manufacturing": {"rows": [{"id": "steel", "amount": "1 kg", "from": "dataset/held"}]},
            "distribution": {"not_declared": "to the gate"},
            "use": {"not_declared": "to the gate"},
            "end_of_life": {"not_declared": "to the gate"},
        },
        "processes": {
            "dig": {
                "gives": [{"product": "clay", "amount": "10 kg"}, {"product": "sand", "amount": "30 kg"}],
                "allocation": {"by": "mass", "reason": "one pit"},
                "takes": [{"id": "steam", "amount": "4 kg", "from": "dataset/steam"}],
            }
        },
    }
    study, findings = parse_study(document | more)
    assert study is not None, findings
    return study


RELEASE = MemoryRelease(
    {
        "steam": dataset("steam", 2.0),
        "held": dataset("held", 7.0, redistribution="no (commercial licence)", licence="commercial"),
    }
)


def test_every_amount_by_hand_and_what_must_not_be_passed_on_stays() -> None:
    inventory = inventory_of_study(study_of(), RELEASE)
    names = {one.id.rpartition("/")[2]: one for one in inventory.processes}
    dig = names["dig"]
    assert [(one.amount, one.is_reference) for one in dig.exchanges[:2]] == [(10.0, True), (30.0, False)]
    # by mass: 10 of 40 and 30 of 40
    assert sorted(one.value for one in dig.allocation) == [0.25, 0.75]
    clay = names["raw_materials"].exchanges[1]
    assert (clay.amount, clay.unit, clay.provider) == (3.0, "kg", dig.id)
    emitted = names["raw_materials"].exchanges[2]
    # 10 per cent as a 95 % half-width: sigma = ln(1.1)/1.96
    assert emitted.spread is not None
    assert emitted.spread.sigma == pytest.approx(0.0486281, rel=1e-5)
    assert "glaze: unknown (no invoice)" in names["raw_materials"].documentation["not known or left out"]
    assert (
        "distribution: not declared (to the gate)" in names[product_of(inventory)].documentation["stages without rows"]
    )
    codes = [one.code for one in inventory.findings]
    assert sorted(codes) == ["export_background_left_out", "study_row_not_exported"]
    assert "held" not in names
    assert "steam" in names
    # 3 kg of clay carry 3/10 of a run at a quarter of 4 kg × 2 kg CO2e, plus 0.5 kg CO2; the held steel is not in it
    assert footprint(inventory, product_of(inventory)) == pytest.approx(0.3 * 0.25 * 8 + 0.5)
    whole = inventory_of_study(study_of(), RELEASE, own=True)
    assert footprint(whole, product_of(whole)) == pytest.approx(0.3 * 0.25 * 8 + 0.5 + 7)
    held = next(one for one in whole.processes if one.id == "held")
    assert "commercial" in held.licence


PIT = {
    "gives": [{"product": "clay", "amount": "10 kg"}, {"product": "sand", "amount": "30 kg"}],
    "takes": [
        {"id": "steam", "amount": "4 kg", "from": "dataset/steam"},
        {"id": "sieve", "amount": "1 kg", "from": "dataset/steam", "product": "sand"},
        {"id": "wash", "amount": "2 kg", "from": "dataset/steam", "product": "clay"},
    ],
}
CLAY_ONLY = {"raw_materials": [{"id": "clay", "amount": "3 kg", "from": "process/dig/clay"}]}


@pytest.mark.parametrize(
    ("allocation", "per_kilogram"),
    [
        # clay is 10 of 40 kg: a quarter of the 4 kg of steam and all of its own 2 kg, at 2 kg CO2e/kg, over 10 kg
        ({"by": "mass", "reason": "one pit"}, (0.25 * 4 + 2) * 2 / 10),
        ({"by": "stated", "shares": {"clay": "0.5", "sand": "0.5"}, "reason": "agreed"}, (0.5 * 4 + 2) * 2 / 10),
    ],
)
def test_rows_that_belong_to_one_product_go_with_it(allocation: dict[str, Any], per_kilogram: float) -> None:
    stages = study_of().canonical()["stages"] | CLAY_ONLY | {"manufacturing": {"empty": "none"}}
    study = study_of(stages=stages, processes={"dig": PIT | {"allocation": allocation}})
    inventory = inventory_of_study(study, RELEASE)
    names = {one.id.rpartition("/process/")[2]: one for one in inventory.processes if "/process/" in one.id}
    assert sorted(names) == ["dig/clay", "dig/sand"]
    assert footprint(inventory, product_of(inventory)) == pytest.approx(3 * per_kilogram)
    assert calculate(study, RELEASE, None, samples=0).document["total"]["value"] == pytest.approx(3 * per_kilogram)


@pytest.mark.parametrize("name", [one.name for one in TARGETS])
def test_no_open_file_holds_a_private_dataset(name: str) -> None:
    made = export(inventory_of_study(study_of(), RELEASE), name)
    opened = Members.of_bytes(made.data, f"x{made.target.ending}")
    if name != "brightway":
        again = registry.read(opened)
        assert len(again.processes) == len(inventory_of_study(study_of(), RELEASE).processes)
        assert not any("commercial" in one.licence for one in again.processes)
    with pytest.raises(TanbiaoError) as refused:
        export(replace(inventory_of_study(study_of(), RELEASE, own=True)), name)
    assert refused.value.code == "export_licence_forbids"


def test_a_study_that_cannot_be_calculated_is_no_dataset() -> None:
    stages = study_of().canonical()["stages"]
    stages["manufacturing"] = [{"id": "s", "amount": "1 kg", "from": "dataset/nowhere"}]
    with pytest.raises(TanbiaoError) as refused:
        inventory_of_study(study_of(stages=stages), RELEASE)
    assert refused.value.code == "unknown_dataset"


@pytest.mark.parametrize("kind", ["yaml", "json", "xlsx"])
def test_the_command_takes_a_study_in_each_of_its_forms(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    item = next(one for one in catalogue() if one.id == "cement-clinker")
    study = yaml_study.load(item.read()).study
    assert study is not None
    path = tmp_path / f"mine.{kind}"
    if kind == "xlsx":
        from tanbiao.formats import excel_study

        path.write_bytes(excel_study.write(study, "zh"))
    else:
        body = json.dumps(study.canonical()).encode() if kind == "json" else yaml_study.dump(study.canonical())
        path.write_bytes(body)
    out = tmp_path / "out.zip"
    assert main(["export", str(path), str(out), "--format", "openlca", "--json", "--lang", "en"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["processes"] == len(registry.read(Members.open(out)).processes) > 3
