"""How the rulebook says a rule: its line in a list, its way, its structure in both languages, its notices."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from tanbiao.core.rules.completeness import thresholds
from tanbiao.core.rules.model import Rule
from tanbiao.core.rules.version_diff import RuleDiff, title
from tanbiao.web.language import current
from tanbiao.web.rulebook import words
from tanbiao.web.rulebook.acts import LIFECYCLE
from tanbiao.web.rulebook.commands.drafting import SECTIONS
from tanbiao.web.rulebook.models import RuleEntry, RuleNotice
from tanbiao.web.words import STAGE_WORDS

SHOWN = 400
"""Characters of a changed element that a page shows (project default)."""
MAIN_WAY = ("proposed", "drafting", "consultation", "review", "issued", "filed", "adopted")


def state_word(state: str) -> str:
    """Return the word of a state."""
    return str(getattr(LIFECYCLE.state_name(state), current()))


def event_word(event: str) -> str:
    """Return the word of an event of the lifecycle, or of an act within a state."""
    if event in words.NOTE_WORDS:
        return str(words.NOTE_WORDS[event])
    known = LIFECYCLE.document.events.get(event)
    return str(getattr(known, current())) if known else event


def line(row: RuleEntry) -> dict[str, Any]:
    """Return what a list shows of a rule."""
    return {
        "row": row,
        "state": state_word(row.state),
        "tone": words.TONES.get(row.state, "wait"),
        "layer": words.LAYER_WORDS[row.layer],
        "kind": words.KIND_WORDS[row.kind],
        "categories": [item.code for item in row.categories.all()],
    }


def chain(row: RuleEntry) -> list[dict[str, Any]]:
    """Return the links of a whole-chain rule in words."""
    return [
        {**link, "stage": STAGE_WORDS[link["stage"]], "data": words.CHAIN_DATA_WORDS[link["data"]]}
        for link in row.chain
    ]


def way(row: RuleEntry) -> list[dict[str, Any]]:
    """Return the stations of the straight way: which are passed, which is here; filing only where it is asked for."""
    if row.layer == "project":
        return []
    stations = [one for one in MAIN_WAY if one != "filed" or row.kind == "certification_rule"]
    passed = {step.target for step in row.history.all() if step.source != step.target}
    return [
        {"state": state_word(one), "is_here": one == row.state, "is_passed": one in passed and one != row.state}
        for one in stations
    ]


def notices(rows: Iterable[RuleNotice]) -> list[dict[str, Any]]:
    """Return each notice with the word of its event and the state of its rule now."""
    return [
        {
            "row": row,
            "event": event_word(row.event),
            "state": state_word(row.entry.state),
            "tone": words.TONES.get(row.entry.state, "wait"),
        }
        for row in rows
    ]


def sections(rule: Rule | None, document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the sections of the text with both languages side by side, in the order of the format."""
    if rule is not None:
        found: dict[str, Any] = {name: item.model_dump() for name, item in rule.sections.items()}
    else:
        raw = document.get("sections")
        found = {key: value for key, value in raw.items() if isinstance(value, dict)} if isinstance(raw, dict) else {}
    return [
        {
            "name": name,
            "word": words.SECTION_WORDS[name],
            "clause": found[name].get("clause") or "",
            "zh": found[name].get("zh") or "",
            "en": found[name].get("en") or "",
            "references": found[name].get("references") or (),
        }
        for name in SECTIONS
        if name in found
    ]


def clauses(found: RuleDiff) -> list[dict[str, Any]]:
    """Return what differs between two texts, clause by clause, with what each change means for a study."""
    lang = current()
    return [
        {
            "clause": item.clause_after or item.clause_before or "",
            "title": title(item.section, lang),
            "changes": [
                {
                    "place": one.place,
                    "before": _short(one.before),
                    "after": _short(one.after),
                    "direction": words.DIRECTION_WORDS[one.direction] if one.direction else "",
                    "tone": {"stricter": "warn", "looser": "info"}.get(one.direction or "", ""),
                }
                for one in item.changes
            ],
        }
        for item in found.clauses
    ]


def value_text(value: Any) -> str:
    """Return an element of a document as one line."""
    return "–" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _short(value: Any) -> str:
    text = value_text(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def structure(rule: Rule) -> dict[str, Any]:
    """Return the structure of a rule as tables: boundary, processes, numbers with their sources, checks, examples."""
    lang = current()
    body = rule.canonical()
    return {
        "stages": [
            (STAGE_WORDS[name], words.NEED_WORDS[str(body["boundary"][name])])
            for name in STAGE_WORDS
            if name in body["boundary"]
        ],
        "partial": ", ".join(rule.boundary.partial),
        "processes": [
            {
                "id": item.id,
                "name": item.name.best(lang) if item.name else item.id,
                "stage": STAGE_WORDS[item.stage],
                "need": words.NEED_WORDS["required" if item.required else "optional"],
                "data": words.DATA_WORDS[item.data],
            }
            for item in rule.processes
        ],
        "records": [
            {
                "what": item.what.best(lang),
                "stage": STAGE_WORDS[item.stage],
                "decision": words.DECISION_WORDS[item.decision],
                "reason": item.reason.best(lang),
                "levels": [
                    words.DEGREE_WORDS[getattr(item, part).level]
                    for part in ("supply_chain_coverage", "activity_data", "factor_quality", "green_power")
                ],
            }
            for item in rule.boundary_record
        ],
        "thresholds": thresholds(rule),
        "method": [
            (words.METHOD_WORDS["gwp"], rule.gwp),
            (words.METHOD_WORDS["allocation"], ", ".join(rule.allocation.co_products)),
            (words.METHOD_WORDS["recycling"], rule.allocation.recycling),
            (words.METHOD_WORDS["electricity"], ", ".join(rule.electricity.counts)),
            (words.METHOD_WORDS["credits"], rule.credits),
        ],
        "checks": [
            {
                "id": item.id,
                "title": item.title.best(lang) if item.title else item.id,
                "expect": item.expect,
                "clause": item.otherwise.clause or "",
                "severity": item.otherwise.severity,
                "says": item.otherwise.zh if lang == "zh" else item.otherwise.en,
            }
            for item in rule.checks
        ],
        "defaults": [
            {"for": item.title.best(lang) if item.title else item.for_, "value": item.value, "source": item.source}
            for item in rule.defaults
        ],
    }
