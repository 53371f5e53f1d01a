"""Derived datasets in releases: ``tanbiao release build | rebuild | show | compare``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.release.linked_release import HEADER, document, documents, use
from tanbiao.cli.main import main
from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_deep import resolve

FIXED = {"type": "fixed"}
MIX = {
    "id": "binder",
    "version": "1",
    "name": {"zh": "胶凝材料", "en": "binder"},
    "uncertainty": {"type": "unknown"},
    "derivation": {
        "operation": "mix",
        "source": "shares made for the test",
        "inputs": [
            {"dataset": "kiln", "share": 0.75, "uncertainty": FIXED},
            {"dataset": "lime", "share": 0.25, "uncertainty": FIXED},
        ],
    },
}
RELINKED = {
    "id": "kiln-cn",
    "version": "1",
    "name": {"zh": "窑（改编）", "en": "kiln (adapted)"},
    "geography": "CN",
    "derivation": {
        "operation": "relink",
        "source": "chosen for the test",
        "input": {"dataset": "kiln"},
        "replaced": [{"before": "power", "after": "grid"}],
    },
}
GRID = document("grid", "kWh|electricity", co2e={"AR6": 0.6}, kinds={"fossil": 0.6}, gases={"CO2 fossil": 0.6})
OF_MIX = {
    "id": "bag",
    "version": "1",
    "name": {"zh": "袋", "en": "bag"},
    "reference": {"unit": "piece"},
    "derivation": {
        "operation": "unit",
        "source": "mass of a bag, made for the test",
        "input": {"dataset": "binder"},
        "bridge": "25 kg/piece",
        "uncertainty": FIXED,
    },
}


def written(folder: Path, items: list[dict[str, Any]], **header: Any) -> Path:
    """Write a folder of datasets and its release file."""
    folder.mkdir()
    (folder / "release.json").write_text(json.dumps(HEADER | header), encoding="utf-8")
    (folder / "all.json").write_text(json.dumps(items), encoding="utf-8")
    return folder


def build(tmp_path: Path, name: str, items: list[dict[str, Any]], samples: int = 0, *follows: str) -> Release:
    """Build a release through the command and open it."""
    folder, out = written(tmp_path / name, items, name=name), tmp_path / f"{name}.tbr"
    action = ["rebuild", *follows] if follows else ["build"]
    assert main(["release", *action, str(folder), "--out", str(out), "--samples", str(samples)]) == 0
    return Release.open(out)


def test_a_derived_dataset_is_linked_as_a_process_and_samples_with_its_inputs(tmp_path: Path) -> None:
    release = build(tmp_path, "mixed", [*documents(), MIX, OF_MIX], samples=40)
    kiln, lime, binder, bag = (release.get(name) for name in ("kiln", "lime", "binder", "bag"))
    assert binder.total == pytest.approx(0.75 * kiln.total + 0.25 * lime.total, rel=1e-13)
    assert bag.total == pytest.approx(25 * binder.total, rel=1e-13)
    rows = release.samples("AR6")
    assert rows is not None
    drawn = {name: rows.total(release.position(name)) for name in ("kiln", "lime", "binder", "bag")}
    np.testing.assert_allclose(drawn["binder"], 0.75 * drawn["kiln"] + 0.25 * drawn["lime"], rtol=1e-6)
    np.testing.assert_allclose(drawn["bag"], 25 * drawn["binder"], rtol=1e-6)
    assert release.derived_ids() == ("bag", "binder")
    assert resolve(release).largest <= 1e-9


def test_the_derivation_names_the_versions_it_was_calculated_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    release = build(tmp_path, "mixed", [*documents(), MIX, OF_MIX])
    capsys.readouterr()
    assert main(["release", "show", release.path, "--dataset", "binder", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)["derived_from"]
    assert (body["operation"], body["source"]) == ("mix", "shares made for the test")
    assert [item["hash"] for item in body["inputs"]] == [release.get(name).content_hash for name in ("kiln", "lime")]
    assert all(item["current"] for item in body["inputs"])
    assert sum(item["co2e"] for item in body["inputs"]) == pytest.approx(release.get("binder").total)
    assert main(["release", "show", release.path, "--dataset", "binder", "--lang", "en"]) == 0
    told = capsys.readouterr().out
    assert "Derived from (mix):" in told
    assert "75.000%  kiln" in told


def test_a_relinked_process_has_the_figure_of_its_new_supplier_and_says_how_much_that_is(tmp_path: Path) -> None:
    release = build(tmp_path, "adapted", [*documents(), GRID, RELINKED])
    kiln, power, adapted = (release.get(name) for name in ("kiln", "power", "kiln-cn"))
    # 1.8 MJ are 0.5 kWh.
    assert adapted.total == pytest.approx(kiln.total + 0.5 * (0.6 - power.total), rel=1e-13)
    derivation = adapted.derivation
    assert derivation is not None
    assert derivation.operation == "relink"
    assert derivation.share == pytest.approx(0.5 * 0.6 / adapted.total, rel=1e-8)
    assert [item.dataset for item in adapted.inputs] == ["grid", "lime", "wood"]


def test_processes_relinked_alongside_share_through_their_loop(tmp_path: Path) -> None:
    # a needs 0.5 b and 1 kWh, b needs 0.2 a and emits 1 kg: x_a = 1·p + 0.5 x_b, x_b = 1 + 0.2 x_a.
    emission = [{"gas": "CO2 fossil", "amount": 1.0, "uncertainty": FIXED}]
    items = [
        GRID,
        document("old", "kWh|electricity", co2e={"AR6": 0.9}, kinds={"fossil": 0.9}, gases={"CO2 fossil": 0.9}),
        document("a", inputs=[use("b", 0.5), use("old", 1.0, "kWh")]),
        document("b", inputs=[use("a", 0.2)], emissions=emission),
    ]
    source = {"operation": "relink", "source": "made for the test"}
    for name, replaced in (
        ("a", [{"before": "old", "after": "grid"}, {"before": "b", "after": "b-cn", "alongside": True}]),
        ("b", [{"before": "a", "after": "a-cn", "alongside": True}]),
    ):
        derivation = {**source, "input": {"dataset": name}, "replaced": replaced}
        items.append({"id": f"{name}-cn", "version": "1", "name": {"en": name}, "derivation": derivation})
    release = build(tmp_path, "loop", items)
    figure = (0.6 + 0.5) / 0.9
    assert release.get("a-cn").total == pytest.approx(figure, rel=1e-13)
    derivation = release.get("a-cn").derivation
    assert derivation is not None
    assert derivation.operation == "relink"
    assert derivation.share == pytest.approx((0.6 / 0.9) / figure, rel=1e-8)


def test_a_new_version_of_an_input_recomputes_what_follows_from_it_and_lists_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = MIX | {"id": "apart", "derivation": MIX["derivation"] | {"inputs": [{"dataset": "wood", "share": 1.0}]}}
    old = build(tmp_path, "old", [*documents(), MIX, OF_MIX, other])
    lime = document("lime", version="2", co2e={"unknown": 0.5}, kinds={"undivided": 0.5})
    folder, out = written(tmp_path / "new", [lime], name="new"), tmp_path / "new.tbr"
    capsys.readouterr()
    words = ["release", "rebuild", old.path, str(folder), "--out", str(out), "--samples", "0", "--json"]
    assert main(words) == 0
    body = json.loads(capsys.readouterr().out)
    new = Release.open(out)
    # lime also stands below the kiln, so the mix follows from two new versions.
    expected = [
        {"dataset": "bag", "before": "1", "after": "2", "because": ["binder"]},
        {"dataset": "binder", "before": "1", "after": "2", "because": ["kiln", "lime"]},
    ]
    assert body["recomputed"] == expected
    assert body["follows"] == {"name": "old", "hash": old.hash}
    binder, before = new.get("binder"), old.get("binder")
    assert binder.predecessor is not None
    assert (binder.predecessor.version, binder.predecessor.hash) == ("1", before.content_hash)
    assert binder.total - before.total == pytest.approx(0.75 * 2 * 0.1 + 0.25 * 0.1, rel=1e-12)
    assert (new.get("apart").version, new.leaf("apart")) == ("1", old.leaf("apart"))
    assert main(["release", "compare", old.path, new.path, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["recomputed"] == expected
    assert main(["release", "compare", old.path, new.path, "--lang", "en"]) == 0
    assert "binder  v1 → v2  ← kiln, lime" in capsys.readouterr().out


def test_a_document_with_another_hash_of_its_input_is_refused_by_build(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = build(tmp_path, "old", [*documents(), MIX])
    stated = old.get("binder").document()
    lime = document("lime", version="2", co2e={"unknown": 0.5}, kinds={"undivided": 0.5})
    items = [item for item in documents() if item["id"] != "lime"]
    folder = written(tmp_path / "new", [*items, lime, stated], name="new")
    assert main(["release", "build", str(folder), "--out", str(tmp_path / "new.tbr"), "--samples", "0"]) == 2
    assert "derivation_input_differs" in capsys.readouterr().out
    assert not (tmp_path / "new.tbr").exists()


def test_figures_in_a_document_never_stand_against_its_derivation(tmp_path: Path) -> None:
    old = build(tmp_path, "old", [*documents(), MIX])
    lie = old.get("binder").document() | {"co2e": {"AR6": 1e-9}, "kinds": {"fossil": 1e-9}, "gases": {}, "carried": {}}
    again = build(tmp_path, "again", [*documents(), lie])
    assert again.leaf("binder") == old.leaf("binder")


def test_a_gap_of_a_process_can_be_supplied_by_another_dataset(tmp_path: Path) -> None:
    gap = {"id": "7", "name": "Electricity", "product": "elec-us", "amount": 2.0, "unit": "MJ"}
    base = document("mill", gaps=[gap], emissions=[{"gas": "CO2 fossil", "amount": 0.1, "uncertainty": FIXED}])
    base = {key: value for key, value in base.items() if key not in ("co2e", "kinds")}
    source = {"operation": "relink", "source": "made for the test", "input": {"dataset": "mill"}}
    derivation = source | {"replaced": [{"before": "elec-us", "after": "grid"}]}
    adapted = {"id": "mill-cn", "version": "1", "name": {"en": "mill"}, "derivation": derivation}
    release = build(tmp_path, "filled", [GRID, base, adapted])
    mill, found = release.get("mill"), release.get("mill-cn")
    assert mill.missing is not None
    assert found.missing is None
    assert found.total == pytest.approx(0.1 + 2 / 3.6 * 0.6, rel=1e-13)
