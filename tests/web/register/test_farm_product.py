"""A farm product certified end to end: land use change and biogenic parts stand apart wherever the figure is shown."""

from __future__ import annotations

import io
import re

import pytest
from django.test import Client
from pypdf import PdfReader

from factories import World
from tanbiao.core.rules.load import find_document
from tanbiao.formats import yaml_study
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.ledger.blobs import get_blob
from tanbiao.web.register import issuing
from tanbiao.web.register.models import Certificate, Issue
from tanbiao.web.register.records import record_of
from web.certification.playing import Play

pytestmark = pytest.mark.django_db

RULE = "grain@1.0.0"
LAND_USE = 60_000 * 44 / 12 / 20 / 8
"""kg CO2 per t of grain, by hand: 60 t C/ha lost, as CO2, in 20 equal parts, over 8 t per hectare and year."""
METHANE = 27.0
"""GWP100 of methane that is not fossil: AR6, WG I, table 7.15."""


def maize() -> bytes:
    """Return the rule's example of maize on land that was forest ten years ago, with straw burnt."""
    text = find_document("rules", "examples/grain-maize.yaml", None)
    assert text is not None
    loaded = yaml_study.load(text)
    assert loaded.study is not None, loaded.findings
    body = loaded.study.canonical()
    body["rule"] = RULE
    rows = {row["id"]: row for row in body["stages"]["manufacturing"]}
    rows["m4"]["emission"]["inputs"] |= {"stock_before": "120 t/ha", "years_since": "10"}
    known = {key: rows["m5"][key] for key in ("data", "source", "process")}
    burnt = {"id": "b1", "name": {"zh": "秸秆焚烧的甲烷"}, "amount": "2 kg", "gas": "CH4 biogenic", **known}
    body["stages"]["manufacturing"].append(burnt)
    return yaml_study.dump(body)


class Farmed(Play):
    """A case over the maize."""

    def study_file(self) -> bytes:
        """Return the maize."""
        return maize()


def certified(play: Play) -> Certificate:
    """Return the certificate of a case."""
    case = play.until("granted")
    ledger.settle()
    issuing.run(Issue.objects.get(case=case).id)
    ledger.settle()
    return Certificate.objects.get()


@pytest.mark.requirement("SD-04d")
def test_land_use_and_biogenic_parts_stand_on_page_record_and_certificate(world: World) -> None:
    certificate = certified(Farmed(world))
    record = record_of(certificate)
    kinds = {name: float(value) for name, value in record["kinds"].items()}
    assert kinds["land_use_change"] == pytest.approx(LAND_USE)
    assert kinds["biogenic_emission"] == pytest.approx(2 * METHANE)
    assert kinds["biogenic_uptake"] == 0
    parts = sum(value for name, value in kinds.items() if name != "aircraft")
    assert parts == pytest.approx(
        sum(float(value) for value in record["stages"].values() if not isinstance(value, dict))
    )
    page = Client(headers={"accept-language": "zh-CN"}).get(f"/p/{certificate.number}").content.decode()
    table = page[page.index('id="kinds"') :].split("</table>")[0]
    assert re.findall(r'<th scope="row">([^<]+)</th>', table) == [
        "化石源排放与清除",
        "生物源排放",
        "土地利用变化",
        "未细分（来源只给合计）",
    ]
    pages = PdfReader(io.BytesIO(get_blob(certificate.artefacts["pdf_en"]))).pages
    text = "".join("".join(page.extract_text().split()) for page in pages)
    assert re.search(r"Landusechange:1,?380", text), text
    assert re.search(r"Biogenicemission:54\.0", text)
