"""The page and the call that take a dataset of a linked release apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.release.linked_release import HEADER, datasets
from factories import SYSTEM, World, client_of
from tanbiao.cli.main import main
from tanbiao.core.lca.release_build import write_release
from tanbiao.web.factors import commands
from tanbiao.web.factors.models import Release

pytestmark = pytest.mark.django_db


@pytest.fixture
def linked(world: World, tmp_path: Path, settings: Any) -> Release:
    """Return the small linked release, installed."""
    settings.TANBIAO_DATA = tmp_path
    (tmp_path / "releases").mkdir()
    write_release(tmp_path / "releases" / "linked-1.tbr", datasets(), HEADER)
    return commands.install_release(SYSTEM, name="linked-1")


def test_the_call_answers_as_the_command(linked: Release, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = client_of(None).get("/api/v1/dataset/explain?id=kiln&release=linked-1&top=2&depth=2")
    file = str(tmp_path / "releases" / "linked-1.tbr")
    assert main(["release", "explain", file, "kiln", "--top", "2", "--depth", "2", "--json"]) == 0
    assert asked.json() == json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", "都与总量一致"), ("en", "add up to the total; what is not shown stands as the rest")]
)
def test_the_page_shows_views_picture_and_tree(linked: Release, lang: str, words: str) -> None:
    browser = client_of(None, lang)
    shown = browser.get("/factors/upstream/?id=kiln&release=linked-1&by=top&value=1").content.decode()
    assert words in shown
    assert "<svg" in shown
    # Kiln: 0.7 itself + 2 × 0.4 lime + 0.5 × −1.5 wood + 0.5 kWh of power at 0.112 …: 0.8 + 0.7 − 0.75 + 0.056 = 0.806.
    assert "0.8060" in shown
    assert "#view-first_tier" in shown
    opened = browser.get("/factors/upstream/?id=kiln&release=linked-1&by=top&value=1&open=first_tier&open=graph")
    assert "-0.7500" in opened.content.decode()
    assert "#view-first_tier" not in opened.content.decode()
    assert '/factors/upstream/?id=lime&amp;release=linked-1"' in shown
    saved = browser.get("/factors/upstream.csv?id=kiln&release=linked-1&by=top&value=2")
    # The two largest are lime, 2 × 0.4 = 0.8, and wood, 0.5 × −1.5 = −0.75.
    lines = [line for line in saved.content.decode().splitlines() if line.startswith("first_tier")]
    assert [line.split(",")[2] for line in lines] == ["lime", "wood", "", ""]


@pytest.mark.parametrize(("lang", "words"), [("zh", "一阶，即时，未抽样"), ("en", "First order, instant, not sampled")])
def test_the_page_varies_inputs_and_previews_the_spread(linked: Release, lang: str, words: str) -> None:
    browser = client_of(None, lang)
    shown = browser.get("/factors/upstream/?id=kiln&release=linked-1&vary=25").content.decode()
    assert words in shown
    # 0.4 of lime per kg, 2 kg of it: a quarter less of either takes 0.2 off 0.806.
    assert "0.6060" in shown
    assert ("减 25 %" if lang == "zh" else "−25 %") in shown
    refused = browser.get("/factors/upstream/?id=kiln&release=linked-1&vary=many")
    assert refused.status_code == 422
    assert "variation_out_of_range" in refused.content.decode()
    called = browser.get("/api/v1/dataset/explain?id=kiln&release=linked-1&vary=0.25").json()
    assert called["varied"] == 0.25
    assert any(item["low"] == pytest.approx(called["total"] - 0.2) for item in called["drivers"])
    assert browser.get("/api/v1/dataset/explain?id=kiln&release=linked-1&vary=1").status_code == 422


@pytest.mark.parametrize(("lang", "words"), [("zh", "各项同时改变"), ("en", "All at once")])
def test_scenarios_on_the_page_and_by_the_call(linked: Release, lang: str, words: str) -> None:
    browser = client_of(None, lang)
    query = "/factors/upstream/?id=kiln&release=linked-1"
    assert words not in browser.get(query).content.decode()
    # Half the lime (0.8), no wood (−0.75): 0.806 − 0.4 + 0.75 = 1.156; with both as they are 0.806 again.
    asked = f"{query}&scale=lime%7Ckiln&times=0.5,1&scale=wood%7Ckiln&times=0,1&scale=power%7Ckiln&times="
    shown = browser.get(asked).content.decode()
    assert words in shown
    assert "1.156" in shown
    assert 'value="0.5,1"' in shown
    for wrong, code in (("times=half", "scenario_malformed"), ("times=", "")):
        answer = browser.get(f"{query}&scale=lime%7Ckiln&{wrong}")
        assert (answer.status_code, code in answer.content.decode()) == (422 if code else 200, True)
    answer = browser.get(f"{query}&scale=gold%7Ckiln&times=2")
    assert (answer.status_code, "exchange_not_in_system" in answer.content.decode()) == (422, True)
    call = "/api/v1/dataset/explain?id=kiln&release=linked-1"
    body = browser.get(f"{call}&scale=lime|kiln|0.5,1&scale=wood|kiln|0,1&own=kiln&own=power").json()
    assert [one["total"] for one in body["scenarios"]] == pytest.approx([body["total"] + 0.35, body["total"]])
    assert {part["name"] for part in body["views"]["own"]["parts"]} <= {"kiln", "power"}
    assert browser.get(f"{call}&scale=lime").status_code == 422
    assert browser.get(f"{call}&scale=lime|kiln").status_code == 422
    assert browser.get(f"{call}&own=gold").status_code == 422


def test_a_loop_is_marked_where_it_comes_round(linked: Release) -> None:
    shown = client_of(None, "en").get("/factors/upstream/?id=power&release=linked-1&by=top&value=9").content.decode()
    assert "comes round again" in shown


@pytest.mark.parametrize(
    "query", ["by=share&value=many", "by=share&value=200", "by=top&value=1.5", "by=top&value=9999", "depth=x"]
)
def test_a_limit_that_means_nothing_is_told(linked: Release, query: str) -> None:
    answer = client_of(None, "en").get(f"/factors/upstream/?id=kiln&release=linked-1&{query}")
    assert answer.status_code == 422
    assert "cut_off_unreadable" in answer.content.decode()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_finished_factor_says_why_it_has_no_upstream(starter: Release, lang: str) -> None:
    from tanbiao.core.lca.release_find import find_release

    first = find_release().ids()[0]
    answer = client_of(None, lang).get("/factors/upstream/", {"id": first, "release": starter.name})
    assert answer.status_code == 200
    assert client_of(None).get("/api/v1/dataset/explain", {"id": first, "release": starter.name}).status_code == 422
