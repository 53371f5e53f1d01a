"""A round of rectification: changed rows old beside new, their effect, the findings they answer, what carries over."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from factories import World, api_token, client_of
from tanbiao.web.certification import audit, queries, recalculation, rounds
from tanbiao.web.certification import commands as cases
from tanbiao.web.commanding import Conflict
from tanbiao.web.studies import commands as studies
from tanbiao.web.studies import queries as study_queries
from web.certification.playing import Play

pytestmark = pytest.mark.django_db


def package(*rows: tuple[str, str, str, str]) -> dict[str, Any]:
    """A package of rows (row, amount, factor, value)."""
    made = [
        {"row": row, "amount": amount, "factor": factor, "value": value, "unit": "kg"}
        for row, amount, factor, value in rows
    ]
    total = str(sum(float(value) for *_, value in rows))
    return {"result": {"contributions": made, "total": {"value": total}}}


def test_added_removed_and_changed_rows_have_their_effect() -> None:
    """a: 2 kg × 3 → 4 kg × 3 = +6; b gone = −5; c new = +1; d the same. Together 6 + 5 + 7 → 12 + 1 + 7: +2."""
    old = package(("a", "2", "3", "6"), ("b", "5", "1", "5"), ("d", "7", "1", "7"))
    new = package(("a", "4", "3", "12"), ("c", "1", "1", "1"), ("d", "7", "1", "7"))
    change = rounds.compare(old, new)
    assert [(row.row, row.kind, row.effect) for row in change.rows] == [
        ("a", "changed", 6.0),
        ("b", "removed", -5.0),
        ("c", "added", 1.0),
    ]
    assert [(cell.field, cell.old, cell.new) for cell in change.rows[0].cells] == [
        ("amount", "2", "4"),
        ("value", "6", "12"),
    ]
    assert (change.old_total, change.new_total, change.effect) == (18.0, 20.0, 2.0)


def scaled(node: Any, row: str, factor: float) -> bool:
    """Scale the amount of a row anywhere in a study's document."""
    if isinstance(node, dict):
        if node.get("id") == row and isinstance(node.get("amount"), str):
            number, _, unit = node["amount"].partition(" ")
            formula = f"= {factor} * ({unit})"
            node["amount"] = formula if number == "=" else f"{float(number) * factor:.6g} {unit}"
            return True
        return any(scaled(item, row, factor) for item in node.values())
    return isinstance(node, list) and any(scaled(item, row, factor) for item in node)


def test_a_corrected_row_shows_old_and_new_and_its_finding_and_the_ledger_sees_the_correction(world: World) -> None:
    play = Play(world)
    play.until("footprint_verification")
    play.sample()
    assert play.study_id is not None
    document = study_queries.document(play.manager, play.study_id)
    rows = recalculation.contributions(play.case)
    on_list = {item.row for item in audit.list_of(play.case)}
    wrong = next(row for row in rows if row.row in on_list and scaled(document, row.row, 0.5))
    cases.record_test(
        play.verifier,
        case_id=play.case_id,
        row=wrong.row,
        kind="recalculate",
        result="misstated",
        figure=wrong.value * 0.5,
        text="数量多记一倍",
    )
    finding = cases.raise_finding(play.verifier, case_id=play.case_id, severity="major", text="多记", row=wrong.row)
    cases.require_rectification(play.verifier, case_id=play.case_id)
    cases.answer_finding(play.manager, finding_id=finding.id, text="已更正")
    head = study_queries.revision(play.manager, play.study_id).hash
    studies.save(play.manager, study_id=play.study_id, document=document, expected_parent=head)
    play.resubmit_study()
    cases.resubmit(play.manager, case_id=play.case_id)

    for reader in (play.manager, play.verifier):
        token: Any = api_token(reader)
        told = Client().get(f"/api/v1/cases/{play.case_id}/round", **token).json()
        line = next(item for item in told["rows"] if item["row"] == wrong.row)
        assert line["effect"] == pytest.approx(-wrong.value / 2, rel=1e-5)
        assert (line["kind"], line["findings"]) == ("changed", [finding.number])
        assert sum(item["effect"] for item in told["rows"]) == pytest.approx(told["effect"], rel=1e-9)
        page = client_of(reader).get(f"/cases/{play.case_id}/", headers={"accept-language": "en"}).content.decode()
        assert "What the rectification changed" in page

    # What the rectification changed is looked at again: of the consistency list the lines of this row, and no others.
    asked = {item.row for item in audit.list_of(play.case) if item.key not in audit.standing_answers(play.case)}
    assert asked == {wrong.row}
    listed = Client().get(f"/api/v1/cases/{play.case_id}/consistency", **token).json()
    assert {item["row"] for item in listed if not item["answer"]} == {wrong.row}

    changed = {item["row"] for item in told["rows"]}
    cases.carry_over(play.verifier, case_id=play.case_id)
    engagement = queries.verification(play.verifier, play.case.id)
    assert not changed & set(engagement.tests)
    assert all(test.carried_from == 1 for tests in engagement.tests.values() for test in tests)
    assert engagement.ledger is not None
    assert engagement.ledger.corrected == pytest.approx(wrong.value / 2, rel=1e-5)
    assert engagement.ledger.uncorrected == pytest.approx(0, abs=1e-5 * wrong.value)


def test_a_study_changed_after_sealing_is_verified_as_it_was_sealed(world: World) -> None:
    """The study goes on being edited; the case's rows, workbook and ledger stay those of the sealed package."""
    play = Play(world)
    play.until("footprint_verification")
    assert play.study_id is not None
    before = queries.verification(play.verifier, play.case.id).rows
    document = study_queries.document(play.manager, play.study_id)
    assert scaled(document, before[0].row, 0.1) or scaled(document, before[1].row, 0.1)
    head = study_queries.revision(play.manager, play.study_id).hash
    with pytest.raises(Conflict):
        studies.save(play.manager, study_id=play.study_id, document=document, expected_parent=head)
    assert queries.verification(play.verifier, play.case.id).rows == before
