"""The tests of the evidence plan, and the misstatements they find."""

from __future__ import annotations

import math
from uuid import UUID

from tanbiao.core.canonical import decimal12
from tanbiao.core.verification.rows import ResultRow
from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor, person_of
from tanbiao.web.certification.acts import note, of_my_team, require_state
from tanbiao.web.certification.commands.engaging import LONG, planned
from tanbiao.web.certification.commands.verifying import EVALUATING
from tanbiao.web.certification.engagement import Engagement, engagement_of
from tanbiao.web.certification.facts import difference_percent
from tanbiao.web.certification.models import Case, Misstatement, RowTest, SampledRow
from tanbiao.web.commanding import Invalid, command
from tanbiao.web.ledger import commands as ledger
from tanbiao.web.uploads import Upload, checked_upload

KINDS = ("trace", "recalculate", "confirm", "analyse")
RESULTS = ("consistent", "misstated", "inconclusive")
OMITTED = "omitted"


@command("certification.verify")
def record_test(
    actor: Actor,
    *,
    case_id: UUID,
    row: str,
    kind: str,
    result: str,
    figure: float | None = None,
    text: str = "",
    upload: Upload | None = None,
    client_id: str | None = None,
) -> RowTest:
    """Record a test of a row: traced to documents, recalculated by own means, confirmed by others, or analysed.

    A row that was not planned enters the plan. A test that finds a misstatement needs the correct figure and enters the
    ledger. Sent twice with the same ``client_id`` it is one test.

    Raises
    ------
    Invalid
        ``row_not_in_package``, ``test_kind_unknown``, ``test_result_unknown``, ``test_without_evidence``,
        ``own_figure_missing``, ``misstatement_without_figure``, ``test_contradicts_figure``, ``number_malformed``;
        what the upload refuses.
    """
    case = of_my_team(actor, case_id)
    require_state(case, "record_test", *EVALUATING)
    known = case.tests.filter(round=case.round, client_id=client_id).first() if client_id else None
    if known is not None:
        return known
    engagement = engagement_of(case)
    found = known_row(engagement, row)
    _check_kind(kind, result)
    _check_evidence(kind, figure, text, upload)
    _check_figure(found, result, figure, engagement.terms.own_difference_percent_max)
    test = _save(actor, case, found, kind=kind, result=result, figure=figure, text=text, upload=upload, key=client_id)
    if result == "misstated" and figure is not None:
        _on_record(actor, case, found.row, declared=found.value, correct=figure, text=text or kind)
    return test


def known_row(engagement: Engagement, row: str) -> ResultRow:
    """Return a row of the package.

    Raises
    ------
    Invalid
        ``row_not_in_package``
    """
    found = next((item for item in engagement.rows if item.row == row), None)
    if found is None:
        raise Invalid.of("row_not_in_package", row, row=row)
    return found


def _check_kind(kind: str, result: str) -> None:
    if kind not in KINDS:
        raise Invalid.of("test_kind_unknown", "kind", kind=kind)
    if result not in RESULTS:
        raise Invalid.of("test_result_unknown", "result", result=result)


def _check_evidence(kind: str, figure: float | None, text: str, upload: Upload | None) -> None:
    if kind == "recalculate":
        if figure is None:
            raise Invalid.of("own_figure_missing", "figure")
    elif not text.strip() and upload is None:
        raise Invalid.of("test_without_evidence", "text")


def _check_figure(row: ResultRow, result: str, figure: float | None, limit: float) -> None:
    """Hold the result against the figure: within the scheme's limit it is consistent, beyond it is not."""
    if figure is None:
        if result == "misstated":
            raise Invalid.of("misstatement_without_figure", "figure")
        return
    if not math.isfinite(figure):
        raise Invalid.of("number_malformed", "figure")
    difference = difference_percent(row.value, figure)
    wrong = (result == "consistent" and difference > limit) or (result == "misstated" and not difference)
    if wrong:
        raise Invalid.of("test_contradicts_figure", "result", difference=f"{difference:.3g}", limit=limit)


def _save(
    actor: Actor,
    case: Case,
    row: ResultRow,
    *,
    kind: str,
    result: str,
    figure: float | None,
    text: str,
    upload: Upload | None,
    key: str | None = None,
) -> RowTest:
    """Write the test, and where the row's plan entry stands by it."""
    blob, media_type = "", ""
    if upload is not None:
        media_type = checked_upload(upload.filename, upload.media_type, upload.data)
        blob = ledger.put_blob(upload.data, media_type)
    test = RowTest.objects.create(
        case=case,
        round=case.round,
        row=row.row,
        kind=kind,
        result=result,
        declared=decimal12(row.value),
        figure="" if figure is None else decimal12(figure),
        text=text.strip()[:LONG],
        blob=blob,
        filename=upload.filename[:200] if upload else "",
        media_type=media_type,
        client_id=key,
        package_hash=case.package_hash,
        by=person_of(actor),
        at=clock.now(),
    )
    entry = planned(actor, case, row, ("chosen",))
    if kind == "recalculate":
        entry.own = test.figure
    elif kind == "trace" and result != "inconclusive":
        entry.traced_to = (test.text or test.filename)[:300]
    entry.save(update_fields=["own", "traced_to"])
    note(actor, case, "row_tested", row=row.row, kind=kind, result=result, figure=test.figure, evidence=blob)
    return test


@command("certification.verify")
def sample_row(actor: Actor, *, case_id: UUID, row: str, traced_to: str = "", own: float | None = None) -> SampledRow:
    """Take a row into the evidence plan, say to which document it was traced, and enter one's own figure for it.

    The short way of the desk: what is given is recorded as tests. An own figure beyond the scheme's limit leaves the
    row inconclusive until the verifier says by :func:`record_test` what it is. Called again it changes the entry.

    Raises
    ------
    Invalid
        ``row_not_in_package``, ``number_malformed``.
    """
    case = of_my_team(actor, case_id)
    require_state(case, "sample_row", *EVALUATING)
    engagement = engagement_of(case)
    found = known_row(engagement, row)
    if own is not None and not math.isfinite(own):
        raise Invalid.of("number_malformed", "own")
    entry = planned(actor, case, found, ("chosen",))
    text = traced_to.strip()
    if text and text != entry.traced_to:
        _save(actor, case, found, kind="trace", result="consistent", figure=None, text=text, upload=None)
    elif not text and entry.traced_to:
        words = f"— {entry.traced_to}"
        _save(actor, case, found, kind="trace", result="inconclusive", figure=None, text=words, upload=None)
    if own is not None and decimal12(own) != entry.own:
        within = difference_percent(found.value, own) <= engagement.terms.own_difference_percent_max
        result = "consistent" if within else "inconclusive"
        _save(actor, case, found, kind="recalculate", result=result, figure=own, text="", upload=None)
    entry.own, entry.traced_to = "" if own is None else decimal12(own), text[:300]
    entry.save(update_fields=["own", "traced_to"])
    return entry


@command("certification.verify")
def state_misstatement(
    actor: Actor,
    *,
    case_id: UUID,
    correct: float,
    text: str,
    row: str = "",
    isolated: bool = False,
    intended: bool = False,
    carried_by: str = "",
) -> Misstatement:
    """Put an error on record, or restate the one of that row; without a row, something that was left out.

    Parameters
    ----------
    correct
        The correct figure of the row, kg CO2e per declared unit.
    isolated
        It says nothing of other rows and is not extrapolated; the text says why.
    intended
        There are signs of intent.
    carried_by
        For something left out that was corrected: the row that carries it now.

    Raises
    ------
    Invalid
        ``row_not_in_package``, ``number_malformed``, ``verification_text_missing``.
    """
    case = of_my_team(actor, case_id)
    require_state(case, "state_misstatement", *EVALUATING)
    if not math.isfinite(correct):
        raise Invalid.of("number_malformed", "correct")
    if not text.strip():
        raise Invalid.of("verification_text_missing", "text")
    engagement = engagement_of(case)
    known = case.misstatements.filter(row=row).first() if row else None
    for named in (() if known is not None or not row else (row,)) + ((carried_by,) if carried_by else ()):
        known_row(engagement, named)
    if not row:
        row = f"{OMITTED}-{case.misstatements.filter(row__startswith=f'{OMITTED}-').count() + 1}"
    declared = next((item.value for item in engagement.rows if item.row == row), 0.0)
    return _on_record(
        actor,
        case,
        row,
        declared=declared,
        correct=correct,
        text=text,
        marks={"isolated": isolated, "intended": intended, "carried_by": carried_by},
    )


def _on_record(
    actor: Actor,
    case: Case,
    row: str,
    *,
    declared: float,
    correct: float,
    text: str,
    marks: dict[str, bool | str] | None = None,
) -> Misstatement:
    """Write a misstatement; restated it keeps its number and what was declared when it was found."""
    said = {"correct": decimal12(correct), "text": text.strip()[:LONG], **(marks or {})}
    known = case.misstatements.filter(row=row).first()
    if known is None:
        known = Misstatement(
            case=case,
            number=case.misstatements.count() + 1,
            round=case.round,
            row=row,
            declared=decimal12(declared),
            package_hash=case.package_hash,
        )
    for name, value in said.items():
        setattr(known, name, value)
    known.by, known.at = person_of(actor), clock.now()
    known.save()
    note(actor, case, "misstatement_stated", number=known.number, row=row, declared=known.declared, **said)
    return known
