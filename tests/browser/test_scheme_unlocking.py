"""A maker looks before he applies, and an operator opens a locked template, typing and uploading everything."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from browser.conftest import Window
from web.schemes.opening import APPROVAL, DOCUMENT, png

pytestmark = [pytest.mark.browser, pytest.mark.timeout(280)]
ADDRESS = "/schemes/gba@1.0.0/"


@pytest.mark.parametrize("phone", [False, True])
def test_a_maker_is_told_what_is_open_and_what_he_lacks(windows: Callable[..., Window], phone: bool) -> None:
    visitor: Window = windows(lang="en", phone=phone)
    visitor.open("/precheck/")
    page = visitor.page
    page.get_by_label("Product category").select_option("tyre")
    page.get_by_label("Where it is made").select_option("CN-SD")
    page.get_by_label("Number of production sites").fill("3")
    page.get_by_label("business licence", exact=True).check()
    visitor.follow(page.get_by_role("button", name="See the answers"))
    said = visitor.text()
    assert "can be applied for" in said
    assert "National product carbon footprint label (template) is locked" in said
    # base 2 and 1 for each of two further sites
    assert "Expected man-days\n4" in said.replace(" (", "\n(")
    assert "process flow chart; reduction plan" in said
    assert visitor.errors == []


def test_an_operator_opens_a_template_on_its_page_and_locks_it_again(
    windows: Callable[..., Window], tmp_path: Path
) -> None:
    for name, data in (("approval.pdf", APPROVAL.data), ("document.pdf", DOCUMENT.data), ("mark.png", png(400, 300))):
        (tmp_path / name).write_bytes(data)
    operator: Window = windows("operator", lang="en")
    operator.open(ADDRESS)
    page = operator.page
    assert "Why it is locked" in operator.text()
    approval = page.get_by_label("Enter the approval of a body")
    approval.get_by_label("Number of the approval").fill("FICTIONAL-7")
    approval.get_by_label("Stands from").fill((date.today() - timedelta(days=3)).isoformat())
    approval.get_by_label("until").fill((date.today() + timedelta(days=365)).isoformat())
    approval.get_by_label("The approval (PDF)").set_input_files(tmp_path / "approval.pdf")
    operator.follow(approval.get_by_role("button", name="Enter it"))
    assert "FICTIONAL-7" in operator.text()
    opening = page.get_by_label("Unlock the scheme")
    opening.get_by_label("The authority's document (PDF)").set_input_files(tmp_path / "document.pdf")
    opening.get_by_label("Its title").fill("Fictional, for a test")
    opening.get_by_label("Its number").fill("TEST-7")
    opening.get_by_label("Its date").fill("2026-01-01")
    opening.get_by_label("Pattern of certificate numbers").fill("GTEST-{year}-{serial:05d}")
    operator.follow(opening.get_by_role("button", name="Unlock"))
    assert "The artwork is missing" in operator.text()
    opening.get_by_label("The authority's document (PDF)").set_input_files(tmp_path / "document.pdf")
    opening.get_by_label("Artwork (PNG)").set_input_files(tmp_path / "mark.png")
    opening.get_by_label("Smallest width in print, mm").fill("30")
    operator.follow(opening.get_by_role("button", name="Unlock"))
    visitor: Window = windows(lang="en", phone=True)
    visitor.open(ADDRESS)
    assert "GTEST-{year}-{serial:05d}" in visitor.text()
    assert "Open here" in visitor.text()
    locking = page.get_by_label("Lock it again")
    locking.get_by_label("Reason").select_option("entered_wrongly")
    operator.follow(locking.get_by_role("button", name="Lock"))
    assert "Locked again" in operator.text()
    assert [line for line in operator.errors if "409" not in line] == []
