"""What the method asks for beside the figure: biogenic carbon and memo items, scenarios, fates, the functional unit.

A result that has none of a kind has no table of it; the carbon section says so in a sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tanbiao.core.findings import Lang
from tanbiao.documents import model, text
from tanbiao.documents.report.content import Block, Cell, Column, Facts, Section, Table, Words
from tanbiao.documents.report.results import figure, share, value_column
from tanbiao.documents.words import pick, term, word

_CARBON = ("uptake", "released_co2", "released_ch4", "unsplit")
_CARBON_UNITS = ("kg CO2", "kg CO2", "kg CH4", "kg CO2e")
_BALANCE = ("uptake", "released", "content", "difference", "tolerance", "released_after", "stored")


def carbon(result: model.Result, lang: Lang) -> Section:
    """Return uptake and release apart, the balance of biogenic carbon, memo items and emissions that come late."""
    told: Mapping[str, Any] = result.get("carbon") or {}
    blocks: list[Block] = []
    if any(model.figure(told.get(key)) for key in _CARBON):
        pairs = tuple(
            (word(f"carbon.{key}", lang), f"{figure(told.get(key)).shown} {text.unit(unit)}")
            for key, unit in zip(_CARBON, _CARBON_UNITS, strict=True)
        )
        blocks.append(Facts("carbon", pairs))
    blocks += _balance(told, lang)
    blocks += _memo(told.get("memo") or (), result, lang)
    blocks += _delayed(told.get("delayed") or (), result, lang)
    if not blocks:
        blocks.append(Words((word("r.carbon_none", lang),)))
    return Section("carbon", word("report.carbon", lang), tuple(blocks))


def _balance(told: Mapping[str, Any], lang: Lang) -> list[Block]:
    """Return the carbon that came in, stays and went out, in kg C per declared unit, and whether it closes."""
    balance = told.get("balance")
    if not balance:
        return []
    columns = (Column(word("c.item", lang), 3.0), Column("kg C", 1.2, figures=True))
    rows = tuple((word(f"balance.{key}", lang), figure(balance.get(key))) for key in _BALANCE)
    states = (word(f"balance.{balance['state']}", lang), word(f"balance.after_{balance['state_after']}", lang))
    source = f"{word('c.source', lang)}: {(told.get('content') or {}).get('source') or '–'}"
    return [Table("balance", word("t.balance", lang), columns, rows, None, " ".join((*states, source)))]


def _memo(items: Sequence[Mapping[str, Any]], result: model.Result, lang: Lang) -> list[Block]:
    if not items:
        return []
    columns = (
        Column(word("c.row", lang), 0.7),
        Column(word("c.kind", lang), 1.4),
        Column(word("c.name", lang), 2.0),
        value_column(result, lang),
        Column(word("c.source", lang), 2.0),
    )
    rows = tuple(
        (
            str(item["id"]),
            term("memo", str(item["kind"]), lang),
            pick(item.get("what"), lang),
            figure(item["value"]),
            str(item.get("source") or ""),
        )
        for item in items
    )
    return [Table("memo", word("t.memo", lang), columns, rows, None, word("r.memo", lang))]


def _delayed(items: Sequence[Mapping[str, Any]], result: model.Result, lang: Lang) -> list[Block]:
    if not items:
        return []
    columns = (
        Column(word("c.row", lang), 0.7),
        Column(word("c.years_late", lang), 1.0, figures=True),
        value_column(result, lang),
    )
    rows = tuple((str(item["row"]), figure(item["years"]), figure(item["value"])) for item in items)
    return [Table("delayed", word("t.delayed", lang), columns, rows, None, word("r.delayed", lang))]


def scenarios(result: model.Result, lang: Lang) -> Section | None:
    """Return the use scenario, the end-of-life shares and the functional unit; None where the study has none."""
    used = _use(result.get("scenarios") or (), lang)
    blocks = [
        *_functional(result, lang),
        *used,
        *_of_rule(result, lang),
        *_defaults(result, lang),
        *_fates(result, lang),
    ]
    return Section("scenarios", word("report.scenarios", lang), tuple(blocks)) if blocks else None


def _use(items: Sequence[Mapping[str, Any]], lang: Lang) -> list[Block]:
    if not items:
        return []
    columns = (
        Column(word("c.name", lang), 2.0),
        Column(word("c.published", lang), 1.0),
        Column(word("c.used", lang), 1.0),
        Column(word("c.reason", lang), 1.6),
        Column(word("c.scenario", lang), 1.6),
        Column(word("c.source", lang), 2.2),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            f"{pick(item.get('what'), lang)} [{item['name']}]",
            str(item["published"]),
            str(item["used"]),
            str(item.get("reason") or ""),
            f"{item['scenario']} ({term('standing', str(item['standing']), lang)})",
            str(item.get("source") or ""),
        )
        for item in items
    )
    return [Table("use", word("t.use", lang), columns, rows)]


def _of_rule(result: model.Result, lang: Lang) -> list[Block]:
    """Return the rule's scenarios that concern the study, and the total under the rule's own values."""
    told = result.get("rule_scenarios")
    items = [
        item for item in (told or {}).get("items", ()) if item["followed"] or (item["mandatory"] and item["applies"])
    ]
    if not told or not items:
        return []
    columns = (
        Column(word("c.scenario", lang), 1.6),
        Column(word("c.name", lang), 1.4),
        Column(word("c.rule_value", lang), 1.0),
        Column(word("c.used", lang), 1.0),
        Column(word("c.reason", lang), 1.4),
        Column(word("c.source", lang), 2.0),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            f"{pick(item['title'], lang)} ({term('scenario', 'mandatory' if item['mandatory'] else 'optional', lang)})",
            pick(one.get("title"), lang) or str(one["name"]),
            str(one["rule"]),
            str(one["used"] or word("scenario.not_followed", lang)),
            str(item.get("reason") or "") if one["used"] != one["rule"] else "",
            str(one["source"]),
        )
        for item in items
        for one in item["parameters"]
    )
    unit = text.unit(result["total"]["unit"])
    stated, ruled = (text.number(float(told[key])) for key in ("as_stated", "under_rule"))
    note = word("r.rule_scenarios", lang, clause=told["clause"], stated=stated, rule=ruled, unit=unit)
    return [Table("rule_scenarios", word("t.rule_scenarios", lang), columns, rows, None, note)]


def _defaults(result: model.Result, lang: Lang) -> list[Block]:
    """Return the rule's defaults that rows take, with their share of the emission."""
    items = result.get("defaults_used") or ()
    if not items:
        return []
    columns = (
        Column(word("c.default", lang), 1.8),
        Column(word("c.rule_value", lang), 1.4),
        Column(word("c.default_rows", lang), 1.2),
        Column(word("c.weight", lang), 0.8, figures=True),
        Column(word("c.source", lang), 2.2),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            f"{pick(item['title'], lang)} [{item['default']}]",
            str(item["value"]),
            text.joined([str(row) for row in item["rows"]], lang),
            share(item["share"], lang),
            str(item["source"]),
        )
        for item in items
    )
    return [Table("defaults", word("t.defaults", lang), columns, rows, None, word("r.defaults", lang))]


def _fates(result: model.Result, lang: Lang) -> list[Block]:
    items = result.get("fates") or ()
    if not items:
        return []
    columns = (
        Column(word("c.row", lang), 0.7),
        Column(word("c.material", lang), 1.0),
        Column(word("c.shares", lang), 2.6),
        Column(word("c.table_shares", lang), 2.6),
        Column(word("c.reason", lang), 1.4),
        Column(word("c.source", lang), 1.8),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            str(item["row"]),
            f"{item['material']} {item['region']}",
            shares(item.get("shares"), lang),
            shares(item.get("table_shares"), lang) or "–",
            str(item.get("reason") or ""),
            _table_source(item, lang),
        )
        for item in items
    )
    return [Table("fates", word("t.fates", lang), columns, rows)]


def shares(stated: Mapping[str, Any] | None, lang: Lang) -> str:
    """Return shares by route in words; a share is text as the study or the table gives it."""
    return text.joined([f"{term('route', key, lang)} {value}" for key, value in (stated or {}).items()], lang)


def _table_source(item: Mapping[str, Any], lang: Lang) -> str:
    if not item.get("table"):
        return word("r.own_shares", lang)
    return f"{item['table']} ({term('standing', str(item['standing']), lang)}): {item['source']}"


def _functional(result: model.Result, lang: Lang) -> list[Block]:
    told = result.get("functional")
    if not told:
        return []
    given = model.figure(told.get("value"))
    shown = word("r.functional_none", lang) if given is None else f"{figure(given).shown} kg CO₂e/{told['amount']}"
    pairs = (
        (word("r.functional_value", lang), shown),
        (word("r.functional_takes", lang), f"{told['takes']} ({figure(told['declared_units']).shown})"),
        (word("r.functional_basis", lang), str(told.get("basis") or word("not_given", lang))),
        (word("r.functional_evidence", lang), str(told.get("evidence") or word("not_given", lang))),
    )
    return [Facts("functional", pairs)]
