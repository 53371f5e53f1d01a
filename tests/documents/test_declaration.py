"""The declaration: short and public, refused where nothing may be declared; and documents for Word."""

from __future__ import annotations

import copy
import datetime
import io
import zipfile
from typing import Any
from xml.etree import ElementTree

import pytest

from documents import sample
from tanbiao.core.findings import TanbiaoError
from tanbiao.documents import declaration, report
from tanbiao.documents.report.content import Facts, Report, Section, Table, Words

AT = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def partial(**changes: Any) -> dict[str, Any]:
    """Return the partial sample under a rule that declares it without uptake: 74.5."""
    declared = {"of": "excluding_uptake", "value": 74.5, "text": "74.5", "digits": 3, "label": True}
    return {**copy.deepcopy(sample.partial()), "declared": declared, **changes}


def words_of(made: Report) -> str:
    """Return every word of a document."""
    parts = [made.title, made.standing, made.headline, *made.notes]
    for section in made.sections:
        for block in section.blocks:
            if isinstance(block, Facts):
                parts += [f"{label}: {shown}" for label, shown in block.pairs]
            elif isinstance(block, Table):
                parts += [cell if isinstance(cell, str) else cell.shown for row in block.rows for cell in row]
                parts.append(block.note)
            elif isinstance(block, Words):
                parts += block.lines
    return "\n".join(parts)


def test_it_says_what_is_declared_and_what_it_does_not_say() -> None:
    made = declaration.build(partial(), sample.study(), "en", declarant="Demo Battery Co.")
    said = words_of(made)
    assert (made.headline, made.unit) == ("74.5", "kg CO₂e/kWh")
    for expected in (
        "neither verified nor certified",
        "Declared by: Demo Battery Co.",
        "not counted in the declared value",
        "With uptake counted: 72.5 kg CO₂e/kWh",
        "not comparable with a full life cycle",
        "no right to a label",
        "traction-battery@1.0.0",
        "The stages sum to 72.5",
    ):
        assert expected in said, expected


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_row_of_the_recipe_is_in_it(lang: Any) -> None:
    result = partial()
    said = words_of(declaration.build(result, sample.study(), lang))
    for item in result["contributions"]:
        assert item["name"]["zh"] not in said
        assert str(item["dataset"]) not in said
    hidden = words_of(declaration.build(result, sample.study(), "en", stages=False))
    assert "50.0" not in hidden
    assert "Stages not in the figure: Use, End of life" in hidden


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"declared": None}, "declaration_without_rule"),
        ({"declared": {"of": "total", "value": 1.0, "text": None, "digits": 3, "label": False}},
         "declaration_incomplete"),
        ({"screening": {"screening": True, "rows": [{"row": "r1"}]}}, "declaration_screening"),
        ({"findings": [{"code": "x", "severity": "error", "where": "", "message": "", "remedy": ""}]},
         "declaration_blocked"),
    ],
)  # fmt: skip
def test_what_may_not_be_declared_is_refused_by_name(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(TanbiaoError) as refused:
        declaration.build(partial(**changes), sample.study(), "en")
    assert refused.value.code == code


def test_a_provisional_result_says_so_at_its_head() -> None:
    period = {"months": 6, "required": 12, "by": "default", "provisional": True}
    made = declaration.build(partial(data_period=period), sample.study(), "en")
    assert made.notes[0].startswith("Provisional result")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_form_is_made_and_the_same_twice(lang: Any) -> None:
    made = declaration.build(partial(), sample.study(), lang)
    heads = {"html": b"<!doctype", "pdf": b"%PDF-", "docx": b"PK\x03\x04"}
    for form in declaration.FORMS:
        first = declaration.render(made, form, AT)
        assert first.startswith(heads[form])
        if form != "pdf":
            assert first == declaration.render(made, form, AT)


# --- Word ------------------------------------------------------------------------------------------------------------


def parts_of(data: bytes) -> dict[str, ElementTree.Element]:
    """Return the parts of a Word file, each parsed."""
    with zipfile.ZipFile(io.BytesIO(data)) as held:
        return {name: ElementTree.fromstring(held.read(name)) for name in held.namelist()}


def test_a_word_file_has_its_parts_and_every_cell() -> None:
    data = report.docx(sample.complete(), sample.study(), "en")
    parts = parts_of(data)
    assert set(parts) == {
        "[Content_Types].xml", "_rels/.rels", "word/_rels/document.xml.rels", "docProps/core.xml", "word/styles.xml",
        "word/document.xml",
    }  # fmt: skip
    body = parts["word/document.xml"].find(f"{W}body")
    assert body is not None
    used = {item.get(f"{W}val") for item in body.iter(f"{W}pStyle")}
    known = {item.get(f"{W}styleId") for item in parts["word/styles.xml"].iter(f"{W}style")}
    assert used <= known
    said = "".join(item.text or "" for item in body.iter(f"{W}t"))
    for item in sample.complete()["contributions"]:
        assert item["name"]["en"] in said
    for table in body.iter(f"{W}tbl"):
        columns = len(list(table.iter(f"{W}gridCol")))
        assert all(len(row.findall(f"{W}tc")) == columns for row in table.iter(f"{W}tr"))


def test_what_users_wrote_stays_text() -> None:
    """Markup is shown, characters that XML has no place for are replaced, line breaks are kept."""
    facts = Facts("facts", (("<w:p>&", "a\x00b\nc"),))
    made = Report("en", "T", "<b>", "S", "1", "kg", (), (Section("s", "S", (facts,)),))
    body = parts_of(declaration.render(made, "docx", AT))["word/document.xml"]
    texts = [item.text for item in body.iter(f"{W}t")]
    assert "<w:p>&" in texts
    assert "<b>" in texts
    assert "a\ufffdb" in texts
    assert len(list(body.iter(f"{W}br"))) == 1
