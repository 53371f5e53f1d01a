"""A certificate's life in the browser: suspension, restoration, change, a second body, withdrawal; and a renewal."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from browser.conftest import Site, Window

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


def _send(window: Window, form: str, **values: str | bool) -> None:
    """Open whatever folds a form of the page away, fill it and send it."""
    found = window.page.locator(form)
    found.evaluate("node => { for (let up = node; up; up = up.parentElement) if (up.open === false) up.open = true }")
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
    assert "现在不能这样做" not in window.text(), window.text()[:1500]


def _act(window: Window, place: str, event: str, **values: str | bool) -> None:
    window.open(place)
    _send(window, f'form[action$="act/{event}/"]', **{f"{event}-{key}": value for key, value in values.items()})


def _until(window: Window, address: str, wanted: Callable[[], bool]) -> None:
    until = time.monotonic() + 90
    window.open(address)
    while not wanted():
        assert time.monotonic() < until, window.text()[:1500]
        window.page.wait_for_timeout(500)
        window.page.reload()


def _number(window: Window, product: str) -> str:
    window.open("/certificates/")
    row = window.page.locator("tbody tr", has_text=product).first
    return str(row.locator("th").inner_text()).strip()


def _refused(window: Window) -> bool:
    """Whether every act is refused to this reader because of a part in the case."""
    acts = window.page.locator("details.act").all_text_contents()
    return bool(acts) and all("参与过该认证或被投诉事项的人员不能处理" in one for one in acts)


def test_one_certificate_lives_through_everything_under_two_bodies(
    life_windows: Callable[..., Window], life_site: Site
) -> None:
    office, decider = life_windows("north-office"), life_windows("north-decider")
    holder, phone = life_windows("shandong"), life_windows("", phone=True, lang="en")
    number = _number(holder, "铝")
    mine = f"/certificates/{number}/"

    # A use is declared, put on record, and shown on the certificate's page of the holder.
    holder.open(mine)
    holder.follow(holder.page.locator(f'a:text-is("{number}-V1-L1")').first)
    _send(holder, 'form[action$="/uses/"]', position="packaging", place="演示纸箱", width_mm="30", quantity="500")
    office.open("/labels/?tab=uses")
    office.follow(office.page.locator("tbody a").first)
    _send(office, 'form[action$="act/register/"]')

    # Suspension with a term: the public page, the label and a shop's frame say so.
    _act(office, mine, "suspend", reason="mark_misuse", term_days="30", text="演示：误用标识")
    phone.open(f"/p/{number}")
    assert "Suspended" in phone.text()
    _until(phone, f"/p/{number}", lambda: "must not be put on anything new" in phone.text())
    phone.open(f"/widget/{number}/en/")
    assert phone.page.locator('[data-verdict="invalid"]').count() == 1
    holder.open("/life/?tab=notices")
    assert "证书已暂停" in holder.text()
    assert "演示：误用标识" in holder.text()

    # Restoration and an administrative change: version 2 takes over.
    _act(decider, mine, "restore", text="演示：标识已更正")
    renamed = {"holder_name_zh": "演示铝业新名", "holder_name_en": "Demo Aluminium Renamed"}
    _act(office, mine, "propose", reason="holder_name", **renamed, text="演示：更名")
    _act(decider, mine, "change", text="演示：同意更名")
    _until(phone, f"/p/{number}", lambda: "Demo Aluminium Renamed" in phone.text())
    _until(phone, f"/p/{number}", lambda: "products made before may carry this label until" in phone.text())

    # A visitor complains and follows the matter by its code; people without a part in the case see to it.
    phone.open(f"/complaints/?number={number}")
    _send(phone, "form:has([name=text])", text="DEMO: the label is hard to read")
    assert re.search(r"/complaints/[0-9A-Z]{12}/", phone.page.url)
    assert "Received" in phone.text()
    code = phone.page.url
    office.open("/life/?tab=grievances")
    office.follow(office.page.locator("tbody a").first)
    matter = str(office.page.url)
    assert _refused(office)  # he suspended it
    reviewer = life_windows("north-reviewer")
    reviewer.open(matter)
    assert _refused(reviewer)  # he reviewed the case
    phone.open(code)
    assert "Received" in phone.text()


def test_a_second_body_takes_a_certificate_over_and_withdraws_it_and_a_renewal_succeeds(
    life_windows: Callable[..., Window], life_site: Site
) -> None:
    # The renewal waits for its decision; granted, the old certificate leads to the new one.
    south = life_windows("south-decider")
    holder, reader = life_windows("jiangsu"), life_windows("", lang="en")
    old = _number(holder, "熟料")
    case = _case_of(south)
    _act(south, case, "grant", text="演示：准予再认证")
    _until(reader, f"/p/{old}", lambda: "Its successor" in reader.text())
    new = reader.page.locator("a", has_text=re.compile(r"^TB-DEMO-")).first.inner_text()
    assert new != old
    reader.open(f"/p/{new}")
    assert "Valid" in reader.text()

    # The renewed one goes to the other body.
    holder.open(f"/certificates/{new}/")
    body = holder.page.locator('form[action*="/life/transfer/"] option', has_text="北方").get_attribute("value")
    _send(holder, 'form[action*="/life/transfer/"]', body_id=str(body), text="演示：就近")
    holder.open("/life/?tab=transfers")
    holder.follow(holder.page.locator("tbody a").first)
    place = str(holder.page.url)
    _act(life_windows("south-office"), place, "release", open_points="无")
    reviewer, north = life_windows("north-reviewer"), life_windows("north-decider")
    reviewer.open(place)
    with reviewer.page.expect_download():
        reviewer.page.locator('form[action$="/file/"] button').click()
    _act(reviewer, place, "review", text="演示：档案完整")
    _act(north, place, "accept", qualified=True, text="演示：接收")
    _until(reader, f"/p/{new}", lambda: "North" in reader.text() and "v2" in reader.text())
    south.open(f"/certificates/{new}/")
    assert south.page.locator('form[action$="act/withdraw/"]').count() == 0
    _act(north, f"/certificates/{new}/", "withdraw", reason="serious_nonconformity", text="演示：严重不符合")
    _until(reader, f"/p/{new}", lambda: "the label must be removed" in reader.text())
    assert "Withdrawn" in reader.text()
    assert [window.errors for window in (reader, holder)] == [[], []]


def _case_of(window: Any) -> str:
    """Return the address of the one case that waits on a decider's desk."""
    window.open("/desk/decider/")
    window.follow(window.page.locator('tbody a[href^="/cases/"]').first)
    return str(window.page.url)
