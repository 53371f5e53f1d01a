"""An operator asks about a release and installs it; holder and body read what it changes, and the public nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from browser.conftest import Site, Window
from browser.test_pages import examine
from tanbiao.cli.site.demo_world.play import RELEASE
from tanbiao.core.lca.release_find import find_release
from tanbiao.examples import example
from tanbiao.formats import excel_study, yaml_study
from web.impact import starter_variant

pytestmark = [pytest.mark.browser, pytest.mark.timeout(280)]

GRID = "CN-ELEC-CF:2023:China average"
PRODUCTS = ("electrolytic-aluminium", "electric-bicycle")
"""What the site's studies are about; one is certified, one is in verification."""
WAIT_SECONDS = 60


def _studies() -> Iterator[Any]:
    for name in PRODUCTS:
        data = example(name).read()
        loaded = excel_study.read(data) if data.startswith(b"PK") else yaml_study.load(data)
        assert loaded.study is not None
        yield loaded.study


def _row(window: Window) -> Any:
    return window.page.locator("tr", has_text=starter_variant.NAME)


def _wait_until_done(window: Window, address: str) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        window.open(address)
        if window.page.locator("main .chip-good").count() and not window.page.locator("progress").count():
            return
        time.sleep(0.5)
    pytest.fail(window.text()[:800])


@pytest.fixture(scope="module")
def installed(_windows: Any, site: Site) -> dict[str, str]:
    """Ask and install as the operator; return the addresses that hold an id."""
    starter_variant.write(site.data / "releases", find_release(RELEASE), _studies(), {GRID: 1.2})
    # the factory's own certificate: other files of this run may have issued more to others
    holder = _windows.open("shandong")
    holder.open("/certificates/")
    link = holder.page.locator('main a[href^="/certificates/TB-DEMO-"]').first.get_attribute("href")
    number = str(link).removeprefix("/certificates/").rstrip("/")
    visitor = _windows.open()
    visitor.open(f"/p/{number}")
    before = visitor.text()
    operator = _windows.open("operator", lang="en")
    operator.open("/impact/")
    operator.follow(_row(operator).get_by_role("button", name="What would it change?"))
    asked = operator.page.url.removeprefix(site.url)
    _wait_until_done(operator, asked)
    assert "question, not installed" in operator.text()
    operator.open("/impact/")
    operator.follow(_row(operator).get_by_role("button", name="Install"))
    until = time.monotonic() + WAIT_SECONDS
    runs = operator.page.locator("main table").last.locator("tbody tr")
    while runs.count() < 2 or "Done" not in runs.first.inner_text():
        assert time.monotonic() < until, operator.text()
        time.sleep(0.5)
        operator.open("/impact/")
    address = str(runs.first.locator("a").get_attribute("href"))
    operator.open(address)
    assert number in operator.text()
    line = str(operator.page.locator("tr", has_text=number).locator("a").first.get_attribute("href"))
    visitor.open(f"/p/{number}")
    assert visitor.text() == before
    _windows.close()
    return {"number": number, "run": address, "line": line}


def test_the_holder_reads_three_dates_and_the_change(windows: Callable[..., Window], installed: dict[str, str]) -> None:
    holder = windows("shandong", lang="en")
    holder.open("/desk/")
    assert "1 certificate is moved by a newer factor release" in holder.text()
    holder.open(f"/certificates/{installed['number']}/")
    text = holder.text()
    for words in ("Data period", "Factor release", "To be recalculated by", "+12.2 %", "next surveillance", "holder"):
        assert words in text
    holder.follow(holder.page.get_by_role("link", name="Which factors move it"))
    assert "grid/CN/2023" in holder.text()
    assert "no class defined" in holder.text()
    body = windows("north-office", lang="zh")
    body.open(f"/certificates/{installed['number']}/")
    assert "最迟重算日期" in body.text()
    # The other body and the other factory have no line of it.
    for stranger in ("south-office", "guangdong"):
        window = windows(stranger)
        assert window.open(installed["line"]) == 404
        assert installed["number"] not in window.text()


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_impact_pages_are_sound(
    windows: Callable[..., Window], installed: dict[str, str], lang: str, phone: bool
) -> None:
    wrong: list[str] = []
    places = {
        "impact-list": ("operator", "/impact/"),
        "impact-run": ("operator", installed["run"]),
        "impact-line": ("shandong", installed["line"]),
        "impact-run-holder": ("shandong", installed["run"]),
        "impact-certificate": ("shandong", f"/certificates/{installed['number']}/"),
        "impact-desk": ("shandong", "/desk/"),
    }
    for name, (who, address) in places.items():
        picture = f"{name}-{lang}-{'phone' if phone else 'desk'}.png"
        window = windows(who, lang=lang, phone=phone)
        wrong += [f"{name}: {one}" for one in examine(window, address, lang, picture, axe=phone is (lang == "en"))]
    editor = windows("jiangsu-data", lang=lang, phone=phone)
    editor.open("/studies/")
    study = str(editor.page.locator("main table a").first.get_attribute("href"))
    picture = f"impact-study-{lang}-{'phone' if phone else 'desk'}.png"
    wrong += [f"study: {one}" for one in examine(editor, study, lang, picture, axe=phone is (lang == "en"))]
    assert editor.page.locator("#newer-release").count() == 1
    assert not wrong, "\n".join(wrong)
