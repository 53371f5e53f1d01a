"""A lifecycle document is refused whole when it is unsound, with a finding per fault."""

from __future__ import annotations

import pytest

from tanbiao.core.findings import TanbiaoError, catalogue
from tanbiao.workflow.document import parse
from tanbiao.workflow.machine import Lifecycle, load_lifecycle
from tanbiao.workflow.registry import REGISTRY

NAMES = (
    *("study", "certification-case", "certificate", "dataset", "rule", "scheme"),
    *("surveillance", "grievance", "transfer", "label-licence", "label-use"),
)
SOUND = """
tanbiao: lifecycle/1
id: lamp
version: 1.0.0
facts: study
title: {zh: 灯, en: Lamp}
states:
  off: {zh: 关, en: Off}
  broken: {zh: 坏, en: Broken, terminal: true}
events:
  make: {zh: 做, en: Make}
  smash: {zh: 砸, en: Smash}
reasons:
  rage: {zh: 怒, en: Rage}
edges:
  - {event: make, from: [start], to: off, actors: [owner.enterprise_manager], log: lamp.made}
  - {event: smash, from: [off], to: broken, actors: [system], reasons: [rage], log: lamp.smashed}
"""


def codes(text: str) -> set[str]:
    with pytest.raises(TanbiaoError) as caught:
        Lifecycle(parse(text))
    return {item.code for item in caught.value.findings}


def test_a_sound_document_is_read() -> None:
    document = parse(SOUND)
    assert document.states["broken"].terminal
    assert [edge.log_type for edge in document.edges] == ["lamp.made", "lamp.smashed"]


@pytest.mark.parametrize(
    "change, code",
    [
        (("lifecycle/1", "lifecycle/9"), "lifecycle_schema"),
        (("version: 1.0.0\n", ""), "lifecycle_missing"),
        (("to: broken", "to: melted"), "lifecycle_unknown_state"),
        (("event: smash", "event: melt"), "lifecycle_unknown_event"),
        (("reasons: [rage]", "reasons: [joy]"), "lifecycle_unknown_reason"),
        (("from: [off], to: broken", "from: [off], to: off"), "lifecycle_unreachable"),
        ((", terminal: true", ""), "lifecycle_dead_end"),
        (
            ("edges:\n", "edges:\n  - {event: make, from: [broken], to: off, actors: [system], log: x}\n"),
            "lifecycle_terminal_leaves",
        ),
        (("actors: [system]", "actors: [system], guards: [moon_is_full]"), "lifecycle_unknown_guard"),
        (("actors: [system]", "actors: [system], effects: [explode]"), "lifecycle_unknown_effect"),
        (("from: [off]", "from: [off, off]"), "lifecycle_edge_twice"),
        (("  smash: {zh", "  make: {zh"), "lifecycle_key_twice"),
    ],
)
def test_an_unsound_document_is_refused(change: tuple[str, str], code: str) -> None:
    assert SOUND.replace(*change) != SOUND
    assert code in codes(SOUND.replace(*change))


@pytest.mark.parametrize("name", NAMES)
def test_shipped_lifecycles_are_sound_and_bilingual(name: str) -> None:
    document = load_lifecycle(name).document
    names = [
        *(state.name for state in document.states.values()),
        *document.events.values(),
        *document.reasons.values(),
        *(clock.name for clock in document.clocks),
    ]
    assert all(item.zh.strip() and item.en.strip() for item in names)


def test_every_registered_guard_is_used_by_a_lifecycle() -> None:
    used = {
        (load_lifecycle(name).document.facts, guard)
        for name in NAMES
        for edge in load_lifecycle(name).document.edges
        for guard in edge.guards
    }
    assert used == set(REGISTRY.guards)


def test_an_unknown_lifecycle_is_named() -> None:
    with pytest.raises(TanbiaoError, match="no lifecycle named moon"):
        load_lifecycle("moon")


def test_every_message_of_the_workflow_has_both_languages_and_a_remedy() -> None:
    for code in ("illegal_transition", "not_your_part", "reason_needed", "stale_decision", "duties_not_separate"):
        assert set(catalogue()[code]) == {"zh", "en"}
        assert all(remedy for _, remedy in catalogue()[code].values())
