"""Label licences and uses: they follow the certificate, stay within scheme and licence, and say what runs off."""

from __future__ import annotations

import random
import struct
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from factories import World, api_token, client_of
from tanbiao.web import clock
from tanbiao.web.commanding import Conflict, NotFound, Refused
from tanbiao.web.labels import acts, artwork, licences, queries, uses
from tanbiao.web.labels.models import LabelUse, Licence
from tanbiao.web.ledger.models import LogEntry
from tanbiao.web.register import commands as register
from tanbiao.web.surveillance.acting import SYSTEM
from tanbiao.web.surveillance.models import HistoryLine, LifeNotice, WorkItem
from tanbiao.workflow.machine import Step, load_lifecycle
from web.surveillance.living import Life

pytestmark = pytest.mark.django_db


@pytest.fixture
def life(world: World) -> Life:
    return Life(world)


def own(life: Life) -> Licence:
    """The licence that came with the certificate."""
    return Licence.objects.get(number=life.number, version=1, licence__endswith="-L1")


def declared(life: Life, **changes: Any) -> LabelUse:
    given: dict[str, Any] = {"position": "packaging", "place": "纸箱 DEMO-1", "width_mm": 30.0, "quantity": 1000}
    return uses.declare(life.holder, licence_id=own(life).id, **(given | changes))


def sampled(life: Life) -> LabelUse:
    row = declared(life)
    row = uses.register_use(life.office, use_id=row.id, builds_on=row.head)
    return uses.sample(life.surveyor, use_id=row.id, builds_on=row.head)


def public(life: Life) -> str:
    return client_of(None).get(f"/p/{life.number}").content.decode()


@pytest.mark.requirement("JS-30c", "NAT-06d")
def test_a_licence_comes_with_the_certificate_and_each_use_names_its_position_and_quantity(life: Life) -> None:
    row = own(life)
    assert (row.state, row.first_day, row.last_day) == ("active", life.now.valid_from, life.now.valid_until)
    assert row.covers == life.now.claims["models"]
    assert LogEntry.objects.filter(type="label_published", subject=str(row.id)).count() == 1
    assert f"from {row.first_day.isoformat() if row.first_day else ''}" in public(life)
    use = declared(life)
    assert (use.state, use.position, use.quantity) == ("declared", "packaging", 1000)
    use = uses.register_use(life.office, use_id=use.id, builds_on=use.head)
    assert use.state == "registered"


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"position": "moon"}, "position_not_allowed"),
        ({"width_mm": 24.9}, "label_too_narrow"),  # the demonstration scheme asks for 25 mm on packaging
        ({"width_mm": None}, "label_too_narrow"),
        ({"quantity": None}, "quantity_needed"),
        ({"model": "another"}, "model_outside_licence"),
        ({"production_day": clock.wall().date() - timedelta(days=400)}, "production_outside_licence"),
    ],
)
def test_a_use_outside_scheme_or_licence_is_refused_at_its_place(
    life: Life, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(Conflict) as caught:
        declared(life, **changes)
    assert code in {item.code for item in caught.value.findings}
    assert not LabelUse.objects.exists()


def test_a_shop_page_needs_neither_width_nor_number(life: Life) -> None:
    assert declared(life, position="shop", width_mm=None, quantity=None).state == "declared"


def test_a_licence_by_batches_is_asked_for_granted_and_binds(life: Life) -> None:
    row = licences.apply(life.holder, number=life.number, basis="batches", batches=("B1", "B2"))
    with pytest.raises(Conflict) as caught:
        uses.declare(life.holder, licence_id=row.id, position="shop", place="x", batch="B1")
    assert caught.value.code == "licence_not_active"
    row = licences.grant(life.office, licence_id=row.id, builds_on=row.head)
    given: dict[str, Any] = {"licence_id": row.id, "position": "shop", "place": "演示网店"}
    assert uses.declare(life.holder, batch="B1", **given).state == "declared"
    with pytest.raises(Conflict) as caught:
        uses.declare(life.holder, batch="B9", **given)
    assert caught.value.code == "production_outside_licence"
    late = life.now.valid_until + timedelta(days=1)
    with pytest.raises(Conflict) as caught:
        licences.apply(life.holder, number=life.number, basis="dates", first_day=clock.today(), last_day=late)
    assert caught.value.code == "licence_outside_certificate"
    assert "batches B1, B2" in public(life)


def test_suspension_stops_new_use_and_restoration_gives_it_back(life: Life) -> None:
    life.suspend()
    assert own(life).state == "suspended"
    with pytest.raises(Conflict) as caught:
        declared(life)
    assert caught.value.code == "licence_not_active"
    assert "must not be put on anything new" in public(life)
    register.restore(life.decider, number=life.number, builds_on=life.now.head, text="已更正")
    life.carry()
    assert own(life).state == "active"
    assert {"licence_suspended", "licence_restored"} <= set(LifeNotice.objects.values_list("kind", flat=True))


def test_a_change_gives_new_artwork_a_number_and_the_old_one_runs_off(life: Life) -> None:
    use = declared(life)
    use = uses.register_use(life.office, use_id=use.id, builds_on=use.head)
    life.rename()
    old, new = own(life), Licence.objects.get(number=life.number, version=2)
    assert (old.state, new.state, new.licence) == ("ended", "active", f"{life.number}-V2-L1")
    assert old.run_off_until == clock.today() + timedelta(days=180)  # label_run_off_days: project default
    page = public(life)
    assert f"products made before may carry this label until {old.run_off_until.isoformat()}" in page
    assert licences.run_off(SYSTEM) == 0
    with clock.at(clock.now() + timedelta(days=182)):
        assert licences.run_off(SYSTEM) == 1
    assert LabelUse.objects.get(id=use.id).state == "closed"
    shop = Client().get(f"/api/v1/labels/{life.number}").json()
    assert shop["run_off"][0]["until"] == old.run_off_until.isoformat()


def test_a_withdrawal_has_no_run_off_and_ends_every_use(life: Life) -> None:
    use = declared(life)
    use = uses.register_use(life.office, use_id=use.id, builds_on=use.head)
    register.withdraw(life.decider, number=life.number, builds_on=life.now.head, reason="fraud", text="演示")
    life.carry()
    assert (own(life).state, own(life).run_off_until) == ("ended", None)
    assert LabelUse.objects.get(id=use.id).state == "closed"
    assert "must be removed" in public(life)


def test_a_false_figure_is_a_violation_that_is_put_right_and_closed_by_another(life: Life) -> None:
    row = sampled(life)
    given: dict[str, Any] = {"use_id": row.id, "builds_on": row.head}
    with pytest.raises(Conflict) as caught:
        uses.find_compliant(life.surveyor, figure="0.1", **given)
    assert caught.value.code == "figure_differs"
    with pytest.raises(Conflict) as caught:
        uses.find_violation(life.office, reason="false_value", text="不是抽查人", **given)
    assert caught.value.code == "not_the_sampler_of_it"
    row = uses.find_violation(life.surveyor, reason="false_value", text="数值被改为 0.1", figure="0.1", **given)
    assert row.due == clock.today() + timedelta(days=30)
    assert WorkItem.objects.filter(kind="mark_violation", resolved_at__isnull=True).count() == 1
    pending = licences.apply(life.holder, number=life.number, basis="batches", batches=("B1",))
    with pytest.raises(Conflict) as caught:
        licences.grant(life.office, licence_id=pending.id, builds_on=pending.head)
    assert caught.value.code == "licence_violation_open"
    row = uses.rectify(life.holder, use_id=row.id, builds_on=row.head, text="已下架并更换")
    row = uses.reopen(life.office, use_id=row.id, builds_on=row.head, text="仍在售")
    row = uses.rectify(life.holder, use_id=row.id, builds_on=row.head, text="全部更换")
    row = uses.close(life.office, use_id=row.id, builds_on=row.head, text="已核实")
    assert row.state == "closed"
    assert not WorkItem.objects.filter(kind="mark_violation", resolved_at__isnull=True).exists()


def test_an_authority_samples_and_finds_compliant(life: Life, world: World) -> None:
    row = declared(life)
    row = uses.register_use(life.office, use_id=row.id, builds_on=row.head)
    officer = world.actor(world.authority)
    row = uses.sample(officer, use_id=row.id, builds_on=row.head)
    row = uses.find_compliant(officer, use_id=row.id, builds_on=row.head, figure=life.now.claims["value"])
    assert row.state == "compliant"


def test_strangers_see_nothing_and_pages_open_to_both_sides(life: Life, world: World) -> None:
    row = declared(life)
    stranger = world.actor(world.beta)
    assert not queries.uses(stranger).exists()
    with pytest.raises(NotFound):
        queries.licence(stranger, own(life).id)
    for address in (f"/labels/uses/{row.id}/", f"/labels/licences/{own(life).id}/"):
        assert client_of(stranger).get(address).status_code == 404
        for actor in (life.holder, life.office, world.actor(world.authority)):
            assert client_of(actor).get(address).status_code == 200
    page = client_of(life.holder).get(f"/certificates/{life.number}/").content.decode()
    assert f'data-tanbiao-label="{life.number}"' in page.replace("&quot;", '"')


@pytest.mark.parametrize("variant", ["full", "bar", "compact"])
def test_the_artwork_of_a_licence_comes_in_every_format_ink_and_size(life: Life, variant: str) -> None:
    row, certificate = own(life), life.now
    for ink in ("colour", "mono"):
        data, kind = artwork.draw(row, certificate, "svg", variant=variant, ink=ink, width_mm=80)
        assert kind == "image/svg+xml"
        assert b'width="80mm"' in data
        if variant != "compact":
            assert row.licence.encode() in data
    address = f"/labels/licences/{row.id}/artwork"
    client = client_of(life.holder)
    assert client.get(f"{address}.png?variant={variant}").content.startswith(b"\x89PNG")
    assert client.get(f"{address}.pdf?variant={variant}&ink=mono").content.startswith(b"%PDF-")
    assert client.get(f"{address}.svg?variant={variant}&width=10").status_code == 422
    assert client.get(f"{address}.gif").status_code == 404
    assert b"Grade" not in artwork.draw(row, certificate, "svg", variant="bar", lang="en")[0]


def test_the_holder_fetches_the_artwork_that_he_chooses_on_the_page_and_over_the_api(life: Life) -> None:
    row = own(life)
    client, page = client_of(life.holder), f"/labels/licences/{row.id}/"
    assert 'name="width"' in client.get(page).content.decode()
    wish = {"variant": "bar", "ink": "mono", "lang": "en", "format": "png", "width": "90", "dpi": "150"}
    sent = client.get(f"{page}artwork/", wish)
    assert f"{row.licence}-bar-mono-90mm-en.png" in sent["Content-Disposition"]
    assert struct.unpack(">I", sent.content[16:20])[0] == pytest.approx(90 / 25.4 * 150, abs=2)  # IHDR: the width
    drawn = client.get(f"{page}artwork/", {**wish, "format": "svg"}).content
    assert (b'lang="en"' in drawn, b'width="90mm"' in drawn) == (True, True)
    narrow = client.get(f"{page}artwork/", {**wish, "width": "2"})
    assert narrow.status_code == 422
    assert "mm" in narrow.content.decode().partition('id="art"')[2].partition("</section>")[0]
    assert client.get(f"{page}artwork/", {**wish, "dpi": "7"}).status_code == 422
    token: Any = api_token(life.holder)
    address = f"/api/v1/label-licences/{row.id}/artwork"
    assert Client().get(f"{address}?format=pdf&variant=full", **token).content.startswith(b"%PDF-")
    assert Client().get(f"{address}?format=svg&width_mm=2", **token).status_code == 422
    assert Client().get(f"{address}?format=gif", **token).status_code == 404
    assert Client().get(address).status_code == 401


def test_a_licence_in_force_of_a_grade_has_the_grade_in_its_slot_and_no_other_has_the_slot(life: Life) -> None:
    row, certificate = own(life), life.now
    for lang, word in (("zh", "等级"), ("en", "Grade")):
        plain = artwork.draw(row, certificate, "svg", variant="bar", lang=lang)[0].decode()
        assert word not in plain
        certificate.shown = {**certificate.shown, "grade": "A"}
        graded = artwork.draw(row, certificate, "svg", variant="bar", lang=lang)[0].decode()
        assert word in graded
        assert graded.count(">A</text>") == 1
        mono = artwork.draw(row, certificate, "svg", variant="bar", lang=lang, ink="mono")[0].decode()
        assert ">A</text>" in mono
        assert certificate.claims["value"] in graded
        certificate.shown = {key: value for key, value in certificate.shown.items() if key != "grade"}


def test_more_labels_than_products_of_the_licence_are_a_finding_on_page_and_api(life: Life) -> None:
    row = licences.apply(life.holder, number=life.number, basis="batches", batches=("B1", "B2"), quantity=1500)
    row = licences.grant(life.office, licence_id=row.id, builds_on=row.head)
    given: dict[str, Any] = {"position": "packaging", "place": "纸箱", "width_mm": 30.0}
    uses.declare(life.holder, licence_id=row.id, quantity=1000, batch="B1", **given)
    token: Any = api_token(life.office)

    def told() -> dict[str, Any]:
        rows = Client().get("/api/v1/label-licences", **token).json()["items"]
        return next(one for one in rows if one["id"] == str(row.id))

    assert (told()["quantity"], told()["declared"], told()["findings"]) == (1500, 1000, [])
    over = uses.declare(life.holder, licence_id=row.id, quantity=501, batch="B2", **given)
    assert told()["declared"] == 1501
    (finding,) = told()["findings"]
    assert "1501" in finding["message"]
    pages = (f"/labels/licences/{row.id}/", f"/labels/uses/{over.id}/")
    for page in pages:
        assert "is for 1500 products, and 1501 labels are declared" in client_of(life.office).get(page).content.decode()
    uses.return_use(life.office, use_id=over.id, builds_on=over.head, reason="outside_licence", text="演示：超出")
    assert (told()["declared"], told()["findings"]) == (1000, [])


@pytest.mark.requirement("GBA-03c")
def test_a_shop_shows_the_verdict_of_now_in_a_frame_without_script_or_cookie(life: Life) -> None:
    client = Client(headers={"accept-language": "en", "origin": "https://shop.example"})
    frame = client.get(f"/widget/{life.number}/en/")
    assert frame.status_code == 200
    assert 'data-verdict="valid"' in frame.content.decode()
    assert life.now.claims["value"] in frame.content.decode()
    assert "演示 DEMO" in frame.content.decode()
    assert not frame.cookies
    assert "X-Frame-Options" not in frame
    assert "frame-ancestors *" in frame["Content-Security-Policy"]
    assert "script-src" not in frame["Content-Security-Policy"]
    assert frame["Referrer-Policy"] == "no-referrer"
    data = client.get(f"/api/v1/labels/{life.number}")
    assert data["Access-Control-Allow-Origin"] == "*"
    assert (data.json()["verdict"], data.json()["demonstration"]) == ("valid", True)
    script = client.get("/widget.js")
    assert script["Content-Type"].startswith("text/javascript")
    life.suspend()
    assert 'data-verdict="invalid"' in client.get(f"/widget/{life.number}/").content.decode()
    assert client.get(f"/api/v1/labels/{life.number}").json()["state"] == "suspended"
    assert client.get("/widget/NONE/").status_code == 404
    assert client.get("/p/NONE")["X-Frame-Options"] == "DENY"


def test_every_illegal_edge_by_api_as_every_role_changes_nothing(life: Life, world: World) -> None:
    row, licence = declared(life), own(life)
    lifecycle = load_lifecycle("label-use")
    tokens: dict[str, Any] = {name: api_token(actor) for name, actor in world.everyone().items() if actor is not None}
    for state in lifecycle.states:
        LabelUse.objects.filter(id=row.id).update(state=state)
        sent = {"builds_on": row.head, "text": "x", "reason": "misuse", "figure": "1"}
        for event in acts.USE:
            if lifecycle.edge(state, event) is not None:
                continue
            for name, token in tokens.items():
                address = f"/api/v1/label-uses/{row.id}/acts/{event}"
                answer = Client().post(address, sent, content_type="application/json", **token)
                assert answer.status_code in (403, 404, 409), (state, event, name)
                assert answer.json()["code"] != "stale_decision", (state, event, name)  # refused for what it is
        assert LabelUse.objects.get(id=row.id).state == state
    drawn = load_lifecycle("label-licence")
    for state in drawn.states:
        Licence.objects.filter(id=licence.id).update(state=state)
        for event in acts.LICENCE:
            if drawn.edge(state, event) is not None:
                continue
            for name, token in tokens.items():
                address = f"/api/v1/label-licences/{licence.id}/acts/{event}"
                sent = {"builds_on": licence.head, "text": "x", "reason": "mark_misuse"}
                answer = Client().post(address, sent, content_type="application/json", **token)
                assert answer.status_code in (403, 404, 409), (state, event, name)
                assert answer.json()["code"] != "stale_decision", (state, event, name)
        assert own(life).state == state


@pytest.mark.parametrize("seed", range(4))
def test_random_sequences_leave_histories_that_replay_and_nothing_half_done(life: Life, seed: int) -> None:
    """Whoever tries whatever in any order: each history is a walk over drawn edges, and no licence outlives its end."""
    chance = random.Random(seed)
    people = [life.holder, life.office, life.decider, life.judge, life.surveyor, life.world.actor(life.world.authority)]
    reasons = {"": ("mark_misuse", "holder_request", "false_value", "misuse", "outside_licence", "scope_not_covered")}
    use = declared(life, position="shop", width_mm=None, quantity=None)
    tried = done = 0
    for _ in range(60):
        actor = chance.choice(people)
        thing: Any
        what = chance.randrange(4)
        given: dict[str, Any] = {"builds_on": "", "text": "演示", "figure": life.now.claims["value"]}
        given["reason"] = chance.choice(reasons[""])
        try:
            tried += 1
            if what == 0:
                certificate = life.now
                event = chance.choice((register.suspend, register.restore))
                more = {"reason": "mark_misuse"} if event is register.suspend else {}
                event(actor, number=life.number, builds_on=certificate.head, text="演示", **more)
                life.carry()
            elif what == 1:
                thing = own(life)
                act = acts.LICENCE[chance.choice(("suspend", "restore", "refuse", "grant"))]
                act.run(actor, licence_id=thing.id, **_told(act, given | {"builds_on": thing.head}))
            else:
                thing = LabelUse.objects.get(id=use.id)
                act = acts.USE[chance.choice(sorted(acts.USE))]
                act.run(actor, use_id=thing.id, **_told(act, given | {"builds_on": thing.head}))
            done += 1
        except Refused:
            continue
        for name, one in (("label-licence", own(life)), ("label-use", LabelUse.objects.get(id=use.id))):
            steps = HistoryLine.objects.filter(subject=one.id).order_by("index")
            walk = [Step(line.event, line.source, line.target) for line in steps]
            assert load_lifecycle(name).replay(walk) == one.state
        if life.now.state == "suspended":
            assert own(life).state in ("suspended", "ended")
    assert 0 < done < tried


def _told(act: Any, given: dict[str, Any]) -> dict[str, Any]:
    return {name: given[name] for name in act.args}
