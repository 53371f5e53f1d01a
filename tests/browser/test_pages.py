"""Every main page, in both languages, at a desk and on a phone: no error, no sideways scroll, no violation of WCAG."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from browser.conftest import Site, Window
from browser.test_datasets import archive, drop

pytestmark = [pytest.mark.browser, pytest.mark.timeout(280)]

AXE = Path(__file__).with_name("vendor") / "axe.min.js"
SHOTS = os.environ.get("TANBIAO_SCREENSHOTS", "")
"""A folder: every page is then pictured there, to be looked at."""
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN_AXE = """async tags => (await axe.run(document,
  {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']}))
  .violations.map(one => one.id + ': ' + one.nodes.map(node => node.target.join(' ') + ' ' +
    (node.any[0] || node.all[0] || node.none[0] || {}).message).slice(0, 3).join(' | '))"""
WIDER = """() => { const limit = document.documentElement.clientWidth;
  return document.documentElement.scrollWidth <= limit ? [] :
    [...document.querySelectorAll('body *')].filter(node => node.getBoundingClientRect().right > limit + 1 &&
      !node.closest('.scroll, .chart')).slice(0, 5).map(node => node.outerHTML.slice(0, 120)); }"""

PUBLIC = {
    "home": "/",
    "product": "/p/{number}",
    "certificate": "/c/{number}",
    "label": "/v/{number}",
    "verify": "/verify",
    "verify-app": "/verify/app",
    "log": "/log/",
    "factors": "/factors/",
    "releases": "/factors/releases/",
    "release": "/factors/releases/starter-2026.1/",
    "releases-compared": "/factors/compare/?old=linked-1&new=starter-2026.1",
    "upstream": "/factors/upstream/?id=kiln&release=linked-1&scale=lime%7Ckiln&times=0.5,2",
    "wanted": "/factors/wanted/",
    "rules": "/rules/?state=",
    "adopted": "/rules/adopted/",
    "rule": "{rule}",
    "consultation": "{rule}consultation/",
    "rule-structure": "{rule}workbench/?tab=structure",
    "label-schemes": "/schemes/",
    "label-scheme": "/schemes/tanbiao-demo/",
    "locked-scheme": "/schemes/cn-national@1.0.0/",
    "precheck-asked": "/precheck/",
    "precheck": "/precheck/?category=tyre&region=CN-SD&sites=2&models=1&supplier_sites=0&papers=business_licence",
    "login": "/accounts/login/",
    "join": "/join/",
    "missing": "/p/TB-DEMO-1999-000001",
}
"""Pages that a visitor sees; ``{…}`` is filled in by :func:`places`."""
INSIDE = {
    "studies": ("shandong-data", "/studies/"),
    "new": ("shandong-data", "/studies/new/"),
    "study": ("shandong-data", "{study}"),
    "result": ("shandong-data", "{study}result/"),
    "row": ("shandong-data", "{row}"),
    "explained": ("shandong-data", "{study}explain/"),
    "schemes": ("shandong-data", "{study}schemes/"),
    "forms": ("shandong-data", "{study}forms/"),
    "revisions": ("shandong-data", "{study}revisions/"),
    "imports": ("shandong-data", "/imports/"),
    "import": ("shandong-data", "{import}"),
    "datasets": ("shandong-data", "/datasets/"),
    "dataset-version": ("shandong-data", "{version}"),
    "versions-compared": ("shandong-data", "{version}compare/?show=all"),
    "evidence": ("shandong-data", "{study}evidence/"),
    "workbench": ("authority-rules", "{rule}workbench/"),
    "rule-text": ("authority-rules", "{rule}workbench/?tab=text"),
    "rule-examples": ("authority-rules", "{rule}workbench/?tab=examples"),
    "proposal": ("authority-rules", "/rules/propose/"),
    "migrations": ("shandong", "/migrations/"),
    "unlocking": ("operator", "/schemes/gba@1.0.0/"),
    "desk": ("shandong", "/desk/"),
    "queue": ("south-verifier", "/desk/queue/"),
    "calendar": ("shandong", "/desk/calendar/"),
    "terms": ("shandong", "/desk/calendar/?view=list"),
    "oversight": ("authority", "/desk/authority/"),
    "enter": ("operator", "/organisations/enter/"),
    "applications": ("shandong", "/applications/"),
    "other-kinds": ("shandong", "/applications/kinds/"),
    "neutrality": ("shandong", "/applications/kinds/tanbiao-demo@1.3.0/product-neutral/"),
    "certificates": ("shandong", "/certificates/"),
    "manage": ("shandong", "/certificates/{number}/"),
    "hand-over": ("shandong", "/certificates/{number}/hand-over/"),
    "organisation": ("shandong", "/organisation/"),
    "cases": ("south-office", "/cases/"),
    "verifier": ("south-verifier", "/desk/verifier/?tab=mine"),
    "case": ("south-verifier", "{case}"),
    "contract": ("south-verifier", "{case}contract/"),
    "site-audit": ("south-verifier", "{case}audit/"),
    "audit-plan": ("south-office", "{case}audit/plan/"),
    "case-applicant": ("jiangsu", "{case}"),
    "reviewer": ("south-reviewer", "/desk/reviewer/"),
    "decider": ("south-decider", "/desk/decider/"),
}


# A style of another page's class must not take the bars of a view away.
HIDDEN_BARS = "[...document.querySelectorAll('.bar rect')].some(one => getComputedStyle(one).display === 'none')"


def _first(window: Window, selector: str) -> str:
    link = window.page.locator(selector).first
    assert link.count(), f"{window.page.url}: no {selector}: {window.text()[:500]}"
    return str(link.get_attribute("href"))


@pytest.fixture(scope="module")
def places(_windows: Any, site: Site) -> dict[str, str]:
    """Find the addresses that hold an id."""
    found: dict[str, str] = {}
    visitor = _windows.open()
    visitor.open("/")
    found["number"] = _first(visitor, 'a[href^="/p/"]').removeprefix("/p/")
    visitor.open("/factors/?q=电力")
    found["dataset"] = _first(visitor, 'main a[href*="id="]')
    visitor.open("/rules/?state=open")
    found["rule"] = _first(visitor, "main table a")
    editor = _windows.open("shandong-data")
    editor.open("/studies/")
    found["study"] = _first(editor, "main table a")
    editor.open("/studies/new/")
    editor.follow(editor.page.locator("form:has(#example) button"))
    found["row"] = _first(editor, 'main a[href*="/rows/"]')
    for number, carbon in (("01.00.000", 2.0), ("01.01.000", 1.5)):
        drop(editor, ("pages.zip", archive("pages", number, carbon=carbon)))
        editor.page.wait_for_url("**/imports/*-*/")
        editor.page.wait_for_selector("#findings")
    found["import"] = editor.page.url.removeprefix(site.url)
    editor.open("/datasets/?q=pages")
    found["version"] = _first(editor, "main tbody a")
    verifier = _windows.open("south-verifier")
    verifier.open("/desk/verifier/?tab=mine")
    found["case"] = _first(verifier, 'main table a[href^="/cases/"]')
    _windows.close()
    return found


ALL = {**{name: ("", path) for name, path in PUBLIC.items()}, **INSIDE, "dataset": ("", "{dataset}")}


def examine(window: Window, address: str, lang: str, picture: str, *, axe: bool) -> list[str]:
    """Open a page and return everything that is wrong with it."""
    window.errors.clear()
    status = window.open(address)
    page = window.page
    if page.locator("[data-verify-credential]").count():
        page.wait_for_selector('[data-verify-state]:not([data-verify-state="checking"])', state="attached")
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(SHOTS) / picture, full_page=True)
    wrong = [f"console: {line}" for line in window.errors if "404" not in line or status == 200]
    if page.evaluate(HIDDEN_BARS):
        wrong.append("a bar of a view is hidden")
    declared = page.get_attribute("html", "lang")
    if declared != {"zh": "zh-Hans", "en": "en"}[lang]:
        wrong.append(f"html lang is {declared}")
    if status not in (200, 404):
        wrong.append(f"status {status}")
    if axe:
        page.evaluate(AXE.read_text(encoding="utf-8"))
        wrong += [f"axe: {one}" for one in page.evaluate(RUN_AXE, WCAG)]
    wrong += [f"sideways: {one}" for one in page.evaluate(WIDER)]
    return wrong


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_pages_are_sound(windows: Callable[..., Window], places: dict[str, str], lang: str, phone: bool) -> None:
    open_windows: dict[str, Window] = {}
    wrong: list[str] = []
    for name, (who, pattern) in ALL.items():
        if who not in open_windows:
            open_windows[who] = windows(who, lang=lang, phone=phone)
        address = re.sub(r"\{(\w+)\}", lambda match: places[match.group(1)], pattern)
        picture = f"{name}-{lang}-{'phone' if phone else 'desk'}.png"
        # The two languages and the two widths each meet axe once: the four together would take twice the time.
        found = examine(open_windows[who], address, lang, picture, axe=phone is (lang == "en"))
        wrong += [f"{name}: {one}" for one in found]
    assert not wrong, "\n".join(wrong)
