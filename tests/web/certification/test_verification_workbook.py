"""The verification workbook: its formulas give the declared digits, its marks come back, changed cells are named."""

from __future__ import annotations

import base64
import copy
import io
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from factories import World, api_token, client_of
from sheet_formulas import Book
from tanbiao.core.rules.declared import round_half_even
from tanbiao.formats.verification_workbook import write
from tanbiao.web.certification import commands as cases
from tanbiao.web.certification import queries, recalculation
from tanbiao.web.certification.models import Finding, RowTest
from tanbiao.web.certification.workbook import identity, workbook_of
from tanbiao.web.commanding import Invalid
from tanbiao.web.uploads import Upload
from web.certification.playing import Play

pytestmark = pytest.mark.django_db
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def play(world: World) -> Play:
    made = Play(world)
    made.until("footprint_verification")
    return made


def book_of(play: Play, lang: Any = "zh") -> Any:
    return load_workbook(io.BytesIO(workbook_of(play.verifier, play.case, lang)[0]))


def sent(book: Any) -> Upload:
    buffer = io.BytesIO()
    book.save(buffer)
    return Upload("marked.xlsx", TYPE, buffer.getvalue())


def totals(book: Any) -> dict[str, int]:
    return {book["Totals"][f"A{at}"].value: at for at in range(2, book["Totals"].max_row + 1)}


@pytest.mark.parametrize(
    "lang, total, rounded", [("zh", "总计", "按申报位数"), ("en", "Total", "To the declared digits")]
)
def test_the_formulas_give_the_declared_figure_digit_by_digit(play: Play, lang: str, total: str, rounded: str) -> None:
    raw, package = book_of(play, lang), recalculation.package_of(play.case)
    book, places = Book(raw), totals(raw)
    declared = package["result"]["total"]["value"]
    value = book.value("Totals", f"B{places[total]}")
    assert round_half_even(repr(value), 9) == round_half_even(declared, 9)
    assert book.value("Totals", f"D{places[rounded] + 1}") == 0
    for at in range(2, places[total]):
        if raw["Totals"][f"C{at}"].value is not None:
            assert book.value("Totals", f"D{at}") == pytest.approx(0, abs=1e-9 * abs(float(declared)))
    for at, row in enumerate(queries.verification(play.verifier, play.case.id).rows, 2):
        assert raw["Tests"][f"A{at}"].value == row.row
        assert book.value("Tests", f"C{at}") == pytest.approx(row.value, rel=1e-9)
        assert book.value("Tests", f"J{at}") == ""


def test_a_headline_without_uptake_is_rounded_without_it(play: Play) -> None:
    package = copy.deepcopy(recalculation.package_of(play.case))
    result = package["result"]
    # 2 kg taken up: the total falls by them, and what a rule declares without uptake stays what it was.
    line = {**result["contributions"][0], "kind": "biogenic_uptake", "amount": 1.0, "factor": -2.0, "value": -2.0}
    result["contributions"].append(line)
    result["total"]["value"] = repr(float(result["total"]["value"]) - 2)
    result["declared"]["of"] = "excluding_uptake"
    raw = load_workbook(
        io.BytesIO(write(package, identity(play.case, "en"), evidence={}, created=play.case.created_at))
    )
    book, places = Book(raw), totals(raw)
    assert book.value("Totals", f"D{places['Total']}") == pytest.approx(0, abs=1e-9)
    assert book.value("Totals", f"C{places['To the declared digits'] + 1}") == float(result["declared"]["text"])
    assert book.value("Totals", f"D{places['To the declared digits'] + 1}") == 0


def test_marks_come_back_as_tests_and_findings_once(play: Play) -> None:
    play.engage()
    book = book_of(play)
    sheet, rows = book["Tests"], queries.verification(play.verifier, play.case.id).rows
    sheet["E2"], sheet["F2"] = "✓", "地磅台账 2025"
    sheet["G2"], sheet["H2"] = rows[0].value * 1.001, "✓"
    sheet["G3"], sheet["H3"], sheet["M3"] = rows[1].value * 0.9, "✗", "电表倍率"
    sheet["N3"], sheet["O3"] = "major", "电表倍率用错"
    upload = sent(book)
    done = cases.bring_back(play.verifier, case_id=play.case_id, upload=upload)
    assert (done.tests, done.findings) == (3, 1)
    assert set(RowTest.objects.values_list("row", "kind", "result")) == {
        (rows[0].row, "trace", "consistent"),
        (rows[0].row, "recalculate", "consistent"),
        (rows[1].row, "recalculate", "misstated"),
    }
    ledger = queries.verification(play.verifier, play.case.id).ledger
    assert ledger is not None
    assert ledger.uncorrected == pytest.approx(rows[1].value * 0.1, rel=1e-9)
    again = cases.bring_back(play.verifier, case_id=play.case_id, upload=upload)
    assert (again.tests, again.findings) == (0, 0)
    assert Finding.objects.filter(case_id=play.case_id, row=rows[1].row, severity="major").count() == 1


def test_changed_sealed_cells_are_refused_by_name_and_nothing_is_recorded(play: Play) -> None:
    book = book_of(play)
    book["Contributions"]["F2"] = 1.0
    book["Contributions"]["J3"] = "=F3*H3*0.9"
    book["Totals"]["C2"] = None
    book["Tests"]["A3"] = "other"
    book["Tests"]["E2"], book["Tests"]["F2"] = "✓", "台账"
    with pytest.raises(Invalid) as caught:
        cases.bring_back(play.verifier, case_id=play.case_id, upload=sent(book))
    assert {item.code for item in caught.value.findings} == {"workbook_cells_changed"}
    places = {item.where for item in caught.value.findings}
    assert {"Contributions!F2", "Contributions!J3", "Tests!A3"} <= places
    assert not RowTest.objects.exists()


@pytest.mark.parametrize(
    "cell, value, code",
    [
        ("E2", "yes", "workbook_mark_unknown"),
        ("G2", "about 3", "workbook_figure_malformed"),
        ("E2", "✓", "test_without_evidence"),
    ],
)
def test_a_mark_that_cannot_be_taken_names_its_cell(play: Play, cell: str, value: str, code: str) -> None:
    book = book_of(play)
    book["Tests"][cell] = value
    book["Tests"]["L3"], book["Tests"]["M3"] = "✓", "与去年比较"
    with pytest.raises(Invalid) as caught:
        cases.bring_back(play.verifier, case_id=play.case_id, upload=sent(book))
    assert (caught.value.code, caught.value.findings[0].where) == (code, f"Tests!{cell}")
    assert not RowTest.objects.exists()


def test_a_workbook_of_another_package_or_none_at_all_is_refused(play: Play) -> None:
    book = book_of(play)
    book["Seal"]["B4"] = "sha256:" + "0" * 64
    other = load_workbook(io.BytesIO(sent(book_of(play)).data))
    del other["Totals"]
    for upload, code in (
        (sent(book), "workbook_other_package"),
        (sent(other), "workbook_not_ours"),
        (Upload("x.xlsx", TYPE, b"PK\x03\x04 broken"), None),
        (Upload("x.pdf", "application/pdf", b"%PDF-1.7"), "not_excel"),
    ):
        with pytest.raises(Invalid) as caught:
            cases.bring_back(play.verifier, case_id=play.case_id, upload=upload)
        assert code is None or caught.value.code == code


def test_page_and_api_give_the_same_file_and_take_it_back(play: Play) -> None:
    play.engage()
    client, base = client_of(play.verifier), f"/cases/{play.case_id}/verification/workbook"
    zh: Any = {"headers": {"accept-language": "zh-hans"}}
    page = client.get(f"{base}.xlsx", **zh)
    assert page["Content-Type"] == TYPE
    token: Any = api_token(play.verifier)
    api = Client().get(f"/api/v1{base}", **zh, **token)
    assert api.content == page.content
    assert client_of(play.manager).get(f"{base}.xlsx").status_code == 404
    book = load_workbook(io.BytesIO(page.content))
    book["Tests"]["K2"], book["Tests"]["M2"] = "✓", "供应商回函"
    upload = sent(book)
    body = {"filename": "b.xlsx", "content_base64": base64.b64encode(upload.data).decode()}
    answer = Client().post(f"/api/v1{base}", data=json.dumps(body), content_type="application/json", **token)
    assert answer.json() == {"tests": 1, "findings": 0}
    file = SimpleUploadedFile("b.xlsx", upload.data, TYPE)
    assert client.post(f"{base}/", {"file": file}).status_code == 302
    assert client.post(f"{base}/").status_code == 422
    assert RowTest.objects.count() == 1
