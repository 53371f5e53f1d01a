"""From an empty platform: an operator, then everybody and everything typed, each role coming from its own queue."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from browser.conftest import Site, Window
from browser.serving import FIRST_HOURS_BEHIND
from browser.study_files import excel_of
from browser.test_journey import HOURS_ON_SITE, OPEN, PAPERS, act, send
from browser.test_journey import _check_consistency as check_consistency
from browser.test_journey import _engage as engage
from browser.test_journey import _number_of as number_of
from browser.test_journey import _plan as plan
from browser.test_journey import _trace_rows as trace_rows
from tanbiao.cli.site.demo_world.cast import PASSWORD
from tanbiao.web.accounts import uscc

pytestmark = [pytest.mark.browser, pytest.mark.timeout(280)]

RELEASE = "starter-2026.1"
BODY = "演示空白认证有限公司"
STAFF = (
    ("e-verifier", "verifier", "演示核查甲"),
    ("e-verifier2", "verifier", "演示核查乙"),
    ("e-reviewer", "reviewer", "演示复核"),
    ("e-decider", "decider", "演示决定"),
)


def fill(window: Window, form: str, **values: str) -> None:
    """Fill a form of the page and send it."""
    found = window.page.locator(form)
    for name, value in values.items():
        field = found.locator(f'[name="{name}"]')
        if field.evaluate("node => node.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    window.follow(found.locator("button[type=submit]").last)
    assert window.page.locator(".field.wrong").count() == 0, window.text()[:1500]


def named(zh: str, code: str, person: str, username: str, **more: str) -> dict[str, str]:
    """Return what is typed of an organisation and its first person."""
    typed = {"name_zh": zh, "uscc": uscc.build(code), "jurisdiction": "CN-GD", "person_name": person}
    return {**typed, "username": username, "password": PASSWORD, **more}


def waits(window: Window) -> int:
    """Return the number that the menu shows beside the queue."""
    found = window.page.locator('.desks a[href="/desk/queue/"] .count')
    return int(re.sub(r"\D", "", found.inner_text())) if found.count() else 0


def from_queue(window: Window, what: str) -> str:
    """Open the one thing that waits from the reader's queue, whose line says what is to be done; return its address."""
    window.open("/desk/queue/")
    assert waits(window) == window.page.locator("tbody tr").count() == 1, window.text()
    row = window.page.locator("tbody tr")
    assert what in row.inner_text(), row.inner_text()
    assert re.search(r"还剩 \d+ 天", row.locator(".chip").inner_text())
    window.follow(row.locator("th a"))
    return str(window.page.url)


def begin(open_window: Callable[..., Window]) -> Window:
    """The operator installs factors and enters a body and an authority; the body's manager adds its people."""
    operator = open_window("operator")
    operator.open("/impact/")
    form = operator.page.locator(f'form[action$="/install/"]:has([value="{RELEASE}"])')
    operator.follow(form.locator("button"))
    for typed in (
        named(BODY, "EMPT0001", "演示受理", "e-office", kind="certification_body"),
        named("演示空白主管部门", "EMPT0002", "演示监管", "e-authority", kind="authority"),
    ):
        operator.open("/organisations/enter/")
        fill(operator, "main form:has([name=kind])", **typed)
    assert BODY in operator.text()
    office = open_window("e-office")
    for username, role, name in STAFF:
        office.open("/organisation/")
        typed = {"username": username, "role": role, "name_zh": name, "password": PASSWORD}
        fill(office, 'form[action$="/organisation/members/"]', **typed)
    qualify(operator, office, open_window("e-decider"))
    assert operator.errors == []
    return office


def qualify(operator: Window, office: Window, decider: Window) -> None:
    """The body brings its papers, which the operator confirms, and puts its people on record, nobody himself."""
    years = {"valid_from": "2024-01-01", "valid_until": "2099-12-31"}
    office.open("/body/standing/")
    send(office, "/declarations/", {"text": "演示：不提供咨询"})
    for kind in ("approval", "accreditation"):
        paper = {"name": f"{kind}.txt", "mimeType": "text/plain", "buffer": "演示 DEMO：虚构内容\n".encode()}
        office.page.locator('form[action$="/qualifications/"]').evaluate(OPEN)
        office.page.set_input_files('[name="paper"]', paper)
        typed = {"kind": kind, "number": f"E-{kind}", "issuer": "演示批准方", "areas": "产品", "scopes": "*", **years}
        send(office, "/body/qualifications/", typed)
        operator.open("/bodies/")
        send(operator, "/judge/", {"confirms": "yes", "text": "与登记一致"})
    office.open("/body/people/")
    for _, role, name in STAFF:
        key = str(office.page.locator('[name="person_id"] option', has_text=name).first.get_attribute("value"))
        send(office, "/people/staff/", {"person_id": key, "experience_since": "2020-01-01"}, check="full_time")
        typed = {"person_id": key, "function": role, "training": "培训", "years": "5", "reason": "评价", **years}
        send(office, "/people/competences/", typed)
    decider.open("/body/people/")
    key = str(decider.page.locator('[name="person_id"] option', has_text="演示受理").first.get_attribute("value"))
    send(decider, "/people/competences/", {**typed, "person_id": key, "function": "planner"})
    office.open("/body/standing/")
    assert office.page.locator("section .chip-bad").count() == 0, office.text()


def study_of(open_window: Callable[..., Window], folder: Path) -> Window:
    """An enterprise registers itself and adds its editor, who calculates; the manager submits and applies."""
    manager = open_window()
    manager.open("/join/")
    fill(manager, "main form", **named("演示空白水泥有限公司", "EMPT0003", "演示经理", "e-maker", kind="enterprise"))
    assert "没有等您处理的事项" in manager.text()
    manager.open("/organisation/")
    typed = {"username": "e-editor", "role": "enterprise_editor", "name_zh": "演示编制", "password": PASSWORD}
    fill(manager, 'form[action$="/organisation/members/"]', **typed)
    editor = open_window("e-editor")
    editor.open("/studies/new/")
    editor.page.set_input_files("#file", excel_of("cement-clinker", folder, "zh"))
    editor.follow(editor.page.locator("form:has(#file) button"))
    address = str(editor.page.url)
    send(editor, "/calculate/")
    assert editor.page.url.endswith("/result/")
    manager.open(address)
    send(manager, "/self_check/")
    send(manager, "/submit/")
    manager.open("/applications/")
    manager.follow(manager.page.locator('a[href^="/applications/new/"]').first)
    manager.page.select_option('[name="body_id"]', label=BODY)
    manager.page.fill('[name="system_months"]', "12")
    for piece in ("duties", "data-procedure", "records"):
        manager.page.check(f'[name="system_kit"][value="{piece}"]')
    for kind in PAPERS:
        paper = {"name": f"{kind}.txt", "mimeType": "text/plain", "buffer": "演示 DEMO：虚构内容\n".encode()}
        manager.page.set_input_files(f'[name="{kind}"]', paper)
    manager.follow(manager.page.locator("main form button[type=submit]").last)
    assert "/cases/" in manager.page.url, manager.text()
    return manager


def certify(open_window: Callable[..., Window], site: Site, office: Window, manager: Window) -> None:
    """Each role finds the case in its queue when it is its turn, does its part there, and the queue is empty again."""
    case = from_queue(office, "受理")
    act(office, "accept", body_qualified="yes", body_competent="yes", advice_declared=True, text="资料齐全")
    for window in (manager, office):
        from_queue(window, "签")
        act(window, "sign")
    from_queue(office, "策划")
    plan(office, lead="演示核查甲", also="演示核查乙")
    assert waits(office) == waits(manager) == 0

    verifier = open_window("e-verifier")
    site.turn(FIRST_HOURS_BEHIND)
    from_queue(verifier, "开始")
    act(verifier, "start")
    act(verifier, "pass_documents")
    send(verifier, "/check-in/", {"place": "广州 演示厂区"})
    site.turn(FIRST_HOURS_BEHIND - HOURS_ON_SITE)
    send(verifier, "/check-out/", {"interviews": "4", "samples": "6"})
    check_consistency(case, verifier)
    act(verifier, "complete_site")
    engage(case, verifier)
    trace_rows(verifier)
    said = {"kind": "unmodified", "assurance": "reasonable", "materiality_percent": "5", "scope": "摇篮到大门"}
    act(verifier, "state_opinion", **said, statement="所报数值在重要性限度内公允。")
    site.catch_up()

    reviewer, decider = open_window("e-reviewer"), open_window("e-decider")
    decider.open("/desk/queue/")
    assert waits(decider) == 0
    from_queue(reviewer, "复核")
    act(reviewer, "review", positive="yes", text="程序完整")
    from_queue(decider, "认证")
    act(decider, "grant", text="准予")
    assert [waits(window) for window in (verifier, reviewer, decider)] == [0, 0, 0]
    assert [window.errors for window in (office, verifier, reviewer, decider)] == [[], [], [], []]


def test_every_role_works_from_its_queue_on_a_platform_that_was_empty(
    empty_windows: Callable[..., Window], empty_site: Site, tmp_path: Path
) -> None:
    visitor = empty_windows()
    visitor.open("/")
    assert "TB-DEMO-" not in visitor.text()
    office = begin(empty_windows)
    manager = study_of(empty_windows, tmp_path)
    certify(empty_windows, empty_site, office, manager)
    number = number_of(manager)

    # The calendar of the holder has the certificate's terms as soon as the worker has planned its surveillance; the
    # private address works without a log-in.
    until = time.monotonic() + 90
    manager.open("/desk/calendar/?view=list")
    while number not in manager.text() and time.monotonic() < until:
        manager.page.wait_for_timeout(500)
        manager.open("/desk/calendar/?view=list")
    assert number in manager.text()
    manager.follow(manager.page.locator('form[action$="/calendar/feeds/"] button'))
    feed = visitor.page.request.get(manager.page.locator("#feed-address").inner_text().strip())
    assert feed.headers["content-type"].startswith("text/calendar")
    assert number in feed.text().replace("\r\n ", "")
    # The authority reads body and holder of its jurisdiction in numbers.
    authority: Any = empty_windows("e-authority", phone=True)
    authority.open("/desk/authority/")
    assert BODY in authority.text()
    assert "演示空白水泥有限公司" in authority.text()
    assert authority.page.locator("main form").count() == 0
    assert [window.errors for window in (manager, visitor, authority)] == [[], [], []]
