"""A national rule from proposal to adoption, where it closes a provincial one and two certificates migrate."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from browser.conftest import Site, Window
from tanbiao.cli.site.demo_world import ruled

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
PROVINCIAL = f"{ruled.PROVINCIAL}@1.0.0"
NATIONAL = f"{ruled.NATIONAL}@1.0.0"


def _send(window: Window, form: str, **values: str | bool) -> None:
    """Fill a form of the page that is open, and send it."""
    found = window.page.locator(form)
    for name, value in values.items():
        field = found.locator(f'[name="{name}"]')
        if isinstance(value, bool):
            field.set_checked(value)
        elif field.evaluate("node => node.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    window.follow(found.locator("button").last)
    assert window.page.locator(".field.wrong").count() == 0, window.text()[:1500]
    assert "此时无法办理" not in window.text(), window.text()[:1500]


def _act(window: Window, place: str, event: str, **values: str | bool) -> None:
    window.open(place)
    _send(window, f'form[action$="/{event}/"]', **{f"{event}-{key}": value for key, value in values.items()})


def _propose(drafter: Window, rule_id: str, layer: str) -> None:
    zh, en = ruled.TITLES.get(rule_id, ("演示 DEMO 另一规则", "DEMO other rule"))
    drafter.open("/rules/propose/")
    form = drafter.page.locator('form:has([name="rule_id"])')
    for name, value in {"title_zh": zh, "title_en": en, "rule_id": rule_id, "categories": ruled.CATEGORY}.items():
        form.locator(f'[name="{name}"]').fill(value)
    form.locator('[name="layer"]').select_option(layer)
    drafter.follow(form.locator("button").last)


def _assessed(assessor: Window, place: str) -> None:
    assessor.open(place)
    form = assessor.page.locator('form[action$="/assess/"]')
    for field in form.locator("select").all():
        field.select_option("2")
    _send(assessor, 'form[action$="/assess/"]', **{"assess-recommends": True, "assess-text": "演示"})


def _wait_for(window: Window, address: str, wanted: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    window.open(address)
    while not wanted():
        assert time.monotonic() < until, window.text()[:1500]
        window.page.wait_for_timeout(500)
        window.page.reload()


def _fits(window: Window) -> None:
    """The page is no wider than the window: tables scroll or become cards."""
    assert window.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), window.page.url


def test_the_workbench_says_what_the_examples_hold_compares_two_texts_and_scores_a_tool(
    rule_windows: Callable[..., Window], rule_site: Site, tmp_path: Path
) -> None:
    drafter, maker = rule_windows("authority-rules"), rule_windows("shandong", lang="en", phone=True)
    drafter.open("/rules/?layer=local")
    drafter.follow(drafter.page.locator("table.data a", has_text="广东省").first)
    place = f"{drafter.page.url}workbench/"
    drafter.open(f"{place}?tab=mutations")
    drafter.follow(drafter.page.locator('form[action$="/mutations/"] button'))
    drafter.page.locator("dl.facts").wait_for(timeout=120_000)
    assert drafter.page.locator("tbody tr").count() > 40
    assert "有算例守护" in drafter.text()
    with drafter.page.expect_download() as taken:
        drafter.page.locator("a", has_text="CSV").click()
    assert "processes" in Path(taken.value.path()).read_text(encoding="utf-8-sig")

    maker.open(f"{place}?tab=mutations")
    assert "nobody noticed" in maker.text()
    _fits(maker)
    drafter.open(f"{place}?tab=changes")
    drafter.page.locator("select#against").select_option("draft-1")
    drafter.follow(drafter.page.locator("form.filters button"))
    assert "perfluorocarbons" in drafter.text()
    maker.open(f"{place}?tab=changes")
    assert "nothing to compare this text with" in maker.text()
    _fits(maker)

    maker.open(f"{place}?tab=tools")
    with maker.page.expect_download() as taken:
        maker.page.locator("a", has_text="Answer file").click()
    body = json.loads(Path(taken.value.path()).read_text(encoding="utf-8"))
    body["tool"] = {"name": "DEMO Calculator", "version": "1"}
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps(body))
    maker.page.locator('input[type="file"]').set_input_files(answers)
    _send(maker, 'form[action$="/score/"]')
    assert "DEMO Calculator 1" in maker.text()
    assert "does not conform" in maker.text()
    _fits(maker)
    with maker.page.expect_download() as taken:
        maker.page.locator("table.data a", has_text="JSON").click()
    assert json.loads(Path(taken.value.path()).read_text())["proof"]["cryptosuite"] == "eddsa-jcs-2022"
    assert [window.errors for window in (drafter, maker)] == [[], []]


@pytest.mark.requirement("NAT-15c", "NAT-04d")
def test_a_national_rule_goes_its_way_and_closes_a_provincial_one_whose_two_certificates_migrate(
    rule_windows: Callable[..., Window], rule_site: Site
) -> None:
    drafter, secretariat = rule_windows("authority-rules"), rule_windows("operator")
    _propose(drafter, ruled.NATIONAL, "national")
    drafter.page.wait_for_url(re.compile(r"/rules/[0-9a-f-]{36}/"))
    place = str(drafter.page.url)
    _act(secretariat, place, "accept")
    drafter.open(f"{place}workbench/?tab=text")
    _send(drafter, 'form:has([name="text"])', text=ruled.text(ruled.NATIONAL), note="演示")
    drafter.open(f"{place}workbench/?tab=examples")
    _send(drafter, 'form[action$="/run_examples/"]')
    assert drafter.page.locator(".chip-good", has_text="通过").count() == 5
    _act(drafter, place, "open_consultation")

    reader = rule_windows("", lang="en", phone=True)
    reader.open(f"{place}consultation/")
    assert "Covers primary aluminium" in reader.text()
    _send(reader, 'form:has([name="said_by"])', said_by="DEMO reader", clause="3", text="Which rectifier loss?")
    drafter.open(f"{place}consultation/")
    _send(drafter, 'form:has([name="outcome"])', outcome="accepted", text="演示：见第 3 条")
    reader.open(f"{place}consultation/")
    assert "演示：见第 3 条" in reader.text()

    rule_site.turn(24 * 10)
    _act(drafter, place, "close_consultation")
    drafter.open(f"{place}workbench/?tab=mutations")
    drafter.follow(drafter.page.locator('form[action$="/mutations/"] button'))
    drafter.page.locator("dl.facts").wait_for(timeout=120_000)
    _send(drafter, 'form[action$="/reasons/"]', text=ruled.WITHOUT_KIT, all=True)
    assert "无算例守护，已说明理由" in drafter.text()
    for name in ruled.ASSESSORS:
        _assessed(rule_windows(name), place)
    authority = rule_windows("authority")
    _act(authority, place, "approve")
    authority.open("/rules/adopted/")
    form = authority.page.locator('form:has([name="batch"])')
    form.locator("label", has_text=NATIONAL).click()
    last_day = date.today() - timedelta(days=10) + timedelta(days=90)
    _send(authority, 'form:has([name="batch"])', batch="演示 DEMO 2", transition_until=last_day.isoformat())

    _wait_for(authority, "/migrations/", lambda: authority.page.locator("tbody tr").count() == 2)
    assert authority.text().count(PROVINCIAL) == 2
    assert authority.text().count(NATIONAL) == 2
    assert last_day.isoformat() in authority.text()
    for holder in ("shandong", "shanghai"):
        window = rule_windows(holder)
        window.open("/desk/")
        assert "1 张证书所依据的规则即将停用" in window.text()
        window.open("/migrations/")
        assert window.page.locator("tbody tr").count() == 1
        number = window.page.locator("tbody th a").inner_text()
        reader.open(f"/p/{number}")
        assert "Its rule ends (to migrate)" in reader.text()
    reader.open("/rules/?state=ending")
    reader.follow(reader.page.locator("table.data a").first)
    assert "Being superseded (transition)" in reader.text()
    assert NATIONAL in reader.text()
    _propose(drafter, "demo-other-aluminium", "local")
    drafter.page.locator(".notice-bad, .error", has_text="1529").first.wait_for()
    assert NATIONAL in drafter.text()
    assert [window.errors for window in (secretariat, authority, reader)] == [[], [], []]
    (refused,) = drafter.errors
    assert "409 (Conflict)" in refused
    assert refused.endswith("/rules/propose/")
