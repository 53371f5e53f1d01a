"""A certification of another kind than a footprint, typed by hand: refused for its age, sent, taken on by the body."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from browser.conftest import Window
from browser.test_journey import act

pytestmark = [pytest.mark.browser, pytest.mark.timeout(280)]
PLACE = "/applications/kinds/tanbiao-demo@1.3.0/footprint-management-system/"
REQUIRED = ("duties", "data-procedure", "meters", "suppliers", "records", "internal-review")


def _type(window: Window, folder: Path, *, since: str) -> None:
    """Fill the form; files are chosen anew each time, as a browser forgets them with every answer."""
    page = window.page
    page.select_option('[name="body_id"]', label="演示南方认证有限公司")
    values = {
        "standard": "T/DEMO 1-2026", "scope_zh": "动力电池生产（演示）", "scope_en": "making of batteries (DEMO)",
        "since": since, "sites": "演示一厂\n演示二厂",
    }  # fmt: skip
    page.select_option('[name="category"]', "traction-battery")
    for name, value in values.items():
        page.fill(f'[name="{name}"]', value)
    for name in REQUIRED:
        page.fill(f'[name="how-{name}"]', "演示：见体系手册")
    for kind in ("business_licence", "system_manual"):
        paper = folder / f"{kind}.txt"
        paper.write_text("演示 DEMO：虚构内容\n", encoding="utf-8")
        page.set_input_files(f'[name="paper-{kind}"]', paper)
    window.follow(page.locator("main form button[type=submit]").last)


def test_a_management_system_is_applied_for_and_taken_on(windows: Callable[..., Window], tmp_path: Path) -> None:
    manager = windows("guangdong", phone=True)
    manager.open("/applications/")
    manager.follow(manager.page.locator('main a[href="/applications/kinds/"]').first)
    assert "碳足迹管理体系认证" in manager.text()
    manager.follow(manager.page.locator(f'main a[href="{PLACE}"]'))
    today = datetime.now(UTC).date()
    _type(manager, tmp_path, since=(today - timedelta(days=20)).isoformat())
    assert "未满 3 个月" in manager.text()
    # What was typed is still there.
    assert manager.page.input_value('[name="how-records"]') == "演示：见体系手册"
    _type(manager, tmp_path, since=(today - timedelta(days=400)).isoformat())
    case = str(manager.page.url)
    assert "/cases/" in case, manager.text()
    assert "碳足迹管理体系认证" in manager.text()

    office = windows("south-office", lang="en")
    office.open(case)
    assert "footprint management system" in office.text()
    act(office, "accept", body_qualified="yes", body_competent="yes", advice_declared=True, text="complete")
    for window in (manager, office):
        window.open(case)
        act(window, "sign")
    office.open(case)
    person = office.page.locator('[name="plan-lead"] option').nth(1).get_attribute("value")
    team: dict[str, str | bool] = {"lead": str(person)}
    team |= {f"{kind}-{person}": True for kind in ("member", "no_conflict")}
    assert "fewer than 2" in act(office, "plan", **team, man_days="1").lower()
    act(office, "plan", **team, man_days="2")
    manager.open(case)
    assert "已策划" in manager.text()
    # The browser itself notes the refusals: the young system, the plan with too few man-days.
    assert [line for line in (*manager.errors, *office.errors) if "409" not in line] == []
