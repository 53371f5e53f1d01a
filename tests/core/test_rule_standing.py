"""What must be said of a rule's standing is decided in one place: what is not known to be official is not."""

from __future__ import annotations

import pytest

from tanbiao.core.rules import list_rules
from tanbiao.core.standing import NOTICE, notice_of, notice_text, rule_notice


@pytest.mark.parametrize("standing", ["demonstration", "", None, "something new"])
def test_what_is_not_known_to_be_official_is_not(standing: str | None) -> None:
    assert rule_notice("cement@1.0.0", standing) == {"zh": "演示规则，非官方", "en": "Demonstration rule, not official"}
    assert notice_text("cement@1.0.0", standing, "zh") == "演示规则，非官方"
    assert notice_of({"versions": {"rule": "cement@1.0.0", "rule_standing": standing}}) == NOTICE


@pytest.mark.parametrize("standing", ["official", "adopted", "filed"])
def test_an_official_rule_carries_no_notice(standing: str) -> None:
    assert rule_notice("cement@9.0.0", standing) is None
    assert notice_text("cement@9.0.0", standing, "en") == ""


def test_without_a_rule_there_is_nothing_to_say_of_it() -> None:
    assert rule_notice(None, None) is None
    assert rule_notice("", "demonstration") is None


def test_every_packaged_rule_is_a_demonstration() -> None:
    assert all(rule_notice(rule.reference, rule.standing) == NOTICE for rule in list_rules())
