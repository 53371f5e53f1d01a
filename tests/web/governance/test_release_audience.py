"""A release for some alone: built of one's own datasets or of a closed database, and not there for all others."""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from factories import World, api_token, client_of
from study_background import document, stages
from tanbiao.core.canonical import canonical_bytes
from tanbiao.core.findings import TanbiaoError
from tanbiao.core.study import calculate
from tanbiao.core.study.package import seal, withheld
from tanbiao.evidence import bundles
from tanbiao.formats import forms
from tanbiao.formats.export import TARGETS
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, NotFound
from tanbiao.web.factors import audiences, queries, release_queries
from tanbiao.web.factors import commands as factors
from tanbiao.web.factors.models import AudienceChange, DatasetEntry, Release
from tanbiao.web.governance import commands
from tanbiao.web.governance import queries as governance
from tanbiao.web.governance.handlers import carry_through
from tanbiao.web.governance.models import Database, PlatformRelease
from tanbiao.web.impact import commands as impact
from tanbiao.web.impact import queries as impact_queries
from tanbiao.web.impact import running
from tanbiao.web.impact.models import Run
from tanbiao.web.ledger.models import LogEntry
from tanbiao.web.rulebook.commands.drafting import release_of
from tanbiao.web.studies import commands as studies
from tanbiao.web.studies import files
from tanbiao.web.studies import queries as study_queries
from tanbiao.web.studies.models import Study, StudyGrant
from web import walking
from web.governance.judging import Way, steel, stored

pytestmark = pytest.mark.django_db

KEY = "p-secret-melting"
NAME_ZH, NAME_EN = "机密熔炼工艺甲", "confidential melting route"
FIGURE = 7.65432198
"""kg CO2 per kg of the invented process; CO2 weighs 1 kg CO2e in every set, so it is the dataset's figure."""
DATASET = "own-data:p-secret-melting"
BASIS = "licence no. 2026-17"
SECRETS = (NAME_ZH, NAME_EN, "7.65432", "765.432")


def secret(amount: float = FIGURE, version: str = "1.0") -> Any:
    """Return the invented process under its own names."""
    content = steel(amount, version, KEY)
    (process,) = content.processes
    return replace(content, processes=(replace(process, name={"zh": NAME_ZH, "en": NAME_EN}),))


@dataclass
class Holder:
    """An enterprise with a licensed copy, its release, and a study on it."""

    actor: Actor
    release: Release
    asked: PlatformRelease
    study: Study
    result: Any

    @property
    def name(self) -> str:
        """Name of its release."""
        return self.release.name


def asked_of(actor: Actor, name: str = "copy-1", **more: Any) -> PlatformRelease:
    return commands.ask_own_release(actor, **{"name": name, "version": "1", "basis": BASIS} | more)


def study_of(actor: Actor, release: str, dataset: str = DATASET) -> Study:
    made = studies.create(actor, title_zh="演示铸件")
    rows = [{"id": "r1", "amount": "100 kg", "from": f"dataset/{dataset}"}]
    body = document(release=release, stages=stages(raw_materials=rows), unit={"declared": "1 t", "amounts_for": "1 t"})
    record = studies.bring_in(actor, study_id=made.id, filename="study.json", data=canonical_bytes(body))
    assert record.accepted, record.findings
    return study_queries.study(actor, made.id)


@pytest.fixture
def editor(world: World) -> Actor:
    return world.actor(world.alpha, Role.ENTERPRISE_EDITOR)


@pytest.fixture
def holder(editor: Actor) -> Holder:
    stored(editor, secret())
    asked = carry_through(asked_of(editor).id)
    assert (asked.state, asked.findings) == ("built", [])
    assert asked.release is not None
    study = study_of(editor, asked.release.name)
    result = studies.calculate(editor, study_id=study.id, samples=0)
    return Holder(editor, asked.release, asked, study, result)


def outsiders(world: World) -> list[Actor | None]:
    """Return a visitor and people of every other kind of organisation, who judge and install among them."""
    return [
        None,
        world.actor(world.beta, Role.ENTERPRISE_EDITOR),
        world.actor(world.body, Role.VERIFIER),
        world.actor(world.authority, Role.AUTHORITY_OFFICER),
        world.actor(world.operator, Role.OPERATOR),
    ]


# -- one's own data ------------------------------------------------------------------------------------------------


def test_who_holds_a_licensed_copy_calculates_on_it_and_reads_it(world: World, holder: Holder) -> None:
    assert holder.name == f"own-{world.alpha.id.hex[-8:]}-copy-1"
    assert (holder.release.standing, holder.release.is_public) == ("own", False)
    # 100 kg at 7.65432198 kg CO2e each.
    assert float(holder.result.value) == pytest.approx(765.432198, rel=1e-9)
    assert queries.dataset(holder.actor, DATASET, holder.name).redistribution.startswith("no")
    colleague = world.actor(world.alpha)
    assert [row.dataset_id for row in queries.datasets(colleague, queries.Filter("熔炼"), holder.name)] == [DATASET]
    page = client_of(holder.actor).get(f"/factors/releases/{holder.name}/").content.decode()
    assert f"only for {world.alpha.name_en}" in page
    told = Client().get("/api/v1/releases?limit=100", **api_token(holder.actor)).json()["items"]
    (row,) = [item for item in told if item["name"] == holder.name]
    assert (row["is_public"], row["readers"]) == (False, 1)
    (line,) = AudienceChange.objects.filter(release=holder.release)
    assert ([one["id"] for one in line.organisations], line.basis) == ([str(world.alpha.id)], BASIS)
    leaves = b"".join(bytes(row.leaf) for row in LogEntry.objects.all())
    assert holder.name.encode() not in leaves


def test_a_release_that_is_named_by_nobody_is_the_newest_public_one(holder: Holder, starter: Any) -> None:
    assert queries.release(holder.actor).is_public
    assert queries.open_release(holder.actor).name != holder.name


def test_each_organisation_has_its_names_for_itself(world: World, holder: Holder) -> None:
    other = world.actor(world.beta, Role.ENTERPRISE_EDITOR)
    stored(other, secret(1.0))
    assert carry_through(asked_of(other).id).state == "built"
    with pytest.raises(Conflict) as again:
        asked_of(holder.actor)
    assert again.value.code == "release_name_taken"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"name": "Große"}, "release_name_invalid"),
        ({"name": ""}, "release_name_invalid"),
        ({"version": " "}, "release_name_invalid"),
        ({"basis": "  "}, "audience_basis_missing"),
        ({"level": "best"}, "database_level_unknown"),
        ({"samples": -1}, "release_samples_wrong"),
        ({"base": "nothing-1"}, "release_not_installed"),
        ({"imports": [UUID(int=7)]}, "own_release_import_unknown"),
    ],
    ids=str,
)
def test_what_is_wrong_with_an_own_release_is_told(editor: Actor, wrong: dict[str, Any], code: str) -> None:
    stored(editor, secret())
    with pytest.raises(TanbiaoError) as refused:
        asked_of(editor, **wrong)
    assert refused.value.code == code
    assert not PlatformRelease.objects.exists()


def test_without_datasets_and_on_a_closed_base_there_is_no_own_release(holder: Holder, world: World) -> None:
    with pytest.raises(Conflict) as closed:
        asked_of(holder.actor, "copy-2", base=holder.name)
    assert closed.value.code == "release_base_closed"
    with pytest.raises(Conflict) as empty:
        asked_of(world.actor(world.beta, Role.ENTERPRISE_EDITOR))
    assert empty.value.code == "own_release_empty"
    with pytest.raises(NotAllowed):
        asked_of(world.actor(world.body, Role.VERIFIER))


# -- nobody else ---------------------------------------------------------------------------------------------------


def addresses(holder: Holder, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return every page and GET operation that takes or shows releases and datasets, filled with the holder's."""
    version = str(holder.asked.pins[0]["entry"])
    query = f"?release={holder.name}&id={DATASET}&old={holder.name}&new={holder.name}&q=own-data&dataset={DATASET}"
    found: set[str] = set()
    uuids = (holder.study.id, holder.release.id, holder.asked.id, version, *Run.objects.values_list("id", flat=True))
    for uuid in map(str, uuids):
        monkeypatch.setattr(
            walking, "SAMPLES", walking.SAMPLES | {"uuid": uuid, "str": holder.name, "slug": "own-data"}
        )
        found |= {place.address for place in walking.pages() if not any(char in place.address for char in "(?[")}
        found |= {one.address for one in walking.operations() if one.method == "GET"}
    wanted = (
        "factor",
        "release",
        "dataset",
        "databases",
        "governance",
        "impact",
        "studies",
        "wanted",
        "platform",
        "own-",
    )
    left = sorted(address for address in found if any(word in address for word in wanted))
    csv = [address.replace(f".{holder.name}", ".csv") for address in left if f".{holder.name}" in address]
    return [f"{address}{query}" for address in [*left, *csv]]


def test_no_page_and_no_call_shows_a_closed_release_to_anybody_else(
    world: World, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = addresses(holder, monkeypatch)
    assert len(asked) > 200
    shown = [client_of(holder.actor).get(address).getvalue().decode(errors="replace") for address in asked]
    assert sum(any(word in text for word in SECRETS) for text in shown) > 15
    for actor in outsiders(world):
        client = client_of(actor)
        for address in asked:
            text = client.get(address).getvalue().decode(errors="replace")
            told = [word for word in SECRETS if word in text]
            assert not told, f"{address} tells {actor and actor.organisation} {told}"


READERS = (
    "/factors/?release={}", "/factors/dataset/?release={}&id=own-data:p-secret-melting", "/factors/releases/{}/",
    "/factors/releases/{}/wanted/", "/factors/releases/{}/findings.csv", "/factors/upstream/?release={}&id=x",
    "/factors/upstream.csv?release={}&id=x", "/factors/compare/?old={}&new={}", "/factors/compare.csv?old={}&new={}",
    "/api/v1/releases/{}/wanted", "/api/v1/releases/{}/coverage", "/api/v1/releases/{}/solution",
    "/api/v1/releases/{}/findings", "/api/v1/release-comparison?old={}&new={}", "/api/v1/datasets?release={}",
    "/api/v1/dataset?release={}&id=own-data:p-secret-melting", "/api/v1/dataset/codes?release={}&id=x",
    "/api/v1/dataset/explain?release={}&id=x", "/api/v1/dataset/lineage?release={}&id=x",
    "/api/v1/dataset/lacking?release={}&id=x", "/api/v1/dataset/published?release={}&id=x",
    "/api/v1/impact/wanted-factors?release={}", "/factors/wanted.csv?release={}",
)  # fmt: skip


@pytest.mark.parametrize("address", READERS)
def test_a_closed_release_answers_like_one_that_is_not_there(world: World, holder: Holder, address: str) -> None:
    absent = holder.name.replace("copy", "none")
    for actor in outsiders(world):
        client = client_of(actor)
        real, unreal = (client.get(address.replace("{}", name)) for name in (holder.name, absent))
        assert real.status_code == unreal.status_code
        if "json" in real["Content-Type"] or "csv" in real["Content-Type"]:
            assert real.content.decode().replace(holder.name, absent) == unreal.content.decode()


def test_an_outsider_gets_no_figure_on_it_by_any_command(world: World, holder: Holder) -> None:
    for actor in (world.actor(world.beta, Role.ENTERPRISE_EDITOR), world.actor(world.beta)):
        mine = study_of(actor, holder.name)
        with pytest.raises(Invalid) as refused:
            studies.calculate(actor, study_id=mine.id, samples=0)
        assert refused.value.code == "release_not_installed"
        seen = study_queries.revision(actor, mine.id).hash
        asked: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = [
            (study_queries.views, (actor, mine.id), {}),
            (study_queries.background, (actor, mine.id, holder.name), {}),
            (files.datasets_of, (actor, mine.id, "csv"), {}),
            (studies.repin, (actor,), {"study_id": mine.id, "release": holder.name, "expected_parent": seen}),
            (release_queries.comparison, (actor, holder.name, holder.name), {}),
        ]
        for ask, values, said in asked:
            with pytest.raises(TanbiaoError) as hidden:
                ask(*values, **said)
            assert hidden.value.code == "release_not_installed"
    with pytest.raises(NotFound):
        release_of(holder.name)
    with pytest.raises(NotFound):
        governance.own_release(world.actor(world.beta, Role.ENTERPRISE_EDITOR), holder.asked.id)
    for judge in (world.actor(world.operator, Role.OPERATOR), world.actor(world.authority, Role.AUTHORITY_OFFICER)):
        with pytest.raises(NotFound):
            governance.release(judge, holder.asked.id)
        with pytest.raises(TanbiaoError) as unseen:
            impact.ask(judge, release=holder.name, enqueue=False)
        with pytest.raises(TanbiaoError) as absent:
            impact.ask(judge, release="none-1", enqueue=False)
        assert unseen.value.code == absent.value.code == "release_not_found"


def test_what_leaves_the_house_of_a_study_on_it_holds_no_licensed_value(holder: Holder) -> None:
    actor, study = holder.actor, holder.study.id
    (row,) = study_queries.result_document(actor, study)["contributions"]
    assert row["factor"] == pytest.approx(FIGURE)
    body, release = study_queries.parsed(actor, study), study_queries.background(actor, study, holder.name)
    package = seal(body, release, None, calculate(body, release, None, samples=0))
    assert withheld(package) == (DATASET,)
    assert not [item for item in package["datasets"] if "block" in item]
    left = [bundles.statement(package, bytes(32)), bundles.public(bundles.statement(package, bytes(32)))]
    for target in TARGETS:
        made, told = files.datasets_of(actor, study, target.name)
        assert told
        left.append(made.data)
    for form in forms.FORMS:
        with contextlib.suppress(TanbiaoError):
            left.append(files.form_file(actor, study, form.id, "en").content)
    for data in left:
        for text in texts_of(data):
            assert b"7.65432" not in text


def texts_of(data: bytes) -> Iterator[bytes]:
    """Yield a file, or each member of an archive."""
    if not data.startswith(b"PK"):
        yield data
        return
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            yield archive.read(name)


def test_whom_a_study_was_given_reads_its_rows_and_not_the_release(world: World, holder: Holder) -> None:
    verifier = world.actor(world.body, Role.VERIFIER)
    with pytest.raises(NotFound):
        study_queries.study(verifier, holder.study.id)
    grant = StudyGrant.objects.create(
        study=holder.study, organisation=world.body, purpose="case/x", given_at=clock.now()
    )
    (row,) = study_queries.result_document(verifier, holder.study.id)["contributions"]
    assert (row["dataset"], float(row["factor"])) == (DATASET, pytest.approx(FIGURE))
    assert study_queries.views(verifier, holder.study.id)
    with pytest.raises(NotFound):
        queries.dataset(verifier, DATASET, holder.name)
    grant.ended_at = clock.now()
    grant.save()
    with pytest.raises(NotFound):
        study_queries.views(verifier, holder.study.id)


# -- audiences of databases' releases ------------------------------------------------------------------------------


@pytest.fixture
def closed(world: World) -> Way:
    """A database of the authority, for its owner alone, with one published dataset."""
    way = Way(world)
    way.found()
    way.until("published", secret())
    Database.objects.filter(key=way.key).update(access="owner", licence="commercial")
    return way


def test_a_closed_database_goes_into_a_release_for_its_owner_and_nobody_else(closed: Way) -> None:
    world, owner = closed.world, closed.world.authority

    def ask(**more: Any) -> PlatformRelease:
        said = {"name": "closed-1", "version": "1", "databases": [closed.key]}
        return commands.ask_release(closed.secretariat, **said | more)

    for more, code in (
        ({}, "release_database_closed"),
        ({"only_for": [str(owner.id)]}, "audience_basis_missing"),
        ({"only_for": [str(world.alpha.id)], "basis": BASIS}, "audience_too_wide"),
        ({"only_for": ["nobody"], "basis": BASIS}, "audience_organisation_unknown"),
    ):
        with pytest.raises(TanbiaoError) as refused:
            ask(**more)
        assert refused.value.code == code
    made = carry_through(ask(only_for=[str(owner.uscc)], basis=BASIS).id)
    assert (made.state, made.findings) == ("built", [])
    officer = world.actor(owner, Role.AUTHORITY_OFFICER)
    assert queries.release(officer, "closed-1").name == "closed-1"
    assert governance.release(officer, made.id).id == made.id
    # Who builds it sees that it is there and whom it is for, and nothing of what it holds.
    assert governance.release(closed.secretariat, made.id).id == made.id
    for stranger in (closed.secretariat, closed.provider, closed.metrologist):
        with pytest.raises(NotFound):
            queries.release(stranger, "closed-1")
    with pytest.raises(NotFound):
        governance.release(closed.metrologist, made.id)
    for only_for, code in (([], "release_not_public"), ([str(world.alpha.id)], "audience_too_wide")):
        with pytest.raises(Conflict) as wide:
            audiences.change_audience(closed.secretariat, name="closed-1", only_for=only_for, basis=BASIS)
        assert wide.value.code == code


def test_an_audience_changes_by_command_alone_and_every_change_stays_written(
    world: World, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = world.actor(world.operator, Role.OPERATOR)
    monkeypatch.setattr(audiences, "_limits", [])
    reader = world.actor(world.beta, Role.ENTERPRISE_EDITOR)
    both = [str(world.alpha.id), str(world.beta.uscc)]
    audiences.change_audience(operator, name=holder.name, only_for=both, basis="group licence")
    assert queries.dataset(reader, DATASET, holder.name).id == DATASET
    with pytest.raises(Conflict) as same:
        audiences.change_audience(operator, name=holder.name, only_for=both, basis="group licence")
    assert same.value.code == "audience_same"
    audiences.change_audience(operator, name=holder.name, only_for=both[:1], basis="group licence ended")
    with pytest.raises(NotFound):
        queries.release(reader, holder.name)
    lines = audiences.history([holder.release])[holder.release.id]
    assert [(len(one.organisations), one.basis) for one in lines] == [
        (1, BASIS), (2, "group licence"), (1, "group licence ended"),
    ]  # fmt: skip
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE factors_audiencechange SET basis = 'other'")
    for stranger in (holder.actor, reader):
        with pytest.raises(NotAllowed):
            audiences.change_audience(stranger, name=holder.name, only_for=both, basis="mine")


def test_an_own_release_is_opened_to_nobody_else(world: World, holder: Holder) -> None:
    operator = world.actor(world.operator, Role.OPERATOR)
    with pytest.raises(Conflict) as wide:
        audiences.change_audience(operator, name=holder.name, only_for=[str(world.beta.id)], basis=BASIS)
    assert wide.value.code == "audience_too_wide"
    with pytest.raises(Conflict) as public:
        audiences.change_audience(operator, name=holder.name)
    assert public.value.code == "release_not_public"


def test_a_file_that_is_being_built_is_installed_for_nobody_else(world: World, editor: Actor) -> None:
    stored(editor, secret())
    row = asked_of(editor)
    from tanbiao.web.governance.building import build

    build(row)
    operator = world.actor(world.operator, Role.OPERATOR)
    for more in ({}, {"only_for": [str(world.operator.id)], "basis": BASIS}):
        with pytest.raises(Conflict):
            factors.install_release(operator, name=row.name, **more)
    with pytest.raises(TanbiaoError) as preview:
        impact.ask(operator, release=row.name, enqueue=False)
    assert preview.value.code == "release_not_found"
    assert not DatasetEntry.objects.filter(dataset_id=DATASET).exists()


# -- impact --------------------------------------------------------------------------------------------------------


def test_a_run_of_a_closed_release_is_its_audiences_alone(world: World, holder: Holder) -> None:
    stored(holder.actor, secret(8.0, "2.0"))
    later = carry_through(asked_of(holder.actor, "copy-2", version="2").id)
    assert later.release is not None
    impact.sync(holder.study.id)
    run = impact.follow_installation(running.SYSTEM, release=later.release.name)
    assert run is not None
    running.carry_through(run.id)
    (line,) = impact_queries.lines_of(world.actor(world.alpha), run.id)
    # (8 − 7.65432198) kg CO2e more for each of 100 kg.
    assert line.new is not None
    assert line.new == pytest.approx(800.0)
    for actor in outsiders(world)[1:]:
        assert actor is not None
        assert not impact_queries.runs(actor).filter(id=run.id).exists()
        assert not impact_queries.lines(actor).filter(study=holder.study).exists()
        if impact_queries.oversees(actor):
            assert impact_queries.dependents(actor, [DATASET]) == []
    assert impact_queries.dependents(running.SYSTEM, [DATASET])


# -- form and API --------------------------------------------------------------------------------------------------


def test_the_form_of_own_data_builds_a_release(world: World, editor: Actor) -> None:
    version = stored(editor, secret())
    client = client_of(editor)
    assert "steel.zip" in client.get("/governance/own-releases/").content.decode()
    said = {"name": "by-form", "version": "1", "basis": BASIS, "level": "industry", "imports": [str(version.source_id)]}
    refused = client.post("/governance/own-releases/", said | {"basis": "x"})
    assert refused.status_code == 422
    assert "by what right they are used is not said" in refused.content.decode()
    answer = client.post("/governance/own-releases/", said)
    assert answer.status_code == 302
    row = PlatformRelease.objects.get()
    assert (row.owner, row.state, row.report["level"]) == (world.alpha, "waiting", "industry")
    assert carry_through(row.id).state == "built"
    page = client.get(answer["Location"]).content.decode()
    assert BASIS in page
    assert row.name in client.get("/governance/own-releases/").content.decode()
    assert client_of(world.actor(world.beta, Role.ENTERPRISE_EDITOR)).get(answer["Location"]).status_code == 404


def test_the_api_of_own_data_and_of_audiences(world: World, editor: Actor) -> None:
    stored(editor, secret())
    mine: Any = api_token(editor)
    answer = Client().post(
        "/api/v1/own-releases",
        {"name": "by-api", "version": "1", "basis": BASIS},
        content_type="application/json",
        **mine,
    )
    assert answer.status_code == 202, answer.content
    body = answer.json()
    assert body["readers"] == [str(world.alpha.id)]
    carry_through(PlatformRelease.objects.get().id)
    assert Client().get(f"/api/v1/own-releases/{body['id']}", **mine).json()["state"] == "built"
    other: Any = api_token(world.actor(world.beta, Role.ENTERPRISE_EDITOR))
    assert Client().get(f"/api/v1/own-releases/{body['id']}", **other).status_code == 404
    operator: Any = api_token(world.actor(world.operator, Role.OPERATOR))
    place = f"/api/v1/releases/{body['name']}/audience"
    (line,) = Client().get(place, **operator).json()
    assert (line["is_public"], line["only_for"][0]["id"], line["basis"]) == (False, str(world.alpha.id), BASIS)
    wide = {"only_for": [str(world.beta.id)], "basis": BASIS}
    refused = Client().put(place, wide, content_type="application/json", **operator)
    assert (refused.status_code, refused.json()["findings"][0]["code"]) == (409, "audience_too_wide")
    assert Client().put(place, wide, content_type="application/json", **mine).status_code == 403


def test_the_operators_page_of_audiences_shows_and_changes_them(closed: Way) -> None:
    world = closed.world
    client = client_of(closed.secretariat)
    form = {"name": "by-form", "version": "1", "databases": [closed.key], "standing": "published", "basis": BASIS}
    made = client.post("/governance/releases/", form | {"only_for": f"{world.authority.uscc}\n"})
    assert made.status_code == 302, made.content.decode()
    carry_through(PlatformRelease.objects.get().id)
    page = client.get("/factors/audience/?release=by-form").content.decode()
    assert world.authority.name_en in page
    assert BASIS in page
    said = {"name": "by-form", "only_for": str(world.authority.id), "basis": "another contract"}
    assert client.post("/factors/audience/", said).status_code == 302
    assert "another contract" in client.get("/factors/audience/?release=by-form").content.decode()
    refused = client.post("/factors/audience/", said | {"only_for": str(world.alpha.id)})
    assert refused.status_code == 409
    assert client_of(world.actor(world.alpha)).get("/factors/audience/").status_code == 403
