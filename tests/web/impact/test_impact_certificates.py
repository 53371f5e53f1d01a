"""A newer release and a certificate: who is told what, by when to recalculate, and that nothing published changes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from factories import SYSTEM, World, api_token, client_of
from tanbiao.core.lca.release_find import find_release
from tanbiao.web import clock
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import NotAllowed, NotFound
from tanbiao.web.factors import commands as factors
from tanbiao.web.impact import commands, index, queries, running
from tanbiao.web.impact.dates import next_event
from tanbiao.web.impact.models import CertificateUse, Line, Notice, Run, RunFactor
from tanbiao.web.ledger.models import LogEntry
from tanbiao.web.register import commands as register
from tanbiao.web.register import issuing
from tanbiao.web.register.models import Certificate, Flag, Issue, Snapshot, StatusList
from tanbiao.web.studies import queries as study_queries
from web.certification.playing import RELEASE, Play
from web.impact import starter_variant
from web.impact.two_releases import work
from web.tenants import assert_unseen

pytestmark = pytest.mark.django_db
GRID = "CN-ELEC-CF:2023:China average"


@dataclass
class Held:
    """A certificate of an aluminium ingot on the starter release, and its world."""

    world: World
    certificate: Certificate
    play: Play


@pytest.fixture
def held(world: World) -> Held:
    """Play a case to its certificate; write, without installing it, a release whose grid factor is a fifth higher."""
    play = Play(world, "electrolytic-aluminium")
    case = play.until("granted")
    work()
    issuing.run(Issue.objects.get(case=case).id)
    work()
    assert play.study_id is not None
    study = study_queries.parsed(play.manager, play.study_id)
    folder = Path(settings.TANBIAO_DATA) / "releases"
    starter_variant.write(folder, find_release(RELEASE), [study], {GRID: 1.2})
    return Held(world, Certificate.objects.get(), play)


def install() -> None:
    factors.install_release(SYSTEM, name=starter_variant.NAME)
    work()


def published() -> dict[str, Any]:
    """Return everything the public can see of certificates, and what the log says of them."""
    return {
        "certificates": list(Certificate.objects.order_by("id").values()),
        "pages": list(Snapshot.objects.order_by("key").values_list("key", "etag")),
        "lists": list(StatusList.objects.order_by("id").values_list("hash", flat=True)),
        "flags": list(Flag.objects.values()),
        "log": list(LogEntry.objects.filter(type__startswith="certificate").order_by("id").values_list("id")),
    }


@pytest.mark.requirement("NAT-05g")
def test_a_new_release_tells_holder_and_body_and_changes_nothing_that_is_published(held: Held) -> None:
    before = published()
    install()
    assert published() == before
    line = Line.objects.get()
    assert (line.certificate, line.owner, line.body) == (held.certificate, held.world.alpha, held.world.body)
    assert line.relative is not None
    assert line.old is not None
    assert line.new is not None
    grid = next(cause for cause in line.causes if cause[0] == "grid/CN/2023")
    # 0.6205 kg CO2e/kWh and a fifth of it more, times the kWh of the grid, is the whole change
    assert grid[2] == pytest.approx(grid[1] * 0.6205 * 0.2, rel=1e-9)
    assert line.new - line.old == pytest.approx(grid[2], rel=1e-9)
    assert line.relative > 0.05
    assert (line.is_over, line.who, line.why) == (True, "holder", "over_threshold")
    assert (line.threshold_percent, line.class_source) == (5.0, "")
    assert "project default, not official" in line.threshold_source
    sides = Notice.objects.values_list("organisation__kind", "side")
    assert sorted(sides) == [("certification_body", "body"), ("enterprise", "holder")]
    # The event that is delivered twice is one run.
    commands.follow_installation(SYSTEM, release=starter_variant.NAME)
    assert Run.objects.count() == 1


def test_holder_and_body_see_three_dates_and_the_change(held: Held) -> None:
    number = held.certificate.number
    holder, body = held.play.manager, held.play.handler
    first = client_of(holder).get(f"/certificates/{number}/").content.decode()
    assert "Three dates of this figure" in first
    assert "No newer factor release is installed." in first
    install()
    for actor in (holder, body):
        page = client_of(actor).get(f"/certificates/{number}/").content.decode()
        assert starter_variant.NAME in page
        assert "+12.2 %" in page
        assert "next surveillance" in page
        assert "project default, not official" in page
        told = client_of(actor, "zh").get(f"/certificates/{number}/").content.decode()
        assert "最迟重算日期" in told
        desk = client_of(actor).get("/desk/").content.decode()
        assert "moved by a newer factor release" in desk
    answer = client_of(None).get(f"/api/v1/impact/certificates/{number}", **api_token(holder)).json()
    claims = held.certificate.claims
    assert (answer["period_from"], answer["period_to"]) == (claims["period_from"], claims["period_to"])
    assert (answer["release"], answer["newer_release"]) == (RELEASE, starter_variant.NAME)
    start = held.certificate.valid_from
    # The demo scheme looks at a certificate every twelve months.
    assert answer["recalculate_by"] == start.replace(year=start.year + 1).isoformat()
    assert (answer["recalculate_by_basis"], answer["past"]) == ("surveillance", False)
    assert answer["line"]["over_threshold"] is True
    assert answer["line"]["class_defined"] is False
    listed = client_of(None).get("/api/v1/impact/notices", **api_token(holder)).json()
    assert listed["total"] == 1
    seen = client_of(holder).post(f"/impact/notices/{listed['items'][0]['id']}/seen/")
    assert seen.status_code == 302
    assert "moved by a newer" not in client_of(holder).get("/desk/").content.decode()
    assert "moved by a newer" in client_of(body).get("/desk/").content.decode()


def test_what_is_certified_after_the_run_has_its_change_on_the_page_at_once(held: Held) -> None:
    install()
    Line.objects.all().delete()
    dates = queries.dates_of(held.play.manager, held.certificate)
    assert dates.line is not None
    assert dates.line.relative == pytest.approx(0.122, abs=5e-4)
    assert not Line.objects.exists()


def test_a_certificate_that_is_issued_after_the_run_joins_it(held: Held) -> None:
    install()
    Line.objects.all().delete()
    RunFactor.objects.all().delete()
    register.suspend(
        held.play.handler, number=held.certificate.number, builds_on=held.certificate.head, reason="mark_misuse"
    )
    work()
    line = Line.objects.get()
    assert (line.certificate, line.who) == (held.certificate, "body")
    assert Notice.objects.count() == 2
    assert {row.question for row in RunFactor.objects.all()} == {"grid/CN/2023"}
    assert running.catch_up(held.certificate.study_id) == 0
    page = client_of(held.play.manager, "zh").get(f"/impact/lines/{line.id}/").content.decode()
    assert "0.7446" in page


def test_strangers_learn_nothing(held: Held) -> None:
    install()
    run, line = Run.objects.get(), Line.objects.get()
    addresses = [f"/impact/runs/{run.id}/", f"/impact/runs/{run.id}/lines.csv", f"/impact/lines/{line.id}/"]
    strangers = (held.world.actor(held.world.beta), held.world.actor(held.world.other_body), None)
    assert_unseen([client_of(one) for one in strangers], addresses, [held.certificate.number])
    for stranger in strangers[:2]:
        with pytest.raises(NotFound):
            queries.dates_of(stranger, held.certificate)  # type: ignore[arg-type]
        assert not queries.runs(stranger).exists()  # type: ignore[arg-type]
        with pytest.raises(NotFound):
            commands.acknowledge(stranger, notice_id=Notice.objects.all()[0].id)  # type: ignore[arg-type]
        with pytest.raises(NotAllowed):
            queries.dependents(stranger, [GRID])  # type: ignore[arg-type]
    for overseer in (held.world.actor(held.world.operator), held.world.actor(held.world.authority)):
        page = client_of(overseer).get(f"/impact/runs/{run.id}/").content.decode()
        assert held.certificate.number in page
        assert "no class defined" in page
    # A question about a release that is not installed is nobody's but the overseers'.
    asked = commands.ask(held.world.actor(held.world.operator), release=RELEASE)
    Run.objects.filter(id=asked.id).update(preview=True)
    assert asked.id not in set(queries.runs(held.play.manager).values_list("id", flat=True))


def test_the_export_and_one_line_say_what_the_run_found(held: Held) -> None:
    install()
    client = client_of(held.play.manager)
    run, line = Run.objects.get(), Line.objects.get()
    text = client.get(f"/impact/runs/{run.id}/lines.csv").content.decode("utf-8-sig").splitlines()
    assert len(text) == 2
    row = dict(zip(text[0].split(","), text[1].split(","), strict=True))
    assert float(row["old"]) == line.old
    assert float(row["new"]) == line.new
    assert (row["class_may_change"], row["who"]) == ("no class defined", "holder")
    page = client.get(f"/impact/lines/{line.id}/").content.decode()
    assert "grid/CN/2023" in page
    assert "no class defined" in page
    api = client_of(None).get(f"/api/v1/impact/runs/{run.id}/lines?only=over", **api_token(held.play.manager)).json()
    assert [item["certificate"] for item in api["items"]] == [held.certificate.number]
    assert json.dumps(api)


def test_factor_revision_certificate_and_label_are_found_from_a_dataset(held: Held) -> None:
    operator = held.world.actor(held.world.operator)
    (found,) = queries.dependents(operator, [GRID])
    assert (found.question, found.certificate, found.label) == ("grid/CN/2023", held.certificate.number, "active")
    register.suspend(
        held.play.handler, number=held.certificate.number, builds_on=held.certificate.head, reason="mark_misuse"
    )
    work()
    (found,) = queries.dependents(operator, [GRID], release=RELEASE)
    assert (found.state, found.label) == ("suspended", "suspended")
    kept = index.rows_of(held.certificate.study_id)
    CertificateUse.objects.all().delete()
    commands.rebuild(SYSTEM)
    assert index.rows_of(held.certificate.study_id) == kept
    install()
    assert Line.objects.get().who == "body"


@pytest.mark.parametrize(
    ("since", "day", "basis"),
    [
        (date(2026, 3, 1), date(2027, 3, 1), "surveillance"),
        (date(2027, 3, 1), date(2027, 3, 1), "surveillance"),
        (date(2027, 3, 2), date(2028, 2, 29), "validity"),
        (date(2030, 1, 1), date(2028, 2, 29), "validity"),
    ],
)
def test_the_next_event_is_the_next_surveillance_or_the_last_day(since: date, day: date, basis: str) -> None:
    certificate = Certificate(
        valid_from=date(2026, 3, 1),
        valid_until=date(2028, 2, 29),
        terms={"surveillance_months": 12, "validity_months": 24},
        scheme="tanbiao-demo@1.0.0",
    )
    found = next_event(certificate, since)
    assert (found.day, found.basis) == (day, basis)
    assert found.source == "tanbiao-demo@1.0.0: project default, not official"
    with clock.at(clock.wall() + timedelta(days=3650)):
        assert next_event(certificate, since).is_past


def test_a_term_that_the_scheme_does_not_set_is_the_projects_default() -> None:
    certificate = Certificate(valid_from=date(2026, 3, 1), valid_until=date(2028, 2, 29), terms={}, scheme="gone@1.0.0")
    assert next_event(certificate, date(2026, 3, 1)).source == "project default, not official"
    certificate.terms = {"surveillance_months": 0}
    assert next_event(certificate, date(2026, 3, 1)).basis == "validity"


def test_only_overseers_ask_and_a_release_that_is_nowhere_is_refused_by_name(held: Held) -> None:
    for role in (Role.ENTERPRISE_MANAGER, Role.CASE_MANAGER):
        with pytest.raises(NotAllowed):
            commands.ask(held.play.who(role), release=RELEASE)
    client = client_of(held.world.actor(held.world.operator))
    for name in ("nowhere-1", "../../etc/passwd", ""):
        answer = client.post("/impact/ask/", {"release": name})
        assert answer.status_code == 422
        assert not Run.objects.exists()
    assert client.get("/impact/").status_code == 200
