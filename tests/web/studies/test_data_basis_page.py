"""Screening and provisional results say so everywhere; a screening is not submitted; the ledger is on the page."""

from __future__ import annotations

import pytest

from factories import World, client_of
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import Conflict
from tanbiao.web.studies import commands, queries

pytestmark = pytest.mark.django_db

STUDY = """
tanbiao: study/1
goal: {application: internal}
product:
  name: {zh: 示例件（算例，非真实产品）, en: "example part (arithmetic example, not a product)"}
  category: generic-goods
rule: generic-goods@1.0.0
gwp: AR6
unit: {declared: 1 kg}
period: {from: 2023-01-01, to: 2023-06-30}
boundary: cradle_to_gate
capital_goods: {excluded: no data}
stages:
  raw_materials:
    - {id: r1, amount: 3 kg, gas: CO2 fossil, source: meter, data: {kind: site_specific, pedigree: [1, 1, 1, 1, 1]}}
    - id: r2
      amount: 5 kWh
      electricity: {supply: dataset, dataset: "dataset/CN-ELEC-CF:2023:Wind power"}
      data: {kind: site_specific, pedigree: [1, 1, 1, 1, 1]}
  manufacturing: {empty: arithmetic example}
  distribution: {not_declared: cradle to gate}
  use: {not_declared: cradle to gate}
  end_of_life: {not_declared: cradle to gate}
cut_off:
  - {id: x1, what: {zh: 标签, en: labels}, bound: 0.002 kg, reason: below 1 % of mass}
"""
YEAR = STUDY.replace("2023-06-30", "2023-12-31")
DELIVERED = YEAR.replace('Wind power"', 'Wind power", delivery: public_grid')


@pytest.fixture
def editor(world: World, starter: object) -> Actor:
    return world.actor(world.alpha, Role.ENTERPRISE_EDITOR)


@pytest.fixture
def manager(world: World) -> Actor:
    return world.actor(world.alpha, Role.ENTERPRISE_MANAGER)


def calculated(editor: Actor, text: str) -> str:
    """Return the id of a calculated study."""
    made = commands.create(editor, title_zh="算例")
    kept = commands.bring_in(editor, study_id=made.id, filename="a.yaml", data=text.encode())
    assert kept.accepted, kept.findings
    commands.calculate(editor, study_id=made.id, samples=100)
    return str(made.id)


def locked(editor: Actor, manager: Actor, study_id: str) -> None:
    """Settle a calculated study and submit it."""
    commands.settle(editor, study_id=study_id)  # type: ignore[arg-type]
    head = queries.revision(editor, study_id).hash  # type: ignore[arg-type]
    commands.submit(manager, study_id=study_id, builds_on=head)  # type: ignore[arg-type]


def test_a_screening_is_computed_and_its_submission_refused_by_name(editor: Actor, manager: Actor) -> None:
    study_id = calculated(editor, YEAR)
    with pytest.raises(Conflict) as refused:
        locked(editor, manager, study_id)
    told = next(item for item in refused.value.findings if item.code == "screening_not_submitted")
    assert told.params["rows"] == "r2"
    page = client_of(editor, "en").get(f"/studies/{study_id}/result/").content.decode()
    assert "Screening result: rows r2" in page


def test_the_same_study_with_the_grid_counted_is_submitted(editor: Actor, manager: Actor) -> None:
    study_id = calculated(editor, DELIVERED)
    locked(editor, manager, study_id)
    assert queries.study(editor, study_id).state == "submitted"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("zh", ("暂定结果：数据期为 6 个月", "未计入的内容（取舍账）", "排除的资本货物", "≥", "各活动的数据质量")),
        ("en", ("Provisional result: the data cover 6 of 12 months", "What is left out (cut-off ledger)",
                "excluded capital goods", "1.0 % each, 5.0 % in all, by mass", "Data quality per activity")),
    ],
)  # fmt: skip
def test_page_and_report_carry_the_flag_and_the_ledger(editor: Actor, lang: str, words: tuple[str, ...]) -> None:
    study_id = calculated(editor, STUDY)
    browser = client_of(editor, lang)
    for address in ("result/", "report.html"):
        text = browser.get(f"/studies/{study_id}/{address}").content.decode()
        for expected in words:
            assert expected in text, (address, expected)
