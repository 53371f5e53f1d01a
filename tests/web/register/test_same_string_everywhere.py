"""Label, certificate, register, API and credential carry the same string: the declared value as the rule prints it."""

from __future__ import annotations

import base64
import io
import json
import re

import pytest
from django.test import Client
from pypdf import PdfReader

from factories import World
from tanbiao.core.rules import load_rule
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.register import issuing
from tanbiao.web.register.models import Certificate, Issue
from tanbiao.web.studies.queries import read_json
from web.certification.playing import Play

pytestmark = pytest.mark.django_db
NUMBER = r"(?<![\d.])(\d+(?:\.\d+)?)(?![\d.])"


def pdf_text(data: bytes) -> str:
    """Return the words of a PDF with one space between them."""
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(data)).pages)


def before_unit(text: str) -> set[str]:
    """Return every figure that stands before a unit of the footprint."""
    return set(re.findall(NUMBER + r"\s*(?:<[^>]*>\s*)*kg\s*CO", text.replace("₂", "2")))


def claims_of(token: str) -> dict[str, object]:
    """Return the payload of a compact JWT, as a program reads it that checks no signature."""
    part = token.split(".")[1]
    body: dict[str, object] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return body


@pytest.mark.requirement("NAT-06b")
def test_everything_that_a_certificate_is_shown_as_carries_one_string(world: World) -> None:
    case = Play(world).until("granted")
    ledger.settle()
    issuing.run(Issue.objects.get(case=case).id)
    ledger.settle()
    made = Certificate.objects.get()
    result = read_json(made.issue.order["package_blob"])["result"]
    said = result["declared"]["text"]
    # It is the unrounded value, rounded as the rule asks: with another number of digits it would be another one.
    digits = load_rule(result["versions"]["rule"]).declared_value.digits
    assert said != str(result["declared"]["value"])
    assert len(said.replace(".", "").lstrip("0")) == digits
    assert float(said) == pytest.approx(float(result["declared"]["value"]), rel=0.5 * 10 ** (1 - digits))

    def get(address: str) -> bytes:
        return bytes(Client().get(address, headers={"accept-language": "en"}).content)

    number = made.number
    label = get(f"/c/{number}/label_svg").decode()
    assert f">{said}<" in label
    assert f">{said}<" in get(f"/c/{number}/label_small_svg").decode()
    for name in ("label_pdf", "pdf_zh", "pdf_en"):
        shown = before_unit(pdf_text(get(f"/c/{number}/{name}")))
        assert shown == {said}, (name, shown)
    for place in ("p", "c", "v"):
        page = get(f"/{place}/{number}").decode()
        figures = set(re.findall(r'class="figure[^"]*">' + NUMBER, page)) | set(
            re.findall(r'alt="Label [^:]*: ' + NUMBER, page)
        )
        assert figures <= {said}, (place, figures)
        assert figures or place == "c"
    assert json.loads(get(f"/api/v1/certificates/{number}"))["value"] == said
    assert json.loads(get(f"/api/v1/certificates?q={number}"))["items"][0]["value"] == said
    credential = claims_of(get(f"/c/{number}/credential.jwt").decode())
    assert f'"{said}"' in json.dumps(credential)
    subject = credential["credentialSubject"]
    assert isinstance(subject, dict)
    assert made.claims["value"] == said
    assert str(result["declared"]["value"]) not in label + json.dumps(credential)
