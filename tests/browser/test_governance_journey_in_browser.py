"""A provider's file from import to publication in a release, then superseded by a second version; each in a window."""

from __future__ import annotations

import re
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from browser.conftest import Site, Window

pytestmark = [pytest.mark.browser, pytest.mark.timeout(280)]

REVIEWERS = ("north-factors", "south-factors")
MAPPING = """
tanbiao: csv-mapping/1
rows: process
process: {id: demo-brick, name: {zh: "{name}", en: DEMO invented brick}, version: "{version}", location: CN,
  valid_from: "2024", technology: invented, kind: unit_process, licence: CC0-1.0}
reference: {flow: {zh: 演示砖}, amount: "1", unit: kg}
flows: [{flow: "Carbon dioxide, fossil", cas: "124-38-9", categories: [air], amount: "{co2}", unit: kg}]
"""


def _file(folder: Path, version: str, amount: str) -> Path:
    """Write a table of one dataset with its mapping, zipped; the figures are invented."""
    place = folder / f"brick-{version}.zip"
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("brick.csv", f"name,version,co2\n演示虚构砖,{version},{amount}\n")
        archive.writestr("mapping.yaml", MAPPING)
    return place


def _act(window: Window, place: str, event: str, **values: str | bool) -> None:
    """Fill and send the form of an act; the dataset's page comes back."""
    window.open(place)
    form = window.page.locator(f'form[action$="/{event}/"]')
    for name, value in values.items():
        field = form.locator(f'[name="{event}-{name}"]')
        if isinstance(value, bool):
            field.set_checked(value)
        elif field.evaluate("node => node.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    window.follow(form.locator("button").last)
    assert window.page.locator(f'form[action$="/{event}/"] .invalid-feedback').count() == 0, window.text()[:1500]
    assert "此时无法办理" not in window.text()


def _bring(provider: Window, file: Path, version: str) -> str:
    """Import a file and open its dataset's way into the demo database; return the dataset's address."""
    provider.open("/imports/")
    provider.page.set_input_files('input[type="file"]', file)
    provider.page.locator('form:has(input[type="file"]) button[type="submit"]').last.click()
    provider.page.wait_for_url(re.compile(r"/imports/[0-9a-f-]{36}/"))
    until = time.monotonic() + 60
    provider.open("/governance/")
    options = provider.page.locator('[name="version_id"] option', has_text=f"虚构砖 {version}")
    while options.count() == 0:
        assert time.monotonic() < until, provider.text()[:1500]
        provider.page.wait_for_timeout(500)
        provider.open("/governance/")
    provider.page.select_option('[name="version_id"]', options.first.get_attribute("value"))
    provider.page.select_option('[name="database"]', "demo-base")
    provider.follow(provider.page.locator('form:has([name="version_id"]) button').last)
    provider.page.wait_for_url(re.compile(r"/governance/datasets/[0-9a-f-]{36}/"))
    return str(provider.page.url)


def _publish(windows: Callable[..., Window], provider: Window, place: str) -> str:
    """Carry a draft to publication, every step by the person whose it is; return its identifier."""
    said = {"source_statement": "演示", "legal_basis": "演示", "licence": "CC0-1.0"}
    _act(provider, place, "describe", **said)
    _act(provider, place, "submit")
    secretariat = windows("operator")
    _act(secretariat, place, "screen")
    _act(secretariat, place, "pass_screening")
    for name in REVIEWERS:
        _act(windows(name), place, "review", positive=True, text="演示", majors="0")
    _act(secretariat, place, "close_reviews")
    compared = {"source": "演示年鉴", "own_value": "0.2", "other_value": "0.21", "unit": "kg CO2e/kg"}
    _act(secretariat, place, "compare", **compared)
    _act(secretariat, place, "pass_comparison")
    scores = {f"quality_{one}": "2" for one in ("technology", "geography", "time", "precision")}
    _act(windows("south-metrology"), place, "confirm_trace", evidence="演示台账 1", **scores)
    authority = windows("authority")
    _act(authority, place, "publish", classification="open")
    authority.open(place)
    return str(authority.page.locator("main strong", has_text="tanbiao/").first.inner_text())


def test_a_providers_file_is_published_in_a_release_and_superseded(
    windows: Callable[..., Window], site: Site, tmp_path: Path
) -> None:
    provider = windows("guangdong-provider")
    first = _bring(provider, _file(tmp_path, "1.0", "0.2"), "1.0")
    identifier = _publish(windows, provider, first)
    secretariat = windows("operator")
    secretariat.open("/governance/releases/")
    secretariat.page.fill('[name="name"]', "browser-release")
    secretariat.page.fill('[name="version"]', "1")
    secretariat.page.locator('[name="databases"][value="demo-base"]').set_checked(True)
    secretariat.follow(secretariat.page.locator('form:has([name="standing"]) button').last)
    secretariat.page.wait_for_url(re.compile(r"/governance/releases/[0-9a-f-]{36}/"))
    until = time.monotonic() + 60
    while "已安装" not in secretariat.text():
        assert time.monotonic() < until, secretariat.text()[:1500]
        secretariat.page.wait_for_timeout(500)
        secretariat.page.reload()
    assert identifier in secretariat.text()
    second = _bring(provider, _file(tmp_path, "2.0", "0.19"), "2.0")
    later = _publish(windows, provider, second)
    phone = windows("", lang="en", phone=True)
    phone.open(first)
    assert "Superseded" in phone.text()
    assert later in phone.text()
    phone.open("/factors/?release=browser-release&q=砖")
    assert "DEMO invented brick" in phone.text()
    assert [window.errors for window in (provider, secretariat, phone)] == [[], [], []]
