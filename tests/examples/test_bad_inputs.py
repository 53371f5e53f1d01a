"""Small studies that are right but for one thing: a named finding with its place and a remedy, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tanbiao.core.findings import Finding, Severity, TanbiaoError, render
from tanbiao.core.lca.release_find import find_release
from tanbiao.core.study import calculate
from tanbiao.formats.yaml_study import Loaded, load

FOLDER = Path(__file__).resolve().parents[1] / "data" / "bad_inputs"
R1 = "stages.raw_materials.r1"

REFUSED = {
    "wrong-unit": ("unit_mismatch", f"{R1}.amount", "13:50"),
    "unit-without-meaning": ("unit_unknown", f"{R1}.amount", "13:50"),
    "unit-missing": ("unit_missing", f"{R1}.amount", "13:50"),
    "text-as-number": ("amount_malformed", f"{R1}.amount", "13:50"),
    "decimal-comma": ("amount_separator", f"{R1}.amount", "13:50"),
    "unknown-factor": ("unknown_dataset", f"{R1}.from", "13:65"),
    "negative-amount": ("negative_amount", f"{R1}.amount", "13:50"),
    "direct-factor": ("direct_factor_in_footprint", f"{R1}.from", "13:64"),
    "stage-missing": ("stage_missing", "stages.use", "12:3"),
    "stage-without-reason": ("stage_missing", "stages.use", "17:8"),
    "row-id-twice": ("row_id_twice", "stages.manufacturing.m1", "16:7"),
    "unknown-key": ("unknown_key", "boundery", "9:11"),
    "offset": ("offset_refused", "offsets", "19:10"),
    "process-missing": ("unknown_process", f"{R1}.from", "13:65"),
    "unproductive-loop": ("loop_unproductive", "processes.steel", "21:5"),
}
UNREADABLE = {"duplicate-key": ("yaml_duplicate_key", "7:1"), "anchor": ("yaml_anchor", "4:17")}
WARNED = {
    "gwp-set-differs": ("gwp_set_differs", R1),
    "gwp-set-unknown": ("gwp_set_unknown", R1),
    "electricity-year": ("factor_year_differs", "stages.manufacturing.m1.electricity"),
}


def examine(name: str) -> tuple[Loaded, list[Finding], float | None]:
    loaded = load((FOLDER / f"{name}.yaml").read_bytes())
    if loaded.study is None:
        return loaded, list(loaded.findings), None
    try:
        result = calculate(loaded.study, find_release("starter-2026.1"), samples=0)
    except TanbiaoError as error:
        return loaded, [*loaded.findings, *error.findings], None
    return loaded, [*loaded.findings, *result.findings], result.value


def assert_said_in_both_languages(item: Finding) -> None:
    zh, en = render(item, "zh"), render(item, "en")
    for key in ("message", "remedy"):
        assert zh[key], item.code
        assert en[key], item.code
        assert zh[key] != en[key], item.code
    assert zh["code"] == en["code"] == item.code


def test_every_file_is_expected() -> None:
    names = {path.stem for path in FOLDER.glob("*.yaml")}
    assert names == {"good", *REFUSED, *UNREADABLE, *WARNED}


def test_the_good_one_gives_a_number() -> None:
    """1.02 kg × 2.211 kg/kg + 0.5 kWh × 0.6205 kg/kWh."""
    _, _, value = examine("good")
    assert value == pytest.approx(1.02 * 2.211 + 0.5 * 0.6205, rel=1e-12)


@pytest.mark.parametrize("name", REFUSED)
def test_refusal_names_the_row_and_keeps_the_draft(name: str) -> None:
    code, where, place = REFUSED[name]
    loaded, findings, value = examine(name)
    assert value is None
    found = [item for item in findings if item.severity.blocks]
    assert [(item.code, item.where) for item in found] == [(code, where)]
    assert loaded.place(found[0].where) == place
    assert loaded.document["product"]["category"] == "generic-goods"
    assert_said_in_both_languages(found[0])


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_document_is_refused_with_line_and_column(name: str) -> None:
    code, place = UNREADABLE[name]
    loaded, findings, value = examine(name)
    assert value is None
    assert loaded.document == {}
    assert [(item.code, item.where) for item in findings] == [(code, place)]
    assert_said_in_both_languages(findings[0])


@pytest.mark.parametrize("name", WARNED)
def test_warning_stands_beside_a_number(name: str) -> None:
    code, where = WARNED[name]
    _, findings, value = examine(name)
    assert value is not None
    found = [item for item in findings if (item.code, item.where) == (code, where)]
    assert [item.severity for item in found] == [Severity.WARNING]
    assert_said_in_both_languages(found[0])
