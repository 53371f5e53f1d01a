"""Words for the codes of a study: stages, groups of rows, absences, kinds of data, reasons, changes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.utils.translation import gettext as _

from tanbiao.core.findings import TanbiaoError
from tanbiao.core.standing import notice_text
from tanbiao.documents.report.content import Block, Cell, Figure, Table
from tanbiao.documents.words import word
from tanbiao.web.language import current
from tanbiao.web.rulebook import queries as rulebook
from tanbiao.web.studies import forms, moves
from tanbiao.web.studies.forms import SUPPLY_LABELS
from tanbiao.web.studies.models import Study
from tanbiao.workflow.machine import load_lifecycle

register = template.Library()

TONES = {
    "draft": "off",
    "collecting": "wait",
    "calculated": "info",
    "self_checked": "info",
    "submitted": "wait",
    "verifying": "wait",
    "correction_needed": "warn",
    "verified": "good",
    "published": "good",
    "recalc_needed": "warn",
    "expired": "off",
    "withdrawn": "bad",
    "superseded": "off",
}
MAX_SHOWN = 160


@register.filter
def at(texts: Mapping[str, Sequence[str]], key: str) -> Sequence[str]:
    """Return the texts of a key; none where it has none."""
    return texts.get(key, ())


@register.filter
def study_tone(state: str) -> str:
    """Return the chip tone of a study's state."""
    return TONES.get(state, "info")


@register.filter
def study_title(study: Study) -> str:
    """Return the product's name in the reader's language; Chinese where there is no English one."""
    return (study.title_en if current() == "en" else "") or study.title_zh


@register.filter
def stage_name(code: str) -> str:
    """Return the name of a life-cycle stage."""
    names = {
        "raw_materials": _("Raw materials"),
        "manufacturing": _("Manufacturing"),
        "distribution": _("Distribution"),
        "use": _("Use"),
        "end_of_life": _("End of life"),
    }
    return names.get(code, code)


@register.filter
def group_name(path: str, titles: Mapping[str, str] | None = None) -> str:
    """Return the name of a group of rows: a stage, or what a process takes, emits or loses."""
    parts = path.split(".")
    if parts[0] == "stages" and len(parts) > 1:
        return stage_name(parts[1])
    if parts[0] == "processes" and len(parts) > 2:
        words = {"takes": _("takes"), "emits": _("emits"), "losses": _("loses"), "avoids": _("avoids")}
        name = (titles or {}).get(path, parts[1])
        return f"{name} · {words.get(parts[2], parts[2])}"
    return path


@register.filter
def short_factor(text: str) -> str:
    """Return a factor's reference without its leading word."""
    return text.replace("dataset/", "").removeprefix("process/")


@register.filter
def is_supplier(dataset: str | None) -> bool:
    """Whether a dataset of a result is a supplier's footprint: it is the study's own and stands in no release."""
    return (dataset or "").startswith("supplier:")


@register.filter
def absence_name(code: str) -> str:
    """Return the word for an absence."""
    return str(forms.ABSENT_LABELS.get(code) or {"empty": _("Empty")}.get(code, code))


@register.filter
def data_name(code: str) -> str:
    """Return the words for how an amount is known."""
    return str(forms.DATA_LABELS.get(code, code))


@register.filter
def reason_name(code: str) -> str:
    """Return the words of a reason code of the lifecycle."""
    name = load_lifecycle(moves.LIFECYCLE).document.reasons.get(code)
    return name_of_pair(name) if name else code


@register.filter
def setting_name(code: str) -> str:
    """Return a setting of a parameter set in words."""
    names = {
        "stages": _("stages that count"),
        "electricity": _("electricity that counts as what it is"),
        "gwp": _("GWP set"),
        "biogenic": _("biogenic CO₂"),
        "recycling": _("sharing of recycled materials"),
        "credits": _("credits"),
    }
    return names.get(code, code)


@register.filter
def setting_values(codes: str) -> str:
    """Return the values of a setting in words."""
    names = {
        "counted": _("uptake and release count"),
        "without_uptake": _("uptake does not count"),
        "zero_zero": _("neither uptake nor release counts"),
        "in_total": _("in the total"),
        "apart": _("apart from the total"),
        "direct_line": _("direct line"),
        "own_generation": _("own generation"),
        "contract": _("power contract"),
        "green_certificate": _("green certificate"),
        "cff": _("circular footprint formula"),
    }
    return ", ".join(names.get(code) or stage_name(code) for code in codes.split(", "))


@register.filter
def name_of_pair(name: Any) -> str:
    """Return a bilingual name, of a lifecycle or of a table, in the reader's language."""
    if isinstance(name, Mapping):
        return str(name[current()])
    return str(name.zh if current() == "zh" else name.en)


@register.filter
def supply_name(code: str) -> str:
    """Return the word for a supply of electricity."""
    return str(SUPPLY_LABELS.get(code, code))


@register.filter
def change_name(code: str) -> str:
    """Return the word for a change between two revisions."""
    words = {"added": _("added"), "removed": _("removed"), "changed": _("changed"), "moved": _("moved")}
    return words.get(code, code)


@register.filter
def compact(value: Any) -> str:
    """Return a JSON value on one line, cut where it gets long."""
    if value is None:
        return "–"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"


@register.filter
def review_word(code: str) -> str:
    """Return the word for a review's kind or conclusion."""
    return word(f"review.{code}", current())


@register.filter
def name_in_language(thing: Any) -> str:
    """Return the name of an organisation in the reader's language."""
    return str(thing.name(current()))


@register.filter
def block_kind(block: Block) -> str:
    """Return what a block of a report is: ``facts``, ``words``, ``chart`` or ``table``."""
    return type(block).__name__.lower()


@register.filter
def table_cells(table: Table) -> list[list[tuple[str, bool]]]:
    """Return the rows of a report's table as (text, whether it is a figure)."""
    return [_cells(row, table) for row in table.rows]


@register.filter
def table_total(table: Table) -> list[tuple[str, bool]]:
    """Return the last line of a report's table, as :func:`table_cells`."""
    return _cells(table.total or (), table)


def _cells(row: Sequence[Cell], table: Table) -> list[tuple[str, bool]]:
    shown = (cell.shown if isinstance(cell, Figure) else cell for cell in row)
    return [(text, column.figures) for text, column in zip(shown, table.columns, strict=bool(row))]


@register.simple_tag
def rule_notice(study: Study) -> str:
    """Return what must be said of the standing of a study's rule; empty where there is nothing to say."""
    reference = study.head.rule if study.head else None
    if not reference:
        return ""
    try:
        standing: str | None = rulebook.rule(reference).standing
    except TanbiaoError:
        standing = None
    return notice_text(reference, standing, current())
