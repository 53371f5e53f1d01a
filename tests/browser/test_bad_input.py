"""Bad files and bad rows: the page names place and remedy in the reader's language and keeps the draft."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import yaml

from browser.conftest import Site, Window
from browser.study_files import excel_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(280)]

BAD = Path(__file__).parents[1] / "data" / "bad_inputs"
WHO = "shanghai-data"
MANY = 5000
MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def draft(_windows: object, site: Site) -> str:
    """Make a study with one good revision; return its address."""
    editor = _windows.open(WHO)  # type: ignore[attr-defined]
    editor.open("/studies/new/")
    editor.page.set_input_files("#file", BAD / "good.yaml")
    editor.follow(editor.page.locator("form:has(#file) button"))
    address = str(editor.page.url)
    assert "/studies/" in address
    assert "new" not in address
    return address


def _upload(window: Window, address: str, file: Path) -> str:
    window.open(address)
    window.page.set_input_files("#file", file)
    window.follow(window.page.locator("form:has(#file) button"))
    return window.text()


def _revision(text: str) -> str:
    found = re.search(r"(?:版本|Revision) (\d+)", text)
    assert found, text[:500]
    return found.group(1)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("case", ["duplicate-key", "wrong-unit", "unknown-factor", "pdf"])
def test_a_bad_file_is_told_with_place_and_remedy_and_the_draft_is_kept(
    draft: str, windows: Callable[..., Window], tmp_path: Path, case: str, lang: str
) -> None:
    editor = windows(WHO, lang=lang)
    editor.open(draft)
    before = _revision(editor.text())
    file = BAD / f"{case}.yaml"
    if case == "pdf":
        file = tmp_path / "study.xlsx"
        file.write_bytes(b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n")
    text = _upload(editor, draft, file)
    told = editor.page.locator("main .findings li")
    if not told.count():
        # What is well written but cannot be calculated is kept as a revision, and told when it is calculated.
        editor.follow(editor.page.locator('form[action$="/calculate/"] button'))
    assert told.count() >= 1, text[:1500]
    message = told.first.locator("p").all_inner_texts()
    assert len(message) == 2, message
    assert bool(re.search("[一-鿿]", " ".join(message))) == (lang == "zh"), message
    editor.open(draft)
    after = editor.text()
    # What still can be read is a new revision with findings; what cannot leaves the draft as it was.
    assert int(_revision(after)) >= int(before)
    assert editor.page.locator("main table tbody tr").count() >= 1


def test_text_in_a_number_cell_comes_back_as_a_comment_on_the_cell(
    draft: str, windows: Callable[..., Window], tmp_path: Path
) -> None:
    file = excel_of("electric-bicycle", tmp_path, "zh")
    book = openpyxl.load_workbook(file)
    place = next(
        (sheet.title, cell.coordinate)
        for sheet in book
        if sheet.title == "原材料"
        for cell in sheet["E"]
        if isinstance(cell.value, int | float)
    )
    book[place[0]][place[1]] = "约十二"
    book.save(file)
    editor = windows(WHO)
    _upload(editor, draft, file)
    where = " ".join(editor.page.locator("main .findings code").all_inner_texts())
    assert place[1] in where, (place, where)
    with editor.page.expect_download() as waiting:
        editor.page.locator('a[href$="/findings.xlsx"]').first.click()
    returned = openpyxl.load_workbook(io.BytesIO(Path(waiting.value.path()).read_bytes()))
    comment = returned[place[0]][place[1]].comment
    assert comment is not None
    assert re.search("[一-鿿]", comment.text)


def test_a_file_over_the_limit_is_refused_before_and_after_it_is_sent(
    draft: str, windows: Callable[..., Window], tmp_path: Path
) -> None:
    large = tmp_path / "large.xlsx"
    large.write_bytes(b"\0" * (26 * MEGABYTE))
    editor = windows(WHO)
    editor.open(draft)
    editor.page.set_input_files("#file", large)
    assert not editor.page.locator("#file").evaluate("node => node.checkValidity()")
    # A browser without the script sends it all the same.
    editor.page.locator("#file").evaluate("node => node.setCustomValidity('')")
    with editor.page.expect_navigation(wait_until="domcontentloaded") as answer:
        editor.page.locator("form:has(#file) button").click()
    assert answer.value.status == 413
    assert "25.0 MB" in editor.text()


def test_a_study_of_five_thousand_rows_uploads_and_pages(
    windows: Callable[..., Window], site: Site, tmp_path: Path
) -> None:
    document = yaml.safe_load((BAD / "good.yaml").read_text(encoding="utf-8"))
    stage = next(name for name, rows in document["stages"].items() if isinstance(rows, list) and rows)
    pattern = document["stages"][stage][0]
    document["stages"][stage] += [{**pattern, "id": f"x{at}"} for at in range(MANY)]
    file = tmp_path / "many.json"
    import json

    file.write_text(json.dumps(document, ensure_ascii=False, default=str), encoding="utf-8")
    editor = windows(WHO)
    _upload(editor, "/studies/new/", file)
    assert str(MANY + 2) in re.sub(r"[,\s]", "", editor.page.inner_text("#group")), editor.text()[:1000]
    first = editor.page.locator("main tbody tr").count()
    assert 0 < first <= 600
    editor.follow(editor.page.locator('a[rel="next"]'))
    assert editor.page.locator("main tbody tr").count() > 0
    assert editor.errors == []


def test_a_save_from_a_second_tab_that_is_out_of_date_is_told(draft: str, windows: Callable[..., Window]) -> None:
    tabs = [windows(WHO), windows(WHO)]
    tabs[0].open(draft)
    row = str(tabs[0].page.locator('main tbody a[href*="/rows/"]:not([href*="new"])').first.get_attribute("href"))
    for tab in tabs:
        tab.open(row)
    for number, tab in enumerate(tabs):
        tab.page.fill('[name="note"]', f"标签页 {number} {row[-4:]} {id(tab)}")
        tab.follow(tab.page.locator('form:has([name="note"]) button.btn-primary'))
    assert tabs[0].page.url == draft
    assert tabs[1].page.locator("main .findings li").count() == 1, tabs[1].text()[:800]
    assert "标签页 1" in tabs[1].page.input_value('[name="note"]')
