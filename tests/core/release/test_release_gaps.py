"""Wanted products beside what a release has: standings by hand-made datasets, profiles with a source each."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from tanbiao.cli.main import main
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.lca import release_gaps
from tanbiao.core.lca.release_find import find_release
from tanbiao.core.lca.release_gaps import gaps, sources, wanted
from tanbiao.core.lca.release_search import Hit


class _Release:
    """Stands for a release: a few rows of its index, two databases."""

    header = {"databases": [{"key": "nat", "level": "national"}, {"key": "abroad", "level": "foreign"}]}

    def __init__(self, *hits: Hit) -> None:
        self.hits = list(hits)

    def __len__(self) -> int:
        return len(self.hits)

    def search(self, text: str, limit: int = 20) -> list[Hit]:
        assert text == ""
        return self.hits[:limit]

    def get(self, key: str) -> SimpleNamespace:
        return SimpleNamespace(is_chinese=not key.startswith("adapted"))

    def document(self, name: str) -> dict[str, list[str]]:
        assert name == "origins"
        return {hit.id: [hit.source, "sha256:0"] for hit in self.hits}


def hit(key: str, name: str, geography: str, database: str, kind: str = "footprint_factor", said: str = "") -> Hit:
    return Hit(key, name, name, kind, geography, "kg", 2024, database, said, "", 0.0)


def standing(product: str, *hits: Hit) -> tuple[str, list[str]]:
    rows = gaps(_Release(*hits), "export")  # type: ignore[arg-type]
    row = next(one for one in rows if one.wanted.id == product)
    return row.standing, [f"{one.dataset} {one.level}" for one in row.best]


def test_a_chinese_factor_of_a_stronger_database_stands_first() -> None:
    found = standing(
        "cement",
        hit("b", "cement", "FR", "abroad"),
        hit("a", "演示水泥", "CN", "nat"),
        hit("c", "concrete", "CN", "nat"),
    )
    assert found == ("chinese", ["a national", "b foreign"])


def test_foreign_unfit_and_nothing_are_three_standings() -> None:
    assert standing("tyre", hit("a", "tyres", "FR", "abroad"))[0] == "foreign"
    assert standing("tyre", hit("a", "tyres", "CN", "nat", "direct_emission_factor"))[0] == "unfit"
    assert standing("tyre", hit("a", "tyres", "CN", "nat", said="screening"))[0] == "unfit"
    assert standing("tyre", hit("a", "entire plant", "CN", "nat")) == ("gap", [])


def test_a_foreign_process_on_chinese_energy_is_a_standing_of_its_own() -> None:
    assert standing("tyre", hit("adapted-a", "tyres", "CN", "nat")) == ("adapted", ["adapted-a adapted"])
    both = standing("tyre", hit("adapted-a", "tyres", "CN", "nat"), hit("b", "tyres", "CN", "nat"))
    assert both == ("chinese", ["b national", "adapted-a adapted"])


def test_a_word_is_no_other_word() -> None:
    """Hydrogen peroxide is no hydrogen; polyethylene is no ethylene."""
    assert standing("hydrogen", hit("a", "hydrogen peroxide", "CN", "nat"))[0] == "gap"
    assert standing("chemicals", hit("a", "polyethylene", "CN", "nat"))[0] == "gap"


@pytest.mark.requirement("GBA-T03")
@pytest.mark.parametrize("profile", ["export", "consumer"])
def test_every_wanted_product_has_a_source_and_words_in_both_languages(profile: str) -> None:
    rows = wanted(profile)
    assert len({one.id for one in rows}) == len(rows) >= 14
    for one in rows:
        assert one.sources
        assert set(one.sources) <= set(sources())
        assert any(word[0] > "\u3400" for word in one.words)
        assert any(word.isascii() for word in one.words)
        assert all(scheme in ("CN", "HS", "CNCA-CFP") and code for scheme, code in one.codes)


def test_the_first_catalogue_of_the_national_label_is_whole() -> None:
    """The 17 products of batch 1 (SAMR, MEE, MIIT, 9 July 2025)."""
    both = {one.id: one for profile in release_gaps.PROFILES for one in wanted(profile)}
    named = {code for one in both.values() for scheme, code in one.codes if scheme == "CNCA-CFP"}
    assert len(named) == 17


def test_the_starter_release_has_a_chinese_factor_for_electricity_alone() -> None:
    rows = gaps(find_release(), "export")
    assert [one.wanted.id for one in rows if one.standing == "chinese"] == ["electricity"]
    assert "crude-steel" in [one.wanted.id for one in rows if one.standing == "adapted"]
    assert {"motor", "new-energy-vehicle"} <= {one.wanted.id for one in rows if one.standing == "gap"}


def test_the_command_lists_and_an_unknown_profile_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["release", "gaps", "--profile", "consumer", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert sum(body["counts"].values()) == len(body["products"]) == len(wanted("consumer"))
    with pytest.raises(TanbiaoError, match="moon"):
        wanted("moon")
