"""A provider's file from import to publication in a release, derived from, then superseded; each person in a window."""

from __future__ import annotations

import re
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from browser.conftest import Site, Window

pytestmark = [pytest.mark.browser, pytest.mark.timeout(500)]

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


def _derive(provider: Window, identifier: str) -> str:
    """Define a mix of the published dataset and the demo's slag in the form; return the address of its page."""
    provider.open("/governance/derivations/?operation=mix")
    page = provider.page
    said = {
        "key": "demo-brick-mix",
        "name_zh": "演示虚构砖混合",
        "name_en": "DEMO invented brick mix",
        "geography": "CN-44",
    }
    said |= {"valid_from": "2024", "technology": "演示", "source": "演示份额", "legal_basis": "演示"}
    said |= {"share_1": "0.6", "share_2": "0.3"}
    for name, value in said.items():
        page.fill(f'[name="{name}"]', value)
    for number, words in ((1, identifier), (2, "虚构矿渣粉")):
        options = page.locator(f'[name="input_{number}"] option', has_text=words)
        page.select_option(f'[name="input_{number}"]', options.first.get_attribute("value"))
    page.select_option('[name="database"]', "demo-base")
    page.select_option('[name="licence"]', "CC0-1.0")
    form = page.locator('form:has([name="share_1"]) button').last
    provider.follow(form)
    assert "0.9" in provider.text(), "shares that do not make one are refused by name"
    assert page.locator('[name="name_zh"]').input_value() == said["name_zh"]
    provider.errors.clear()  # the browser notes the refusal
    page.fill('[name="share_2"]', "0.4")
    provider.follow(page.locator('form:has([name="share_1"]) button').last)
    page.wait_for_url(re.compile(r"/governance/derivations/[0-9a-f-]{36}/"))
    return str(page.url)


def _figure(windows: Callable[..., Window], place: str, figure: str, version: str) -> None:
    """Wait for a figure on a derivation's page, and see it fit in both languages, on a desk and on a phone."""
    seen = [windows("guangdong-provider", lang=lang, phone=phone) for lang in ("zh", "en") for phone in (False, True)]
    until = time.monotonic() + 60
    for window in seen:
        window.open(place)
        while figure not in window.text():
            assert time.monotonic() < until, window.text()[:1500]
            window.page.wait_for_timeout(500)
            window.page.reload()
        newest = window.page.locator("h2 + .scroll").last.locator("tbody tr").first.inner_text()
        assert newest.split()[0] == version
        assert ("Draft" in newest) or ("草稿" in newest)
        for address in (place, "/governance/derivations/"):
            window.open(address)
            assert window.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address
    assert "DEMO invented brick mix" in seen[-1].text()
    assert [window.errors for window in seen] == [[]] * len(seen)


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
    mix = _derive(provider, identifier)
    # 0.6 · 0.2 + 0.4 · 0.12
    _figure(windows, mix, "0.168 kg CO2e/kg", "1")
    second = _bring(provider, _file(tmp_path, "2.0", "0.19"), "2.0")
    later = _publish(windows, provider, second)
    # The input's new version makes a new one of what follows from it: 0.6 · 0.19 + 0.4 · 0.12
    _figure(windows, mix, "0.162 kg CO2e/kg", "2")
    phone = windows("", lang="en", phone=True)
    phone.open(first)
    assert "Superseded" in phone.text()
    assert later in phone.text()
    phone.open("/factors/?release=browser-release&q=砖")
    assert "DEMO invented brick" in phone.text()
    assert [window.errors for window in (provider, secretariat, phone)] == [[], [], []]
