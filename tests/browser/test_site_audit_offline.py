"""The audit at the site: the page taken along, used without a network, and sent once when the network is back."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from browser.conftest import Site, Window
from browser.serving import BEHIND_FILE
from formats.test_photo_metadata import EXIF

pytestmark = [pytest.mark.browser, pytest.mark.timeout(280)]
GATE = {"latitude": 0.0005, "longitude": 0.0005, "accuracy": 14}


def photo_of(folder: Path) -> Path:
    """Return a photo as a camera writes it: with its place."""
    from PIL import Image

    file = folder / "nameplate.jpg"
    Image.new("RGB", (160, 120), "green").save(file)
    plain = file.read_bytes()
    file.write_bytes(plain[:2] + EXIF + plain[2:])
    return file


def case_on_site(windows: Callable[..., Window]) -> str:
    """Pass the documents of the demonstration's running case, and return its address."""
    desk = windows("south-verifier")
    desk.open("/desk/verifier/?tab=mine")
    desk.follow(desk.page.locator('main table a[href^="/cases/"]').first)
    address = desk.page.url
    form = desk.page.locator('form[action$="/act/pass_documents/"]')
    if form.count():
        desk.follow(form.locator("button").first)
    return address


def waiting(window: Window, count: int) -> None:
    window.page.locator("[data-count]", has_text=re.compile(rf"^{count}$")).wait_for()


def fill(window: Window, kind: str, **fields: str) -> None:
    form = window.page.locator(f'[data-record="{kind}"]').first
    for name, text in fields.items():
        form.locator(f'[name="{name}"]').fill(text)
    form.locator("button").click()


@pytest.mark.requirement("GBA-06h")
def test_a_visit_recorded_in_flight_mode_is_sent_once(
    windows: Callable[..., Window], site: Site, tmp_path: Path
) -> None:
    address = case_on_site(windows)
    position: dict[str, Any] = {"geolocation": GATE, "permissions": ["geolocation"]}
    phone = windows("south-verifier", lang="en", phone=True, **position)
    # The platform's clock runs behind here; a phone is right.
    behind = float((site.data / BEHIND_FILE).read_text())
    phone.page.clock.set_system_time(datetime.now() - timedelta(hours=behind))
    phone.open(f"{address}audit/")
    phone.page.wait_for_selector('[data-audit][data-ready="yes"]')
    phone.page.click("[data-keep]")
    phone.page.locator("[data-kept]", has_text="opens without a network").wait_for()

    # Into the cellar: the page opens, and everything that is done stays on the device.
    phone.page.context.set_offline(True)
    phone.page.goto(f"{address}audit/")
    phone.page.wait_for_selector('[data-audit][data-ready="yes"]')
    fill(phone, "check_in", place="Kiln 1")
    waiting(phone, 1)
    fill(phone, "interview", role="kiln master", topic="belt scales", notes="calibrated in May")
    waiting(phone, 2)
    phone.page.set_input_files('[data-record="photo"] [name=photo]', str(photo_of(tmp_path)))
    fill(phone, "photo", caption="name plate")
    waiting(phone, 3)
    phone.page.click("summary")
    answer = phone.page.locator('[data-record="answer"]').first
    answer.locator("select").select_option("consistent")
    answer.locator("button").click()
    waiting(phone, 4)
    fill(phone, "check_out", samples="3")
    waiting(phone, 5)
    # The phone is switched off and on again: nothing is lost.
    phone.page.goto(f"{address}audit/")
    phone.page.wait_for_selector('[data-audit][data-ready="yes"]')
    waiting(phone, 5)

    # The network is back. The first answer is lost on its way, so the check-in is sent twice.
    lost: list[str] = []

    def lose(route: Any) -> None:
        if lost:
            return route.continue_()
        lost.append(route.request.post_data)
        route.fetch()
        return route.abort()

    phone.page.route("**/audit/sync", lose)
    phone.page.context.set_offline(False)
    until = time.monotonic() + 20
    while not lost and time.monotonic() < until:
        phone.page.wait_for_timeout(100)
    # It tries again by itself after a while.
    waiting(phone, 0)
    phone.page.click("[data-send]")
    phone.page.unroute("**/audit/sync")
    told = phone.page.request.get(address.replace("/cases/", "/api/v1/cases/").rstrip("/") + "/audit").json()
    (visit,) = told["visits"]
    assert (visit["place"], visit["fence"], visit["accuracy"]) == ("Kiln 1", "inside", "fine")
    assert (visit["sealed"], visit["samples"], visit["interviews"]) == (True, 3, 1)
    assert [talk["role"] for talk in told["interviews"]] == ["kiln master"]
    (photo,) = told["photos"]
    assert (photo["caption"], photo["parts_removed"], photo["sealed"]) == ("name plate", 1, True)
    assert photo["taken_hash"] != photo["kept_hash"]
    phone.open(f"{address}audit/")
    assert "inside the fence" in phone.text()
    assert (
        phone.page.locator(".audit-photos img").first.evaluate(
            "(image) => image.decode().then(() => image.naturalWidth)"
        )
        == 160
    )
    # What the reader took along is taken off the device again.
    phone.page.click("[data-forget]")
    gone = "(page) => new Promise((done) => setTimeout(done, 500)).then(() => caches.match(page)).then((kept) => !kept)"
    assert phone.page.evaluate(gone, address.split("/", 3)[3].join(["/", "audit/"]))
