"""An application with its certification unit, typed by hand: to the contract, the planning and the first paper."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from browser.conftest import Window
from browser.test_journey import PAPERS, _upload_and_submit, act, send

pytestmark = [pytest.mark.browser, pytest.mark.timeout(280)]


def _unit(window: Window) -> None:
    """Type two models, a contract maker and its site into rows that the form did not have yet."""
    page = window.page
    for table in ("models", "sites"):
        with page.expect_navigation():
            page.locator(f'button[name="more"][value="{table}"]').click()
    page.fill('[name="unit-brands"]', "演示牌")
    page.fill('[name="unit-series"]', "同一材料、工艺和能源，仅外壳不同。")
    page.fill('[name="models-1-name"]', "LFP-DEMO-B")
    page.fill('[name="models-1-brand"]', "演示牌")
    page.fill('[name="models-1-gtin"]', "6901234567892")
    page.fill('[name="producers-1-id"]', "oem")
    page.fill('[name="producers-1-name_zh"]', "演示代工厂")
    page.check('[name="producers-1-contract"]')
    page.fill('[name="sites-1-name_zh"]', "演示代工厂区")
    page.fill('[name="sites-1-producer"]', "oem")


def test_a_unit_is_typed_planned_by_its_man_days_and_put_on_paper(
    windows: Callable[..., Window], tmp_path: Path
) -> None:
    study = _upload_and_submit(windows, tmp_path)
    manager = windows("guangdong")
    manager.open(f"/applications/new/{study.rstrip('/').split('/')[-1]}/")
    _unit(manager)
    manager.page.select_option('[name="body_id"]', label="演示南方认证有限公司")
    manager.page.fill('[name="system_months"]', "12")
    for piece in ("duties", "data-procedure", "records"):
        manager.page.check(f'[name="system_kit"][value="{piece}"]')
    manager.page.check('[name="system_kit"][value="meters"]')
    for kind in PAPERS:
        paper = tmp_path / f"{kind}.txt"
        paper.write_text("演示 DEMO：虚构内容\n", encoding="utf-8")
        manager.page.set_input_files(f'[name="{kind}"]', paper)
    manager.follow(manager.page.locator("main form button[type=submit]").last)
    case = str(manager.page.url)
    assert "/cases/" in case, manager.text()
    said = manager.page.locator("section:has(#unit)").inner_text()
    for words in ("LFP-DEMO-B", "GTIN 6901234567892", "演示代工厂", "受托"):
        assert words in said

    office = windows("south-office")
    office.open(case)
    send(office, "/ask/", {"text": "请说明两个厂区的产量"})
    assert "暂停计算" in office.text()
    manager.open(case)
    send(manager, "/go-on/", {"text": "各占一半"})
    assert "暂停计算" not in manager.text()

    office.open(case)
    act(office, "accept", body_qualified="yes", body_competent="yes", advice_declared=True, text="资料齐全")
    for window in (manager, office):
        window.open(case)
        act(window, "sign")
    office.open(case)
    # base 2, a further site 1, a further model 0.25, two blocks of rows 1: 4.25, in halves rounded up
    assert "4.5" in office.page.locator("section:has(#unit)").inner_text()
    person = office.page.locator('[name="plan-lead"] option').nth(1).get_attribute("value")
    team: dict[str, str | bool] = {"lead": str(person)}
    team |= {f"{kind}-{person}": True for kind in ("member", "no_conflict")}
    assert "人日少于 4.5" in act(office, "plan", **team, man_days="4")
    assert "人日少于" not in act(office, "plan", **team, man_days="4.5")

    office.open(f"{case}papers/")
    send(office, "/draft/", {"kind": "plan"})
    with office.page.expect_download() as got:
        office.page.get_by_role("link", name="Word 中文").click()
    assert got.value.suggested_filename.endswith("-zh.docx")
    send(office, "/sign/")
    assert "已签名" in office.text()
    # The browser itself notes the one refusal, of the plan with too few man-days.
    assert [line for line in (*manager.errors, *office.errors) if "409" not in line] == []
