"""Bringing dataset files in a browser: dropped on the page, followed while they are read, findings filtered."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from browser.conftest import Window

pytestmark = [pytest.mark.browser, pytest.mark.timeout(280)]

WHO = "shanghai-data"
DROP = """async files => {
  const box = new DataTransfer();
  for (const [name, bytes] of files)
    box.items.add(new File([Uint8Array.from(atob(bytes), one => one.charCodeAt(0))], name));
  const place = document.querySelector('[data-drop]');
  for (const kind of ['dragenter', 'dragover', 'drop'])
    place.dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: box}));
}"""


def archive(key: str, version: str = "01.00.000", *, carbon: float = 1.8, fuel: float | None = 2.0) -> bytes:
    """Return a zip in openLCA's JSON-LD with one process, steel making, that emits so much."""
    amounts = {"steel": 1.0, "carbon dioxide": carbon} | ({} if fuel is None else {"coke": fuel})
    exchanges = [
        {
            "internalId": at,
            "flow": {"@type": "Flow", "@id": name},
            "amount": amount,
            "unit": {"@type": "Unit", "@id": "kg"},
            "isInput": name == "coke",
            "isQuantitativeReference": name == "steel",
        }
        for at, (name, amount) in enumerate(amounts.items(), 1)
    ]
    unit = {"@type": "Unit", "@id": "kg", "name": "kg", "conversionFactor": 1, "isRefUnit": True}
    mass = {"flowProperty": {"@type": "FlowProperty", "@id": "m"}, "conversionFactor": 1, "isRefFlowProperty": True}
    files: dict[str, Any] = {
        "olca-schema.json": {"version": 2},
        "unit_groups/g.json": {"@type": "UnitGroup", "@id": "g", "name": "mass", "units": [unit]},
        "flow_properties/m.json": {"@type": "FlowProperty", "@id": "m", "name": "mass", "unitGroup": {"@id": "g"}},
        f"processes/{key}.json": {
            "@type": "Process",
            "@id": key,
            "name": f"炼钢 {key}",
            "version": version,
            "processType": "UNIT_PROCESS",
            "exchanges": exchanges,
        },
    }
    for name in amounts:
        kind = "ELEMENTARY_FLOW" if name == "carbon dioxide" else "PRODUCT_FLOW"
        flow = {"@type": "Flow", "@id": name, "name": name, "flowType": kind, "flowProperties": [mass]}
        files[f"flows/{name}.json"] = flow | {"category": "air/unspecified"}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, body in files.items():
            packed.writestr(name, json.dumps(body, ensure_ascii=False))
    return out.getvalue()


def drop(window: Window, *files: tuple[str, bytes]) -> None:
    """Drop files on the import page and send them."""
    window.open("/imports/")
    window.page.evaluate(DROP, [[name, base64.b64encode(data).decode()] for name, data in files])
    assert window.page.locator("[data-chosen] li").count() == len(files)
    window.page.locator("form[data-import] button[type=submit]").click()


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_a_dropped_file_is_sent_followed_and_its_findings_are_filtered(
    windows: Callable[..., Window], phone: bool
) -> None:
    key = "drop-phone" if phone else "drop-desk"
    window = windows(WHO, phone=phone, lang="en" if phone else "zh")
    drop(window, (f"{key}.zip", archive(key)))
    window.page.wait_for_url("**/imports/*-*/")
    window.page.wait_for_selector("#findings")
    assert ("Kept as new versions" if phone else "保存为新版本") in window.text()
    # Coke is bought and nothing here makes it: one finding, found by its words and by nothing else.
    window.page.fill("#q", "coke")
    window.follow(window.page.locator(".filters button"))
    assert "coke" in window.page.locator("table").last.inner_text()
    with window.page.expect_download() as waiting:
        window.page.locator('a[href*="findings.xlsx"]').click()
    assert waiting.value.suggested_filename.endswith(".xlsx")
    window.page.fill("#q", "no such words")
    window.follow(window.page.locator(".filters button"))
    assert window.page.locator("main .empty").count() == 1
    assert window.errors == []


def test_of_several_dropped_files_a_bad_one_keeps_none_out_and_says_why(windows: Callable[..., Window]) -> None:
    window = windows(WHO)
    drop(window, ("several.zip", archive("several")), ("empty.csv", b""), ("picture.csv", b"\x89PNG\r\n\x1a\n"))
    window.page.wait_for_selector(".chosen-files .why")
    window.page.wait_for_selector("form[data-import] button[type=submit]:not([disabled])")
    said = window.page.locator(".chosen-files li").all_inner_texts()
    assert [("文件为空" in line) for line in said] == [False, True, False]
    window.page.wait_for_selector('#brought tr:has-text("picture.csv") .chip-bad')
    window.follow(window.page.locator('#brought a:has-text("picture.csv")').first)
    assert "没有保存任何数据集" in window.text()
    # Read again as what it is not: told again, in the same place.
    window.page.select_option("#format", "ilcd")
    window.follow(window.page.locator('form[action$="/retry/"] button'))
    window.page.wait_for_selector('form[action$="/retry/"]')
    assert window.page.locator("main h1 ~ .chip-bad").count() == 1


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_two_versions_of_a_dataset_stand_side_by_side(windows: Callable[..., Window], phone: bool) -> None:
    key = "diff-phone" if phone else "diff-desk"
    window = windows(WHO, phone=phone)
    for number, carbon, fuel in (("01.00.000", 2.0, 2.0), ("01.01.000", 1.5, None)):
        drop(window, (f"{key}.zip", archive(key, number, carbon=carbon, fuel=fuel)))
        window.page.wait_for_url("**/imports/*-*/")
        window.page.wait_for_selector("#findings")
    window.open(f"/datasets/?q={key}")
    window.follow(window.page.locator("main tbody a").first)
    window.follow(window.page.locator('a[href$="/compare/"]').first)
    rows = window.page.locator("main table").first.locator("tbody tr")
    # 2.0 to 1.5 kg is −25 %; coke went. Told by a word, not by colour alone.
    changed = rows.filter(has_text="carbon dioxide").inner_text()
    assert "修改" in changed
    assert "-25.0 %" in changed
    assert "删除" in rows.filter(has_text="coke").inner_text()
    window.page.select_option("#show", "all")
    window.follow(window.page.locator(".filters button"))
    assert "相同" in rows.filter(has_text="steel").inner_text()
    assert window.errors == []
