"""A real server and a real browser, once for the run."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import empty_platform
from browser.serving import BEHIND_FILE
from tanbiao.cli.site.demo_world.cast import PASSWORD

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PLAIN_HOST = "label.test"
"""A name that the browser takes for this machine: plain http there is no secure context, as on a phone in a network."""
RUNNING = os.environ.get("TANBIAO_BROWSER_SITE", "")
"""Address and data folder, a space between, of a ``serving.py`` that runs already: quick while a test is written."""
START_SECONDS = 240
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


# The frame around a window (its bar, its buttons) is a page of its own in newer Chromium: no test looks at it, and it
# takes two thirds of a new window's processor time. The last list given counts: the driver's own is repeated first.
_WITHOUT = (
    "AvoidCorsURLLoaderRestartOnRedirect,AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,"
    "HttpsFirstBalancedModeAutoEnable,LensOverlay,MediaRouter,NetworkTimeServiceQuerying,OptimizationHints,PaintHolding,"
    "PreconnectToSearch,TcpPortRandomizationWin,ThirdPartyStoragePartitioning,AimEnabled,"
    "InitialWebUI,PreloadTopChromeWebUI,WebUIAvatarButton,WebUILocationBar,WebUIReloadButton,WebUIToolbar,"
    "WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,WebUIOmniboxPopup,WebUIOmniboxSimplification"
)


@dataclass
class Site:
    """A running platform."""

    url: str
    data: Path
    surroundings: dict[str, str] = field(default_factory=lambda: dict(os.environ))

    def play(self, scene: str) -> None:
        """Play a further scene into the running platform, by the commands of a process of its own."""
        script, port = str(Path(__file__).with_name("serving.py")), self.url.rpartition(":")[2]
        given = self.surroundings | {"TANBIAO_DATA": str(self.data), "TANBIAO_BASE_URL": self.url}
        done = subprocess.run(
            [sys.executable, script, port, scene, "fill"], env=given, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]

    def catch_up(self) -> None:
        """Let the site's clock, which runs behind, show the machine's time."""
        (self.data / BEHIND_FILE).write_text("0")

    def turn(self, hours_behind: float) -> None:
        """Let the site's clock run so many hours behind the machine's."""
        (self.data / BEHIND_FILE).write_text(str(hours_behind))

    @property
    def plain_url(self) -> str:
        """The same place under a name that is not localhost."""
        return self.url.replace("127.0.0.1", PLAIN_HOST)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _postgres() -> Iterator[str]:
    """Yield the address of a PostgreSQL database of this run, or nothing for SQLite."""
    server = os.environ.get("TANBIAO_TEST_POSTGRES_URL", "")
    if not server:
        yield ""
        return
    import psycopg

    name = f"browser_{os.getpid()}_{secrets.token_hex(3)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
    yield re.sub(r"/[^/?]*(\?|$)", rf"/{name}\1", server.replace("://", ":@@", 1), count=1).replace(":@@", "://", 1)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # type: ignore[call-overload]


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """Return ``DATABASE_URL`` of the server: empty for SQLite."""
    yield from _postgres()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> Iterator[Site]:
    """Start the platform and wait until it answers."""
    if RUNNING:
        url, _, data = RUNNING.partition(" ")
        yield Site(url, Path(data))
        return
    yield from _serve(_folder(tmp_path_factory, "browser-site", database_url), database_url, "main")


@pytest.fixture(scope="module")
def rule_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Start a platform of its own whose clock runs weeks behind: a consultation takes a month."""
    with contextmanager(_postgres)() as url:
        yield from _serve(_folder(tmp_path_factory, "rule-site", url), url, "rules")


@pytest.fixture(scope="module")
def life_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Start a platform of its own with one case in verification, whose clock runs nearly two years behind."""
    with contextmanager(_postgres)() as url:
        yield from _serve(_folder(tmp_path_factory, "life-site", url), url, "life")


def _folder(factory: pytest.TempPathFactory, name: str, database_url: str) -> Path:
    """Make a data folder, with the database of an empty platform where that is a file in it."""
    folder = factory.mktemp(name)
    if not database_url:
        empty_platform.lay(factory, folder)
    return folder


@pytest.fixture(scope="module")
def empty_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Start a platform of its own on which there is nothing but its operator's account."""
    with contextmanager(_postgres)() as url:
        yield from _serve(tmp_path_factory.mktemp("empty-site"), url, "empty")


def _serve(folder: Path, database_url: str, scene: str) -> Iterator[Site]:
    """Start a platform with the world of a scene, and end it afterwards."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    surroundings = os.environ | {"TANBIAO_DATA": str(folder), "TANBIAO_BASE_URL": url, "DATABASE_URL": database_url}
    log = folder.with_suffix(".log").open("wb")
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("serving.py")), str(port), scene],
        env=surroundings,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        _wait(url, process, Path(log.name))
        yield Site(url, folder, surroundings)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
        log.close()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            pytest.fail(f"the server ended with {process.returncode}:\n{log.read_text()[-3000:]}")
        with suppress(urllib.error.URLError, OSError), urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:
            if answer.status == 200:
                return
        time.sleep(0.3)
    pytest.fail(f"the server did not answer within {START_SECONDS} s:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Start the system's Chromium."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server"]
    arguments.append(f"--disable-features={_WITHOUT}")
    arguments.append(f"--host-resolver-rules=MAP {PLAIN_HOST} 127.0.0.1")
    # The browser's driver keeps an event loop in this thread, in which Django would refuse later tests their database.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


def _told(line: Any) -> str:
    """Return an error of the console with the address it is about."""
    return f"{line.text} {line.location.get('url', '')}".strip()


@dataclass
class Window:
    """A browser window of one person, which remembers what went wrong in it."""

    page: Any
    site: Site
    errors: list[str] = field(default_factory=list)

    def open(self, path: str) -> int:
        """Go to an address of the site and return the status."""
        answer = self.page.goto(path if "://" in path else self.site.url + path)
        return int(answer.status)

    def follow(self, target: Any) -> Any:
        """Click a link or a button that leads to another document; return that document's answer once it is loaded.

        A bare click returns while the old document, or none yet, is still there, and what is read next may be that one.
        """
        with self.page.expect_navigation() as answer:
            target.click()
        return answer.value

    def certified_study(self) -> str:
        """Go to the reader's studies and return the address of one that is certified, whatever other tests began."""
        self.open("/studies/")
        states = re.compile("已发布|需重算|Published|Recalculation needed")
        return str(self.page.locator("main tbody tr", has_text=states).last.locator("a").get_attribute("href"))

    def text(self) -> str:
        """Return what the page's main part says."""
        return str(self.page.inner_text("main"))


class Windows:
    """Opens windows and keeps log-ins, so that a person signs in once."""

    def __init__(self, browser: Any, site: Site) -> None:
        self.browser, self.site = browser, site
        self.kept: dict[str, Any] = {}
        self.contexts: list[Any] = []

    def open(self, who: str = "", *, lang: str = "zh", phone: bool = False, **options: Any) -> Window:
        """Open a window for a user name (empty: a visitor)."""
        context = self.browser.new_context(
            viewport=PHONE if phone else DESK,
            locale="en-GB" if lang == "en" else "zh-CN",
            storage_state=self._state(who) if who else None,
            **({"device_scale_factor": 2, "has_touch": True} if phone else {}),
            **options,
        )
        context.set_default_timeout(20_000)
        cookie = {"name": "tanbiao_language", "value": "en" if lang == "en" else "zh-hans", "url": self.site.url}
        context.add_cookies([cookie, {**cookie, "url": self.site.plain_url}])
        self.contexts.append(context)
        window = Window(context.new_page(), self.site)
        window.page.on("console", lambda line: line.type == "error" and window.errors.append(_told(line)))
        window.page.on("pageerror", lambda error: window.errors.append(str(error)))
        return window

    def _state(self, who: str) -> Any:
        if who not in self.kept:
            context = self.browser.new_context()
            page = context.new_page()
            page.goto(f"{self.site.url}/accounts/login/")
            page.fill("#id_login", who)
            page.fill("#id_password", PASSWORD)
            page.click("main button[type=submit]")
            page.wait_for_url("**/desk/")
            self.kept[who] = context.storage_state()
            context.close()
        return self.kept[who]

    def close(self) -> None:
        """Close what was opened."""
        while self.contexts:
            self.contexts.pop().close()


@pytest.fixture(scope="session")
def _windows(chromium: Any, site: Site) -> Windows:
    return Windows(chromium, site)


@pytest.fixture
def rule_windows(chromium: Any, rule_site: Site) -> Iterator[Callable[..., Window]]:
    """Return the function that opens a window on the platform of the rules."""
    opened = Windows(chromium, rule_site)
    yield opened.open
    opened.close()


@pytest.fixture
def life_windows(chromium: Any, life_site: Site) -> Iterator[Callable[..., Window]]:
    """Return the function that opens a window on the platform of a certificate's life."""
    opened = Windows(chromium, life_site)
    yield opened.open
    opened.close()


@pytest.fixture
def empty_windows(chromium: Any, empty_site: Site) -> Iterator[Callable[..., Window]]:
    """Return the function that opens a window on the platform that is empty."""
    opened = Windows(chromium, empty_site)
    yield opened.open
    opened.close()


@pytest.fixture
def windows(_windows: Windows) -> Iterator[Callable[..., Window]]:
    """Return the function that opens a window; all are closed after the test."""
    yield _windows.open
    _windows.close()
