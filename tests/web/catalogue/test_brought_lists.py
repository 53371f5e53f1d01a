"""A province's two-high list, brought with its document; the priority list beside it. Its lines are invented."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from factories import World, api_token, client_of
from tanbiao.core.catalogue.load import load_catalogue
from tanbiao.core.catalogue.two_high import linked, two_high
from tanbiao.core.findings import TanbiaoError
from tanbiao.formats import list_table
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.catalogue import queries
from tanbiao.web.catalogue.brought_lists import AboutList, bring_list
from tanbiao.web.catalogue.models import BroughtList
from tanbiao.web.uploads import Upload

pytestmark = pytest.mark.django_db
TABLE = """序号,行业,名称,行业代码,类别编号,备注
1,化工,样例制碱,2612,soda-ash,
2,电池,样例项目,,traction-battery,演示
3,其他,样例锅炉,,,
"""
PROOF = Upload("样例目录.pdf", "application/pdf", b"%PDF-1.4 invented for this test")
ABOUT: dict[str, Any] = {
    "list_id": "js-two-high",
    "kind": "two_high",
    "jurisdiction": "CN-JS",
    "title_zh": "演示“两高”目录（非官方）",
    "title_en": "DEMO two-high list, not official",
    "publisher_zh": "演示机关",
    "publisher_en": "DEMO authority",
    "document": "演示〔2024〕1号",
    "issued": "2024-12-31",
    "complete": True,
}


def operator(world: World) -> Actor:
    return world.actor(world.operator, Role.OPERATOR)


def bring(world: World, table: str = TABLE, proof: Upload = PROOF, **changes: Any) -> BroughtList:
    about = AboutList(**ABOUT | changes)
    return bring_list(operator(world), about=about, filename="list.csv", data=table.encode(), proof=proof)


def refused(run: Any, *args: Any, **values: Any) -> list[tuple[str, str]]:
    with pytest.raises(TanbiaoError) as caught:
        run(*args, **values)
    return [(item.code, item.where) for item in caught.value.findings]


def states(world: World) -> dict[str, str | None]:
    found = queries.list_of(operator(world), "js-policy-industries")
    return {line.entry.id: line.state for line in queries.linked_lines(operator(world), found)}


@pytest.mark.requirement("JS-22a")
def test_the_priority_list_follows_the_list_that_is_brought(world: World) -> None:
    """Without the province's lines what the country's six industries do not name is not known, never outside."""
    before = states(world)
    assert (before["j03"], before["j01"], before["j06"]) == ("yes", "not_known", "not_known")
    made = bring(world)
    assert (made.reference, made.document["replaces"]) == ("js-two-high@1.0.0", "js-two-high@0.1.0")
    assert [item["code"] for item in made.findings] == ["list_line_unmapped"]
    # Batteries by the province's line, soda ash by both lists; home textiles are named by none, and both are whole.
    after = states(world)
    assert (after["j01"], after["j03"], after["j08"], after["j06"]) == ("yes", "yes", "yes", "no")
    assert refused(bring, world) == [("brought_list_same", "list.csv")]
    again = bring(world, TABLE.replace("样例项目", "样例项目二"), issued="2025-03")
    assert (again.reference, again.document["replaces"]) == ("js-two-high@2.0.0", "js-two-high@1.0.0")
    assert [item.reference for item in queries.catalogue().lists if item.id == "js-two-high"] == [
        "js-two-high@0.1.0",
        "js-two-high@1.0.0",
        "js-two-high@2.0.0",
    ]


def test_another_provinces_list_says_nothing_of_this_one(world: World) -> None:
    bring(world, list_id="sd-two-high", jurisdiction="CN-SD")
    known = queries.catalogue()
    assert two_high(known, "traction-battery", "CN-SD", "2026-06-01").state == "yes"
    assert two_high(known, "traction-battery", "CN-JS", "2026-06-01").state == "not_known"
    assert two_high(known, "traction-battery", "CN", "2026-06-01").state == "no"
    assert linked(known, known.list_of("cn-two-high"), "2026-06-01") == ()


@pytest.mark.requirement("JS-22a")
def test_bad_rows_are_refused_by_line_and_column_and_nothing_is_kept(world: World) -> None:
    table = "序号,名称,英文名称,行业代码,类别编号\n1,甲,中文,26,\n2,,b,,\n2,乙,c,9x,soda-ahs\n3,甲,d,C,\n"
    assert set(refused(bring, world, table)) == {
        ("list_name_not_english", "list.csv:2:英文名称"),
        ("list_line_unnamed", "list.csv:3:名称"),
        ("list_line_twice", "list.csv:4:序号"),
        ("classification_code_form", "list.csv:4:行业代码"),
        ("category_unknown", "list.csv:4:类别编号"),
        ("list_line_twice", "list.csv:5:名称"),
        ("classification_code_form", "list.csv:5:行业代码"),
    }
    assert not BroughtList.objects.exists()


@pytest.mark.parametrize(
    ("changes", "table", "told"),
    [
        ({"document": " "}, TABLE, ("brought_list_missing", "document")),
        ({"title_zh": "长" * 201}, TABLE, ("code_table_about_long", "title_zh")),
        ({"issued": "2024-13"}, TABLE, ("brought_list_form", "issued")),
        ({"effective": "2024"}, TABLE, ("brought_list_form", "effective")),
        ({"kind": "export"}, TABLE, ("brought_list_choice", "kind")),
        ({"jurisdiction": "CN-SD"}, TABLE, ("brought_list_other", "list_id")),
        ({"issued": "2019"}, TABLE, ("brought_list_earlier", "issued")),
        ({}, "", ("file_empty", "list.csv")),
        ({}, "序号,类别编号\n1,steel\n", ("list_no_column", "list.csv")),
        ({}, "名称\n", ("list_empty", "list.csv")),
        ({}, f"名称\n{'长' * 401}\n", ("list_cell_long", "list.csv:2:名称")),
    ],
)
def test_what_is_said_of_a_list_is_checked_first(
    world: World, changes: dict[str, Any], table: str, told: tuple[str, str]
) -> None:
    assert refused(bring, world, table, **changes) == [told]


def test_a_list_without_its_document_is_not_taken(world: World) -> None:
    assert refused(bring, world, proof=Upload("x.pdf", "", b"no pdf"))[0][0] == "file_kind_refused"
    assert refused(bring, world, proof=Upload("x.pdf", "", b""))[0][0] == "file_empty"


def test_page_and_api_bring_a_list_and_show_the_link(world: World) -> None:
    browser = client_of(operator(world), "en")

    def sent(table: str) -> dict[str, Any]:
        return ABOUT | {
            "complete": "on",
            "read": "public_copy",
            "file": SimpleUploadedFile("list.csv", table.encode()),
            "proof": SimpleUploadedFile(PROOF.filename, PROOF.data),
        }

    assert 'value="js-two-high"' in browser.get("/catalogue/lists/?of=js-two-high").content.decode()
    wrong = browser.post("/catalogue/lists/", sent(TABLE.replace("soda-ash", "soda-ahs")))
    assert wrong.status_code == 422
    assert "list.csv:2:类别编号" in wrong.content.decode()
    assert "soda-ash" in wrong.content.decode()
    made = browser.post("/catalogue/lists/", sent(TABLE))
    assert made.headers["Location"] == "/catalogue/lists/js-two-high@1.0.0/"
    visitor = client_of(None, "zh-Hans")
    shown = visitor.get("/catalogue/lists/js-policy-industries@1.0.0/").content.decode()
    assert "js-two-high@1.0.0" in shown
    assert "样例项目" in shown
    assert "未列入" in shown
    own = visitor.get(made.headers["Location"]).content.decode()
    assert PROOF.filename in own
    assert "未对应任何产品类别" in own
    place = f"{made.headers['Location']}document/"
    assert visitor.get(place).status_code == 302
    assert browser.get(place).content == PROOF.data
    assert browser.get("/catalogue/lists/cn-two-high@1.0.0/document/").status_code == 404
    assert client_of(world.actor(world.alpha)).post("/catalogue/lists/", sent(TABLE)).status_code == 403
    assert "演示“两高”目录" in visitor.get("/catalogue/traction-battery/").content.decode()

    token: dict[str, Any] = dict(api_token(operator(world)))
    same = browser.post("/api/v1/catalogue-lists", sent(TABLE), **token)
    assert same.status_code == 409
    api = browser.post("/api/v1/catalogue-lists", sent(TABLE) | {"document": "演示〔2025〕2号"}, **token)
    assert (api.status_code, api.json()["reference"], api.json()["lines"]) == (201, "js-two-high@2.0.0", 3)
    lines = {row["id"]: row for row in visitor.get("/api/v1/catalogue-lists/js-policy-industries/two-high").json()}
    assert lines["j01"]["state"] == "yes"
    assert "js-two-high@2.0.0#l0002" in lines["j01"]["categories"][0]["lines"]


def test_codes_of_industries_name_the_categories_under_them() -> None:
    text = "名称,行业代码\n钢铁,C31\n电池制造,384\n"
    found = list_table.read(text.encode(), "x.csv", load_catalogue())
    assert not found.findings
    assert "crude-steel-eaf" in found.entries[0].categories
    assert "traction-battery" in found.entries[1].categories
