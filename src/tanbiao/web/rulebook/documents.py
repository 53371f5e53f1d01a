"""Between a rule's text, its document and the tables: reading a draft, an issued rule, the template of a new one."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import yaml
from django.conf import settings

from tanbiao.core.canonical import canonical_bytes
from tanbiao.core.findings import Finding, TanbiaoError
from tanbiao.core.rules.completeness import completeness
from tanbiao.core.rules.load import parse_rule, read_rule
from tanbiao.core.rules.model import Rule
from tanbiao.core.strict_text import parse_text
from tanbiao.web.ledger.blobs import get_blob, put_blob
from tanbiao.web.rulebook.chains import missing_stages
from tanbiao.web.rulebook.models import RuleDraft, RuleEntry

YAML, JSON = "application/yaml", "application/json"
MAX_TEXT = 512 * 1024
"""Bytes of a rule's text; project default, not official."""


def store_text(data: bytes) -> str:
    """Keep a draft's text and return its content hash."""
    return put_blob(data, YAML)


def store_rule(rule: Rule) -> str:
    """Keep a rule's canonical document; its content hash is the rule's own."""
    return put_blob(canonical_bytes(rule.canonical()), JSON)


@lru_cache(maxsize=128)
def _read(data: bytes) -> Rule:
    return read_rule(data)


def issued(entry: RuleEntry) -> Rule:
    """Return the rule that was issued."""
    return _read(get_blob(entry.content_hash))


def text_of(draft: RuleDraft) -> str:
    """Return a draft's text as it was written."""
    return get_blob(draft.blob).decode("utf-8", errors="replace")


def read_draft(data: bytes) -> tuple[Rule | None, list[Finding]]:
    """Return the rule that a text is (None where it is none yet), with everything that is wrong or missing."""
    try:
        rule = _read(data)
    except TanbiaoError as error:
        return None, list(error.findings)
    return rule, completeness(rule)


def rule_of(draft: RuleDraft | None) -> Rule | None:
    """Return the rule that a draft is; None where it is none yet."""
    return read_draft(get_blob(draft.blob))[0] if draft is not None else None


def mapping_of(draft: RuleDraft | None) -> dict[str, Any]:
    """Return a draft's document as it is written, without checking that it is a rule; empty where it is no mapping."""
    if draft is None:
        return {}
    try:
        document, _places = parse_text(get_blob(draft.blob))
    except TanbiaoError:
        return {}
    return document if isinstance(document, dict) else {}


def differences(entry: RuleEntry, rule: Rule) -> list[str]:
    """Return the fields in which a document says otherwise than the proposal."""
    found = []
    if rule.id != entry.rule_id:
        found.append("id")
    if rule.version != entry.version:
        found.append("version")
    if (rule.layer or "project") != entry.layer:
        found.append("layer")
    if set(rule.covers.categories) != {item.code for item in entry.categories.all()}:
        found.append("covers.categories")
    if missing_stages(entry.chain, rule):
        found.append("chain")
    if rule.standing in ("official", "adopted") and (entry.owner is None or entry.owner.kind != "authority"):
        found.append("standing")
    if settings.TANBIAO_DEMO and rule.standing != "demonstration":
        found.append("standing")
    return found


def dump(document: dict[str, Any]) -> bytes:
    """Return a document as YAML text, keys in their order."""
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=110).encode("utf-8")


KINDS = {
    "enterprise": "enterprise",
    "certification_body": "certification_body",
    "authority": "authority",
    "association": "association",
    "university": "institute",
    "institute": "institute",
    "operator": "institute",
}
"""Kind of organisation → kind of owner in a document."""


def first_text(entry: RuleEntry, based_on: Rule | None) -> bytes:
    """Return the text that drafting begins with: the rule it revises or lifts, else the shortest document that is one.

    The shortest one has no sections: what the completeness check then names is the guide to writing them.
    """
    head: dict[str, Any] = {
        "tanbiao": "rule/1",
        "id": entry.rule_id,
        "version": entry.version,
        "standing": "demonstration",
        "layer": entry.layer,
        "title": {"zh": entry.title_zh, "en": entry.title_en},
        "thresholds": "project default, not official",
    }
    if entry.owner is not None:
        name = {"zh": entry.owner.name_zh, "en": entry.owner.name_en or entry.owner.name_zh}
        head["owner"] = {"kind": KINDS[entry.owner.kind], "name": name}
    categories = [item.code for item in entry.categories.all()]
    if based_on is not None:
        body = based_on.canonical()
        body["covers"] = {**body.get("covers", {}), "categories": categories}
        return dump({**head, **{key: value for key, value in body.items() if key not in head}, **_replaces(based_on)})
    shortest = {
        "covers": {"categories": categories},
        "unit": {"declared": {"amount": "1 kg", "of": {"zh": "产品", "en": "product"}}},
        "boundary": {"partial": ["cradle_to_gate"]},
        "cut_off": {"each": "1 %", "total": "5 %", "of": ["mass"]},
        "electricity": {"counts": ["direct_line", "own_generation", "green_certificate"], "proof": "required"},
        "allocation": {"co_products": ["mass"], "recycling": "cut_off"},
        "gwp": "AR6",
        "quality": {"months": 12, "uncertainty": "required"},
        "declared_value": {"digits": 3, "headline": "total", "partial_headline": "excluding_uptake"},
        "sections": {},
    }
    return dump({**head, **shortest})


def _replaces(rule: Rule) -> dict[str, str]:
    return {"replaces": rule.reference}


def parsed(document: dict[str, Any]) -> Rule:
    """Return the rule of a document, or say everything that is wrong with it."""
    return parse_rule(document)
