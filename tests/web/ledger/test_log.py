"""The transparency log: entries in their command's transaction, indexes in commit order, signed checkpoints, tiles."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factories import SYSTEM, World
from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence import merkle, notes
from tanbiao.evidence.tiles import Tile, bundle_leaves, nodes_from_tiles, tiles_of
from tanbiao.web import clock
from tanbiao.web.commanding import Conflict
from tanbiao.web.ids import new_id
from tanbiao.web.ledger import commands, fsck, queries, sequencer, signing
from tanbiao.web.ledger.models import (
    BatchMember,
    Checkpoint,
    IndexedEntry,
    LogEntry,
    PrivateRecord,
    QueuedEntry,
    TreeNode,
)

HASH = "sha256:" + "ab" * 32

pytestmark = pytest.mark.django_db


def record(number: int = 1, kind: str = "certificate_issued") -> LogEntry:
    public = {"certificate": f"DEMO-{number:05d}", "status": "valid"} if kind == "certificate_issued" else {}
    with transaction.atomic():
        return commands.record(SYSTEM, type=kind, subject=str(new_id()), event={"n": number}, public=public)


def test_an_entry_waits_until_the_sequencer_gives_it_the_next_index() -> None:
    begin = sequencer.size()
    entries = [record(number) for number in range(5)]
    assert sequencer.size() == begin
    with pytest.raises(Conflict, match="no index"):
        queries.inclusion(entries[0])
    commands.settle()
    indexes = [IndexedEntry.objects.get(entry=entry).index for entry in entries]
    assert indexes == list(range(begin, begin + 5))
    assert not QueuedEntry.objects.filter(batched=False).exists()


def test_an_entry_of_a_command_that_fails_leaves_nothing(transactional_db: None) -> None:
    def fails() -> None:
        commands.record(SYSTEM, type="case_event", subject=str(new_id()), event={})
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"), transaction.atomic():
        fails()
    assert not LogEntry.objects.exists()
    with pytest.raises(RuntimeError, match="transaction"):
        commands.record(SYSTEM, type="case_event", subject=str(new_id()), event={})


def test_the_leaf_shows_only_what_is_public_and_commits_to_the_rest() -> None:
    entry = record(7)
    body = json.loads(bytes(entry.leaf))
    assert set(body) == {"v", "type", "at", "subject", "commit", "public"}
    assert body["public"] == {"certificate": "DEMO-00007", "status": "valid"}
    event = json.loads(PrivateRecord.objects.get(entry=entry).event)
    assert event == {"actor": {"system": "tests"}, "n": 7}
    with pytest.raises(TanbiaoError) as caught, transaction.atomic():
        commands.record(SYSTEM, type="case_event", subject=str(new_id()), event={}, public={"product": "LFP"})
    assert caught.value.code == "leaf_field_not_public"


@pytest.mark.parametrize("count", [1, 2, 3, 7, 255, 257])
def test_every_entry_is_proved_under_a_signed_checkpoint(count: int) -> None:
    entries = [record(number) for number in range(count)]
    commands.settle()
    for entry in (entries[0], entries[count // 2], entries[-1]):
        proof = queries.inclusion(entry)
        file = notes.LogProof(proof.index, proof.path, proof.checkpoint)
        signed = notes.LogProof.parse(file.text()).verify(bytes(entry.leaf), signing.verifiers())
        assert (signed.size, signed.root) == (proof.size, proof.root)
        assert proof.leaf == bytes(entry.leaf)


def test_the_nodes_of_a_proof_are_read_with_one_query() -> None:
    for number in range(21):
        record(number)
    commands.settle()
    size = sequencer.size()
    indexed = IndexedEntry.objects.select_related("entry").order_by("index")
    leaves = [bytes.fromhex(one.entry.leaf_hash) for one in indexed]
    with CaptureQueriesContext(connection) as seen:
        path = sequencer.with_nodes(lambda nodes: merkle.inclusion_proof_from(nodes, 9, size))
    assert path == merkle.inclusion_proof(9, leaves)
    assert len(seen) == 1
    with pytest.raises(TreeNode.DoesNotExist):
        sequencer.with_nodes(lambda nodes: nodes(40, 3))


def test_a_later_checkpoint_is_consistent_with_an_earlier_one() -> None:
    for number in range(5):
        record(number)
    commands.settle()
    first = queries.latest_checkpoint()
    for number in range(9):
        record(number)
    commands.settle()
    second = queries.latest_checkpoint()
    assert first is not None
    assert second is not None
    assert second.size == first.size + 9
    proof = queries.consistency(first.size, second.size)
    merkle.verify_consistency(first.size, second.size, proof, bytes.fromhex(first.root), bytes.fromhex(second.root))


def test_checkpoints_are_signed_at_most_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequencer, "SIGN_EVERY", timedelta(seconds=1))
    record()
    sequencer.sequence()
    one = sequencer.checkpoint(at_once=True)
    record()
    sequencer.sequence()
    assert sequencer.checkpoint() == one
    assert sequencer.checkpoint(at_once=True) != one


def test_anyone_can_rebuild_the_log_from_its_tiles(client: Client) -> None:
    for number in range(300):
        record(number)
    commands.settle()
    note = client.get("/log/checkpoint").getvalue().decode()
    known = [notes.Verifier.parse(line) for line in client.get("/log/key").getvalue().decode().splitlines()]
    stated = notes.open_checkpoint(note, known)

    def read(tile: Tile) -> bytes:
        response = client.get(f"/log/{tile.path}")
        assert response.status_code == 200, tile.path
        return response.getvalue()

    files = {tile: read(tile) for tile in tiles_of(stated.size)}
    nodes = nodes_from_tiles(lambda tile: files[tile], stated.size)
    assert merkle.root_from(nodes, stated.size) == stated.root
    leaves = [leaf for tile, data in files.items() if tile.level is None for leaf in bundle_leaves(data)]
    assert merkle.root(leaves) == stated.root


@pytest.mark.parametrize(
    "path", ["tile/0/000.p/256", "tile/0/999", "tile/0/x000/001", "tile/9/000", "tile/../x", "tile/0/0"]
)
def test_a_tile_that_is_not_there_is_404(client: Client, path: str) -> None:
    assert client.get(f"/log/{path}").status_code == 404


def test_what_would_show_who_applies_enters_by_the_hour_under_one_root() -> None:
    commands.settle(batches=True)
    entries = [record(number, "case_event") for number in range(3)]
    before = sequencer.size()
    commands.settle()
    assert sequencer.size() == before
    assert sequencer.close_batch() is None
    commands.settle(batches=True)
    assert sequencer.size() == before + 1
    assert BatchMember.objects.filter(entry__in=entries).count() == 3
    for entry in entries:
        proof = queries.inclusion(entry)
        root = bytes.fromhex(json.loads(proof.leaf)["public"]["root"].removeprefix("sha256:"))
        assert proof.batch_index is not None
        assert proof.batch_size is not None
        merkle.verify_inclusion(
            proof.batch_index, proof.batch_size, merkle.leaf_hash(bytes(entry.leaf)), proof.batch_path, root
        )
        merkle.verify_inclusion(proof.index, proof.size, merkle.leaf_hash(proof.leaf), proof.path, proof.root)


def test_the_public_log_names_no_person_company_or_amount(world: World) -> None:
    """Everything that made the world of two tenants is in the log; nothing of it can be read there."""
    world.everyone()
    commands.settle(batches=True)
    shown = b"".join(bytes(data) for data in IndexedEntry.objects.values_list("entry__leaf", flat=True)).decode()
    assert "batch" in shown
    for secret in ("演示", world.alpha.uscc or "", "user", str(world.alpha.id)):
        assert secret not in shown


def test_an_entry_that_waits_too_long_turns_the_health_red(client: Client) -> None:
    commands.settle(batches=True)
    assert queries.waiting() == []
    entry = record()
    soon = clock.wall() + timedelta(seconds=3)
    late = clock.wall() + timedelta(seconds=6)
    assert queries.waiting(soon) == []
    assert queries.waiting(late) == ["entries_without_index"]
    QueuedEntry.objects.filter(entry=entry).update(queued_at=clock.wall() - timedelta(seconds=6))
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["checks"]["log"] == ["entries_without_index"]
    sequencer.sequence()
    assert queries.waiting(late) == ["entries_without_checkpoint"]
    sequencer.checkpoint(at_once=True)
    assert queries.waiting(late) == []


def test_the_time_of_an_entry_is_the_injected_clock_and_not_the_queue() -> None:
    moment = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
    with clock.at(moment):
        entry = record()
    assert json.loads(bytes(entry.leaf))["at"] == "2026-03-01T08:00:00.000000Z"
    assert queries.waiting() == []


def _damage(sql: str, parameters: list[Any]) -> None:
    from django.db import connection

    from tanbiao.web.ledger import triggers

    triggers.drop()
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
    triggers.create()


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("UPDATE ledger_logentry SET leaf = %s WHERE id = %s", {"fsck_leaf_hash", "fsck_node", "fsck_commitment"}),
        ("UPDATE ledger_privaterecord SET event = %s WHERE entry_id = %s", {"fsck_commitment"}),
    ],
)
def test_fsck_names_what_was_changed_behind_the_service(sql: str, expected: set[str]) -> None:
    entries = [record(number) for number in range(3)]
    commands.settle(batches=True)
    assert fsck.check().errors == []
    value: Any = b'{"v":1}' if "leaf" in sql.split("SET")[1] else '{"n":999}'
    from django.db import connection

    key = entries[1].id if connection.vendor == "postgresql" else entries[1].id.hex
    _damage(sql, [value, key])
    found = {item.code for item in fsck.check().errors}
    assert expected <= found


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (["DELETE FROM ledger_indexedentry WHERE index = 1"], {"fsck_gap", "fsck_orphan", "fsck_checkpoint_root"}),
        (
            [
                "UPDATE ledger_indexedentry SET index = 99 WHERE index = 1",
                "UPDATE ledger_indexedentry SET index = 1 WHERE index = 2",
                "UPDATE ledger_indexedentry SET index = 2 WHERE index = 99",
            ],
            {"fsck_node", "fsck_checkpoint_root"},
        ),
        (
            [
                "UPDATE ledger_treenode SET index = 99 WHERE level = 0 AND index = 0",
                "UPDATE ledger_treenode SET index = 0 WHERE level = 0 AND index = 1",
                "UPDATE ledger_treenode SET index = 1 WHERE level = 0 AND index = 99",
            ],
            {"fsck_node"},
        ),
    ],
    ids=["removed entry", "reordered entries", "reordered tile"],
)
def test_fsck_finds_what_was_removed_or_put_elsewhere(sql: list[str], expected: set[str]) -> None:
    for number in range(4):
        record(number)
    commands.settle()
    assert fsck.check().errors == []
    for statement in sql:
        _damage(statement.replace("index", '"index"').replace('ledger_"index"ed', "ledger_indexed"), [])
    assert expected <= {item.code for item in fsck.check().errors}


def test_fsck_finds_a_second_head_of_a_size_though_the_logs_own_key_signed_it() -> None:
    for number in range(3):
        record(number)
    commands.settle()
    stands = Checkpoint.objects.get(size=3)
    other = merkle.root([b"another", b"log", b"of three"])
    note = signing.sign_checkpoint(3, other)
    assert note != stands.note
    _damage("UPDATE ledger_checkpoint SET root = %s, note = %s WHERE size = 3", [other.hex(), note])
    assert {item.code for item in fsck.check().errors} == {"fsck_checkpoint_root"}


def test_fsck_finds_a_checkpoint_that_the_log_never_signed() -> None:
    for number in range(3):
        record(number)
    commands.settle()
    assert fsck.check().errors == []
    forged = Checkpoint(size=2, root="00" * 32, note="no note\n", at=clock.wall())
    forged.save(force_insert=True)
    assert {item.code for item in fsck.check().errors} == {"fsck_checkpoint_root", "fsck_checkpoint_signature"}


def test_erasing_a_salt_leaves_a_leaf_that_nobody_can_link() -> None:
    entry = record()
    commands.settle()
    commands.erase_salt(SYSTEM, entry_id=entry.id)
    assert PrivateRecord.objects.get(entry=entry).salt is None
    assert fsck.check().errors == []
