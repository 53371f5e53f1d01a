"""The page and the API of the methods for direct emissions, and a row that uses one, through the form."""

from __future__ import annotations

import pytest

from factories import client_of
from tanbiao.web.studies.forms import RowForm, initial

pytestmark = pytest.mark.django_db


def test_the_page_shows_each_method_with_formula_choices_and_sources_in_both_languages() -> None:
    for lang, word in (("zh", "碳酸盐分解"), ("en", "decomposition of carbonates")):
        page = client_of(None, lang).get("/studies/methods/").content.decode()
        assert word in page
        assert "amount * purity * calcination * factor" in page
        assert "carbonate/limestone" in page
        assert "44.01/100.09" in page


def test_the_api_lists_the_methods() -> None:
    body = client_of(None).get("/api/v1/emission-methods").json()
    assert body["pfc_slope"]["choices"]["CWPB"]["values"]["cf4_factor"] == "0.143 kg/t"
    assert body["carbon_balance"]["inputs"]["carbon_out"]["unit"] == ["kg"]


def test_the_form_writes_a_method_and_shows_it_again() -> None:
    typed = {"amount": "1 t", "activity": "emission", "target": "carbonate/limestone", "inputs": "purity = 95 %"}
    form = RowForm(typed)
    assert form.is_valid(), form.errors
    changes = form.changes({})
    assert changes["emission"] == {"method": "carbonate", "of": "limestone", "inputs": {"purity": "95 %"}}
    assert changes["gas"] is None
    shown = initial({"amount": "1 t", "emission": changes["emission"]})
    assert (shown["activity"], shown["target"], shown["inputs"]) == ("emission", "carbonate/limestone", "purity = 95 %")
