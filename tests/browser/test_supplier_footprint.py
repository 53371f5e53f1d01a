"""A supplier's file in a browser: refused check by check, then taken by a row, and seen in the result."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from browser.conftest import Window
from study_background import document, stages
from supplier_files import of_year
from tanbiao.formats import yaml_study

pytestmark = [pytest.mark.browser, pytest.mark.timeout(280)]


@pytest.mark.parametrize(("lang", "phone"), [("zh", False), ("en", True)], ids=["zh-desk", "en-phone"])
def test_a_footprint_is_refused_then_taken_and_counts(
    windows: Callable[..., Window], tmp_path: Path, lang: str, phone: bool
) -> None:
    rows = [{"id": "r1", "name": {"zh": "铝锭", "en": "ingot"}, "amount": "3 kg", "from": "dataset/not-chosen"}]
    body = document(stages=stages(raw_materials=rows))
    del body["release"]
    study = tmp_path / "study.yaml"
    study.write_bytes(yaml_study.dump(body))
    window = windows("shanghai-data", lang=lang, phone=phone)
    window.open("/studies/new/")
    window.page.set_input_files("#file", study)
    window.follow(window.page.locator("form:has(#file) button"))
    address = window.page.url
    window.open(f"{address}suppliers/")
    file = tmp_path / "ingot.json"
    file.write_bytes(of_year(2023, id=f"demo-{lang}"))
    window.page.set_input_files("[name=file]", file)
    window.page.select_option("[name=row]", "r1")
    window.page.locator("button[value=check]").click()
    refused = {"zh": "不能采用", "en": "may not be taken"}[lang]
    window.page.get_by_text(refused).first.wait_for()
    # the supplier's word on what the file leaves open
    for name, value in (
        ("boundary", "cradle_to_gate"),
        ("recycling", "cut_off"),
        ("offsets", "none"),
        ("power", "none"),
    ):
        window.page.select_option(f"[name={name}]", value)
    window.page.locator("button[value=take]").click()
    window.page.get_by_text({"zh": "采用它的行", "en": "Taken by"}[lang]).first.wait_for()
    assert "r1" in window.text()
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not window.page.evaluate(wide)
    window.open(address)
    window.page.locator(f'form[action="{address.replace(window.site.url, "")}calculate/"] button').first.click()
    window.page.wait_for_url("**/result/")
    assert "supplier:demo-" in window.page.content()
    assert window.errors == []
