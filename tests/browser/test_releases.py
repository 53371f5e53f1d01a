"""Releases and where their figures come from, in a browser: coverage, findings, the tree that opens, a study."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from browser.conftest import Window

pytestmark = [pytest.mark.browser, pytest.mark.timeout(280)]


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_a_release_tells_what_it_covers_and_what_is_doubtful(windows: Callable[..., Window], phone: bool) -> None:
    window = windows(phone=phone, lang="en" if phone else "zh")
    window.open("/factors/releases/")
    window.follow(window.page.locator('main a:has-text("starter-2026.1")').first)
    assert ("not for certification" if phone else "不得用于认证") in window.text()
    cells = window.page.locator(".matrix tbody tr").filter(has_text="C26").locator("td").all_inner_texts()
    # The numbers of a row add up to its total, which stands before the share.
    assert sum(int(cell) for cell in cells[:-2]) == int(cells[-2])
    assert window.page.locator(".places li").count() == 42
    window.page.select_option("#code", "co2_only")
    window.follow(window.page.locator("#findings-list ~ form button"))
    assert window.page.locator("table").last.locator("tbody tr").count() == 25
    with window.page.expect_download() as waiting:
        window.page.locator('a[href*="findings.csv"]').click()
    assert waiting.value.suggested_filename == "starter-2026.1-findings.csv"
    assert window.errors == []


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_a_dataset_is_followed_upstream_and_its_rest_is_opened(windows: Callable[..., Window], phone: bool) -> None:
    window = windows(phone=phone)
    window.open("/factors/upstream/?id=kiln&release=linked-1&by=top&value=1")
    assert "都与总量一致" in window.text()
    assert window.page.locator(".chart svg").count() == 1
    first = window.page.locator("section:has(#view-first_tier)")
    assert first.locator("tbody tr").count() == 2
    window.follow(first.locator("a[href*='open=first_tier']"))
    # Lime, wood, the kiln itself, and power.
    assert first.locator("tbody tr").count() == 4
    # The keyboard alone opens a branch and follows a supply.
    window.open("/factors/upstream/?id=power&release=linked-1&by=top&value=9")
    assert "循环" in window.page.inner_text("ul.tree >> nth=0")
    window.page.locator("ul.tree a").first.focus()
    with window.page.expect_navigation():
        window.page.keyboard.press("Enter")
    assert "id=coal" in window.page.url
    assert window.errors == []


def test_a_study_is_taken_apart_without_a_script(windows: Callable[..., Window]) -> None:
    window = windows("shandong-data", java_script_enabled=False)
    window.open(f"{window.certified_study()}explain/")
    window.page.select_option("#by", "top")
    window.page.fill("#value", "2")
    window.follow(window.page.locator(".filters button"))
    assert window.page.locator("section:has(#view-first_tier) tbody tr").count() == 3
    assert "都与总量一致" in window.text()
