"""The catalogue on a phone begins folded, and goal and scope of a study are filled in on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from browser.conftest import Window

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
TALLEST = 6_000
"""Pixels; unfolded the catalogue was 15,000 tall."""


def _fits(window: Window) -> None:
    assert window.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), window.page.url


@pytest.mark.parametrize("place", ["/catalogue/", "/catalogue/standards/", "/catalogue/lists/"])
def test_long_pages_of_the_catalogue_begin_folded_on_a_phone(windows: Callable[..., Window], place: str) -> None:
    phone, desk = windows("", lang="en", phone=True), windows("")
    phone.open(place)
    assert phone.page.evaluate("document.documentElement.scrollHeight") < TALLEST
    _fits(phone)
    assert phone.page.locator("details[data-fold][open]").count() == 0
    phone.page.locator("details[data-fold] > summary").first.click()
    assert phone.page.locator("details[data-fold][open]").count() == 1
    desk.open(place)
    assert desk.page.locator("details[data-fold]:not([open])").count() == 0
    assert [phone.errors, desk.errors] == [[], []]


@pytest.mark.parametrize("place", ["/catalogue/rules/", "/catalogue/alignment/", "/catalogue/watch/"])
def test_rows_of_long_tables_unfold_one_by_one_on_a_phone(windows: Callable[..., Window], place: str) -> None:
    phone, desk = windows("", lang="en", phone=True), windows("", lang="en")
    phone.open(place)
    assert phone.page.evaluate("document.documentElement.scrollHeight") < TALLEST
    _fits(phone)
    row = phone.page.locator("tbody tr").first
    hidden = row.locator("td:not(.keep):not(.quiet)").first
    assert not hidden.is_visible()
    row.locator(".more > summary").click()
    assert hidden.is_visible()
    assert not phone.page.locator("tbody tr").nth(1).locator("td:not(.keep)").last.is_visible()
    desk.open(place)
    assert desk.page.locator("tbody tr").first.locator("td").last.is_visible()
    assert desk.page.locator(".more").first.is_hidden()
    assert [phone.errors, desk.errors] == [[], []]


def test_a_result_begins_folded_on_a_phone(windows: Callable[..., Window]) -> None:
    phone = windows("shandong-data", lang="en", phone=True)
    phone.open(f"{phone.certified_study()}result/")
    assert phone.page.locator(".figure").first.is_visible()
    assert phone.page.evaluate("document.documentElement.scrollHeight") < TALLEST
    assert phone.page.locator("details[data-fold]").count() > 5
    assert phone.page.locator("details[data-fold][open]").count() == 0
    _fits(phone)


def test_goal_and_scope_are_filled_in_on_a_phone(windows: Callable[..., Window]) -> None:
    editor = windows("guangdong-data", lang="en", phone=True)
    editor.open("/studies/new/")
    editor.page.locator('select[name="example"]').select_option("cement-clinker")
    editor.follow(editor.page.locator('form:has([name="example"]) button').last)
    editor.follow(editor.page.locator(".tabs a", has_text="Goal and scope"))
    _fits(editor)
    form = editor.page.locator('form:has([name="application"])')
    form.locator('[name="audience"]').fill("purchasers\nverifiers")
    form.locator('[name="reference_amount"]').fill("many")
    editor.follow(form.locator("button"))
    assert editor.page.locator("#id_reference_amount_error").count() == 1
    form.locator('[name="reference_amount"]').fill("1 t")
    editor.follow(form.locator("button"))
    assert "saved as the next revision" in editor.text()
    assert "Revision 2" in editor.text()
    assert form.locator('[name="reference_amount"]').input_value() == "1 t"
