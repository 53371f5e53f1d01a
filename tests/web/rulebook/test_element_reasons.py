"""A rule is issued only when its examples hold every element, or a named person has said why none holds it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from factories import World, api_token, client_of
from tanbiao.web import clock
from tanbiao.web.commanding import Conflict, Invalid
from tanbiao.web.rulebook import commands, documents, elements
from web.rulebook.ruling import EXAMPLES, STUDY, RuleWay, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("starter")]
DEFAULT = {
    "id": "clay-distance",
    "kind": "transport",
    "for": "clay without a distance",
    "title": {"zh": "黏土运距", "en": "distance of clay"},
    "value": "300 km by lorry",
    "source": "project default, not official",
}
OF_DEFAULT = ["defaults.clay-distance", "defaults.clay-distance.value"]
WHY = {"zh": "该距离只用于演示", "en": "the distance only shows how it is done"}


def text(response: Any) -> str:
    return str(response.content.decode())


def document(way: RuleWay) -> dict[str, Any]:
    return documents.mapping_of(way.entry.document)


def saved(way: RuleWay, **changes: Any) -> None:
    way.seen(commands.save_text, way.drafter, text=documents.dump({**document(way), **changes}).decode())


def report(way: RuleWay) -> Any:
    with clock.at(way.now):
        return commands.carry_mutations(commands.ask_mutations(way.drafter, entry_id=way.id).id)


@pytest.fixture
def way(world: World) -> RuleWay:
    """Return a rule in drafting, with a default that no worked example takes."""
    made = RuleWay(world)
    made.until("drafting")
    made.write(text_of(made.rule_id, made.layer))
    saved(made, defaults=[DEFAULT])
    return made


def in_review(way: RuleWay) -> None:
    way.seen(commands.open_consultation, way.drafter)
    way.later(31)
    way.seen(commands.close_consultation, way.drafter)
    way.assess()


def test_a_rule_whose_default_survives_is_refused_until_a_person_has_said_why(way: RuleWay, world: World) -> None:
    in_review(way)
    place, bench = f"/api/v1/rulebook/{way.id}", f"/rules/{way.id}/workbench/"
    tokens: dict[str, Any] = {"authority": api_token(way.authority), "drafter": api_token(way.drafter)}

    def api(who: str, path: str, lang: str = "en", **body: Any) -> Any:
        given = {"builds_on": way.entry.head, **body}
        with clock.at(way.now):
            return Client(headers={"accept-language": lang}).post(
                f"{place}/{path}", given, content_type="application/json", **tokens[who]
            )

    # no report: approver and drafter are told to make it first, in both languages
    for lang, words in (("en", "Run the mutation report first"), ("zh-Hans", "请先在工作台的“变异试验”页生成变异报告")):
        assert words in text(client_of(way.authority, lang).get(f"/rules/{way.id}/"))
        refused = api("authority", "acts/approve", lang)
        assert (refused.status_code, words in text(refused)) == (409, True)
    assert api("drafter", "mutation-reasons", elements=OF_DEFAULT, text="x").status_code == 409

    run = report(way)
    listed = [one["element"] for one in run.report["open"]]
    others = [name for name in listed if name not in OF_DEFAULT]
    assert len(listed) == len(others) + len(OF_DEFAULT)
    done = api("drafter", "mutation-reasons", elements=others, text="arithmetic example, not a product")
    assert (done.status_code, done.json()["unreasoned"]) == (200, OF_DEFAULT)
    assert {one["by"] for one in done.json()["reasons"]} == {
        f"{world.authority.name('en')} · {way.drafter.person.name('en')}"  # type: ignore[union-attr]
    }

    # what survives is named, with what to do
    for lang, words in (("en", "2 elements are held by no worked example"), ("zh-Hans", "2 个要素没有算例守住")):
        refused = api("authority", "acts/approve", lang)
        assert refused.status_code == 409
        assert all(word in text(refused) for word in (words, *OF_DEFAULT))
        drafter = client_of(way.drafter, lang)
        shown = text(drafter.get(f"{bench}?tab=mutations"))
        assert shown.count('form="reasons"') == 2
    said = {"builds_on": way.entry.head, "element": OF_DEFAULT, "text": WHY["zh"]}
    drafter, authority = client_of(way.drafter), client_of(way.authority)
    with clock.at(way.now):
        assert drafter.post(f"{bench}reasons/", said | {"text": " "}).status_code == 422
        assert drafter.post(f"{bench}reasons/", said | {"element": []}).status_code == 422
        held = drafter.post(f"{bench}reasons/", said | {"element": ["processes.kiln.required"]})
        assert (held.status_code, "processes.kiln.required" in text(held)) == (422, True)
        assert drafter.post(f"{bench}reasons/", said | {"builds_on": "sha256:0"}).status_code == 409
        assert authority.post(f"{bench}reasons/", said).status_code in (403, 409)
        assert drafter.post(f"{bench}reasons/", said).status_code == 302
    told = text(drafter.get(f"{bench}?tab=mutations"))
    assert WHY["zh"] in told
    assert way.drafter.person.name("en") in told  # type: ignore[union-attr]
    public = text(client_of(None, "en").get(f"{bench}?tab=mutations"))
    assert WHY["zh"] in public
    assert way.drafter.person.name("en") not in public  # type: ignore[union-attr]
    assert WHY["zh"] in drafter.get(f"{bench}mutations.csv").content.decode()
    given = {one["element"]: one["text"] for one in drafter.get(f"{bench}mutations.json").json()["reasons"]}
    assert {given[name] for name in OF_DEFAULT} == {WHY["zh"]}
    line = way.entry.history.filter(event="reason").last()
    assert line is not None
    assert (line.details["text"], list(line.details["elements"]), line.person) == (
        WHY["zh"],
        OF_DEFAULT,
        way.drafter.person,
    )
    assert line.hash == way.entry.head

    assert api("authority", "acts/approve").status_code == 200
    assert way.entry.state == "issued"
    assert 'form="reasons"' not in text(drafter.get(f"{bench}?tab=mutations"))


def test_a_reason_falls_away_when_its_part_of_the_text_or_an_example_changes(way: RuleWay) -> None:
    report(way)
    whole = elements.unreasoned(way.entry)
    assert whole is not None
    assert set(OF_DEFAULT) <= set(whole)
    bench, drafter = f"/rules/{way.id}/workbench/", client_of(way.drafter)
    assert "neither an example that notices nor a reason" in text(drafter.get(f"{bench}?tab=mutations"))
    said = {"builds_on": way.entry.head, "all": "1", "text": WHY["en"]}
    assert drafter.post(f"{bench}reasons/", said).status_code == 302
    assert elements.unreasoned(way.entry) == ()
    assert "neither an example that notices nor a reason" not in text(drafter.get(f"{bench}?tab=mutations"))
    # the same text saved again needs no new report; another default lets the reason for it fall away, and no other
    saved(way)
    assert elements.unreasoned(way.entry) == ()
    saved(way, defaults=[{**DEFAULT, "value": "200 km by lorry"}])
    assert elements.unreasoned(way.entry) is None
    with pytest.raises(Conflict) as caught:
        way.seen(commands.give_reasons, way.drafter, elements=OF_DEFAULT, text=WHY["en"])
    assert [one.code for one in caught.value.findings] == ["rule_mutations_not_run"]
    report(way)
    assert list(elements.unreasoned(way.entry) or ()) == OF_DEFAULT
    # an example that expects something else: every reason falls away
    examples = document(way)["examples"]
    examples[0] = {**examples[0], "expect": {**examples[0]["expect"], "within": 1e-6}}
    saved(way, examples=examples, defaults=[DEFAULT])
    report(way)
    assert elements.unreasoned(way.entry) == whole
    way.seen(commands.give_reasons, way.drafter, elements=whole, text=WHY["en"])
    # another study file asks for another report; where its figures are the same, the reasons stay
    study = (EXAMPLES / STUDY).read_text(encoding="utf-8") + "# read once more\n"
    with clock.at(way.now):
        commands.add_study(way.drafter, entry_id=way.id, name=STUDY, data=study.encode())
    assert elements.unreasoned(way.entry) is None
    report(way)
    assert elements.unreasoned(way.entry) == ()
    with pytest.raises(Invalid) as unknown:
        way.seen(commands.give_reasons, way.drafter, elements=["cut_off.colour"], text=WHY["en"])
    assert [one.code for one in unknown.value.findings] == ["rule_element_held"]
