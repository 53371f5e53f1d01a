"""Lines of a run as a reader sees them: names, figures with their absences, causes with the factor behind each."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from tanbiao.core.findings import Lang, TanbiaoError, from_json, render
from tanbiao.documents.words import word
from tanbiao.web.factors import queries as factors
from tanbiao.web.impact import index, queries, words
from tanbiao.web.impact.models import Line, RuleEffect, RunFactor
from tanbiao.web.register.models import Certificate
from tanbiao.web.studies.models import Study

CHECK_TONES = {"failed": "bad", "not_run": "warn", "waived": "info", "passed": "good"}
COLUMNS = (
    "product",
    "certificate",
    "study",
    "holder",
    "body",
    "release",
    "new_release",
    "unit",
    "old",
    "new",
    "relative",
    "p2_5",
    "p97_5",
    "completeness",
    "how",
    "class",
    "class_may_change",
    "who",
    "why",
    "threshold_percent",
    "recalculate_by",
)


def product(line: Line, lang: Lang) -> str:
    """Return the name of a line's product."""
    return product_of(line.study, line.certificate, lang)


def product_of(study: Study, certificate: Certificate | None, lang: Lang) -> str:
    """Return the name of a product: as certified, else as its study calls it."""
    if certificate is not None:
        claims = certificate.claims
        return str(claims["product_zh"] if lang == "zh" else claims["product_en"] or claims["product_zh"])
    return (study.title_en if lang == "en" else study.title_zh) or study.title_zh


def row(line: Line, lang: Lang) -> dict[str, Any]:
    """Return a line for a list."""
    tone, who = words.WHO[line.who]
    return {
        "line": line,
        "product": product(line, lang),
        "holder": line.owner.name(lang),
        "body": line.body.name(lang) if line.body else "",
        "how": words.HOW[line.how],
        "who": who,
        "tone": tone,
        "why": words.WHY[line.why],
        "classes": classes(line),
        "at_least": line.completeness == "incomplete",
        "stored": not line._state.adding,
    }


def rule_effect(effect: RuleEffect, lang: Lang) -> dict[str, Any]:
    """Return what a list shows of a study under a rule's draft."""
    body = effect.effect
    old, new = body["before"] or {}, body["after"] or {}
    return {
        "study": effect.revision.study,
        "title": product_of(effect.revision.study, None, lang),
        "revision": effect.revision.number,
        "owner": effect.owner,
        "old": old.get("value"),
        "new": new.get("value"),
        "change": body["change"],
        "blocked": bool(new.get("blocks")) and not old.get("blocks"),
        "checks": body["checks"],
        "unread": body["unread"],
    }


def classes(line: Line) -> str:
    """Return ``B → C``, or nothing where the platform knows no class."""
    if not line.class_source:
        return ""
    return f"{line.old_class} → {line.new_class}" if line.new_class else line.old_class


def findings(line: Line, lang: Lang) -> list[dict[str, str]]:
    """Return why there is no figure, in words."""
    return [render(from_json(item), lang) for item in line.findings]


def causes(line: Line, lang: Lang) -> list[dict[str, Any]]:
    """Return the factors that move a line with name, old and new figure; the last may be the sum of the others."""
    told = []
    for question, amount, change in line.causes:
        factor = queries.changed_factor(line, question) if question else None
        told.append(
            {
                "question": question,
                "amount": amount,
                "others": int(amount),
                "change": change,
                "factor": factor,
                "name": _name(factor, lang) if factor is not None else "",
            }
        )
    return told


def _name(factor: RunFactor, lang: Lang) -> str:
    try:
        return factors.open_release(index.SYSTEM, factor.release).get(factor.dataset_id).name.best(lang)
    except TanbiaoError:
        return ""


def as_csv(lines: Iterable[Line], lang: Lang) -> str:
    """Return lines as CSV; a figure that is not there is an empty field, never 0."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for line in lines:
        writer.writerow([inert(value) for value in _cells(line, lang)])
    return out.getvalue()


def _cells(line: Line, lang: Lang) -> list[Any]:
    numbers = (line.old, line.new, line.relative, line.p2_5, line.p97_5)
    return [
        product(line, lang),
        line.certificate.number if line.certificate else "",
        str(line.study_id),
        line.owner.name(lang),
        line.body.name(lang) if line.body else "",
        line.old_release,
        line.run.release,
        line.unit,
        *("" if value is None else repr(value) for value in numbers),
        line.completeness,
        line.how,
        classes(line),
        ("yes" if line.class_may_change else "no") if line.class_source else "no class defined",
        line.who,
        line.why,
        f"{line.threshold_percent:g}",
        line.recalculate_by.isoformat() if line.recalculate_by else "",
    ]


def inert(value: Any) -> Any:
    """Return a cell that no spreadsheet program takes for a formula; numbers stay as they are."""
    text = str(value)
    if text[:1] in ("=", "+", "@", "\t", "\r") or (text[:1] == "-" and not _is_number(text)):
        return f"'{text}"
    return value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def draft_checks(checks: Mapping[str, Mapping[str, int]], lang: Lang) -> dict[str, Any]:
    """Return the checks under a draft: those that not every study passes, each state in words, and the others by name.

    Parameters
    ----------
    checks
        Check → {state: number of studies}.
    """
    seen = [(name, states) for name, states in checks.items() if set(states) != {"passed"}]
    return {
        "to_see": [
            (name, [(CHECK_TONES.get(state, "info"), word(f"check.{state}", lang), n) for state, n in states.items()])
            for name, states in seen
        ],
        "passed": [name for name, states in checks.items() if set(states) == {"passed"}],
    }
