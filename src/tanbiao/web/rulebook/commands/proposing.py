"""The beginning of a rule: proposals, revisions, conversions to a higher layer, and what becomes of a proposal."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from tanbiao.web import clock
from tanbiao.web.accounts.actor import Actor
from tanbiao.web.accounts.roles import Kind
from tanbiao.web.commanding import Conflict, Invalid, command
from tanbiao.web.rulebook import chains, documents, queries
from tanbiao.web.rulebook.acts import LIFECYCLE, advance, locked
from tanbiao.web.rulebook.commands.drafting import keep_draft
from tanbiao.web.rulebook.facts import CERTIFICATION, IN_FORCE, NATIONAL, facts_of
from tanbiao.web.rulebook.models import RuleCategory, RuleEntry, RuleStudy
from tanbiao.workflow.terms import defaults

LAYERS: Final = ("enterprise", "group", "local", "industry", "national")
"""Kinds of standards, the lowest first: conversion goes up."""
KINDS: Final = ("standard", CERTIFICATION)
_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_VERSION: Final = re.compile(r"\d{1,4}\.\d{1,4}\.\d{1,4}")
GONE: Final = ("refused", "withdrawn")


@command("rulebook.draft")
def propose(
    actor: Actor,
    *,
    rule_id: str,
    version: str,
    title_zh: str,
    title_en: str,
    layer: str,
    categories: Sequence[str],
    kind: str = "standard",
    purpose: str = "",
    supplements: UUID | None = None,
    converts: UUID | None = None,
    standard_number: str = "",
    chain: Sequence[Mapping[str, str]] = (),
) -> RuleEntry:
    """Propose a rule of the actor's organisation.

    Parameters
    ----------
    categories
        Codes of the product categories that it is to cover.
    supplements
        A national rule in force that it adds to.
    converts
        A rule in force of a lower layer that it lifts to its own; that one is replaced when this one is issued.
    standard_number
        Number of the standard that it is, where it has one: ``Q/…`` of an enterprise, ``T/…`` of a group.
    chain
        Of a rule for a whole chain: whose data of which part of which stage count (:mod:`tanbiao.web.rulebook.chains`).
        A rule that lifts another one takes over its chain where none is given.

    Raises
    ------
    Invalid
        ``rule_id_invalid``, ``rule_version_invalid``, ``rule_title_missing``, ``rule_layer_unknown``,
        ``rule_kind_unknown``, ``rule_kind_not_yours``, ``rule_categories_missing``, ``rule_conversion_not_up``,
        ``rule_supplement_wrong``, ``no_organisation``, ``rule_number_layer``, and
        what is wrong with the chain at its line
    Conflict
        ``rule_covered_nationally``: a national rule covers a category, and this one is neither national nor a
        supplement; ``rule_open_already``; ``rule_not_in_force``.
    """
    codes = _checked(actor, rule_id, version, title_zh, title_en, layer, kind, categories)
    _refuse_double(rule_id, version)
    entry = _begin(actor, rule_id, version, layer, kind, (title_zh, title_en), purpose)
    entry.standard_number = " ".join(standard_number.split())[:80]
    entry.chain = [{name: " ".join(str(link.get(name, "")).split()) for name in chains.FIELDS} for link in chain]
    wrong = [*chains.number_wrong(entry.standard_number, layer), *chains.wrong(entry.chain)]
    if wrong:
        raise Invalid(*wrong)
    if supplements is not None:
        entry.supplements = _national(actor, supplements)
    if converts is not None:
        entry.converts = _lower(actor, converts, layer)
        entry.chain = entry.chain or entry.converts.chain
    return _propose(actor, entry, codes)


def _checked(
    actor: Actor,
    rule_id: str,
    version: str,
    title_zh: str,
    title_en: str,
    layer: str,
    kind: str,
    categories: Sequence[str],
) -> list[str]:
    if actor.organisation is None:
        raise Invalid.of("no_organisation")
    if not _ID.fullmatch(rule_id):
        raise Invalid.of("rule_id_invalid", "rule_id", id=rule_id[:64])
    if not _VERSION.fullmatch(version):
        raise Invalid.of("rule_version_invalid", "version", version=version[:20])
    if not title_zh.strip() or not title_en.strip():
        raise Invalid.of("rule_title_missing", "title_zh")
    if layer not in LAYERS:
        raise Invalid.of("rule_layer_unknown", "layer", layer=layer[:20], known=", ".join(LAYERS))
    if kind not in KINDS:
        raise Invalid.of("rule_kind_unknown", "kind", kind=kind[:24], known=", ".join(KINDS))
    if kind == CERTIFICATION and actor.kind is not Kind.CERTIFICATION_BODY:
        raise Invalid.of("rule_kind_not_yours", "kind")
    codes = sorted({code.strip() for code in categories if code.strip()})
    if not codes or not all(_ID.fullmatch(code) for code in codes):
        raise Invalid.of("rule_categories_missing", "categories")
    return codes


def _refuse_double(rule_id: str, version: str) -> None:
    if RuleEntry.objects.filter(rule_id=rule_id, version=version).exclude(state__in=GONE).exists():
        raise Conflict.of("rule_open_already", "version", reference=f"{rule_id}@{version}")


def _begin(
    actor: Actor, rule_id: str, version: str, layer: str, kind: str, title: tuple[str, str], purpose: str
) -> RuleEntry:
    now = clock.now()
    return RuleEntry(
        rule_id=rule_id,
        version=version,
        title_zh=title[0].strip()[:200],
        title_en=title[1].strip()[:200],
        layer=layer,
        kind=kind,
        owner=actor.organisation,
        by=actor.person,
        jurisdiction="CN" if layer == NATIONAL or actor.organisation is None else actor.organisation.jurisdiction,
        purpose=purpose.strip()[:8000],
        lifecycle=f"{LIFECYCLE.document.id}@{LIFECYCLE.document.version}",
        terms={name: one["value"] for name, one in defaults().items() if name.startswith("rule_")},
        state="",
        state_since=now,
        head="",
        created_at=now,
        changed_at=now,
    )


def _national(actor: Actor, entry_id: UUID) -> RuleEntry:
    found = queries.entry(actor, entry_id)
    if found.layer != NATIONAL or found.state not in IN_FORCE:
        raise Invalid.of("rule_supplement_wrong", "supplements")
    return found


def _lower(actor: Actor, entry_id: UUID, layer: str) -> RuleEntry:
    found = queries.entry(actor, entry_id)
    if found.state not in IN_FORCE:
        raise Conflict.of("rule_not_in_force", "converts", reference=found.reference)
    if found.layer in LAYERS and LAYERS.index(found.layer) >= LAYERS.index(layer):
        raise Invalid.of("rule_conversion_not_up", "converts", from_layer=found.layer, layer=layer)
    return found


def _propose(actor: Actor, entry: RuleEntry, codes: Sequence[str]) -> RuleEntry:
    entry.save()
    RuleCategory.objects.bulk_create(RuleCategory(entry=entry, code=code) for code in codes)
    advance(actor, entry, "propose", facts_of(actor, entry), categories=list(codes))
    return entry


@command("rulebook.draft")
def begin_revision(actor: Actor, *, entry_id: UUID, builds_on: str, version: str, purpose: str = "") -> RuleEntry:
    """Begin the next version of a rule in force, and return its proposal; the present version stays in force.

    Raises
    ------
    Invalid
        ``rule_version_invalid``
    Conflict
        ``rule_open_already``; the rule is not in force, or under revision already.
    """
    old = locked(actor, entry_id)
    facts = facts_of(actor, old, builds_on=builds_on)
    if not _VERSION.fullmatch(version):
        raise Invalid.of("rule_version_invalid", "version", version=version[:20])
    _refuse_double(old.rule_id, version)
    old.before = old.state
    advance(actor, old, "begin_revision", facts, version=version)
    new = _begin(actor, old.rule_id, version, old.layer, old.kind, (old.title_zh, old.title_en), purpose)
    new.owner, new.jurisdiction = old.owner, old.jurisdiction
    new.revises, new.supplements = old, old.supplements
    new.standard_number, new.chain = old.standard_number, old.chain
    return _propose(actor, new, [item.code for item in old.categories.all()])


@command("rulebook.decide")
def accept(actor: Actor, *, entry_id: UUID, builds_on: str, text: str = "") -> RuleEntry:
    """Accept a proposal; drafting begins with a first text, from the rule it revises or lifts where there is one."""
    entry = locked(actor, entry_id)
    advance(actor, entry, "accept", facts_of(actor, entry, builds_on=builds_on), text=text.strip())
    base = entry.revises or entry.converts
    based_on = documents.issued(base) if base is not None else None
    keep_draft(None, entry, documents.first_text(entry, based_on), note=based_on.reference if based_on else "")
    if base is not None:
        for one in base.studies.order_by("id"):
            RuleStudy.objects.create(entry=entry, name=one.name, blob=one.blob, by=one.by, at=clock.now())
    entry.save()
    return entry


@command("rulebook.decide")
def refuse(actor: Actor, *, entry_id: UUID, builds_on: str, reason: str, text: str = "") -> RuleEntry:
    """Refuse a proposal, with the reason."""
    entry = locked(actor, entry_id)
    facts = facts_of(actor, entry, builds_on=builds_on, reason=reason)
    advance(actor, entry, "refuse", facts, text=text.strip())
    return entry


@command("rulebook.act")
def withdraw(actor: Actor, *, entry_id: UUID, reason: str, text: str = "") -> RuleEntry:
    """Withdraw a rule before it is issued; one that it would have revised resumes its state."""
    entry = locked(actor, entry_id)
    advance(actor, entry, "withdraw", facts_of(actor, entry, reason=reason), text=text.strip())
    return entry
