"""Two versions of a rule, clause by clause: what changed, under which clause, stricter or looser."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_rule_document import complete, complete_document

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.rules.load import parse_rule
from tanbiao.core.rules.model import Rule, SectionName
from tanbiao.core.rules.mutations import mutants
from tanbiao.core.rules.version_diff import Change, diff, title


def changed(**changes: Any) -> dict[str, Change]:
    """Return place → change of a rule with changes at the top level."""
    return {item.place: item for item in diff(complete(), complete(**changes)).changes}


def part(name: str, **changes: Any) -> dict[str, Any]:
    """Return a part of the document with changes."""
    return {name: {**complete_document()[name], **changes}}


def test_a_version_beside_itself_has_no_difference() -> None:
    found = diff(complete(), complete())
    assert found.clauses == ()
    assert found.as_json()["identical"] is True


@pytest.mark.parametrize(
    ("changes", "place", "direction"),
    [
        (part("cut_off", each=0.02), "cut_off.each", "looser"),
        (part("cut_off", total="3 %"), "cut_off.total", "stricter"),
        (part("quality", months=24), "quality.months", "stricter"),
        (part("quality", primary_share_at_least="10 %"), "quality.primary_share_at_least", "looser"),
        (part("quality", result_at_most=2.5), "quality.result_at_most", "stricter"),
        (part("quality", shorter="provisional"), "quality.shorter", "looser"),
        (part("boundary", use="required"), "boundary.use", "stricter"),
        (part("electricity", proof="none"), "electricity.proof", "looser"),
        (part("electricity", window_months=3), "electricity.window_months", "stricter"),
        (part("electricity", counts=["direct_line", "own_generation", "green_certificate", "contract"]),
         "electricity.counts.contract", "looser"),
        (part("cut_off", never=["kiln", "clay"]), "cut_off.never.clay", "stricter"),
        ({"unknown_amounts": "warn"}, "unknown_amounts", "looser"),
        ({"gwp": "AR5"}, "gwp", None),
        (part("declared_value", digits=2), "declared_value.digits", None),
    ],
)  # fmt: skip
def test_a_change_says_what_it_means_for_a_study(changes: dict[str, Any], place: str, direction: str | None) -> None:
    found = changed(**changes)
    assert list(found) == [place]
    assert found[place].direction == direction


def test_changes_stand_under_the_clause_of_their_section() -> None:
    after = complete(**part("cut_off", each=0.02), version="1.1.0", replaces="fired-block@1.0.0")
    found = diff(complete(), after)
    assert [(item.section, item.clause_after) for item in found.clauses] == [("identity", None), ("boundary", "3")]
    assert {item.place for item in found.clauses[0].changes} == {"version", "replaces"}
    body = found.as_json()
    assert (body["before"]["rule"], body["after"]["rule"]) == ("fired-block@1.0.0", "fired-block@1.1.0")
    assert (body["stricter"], body["looser"]) == (0, 1)
    assert body["clauses"][1]["title"] == {"zh": "系统边界", "en": "system boundary"}


def test_entries_are_matched_by_their_id_not_their_position() -> None:
    document = complete_document()
    check = document["checks"][0]
    softer = {**check, "otherwise": {**check["otherwise"], "severity": "warning"}}
    more = {**check, "id": "another"}
    found = changed(checks=[more, softer], processes=list(reversed(document["processes"])))
    assert {key: (item.kind, item.direction) for key, item in found.items()} == {
        "checks.kiln-energy.otherwise.severity": ("changed", "looser"),
        "checks.another": ("added", "stricter"),
    }
    assert changed(processes=document["processes"][1:])["processes.clay"].direction == "looser"


def test_a_new_section_of_text_has_its_place_and_clause() -> None:
    sections = {**complete_document()["sections"], "terms": {"clause": "9", "zh": "术语", "en": "terms"}}
    found = diff(complete(), complete(sections=sections))
    (only,) = found.clauses
    assert (only.section, only.clause_before, only.clause_after) == ("terms", None, "9")
    words = {**complete_document()["sections"], "scope": {"clause": "1", "zh": "适用", "en": "covers"}}
    assert set(changed(sections=words)) == {"sections.scope.zh", "sections.scope.en"}


def variants() -> list[Rule]:
    """Return every variant of an element of the documented rule that is still a rule."""
    made = []
    for mutant in mutants(complete()):
        with suppress(TanbiaoError):
            made.append(parse_rule(mutant.document))
    return made


VARIANTS = variants()


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(VARIANTS))
def test_every_variant_of_an_element_is_one_clause_and_turns_round(other: Rule) -> None:
    found, back = diff(complete(), other), diff(other, complete())
    assert len(found.clauses) == 1
    assert {item.place for item in found.changes} == {item.place for item in back.changes}
    flipped = {"stricter": "looser", "looser": "stricter", None: None}
    assert [flipped[item.direction] for item in found.changes] == [item.direction for item in back.changes]


def test_every_section_has_a_name() -> None:
    from typing import get_args

    assert all(title(name, "zh") for name in (*get_args(SectionName), "identity", "checks", "examples"))
