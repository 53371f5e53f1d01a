"""What the pages show of a scheme: its parts in the reader's language, each number with its source."""

from __future__ import annotations

from typing import Any

from tanbiao.core.catalogue.load import load_catalogue
from tanbiao.core.schemes import Scheme
from tanbiao.core.schemes.parts import NEEDS, REQUIRED, STANDINGS, Opening
from tanbiao.core.schemes.precheck import SOURCED, Outlook
from tanbiao.web.language import current
from tanbiao.web.schemes import words
from tanbiao.web.schemes.queries import Standing
from tanbiao.web.words import STAGE_WORDS


def line(found: Standing) -> dict[str, Any]:
    """Return what a list shows of a scheme."""
    scheme, lang = found.scheme, current()
    return {
        "reference": scheme.reference,
        "title": scheme.title.best(lang),
        "statement": scheme.statement.best(lang),
        "state": words.STATE_WORDS[found.state],
        "tone": words.STATE_TONES.get(found.state, "good"),
        "validity": scheme.validity_months,
        "surveillance": scheme.surveillance.months,
        "openings": [opening(one) for one in scheme.openings],
        "needs": [NEEDS[need].best(lang) for need in (scheme.lock.needs if scheme.lock else ())],
        "reason": scheme.lock.reason.best(lang) if scheme.lock else "",
    }


def opening(one: Opening) -> dict[str, Any]:
    """Return an opening in words: the lists and categories, regions, bodies, days and rules that it names."""
    lang, catalogue = current(), load_catalogue()
    scope, rules = one.categories, one.rules
    lists = [catalogue.list_of(name) for name in (scope.lists if scope else ())]
    return {
        "lists": [(item.reference, item.title.best(lang)) for item in lists],
        "categories": [catalogue.category(name).title.best(lang) for name in (scope.also if scope else ())],
        "regions": ", ".join(one.regions),
        "approved": one.bodies == "approved",
        "begins": one.begins,
        "until": one.until,
        "rules": list(rules.ids) if rules else [],
        "standings": [STANDINGS[name].best(lang) for name in (rules.standings if rules else ())],
        "adopted": rules is not None and rules.adoption_list is not None,
        "batches": list(rules.adoption_list.batches) if rules and rules.adoption_list else [],
        "authorities": list(rules.adoption_list.authorities) if rules and rules.adoption_list else [],
        "note": one.note.best(lang) if one.note else "",
    }


def parts(scheme: Scheme) -> dict[str, Any]:
    """Return the tables of a scheme's page, each with where its numbers come from."""
    lang = current()
    days = scheme.man_days
    kit = scheme.management_system
    return {
        "kinds": [
            {
                "id": kind.id,
                "title": kind.title.best(lang),
                "subject": words.SUBJECT_WORDS[kind.subject],
                "carbon": words.CARBON_WORDS[kind.carbon],
                "path": words.PATH_WORDS[kind.path] if kind.path else "",
                "figure": kind.has_figure,
                "accepts": ", ".join(kind.accepts),
                "note": kind.note.best(lang) if kind.note else "",
            }
            for kind in scheme.kinds
        ],
        "stages": [
            (item.title.best(lang), words.BY_WORDS[item.by], item.days, item.optional) for item in scheme.stages
        ],
        "papers": [(item.title.best(lang), words.FROM_WORDS[item.comes_from], item.required) for item in scheme.papers],
        "kit": [
            (item.title.best(lang), item.asks.best(lang), REQUIRED[item.required].best(lang))
            for item in (kit.kit if kit else ())
        ],
        "kit_months": kit.months if kit else None,
        "man_days": days,
        "unit": scheme.unit,
        "man_days_by_category": [
            (", ".join(load_catalogue().category(name).title.best(lang) for name in row.categories), row.base)
            for row in (days.by_category if days else ())
        ],
        "fees": [
            (item.title.best(lang), item.amount, item.currency, words.PER_WORDS[item.per]) for item in scheme.fees
        ],
        "positions": [
            (item.title.best(lang), item.minimum_width_mm, item.counts)
            for item in (scheme.label.positions if scheme.label else ())
        ],
        "documents": [
            (item, words.READ_WORDS[item.read]) for item in (scheme.authority.documents if scheme.authority else ())
        ],
        "source": {
            **{name: scheme.source_of(place) for name, place in SOURCED.items()},
            **{name: scheme.source_of(name) for name in ("validity_months", "surveillance", "unit")},
        },
    }


def outlook(found: Outlook) -> dict[str, Any]:
    """Return what the pre-check's page shows of one scheme's answer."""
    scheme, lang = found.scheme, current()
    return {
        "reference": scheme.reference,
        "title": scheme.title.best(lang),
        "open": found.is_open,
        "demonstration": scheme.is_demonstration,
        "refusals": found.refusals,
        "rule": found.rule,
        "rule_standing": STANDINGS[found.rule.standing].best(lang) if found.rule else "",
        "site_rows": [
            (item.name.best(lang) if item.name else item.id, words.OWN_DATA_WORDS[item.data], STAGE_WORDS[item.stage])
            for item in found.site_rows
        ],
        "papers": [item.title.best(lang) for item in found.papers_missing],
        "kit": [
            {
                "title": item.title.best(lang),
                "asks": item.asks.best(lang),
                "required": item.required,
                "means": REQUIRED[item.required].best(lang),
                "there": there,
            }
            for item, there in found.kit
        ],
        "months": scheme.management_system.months if scheme.management_system else None,
        "apply_from": found.apply_from,
        "man_days": found.man_days,
        "fees": found.fees,
        "days": found.days,
        "between": found.certificate_between,
        "sources": {name: scheme.source_of(place) for name, place in SOURCED.items()},
    }
