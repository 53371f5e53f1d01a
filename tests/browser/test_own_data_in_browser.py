"""A licensed copy in a browser: brought, built into a release of own data, calculated with, and seen by nobody else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from browser.conftest import Window
from browser.test_datasets import archive, drop
from study_background import document, stages
from tanbiao.formats import yaml_study

pytestmark = [pytest.mark.browser, pytest.mark.timeout(280)]

WHO, OUTSIDER, OPERATOR = "shanghai-data", "shandong-data", "operator"
WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.mark.parametrize(("lang", "phone"), [("zh", False), ("en", True)], ids=["zh-desk", "en-phone"])
def test_a_licensed_copy_gives_a_figure_to_its_holder_and_is_not_there_for_others(
    windows: Callable[..., Window], tmp_path: Path, lang: str, phone: bool
) -> None:
    key = f"licensed-{lang}"
    window = windows(WHO, lang=lang, phone=phone)
    # 2.5 kg of fossil CO2 a kg of steel: 2.5 kg CO2e.
    drop(window, (f"{key}.zip", archive(key, carbon=2.5, fuel=None, gas="Carbon dioxide, fossil")))
    window.page.wait_for_url("**/imports/*-*/")
    window.page.wait_for_selector("h2, .empty")
    window.open("/governance/own-releases/")
    window.page.get_by_label(f"{key}.zip").check()
    window.page.fill("[name=name]", key)
    window.page.fill("[name=basis]", "licence no. 17")
    assert not window.page.evaluate(WIDE)
    window.follow(window.page.locator("main form button[type=submit]").last)
    name = window.page.inner_text("h1")
    assert name.endswith(key)
    installed = {"zh": "已安装", "en": "Installed"}[lang]
    for _ in range(60):
        if installed in window.text():
            break
        window.page.wait_for_timeout(500)
        window.page.reload()
    assert installed in window.text()
    assert not window.page.evaluate(WIDE)
    window.open(f"/factors/releases/{name}/")
    assert {"zh": "仅限", "en": "only for"}[lang] in window.text()

    rows = [{"id": "r1", "name": {"zh": "钢", "en": "steel"}, "amount": "4 kg", "from": f"dataset/own-data:{key}"}]
    study = tmp_path / "study.yaml"
    study.write_bytes(yaml_study.dump(document(release=name, stages=stages(raw_materials=rows))))
    window.open("/studies/new/")
    window.page.set_input_files("#file", study)
    window.follow(window.page.locator("form:has(#file) button"))
    address = window.page.url
    window.page.locator(f'form[action="{address.replace(window.site.url, "")}calculate/"] button').first.click()
    window.page.wait_for_url("**/result/")
    # 4 kg at 2.5 kg CO2e each.
    assert "10.0" in window.text()
    assert window.errors == []

    for who in ("", OUTSIDER, OPERATOR):
        other = windows(who, lang=lang, phone=phone)
        for place in (f"/factors/releases/{name}/", f"/factors/dataset/?release={name}&id=own-data:{key}"):
            assert other.open(place) == 404
        assert other.open("/factors/releases/") == 200
        assert name not in other.text()
    assert windows(WHO).open(f"/factors/releases/{name}/") == 200
