"""The table twins of the charts: the raw values, with shares, in words where a value is absent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tanbiao.core.amounts import Amount, add
from tanbiao.core.findings import Lang
from tanbiao.documents import model, text
from tanbiao.documents.words import pick, word


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table twin.

    Parameters
    ----------
    key
        Stage, kind, row id, or "total" / "rest".
    label
        Its name in the reader's language.
    amount
        kg CO₂e per declared unit, or the absence.
    share
        Of the total (of its known part when the total is incomplete); None where there is none.
    shown
        The amount as it is written, "≥" included where a part of it is unknown.
    error
        The Monte Carlo standard error of a sampled figure as it is written, "" where there is none.
    within
        The interval in which the figure of infinitely many samples lies, as it is written.
    """

    key: str
    label: str
    amount: Amount
    share: float | None
    shown: str
    error: str = ""
    within: str = ""

    @property
    def share_shown(self) -> str:
        """The share as it is written."""
        return text.percent(self.share)


def _rows(parts: Sequence[model.Part], names: Sequence[str], result: model.Result, lang: Lang) -> list[Row]:
    whole = model.total_value(result)
    rows = []
    for part, name in zip(parts, names, strict=True):
        absent = part.absent is not None
        shown = text.amount(part.amount, lang)
        rows.append(
            Row(
                part.key,
                name,
                part.amount,
                None if absent else model.share(part.value, whole),
                f"≥ {shown}" if part.open and not absent else shown,
            )
        )
    return rows


def total_row(result: model.Result, lang: Lang) -> Row:
    """Return the row of the total; its amount is the known part."""
    whole = model.total_value(result)
    return Row("total", word("total", lang), whole, model.share(whole, whole), text.total(result, lang))


def share_heading(result: model.Result, lang: Lang) -> str:
    """Return the heading of the share column, which says what the shares are of."""
    return word("share_known" if model.incomplete(result) else "share", lang)


def stage_rows(result: model.Result, lang: Lang) -> list[Row]:
    """Return the five stages; their known amounts sum to the total's."""
    parts = model.stages(result)
    return _rows(parts, [model.stage_name(part.key, lang) for part in parts], result, lang)


def kind_rows(result: model.Result, lang: Lang) -> list[Row]:
    """Return the five kinds; they sum to the total."""
    parts = model.kinds(result)
    return _rows(parts, [model.kind_name(part.key, lang) for part in parts], result, lang)


def contribution_rows(result: model.Result, lang: Lang, top: int = 10) -> list[Row]:
    """Return the ``top`` largest contributions by size and the rest; together they sum to the total."""
    whole = model.total_value(result)
    ranked = sorted(
        ((float(item["value"]), str(item["row"]), item) for item in result["contributions"]),
        key=lambda entry: (-abs(entry[0]), entry[1]),
    )
    rows = [
        Row(key, pick(item.get("name"), lang) or key, value, model.share(value, whole), text.number(value))
        for value, key, item in ranked[:top]
    ]
    rest = ranked[top:]
    if rest:
        value = add(*(entry[0] for entry in rest))
        label = word("chart.rest_nodes", lang, count=len(rest))
        rows.append(Row("rest", label, value, model.share(value, whole), text.number(value)))
    return rows


def interval_rows(result: model.Result, lang: Lang) -> list[Row]:
    """Return declared value, 2.5 % quantile, median and 97.5 % quantile; without samples only the first."""
    figures = result["total"]
    name = word("total" if text.without_uptake(result) else "chart.declared", lang)
    rows = [Row("declared", name, model.total_value(result), None, text.total(result, lang))]
    for key, name in (("p2_5", "chart.low"), ("p50", "chart.median"), ("p97_5", "chart.high")):
        value = model.figure(figures.get(key))
        if value is not None:
            shown = _bounded(value, result, lang)
            rows.append(Row(key, word(name, lang), value, None, shown, *_monte_carlo_error(result, key)))
    return rows


def _monte_carlo_error(result: model.Result, key: str) -> tuple[str, str]:
    """Return standard error and interval of a quantile; a side that the samples can't bound stays open."""
    told = (result["total"].get("quantile_errors") or {}).get(key)
    if told is None:
        return "", ""
    error, low, high = (model.figure(told[name]) for name in ("standard_error", "low", "high"))
    ends = (text.number(low, 4) if low is not None else "−∞", text.number(high, 4) if high is not None else "∞")
    return (f"± {text.number(error, 2)}" if error is not None else "–"), " … ".join(ends)


def _bounded(value: float, result: model.Result, lang: Lang) -> str:
    shown = text.number(value)
    if not model.incomplete(result):
        return shown
    return f"≥ {shown}" if result["total"].get("lower_bound", True) else shown + word("known_part", lang)


def flow_rows(result: model.Result, lang: Lang) -> list[tuple[str, str, float]]:
    """Return (from, to, kg CO₂e per declared unit) of every flow of the Sankey picture, in the document's order."""
    graph = result.get("sankey") or {}
    names = {str(node["id"]): pick(node.get("label"), lang) or str(node["id"]) for node in graph.get("nodes", ())}
    return [
        (
            names.get(str(link["from"]), str(link["from"])),
            names.get(str(link["to"]), str(link["to"])),
            float(link["value"]),
        )
        for link in graph.get("links", ())
    ]
