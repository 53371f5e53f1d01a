"""The lifecycle of a scheme's template: guards one by one, and who may do what."""

from __future__ import annotations

from typing import Any

import pytest

from tanbiao.workflow import load_lifecycle
from tanbiao.workflow.machine import GuardRefused, IllegalTransition, WrongActor
from workflow.builders import SEEN, SYSTEM_HAND, hand, scheme_facts

SCHEME = load_lifecycle("scheme")
OPERATOR = hand("otto", "platform.operator")
OFFICER = hand("olga", "platform.authority_officer")
NEEDS = ("authority_document", "regions", "number_pattern", "artwork", "body_approval")


def test_a_template_is_opened_locked_opened_again_and_superseded() -> None:
    state = "start"
    for event, who, changes in [
        ("unlock", OPERATOR, {}),
        ("lock", OFFICER, {"reason": "authority_order"}),
        ("unlock", OPERATOR, {}),
        ("supersede", SYSTEM_HAND, {"newer_open": True}),
    ]:
        state = SCHEME.fire(state, event, scheme_facts(who, **changes)).to
    assert state == "superseded"
    assert SCHEME.leaving("superseded") == ()


@pytest.mark.parametrize("need", NEEDS)
def test_each_thing_that_is_missing_is_named(need: str) -> None:
    brought = frozenset(NEEDS) - {need}
    with pytest.raises(GuardRefused) as caught:
        SCHEME.fire("start", "unlock", scheme_facts(OPERATOR, brought=brought))
    assert [(item.code, item.where) for item in caught.value.findings] == [(f"scheme_needs_{need}", need)]


def test_with_nothing_brought_everything_is_named_at_once() -> None:
    with pytest.raises(GuardRefused) as caught:
        SCHEME.fire("start", "unlock", scheme_facts(OPERATOR, brought=frozenset()))
    assert [item.code for item in caught.value.findings] == [f"scheme_needs_{need}" for need in NEEDS]


@pytest.mark.parametrize(
    ("event", "state", "who", "changes", "code"),
    [
        ("unlock", "start", OPERATOR, {"needs": ()}, "scheme_no_template"),
        ("unlock", "start", OPERATOR, {"pattern_taken_by": "tanbiao-demo@1.1.0"}, "scheme_pattern_taken"),
        ("unlock", "locked", OPERATOR, {"builds_on": "sha256:old"}, "stale_decision"),
        ("lock", "open", OPERATOR, {}, "reason_needed"),
        ("lock", "open", OFFICER, {"reason": "authority_order", "builds_on": None}, "stale_decision"),
        ("supersede", "open", SYSTEM_HAND, {}, "scheme_newer_missing"),
    ],
)
def test_every_guard_refuses(event: str, state: str, who: Any, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(GuardRefused) as caught:
        SCHEME.fire(state, event, scheme_facts(who, **changes))
    assert code in [item.code for item in caught.value.findings]


def test_only_an_operator_opens_and_nobody_opens_twice() -> None:
    for who in (OFFICER, hand("mike", "body.case_manager"), hand("anna", "applicant.enterprise_manager"), SYSTEM_HAND):
        with pytest.raises(WrongActor):
            SCHEME.fire("start", "unlock", scheme_facts(who))
    with pytest.raises(IllegalTransition):
        SCHEME.fire("open", "unlock", scheme_facts(OPERATOR))
    with pytest.raises(IllegalTransition):
        SCHEME.fire("start", "lock", scheme_facts(OPERATOR, reason="authority_order"))
    assert scheme_facts(OPERATOR).current == SEEN
