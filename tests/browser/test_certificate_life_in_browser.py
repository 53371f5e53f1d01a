"""The whole life of one certificate through four organisations: rectification, issue, suspension, restoration, change,
complaint, re-certification, transfer to a second body, withdrawal."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from browser.conftest import Site, Window
from browser.serving import LIFE_DAYS
from browser.test_journey import _check_consistency as check_consistency
from browser.test_journey import _engage as engage
from browser.test_journey import _number_of as number_of
from browser.test_journey import _trace_rows as trace_rows
from browser.test_journey import act, send

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

OPINION: dict[str, str | bool] = {
    "kind": "unmodified",
    "assurance": "reasonable",
    "materiality_percent": "5",
    "scope": "摇篮到大门",
    "statement": "所报数值在重要性限度内公允。",
}
WRONG_ROW, RIGHT = "r1", "1230 kg"
RIGHT_PER_TONNE = "1268.04"
"""The study gives the row per 970 kg of clinker: 1230 kg ÷ 0.97."""
Open = Callable[..., Window]


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


def _case_of(window: Window, desk: str) -> str:
    """Return the address of the one case that stands on a desk of the body."""
    window.open(f"/desk/{desk}/")
    window.follow(window.page.locator('main table a[href^="/cases/"]').first)
    return str(window.page.url)


def _refused(window: Window) -> bool:
    """Whether every act is refused to this reader because of a part in the case."""
    acts = window.page.locator("details.act").all_text_contents()
    return bool(acts) and all("参与过该认证或被投诉事项的人员不能处理" in one for one in acts)


def _rectify(open_window: Open) -> str:
    """The verifier finds a row wrong, the holder corrects it, the next round shows old beside new; return the case."""
    verifier, manager, editor = (open_window(name) for name in ("south-verifier", "jiangsu", "jiangsu-data"))
    case = _case_of(verifier, "verifier")
    said = {"severity": "major", "row": WRONG_ROW, "text": "石灰石用量与地磅记录不符"}
    send(verifier, "/findings/", said)
    act(verifier, "require_rectification")
    assert "整改" in verifier.text()

    manager.open(case)
    assert said["text"] in manager.text()
    send(manager, "/answer/", {"text": "已按地磅记录更正"})
    editor.open("/studies/")
    editor.follow(editor.page.locator('main a[href^="/studies/"]', has_text="熟料").first)
    study = str(editor.page.url)
    editor.open(f"{study}rows/{WRONG_ROW}/")
    _send(editor, "main form:has([name=amount])", amount=RIGHT)
    send(editor, "/calculate/")
    manager.open(study)
    send(manager, "/submit/")
    manager.open(case)
    act(manager, "resubmit")

    verifier.open(case)
    changed = verifier.page.locator("section:has(#round) tr.changed", has_text=WRONG_ROW)
    assert changed.locator("ins").first.inner_text().startswith(RIGHT_PER_TONNE)
    assert "F1" in changed.inner_text()
    send(verifier, "/close/", {"text": "已核对地磅记录"})
    check_consistency(case, verifier)
    engage(case, verifier)
    trace_rows(verifier)
    act(verifier, "state_opinion", **OPINION)
    return case


def _decide(open_window: Open, case: str) -> str:
    """Review and decide: two further persons; return the number of the certificate."""
    reviewer, decider, manager = (open_window(name) for name in ("south-reviewer", "south-decider", "jiangsu"))
    reviewer.open(case)
    act(reviewer, "review", positive="yes", text="程序完整")
    decider.open(case)
    act(decider, "grant", text="准予")
    return number_of(manager)


def _use(open_window: Open, number: str) -> None:
    """A use of the label is declared by the holder and put on record by the body."""
    holder, office = open_window("jiangsu"), open_window("south-office")
    licence = holder.page.locator(f'a:text-is("{number}-V1-L1")')
    _until(holder, f"/certificates/{number}/", lambda: licence.count() > 0)
    holder.follow(licence.first)
    _send(holder, 'form[action$="/uses/"]', position="packaging", place="演示纸箱", width_mm="30", quantity="500")
    office.open("/labels/?tab=uses")
    office.follow(office.page.locator("tbody a").first)
    _send(office, 'form[action$="act/register/"]')


def _suspend_and_restore(open_window: Open, number: str) -> None:
    """Suspended with a term, everywhere the public and the authority look; restored by another person."""
    office, decider, holder = (open_window(name) for name in ("south-office", "south-decider", "jiangsu"))
    authority, phone = open_window("authority"), open_window("", phone=True, lang="en")
    mine = f"/certificates/{number}/"
    _act(office, mine, "suspend", reason="mark_misuse", term_days="30", text="演示：误用标识")
    phone.open(f"/p/{number}")
    assert "Suspended" in phone.text()
    _until(phone, f"/p/{number}", lambda: "must not be put on anything new" in phone.text())
    phone.open(f"/widget/{number}/en/")
    assert phone.page.locator('[data-verdict="invalid"]').count() == 1
    holder.open("/life/?tab=notices")
    assert "证书已暂停" in holder.text()
    assert "演示：误用标识" in holder.text()
    authority.open("/desk/authority/")
    row = authority.page.locator("tbody tr", has_text="演示南方认证有限公司")
    assert row.locator('td[data-label="已暂停"], td[data-label="暂停"]').inner_text().strip() == "1"
    assert authority.page.locator("main form").count() == 0

    _act(decider, mine, "restore", text="演示：标识已更正")
    phone.open(f"/p/{number}")
    assert "Valid" in phone.text()


def _change(open_window: Open, number: str) -> None:
    """The holder has another name: one person proposes, another decides, version 2 takes over."""
    office, decider = open_window("south-office"), open_window("south-decider")
    phone, mine = open_window("", phone=True, lang="en"), f"/certificates/{number}/"
    renamed = {"holder_name_zh": "演示水泥新名", "holder_name_en": "Demo Cement Renamed"}
    _act(office, mine, "propose", reason="holder_name", **renamed, text="演示：更名")
    _act(decider, mine, "change", text="演示：同意更名")
    _until(phone, f"/p/{number}", lambda: "Demo Cement Renamed" in phone.text())
    _until(phone, f"/p/{number}", lambda: "products made before may carry this label until" in phone.text())


def _complain(open_window: Open, number: str) -> None:
    """A visitor complains and follows the matter by its code; people without a part in the case see to it."""
    phone, office = open_window("", phone=True, lang="en"), open_window("south-office")
    phone.open(f"/complaints/?number={number}")
    _send(phone, "form:has([name=text])", text="DEMO: the label is hard to read")
    assert re.search(r"/complaints/[0-9A-Z]{12}/", phone.page.url)
    assert "Received" in phone.text()
    code = phone.page.url
    office.open("/life/?tab=grievances")
    office.follow(office.page.locator("tbody a").first)
    assert _refused(office)  # he suspended it
    reviewer = open_window("south-reviewer")
    reviewer.open(str(office.page.url))
    assert _refused(reviewer)  # he reviewed the case
    phone.open(code)
    assert "Received" in phone.text()


def _renew(open_window: Open, old: str) -> str:
    """The decision on the renewal: the old certificate leads to its successor, whose number is returned."""
    decider, reader = open_window("south-decider"), open_window("", lang="en")
    _act(decider, _case_of(decider, "decider"), "grant", text="演示：准予再认证")
    _until(reader, f"/p/{old}", lambda: "Its successor" in reader.text())
    new = str(reader.page.locator("a", has_text=re.compile(r"^TB-DEMO-")).first.inner_text())
    assert new != old
    reader.open(f"/p/{new}")
    assert "Valid" in reader.text()
    return new


def _transfer(open_window: Open, number: str) -> None:
    """The holder asks, the first body hands the file over, the second one looks through it and takes over."""
    holder, reader = open_window("jiangsu"), open_window("", lang="en")
    holder.open(f"/certificates/{number}/")
    body = holder.page.locator('form[action*="/life/transfer/"] option', has_text="北方").get_attribute("value")
    _send(holder, 'form[action*="/life/transfer/"]', body_id=str(body), text="演示：就近")
    holder.open("/life/?tab=transfers")
    holder.follow(holder.page.locator("tbody a").first)
    place = str(holder.page.url)
    _act(open_window("south-office"), place, "release", open_points="无")
    reviewer = open_window("north-reviewer")
    reviewer.open(place)
    with reviewer.page.expect_download():
        reviewer.page.locator('form[action$="/file/"] button').click()
    _act(reviewer, place, "review", text="演示：档案完整")
    _act(open_window("north-decider"), place, "accept", qualified=True, text="演示：接收")
    _until(reader, f"/p/{number}", lambda: "North" in reader.text() and "v2" in reader.text())


def _withdraw(open_window: Open, number: str) -> None:
    """Only the body that took over can withdraw it, for good."""
    first, reader = open_window("south-decider"), open_window("", lang="en")
    assert first.open(f"/certificates/{number}/") == 404
    first.errors.clear()  # the browser tells of the refusal just asked for
    withdrawn = {"reason": "serious_nonconformity", "text": "演示：严重不符合"}
    _act(open_window("north-decider"), f"/certificates/{number}/", "withdraw", **withdrawn)
    _until(reader, f"/p/{number}", lambda: "the label must be removed" in reader.text())
    assert "Withdrawn" in reader.text()


def test_one_certificate_lives_its_whole_life_through_four_organisations(life_windows: Open, life_site: Site) -> None:
    kept: dict[tuple[object, ...], Window] = {}

    def open_window(who: str = "", **options: bool | str) -> Window:
        key = (who, *sorted(options.items()))
        return kept.get(key) or kept.setdefault(key, life_windows(who, **options))

    number = _decide(open_window, _rectify(open_window))
    life_site.turn((LIFE_DAYS - 270) * 24)
    _use(open_window, number)
    _suspend_and_restore(open_window, number)
    _change(open_window, number)
    _complain(open_window, number)

    life_site.turn(61 * 24)
    life_site.play("renewal")
    life_site.catch_up()
    new = _renew(open_window, number)
    _transfer(open_window, new)
    _withdraw(open_window, new)
    # A shop's frame, opened by itself here, names no icon: the browser asks for one by its own name.
    errors = [error for window in kept.values() for error in window.errors if not error.endswith("/favicon.ico")]
    assert errors == []
