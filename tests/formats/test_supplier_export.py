"""A study with a supplier's footprint as datasets: it stays with whoever received it, or goes along for own use."""

from __future__ import annotations

from study_background import background, document, stages
from supplier_files import of_year
from tanbiao.core.study import Study
from tanbiao.core.study.supplier_parts import part_of
from tanbiao.core.study.suppliers import offer
from tanbiao.formats.study_export import inventory_of_study
from tanbiao.formats.supplier_file import Beside, read

NAME = "supplier:12345678-9abc-4ef0-9234-567812345678"


def study() -> Study:
    rows = [{"id": "r1", "amount": "3 kg", "from": "dataset/steel"}]
    parsed, findings = Study.parse(document(stages=stages(raw_materials=rows)))
    assert parsed is not None, findings
    found = read(of_year(2023), Beside("cradle_to_gate", "cut_off", False, ()))
    part = part_of(found.footprint, found.product, file=found.hash, verifier=found.verifier, accept_unverified="")
    made, findings = Study.parse(offer(parsed, part, "r1").document)
    assert made is not None, findings
    return made


def test_it_is_left_out_by_name_and_its_user_names_it() -> None:
    inventory = inventory_of_study(study(), background())
    assert NAME not in {process.id for process in inventory.processes}
    assert NAME in {one.provider for process in inventory.processes for one in process.exchanges}
    assert [item.where for item in inventory.findings if item.code == "export_background_left_out"] == [NAME]


def test_for_own_use_it_goes_along_with_its_figure() -> None:
    inventory = inventory_of_study(study(), background(), own=True)
    process = next(process for process in inventory.processes if process.id == NAME)
    # 5.05 kg CO2e per kg that has no gases
    assert [round(one.amount, 9) for one in process.exchanges if not one.is_reference] == [5.05]
