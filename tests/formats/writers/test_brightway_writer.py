"""The data package holds what the linking says, and bw2calc finds the same footprints in it."""

import io
import json
import math
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import peers
from sample_files import LCA, needs_samples
from tanbiao.core.dataset.inventory import Exchange, Flow, FlowKind, Inventory, Process, ProcessKind, Spread
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca.linked_solve import solve
from tanbiao.core.lca.linking import link
from tanbiao.core.lca.linking_model import LinkOptions
from tanbiao.formats import registry
from tanbiao.formats.archive import Members
from tanbiao.formats.writers import brightway
from tanbiao.formats.writers.brightway import DISTRIBUTIONS, INDICES

needs_peer = peers.needs("bw2calc", "bw_processing")

FLOWS = {
    "steel": Flow("steel", {"en": "steel"}, FlowKind.PRODUCT, unit="kg"),
    "power": Flow("power", {"en": "electricity"}, FlowKind.PRODUCT, unit="MJ"),
    "scrap": Flow("scrap", {"en": "scrap"}, FlowKind.WASTE, unit="kg"),
    "ore": Flow("ore", {"en": "ore"}, FlowKind.PRODUCT, unit="kg"),
    "co2": Flow("co2", {"en": "Carbon dioxide, fossil"}, FlowKind.ELEMENTARY, categories=("air",), unit="kg"),
    "dust": Flow("dust", {"en": "Particulates"}, FlowKind.ELEMENTARY, categories=("air",), unit="kg"),
}
POWER = Process(
    "power",
    {"en": "power plant"},
    ProcessKind.UNIT,
    (
        Exchange("power", False, 2.0, "MJ", id="1", is_reference=True),
        Exchange("steel", True, 0.02, "kg", id="2", spread=Spread("uniform", minimum=0.01, maximum=0.03)),
        Exchange("co2", False, 0.5, "kg", id="3", spread=Spread("lognormal", sigma=0.1)),
        Exchange("dust", False, 0.001, "kg", id="4", spread=Spread("undefined", minimum=0.0, maximum=0.1)),
    ),
)
STEEL = Process(
    "steel",
    {"en": "steel works"},
    ProcessKind.UNIT,
    (
        Exchange("steel", False, 1.0, "kg", id="1", is_reference=True),
        Exchange("power", True, 10.0, "MJ", id="2", spread=Spread("normal", sigma=1.0)),
        Exchange("scrap", False, 0.1, "kg", id="3", spread=Spread("triangular", minimum=0.0, mode=0.1, maximum=0.3)),
        Exchange("co2", False, 1.5, "kg", id="4"),
    ),
)
TIP = Process(
    "tip",
    {"en": "landfill"},
    ProcessKind.UNIT,
    (Exchange("scrap", True, 1.0, "kg", id="1", is_reference=True), Exchange("co2", False, 0.2, "kg", id="2")),
    is_waste_treatment=True,
)
WORLD = Inventory("simapro-csv", (POWER, STEEL, TIP), FLOWS)


def opened(data: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray], dict[str, int]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        arrays = {
            name.removesuffix(".npy"): np.load(io.BytesIO(archive.read(name)), allow_pickle=False)
            for name in archive.namelist()
            if name.endswith(".npy")
        }
        labels = json.loads(archive.read("labels.json"))
        return json.loads(archive.read("datapackage.json")), arrays, {one["id"]: one["number"] for one in labels}


def entry(arrays: dict[str, np.ndarray], group: str, row: int, column: int) -> tuple[float, bool, Any]:
    places = arrays[f"{group}.indices"]
    (at,) = np.flatnonzero((places["row"] == row) & (places["col"] == column))
    return arrays[f"{group}.data"][at], arrays[f"{group}.flip"][at], arrays[f"{group}.distributions"][at]


def test_the_package_is_laid_out_as_brightway_reads_it() -> None:
    described, arrays, numbers = opened(brightway.write(WORLD).data)
    assert {one["matrix"] for one in described["resources"] if "matrix" in one} == {
        "technosphere_matrix",
        "biosphere_matrix",
        "characterization_matrix",
    }
    assert arrays["technosphere.indices"].dtype == INDICES
    assert arrays["biosphere.distributions"].dtype == DISTRIBUTIONS
    for one in described["resources"]:
        if "kind" in one:
            assert len(arrays[one["name"]]) == one["nrows"]
    assert len(set(numbers.values())) == len(numbers) == 3 + 2


def test_amounts_signs_and_distributions() -> None:
    _, arrays, numbers = opened(brightway.write(WORLD).data)
    steel, power, tip = numbers["steel"], numbers["power"], numbers["tip"]
    assert entry(arrays, "technosphere", steel, steel)[:2] == (1.0, False)
    assert entry(arrays, "technosphere", tip, tip)[:2] == (-1.0, False)  # a treatment takes what it is there for
    value, flip, drawn = entry(arrays, "technosphere", power, steel)
    assert (value, flip, drawn["uncertainty_type"], drawn["loc"], drawn["scale"]) == (10.0, True, 3, 10.0, 1.0)
    value, flip, drawn = entry(arrays, "technosphere", steel, power)
    assert (value, flip, drawn["uncertainty_type"]) == (0.02, True, 4)
    assert (drawn["minimum"], drawn["maximum"]) == (np.float32(0.01), np.float32(0.03))
    value, flip, drawn = entry(arrays, "biosphere", numbers["co2"], power)
    assert (value, flip, drawn["uncertainty_type"]) == (0.5, False, 2)
    assert (drawn["loc"], drawn["scale"]) == (np.float32(math.log(0.5)), np.float32(0.1))
    assert entry(arrays, "gwp", numbers["co2"], numbers["co2"])[0] == 1.0
    assert numbers["dust"] not in arrays["gwp.indices"]["row"]


def test_what_is_not_in_the_package_is_told_by_name() -> None:
    broken = Process("bad", {"en": "nothing made"}, ProcessKind.UNIT, (Exchange("ore", True, 1.0, "kg", id="1"),))
    hungry = replace(STEEL, exchanges=(*STEEL.exchanges, Exchange("ore", True, 2.0, "kg", id="9")))
    made = brightway.write(Inventory("ilcd", (POWER, hungry, TIP, broken), FLOWS))
    codes = {item.code: item.params for item in made.findings}
    assert codes["brightway_unlinked"] == {"count": 1, "products": 1}
    assert codes["brightway_cannot_hold"]["what"] == "ranges without a shape"
    with pytest.raises(TanbiaoError) as caught:
        brightway.write(Inventory("ilcd", (broken,), FLOWS))
    assert caught.value.code == "brightway_empty"


def test_the_same_inventory_gives_the_same_package() -> None:
    assert brightway.write(WORLD).data == brightway.write(WORLD).data


def peer(data: bytes, folder: Path) -> dict[str, Any]:
    path = folder / "package.zip"
    path.write_bytes(data)
    script = Path(__file__).with_name("brightway_solve.py")
    done = subprocess.run([peers.PYTHON, script, path], capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def compare(inventory: Inventory, folder: Path, options: LinkOptions | None = None) -> tuple[int, int]:
    """Compare every footprint with bw2calc's; return how many there were, and how many samples differed."""
    solved = solve(link(inventory, options=options))
    theirs = peer(brightway.write(inventory, options).data, folder)
    assert set(theirs["scores"]) == {solved.linked.activities[int(number)].id for number in solved.members}
    for key, score in theirs["scores"].items():
        ours = float(solved.intensities[key][0])
        assert score == pytest.approx(ours, rel=1e-9, abs=1e-12), key
    assert all(map(math.isfinite, theirs["samples"]))
    return len(theirs["scores"]), len(set(theirs["samples"]))


@needs_peer
def test_bw2calc_finds_the_same_footprints(tmp_path: Path) -> None:
    # By hand: p = (0.5 + 0.02 s) / 2 and s = 1.5 + 10 p + 0.1 · 0.2, so s = (1.52 + 2.5) / 0.9
    solved = solve(link(WORLD))
    assert solved.footprint("steel") == pytest.approx(4.02 / 0.9)
    assert compare(WORLD, tmp_path) == (3, 21)  # every draw differs


@needs_peer
@needs_samples
@pytest.mark.parametrize("name", ["olca/uslci_olca1_5_0_schema1.zip", "ilcd/tiangong_ilcd_subset_120.zip"])
def test_bw2calc_finds_the_same_footprints_in_samples(name: str, tmp_path: Path) -> None:
    with Members.open(LCA / name) as members:
        inventory = registry.read(members)
    assert compare(inventory, tmp_path, LinkOptions(without_factors="mass"))[0] > 20
