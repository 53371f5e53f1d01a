"""Critical reviews on the platform: who may record one, of what, and how it is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from factories import World, api_token, client_of
from tanbiao.cli.main import main
from tanbiao.examples import example
from tanbiao.formats import yaml_study
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import Invalid, NotAllowed, NotFound
from tanbiao.web.ledger.models import LogEntry
from tanbiao.web.studies import commands, queries, reviewing

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(world: World, starter: object) -> Actor:
    return world.actor(world.alpha, Role.ENTERPRISE_EDITOR)


@pytest.fixture
def manager(world: World) -> Actor:
    return world.actor(world.alpha, Role.ENTERPRISE_MANAGER)


@pytest.fixture
def expert(world: World) -> Actor:
    return world.actor(world.body, Role.REVIEWER)


@pytest.fixture
def study_id(editor: Actor) -> Any:
    made = commands.create(editor, title_zh="熟料")
    file = example("cement-clinker")
    assert commands.bring_in(editor, study_id=made.id, filename=file.file, data=file.read()).accepted
    commands.calculate(editor, study_id=made.id, samples=0)
    return made.id


def filled(actor: Actor, study_id: Any, **changes: Any) -> dict[str, Any]:
    """Return the record to fill in, filled."""
    body = reviewing.template(actor, study_id)
    person = {**body["reviewers"][0], "name": "李四", "organisation": "某院", "competence": "LCA"}
    return {**body, "reviewers": [person], "comments": [], "statement": "符合。", **changes}


def test_an_invited_expert_records_a_review_of_the_newest_result(
    editor: Actor, manager: Actor, expert: Actor, study_id: Any
) -> None:
    with pytest.raises(NotFound):
        queries.study(expert, study_id)
    assert expert.organisation is not None
    reviewing.invite(manager, study_id=study_id, organisation_id=expert.organisation.id)
    before = LogEntry.objects.filter(subject=str(study_id)).count()
    kept = reviewing.record(expert, study_id=study_id, document=filled(expert, study_id))
    assert LogEntry.objects.filter(subject=str(study_id)).count() == before + 1
    assert (kept.conclusion, kept.kind) == ("conforms", "external_expert")
    for lang, words in (("zh", ("鉴定性评审", "符合")), ("en", ("Critical reviews", "conforms"))):
        browser = client_of(editor, lang)
        page = browser.get(f"/studies/{study_id}/reviews/").content.decode()
        record = browser.get(f"/studies/{study_id}/reviews/{kept.id}/record.html").content.decode()
        assert all(word in page for word in words)
        assert "李四" in record
    assert client_of(editor).get(f"/studies/{study_id}/reviews/{kept.id}/record.docx").content.startswith(b"PK")
    assert client_of(editor).get(f"/studies/{study_id}/reviews/{kept.id}/record.pdf").content.startswith(b"%PDF")
    told = Client().get(f"/api/v1/studies/{study_id}/reviews", **api_token(editor)).json()
    assert [(item["conclusion"], item["revision"]) for item in told] == [("conforms", 1)]
    reviewing.end_invitation(manager, study_id=study_id, organisation_id=expert.organisation.id)
    with pytest.raises(NotFound):
        queries.study(expert, study_id)


def test_who_had_a_part_or_stands_on_the_wrong_side_records_none(
    editor: Actor, manager: Actor, expert: Actor, study_id: Any
) -> None:
    with pytest.raises(NotAllowed) as author:
        reviewing.record(editor, study_id=study_id, document=filled(editor, study_id, kind="internal_expert"))
    assert author.value.code == "reviewer_had_a_part"
    with pytest.raises(NotAllowed) as wrong:
        reviewing.record(manager, study_id=study_id, document=filled(manager, study_id))
    assert wrong.value.code == "review_wrong_side"
    inside = filled(manager, study_id, kind="internal_expert")
    assert reviewing.record(manager, study_id=study_id, document=inside).kind == "internal_expert"
    with pytest.raises(NotFound):
        reviewing.record(expert, study_id=study_id, document=inside)


def test_a_record_of_another_result_is_refused(manager: Actor, study_id: Any) -> None:
    inside = filled(manager, study_id, kind="internal_expert", result="sha256:" + "0" * 64)
    with pytest.raises(Invalid) as refused:
        reviewing.record(manager, study_id=study_id, document=inside)
    assert refused.value.code == "review_of_another_result"


def test_the_page_takes_the_filled_record(manager: Actor, study_id: Any) -> None:
    browser = client_of(manager, "en")
    assert b"tanbiao: review/1" in browser.get(f"/studies/{study_id}/reviews/record.yaml").content
    data = yaml_study.dump(filled(manager, study_id, kind="internal_expert"))
    file = SimpleUploadedFile("r.yaml", data, "application/yaml")
    assert browser.post(f"/studies/{study_id}/reviews/", {"file": file}).status_code == 302
    bad = SimpleUploadedFile("r.yaml", b"tanbiao: review/1\n", "application/yaml")
    answer = browser.post(f"/studies/{study_id}/reviews/", {"file": bad})
    assert answer.status_code == 422
    assert "malformed" in answer.content.decode()


def test_the_command_checks_a_record_and_sets_it(
    manager: Actor, study_id: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, study, out = tmp_path / "r.yaml", tmp_path / "s.yaml", tmp_path / "r.docx"
    path.write_bytes(yaml_study.dump(filled(manager, study_id)))
    study.write_bytes(example("cement-clinker").read())
    assert main(["review", str(path), "--study", str(study), "--out", str(out), "--lang", "en"]) == 0
    assert "conforms" in capsys.readouterr().out
    assert out.read_bytes().startswith(b"PK")
    path.write_bytes(yaml_study.dump(filled(manager, study_id, reviewers=[])))
    assert main(["review", str(path), "--lang", "en"]) == 1
    assert "no reviewer" in capsys.readouterr().out
