"""The register in a real browser: search with facets, the state on a day, a list of numbers; desk and phone."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from browser.conftest import Window
from browser.test_pages import RUN_AXE, WCAG, WIDER

pytestmark = [pytest.mark.browser, pytest.mark.timeout(280)]
AXE = Path(__file__).with_name("vendor") / "axe.min.js"
SHOTS = os.environ.get("TANBIAO_SCREENSHOTS", "")


def looks_well(window: Window, name: str) -> None:
    """Fail on an error, on sideways scroll, on a violation of WCAG; picture the page where a folder is named."""
    if SHOTS:
        window.page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
    assert window.page.evaluate(WIDER) == []
    window.page.add_script_tag(path=str(AXE))
    assert window.page.evaluate(RUN_AXE, WCAG) == []
    assert window.errors == []


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_visitor_finds_a_product_and_checks_a_list(windows: Callable[..., Window], lang: str, phone: bool) -> None:
    window = windows(lang=lang, phone=phone, bypass_csp=True)
    page, name = window.page, f"register-{lang}-{'phone' if phone else 'desk'}"
    window.open("/")
    page.fill("#q", "铝")
    page.press("#q", "Enter")
    page.wait_for_selector("form.narrow")
    looks_well(window, f"{name}-found")
    page.select_option("#sort", "holder,product")
    page.click("form.narrow button")
    page.wait_for_selector(".card-entry h3 a")
    page.click(".card-entry h3 a")
    page.wait_for_url("**/p/*")
    number = page.url.rsplit("/", 1)[1]
    window.open(f"/c/{number}/status?entity=nobody")
    assert number in window.text()
    looks_well(window, f"{name}-status")
    window.open("/verify/many")
    page.fill("#id_numbers", f"{number}\nTB-DEMO-1999-000001")
    page.click("main form .btn-primary")
    page.wait_for_selector("main table")
    assert page.locator("main tbody tr").count() == 2
    looks_well(window, f"{name}-many")
    for address in ("/open-data/", "/statistics/"):
        assert window.open(address) == 200
        looks_well(window, name + address.strip("/").join("--"))
