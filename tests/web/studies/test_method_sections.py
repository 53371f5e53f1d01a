"""Carbon, scenarios, fates and the functional unit stand on the result page, in the report and in the API's result."""

from __future__ import annotations

import pytest
from django.test import Client

from factories import World, api_token, client_of
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.studies import commands

pytestmark = pytest.mark.django_db

STUDY = """
tanbiao: study/1
goal: {application: internal}
product:
  name: {zh: 木制电器（算例，非真实产品）, en: "wooden appliance (arithmetic example, not a product)"}
gwp: AR6
unit:
  declared: 1 piece
  functional_flow: {amount: 1000 h, takes: 0.1 piece, basis: service life of 10000 h, evidence: test 12}
period: {from: 2023-01-01, to: 2023-12-31}
boundary: cradle_to_grave
capital_goods: {excluded: no data}
scenarios: {use: {scenario: demo-appliance@1.0.0, override: {use_years: {amount: "8", reason: warranty term}}}}
carbon_content: {biogenic: 1 kg, source: dry mass of the wood}
memo: [{id: soil, kind: soil_carbon, what: 林地土壤碳, amount: 0.4 kg, source: soil survey}]
stages:
  raw_materials:
    - {id: r1, amount: 3.6666666667 kg, gas: CO2 uptake, source: wood}
  manufacturing: {empty: arithmetic example}
  distribution: {empty: arithmetic example}
  use:
    - id: u1
      amount: "= use_years * use_hours_per_year * use_power"
      electricity: {supply: grid, region: CN, year: 2023}
  end_of_life:
    - {id: e1, amount: 3.6666666667 kg, gas: CO2 biogenic, delay_years: 8, source: wood}
    - id: e2
      amount: 1 kg
      fate:
        {material: plastic, region: CN, table: demo@1.0.0, recycling: burden_free, energy_recovery: burden_free,
         landfill: burden_free}
"""
LEAN = """
stages:
  raw_materials:
    - {id: r1, amount: 1 kg, gas: CO2 fossil, source: meter}
  manufacturing: {empty: arithmetic example}
  distribution: {empty: arithmetic example}
  use: {empty: arithmetic example}
  end_of_life: {empty: arithmetic example}
"""


@pytest.fixture
def editor(world: World, starter: object) -> Actor:
    return world.actor(world.alpha, Role.ENTERPRISE_EDITOR)


def calculated(editor: Actor, text: str = STUDY) -> str:
    """Return the id of a calculated study."""
    made = commands.create(editor, title_zh="算例")
    kept = commands.bring_in(editor, study_id=made.id, filename="a.yaml", data=text.encode())
    assert kept.accepted, kept.findings
    commands.calculate(editor, study_id=made.id, samples=0)
    return str(made.id)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("zh", ("生物源碳与备查项", "出厂前的平衡成立", "林地土壤碳", "推迟年数", "使用年限", "能量回收 0.5",
                "每功能单位的碳足迹")),
        ("en", ("Biogenic carbon and memo items", "The balance until the gate closes", "soil carbon", "Years late",
                "years of use", "energy recovery 0.5", "Footprint per functional unit")),
    ],
)  # fmt: skip
def test_the_page_and_the_report_show_what_the_result_holds(editor: Actor, lang: str, words: tuple[str, ...]) -> None:
    study_id = calculated(editor)
    browser = client_of(editor, lang)
    page = browser.get(f"/studies/{study_id}/result/").content.decode()
    report = browser.get(f"/studies/{study_id}/report.html").content.decode()
    for expected in words:
        assert expected in page, expected
        assert expected in report, expected
    assert "warranty term" in page


def test_the_api_gives_the_same_tables(editor: Actor) -> None:
    """10000 h of service life are 1 piece: 1000 h take a tenth, so the figure per 1000 h is a tenth."""
    study_id = calculated(editor)
    told = Client().get(f"/api/v1/studies/{study_id}/result", **api_token(editor)).json()
    assert told["carbon"]["balance"]["state"] == "balanced"
    assert [item["kind"] for item in told["carbon"]["memo"]] == ["soil_carbon"]
    assert {item["name"]: item["used"] for item in told["scenarios"]}["use_years"] == "8"
    assert told["fates"][0]["shares"]["landfill"] == "0.2"
    assert told["functional"]["value"] == pytest.approx(told["total"]["value"] / 10)
    # 8 years × 1000 h × 0.8 kW of grid power; uptake and release cancel
    assert told["total"]["value"] == pytest.approx(6400 * 0.6205, rel=1e-3)


def test_a_study_without_any_says_so_and_shows_no_empty_table(editor: Actor) -> None:
    head = STUDY.split("unit:")[0] + "unit: {declared: 1 piece}\n"
    scope = STUDY[STUDY.index("period:") : STUDY.index("scenarios:")]
    page = client_of(editor, "en").get(f"/studies/{calculated(editor, head + scope + LEAN)}/result/").content.decode()
    assert "there is no memo item" in page
    assert "Scenarios and functional unit" not in page
