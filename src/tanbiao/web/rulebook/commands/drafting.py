"""The drafter's desk: texts, sections side by side, example files, the trial of the worked examples, consultation."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, get_args
from uuid import UUID

from tanbiao.core.findings import TanbiaoError, to_json
from tanbiao.core.rules.kit import Tried, try_examples
from tanbiao.core.rules.model import Rule, SectionName
from tanbiao.core.strict_text import parse_text
from tanbiao.core.study.background import Background
from tanbiao.web import clock
from tanbiao.web.accounts.actor import ANONYMOUS, Actor, person_of
from tanbiao.web.accounts.models import Person
from tanbiao.web.commanding import Conflict, Invalid, NotAllowed, TooLarge, command, fired
from tanbiao.web.factors import queries as factors
from tanbiao.web.ledger.blobs import get_blob, put_blob
from tanbiao.web.rulebook import documents
from tanbiao.web.rulebook.acts import LIFECYCLE, advance, locked, note
from tanbiao.web.rulebook.facts import facts_of, files_mark, is_owner
from tanbiao.web.rulebook.models import RuleDraft, RuleEntry, RuleStudy

SECTIONS: Final[tuple[str, ...]] = get_args(SectionName)
KEPT: Final = 300
"""Findings that are kept with a draft (project default)."""
MAX_EXAMPLES: Final = 60
"""Worked examples that are tried in one go (project default)."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,110}\.(?:yaml|yml|json)")


def keep_draft(author: Person | None, entry: RuleEntry, data: bytes, *, note: str = "") -> RuleDraft:
    """Store a text as the entry's newest draft; the caller saves the entry."""
    rule, findings = documents.read_draft(data)
    newest = entry.drafts.first()
    draft = RuleDraft.objects.create(
        entry=entry,
        number=newest.number + 1 if newest else 1,
        blob=documents.store_text(data),
        hash=rule.hash if rule else "",
        gaps=len(findings) if rule else None,
        differs=documents.differences(entry, rule) if rule else [],
        findings=[to_json(item) for item in findings[:KEPT]],
        author=author,
        note=note.strip()[:300],
        at=clock.now(),
    )
    entry.document = draft
    return draft


def _draft(actor: Actor, entry: RuleEntry, builds_on: str, data: bytes, note: str) -> RuleEntry:
    if len(data) > documents.MAX_TEXT:
        raise TooLarge.of("file_too_large", "text", size=len(data), limit=documents.MAX_TEXT)
    facts = facts_of(actor, entry, builds_on=builds_on)
    fired(LIFECYCLE, entry.state, "draft", facts)
    draft = keep_draft(person_of(actor), entry, data, note=note)
    advance(actor, entry, "draft", facts, number=draft.number, text=draft.blob)
    return entry


@command("rulebook.draft")
def save_text(actor: Actor, *, entry_id: UUID, builds_on: str, text: str, note: str = "") -> RuleEntry:
    """Save a text as the newest draft. What is no rule yet is kept with its findings: nothing that is typed is lost.

    Raises
    ------
    TooLarge
        ``file_too_large``
    Conflict
        ``stale_decision``: somebody saved in between.
    """
    return _draft(actor, locked(actor, entry_id), builds_on, text.replace("\r\n", "\n").encode("utf-8"), note)


@command("rulebook.draft")
def save_sections(
    actor: Actor, *, entry_id: UUID, builds_on: str, sections: Mapping[str, Mapping[str, str]], note: str = ""
) -> RuleEntry:
    """Write sections of the text, both languages side by side, into the newest draft; an empty one is taken out.

    Parameters
    ----------
    sections
        Name → ``clause``, ``zh``, ``en``. Those that are not named stay as they are.

    Raises
    ------
    Invalid
        ``rule_section_unknown``, ``rule_section_half``; what the draft's text itself has (it must be readable).
    """
    entry = locked(actor, entry_id)
    if entry.document is None:
        raise Conflict.of("rule_act_out_of_place", state=entry.state)
    try:
        document = parse_text(get_blob(entry.document.blob))[0]
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error
    kept: dict[str, Any] = dict(document.get("sections") or {})
    for name, said in sections.items():
        if name not in SECTIONS:
            raise Invalid.of("rule_section_unknown", name[:40], section=name[:40], known=", ".join(SECTIONS))
        zh, en = said.get("zh", "").strip(), said.get("en", "").strip()
        if bool(zh) != bool(en):
            raise Invalid.of("rule_section_half", name, section=name)
        if not zh:
            kept.pop(name, None)
            continue
        clause = said.get("clause", "").strip()
        rest = {key: value for key, value in dict(kept.get(name) or {}).items() if key == "references"}
        kept[name] = {**({"clause": clause} if clause else {}), "zh": zh, "en": en, **rest}
    document["sections"] = {name: kept[name] for name in SECTIONS if name in kept}
    return _draft(actor, entry, builds_on, documents.dump(document), note)


@command("rulebook.draft")
def add_study(actor: Actor, *, entry_id: UUID, name: str, data: bytes) -> RuleStudy:
    """Keep a study file that worked examples name; the newest of a name counts.

    Raises
    ------
    Invalid
        ``rule_study_name_wrong``, what the file can't be read for
    Conflict
        ``rule_act_out_of_place``
    """
    entry = locked(actor, entry_id)
    if not is_owner(actor, entry):
        raise NotAllowed.of("not_allowed", permission="rulebook.draft")
    if entry.state not in ("drafting", "consultation"):
        raise Conflict.of("rule_act_out_of_place", state=entry.state)
    if not _NAME.fullmatch(name):
        raise Invalid.of("rule_study_name_wrong", "name", name=name[:120])
    if len(data) > documents.MAX_TEXT:
        raise TooLarge.of("file_too_large", "data", size=len(data), limit=documents.MAX_TEXT)
    try:
        parse_text(data)
    except TanbiaoError as error:
        raise Invalid(*error.findings) from error
    blob = put_blob(data, documents.YAML)
    made = RuleStudy.objects.create(entry=entry, name=name, blob=blob, by=person_of(actor), at=clock.now())
    note(actor, entry, "add_study", name=name, file=blob)
    return made


@command("rulebook.act")
def run_examples(actor: Actor, *, entry_id: UUID) -> RuleEntry:
    """Try every worked example on the newest draft, and keep what came out.

    Raises
    ------
    Conflict
        ``rule_document_unreadable``
    """
    entry = locked(actor, entry_id)
    if entry.issued_at is None:
        keep_trial(entry)
        entry.save()
    return entry


def keep_trial(entry: RuleEntry) -> None:
    """Try the worked examples on the newest draft and keep what came out; the caller saves the entry.

    Raises
    ------
    Conflict
        ``rule_document_unreadable``
    """
    rule = documents.rule_of(entry.document)
    if rule is None or entry.document is None:
        raise Conflict.of("rule_document_unreadable", "document")
    tried = trial(entry, rule)
    entry.trial = {
        "draft": entry.document.number,
        "files": files_mark(entry),
        "passed": [one.example for one in tried if one.passed],
        "failed": [{"example": one.example, "reason": one.reason} for one in tried if not one.passed],
        "at": clock.stamp(clock.now()),
    }


def trial(entry: RuleEntry, rule: Rule) -> list[Tried]:
    """Try a rule's worked examples with the entry's own study files beside it, then the packaged ones.

    Raises
    ------
    Invalid
        ``too_many_rows``: more examples than are tried in one go.
    """
    with study_files(entry, rule) as folder:
        return try_examples(rule, release_of, folder)


def release_of(name: str) -> Background:
    """Return a release by name, of those that everybody may read: who drafts a rule reads what its examples give."""
    return factors.open_release(ANONYMOUS, name)


@contextmanager
def study_files(entry: RuleEntry, rule: Rule) -> Iterator[Path]:
    """Yield a folder with the entry's own study files, which goes away again.

    Raises
    ------
    Invalid
        ``too_many_rows``: more examples than are tried in one go.
    """
    if len(rule.examples) > MAX_EXAMPLES:
        raise Invalid.of("too_many_rows", "examples", rows=len(rule.examples), limit=MAX_EXAMPLES)
    with tempfile.TemporaryDirectory(prefix="tanbiao-rule-") as place:
        folder = Path(place)
        for one in entry.studies.order_by("id"):
            (folder / one.name).write_bytes(get_blob(one.blob))
        yield folder


@command("rulebook.draft")
def open_consultation(actor: Actor, *, entry_id: UUID, builds_on: str) -> RuleEntry:
    """Show a complete draft to the public and let everybody comment."""
    entry = locked(actor, entry_id)
    advance(actor, entry, "open_consultation", facts_of(actor, entry, builds_on=builds_on))
    return entry


@command("rulebook.draft")
def redraft(actor: Actor, *, entry_id: UUID, builds_on: str, reason: str, text: str = "") -> RuleEntry:
    """Take a rule back to drafting because comments ask for major changes; a new round begins."""
    entry = locked(actor, entry_id)
    advance(actor, entry, "redraft", facts_of(actor, entry, builds_on=builds_on, reason=reason), text=text.strip())
    return entry


@command("rulebook.draft")
def close_consultation(actor: Actor, *, entry_id: UUID, builds_on: str) -> RuleEntry:
    """Close the consultation: its term is over, every comment answered, the worked examples hold."""
    entry = locked(actor, entry_id)
    if entry.state == "consultation":
        keep_trial(entry)
    advance(actor, entry, "close_consultation", facts_of(actor, entry, builds_on=builds_on))
    return entry
