"""The page that checks labels, as a phone has it: kept on the device, and used in flight mode."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import segno

from browser.conftest import CHROMIUM, PHONE, Site, Window

pytestmark = [pytest.mark.browser, pytest.mark.timeout(280)]


def label_of(window: Window) -> str:
    """Return the signed address in the code of the first label on the home page, read from the label's own drawing."""
    window.open("/")
    number = str(window.page.locator('a[href^="/p/"]').first.get_attribute("href")).removeprefix("/p/")
    picture = window.page.request.get(f"{window.site.url}/c/{number}/label_png").body()
    import zxingcpp
    from PIL import Image

    [code] = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    return str(code.text)


def state(window: Window) -> str:
    window.page.wait_for_selector("[data-verify-state]:not([data-verify-state=checking])")
    return str(window.page.get_attribute("[data-verify]", "data-verify-state"))


def steps(window: Window) -> dict[str, str]:
    items = window.page.query_selector_all("[data-verify-steps] li")
    return {str(item.get_attribute("data-step")): str(item.get_attribute("data-ok")) for item in items}


def kept(window: Window) -> None:
    """Open the page and wait until it is kept on the device."""
    assert window.open("/verify/app") == 200
    window.page.wait_for_selector("[data-verify-kept]:not([hidden])")


def test_a_label_scanned_in_flight_mode_is_checked_on_the_device(
    windows: Callable[..., Window], site: Site, tmp_path: Path
) -> None:
    site.catch_up()
    phone = windows(lang="en", phone=True)
    address = label_of(phone)
    assert "?s=2~" in address
    assert len(address) <= 300
    kept(phone)
    phone.page.context.set_offline(True)
    phone.errors.clear()
    phone.page.goto(address)
    assert state(phone) == "valid"
    assert steps(phone)["status"] == "true"
    assert "Valid – demonstration" in phone.page.inner_text("[data-verify-verdict]")
    assert phone.page.inner_text("[data-verify-claim=value]") != ""
    # A forged figure on the same code.
    field = address.split("~")
    phone.page.goto("~".join([*field[:2], "0.1", *field[3:]]))
    assert state(phone) == "invalid"
    assert steps(phone)["signature"] == "false"
    # The figure typed from the pack, and a photo of the code, without any network.
    phone.page.goto(address)
    phone.page.fill("[data-verify-value]", "0.1")
    phone.page.fill("[data-verify-text]", address)
    phone.page.click("[data-verify-form] button:not([type=button])")
    phone.page.wait_for_selector("[data-step=value][data-ok=false]")
    assert state(phone) == "invalid"
    photo = tmp_path / "photo.png"
    segno.make(address, error="m").save(str(photo), scale=6, border=8)
    phone.page.fill("[data-verify-value]", "")
    phone.page.set_input_files("[data-verify-photo]", str(photo))
    phone.page.wait_for_selector("[data-step=value][data-ok=none]")
    assert state(phone) == "valid"
    blank = tmp_path / "blank.png"
    from PIL import Image

    Image.new("RGB", (400, 300), "white").save(blank)
    phone.page.set_input_files("[data-verify-photo]", str(blank))
    phone.page.locator("[data-verify-scan-said]", has_text="No code").wait_for()


def test_lists_that_were_never_fetched_and_keys_that_nobody_has_are_said(
    windows: Callable[..., Window], site: Site
) -> None:
    site.catch_up()
    phone = windows(lang="zh", phone=True)
    address = label_of(phone)
    kept(phone)
    forget: Any = """async (part) => { for (const name of await caches.keys()) { const cache = await caches.open(name);
        for (const request of await cache.keys()) if (request.url.includes(part)) await cache.delete(request); } }"""
    phone.page.evaluate(forget, "/status/")
    phone.page.context.set_offline(True)
    phone.page.goto(address)
    assert state(phone) == "valid_but"
    assert steps(phone)["status"] == "none"
    phone.page.context.set_offline(False)
    phone.page.evaluate(forget, "/.well-known/")
    phone.page.context.set_offline(True)
    phone.page.goto(address)
    assert state(phone) == "unknown"
    assert "无法判断" in phone.page.inner_text("[data-verify-verdict]")


def test_the_camera_reads_the_label_on_a_pack(
    windows: Callable[..., Window], site: Site, tmp_path: Path, chromium: Any
) -> None:
    """A camera of the browser's own shows the label; nothing is typed or chosen."""
    site.catch_up()
    address = label_of(windows(lang="en"))
    from PIL import Image

    number = address.partition("/v/")[2].partition("?")[0]
    window = windows(lang="en")
    picture = window.page.request.get(f"{window.site.url}/c/{number}/label_png").body()
    label = Image.open(io.BytesIO(picture)).convert("RGB")
    width, height = label.size
    seen = Image.new("RGB", (1280, 720), "white")
    # The pack is held so that the lower half of the label fills the picture's height.
    near = label.crop((0, height // 2, width, height))
    seen.paste(near.resize((int(near.width * 700 / near.height), 700)), (200, 10))
    frame = io.BytesIO()
    seen.save(frame, "JPEG", quality=92)
    film = tmp_path / "pack.mjpeg"
    film.write_bytes(frame.getvalue() * 4)
    arguments = ["--no-sandbox", "--disable-gpu", "--no-proxy-server", "--use-fake-ui-for-media-stream"]
    arguments += ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
    phone = chromium.browser_type.launch(executable_path=CHROMIUM, args=arguments)
    try:
        page = phone.new_context(viewport=PHONE, permissions=["camera"], locale="en-US").new_page()
        page.goto(f"{site.url}/verify/app?lang=en")
        page.wait_for_selector("[data-verify-kept]:not([hidden])")
        page.click("[data-verify-scan]")
        page.wait_for_selector("[data-verify-state]:not([data-verify-state=checking])", state="attached")
        assert page.get_attribute("[data-verify]", "data-verify-state") == "valid"
        assert page.input_value("[data-verify-text]") == address
        assert page.is_hidden("[data-verify-camera]")  # it is closed again
    finally:
        phone.close()


def test_the_manifest_and_the_camera_button_are_there(windows: Callable[..., Window], site: Site) -> None:
    desk = windows(lang="en")
    manifest = desk.page.request.get(f"{site.url}/verify/app.webmanifest?lang=en").json()
    assert manifest["display"] == "standalone"
    assert manifest["icons"]
    assert desk.open("/verify/app") == 200
    assert desk.page.is_visible("[data-verify-scan]")
    desk.page.click("[data-verify-scan]")
    desk.page.locator("[data-verify-scan-said]", has_text="camera").wait_for()
    assert desk.errors == []
