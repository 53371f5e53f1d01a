"""The result page: what drives the interval stands beside the figure, in both languages, and adds up."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from factories import World, api_token, client_of
from tanbiao.examples import example
from tanbiao.formats import registry
from tanbiao.formats.archive import Members
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.studies import commands, queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(world: World, starter: object) -> Actor:
    return world.actor(world.alpha, Role.ENTERPRISE_EDITOR)


def page(editor: Actor, samples: int, lang: str, name: str = "cement-clinker") -> tuple[str, str]:
    """Return the page and the row that drives most."""
    made = commands.create(editor, title_zh="示例")
    file = example(name)
    assert commands.bring_in(editor, study_id=made.id, filename=file.file, data=file.read()).accepted
    commands.calculate(editor, study_id=made.id, samples=samples)
    answer = client_of(editor, lang).get(f"/studies/{made.id}/result/", follow=True)
    assert answer.status_code == 200
    return answer.content.decode(), queries.result_document(editor, made.id)["drivers"][0]["row"]


@pytest.mark.parametrize(
    ("lang", "heading", "rest"),
    [("zh", "什么决定了区间的宽窄", "其余"), ("en", "What drives the interval", "other row")],
)
def test_the_page_ranks_what_drives_the_interval(editor: Actor, lang: str, heading: str, rest: str) -> None:
    text, first = page(editor, 100, lang)
    section = text[text.index(f"<h2>{heading}</h2>") :]
    section = section[: section.index("</table>")]
    assert re.findall(r"<td><code>(.+?)</code></td>", section)[0] == first
    assert rest in section
    shares = [float(found) for found in re.findall(r'<td class="number">(-?[\d.]+) ?%</td>', section)]
    assert sum(shares[:-1]) == pytest.approx(shares[-1], abs=0.5)
    assert shares[-1] == 100


@pytest.mark.parametrize(
    ("lang", "caption", "note"),
    [
        ("zh", "分位数及其抽样误差", "仅为 200 个样本"),
        ("en", "Quantiles with their Monte Carlo error", "The error of 200 samples"),
    ],
)
def test_the_quantiles_stand_with_their_monte_carlo_error(editor: Actor, lang: str, caption: str, note: str) -> None:
    text, _ = page(editor, 200, lang)
    table = text[text.index(caption) :]
    table = table[: table.index("</table>")]
    assert len(re.findall(r'<td class="number">± [\d.]+</td>', table)) == 3
    assert len(re.findall(r"[\d.]+ … [\d.]+", table)) == 3
    assert note in text
    assert re.search(r'class="figure-range">[^<]*[\d.,]+ ± [\d.]+ – [\d.,]+ ± [\d.]+', text)


@pytest.mark.parametrize(("lang", "heading"), [("zh", "按自有过程"), ("en", "By own process")])
def test_the_page_rolls_the_result_up_onto_the_own_processes(editor: Actor, lang: str, heading: str) -> None:
    text, _ = page(editor, 0, lang, "electrolytic-aluminium")
    section = text[text.index(f"<h2>{heading}</h2>") :]
    shares = [float(found) for found in re.findall(r"(-?[\d.]+) ?%</td></tr>", section[: section.index("</table>")])]
    assert len(shares) >= 2
    assert sum(shares) == pytest.approx(100, abs=0.5)


def test_a_study_without_own_processes_has_no_such_table(editor: Actor) -> None:
    text, _ = page(editor, 0, "en", "cement-clinker")
    assert "By own process" not in text


def test_a_figure_without_interval_has_no_such_section(editor: Actor) -> None:
    text, _ = page(editor, 0, "en")
    assert "What drives the interval" not in text


@pytest.mark.parametrize(("lang", "words"), [("zh", "都与总量一致"), ("en", "add up to the total")])
def test_the_result_is_taken_apart_on_a_page_of_its_own(editor: Actor, world: World, lang: str, words: str) -> None:
    made = commands.create(editor, title_zh="示例")
    browser = client_of(editor, lang)
    assert browser.get(f"/studies/{made.id}/explain/").status_code == 302
    file = example("electrolytic-aluminium")
    commands.bring_in(editor, study_id=made.id, filename=file.file, data=file.read())
    commands.calculate(editor, study_id=made.id, samples=0)
    shown = browser.get(f"/studies/{made.id}/explain/?by=top&value=2").content.decode()
    assert words in shown
    assert "open=first_tier" in shown
    assert browser.get(f"/studies/{made.id}/explain.xlsx").status_code == 200
    token = api_token(editor)
    told = Client().get(f"/api/v1/studies/{made.id}/explain?top=2", **token).json()
    assert told["reconciles"] is True
    assert len(told["views"]["first_tier"]["parts"]) == 2
    stranger = world.actor(world.beta, Role.ENTERPRISE_EDITOR)
    assert client_of(stranger).get(f"/studies/{made.id}/explain/").status_code == 404


@pytest.mark.parametrize(
    ("lang", "heading", "state", "name"),
    [("zh", "规则检查", "未通过", "数据期"), ("en", "Checks of the rule", "failed", "data period")],
)
def test_page_and_interface_list_every_check_of_the_rule(
    editor: Actor, lang: str, heading: str, state: str, name: str
) -> None:
    text, _ = page(editor, 0, lang)
    section = text[text.index(f">{heading}</h2>") :]
    section = section[: section.index("</table>")]
    assert state in section  # no samples were drawn: the rule wants an uncertainty analysis
    assert f"<td>{name}</td>" in section
    made = commands.create(editor, title_zh="示例")
    file = example("cement-clinker")
    commands.bring_in(editor, study_id=made.id, filename=file.file, data=file.read())
    commands.calculate(editor, study_id=made.id, samples=0)
    browser: Any = Client()
    answer = browser.get(
        f"/api/v1/studies/{made.id}/result",
        HTTP_ACCEPT_LANGUAGE=lang,
        **api_token(editor),
    )
    lines = {item["check"]: item for item in answer.json()["checks"]}
    assert lines["uncertainty"]["state"] == "failed"
    assert lines["uncertainty"]["reasons"][0]["code"] == "rule_uncertainty_missing"
    assert lines["months"]["title"] == name


@pytest.mark.parametrize("name", ["openlca", "ilcd", "excel", "csv", "brightway"])
def test_a_calculated_study_goes_out_as_datasets(editor: Actor, world: World, name: str) -> None:
    text, _ = page(editor, 0, "en")
    study = re.search(r"/studies/([0-9a-f-]{36})/", text)
    assert study is not None
    place = f"/studies/{study[1]}/datasets/{name}/"
    assert place in client_of(editor, "en").get(f"/studies/{study[1]}/").content.decode()
    answer = client_of(editor, "en").get(place)
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment;")
    if name != "brightway":
        read = registry.read(Members.of_bytes(answer.content, "x.xlsx" if name == "excel" else "x.zip"))
        assert len(read.processes) > 3
    assert client_of(editor).get(f"/api/v1/studies/{study[1]}/datasets?format={name}").content == answer.content
    assert client_of(editor, "en").get(f"/studies/{study[1]}/datasets/word/").status_code == 422
    stranger = client_of(world.actor(world.beta, Role.ENTERPRISE_EDITOR))
    assert stranger.get(place).status_code in (403, 404)
