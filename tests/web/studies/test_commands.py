"""Studies through their commands: nothing lost, nothing overwritten, nothing skipped."""

from __future__ import annotations

from typing import Any

import pytest

from factories import SYSTEM, World
from tanbiao.core.canonical import content_hash
from tanbiao.core.study import package as packages
from tanbiao.examples import example
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Role
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, NotFound
from tanbiao.web.ledger.models import LogEntry
from tanbiao.web.studies import commands, queries
from tanbiao.web.studies.models import Study

pytestmark = pytest.mark.django_db
EXAMPLE = "cement-clinker"


@pytest.fixture
def editor(world: World, starter: object) -> Actor:
    return world.actor(world.alpha, Role.ENTERPRISE_EDITOR)


@pytest.fixture
def manager(world: World) -> Actor:
    return world.actor(world.alpha, Role.ENTERPRISE_MANAGER)


@pytest.fixture
def study(editor: Actor) -> Study:
    made = commands.create(editor, title_zh="水泥熟料")
    file = example(EXAMPLE)
    record = commands.bring_in(editor, study_id=made.id, filename=file.file, data=file.read())
    assert record.accepted, record.findings
    return queries.study(editor, made.id)


def head(actor: Actor, study: Study) -> str:
    return queries.revision(actor, study.id).hash


def ready(editor: Actor, study: Study) -> None:
    commands.calculate(editor, study_id=study.id, samples=100)
    commands.settle(editor, study_id=study.id)


def test_a_file_becomes_the_first_revision_and_moves_the_study_to_collecting(editor: Actor, study: Study) -> None:
    revision = queries.revision(editor, study.id)
    assert (revision.number, revision.parent, study.state) == (1, None, "collecting")
    assert content_hash(queries.document(editor, study.id)) == revision.hash
    assert revision.rows == sum(1 for _ in queries.parsed(editor, study.id).rows())


@pytest.mark.parametrize(
    ("filename", "data"),
    [
        ("study.xlsx", b"%PDF-1.7 not a workbook"),
        ("study.yaml", b"tanbiao: study/1\ntanbiao: study/1\n"),
        ("study.yaml", b"\xff\xfe\x00 no text"),
        ("study.json", b'{"tanbiao": "study/1"'),
        ("study.yaml", b""),
    ],
)
def test_a_file_that_is_no_study_is_kept_with_findings_and_changes_nothing(
    editor: Actor, study: Study, filename: str, data: bytes
) -> None:
    before = head(editor, study)
    record = commands.bring_in(editor, study_id=study.id, filename=filename, data=data, expected_parent=before)
    assert not record.accepted
    assert record.findings
    assert head(editor, study) == before
    assert queries.get_blob(record.blob) == data


def test_the_second_of_two_who_save_at_once_is_told_and_loses_nothing(editor: Actor, study: Study) -> None:
    seen = head(editor, study)
    document = queries.document(editor, study.id)
    document["assumptions"] = [{"zh": "第一人"}]
    commands.save(editor, study_id=study.id, document=document, expected_parent=seen)
    document["assumptions"] = [{"zh": "第二人"}]
    with pytest.raises(Conflict) as refused:
        commands.save(editor, study_id=study.id, document=document, expected_parent=seen)
    assert refused.value.code == "stale_parent"
    assert queries.document(editor, study.id)["assumptions"] == [{"zh": "第一人"}]


def test_a_saved_revision_is_never_changed_and_differences_are_shown_by_row(editor: Actor, study: Study) -> None:
    row_id = next(row.id for path, row in queries.parsed(editor, study.id).rows() if isinstance(row.amount, str))
    commands.edit_row(
        editor, study_id=study.id, row_id=row_id, changes={"note": "核对过"}, expected_parent=head(editor, study)
    )
    assert queries.revision(editor, study.id).number == 2
    changed = queries.changes(editor, study.id, older=1, newer=2)
    assert [(change.kind, change.row, set(change.fields)) for change in changed] == [("changed", row_id, {"note"})]
    assert queries.document(editor, study.id, 1) != queries.document(editor, study.id, 2)


def test_rows_are_added_and_removed_under_ids_that_never_return(editor: Actor, study: Study) -> None:
    row = {"amount": "1 kg", "from": "dataset/nothing", "name": {"zh": "测试"}}
    commands.add_row(
        editor, study_id=study.id, group="stages.manufacturing", row=row, expected_parent=head(editor, study)
    )
    added = queries.document(editor, study.id)["stages"]["manufacturing"][-1]["id"]
    commands.remove_row(editor, study_id=study.id, row_id=added, expected_parent=head(editor, study))
    commands.add_row(
        editor, study_id=study.id, group="stages.manufacturing", row=row, expected_parent=head(editor, study)
    )
    assert queries.document(editor, study.id)["stages"]["manufacturing"][-1]["id"] != added
    with pytest.raises(Invalid) as refused:
        commands.remove_row(editor, study_id=study.id, row_id=added, expected_parent=head(editor, study))
    assert refused.value.code == "row_unknown"


def test_a_result_is_kept_with_its_seed_and_samples(editor: Actor, study: Study) -> None:
    commands.calculate(editor, study_id=study.id, samples=50, seed=7)
    versions = queries.result_document(editor, study.id)["versions"]
    assert (versions["seed"], versions["samples"]) == (7, 50)


def test_an_unknown_factor_gives_no_result_and_keeps_the_draft(editor: Actor, study: Study) -> None:
    row_id = next(row.id for _path, row in queries.parsed(editor, study.id).rows() if row.from_)
    commands.edit_row(
        editor,
        study_id=study.id,
        row_id=row_id,
        changes={"from": "dataset/NO-SUCH-FACTOR"},
        expected_parent=head(editor, study),
    )
    with pytest.raises(Invalid) as refused:
        commands.calculate(editor, study_id=study.id)
    assert "unknown_dataset" in {item.code for item in refused.value.findings}
    assert queries.revision(editor, study.id).number == 2


def test_submitting_freezes_a_package_that_replays_to_the_same_bits(
    editor: Actor, manager: Actor, study: Study
) -> None:
    ready(editor, study)
    submitted = commands.submit(manager, study_id=study.id, builds_on=head(manager, study))
    assert submitted.state == "submitted"
    package = queries.package(manager, study.id)
    assert content_hash(package) == submitted.package_hash
    kept = queries.latest_result(manager, study.id)
    assert kept is not None
    assert packages.replay(package).hash == kept.hash
    with pytest.raises(Conflict) as refused:
        commands.save(
            editor, study_id=study.id, document=queries.document(editor, study.id), expected_parent=head(editor, study)
        )
    assert refused.value.code == "study_locked"


def test_the_state_moves_only_by_its_lifecycle(editor: Actor, manager: Actor, study: Study) -> None:
    with pytest.raises(Conflict):
        commands.submit(manager, study_id=study.id, builds_on=head(manager, study))
    with pytest.raises(Conflict):
        commands.settle(editor, study_id=study.id)
    with pytest.raises(NotAllowed):
        commands.submit(editor, study_id=study.id, builds_on=head(editor, study))
    ready(editor, study)
    with pytest.raises(Conflict) as refused:
        commands.submit(manager, study_id=study.id, builds_on="sha256:" + "0" * 64)
    assert refused.value.code == "stale_decision"
    assert queries.study(manager, study.id).state == "calculated"


def test_editing_a_calculated_study_opens_it_again(editor: Actor, study: Study) -> None:
    ready(editor, study)
    document = queries.document(editor, study.id)
    document["assumptions"] = [{"zh": "改动"}]
    commands.save(editor, study_id=study.id, document=document, expected_parent=head(editor, study))
    assert queries.study(editor, study.id).state == "collecting"


def test_only_a_case_makes_a_study_verified(editor: Actor, manager: Actor, study: Study) -> None:
    ready(editor, study)
    commands.submit(manager, study_id=study.id, builds_on=head(manager, study))
    for actor in (editor, manager):
        with pytest.raises(NotAllowed):
            commands.mark_verified(actor, study_id=study.id, case="C1", findings_open=0)
    commands.begin_verification(SYSTEM, study_id=study.id, case="C1")
    with pytest.raises(Conflict) as refused:
        commands.mark_verified(SYSTEM, study_id=study.id, case="C1", findings_open=1)
    assert refused.value.code == "case_findings_open"
    assert commands.mark_verified(SYSTEM, study_id=study.id, case="C1", findings_open=0).state == "verified"


def test_every_transition_leaves_history_and_a_private_log_entry(editor: Actor, manager: Actor, study: Study) -> None:
    ready(editor, study)
    commands.submit(manager, study_id=study.id, builds_on=head(manager, study))
    events = list(queries.history(manager, study.id).values_list("event", flat=True))
    assert events == ["create", "collect", "calculate", "submit"]
    entries = LogEntry.objects.filter(subject=str(study.id))
    assert entries.count() == len(events)
    for entry in entries:
        assert "熟料".encode() not in bytes(entry.leaf)


def test_a_stranger_sees_no_study_until_a_case_gives_sight(world: World, editor: Actor, study: Study) -> None:
    stranger, verifier = world.actor(world.beta), world.actor(world.body, Role.VERIFIER)
    for actor in (stranger, verifier):
        with pytest.raises(NotFound):
            queries.study(actor, study.id)
        with pytest.raises(NotFound):
            queries.document(actor, study.id)
    commands.grant_sight(SYSTEM, study_id=study.id, organisation=world.body, purpose="case/1")
    assert queries.study(verifier, study.id) == study
    commands.end_sight(SYSTEM, study_id=study.id, purpose="case/1")
    with pytest.raises(NotFound):
        queries.study(verifier, study.id)


@pytest.mark.parametrize(
    ("filename", "data", "accepted"),
    [
        ("bill.pdf", b"%PDF-1.7\n...", True),
        ("photo.png", b"\x89PNG\r\n\x1a\n...", True),
        ("bill.pdf", b"MZ\x90\x00 an executable", False),
        ("run.exe", b"MZ\x90\x00", False),
        ("page.html", b"<script>1</script>", False),
        ("data.csv", b"\xff\xfe\x00\x01", False),
        ("empty.pdf", b"", False),
    ],
)
def test_evidence_is_what_its_name_says_or_refused(
    editor: Actor, study: Study, filename: str, data: bytes, accepted: bool
) -> None:
    call: dict[str, Any] = {"study_id": study.id, "row_id": "", "filename": filename, "media_type": "x/y", "data": data}
    if accepted:
        item = commands.attach(editor, **call)
        assert queries.evidence_file(editor, item.id)[1] == data
    else:
        with pytest.raises(Invalid):
            commands.attach(editor, **call)
        assert not queries.evidence(editor, study.id).exists()


def test_only_the_person_named_writes_a_waiver_and_only_in_a_role_held(
    editor: Actor, manager: Actor, study: Study
) -> None:
    assert editor.person is not None

    def waived(by: str, role: str) -> dict[str, Any]:
        waiver = {"check": "months", "by": by, "role": role, "reason": "停产检修"}
        return {**queries.document(editor, study.id), "waivers": [waiver]}

    own, role = editor.person.name_zh, Role.ENTERPRISE_EDITOR.value
    for by, named, code in (("别人", role, "waiver_of_another"), (own, "verifier", "waiver_role_not_held")):
        with pytest.raises(NotAllowed) as caught:
            commands.save(editor, study_id=study.id, document=waived(by, named), expected_parent=head(editor, study))
        assert (caught.value.code, caught.value.where) == (code, "waivers[0]")
    document = waived(own, role)
    commands.save(editor, study_id=study.id, document=document, expected_parent=head(editor, study))
    # another person may save again: a waiver that already stands is left as it is
    changed = {**document, "limitations": ["示例"]}
    commands.save(manager, study_id=study.id, document=changed, expected_parent=head(editor, study))
    assert queries.parsed(editor, study.id).waivers[0].by == own
