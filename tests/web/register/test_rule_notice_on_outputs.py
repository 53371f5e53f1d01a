""" "Demonstration rule, not official" stands on every output of a figure: pages, files, answers, forms, certificate."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from pypdf import PdfReader

from factories import World, api_token, client_of
from tanbiao.cli.main import main
from tanbiao.core.standing import NOTICE
from tanbiao.examples import example
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.register import declaring, issuing
from tanbiao.web.register.models import Certificate, Issue
from web.certification.playing import Play

ZH, EN = NOTICE["zh"], NOTICE["en"]
LANGS = [("zh-hans", ZH), ("en", EN)]
TABS = ("", "result/", "scope/", "explain/", "interpretation/", "years/", "schemes/", "forms/", "revisions/")


def pdf_text(data: bytes) -> str:
    """Return the text of a PDF without the spaces that setting puts in."""
    return "".join("".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(data)).pages)


def word_text(data: bytes) -> str:
    """Return the text parts of an Office file."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return "".join(packed.read(name).decode() for name in packed.namelist() if name.endswith(".xml"))


@pytest.mark.django_db
def test_every_page_answer_and_file_of_a_certified_figure_says_it(world: World) -> None:
    play = Play(world)
    case = play.until("granted")
    ledger.settle()
    issuing.run(Issue.objects.get(case=case).id)
    ledger.settle()
    made = Certificate.objects.get()
    number, study = made.number, str(made.issue.case.study_id) if made.issue.case else ""
    figure = declaring.declare(play.manager, study_id=made.issue.order["study_id"], kind="self_calculated").number
    for lang, said in LANGS:
        for address in (f"/p/{number}", f"/c/{number}", f"/v/{number}", f"/d/{figure}", f"/c/{number}/status", "/"):
            page = Client().get(address, headers={"accept-language": lang})
            assert page.status_code == 200, address
            assert said in page.content.decode(), (lang, address)
        holder = client_of(play.manager, lang[:2])
        for tab in TABS:
            assert said in holder.get(f"/studies/{study}/{tab}").content.decode(), (lang, tab)
        for name in ("report", "declaration"):
            assert said in holder.get(f"/studies/{study}/{name}.html").content.decode()
            assert said.replace(" ", "") in pdf_text(holder.get(f"/studies/{study}/{name}.pdf").content)
            assert said in word_text(holder.get(f"/studies/{study}/{name}.docx").content)
        assert said in word_text(holder.get(f"/studies/{study}/report.xlsx").content)
    for name, data in artefacts(made):
        text = data.decode() if name.endswith("svg") else pdf_text(data)
        assert (EN.replace(" ", "") if name == "pdf_en" else ZH) in text, name
    answers = (f"/api/v1/certificates/{number}", f"/api/v1/studies/{study}/result")
    for address in answers:
        body = Client().get(address, **api_token(play.manager)).json()
        assert body["rule_notice"] == NOTICE, address


def artefacts(made: Certificate) -> Iterator[tuple[str, bytes]]:
    """Give the label and the certificate in every form that carries text."""
    for name in ("label_svg", "label_small_svg", "label_pdf", "pdf_zh", "pdf_en"):
        yield name, Client().get(f"/c/{made.number}/{name}").content


def test_the_commands_say_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "clinker.yaml"
    file.write_bytes(example("cement-clinker").read())
    for lang, said in (("zh", ZH), ("en", EN)):
        assert main(["calculate", str(file), "--samples", "0", "--lang", lang]) in (0, 1)
        assert said in capsys.readouterr().out
    main(["calculate", str(file), "--samples", "0", "--json"])
    assert json.loads(capsys.readouterr().out)["rule_notice"] == NOTICE
    main(["declare", str(file), "--samples", "20", "--json"])
    assert json.loads(capsys.readouterr().out)["rule_notice"] == NOTICE
