"""The index follows what happens; a run finds what full calculations find, and changes nothing that is published."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from factories import SYSTEM, World, client_of
from tanbiao.core.lca.release_find import find_release
from tanbiao.core.study import calculate
from tanbiao.web.accounts.roles import Role
from tanbiao.web.factors import commands as factors
from tanbiao.web.factors import queries as factor_queries
from tanbiao.web.impact import commands, index, running
from tanbiao.web.impact.models import CertificateUse, Entry, FactorUse, Line, Run
from tanbiao.web.studies import commands as studies
from web.impact import two_releases
from web.impact.two_releases import NEW, OLD, body, work

sys.path.insert(0, str(Path(__file__).parents[3]))

from benchmarks import impact as impact_benchmark

pytestmark = pytest.mark.django_db


def editor(world: World) -> Any:
    return world.actor(world.alpha, Role.ENTERPRISE_EDITOR)


def test_the_index_holds_what_the_newest_calculated_revision_leans_on(world: World, old: Any) -> None:
    made = two_releases.study(editor(world), 1)
    assert not Entry.objects.exists()
    work()
    uses = {(use.release, use.question, use.dataset_id) for use in FactorUse.objects.all()}
    assert uses == {
        (OLD, "grid/CN/2023", "grid"),
        (OLD, "dataset/steel", "steel"),
        (OLD, "dataset/resin", "resin"),
        (OLD, "fuel/diesel/combustion", "diesel-burn"),
        (OLD, "fuel/diesel/upstream", "diesel-up"),
    }
    # A new revision has no figure yet: the old one is not the study's newest any more, so nothing is left to move.
    studies.save(editor(world), study_id=made.id, document=body(4), expected_parent=made.head.hash)  # type: ignore[union-attr]
    work()
    assert not Entry.objects.exists()
    studies.calculate(editor(world), study_id=made.id, samples=0)
    work()
    assert "grid/CN/2023" not in FactorUse.objects.values_list("question", flat=True)


def test_a_run_finds_the_change_that_a_hand_calculation_finds(world: World, old: Any) -> None:
    made = two_releases.study(editor(world), 1)  # 2 kWh
    still = two_releases.study(editor(world), 4)  # no electricity
    work()
    factors.install_release(SYSTEM, name=NEW)
    work()
    run = Run.objects.get()
    assert (run.state, run.cause, run.predecessors, run.looked_at, run.total) == ("done", "installed", [OLD], 2, 1)
    line = Line.objects.get()
    assert (line.study_id, line.how, line.who, line.class_source) == (made.id, "first_order", "nobody", "")
    assert line.study_id != still.id
    assert line.old is not None
    assert line.new is not None
    # 2 kWh · (0.5 − 0.6) kg CO2e/kWh
    assert line.new - line.old == pytest.approx(-0.2, rel=1e-12)
    # 2 kg · 2 + 0.1 kg · 3 + 0.31 kg · (2.7 + 0.4) + 0.05 kg + 2 kWh · 0.6
    assert line.old == pytest.approx(4 + 0.3 + 0.961 + 0.05 + 1.2, rel=1e-12)
    assert line.causes == [["grid/CN/2023", 2.0, pytest.approx(-0.2)]]
    assert line.p2_5 is not None
    assert line.p97_5 is not None
    assert line.p2_5 < line.new < line.p97_5


def test_two_hundred_studies_come_out_as_calculated_one_by_one(
    world: World, old: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "SLICE", 64)
    before = factor_queries.open_release(SYSTEM, OLD)
    impact_benchmark.store(editor(world), [body(number) for number in range(200)], before)
    commands.rebuild(SYSTEM)
    new = find_release(NEW, data_dir=settings.TANBIAO_DATA)
    run = running.carry_through(commands.ask(SYSTEM, release=NEW, enqueue=False).id)
    # Every fifth study takes no electricity.
    assert (run.state, run.preview, run.total, run.looked_at) == ("done", True, 160, 200)
    for line in Line.objects.select_related("revision"):
        document = index.document_of(line.revision.hash)
        assert line.old == pytest.approx(calculate(document, before, samples=0).value, rel=1e-13)
        assert line.new == pytest.approx(calculate(document, new, samples=0).value, rel=1e-13)


def test_the_index_made_again_from_the_stores_has_the_same_rows(world: World, old: Any) -> None:
    made = [two_releases.study(editor(world), number) for number in range(6)]
    studies.save(editor(world), study_id=made[0].id, document=body(3), expected_parent=made[0].head.hash)  # type: ignore[union-attr]
    work()
    kept = {study.id: index.rows_of(study.id) for study in made}
    assert not kept[made[0].id]
    assert all(kept[study.id] for study in made[1:])
    Entry.objects.all().delete()
    CertificateUse.objects.all().delete()
    commands.rebuild(SYSTEM)
    assert {study.id: index.rows_of(study.id) for study in made} == kept
    assert commands.rebuild(SYSTEM).differed == 0


def test_two_releases_are_compared_per_study_and_certificate(world: World, old: Any) -> None:
    made = two_releases.study(editor(world), 1)
    work()
    factors.install_release(SYSTEM, name=NEW)
    address = f"/factors/compare/?old={OLD}&new={NEW}"
    operator = client_of(world.actor(world.operator, Role.OPERATOR))
    assert "Nobody has asked yet" in operator.get(address).content.decode()
    work()
    line = Line.objects.get(study=made)
    for actor in (world.actor(world.operator, Role.OPERATOR), editor(world)):
        page = client_of(actor).get(address).content.decode()
        assert "Per study and certificate" in page
        assert f"/impact/lines/{line.id}/" in page
        told = client_of(actor).get(f"/api/v1/impact/between?old={OLD}&new={NEW}").json()
        assert [(one["old"], one["new"]) for one in told["items"]] == [(line.old, line.new)]
        assert client_of(actor).get(f"/api/v1/impact/between?old={NEW}&new={OLD}").json()["total"] == 0
    stranger = world.actor(world.beta, Role.ENTERPRISE_EDITOR)
    assert f"/impact/lines/{line.id}/" not in client_of(stranger).get(address).content.decode()
    assert client_of(stranger).get(f"/api/v1/impact/between?old={OLD}&new={NEW}").json()["total"] == 0
    assert "Per study and certificate" not in client_of(None).get(address).content.decode()
