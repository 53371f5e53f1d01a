"""The result page: what drives the interval stands beside the figure, in both languages, and adds up."""

from __future__ import annotations

import re

import pytest

from factories import World, client_of
from tanbiao.examples import example
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
