"""Two studies on the same draws in words and tables: how sure it is which is lower, and how the difference spreads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tanbiao.core.findings import Lang
from tanbiao.documents import text
from tanbiao.documents.report.content import Block, Column, Facts, Figure, Section, Table, Words
from tanbiao.documents.words import pick, word


def sections(told: Mapping[str, Any], lang: Lang) -> tuple[Section, ...]:
    """Return a comparison (:func:`tanbiao.core.study.pair.as_json`) as sections."""
    blocks: list[Block] = [_facts(told, lang), _probabilities(told, lang), _distribution(told, lang)]
    if told["findings"]:
        lines = tuple(f"{item['message']} {item['remedy']}".strip() for item in told["findings"])
        blocks.append(Words(lines, strong=True))
    return (Section("pair", word("p.title", lang), tuple(blocks)),)


def _facts(told: Mapping[str, Any], lang: Lang) -> Facts:
    unit = text.unit(told["unit"])
    shared = {name: len(items) for name, items in told["shared"].items()}
    pairs = (
        ("p.first", _side(told["first"], unit, lang)),
        ("p.second", _side(told["second"], unit, lang)),
        ("p.difference", f"{text.number(told['difference']['nominal'], 4)} {unit}"),
        ("p.shared", word("p.shared_counts", lang, **shared)),
        ("r.release", str(told["release"])),
        ("p.samples", f"{told['samples']} · {told['seed']}"),
    )
    return Facts("pair", tuple((word(label, lang), shown) for label, shown in pairs))


def _side(side: Mapping[str, Any], unit: str, lang: Lang) -> str:
    period = text.period(side["period"]["from"], side["period"]["to"], lang)
    ends = {key: text.number(side[name], 4) for key, name in (("value", "value"), ("low", "p2_5"), ("high", "p97_5"))}
    return f"{pick(side['name'], lang)} · {period} · {word('p.interval', lang, unit=unit, **ends)}"


def _probabilities(told: Mapping[str, Any], lang: Lang) -> Table:
    columns = (
        Column(word("c.item", lang), 2.6),
        Column(word("p.share", lang), 1.2, figures=True),
        Column(word("c.within", lang), 1.8, figures=True),
    )
    names = (("first_is_less", "p.less"), ("equal", "p.equal"), ("second_is_less", "p.more"))
    rows = tuple(
        (
            word(label, lang),
            Figure(told[key]["value"], text.percent(told[key]["value"])),
            Figure(None, f"{text.percent(told[key]['low'])} … {text.percent(told[key]['high'])}"),
        )
        for key, label in names
    )
    return Table("pair_probability", word("p.probability", lang), columns, rows, note=word("p.same_draws", lang))


def _distribution(told: Mapping[str, Any], lang: Lang) -> Table:
    columns = (
        Column(word("c.item", lang), 2.6),
        Column(text.unit(told["unit"]), 1.2, figures=True),
        Column(word("c.within", lang), 1.8, figures=True),
    )
    difference = told["difference"]
    lines = [(word(f"p.{key}", lang), difference[key]) for key in ("mean", "sd")]
    for item in difference["quantiles"]:
        lines.append((word("p.quantile", lang, percent=f"{100 * item['probability']:g}"), item))
    rows = tuple(
        (label, Figure(item["value"], text.number(item["value"], 4)), Figure(None, _ends(item)))
        for label, item in lines
    )
    return Table("pair_difference", word("p.distribution", lang), columns, rows)


def _ends(item: Mapping[str, Any]) -> str:
    low, high = item["low"], item["high"]
    return f"{'−∞' if low is None else text.number(low, 4)} … {'∞' if high is None else text.number(high, 4)}"
