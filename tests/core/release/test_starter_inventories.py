"""The second starter release: the US LCI linked, and adapted to China by recorded derivations."""

from __future__ import annotations

import json
from importlib import resources

import pytest

from tanbiao.core.dataset.derivation import Relink
from tanbiao.core.lca.release import Release
from tanbiao.core.lca.release_compare import compare
from tanbiao.core.lca.release_derived import calculated
from tanbiao.core.lca.release_find import DEFAULT, find_release, pinned_hashes

GRID = "CN-ELEC-CF:2024:China average"


@pytest.fixture(scope="module")
def second() -> Release:
    return find_release("starter-2026.2")


def test_it_is_the_default_pinned_and_a_demonstration(second: Release) -> None:
    assert second.name == DEFAULT
    assert pinned_hashes()["starter-2026.2"] == second.hash
    assert second.standing == "demonstration"
    second.verify_all()


def test_it_holds_the_tables_of_the_first_release_unchanged(starter: Release, second: Release) -> None:
    found = compare(starter, second)
    assert (found.removed, found.changed, found.same) == ((), (), len(starter))
    assert all(name.startswith(("uslci:", "uslci-cn:", "tiangong:")) for name in found.added)


def test_hundreds_of_materials_are_linked_and_adapted(second: Release) -> None:
    linked = [name for name in second.ids() if name.startswith("uslci:")]
    assert len(linked) >= 766
    assert len(second.derived_ids()) >= 300
    assert second.header["system"]["inputs"] > 8000


@pytest.mark.requirement("GBA-06c")
def test_every_adapted_dataset_says_what_was_relinked_and_is_scored_accordingly(second: Release) -> None:
    for name in second.derived_ids():
        item = second.get(name)
        derivation = item.derivation
        assert isinstance(derivation, Relink)
        assert any(not one.alongside for one in derivation.replaced)
        assert derivation.input.hash == second.get(derivation.input.dataset).content_hash
        assert (item.geography, item.quality.ger, item.is_chinese) == ("CN", 5, False)
        assert item.name.en.endswith("(adapted to China)")
        assert item.name.zh.endswith("（中国化改编）")
        assert derivation.share is not None or item.total == 0


def test_an_adapted_dataset_differs_from_its_base_by_what_was_replaced_alone(second: Release) -> None:
    def brought(name: str) -> dict[str, float]:
        item = second.get(name)
        found: dict[str, float] = {}
        for used in item.inputs:
            supplier = second.get(used.dataset)
            found[used.dataset] = found.get(used.dataset, 0.0) + used.amount * supplier.per_input(used) * supplier.total
        return found

    adapted = next(name for name in second.derived_ids() if second.get(name).name.en.startswith("Portland cement"))
    derivation = second.get(adapted).derivation
    assert isinstance(derivation, Relink)
    before, after = brought(derivation.input.dataset), brought(adapted)
    assert GRID in after
    kept = before.keys() & after.keys()
    assert {key: before[key] for key in kept} == pytest.approx({key: after[key] for key in kept})
    base, new = second.get(derivation.input.dataset), second.get(adapted)
    assert new.total - base.total == pytest.approx(sum(after.values()) - sum(before.values()), rel=1e-9)


def test_derivations_calculated_again_give_the_same_exchanges(second: Release) -> None:
    chosen = second.derived_ids()[::40]
    again = {item.id: item for item in calculated(list(second))}
    for name in chosen:
        assert again[name].inputs == second.get(name).inputs
        assert again[name].gaps == second.get(name).gaps


def test_names_differ_and_licences_are_listed(second: Release) -> None:
    names = [item.name.en for item in second if item.name.en]
    assert len(set(names)) == len(names)
    listed = json.loads(resources.files("tanbiao.data").joinpath("sources.json").read_text(encoding="utf-8"))["sources"]
    by_key = {entry["id"]: entry for entry in listed}
    for item in second:
        assert item.licence in by_key[item.source.key]["licences_of_rows"], item.id


def test_a_figure_that_lacks_an_input_says_so(second: Release) -> None:
    lacking = [item for item in second if item.missing is not None]
    assert lacking
    for item in lacking[:50]:
        assert any(notice.code.startswith("dataset_incomplete") for notice in item.findings)


def test_a_kiln_whose_emissions_are_measured_burns_its_fuels_once(second: Release) -> None:
    # US LCI "Portland cement, at plant", per kg: 0.553 kg CO2 of calcination and 0.374 kg of its fuels are its own.
    cement = second.get("uslci:62993671:277959d5")
    assert sum(one.amount for one in cement.emissions if one.gas == "CO2 fossil") == pytest.approx(0.553 + 0.374)
    for name in (cement.id, "uslci-cn:62993671:277959d5"):
        item = second.get(name)
        supplied = [second.get(used.dataset) for used in item.inputs]
        assert not any("combusted in" in (one.name.en or "") or "combustion" in (one.name.en or "") for one in supplied)
        assert item.notes[0].startswith("Corrected:")
        # Electricity (0.144 kWh), quarrying and fuels' supply come on top: published averages lie at 0.7–1.1.
        assert 0.927 < item.total < 1.1


def test_co_products_share_as_the_source_says_and_each_says_how(second: Release) -> None:
    # Refinery, by mass: per kg all products carry the same (densities of data-sources/uslci_densities.csv).
    gasoline, diesel = second.get("uslci:0aaf1e13:0e44e579"), second.get("uslci:0aaf1e13:d939590b")
    assert gasoline.total / 743.490 == pytest.approx(diesel.total / 829.876, rel=1e-9)
    assert gasoline.notes == ("Co-products: 9 share by mass (as the process documentation says)",)
    paper = second.get("uslci:732a5578:19bd554c")  # the package marks its tall oil as the reference
    assert paper.product is not None
    assert paper.product.name.best("en").startswith("Paper, freesheet, uncoated")
    assert "by-products none" in paper.notes[0]
    assert "uslci:5abfba66:15a4d63d" not in second  # rapeseed residues: none of the burden
    assert "uslci:0d1d9f2b:c4f0f821" not in second  # 909 kg of oil for 1 kg of polyol


def test_residues_that_the_package_counts_in_tonnes_are_counted_in_kilograms(second: Release) -> None:
    # 119,290 (written: t) of residues for 21,183 + 3,787.5 + 53.52 kg of products, which share by mass: 4.767 per kg.
    # Then 119.3 t of residues, 77.6 t of oxygen, 253.6 t of nitrogen and 13.3 t of water go in, 461 t come out.
    ethanol = second.get("uslci:d9cadd89:2656bfd3")
    residues = next(one for one in ethanol.inputs if "residue" in second.get(one.dataset).name.en)
    assert residues.amount == pytest.approx(119_290 / (21_183 + 3_787.5 + 53.52))
    assert residues.unit == "kg"
    assert ethanol.notes[0].startswith("Corrected: Forest residue")
    assert ethanol.total < 5


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("uslci:0f02f4bf:218f8159", "the coating alone"),
        ("uslci:c19569ac:69fece29", "value of scrap"),
        ("uslci-cn:c19569ac:69fece29", "value of scrap"),
        ("uslci:ced3ee5d:e86e8b04", "no supplier"),
    ],
)
def test_what_looks_off_says_why(second: Release, name: str, words: str) -> None:
    assert any(note.startswith("Mind: ") and words in note for note in second.get(name).notes)
