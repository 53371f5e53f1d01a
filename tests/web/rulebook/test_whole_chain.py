"""An enterprise's own standard for a whole chain, registered as such, and lifted layer by layer with its chain."""

from __future__ import annotations

from typing import Any

import pytest

from factories import World, api_token, client_of, make_actor, make_organisation
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.rules.load import read_rule
from tanbiao.web.accounts.roles import Kind, Role
from tanbiao.web.rulebook import chains
from tanbiao.web.rulebook.models import RuleEntry
from web.rulebook.ruling import RuleWay, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("starter")]
CHAIN = """raw_materials | 黏土开采 | 演示黏土供应商 | supplier_or_secondary
manufacturing | 烧结 | 演示链主企业 | site_specific
distribution | 运输 | 演示物流企业 | primary
end_of_life ｜ 拆除回收 ｜ 演示回收企业 ｜ any"""


def refused(run: Any, *args: Any, **values: Any) -> list[str]:
    with pytest.raises(TanbiaoError) as caught:
        run(*args, **values)
    return [item.code for item in caught.value.findings]


@pytest.mark.requirement("SD-05a")
def test_an_enterprise_standard_is_lifted_to_group_industry_and_nation_with_its_chain(world: World) -> None:
    links = chains.parse(CHAIN)
    own = RuleWay(world, layer="enterprise", owner=world.alpha)
    own.until("issued", standard_number="Q/DEMO 001-2026", chain=links)
    assert (own.entry.layer, own.entry.standard_number, own.entry.chain) == ("enterprise", "Q/DEMO 001-2026", links)
    association = make_organisation(Kind.ASSOCIATION, "演示协会")
    last, layers = own, []
    for layer, owner in (("group", association), ("industry", world.authority), ("national", world.authority)):
        way = RuleWay(world, rule_id=f"{layer}-block", layer=layer, owner=owner, now=last.now)
        way.until("issued", converts=last.id)
        layers.append((last.entry.state, last.entry.ended_by_id == way.id, way.entry.chain == links))
        last = way
    assert layers == [("superseding", True, True)] * 3
    # The number is a standard's own: it is not taken over by the one in whose place it comes.
    assert last.entry.standard_number == ""


@pytest.mark.requirement("SD-05a")
def test_the_document_must_cover_the_chain_that_was_proposed(world: World) -> None:
    way = RuleWay(world, layer="enterprise", owner=world.alpha)
    short = chains.parse(CHAIN)[:2]
    way.propose(chain=short)
    way.onward("drafting")
    way.write()
    rule = read_rule(text_of("fired-block", "enterprise").encode())
    assert chains.missing_stages(short, rule) != []
    assert "chain" in way.entry.document.differs
    assert chains.missing_stages([], rule) == []
    assert chains.missing_stages(chains.parse(CHAIN), rule) == []


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"standard_number": "T/DEMO 1-2026"}, "rule_number_layer"),
        ({"chain": "manufacturing | a | b"}, "rule_chain_part_missing"),
        ({"chain": "making | a | b | any\nuse | c | d | any"}, "rule_chain_choice"),
        ({"chain": "use | a | b | guessed\nuse | c | d | any"}, "rule_chain_choice"),
        ({"chain": "use | a | b | any\nuse | c | b | any"}, "rule_chain_alone"),
        ({"chain": "use | a | b | any\nuse | a | b | any\nuse | c | d | any"}, "rule_chain_twice"),
        ({"chain": f"use | {'长' * 201} | b | any\nuse | c | d | any"}, "rule_chain_text_long"),
        ({"chain": "use | a | b | any\n" * 51}, "rule_chain_long"),
    ],
)
def test_what_is_no_chain_or_no_number_of_the_layer_is_refused(world: World, more: dict[str, Any], code: str) -> None:
    if "chain" in more:
        more = {"chain": chains.parse(more["chain"])}
    way = RuleWay(world, layer="enterprise", owner=world.alpha)
    assert code in refused(way.propose, **more)
    assert not RuleEntry.objects.exists()


def test_page_and_api_register_an_enterprise_standard_and_show_its_chain(world: World) -> None:
    drafter = make_actor(world.alpha, Role.RULE_DRAFTER)
    browser = client_of(drafter, "en")
    proposal = {
        "title_zh": "演示全产业链规则",
        "title_en": "DEMO whole-chain rule",
        "rule_id": "chain-block",
        "version": "1.0.0",
        "layer": "enterprise",
        "categories": "fired-block",
        "standard_number": "Q/DEMO 001-2026",
        "chain": CHAIN.replace("site_specific", "guessed"),
    }
    bad = browser.post("/rules/propose/", proposal)
    assert bad.status_code == 422
    assert "Line 2 has no known value: guessed" in bad.content.decode()
    assert "演示黏土供应商" in bad.content.decode()
    made = browser.post("/rules/propose/", proposal | {"chain": CHAIN})
    assert made.status_code == 302
    shown = browser.get(made.headers["Location"]).content.decode()
    assert "Q/DEMO 001-2026" in shown
    assert "演示物流企业" in shown
    sent: dict[str, Any] = {"content_type": "application/json", **api_token(drafter)}
    body = proposal | {"rule_id": "chain-tile", "categories": ["roof-tile"], "chain": chains.parse(CHAIN)}
    told = browser.post("/api/v1/rulebook", body, **sent)
    assert (told.status_code, len(told.json()["chain"])) == (201, 4)
    assert chains.parse(chains.text_of(chains.parse(CHAIN))) == chains.parse(CHAIN)
