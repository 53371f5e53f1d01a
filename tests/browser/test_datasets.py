"""Bringing dataset files in a browser: dropped on the page, followed while they are read, findings filtered."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
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


def archive(
    key: str, version: str = "01.00.000", *, carbon: float = 1.8, fuel: float | None = 2.0, gas: str = "carbon dioxide"
) -> bytes:
    """Return a zip in openLCA's JSON-LD with one process, steel making, that emits so much of a gas."""
    amounts = {"steel": 1.0, gas: carbon} | ({} if fuel is None else {"coke": fuel})
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
        kind = "ELEMENTARY_FLOW" if name == gas else "PRODUCT_FLOW"
        flow = {"@type": "Flow", "@id": name, "name": name, "flowType": kind, "flowProperties": [mass]}
        files[f"flows/{name}.json"] = flow | {"category": "air/unspecified"}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, body in files.items():
            packed.writestr(name, json.dumps(body, ensure_ascii=False))
    return out.getvalue()


def loose(key: str) -> dict[str, bytes]:
    """Return the files of such a zip one by one, as they lie in a folder: a process with its flows and units."""
    with zipfile.ZipFile(io.BytesIO(archive(key))) as packed:
        found = {name: packed.read(name) for name in packed.namelist()}
    renamed = {f"processes/{key}.json": "process.json", "unit_groups/g.json": "group.json"}
    return {renamed.get(name, name.replace("/", "-")): data for name, data in found.items()}


def drop(window: Window, *files: tuple[str, bytes], click: bool = True) -> None:
    """Drop files on the import page and send them."""
    window.open("/imports/")
    window.page.evaluate(DROP, [[name, base64.b64encode(data).decode()] for name, data in files])
    window.page.wait_for_function(f"document.querySelectorAll('[data-chosen] li').length === {len(files)}")
    if click:
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
def test_files_that_belong_together_are_dropped_at_once_and_read_as_one_import(
    windows: Callable[..., Window], phone: bool
) -> None:
    window = windows(WHO, phone=phone, lang="en" if phone else "zh")
    key = f"loose-{'phone' if phone else 'desk'}"
    own = loose(key) | {"note.txt": b"written by hand"}
    drop(window, *own.items(), click=False)
    assert f"{len(own)} {'files' if phone else '个文件'}" in window.page.inner_text("[data-total]")
    window.page.locator("form[data-import] button[type=submit]").click()
    window.page.wait_for_url("**/imports/*-*/")
    window.page.wait_for_selector("#findings")
    said = window.text()
    assert (f"{len(own)} files were read as one import" if phone else f"{len(own)} 个文件合为一次导入") in said
    assert ("Kept as new versions" if phone else "保存为新版本") in said
    # The file that is no dataset is a finding under its own name, and its number leads to it.
    window.page.locator(".files summary").click()
    window.follow(window.page.locator('.files a[href*="note.txt"]'))
    assert "note.txt" in window.page.locator("table").last.inner_text()
    assert window.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert window.errors == []


def test_a_folder_is_chosen_and_is_one_import(windows: Callable[..., Window], tmp_path: Path) -> None:
    folder = tmp_path / "炼钢"
    for name, data in loose("folder").items():
        (folder / "daten").mkdir(parents=True, exist_ok=True)
        (folder / "daten" / name).write_bytes(data)
    window = windows(WHO)
    window.open("/imports/")
    window.page.set_input_files("input[webkitdirectory]", str(folder))
    window.page.wait_for_selector("[data-chosen] li")
    assert "炼钢/daten/process.json" in window.page.inner_text("[data-chosen]")
    window.page.locator("form[data-import] button[type=submit]").click()
    window.page.wait_for_url("**/imports/*-*/")
    window.page.wait_for_selector("#findings")
    assert window.page.inner_text("h1") == "炼钢"
    assert window.errors == []


def test_files_of_two_formats_become_two_imports(windows: Callable[..., Window]) -> None:
    window = windows(WHO, lang="en")
    table = b"product,kg\r\ntwo-formats steel,1.8\r\n"
    mapping = (
        b"tanbiao: csv-mapping/1\nprocess: {name: {en: '{product}'}}\n"
        b"reference: {flow: '{product}', amount: '1', unit: kg}\n"
        b"results: [{indicator: GWP100, amount: '{kg}', unit: kg CO2e}]\n"
    )
    drop(window, *loose("two-formats").items(), ("map.yaml", mapping), ("steel.csv", table))
    window.page.wait_for_url("**/imports/")
    window.page.wait_for_selector('#brought tr:has-text("map.yaml +1") .chip-good')
    window.page.wait_for_selector('#brought tr:has-text("flow_properties-m.json +6") .chip-good')
    assert window.errors == []


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
