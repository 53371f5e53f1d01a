"""The platform's log and its witnesses: processes of others co-sign it, and the public sees how many did."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from evidence.logs import begun
from factories import SYSTEM
from tanbiao.evidence import cosignatures, notes
from tanbiao.evidence.cosignatures import Policy
from tanbiao.evidence.monitor import Monitor
from tanbiao.evidence.witness import Witness
from tanbiao.web import clock
from tanbiao.web.ids import new_id
from tanbiao.web.ledger import commands, cosigned, fsck, queries, signing, triggers
from tanbiao.web.ledger.models import Cosignature
from tanbiao.web.ledger.witnessing import Asking
from tanbiao.web.register import verifying

pytestmark = pytest.mark.django_db


def grow(count: int = 1) -> None:
    for number in range(count):
        with transaction.atomic():
            public = {"certificate": f"DEMO-{number:05d}", "intent": "sha256:" + "ab" * 32}
            commands.record(
                SYSTEM, type="certificate_intent", subject=str(new_id()), event={"n": number}, public=public
            )
    commands.settle()


@pytest.fixture
def witnesses(tmp_path: Path, settings: Any) -> Iterator[list[Witness]]:
    """Return two witnesses that run as processes with keys of their own; the platform's list names them."""
    made = []
    with ExitStack() as stack:
        lines = []
        for name in ("gd.witness.example", "hk.witness.example"):
            one = Witness(tmp_path / name)
            one.make(name, now=clock.wall())
            for key in signing.verifiers() or [notes.verifier(signing.origin(), signing.ensure_key())]:
                one.trust_log(key.vkey)
            process, address = begun(one.folder)
            stack.callback(process.wait, 10)
            stack.callback(process.kill)
            lines.append(f"witness {one.key.vkey} {address}\n")
            made.append(one)
        file = tmp_path / "witnesses"
        file.write_text("".join(lines) + "quorum 2\n", encoding="utf-8")
        settings.TANBIAO_WITNESSES = str(file)
        yield made


def signed_by(note: str, known: list[Witness]) -> set[str]:
    return set(cosignatures.cosignatures(note, [one.key for one in known]))


def test_witnesses_cosign_the_log_as_it_grows_and_the_public_sees_it(witnesses: list[Witness], client: Client) -> None:
    asking = Asking()
    for count in (3, 1, 7):
        grow(count)
        assert asking.round() == 2
        assert asking.round() == 0
    note = client.get("/log/checkpoint").getvalue().decode()
    assert signed_by(note, witnesses) == {"gd.witness.example", "hk.witness.example"}
    stated = notes.open_checkpoint(note, signing.verifiers())
    newest = queries.latest_checkpoint()
    assert newest is not None
    assert stated.size == newest.size
    listed = Policy.parse(client.get("/log/witnesses").getvalue().decode())
    assert (listed.quorum, len(listed.witnesses)) == (2, 2)
    [log] = verifying.trust_list().logs
    assert (log.quorum, set(log.witnesses)) == (2, {one.key.vkey for one in witnesses})
    page = client.get("/log/").content.decode()
    for one in witnesses:
        assert one.key.vkey in page
    assert queries.health()["checks"]["witnesses"] == "ok"
    assert fsck.check().errors == []


def test_a_checkpoint_waits_for_its_quorum_and_then_is_shown_without(
    witnesses: list[Witness], monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(2)
    Asking().round()
    witnessed = queries.shown_checkpoint()
    grow(1)
    newest = queries.latest_checkpoint()
    assert witnessed is not None
    assert newest is not None
    assert queries.shown_checkpoint() == witnessed
    assert newest.size == witnessed.size + 1
    monkeypatch.setattr(cosigned, "PATIENCE", timedelta())
    assert queries.shown_checkpoint() == newest
    assert queries.health()["checks"]["witnesses"] == "too_few"


def test_a_log_that_was_rewritten_finds_no_signature_any_more(witnesses: list[Witness], tmp_path: Path) -> None:
    grow(3)
    assert Asking().round() == 2
    before = queries.latest_checkpoint()
    assert before is not None
    head = witnesses[0].head(signing.origin())
    assert head is not None
    # Whoever holds key and database makes another history of the same length …
    triggers.drop(connection)
    with connection.cursor() as cursor:
        for table in ("cosignature", "checkpoint", "treenode", "indexedentry"):
            cursor.execute(f"DELETE FROM ledger_{table}")
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    triggers.create(connection)
    grow(before.size)
    rewritten = queries.latest_checkpoint()
    assert rewritten is not None
    assert rewritten.size == before.size
    assert rewritten.root != before.root
    # … and no witness signs it, nor what is built on it; a monitor that asks a witness sees both.
    assert Asking().round() == 0
    grow(1)
    assert Asking().round() == 0
    assert [size for _, size, _, _ in witnesses[0].refusals()] == [before.size, before.size + 1]
    client = Client()

    def fetch(path: str) -> bytes | None:
        response = client.get(f"/log/{path}")
        return response.getvalue() if response.status_code == 200 else None

    monitor = Monitor(tmp_path / "monitor", fetch)
    monitor.trust([key.vkey for key in signing.verifiers()])
    found = monitor.look(heads=[head.note], now=clock.wall())
    assert [one.code for one in found.findings] == ["monitor_split_view"]


def test_a_witness_that_lost_or_gained_state_is_met_where_it_stands(witnesses: list[Witness], tmp_path: Path) -> None:
    grow(4)
    assert Asking().round() == 2
    triggers.drop(connection)
    Cosignature.objects.all().delete()
    triggers.create(connection)
    grow(1)
    # We remember nothing of the witness: it names its size, and the proof begins there.
    assert Asking().round() == 2
    (witnesses[1].folder / "witness.sqlite3").unlink()
    witnesses[1].trust_log(signing.verifiers()[-1].vkey)
    grow(1)
    assert Asking().round() == 2


def test_a_changed_line_is_found_by_fsck_and_a_list_that_can_not_be_read_by_health(
    witnesses: list[Witness], settings: Any, tmp_path: Path, client: Client
) -> None:
    grow(1)
    Asking().round()
    row = Cosignature.objects.order_by("id").first()
    assert row is not None
    triggers.drop(connection)
    Cosignature.objects.filter(id=row.id).update(line=row.line.replace("gd.", "xx."), vkey=row.vkey)
    other = Cosignature.objects.exclude(id=row.id).get()
    Cosignature.objects.filter(id=row.id).update(line=row.line[:-8] + "AAAAAA=\n")
    triggers.create(connection)
    assert other.witness == "hk.witness.example"
    assert [one.code for one in fsck.check().errors] == ["fsck_cosignature"]
    settings.TANBIAO_WITNESSES = str(tmp_path / "broken")
    (tmp_path / "broken").write_text("quorum many", encoding="utf-8")
    assert queries.health()["checks"]["witnesses"] == "list_unreadable"
    assert client.get("/log/checkpoint").status_code == 200


def test_witness_that_does_not_answer_is_left_alone_for_a_while(settings: Any, tmp_path: Path) -> None:
    one = Witness(tmp_path / "w")
    key = one.make("away.example", now=clock.wall())
    file = tmp_path / "witnesses"
    file.write_text(f"witness {key.vkey} http://127.0.0.1:9\nquorum 1\n", encoding="utf-8")
    settings.TANBIAO_WITNESSES = str(file)
    grow(1)
    asking = Asking()
    assert asking.round() == 0
    begin = clock.wall()
    assert asking.round() == 0
    assert clock.wall() - begin < timedelta(seconds=1)
    assert not Cosignature.objects.exists()
